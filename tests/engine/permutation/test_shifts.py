"""Shift tests against loops over every shift."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.permutation.autoregression import (
    PHI,
    phi_posterior,
    residual_covariance,
    restricted_log_likelihood,
)
from interventions_stats.engine.permutation.autoregressive_test import autoregressive_null_test, autoregressive_p_values
from interventions_stats.engine.permutation.blocks import block_permutation_test
from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.engine.permutation.shift_batch import shift_p_values
from interventions_stats.engine.permutation.shifts import reflected
from interventions_stats.errors import RefusalError

STRATA = list("aaaaabbbbbbbccc")
RNG = np.random.default_rng(0)
SERIES = RNG.standard_normal(15).cumsum()
ONSETS = np.array([2, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0])
RUNS = [(0, 5), (5, 12), (12, 15)]


def detrended(x, runs, degree):
    out = np.array(x, float)
    for a, b in runs:
        t = np.arange(b - a)
        out[a:b] -= np.polyval(np.polyfit(t, out[a:b], degree), t)
    return out


def move(t, s, length, window):
    if window is None:
        return (t + s) % length
    t += s
    while not 0 <= t < length:  # a mirror that stands between two periods repeats the end
        t = -1 - t if t < 0 else 2 * length - 1 - t
    return t


def brute_force(series, onsets, runs, degree, window=None, covariances=None):
    """Statistic and null by explicit loops; divided by the model SD where covariances are given."""
    rest = detrended(series, runs, degree)
    sd = np.sqrt((rest**2).sum() / (len(rest) - len(runs) * (degree + 1)))
    z = rest / sd
    shifts = [range(b - a) if window is None else range(-min(window, b - a - 1), min(window, b - a - 1) + 1)
              for a, b in runs]  # fmt: skip
    null, own = [], None
    for shift in product(*shifts):
        total, variance = 0.0, 0.0
        for (a, b), s, k in zip(runs, shift, range(len(runs)), strict=True):
            where = [a + move(t, s, b - a, window) for t in range(b - a) for _ in range(int(onsets[a + t]))]
            total += sum(z[w] for w in where)
            if covariances is not None and onsets[a:b].sum():
                variance += sum(covariances[k][v - a, w - a] for v in where for w in where)
        value = total if covariances is None else total / np.sqrt(variance)
        null.append(value)
        if all(s == 0 for s in shift):
            own = value
    null = np.array(null)
    off = abs(own - null.mean())
    tails = [
        np.mean(null >= own - 1e-9),
        np.mean(null <= own + 1e-9),
        np.mean(np.abs(null - null.mean()) >= off - 1e-9),
    ]
    return own, null, tails


@pytest.mark.parametrize("window", [None, 2, 30])
@pytest.mark.parametrize("degree", [0, 1, 2])
def test_shift_test_is_the_loop_over_all_shifts(degree, window):
    own, null, tails = brute_force(SERIES, ONSETS, RUNS, degree, window)
    detrend = ("none", "linear", "quadratic")[degree]
    test = circular_shift_test(SERIES, ONSETS, STRATA, detrend=detrend, window=window)
    assert test.statistic == pytest.approx(own / 5)
    assert [test.p_greater, test.p_less, test.p_two_sided] == pytest.approx(tails)
    assert test.null_sd == pytest.approx(null.std() / 5) and test.null_mean == pytest.approx(null.mean() / 5, abs=1e-12)
    assert test.deff == pytest.approx(max(1, null.var() / 5))
    # the last stratum has no onset, so its shifts are not repeated in the null
    assert test.n_null == len(null) / (3 if window is None else min(2 * window + 1, 5))
    assert test.exact and test.identifying == (True, True, False) and test.onsets_per_stratum == (3, 2, 0)


@pytest.mark.parametrize("window", [None, 3])
def test_studentised_shift_is_the_loop_over_all_shifts_with_a_dense_covariance(window):
    layout = Layout(tuple(RUNS), tuple("abc"), np.arange(15), np.arange(15))
    rest = detrended(SERIES, RUNS, 1)
    z = rest / np.sqrt((rest**2).sum() / (15 - 6))
    weights = phi_posterior(z, layout, 1)
    covariances = []
    for a, b in RUNS:
        t = np.arange(b - a)
        maker = np.eye(b - a) - np.vander(t, 2) @ np.linalg.pinv(np.vander(t, 2))
        mix = np.zeros((b - a, b - a))
        for phi, weight in zip(PHI, weights, strict=True):
            cov = maker @ phi ** np.abs(np.subtract.outer(t, t)) @ maker
            mix += weight * cov * (b - a) / np.trace(cov)
        covariances.append(mix * (z[a:b] ** 2).mean())
    own, null, tails = brute_force(SERIES, ONSETS, RUNS, 1, window, covariances)
    test = circular_shift_test(SERIES, ONSETS, STRATA, detrend="linear", studentise=True, window=window)
    assert test.studentised == pytest.approx(own, rel=1e-3)  # grid points of negligible weight are left out
    assert [test.p_greater, test.p_less, test.p_two_sided] == pytest.approx(tails)
    assert np.std(test.null) == pytest.approx(null.std(), rel=1e-3)


def test_restricted_likelihood_is_harvilles_with_gaps_in_time():
    from scipy.stats import multivariate_normal

    times = np.array([0, 1, 2, 5, 6, 9, 10, 11, 15])
    x = np.random.default_rng(3).standard_normal(9)
    layout = Layout(((0, 9),), ("a",), times, np.arange(9))
    design = np.vander(times, 2).astype(float)
    contrast = np.linalg.svd(design.T)[2][2:]  # error contrasts: any basis gives the likelihood up to a constant
    found, dense = [], []
    for phi in (-0.4, 0.0, 0.3, 0.8, 0.97):
        cov = contrast @ (phi ** np.abs(np.subtract.outer(times, times))) @ contrast.T
        y = contrast @ x
        s2 = y @ np.linalg.solve(cov, y) / 7
        dense.append(multivariate_normal.logpdf(y, np.zeros(7), s2 * cov))
        found.append(float(restricted_log_likelihood(x, layout, 1, phi)))
    assert np.diff(found) == pytest.approx(np.diff(dense), abs=1e-9)


def test_residual_covariance_is_that_of_simulated_residuals():
    t = np.array([0, 1, 2, 3, 5, 8])
    maker = np.eye(6) - np.vander(t, 2) @ np.linalg.pinv(np.vander(t, 2))
    for phi in (-0.5, 0.0, 0.9):
        full = phi ** np.abs(np.subtract.outer(t, t))
        assert residual_covariance(t, 1, phi) == pytest.approx(maker @ full @ maker, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(1e-6, 1e6), level=st.floats(-1e3, 1e3), studentise=st.booleans())
def test_affine_change_of_the_exposure_changes_nothing_and_a_sign_swaps_the_tails(seed, scale, level, studentise):
    rng = np.random.default_rng(seed)
    x, n = rng.standard_normal(30), np.zeros(30)
    n[rng.choice(30, 4)] += 1
    strata = [0] * 12 + [1] * 18
    a = circular_shift_test(x, n, strata, studentise=studentise)
    b = circular_shift_test(scale * (x + level), n, strata, studentise=studentise)
    c = circular_shift_test(-x, n, strata, studentise=studentise)
    assert a.statistic == pytest.approx(b.statistic, rel=1e-6, abs=1e-8) and a.p_greater == b.p_greater
    assert a.p_greater == c.p_less and a.p_two_sided == c.p_two_sided
    assert a.p_greater + a.p_less >= 1 + 1 / a.n_null - 1e-12
    assert a.p_greater >= 1 / a.n_null - 1e-12


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), by=st.integers(1, 19))
def test_rotating_exposure_and_onsets_together_changes_nothing(seed, by):
    rng = np.random.default_rng(seed)
    x, n = rng.standard_normal(20), rng.poisson(0.3, 20)
    n[0] += 1
    a, b = circular_shift_test(x, n), circular_shift_test(np.roll(x, by), np.roll(n, by))
    assert (a.p_greater, a.p_less) == (b.p_greater, b.p_less)


def test_masked_periods_leave_the_set_and_are_counted():
    x = SERIES.copy()
    x[[3, 9]] = np.nan
    test = circular_shift_test(x, ONSETS, STRATA, missing="mask")
    keep = ~np.isnan(x)
    short = circular_shift_test(x[keep], ONSETS[keep], np.array(STRATA)[keep])
    assert (test.n_masked, test.n_onsets_masked, test.n_onsets) == (2, 1, 4)
    assert (test.p_greater, test.n_null) == (short.p_greater, short.n_null) and test.n_null == 4 * 6
    assert any("2 cell(s) with 1 onset(s)" in m for m in test.messages)


def test_strata_that_cannot_identify_are_named_and_left_out_of_the_mean():
    x = np.r_[np.zeros(6), SERIES[:9]]
    n = np.r_[1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    test = circular_shift_test(x, n, ["flat"] * 6 + ["moving"] * 9)
    alone = circular_shift_test(x[6:], n[6:])
    assert test.n_onsets == 3 and test.n_onsets_identifying == 1 and test.n_identifying == 1
    assert test.p_greater == alone.p_greater
    assert any("flat (2)" in m for m in test.messages)
    assert any("Only 9 relabellings" in m for m in test.messages)


def test_a_label_that_returns_is_a_piece_of_its_own():
    test = circular_shift_test(SERIES, ONSETS, list("aaaaabbbbbbbaaa"))
    assert test.strata == ("a", "b", "a")


def test_alternative_only_chooses_among_stored_p_values():
    for alternative, name in (("greater", "p_greater"), ("less", "p_less"), ("two-sided", "p_two_sided")):
        test = circular_shift_test(SERIES, ONSETS, STRATA, alternative=alternative)
        assert test.p_value == getattr(test, name)


def test_standardisation_sets_the_unit_only():
    own = [circular_shift_test(SERIES, ONSETS, STRATA, standardise=s) for s in ("within", "none")]
    assert own[0].p_greater == own[1].p_greater
    rest = detrended(SERIES, RUNS, 0)
    assert own[1].statistic / own[0].statistic == pytest.approx(np.sqrt((rest**2).sum() / 12))
    loud = SERIES * np.repeat([10.0, 1.0, 1.0], [5, 7, 3])
    quiet = circular_shift_test(SERIES, ONSETS, STRATA, standardise="stratum")
    assert circular_shift_test(loud, ONSETS, STRATA, standardise="stratum").p_greater == quiet.p_greater


def test_each_stratum_may_have_its_own_unit():
    rest = detrended(SERIES, RUNS[:2], 1)[:12]
    own = [np.sqrt((rest[a:b] ** 2).sum() / (b - a - 2)) for a, b in RUNS[:2]]
    test = circular_shift_test(SERIES[:12], ONSETS[:12], STRATA[:12], standardise="stratum", detrend="linear")
    assert test.statistic == pytest.approx(rest @ (ONSETS[:12] / np.repeat(own, [5, 7])) / 5)


def test_exact_and_sampled_nulls_agree():
    rng = np.random.default_rng(5)
    x, n = rng.standard_normal(348).cumsum(), rng.poisson(0.07, 348)
    strata = [0] * 96 + [1] * 252
    for options in ({}, {"studentise": True, "detrend": "linear"}, {"window": 24}):
        exact = circular_shift_test(x, n, strata, **options)
        drawn = circular_shift_test(x, n, strata, max_exact=40, draws=20_000, seed=3, **options)
        assert exact.exact and not drawn.exact and drawn.seed == 3 and exact.seed is None
        tolerance = 4 * np.sqrt(max(exact.p_greater * (1 - exact.p_greater), 1e-4) / 20_000)
        if "window" not in options:
            assert exact.n_null == 96 * 252
        assert drawn.p_greater == pytest.approx(exact.p_greater, abs=tolerance) and drawn.mc_se > 0
        assert drawn.deff == pytest.approx(exact.deff)
        again = circular_shift_test(x, n, strata, max_exact=40, draws=20_000, seed=3, **options)
        assert again.p_greater == drawn.p_greater


def test_reflection_folds_at_half_a_period_beyond_the_ends():
    assert reflected(np.arange(-5, 9), 4).tolist() == [3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0, 0]


@pytest.mark.parametrize("options", [{}, {"studentise": True, "detrend": "linear"}, {"window": 5, "studentise": True}])
@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_batches_repeat_the_single_test(options, alternative):
    rng = np.random.default_rng(8)
    x, n = rng.standard_normal((4, 60)).cumsum(axis=1), rng.poisson(0.15, (4, 60))
    n[:, [3, 40]] += 1
    strata = [0] * 25 + [1] * 35
    single = [circular_shift_test(x[0], row, strata, alternative=alternative, **options).p_value for row in n]
    batch = shift_p_values(x[0], n, strata, alternative=alternative, relabellings=10_000, **options)
    assert batch == pytest.approx(single)
    single = [circular_shift_test(row, n[0], strata, alternative=alternative, **options).p_value for row in x]
    batch = shift_p_values(x, n[0], strata, alternative=alternative, relabellings=10_000, **options)
    assert batch == pytest.approx(single)
    drawn = shift_p_values(x, n[0], strata, alternative=alternative, relabellings=500, **options)
    assert np.abs(drawn - batch).max() < 4.5 * np.sqrt(0.25 / 500)


def test_block_permutation_of_single_periods_is_the_exact_rank_sum_test():
    from scipy.stats import mannwhitneyu

    x = np.random.default_rng(9).permutation(9).astype(float)
    n = np.array([1, 0, 0, 1, 0, 0, 0, 1, 0])
    for alternative in ("greater", "less", "two-sided"):
        test = block_permutation_test(x, n, block=1, alternative=alternative)
        assert test.n_null == 9 * 8 * 7
        expected = mannwhitneyu(x[n == 1], x[n == 0], alternative=alternative, method="exact").pvalue
        assert test.p_value == pytest.approx(expected)


def test_block_permutation_moves_whole_years_and_keeps_a_partial_one():
    x, n = np.random.default_rng(10).standard_normal(40), np.zeros(40)
    n[[2, 14, 15, 38]] = 1
    test = block_permutation_test(x, n, block=12)
    z = (x - x.mean()) / x.std(ddof=1)
    years = z[:36].reshape(3, 12)
    null = [years[i, 2] + years[j, 2] + years[j, 3] for i in range(3) for j in range(3) if i != j]
    assert test.p_greater == pytest.approx(np.mean(np.array(null) >= null[0] - 1e-9))
    assert test.statistic == pytest.approx(null[0] / 3) and test.n_onsets_identifying == 3
    assert any("1 onset(s) in incomplete blocks" in m for m in test.messages)


def test_autoregressive_null_is_students_t_for_white_noise():
    # with phi at zero, one stratum and no trend the statistic is a monotone function of a two-sample t
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(11)
    x, n = rng.standard_normal(400), np.zeros(400)
    n[rng.choice(400, 60, replace=False)] = 1
    x += 0.2 * n
    test = autoregressive_null_test(x, n, detrend="none", draws=20_000)
    expected = ttest_ind(x[n == 1], x[n == 0], alternative="greater").pvalue
    assert test.p_greater == pytest.approx(expected, abs=0.012)  # the posterior of phi has a spread of .05
    assert test.deff == pytest.approx(1.0, abs=0.1)
    assert test.p_less == pytest.approx(1 - test.p_greater, abs=2 / 20_000)


def test_autoregressive_batches_agree_with_single_tests():
    rng = np.random.default_rng(12)
    x, n = rng.standard_normal((3, 80)).cumsum(axis=1), rng.poisson(0.1, (3, 80))
    n[:, 5] += 1
    strata = [0] * 30 + [1] * 50
    tolerance = 4.5 * np.sqrt(0.25 * (2 / 3000))
    for alternative in ("greater", "less", "two-sided"):
        one = autoregressive_p_values(x[0], n, strata, alternative=alternative, draws=3000, seed=1)
        many = autoregressive_p_values(x, n[0], strata, alternative=alternative, draws=3000, seed=2)
        for i in range(3):
            single = autoregressive_null_test(x[0], n[i], strata, alternative=alternative, draws=3000, seed=3 + i)
            assert one[i] == pytest.approx(single.p_value, abs=tolerance)
            single = autoregressive_null_test(x[i], n[0], strata, alternative=alternative, draws=3000, seed=3 + i)
            assert many[i] == pytest.approx(single.p_value, abs=tolerance)


def test_autoregressive_test_leaves_gaps_in_time():
    x = np.random.default_rng(13).standard_normal(120).cumsum()
    n = np.zeros(120)
    n[[5, 70]] = 1
    x[20:60] = np.nan
    test = autoregressive_null_test(x, n, missing="mask", draws=999)
    assert test.n_masked == 40 and test.n_onsets_identifying == 2
    assert autoregressive_null_test(x, n, missing="mask", draws=999).p_value == test.p_value


def test_detrending_a_binary_exposure_is_remarked_on():
    x, n = np.array([0, 1, 0, 0, 1, 1, 0, 0.0]), np.array([0, 1, 0, 0, 0, 0, 1, 0])
    assert any("two values" in m for m in circular_shift_test(x, n, detrend="linear").messages)
    assert not any("two values" in m for m in circular_shift_test(x, n).messages)
    assert any("A window of 2 leaves 5 shifts" in m for m in circular_shift_test(x, n, window=2).messages)


def test_a_series_of_onset_rows_alone_is_refused() -> None:
    """G01: the rows that are left after dropna() on the events are all onsets."""
    with pytest.raises(RefusalError, match=r"^G01: .*dropna"):
        circular_shift_test([1.0, 3.0, 2.0, 5.0], [1, 1, 1, 1])
    assert circular_shift_test([1.0, 3.0, 2.0, 5.0], [1, 2, 1, 1]).null_sd > 0  # counts that vary can be compared


@pytest.mark.parametrize(("length", "onsets"), [(7, 6), (20, 15), (96, 40)])
def test_variances_of_many_onsets_are_those_of_their_pairs(length: int, onsets: int) -> None:
    """By frequencies, against the sum over all pairs at every shift."""
    from interventions_stats.engine.permutation.shifts import circular_variances, shifted_positions

    rng = np.random.default_rng(length)
    half = rng.standard_normal((length, length))
    cov, at = half @ half.T, np.sort(rng.choice(length, onsets, replace=False))
    weight = rng.integers(1, 9, onsets).astype(float)
    counts = np.zeros(length)
    counts[at] = weight
    moved = shifted_positions(at, length, None)
    pairs = np.einsum("sij,i,j->s", cov[moved[:, :, None], moved[:, None, :]], weight, weight)
    assert circular_variances(cov, counts) == pytest.approx(pairs, rel=1e-12)
