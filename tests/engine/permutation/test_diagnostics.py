"""Trend tests, dispersion, design effects."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.permutation.autoregression import PHI, phi_posterior
from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.engine.permutation.design_effect import (
    autocorrelation_design_effect,
    calibrated_se,
    design_effect,
    overdispersion,
)
from interventions_stats.engine.permutation.stationarity import onset_trend_p_value, stationarity_check, trend_p_value

RUSSIA = np.array([7, 2, 1, 3, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 3, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0])


def autoregression(phi, rows, length, rng):
    x = rng.standard_normal((rows, length))
    for t in range(1, length):
        x[:, t] = phi * x[:, t - 1] + np.sqrt(1 - phi**2) * x[:, t]
    return x


@pytest.mark.parametrize("onsets", [[1, 0, 0, 0, 0, 1, 0], [2, 1, 0, 0, 0], [0, 0, 1, 0, 3], [1, 1, 1, 1]])
def test_onset_trend_is_laplaces_test_exactly(onsets):
    periods, total = len(onsets), sum(onsets)
    own = int(np.arange(periods) @ onsets)
    sums = np.array([sum(c) for c in product(range(periods), repeat=total)])
    assert onset_trend_p_value(onsets) == pytest.approx(min(1, 2 * min(np.mean(sums <= own), np.mean(sums >= own))))


def test_onset_trend_in_large_samples_is_normal():
    n = np.random.default_rng(0).poisson(3 + np.linspace(0.3, 0, 300))
    exact_limit = onset_trend_p_value(n[:40])
    from scipy.stats import norm

    k, total = 300, n.sum()
    z = (np.arange(k) @ n - total * (k - 1) / 2) / np.sqrt(total * (k**2 - 1) / 12)
    assert onset_trend_p_value(n) == pytest.approx(2 * norm.sf(abs(z))) and 0 < exact_limit <= 1


@pytest.mark.parametrize("degree", [1, 2])
def test_trend_test_is_generalised_least_squares_averaged_over_phi(degree):
    import statsmodels.api as sm

    x = autoregression(0.7, 1, 50, np.random.default_rng(1))[0] + np.linspace(0, 2, 50) ** degree
    t = np.arange(50)
    weights = phi_posterior(x, Layout(((0, 50),), ("a",), t, t), degree)
    lags = np.abs(np.subtract.outer(t, t))
    design = np.vander(t - t.mean(), degree + 1, increasing=True)
    p = sum(w * sm.GLS(x, design, sigma=phi**lags).fit().pvalues[-1] for phi, w in zip(PHI, weights, strict=True))
    found, phi = trend_p_value(x, degree=degree)
    assert found == pytest.approx(p, rel=1e-3, abs=1e-9) and phi == pytest.approx(weights @ PHI)


def test_posterior_of_phi_finds_the_truth_with_little_bias():
    rng = np.random.default_rng(2)
    layout = Layout(((0, 96), (96, 348)), ("a", "b"), np.arange(348), np.arange(348))
    for phi in (0.0, 0.5, 0.9):
        x = np.hstack([autoregression(phi, 60, 96, rng), autoregression(phi, 60, 252, rng)])
        means = phi_posterior(x, layout, 1) @ PHI
        assert means.mean() == pytest.approx(phi, abs=0.02)


def test_check_sees_both_trends_and_what_they_call_for():
    rng = np.random.default_rng(3)
    t = np.arange(96)
    early, even = np.zeros(96), np.zeros(96)
    early[[1, 4, 5, 5, 6, 7, 12, 18, 40]] = 1
    even[[5, 20, 33, 48, 60, 75, 90]] = 1
    flat, line = rng.standard_normal(96), rng.standard_normal(96) - t / 20
    bent = np.exp(-t / 10) * 20 + rng.standard_normal(96) * 0.3
    cases = [(flat, even, False, "none"), (line, even, False, "none"), (line, early, True, "detrend"),
             (flat, early, False, "detrend"), (bent, early, True, "calendar-year strata")]  # fmt: skip
    for x, n, both, remedy in cases:
        check = stationarity_check(x, n)
        assert (check.both_trend, check.remedy) == (both, remedy)
    assert check.strata[0].exposure_change < -1 and check.strata[0].n_onsets == 8 and check.strata[0].phi < 1


def test_check_reports_each_stratum_with_an_onset():
    rng = np.random.default_rng(4)
    n = np.zeros(60)
    n[[2, 3, 4, 45]] = 1
    x = rng.standard_normal(60)
    x[50] = np.nan
    check = stationarity_check(x, n, ["a"] * 20 + ["b"] * 20 + ["c"] * 20, missing="mask")
    assert [s.label for s in check.strata] == ["a", "c"] and [s.n for s in check.strata] == [20, 19]
    assert np.isnan(stationarity_check(np.r_[0.0, 1, 2], [0, 1, 0]).strata[0].curvature_p)


@pytest.mark.slow
@pytest.mark.parametrize(("length", "bounds"), [(96, (0.04, 0.16)), (252, (0.04, 0.13)), (21, (0.05, 0.29))])
def test_size_of_the_trend_test_at_ten_percent(length, bounds):
    # nominal .10: too strict for persistent series in short strata, never blind
    rng = np.random.default_rng(5)
    for phi in (0.0, 0.5, 0.9, 0.97):
        size = np.mean([trend_p_value(x)[0] <= 0.1 for x in autoregression(phi, 200, length, rng)])
        assert bounds[0] - 0.05 < size < bounds[1] + 0.06, (phi, size)


def test_dispersion_of_the_russian_list():
    both = overdispersion(RUSSIA, ["Yeltsin"] * 8 + ["Putin"] * 21)
    assert both.per_stratum["Yeltsin"] == pytest.approx(RUSSIA[:8].var(ddof=1) / RUSSIA[:8].mean())
    assert both.per_stratum["Yeltsin"] == pytest.approx(2.8, abs=0.05) and both.index == pytest.approx(1.8, abs=0.05)
    assert both.df == 27 and both.p_value < 0.05


def test_dispersion_is_that_of_a_poisson_model():
    from statsmodels.api import GLM, families

    rng = np.random.default_rng(6)
    n, time = rng.poisson(2, 12), rng.uniform(0.5, 2, 12)
    groups = np.repeat([0, 1], 6)
    fit = GLM(n, np.eye(2)[groups], family=families.Poisson(), exposure=time).fit()
    found = overdispersion(n, groups, time)
    assert found.index == pytest.approx(fit.pearson_chi2 / fit.df_resid) and found.df == fit.df_resid


@pytest.mark.slow
def test_size_of_the_dispersion_test():
    rng = np.random.default_rng(7)
    p = np.array(
        [overdispersion(rng.multinomial(15, np.full(8, 1 / 8)), draws=199, seed=i).p_value for i in range(800)]
    )
    assert 0.02 < (p <= 0.05).mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 800)


def test_design_effect_is_that_of_the_shift_null():
    rng = np.random.default_rng(8)
    x, n = autoregression(0.95, 1, 300, rng)[0], np.zeros(300)
    n[[40, 41, 42, 43, 200]] = 1
    test = circular_shift_test(x, n)
    assert design_effect(test.null_sd, 5) == pytest.approx(test.deff) and test.deff > 2
    assert calibrated_se(0.2, test.deff) == pytest.approx(0.2 * np.sqrt(test.deff))


def test_autocorrelation_design_effect_has_its_closed_form():
    rng = np.random.default_rng(9)
    x = autoregression(0.9, 1, 1500, rng)[0]
    n = np.zeros(1500)
    n[[100, 101, 102, 900]] = 1
    expected = (4 + 2 * (0.9 + 0.9 + 0.81)) / 4
    assert autocorrelation_design_effect(x, n, method="autoregressive") == pytest.approx(expected, rel=0.05)
    assert autocorrelation_design_effect(x, n, bandwidth=200) == pytest.approx(expected, rel=0.08)
    noise = rng.standard_normal(1500)
    assert autocorrelation_design_effect(noise, n, bandwidth=5) == pytest.approx(1.0, abs=0.1)
    n2 = np.zeros(1500)
    n2[5] = 3  # three onsets on one date are one draw of the exposure
    assert autocorrelation_design_effect(noise, n2) == pytest.approx(3.0)


def test_a_trend_counts_at_its_level_and_not_below() -> None:
    rng = np.random.default_rng(10)
    x, n = rng.normal(size=30) + np.arange(30) / 15, np.zeros(30)
    n[[0, 1, 3, 8, 20]] = 1
    found = stationarity_check(x, n).strata[0]
    for name, flag in (
        ("exposure_p", "exposure_trends"),
        ("curvature_p", "exposure_bends"),
        ("onset_p", "onsets_trend"),
    ):
        p = getattr(found, name)
        at, under = (stationarity_check(x, n, level=level).strata[0] for level in (p, p * (1 - 1e-9)))
        assert getattr(at, flag) and not getattr(under, flag)
    assert found.exposure_p == trend_p_value(x)[0] and found.curvature_p == trend_p_value(x, degree=2)[0]
    assert (found.n, found.n_onsets, found.label) == (30, 5, "all") and found.phi == trend_p_value(x)[1]
    line = np.polyfit(np.arange(30), x, 1)[0]
    assert found.exposure_change == pytest.approx(line * 29 / x.std())


def test_gaps_in_time_are_seen_by_the_trend_tests() -> None:
    """Against generalised least squares with the correlation of the periods that are left."""
    import statsmodels.api as sm

    rng = np.random.default_rng(11)
    times = np.array([0, 1, 2, 3, 7, 8, 9, 15, 16, 20, 21, 22])
    x = rng.normal(size=12) + times / 15
    for degree in (1, 2):
        weights = phi_posterior(x, Layout(((0, 12),), ("a",), times, np.arange(12)), degree)
        design = np.vander(times - times.mean(), degree + 1, increasing=True)
        lags = np.abs(np.subtract.outer(times, times))
        p = sum(w * sm.GLS(x, design, sigma=phi**lags).fit().pvalues[-1] for phi, w in zip(PHI, weights, strict=True))
        assert trend_p_value(x, times, degree)[0] == pytest.approx(p, rel=1e-3)
    series, onsets = np.full(23, np.nan), np.zeros(23)
    series[times], onsets[[0, 2, 9]] = x, 1
    found = stationarity_check(series, onsets, missing="mask").strata[0]
    assert found.exposure_p == trend_p_value(x, times)[0]
    assert found.exposure_change == pytest.approx(np.polyfit(times, x, 1)[0] * 22 / x.std())


def test_series_too_short_or_too_still_for_a_trend() -> None:
    for degree in (1, 2):
        few = np.array([0.3, -1.0, 0.7, 2.0])[: degree + 1]
        assert np.isnan(trend_p_value(few, degree=degree)).all()
        one_left = np.array([0.3, -1.0, 0.7, 2.0])[: degree + 2]
        assert 0 < trend_p_value(one_left, degree=degree)[0] <= 1
    assert np.isnan(trend_p_value(np.full(9, 2.0))).all()
    check = stationarity_check(np.full(9, 2.0), np.eye(9)[1])
    assert check.strata[0].exposure_change == 0.0 and not check.strata[0].exposure_trends
    assert check.remedy == "none" and not check.both_trend
    assert stationarity_check([4.0], [2]).strata[0].exposure_change == 0.0
    assert np.isnan(onset_trend_p_value([3])) and onset_trend_p_value([1, 1]) == 1.0


def test_an_exact_line_trends_for_certain() -> None:
    p, _ = trend_p_value(np.arange(20.0) * 3)
    assert p < 1e-12
    assert trend_p_value(np.random.default_rng(1).normal(size=20))[0] <= 1.0


@pytest.mark.parametrize("early", [True, False])
def test_the_exact_and_the_normal_law_of_onset_dates_meet(early: bool) -> None:
    """200 periods by 100 onsets are the last to be exact; the normal law beside it is near.

    The next term of the expansion, from the flat tails of uniform dates, is a few per cent at three deviations.
    """
    from scipy.stats import norm

    rng = np.random.default_rng(12)
    dates = (200 * rng.random(101) ** (1.25 if early else 0.8)).astype(int)
    for total in (100, 101):
        n = np.bincount(dates[:total], minlength=200)
        z = (np.arange(200) @ n - total * 99.5) / np.sqrt(total * (200**2 - 1) / 12)
        assert onset_trend_p_value(n) == pytest.approx(2 * norm.sf(abs(z)), rel=0.05)
        assert (onset_trend_p_value(n) == pytest.approx(2 * norm.sf(abs(z)), rel=1e-12)) == (total == 101)


def test_a_remedy_looks_at_the_strata_whose_onsets_trend() -> None:
    t = np.arange(60)
    rng = np.random.default_rng(13)
    early, even = np.zeros(60), np.zeros(60)
    early[[0, 1, 2, 4, 7]] = even[[5, 18, 30, 41, 54]] = 1
    bent, flat = np.exp(-t / 8) * 20 + rng.normal(size=60) * 0.3, rng.normal(size=60)
    strata = [0] * 60 + [1] * 60
    mixed = stationarity_check(np.r_[bent, flat], np.r_[even, early], strata)
    assert mixed.strata[0].exposure_bends and not mixed.strata[0].onsets_trend and mixed.strata[1].onsets_trend
    assert (mixed.remedy, mixed.both_trend) == ("detrend", False)
    both = stationarity_check(np.r_[bent, flat], np.r_[early, early], strata)
    assert (both.remedy, both.both_trend) == ("calendar-year strata", True)
    assert both.strata[0].both_trend and not both.strata[1].both_trend
