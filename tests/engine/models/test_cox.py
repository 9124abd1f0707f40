"""Andersen-Gill: the published bladder values, enumeration of risk sets, and refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats.errors import InputError, RefusalError
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
    twice = cox(y=event[rows], X=X[rows], start=start[rows], stop=stop[rows], id=rows, ties="breslow")
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
        cox(y=event, X=X, start=start, stop=stop, id=np.arange(40) % 4)
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
    fit = cox(y=event, X=X, start=start, stop=stop, id=unit, ties=ties, **options)  # type: ignore[arg-type]
    model = cox(y=event, X=X, start=start, stop=stop, ties=ties, **options)  # type: ignore[arg-type]
    residual = residuals_by_loops(X - [0, 1000], start, stop, event, fit.params, ties, offset, strata)
    assert_allclose(residual.sum(axis=0) / [1, 50], 0, atol=1e-8)
    sums = np.zeros((21, 2))
    np.add.at(sums, unit, residual)
    assert_allclose(fit.cov, model.cov @ (sums.T @ sums) @ model.cov, rtol=1e-8)
    assert_allclose(np.array(fit.extra["se_model"].split(", "), dtype=float), model.bse, rtol=1e-5)
    assert "21 units" in fit.covariance and model.covariance == "inverse information" and "se_model" not in model.extra
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
    with pytest.raises(InputError, match="ties must be"):
        cox(y=event, X=X, stop=stop, ties="exact")  # type: ignore[arg-type]


def test_the_column_that_runs_away_is_named_with_its_direction() -> None:
    X, start, stop, event = intervals(8)
    for sign, way in ((1, "plus"), (-1, "minus")):
        bad = np.column_stack([X[:, 0], sign * event])
        with pytest.raises(RefusalError, match=rf"^G03: .*'war' goes to {way} infinity"):
            cox(y=event, X=bad, start=start, stop=stop, names=["oil", "war"])
    strong = np.column_stack([X[:, 0], X[:, 1] + 2.0 * event])  # a strong effect is not an infinite one
    assert np.isfinite(cox(y=event, X=strong, start=start, stop=stop).params).all()
