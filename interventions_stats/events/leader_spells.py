"""An actor with leader spells of the user's own, where the bundled ones end or are coded otherwise."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.columns import match_columns
from interventions_stats.events.csv_file import read_csv_file
from interventions_stats.events.dates import Dated, Order, absent, iso, order_shown, parse_date
from interventions_stats.events.problems import Problem, refuse
from interventions_stats.events.validate import RUNNING
from interventions_stats.frames import as_pandas

SYNONYMS = {
    "leader": ("leader", "name"),
    "start": ("start", "start_date", "from"),
    "end": ("end", "end_date", "to", "until"),
}


def read_leaders(
    source: Any,
    actor: str | int | Actor,
    *,
    order: Order | None = None,
    encoding: str | None = None,
) -> Actor:
    """Return an actor whose leaders are those of a CSV file or a frame; strata follow from them.

    Parameters
    ----------
    source : path, DataFrame, or what holds one
        Columns ``leader``, ``start`` and ``end`` (blank or "ongoing" for the one in office), one row a spell. A month or
        a year counts from its first day, to its last.
    actor : str, int or Actor
    order : {"dmy", "mdy"}, optional
        How to read ``03/04/2014``.
    encoding : str, optional
        Of the file; default: found from the bytes.

    Returns
    -------
    Actor
        To be given as ``actor=`` to :func:`interventions_stats.read_events`, ``load_events``, ``test`` and ``battery``.

    Raises
    ------
    InputError
        All problems at once with row and column: a missing name or start, a date that is none, an end before its start,
        spells that overlap by more than a handover.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = pd.DataFrame({"leader": ["Erdogan", "Ecevit"], "start": ["2003-03-14", "1999-01-11"], "end": ["", "2002-11-18"]})
    >>> [name for name, _, _ in read_leaders(spells, "Turkey").own_leaders]
    ['Ecevit', 'Erdogan']
    """
    who, problems = find_actor(actor), list[Problem]()
    header, rows, numbers, name = _cells(source, encoding, problems)
    columns = match_columns(header, SYNONYMS, ("leader", "start"), name, problems)
    at = {role: header.index(column) for role, column in columns.items()}
    dates = [row[i] for row in rows for role, i in at.items() if role != "leader"]
    order = order if order is not None else order_shown(dates, name)
    spells = [_spell(row, k, at, columns, order, problems) for k, row in zip(numbers, rows, strict=True)]
    whole = sorted(((*s, k) for s, k in zip(spells, numbers, strict=True) if s is not None), key=lambda s: _first(s[1]))
    problems += _overlaps(whole, columns)
    refuse(problems, name)
    return replace(who, own_leaders=tuple((n, str(_first(a)), str(b.last or "")) for n, a, b, _ in whole))


def _first(when: Dated) -> date:
    return when.first or date.min


def _cells(source: Any, encoding: str | None, problems: list[Problem]) -> tuple[tuple, list, list[int], str]:
    if not isinstance(source, str | os.PathLike):
        frame = as_pandas(source, "the leaders")
        cells = [[None if absent(c) else c for c in row] for row in frame.itertuples(index=False)]
        if not cells:
            raise InputError("the leaders: there is no row; give at least one spell")
        return tuple(map(str, frame.columns)), cells, list(range(1, len(cells) + 1)), "the leaders"
    file = read_csv_file(source, encoding=encoding, problems=problems)
    return file.header, [list(row) for row in file.rows], list(file.numbers), file.path


def _spell(
    row: list[Any],
    number: int,
    at: dict[str, int],
    columns: dict[str, str],
    order: Order | None,
    problems: list[Problem],
) -> tuple[str, Dated, Dated] | None:
    """Read one row; None where something is wrong with it."""
    before = len(problems)

    def read(role: str) -> Dated:
        cell = row[at[role]] if role in at else None
        if role == "end" and str(cell or "").strip().casefold() in ("", *RUNNING):
            return Dated(None, None, "ongoing")
        try:
            return parse_date(cell, order=order)
        except InputError as error:
            problems.append(Problem(number, columns[role], str(error)))
            return Dated(None, None, "unknown")

    name = str(row[at["leader"]] or "").strip() if "leader" in at else ""
    start, end = read("start"), read("end")
    if "leader" in at and not name:
        problems.append(Problem(number, columns["leader"], "the name is missing"))
    if "start" in at and start.first is None and len(problems) == before:
        problems.append(Problem(number, columns["start"], "the start is missing"))
    if start.first is not None and end.last is not None and end.last < start.first:
        problems.append(Problem(number, columns["end"], f"the end {end.last} is before the start {start.first}"))
    if len(problems) > before or start.first is None:
        return None
    return name, start, end


def _overlaps(spells: list[tuple[str, Dated, Dated, int]], columns: dict[str, str]) -> list[Problem]:
    """Find spells that overlap however their dates are read; the day, month or year of a handover belongs to both."""
    found = []
    for (name, _, end, row), (other, start, _, number) in pairwise(spells):
        if (end.first or date.max) > (start.last or date.max):
            until = f"to {iso(end)}" if end.first else "without an end"
            what = f"{other} begins on {iso(start)}, while {name} (row {row}) holds office {until}; end one before the next"
            found.append(Problem(number, columns["start"], what))
    return found
