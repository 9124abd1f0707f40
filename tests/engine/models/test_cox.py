"""Andersen-Gill: the published bladder values, enumeration of risk sets, and refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats.errors import EstimationError, InputError, RefusalError
from interventions_stats.estimators import cox


def test_bladder_as_published(published: Callable[[str], pd.DataFrame]) -> None:
    data = published("bladder2")
    fit = cox("event ~ rx + size + number", data, start="start", stop="stop", id="id", ties="breslow")
    assert_allclose([fit.params[0], fit.bse[0]], [-0.45979, 0.25801], atol=1e-5)
    model = cox("event ~ rx + size + number", data, start="start", stop="stop", ties="breslow")
    assert_allclose(model.bse[0], 0.19996, atol=1e-5)


def brute(X: np.ndarray, start: np.ndarray, stop: np.ndarray, event: np.ndarray, beta: np.ndarray) -> float:
    """Efron's partial log-likelihood, one event time at a time."""
    total, risk = 0.0, np.exp(X @ beta)
    for t in np.unique(stop[event == 1]):
        at_risk, tied = (start < t) & (stop >= t), (stop == t) & (event == 1)
        d = int(tied.sum())
        total += float((X[tied] @ beta).sum())
        total -= sum(np.log(risk[at_risk].sum() - m / d * risk[tied].sum()) for m in range(d))
    return total


def intervals(seed: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 5, 40).astype(float)
    return rng.normal(size=(40, 2)), start, start + rng.integers(1, 6, 40), (rng.random(40) < 0.6).astype(float)


@pytest.mark.parametrize("seed", range(4))
def test_partial_likelihood_and_its_maximum(seed: int) -> None:
    X, start, stop, event = intervals(seed)
    fit = cox(y=event, X=X, start=start, stop=stop)
    assert_allclose(fit.loglik, brute(X, start, stop, event, fit.params), rtol=1e-11)
    h = 1e-5
    for step in np.eye(2) * h:
        up, down = (brute(X, start, stop, event, fit.params + s * step) for s in (1, -1))
        assert abs(up - down) / (2 * h) < 1e-6
        assert_allclose(
            (up + down - 2 * fit.loglik) / h**2, -(step / h) @ np.linalg.inv(fit.cov) @ (step / h), rtol=1e-3
        )
    lower, upper = fit.conf_int(method="profile")[0]
    from scipy.optimize import minimize_scalar

    for limit in (lower, upper):
        best = minimize_scalar(
            lambda b, limit=limit: -brute(X, start, stop, event, np.array([limit, b])), (-1, 1), tol=1e-12
        )
        assert_allclose(2 * (fit.loglik + best.fun), 3.841458820694124, rtol=1e-7)


def test_strata_add_their_likelihoods() -> None:
    X, start, stop, event = intervals(1)
    strata = np.arange(40) % 2
    fit = cox(y=event, X=X, start=start, stop=stop, strata=strata)
    parts = [brute(X[m], start[m], stop[m], event[m], fit.params) for m in (strata == 0, strata == 1)]
    assert_allclose(fit.loglik, sum(parts), rtol=1e-11)


def test_copies_of_a_unit_do_not_shrink_the_robust_error() -> None:
    X, start, stop, event = intervals(2)
    rows = np.repeat(np.arange(40), 2)  # every row twice, as one unit
    once = cox(y=event, X=X, start=start, stop=stop, id=np.arange(40), ties="breslow")
    twice = cox(y=event[rows], X=X[rows], start=start[rows], stop=stop[rows], cluster=rows, ties="breslow")
    assert_allclose(twice.params, once.params, atol=1e-10)
    assert_allclose(twice.bse, once.bse, rtol=1e-8)
    model = [np.array(f.extra["se_model"].split(", "), dtype=float) for f in (once, twice)]
    assert_allclose(model[1], model[0] / np.sqrt(2), rtol=1e-5)  # the naive error believes in the copies


def test_bad_intervals_and_runaways() -> None:
    X, start, stop, event = intervals(3)
    with pytest.raises(InputError, match="needs stop"):
        cox(y=event, X=X)
    with pytest.raises(InputError, match=r"row 0 has \(\d+, \d+\]"):
        cox(y=event, X=X, start=stop, stop=start)
    with pytest.raises(RefusalError, match=r"^G11: 4 clusters"):
        cox(y=event, X=X, start=start, stop=stop, cluster=np.arange(40) % 4)
    with pytest.raises(RefusalError, match=r"^G03: .*'x1' goes to plus infinity"):
        cox(y=event, X=event * 2.0 + 1.0, start=start, stop=stop)


