"""The canonical columns of an event and how one row is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from numbers import Number
from typing import TYPE_CHECKING, Any, Literal

from interventions_stats.errors import InputError
from interventions_stats.events.dates import Dated, absent, parse_date

if TYPE_CHECKING:
    import pandas as pd

DateRule = Literal["decision", "deployment"]
TEXT = ("event_id", "name", "start", "start_precision", "decision", "decision_precision", "end", "end_precision",
        "target_cow", "target_iso3", "region", "activity", "conflict_system", "authority", "side_supported", "frame")  # fmt: skip
NUMBERS = ("new_force", "person_years", "confidence")
COLUMNS = TEXT + NUMBERS
DATED = TEXT[:1] + TEXT[2:8]  # what the timing of an event is read from
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which no file can hold
ACTIVITIES = ("combat", "stabilisation", "deterrence", "security", "humanitarian", "train_and_assist")


def filled(cell: object) -> bool:
    """Whether a cell holds something."""
    return not absent(cell) and str(cell).strip() != ""


def is_cell(value: object) -> bool:
    """Whether a value can be the cell of a table: text, a number, a date, or nothing."""
    if isinstance(value, str):
        return value.isascii() or not _SURROGATE.search(value)
    return isinstance(value, Number | date) or absent(value) or type(value).__name__ in ("Period", "datetime64")


def codes(cell: object) -> tuple[int, ...]:
    """Read ``"344;346"`` as COW codes."""
    return tuple(int(float(v)) for v in str(cell).split(";")) if filled(cell) else ()


def onset_of(row: Mapping[Any, Any], rule: DateRule) -> Dated:
    """Return the onset of one canonical row; the deployment date stands in where no decision is coded."""
    if rule == "decision":
        decided = parse_date(row["decision"], row["decision_precision"] if filled(row["decision"]) else None)
        if decided.first is not None:
            return decided
    return parse_date(row["start"], row["start_precision"])


def check_order(frame: pd.DataFrame) -> None:
    """Refuse a row whose end lies wholly before its start."""
    for row in frame.to_dict("records"):
        start = parse_date(row["start"], row["start_precision"])
        end = parse_date(row["end"], row["end_precision"])
        if start.first is not None and end.last is not None and end.last < start.first:
            raise InputError(f"event {row['event_id']!r}: the end {row['end']} is before the start {row['start']}")
