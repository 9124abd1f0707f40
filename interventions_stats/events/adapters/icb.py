"""International Crisis Behavior, the file of crisis actors (ICB2)."""

from __future__ import annotations

import re
from typing import Any, Literal, overload

from interventions_stats.engine.intake.scalars import check_flag, check_integer
from interventions_stats.events.actors import Actor
from interventions_stats.events.adapters.public_file import for_actors, listed, number, partial, state_code, table_of
from interventions_stats.events.event_list import EventList

_COLUMNS = (
    "crisno",
    "cracno",
    "cracid",
    "crisname",
    "yrtrig",
    "motrig",
    "datrig",
    "yrterm",
    "moterm",
    "daterm",
    "southv",
    "majres",
)
_VIOLENT = (8, 9)  # major responses


@overload
def from_icb(
    icb2: Any, *, actor: Literal["all"], military_response: bool = True, since: int = 1946
) -> dict[str, EventList]: ...
@overload
def from_icb(
    icb2: Any, *, actor: str | int | Actor, military_response: bool = True, since: int = 1946
) -> EventList: ...
def from_icb(
    icb2: Any, *, actor: str | int | Actor, military_response: bool = True, since: int = 1946
) -> EventList | dict[str, EventList]:
    """Read an actor's crises from the file of ICB crisis actors.

    An event is a crisis of the actor, from the day on which its leaders saw the threat (``yrtrig, motrig, datrig``) to the
    day on which they saw it end. The target is the main source of the threat (``southv``), where that is a state. Days
    and months that are blank or out of range are unknown. Activity is ``combat`` where the major response was violent.

    Parameters
    ----------
    icb2 : path or DataFrame
        Actor level, ``icb2v14.csv`` or later.
    actor : str, int or Actor, or "all"
        With ``"all"`` a dict of lists by ISO3 code, which :func:`interventions_stats.compare` takes.
    military_response : bool, default True
        Keep crises that the actor met with its military, with or without violence (``majres`` 6 to 9).
    since : int, default 1946
        First year of a trigger.

    Returns
    -------
    EventList
        Named ``"icb"``, timed by the trigger. ``set_aside`` has the rows that could not be placed, and why.

    Raises
    ------
    InputError
        Another producer's file, which is named; a column that is missing; no crisis that is left.

    References
    ----------
    Brecher and Wilkenfeld (2000), A Study of Crisis; ICB Data Codebook, version 14 (2021).

    Examples
    --------
    >>> import pandas as pd
    >>> icb2 = pd.DataFrame({"crisno": [1], "cracno": [7], "cracid": [365], "crisname": ["AFGHAN INVASION II"], "yrtrig": [1979],
    ...                      "motrig": [9], "datrig": [None], "yrterm": [1980], "moterm": [2], "daterm": [28], "southv": [700],
    ...                      "majres": [8]})
    >>> from_icb(icb2, actor="USSR").frame[["name", "start", "target_iso3", "activity"]].iloc[0].tolist()
    ['USR: Afghan Invasion II 1979 (ICB 1)', '1979-09', 'AFG', 'combat']
    """
    military_response = check_flag("military_response", military_response)
    since = check_integer("since", since)
    cases, source = table_of(icb2, _COLUMNS, "ICB, actors (ICB2)")
    rows = [_event(case) for case in cases.itertuples()]
    last = max((r["year"] for r in rows), default=since)
    words = ", met with the military" if military_response else ""

    def read(who: Actor) -> EventList:
        mine = [r for r in rows if r["actor"] == who.ccode and (r["year"] >= since or r["start"] is None)]
        kept = [r for r in mine if r["response"] >= 6 or not military_response]
        note = f"Built from {source}: {len(kept)} of {len(mine)} crises of {who.name} from {since} on{words}."
        kept = [r | {"name": f"{who.abbreviation}: {r['name']}"} for r in kept]
        return listed(kept, who, definition="icb", coverage=(since, last), source=source, note=note)

    return for_actors(actor, (r["actor"] for r in rows), read)


def _event(case: Any) -> dict[str, Any]:
    start = partial(case.yrtrig, case.motrig, case.datrig)
    crisis, response = number(case.crisno, 1, 99_999), number(case.majres, 1, 9) or 0
    code, threat = number(case.cracid, 1, 990), number(case.southv, 1, 990)
    actor = state_code(code, start) if code is not None else None
    title = re.sub(
        r"[A-Za-z']+", lambda word: word[0] if set(word[0]) <= set("IVX") else word[0].capitalize(), str(case.crisname)
    )
    return {
        "row": case.Index, "actor": actor, "year": int((start or "0")[:4]), "response": response,
        "event_id": f"ICB-{crisis}-{actor}-{number(case.cracno, 1, 99_999)}",
        "name": f"{title} {(start or '')[:4]} (ICB {crisis})", "start": start,
        "end": partial(case.yrterm, case.moterm, case.daterm),
        "target": str(state_code(threat, start)) if threat is not None else None,
        "activity": "combat" if response in _VIOLENT else None,
    }  # fmt: skip
