"""Dates of uneven precision: a day, a month, a year, still running, unknown."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from interventions_stats.errors import InputError

Precision = Literal["day", "month", "year", "ongoing", "unknown"]
PRECISIONS: tuple[Precision, ...] = ("day", "month", "year", "ongoing", "unknown")
_ISO = re.compile(r"^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ]\d{2}:\d{2}.*)?$")
_SLASHED = re.compile(r"^(\d{1,2})[./](\d{1,2})[./](\d{4})$")
_NAMED = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y")
_NAMED_MONTH = ("%B %Y", "%b %Y")
# Spreadsheet serials count days from 1899-12-30; these two bound 1945-01-01 and 2050-01-01.
_SERIAL_ORIGIN, _SERIAL_RANGE = date(1899, 12, 30), (16438, 54789)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date known to lie in ``[first, last]`` (both inclusive); empty when unknown or still running."""

    first: date | None
    last: date | None
    precision: Precision

    @property
    def width(self) -> int:
        """Number of days the true date may fall on."""
        return 0 if self.first is None or self.last is None else (self.last - self.first).days + 1


def interval(year: int, month: int | None = None, day: int | None = None) -> Dated:
    """Return the interval that a year, a month or a day spans."""
    if month is None:
        return Dated(date(year, 1, 1), date(year, 12, 31), "year")
    if day is None:
        return Dated(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]), "month")
    return Dated(date(year, month, day), date(year, month, day), "day")


def parse_date(value: Any, precision: str | None = None, *, order: Literal["dmy", "mdy"] | None = None) -> Dated:
    """Read a date written in any of the usual ways.

    Parameters
    ----------
    value : str, date, Timestamp, int, float or None
        ISO dates whole or partial (``1992``, ``1992-07``, ``1992-07-14``), ``14 July 1992``,
        ``14.7.1992``, a spreadsheet serial number, or nothing.
    precision : str, optional
        Coarser precision than the text shows: ``"month"`` widens ``1993-09-24`` to all of September 1993.
    order : {"dmy", "mdy"}, optional
        How to read ``03/04/2014``; without it a date that can be read both ways is refused.

    Raises
    ------
    InputError
        When the value is no date, is ambiguous, or the precision is not known.

    Examples
    --------
    >>> parse_date("1992-07").first, parse_date("1992-07").last
    (datetime.date(1992, 7, 1), datetime.date(1992, 7, 31))
    >>> parse_date("1993-09-24", "month").width
    30
    """
    if precision is not None and precision not in PRECISIONS:
        raise InputError(f"unknown date precision {precision!r}; use one of {', '.join(PRECISIONS)}")
    if precision in ("ongoing", "unknown"):
        return Dated(None, None, precision)  # type: ignore[arg-type]
    if _is_missing(value):
        return Dated(None, None, "unknown")
    found = _read(value, order)
    if precision in ("month", "year") and found.first is not None:
        month = found.first.month if precision == "month" and found.precision != "year" else None
        return interval(found.first.year, month)
    return found


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip() or value.strip().casefold() in ("nan", "nat", "na", "none")
    return value != value  # NaN and NaT are not equal to themselves


def _read(value: Any, order: str | None) -> Dated:
    if isinstance(value, datetime):  # Timestamp is one
        return interval(value.year, value.month, value.day)
    if isinstance(value, date):
        return interval(value.year, value.month, value.day)
    text = str(value).strip()
    if re.fullmatch(r"\d+(\.0+)?", text):
        return _read_number(int(float(text)), text)
    try:
        if match := _ISO.match(text):
            return interval(*(int(g) for g in match.groups() if g))
        if match := _SLASHED.match(text):
            return _read_slashed(*(int(g) for g in match.groups()), text=text, order=order)
        for formats, whole in ((_NAMED, True), (_NAMED_MONTH, False)):
            for form in formats:
                try:
                    when = datetime.strptime(text, form)
                except ValueError:
                    continue
                return interval(when.year, when.month, when.day if whole else None)
    except ValueError as error:  # 31 February and the like
        raise InputError(f"{text!r} is not a date of the calendar ({error})") from None
    raise InputError(f"{text!r} is not a date; write YYYY-MM-DD, YYYY-MM or YYYY")


def _read_number(number: int, text: str) -> Dated:
    if 1800 <= number <= 2100:
        return interval(number)
    if _SERIAL_RANGE[0] <= number <= _SERIAL_RANGE[1]:
        when = _SERIAL_ORIGIN + timedelta(days=number)
        return interval(when.year, when.month, when.day)
    if 18000101 <= number <= 21001231:
        try:
            return interval(number // 10000, number // 100 % 100, number % 100)
        except ValueError:
            pass
    raise InputError(f"{text!r} is neither a year, a spreadsheet date (1945-2049) nor YYYYMMDD")


def _read_slashed(a: int, b: int, year: int, *, text: str, order: str | None) -> Dated:
    if order is None and a != b and a <= 12 and b <= 12:
        raise InputError(
            f"{text!r} can be read day-first or month-first; write YYYY-MM-DD or give order='dmy' or 'mdy'"
        )
    month_first = order == "mdy" if a <= 12 and b <= 12 else b > 12
    return interval(year, a, b) if month_first else interval(year, b, a)
