"""A user's own covariates by target and year: steps of realignment, trade, anything that differs between targets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from interventions_stats.errors import InputError
from interventions_stats.events.actors import actor
from interventions_stats.events.columns import key
from interventions_stats.events.csv_file import read_csv_file
from interventions_stats.events.dates import Order
from interventions_stats.events.problems import Problem, refuse
from interventions_stats.frames import as_pandas
from interventions_stats.panels.frequencies import Aggregate
from interventions_stats.panels.user_series import _clean, _from_file, _from_frame, _numbers, _Table, read_series

if TYPE_CHECKING:
    import pandas as pd

TARGET = ("target", "target_cow", "target_ccode", "target_iso3")
_INDEX = ["target_ccode", "year"]
_YEARS = (1800, 2100)


def read_any_series(
    path: str | os.PathLike[str],
    *,
    order: Order | None = None,
    encoding: str | None = None,
    aggregate: Aggregate | None = None,
) -> pd.DataFrame:
    """Read a CSV of the user's series: by target and year where it has a column ``target``, else by month or year."""
    if any(key(name) in map(key, TARGET) for name in read_csv_file(path, encoding=encoding, problems=[]).header):
        if aggregate is not None:
            raise InputError(
                f"{path!s}: aggregate={aggregate!r} is for series by month; by target each year has one value"
            )
        return read_target_series(path, encoding=encoding)
    return read_series(path, order=order, encoding=encoding, aggregate=aggregate)


def has_targets(source: Any) -> bool:
    """Whether a frame is measured by target: it has a column of that name, or was read already."""
    if not hasattr(source, "columns"):
        return False
    return list(source.index.names) == _INDEX or any(key(str(c)) in map(key, TARGET) for c in source.columns)


def read_target_series(source: Any, *, encoding: str | None = None) -> pd.DataFrame:
    """Read covariates by target and year from a CSV file or a frame.

    Parameters
    ----------
    source : path, DataFrame, or what holds one
        A column ``target`` (COW number, ISO3 code, abbreviation or name), a column ``year`` and one column of numbers
        for each covariate. A target and year without a row is not measured; write the zeros.
    encoding : str, optional
        Of the file; default: found from the bytes.

    Returns
    -------
    DataFrame
        Float columns, indexed by ``target_ccode`` and ``year``.

    Raises
    ------
    InputError
        All problems at once with row and column: an unknown target, a year that is none, text among numbers, two rows
        for one target and year.

    Examples
    --------
    >>> import pandas as pd
    >>> steps = pd.DataFrame({"target": ["SYR", "Iraq"], "year": [2010, 2011], "step_away": [1, 0]})
    >>> read_target_series(steps)["step_away"].to_dict()
    {(645, 2011): 0.0, (652, 2010): 1.0}
    """
    if not isinstance(source, str | os.PathLike):
        frame = as_pandas(source, "the series")
        return frame if list(frame.index.names) == _INDEX else _read(_from_frame(frame), [])
    problems: list[Problem] = []
    return _read(_from_file(source, encoding, problems), problems)


def _read(table: _Table, problems: list[Problem]) -> pd.DataFrame:
    import pandas as pd

    who = _column(table, TARGET)
    year = _column(table, ("year",))
    codes = [_target(cell, row, who, problems) for row, cell in zip(table.rows, table.column(who), strict=True)]
    years = [_year(cell, row, year, problems) for row, cell in zip(table.rows, table.column(year), strict=True)]
    values = {
        _clean(name): column
        for name in table.names
        if name and name not in (who, year) and (column := _numbers(table, name, problems)) is not None
    }
    seen: dict[tuple[int | None, int | None], int] = {}
    for row, pair in zip(table.rows, zip(codes, years, strict=True), strict=True):
        if None not in pair and seen.setdefault(pair, row) != row:
            problems.append(Problem(row, who, f"the target and year of row {seen[pair]} again; give one row for each"))
    refuse(problems, table.source)
    if not values:
        raise InputError(f"{table.source}: there is no column of numbers beside {who!r} and {year!r}")
    index = pd.MultiIndex.from_arrays([codes, years], names=_INDEX)
    return pd.DataFrame(values, index=index, dtype="float64").sort_index()


def _column(table: _Table, names: tuple[str, ...]) -> str:
    for name in table.names:
        if key(name) in map(key, names):
            return name
    raise InputError(
        f"{table.source}: a series by target needs the columns 'target' and 'year'; {names[0]!r} is missing"
    )


def _target(cell: Any, row: int, column: str, problems: list[Problem]) -> int | None:
    text = str(cell).strip().removesuffix(".0")
    try:
        return actor(int(text) if text.isdigit() else text).ccode
    except InputError as error:
        problems.append(Problem(row, column, str(error)))
        return None


def _year(cell: Any, row: int, column: str, problems: list[Problem]) -> int | None:
    text = str(cell).strip().removesuffix(".0")
    if text.isdigit() and _YEARS[0] <= int(text) <= _YEARS[1]:
        return int(text)
    problems.append(Problem(row, column, f"{cell!r} is no year"))
    return None
