"""The arrays that the null of a primary test relabels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import Layout, panel_layout, series_layout
from interventions_stats.engine.options import Detrend, Floats
from interventions_stats.engine.permutation.trends import degree_of
from interventions_stats.primary.strata import contrasted

# What every test of a series removes from each stratum, and whether it studentises: see kinds/shifted_series.py.
DETREND: Detrend = "linear"
STUDENTISE = True


@dataclass(frozen=True, slots=True)
class NullDesign:
    """What a null relabels, over the rows that a test uses.

    Attributes
    ----------
    exposure : (n,) array
        The exposure that the test compares, before trends and year means are removed; rows piece by piece.
    counts : (n,) array
        Onsets.
    layout : Layout
        Pieces (leaders, targets or powers) and the period of each row.
    controls : (n, k) array
        Confounders that are taken out of the exposure, an intercept first.
    parts : tuple of (n,) arrays
        The exposures behind a contrast, else the exposure itself; 0/1 ones are kept as they are.
    many_units : bool
        Whether the pieces are units over one calendar, net of whose years they are compared; else they are strata that
        follow one another.
    between_units : bool
        Whether the null exchanges units within the year; else it shifts time within them.
    detrend, studentise : options of the shift
    counted : bool
        Whether the regression takes counts of onsets, not an onset or none.
    unit_weights : (pieces,) array, optional
        Weights of the units in year means.
    """

    exposure: Floats = field(repr=False)
    counts: Floats = field(repr=False)
    layout: Layout = field(repr=False)
    controls: Floats = field(repr=False)
    parts: tuple[Floats, ...] = field(repr=False)
    many_units: bool = False
    between_units: bool = False
    detrend: Detrend = DETREND
    studentise: bool = False
    counted: bool = False
    unit_weights: Floats | None = field(default=None, repr=False)

    @property
    def degree(self) -> int:
        return degree_of(self.detrend)

    @property
    def binary(self) -> bool:
        """Whether the exposure (both of them, in a contrast) is coded 0/1 up to its sign."""
        return all(len(np.unique(p)) <= 2 for p in self.parts)

    @property
    def scheme(self) -> str:
        """What is relabelled, in words."""
        if self.between_units:
            return "between targets"
        return "within target" if self.many_units else "series"


def series_design(exposure: Any, counts: Any, strata: Any = None, *, counted: bool = False) -> NullDesign:
    """Lay out the shift test of one series (T,) with onset counts (T,) and labels of contiguous strata (T,).

    ``counted`` says that the regression beside it takes the counts, and not an onset or none.
    """
    x, n = np.asarray(exposure, float), np.asarray(counts, float)
    layout = series_layout(x, n, strata, "mask")
    x, n = x[layout.kept], n[layout.kept]
    return NullDesign(x, n, layout, np.ones((len(x), 1)), (x,), studentise=STUDENTISE, counted=counted)


def panel_design(
    units: np.ndarray, years: np.ndarray, counts: Floats, x: Floats, controls: Floats, *, between_units: bool = False,
    weighted: bool = False, counted: bool = False,
) -> NullDesign:  # fmt: skip
    """Lay out a test over units and years; rows are sorted unit by unit and year by year.

    Parameters
    ----------
    x : (n, 1 or 2) array
        Exposures; two are contrasted.
    controls : (n, k) array
    between_units : bool
    weighted : bool
        Weigh units in the year means by their onsets.
    counted : bool
        Whether the regression takes counts.
    """
    grid, row = np.unique(units, return_inverse=True)
    at = (row, years - years.min())
    tested, beside = contrasted(x, np.column_stack([np.ones(len(x)), controls]))
    shape = (len(grid), int(at[1].max()) + 1)
    exposure, onsets, risk = np.full(shape, np.nan), np.zeros(shape), np.zeros(shape, bool)
    exposure[at], onsets[at], risk[at] = tested, counts, True
    layout = panel_layout(exposure, onsets, risk, list(grid))
    own = np.array([counts[a:b].sum() for a, b in layout.pieces]) if weighted else None
    return NullDesign(
        tested,
        counts,
        layout,
        beside,
        tuple(x.T),
        many_units=True,
        between_units=between_units,
        counted=counted,
        unit_weights=own,
    )
