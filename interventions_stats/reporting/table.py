"""A table of text, ready to be written in any format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Table:
    """Text cells under a head, with a caption and notes.

    Attributes
    ----------
    head : tuple of str
    rows : tuple of tuple of str
    caption : str
    notes : tuple of str
        Printed below the table.
    wide : tuple of int
        Columns that hold running text and may wrap.
    rule_before : int or None
        Row that a rule stands before: the table is short, and LaTeX keeps it on one page.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    notes: tuple[str, ...] = ()
    wide: tuple[int, ...] = ()
    rule_before: int | None = None


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Any]],
    caption: str = "",
    notes: Sequence[str] = (),
    wide: Sequence[int] = (),
    rule_before: int | None = None,
) -> Table:
    """Build a table; cells become text that no spreadsheet runs."""
    cells = tuple(tuple(inert(c) for c in row) for row in rows)
    return Table(tuple(head), cells, caption, tuple(notes), tuple(wide), rule_before)


def inert(cell: Any) -> str:
    """Turn a cell into text that a spreadsheet does not run when a table is pasted into it.

    A leading hyphen becomes a minus sign; what begins like a formula otherwise gets an apostrophe.

    >>> inert("=1+1"), inert("-approval"), inert("plain"), inert(-3), inert(None)
    ("'=1+1", '−approval', 'plain', '−3', '–')
    """
    if cell is None or cell != cell:
        return "–"
    text = " ".join(str(cell).split(" ")).replace("\t", " ").replace("\r", " ") if isinstance(cell, str) else str(cell)
    if text.startswith("-"):
        return "−" + text[1:]
    if text.lstrip().startswith(_FORMULA):
        return "'" + text
    return text
