"""What the adapters share: a file of a known producer, dates in parts with missing codes, and rows set aside."""

from __future__ import annotations

import calendar
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from interventions_stats.engine.intake.scalars import shown
from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor, registry
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.csv_file import read_csv_file
from interventions_stats.events.dates import parse_date
from interventions_stats.events.event_list import EventList
from interventions_stats.events.problems import Problem, refuse
from interventions_stats.events.schema import filled
from interventions_stats.events.state_cells import lasted
from interventions_stats.events.validate import RUNNING, read_rows
from interventions_stats.frames import as_pandas

if TYPE_CHECKING:
    import pandas as pd

# Columns that only one producer's file has, and the function that reads it.
_KNOWN_BY = {
    "MID, incidents (MIDI, MIDIP)": ({"dispnum", "incidnum"}, "from_mid, whose file is that of participants (MIDB)"),
    "MID, dyads": ({"dispnum", "ccode1", "ccode2"}, "from_mid, whose file is that of participants (MIDB)"),
    "GML MID, participants": (
        {"dispnum", "obsid_start"},
        "from_mid, whose file is COW's (MIDB): this one has no hostlev",
    ),
    "UCDP georeferenced events": (
        {"type_of_violence", "dyad_name"},
        "from_ucdp, whose files are those of conflicts, dyads or support",
    ),
    "COW wars": ({"warnum"}, "read_events, with the columns renamed"),
    "PRIF humanitarian interventions": ({"hmiid", "hmistart"}, "read_events, with the columns renamed"),
    "MID, participants (MIDB)": ({"dispnum", "sidea", "orig", "ccode"}, "from_mid"),
    "MID, disputes (MIDA)": ({"dispnum", "recip", "numa", "numb"}, "from_mid, as its second argument"),
    "ICB, actors (ICB2)": ({"cracid", "crisno", "majres"}, "from_icb"),
    "ICB, crises (ICB1)": ({"crisno", "noactr", "gravcr"}, "from_icb, whose file is that of the actors (ICB2)"),
    "IMI": ({"intervener", "direction", "humanitarian"}, "from_imi"),
    "UCDP/PRIO armed conflicts": ({"conflict_id", "gwno_a", "type_of_conflict"}, "from_ucdp"),
    "UCDP external support": ({"ext_name", "ext_sup", "ext_x"}, "from_ucdp"),
    "MIP": ({"us hihost", "removecase", "objectivecode"}, "from_mip"),
}
_STANDARD = ("event_id", "name", "start", "end", "target", "activity", "side_supported")
ALL = "all"


class NothingLeft(InputError):
    """No row of a file is left for an actor."""


def table_of(source: Any, needed: Sequence[str], producer: str) -> tuple[pd.DataFrame, str]:
    """Read a producer's file (CSV, .xlsx, or a frame) and hold it to the columns that are needed.

    Returns
    -------
    DataFrame
        Columns in lower case; cells of a file are text, "" where blank.
    str
        What it is called in messages.

    Raises
    ------
    InputError
        Another producer's file, which is named; a column that is missing.
    """
    import pandas as pd

    if isinstance(source, str | os.PathLike):
        problems: list[Problem] = []
        file = read_csv_file(source, problems=problems, wanted=needed)
        held = {*needed, *map(str.casefold, needed)}
        refuse(
            [p for p in problems if p.row or p.column.casefold() in held], file.path
        )  # other columns may share a name
        frame = pd.DataFrame(list(file.rows), columns=list(file.header), dtype=object).set_axis(list(file.numbers))
        name = file.path
    else:
        frame, name = as_pandas(source, producer), producer
        frame = frame.set_axis(range(1, len(frame) + 1))
    frame = frame.set_axis([str(c).strip().casefold() for c in frame.columns], axis=1)
    check_columns(frame, name, needed, producer)
    return frame, name


def check_columns(frame: pd.DataFrame, name: str, needed: Sequence[str], producer: str) -> None:
    """Refuse a table without the columns that are needed, and name the producer that it looks like."""
    missing = [c for c in needed if c not in frame.columns]
    if missing:
        other = next((who for who, (columns, _) in _KNOWN_BY.items() if columns <= set(frame.columns)), None)
        looks = f"this looks like {other}; read it with {_KNOWN_BY[other][1]}" if other else "is it another edition?"
        raise InputError(f"{name}: column {missing[0]!r} of {producer} is missing; {looks}")


def check_numbers(table: pd.DataFrame, columns: Sequence[str], source: str) -> None:
    """Refuse rows in which a column that says whose or when the row is holds no whole number."""
    refuse(
        [
            Problem(row, c, f"{shown(cell)} is no whole number, and nobody knows whose row it is")
            for c in columns
            for row, cell in zip(table.index, table[c], strict=True)
            if number(cell, -9, 10**7) is None
        ],
        source,
    )


