"""Permutation tests at their edges: nothing to relabel, years removed or not, ties."""

from __future__ import annotations

import numpy as np
import pytest

from interventions_stats.inference.permutation.batch import shift_p_values
from interventions_stats.inference.permutation.relabelling import target_relabelling_test


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
