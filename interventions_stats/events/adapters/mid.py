"""Militarized Interstate Disputes, as the Correlates of War project publishes them (MIDB, with MIDA beside it)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, overload

from interventions_stats.engine.intake.scalars import check_flag, check_integer, shown
from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor, registry
from interventions_stats.events.adapters.public_file import check_numbers, for_actors, listed, number, partial, table_of
from interventions_stats.events.dates import parse_date
from interventions_stats.events.dispute_filters import BESIDE
from interventions_stats.events.event_list import EventList

_PARTICIPANTS = (
    "dispnum",
    "ccode",
    "stday",
    "stmon",
    "styear",
    "endday",
    "endmon",
    "endyear",
    "sidea",
    "orig",
    "hiact",
    "hostlev",
)
_DISPUTES = ("dispnum", "endday", "endmon", "endyear")
_FIGHTING = {16, 17, 19, 20, 21}  # attack, clash, CBR weapons, began and joined a war


@overload
def from_mid(
    midb: Any,
    mida: Any = None,
    *,
    actor: Literal["all"],
    min_hostility: int = 4,
    originator: bool = True,
    side: str | None = None,
    since: int = 1946,
) -> dict[str, EventList]: ...
@overload
def from_mid(
    midb: Any,
    mida: Any = None,
    *,
    actor: str | int | Actor,
    min_hostility: int = 4,
    originator: bool = True,
    side: str | None = None,
    since: int = 1946,
) -> EventList: ...
def from_mid(
    midb: Any,
    mida: Any = None,
    *,
    actor: str | int | Actor,
    min_hostility: int = 4,
    originator: bool = True,
    side: str | None = None,
    since: int = 1946,
) -> EventList | dict[str, EventList]:
    """Read an actor's interventions from the file of MID participants.

    An event is a dispute in which the actor took part: its spells in one dispute are one event, from the first start to
    the last end. The targets are the members of the other side. Days and months coded -9 are unknown: the date is then
    a month or a year. Activity is ``combat`` where the actor's highest action was an attack, a clash or war.

    Parameters
    ----------
    midb : path or DataFrame
        Participants, ``MIDB 5.0.csv``: ``dispnum, ccode, stday ... endyear, sidea, orig, hiact, hostlev``.
    mida : path or DataFrame, optional
        Disputes, ``MIDA 5.0.csv``; it tells which disputes went on past the last day of the data.
    actor : str, int or Actor, or "all"
        With ``"all"`` a dict of lists by ISO3 code, which :func:`interventions_stats.compare` takes.
    min_hostility : int, default 4
        Lowest hostility of the actor: 1 none, 2 threat, 3 display, 4 use of force, 5 war.
    originator : bool, default True
        Keep disputes in which the actor was there on the first day.
    side : {"A", "B"}, optional
        A took the first militarised action.
    since : int, default 1946
        First year of a start.

    Returns
    -------
    EventList
        Named ``"mid"``, timed by deployment, with the columns ``side``, ``originator`` and ``hostility``, by which
        :meth:`EventList.only` chooses. ``set_aside`` has the rows that could not be placed, and why.

    Raises
    ------
    InputError
        Another producer's file, which is named; a column that is missing; no dispute that is left.

    References
    ----------
    Palmer et al. (2022), The MID5 Dataset, 2011-2014, Conflict Management and Peace Science 39(4): 470-482.

    Examples
    --------
    >>> import pandas as pd
    >>> midb = pd.DataFrame({"dispnum": [1, 1], "ccode": [2, 41], "stday": [-9, 28], "stmon": [4, 4], "styear": 1963, "endday": 3,
    ...                      "endmon": 6, "endyear": 1963, "sidea": [1, 0], "orig": 1, "hiact": [16, 7], "hostlev": [4, 3]})
    >>> from_mid(midb, actor="USA").frame[["start", "end", "target_iso3", "activity"]].iloc[0].tolist()
    ['1963-04', '1963-06-03', 'HTI', 'combat']
    """
    least, since = check_integer("min_hostility", min_hostility), check_integer("since", since)
    check_side(side)
    table, source = table_of(midb, _PARTICIPANTS, "MID, participants (MIDB)")
    check_numbers(table, ("dispnum", "ccode"), source)
    table = table.assign(**{c: [number(v, -9, 10_000) for v in table[c]] for c in _PARTICIPANTS})
    ongoing = _ongoing(mida)
    opponents: dict[tuple[int, int], set[int]] = {}
    spells: dict[int, dict[int, list[Any]]] = {}  # by state and dispute
    for spell in table.itertuples():
        opponents.setdefault((spell.dispnum, 1 - spell.sidea), set()).add(spell.ccode)
        if not 0 < spell.styear < since:  # a start that is not known is set aside, and not passed over
            spells.setdefault(spell.ccode, {}).setdefault(spell.dispnum, []).append(spell)
    last = int(table["endyear"].max())
    originator = check_flag("originator", originator)
    words = ", there on the first day" * bool(originator) + (f", side {side}" if side else "")

    def read(who: Actor) -> EventList:
        rows = [_event(part, opponents, ongoing) for _, part in sorted(spells.get(who.ccode, {}).items())]
        kept = [
            r for r in rows
            if r["hostility"] >= least and (r["originator"] or not originator) and side in (None, r["side"])
        ]  # fmt: skip
        note = f"Built from {source}: {len(kept)} of {len(rows)} disputes of {who.name} from {since} on, hostility {least} or more{words}."
        return listed(
            kept, who, definition="mid", coverage=(since, last), source=source, note=note, beside=BESIDE["mid"]
        )

    return for_actors(actor, spells, read)


def check_side(side: object) -> None:
    """Refuse what is no side of a dispute."""
    if side not in (None, "A", "B"):
        raise InputError(f"side is 'A', 'B' or None, not {shown(side)}")


def _ongoing(mida: Any) -> dict[int, str | None]:
    """Disputes that went on past the last day of the data, with that day."""
    if mida is None:
        return {}
    disputes, _ = table_of(mida, _DISPUTES, "MID, disputes (MIDA)")
    flag = next((c for c in disputes.columns if c.startswith("ongo")), None)
    if flag is None:
        return {}
    cells = disputes[["dispnum", "endyear", "endmon", "endday", flag]].itertuples(index=False)
    return {int(float(n)): partial(y, m, d) for n, y, m, d, on in cells if number(on, 1, 1)}


def _event(
    spells: list[Any], opponents: dict[tuple[int, int], set[int]], ongoing: dict[int, str | None]
) -> dict[str, Any]:
    """One state in one dispute, its spells joined."""
    first, known = spells[0], registry()
    dispute, code = int(first.dispnum), int(first.ccode)
    starts = [partial(s.styear, s.stmon, s.stday) for s in spells]
    ends = [partial(s.endyear, s.endmon, s.endday) for s in spells]
    start = min((s for s in starts if s), key=lambda s: str(parse_date(s).first), default=None)
    end = max((e for e in ends if e), key=lambda e: str(parse_date(e).last), default=None)
    others = sorted(opponents.get((dispute, first.sidea), ()))
    names = [known[c].abbreviation if c in known else str(c) for c in others]
    label = "/".join(names) if len(names) <= 3 else f"{len(names)} states"
    return {
        "row": first.Index, "event_id": f"MID-{dispute}-{code}",
        "name": f"{known[code].abbreviation if code in known else code} v {label} (MID {dispute})",
        "start": start, "end": "ongoing" if dispute in ongoing and end == ongoing[dispute] else end,
        "target": ";".join(map(str, others)), "activity": "combat" if _highest(s.hiact for s in spells) in _FIGHTING else None,
        "hostility": _highest(s.hostlev for s in spells), "originator": any(s.orig == 1 for s in spells),
        "side": "A" if first.sidea == 1 else "B",
    }  # fmt: skip


def _highest(codes: Iterable[float]) -> int:
    return int(max((c for c in codes if c == c), default=-9))
