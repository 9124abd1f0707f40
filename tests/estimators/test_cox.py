"""Andersen-Gill: the published bladder values, enumeration of risk sets, and refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats.errors import InputError, RefusalError
from interventions_stats.estimators import cox


def test_bladder_as_published(reference_folder: Path) -> None:
    data = pd.read_csv(reference_folder / "bladder2.csv")
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
