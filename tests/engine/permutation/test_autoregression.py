"""The autoregression behind the studentised and the parametric test: moments, likelihood, tails."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.permutation import autoregressive_test as autoregressive
from interventions_stats.engine.permutation.autoregression import (
    NEGLIGIBLE,
    PHI,
    mixed_covariance,
    phi_posterior,
    restricted_log_likelihood,
    simulate,
    whiten,
)
from interventions_stats.engine.permutation.autoregressive_test import (
    _sampled,
    _tabulated,
    autoregressive_null_test,
    autoregressive_p_values,
)
from interventions_stats.errors import EstimationError, InputError

GAPS = np.array([0, 1, 2, 5, 6, 9, 10, 11, 15, 16])
LAYOUT = Layout(((0, 6), (6, 10)), ("a", "b"), GAPS, np.arange(10))
ALTERNATIVES = ("greater", "less", "two-sided")


@pytest.mark.parametrize("phi", [-0.4, 0.0, 0.8])
def test_draws_have_the_covariance_of_the_process_and_pieces_are_independent(phi: float) -> None:
    m = 40_000
    drawn = simulate(LAYOUT, np.full(m, phi), np.random.default_rng(0))
    expected = phi ** np.abs(np.subtract.outer(GAPS, GAPS)).astype(float)
    expected[:6, 6:] = expected[6:, :6] = 0.0
    # the standard error of a covariance of unit normals is at most sqrt(2 / m)
    assert np.abs(drawn.T @ drawn / m - expected).max() < 5 * np.sqrt(2 / m)
    assert np.abs(drawn.mean(axis=0)).max() < 5 / np.sqrt(m)


def test_each_draw_has_a_coefficient_of_its_own() -> None:
    m = 20_000
    drawn = simulate(Layout(((0, 2),), ("a",), np.array([0, 1]), np.arange(2)), np.repeat([0.9, 0.0], m),
                     np.random.default_rng(1))  # fmt: skip
    for part, phi in ((drawn[:m], 0.9), (drawn[m:], 0.0)):
        assert (part[:, 0] * part[:, 1]).mean() == pytest.approx(phi, abs=5 * np.sqrt(2 / m))


@pytest.mark.parametrize("phi", [-0.4, 0.0, 0.6])
def test_whitened_values_are_independent_with_the_determinant_of_the_correlation(phi: float) -> None:
    full = phi ** np.abs(np.subtract.outer(GAPS, GAPS)).astype(float)
    white, log_det = whiten(np.eye(10), GAPS, phi)
    assert_allclose(white.T @ full @ white, np.eye(10), atol=1e-12)
    assert log_det == pytest.approx(np.linalg.slogdet(full)[1])


@pytest.mark.parametrize("degree", [0, 1])
def test_pieces_add_their_likelihoods_and_short_ones_say_nothing(degree: int) -> None:
    """Against the density of error contrasts, profiled over one variance; pieces no longer than their trend drop out."""
    runs = [(0, 6), (6, 10), (10, 10 + degree + 1), (10 + degree + 1, 10 + 2 * degree + 1)][: 3 + degree]
    times = np.r_[GAPS, 20 + 3 * np.arange(2 * degree + 1)]
    layout = Layout(tuple(runs), tuple("abcd")[: 3 + degree], times, np.arange(len(times)))
    x = np.random.default_rng(2).normal(size=(2, len(times)))
    found, dense = [], []
    for phi in (-0.3, 0.2, 0.9):
        own = []
        for row in x:
            logdet, squares, df = 0.0, 0.0, 0
            for a, b in runs[:2]:
                contrast = np.linalg.svd(np.vander(times[a:b], degree + 1).T)[2][degree + 1 :]
                cov = contrast @ (phi ** np.abs(np.subtract.outer(times[a:b], times[a:b]))) @ contrast.T
                y = contrast @ row[a:b]
                logdet, squares, df = (
                    logdet + np.linalg.slogdet(cov)[1], squares + y @ np.linalg.solve(cov, y), df + len(y)
                )  # fmt: skip
            own.append(-0.5 * logdet - 0.5 * df * np.log(squares))
        dense.append(own)
        found.append(restricted_log_likelihood(x, layout, degree, phi))
    assert_allclose(np.diff(found, axis=0), np.diff(dense, axis=0), atol=1e-9)


def test_the_posterior_is_the_normalised_likelihood_and_a_constant_says_nothing() -> None:
    x = np.random.default_rng(3).normal(size=(2, 10)).cumsum(axis=1)
    log_like = np.stack([restricted_log_likelihood(x, LAYOUT, 0, phi) for phi in PHI], axis=1)
    expected = np.exp(log_like) / np.exp(log_like).sum(axis=1, keepdims=True)
    assert_allclose(phi_posterior(x, LAYOUT, 0), expected, rtol=1e-9)
    assert_allclose(phi_posterior(np.zeros(10), LAYOUT, 0), 1 / len(PHI))
    assert_allclose(phi_posterior(np.stack([x[0], np.zeros(10)]), LAYOUT, 0)[0], expected[0], rtol=1e-9)


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_the_mixed_covariance_has_mean_variance_one_and_is_the_mean_of_its_parts(degree: int) -> None:
    weights = np.zeros(len(PHI))
    weights[[3, 10, -1]] = [0.5, 0.3, 0.2]
    maker = np.eye(10) - np.vander(GAPS, degree + 1) @ np.linalg.pinv(np.vander(GAPS, degree + 1))
    expected = np.zeros((10, 10))
    for phi, w in zip(PHI, weights, strict=True):
        cov = maker @ (phi ** np.abs(np.subtract.outer(GAPS, GAPS))) @ maker
        expected += w * cov * 10 / np.trace(cov)
    found = mixed_covariance(GAPS, degree, weights)
    assert_allclose(found, expected, atol=1e-9)
    assert np.trace(found) == pytest.approx(10)
    weights[5] = NEGLIGIBLE / 2  # a coefficient of no weight is left out altogether
    assert_allclose(mixed_covariance(GAPS, degree, weights), found, rtol=1e-12)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_tails_count_ties_and_the_data_themselves(alternative: str) -> None:
    rng = np.random.default_rng(4)
    null, observed = rng.integers(-3, 4, (50, 3)).astype(float), np.array([0.0, 2.0, -3.0])
    if alternative == "greater":
        hits = [(null[:, i] >= observed[i]).sum() for i in range(3)]
    elif alternative == "less":
        hits = [(null[:, i] <= observed[i]).sum() for i in range(3)]
    else:
        hits = [(np.abs(null[:, i]) >= abs(observed[i])).sum() for i in range(3)]
    expected = (np.array(hits) + 1) / 51
    assert_allclose(_sampled(observed, null, alternative), expected)  # type: ignore[arg-type]
    for i in range(3):
        assert_allclose(_tabulated(observed[[i]], np.sort(null[:, i]), alternative), expected[[i]])  # type: ignore[arg-type]


def case(seed: int = 5, rows: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 40))
    x[1:] = x[1:].cumsum(axis=1)  # a quick and a slow series: their posteriors hardly overlap
    n = np.zeros(40)
    n[[2, 3, 25, 31]] = 1
    return x, n, np.repeat([0, 1], 20)


def test_each_series_weighs_the_coefficients_by_its_own_posterior() -> None:
    """Every draw lies in one tail, so that both p add up to (m + 2) / (m + 1) whatever the weights, if they sum to one."""
    rng = np.random.default_rng(8)
    x, n, m = rng.normal(size=(2, 300)), np.zeros(300), 199
    x[1] = x[1].cumsum()  # long enough for most coefficients to be left out, and for the two series to share few
    n[[2, 3, 150, 231]] = 1
    strata = np.repeat([0, 1], 150)
    greater, less = (autoregressive_p_values(x, n, strata, alternative=a, draws=m, seed=1) for a in ALTERNATIVES[:2])
    assert_allclose(greater + less, (m + 2) / (m + 1), rtol=1e-12)
    alone = autoregressive_p_values(x[::-1], n, strata, draws=m, seed=1)
    assert_allclose(alone[::-1], greater)


def test_a_batch_of_onsets_in_blocks_is_the_batch_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    x, _, strata = case()
    onsets = np.random.default_rng(6).poisson(0.2, (7, 40)).astype(float)
    onsets[:, 3] += 1
    whole = autoregressive_p_values(x[0], onsets, strata, draws=99, seed=2)
    for cells in (1, 99, 99 * 3):
        monkeypatch.setattr(autoregressive, "CELLS", cells)
        assert (autoregressive_p_values(x[0], onsets, strata, draws=99, seed=2) == whole).all()
    one = autoregressive_p_values(x[0], onsets[4], strata, draws=99, seed=2)
    assert one.shape == (1,) and one[0] == whole[4]
    # counts weigh: two onsets on a date are two
    twice = autoregressive_p_values(x[0], 2 * onsets, strata, draws=99, seed=2)
    assert_allclose(twice, whole)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_the_single_test_is_a_batch_of_one(alternative: str) -> None:
    x, n, strata = case()
    test = autoregressive_null_test(x[1], n, strata, alternative=alternative, draws=499, seed=3)  # type: ignore[arg-type]
    p = autoregressive_p_values(x[1], n, strata, alternative=alternative, draws=499, seed=3)  # type: ignore[arg-type]
    assert p[0] == pytest.approx(test.p_value)
    assert test.p_value == {"greater": test.p_greater, "less": test.p_less, "two-sided": test.p_two_sided}[alternative]
    assert (test.exact, test.n_null, test.seed, test.strata, test.onsets_per_stratum) == (False, 499, 3, (0, 1), (2, 2))


def test_the_unit_is_the_pooled_deviation_about_each_stratums_trend() -> None:
    x, _, strata = case()
    t = np.arange(20)
    rest = np.concatenate([x[1, a : a + 20] - np.polyval(np.polyfit(t, x[1, a : a + 20], 1), t) for a in (0, 20)])
    z = rest / np.sqrt((rest**2).sum() / 36)
    crowd = np.zeros(40)
    crowd[[8, 9, 10, 30]] = 1
    test = autoregressive_null_test(x[1], crowd, strata, draws=1999)
    assert test.statistic == pytest.approx(z @ crowd / 4)
    assert test.deff == pytest.approx(4 * test.null_sd**2) and test.deff > 1
    assert test.null_mean == pytest.approx(test.null.mean()) and test.null_sd == pytest.approx(test.null.std())
    even = np.zeros(40)
    even[1::6] = 1  # onsets spread evenly meet less variance than independent dates: no design effect below one
    spread = autoregressive_null_test(x[1], even, strata, draws=1999)
    assert spread.null_sd**2 * 7 < 1 and spread.deff == 1.0


def test_strata_without_a_moving_exposure_count_no_onset() -> None:
    x, n, _ = case()
    flat, hits = np.full(6, 2.0), np.array([0, 1, 1, 0, 0, 0.0])
    both = autoregressive_null_test(np.r_[x[1], flat], np.r_[n, hits], np.repeat([0, 1], [40, 6]), draws=999, seed=1)
    assert both.identifying == (True, False) and (both.n_onsets, both.n_onsets_identifying) == (6, 4)
    alone = autoregressive_null_test(x[1], n, draws=999, seed=1)
    # 40 - 2 and 46 - 4 degrees of freedom set the unit
    assert both.statistic == pytest.approx(alone.statistic * np.sqrt(42 / 38))
    with pytest.raises(EstimationError, match="compares nothing"):
        autoregressive_null_test(np.r_[x[1], flat], np.r_[0 * n, hits], np.repeat([0, 1], [40, 6]))
    with pytest.raises(InputError, match="at least 99"):
        autoregressive_null_test(x[1], n, draws=98)
    assert autoregressive_null_test(x[1], n, draws=99).n_null == 99


def test_the_null_of_a_known_coefficient_is_normal() -> None:
    """A long series pins phi down: the statistic's spread is then that of the detrended process at the onset dates."""
    rng = np.random.default_rng(7)
    T, phi = 1000, 0.8
    x = np.empty(T)
    x[0] = rng.normal()
    for t in range(1, T):
        x[t] = phi * x[t - 1] + np.sqrt(1 - phi**2) * rng.normal()
    n = np.zeros(T)
    n[[100, 101, 103, 700]] = 1
    test = autoregressive_null_test(x, n, detrend="none", draws=4_000)
    where = np.flatnonzero(n)
    variance = (phi ** np.abs(np.subtract.outer(where, where))).mean()
    # phi is known to .019, which moves this variance by about 3%
    assert test.null_sd**2 == pytest.approx(variance, rel=0.09 + 4 * np.sqrt(2 / 4_000))
    grid = multivariate_normal(0, variance).cdf([-0.5, 0.5])
    assert_allclose([(test.null <= q).mean() for q in (-0.5, 0.5)], grid, atol=0.03 + 4 * np.sqrt(0.25 / 4_000))
