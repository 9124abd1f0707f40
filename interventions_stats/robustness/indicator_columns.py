"""Exposures as the primary tests compare them, side by side on common rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.errors import EstimationError
from interventions_stats.primary.residuals import own_residuals
from interventions_stats.primary.strata import detrended, within

if TYPE_CHECKING:
    import pandas as pd


def compared_columns(used: pd.DataFrame, flat: list[str], between: dict[str, bool], unit: str) -> np.ndarray:
    """Indicators (rows, k) as their own tests compare them; continuous ones per SD within what they are compared in.

    Over time: within leaders and net of their trends.  Among targets: within targets and net of the year or, where
    ``between`` says so, between the targets of a year.
    """
    year = used["year"].to_numpy()
    out = np.empty((len(used), len(flat)))
    for j, name in enumerate(flat):
        raw = used[name].to_numpy(float)
        binary = np.isin(raw, (0.0, 1.0)).all()
        if unit != "actor-target-year":
            leaders = used["leader"].fillna("unrecorded").to_numpy(object)
            out[:, j] = detrended(raw, leaders) if binary else within(detrended(raw, leaders), leaders)
            continue
        scaled = raw if binary else within(raw, year)
        out[:, j] = (
            scaled if between[name] else own_residuals(scaled[:, None], used["target_ccode"].to_numpy(), year)[:, 0]
        )
    flatline = np.ptp(out, axis=0) <= 1e-12
    if flatline.any():
        raise EstimationError(f"{flat[int(np.argmax(flatline))]!r} does not vary on the rows that have all indicators")
    return out
