"""Several events counted as one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from interventions_stats.events.dates import parse_date
from interventions_stats.events.schema import filled, onset_of

if TYPE_CHECKING:
    import pandas as pd


def merged_row(part: pd.DataFrame) -> pd.DataFrame:
    """Merge rows into one: earliest onset, latest end, all targets, the activity with most person-years."""
    ordered = part.assign(_first=[onset_of(r, "deployment").first for r in part.to_dict("records")]).sort_values(
        "_first"
    )
    row = ordered.iloc[[0]].drop(columns="_first").copy()
    row["event_id"] = "+".join(ordered["event_id"])
    row["name"] = " + ".join(ordered["name"].astype(str))
    decided = ordered.assign(_d=[onset_of(r, "decision").first for r in ordered.to_dict("records")]).sort_values("_d")
    row[["decision", "decision_precision"]] = decided.iloc[0][["decision", "decision_precision"]].to_numpy()
    ends = [(parse_date(r["end"], r["end_precision"]), r) for r in ordered.to_dict("records")]
    last = max(ends, key=lambda e: (e[0].last is None, e[0].last or date.min))[1]
    row["end"], row["end_precision"] = last["end"], last["end_precision"]
    if ordered["person_years"].notna().any():
        row["activity"] = ordered.loc[ordered["person_years"].astype(float).idxmax(), "activity"]
        row["person_years"] = float(ordered["person_years"].sum())
    for column in ("target_cow", "target_iso3"):
        values = dict.fromkeys(v for cell in ordered[column] if filled(cell) for v in str(cell).split(";"))
        row[column] = ";".join(values) if values else None
    row["confidence"] = float(ordered["confidence"].max()) if ordered["confidence"].notna().any() else None
    return row
