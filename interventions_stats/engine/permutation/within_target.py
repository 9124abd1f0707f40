"""Shifts of each target's exposure in time, for target x year panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import Layout, as_counts, as_numbers, panel_layout, read_panel
from interventions_stats.engine.intake.scalars import check_count, check_flag, check_option, generator
from interventions_stats.engine.options import ALTERNATIVES, Alternative, Bools, Detrend, Floats, Standardise
from interventions_stats.engine.permutation.circular import shift_test
from interventions_stats.engine.permutation.null import sum_null
from interventions_stats.engine.permutation.permutation_test import PermutationTest, assemble
from interventions_stats.engine.permutation.shift_batch import batched_p_values
from interventions_stats.engine.permutation.shifts import identifying_pieces, shift_table
from interventions_stats.engine.permutation.trends import (
    degree_of,
    residualise,
    residualise_two_way,
    standardise_residuals,
)
from interventions_stats.errors import InputError


def within_target_shift_test(
    exposure: Any,
    onsets: Any,
    risk: Bools | None = None,
    *,
    demean_years: bool = True,
    detrend: Detrend = "linear",
    common: bool = False,
    studentise: bool = False,
    alternative: Alternative = "greater",
    standardise: Standardise = "within",
    targets: Sequence[Any] | None = None,
    max_exact: int = 200_000,
    draws: int = 10_000,
    seed: int = 0,
) -> PermutationTest:
    """Test whether a target's exposure is higher in its own onset years than at other times.

    Each target's exposure is shifted in time against its onsets, so differences between targets
    play no part.  Year means remove what all targets share; a trend of each target's own is removed
    by default, since without that the one-sided size at the post-Soviet onset years was .06 to .16 for
    persistent exposures, against .03 to .06 with it (and .42 to 1.0 without year means under a common trend).

    Parameters
    ----------
    exposure : (targets, years) array
        Lagged already. NaN outside the target's existence or the data's coverage.
    onsets : (targets, years) array of counts
    risk : (targets, years) array of bool, optional
        Rows in the risk set. Default: wherever the exposure is known. Years out of it are closed up, so a
        target that enters late is shifted over its own years. An onset on a row that ``risk`` leaves out is an error;
        without ``risk``, onsets on missing exposures are counted in the result.
    demean_years : bool
        Remove year means, jointly with the targets' levels and trends.
    detrend : {"none", "linear", "quadratic", "cubic"}
        Polynomial in time removed from each target.
    common : bool
        One shift for all targets at once, which also keeps the dependence between targets; the identifying
        targets must be at risk in the same years, and as few p-values exist as there are years.
    studentise, alternative, standardise, max_exact, draws, seed
        As in :func:`circular_shift_test`.
    targets : sequence, optional
        Names of the rows, for the result.

    Returns
    -------
    PermutationTest
        ``strata`` are the targets.

    Raises
    ------
    InputError
        Shapes that differ, an onset out of the risk set, ``common`` with targets of different coverage.
    EstimationError
        No target has both an onset and an exposure that varies.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> exposure, onsets = rng.standard_normal((5, 20)), np.zeros((5, 20))
    >>> onsets[0, 3] = onsets[2, 11] = 1
    >>> test = within_target_shift_test(exposure, onsets)
    >>> test.n_null, test.n_identifying
    (400, 2)
    """
    check_option("alternative", alternative, ALTERNATIVES)
    common, studentise = check_flag("common", common), check_flag("studentise", studentise)
    values, counts, risk = read_panel(exposure, onsets, risk)
    layout = panel_layout(values, counts, risk, targets)
    degree, n = degree_of(detrend), counts.ravel()[layout.kept]
    scores = panel_scores(values.ravel()[layout.kept], layout, degree, demean_years, standardise)
    how = f"{'year means removed, ' if demean_years else ''}{detrend} trend removed from each target"
    if common:
        if studentise:
            raise InputError("studentise is for independent shifts: leave it out, or set common=False.")
        return _common_shift(scores, n, layout, alternative, max_exact, draws, seed, how)
    return shift_test(
        scores, n, layout, degree, alternative=alternative, studentise=studentise, window=None, max_exact=max_exact,
        draws=draws, seed=seed, scheme=f"circular shift within each target, {how}",
    )  # fmt: skip


def within_target_p_values(
    exposure: Any,
    onsets: Any,
    risk: Bools | None = None,
    *,
    demean_years: bool = True,
    detrend: Detrend = "linear",
    studentise: bool = False,
    alternative: Alternative = "greater",
    relabellings: int = 5_000,
    seed: int = 0,
) -> Floats:
    """Return the p-value of :func:`within_target_shift_test` for each of H histories.

    Parameters
    ----------
    exposure : (targets, years) or (H, targets, years) array
    onsets : (H, targets, years) or (targets, years) array of counts
        One of the two must be a single panel.
    risk : (targets, years) array of bool, optional
        The same for all histories. Default: wherever the first exposure is known.
    demean_years, detrend, studentise, alternative
        As in :func:`within_target_shift_test`.
    relabellings, seed : int
        As in :func:`shift_p_values`.

    Returns
    -------
    (H,) array

    Examples
    --------
    >>> import numpy as np
    >>> onsets = np.zeros((4, 12))
    >>> onsets[1, 3] = 1
    >>> within_target_p_values(np.random.default_rng(0).standard_normal((5, 4, 12)), onsets).shape
    (5,)
    """
    values = as_numbers("exposure", exposure, 3 if np.ndim(exposure) == 3 else 2)
    values = values.reshape(-1, *values.shape[-2:])
    counts = np.asarray(onsets)
    counts = as_counts("onsets", counts, counts.shape).reshape(-1, *counts.shape[-2:])
    if values.shape[1:] != counts.shape[1:] or min(len(values), len(counts)) != 1:
        raise InputError(
            f"exposure has shape {values.shape} and onsets {counts.shape}: the panels must agree, and one be single."
        )
    layout = panel_layout(values[0], counts.max(axis=0), risk, None)
    flat = values.reshape(len(values), -1)[:, layout.kept]
    if np.isnan(flat).any():
        raise InputError("exposure is missing in some histories on rows at risk: a batch must be complete.")
    degree = degree_of(detrend)
    return batched_p_values(
        panel_scores(flat, layout, degree, demean_years, "within"), counts.reshape(len(counts), -1)[:, layout.kept],
        layout, degree, alternative=alternative, studentise=studentise, window=None, relabellings=relabellings, seed=seed,
    )  # fmt: skip


def panel_scores(flat: Floats, layout: Layout, degree: int, demean_years: bool, standardise: Standardise) -> Floats:
    """Standardised residuals of flattened panels (..., n)."""
    two_way = residualise_two_way if check_flag("demean_years", demean_years) else residualise
    return standardise_residuals(two_way(flat, layout, degree), layout, degree, standardise)


def _common_shift(
    scores: Floats, counts: Floats, layout: Layout, alternative: Alternative, max_exact: int, draws: int, seed: int,
    how: str,
) -> PermutationTest:  # fmt: skip
    table = shift_table(scores, counts, layout, None)
    spans = [layout.times[slice(*layout.pieces[i])] for i in table.pieces]
    odd = [layout.labels[i] for i, s in zip(table.pieces, spans, strict=True) if not np.array_equal(s, spans[0])]
    if odd:
        raise InputError(
            f"a common shift needs the same years at risk for every target with an onset; {odd[0]!r} differs from "
            f"{layout.labels[table.pieces[0]]!r}: cut the panel to common years, or set common=False."
        )
    part = np.sum(table.sums, axis=0)
    rng, draws = generator(seed), check_count("draws", draws, 99)
    null = sum_null([part], table.observed, max_exact=check_count("max_exact", max_exact), draws=draws, rng=rng)
    return assemble(
        table.observed, table.n_onsets, null, null, counts, layout, identifying_pieces(scores, counts, layout),
        alternative=alternative, seed=seed, scheme=f"one circular shift common to all targets, {how}",
    )  # fmt: skip
