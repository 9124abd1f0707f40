"""Exposures net of what a shift test takes out of them."""

from __future__ import annotations

import numpy as np


def own_residuals(x: np.ndarray, units: np.ndarray, years: np.ndarray, onsets: np.ndarray | None = None) -> np.ndarray:
    """Take year means and each unit's own level and linear trend out of the columns of ``x`` (rows, k).

    With ``onsets`` (rows,) a unit weighs in the year means as it has onsets, as in a test over powers; rows of units that
    have none are zero.

    The shift test within units moves exactly these residuals, so a regression on them estimates what the test tests: a
    unit compared with itself, net of the year.  A regression on the raw exposure would compare units and decades as well,
    and its interval would contradict the test's p-value.
    """
    from interventions_stats.engine.arrays import panel_layout
    from interventions_stats.engine.permutation.trends import residualise_two_way
    from interventions_stats.engine.permutation.two_way import two_way_space

    names, rows = np.unique(units, return_inverse=True)
    columns = years.astype(int) - int(years.min())
    shape = (len(names), int(columns.max()) + 1)
    at_risk = np.zeros(shape, bool)
    at_risk[rows, columns] = True
    layout = panel_layout(np.where(at_risk, 0.0, np.nan), at_risk.astype(float), at_risk, None)
    position = np.empty(shape[0] * shape[1], int)
    position[layout.kept] = np.arange(len(layout.kept))
    order = position[rows * shape[1] + columns]  # where each row of x lies in the layout
    own = None if onsets is None else np.asarray(np.bincount(rows, weights=onsets), dtype=np.float64)
    space = None if own is None else two_way_space(layout, 1, None, own)
    out = np.empty_like(x, dtype=float)
    for j in range(x.shape[1]):
        laid = np.empty(len(order))
        laid[order] = x[:, j]
        out[:, j] = (residualise_two_way(laid, layout, 1) if space is None else space(laid))[order]
    return out
