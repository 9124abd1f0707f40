"""Dates: every usual way of writing one, and nothing but InputError for the rest."""

from __future__ import annotations

import calendar
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interventions_stats.errors import InputError
from interventions_stats.events.dates import PRECISIONS, Dated, absent, interval, iso, parse_date

WRITTEN = {
    "iso": lambda d: d.isoformat(),
    "slashes": lambda d: d.strftime("%Y/%m/%d"),
    "compact": lambda d: d.strftime("%Y%m%d"),
    "long": lambda d: f"{d.day} {calendar.month_name[d.month]} {d.year}",
    "short": lambda d: f"{d.day} {calendar.month_abbr[d.month]} {d.year}",
    "american": lambda d: f"{calendar.month_name[d.month]} {d.day}, {d.year}",
    "spreadsheet": lambda d: str((d - date(1899, 12, 30)).days),
    "spreadsheet float": lambda d: float((d - date(1899, 12, 30)).days),
    "with time": lambda d: f"{d.isoformat()} 00:00:00",
    "timestamp": pd.Timestamp,
    "datetime": lambda d: datetime(d.year, d.month, d.day, 13),
    "datetime64": np.datetime64,
    "blanks": lambda d: f"  {d.isoformat()} ",
}
DAYS = st.dates(date(1946, 1, 1), date(2049, 12, 31))


@pytest.mark.parametrize("form", WRITTEN)
@given(day=DAYS)
def test_a_day_comes_back_from_every_form(form: str, day: date) -> None:
    assert parse_date(WRITTEN[form](day)) == Dated(day, day, "day")


@given(day=DAYS)
def test_the_order_settles_what_can_be_read_both_ways(day: date) -> None:
    for order, form in (("dmy", "%d/%m/%Y"), ("mdy", "%m/%d/%Y"), ("dmy", "%d.%m.%Y")):
        text = day.strftime(form)
        assert parse_date(text, order=order) == Dated(day, day, "day")
        both = day.day <= 12 and day.day != day.month
        if both:
            with pytest.raises(InputError, match=r"day-first or month-first.*order="):
                parse_date(text)
        else:
            assert parse_date(text).first == day


@pytest.mark.parametrize(("text", "order"), [("25/04/2014", "mdy"), ("04/25/2014", "dmy")])
def test_an_order_that_cannot_be_is_refused(text: str, order: str) -> None:
    assert parse_date(text).first == date(2014, 4, 25)
    with pytest.raises(InputError, match=r"cannot be read as order"):
        parse_date(text, order=order)


@given(day=DAYS)
def test_partial_dates_span_their_month_or_year(day: date) -> None:
    month = {
        f"{day:%Y-%m}",
        f"{day:%Y/%m}",
        f"{day:%m/%Y}",
        f"{day:%Ym%m}",
        f"{day:%Y%m}",
        f"{day:%B %Y}",
        f"{day:%b-%Y}",
    }
    for text in month:
        found = parse_date(text)
        assert (found.precision, found.width) == ("month", calendar.monthrange(day.year, day.month)[1]), text
        assert found.first <= day <= found.last
        assert iso(found) == f"{day:%Y-%m}"
    for value in (str(day.year), day.year, float(day.year)):
        assert parse_date(value) == interval(day.year)
    assert parse_date(day, "month") == interval(day.year, day.month)
    assert parse_date(day, "year") == interval(day.year)
    assert parse_date(str(day.year), "month") == interval(day.year), "a year cannot be made more precise"


# Serials of days that spreadsheet programs' manuals print.
@pytest.mark.parametrize(
    ("serial", "day"), [(25569, "1970-01-01"), (36526, "2000-01-01"), (43831, "2020-01-01"), (43831.75, "2020-01-01")]
)
def test_spreadsheet_serials_of_known_days(serial: float, day: str) -> None:
    assert parse_date(serial) == parse_date(str(serial)) == parse_date(day)


@pytest.mark.parametrize("value", [None, "", "  ", "NA", "nan", float("nan"), np.nan, pd.NaT, pd.NA, "None"])
def test_missing_values_are_unknown(value: object) -> None:
    assert parse_date(value) == Dated(None, None, "unknown")
    assert iso(parse_date(value)) is None
    assert isinstance(value, str) or absent(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2014-02-30", "not a date of the calendar"), ("2014-13-01", "not a date of the calendar"), ("13/2014", "calendar"),
        ("soon", "write YYYY-MM-DD"), ("14.7.92", "write YYYY-MM-DD"), (7, "neither a year"), (2014.5, "neither a year"),
        ("2016Q1", "is not a date"), (True, "is not a date"), ("x" * 400, "is not a date"), ("9" * 5000, "is not a date"),
        ([2014], "is not a date"), (np.array([1, 2]), "is not a date"), (201413, "neither a year"),
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_the_remedy(value: object, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        parse_date(value)
    assert len(str(caught.value)) < 200


GARBAGE = st.one_of(st.text(), st.text(alphabet="0123456789-/.mMQ, TJan:"), st.integers(), st.floats(), st.binary())
DATES = st.one_of(
    st.dates(date(1900, 1, 1), date(2030, 1, 1)), st.integers(1900, 2030), st.from_regex(r"(19|20)[0-9]{2}(-0[1-9](-[0-3][0-9])?)?", fullmatch=True)
)  # fmt: skip


@given(st.booleans().flatmap(lambda odd: GARBAGE if odd else DATES))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_raises_nothing_but_an_input_error(tally: Any, value: object) -> None:
    found = tally(lambda: parse_date(value))
    if found is None:
        return
    assert found.precision in PRECISIONS
    assert (found.first is None) == (found.last is None)
    assert found.first is None or found.first <= found.last


def test_unknown_precision_and_order_are_refused() -> None:
    with pytest.raises(InputError, match=r"unknown date precision 'week'"):
        parse_date("2014-01-01", "week")
    with pytest.raises(InputError, match=r"unknown date order 'ymd'"):
        parse_date("2014-01-01", order="ymd")  # type: ignore[arg-type]
    assert parse_date("2014-01-01", "ongoing") == Dated(None, None, "ongoing")
