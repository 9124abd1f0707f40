"""The Military Intervention Project: interventions of the United States."""

from __future__ import annotations

import re
from typing import Any

from interventions_stats.engine.intake.scalars import check_integer
from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor, registry
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.adapters.public_file import listed, number, partial, state_code, table_of
from interventions_stats.events.dates import parse_date
from interventions_stats.events.dispute_filters import BESIDE
from interventions_stats.events.event_list import EventList

_COLUMNS = ("state b", "state b code", "styear", "stmon", "stday", "endyear", "endmon", "endday", "name", "removecase", "ongoing",
            "us hihost", "us highact", "us orig", "objectivecode")  # fmt: skip
_ITS_OWN = {"AUH": 300, "KOR": 730, "CHIN": 710, "LKA": 780, "IDN": 850}  # its spellings that are no COW abbreviation
_USA = 2
_FIGHTING = (18, 19)  # clash, attack
_WAR = 5
_HUMANITARIAN = "6.2"


def from_mip(
    mip: Any, *, actor: str | int | Actor = "USA", min_hostility: int = 1, originator: bool = False, since: int = 1946
) -> EventList:
    """Read the interventions of the United States from the file of the Military Intervention Project.

    An event is a row that the producers keep (``RemoveCase`` 0). Months and days that are blank, -9 or out of range are
    unknown: the date is then a month or a year. An end before its start is unknown. Targets are read from the names in
    ``State B``, from ``State B code`` where no name is known. Activity is ``combat`` for a war, a clash or an attack, and
    ``humanitarian`` where that is the only objective (``ObjectiveCode`` 6.2).

    Parameters
    ----------
    mip : path or DataFrame
        ``MIP Dataset.xlsx`` (read with the extra ``excel``), or its sheet as CSV: ``State B, State B code, styear ... endday, Name,
        RemoveCase, Ongoing, US HiHost, US HighAct, US Orig, ObjectiveCode``.
    actor : str, int or Actor, default "USA"
        The file has no other.
    min_hostility : int, default 1
        Lowest hostility of the United States: 1 none, 2 threat, 3 display, 4 use of force, 5 war. The producers count
        threats and displays.
    originator : bool, default False
        Keep those in which it was involved from the first day.
    since : int, default 1946
        First year of a start.

    Returns
    -------
    EventList
        Named ``"mip"``, timed by deployment, with the columns ``originator`` and ``hostility``, by which
        :meth:`EventList.only` chooses. ``set_aside`` has the rows that could not be placed, and why.

    Raises
    ------
    InputError
        Another producer's file, which is named; a column that is missing; another actor; no row that is left; an .xlsx
        without openpyxl.

    References
    ----------
    Kushi and Toft (2023), Introducing the Military Intervention Project, Journal of Conflict Resolution 67(4): 752-779.

    Examples
    --------
    >>> import pandas as pd
    >>> mip = pd.DataFrame({"State B": ["PAN"], "State B code": [95], "styear": [1989], "stmon": [12], "stday": [20], "endyear": [1990],
    ...                     "endmon": [1], "endday": [-9], "Name": ["Just Cause"], "RemoveCase": [0], "Ongoing": [0], "US HiHost": [5],
    ...                     "US HighAct": [20], "US Orig": [1], "ObjectiveCode": ["1"]})
    >>> from_mip(mip).frame[["name", "start", "end", "target_iso3", "activity"]].iloc[0].tolist()
    ['Just Cause', '1989-12-20', '1990-01', 'PAN', 'combat']
    """
    who, least, since = find_actor(actor), check_integer("min_hostility", min_hostility), check_integer("since", since)
    cases, source = table_of(mip, _COLUMNS, "MIP")
    if who.ccode != _USA:
        raise InputError(f"{source}: MIP has interventions of the United States alone, none of {who.name}")
    names = {state.abbreviation: code for code, state in registry().items()} | _ITS_OWN
    plain = cases.set_axis(_identifiers(cases), axis=1)
    rows = [
        _event(case, f"MIP-{k}", names) for k, case in enumerate(plain.itertuples(), start=2)
    ]  # as rows of the file
    mine = [r for r in rows if r["kept"] and (r["start"] is None or int(r["start"][:4]) >= since)]
    kept = [r for r in mine if (r["hostility"] or 0) >= least and (r["originator"] or not originator)]
    last = max((number(y, 1700, 2100) or since for y in cases["endyear"]), default=since)
    words = f", hostility {least} or more" * (least > 1) + ", there on the first day" * bool(originator)
    note = f"Built from {source}: {len(kept)} of {len(mine)} interventions that it keeps, from {since} on{words}."
    return listed(
        kept,
        who,
        definition="mip",
        coverage=(since, last),
        source=source,
        note=note,
        beside=BESIDE["mip"],
    )


def _identifiers(cases: Any) -> list[str]:
    return [re.sub(r"\W+", "_", str(c)) for c in cases.columns]


def _event(case: Any, event_id: str, names: dict[str, int]) -> dict[str, Any]:
    start = partial(case.styear, case.stmon, case.stday)
    end = "ongoing" if number(case.ongoing, 1, 1) else partial(case.endyear, case.endmon, case.endday)
    if start and end and end != "ongoing" and parse_date(end).last < parse_date(start).first:  # type: ignore[operator]
        end = None
    hostility, action = number(case.us_hihost, 1, 5), number(case.us_highact, 0, 24)
    objectives = [c.strip() for c in re.split(r"[;,]", _text(case.objectivecode)) if c.strip()]
    only_relief = objectives == [_HUMANITARIAN]
    return {
        "row": case.Index, "kept": number(case.removecase, 0, 0) == 0, "event_id": event_id,
        "name": " ".join(_text(case.name).split()) or event_id, "start": start, "end": end,
        "target": ";".join(str(state_code(c, start)) for c in _targets(case, names)) or None,
        "activity": "combat" if hostility == _WAR or action in _FIGHTING else "humanitarian" if only_relief else None,
        "hostility": hostility, "originator": number(case.us_orig, 1, 1) == 1,
    }  # fmt: skip


def _targets(case: Any, names: dict[str, int]) -> list[int]:
    """COW numbers of the states named, else of the numbers beside them."""
    found = [names[word] for word in re.findall(r"[A-Z]{3,4}", _text(case.state_b)) if word in names]
    return sorted(set(found)) or sorted({int(n) for n in re.findall(r"\d+", _text(case.state_b_code))})


def _text(cell: Any) -> str:
    return "" if cell is None or cell != cell else str(cell)