def residuals_by_loops(X, start, stop, event, beta, ties, offset, strata):
    """Lin and Wei's score residuals, one event time at a time; a tied event is at risk with its share only (Efron)."""
    risk, out = np.exp(X @ beta + offset), np.zeros(X.shape)
    for s in np.unique(strata):
        for t in np.unique(stop[(event == 1) & (strata == s)]):
            at_risk = np.flatnonzero((start < t) & (stop >= t) & (strata == s))
            tied = np.flatnonzero((stop == t) & (event == 1) & (strata == s))
            d = len(tied)
            for m in range(d):
                weight = risk * 1.0
                if ties == "efron":
                    weight[tied] *= 1 - m / d
                total = weight[at_risk].sum()
                mean = weight[at_risk] @ X[at_risk] / total
                out[tied] += (X[tied] - mean) / d
                out[at_risk] -= weight[at_risk, None] * (X[at_risk] - mean) / total
    return out


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("several", [False, True])
def test_robust_errors_are_sums_of_score_residuals_within_units(ties: str, several: bool) -> None:
    X, start, stop, event = intervals(5)
    X = X * [1.0, 50.0] + [0.0, 1000.0]
    unit = np.arange(40) % 21
    strata, offset = (np.arange(40) % 3, 0.3 * np.sin(np.arange(40))) if several else (np.zeros(40), np.zeros(40))
    options = {"strata": strata, "offset": offset} if several else {}
    fit = cox(y=event, X=X, start=start, stop=stop, cluster=unit, ties=ties, **options)  # type: ignore[arg-type]
    model = cox(y=event, X=X, start=start, stop=stop, ties=ties, **options)  # type: ignore[arg-type]
    residual = residuals_by_loops(X - [0, 1000], start, stop, event, fit.params, ties, offset, strata)
    assert_allclose(residual.sum(axis=0) / [1, 50], 0, atol=1e-8)
    sums = np.zeros((21, 2))
    np.add.at(sums, unit, residual)
    assert_allclose(fit.cov, model.cov @ (sums.T @ sums) @ model.cov, rtol=1e-8)
    assert_allclose(np.array(fit.extra["se_model"].split(", "), dtype=float), model.bse, rtol=1e-5)
    assert (
        "21 clusters" in fit.covariance and model.covariance == "inverse information" and "se_model" not in model.extra
    )
    assert fit.loglik == model.loglik and (fit.n, fit.n_events) == (40, int(event.sum()))


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_offsets_strata_and_units_of_the_columns(ties: str) -> None:
    X, start, stop, event = intervals(6)
    offset, strata = 0.4 * np.cos(np.arange(40)), np.arange(40) % 2
    fit = cox(y=event, X=X, start=start, stop=stop, offset=offset, strata=strata, ties=ties)  # type: ignore[arg-type]

    def objective(b: np.ndarray) -> float:
        total, risk = 0.0, np.exp(X @ b + offset)
        for s in (0, 1):
            for t in np.unique(stop[(event == 1) & (strata == s)]):
                at_risk = (start < t) & (stop >= t) & (strata == s)
                tied = (stop == t) & (event == 1) & (strata == s)
                d = int(tied.sum())
                total += float((X[tied] @ b + offset[tied]).sum())
                for m in range(d):
                    total -= np.log(risk[at_risk].sum() - (m / d if ties == "efron" else 0) * risk[tied].sum())
        return total

    assert_allclose(fit.loglik, objective(fit.params), rtol=1e-11)
    h = 1e-5
    for step in np.eye(2) * h:
        assert abs(objective(fit.params + step) - objective(fit.params - step)) / (2 * h) < 1e-6
    moved = cox(
        y=event, X=X * [1e6, 1e-3] + [5e6, 0], start=start, stop=stop, offset=offset + 7, strata=strata, ties=ties
    )  # type: ignore[arg-type]
    assert_allclose(moved.params * [1e6, 1e-3], fit.params, rtol=1e-7)
    assert_allclose(moved.bse * [1e6, 1e-3], fit.bse, rtol=1e-7)
    assert_allclose(moved.loglik, fit.loglik, rtol=1e-9)
    assert_allclose(moved.conf_int(method="profile") * [[1e6], [1e-3]], fit.conf_int(method="profile"), rtol=1e-6)


def test_time_starts_at_zero_and_rows_enter_after_they_begin() -> None:
    X, _, stop, event = intervals(7)
    assert_allclose(
        cox(y=event, X=X, stop=stop).params, cox(y=event, X=X, stop=stop, start=np.zeros(40)).params, atol=0
    )
    # a row that begins at the only time of another's event is not at risk then
    first = cox(y=[1, 1, 0, 1], X=[0.0, 1.0, 0.0, 1.0], start=[0, 0, 2, 0], stop=[2, 3, 4, 5])
    second = cox(y=[1, 1, 0, 1], X=[0.0, 1.0, 0.0, 1.0], start=[0, 0, 2.5, 0], stop=[2, 3, 4, 5])
    assert_allclose(first.params, second.params, atol=1e-12)
    with pytest.raises(InputError, match=r"row 1 has \(3, 3\]"):
        cox(y=[1, 1, 0, 1], X=[0.0, 1.0, 0.0, 1.0], start=[0, 3, 2, 0], stop=[2, 3, 4, 5])
    with pytest.raises(InputError, match="unknown ties"):
        cox(y=event, X=X, stop=stop, ties="exact")  # type: ignore[arg-type]


