"""Guard G22 against a corpus of denials, bounded and unbounded."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_corpus import BAD, GOOD

from interventions_stats.errors import RefusalError
from interventions_stats.rules.absence import check_language, require_bounded, sentences


@pytest.mark.parametrize("text", BAD)
def test_unbounded_denials_are_refused(text: str) -> None:
    assert check_language(text)
    with pytest.raises(RefusalError, match=r"^G22: "):
        require_bounded(text)


@pytest.mark.parametrize("text", GOOD)
def test_bounded_hedged_and_attributed_sentences_pass(text: str) -> None:
    assert check_language(text) == []
    assert require_bounded(text) == text


def test_corpus_is_large_and_has_no_repeats() -> None:
    assert len(set(BAD)) == len(BAD) > 40 and len(set(GOOD)) == len(GOOD) > 40
    assert not set(BAD) & set(GOOD)


def test_findings_quote_the_sentence_and_the_words() -> None:
    (found,) = check_language("The rate fell. Approval has <b>no</b> effect. Effects above OR 2 are rejected.")
    assert found.sentence == "Approval has no effect."
    assert (found.phrase, found.pattern) == ("no effect", "no effect")
    with pytest.raises(RefusalError, match="1 further sentences are at fault"):
        require_bounded("Oil does not matter. Approval plays no role.")


plain_bad = [b for b in BAD if "\n" not in b and "<" not in b and "|" not in b]


@settings(deadline=None)
@given(st.sampled_from(plain_bad), st.sampled_from([g for g in GOOD if "\n" not in g and "<" not in g]), st.booleans())
def test_a_bound_in_a_neighbouring_sentence_does_not_help(bad: str, good: str, first: bool) -> None:
    end = "" if bad.endswith((".", "!", '"')) else "."
    text = f"{bad}{end}\n\n{good}" if first else f"{good}\n\n{bad}"
    assert check_language(text)


@settings(deadline=None)
@given(st.sampled_from(plain_bad), st.floats(1.05, 9))
def test_the_same_sentence_with_a_bound_passes(bad: str, ratio: float) -> None:
    if ". " in bad or "! " in bad or ".'" in bad:
        return  # two sentences: the bound reaches one of them
    assert check_language(f"{bad.rstrip('.!')}, with an upper bound of OR {ratio:.2f}.") == []


@pytest.mark.parametrize("case", [str.upper, str.lower, str.title])
def test_case_is_no_disguise(case: object) -> None:
    for text in ("Approval has no effect.", "Oil does not drive intervention.", "Onsets are unrelated to approval."):
        assert check_language(case(text))  # type: ignore[operator]


def test_sentences_are_split_where_a_reader_would() -> None:
    text = "One of 25, e.g. R12, fell in Aug. 1999 (p = .05). Two! <p>Three</p><p>Four?</p>\n- five\n- six | seven"
    found = sentences(text)
    assert found[-6:] == ["Two!", "Three", "Four?", "five", "six", "seven"]
    assert sentences("") == [] and sentences("<script>no effect</script><!-- no effect -->") == []


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_without_failing(text: str) -> None:
    for found in check_language(text):
        assert found.phrase and found.sentence


@pytest.mark.parametrize(
    "text",
    [
        "a " * 50_000,
        "no " * 30_000,
        "neither " + "x " * 40_000 + "nor y",
        '"' * 20_000,
        "<" * 50_000,
        "OR 1.5 " * 10_000 + "no effect",
        "if " * 20_000 + "no effect",
        "cannot say " * 8_000 + " no effect",
    ],
)
def test_long_texts_take_no_more_than_seconds(text: str) -> None:
    start = time.perf_counter()
    check_language(text)
    assert time.perf_counter() - start < 10
