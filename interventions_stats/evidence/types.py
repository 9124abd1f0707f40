"""Combat and stabilisation under one relabelling: the largest effect over the types, jointly tested."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.evidence.raw import CannotRun
from interventions_stats.evidence.seeds import branch
from interventions_stats.panels.cells import split_ids

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

TYPES = ("combat", "stabilisation")
SERIES_OPTIONS: dict[str, Any] = {"detrend": "linear", "studentise": True}  # as the primary test of a series


def type_maximum(
    prop: Proposition, events: EventList, *, series: pd.DataFrame | None, seed: int, draws: int
) -> tuple[float, dict[str, float]] | None:
    """Return the joint p of the largest effect over the types, and each type's adjusted p; None where it is not defined.

    One shift of the exposure serves both types, so their dependence is kept (Westfall and Young 1993).
    """
    from interventions_stats.engine.permutation.maximum import max_statistic_test

    try:
        x, rows, strata = _exposure_rows(prop, events, series)
    except (CannotRun, InputError, EstimationError):
        return None
    counts = {kind: _counts(rows, events, kind) for kind in TYPES}
    present = [k for k, c in counts.items() if c.sum()]
    if len(present) < 2:
        return None
    try:
        found = max_statistic_test(
            x, np.stack([counts[k] for k in present]), strata, names=present, draws=draws,
            seed=branch(seed, prop.id, "types"), **(SERIES_OPTIONS if prop.test == "series" else {}),
        )  # fmt: skip
    except EstimationError:  # no stratum identifies one of the types
        return None
    adjusted = {k: float(p) for k, p in zip(found.names, found.p_adjusted, strict=True)}
    return (float(found.p_joint), adjusted) if math.isfinite(found.p_joint) else None


def _exposure_rows(
    prop: Proposition, events: EventList, series: pd.DataFrame | None
) -> tuple[np.ndarray, pd.DataFrame, np.ndarray]:
    """Exposure as the primary test shifts it, the rows it lies on, and the strata within which it is shifted."""
    if prop.test == "series":
        from interventions_stats.evidence.series import shifted_exposure

        return shifted_exposure(prop, events, series)
    if prop.test in ("target_shift", "contrast"):
        from interventions_stats.evidence.targets import shifted_exposure as of_targets

        return of_targets(prop, events, series)
    raise CannotRun("the test shifts nothing")


def _counts(rows: pd.DataFrame, events: EventList, kind: str) -> np.ndarray:
    of_kind = set(events.frame.loc[events.frame["activity"] == kind, "event_id"])
    cells = rows["event_ids"]
    return np.array([len(of_kind & set(split_ids(c))) for c in cells], float)
