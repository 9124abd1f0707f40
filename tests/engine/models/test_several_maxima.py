"""Penalised likelihoods with several maxima, and profiles with several ridges, against grids and many starts."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.fit.build_design import build_design
from interventions_stats.engine.fit.maxima import is_saturated
from interventions_stats.estimators import firth_logit, firth_logit_batch, flac, logit_batch, specification_batch

QUANTILE = 1.959963984540054


def hard(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A few rows, columns that are heavy-tailed, rare, rounded or trending, and an outcome that they all but decide."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(8, 60)), int(rng.integers(1, 4))
    X = rng.normal(size=(n, k))
    for j, kind in enumerate(rng.integers(0, 6, k)):
        if kind:
            new = np.exp(1.5 * X[:, j]), rng.random(n) < 0.15, np.arange(n), rng.standard_cauchy(n), np.round(X[:, j])
            X[:, j] = new[kind - 1]
    X[0], X[1] = 0.0, 1.0
    line = X @ rng.normal(size=k)
    y = line + 0.3 * line.std() * rng.normal(size=n) > np.quantile(line, rng.choice([0.5, 0.8, 0.95]))
    y[rng.integers(n)] ^= True
    y[0], y[1] = False, True
    return X, y.astype(float)


def objective(X: np.ndarray, y: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Penalised log-likelihood at coefficients (..., p)."""
    x = np.column_stack([np.ones(len(X)), X])
    eta = b @ x.T
    mean = 1 / (1 + np.exp(-eta))
    information = np.einsum("...i,ij,ik->...jk", mean / (1 + np.exp(eta)), x, x)
    sign, logdet = np.linalg.slogdet(information)
    return (y * eta - np.logaddexp(0, eta)).sum(axis=-1) + np.where(sign > 0, 0.5 * logdet, -np.inf)


def climbed(X: np.ndarray, y: np.ndarray, starts: np.ndarray, held: int | None = None) -> np.ndarray:
    """Objective (s,) after damped Fisher scoring from starts (s, p), each step as long as it climbs."""
    x, b = np.column_stack([np.ones(len(X)), X]), starts.copy()
    free = np.arange(x.shape[1]) != (-1 if held is None else held)
    best = objective(X, y, b)
    for _ in range(60):
        mean = 1 / (1 + np.exp(-b @ x.T))
        weight = mean * (1 - mean) + 1e-300
        information = np.einsum("si,ij,ik->sjk", weight, x, x)
        inverse = np.linalg.pinv(information, hermitian=True)
        leverage = weight * np.einsum("ij,sjk,ik->si", x, inverse, x)
        score = ((y - mean + leverage * (0.5 - mean)) @ x)[:, free]
        step = np.zeros_like(b)
        step[:, free] = np.einsum("sij,sj->si", np.linalg.pinv(information[:, free][:, :, free], hermitian=True), score)
        step *= np.minimum(1.0, 6.0 / np.maximum(np.abs(step @ x.T).max(axis=1), 1e-300))[:, None]
        for length in 0.5 ** np.arange(6):
            trial = objective(X, y, b + length * step)
            better = trial > best
            b[better], best[better] = (b + length * step)[better], trial[better]
    return best


def starts_around(seed: int, params: np.ndarray, bse: np.ndarray, X: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(seed)
    spread = np.concatenate([[1.0], 1.0 / X.std(axis=0)])
    near = [params + s * bse * rng.normal(size=(10, len(params))) for s in (1, 4, 16)]
    far = [s * spread * rng.normal(size=(10, len(params))) for s in (1, 5, 20)]
    return np.concatenate([params[None], *near, *far])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(s, marks=pytest.mark.slow) for s in range(2, 20))])
def test_nothing_higher_is_found_from_many_starts(seed: int) -> None:
    """The estimate is the highest maximum; at no limit, and under no null, is a higher point found than the result claims."""
    X, y = hard(seed)
    fit = firth_logit(y=y, X=X)
    starts = starts_around(seed, fit.params, fit.bse, X)
    assert fit.converged and climbed(X, y, starts).max() <= fit.loglik + 1e-7
    assert_allclose(objective(X, y, fit.params), fit.loglik, rtol=1e-9)
    for j in range(len(fit.params)):
        for value, fall in [(0.0, fit.statistic[j] ** 2), *((v, QUANTILE**2) for v in fit.conf_int()[j])]:
            moved = starts.copy()
            moved[:, j] = value
            assert climbed(X, y, moved, held=j).max() <= fit.loglik - 0.5 * fall + 1e-6


def one_column(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 40))
    x = (rng.standard_cauchy(n), np.exp(1.5 * rng.normal(size=n)), rng.normal(size=n))[seed % 3]
    y = x + 0.5 * rng.normal(size=n) > np.quantile(x, rng.choice([0.5, 0.8]))
    y[np.argmax(np.abs(x))] ^= True
    return x[:, None], y.astype(float)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(s, marks=pytest.mark.slow) for s in range(6, 40))])
