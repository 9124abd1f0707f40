"""The shift test of a series on scores that are laid out already."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.options import Floats
from interventions_stats.engine.permutation.circular import studentised_null
from interventions_stats.engine.permutation.design_effect import variance_met
from interventions_stats.engine.permutation.null import NullDistribution
from interventions_stats.engine.permutation.shifts import refuse_without_contrast, shift_table, shift_variances

MOST = 200_000  # joint shifts up to which the null is enumerated


class SeriesShift(NamedTuple):
    """What a shift test gives to a primary test.

    Attributes
    ----------
    null : NullDistribution
        Of the studentised statistic, with its tails.
    studentised : float
        The statistic over its model standard deviation.
    null_sd : float
        Standard deviation of the mean score at onset under all shifts.
    met : float
        Exposure variance that an onset meets in its stratum.
    """

    null: NullDistribution
    studentised: float
    null_sd: float
    met: float


def series_shift(
    scores: Floats, counts: Floats, layout: Layout, *, draws: int, seed: int, degree: int = 1
) -> SeriesShift:
    """Run :func:`circular_shift_test`, detrended and studentised, without the null of the plain statistic.

    Its standard deviation is that of a sum of independent shifts, so nothing need be enumerated or sorted for it.

    Raises
    ------
    RefusalError
        G01: every period of each stratum holds as many onsets.
    EstimationError
        No stratum has both an onset and an exposure that varies.
    """
    refuse_without_contrast(counts, layout)
    table = shift_table(scores, counts, layout, None)
    variances = shift_variances(scores, counts, layout, table, degree, None)
    rng = np.random.default_rng(seed)
    null, studentised = studentised_null(table, variances, max_exact=MOST, draws=draws, rng=rng)
    spread = float(np.sqrt(sum(float(s.var()) for s in table.sums)))
    runs = np.repeat(np.arange(len(layout.pieces)), [b - a for a, b in layout.pieces])
    return SeriesShift(null, studentised, spread / table.n_onsets, float(variance_met(scores, counts, runs)))
