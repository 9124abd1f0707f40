"""Interval for the effect on the mean exposure at onset, by inverting a shift test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import read_series, series_layout
from interventions_stats.engine.intake.scalars import check_count, check_flag, check_level, generator
from interventions_stats.engine.options import Detrend, Floats, Missing, Standardise
from interventions_stats.engine.permutation.null import joint_indices
from interventions_stats.engine.permutation.shifts import piece_sums, shift_table, shift_variances
from interventions_stats.engine.permutation.trends import degree_of, residualise, standardise_residuals


@dataclass(frozen=True, slots=True)
class InvertedInterval:
    """Effects that a shift test does not reject.

    Attributes
    ----------
    estimate : float
        Effect at which the statistic equals its null mean, in within-stratum SD.
    low, high : float
        Central interval; infinite where too few relabellings exist for ``level``.
    level : float
    n_null : int
    exact : bool
    """

    estimate: float
    low: float
    high: float
    level: float
    n_null: int
    exact: bool
    scheme: str


def invert_test(
    series: Any,
    onsets: Any,
    strata: Any = None,
    *,
    level: float = 0.95,
    standardise: Standardise = "within",
    detrend: Detrend = "none",
    studentise: bool = False,
    window: int | None = None,
    missing: Missing = "raise",
    max_exact: int = 500_000,
    draws: int = 10_000,
    seed: int = 0,
) -> InvertedInterval:
    """Invert :func:`circular_shift_test` to an interval for the rise of the exposure at onset.

    Under an effect theta the exposure in periods of onset is raised by theta.  Taking theta off those periods
    and shifting again is linear in theta, so every relabelling has one value of theta at which it ties with the
    data: (T_0 - T_s) / (c_0 - c_s), with T the mean exposure at onset and c the share of shifted onsets that land
    on an onset.  The interval's ends are order statistics of these values, and no search is needed.
    For a normal exposure and rare onsets theta is, to first order, the log odds ratio per SD.

    Parameters
    ----------
    series, onsets, strata, standardise, detrend, studentise, window, missing, draws, seed
        As in :func:`circular_shift_test`.
    level : float
        Coverage of the central interval; .90 has the one-sided 95% bounds as its ends.
    max_exact : int
        Joint shifts enumerated at most.

    Returns
    -------
    InvertedInterval

    Raises
    ------
    InputError, EstimationError
        As in :func:`circular_shift_test`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(2)
    >>> onsets = np.zeros(120)
    >>> onsets[rng.choice(120, 8, replace=False)] = 1
    >>> fit = invert_test(rng.standard_normal(120) + 0.8 * onsets, onsets)
    >>> fit.low < fit.estimate < fit.high, fit.n_null
    (True, 120)
    """
    values, counts, strata = read_series(series, onsets, strata)
    level = check_level("level", level)
    tail = (1 - level) / 2
    window = None if window is None else check_count("window", window)
    draws, studentise = check_count("draws", draws, 99), check_flag("studentise", studentise)
    layout = series_layout(values, counts, strata, missing)
    degree, n = degree_of(detrend), counts[layout.kept]
    scores = standardise_residuals(residualise(values[layout.kept], layout, degree), layout, degree, standardise)
    at_onset = residualise((n > 0).astype(float), layout, degree)
    table = shift_table(scores, n, layout, window)
    spread = shift_variances(scores, n, layout, table, degree, window) if studentise else None
    rng = generator(seed)
    index, exact = joint_indices(
        [len(s) for s in table.sums], max_exact=check_count("max_exact", max_exact), draws=draws, rng=rng
    )
    spans = [slice(*layout.pieces[i]) for i in table.pieces]
    hits = [piece_sums(at_onset[span], n[span], window) for span in spans]
    t_s, t_0 = _joint(table.sums, table.origin, spread, index)
    c_s, c_0 = _joint(hits, table.origin, spread, index)
    ties = _tie_points(t_s, t_0, c_s, c_0)
    low, high = _ends(ties, len(t_s) + (0 if exact else 1), tail)
    plain_t = sum(float(s.mean()) for s in table.sums)
    plain_c = sum(float(h.mean()) for h in hits)
    own = sum(float(h[o]) for h, o in zip(hits, table.origin, strict=True))
    return InvertedInterval(
        estimate=(table.observed - plain_t) / (own - plain_c), low=low, high=high, level=level, n_null=len(t_s),
        exact=exact, scheme="inverted shift test",
    )  # fmt: skip


def _joint(
    sums: list[Floats], origin: list[int], spread: list[Floats] | None, index: list[Any]
) -> tuple[Floats, float]:
    total = sum((s[i] for s, i in zip(sums, index, strict=True)), np.zeros(len(index[0])))
    own = sum(float(s[o]) for s, o in zip(sums, origin, strict=True))
    if spread is None:
        return total, own
    sd = np.sqrt(sum((v[i] for v, i in zip(spread, index, strict=True)), np.zeros(len(total))))
    return total / sd, own / float(np.sqrt(sum(float(v[o]) for v, o in zip(spread, origin, strict=True))))


def _tie_points(t_s: Floats, t_0: float, c_s: Floats, c_0: float) -> Floats:
    """Sorted effects at which each relabelling ties with the data; relabellings that always tie are left out."""
    gap = c_0 - c_s
    moves = gap > 1e-9 * max(abs(c_0), 1.0)
    return np.sort((t_0 - t_s[moves]) / gap[moves])


def _ends(ties: Floats, n: int, tail: float) -> tuple[float, float]:
    """Smallest and largest effect whose one-sided p exceeds ``tail``; what always ties counts in every p."""
    always = n - len(ties)
    needed = int(np.floor(n * tail + 1e-9)) - always + 1
    if needed <= 0 or needed > len(ties):
        return -np.inf, np.inf
    return float(ties[needed - 1]), float(ties[len(ties) - needed])
