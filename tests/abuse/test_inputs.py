"""Bad input of every kind: a right answer or one named error, never another exception and never a number out of nothing."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import interventions_stats as ist
from interventions_stats.errors import InterventionsError, InterventionsWarning
from interventions_stats.estimators import firth_logit_batch
from interventions_stats.panels.user_series import read_series

# Few rows are the point here, and the refusal of too few events a column has tests of its own.
OPTIONS: dict[str, dict[str, Any]] = {n: {"allow": ("G02",)} for n in ("logit", "cloglog", "rare_events_logit")}
Tally = Callable[[Callable[[], Any]], Any]
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
ODD = st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308, 1e-320, 1e15, 2.0**53])
CELLS = st.one_of(
    st.none(), st.text(max_size=12), st.floats(-5, 5), ODD, st.integers(-(10**20), 10**20), st.booleans(), st.dates(),
    st.datetimes(),
    st.sampled_from(["2014-02-27", "1992-05", "27.02.2014", "31/31/2014", "UKR", "Syria", "365", "", "=1+1", "0000-00-00",
                     "9999-12-31", "99999", "combat", "<script>", "NaT", "2014-02-30", b"\xff", pd.NaT, pd.NA, [], {}]),
)  # fmt: skip
CLEAN_EVENT = st.fixed_dictionaries(
    {"start": st.dates(date(1992, 1, 1), date(2020, 12, 31)).map(str)},
    optional={"target": st.sampled_from(["UKR", "SYR", "GEO", None]), "activity": st.sampled_from(["combat", "deterrence"]),
              "confidence": st.floats(0, 1), "name": st.text("abc é<&", max_size=5)},
)  # fmt: skip
ROLES = ("end", "target", "activity", "decision", "event_id", "name", "confidence")
NAMES = st.sampled_from(["start", *ROLES, "Start ", "x"])


def mostly(clean: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw a clean value seven times in eight; ``one_of`` would give each kind of an odd one the same chance."""
    return st.integers(0, 7).flatmap(lambda k: odd if k == 7 else clean)


