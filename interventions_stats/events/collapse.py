"""From cases to conflict systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.events.merge import merged_row
from interventions_stats.events.schema import filled

if TYPE_CHECKING:
    import pandas as pd


def collapse_systems(frame: pd.DataFrame, timing: pd.DataFrame, quiet_years: float | None) -> pd.DataFrame:
    """Keep the first event of each system, and the first after ``quiet_years`` without an onset in it."""
    import numpy as np
    import pandas as pd

    labels, first = frame["conflict_system"].tolist(), timing["first"].tolist()
    groups: list[list[int]] = []
    current: dict[str, list[int]] = {}
    for i in np.argsort(timing["first"].to_numpy(), kind="stable").tolist():
        label = str(labels[i]) if filled(labels[i]) else "none"
        group = current.get(label)
        if group is not None and quiet_years is not None and (first[i] - first[group[-1]]).days / 365.25 >= quiet_years:
            group = None
        if group is not None:
            group.append(i)
            continue
        groups.append([i])
        if label != "none":
            current[label] = groups[-1]
    rows = [frame.iloc[[g[0]]] if len(g) == 1 else merged_row(frame.iloc[g]) for g in groups]
    return pd.concat(rows, ignore_index=True) if rows else frame.iloc[:0]
