"""Tests that one exposure matters more than another, under the same relabelling of both."""

from __future__ import annotations

from typing import Any

import numpy as np

from interventions_stats.engine.arrays import as_counts, as_numbers, panel_layout, read_labels, read_risk, series_layout
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.scalars import check_flag, check_option
from interventions_stats.engine.options import (
    ALTERNATIVES,
    Alternative,
    Bools,
    Detrend,
    Floats,
    Missing,
    Standardise,
)
from interventions_stats.engine.permutation.circular import shift_test
from interventions_stats.engine.permutation.permutation_test import PermutationTest
from interventions_stats.engine.permutation.trends import degree_of, residualise, standardise_residuals
from interventions_stats.engine.permutation.within_target import panel_scores
from interventions_stats.errors import InputError


def contrast_shift_test(
    first: Any,
    second: Any,
    onsets: Any,
    strata: Any = None,
    *,
    alternative: Alternative = "greater",
    standardise: Standardise = "within",
    detrend: Detrend = "none",
    studentise: bool = False,
    window: int | None = None,
    missing: Missing = "raise",
    max_exact: int = 200_000,
    draws: int = 10_000,
    seed: int = 0,
) -> PermutationTest:
    """Test whether onsets follow ``first`` more than ``second``: loss against gain, say.

    The statistic is the difference of the two standardised means at onset, and both exposures are shifted
    together.  The contrast of the two one-step coefficients of a joint model (scores over information) is this
    difference over 1 - r, where r is the correlation of the exposures within strata; a circular shift leaves r as it
    is, so the p-value is that of the coefficients' contrast as well.

    Parameters
    ----------
    first, second : (T,) arrays
        Exposures, each oriented so that theory predicts more onsets at high values. A period that lacks
        either is missing.
    onsets, strata, alternative, standardise, detrend, studentise, window, missing, max_exact, draws, seed
        As in :func:`circular_shift_test`. ``standardise="none"`` keeps a unit that the two exposures share.

    Returns
    -------
    PermutationTest
        ``deff`` compares the variance of the contrast with that of a single standardised mean.

    Raises
    ------
    InputError, EstimationError
        As in :func:`circular_shift_test`.

    Examples
    --------
    >>> import numpy as np
    >>> loss, gain = np.array([0.0, 3, 0, 1]), np.array([1.0, 0, 1, 0])
    >>> contrast_shift_test(loss, gain, [0, 1, 0, 0]).p_greater
    0.25
    """
    check_option("alternative", alternative, ALTERNATIVES)
    labels = Labels()
    a, b = as_numbers("first", first, 1, labels), as_numbers("second", second, 1, labels)
    _same_shape(a, b)
    counts, strata = as_counts("onsets", onsets, a.shape, labels), read_labels("strata", strata, len(a), labels)
    layout, studentise = series_layout(a + b, counts, strata, missing), check_flag("studentise", studentise)
    degree = degree_of(detrend)
    both = residualise(np.stack([a, b])[:, layout.kept], layout, degree)
    scores = standardise_residuals(both, layout, degree, standardise)
    trend = "" if detrend == "none" else f", {detrend} trend removed"
    return shift_test(
        scores[0] - scores[1], counts[layout.kept], layout, degree, alternative=alternative, studentise=studentise,
        window=window, max_exact=max_exact, draws=draws, seed=seed,
        scheme=f"contrast of two exposures under one shift within each stratum{trend}",
    )  # fmt: skip


def contrast_within_target_test(
    first: Any,
    second: Any,
    onsets: Any,
    risk: Bools | None = None,
    *,
    demean_years: bool = True,
    detrend: Detrend = "linear",
    studentise: bool = False,
    alternative: Alternative = "greater",
    standardise: Standardise = "within",
    targets: Any = None,
    max_exact: int = 200_000,
    draws: int = 10_000,
    seed: int = 0,
) -> PermutationTest:
    """Test the contrast of two exposures in a target x year panel, shifting both together within each target.

    Parameters
    ----------
    first, second : (targets, years) arrays
        A row that lacks either exposure is outside the panel.
    onsets, risk, demean_years, detrend, studentise, alternative, standardise, targets, max_exact, draws, seed
        As in :func:`within_target_shift_test`.

    Returns
    -------
    PermutationTest

    Raises
    ------
    InputError, EstimationError
        As in :func:`within_target_shift_test`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> loss, gain, onsets = rng.random((4, 10)), rng.random((4, 10)), np.zeros((4, 10))
    >>> onsets[1, 4] = 1
    >>> contrast_within_target_test(loss, gain, onsets).n_null
    10
    """
    check_option("alternative", alternative, ALTERNATIVES)
    labels = Labels()
    a, b = as_numbers("first", first, 2, labels), as_numbers("second", second, 2, labels)
    _same_shape(a, b)
    counts, risk = as_counts("onsets", onsets, a.shape, labels), read_risk(risk, a.shape, labels)
    layout, studentise = panel_layout(a + b, counts, risk, targets), check_flag("studentise", studentise)
    degree = degree_of(detrend)
    one, two = (panel_scores(x.ravel()[layout.kept], layout, degree, demean_years, standardise) for x in (a, b))
    return shift_test(
        one - two, counts.ravel()[layout.kept], layout, degree, alternative=alternative, studentise=studentise,
        window=None, max_exact=max_exact, draws=draws, seed=seed,
        scheme=f"contrast of two exposures under one shift within each target, {detrend} trend removed",
    )  # fmt: skip


def _same_shape(a: Floats, b: Floats) -> None:
    if a.shape != b.shape:
        raise InputError(f"the two exposures have shapes {a.shape} and {b.shape}: they must cover the same cells.")
