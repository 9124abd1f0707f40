"""An Excel workbook (.xlsx) as rows of text."""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from interventions_stats.errors import DataWarning, InputError
from interventions_stats.events.columns import key


def workbook_rows(content: bytes, shown: str, wanted: Collection[str] = ()) -> list[list[str]]:
    """Return the rows of a sheet: the only one with cells, the one whose header has the wanted columns, or the first.

    Raises
    ------
    InputError
        Without openpyxl, which the extra ``excel`` installs; a file that is no workbook of Excel.

    Warns
    -----
    DataWarning
        Where other sheets were passed over without a reason.
    """
    sheets = {name: rows for name, rows in _sheets(content, shown).items() if rows}
    if not sheets:
        raise InputError(f"{shown}: no sheet of the workbook has a cell with text; write a header and at least one row")
    fitting = [name for name, rows in sheets.items() if set(map(key, wanted)) <= set(map(key, rows[0]))]
    chosen = fitting[0] if wanted and fitting else next(iter(sheets))
    if len(sheets) > 1 and not (wanted and fitting):
        others = ", ".join(repr(name) for name in sheets if name != chosen)
        warnings.warn(f"{shown}: sheet {chosen!r} is read, and not {others}", DataWarning, stacklevel=5)
    return sheets[chosen]


def _sheets(content: bytes, shown: str) -> dict[str, list[list[str]]]:
    try:
        import openpyxl
    except ImportError:
        raise InputError(
            f"{shown}: this is an Excel or OpenDocument workbook; an .xlsx is read with openpyxl "
            "(pip install 'interventions-stats[excel]'), or save the sheet as 'CSV UTF-8' and give that file"
        ) from None
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return {sheet.title: [[_written(c) for c in row] for row in _rows(sheet)] for sheet in book.worksheets}
    except Exception as error:  # openpyxl lets those of zip, XML and its own through
        raise InputError(
            f"{shown}: this is an Excel or OpenDocument workbook that cannot be read as .xlsx ({error}); "
            "save the sheet as 'CSV UTF-8' and give that file"
        ) from None


def _rows(sheet: Any) -> list[tuple[Any, ...]]:
    """Rows of a sheet, without the empty rows and columns that a spreadsheet keeps at its edges."""
    rows = list(sheet.iter_rows(values_only=True))
    while rows and all(c is None for c in rows[-1]):
        rows.pop()
    width = max((k + 1 for row in rows for k, cell in enumerate(row) if cell is not None), default=0)
    return [row[:width] for row in rows]


def _written(cell: Any) -> str:
    """Write a cell as a CSV would: days in ISO, whole numbers whole."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date) else str(cell)
