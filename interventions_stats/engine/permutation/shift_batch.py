"""The shift test over many histories at once, for power and calibration.

Either the exposure is fixed and the onsets vary, as when effects are planted on an observed series, or
the onsets are fixed and the exposure varies, as when the size is taken at the real onset dates.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interventions_stats.engine.arrays import Layout, as_counts, as_numbers, series_layout
from interventions_stats.engine.intake.scalars import check_count, check_option, generator
from interventions_stats.engine.options import ALTERNATIVES, Alternative, Detrend, Floats, Standardise
from interventions_stats.engine.permutation.autoregression import (
    NEGLIGIBLE,
    PHI,
    mixed_covariance,
    phi_posterior,
    residual_covariance,
)
from interventions_stats.engine.permutation.null import TIE, joint_indices
from interventions_stats.engine.permutation.shifts import (
    circular_sums,
    circular_variances,
    dense,
    pattern_variances,
    reflected,
    shifted_positions,
)
from interventions_stats.engine.permutation.trends import degree_of, residualise, standardise_residuals
from interventions_stats.errors import InputError

CELLS = 4_000_000  # numbers held at once


def shift_p_values(
    series: Any,
    onsets: Any,
    strata: Any = None,
    *,
    alternative: Alternative = "greater",
    standardise: Standardise = "within",
    detrend: Detrend = "none",
    studentise: bool = False,
    window: int | None = None,
    relabellings: int = 5_000,
    seed: int = 0,
) -> Floats:
    """Return the p-value of :func:`circular_shift_test` for each of H histories.

    Parameters
    ----------
    series : (T,) or (H, T) array
        One exposure, or one a history. No missing values.
    onsets : (H, T) or (T,) array
        Onset counts, one history a row, or one row for all. One of the two must be a single row.
    strata, alternative, standardise, detrend, studentise, window
        As in :func:`circular_shift_test`.
    relabellings : int
        Joint shifts: all of them where there are no more than this, else this many at random, the same for every
        history, with p = (b + 1) / (m + 1).
    seed : int
        Of the shifts drawn.

    Returns
    -------
    (H,) array

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> series, onsets = rng.standard_normal((3, 40)), np.zeros(40)
    >>> onsets[[3, 17, 30]] = 1
    >>> shift_p_values(series, onsets).shape
    (3,)
    """
    values, counts = rows_of(series, onsets)
    layout = series_layout(values[0], counts.max(axis=0), strata, "raise")
    degree = degree_of(detrend)
    scores = standardise_residuals(residualise(values, layout, degree), layout, degree, standardise)
    return batched_p_values(
        scores, counts, layout, degree, alternative=alternative, studentise=studentise, window=window,
        relabellings=relabellings, seed=seed,
    )  # fmt: skip


def rows_of(series: Any, onsets: Any) -> tuple[Floats, Floats]:
    """Check a batch: series (1 or H, T) and onset counts (H or 1, T)."""
    values = as_numbers("series", series, np.ndim(series) if np.ndim(series) in (1, 2) else 1)
    values = np.atleast_2d(values)
    if np.isnan(values).any():
        raise InputError("series has missing values: a batch of histories must be complete.")
    raw = np.asarray(onsets)
    if raw.ndim not in (1, 2) or raw.shape[-1] != values.shape[1]:
        raise InputError(f"onsets has shape {raw.shape}, the series {values.shape}: the last axes must agree.")
    counts = np.atleast_2d(as_counts("onsets", raw, raw.shape))
    if min(len(values), len(counts)) != 1:
        raise InputError("one of series and onsets must be a single row: run histories that vary both one by one.")
    if (counts.sum(axis=1) == 0).any():
        raise InputError(f"history {int(np.flatnonzero(counts.sum(axis=1) == 0)[0])} holds no onset.")
    return values, counts


def batched_p_values(
    scores: Floats, counts: Floats, layout: Layout, degree: int, *, alternative: Alternative, studentise: bool,
    window: int | None, relabellings: int, seed: int,
) -> Floats:  # fmt: skip
    """Shift p-values from standardised residuals (1 or H, n) and counts (H or 1, n)."""
    check_option("alternative", alternative, ALTERNATIVES)
    check_count("relabellings", relabellings, 99)
    used = [(a, b) for a, b in layout.pieces if counts[:, a:b].any() and np.ptp(scores[:, a:b]) > 0]
    histories = max(len(scores), len(counts))
    if not used:
        return np.ones(histories)
    lengths = [b - a if window is None else 2 * min(window, b - a - 1) + 1 for a, b in used]
    origin = [0 if window is None else (n - 1) // 2 for n in lengths]
    rng = generator(seed)
    index, exact = joint_indices(lengths, max_exact=relabellings, draws=relabellings, rng=rng)
    weights = phi_posterior(scores, layout, degree) if studentise else None
    out = np.empty(histories)
    step = max(1, CELLS // max(len(index[0]), layout.n))
    for lo in range(0, histories, step):
        rows = slice(lo, lo + step)
        x, n = (scores if len(scores) == 1 else scores[rows]), (counts if len(counts) == 1 else counts[rows])
        w = None if weights is None else (weights if len(weights) == 1 else weights[rows])
        size = min(step, histories - lo)
        total, observed = np.zeros((size, len(index[0]))), np.zeros(size)
        spread, base = np.zeros((size, len(index[0]))), np.zeros(size)
        for (a, b), zero, chosen in zip(used, origin, index, strict=True):
            sums = _sums(x[:, a:b], n[:, a:b], window)
            total += sums[:, chosen]
            observed += sums[:, zero]
            if w is not None:
                var = _variances(x[:, a:b], n[:, a:b], layout.times[a:b], degree, w, window)
                spread += var[:, chosen]
                base += var[:, zero]
        if w is not None:
            total /= np.sqrt(np.maximum(spread, 1e-300))
            observed /= np.sqrt(np.maximum(base, 1e-300))
        out[rows] = _tail(observed, total, alternative, exact)
    return out


def _tail(observed: Floats, null: Floats, alternative: Alternative, exact: bool) -> Floats:
    eps = TIE * np.maximum(np.abs(null).max(axis=1), np.abs(observed))
    if alternative == "two-sided":
        middle = null.mean(axis=1)
        hits = (np.abs(null - middle[:, None]) >= (np.abs(observed - middle) - eps)[:, None]).sum(axis=1)
    elif alternative == "greater":
        hits = (null >= (observed - eps)[:, None]).sum(axis=1)
    else:
        hits = (null <= (observed + eps)[:, None]).sum(axis=1)
    extra = 0 if exact else 1
    return np.asarray((hits + extra) / (null.shape[1] + extra))


def _sums(x: Floats, n: Floats, window: int | None) -> Floats:
    """Sums over onsets for every shift: (H, shifts)."""
    if window is None:
        return circular_sums(x, n)
    length = x.shape[1]
    reach = min(window, length - 1)
    moved = reflected(np.arange(length)[None, :] + np.arange(-reach, reach + 1)[:, None], length)
    if len(x) == 1:
        return np.asarray(n @ x[0][moved].T)
    where = np.flatnonzero(n[0])
    return np.asarray(x[:, moved[:, where]] @ n[0][where])


def _variances(x: Floats, n: Floats, times: Any, degree: int, weights: Floats, window: int | None) -> Floats:
    """Model variances of ``_sums``: (H, shifts)."""
    level = (x**2).mean(axis=1)[:, None]
    if len(n) == 1:
        where = np.flatnonzero(n[0])
        if not len(where):
            return np.zeros((len(x), len(shifted_positions(where, len(times), window))))
        kept = np.flatnonzero(weights.max(axis=0) > NEGLIGIBLE)
        by_phi = []
        for phi in PHI[kept]:
            cov = residual_covariance(times, degree, float(phi))
            scale = len(times) / max(np.trace(cov), 1e-300)
            by_phi.append(scale * pattern_variances(cov, where, n[0][where], window))
        return np.asarray(level * (weights[:, kept] @ np.array(by_phi)))
    cov = mixed_covariance(times, degree, weights[0])
    if window is None:
        along = _along(cov)
        many = [dense(int(k), n.shape[1]) for k in (n > 0).sum(axis=1)]
        rows = [circular_variances(cov, row) if d else _turned(along, row) for row, d in zip(n, many, strict=True)]
        return np.asarray(level * np.stack(rows))
    return np.asarray(level * np.stack([_one_pattern(cov, row, window) for row in n]))


def _one_pattern(cov: Floats, row: Floats, window: int | None) -> Floats:
    where = np.flatnonzero(row)
    return pattern_variances(cov, where, row[where], window)


def _along(cov: Floats) -> Floats:
    """View (d, p, s) of the covariance between periods p + s and p + s + d, wrapping: one row a pair of onsets."""
    n = len(cov)
    at = np.arange(n)
    diagonals = cov[at[None, :], (at[None, :] + at[:, None]) % n]
    return np.lib.stride_tricks.sliding_window_view(np.concatenate([diagonals, diagonals], axis=1), n, axis=1)[:, :n]


def _turned(along: Floats, row: Floats) -> Floats:
    """Variance of the sum over onsets for every circular shift, as ``pattern_variances`` but many times faster."""
    where = np.flatnonzero(row)
    i, j = np.triu_indices(len(where))
    pairs = row[where[i]] * row[where[j]] * np.where(i == j, 1.0, 2.0)
    return np.asarray(pairs @ along[(where[j] - where[i]) % len(row), where[i]])
