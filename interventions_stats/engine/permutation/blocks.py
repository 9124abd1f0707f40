"""Permutation of year blocks within strata."""

from __future__ import annotations

from typing import Any

import numpy as np

from interventions_stats.engine.arrays import read_series, series_layout
from interventions_stats.engine.intake.scalars import check_count, check_option, generator
from interventions_stats.engine.options import ALTERNATIVES, Alternative, Detrend, Floats, Missing, Standardise
from interventions_stats.engine.permutation.assignment import assignment_null
from interventions_stats.engine.permutation.permutation_test import PermutationTest, assemble
from interventions_stats.engine.permutation.trends import degree_of, residualise, standardise_residuals
from interventions_stats.errors import EstimationError


def block_permutation_test(
    series: Any,
    onsets: Any,
    strata: Any = None,
    *,
    block: int = 12,
    alternative: Alternative = "greater",
    standardise: Standardise = "within",
    detrend: Detrend = "none",
    missing: Missing = "raise",
    max_exact: int = 200_000,
    draws: int = 10_000,
    seed: int = 0,
) -> PermutationTest:
    """Test the mean exposure at onset by permuting whole blocks of the exposure within each stratum.

    Blocks of a year keep the season and the dependence within the year, and lose the dependence
    between years.  ``block=1`` permutes single years of a short annual stratum and is exact for exposures
    without dependence over years.  With a linear trend removed, the one-sided size at clustered onset dates was
    .02 to .05 for autoregressions up to .97; without, a trend of two SD either way gave .06 to .66.

    Parameters
    ----------
    series, onsets, strata, alternative, standardise, detrend, missing, max_exact, draws, seed
        As in :func:`circular_shift_test`.
    block : int
        Periods in a block, counted from the first period of the stratum. A shorter block left over at the end
        stays where it is, and a message says how many onsets it holds.

    Returns
    -------
    PermutationTest

    Raises
    ------
    InputError
        As in :func:`circular_shift_test`.
    EstimationError
        No stratum has two whole blocks and an onset in one of them.

    References
    ----------
    Kunsch (1989), "The jackknife and the bootstrap for general stationary observations", for blocks.

    Examples
    --------
    >>> test = block_permutation_test([5.0, 1, 2, 0], [1, 0, 0, 0], block=1)
    >>> test.n_null, test.p_greater
    (4, 0.25)
    """
    check_option("alternative", alternative, ALTERNATIVES)
    block, draws, max_exact = (
        check_count("block", block),
        check_count("draws", draws, 99),
        check_count("max_exact", max_exact),
    )
    values, counts, strata = read_series(series, onsets, strata)
    layout = series_layout(values, counts, strata, missing)
    degree, n = degree_of(detrend), counts[layout.kept]
    scores = standardise_residuals(residualise(values[layout.kept], layout, degree), layout, degree, standardise)
    gains, flags, fixed, observed, onset_sum = [], [], 0, 0.0, 0.0
    for a, b in layout.pieces:
        gain, places, rest = _gains(scores[a:b], n[a:b], block)
        flags.append(bool(gain.size and len(gain) > 1 and np.ptp(gain, axis=0).max() > 0))
        if flags[-1]:
            gains.append(gain)
            observed += float(gain[places, np.arange(len(places))].sum())
            onset_sum += n[a : b - rest].sum()
            fixed += int(n[b - rest : b].sum()) if rest else 0
    if not gains:
        raise EstimationError(f"no stratum has an onset and two whole blocks of {block} periods that differ.")
    null = assignment_null(gains, observed, max_exact=max_exact, draws=draws, rng=generator(seed))
    notes = (f"{fixed} onset(s) in incomplete blocks at the end of a stratum took no part.",) if fixed else ()
    trend = "" if detrend == "none" else f", {detrend} trend removed"
    return assemble(
        observed, onset_sum, null, null, n, layout, tuple(flags), alternative=alternative, seed=seed, notes=notes,
        scheme=f"permutation of blocks of {block} within each stratum{trend}",
    )  # fmt: skip


def _gains(scores: Floats, counts: Floats, block: int) -> tuple[Floats, Any, int]:
    """Sum over onsets when block i of the exposure stands where onset block j is: (blocks, onset blocks)."""
    whole = len(scores) // block
    rest = len(scores) - whole * block
    x, n = scores[: whole * block].reshape(whole, block), counts[: whole * block].reshape(whole, block)
    places = np.flatnonzero(n.sum(axis=1))
    return x @ n[places].T, places, rest
