"""Bayes factors against published values, mpmath, and each other."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from interventions_stats.engine.bounds.bayes import (
    direction_bf,
    half_normal_bf10,
    half_normal_bf10_quadrature,
    half_normal_bf10_range,
    normal_bf10,
    posterior_below,
    savage_dickey,
)
from interventions_stats.engine.bounds.bayes_counts import (
    binomial_likelihood,
    likelihood_bf10,
    likelihood_direction_bf,
    likelihood_posterior_below,
    odds_ratio_likelihood,
    rate_ratio_bf10,
    rate_ratio_likelihood,
)
from interventions_stats.engine.bounds.bayes_default import beta_binomial_bf01, correlation_bf10, jzs_bf10


def test_published_default_bayes_factors():
    assert jzs_bf10(3.5, 20, 20) == pytest.approx(26.743, abs=1e-3)
    assert jzs_bf10(3.5, 20) == pytest.approx(17.185, abs=1e-3)
    assert correlation_bf10(0.1, 83) == pytest.approx(0.204, abs=1e-3)
    assert correlation_bf10(0.6, 20) == pytest.approx(10.634, abs=1e-3)
    assert beta_binomial_bf01(16, 20) == pytest.approx(0.09703159, abs=1e-8)


@pytest.mark.parametrize(("t", "n", "n2"), [(0.0, 12, None), (2.1, 30, None), (-4.0, 8, 15), (12.0, 50, 60)])
def test_jzs_integral(t, n, n2):
    size, df = (n, n - 1) if n2 is None else (mpf(n * n2) / (n + n2), n + n2 - 2)
    r2 = mpf("0.707") ** 2

    def f(g):
        spread = 1 + size * g * r2
        return (
            spread**-0.5 * (1 + mpf(t) ** 2 / (spread * df)) ** (-mpf(df + 1) / 2) * g**-1.5 * mpmath.exp(-1 / (2 * g))
        )

    top = mpmath.quad(f, [0, 0.1, 1, 10, 100, 1000, mpmath.inf]) / mpmath.sqrt(2 * mpmath.pi)
    assert jzs_bf10(t, n, n2) == pytest.approx(float(top / (1 + mpf(t) ** 2 / df) ** (-mpf(df + 1) / 2)), rel=1e-9)


@pytest.mark.parametrize("kappa", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("r", "n"), [(0.0, 10), (-0.35, 40), (0.9, 25)])
def test_correlation_integral(r, n, kappa):
    a, s = 1 / mpf(kappa), mpf(r)

    def like(p):
        return (
            (1 - p * p) ** (mpf(n - 1) / 2)
            * (1 - p * s) ** (mpf(3 - 2 * n) / 2)
            * mpmath.hyp2f1(0.5, 0.5, n - 0.5, (1 + p * s) / 2)
        )

    def f(p):
        return like(p) * mpf(2) ** (1 - 2 * a) * (1 - p * p) ** (a - 1) / mpmath.beta(a, a)

    points = [-1, -0.9, -0.5, -0.2, 0, 0.2, 0.5, 0.8, 0.9, 0.95, 1]
    assert correlation_bf10(r, n, kappa) == pytest.approx(float(mpmath.quad(f, points) / like(mpf(0))), rel=1e-8)


def test_beta_binomial_integral():
    top = mpmath.quad(lambda p: p**7 * (1 - p) ** 12 * p * (1 - p) ** 2 / mpmath.beta(2, 3), [0, 1])
    assert 1 / beta_binomial_bf01(7, 19, 0.3, 2, 3) == pytest.approx(float(top / (mpf("0.3") ** 7 * mpf("0.7") ** 12)))


@pytest.mark.parametrize("ratio", [0.05, 1.0, 20.0])
@pytest.mark.parametrize("z", [-40.0, -8.0, -1.0, 0.0, 0.7, 3.0, 12.0, 40.0])
def test_half_normal_four_ways(z, ratio):
    se, scale = 0.2, 0.2 * ratio
    with mpmath.workdps(40):
        m, s, c = mpf(z) * mpf(se), mpf(se), mpf(scale)
        sd = s * c / mpmath.sqrt(s**2 + c**2)
        mean = m * c**2 / (s**2 + c**2)
        prior = lambda x: 2 * mpmath.npdf(x, 0, c) * mpmath.exp(-((m - x) ** 2) / (2 * s**2) + m**2 / (2 * s**2))  # noqa: E731
        start = max(mean, mpf(0))
        width = sd if mean > -sd else sd**2 / -mean
        points = sorted({mpf(0), *(max(mpf(0), start + k * width) for k in (-8, -3, -1, 0, 1, 3, 8, 30, 90))})
        exact = float(mpmath.log(mpmath.quad(prior, points)))
    assert half_normal_bf10(z * se, se, scale, log=True) == pytest.approx(exact, abs=1e-9, rel=1e-11)
    assert half_normal_bf10_quadrature(z * se, se, scale, log=True) == pytest.approx(exact, abs=1e-8, rel=1e-10)
    assert savage_dickey(z * se, se, scale, log=True) == pytest.approx(exact, abs=1e-9, rel=1e-11)


def test_normal_prior_is_the_mean_of_the_two_half_normals():
    for z in (-3.0, 0.0, 1.5):
        up, down = half_normal_bf10(z, 1.0, 0.8), half_normal_bf10(-z, 1.0, 0.8)
        assert normal_bf10(z, 1.0, 0.8) == pytest.approx((up + down) / 2)
        assert savage_dickey(z, 1.0, 0.8, "normal") == pytest.approx(normal_bf10(z, 1.0, 0.8))
        assert direction_bf(z, 1.0, 0.8) == pytest.approx(down / up)
    assert half_normal_bf10_range(0.3, 0.2, 0.4) == tuple(half_normal_bf10(0.3, 0.2, c) for c in (0.2, 0.4, 0.8))


def test_posterior_probabilities_against_simulation_and_limits():
    rng = np.random.default_rng(0)
    estimate, se, delta = 0.2, 0.25, 0.405
    draws = np.abs(rng.normal(0, delta, 2_000_000))
    weight = np.exp(-0.5 * ((estimate - draws) / se) ** 2)
    simulated = (weight * (draws < delta)).sum() / weight.sum()
    assert posterior_below(estimate, se, delta) == pytest.approx(simulated, abs=2e-3)
    from scipy.stats import norm

    assert posterior_below(estimate, se, delta, "flat") == pytest.approx(norm.cdf((delta - estimate) / se))
    assert posterior_below(estimate, se, delta, "normal", 1e6) == pytest.approx(norm.cdf((delta - estimate) / se))
    assert posterior_below(estimate, se, -0.1, scale=0.4) == 0.0
    assert posterior_below(-30.0, 1.0, 0.01) == pytest.approx(
        float(mpmath.quad(lambda x: mpmath.exp(-30 * x - x * x / 2 * (1 + 1e4)), [0, 0.01])
              / mpmath.quad(lambda x: mpmath.exp(-30 * x - x * x / 2 * (1 + 1e4)), [0, 0.01, 0.1, 1])), rel=1e-6
    )  # fmt: skip


def mp_bf10(log_like, scale, points):
    def f(x):
        return mpmath.exp(log_like(x) - log_like(mpf(0))) * 2 * mpmath.npdf(x, 0, scale)

    grid = sorted({mpf(0), *(mpf(scale) * k for k in (0.02, 0.1, 0.4, 1, 2, 4, 8, 16)), *map(mpf, points)})
    return mpmath.quad(f, [*grid, 40 * mpf(scale)]), f


@pytest.mark.parametrize(
    ("events", "time", "scale", "dispersion"),
    [((10, 15), (21, 8), 0.405, 1.0), ((10, 15), (21, 8), 0.693, 1.8), ((25, 0), (10, 10), 2.0, 1.0),
     ((0, 25), (10, 10), 0.2, 1.0), ((4000, 2000), (10, 10), 0.05, 1.0)],
)  # fmt: skip
def test_rate_ratio_likelihood_by_quadrature(events, time, scale, dispersion):
    def log_like(x):
        odds = mpmath.exp(x) * time[0] / time[1]
        return -(events[0] * mpmath.log1p(1 / odds) + events[1] * mpmath.log1p(odds)) / mpf(dispersion)

    value, f = mp_bf10(log_like, scale, (0.5, 0.6, 0.65, 0.68, 0.7, 0.75, 1))
    assert rate_ratio_bf10(events, time, scale, dispersion=dispersion) == pytest.approx(float(value), rel=1e-9)
    mine = rate_ratio_likelihood(events, time, dispersion)
    below = mpmath.quad(f, [0, 0.05, 0.1, 0.2, 0.3, 0.405]) / value
    assert likelihood_posterior_below(mine, 0.405, scale) == pytest.approx(float(below), rel=1e-7, abs=1e-12)


def test_large_counts_agree_with_the_normal_likelihood():
    k, time = (24_200, 24_000), (10.0, 10.0)
    estimate, se = np.log(242 / 240), np.sqrt(1 / 24_200 + 1 / 24_000)
    for scale in (0.1, 0.4):
        exact = rate_ratio_bf10(k, time, scale, log=True)
        assert exact == pytest.approx(half_normal_bf10(estimate, se, scale, log=True), abs=0.001)
        assert rate_ratio_bf10(k, time, scale, "normal", log=True) == pytest.approx(
            normal_bf10(estimate, se, scale, log=True), abs=0.001
        )
        exact = likelihood_direction_bf(rate_ratio_likelihood((2405, 2400), time), scale, log=True)
        assert exact == pytest.approx(direction_bf(np.log(2405 / 2400), 1 / np.sqrt(1201), scale, log=True), abs=0.01)


def test_odds_ratio_likelihood_is_the_noncentral_hypergeometric():
    from scipy.stats import nchypergeom_fisher

    theta = np.array([-2.0, 0.0, 0.7])
    found = odds_ratio_likelihood([[7, 12], [3, 31]])(theta)
    expected = [nchypergeom_fisher.logpmf(7, 53, 10, 19, np.exp(t)) for t in theta]
    assert found == pytest.approx(expected)
    assert likelihood_bf10(odds_ratio_likelihood([[7, 12], [3, 31]]), 0.7) > 3
    mirrored = likelihood_direction_bf(odds_ratio_likelihood([[3, 31], [7, 12]]), 0.7)
    assert mirrored == pytest.approx(1 / likelihood_direction_bf(odds_ratio_likelihood([[7, 12], [3, 31]]), 0.7))


def test_binomial_likelihood_by_quadrature():
    def log_like(x):
        p = 1 / (1 + mpmath.exp(-x) * mpf("1.5"))
        return 15 * mpmath.log(p) + 4 * mpmath.log1p(-p)

    value, _ = mp_bf10(log_like, 0.7, ())
    assert likelihood_bf10(binomial_likelihood(15, 19, 0.4), 0.7) == pytest.approx(float(value), rel=1e-9)


def test_clustering_weakens_the_evidence():
    plain, spread = (rate_ratio_bf10((10, 15), (21, 8), 0.693, dispersion=d) for d in (1.0, 2.8))
    assert plain < spread < 1


def test_no_mass_lies_below_the_edge_of_a_one_sided_prior():
    likelihoods = (
        rate_ratio_likelihood((10, 15), (21, 8)),
        binomial_likelihood(7, 9, 0.5),
        odds_ratio_likelihood([[3, 1], [1, 3]]),
    )
    for f in likelihoods:
        for delta in (0.0, -0.3):
            assert likelihood_posterior_below(f, delta, 0.5) == 0.0
        odds = likelihood_direction_bf(f, 0.5)
        assert likelihood_posterior_below(f, 0.0, 0.5, "normal") == pytest.approx(odds / (1 + odds))
        assert likelihood_posterior_below(f, 30.0, 0.5) == pytest.approx(1.0)
        # the two halves of a normal prior are two half-normal ones
        up = likelihood_bf10(f, 0.5)
        down = likelihood_bf10(lambda t, f=f: f(-t), 0.5)
        assert likelihood_bf10(f, 0.5, "normal") == pytest.approx((up + down) / 2)
        assert odds == pytest.approx(down / up)
        assert likelihood_direction_bf(f, 0.5, log=True) == pytest.approx(np.log(odds))
        assert likelihood_bf10(f, 0.5, log=True) == pytest.approx(np.log(up))
    assert posterior_below(0.2, 0.3, 0.0, scale=0.5) == 0.0


@pytest.mark.parametrize("scale", [1e-3, 0.05, 0.4, 3.0, 20.0, 200.0])
def test_likelihoods_that_are_much_narrower_or_wider_than_the_prior(scale):
    """A likelihood normal by construction has the closed form, whatever the prior's width."""
    for estimate, se in ((0.4, 0.1), (-2.0, 0.3), (0.0, 1.0), (5.0, 0.01)):

        def f(theta, estimate=estimate, se=se):
            return -0.5 * ((theta - estimate) / se) ** 2

        for prior, closed in (("half-normal", half_normal_bf10), ("normal", normal_bf10)):
            found = likelihood_bf10(f, scale, prior, log=True)
            assert found == pytest.approx(closed(estimate, se, scale, log=True), rel=1e-8, abs=1e-8)
        for delta in (0.02, 0.5):
            for prior in ("half-normal", "normal"):
                assert likelihood_posterior_below(f, delta, scale, prior) == pytest.approx(
                    posterior_below(estimate, se, delta, prior, scale), abs=1e-9
                )


