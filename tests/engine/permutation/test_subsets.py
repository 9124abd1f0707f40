"""Weighted subsets against enumeration of every subset."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from interventions_stats.engine.permutation.subsets import weighted_subsets
from interventions_stats.errors import InputError


@pytest.mark.parametrize("size", [0, 1, 3, 6])
def test_every_subset_has_the_chance_of_its_weights(size: int) -> None:
    rng = np.random.default_rng(size)
    log_weights = 2 * rng.standard_normal(6)
    histories = 20_000
    drawn = weighted_subsets(log_weights, size, histories, rng)
    assert drawn.shape == (histories, size) and (np.diff(drawn, axis=1) > 0).all()
    subsets = list(combinations(range(6), size))
    weight = np.exp([log_weights[list(s)].sum() for s in subsets])
    chance = weight / weight.sum()
    found = np.array([(drawn == s).all(axis=1).mean() if size else 1.0 for s in subsets])
    assert np.abs(found - chance).max() < 4.5 * np.sqrt(0.25 / histories)


def test_weights_of_any_size_do_not_overflow() -> None:
    drawn = weighted_subsets(np.array([-900.0, 0.0, 900.0, 850.0]), 2, 50, np.random.default_rng(0))
    assert (drawn == [2, 3]).all()


def test_more_positions_than_there_are() -> None:
    with pytest.raises(InputError, match="4 positions do not fit a stratum of 3"):
        weighted_subsets(np.zeros(3), 4, 1, np.random.default_rng(0))
