"""Dates of uneven precision: a day, a month, a year, still running, unknown."""

from __future__ import annotations

import calendar
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from interventions_stats.engine.intake.scalars import shown
from interventions_stats.errors import DataWarning, InputError

Precision = Literal["day", "month", "year", "ongoing", "unknown"]
Order = Literal["dmy", "mdy"]
PRECISIONS: tuple[Precision, ...] = ("day", "month", "year", "ongoing", "unknown")
_CLOCK = r"(?:[T ](?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?: ?[AP]M)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?)?$"
_ISO = re.compile(r"^(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2}))?)?" + _CLOCK, re.IGNORECASE)
_SLASHED = re.compile(r"^(\d{1,2})([./-])(\d{1,2})\2(\d{4})" + _CLOCK, re.IGNORECASE)
_MONTH_FIRST = re.compile(r"^(\d{1,2})[./](\d{4})$")
_MONTH_CODE = re.compile(r"^(\d{4})\s?[mM](\d{1,2})$")
# 14 July 1992, 14-Jul-1992, 27feb2014, July 1992, and July 14, 1992
_NAMED = re.compile(
    r"^(?:(\d{1,2})[ -]?)?([a-z]{3,9})\.?[ -]?(\d{4})$|^([a-z]{3,9})\.? (\d{1,2}), (\d{4})$", re.IGNORECASE
)
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip
_TWO_DATES = re.compile(r"\d{4}.*\d{4}")
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


def iso(when: Dated) -> str | None:
    """Write a date as ISO text, whole or partial; None when it is unknown or still running."""
    if when.first is None:
        return None
    return when.first.isoformat()[: {"day": 10, "month": 7, "year": 4}[when.precision]]


