"""Power: closed forms, planting, interpolation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from interventions_stats.engine.arrays import panel_layout, series_layout
from interventions_stats.engine.bounds.equivalence import noninferiority, superiority, tost
from interventions_stats.engine.bounds.power import (
    _interpolate,
    analytic_equivalence_bound,
    analytic_mde,
    monotone,
    plant_onsets,
    simulate_mde,
    simulate_mde_within_target,
)
from interventions_stats.engine.permutation.autoregressive_test import autoregressive_p_values
from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.engine.permutation.within_target import panel_scores, within_target_shift_test
from interventions_stats.errors import InputError


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


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"alternative": "less", "detrend": "linear"},
        {"alternative": "two-sided", "replace": False},
        {"studentise": True, "alpha": 0.2},
        {"window": 3, "power": 0.4},
        {"test": "autoregressive", "detrend": "linear", "alpha": 0.1},
    ],
    ids=str,
)
def test_the_curve_is_the_share_of_planted_histories_that_the_single_test_rejects(options: dict) -> None:
    rng = np.random.default_rng(6)
    x, n, strata = np.exp(rng.normal(size=24)), np.zeros(24), np.repeat([0, 1], [10, 14])
    n[[0, 1, 12, 13, 14]] = 1
    base = rng.uniform(0.2, 2, 24)
    asked = {
        "alpha": 0.05,
        "power": 0.8,
        "alternative": "greater",
        "detrend": "none",
        "test": "shift",
        "replace": True,
    } | options
    curve = simulate_mde(
        x, n, strata, effects=[0, 0.7, 2], histories=40, baseline=base, relabellings=199, seed=3, **options
    )
    degree = int(asked["detrend"] == "linear")
    layout = series_layout(x, n, strata, "raise")
    rest = np.concatenate(
        [p - np.polyval(np.polyfit(np.arange(len(p)), p, degree), np.arange(len(p))) for p in (x[:10], x[10:])]
    )
    z = rest / np.sqrt((rest**2).sum() / (24 - 2 * (degree + 1)))
    for theta, rate in zip((0.0, 0.7, 2.0), curve.rejection, strict=True):
        planted = plant_onsets(
            z, n, layout, theta, base, 40, replace=asked["replace"], rng=np.random.default_rng(3)
        )  # the same random numbers for every effect
        how = {"alternative": asked["alternative"], "detrend": asked["detrend"]}
        if asked["test"] == "shift":
            p = [circular_shift_test(x, h, strata, studentise=options.get("studentise", False),
                                     window=options.get("window"), **how).p_value for h in planted]  # fmt: skip
        else:
            p = autoregressive_p_values(x, planted, strata, draws=199, seed=3, **how)
        assert rate == pytest.approx(np.mean(np.array(p) <= asked["alpha"]))
    assert curve.mc_se == pytest.approx(np.sqrt(curve.rejection * (1 - curve.rejection) / 40))
    assert (curve.alpha, curve.power, curve.histories, curve.n_onsets) == (asked["alpha"], asked["power"], 40, 5)
    assert (curve.test, curve.seed, curve.size) == (asked["test"], 3, curve.rejection[0])
    found = _interpolate(curve.effects, curve.rejection, asked["power"], 40)
    assert (curve.mde, curve.mde_se) == pytest.approx(found, nan_ok=True)
    assert bool(curve.messages) == np.isinf(curve.mde)


@pytest.mark.parametrize("demean", [True, False])
def test_the_panel_curve_is_the_share_that_the_panel_test_rejects(demean: bool) -> None:
    rng = np.random.default_rng(7)
    x, n = np.exp(rng.normal(size=(3, 9))), np.zeros((3, 9))
    n[[0, 0, 2], [1, 3, 8]] = 1
    risk = np.ones((3, 9), bool)
    risk[1, :2] = False
    base = rng.uniform(0.2, 2, (3, 9))
    how = {"demean_years": demean, "detrend": "none"}
    curve = simulate_mde_within_target(
        x, n, risk, effects=[0, 1.5], histories=30, baseline=base, relabellings=729, alpha=0.1, seed=2, **how
    )
    layout = panel_layout(x, n, risk, None)
    flat = x.ravel()[layout.kept]
    scores = panel_scores(flat, layout, 0, demean, "within")
    for theta, rate in zip((0.0, 1.5), curve.rejection, strict=True):
        planted = plant_onsets(
            scores, n.ravel()[layout.kept], layout, theta, base.ravel()[layout.kept], 30, replace=True,
            rng=np.random.default_rng(2),
        )  # fmt: skip
        full = np.zeros((30, 27))
        full[:, layout.kept] = planted
        p = [within_target_shift_test(x, h.reshape(3, 9), risk, **how).p_value for h in full]
        assert rate == pytest.approx(np.mean(np.array(p) <= 0.1))
    with pytest.raises(InputError, match="baseline must be positive"):
        simulate_mde_within_target(x, n, risk, baseline=np.where(risk, base, 1.0)[:, :8])
    late = np.where(risk, base, -1.0)  # off the risk set a baseline is not looked at
    assert (
        simulate_mde_within_target(x, n, risk, effects=[0, 1], histories=2, baseline=late, relabellings=99).histories
        == 2
    )


def test_what_a_curve_asks_for() -> None:
    x, n = np.arange(12.0) ** 1.3, np.eye(12)[4]
    for wrong in ([0], [0, 0.5, 0.5], [0.5, 1], [0, -1]):
        with pytest.raises(InputError, match="effects must start at 0"):
            simulate_mde(x, n, effects=wrong, histories=2, relabellings=99)
    with pytest.raises(InputError, match="histories must be a whole number of at least 2"):
        simulate_mde(x, n, effects=[0, 1], histories=1)
    for baseline in (np.ones(11), np.r_[0.0, np.ones(11)]):
        with pytest.raises(InputError, match="baseline must be positive"):
            simulate_mde(x, n, effects=[0, 1], histories=2, baseline=baseline)
    with pytest.raises(InputError, match="unknown test"):
        simulate_mde(x, n, effects=[0, 1], histories=2, test="bootstrap")  # type: ignore[arg-type]
    full = simulate_mde(x, np.ones(12), effects=[0, 1], histories=2, replace=False, alternative="two-sided")
    assert full.n_onsets == 12  # as many onsets as periods fit, and one more does not
    with pytest.raises(InputError, match="13 onsets do not fit 12 periods"):
        simulate_mde(x, np.r_[2.0, np.ones(11)], effects=[0, 1], histories=2, replace=False)


def test_large_effects_do_not_overflow_and_go_to_the_largest_score() -> None:
    z, n = np.array([-3.0, 0.0, 3.0, 2.9]), np.array([1.0, 0, 0, 1])
    layout = series_layout(z, n, None, "raise")
    for replace in (True, False):
        planted = plant_onsets(z, n, layout, 500.0, np.ones(4), 50, replace=replace, rng=np.random.default_rng(0))
        assert (planted == ([0, 0, 2, 0] if replace else [0, 0, 1, 1])).all()
    # a baseline is a rate: four times as often, at any effect of zero
    one = plant_onsets(
        z, np.eye(4)[0], layout, 0.0, np.array([4.0, 1, 1, 2]), 20_000, replace=True, rng=np.random.default_rng(1)
    )
    assert np.abs(one.mean(axis=0) - np.array([4, 1, 1, 2]) / 8).max() < 4.5 * np.sqrt(0.25 / 20_000)


def test_the_first_crossing_is_taken_and_equal_power_counts() -> None:
    grid = np.array([0.0, 1.0, 2.0, 3.0])
    assert _interpolate(grid, np.array([0.1, 0.8, 0.9, 1.0]), 0.8, 100)[0] == pytest.approx(1.0)
    assert _interpolate(grid, np.array([0.8, 0.85, 0.9, 1.0]), 0.8, 100)[0] == 0.0
    assert np.isnan(_interpolate(grid, np.array([0.8, 0.85, 0.9, 1.0]), 0.8, 100)[1])
    assert _interpolate(grid, np.array([0.1, 0.2, 0.3, 0.79]), 0.8, 100)[0] == np.inf
    # 0.9 then 0.7 pool to 0.8: reached at the first of the two
    found, se = _interpolate(grid, np.array([0.1, 0.9, 0.7, 1.0]), 0.8, 100)
    assert found == pytest.approx(1.0) and se == pytest.approx(np.sqrt(0.16 / 100) / 0.7)
    uneven, _ = _interpolate(np.array([0.0, 0.5, 2.0]), np.array([0.0, 0.2, 0.95]), 0.5, 100)
    assert uneven == pytest.approx(0.5 + 0.3 / 0.75 * 1.5)


@pytest.mark.parametrize(
    ("values", "pooled"),
    [([1.0, 2, 3], [1, 2, 3]), ([3.0, 2, 1], [2, 2, 2]), ([1.0, 3, 2, 4], [1, 2.5, 2.5, 4]), ([4.0, 5, 0, 1], [2.5] * 4),
     ([1.0], [1]), ([2.0, 2, 1], [5 / 3] * 3)],
)  # fmt: skip
def test_adjacent_violators_are_pooled(values: list[float], pooled: list[float]) -> None:
    assert monotone(np.array(values)) == pytest.approx(pooled)
