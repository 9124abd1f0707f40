"""Read a user's events from a CSV file."""

from __future__ import annotations

import os
import warnings
from typing import Literal

from interventions_stats.errors import DataWarning
from interventions_stats.events.actors import Actor
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.csv_file import CsvFile, key, match_columns, read_csv_file
from interventions_stats.events.event_list import EventList
from interventions_stats.events.validate import Problem, canonical

# Names under which a column is found, in order of precedence; case, blanks and underscores do not matter.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "start": ("start", "start_date", "onset", "date"),
    "end": ("end", "end_date"),
    "target": ("target", "target_cow", "target_iso3", "iso3", "country"),
    "activity": ("activity", "type"),
    "decision": ("decision", "decision_date"),
    "event_id": ("event_id", "id"),
    "name": ("name",),
    "confidence": ("confidence",),
    "conflict_system": ("conflict_system",),
}
# Taken over under their own name where the file has them.
_OWN = ("start_precision", "end_precision", "decision_precision", "region", "authority", "side_supported", "frame",
        "new_force", "person_years")  # fmt: skip


def read_events(
    path: str | os.PathLike[str],
    *,
    actor: str | int | Actor,
    order: Literal["dmy", "mdy"] | None = None,
    coverage: tuple[int, int] | None = None,
    encoding: str | None = None,
) -> EventList:
    """Read an event list from a CSV file.

    The file may be UTF-8 with or without a byte order mark, UTF-16, Windows-1252 or Windows-1254, and separated by comma,
    semicolon or tab. Only a start date is required. Columns are found by name, whatever the case:

    ==================  =====================================================  ==========================================
    column              other names                                            content
    ==================  =====================================================  ==========================================
    start               start_date, onset, date                                first day, whole or partial
    end                 end_date                                               last day; "ongoing" or blank
    decision            decision_date                                          day of the decision or trigger
    target              target_cow, target_iso3, iso3, country                 COW numbers, ISO3 codes or names, joined by ;
    activity            type                                                   combat, stabilisation, deterrence, ...
    event_id            id                                                     must be unique
    name                                                                       for display
    confidence                                                                 0 to 1
    conflict_system                                                            label that cases of one conflict share
    ==================  =====================================================  ==========================================

    Dates are ISO, written out, or spreadsheet serial numbers; see :func:`interventions_stats.events.dates.parse_date`.

    Parameters
    ----------
    path : str or path
    actor : str, int or Actor
        Who intervened: COW number, COW abbreviation, ISO3 code or name.
    order : {"dmy", "mdy"}, optional
        How to read ``03/04/2014``; without it such a date is refused, unless others of its column show the order.
    coverage : (int, int), optional
        First and last year in which the list would have recorded an event (default: years of the first and last onset).
    encoding : str, optional
        Any that Python knows, such as ``"cp1251"`` for Cyrillic; default: found from the bytes.

    Returns
    -------
    EventList

    Raises
    ------
    InputError
        A file that cannot be read or is no CSV; a missing or misspelt column, with the nearest valid name; or all
        problems of the cells at once, each with its row of the file (the header is row 1) and column.

    Warns
    -----
    DataWarning
        When the encoding or the order of day and month was read off the file, or two columns could both be the one wanted.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "mine.csv")
    >>> _ = file.write_text("Start Date;ISO3;Type\\n24.8.2016;SYR;combat\\n2018-01-20;SYR;combat\\n")
    >>> events = read_events(file, actor="Turkey")
    >>> len(events), events.coverage, events.targets["E01"]
    (2, (2016, 2018), (652,))
    >>> folder.cleanup()
    """
    import pandas as pd

    problems: list[Problem] = []
    file = read_csv_file(path, encoding=encoding, problems=problems)
    columns = match_columns(file.header, SYNONYMS, ("start",), file.path, problems)
    _note_rivals(file, columns)
    own = {key(name): name for name in _OWN}
    places = {role: file.header.index(name) for role, name in columns.items()}
    extra = {own[key(name)]: i for i, name in enumerate(file.header) if key(name) in own and i not in places.values()}
    # The columns of a role keep the name that the file gave them, for messages.
    names = {places[role]: columns[role] for role in columns} | {i: name for name, i in extra.items()}
    cells = {name: [row[i] or None for row in file.rows] for i, name in names.items()}
    frame, who = pd.DataFrame(cells, dtype=object), find_actor(actor)
    table = canonical(frame, who, columns, source=file.path, order=order, rows=file.numbers, problems=problems)
    return EventList.from_canonical(table, who, coverage, "user", file.path)


def _note_rivals(file: CsvFile, columns: dict[str, str]) -> None:
    """Say which column was passed over where two could be the one wanted."""
    for role, used in columns.items():
        words = {key(w) for w in SYNONYMS[role]}
        others = [name for name in file.header if key(name) in words and name != used]
        if others and not (role == "target" and key(used) == "targetcow"):  # numbers and codes of the same states
            warnings.warn(
                f"{file.path}: {role} is read from column {used!r}; {', '.join(map(repr, others))} is not used",
                DataWarning,
                stacklevel=3,
            )
