"""Power: closed forms, planting, interpolation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from interventions_stats.inference.arrays import series_layout
from interventions_stats.inference.equivalence import noninferiority, superiority, tost
from interventions_stats.inference.power import (
    _interpolate,
    analytic_equivalence_bound,
    analytic_mde,
    monotone,
    plant_onsets,
    simulate_mde,
    simulate_mde_within_target,
)


def test_published_design_numbers():
    # 25 onsets and a design effect of 1.5: 1.84 one-sided, 2.05 by two one-sided tests
    se = np.sqrt(1.5 / 25)
    assert np.exp(analytic_mde(se)) == pytest.approx(1.84, abs=0.005)
    assert np.exp(analytic_equivalence_bound(se)) == pytest.approx(2.05, abs=0.005)
    assert np.exp(analytic_mde(np.sqrt(1.0 / 10))) == pytest.approx(2.2, abs=0.05)


def test_analytic_effects_have_the_power_they_claim():
    rng = np.random.default_rng(0)
    se = 0.3
    detect, bound = analytic_mde(se, 0.05, 0.8), analytic_equivalence_bound(se, 0.05, 0.8)
    draws = rng.normal(0, se, 4000)
    error = 4 * np.sqrt(0.16 / 4000)
    assert np.mean([superiority(d + detect, se).p_value <= 0.05 for d in draws]) == pytest.approx(0.8, abs=error)
    assert np.mean([noninferiority(d, se, detect).p_value <= 0.05 for d in draws]) == pytest.approx(0.8, abs=error)
    assert np.mean([tost(d, se, bound).p_value <= 0.05 for d in draws]) == pytest.approx(0.8, abs=error)


@pytest.mark.parametrize("replace", [True, False])
def test_planted_onsets_follow_the_exponential_tilt(replace):
    rng = np.random.default_rng(1)
    z = rng.standard_normal(40)
    counts, strata = np.zeros(40), [0] * 15 + [1] * 25
    counts[[0, 20, 21]] = 1
    layout = series_layout(z, counts, strata, "raise")
    base = rng.uniform(0.5, 2, 40)
    planted = plant_onsets(z, counts, layout, 0.8, base, 40_000, replace=replace, rng=rng)
    assert (planted[:, :15].sum(axis=1) == 1).all() and (planted[:, 15:].sum(axis=1) == 2).all()
    rate = base[:15] * np.exp(0.8 * z[:15])
    assert planted[:, :15].mean(axis=0) == pytest.approx(rate / rate.sum(), abs=4 * 0.5 / np.sqrt(40_000))
    if not replace:
        assert planted.max() == 1.0
        rate = base[15:] * np.exp(0.8 * z[15:])
        first = rate / rate.sum()
        both = first + sum(first[j] * np.where(np.arange(25) == j, 0, rate / (rate.sum() - rate[j])) for j in range(25))
        assert planted[:, 15:].mean(axis=0) == pytest.approx(both, abs=4 * 0.5 / np.sqrt(40_000))


def test_power_on_white_noise_is_that_of_a_mean():
    x, n = np.random.default_rng(2).standard_normal(2000), np.zeros(2000)
    n[:25] = 1
    curve = simulate_mde(x, n, effects=np.arange(0, 1.01, 0.1), histories=2000)
    # tilting a normal exposure moves its mean at onset by theta SD
    expected = norm.sf(norm.isf(0.05) - curve.effects * 5)
    assert np.abs(curve.rejection - expected).max() < 4 * np.sqrt(0.25 / 2000) + 0.02
    assert curve.mde == pytest.approx(analytic_mde(0.2), abs=4 * curve.mde_se + 0.03)
    assert curve.size == curve.rejection[0] and curve.n_onsets == 25
    assert curve.mc_se == pytest.approx(np.sqrt(curve.rejection * (1 - curve.rejection) / 2000))


@pytest.mark.parametrize(
    "options",
    [{}, {"detrend": "linear", "studentise": True}, {"test": "autoregressive", "detrend": "linear"},
     {"window": 24, "detrend": "linear"}, {"alternative": "two-sided", "replace": False}],
)  # fmt: skip
def test_every_test_can_be_planted_and_keeps_its_size_when_onsets_are_even(options):
    rng = np.random.default_rng(3)
    x, n = rng.standard_normal(348).cumsum(), np.zeros(348)
    n[[*range(15), *range(100, 110)]] = 1
    curve = simulate_mde(x, n, [0] * 96 + [1] * 252, effects=[0, 0.5, 1.0, 1.5], histories=400, **options)
    assert curve.size < 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / 400)
    assert curve.rejection[-1] > 0.8 and np.isfinite(curve.mde) and 0.3 < curve.mde < 1.5
    assert curve.n_onsets == 25


def test_an_effect_out_of_reach_is_said_to_be_so():
    x, n = np.random.default_rng(4).standard_normal(50), np.zeros(50)
    n[3] = 1
    curve = simulate_mde(x, n, effects=[0, 0.1], histories=100)
    assert curve.mde == np.inf and "No effect up to 0.1 per SD reaches power 0.8" in curve.messages[0]


def test_detectable_effect_lies_on_the_line_between_grid_points():
    mde, se = _interpolate(np.array([0.0, 0.5, 1.0]), np.array([0.05, 0.5, 0.9]), 0.8, 400)
    assert mde == pytest.approx(0.875) and se == pytest.approx(np.sqrt(0.16 / 400) / 0.8)
    assert _interpolate(np.array([0.0, 1.0]), np.array([0.9, 1.0]), 0.8, 400)[0] == 0.0


def test_panel_power_sees_effects_within_targets():
    rng = np.random.default_rng(5)
    x, n = rng.standard_normal((14, 29)), np.zeros((14, 29))
    n[[0, 0, 0, 1, 1, 2, 3, 4, 5, 5], [0, 1, 12, 0, 16, 0, 3, 18, 22, 23]] = 1
    risk = np.ones_like(x, bool)
    risk[6, :10] = False
    curve = simulate_mde_within_target(x, n, risk, effects=[0, 0.5, 1.0, 1.5, 2], histories=300)
    assert curve.size < 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / 300) and 0.4 < curve.mde < 1.6
    same = simulate_mde_within_target(x, n, risk, effects=[0, 0.5, 1.0, 1.5, 2], histories=300)
    assert (same.rejection == curve.rejection).all()


def test_monotone_fit_is_least_squares():
    from scipy.optimize import minimize

    y = np.array([0.1, 0.3, 0.2, 0.5, 0.45, 0.4, 0.9])
    fit = monotone(y)
    assert (np.diff(fit) >= 0).all()
    step = minimize(lambda d: ((np.cumsum(np.r_[d[0], d[1:] ** 2]) - y) ** 2).sum(), np.full(7, 0.3), tol=1e-12)
    assert ((fit - y) ** 2).sum() == pytest.approx(step.fun, abs=1e-6)