def spoilt(rows: st.SearchStrategy[list[dict[str, Any]]], names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Draw clean rows half of the time, and else rows of which some cells hold anything."""
    one = st.tuples(st.integers(0, 9), names, CELLS)

    def spoil(rows: list[dict[str, Any]], changes: list[tuple[int, str, Any]]) -> list[dict[str, Any]]:
        out = [dict(row) for row in rows]
        for i, name, cell in changes:
            if out:
                out[i % len(out)][name] = cell
        return out

    spoiled = st.builds(spoil, rows, st.lists(one, min_size=1, max_size=4))
    return st.booleans().flatmap(lambda clean: rows if clean else spoiled)


# ---------------------------------------------------------------- events, series, panels


@FEW
@given(spoilt(st.lists(CLEAN_EVENT, min_size=1, max_size=5), NAMES), st.sampled_from(["RUS", "USA", 365, "TUR", "??", None, 1.5]))  # fmt: skip
def test_event_lists_from_any_frame(tally: Tally, rows: list[dict[str, Any]], actor: Any) -> None:
    frame = pd.DataFrame(rows)
    events = tally(lambda: ist.EventList.from_frame(frame, actor, **{c: c for c in ROLES if c in frame}))
    if events is not None:
        assert len(events) == len(rows)  # no row is lost in silence
        assert events.timing["first"].notna().all()


@FEW
@given(st.lists(CLEAN_EVENT, min_size=1, max_size=6), st.one_of(st.integers(1, 6), st.integers(-3, 60)), st.sampled_from(["approval", "-approval.change6", "brent.log_change12", "growth", "nonsense", "approval.", "", "oil)("]), st.sampled_from(("actor-month", "actor-month", "actor-year", "actor-target-year")))  # fmt: skip
def test_panels_of_any_events_lag_and_exposure(
    tally: Tally, rows: list[dict[str, Any]], lag: int, term: str, unit: str
) -> None:
    frame = pd.DataFrame(rows)
    roles = {"target": "target"} if "target" in frame else {}
    events = ist.EventList.from_frame(frame[["start", *roles]], "RUS", **roles)
    panel = tally(lambda: ist.panel(events, unit=unit, covariates=[term], lag=lag))
    if panel is not None:
        assert lag >= 1
        assert panel.attrs["n_events"] + len(panel.attrs["outside"]) == len(rows) == panel.attrs["n_events_total"]


CLEAN_MONTHS = st.lists(st.integers(0, 300), min_size=1, max_size=6, unique=True).flatmap(
    lambda ks: st.tuples(*(
        st.fixed_dictionaries({"month": st.just(f"{1992 + k // 12}-{k % 12 + 1:02}"), "approval": st.floats(0, 100), "other": st.floats(-5, 5)})
        for k in ks
    )).map(list)
)  # fmt: skip


@FEW
@given(spoilt(CLEAN_MONTHS, st.sampled_from(["month", "approval", "other", "extra"])))
def test_series_from_any_frame(tally: Tally, rows: list[dict[str, Any]]) -> None:
    series = tally(lambda: read_series(pd.DataFrame(rows)))
    if series is not None and "approval" in series:
        assert series["approval"].dropna().between(0, 100).all()


# ---------------------------------------------------------------- estimators


@st.composite
def regressions(draw: st.DrawFn, counts: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Draw a regression that can be fitted, half of the time, and else one with another length, rank, or odd numbers."""
    n, k = draw(st.integers(10, 30)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = draw(st.sampled_from([rng.standard_normal((n, k)), rng.integers(0, 2, (n, k)).astype(float)]))
    events = rng.permutation((np.arange(n) % 3 == 0).astype(float))
    y = events * rng.geometric(0.1, n) if counts else events  # many zeros and some large counts
    spoil = draw(st.sampled_from([None] * 6 + ["cell", "length", "few", "constant", "twice", "outcome"]))
    if spoil == "cell":
        X[draw(st.integers(0, n - 1)), draw(st.integers(0, k - 1))] = draw(ODD)
    elif spoil == "length":
        y = np.append(y, 1.0)
    elif spoil == "few":
        few = draw(st.integers(0, 4))
        y, X = y[:few], X[:few, : draw(st.integers(0, k))]
    elif spoil == "constant":
        y[:] = draw(st.sampled_from([0.0, 1.0]))
    elif spoil == "twice":
        X = np.column_stack([X, X[:, 0]])
    elif spoil == "outcome":
        y[draw(st.integers(0, n - 1))] = draw(st.sampled_from([2.0, math.nan, -1.0, 0.5]))
    return y, X


@pytest.mark.parametrize(
    "name",
    ["firth_logit", "logit", "cloglog", "poisson", "negative_binomial", "flac", "rare_events_logit", "exact_logistic"],
)
@FEW
@given(data=st.data())
def test_estimators_of_any_arrays(tally: Tally, name: str, data: st.DataObject) -> None:
    y, X = data.draw(regressions(counts=name in ("poisson", "negative_binomial")))
    kept = y.copy(), X.copy()
    with np.errstate(all="ignore"):
        fit = tally(lambda: getattr(ist, name)(y=y, X=X, **OPTIONS.get(name, {})))
    np.testing.assert_array_equal(y, kept[0])  # the caller's arrays are left alone
    np.testing.assert_array_equal(X, kept[1])
    if fit is not None:
        assert len(y) == len(X) and np.isfinite(y).all() and np.isfinite(X).all(), "an estimate out of missing numbers"
        tidy = fit.tidy()
        known = (
            tidy[tidy["method"] != "not identified"] if "method" in tidy else tidy
        )  # exact: one table only is possible
        assert known["estimate"].notna().all()
        low, high = tidy["conf_low"].to_numpy(float), tidy["conf_high"].to_numpy(float)
        assert not (low > high).any()
        p = tidy["p_value"].dropna()
        assert p.between(0, 1).all()


@FEW
@given(data=regressions())
def test_batches_of_any_arrays(tally: Tally, data: tuple[np.ndarray, np.ndarray]) -> None:
    y, X = data
    with np.errstate(all="ignore"):
        fit = tally(lambda: firth_logit_batch(X, np.stack([y, y])))
    if fit is not None:
        assert np.isfinite(X).all() and np.isfinite(y).all()


COUNTS = mostly(st.integers(0, 30), CELLS)
TIMES = mostly(st.floats(0.5, 100), CELLS)


@FEW
@given(st.tuples(COUNTS, COUNTS), st.tuples(TIMES, TIMES))
def test_rate_ratio_of_anything(tally: Tally, events: tuple[Any, Any], exposure: tuple[Any, Any]) -> None:
    found = tally(lambda: ist.rate_ratio(events=events, exposure=exposure))
    if found is not None:
        row = found.tidy().iloc[0]
        assert 0 <= row["p_value"] <= 1 and not row["conf_low"] > row["conf_high"]


WHOLE = st.integers(0, 30).map(float)


@pytest.mark.parametrize(("call", "shape"), [(ist.fisher_test, (2, 2)), (ist.cmh_test, (3, 2, 2))])
@FEW
@given(data=st.data())
def test_tables_of_any_shape(
    tally: Tally, call: Callable[..., Any], shape: tuple[int, ...], data: st.DataObject
) -> None:
    clean = hnp.arrays(float, shape, elements=WHOLE)
    odd = hnp.arrays(float, st.one_of(st.just(shape), hnp.array_shapes(min_dims=0, max_dims=4, max_side=3)), elements=st.one_of(WHOLE, ODD))  # fmt: skip
    table = data.draw(mostly(clean, odd))
    found = tally(lambda: call(table))
    if found is not None:
        assert np.isfinite(table).all() and (table >= 0).all()


@FEW
@given(
    mostly(hnp.arrays(float, st.integers(12, 40), elements=st.floats(-5, 5), fill=st.nothing()),
           hnp.arrays(float, st.integers(0, 40), elements=st.one_of(st.floats(-5, 5), ODD))),
    st.lists(st.integers(-5, 45), min_size=1, max_size=6),
    st.integers(0, 3),
)  # fmt: skip
def test_shift_tests_of_any_series(tally: Tally, series: np.ndarray, where: list[int], strata: int) -> None:
    onsets = np.zeros(len(series))
    for i in where:
        if 0 <= i < len(onsets):
            onsets[i] += 1
    labels = np.arange(len(series)) * strata // max(len(series), 1) if strata else None
    found = tally(lambda: ist.circular_shift_test(series, onsets, strata=labels))
    if found is not None:
        assert np.isfinite(series).all()
        assert 0 <= found.p_value <= 1


# ---------------------------------------------------------------- arguments of test()


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": ""}, {"name": None}, {"name": 3}, {"name": "W1", "lag": 0}, {"name": "W1", "lag": -1},
        {"name": "W1", "delta": 1.0}, {"name": "W1", "delta": -2.0}, {"name": "W1", "delta": math.nan},
        {"name": "W1", "delta": math.inf}, {"name": "W1", "delta": "huge"}, {"name": "W1", "seed": "x"},
        {"name": "W1", "actor": "Atlantis"}, {"name": "W1", "events": "none"}, {"name": "W1", "events": 5},
        {"name": "W1", "series": pd.DataFrame()}, {"name": "W1", "series": 5}, {"name": "W1", "exposure": "approval; import os"},
        {"name": "W1", "start": "never"}, {"name": "W1", "no_such_field": 1}, {"name": "wag_the_dog", "lag": 2},
    ],
    ids=lambda a: "-".join(f"{k}={v}" for k, v in a.items() if not isinstance(v, pd.DataFrame))[:50],
)  # fmt: skip
def test_unusable_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(InterventionsError) as caught, warnings.catch_warnings():
        warnings.simplefilter("ignore", InterventionsWarning)
        ist.test(**arguments, quick=True, robustness=False)
    assert str(caught.value).strip()


@pytest.mark.parametrize(("name", "lag"), [("W1", 1_000), ("B2", 400), ("F1", 400)])
def test_a_lag_beyond_the_data_gives_no_number(name: str, lag: int) -> None:
    result = ist.test(name, lag=lag, quick=True, robustness=False)
    row = result.glance().iloc[0]
    assert result.verdict == "not_testable" and row["reason"] and math.isnan(row["ratio"])
