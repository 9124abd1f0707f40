"""Series of other frequencies, polls, weeks and quarters, as months."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal

from interventions_stats.errors import InputError
from interventions_stats.events.dates import Dated, Order, interval, iso, parse_date

Aggregate = Literal["mean", "last"]
_QUARTER = re.compile(r"(?:(\d{4})[-/. ]?q([1-4])|q([1-4])[-/. ]?(\d{4}))", re.IGNORECASE)
_WEEK = re.compile(r"(\d{4})[- ]?w(\d{1,2})", re.IGNORECASE)
_SPAN = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)")  # a period of days, as pandas writes a week


def parse_time(cell: Any, order: Order | None = None) -> tuple[Dated, bool]:
    """Read when a value was measured, and whether that is a quarter.

    A week (``2014-W09``, or the span ``2014-02-24/2014-03-02``) is its middle day, which lies in the month of most of it.

    >>> parse_time("2014Q1")[0].last, parse_time("2014-W09")[0].first
    (datetime.date(2014, 3, 31), datetime.date(2014, 2, 27))
    """
    text = str(cell).strip()
    if match := _QUARTER.fullmatch(text):
        year, quarter = int(match[1] or match[4]), int(match[2] or match[3])
        return Dated(date(year, 3 * quarter - 2, 1), interval(year, 3 * quarter).last, "month"), True
    if match := _WEEK.fullmatch(text):
        try:
            return _day(date.fromisocalendar(int(match[1]), int(match[2]), 4)), False
        except ValueError:
            raise InputError(f"{text!r} is no week of the year") from None
    if match := _SPAN.fullmatch(text):
        first, last = (date.fromisoformat(match[k]) for k in (1, 2))
        if (last - first).days != 6:
            raise InputError(f"{text!r} is no week, month, quarter or year")
        return _day(first + timedelta(days=3)), False
    return parse_date(cell, order=order), False


def _day(when: date) -> Dated:
    return Dated(when, when, "day")


def months_of(when: Dated, quarter: bool) -> list[str]:
    """The month in which a value counts, or the three of a quarter."""
    if not quarter or when.first is None:
        return [(iso(when) or "")[:7]]
    return [f"{when.first.year}-{when.first.month + k:02d}" for k in range(3)]


def look_quarterly(months: Sequence[str]) -> bool:
    """Whether months (``YYYY-MM``) are a quarter apart throughout, four of them at least."""
    counts = sorted({int(m[:4]) * 12 + int(m[5:7]) for m in months if len(m) >= 7})
    gaps = Counter(b - a for a, b in zip(counts, counts[1:], strict=False))
    return len(counts) >= 4 and all(gap % 3 == 0 for gap in gaps) and gaps[3] > len(counts) / 2


def quarter_around(when: Dated) -> Dated:
    """The calendar quarter in which a date lies."""
    assert when.first is not None
    first = 3 * ((when.first.month - 1) // 3) + 1
    return Dated(date(when.first.year, first, 1), interval(when.first.year, first + 2).last, "month")


def aggregated(values: Sequence[float], how: Aggregate) -> float:
    """One value of several in the order of their dates; NaN where none is known.

    >>> aggregated([1.0, float("nan"), 4.0], "mean"), aggregated([1.0, 4.0, float("nan")], "last")
    (2.5, 4.0)
    """
    known = [v for v in values if v == v]
    if not known:
        return math.nan
    return known[-1] if how == "last" else math.fsum(known) / len(known)
