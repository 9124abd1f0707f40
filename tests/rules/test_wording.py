"""Every verdict sentence carries its bound and passes the language check."""

from __future__ import annotations

import math
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interventions_stats.errors import UnknownNameError
from interventions_stats.rules.absence import BOUNDS, check_language
from interventions_stats.rules.evidence_numbers import VERDICTS
from interventions_stats.rules.formatting import MEASURES, effect_value
from interventions_stats.rules.wording import verdict_sentence

NAN = math.nan
W1 = {
    "estimate": log(0.9),
    "ci": (log(0.5), log(1.6)),
    "frontier": log(1.47),
    "lower": log(0.55),
    "delta": log(1.5),
    "mde": log(2.2),
    "n_identifying": 9,
    "n_total": 25,
}


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (
            "supported",
            "W1 is supported, the smallest effect of interest being OR 1.5, and effects above OR 1.47 are rejected {found}.",
        ),
        (
            "supported_trivial",
            "W1 is supported, but its effect is smaller than the smallest of interest, OR 1.5: effects above OR 1.47 are rejected {found}.",
        ),
        (
            "reversed",
            "W1 is reversed (lower, not higher): the evidence is for the opposite sign, and effects above OR 1.47 are rejected, beside a smallest effect of interest of OR 1.5 {found}.",
        ),
        ("dismissed", "W1 is dismissed at OR 1.5: effects above OR 1.47 are rejected, smaller ones are not {found}."),
        (
            "bounded",
            "W1 is bounded at OR 1.5: effects above OR 1.47 are rejected by the primary test, though not by every check of a dismissal, and smaller ones are not {found}.",
        ),
        (
            "inconclusive_underpowered",
            "W1 is undecided at OR 1.5: the test detects OR 2.2 or more with 80% power, and effects above OR 1.47 are rejected {found}.",
        ),
        (
            "inconclusive_mixed",
            "W1 is undecided at OR 1.5: the evidence does not meet the conditions of any verdict, and effects above OR 1.47 are rejected {found}.",
        ),
        ("not_testable", "W1 could not be tested here: needs table dyads."),
        ("descriptive", "W1 is described and not tested: needs table dyads."),
    ],
)
def test_sentences(verdict: str, sentence: str) -> None:
    found = "(estimate OR 0.9, 95% CI 0.5 to 1.6; 9 of 25 onsets identify it)"
    assert verdict_sentence("W1", verdict, reason="needs table dyads.", **W1) == sentence.format(found=found)  # type: ignore[arg-type]


def test_two_sided_sentences_reject_on_either_side() -> None:
    text = verdict_sentence("E1", "dismissed", two_sided=True, **W1)  # type: ignore[arg-type]
    assert "effects outside OR 0.55 to 1.47 are rejected" in text


def test_a_claim_worded_as_a_denial_is_named_as_a_claim() -> None:
    name = 'interventions are "not driven" by the economy'
    text = verdict_sentence(name, "not_testable", reason="needs trade")
    assert text == "The claim \"interventions are 'not driven' by the economy\" could not be tested here: needs trade."
    assert check_language(text) == []


def test_the_verdict_on_a_denial_is_on_what_it_denies() -> None:
    text = verdict_sentence("Oil is not a driver", "supported", n_identifying=9, n_total=25)
    assert text.startswith('What the claim "Oil is not a driver" denies is supported, and ')
    dismissed = verdict_sentence("Oil is not a driver", "dismissed", **W1)  # type: ignore[arg-type]
    assert dismissed.startswith('What the claim "Oil is not a driver" denies is dismissed at OR 1.5: ')
    assert check_language('The claim "Oil is not a driver" is supported.')


def test_a_reason_worded_as_a_denial_is_quoted() -> None:
    text = verdict_sentence("F2", "not_testable", reason="protest has no effect on record.")
    assert text == 'F2 could not be tested here: its record reads "protest has no effect on record".'


def test_without_a_reason_the_sentence_ends() -> None:
    assert verdict_sentence("F2", "not_testable").endswith("F2 could not be tested here.")
    assert verdict_sentence("F2", "descriptive", reason="").endswith("F2 is described and not tested.")


def test_unknown_verdicts_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'supported'"):
        verdict_sentence("W1", "suported")  # type: ignore[arg-type]


numbers = st.one_of(st.floats(-6, 6), st.sampled_from([NAN, math.inf, -math.inf]))


@settings(deadline=None)
@given(
    st.sampled_from(VERDICTS),
    st.sampled_from(MEASURES),
    st.tuples(numbers, numbers, numbers, numbers, numbers, numbers),
    st.one_of(st.none(), st.floats(0.05, 1.2)),
    st.booleans(),
    st.sampled_from(["W1", "Diversion", "Low approval raises onset", "Oil is not a driver", "ideology: no effect"]),
)
def test_any_numbers_give_a_sentence_that_passes(
    verdict: str, measure: str, x: tuple[float, ...], delta: float | None, two_sided: bool, name: str
) -> None:
    if delta is None and verdict not in ("supported", "inconclusive_mixed", "not_testable", "descriptive"):
        return  # a claim without SESOI has no such verdict
    text = verdict_sentence(
        name,
        verdict,  # type: ignore[arg-type]
        estimate=x[0],
        ci=(x[1], x[2]),
        frontier=x[3],
        lower=x[4],
        mde=x[5],
        delta=delta,
        n_identifying=9,
        n_total=25,
        measure=measure,  # type: ignore[arg-type]
        two_sided=two_sided,
    )
    assert check_language(text) == []
    assert "nan" not in text and "None" not in text and text.endswith(".") and text.count(". ") == 0
    if verdict not in ("not_testable", "descriptive"):
        assert "9 of 25 onsets" in text
        if math.isfinite(x[3]):
            assert any(b.search(text) for b in BOUNDS) and "are rejected" in text
            assert float(text.split(" are rejected")[0].split()[-1]) == pytest.approx(
                effect_value(x[3], measure),  # type: ignore[arg-type]
                rel=0.005,
                abs=0.0006,
            )
