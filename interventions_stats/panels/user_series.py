"""A user's own series: polls, prices, any number by month or year."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from interventions_stats.engine.intake.scalars import check_option
from interventions_stats.errors import DataWarning, InputError
from interventions_stats.events.columns import key, match_columns
from interventions_stats.events.csv_file import read_csv_file
from interventions_stats.events.dates import Dated, Order, iso, order_shown
from interventions_stats.events.numbers import comma_meaning, missing, number
from interventions_stats.events.problems import Problem, refuse
from interventions_stats.frames import as_pandas
from interventions_stats.panels.frequencies import (
    Aggregate,
    aggregated,
    look_quarterly,
    months_of,
    parse_time,
    quarter_around,
)

if TYPE_CHECKING:
    import pandas as pd

# Names of the column of time, in order of precedence; case, blanks and underscores do not matter.
TIME: dict[str, tuple[str, ...]] = {"month": ("month", "period"), "date": ("date", "day"), "year": ("year",)}
_PERCENT = {"approval", "approve", "approves", "approved", "disapprove", "disapproval", "support", "percent", "pct"}
_NOT_PERCENT = {"change", "diff", "difference", "delta", "log", "n", "musd", "usd", "eur", "index", "lag"}
_YEARS = (1800, 2100)
_CODES = (-9, -66, -77, -88, -99, -999, -9999)
_LEFT_OUT = "columns left out"  # key of the attrs that say which, and what they hold


@dataclass(frozen=True, slots=True)
class _Table:
    names: tuple[str, ...]
    columns: tuple[list[Any], ...]
    rows: Sequence[int]
    source: str
    left_out: dict[str, str] = field(default_factory=dict)

    def column(self, name: str) -> list[Any]:
        return self.columns[self.names.index(name)]


def read_series(
    source: Any,
    *,
    order: Literal["dmy", "mdy"] | None = None,
    encoding: str | None = None,
    aggregate: Literal["mean", "last"] | None = None,
) -> pd.DataFrame:
    """Read series by month or year from a CSV file or a frame; weeks, quarters and polls become months.

    Parameters
    ----------
    source : path, DataFrame or Series, or what holds one
        Of pandas, polars or Arrow, a dict of columns, or a list of dicts. A column ``month``, ``date`` or ``year`` (or ``year`` beside ``month`` as 1-12 or a name), or an index of dates or
        periods, and one column of numbers for each series. Days count for their month. Dates may be mixed: ISO, written
        out, spreadsheet serial numbers. Numbers may have decimal commas and per cent signs. Rows may come in any order
        and periods may be left out.
    order : {"dmy", "mdy"}, optional
        How to read ``03/04/2014``; without it such a date is refused, unless others of its column show the order.
    encoding : str, optional
        Of the file, any that Python knows, such as ``"cp1251"`` for Cyrillic; default: found from the bytes.
    aggregate : {"mean", "last"}, optional
        What several values of a month become (polls, weeks, days): their mean, or the last by date. Weeks (``2014-W09``, or
        a period of pandas) count for the month in which their middle day lies. A quarter (``2014Q1``, or dates a quarter
        apart) stands for each of its three months. Without it two values for a month and quarters are refused.

    Returns
    -------
    DataFrame
        Float columns, indexed by consecutive periods (months, or years where only years are given); periods that the
        source leaves out are NaN.

    Raises
    ------
    InputError
        No column of time or of numbers, or all of these at once with row and column: a date that is none, text among
        numbers, two values for a period, a column named approval, support or percent outside 0-100. The row is that of
        the file (the header is row 1) or, for a frame, counts from 1.

    Warns
    -----
    DataWarning
        When the encoding or the order of day and month was read off the file, a period is repeated with the same values, a
        column holds only text or dates and is left out, dates are a quarter apart and the months between stay empty, or a value such as -99 looks like the code of a missing one.

    Examples
    --------
    >>> import pandas as pd
    >>> polls = pd.DataFrame({"month": ["Jan 2014", "2014-03"], "approval": ["56,3", 61]})
    >>> read_series(polls)["approval"].tolist()
    [56.3, nan, 61.0]
    >>> read_series({"date": ["2014-03-02", "2014-03-20"], "approval": [60, 63]}, aggregate="mean")["approval"].tolist()
    [61.5]
    """
    if aggregate is not None:
        check_option("aggregate", aggregate, ("mean", "last"))
    if order is not None:
        check_option("date order", order, ("dmy", "mdy"))
    if not isinstance(source, str | os.PathLike):
        frame = as_pandas(source, "the series")
        return frame if _is_read(frame) else _read(_from_frame(frame), order, aggregate=aggregate)
    problems: list[Problem] = []
    return _read(_from_file(source, encoding, problems), order, problems, aggregate)


def _from_file(path: str | os.PathLike[str], encoding: str | None, problems: list[Problem]) -> _Table:
    file = read_csv_file(path, encoding=encoding, problems=problems)
    columns = tuple([row[i] for row in file.rows] for i in range(len(file.header)))
    return _Table(file.header, columns, file.numbers, file.path)


def as_series(frame: Any) -> pd.DataFrame | None:
    """Return what :func:`read_series` would, whether the frame has been read or not; None stays None."""
    if isinstance(frame, str | os.PathLike):
        raise InputError(f"a series is a DataFrame, not {type(frame).__name__}; read a file with read_series(path)")
    return None if frame is None else read_series(frame)


def column_named(frame: pd.DataFrame, name: str) -> str | None:
    """Find a column whatever its case and punctuation: ``Approval (%)`` is ``approval``; warn of a near miss."""
    import difflib

    found = {key(str(c)): str(c) for c in reversed(frame.columns)}
    if key(name) in found:
        return found[key(name)]
    for column, held in frame.attrs.get(_LEFT_OUT, {}).items():
        if key(column) == key(name):
            raise InputError(f"column {column!r} of the series holds {held}, and numbers are wanted")
    if near := difflib.get_close_matches(key(name), found, 1, 0.75):
        warnings.warn(
            f"no column of the series is called {name!r}, so it is not used; did you mean {found[near[0]]!r} to be?",
            DataWarning,
            stacklevel=2,
        )
    return None


def _is_read(frame: pd.DataFrame) -> bool:
    import pandas as pd

    index = frame.index
    return (
        isinstance(index, pd.PeriodIndex)
        and index.freqstr in ("M", "Y-DEC")
        and len(index) > 0
        and len(index) == (index[-1] - index[0]).n + 1
        and index.is_monotonic_increasing
        and index.is_unique
        and all(str(t) == "float64" for t in frame.dtypes)
    )


def _from_frame(frame: pd.DataFrame) -> _Table:
    import pandas as pd

    names = [str(c).removeprefix("\ufeff").strip() for c in frame.columns]
    columns = [frame.iloc[:, i].tolist() for i in range(len(names))]
    if isinstance(frame.index, (pd.DatetimeIndex, pd.PeriodIndex)) and not any(_role(name) for name in names):
        names, columns = ["date", *names], [frame.index.tolist(), *columns]
    return _Table(tuple(names), tuple(columns), range(1, len(frame) + 1), "the series")


def _role(name: str) -> str | None:
    return next((role for role, words in TIME.items() if key(name) in map(key, words)), None)


def _read(
    table: _Table, order: Order | None, problems: list[Problem] | None = None, aggregate: Aggregate | None = None
) -> pd.DataFrame:
    import pandas as pd

    problems = problems if problems is not None else []
    if not table.rows:
        refuse(problems, table.source)
        raise InputError(f"{table.source}: the series is empty")
    repeated = [name for i, name in enumerate(table.names) if name and key(name) in map(key, table.names[:i])]
    if repeated and not problems:  # a file's own reader has said so
        raise InputError(f"{table.source}: two columns are called {repeated[0]!r}; rename one")
    time, cells = _time(table, problems)
    dated, freq = _periods(table, time, cells, order, problems, aggregate)
    read = {
        _clean(name): column
        for name in table.names
        if name and name != time and _role(name) is None and (column := _numbers(table, name, problems)) is not None
    }
    periods, values = (
        _one_a_period(table, [p[0] for p, _ in dated], read, problems)
        if aggregate is None
        else _aggregate(dated, read, aggregate)
    )
    refuse(problems, table.source)
    if not values:
        held = "".join(f"; {name!r} holds {what}" for name, what in table.left_out.items())
        raise InputError(f"{table.source}: there is no column of numbers beside {time!r}{held}")
    frame = pd.DataFrame(
        values,
        index=pd.PeriodIndex(periods, freq=freq, name="period"),
        dtype="float64",
    )
    whole = frame.reindex(pd.period_range(frame.index.min(), frame.index.max(), freq=freq, name="period"))
    whole.attrs[_LEFT_OUT] = dict(table.left_out)
    return whole


def _time(table: _Table, problems: list[Problem]) -> tuple[str, list[Any]]:
    """Return the name and the cells of the column of time; a year beside a month of 1-12 or a name makes one."""
    found = match_columns(table.names, TIME, (), table.source, problems)
    if not found:
        refuse(problems, table.source)
        columns = ", ".join(repr(n) for n in table.names)
        raise InputError(f"{table.source}: no column of time; call one 'month', 'date' or 'year'. There is {columns}.")
    name = found.get("month") or found.get("date") or found["year"]
    cells = table.column(name)
    if "month" in found and "year" in found and not any(re.search(r"\d{4}", str(c)) for c in cells):
        years = [str(y).removesuffix(".0") for y in table.column(found["year"])]
        months = [str(m).strip().removesuffix(".0") for m in cells]
        cells = [f"{y}-{m}" if m.isdigit() else f"{m} {y}" for y, m in zip(years, months, strict=True)]
    return name, cells


def _periods(
    table: _Table,
    name: str,
    cells: list[Any],
    order: Order | None,
    problems: list[Problem],
    aggregate: Aggregate | None,
) -> tuple[list[tuple[list[str], Dated | None]], str]:
    """Read when each row was measured: the periods in which it counts as ISO text; and say whether they are months or years."""
    order = order if order is not None else order_shown(cells, table.source)
    dated = [_dated(cell, row, name, order, aggregate, problems) for row, cell in zip(table.rows, cells, strict=True)]
    yearly = all(d is None or (d.precision == "year" and not quarter) for d, quarter in dated)
    if yearly:
        return [([iso(d) or ""] if d else [""], d) for d, _ in dated], "Y"
    problems += [
        Problem(row, name, f"{cell!r} is a year, the other rows are months")
        for row, cell, (d, _) in zip(table.rows, cells, dated, strict=True)
        if d is not None and d.precision == "year"
    ]
    if not any(quarter for _, quarter in dated) and look_quarterly([(iso(d) or "") if d else "" for d, _ in dated]):
        if aggregate is not None:
            dated = [(quarter_around(d) if d else None, True) for d, _ in dated]
        else:
            warnings.warn(
                f"{table.source}: the dates are a quarter apart, and the months between them stay empty; with "
                "aggregate='mean' a quarter stands for each of its months",
                DataWarning,
                stacklevel=5,
            )
    return [(months_of(d, quarter) if d else [""], d) for d, quarter in dated], "M"


def _dated(
    cell: Any, row: int, name: str, order: Order | None, aggregate: Aggregate | None, problems: list[Problem]
) -> tuple[Dated | None, bool]:
    """Read one cell of time; None, with a problem, for one that is none."""
    try:
        when, quarter = parse_time(cell, order)
        if when.first is None:
            raise InputError(f"the {name} is missing")
        if not _YEARS[0] <= when.first.year <= _YEARS[1]:
            raise InputError(f"{cell!r} is outside {_YEARS[0]} to {_YEARS[1]}")
        if quarter and aggregate is None:
            raise InputError(f"{str(cell)!r} is a quarter; with aggregate='mean' it stands for each of its months")
    except InputError as error:
        problems.append(Problem(row, name, str(error)))
        return None, False
    return when, quarter


def _numbers(table: _Table, name: str, problems: list[Problem]) -> list[float] | None:
    """Read a column; None, with a warning, for one that holds no number at all."""
    cells = table.column(name)
    comma = comma_meaning(cells)
    low, high = _bounds(name)
    out, found = [], []
    for row, cell in zip(table.rows, cells, strict=True):
        value = float("nan")
        if not missing(cell):
            try:
                value = number(cell, comma)
                if not low <= value <= high:
                    code = "; leave the cell blank if it is missing" if value in _CODES else ""
                    found.append(Problem(row, name, f"{value:g} is outside {low:g} to {high:g}{code}"))
            except InputError as error:
                found.append(Problem(row, name, str(error)))
        out.append(value)
    if not any(v == v for v in out) and not any("thousand" in p.message for p in found):
        held = _held(cells) if found else "nothing"
        warnings.warn(f"{table.source}: column {name!r} holds {held} and is left out", DataWarning, stacklevel=4)
        table.left_out[_clean(name)] = held
        return None
    problems += found
    _question_codes(table, name, out)
    return out


def _held(cells: list[Any]) -> str:
    dates = all(missing(c) or hasattr(c, "year") for c in cells)
    return "dates" if dates else "text"


def _question_codes(table: _Table, name: str, values: list[float]) -> None:
    """Warn of values that are codes of a missing one in most public files, where no other value is near them."""
    others = [v for v in values if v == v and v not in _CODES]
    lowest = min(others, default=float("-inf"))
    odd = {
        c: [r for r, v in zip(table.rows, values, strict=True) if v == c]
        for c in _CODES
        if lowest >= 0 or (c < -9 and lowest > c / 2)
    }
    told = [
        f"{c} in row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:5]))}" for c, rows in odd.items() if rows
    ]
    if told:
        warnings.warn(
            f"{table.source}: column {name!r} holds {' and '.join(told)}, a usual code of a missing value; it is read as a number. "
            "Leave the cell blank if it is missing", DataWarning, stacklevel=5,
        )  # fmt: skip


def _bounds(name: str) -> tuple[float, float]:
    """Return the range of a column of percentages, by its name; a net share can be negative."""
    words = set(re.findall(r"[a-z]+", name.casefold()))
    if not words & _PERCENT or words & _NOT_PERCENT:
        return float("-inf"), float("inf")
    return (-100.0 if "net" in words else 0.0), 100.0


def _clean(name: str) -> str:
    """Make a name that can be written as an exposure: ``Approval (%)`` becomes ``Approval``."""
    text = re.sub(r"\W+", "_", name).strip("_")
    return text if text[:1].isalpha() else f"x_{text}"


def _one_a_period(
    table: _Table, periods: list[str], values: dict[str, list[float]], problems: list[Problem]
) -> tuple[list[str], dict[str, list[float]]]:
    """Return each period once with its values, rows that repeat it joined in; two values for a period are a problem."""
    seen: dict[str, int] = {}
    repeated = []
    for k, period in enumerate(periods):
        first = seen.setdefault(period, k)
        if first == k or not period:
            continue
        repeated.append(table.rows[k])
        for name, column in values.items():
            if column[first] != column[first]:
                column[first] = column[k]
            elif column[k] == column[k] and column[k] != column[first]:
                what = f"{period} has {column[k]:g} here and {column[first]:g} in row {table.rows[first]}; aggregate='mean' or 'last' makes one of them"
                problems.append(Problem(table.rows[k], name, what))
    if repeated and not problems:
        rows = ", ".join(map(str, repeated))
        warnings.warn(
            f"{table.source}: rows {rows} repeat an earlier period and were joined to it", DataWarning, stacklevel=4
        )
    return list(seen), {name: [column[k] for k in seen.values()] for name, column in values.items()}


def _aggregate(
    dated: list[tuple[list[str], Dated | None]], values: dict[str, list[float]], how: Aggregate
) -> tuple[list[str], dict[str, list[float]]]:
    """Return each period once with one value of those that fall in it."""
    rows: dict[str, list[int]] = {}
    order = sorted(range(len(dated)), key=lambda k: (str(dated[k][1].first) if dated[k][1] else "", k))  # type: ignore[union-attr]
    for k in order:
        for period in dated[k][0]:
            rows.setdefault(period, []).append(k)
    return list(rows), {
        name: [aggregated([column[k] for k in members], how) for members in rows.values()]
        for name, column in values.items()
    }