def test_the_column_that_runs_away_is_named_with_its_direction() -> None:
    X, start, stop, event = intervals(8)
    for sign, way in ((1, "plus"), (-1, "minus")):
        bad = np.column_stack([X[:, 0], sign * event])
        with pytest.raises(RefusalError, match=rf"^G03: .*'war' goes to {way} infinity"):
            cox(y=event, X=bad, start=start, stop=stop, names=["oil", "war"])
    strong = np.column_stack([X[:, 0], X[:, 1] + 2.0 * event])  # a strong effect is not an infinite one
    assert np.isfinite(cox(y=event, X=strong, start=start, stop=stop).params).all()


def test_calendar_year_with_its_square_fits_like_its_centred_form() -> None:
    """The reference is R's coxph: log-likelihood -430.787301, b -0.142349."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame(
        {"year": rng.integers(1990, 2020, 300), "b": rng.normal(size=300), "stop": rng.integers(1, 40, 300)}
    )
    data["e"] = (rng.random(300) < 0.3).astype(int)
    data["u"] = data["year"] - 2005
    raw = cox("e ~ b + year + I(year**2)", data, stop="stop")
    centred = cox("e ~ b + u + I(u**2)", data, stop="stop")
    assert_allclose([raw.loglik, raw.params[0]], [-430.787301, -0.142349], atol=6e-7)
    assert_allclose(raw.params[[0, 2]], centred.params[[0, 2]], rtol=1e-6)
    assert_allclose(raw.bse[[0, 2]], centred.bse[[0, 2]], rtol=1e-7)
    assert_allclose(raw.conf_int(method="profile")[0], centred.conf_int(method="profile")[0], rtol=1e-6)
    found = [_year_and_square(seed) for seed in range(20)]  # not one of them monotone
    assert len(found) == 20


def _year_and_square(seed: int) -> float:
    rng = np.random.default_rng(seed)
    year = rng.integers(1946, 2020, 80).astype(float)
    X = np.column_stack([year, year**2, year**3])
    stop = rng.exponential(size=80)
    return cox(y=(rng.random(80) < 0.5).astype(float), X=X, stop=stop).loglik


@pytest.mark.parametrize("exposed", [1, 2, 3, 16])
def test_a_rare_exposure_is_monotone_only_without_an_event(exposed: int) -> None:
    rng = np.random.default_rng(exposed)
    x, y, stop = np.zeros(300), (rng.random(300) < 0.3).astype(float), rng.exponential(size=300)
    x[:exposed], y[:exposed], stop[:exposed] = 1.0, 0.0, 9.0
    other = rng.normal(size=300)
    with pytest.raises(RefusalError, match=r"^G03: .*'war' goes to minus infinity"):
        cox(y=y, X=np.column_stack([other, x]), stop=stop, names=["oil", "war"])
    y[0], stop[0] = 1.0, 0.5
    x[300 - exposed :], y[300 - exposed :], stop[300 - exposed :] = 1.0, 0.0, 1.0
    fit = cox(y=y, X=np.column_stack([other, x]), stop=stop, names=["oil", "war"])
    assert np.isfinite(fit.params).all() and (np.abs(fit.params) < 6).all()


def test_times_that_differ_by_rounding_are_tied() -> None:
    X, start, stop, event = intervals(9)
    exact = cox(y=event, X=X, start=start, stop=stop)
    added = np.array([sum([0.1] * int(10 * t)) for t in stop])
    assert (added != stop).any()
    assert_allclose(cox(y=event, X=X, start=start, stop=added).params, exact.params, atol=1e-12)
    assert_allclose(cox(y=event, X=X, start=start + 1e5 / 3, stop=stop + 1e5 / 3).params, exact.params, atol=1e-12)
    seconds = stop + 1.7e9  # whole numbers are exact, whatever their size
    assert_allclose(cox(y=event, X=X, start=start + 1.7e9, stop=seconds).params, exact.params, atol=1e-12)
    with pytest.raises(InputError, match=r"row 0 has \(0.3, 0.3\]"):
        cox(y=[1, 0, 1], X=[1.0, 2.0, 0.5], start=[0.3, 0, 0], stop=[0.1 + 0.2, 1, 2])


def test_intervals_of_one_unit_may_meet_and_not_overlap() -> None:
    X, *_ = intervals(10)
    unit, start = np.repeat([f"u{k}" for k in range(20)], 2), np.tile([0.0, 3.0], 20)
    stop = start + np.repeat(np.linspace(1, 2.9, 20), 2)
    event = np.tile([1.0, 0.0, 0.0, 1.0], 10)
    assert "20 units" in cox(y=event, X=X, start=start, stop=stop, id=unit).covariance
    stop[6] = 3.0 + 1e-13
    cox(y=event, X=X, start=start, stop=stop, id=unit)
    stop[6] = 3.01
    with pytest.raises(InputError, match=r"rows 6 and 7 are overlapping intervals of id 'u3'"):
        cox(y=event, X=X, start=start, stop=stop, id=unit)
    cox(y=event, X=X, start=start, stop=stop, id=unit, strata=np.tile([0, 1], 20))  # kinds of event side by side
    start[7], stop[6] = 0.0, stop[7]
    with pytest.raises(InputError, match=r"rows 6 and 7 are the same interval of id 'u3'"):
        cox(y=event, X=X, start=start, stop=stop, id=unit)


def test_case_weights() -> None:
    X, start, stop, event = intervals(11)
    times = np.random.default_rng(1).integers(0, 3, 40)
    rows, unit = np.repeat(np.arange(40), times), np.arange(40) // 2
    weighted = cox(y=event, X=X, start=start, stop=stop, weights=times, cluster=unit, ties="breslow")
    repeated = cox(y=event[rows], X=X[rows], start=start[rows], stop=stop[rows], cluster=unit[rows], ties="breslow")
    assert_allclose(weighted.params, repeated.params, atol=1e-10)
    assert_allclose(weighted.cov, repeated.cov, rtol=1e-8)
    assert_allclose(weighted.loglik, repeated.loglik, rtol=1e-11)
    assert weighted.extra["se_model"] == repeated.extra["se_model"]
    # Efron with weights: d tied events count with their mean weight (Therneau & Grambsch 2000)
    weight = np.random.default_rng(2).uniform(0.5, 2, 40)
    fit = cox(y=event, X=X, start=start, stop=stop, weights=weight)

    def objective(b: np.ndarray) -> float:
        total, risk = 0.0, weight * np.exp(X @ b)
        for t in np.unique(stop[event == 1]):
            at_risk, tied = (start < t) & (stop >= t), (stop == t) & (event == 1)
            d = int(tied.sum())
            total += float(weight[tied] @ X[tied] @ b)
            total -= weight[tied].mean() * sum(np.log(risk[at_risk].sum() - m / d * risk[tied].sum()) for m in range(d))
        return total

    assert_allclose(fit.loglik, objective(fit.params), rtol=1e-11)
    for step in np.eye(2) * 1e-5:
        assert abs(objective(fit.params + step) - objective(fit.params - step)) / 2e-5 < 1e-6
    equal = cox(y=event, X=X, start=start, stop=stop, weights=np.full(40, 3.0))
    assert_allclose(equal.params, cox(y=event, X=X, start=start, stop=stop).params, atol=1e-10)


def test_units_of_the_columns_and_rows_of_high_risk_that_have_left() -> None:
    X, start, stop, event = intervals(12)
    near = cox(y=event, X=np.column_stack([X[:, 0], X[:, 0] + 1e-6 * X[:, 1]]), start=start, stop=stop)
    plain = cox(y=event, X=X, start=start, stop=stop)
    assert_allclose([near.params.sum(), near.params[1] * 1e-6], plain.params, rtol=1e-6)
    # two spells far apart in risk: the risk sets of the second must not feel the first
    offset = np.where(np.arange(40) < 20, 40.0, -40.0)
    late = np.where(np.arange(40) < 20, 0.0, 20.0)
    apart = cox(y=event, X=X, start=start + late, stop=stop + late, offset=offset)
    strata = cox(y=event, X=X, start=start, stop=stop, strata=np.arange(40) < 20)
    assert_allclose(apart.params, strata.params, rtol=1e-9)
    assert_allclose(apart.loglik, strata.loglik, rtol=1e-11)
    with pytest.raises(EstimationError, match="'spell' does not vary within any risk set"):
        cox(y=event, X=np.column_stack([X, late]), start=start + late, stop=stop + late, names=["a", "b", "spell"])
    with pytest.raises(EstimationError, match="no column"):
        cox(y=event, X=np.empty((40, 0)), stop=stop)


def test_durations_that_all_end_in_an_event_are_no_selection() -> None:
    X, start, stop, _ = intervals(13)
    every = np.ones(40)
    fit = cox(y=every, X=X, start=start, stop=stop)
    assert_allclose(fit.loglik, brute(X, start, stop, every, fit.params), rtol=1e-11)
