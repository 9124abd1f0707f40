"""Poisson regressions within strata against statsmodels' with a column a stratum, many at once and with rows left out."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from interventions_stats.engine.models.conditional_counts_batch import conditional_poisson_batch


@pytest.mark.parametrize("k", [1, 3])
def test_fits_are_those_of_a_poisson_regression_with_stratum_intercepts(k: int) -> None:
    rng = np.random.default_rng(k)
    strata = rng.integers(0, 6, 120)
    X = rng.normal(size=(120, k)) + strata[:, None]
    Y = rng.poisson(np.exp(0.3 * X[:, 0] - 0.2 * strata), (4, 120)).astype(float)
    weights = (rng.random((4, 120)) < 0.8).astype(float)
    for w in (None, weights):
        b, se = conditional_poisson_batch(X, Y, strata, w)
        for h in range(4):
            here = np.ones(120, bool) if w is None else w[h] > 0
            D = np.column_stack([X, *(strata == np.arange(6)[:, None])]).astype(float)[here]
            fit = sm.GLM(Y[h, here], D, family=sm.families.Poisson()).fit(tol=1e-12)
            assert b[h] == pytest.approx(fit.params[:k], abs=1e-8)
            assert se[h] == pytest.approx(fit.bse[:k], rel=1e-6)


def test_a_fit_without_a_maximum_is_missing_and_leaves_the_others() -> None:
    x, strata = np.tile([0.0, 1.0, 2.0], 2)[:, None], np.repeat([0, 1], 3)
    b, se = conditional_poisson_batch(x, np.array([[0, 0, 3, 0, 0, 2], [1, 1, 3, 0, 1, 2.0]]), strata)
    assert np.isnan(b[0]).all() and np.isnan(se[0]).all() and np.isfinite(b[1]).all()


def test_order_of_rows_and_names_of_strata_do_not_matter() -> None:
    rng = np.random.default_rng(9)
    X, Y, strata = rng.normal(size=(40, 2)), rng.poisson(1.0, (2, 40)).astype(float), rng.integers(0, 3, 40)
    order = rng.permutation(40)
    one = conditional_poisson_batch(X, Y, strata)
    other = conditional_poisson_batch(X[order], Y[:, order], np.array(["c", "a", "b"])[strata][order])
    assert all(a == pytest.approx(b, abs=1e-9) for a, b in zip(one, other, strict=True))
