"""What is wrong with a user's file: every problem at once, with its row and column."""

from __future__ import annotations

import re
from dataclasses import dataclass

from interventions_stats.errors import InputError

_LISTED = 1000  # every problem of any list that a person wrote
_ROWS = 5
_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|\d[\d.,:-]*")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one cell, or with a column.

    ``row`` counts the rows of a frame from 1; in a file it is the row of the file, where the header is row 1. It is 0 for
    what concerns the whole column.
    """

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        place = f"row {self.row}, column {self.column!r}" if self.row else f"column {self.column!r}"
        return f"{place}: {self.message}"


def refuse(problems: list[Problem], source: str) -> None:
    """Raise one error that lists every problem in the order of rows; more than a thousand are counted by their kind."""
    if not problems:
        return
    ordered = sorted(problems, key=lambda p: (p.row, p.column))
    if len(ordered) == 1:
        raise InputError(f"{source}: {ordered[0]}")
    lines = [str(p) for p in ordered] if len(ordered) <= _LISTED else _by_kind(ordered)
    raise InputError("\n  ".join([f"{source}: {len(ordered)} problems", *lines]))


def _by_kind(problems: list[Problem]) -> list[str]:
    """Count the problems that differ in their values alone; name the first rows and show the first."""
    kinds: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        kinds.setdefault((problem.column, _VALUE.sub("", problem.message).split(". ")[0].rstrip(".")), []).append(
            problem
        )
    lines = []
    for (column, _), found in kinds.items():
        rows = ", ".join(str(p.row) for p in found[:_ROWS]) + (", ..." if len(found) > _ROWS else "")
        lines.append(
            f"{len(found):,} in column {column!r}, rows {rows}: {found[0].message}" if len(found) > 1 else str(found[0])
        )
    return lines
