"""The years in which a list would record an event."""

from __future__ import annotations

from typing import Any

from interventions_stats.engine.intake.scalars import shown
from interventions_stats.errors import InputError
from interventions_stats.events.dates import Dated, parse_date


def years_of(coverage: object) -> tuple[int, int]:
    """Hold a coverage to two years in order."""
    try:
        first, last = (_year(y) for y in coverage)  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"coverage is the first and the last year, as (1992, 2020), not {shown(coverage) if not isinstance(coverage, list | tuple) else str(coverage)[:60]}"
        ) from None
    if last < first:
        raise InputError(f"the coverage ends ({last}) before it begins ({first})")
    return first, last


def _year(value: Any) -> int:
    year = int(value)
    if isinstance(value, bool) or year != float(value) or not 1000 <= year <= 2999:
        raise ValueError
    return year


def joined_coverage(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Years of two lists that meet or overlap; years between them that neither covers would count as peace."""
    if max(one[0], other[0]) > min(one[1], other[1]) + 1:
        raise InputError(
            f"the lists cover {one[0]}-{one[1]} and {other[0]}-{other[1]}, and nobody recorded the years between; "
            "say with with_coverage() on one of them what it covers"
        )
    return min(one[0], other[0]), max(one[1], other[1])


def bound_of(name: str, value: object) -> Dated:
    """Read an end of a span: a year or a date."""
    when = parse_date(value)
    if when.first is None:
        raise InputError(f"{name}= is a year or a date, not {shown(value)}")
    return when
