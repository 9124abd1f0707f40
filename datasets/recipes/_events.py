"""The schema that every event table shares, and the helpers that fill it.

A table has the common columns first and its own columns after them.  Dates are ISO;
where the source gives only a month or a year, ``start`` is the first and ``end`` the last
day of it and the precision says so.  ``end`` is empty when the event was still under
way on the source's last day (``ongoing``) or its end is not known (``unknown``).
"""

from __future__ import annotations

import calendar

import pandas as pd
from _common import Field
from _membership import ABBREVIATIONS, LATEST, existed

ACTIVITIES = ("combat", "stabilisation", "deterrence", "security", "humanitarian", "train_and_assist")
COMMON = (
    Field("event_id", "string", "Identifier of the row, unique over the event tables", constraints={"unique": True}),
    Field("actor_ccode", "integer", "COW number of the state that acts; 365 is the USSR to 1991-12-25, then Russia"),
    Field("name", "string", "Short name for display"),
    Field("start", "date", "First day; first day of the month or year where the source gives no more"),
    Field("start_precision", "string", "How much of `start` is known", constraints={"enum": ["day", "month", "year"]}),
    Field("end", "date", "Last day; empty when ongoing on the source's last day or unknown"),
    Field(
        "end_precision",
        "string",
        "How much of `end` is known",
        constraints={"enum": ["day", "month", "year", "ongoing", "unknown"]},
    ),
    Field("target_cow", "string", "COW numbers of the targets, joined by ';'; empty when the target is not a state"),
    Field(
        "activity",
        "string",
        "Kind of activity; empty when the source does not say",
        constraints={"enum": list(ACTIVITIES)},
    ),
    Field(
        "outside_system",
        "string",
        "COW numbers among actor and targets that were not members of the state system at the time, joined by ';': "
        "the actor is held against the day it began, a target against the whole event",
    ),
)
ACTOR_KEY = ({"fields": ["actor_ccode"], "reference": {"resource": "states", "fields": ["ccode"]}},)
FATALITY_BANDS = "0 none, 1: 1-25, 2: 26-100, 3: 101-250, 4: 251-500, 5: 501-999, 6: 1,000 or more; empty: missing"


def number(value: object, low: int, high: int) -> int | None:
    """Return the value as an integer when it lies in a range; text and a source's missing codes do not."""
    found = pd.to_numeric(value, errors="coerce")  # type: ignore[call-overload]
    return int(found) if low <= found <= high else None


def opening(year: object, month: object = None, day: object = None) -> tuple[str, str]:
    """First day that the known parts of a date allow, and the precision."""
    y, m, d = number(year, 1700, 2100), number(month, 1, 12), number(day, 1, 31)
    if y is None:
        return "", ""
    if m is None:
        return f"{y}-01-01", "year"
    if d is None or d > calendar.monthrange(y, m)[1]:
        return f"{y}-{m:02d}-01", "month"
    return f"{y}-{m:02d}-{d:02d}", "day"


def closing(year: object, month: object = None, day: object = None) -> tuple[str, str]:
    """Last day that the known parts of a date allow, and the precision."""
    first, precision = opening(year, month, day)
    if precision == "month":
        return f"{first[:8]}{calendar.monthrange(int(first[:4]), int(first[5:7]))[1]}", precision
    return (f"{first[:4]}-12-31" if precision == "year" else first), precision or "unknown"


def abbreviation(code: int) -> str:
    return ABBREVIATIONS.get(int(code), str(int(code)))


def joined(codes: object) -> str:
    """Join codes by ';', in order and once each; None and missing codes are left out."""
    return ";".join(str(c) for c in sorted({int(c) for c in codes if pd.notna(c)}))  # type: ignore[union-attr]


def last_possible(start: str, precision: str) -> str:
    """Last day on which an event with this start can have begun."""
    year, month = start[:4], start[5:7] if precision != "year" else None
    return closing(year, month, start[8:] if precision == "day" else None)[0]


def outside(row: pd.Series) -> str:
    """Codes of a row's actor and targets that were not members of the system at the time."""
    began = last_possible(row["start"], row["start_precision"])
    actor = [] if existed(row["actor_ccode"], row["start"], began) else [row["actor_ccode"]]
    over = max(row["end"] or LATEST, began)
    targets = (int(code) for code in row["target_cow"].split(";") if code)
    return joined(actor + [code for code in targets if not existed(code, row["start"], over)])


def complete(rows: list[dict[str, object]] | pd.DataFrame) -> pd.DataFrame:
    """Add what follows from the other columns and refuse an end before its start."""
    frame = pd.DataFrame(rows)
    frame["outside_system"] = frame.apply(outside, axis=1)
    wrong = (frame["end"] != "") & (frame["end"] < frame["start"])
    if wrong.any():
        raise ValueError(f"{wrong.sum()} events end before they start, first: {frame.loc[wrong, 'event_id'].iloc[0]}")
    return frame
