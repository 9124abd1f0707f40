"""Joint test of several hypotheses: the maximum statistic under one relabelling of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import Layout, as_counts, as_numbers, read_labels, series_layout
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.names import check_names
from interventions_stats.engine.intake.scalars import check_count, check_flag, check_option, generator
from interventions_stats.engine.options import ALTERNATIVES, Alternative, Detrend, Floats, Missing
from interventions_stats.engine.permutation.null import TIE, joint_indices, thin
from interventions_stats.engine.permutation.shifts import (
    ShiftTable,
    identifying_pieces,
    shift_table,
    shift_variances,
)
from interventions_stats.engine.permutation.trends import degree_of, residualise, standardise_residuals
from interventions_stats.errors import EstimationError, InputError


@dataclass(frozen=True, slots=True)
class MaximumTest:
    """Result of a maximum-statistic test over K hypotheses.

    Attributes
    ----------
    names : tuple of str, K long
    statistics : (K,) array
        Mean standardised exposure at onset.
    scores : (K,) array
        The same over its standard deviation under the null: what the maximum is taken over.
    p_values : (K,) array
        Each hypothesis by itself, unadjusted.
    p_adjusted : (K,) array
        Step-down adjusted (Westfall and Young 1993): controls the chance of any false rejection.
    p_joint : float
        Of the largest score: is there anything at all.
    null_maximum : (k,) array
        Sorted maxima under the null, thinned to at most 200,000.
    """

    names: tuple[str, ...]
    statistics: Floats
    scores: Floats
    p_values: Floats
    p_adjusted: Floats
    p_joint: float
    alternative: Alternative
    n_onsets: tuple[int, ...]
    n_null: int
    exact: bool
    null_maximum: Floats = field(repr=False)
    scheme: str
    seed: int | None = None


def max_statistic_test(
    series: Any,
    onsets: Any,
    strata: Any = None,
    *,
    names: Sequence[str] | None = None,
    alternative: Alternative = "greater",
    detrend: Detrend = "none",
    studentise: bool = False,
    window: int | None = None,
    missing: Missing = "raise",
    max_exact: int = 500_000,
    draws: int = 10_000,
    seed: int = 0,
) -> MaximumTest:
    """Test K hypotheses jointly: types of onset, lags or exposures, or pairs of them.

    Hypothesis k pairs row k of ``series`` with row k of ``onsets``; a single row serves all.  One shift per
    stratum moves every exposure at once, which keeps the dependence among the hypotheses.

    Parameters
    ----------
    series : (T,) or (K, T) array
    onsets : (T,) or (K, T) array of counts
    strata, alternative, detrend, studentise, window, seed
        As in :func:`circular_shift_test`.
    names : sequence of str, optional
        Default "1", "2", ...
    missing : {"raise", "mask"}
        ``"mask"`` leaves out, for all, the periods that any exposure lacks.
    max_exact : int
        Joint shifts enumerated at most; beyond that ``draws`` are sampled with p = (b + 1) / (m + 1).

    Returns
    -------
    MaximumTest

    Raises
    ------
    InputError
        Shapes that do not pair, or as in :func:`circular_shift_test`.
    EstimationError
        A hypothesis that no stratum identifies; the message names it.

    References
    ----------
    Westfall and Young (1993), "Resampling-based multiple testing".

    Examples
    --------
    >>> import numpy as np
    >>> series = np.array([0.0, 1, 5, 2, 0, 1, 2, 1])
    >>> combat, peace = np.eye(8)[2], np.eye(8)[6]
    >>> test = max_statistic_test(series, np.stack([combat, peace]), names=["combat", "peace"])
    >>> test.p_adjusted.round(3).tolist(), test.p_values.round(3).tolist()
    ([0.25, 0.375], [0.125, 0.375])
    """
    check_option("alternative", alternative, ALTERNATIVES)
    axes = Labels()
    values, counts, labels = _pairs(series, onsets, names, axes)
    strata = read_labels("strata", strata, values.shape[1], axes)
    window = None if window is None else check_count("window", window)
    gap = values.sum(axis=0)
    layout = series_layout(gap, counts.max(axis=0), strata, missing)
    degree = degree_of(detrend)
    scores = standardise_residuals(residualise(values[:, layout.kept], layout, degree), layout, degree, "within")
    tables, spreads = _tables(scores, counts[:, layout.kept], layout, labels, degree, studentise, window)
    used = sorted({i for t in tables for i in t.pieces})
    lengths = [len(next(t.sums[t.pieces.index(i)] for t in tables if i in t.pieces)) for i in used]
    rng = generator(seed)
    index, exact = joint_indices(lengths, max_exact=check_count("max_exact", max_exact),
                                 draws=check_count("draws", draws, 99), rng=rng)  # fmt: skip
    null = np.empty((len(labels), len(index[0])))
    observed = np.empty(len(labels))
    for k, (table, spread) in enumerate(zip(tables, spreads, strict=True)):
        null[k], observed[k] = _standard_scores(table, spread, [index[used.index(i)] for i in table.pieces])
    p_values, p_adjusted, p_joint, maxima = step_down(observed, null, alternative, exact)
    return MaximumTest(
        names=labels, statistics=np.array([t.observed / t.n_onsets for t in tables]), scores=observed,
        p_values=p_values, p_adjusted=p_adjusted, p_joint=p_joint, alternative=alternative,
        n_onsets=tuple(int(t.n_onsets) for t in tables), n_null=null.shape[1], exact=exact, null_maximum=np.sort(thin(maxima)),
        scheme=f"one shift within each stratum for all hypotheses, {detrend} trend removed",
        seed=None if exact else seed,
    )  # fmt: skip


def _pairs(
    series: Any, onsets: Any, names: Sequence[str] | None, axes: Labels
) -> tuple[Floats, Floats, tuple[str, ...]]:
    values = np.atleast_2d(as_numbers("series", series, (1, 2), axes, ("hypothesis", "period")))
    raw = np.atleast_2d(as_numbers("onsets", onsets, (1, 2), axes, ("hypothesis", "period")))
    counts = as_counts("onsets", raw, raw.shape)
    if values.shape[1] != counts.shape[1] or (len(values) != len(counts) and 1 not in (len(values), len(counts))):
        raise InputError(
            f"series has shape {values.shape} and onsets {counts.shape}: give the same number of rows, or one row."
        )
    k = max(len(values), len(counts))
    labels = (
        tuple(str(i + 1) for i in range(k)) if names is None else tuple(check_names("names", names, k, "hypotheses"))
    )
    return np.broadcast_to(values, (k, values.shape[1])), np.broadcast_to(counts, (k, values.shape[1])), labels


def _tables(
    scores: Floats, counts: Floats, layout: Layout, labels: tuple[str, ...], degree: int, studentise: bool,
    window: int | None,
) -> tuple[list[ShiftTable], list[list[Floats] | None]]:  # fmt: skip
    tables: list[ShiftTable] = []
    spreads: list[list[Floats] | None] = []
    for name, x, n in zip(labels, scores, counts, strict=True):
        if not any(identifying_pieces(x, n, layout)):
            raise EstimationError(f"hypothesis {name!r} has no stratum with an onset and an exposure that varies.")
        tables.append(shift_table(x, n, layout, window))
        spreads.append(
            shift_variances(x, n, layout, tables[-1], degree, window) if check_flag("studentise", studentise) else None
        )
    return tables, spreads


def _standard_scores(table: ShiftTable, spread: list[Floats] | None, index: list[Any]) -> tuple[Floats, float]:
    """Null and observed value of one hypothesis, centred and scaled so that hypotheses compare."""
    null = sum((s[i] for s, i in zip(table.sums, index, strict=True)), np.zeros(len(index[0])))
    observed = table.observed
    if spread is not None:
        null = null / np.sqrt(sum((v[i] for v, i in zip(spread, index, strict=True)), np.zeros(len(null))))
        observed /= float(np.sqrt(sum(float(v[o]) for v, o in zip(spread, table.origin, strict=True))))
        return null, observed
    mean, sd = sum(float(s.mean()) for s in table.sums), float(np.sqrt(sum(float(s.var()) for s in table.sums)))
    if sd == 0:
        raise EstimationError("every shift gives the same mean: as many onsets fall on every period of each stratum.")
    return (null - mean) / sd, (observed - mean) / sd


def step_down(
    observed: Floats, null: Floats, alternative: Alternative, exact: bool
) -> tuple[Floats, Floats, float, Floats]:
    """Raw, step-down adjusted and joint p-values from scores (K,) and their joint null (K, m)."""
    if alternative == "less":
        observed, null = -observed, -null
    elif alternative == "two-sided":
        observed, null = np.abs(observed), np.abs(null)
    extra = 0 if exact else 1
    m = null.shape[1] + extra
    eps = TIE * max(float(np.abs(null).max()), float(np.abs(observed).max()))
    raw = ((null >= observed[:, None] - eps).sum(axis=1) + extra) / m
    order = np.argsort(-observed)
    running = np.full(null.shape[1], -np.inf)
    adjusted = np.empty(len(observed))
    for k in order[::-1]:  # from the weakest up, so that each maximum is over the hypotheses not yet rejected
        running = np.maximum(running, null[k])
        adjusted[k] = ((running >= observed[k] - eps).sum() + extra) / m
    adjusted[order] = np.maximum.accumulate(adjusted[order])
    return raw, adjusted, float(adjusted[order[0]]), running
