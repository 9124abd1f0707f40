"""Residuals of an exposure from the levels and trends of its strata."""

from __future__ import annotations

import numpy as np

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.intake.scalars import check_option
from interventions_stats.engine.memo import remember
from interventions_stats.engine.options import DETREND, STANDARDISE, Detrend, Floats, Ints, Standardise
from interventions_stats.errors import EstimationError

FLAT = 1e-10  # a residual spread below this share of the raw spread is rounding, not variation


def degree_of(detrend: Detrend) -> int:
    """Return the degree of the polynomial in time that is removed from every stratum."""
    check_option("detrending", detrend, DETREND)
    return DETREND.index(detrend)


@remember(1024)
def basis(times: Ints, degree: int) -> Floats:
    """Orthonormal polynomials in time, (n, k) with k the smaller of ``degree + 1`` and n."""
    span = max(float(times[-1] - times[0]), 1.0)
    scaled = 2.0 * (times - times[0]) / span - 1.0
    columns = min(degree + 1, len(times))
    return np.linalg.qr(np.vander(scaled, columns, increasing=True))[0]


def residualise(values: Floats, layout: Layout, degree: int) -> Floats:
    """Remove level and trend of each piece from the last axis of ``values`` (..., n)."""
    out = np.array(values, dtype=np.float64)
    for a, b in layout.pieces:
        q = basis(layout.times[a:b], degree)
        scale = np.abs(out[..., a:b]).max(axis=-1, keepdims=True)
        block = out[..., a:b] - (out[..., a:b] @ q) @ q.T
        flat = np.abs(block).max(axis=-1, keepdims=True) <= FLAT * np.maximum(scale, 1e-300)
        out[..., a:b] = np.where(flat, 0.0, block)
    return out


def residualise_two_way(values: Floats, layout: Layout, degree: int, *, iterations: int = 1000) -> Floats:
    """Remove year means and each target's level and trend from values (..., n), by alternating projections.

    In a balanced panel one round is exact.  With targets that enter late the two sets of
    means are not orthogonal, and removing them once in turn would leave a step in every
    other target in the year of entry.
    """
    years = layout.times - layout.times.min()
    in_year = np.zeros((layout.n, int(years.max()) + 1))
    in_year[np.arange(layout.n), years] = 1.0
    size = np.maximum(in_year.sum(axis=0), 1.0)
    out = residualise(values, layout, degree)
    tolerance = 1e-12 * max(float(np.abs(out).max()), 1e-300)
    for _ in range(iterations):
        new = residualise(out - ((out @ in_year) / size)[..., years], layout, degree)
        moved = float(np.abs(new - out).max())
        out = new
        if moved <= tolerance:
            return out
    raise EstimationError(
        f"year means and target trends did not separate in {iterations} rounds: the panel is too unbalanced; "
        "drop targets with one or two years, or use detrend='none'."
    )


def standardise_residuals(residuals: Floats, layout: Layout, degree: int, how: Standardise) -> Floats:
    """Divide residuals (..., n) by the pooled within-stratum SD, by each stratum's own, or by 1."""
    check_option("standardisation", how, STANDARDISE)
    lengths = np.array([b - a for a, b in layout.pieces])
    if how == "none":
        return residuals
    if how == "within":
        df = max(1, int(np.maximum(lengths - degree - 1, 0).sum()))
        sd = np.sqrt((residuals**2).sum(axis=-1, keepdims=True) / df)
        return np.asarray(residuals / np.where(sd > 0, sd, 1.0))
    out = residuals.copy()
    for (a, b), length in zip(layout.pieces, lengths, strict=True):
        sd = np.sqrt((residuals[..., a:b] ** 2).sum(axis=-1, keepdims=True) / max(1, length - degree - 1))
        out[..., a:b] /= np.where(sd > 0, sd, 1.0)
    return out
