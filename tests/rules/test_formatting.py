"""Numbers in words, written out by hand, and read back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions_stats.rules import guards as g
from interventions_stats.rules.formatting import (
    effect_text,
    effect_value,
    missing,
    number_text,
    probability_text,
    value_text,
)


@pytest.mark.parametrize(
    ("p", "apart_from", "text"),
    [
        (0.08, None, ".08"), (0.8, None, ".80"), (0.051, None, ".051"), (0.0504, None, ".05"), (0.0, None, ".00"),
        (1.0, None, "1.00"), (0.9996, None, "1.00"), (0.001, None, ".001"), (0.0009999, None, "<.001"),
        (0.00004, 0.05, "<.001"), (0.00004, 0.001, "<.001"), (0.00004, 0.0009, ".00"), (0.0009, 0.00091, ".0009"),
        (0.0502, 0.05, ".0502"), (0.05, 0.05, ".05"), (0.0500002, 0.05, ".0500002"), (0.0498, 0.05, ".0498"),
        (0.06, 0.05, ".06"), (0.0496, 0.05, ".0496"), (None, None, "not computed"), (math.nan, 0.05, "not computed"),
    ],
)  # fmt: skip
def test_probabilities(p: float | None, apart_from: float | None, text: str) -> None:
    assert probability_text(p, apart_from=apart_from) == text


@pytest.mark.parametrize(
    ("x", "apart_from", "text"),
    [
        (7, None, "7"), (7.0, None, "7"), (0, None, "0"), (1234.5, None, "1230"), (0.12345, None, "0.123"), (1.5, None, "1.5"),
        (99.96, None, "100"), (12.34, None, "12.3"), (-12.34, None, "-12.3"), (999_999, None, "1000000"), (1e6, None, "1e+06"),
        (1.2345e6, None, "1.23e+06"), (-2.5e7, None, "-2.5e+07"), (1e-4, None, "0.0001"), (0.00012345, None, "0.000123"),
        (9.9e-5, None, "9.9e-05"), (2.9996, 3, "2.9996"), (3, 3, "3"), (2.96, 3, "2.96"), (3.0000001, 3, "3.0000001"),
        (1 / 3, 0.3333, "0.33333"), (math.inf, None, "infinite"), (-math.inf, 3, "minus infinite"),
        (None, None, "not computed"), (math.nan, None, "not computed"), (10.0, None, "10"), (100.0, None, "100"),
        (1.0, math.nextafter(1.0, 2), "1.0"), (1e-6, math.nextafter(1e-6, 1), "9.9999999999999995e-07"),
    ],
)  # fmt: skip
def test_numbers(x: float | None, apart_from: float | None, text: str) -> None:
    assert number_text(x, apart_from=apart_from) == text


@given(st.floats(1e-12, 1e12), st.booleans())
def test_a_number_reads_back_to_three_digits(x: float, negative: bool) -> None:
    x = -x if negative else x
    assert float(number_text(x)) == pytest.approx(x, rel=0.0051)


@given(st.floats(1e-6, 0.999), st.floats(1e-6, 0.999))
def test_no_number_looks_like_the_threshold_that_it_is_not(p: float, threshold: float) -> None:
    if abs(p - threshold) > 1e-12 and not (p < 0.001 <= threshold):
        assert probability_text(p, apart_from=threshold) != probability_text(threshold, apart_from=p)
    if p != threshold:
        assert number_text(p, apart_from=threshold) != number_text(threshold)


@pytest.mark.parametrize(
    ("effect", "measure", "value", "text"),
    [
        (math.log(1.5), "OR", 1.5, "OR 1.5"), (0.0, "RR", 1.0, "RR 1"), (math.log(0.25), "ratio of ORs", 0.25, "ratio of ORs 0.25"),
        (math.log(0.64 / 0.36), "P(superiority)", 0.64, "P(superiority) .64"), (0.0, "P(superiority)", 0.5, "P(superiority) .50"),
        (800.0, "OR", math.inf, "an infinite OR"), (math.inf, "ratio", math.inf, "an infinite ratio"), (-math.inf, "OR", 0.0, "OR 0"),
        (-800.0, "P(superiority)", 0.0, "P(superiority) .00"), (math.inf, "P(superiority)", 1.0, "P(superiority) 1.00"),
        (-2.0, "P(superiority)", 1 / (1 + math.exp(2)), "P(superiority) .119"), (699.0, "OR", math.exp(699), "OR 3.73e+303"),
    ],
)  # fmt: skip
def test_effects(effect: float, measure: str, value: float, text: str) -> None:
    assert effect_value(effect, measure) == pytest.approx(value)  # type: ignore[arg-type]
    assert effect_text(effect, measure) == text  # type: ignore[arg-type]
    bare = "infinite" if math.isinf(value) else text.removeprefix(f"{measure} ")
    assert value_text(effect, measure) == bare  # type: ignore[arg-type]


def test_effects_that_are_missing_or_near_a_threshold() -> None:
    assert effect_text(None) == "OR not computed" and effect_text(math.nan, "RR") == "RR not computed"
    assert effect_text(math.log(1.4996), apart_from=math.log(1.5)) == "OR 1.4996"
    assert value_text(math.log(1.4996), apart_from=math.log(1.5)) == "1.4996" and value_text(math.log(1.4996)) == "1.5"
    assert missing(None) and missing(math.nan) and not missing(0.0) and not missing(math.inf)


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (g.g15_event_definition(1), "on 1 event list,"),
        (g.g15_event_definition(2), "on 2 event lists,"),
        (g.g15_event_definition(0), "on 0 event lists,"),
        (g.g02_events_per_parameter(24, 5), "24 events for 5 parameters, 4.8 each: fewer than 5."),
        (g.g05_lag(0), "lag 0 measures the exposure at or after onset;"),
        (g.g05_lag(-2), "lag -2 measures the exposure at or after onset;"),
        (g.g06_rally_window(2, 10), "2 of 10 onsets have an exposure within 6 months"),
        (g.g08_shared_trend(0.01, 0.04, stratum="Yeltsin"), "both trend under Yeltsin."),
        (g.g08_shared_trend(0.01, 0.04), "exposure (p 0.010) and onset (p 0.040) both trend."),
        (g.g20_bf_flip((0.5, math.nan, 2.5, 1.0)), "from 0.5 to 2.5 over"),
        (g.g21_reliability(0.5, math.log(1.2), math.log(1.4)), "OR 1.2 becomes OR 1.44, which passes the SESOI OR 1.4."),
        (g.g21_reliability(0.5, math.log(1.2), math.log(1.45)), "OR 1.2 becomes OR 1.44."),
        (g.g21_reliability(0.5, math.log(1.2), math.log(1.1)), "OR 1.2 becomes OR 1.44."),
        (g.g21_reliability(0.5, 0.2, 0.4), "passes the SESOI"),  # as far as the smallest effect of interest is far enough
        (g.g23_influence(1, ["R12"]), "one event (R12) flips"),
        (g.g23_influence(1, kind="leader"), "one leader flips"),
        (g.g24_type_heterogeneity(0.03), "p of the maximum over types .03."),
        (g.g24_type_heterogeneity(math.nan, {"a": "dismissed", "b": "supported", "c": "not_testable"}), "verdicts: a dismissed, b supported."),
        (g.g27_shared_indicator("steps", ["x", "y", "x"]), "'steps' serves x, y."),
    ],
)  # fmt: skip
def test_what_a_guard_says_counts_right(finding: g.GuardFinding | None, words: str) -> None:
    assert finding is not None and words in finding.text


def test_guards_that_have_nothing_to_compare_stay_silent() -> None:
    assert g.g23_influence(0) is not None  # no deletion is needed: the verdict has flipped
    assert g.g24_type_heterogeneity(0.4, {"a": "dismissed", "b": "dismissed"}) is None
    assert g.g07_between_share(0.5000001) is not None and g.g13_coverage(-1, 3, 1, "x") is None