def test_default_bayes_factors_at_their_edges():
    from interventions_stats.errors import InputError

    for bad in (
        lambda: jzs_bf10(1.0, 5, 1), lambda: jzs_bf10(1.0, 5, scale=0.0), lambda: correlation_bf10(0.1, 2),
        lambda: correlation_bf10(-1.0, 9), lambda: correlation_bf10(0.1, 9, 0.0), lambda: beta_binomial_bf01(1, 2, 1.0),
        lambda: beta_binomial_bf01(1, 2, 0.5, 0.0), lambda: beta_binomial_bf01(1, 2, 0.5, 1.0, 0.0), lambda: beta_binomial_bf01(-1, 2),
        lambda: likelihood_bf10(binomial_likelihood(1, 2, 0.5), 0.0), lambda: binomial_likelihood(1, 2, 1.0),
        lambda: odds_ratio_likelihood([[1, 2, 3], [1, 2, 3]]), lambda: odds_ratio_likelihood([[1, 2], [0.5, 1]]),
        lambda: odds_ratio_likelihood([[-1, 2], [1, 1]]), lambda: odds_ratio_likelihood([[np.nan, 2], [1, 1]]),
        lambda: odds_ratio_likelihood([[0, 2], [0, 1]]), lambda: odds_ratio_likelihood([[2, 0], [1, 0]]),
        lambda: rate_ratio_likelihood((1, 2, 3), (1, 1)), lambda: rate_ratio_likelihood((1, -2), (1, 1)),
        lambda: rate_ratio_likelihood((1, 2), (1, 1, 1)), lambda: rate_ratio_likelihood((1, 2), (1, 1), 0.0),
    ):  # fmt: skip
        with pytest.raises(InputError):
            bad()
    assert jzs_bf10(0.5, 2, 2) > 0 and jzs_bf10(0.5, 2) > 0
    assert beta_binomial_bf01(0, 4) == pytest.approx(5 / 16)  # (1/2)^4 over the mean of (1 - p)^4
    assert beta_binomial_bf01(4, 4, 0.25) == pytest.approx(5 / 256)
    assert correlation_bf10(0.3, 3) == pytest.approx(correlation_bf10(-0.3, 3))
    assert jzs_bf10(2.0, 10, 14) == pytest.approx(jzs_bf10(-2.0, 14, 10))
    assert half_normal_bf10_range(0.1, 0.2, 0.4, (1.0, 3.0)) == (
        half_normal_bf10(0.1, 0.2, 0.4),
        half_normal_bf10(0.1, 0.2, 3 * 0.4),
    )
    assert normal_bf10(0.1, 0.2, 0.4, log=True) == pytest.approx(np.log(normal_bf10(0.1, 0.2, 0.4)))
    assert half_normal_bf10(60.0, 1.0, 5.0) == np.inf and np.isfinite(half_normal_bf10(60.0, 1.0, 5.0, log=True))
    assert posterior_below(0.1, 0.2, 0.3) == posterior_below(0.1, 0.2, 0.3, "half-normal", 0.3)
    assert posterior_below(0.1, 0.2, -0.3, "normal", 0.5) == pytest.approx(
        1 - posterior_below(-0.1, 0.2, 0.3, "normal", 0.5)
    )


@pytest.mark.parametrize("estimate", [1e-4, 0.02, 0.5, 0.99, 3.0])
@pytest.mark.parametrize("se", [1e-4, 1e-2, 1.0])
def test_the_twin_by_quadrature_finds_narrow_posteriors(estimate, se):
    for scale in (0.05, 1.0, 20.0):
        twin = half_normal_bf10_quadrature(estimate, se, scale, log=True)
        assert twin == pytest.approx(half_normal_bf10(estimate, se, scale, log=True), rel=1e-9, abs=1e-9)
