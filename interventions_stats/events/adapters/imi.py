"""International Military Intervention (Pearson and Baumann; Kisangani and Pickering)."""

from __future__ import annotations

import calendar
from typing import Any, Literal, overload

from interventions_stats.engine.intake.scalars import check_flag
from interventions_stats.events.actors import Actor, registry
from interventions_stats.events.adapters.public_file import for_actors, listed, number, partial, state_code, table_of
from interventions_stats.events.dates import parse_date
from interventions_stats.events.event_list import EventList

_COLUMNS = ("intervener", "target", "start", "end", "direction", "type", "humanitarian")
_RENUMBERED = {695: 696, 749: 771}  # its own numbers of the United Arab Emirates and Bangladesh
_SIDES = {1: "government", 2: "government", 3: "opposition", 4: "opposition"}
_ONGOING = 88888888
_REVISED = "1989"  # from here on starts show no excess of last days of a month


@overload
def from_imi(imi: Any, *, actor: Literal["all"], combat_only: bool = False) -> dict[str, EventList]: ...
@overload
def from_imi(imi: Any, *, actor: str | int | Actor, combat_only: bool = False) -> EventList: ...
def from_imi(imi: Any, *, actor: str | int | Actor, combat_only: bool = False) -> EventList | dict[str, EventList]:
    """Read an actor's interventions from the IMI file.

    An event is a row. Dates are numbers, YYYYMMDD; 88888888 is still going on, 99999999 and parts of 99 are unknown. The
    file marks no precision, and many starts before 1989 and ends stand on the last day of a month: such a day is read as
    the month, 31 December as the year. An end before its start is unknown. Activity is ``combat`` for troop type 5, and
    ``humanitarian`` for evacuation or transport with that motive; ``side_supported`` follows ``direction`` (1 and 2 the
    government, 3 and 4 the opposition, else none).

    Parameters
    ----------
    imi : path or DataFrame
        Columns ``intervener, target, start, end, direction, type, humanitarian``.
    actor : str, int or Actor, or "all"
        With ``"all"`` a dict of lists by ISO3 code, which :func:`interventions_stats.compare` takes.
    combat_only : bool, default False
        Keep troop type 5.

    Returns
    -------
    EventList
        Named ``"imi"``, timed by deployment. ``set_aside`` has the rows that could not be placed, and why.

    Raises
    ------
    InputError
        Another producer's file, which is named; a column that is missing; no row that is left.

    References
    ----------
    Pearson and Baumann (1993), ICPSR 6035; Kisangani and Pickering (2008), ICPSR 21282.

    Examples
    --------
    >>> import pandas as pd
    >>> imi = pd.DataFrame({"intervener": [2], "target": [41], "start": [19940919], "end": [88888888], "direction": [3], "type": [5],
    ...                     "humanitarian": [0]})
    >>> from_imi(imi, actor="USA").frame[["start", "end_precision", "side_supported", "activity"]].iloc[0].tolist()
    ['1994-09-19', 'ongoing', 'opposition', 'combat']
    """
    combat_only = check_flag("combat_only", combat_only)
    cases, source = table_of(imi, _COLUMNS, "IMI")
    rows = [_event(case) for case in cases.itertuples()]
    years = [int(r["start"][:4]) for r in rows if r["start"]]
    span = (min(years, default=1946), max(years, default=2005))
    words = " with combat" if combat_only else ""

    def read(who: Actor) -> EventList:
        mine = [r for r in rows if r["actor"] == who.ccode]
        kept = [r for r in mine if r["activity"] == "combat" or not combat_only]
        note = f"Built from {source}: {len(kept)} of {len(mine)} interventions of {who.name}{words}."
        return listed(kept, who, definition="imi", coverage=span, source=source, note=note)

    return for_actors(actor, (r["actor"] for r in rows), read)


def _event(case: Any) -> dict[str, Any]:
    start = _date(case.start, revised=_REVISED)
    end = "ongoing" if number(case.end, _ONGOING, _ONGOING) else _date(case.end)
    if start and end and end != "ongoing" and parse_date(end).last < parse_date(start).first:  # type: ignore[operator]
        end = None
    actor, target = (
        state_code(_RENUMBERED.get(c, c), start)
        for c in (number(v, 1, 9999) or 0 for v in (case.intervener, case.target))
    )
    kind = number(case.type, 0, 5)
    humanitarian = kind in (1, 2) and number(case.humanitarian, 1, 1)
    known = registry()
    place = known[target].abbreviation if target in known else "territory"
    direction = number(case.direction, 0, 6)
    return {
        "row": case.Index, "actor": actor, "event_id": f"IMI-{case.intervener}-{case.target}-{case.start}",
        "name": f"{known[actor].abbreviation if actor in known else actor} in {place} {(start or '')[:4]} (IMI)", "start": start, "end": end,
        "target": str(target) if target in known else None,
        "activity": "combat" if kind == 5 else "humanitarian" if humanitarian else None,
        "side_supported": None if direction is None else _SIDES.get(direction, "none"),
    }  # fmt: skip


def _date(cell: Any, revised: str = "9999") -> str | None:
    """Read YYYYMMDD; before the year ``revised`` the last day of a month stands for the month, 31 December for the year."""
    digits = number(cell, 17_000_000, 21_001_299)
    if digits is None:
        return None
    year, month, day = digits // 10_000, digits // 100 % 100, digits % 100
    text = partial(year, month, day)
    if text is None or len(text) < 10 or text >= revised or day < calendar.monthrange(year, month)[1]:
        return text
    return partial(year, month if month < 12 else None)
