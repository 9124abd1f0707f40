"""Measured sizes with the onset dates held fixed, and redrawn exposures that persist or trend.

A calibrated test must keep its one-sided size at a nominal .05 within [.03, .07], up to three Monte Carlo standard
errors; the schemes that are refused must be seen to fail.
"""

from __future__ import annotations

import numpy as np
import pytest

from interventions_stats.engine.permutation.autoregressive_test import autoregressive_p_values
from interventions_stats.engine.permutation.relabelling import target_relabelling_test, within_year_shuffle_test
from interventions_stats.engine.permutation.shift_batch import shift_p_values
from interventions_stats.engine.permutation.within_target import within_target_p_values

pytestmark = pytest.mark.slow

HISTORIES = 800
SLACK = 3 * np.sqrt(0.05 * 0.95 / HISTORIES)

# decision dates of the reconstructed list, 1992-2015, as (year, month)
DATES = [
    (1992, 2), (1992, 5), (1992, 5), (1992, 6), (1992, 6), (1992, 7), (1992, 8), (1993, 7), (1993, 10), (1994, 5),
    (1995, 2), (1995, 3), (1995, 12), (1996, 1), (1999, 6), (2000, 5), (2004, 10), (2005, 3), (2007, 9), (2008, 8),
    (2008, 8), (2008, 9), (2014, 2), (2014, 4), (2015, 8),
]  # fmt: skip


def real_months():
    n = np.zeros(348)
    np.add.at(n, [(y - 1992) * 12 + m - 1 for y, m in DATES], 1)
    return n


def crowded():
    n = np.zeros(96)
    np.add.at(n, [1, 4, 4, 5, 5, 6, 7, 30, 50, 80], 1)
    return n


DESIGNS = {
    "one stratum of 96 months, 7 of 10 onsets in its first year": (crowded(), (96,)),
    "96 and 252 months, real dates": (real_months(), (96, 252)),
    "8 and 21 years, real dates": (real_months().reshape(29, 12).sum(axis=1), (8, 21)),
}


def autoregression(phi, rows, length, rng):
    x = rng.standard_normal((rows, length))
    for t in range(1, length):
        x[:, t] = phi * x[:, t - 1] + np.sqrt(1 - phi**2) * x[:, t]
    return x


def exposures(kind, lengths, slope=0.0, seed=1):
    """Null exposures, one history a row: each stratum starts afresh and falls by 2 x slope over its length."""
    rng = np.random.default_rng(seed)
    blocks = []
    for n in lengths:
        if kind == "walk":
            x = rng.standard_normal((HISTORIES, n)).cumsum(axis=1)
        elif kind == "skewed":
            x = np.exp(autoregression(0.5, HISTORIES, n, rng))
        elif kind == "twelve-month change":
            steps = rng.standard_normal((HISTORIES, n + 12)).cumsum(axis=1)
            x = steps[:, 12:] - steps[:, :-12]
        elif kind == "binary":
            x = (autoregression(0.9, HISTORIES, n, rng) > 1.0).astype(float)
            still = np.flatnonzero(x.min(axis=1) == x.max(axis=1))  # no exposure is constant
            x[still, rng.integers(0, n, len(still))] = 1 - x[still, 0]
        else:
            x = autoregression(kind, HISTORIES, n, rng)
        blocks.append(x - slope * np.linspace(-1, 1, n))
    return np.hstack(blocks)


def sizes(x, design, **options):
    onsets, lengths = DESIGNS[design]
    strata = np.repeat(np.arange(len(lengths)), lengths)
    run = autoregressive_p_values if options.pop("autoregressive", False) else shift_p_values
    return [float((run(x, onsets, strata, alternative=a, **options) <= 0.05).mean()) for a in ("greater", "less")]


@pytest.mark.parametrize("slope", [0.0, 2.0])
@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9, 0.97])
@pytest.mark.parametrize("design", DESIGNS)
def test_calibrated_schemes_keep_their_size(design, phi, slope):
    x = exposures(phi, DESIGNS[design][1], slope)
    for size in (
        *sizes(x, design, detrend="linear", studentise=True, relabellings=1500),
        *sizes(x, design, detrend="linear", autoregressive=True, draws=1000),
    ):
        assert 0.03 - SLACK < size < 0.07 + SLACK


@pytest.mark.parametrize("kind", ["walk", "skewed", "twelve-month change"])
@pytest.mark.parametrize("design", list(DESIGNS)[:2])
def test_studentised_shift_keeps_its_size_beyond_its_model(design, kind):
    x = exposures(kind, DESIGNS[design][1])
    for size in sizes(x, design, detrend="linear", studentise=True, relabellings=1500):
        assert 0.03 - SLACK < size < 0.07 + SLACK


