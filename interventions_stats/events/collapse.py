"""From cases to conflict systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.events.merge import merged_row

if TYPE_CHECKING:
    import pandas as pd


def collapse_systems(frame: pd.DataFrame, timing: pd.DataFrame, quiet_years: float | None) -> pd.DataFrame:
    """Keep the first event of each system, and the first after ``quiet_years`` without an onset in it."""
    import pandas as pd

    order = timing.sort_values("first", kind="stable").index
    groups: list[list[int]] = []
    current: dict[str, list[int]] = {}
    for i in order:
        label, when = frame.at[i, "conflict_system"], timing.at[i, "first"]
        alone = label is None or label != label or str(label) in ("", "none")
        group = None if alone else current.get(str(label))
        if group is not None and quiet_years is not None:
            gap = (when - timing.at[group[-1], "first"]).days / 365.25
            group = None if gap >= quiet_years else group
        if group is None:
            groups.append([i])
            if not alone:
                current[str(label)] = groups[-1]
        else:
            group.append(i)
    rows = [frame.loc[[g[0]]] if len(g) == 1 else merged_row(frame.loc[g]) for g in groups]
    return pd.concat(rows, ignore_index=True) if rows else frame.iloc[:0]
