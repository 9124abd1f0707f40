"""Bad input of every kind: a right answer or one named error, never another exception and never a number out of nothing."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
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

FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
NUMBERS = st.one_of(
    st.floats(-5, 5), st.sampled_from([0.0, 1.0, math.nan, math.inf, -math.inf, 1e308, -1e308, 1e-320, 1e15, 2.0**53])
)
CELLS = st.one_of(
    st.none(), st.text(max_size=12), NUMBERS, st.integers(-(10**20), 10**20), st.booleans(), st.dates(), st.datetimes(),
    st.sampled_from(["2014-02-27", "1992-05", "27.02.2014", "31/31/2014", "UKR", "Syria", "365", "", "=1+1", "0000-00-00",
                     "9999-12-31", "99999", "combat", "<script>", "NaT", "2014-02-30", b"\xff", pd.NaT, pd.NA, [], {}]),
)  # fmt: skip
NAMES = st.sampled_from(
    ["start", "end", "target", "activity", "decision", "event_id", "name", "confidence", "Start ", "x"]
)


def named(call: Callable[[], Any]) -> Any:
    """Return what the call returns, None for an error of the library; any other error fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InterventionsWarning)
        try:
            return call()
        except InterventionsError as error:
            assert str(error).strip() and len(str(error)) < 20_000
            return None


# ---------------------------------------------------------------- events, series, panels


@FEW
@given(
    st.lists(st.dictionaries(NAMES, CELLS, max_size=6), max_size=5),
    st.sampled_from(["RUS", "USA", 365, "??", None, 1.5]),
)
def test_event_lists_from_any_frame(rows: list[dict[str, Any]], actor: Any) -> None:
    frame = pd.DataFrame(rows)
    roles = {c: c for c in ("end", "target", "activity", "decision", "event_id", "name", "confidence") if c in frame}
    events = named(lambda: ist.EventList.from_frame(frame, actor, **roles))
    if events is not None:
        assert len(events) == len(rows)  # no row is lost in silence
        assert events.timing["first"].notna().all()


@FEW
@given(st.lists(st.fixed_dictionaries({"start": st.dates(), "target": st.sampled_from(["UKR", "SYR", "GEO", None])}), min_size=1, max_size=6), st.integers(-3, 60), st.sampled_from(["approval", "-approval.change6", "brent.log_change12", "nonsense", "approval.", "", "oil)("]), st.sampled_from(("actor-month", "actor-year", "actor-target-year")))  # fmt: skip
def test_panels_of_any_events_lag_and_exposure(rows: list[dict[str, Any]], lag: int, term: str, unit: str) -> None:
    events = named(lambda: ist.EventList.from_frame(pd.DataFrame(rows), "RUS", target="target"))
    if events is None:
        return
    panel = named(lambda: ist.panel(events, unit=unit, covariates=[term], lag=lag))
    if panel is not None:
        assert lag >= 1
        assert panel.attrs["n_events"] + len(panel.attrs["outside"]) == len(rows) == panel.attrs["n_events_total"]


@FEW
@given(st.lists(st.fixed_dictionaries({"month": CELLS, "approval": CELLS, "other": CELLS}), max_size=6))
def test_series_from_any_frame(rows: list[dict[str, Any]]) -> None:
    series = named(lambda: read_series(pd.DataFrame(rows)))
    if series is not None and "approval" in series:
        assert series["approval"].dropna().between(0, 100).all()


# ---------------------------------------------------------------- estimators


@st.composite
def regressions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n, k = draw(st.integers(0, 30)), draw(st.integers(0, 4))
    X = draw(hnp.arrays(float, (n, k), elements=NUMBERS))
    y = draw(
        hnp.arrays(
            float,
            draw(st.sampled_from([n, n, n, n + 1])),
            elements=st.sampled_from([0.0, 1.0, 0.0, 1.0, 2.0, math.nan]),
        )
    )
    return y, X


@pytest.mark.parametrize(
    "name",
    ["firth_logit", "logit", "cloglog", "poisson", "negative_binomial", "flac", "rare_events_logit", "exact_logistic"],
)
@FEW
@given(data=regressions())
def test_estimators_of_any_arrays(name: str, data: tuple[np.ndarray, np.ndarray]) -> None:
    y, X = data
    kept = y.copy(), X.copy()
    with np.errstate(all="ignore"):
        fit = named(lambda: getattr(ist, name)(y=y, X=X))
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
def test_batches_of_any_arrays(data: tuple[np.ndarray, np.ndarray]) -> None:
    y, X = data
    with np.errstate(all="ignore"):
        fit = named(lambda: firth_logit_batch(X, np.stack([y, y])))
    if fit is not None:
        assert np.isfinite(X).all() and np.isfinite(y).all()


@FEW
@given(st.tuples(CELLS, CELLS), st.tuples(CELLS, CELLS))
def test_rate_ratio_of_anything(events: tuple[Any, Any], exposure: tuple[Any, Any]) -> None:
    found = named(lambda: ist.rate_ratio(events=events, exposure=exposure))
    if found is not None:
        row = found.tidy().iloc[0]
        assert 0 <= row["p_value"] <= 1 and not row["conf_low"] > row["conf_high"]


@FEW
@given(
    hnp.arrays(
        float,
        hnp.array_shapes(min_dims=0, max_dims=4, max_side=3),
        elements=st.one_of(st.integers(0, 30).map(float), NUMBERS),
    )
)
def test_tables_of_any_shape(table: np.ndarray) -> None:
    for call in (ist.fisher_test, ist.cmh_test):
        found = named(lambda call=call: call(table))
        if found is not None:
            assert np.isfinite(table).all() and (table >= 0).all()


@FEW
@given(
    hnp.arrays(float, st.integers(0, 40), elements=NUMBERS),
    st.lists(st.integers(-5, 45), max_size=6),
    st.integers(0, 3),
)
def test_shift_tests_of_any_series(series: np.ndarray, where: list[int], strata: int) -> None:
    onsets = np.zeros(len(series))
    for i in where:
        if 0 <= i < len(onsets):
            onsets[i] += 1
    labels = np.arange(len(series)) % strata if strata else None
    found = named(lambda: ist.circular_shift_test(series, onsets, strata=labels))
    if found is not None:
        assert np.isfinite(series).all()
        p = found.tidy()["p_value"].dropna()
        assert p.between(0, 1).all()


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


@pytest.mark.parametrize(("name", "lag"), [("W1", 10**9), ("B2", 400), ("F1", 400)])
def test_a_lag_beyond_the_data_gives_no_number(name: str, lag: int) -> None:
    result = ist.test(name, lag=lag, quick=True, robustness=False)
    row = result.glance().iloc[0]
    assert result.verdict == "not_testable" and row["reason"] and math.isnan(row["ratio"])