def for_actors(
    actor: str | int | Actor, codes: Iterable[int | None], read: Callable[[Actor], EventList]
) -> EventList | dict[str, EventList]:
    """Return an actor's list or, for ``"all"``, that of each state among ``codes`` which has one.

    The keys are ISO3 codes, or names where two states share one, as :func:`interventions_stats.compare` has them.
    """
    if actor != ALL:
        return read(find_actor(actor))
    known = registry()
    lists = []
    for code in sorted({c for c in codes if c in known}):  # type: ignore[type-var]
        try:
            lists.append(read(known[code]))
        except NothingLeft:
            continue
    shared = [events.actor.iso3 for events in lists]
    return {e.actor.iso3 if shared.count(e.actor.iso3) == 1 else e.actor.name: e for e in lists}


def number(cell: Any, low: int, high: int) -> int | None:
    """Return a whole number that lies in a range; a missing code (-9, 99) or text does not."""
    try:
        value = float(cell)
    except (TypeError, ValueError):
        return None
    return int(value) if value.is_integer() and low <= value <= high else None


def partial(year: Any, month: Any = None, day: Any = None) -> str | None:
    """Write what is known of a date in parts as ISO text: a day, a month or a year; None without a year.

    >>> partial(1994, 2, -9), partial("1998.0", 9, 31), partial(-9)
    ('1994-02', '1998-09', None)
    """
    y, m, d = number(year, 1700, 2100), number(month, 1, 12), number(day, 1, 31)
    if y is None or m is None:
        return None if y is None else f"{y}"
    return f"{y}-{m:02d}" if d is None or d > calendar.monthrange(y, m)[1] else f"{y}-{m:02d}-{d:02d}"


def state_code(code: int, when: str | None) -> int:
    """Return the COW number by which a state of several is known in a year: the two Germanies and Yemens are one after union."""
    year = int((when or "9999")[:4])
    if code == 260 and year > 1990:
        return 255
    return 679 if code == 678 and year > 1990 else code


def listed(
    rows: list[dict[str, Any]],
    who: Actor,
    *,
    definition: str,
    coverage: tuple[int, int],
    source: str,
    note: str,
    beside: Sequence[str] = (),
    unsure: Sequence[tuple[int, str, str, bool]] = (),
) -> EventList:
    """Build a list of an actor's rows; those that cannot be placed, and targets that were no states, are set aside.

    Each row has ``row`` (its number in the file) and the standard columns; ``target`` is COW numbers joined by ``;``.
    Columns ``beside`` these are the producer's own and are kept as they are. Rows
    that are ``unsure`` are set aside: number, id, reason, and whether the event is kept.
    """
    import pandas as pd

    if not rows:
        raise NothingLeft(f"{source}: {note} Nothing is left; ask for less")
    frame = pd.DataFrame(rows).reindex(columns=["row", *_STANDARD])
    aside = [_without_nonstates(frame, k) for k in range(len(frame))]
    numbers = frame["row"].tolist()
    table, problems = read_rows(frame, who, {c: c for c in _STANDARD}, source=source, order=None, rows=numbers)
    table = table.assign(**{c: pd.Series([r[c] for r in rows], dtype=object) for c in beside})
    wrong: dict[int, list[Problem]] = {}
    for problem in problems:
        wrong.setdefault(problem.row, []).append(problem)
    whole = [n not in wrong for n in numbers]
    aside += [
        *unsure,
        *(
            (n, e, "; ".join(p.message for p in wrong[n]), False)
            for n, e in zip(numbers, frame["event_id"], strict=True)
            if n in wrong
        ),
    ]
    left = pd.DataFrame([a for a in aside if a is not None], columns=["row", "event_id", "reason", "kept"])
    if not any(whole):
        raise NothingLeft(f"{source}: no row can be placed; the first: {problems[0]}")
    said = f" {len(left)} rows are set aside, whole or in part: .set_aside." if len(left) else ""
    kept = table[whole].reset_index(drop=True)
    coverage = (coverage[0], min(coverage[1], int(who.ended[:4] or coverage[1])))
    return EventList(kept, who, definition, coverage, "deployment", f"{note}{said}", (), (), left)


def _without_nonstates(frame: pd.DataFrame, k: int) -> tuple[Any, Any, str, bool] | None:
    """Take targets that were no states then out of a row, and say which; a colony need not refuse the event."""
    row = frame.iloc[k]
    span = lasted(parse_date(row["start"]), parse_date(None if row["end"] in RUNNING else row["end"]))
    if span is None or not filled(row["target"]):
        return None
    known = registry()
    codes = [int(c) for c in str(row["target"]).split(";")]
    states = [c for c in codes if c in known and known[c].existed(*span)]
    if len(states) == len(codes):
        return None
    frame.iloc[k, frame.columns.get_loc("target")] = ";".join(map(str, states)) or None
    gone = ", ".join(f"{known[c].name} ({c})" if c in known else str(c) for c in codes if c not in states)
    return row["row"], row["event_id"], f"kept without its target {gone}, which was no state then", True
