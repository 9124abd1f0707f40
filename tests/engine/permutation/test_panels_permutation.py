"""Target x year tests against loops."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from interventions_stats.engine.arrays import panel_layout
from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.engine.permutation.contrast import contrast_shift_test, contrast_within_target_test
from interventions_stats.engine.permutation.relabelling import target_relabelling_test, within_year_shuffle_test
from interventions_stats.engine.permutation.trends import residualise_two_way
from interventions_stats.engine.permutation.within_target import within_target_p_values, within_target_shift_test


def two_way_residuals(x, risk, degree):
    """Residuals of a regression on year dummies and a polynomial of each target, by least squares."""
    rows = np.argwhere(risk)
    design = np.zeros((len(rows), risk.shape[1] + (degree + 1) * risk.shape[0]))
    for r, (i, t) in enumerate(rows):
        design[r, t] = 1
        for d in range(degree + 1):
            design[r, risk.shape[1] + i * (degree + 1) + d] = t**d
    y = x[risk]
    out = np.full(x.shape, np.nan)
    out[risk] = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return out


def panel(seed, late=False):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((5, 9)) + rng.standard_normal((5, 1)) + np.linspace(0, 3, 9)
    n = np.zeros((5, 9))
    n[0, [0, 5]], n[2, 3], n[3, 7] = 1, 2, 1
    risk = np.ones((5, 9), bool)
    if late:
        risk[2, :3], risk[4, 6:], risk[3, 4] = False, False, False
    return x, n, risk


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("degree", [0, 1])
def test_two_way_residuals_are_those_of_least_squares(late, degree):
    x, n, risk = panel(0, late)
    layout = panel_layout(x, n, risk, None)
    found = residualise_two_way(x.ravel()[layout.kept], layout, degree)
    assert found == pytest.approx(two_way_residuals(x, risk, degree)[risk], abs=1e-9)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("detrend", ["none", "linear"])
def test_within_target_shift_is_the_loop_over_all_shifts(late, detrend):
    x, n, risk = panel(1, late)
    degree = int(detrend == "linear")
    rest = two_way_residuals(x, risk, degree)
    own = [rest[i][risk[i]] for i in (0, 2, 3)]
    hits = [n[i][risk[i]] for i in (0, 2, 3)]
    null = [
        sum(np.roll(r, -s) @ h for r, h, s in zip(own, hits, shift, strict=True))
        for shift in product(*(range(len(r)) for r in own))
    ]
    test = within_target_shift_test(x, n, risk, detrend=detrend)
    assert test.n_null == len(null) == (9 * 6 * 8 if late else 9**3) and test.identifying == (1, 0, 1, 1, 0)
    assert test.p_greater == pytest.approx(np.mean(np.array(null) >= null[0] - 1e-9))
    assert test.p_less == pytest.approx(np.mean(np.array(null) <= null[0] + 1e-9))
    batch = within_target_p_values(np.stack([x, -x]), n, risk, detrend=detrend)
    assert batch == pytest.approx([test.p_greater, test.p_less])


def test_year_means_remove_what_targets_share():
    x, n, _ = panel(2)
    shared = np.random.default_rng(3).standard_normal(9).cumsum() * 50
    a, b = within_target_shift_test(x, n), within_target_shift_test(x + shared, n)
    assert a.statistic == pytest.approx(b.statistic) and a.p_greater == b.p_greater
    assert within_target_shift_test(x + 9 * np.linspace(0, 1, 9), n, demean_years=False, detrend="none").p_value != (
        pytest.approx(within_target_shift_test(x, n, demean_years=False, detrend="none").p_value)
    )


def test_common_shift_moves_all_targets_at_once():
    x, n, risk = panel(4)
    rest = two_way_residuals(x, risk, 1)
    null = np.array([(np.roll(rest, -s, axis=1) * n).sum() for s in range(9)])
    test = within_target_shift_test(x, n, common=True)
    assert test.n_null == 9 and test.p_greater == pytest.approx(np.mean(null >= null[0] - 1e-9))
    assert any("Only 9 relabellings" in m for m in test.messages)


def test_missing_exposure_without_a_risk_set_is_counted():
    x, n, _ = panel(5)
    x[0, :2] = np.nan
    test = within_target_shift_test(x, n, targets=list("abcde"))
    assert (test.n_onsets, test.n_onsets_masked, test.n_masked) == (4, 1, 2) and test.strata == tuple("abcde")


def test_target_relabelling_is_the_loop_over_exchanges_within_coverage():
    x, n, risk = panel(6)
    risk[4] = np.r_[np.zeros(2, bool), np.ones(7, bool)]
    year = np.array([x[risk[:, t], t].mean() for t in range(9)])
    rest = np.where(risk, x - year, 0.0)
    null = np.array([sum(rest[p[i]] @ n[i] for i in range(4)) for p in permutations(range(4))])
    test = target_relabelling_test(x, n, risk)
    assert test.exact and test.p_greater == pytest.approx(np.mean(null >= null[0] - 1e-9))
    assert test.p_less == pytest.approx(np.mean(null <= null[0] + 1e-9)) and test.identifying == (1, 0, 1, 1, 0)
    drawn = target_relabelling_test(x, n, risk, max_exact=5, draws=5000)
    assert not drawn.exact and drawn.p_greater == pytest.approx(test.p_greater, abs=4 * np.sqrt(0.25 / 5000))


def test_within_year_shuffle_of_one_year_is_the_exact_rank_sum_test():
    from scipy.stats import mannwhitneyu

    x = np.random.default_rng(7).permutation(10).astype(float)[:, None]
    n = np.zeros((10, 1))
    n[[1, 4, 6]] = 1
    test = within_year_shuffle_test(x, n)
    hit = n[:, 0] > 0
    assert test.p_greater == pytest.approx(
        mannwhitneyu(x[hit, 0], x[~hit, 0], alternative="greater", method="exact").pvalue
    )


def test_within_year_shuffle_is_the_loop_over_targets_of_each_year():
    x, n, risk = panel(8, late=True)
    year = np.array([x[risk[:, t], t].mean() for t in range(9)])
    rest = x - year
    lists = [[rest[i, t] * n[:, t].sum() for i in np.flatnonzero(risk[:, t])] for t in (0, 3, 5, 7)]
    own = (rest * n).sum()
    null = np.array([sum(c) for c in product(*lists)])
    test = within_year_shuffle_test(x, n, risk)
    assert test.n_null == len(null) and test.strata == tuple(range(9))
    assert test.p_greater == pytest.approx(np.mean(null >= own - 1e-9))


def test_contrast_is_the_shift_test_of_the_difference():
    rng = np.random.default_rng(9)
    a, b = rng.standard_normal((2, 40)).cumsum(axis=1)
    n = rng.poisson(0.2, 40)
    strata = [0] * 15 + [1] * 25
    same_unit = contrast_shift_test(a, b, n, strata, standardise="none")
    assert same_unit.p_greater == circular_shift_test(a - b, n, strata, standardise="none").p_greater
    test = contrast_shift_test(a, b, n, strata)
    parts = [circular_shift_test(s, n, strata).statistic for s in (a, b)]
    assert test.statistic == pytest.approx(parts[0] - parts[1])
    assert contrast_shift_test(b, a, n, strata).p_less == test.p_greater


def test_contrast_of_means_orders_shifts_as_the_contrast_of_joint_coefficients_does():
    rng = np.random.default_rng(10)
    a = rng.standard_normal(30)
    b = 0.7 * a + rng.standard_normal(30)
    n = rng.poisson(0.3, 30)
    z = np.stack([(s - s.mean()) / s.std() for s in (a, b)])
    information = z @ z.T / 30
    scores = np.array([np.roll(z, -s, axis=1) @ n / n.sum() for s in range(30)])
    coefficients = np.linalg.solve(information, scores.T).T  # one Newton step of the joint model
    contrast = coefficients[:, 0] - coefficients[:, 1]
    assert contrast == pytest.approx((scores[:, 0] - scores[:, 1]) / (1 - information[0, 1]))
    test = contrast_shift_test(a, b, n)
    assert test.p_greater == pytest.approx(np.mean(contrast >= contrast[0] - 1e-9))


def test_contrast_within_targets_shifts_both_exposures_together():
    x, n, _ = panel(11)
    y = panel(12)[0]
    test = contrast_within_target_test(x, y, n, standardise="none")
    assert test.p_greater == within_target_shift_test(x - y, n, standardise="none").p_greater
