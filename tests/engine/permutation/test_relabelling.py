"""Exchanges of targets, of onsets within a year and of blocks of years: enumeration, and what identifies them."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.permutation.blocks import block_permutation_test
from interventions_stats.engine.permutation.relabelling import target_relabelling_test, within_year_shuffle_test
from interventions_stats.engine.permutation.within_target import within_target_shift_test
from interventions_stats.errors import EstimationError, InputError


def panel(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Six targets over five years; two enter late and are exchanged with each other only."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(6, 5)) + rng.normal(size=(6, 1)) + np.arange(5.0)
    n = np.zeros((6, 5))
    n[0, [1, 3]], n[2, 4], n[4, 2], n[5, 4] = 1, 1, 2, 1
    risk = np.ones((6, 5), bool)
    risk[4:, :2] = False
    return x, n, risk


def scores(x: np.ndarray, risk: np.ndarray, demean: bool) -> np.ndarray:
    y = np.where(risk, x, np.nan)
    rest = y - (np.nanmean(y, axis=0) if demean else np.nanmean(y))
    return rest / np.sqrt(np.nansum(rest**2) / (risk.sum() - (x.shape[1] if demean else 1)))


def tails(null: np.ndarray, own: float) -> list[float]:
    off = abs(own - null.mean())
    return [np.mean(null >= own - 1e-9), np.mean(null <= own + 1e-9), np.mean(np.abs(null - null.mean()) >= off - 1e-9)]


@pytest.mark.parametrize("demean", [True, False])
def test_histories_are_exchanged_among_targets_of_equal_coverage(demean: bool) -> None:
    x, n, risk = panel()
    z = np.nan_to_num(scores(x, risk, demean))
    null = np.array([
        sum(z[p[i]] @ n[i] for i in range(4)) + sum(z[4 + q[i]] @ n[4 + i] for i in range(2))
        for p in permutations(range(4)) for q in permutations(range(2))
    ])  # fmt: skip
    test = target_relabelling_test(x, n, risk, demean_years=demean)
    assert test.exact and test.n_null == 12 * 2  # ordered choices of two of four, and of two of two
    assert_allclose([test.p_greater, test.p_less, test.p_two_sided], tails(null, null[0]))
    assert test.statistic == pytest.approx(null[0] / 6)
    assert test.null_mean == pytest.approx(null.mean() / 6) and test.null_sd == pytest.approx(null.std() / 6)
    assert test.deff == pytest.approx(max(1.0, 6 * test.null_sd**2))
    assert test.identifying == (True, False, True, False, True, True) and test.n_onsets_identifying == 6
    assert test.onsets_per_stratum == (2, 0, 1, 0, 2, 1)


def test_onsets_are_dealt_anew_within_their_year() -> None:
    x, n, risk = panel(1)
    z = scores(x, risk, True)
    years = [1, 2, 3, 4]
    lists = []
    for t in years:
        at_risk, hit = np.flatnonzero(risk[:, t]), n[n[:, t] > 0, t]
        lists.append([sum(k * z[i, t] for k, i in zip(hit, c, strict=True)) for c in permutations(at_risk, len(hit))])
    null = np.array([sum(c) for c in product(*lists)])
    own = float(np.nansum(z * n))
    test = within_year_shuffle_test(x, n, risk)
    assert test.exact and test.n_null == len(null) == 4 * 6 * 6 * 30
    assert_allclose([test.p_greater, test.p_less, test.p_two_sided], tails(null, own))
    assert test.statistic == pytest.approx(own / 6) and test.n_onsets_identifying == 6
    assert test.identifying == (False, True, True, True, True) and test.onsets_per_stratum == (0, 1, 2, 1, 2)


def test_a_target_whose_onset_met_no_difference_is_exchanged_with_the_others() -> None:
    """In the year of its onset all exposures are alike; the other onset of the group met exposures that differ little."""
    x = np.array([[0.0, 0.00, 9.0], [0.0, 0.02, -9.0], [0.0, 0.01, 4.0]])
    n = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]])
    test = target_relabelling_test(x, n)
    assert test.identifying == (True, True, False) and test.n_null == 6 and test.n_onsets_identifying == 2
    assert test.p_greater == pytest.approx(2 / 6)


def test_what_cannot_be_exchanged_is_left_out() -> None:
    x, n, risk = panel(2)
    x[4:] = x[4]  # the late pair has one exposure between them, before year means and after
    test = target_relabelling_test(x, n, risk)
    assert test.identifying == (True, False, True, False, False, False) and test.n_onsets_identifying == 3
    same = x.copy()
    same[:, 4] = 0.1 + 0.2  # a year of one exposure, up to rounding
    year = within_year_shuffle_test(same, n, risk)
    assert year.identifying == (False, True, True, True, False) and year.n_onsets_identifying == 4
    with pytest.raises(EstimationError, match="two targets at risk"):
        within_year_shuffle_test(np.tile(np.arange(5) / 7, (6, 1)), n, risk)
    with pytest.raises(EstimationError, match="cut the panel to common years"):
        target_relabelling_test(np.tile(np.arange(5) / 7, (6, 1)), n, risk)


def test_a_sampled_exchange_is_the_enumerated_one() -> None:
    x, n, risk = panel(3)
    for test in (target_relabelling_test, within_year_shuffle_test):
        exact = test(x, n, risk)
        drawn = test(x, n, risk, max_exact=5, draws=9_999, seed=6)
        assert exact.seed is None and (drawn.exact, drawn.n_null, drawn.seed) == (False, 9_999, 6)
        for name in ("p_greater", "p_less", "p_two_sided"):
            p = getattr(exact, name)
            assert getattr(drawn, name) == pytest.approx(p, abs=4.5 * np.sqrt(p * (1 - p) / 9_999) + 1e-4)
        assert (drawn.null_mean, drawn.null_sd) == (pytest.approx(exact.null_mean), pytest.approx(exact.null_sd))
        assert drawn.mc_se == pytest.approx(np.sqrt(drawn.p_value * (1 - drawn.p_value) / 9_999)) and exact.mc_se == 0
        assert test(x, n, risk, draws=99).exact


def test_few_relabellings_and_idle_onsets_are_said() -> None:
    x, n = np.arange(19.0)[:, None] ** 1.5, np.zeros((19, 1))
    n[18] = 1
    assert any(
        "Only 19 relabellings exist, so no p-value can be below 0.053" in m
        for m in within_year_shuffle_test(x, n).messages
    )
    more, hits = np.arange(20.0)[:, None] ** 1.5, np.zeros((20, 1))
    hits[19] = 1
    assert within_year_shuffle_test(more, hits).messages == ()  # one in twenty is .05
    wide, many = np.column_stack([x, np.full(19, 3.0)]), np.column_stack([n, 2 * n])
    idle = [m for m in within_year_shuffle_test(wide, many).messages if "say nothing" in m]
    assert len(idle) == 1 and "1 (2)" in idle[0]


@pytest.mark.parametrize("detrend", ["none", "linear"])
def test_blocks_are_permuted_within_each_stratum(detrend: str) -> None:
    """Strata of seven and of six periods, blocks of two: three whole ones each, and one period that stays."""
    rng = np.random.default_rng(4)
    x, n = rng.normal(size=13), np.zeros(13)
    n[[0, 1, 5, 6]], n[[8, 9]] = 1, [2, 1]
    degree = int(detrend == "linear")
    rest = np.concatenate(
        [p - np.polyval(np.polyfit(np.arange(len(p)), p, degree), np.arange(len(p))) for p in (x[:7], x[7:])]
    )
    z = rest / np.sqrt((rest**2).sum() / (13 - 2 * (degree + 1)))
    a, b = z[:6].reshape(3, 2), z[7:].reshape(3, 2)
    null = np.array([
        a[p[0]] @ [1, 1] + a[p[2]] @ [0, 1] + b[q[0]] @ [0, 2] + b[q[1]] @ [1, 0]
        for p in permutations(range(3)) for q in permutations(range(3))
    ])  # fmt: skip
    test = block_permutation_test(x, n, [0] * 7 + [1] * 6, block=2, detrend=detrend)
    assert test.exact and test.n_null == 36 and test.n_onsets_identifying == 6 and test.n_onsets == 7
    assert_allclose([test.p_greater, test.p_less, test.p_two_sided], tails(null, null[0]))
    assert test.statistic == pytest.approx(null[0] / 6)
    assert [m for m in test.messages if "took no part" in m] == [
        "1 onset(s) in incomplete blocks at the end of a stratum took no part."
    ]
    assert ("linear trend removed" in test.scheme) == (detrend == "linear")
    own = block_permutation_test(x, n, [0] * 7 + [1] * 6, block=2, standardise="none")
    assert own.statistic == pytest.approx(
        float(np.r_[x[:6] - x[:7].mean(), x[7:] - x[7:].mean()] @ np.r_[n[:6], n[7:]]) / 6
    )


def test_strata_that_hold_no_two_blocks_or_no_onset_take_no_part() -> None:
    rng = np.random.default_rng(5)
    x, n = rng.normal(size=16), np.zeros(16)
    n[[1, 9]] = 1  # the first stratum has a single whole block
    strata = [0] * 3 + [1] * 4 + [2] * 9
    test = block_permutation_test(x, n, strata, block=2)
    assert test.identifying == (False, False, True) and test.n_null == 4 and test.n_onsets_identifying == 1
    assert not any("took no part" in m for m in test.messages)
    with pytest.raises(EstimationError, match="two whole blocks of 8"):
        block_permutation_test(x, n, strata, block=8)
    with pytest.raises(InputError, match="block must be a whole number of at least 1"):
        block_permutation_test(x, n, strata, block=0)
    flat = block_permutation_test(np.r_[np.full(7, 2.0), x[7:]], np.r_[1, np.zeros(8), 1, np.zeros(6)], strata, block=1)
    assert flat.identifying == (False, False, True)


def test_a_common_shift_needs_common_years_of_targets_with_onsets_only() -> None:
    rng = np.random.default_rng(6)
    x, n = rng.normal(size=(4, 7)), np.zeros((4, 7))
    n[[0, 1], [2, 5]] = 1
    risk = np.ones((4, 7), bool)
    risk[3, 0] = False
    test = within_target_shift_test(x, n, risk, common=True, demean_years=False, detrend="none")
    z = x - np.where(risk, x, np.nan).mean(axis=1, keepdims=True)
    null = np.array([np.roll(z[0], -s) @ n[0] + np.roll(z[1], -s) @ n[1] for s in range(7)])
    assert test.n_null == 7 and test.n_onsets_identifying == 2
    assert_allclose([test.p_greater, test.p_less, test.p_two_sided], tails(null, null[0]))
    assert test.identifying == (True, True, False, False)
    risk[1, 0] = False
    with pytest.raises(InputError, match="1 differs from 0"):
        within_target_shift_test(x, n, risk, common=True)


def test_onsets_that_crowd_on_lasting_exposures_cost_and_others_do_not() -> None:
    """The design effect is the null variance times the onsets: four onsets of one target are one draw of its history."""
    level = np.array([3.0, 1, -1, -3])
    x = np.repeat(level[:, None], 5, axis=1)
    n = np.zeros((4, 5))
    n[0, :4] = 1
    test = target_relabelling_test(x, n)
    z = level / np.sqrt(5 * (level**2).sum() / 15)
    assert test.null_sd == pytest.approx(z.std()) and test.deff == pytest.approx(4 * z.var())
    spread = np.zeros((4, 5))
    spread[[0, 1, 2], [0, 1, 2]] = 1
    other = target_relabelling_test(x, spread)
    assert other.deff == 1.0 > 3 * other.null_sd**2  # three of four targets: without replacement they vary little
