"""Load a table: checked against its published sha256 and its schema, never in silence."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from interventions_stats.datasets.cite import cite
from interventions_stats.datasets.package import Column, TableInfo, table
from interventions_stats.engine.intake.scalars import shown
from interventions_stats.errors import DatasetError, InputError, IntegrityError

if TYPE_CHECKING:
    import pandas as pd

REMEDY = "Reinstall the package, or rebuild the table with datasets/recipes/build.py"
# Whole columns are parsed at once; a cell that does not fit is looked for only after that has failed.
DTYPES = {"string": "str", "yearmonth": "str", "date": "str", "number": "float64", "integer": "Int64", "year": "Int64"}

_FRAMES: dict[tuple[object, ...], tuple[pd.DataFrame, str]] = {}


def load(name: str, *, check: bool = True) -> pd.DataFrame:
    """Load a bundled table.

    Parameters
    ----------
    name : str
        A table of :func:`catalogue`.
    check : bool, default True
        Refuse a file whose sha256 is not the published one.  With ``False`` an
        edited copy loads; its columns and types are still held to the schema.

    Returns
    -------
    pandas.DataFrame
        A fresh copy.  Types follow the schema: integer and year ``int64``
        (``Int64`` where values are missing), number ``float64``, date
        ``datetime64[us]``, string and yearmonth (``YYYY-MM``) text.  An empty
        cell is missing.  ``attrs`` holds ``name``, ``sha256`` (of the file
        that was read) and ``citation``.

    Raises
    ------
    UnknownNameError
        When there is no such table; the message names the nearest one.
    DatasetError
        When its file is missing or cannot be read.
    IntegrityError
        When its digest, its columns or a cell are not as published.

    Examples
    --------
    >>> frame = load("russia_year")
    >>> frame.attrs["name"], frame["year"].dtype
    ('russia_year', dtype('int64'))
    """
    if not isinstance(check, bool):
        raise InputError(f"check is True or False, not {shown(check)}")
    frame, found = _checked(table(name), check)
    copy = frame.copy()
    copy.attrs = {"name": name, "sha256": found, "citation": cite(name)}
    return copy


def _checked(info: TableInfo, check: bool) -> tuple[pd.DataFrame, str]:
    """Return the parsed file and its sha256, from memory while path, time, size and schema stay the same."""
    try:
        state = info.file.stat()
        stamp = (str(info.file), state.st_mtime_ns, state.st_size, info.columns)
        kept = _FRAMES.get(stamp)
        content = b"" if kept else info.file.read_bytes()
    except OSError as error:
        reason = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        raise DatasetError(f"table {info.name!r}: {info.file} {reason}. {REMEDY}.") from error
    found = kept[1] if kept else hashlib.sha256(content).hexdigest()
    if check and found != info.sha256:
        raise _altered(info, found, state.st_size)
    if kept is None:
        if found != info.sha256 and (misfit := _first_misfit(content, info)):
            raise misfit  # an edited copy may have short rows, which a fast reader would pad in silence
        kept = _FRAMES[stamp] = (_parse(content, info), found)
    return kept


def _altered(info: TableInfo, found: str, size: int) -> IntegrityError:
    short = f" It is {info.bytes - size} bytes short, so it may be truncated." if size < info.bytes else ""
    return IntegrityError(
        f"table {info.name!r}: {info.file} has sha256 {found}, published is {info.sha256}.{short} "
        f"{REMEDY}; load({info.name!r}, check=False) reads an edited copy on purpose."
    )


def _parse(content: bytes, info: TableInfo) -> pd.DataFrame:
    import pandas as pd

    _hold_header(content, info)
    types: Any = {column.name: DTYPES[column.type] for column in info.columns}
    try:
        frame = pd.read_csv(
            io.BytesIO(content),
            dtype=types,
            keep_default_na=False,
            na_values=[""],
        )
        for column in info.columns:
            if column.type == "date":
                parsed = pd.to_datetime(frame[column.name], format="%Y-%m-%d", errors="raise")
                frame[column.name] = parsed.astype("datetime64[us]")
            elif types[column.name] == "Int64" and not frame[column.name].isna().any():
                frame[column.name] = frame[column.name].astype("int64")
    except (ValueError, TypeError) as error:  # ParserError is a ValueError
        misfit = _first_misfit(content, info)
        raise misfit or IntegrityError(f"table {info.name!r}: {error}. {REMEDY}.") from error
    return frame


def _hold_header(content: bytes, info: TableInfo) -> None:
    """Refuse text that is not UTF-8 and a header that is not the schema's."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise IntegrityError(f"table {info.name!r}, line {line}: not UTF-8 text. {REMEDY}.") from error
    found = next(csv.reader(io.StringIO(text)), [])
    wanted = [column.name for column in info.columns]
    if found == wanted:
        return
    missing = [name for name in wanted if name not in found]
    extra = [name for name in found if name not in wanted]
    what = "columns are repeated or out of order"
    if missing or extra:
        what = f"column {missing[0]!r} is missing" if missing else f"column {extra[0]!r} is not in the schema"
    raise IntegrityError(
        f"table {info.name!r}, line 1: {what} ({len(found)} columns found, {len(wanted)} published). {REMEDY}."
    )


def _first_misfit(content: bytes, info: TableInfo) -> IntegrityError | None:
    """Return the error for the first row or cell that does not fit the schema."""
    _hold_header(content, info)
    rows = csv.reader(io.StringIO(content.decode("utf-8")))
    next(rows)
    for number, row in enumerate(rows, start=1):
        place = f"table {info.name!r}, data row {number}"
        if len(row) != len(info.columns):
            return IntegrityError(f"{place}: {len(row)} cells where {len(info.columns)} are published. {REMEDY}.")
        for column, cell in zip(info.columns, row, strict=True):
            if cell and not _fits(cell, column):
                return IntegrityError(f"{place}, column {column.name!r}: {cell!r} is no {column.type}. {REMEDY}.")
    return None


def _fits(cell: str, column: Column) -> bool:
    try:
        if column.type in ("integer", "year"):
            return float(cell).is_integer()
        if column.type == "number":
            float(cell)
        elif column.type == "date":
            datetime.strptime(cell, "%Y-%m-%d")  # only the shape matters, so no time zone
    except ValueError:
        return False
    return True
