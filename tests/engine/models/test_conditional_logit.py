"""Conditional logit against enumeration, statsmodels' Stata example and the unconditional likelihood of pairs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.solver.conditional_likelihood import build_strata, conditional_evaluator
from interventions_stats.errors import EstimationError, InputError, RefusalError
from interventions_stats.estimators import conditional_logit, firth_logit, logit

LOOSE = {"allow": ("G02",)}
pytestmark = pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")


def strata_data(seed: int, sizes: tuple[int, ...] = (4, 5, 6, 3, 7)) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(sizes)), sizes)
    y = np.concatenate([rng.permutation(np.arange(s) < rng.integers(1, s)) for s in sizes]).astype(float)
    return rng.normal(size=(len(y), 2)), y, codes


def enumerated(
    X: np.ndarray, y: np.ndarray, codes: np.ndarray, beta: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Log-likelihood, score and information by listing every choice of events in every stratum."""
    loglik, score, information = 0.0, np.zeros(2), np.zeros((2, 2))
    for s in np.unique(codes):
        x, events = X[codes == s], y[codes == s] == 1
        sums = np.array([x[list(c)].sum(axis=0) for c in itertools.combinations(range(len(x)), int(events.sum()))])
        p = np.exp(sums @ beta)
        mean = (p @ sums) / p.sum()
        loglik += float(x[events].sum(axis=0) @ beta - np.log(p.sum()))
        score += x[events].sum(axis=0) - mean
        information += (sums * p[:, None]).T @ sums / p.sum() - np.outer(mean, mean)
    return loglik, score, information


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("beta", [(0.0, 0.0), (1.3, -0.7), (-6.0, 4.0)])
def test_recursion_is_enumeration(seed: int, beta: tuple[float, float]) -> None:
    X, y, codes = strata_data(seed)
    b = np.array(beta)
    loglik, score, information = enumerated(X, y, codes, b)
    got = conditional_evaluator(build_strata(X, y, codes), False)(b[None], slice(None))
    assert_allclose(got.objective[0], loglik, rtol=1e-11, atol=1e-11)
    assert_allclose(got.score[0], score, atol=1e-10)
    assert_allclose(got.curvature[0], information, atol=1e-10)
    penalised = conditional_evaluator(build_strata(X, y, codes), True)
    assert_allclose(
        penalised(b[None], slice(None)).objective[0], loglik + 0.5 * np.linalg.slogdet(information)[1], rtol=1e-9
    )
    h = 1e-5
    up, down = (penalised(b[None] + s * h * np.eye(2), slice(None)).objective for s in (1, -1))
    assert_allclose(penalised(b[None], slice(None)).score[0], (up - down) / (2 * h), atol=1e-5)


def test_stata_example_of_statsmodels() -> None:
    y, g = [0, 1, 0, 1, 0, 1, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]
    fit = conditional_logit(y=y, X=[0, 1, 0, 0, 1, 1, 0, 0, 1, 0], strata=g, **LOOSE)
    assert_allclose([fit.params[0], fit.bse[0]], [0.9272407, 1.295155], rtol=1e-6)


@pytest.mark.parametrize("firth", [False, True])
def test_pairs_are_logit_of_differences(firth: bool) -> None:
    """With one event in each pair the likelihood is that of a logit without intercept on the differences."""
    rng = np.random.default_rng(8)
    a, b = rng.normal(size=(2, 60, 2))
    X, y = np.vstack([a, b]), np.repeat([1, 0], 60)
    fit = conditional_logit(y=y, X=X, strata=np.tile(np.arange(60), 2), firth=firth)
    # the outcome of every pair is "first chosen"; half are turned round so that both outcomes occur
    sign = np.where(np.arange(60) % 2, 1.0, -1.0)[:, None]
    same = (firth_logit if firth else logit)(y=sign[:, 0] > 0, X=(a - b) * sign, intercept=False)
    assert_allclose(fit.params, same.params, atol=1e-10)
    assert_allclose(fit.bse, same.bse, rtol=1e-8)
    assert_allclose(fit.conf_int(), same.conf_int(method="profile"), atol=1e-8)
    assert_allclose(fit.profile.ratios(), same.profile.ratios(), atol=1e-8)


def test_separated_choice() -> None:
    X = np.array([[1.0, 0.2], [0.0, 0.1], [3.0, 0.4], [2.0, 0.8], [5.0, 0.1], [4.0, 0.3]])
    y, g = [1, 0, 1, 0, 1, 0], [0, 0, 1, 1, 2, 2]
    with pytest.raises(RefusalError, match=r"^G03: .*'trade' goes to plus infinity.*firth=True"):
        conditional_logit(y=y, X=X[:, 0], strata=g, names=["trade"], **LOOSE)
    fit = conditional_logit(y=y, X=X[:, 0], strata=g, names=["trade"], firth=True)
    # three pairs with difference one: b = log((3 + 1/2) / (0 + 1/2))
    assert_allclose(fit.params[0], np.log(7), atol=1e-10)
    assert fit.separation.directions == (1,) and np.isfinite(fit.conf_int()).all()


def test_silent_strata_are_counted_and_named() -> None:
    X, y, codes = strata_data(1)
    more_X = np.vstack([X, np.random.default_rng(0).normal(size=(5, 2))])
    more = conditional_logit(y=np.append(y, np.zeros(5)), X=more_X, strata=np.append(codes, [9] * 5), **LOOSE)
    base = conditional_logit(y=y, X=X, strata=codes, **LOOSE)
    assert_allclose(more.params, base.params, atol=1e-12)
    assert more.n == base.n == 25 and "1 (5 rows) left out" in more.remarks[0]
    assert more.glance()["n_strata"].iloc[0] == 5


def test_bad_strata() -> None:
    X, y, codes = strata_data(1)
    with pytest.raises(InputError, match="needs strata"):
        conditional_logit(y=y, X=X)
    with pytest.raises(EstimationError, match="no stratum has both"):
        conditional_logit(y=y, X=X, strata=np.arange(25))
    with pytest.raises(EstimationError, match="'year' does not vary within any stratum"):
        conditional_logit(y=y, X=np.column_stack([X[:, 0], codes]), strata=codes, names=["x", "year"])
    with pytest.raises(EstimationError, match="'c' is a linear combination of 'a', 'b'"):
        conditional_logit(y=y, X=np.column_stack([X, X.sum(axis=1) + codes]), strata=codes, names=["a", "b", "c"])
