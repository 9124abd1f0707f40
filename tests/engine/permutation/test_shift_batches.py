"""Shift tests of many histories at once: each history has the p-value that it has alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.permutation import shift_batch as batch
from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.engine.permutation.contrast import contrast_shift_test
from interventions_stats.engine.permutation.shift_batch import shift_p_values
from interventions_stats.engine.permutation.within_target import within_target_p_values, within_target_shift_test
from interventions_stats.errors import InputError

LENGTHS = (3, 9, 6, 4)
STRATA = np.repeat(np.arange(4), LENGTHS)
OPTIONS = [
    {},
    {"detrend": "linear"},
    {"standardise": "stratum"},
    {"window": 2},
    {"window": 7},  # longer than two of the strata
    {"studentise": True},
    {"studentise": True, "window": 2, "detrend": "linear"},
    {"studentise": True, "window": 8},
]


def histories(seed: int, rows: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Skewed exposures; the first stratum never has an onset and the last one an exposure that stands still."""
    rng = np.random.default_rng(seed)
    x = np.exp(rng.normal(size=(rows, 22)))
    x[:, 18:] = 1.0
    n = rng.poisson(0.3, (rows, 22)).astype(float)
    n[:, :3] = 0
    n[:, [4, 13]] += 1
    n[:, 19] = 1
    return x, n


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_every_history_has_its_own_p_value(options: dict, alternative: str) -> None:
    x, n = histories(1)
    many = {"alternative": alternative, "relabellings": 100_000, **options}
    fixed_series = [circular_shift_test(x[0], row, STRATA, alternative=alternative, **options).p_value for row in n]
    assert_allclose(shift_p_values(x[0], n, STRATA, **many), fixed_series)
    fixed_onsets = [circular_shift_test(row, n[0], STRATA, alternative=alternative, **options).p_value for row in x]
    assert_allclose(shift_p_values(x, n[0], STRATA, **many), fixed_onsets)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_histories_held_in_parts_are_those_held_at_once(options: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    x, n = histories(2, rows=7)
    for series, onsets in ((x[0], n), (x, n[0])):
        whole = shift_p_values(series, onsets, STRATA, relabellings=300, seed=5, **options)
        for cells in (1, 600, 1_500):
            monkeypatch.setattr(batch, "CELLS", cells)
            assert_allclose(shift_p_values(series, onsets, STRATA, relabellings=300, seed=5, **options), whole)
        monkeypatch.undo()


def test_all_joint_shifts_are_taken_while_there_are_no_more_than_asked_for() -> None:
    """Of the strata that identify: one without an onset and one that stands still are not shifted."""
    rng = np.random.default_rng(3)
    x, n = np.r_[rng.normal(size=27), np.full(5, 0.7)], np.zeros(32)
    n[[2, 15, 29]] = 1
    strata = np.repeat([0, 1, 2, 3], [11, 11, 5, 5])
    exact = circular_shift_test(x, n, strata).p_greater
    assert shift_p_values(x, n, strata, relabellings=121)[0] == pytest.approx(exact)
    drawn = shift_p_values(x, n, strata, relabellings=120)[0]
    assert round(drawn * 121, 9) == round(drawn * 121) and drawn >= 1 / 121
    assert drawn == pytest.approx(exact, abs=4.5 * np.sqrt(0.25 / 120))
    with pytest.raises(InputError, match="at least 99"):
        shift_p_values(x, n, strata, relabellings=98)
    assert shift_p_values(x, n, strata, relabellings=99).shape == (1,)


def test_an_exposure_that_moves_in_some_histories_only_is_used_where_it_moves() -> None:
    x = np.stack([np.r_[np.full(8, 2.0), np.sin(np.arange(8.0))], np.cos(np.arange(16.0) ** 2)])
    n = np.zeros(16)
    n[[1, 10]] = 1
    strata = np.repeat([0, 1], 8)
    alone = [circular_shift_test(row, n, strata).p_value for row in x]
    assert_allclose(shift_p_values(x, n, strata), alone)


def test_a_quiet_stratum_beside_a_loud_one_takes_part() -> None:
    rng = np.random.default_rng(9)
    x, n = np.r_[rng.normal(size=11), 20 * rng.normal(size=11)], np.zeros(22)
    n[[2, 3, 15]] = 1
    strata = np.repeat([0, 1], 11)
    test = circular_shift_test(x, n, strata)
    assert test.identifying == (True, True) and test.n_null == 121
    assert shift_p_values(x, n, strata)[0] == pytest.approx(test.p_greater)
    assert round(test.p_greater * 121, 6) % 11 != 0  # the quiet stratum orders what the loud one leaves tied


def test_batches_that_cannot_pair_are_refused() -> None:
    x, n = histories(4)
    for series, onsets, message in (
        (x, n, "single row"),
        (x[:, :20], n[0], "last axes must agree"),
        (x[0], n[:, :, None], "last axes must agree"),
        (x[0], n[0, 0], "last axes must agree"),
        (x[:, :, None], n[0], "1 dimension"),
        (x[0], np.where(np.arange(5)[:, None] == 3, 0, n), "history 3 holds no onset"),
    ):
        with pytest.raises(InputError, match=message):
            shift_p_values(series, onsets, np.zeros(np.shape(series)[-1]) if np.ndim(series) < 3 else None)


@pytest.mark.parametrize("options", [{}, {"studentise": True}, {"demean_years": False}, {"detrend": "none"}], ids=str)
@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_panels_in_a_batch_are_panels_alone(options: dict, alternative: str) -> None:
    rng = np.random.default_rng(6)
    x = np.exp(rng.normal(size=(4, 3, 8)))
    n = np.zeros((4, 3, 8))
    n[:, 0, 2] = n[:, 2, 5] = 1
    n[[0, 1, 2, 3], [0, 0, 2, 2], [6, 7, 1, 0]] = 1
    risk = np.ones((3, 8), bool)
    risk[1, :2] = False
    for onsets, exposure in ((n, x[0]), (n[0], x)):
        pairs = [(e, o) for e in exposure.reshape(-1, 3, 8) for o in onsets.reshape(-1, 3, 8)]
        alone = [within_target_shift_test(e, o, risk, alternative=alternative, **options).p_value for e, o in pairs]
        found = within_target_p_values(exposure, onsets, risk, alternative=alternative, **options)
        assert_allclose(found, alone)
    with pytest.raises(InputError, match="one be single"):
        within_target_p_values(x, n, risk)
    with pytest.raises(InputError, match="the panels must agree"):
        within_target_p_values(x[:, :, :7], n[0], risk)
    hole = x.copy()
    hole[2, 0, 0] = np.nan
    with pytest.raises(InputError, match="must be complete"):
        within_target_p_values(hole, n[0])


def test_the_scheme_says_what_was_done() -> None:
    x, n = histories(7)
    words = {
        "linear trend removed": {"detrend": "linear"},
        "studentised": {"studentise": True},
        "at most 2, reflected": {"window": 2},
    }
    for phrase, options in words.items():
        assert phrase in circular_shift_test(x[0], n[0], STRATA, **options).scheme
        assert phrase not in circular_shift_test(x[0], n[0], STRATA).scheme
    assert "circular" in circular_shift_test(x[0], n[0], STRATA).scheme
    plain = contrast_shift_test(x[0], x[1], n[0], STRATA)
    assert "trend" not in plain.scheme
    assert "linear trend removed" in contrast_shift_test(x[0], x[1], n[0], STRATA, detrend="linear").scheme
    panel, hits = np.random.default_rng(8).normal(size=(3, 7)), np.eye(3, 7)
    assert "year means removed" in within_target_shift_test(panel, hits).scheme
    assert "year means removed" not in within_target_shift_test(panel, hits, demean_years=False).scheme
    assert "common to all" in within_target_shift_test(panel, hits, common=True).scheme
