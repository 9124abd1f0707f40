"""What each column of a table means, and where it has values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.datasets.load import load
from interventions_stats.datasets.package import TableInfo, table

if TYPE_CHECKING:
    import pandas as pd

TIME_COLUMNS = ("year", "month", "quarter", "date", "start", "start_date", "start_year", "from_year")


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

    from interventions_stats.display.readable import ReadableFrame

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
    about = ReadableFrame(rows, columns=names).astype({"first_year": "Int64", "last_year": "Int64"})
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

    The column is the first of ``TIME_COLUMNS`` that the table has, else one of
    the key of type year, year-month or date.  Text must begin with four digits.
    """
    import pandas as pd

    kinds = {column.name: column.type for column in info.columns}
    dated = [name for name in info.key if kinds[name] in ("year", "yearmonth", "date")]
    name = next((n for n in (*TIME_COLUMNS, *dated) if n in kinds), None)
    if name is None or (kinds[name] in ("integer", "number") and name != "year"):
        return None
    if kinds[name] == "date":
        return frame[name].dt.year.astype("float64")
    if kinds[name] in ("year", "integer", "number"):
        return frame[name].astype("float64")
    return pd.to_numeric(frame[name].str.extract(r"^(\d{4})(?!\d)", expand=False)).astype("float64")