def test_one_column_against_a_dense_grid(seed: int) -> None:
    """The profile over the intercept, by a grid that is refined: limits of the slope are where its upper envelope has fallen."""
    X, y = one_column(seed)
    fit = firth_logit(y=y, X=X)

    def envelope(slope: float) -> float:
        centre, half = 0.0, 40.0 + 4.0 * abs(slope) * np.abs(X).max()
        for _ in range(14):
            grid = np.linspace(centre - half, centre + half, 2001 if half > 30 else 401)
            value = objective(X, y, np.column_stack([grid, np.full_like(grid, slope)]))
            centre, half = float(grid[value.argmax()]), half / 20
        return float(value.max())

    def fall(slope: float) -> float:
        return 2 * (fit.loglik - envelope(slope))

    low, high = fit.conf_int()[1]
    assert_allclose([fall(low), fall(high)], QUANTILE**2, atol=1e-5)
    assert_allclose(fall(0.0), fit.statistic[1] ** 2, atol=1e-6)
    inside = np.linspace(low, high, 41)
    assert min(fall(b) for b in inside) > -1e-8  # nothing inside is above the estimate
    for share in (1.05, 1.5, 3.0):  # nothing outside is as likely as the limits
        assert fall(fit.params[1] + share * (high - fit.params[1])) > QUANTILE**2
        assert fall(fit.params[1] + share * (low - fit.params[1])) > QUANTILE**2


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_result_says_how_many_maxima_there_are() -> None:
    X, y = hard(3)
    fit = firth_logit(y=y, X=X)
    heights = np.unique(climbed(X, y, starts_around(0, fit.params, fit.bse, X)).round(3))
    assert_allclose(heights[-1], fit.loglik, atol=6e-4)
    assert fit.extra["maxima"] == 2 and heights[-1] - heights[-2] == pytest.approx(0.0597, abs=2e-3)
    assert "2 maxima" in fit.summary() and fit.glance()["maxima"].iloc[0] == 2
    again = firth_logit(y=y, X=1e5 + 64.0 * X)  # whatever the units
    assert again.extra["maxima"] == 2 and again.params[1] == pytest.approx(fit.params[1] / 64.0, rel=1e-7)
    assert_allclose(again.conf_int()[1], fit.conf_int()[1] / 64.0, rtol=1e-6)
    assert_allclose(firth_logit(y=y, X=X, backend="numba").conf_int(), fit.conf_int(), rtol=1e-7)
    assert "2 maxima" in flac(y=y, X=X).summary()


def test_ordinary_data_have_one_maximum_and_say_nothing() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 3)), rng.random(300) < 0.1
    fit = firth_logit(y=y, X=X)
    assert fit.extra["maxima"] == 1 and "maxima" not in " ".join(fit.remarks)


def test_many_dummies_are_tested_within_seconds() -> None:
    """As many distinct rows as coefficients make the penalised likelihood concave, and its Hessian is exact."""
    rng = np.random.default_rng(0)
    group = np.concatenate([np.arange(81), rng.integers(0, 81, 39)])
    X, y = (group[:, None] == np.arange(1, 81)).astype(float), rng.random(120) < 0.3
    begin = time.process_time()
    fit = firth_logit(y=y, X=X)
    table = fit.tidy()
    assert time.process_time() - begin < 10.0
    rows, events = np.bincount(group), np.bincount(group, weights=y)
    odds = np.log((events + 0.5) / (rows - events + 0.5))  # of a saturated fit, in closed form
    assert fit.converged and is_saturated(fit.design)
    assert_allclose(fit.params, np.concatenate([odds[:1], odds[1:] - odds[0]]), atol=1e-9)
    assert np.isfinite(table.drop(columns="term").to_numpy(float)).all()
    assert not is_saturated(build_design(y=y, X=np.column_stack([X, rng.normal(size=120)])))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_batch_flags_the_fits_that_may_lie_at_a_lower_maximum() -> None:
    below = 0
    for seed in (5, 18, 74, 122, 128, 170):  # of the first 300, those where Newton's way from the middle ends too low
        X, y = hard(seed)
        single, batch = firth_logit(y=y, X=X), firth_logit_batch(X, np.array([y, y]), full=True)
        subset = specification_batch(X, y, [range(X.shape[1])], full=True)
        assert batch.doubtful.all() and subset.doubtful.all()
        below += batch.loglik[0] < single.loglik - 1e-6
    assert below == 6
    rng = np.random.default_rng(3)
    X = rng.normal(size=(200, 3))
    Y = rng.random((50, 200)) < 0.2
    assert not firth_logit_batch(X, Y, full=True).doubtful.any()
    assert not logit_batch(X, Y, full=True).doubtful.any()  # concave
