"""Exposures as they are written, and what they compute."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interventions_stats.errors import InputError, RefusalError, UnknownNameError
from interventions_stats.panels.terms import TRANSFORMS, Term, check_lag, parse_term

X = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]


def _window(x: list[float], t: int, w: int) -> list[float]:
    return x[t - w + 1 : t + 1]


# Each transformation written out for one period, without pandas.
BY_HAND = {
    "level": (0, lambda x, t, w: x[t]),
    "log": (0, lambda x, t, w: math.log(x[t])),
    "change": (3, lambda x, t, w: x[t] - x[t - w]),
    "log_change": (3, lambda x, t, w: math.log(x[t] / x[t - w])),
    "mean": (2, lambda x, t, w: sum(_window(x, t, w)) / w),
    "max": (2, lambda x, t, w: max(_window(x, t, w))),
    "any": (2, lambda x, t, w: float(any(v > 0 for v in _window(x, t, w)))),
    "rise": (3, lambda x, t, w: max(x[t] - x[t - w], 0.0)),
    "fall": (3, lambda x, t, w: max(x[t - w] - x[t], 0.0)),
    "above": (3, lambda x, t, w: max(x[t] - sum(x[t - w : t]) / w, 0.0)),
    "below": (3, lambda x, t, w: max(sum(x[t - w : t]) / w - x[t], 0.0)),
}


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_each_transformation_does_what_it_says(transform: str, sign: str) -> None:
    first, by_hand = BY_HAND[transform]
    window = {"level": "", "log": "", "mean": "3", "max": "3", "any": "3"}.get(transform, "3")
    term = parse_term(f"{sign}x.{transform}{window}" if transform != "level" else f"{sign}x")
    x = [0.0, 0.0, 0.0, *X[3:]] if transform == "any" else X
    done = term.apply(pd.Series(x, index=pd.period_range("2000", periods=len(x), freq="Y"), name="x")).to_numpy()
    expected = [by_hand(x, t, int(window or 0)) * (-1 if sign else 1) for t in range(first, len(x))]
    assert np.isnan(done[:first]).all()
    np.testing.assert_allclose(done[first:], expected, rtol=1e-12)


def test_a_gap_spreads_only_as_far_as_the_window() -> None:
    x = pd.Series([1.0, np.nan, 3.0, 4.0, 5.0], index=pd.period_range("2000-01", periods=5, freq="M"))
    assert parse_term("x.change2").apply(x).isna().tolist() == [True, True, False, True, False]
    assert parse_term("x.mean2").apply(x).isna().tolist() == [True, True, True, False, False]
    assert parse_term("x.any2").apply(x).isna().tolist() == [True, True, True, False, False]


@given(
    name=st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,15}", fullmatch=True), transform=st.sampled_from(TRANSFORMS),
    window=st.integers(1, 240), sign=st.sampled_from([1, -1]),
)  # fmt: skip
def test_a_term_is_read_as_it_is_written(name: str, transform: str, window: int, sign: int) -> None:
    term = Term(name, transform, 0 if transform in ("level", "log") else window, sign)  # type: ignore[arg-type]
    assert parse_term(str(term)) == term
    assert parse_term(term) is term


NEARLY = st.from_regex(
    r"-?[A-Za-z][a-z0-9_]{0,6}(\.(change|log_change|mean|any|rise|fall|log)(6|12|0)?)?", fullmatch=True
)


@given(st.booleans().flatmap(lambda odd: st.text(max_size=30) if odd else NEARLY))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_other_text_is_refused(tally: Any, text: str) -> None:
    term = tally(lambda: parse_term(text))
    if term is not None:
        assert parse_term(str(term)) == term
        assert term.transform in TRANSFORMS


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "is not an exposure"), ("approval change6", "is not an exposure"), ("6x", "is not an exposure"),
     ("x.chnge6", "unknown transformation 'chnge'.*Did you mean 'change'"), ("x.change", "needs a window, as in change12"),
     ("x.log3", "takes no window"), ("x.change0", "needs a window")],
)  # fmt: skip
def test_a_misspelt_term_says_how_to_write_it(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_term(text)
    if "unknown" in words:
        with pytest.raises(UnknownNameError):
            parse_term(text)


def test_the_logarithm_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match=r"'x' has some at or below zero"):
        parse_term("x.log").apply(pd.Series([1.0, 0.0], name="x"))


@pytest.mark.parametrize("lag", [0, -1, 0.0, np.int64(0)])
def test_a_lag_below_one_is_refused_with_g05(lag: object) -> None:
    with pytest.raises(RefusalError, match=r"^G05: lag .*Remedy: use lag=1 or more") as caught:
        check_lag(lag)  # type: ignore[arg-type]
    assert caught.value.guard == "G05"


@pytest.mark.parametrize("lag", [1.5, "1", "x", None, True, float("nan"), float("inf")])
def test_a_lag_that_is_no_number_of_periods_is_an_input_error(lag: object) -> None:
    with pytest.raises(InputError, match=r"a lag is a whole number of periods"):
        check_lag(lag)  # type: ignore[arg-type]
    assert [check_lag(k) for k in (1, 3, 12.0, np.int64(2))] == [1, 3, 12, 2]