@pytest.mark.parametrize("design", DESIGNS)
def test_binary_exposures_are_safe_for_superiority_only_once_a_trend_is_removed(design):
    x = exposures("binary", DESIGNS[design][1])
    assert max(sizes(x, design, relabellings=1500)) < 0.07
    up, down = sizes(x, design, detrend="linear", studentise=True, relabellings=1500)
    assert up < 0.07
    assert down > 0.1 or len(DESIGNS[design][1]) == 2


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("design", DESIGNS)
def test_plain_shift_holds_without_trend_and_is_lost_under_one(design, phi):
    lengths = DESIGNS[design][1]
    for size in sizes(exposures(phi, lengths), design, relabellings=1500):
        assert 0.03 - SLACK < size < 0.08 + SLACK
    up, down = sizes(exposures(phi, lengths, slope=2.0), design, relabellings=1500)
    assert up > 0.25 and down < 0.01


@pytest.mark.parametrize("design", list(DESIGNS)[:2])
def test_windows_alone_lose_size_on_one_side_and_keep_it_when_detrended(design):
    x = exposures(0.5, DESIGNS[design][1], slope=2.0)
    up, down = sizes(x, design, window=24)
    assert up < 0.07 and down < 0.03
    for size in sizes(x, design, window=24, detrend="linear", studentise=True):
        assert 0.03 - SLACK < size < 0.07 + SLACK


def post_soviet():
    """14 targets x 29 years with the onset years of the brief record: 1992 (4 targets) to 2014 (two in one)."""
    n = np.zeros((14, 29))
    for target, year in [(0, 0), (1, 0), (2, 0), (3, 0), (2, 1), (1, 2), (2, 12), (1, 16), (4, 18), (5, 22), (5, 22)]:
        n[target, year] += 1
    return n


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("phi", "trends"), [(0.0, 1.0), (0.5, 1.0), (0.9, 0.0), (0.97, 1.0)])
def test_within_target_shift_keeps_its_size_under_common_and_own_trends(phi, trends, late):
    rng = np.random.default_rng(2)
    t = np.linspace(-1, 1, 29)
    x = autoregression(phi, HISTORIES * 14, 29, rng).reshape(HISTORIES, 14, 29) - 2 * t
    x += trends * rng.standard_normal((HISTORIES, 14, 1)) * t + rng.standard_normal((HISTORIES, 14, 1))
    risk = np.ones((14, 29), bool)
    if late:
        risk[10, :8], risk[11, :14], risk[13, 20:], risk[2, 5:9] = False, False, False, False
    n = post_soviet()

    def size(**options):
        p = (
            within_target_p_values(x, n, risk, relabellings=1500, alternative=a, **options) for a in ("greater", "less")
        )
        return [float((v <= 0.05).mean()) for v in p]

    for value in (*size(), *size(studentise=True)):
        assert 0.03 - SLACK < value < 0.07 + SLACK
    assert size(demean_years=False, detrend="none")[0] > 0.3  # the plain shift under a common trend
    if phi == 0.97:
        assert min(size(detrend="none")) > 0.07  # year means alone do not help against trends of the targets' own


def test_relabelling_keeps_its_size_where_targets_differ_and_shuffling_does_not():
    rng = np.random.default_rng(3)
    history, year = [], []
    for i in range(400):
        x = rng.standard_normal((20, 1)) + 0.3 * rng.standard_normal((20, 12))
        pull = np.exp(1.5 * rng.standard_normal(20))  # some targets attract onsets for reasons of their own
        n = np.zeros((20, 12))
        np.add.at(n, (rng.choice(20, 14, p=pull / pull.sum()), rng.choice(12, 14)), 1)
        history.append(target_relabelling_test(x, n, max_exact=1, draws=299, seed=i).p_greater)
        year.append(within_year_shuffle_test(x, np.minimum(n, 1), max_exact=1, draws=299, seed=i).p_greater)
    slack = 3 * np.sqrt(0.05 * 0.95 / 400)
    assert 0.03 - slack < np.mean(np.array(history) <= 0.05) < 0.07 + slack
    assert np.mean(np.array(year) <= 0.05) > 0.12


def test_pooling_leaders_manufactures_an_effect_and_strata_remove_it():
    rng = np.random.default_rng(4)
    strata = np.repeat([0, 1], [96, 252])
    level = np.where(strata == 0, 1.0, -1.0)  # minus approval is high and onsets frequent under the first leader
    x = autoregression(0.9, HISTORIES, 348, rng) * 0.7 + level
    n = np.zeros(348)
    np.add.at(n, np.r_[rng.choice(96, 15), 96 + rng.choice(252, 10)], 1)
    pooled = float((shift_p_values(x, n, relabellings=1500) <= 0.05).mean())
    within = float((shift_p_values(x, n, strata, relabellings=1500) <= 0.05).mean())
    assert pooled > 0.3 and within < 0.07 + SLACK
