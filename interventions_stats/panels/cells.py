"""The cells of ``event_ids``: the events that begin in a row, joined by ``;``, and empty text where none does."""

from __future__ import annotations

from collections.abc import Iterable


def split_ids(cell: str) -> list[str]:
    """Return the events of a cell.

    An empty cell is text and no missing value: ``panel.dropna()`` would otherwise keep the rows with an onset alone, which
    is selection on the outcome (G01).

    >>> split_ids("R01;R02"), split_ids("")
    (['R01', 'R02'], [])
    """
    return cell.split(";") if cell else []


def ids_in(cells: Iterable[str]) -> set[str]:
    """Return the events of many cells.

    >>> sorted(ids_in(["R01;R02", "", "R02"]))
    ['R01', 'R02']
    """
    return {event for cell in cells if cell for event in cell.split(";")}
