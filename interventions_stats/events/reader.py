"""Read a user's events from a CSV file."""

from __future__ import annotations

import os
from typing import Literal

from interventions_stats.events.actors import Actor
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.csv_file import read_csv_file
from interventions_stats.events.event_list import EventList
from interventions_stats.events.intake import taken_in
from interventions_stats.events.problems import Problem


def read_events(
    path: str | os.PathLike[str],
    *,
    actor: str | int | Actor,
    actor_column: str | None = None,
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
    target              target_cow, target_iso3, iso3, country                 COW numbers, ISO3 codes or names, separated by ;
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
    actor_column : str, optional
        Column that says who acted, in a file of several actors: the actor's rows are kept, and the list says how many of
        how many. COW numbers, Gleditsch-Ward numbers (a column ``gwno...``), codes, names and UCDP's forms
        (``Government of Russia (Soviet Union)``) are understood. Without it a file that names others is refused.
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
        When the encoding or the order of day and month was read off the file, two columns could both be the one wanted, a
        column resembles one of ours under another producer's name and is not used, or rows repeat an event.

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
    who = find_actor(actor)
    file = read_csv_file(path, encoding=encoding, problems=problems)
    named = [i for i, name in enumerate(file.header) if name and name not in file.header[:i]]  # the others are problems
    cells = {file.header[i]: [row[i] or None for row in file.rows] for i in named}
    frame = pd.DataFrame(cells, dtype=object)
    table, wanted = taken_in(frame, who, {}, source=file.path, actor_column=actor_column, order=order, rows=file.numbers,
                             problems=problems)  # fmt: skip
    return EventList.from_canonical(table, who, coverage, "user", file.path, wanted)
