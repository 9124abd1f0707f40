"""Several events counted as one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from interventions_stats.events.dates import parse_date
from interventions_stats.events.schema import COLUMNS, filled, onset_of

if TYPE_CHECKING:
    import pandas as pd


def merged_row(part: pd.DataFrame) -> pd.DataFrame:
    """Merge rows into one: earliest onset, latest end, all targets, the activity with most person-years."""
    began = [onset_of(r, "deployment").first or date.max for r in part.to_dict("records")]
    ordered = part.iloc[sorted(range(len(part)), key=began.__getitem__)]
    records = ordered.to_dict("records")
    row = ordered.iloc[[0]].copy()
    row["event_id"] = "+".join(ordered["event_id"])
    row["name"] = " + ".join(ordered["name"].astype(str))
    decided = min(records, key=lambda r: onset_of(r, "decision").first or date.max)
    last = max(((parse_date(r["end"], r["end_precision"]).last, r) for r in records), key=lambda e: e[0] or date.max)[1]
    for column in ("decision", "decision_precision"):
        row[column] = decided[column]
    for column in ("end", "end_precision"):
        row[column] = last[column]
    if ordered["person_years"].notna().any():
        size = ordered["person_years"].astype(float)
        row["activity"] = ordered["activity"].iloc[int(size.fillna(-1.0).to_numpy().argmax())]
        row["person_years"] = float(size.sum())
    for column in ("target_cow", "target_iso3"):
        values = dict.fromkeys(v for cell in ordered[column] if filled(cell) for v in str(cell).split(";"))
        row[column] = ";".join(values) if values else None
    row["confidence"] = float(ordered["confidence"].max()) if ordered["confidence"].notna().any() else None
    for column in [c for c in ordered.columns if c not in COLUMNS]:  # a producer's own: kept where the events agree
        cells = ordered[column].tolist()
        row[column] = cells[0] if all(c == cells[0] for c in cells) else None
    return row
