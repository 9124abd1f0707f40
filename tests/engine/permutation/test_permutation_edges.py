"""Permutation tests at their edges: nothing to relabel, years removed or not, ties."""

from __future__ import annotations

import numpy as np
import pytest

from interventions_stats.engine.permutation.autoregressive_test import autoregressive_p_values
from interventions_stats.engine.permutation.blocks import block_permutation_test
from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.engine.permutation.relabelling import target_relabelling_test, within_year_shuffle_test
from interventions_stats.engine.permutation.shift_batch import shift_p_values
from interventions_stats.engine.permutation.two_way import two_way_shift_test
from interventions_stats.engine.permutation.within_target import within_target_shift_test
from interventions_stats.errors import EstimationError, InputError

SERIES = np.random.default_rng(11).normal(size=40)
HITS = np.isin(np.arange(40), [3, 17, 30]).astype(float)
PANEL = np.random.default_rng(12).normal(size=(5, 8))
PANEL_HITS = np.zeros((5, 8))
PANEL_HITS[[0, 2, 4], [1, 6, 3]] = 1


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_where_no_stratum_identifies_every_p_is_one(alternative: str) -> None:
    """The onsets lie where the exposure stands still, and the exposure moves where no onset is."""
    series = np.r_[np.full(10, 3.0), np.random.default_rng(1).normal(size=10)]
    onsets = np.zeros((3, 20))
    onsets[:, [2, 7]] = 1
    p = shift_p_values(series, onsets, np.repeat([0, 1], 10), alternative=alternative)
    assert p.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("demean", [True, False])
def test_relabelling_measures_exposure_from_its_year_or_from_the_whole(demean: bool) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(5, 6)) + 4 * np.arange(6)  # a trend shared by all targets
    onsets = np.zeros((5, 6))
    onsets[[0, 2, 2], [5, 1, 4]] = 1
    centred = x - (x.mean(axis=0) if demean else x.mean())
    sd = np.sqrt((centred**2).sum() / (30 - (6 if demean else 1)))
    test = target_relabelling_test(x, onsets, demean_years=demean)
    assert test.statistic == pytest.approx((centred * onsets).sum() / 3 / sd)


def test_a_sampled_p_counts_the_observed_labelling_once() -> None:
    """(b + 1) / (m + 1) with m = 199: a whole number of two hundredths, and never zero."""
    rng = np.random.default_rng(4)
    series, onsets = rng.normal(size=(20, 80)), np.zeros(80)
    onsets[[3, 30, 41, 77]] = 1
    p = shift_p_values(series, onsets, np.repeat([0, 1], 40), relabellings=199)
    assert np.abs(200 * p - np.rint(200 * p)).max() < 1e-9 and p.min() >= 1 / 200


@pytest.mark.parametrize(
    "call",
    [
        lambda draws: circular_shift_test(SERIES, HITS, draws=draws),
        lambda draws: autoregressive_p_values(SERIES, HITS, draws=draws),
        lambda draws: block_permutation_test(SERIES, HITS, block=4, draws=draws),
        lambda draws: within_target_shift_test(PANEL, PANEL_HITS, draws=draws),
        lambda draws: two_way_shift_test(PANEL, PANEL_HITS, draws=draws),
        lambda draws: target_relabelling_test(PANEL, PANEL_HITS, draws=draws),
        lambda draws: within_year_shuffle_test(PANEL, PANEL_HITS, draws=draws),
    ],
    ids=["circular", "autoregressive", "blocks", "within target", "two way", "relabelling", "within year"],
)
def test_the_fewest_draws_are_ninety_nine(call) -> None:
    call(99)
    with pytest.raises(InputError, match="at least 99"):
        call(98)


def test_autoregressive_tails_share_the_observed_labelling() -> None:
    """(b + 1) / (m + 1) for both tails, and every draw is in one of them: together (m + 2) / (m + 1)."""
    onsets = np.zeros((2, 40))
    onsets[0, [3, 17, 30]] = 1
    onsets[1, np.argsort(SERIES)[-4:]] = 1
    greater, less = (
        autoregressive_p_values(SERIES, onsets, alternative=a, draws=199, seed=5) for a in ("greater", "less")
    )
    np.testing.assert_allclose(greater + less, 201 / 200)
    assert greater.min() >= 1 / 200


def test_a_year_in_which_exposures_differ_little_identifies_too() -> None:
    x = np.column_stack([np.array([0.0, 0.01, 0.02, 0.03]), np.array([0.0, 9.0, -9.0, 4.0])])
    onsets = np.zeros((4, 2))
    onsets[3, 0] = onsets[1, 1] = 1
    test = within_year_shuffle_test(x, onsets)
    assert test.identifying == (True, True) and test.n_null == 16 and test.p_greater == pytest.approx(1 / 16)


def test_a_panel_too_short_for_its_year_means_and_trends_is_refused() -> None:
    onsets = np.zeros((2, 2))
    onsets[0, 1] = 1
    with pytest.raises(EstimationError, match="no degree of freedom"):
        two_way_shift_test(np.array([[0.0, 1.0], [2.0, 5.0]]), onsets, detrend="linear")