def parse_date(value: Any, precision: Any = None, *, order: Order | None = None) -> Dated:
    """Read a date written in any of the usual ways.

    Parameters
    ----------
    value : str, date, Timestamp, int, float or None
        ISO dates whole or partial (``1992``, ``1992-07``, ``1992-07-14``, also with slashes), ``14 July 1992``,
        ``27feb2014``, ``14.7.1992`` (or with slashes or hyphens), ``07/1992``, ``1992m7``, a spreadsheet serial number,
        or nothing.
    precision : str, optional
        Coarser precision than the text shows: ``"month"`` widens ``1993-09-24`` to all of September 1993.
    order : {"dmy", "mdy"}, optional
        How to read ``03/04/2014``; without it a date that can be read both ways is refused, with it one that
        cannot be read so (``25/04/2014`` as month first).

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
    if precision is not None and (not isinstance(precision, str) or precision not in PRECISIONS):
        raise InputError(f"unknown date precision {shown(precision)}; use one of {', '.join(PRECISIONS)}")
    if order is not None and (not isinstance(order, str) or order not in ("dmy", "mdy")):
        raise InputError(f"unknown date order {shown(order)}; use 'dmy' or 'mdy'")
    if precision in ("ongoing", "unknown"):
        return Dated(None, None, precision)
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
    return absent(value)


def absent(value: Any) -> bool:
    """Whether a cell is a missing value: None, NaN, NaT or NA."""
    if value is None:
        return True
    try:
        return not bool(value == value)  # NaN and NaT are not equal to themselves
    except (TypeError, ValueError):  # NA answers with itself, an array with an array
        return type(value).__name__ == "NAType"


def _read(value: Any, order: str | None) -> Dated:
    if isinstance(value, datetime):  # Timestamp is one
        return interval(value.year, value.month, value.day)
    if isinstance(value, date):
        return interval(value.year, value.month, value.day)
    text = str(value).strip()
    if len(text) > 60:
        raise InputError(f"{text[:40]!r}... is not a date; write YYYY-MM-DD, YYYY-MM or YYYY")
    if match := re.fullmatch(r"(\d{1,8})(?:\.(\d+))?", text):
        return _read_number(int(match[1]), bool((match[2] or "").strip("0")), text)
    try:
        if match := _ISO.match(text):
            return interval(*(int(g) for g in match.group(1, 3, 4) if g))
        if match := _MONTH_CODE.match(text):
            return interval(int(match[1]), int(match[2]))
        if match := _MONTH_FIRST.match(text):
            return interval(int(match[2]), int(match[1]))
        if match := _SLASHED.match(text):
            return _read_slashed(*(int(match[k]) for k in (1, 3, 4)), text=text, order=order)
        if (match := _NAMED.match(text)) and (month := _month(match[2] or match[4])):
            day = match[1] or match[5]
            return interval(int(match[3] or match[6]), month, int(day) if day else None)
    except InputError:
        raise
    except ValueError as error:  # 31 February and the like
        raise InputError(f"{text!r} is not a date of the calendar ({error})") from None
    if _TWO_DATES.search(text):
        raise InputError(f"{text!r} is not one date; a span goes into two columns, start and end")
    raise InputError(f"{text!r} is not a date; write YYYY-MM-DD, YYYY-MM or YYYY")


def _month(word: str) -> int:
    """Number of an English month, whole or by three letters; 0 for another word."""
    word = word.casefold().replace("sept", "sep") if len(word) == 4 else word.casefold()
    return next((k for k, name in enumerate(_MONTHS, 1) if word in (name, name[:3])), 0)


def _read_number(number: int, fraction: bool, text: str) -> Dated:
    if 1800 <= number <= 2100 and not fraction:
        return interval(number)
    if _SERIAL_RANGE[0] <= number <= _SERIAL_RANGE[1]:  # the fraction of a serial is the time of day
        when = _SERIAL_ORIGIN + timedelta(days=number)
        return interval(when.year, when.month, when.day)
    try:
        if 180001 <= number <= 210012 and not fraction:
            return interval(number // 100, number % 100)
        if 18000101 <= number <= 21001231 and not fraction:
            return interval(number // 10000, number // 100 % 100, number % 100)
    except ValueError:  # a month 13
        pass
    raise InputError(f"{text!r} is neither a year, a spreadsheet date (1945-2049), YYYYMM nor YYYYMMDD")


def order_shown(cells: Iterable[Any], source: str) -> Order | None:
    """Return the order of day and month that the dates of one table show, with a warning where it settles any.

    ``24.08.2016`` can only be day-first, so ``09.10.2019`` beside it is too. None where no date shows an order, or two do.

    >>> order_shown(["24.08.2016", "2018-01-20"], "a list")
    'dmy'
    """
    found = [(str(c).strip(), m) for c in cells if (m := _SLASHED.match(str(c).strip()))]
    first = {text: (int(m[1]), int(m[3])) for text, m in found}
    days = next((text for text, (a, b) in first.items() if a > 12 >= b), None)
    months = next((text for text, (a, b) in first.items() if b > 12 >= a), None)
    if (days is None) == (months is None):
        return None
    doubtful = next((text for text, (a, b) in first.items() if a != b and a <= 12 and b <= 12), None)
    if doubtful is not None:
        words = "day-first" if days is not None else "month-first"
        what = f"{source}: dates such as {doubtful!r} are read {words}, as {days or months!r} must be"
        warnings.warn(what, DataWarning, stacklevel=4)
    return "dmy" if days is not None else "mdy"


def _read_slashed(a: int, b: int, year: int, *, text: str, order: str | None) -> Dated:
    both = a <= 12 and b <= 12
    if order is None and a != b and both:
        raise InputError(
            f"{text!r} can be read day-first or month-first; write YYYY-MM-DD or give order='dmy' or 'mdy'"
        )
    month_first = order == "mdy" if both else b > 12
    if not both and order is not None and month_first != (order == "mdy"):
        raise InputError(f"{text!r} cannot be read as order={order!r}; write YYYY-MM-DD")
    return interval(year, a, b) if month_first else interval(year, b, a)
