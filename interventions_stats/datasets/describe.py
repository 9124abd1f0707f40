"""What each column of a table means, and where it has values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.datasets.load import load
from interventions_stats.datasets.package import TableInfo, table

if TYPE_CHECKING:
    import pandas as pd


def describe(name: str) -> pd.DataFrame:
    """Describe the columns of a table.

    Parameters
    ----------
    name : str
        A table of :func:`catalogue`.

    Returns
    -------
    pandas.DataFrame
        One row a column: ``column``, ``type``, ``unit``, ``meaning``,
        ``missing_share`` (0 to 1), ``first_year`` and ``last_year`` (the span in
        which the column has a value; missing where the table has no time
        column).  ``attrs`` holds the table's ``name``, ``title``,
        ``description``, ``coverage``, ``licence`` and ``caveats``.

    Raises
    ------
    UnknownNameError, DatasetError, IntegrityError
        As :func:`load` does.

    Examples
    --------
    >>> about = describe("russia_year").set_index("column")
    >>> int(about.loc["year", "first_year"]), int(about.loc["year", "last_year"])
    (1946, 2024)
    """
    import pandas as pd

    info, frame = table(name), load(name)
    when = years(frame, info)
    rows = []
    for column in info.columns:
        present = frame[column.name].notna()
        span = when[present].dropna() if when is not None else pd.Series(dtype="float64")
        first, last = (int(span.min()), int(span.max())) if len(span) else (pd.NA, pd.NA)
        missing = 1.0 - float(present.mean()) if len(frame) else float("nan")
        rows.append((column.name, column.type, column.unit, column.description, missing, first, last))
    names = ["column", "type", "unit", "meaning", "missing_share", "first_year", "last_year"]
    about = pd.DataFrame(rows, columns=names).astype({"first_year": "Int64", "last_year": "Int64"})
    about.attrs = {
        "name": info.name,
        "title": info.title,
        "description": info.description,
        "coverage": info.coverage,
        "licence": info.licence,
        "caveats": list(info.caveats),
    }
    return about


def years(frame: pd.DataFrame, info: TableInfo) -> pd.Series | None:
    """Return each row's calendar year, or ``None`` where the table has no time column.

    The column is the first of: one of type year; an integer named ``year``; a
    year-month or date in the key; any year-month or date.
    """
    import pandas as pd

    def rank(position: int) -> int:
        column = info.columns[position]
        if column.type == "year":
            return 0
        if column.name == "year" and column.type == "integer":
            return 1
        if column.type in ("yearmonth", "date"):
            return 2 if column.name in info.key else 3
        return 4

    best = min(range(len(info.columns)), key=rank)
    if rank(best) == 4:
        return None
    column, values = info.columns[best], frame[info.columns[best].name]
    if column.type == "date":
        return values.dt.year.astype("float64")
    if column.type == "yearmonth":
        return pd.to_numeric(values.str[:4]).astype("float64")
    return values.astype("float64")
