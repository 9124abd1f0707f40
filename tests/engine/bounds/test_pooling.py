"""Pooling against a grid over the mean and the spread, its limits, and its coverage where the prior is right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from interventions_stats.errors import InputError
from interventions_stats.inference import pool, pooling_coverage

# Effects of coaching in eight schools: Rubin (1981), J Educ Stat 6:377-401, table 1.
SCHOOLS = np.array([28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16])
ERRORS = np.array([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6])


@pytest.mark.parametrize("scale", [2.0, 10.0])
def test_moments_and_bounds_are_those_of_a_grid(scale):
    mu = np.linspace(-60, 80, 281)[:, None, None]
    tau = ((np.arange(300) + 0.5) * scale * 6 / 300)[None, :, None]
    v = ERRORS**2 + tau**2
    log = norm.logpdf(SCHOOLS, mu, np.sqrt(v)).sum(axis=2) - 0.5 * (tau[..., 0] / scale) ** 2
    w = np.exp(log - log.max())
    w /= w.sum()
    found = pool(SCHOOLS, ERRORS, scale)
    assert found.mu == pytest.approx((w * mu[..., 0]).sum(), abs=1e-3)
    assert found.tau == pytest.approx((w * tau[..., 0]).sum(), rel=1e-3)
    own = tau**2 / v
    mean, sd = own * SCHOOLS + (1 - own) * mu, np.sqrt(own) * ERRORS
    expected = (w[..., None] * mean).sum(axis=(0, 1))
    assert found.shrunken == pytest.approx(expected, abs=3e-3)
    below = (w[..., None] * norm.cdf((found.bound(0.95) - mean) / np.broadcast_to(sd, mean.shape))).sum(axis=(0, 1))
    assert below == pytest.approx(np.full(8, 0.95), abs=3e-4)
    new = (w * norm.cdf((found.new_actor(0.95) - mu[..., 0]) / tau[..., 0])).sum()
    assert new == pytest.approx(0.95, abs=1e-3)


def test_a_narrow_prior_gives_the_fixed_effect_and_a_wide_one_with_sharp_data_the_estimates():
    weights = 1 / ERRORS**2
    assert pool(SCHOOLS, ERRORS, 1e-6).shrunken == pytest.approx(
        np.full(8, (weights * SCHOOLS).sum() / weights.sum()), abs=1e-6
    )
    assert pool(SCHOOLS, np.full(8, 1e-3), 20.0).shrunken == pytest.approx(SCHOOLS, abs=1e-3)


def test_bounds_hold_the_truth_where_the_prior_is_right():
    rng = np.random.default_rng(4)
    held = []
    for _ in range(150):
        tau = abs(rng.normal(0, 0.4))
        se = rng.uniform(0.15, 0.5, 6)
        truth = rng.normal(0.1, tau, 6)
        held.append(truth <= pool(rng.normal(truth, se), se, 0.4).bound())
    assert abs(np.mean(held) - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 900) + 0.01


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimates": [1.0], "std_errors": [1.0]}, "at least two"),
        ({"std_errors": [1.0, 0.0]}, "not above zero"),
        ({"estimates": [1.0, np.nan]}, "missing"),
        ({"scale": 0}, "scale must be positive"),
        ({"scale": -1.0}, "scale must be positive"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(InputError, match=message):
        pool(**{"estimates": [1.0, 2.0], "std_errors": [1.0, 1.0], **change})


@pytest.mark.parametrize(
    ("scale", "offset", "expected"),
    # With six actors and a spread of .4: what another implementation found for narrow priors, and the nominal .95.
    [(0.1, None, 0.79), (0.2, None, 0.89), (0.1, 1.0, 0.47), (0.2, 1.0, 0.74), (0.8, None, 0.95)],
)
def test_narrow_priors_cover_one_actor_too_seldom(scale, offset, expected):
    found = pooling_coverage([0.4] * 6, 0.4, scale, offset=offset, worlds=400, seed=1)
    assert found.bound == pytest.approx(expected, abs=0.07)


def test_the_widest_prior_keeps_a_bound_one_spread_above_the_mean_near_its_level():
    wide, narrow = (pooling_coverage([0.3] * 6, 0.8, s, offset=1.0, worlds=400) for s in (0.8, 0.2))
    assert wide.bound > 0.85 > narrow.bound and wide.interval > 0.9


def test_coverage_agrees_with_bounds_taken_one_world_at_a_time():
    rng, se, held = np.random.default_rng(5), np.array([0.2, 0.3, 0.5, 0.4, 0.3]), []
    effects = 0.4 * rng.standard_normal((60, 5))
    estimates = effects + se * rng.standard_normal((60, 5))
    held = [effects[i, 2] <= pool(estimates[i], se, 0.4).bound()[2] for i in range(60)]
    assert pooling_coverage(se, 0.4, 0.4, actor=2, worlds=60, seed=5).bound == pytest.approx(np.mean(held))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"std_errors": [0.1]}, "at least two"),
        ({"tau": 0.0}, "tau must be positive"),
        ({"actor": 3}, "position from 0 to 1"),
    ],
)
def test_bad_input_of_the_coverage_is_named(change, message):
    with pytest.raises(InputError, match=message):
        pooling_coverage(**{"std_errors": [0.3, 0.3], "tau": 0.4, **change})
