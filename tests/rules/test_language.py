"""Guard G22 on plain denials in text that others write; figures of speech are not looked for."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interventions_stats.errors import RefusalError
from interventions_stats.rules.absence import check_language, require_bounded, sentences

BAD = (
    "Approval has no effect on intervention.", "There is no statistically significant association between protest and onset.",
    "Ideology plays no role.", "Economic distress played no part in the decision.", "The leader makes no difference.",
    "Approval does not matter.", "Ideology doesn\u2019t matter for Russian choices.", "Oil does not drive intervention.",
    "Elections do not raise the rate of onset.", "Approval cannot explain the pattern.", "Protest never influenced the Kremlin.",
    "Russian interventions are not driven by the economy.", "Approval is not a primary driver of intervention.",
    "Approval is no predictor of war.", "Onsets are unrelated to approval.", "The effect of approval is negligible.",
    "There is no evidence of diversion.", "Neither oil nor growth drives intervention.", "None of the five drivers matters.",
    "Approval has no effect (p = .43).", "Approval has no effect, with a p-value above .05.", "Approval has no effect (OR 1.02).",
    "Approval has no effect. The upper bound is OR 1.8.", "We cannot say how it works, but approval has no effect.",
    "The report says that approval has no effect.", 'The claim "approval plays no role" is supported.',
    "Approval has <b>no</b> effect.", "Approval has **no** _effect_.", "Approval has n&#111;\neffect.", "Approval has no ef\u00adfect.",
    "<td>no effect</td><td>OR above 2</td>", "- above OR 2\n- no effect", "NO EFFECT",
)  # fmt: skip
GOOD = (
    "Approval has no effect larger than OR 1.8.", "Approval is not a primary driver: effects above OR 2 are rejected.",
    "There is no association stronger than an odds ratio of 1.8.", "Approval does not raise onset by more than 20%.",
    "Approval does not matter much: the 95% CI runs from .6 to 1.4.", "The data rule out effects above OR 1.84.",
    "Approval has no effect (OR 0.9 [0.6, 1.4]).", "We cannot say that there is no effect.", "Is there no effect?",
    "This does not mean that approval has no effect.", "If approval had no effect, few histories would look like this.",
    "Under the null hypothesis of no effect the p-value is uniform.", "Onsets are not unrelated to approval.",
    "The test asks whether approval has no effect.", "An effect of OR 2.3 cannot be ruled out.", "A claim of no effect needs a bound.",
    'The report says "interventions were not driven by the economy".', 'He writes: "Oil is all. Approval has no effect."',
    '<q cite="https://example.org/report">Approval has no effect.</q>', "No driver is supported.", "No event was dropped.",
    "The verdict does not depend on one list.", "The estimate is the same regardless of row order.", "No falsifier failed.", "",
)  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_an_unbounded_denial_is_refused_and_the_words_named(text: str) -> None:
    (found,) = check_language(text)
    assert found.phrase in found.sentence.replace('"', "").replace("(", "").replace(")", "")
    with pytest.raises(RefusalError, match=r"^G22: the words \".* deny an effect without a bound"):
        require_bounded(text)


@pytest.mark.parametrize("text", GOOD)
def test_a_bounded_hedged_or_attributed_sentence_passes(text: str) -> None:
    assert require_bounded(text) == text


def test_text_is_split_where_a_reader_would() -> None:
    text = "One of 25, e.g. R12, fell in Aug. 1999 (p = .05). Two! <p>Three</p><p>Four?</p>\n- five\n- six | seven"
    assert sentences(text)[-6:] == ["Two!", "Three", "Four?", "five", "six", "seven"]
    assert sentences("") == [] == sentences("<script>no effect</script><!-- no effect -->")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_without_failing(text: str) -> None:
    assert all(found.phrase and found.sentence for found in check_language(text))


@pytest.mark.parametrize(
    "text", ["no " * 30_000, "neither " + "x " * 40_000, "<" * 50_000, "OR 1.5 " * 9_000 + "no effect", '"' * 20_000]
)
def test_long_texts_take_no_more_than_seconds(text: str) -> None:
    start = time.process_time()
    check_language(text)
    assert time.process_time() - start < 10
