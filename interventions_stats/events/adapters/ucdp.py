"""The UCDP/PRIO Armed Conflict Dataset: states that fight abroad or against each other."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from interventions_stats.events.actors import Actor, registry
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.adapters.public_file import listed, number, partial, table_of
from interventions_stats.events.event_list import EventList
from interventions_stats.events.state_cells import from_gleditsch_ward

if TYPE_CHECKING:
    import pandas as pd

_PARTIES = (("gwno_a", "primary"), ("gwno_b", "primary"), ("gwno_a_2nd", "secondary"), ("gwno_b_2nd", "secondary"))
_COLUMNS = (
    "conflict_id",
    "year",
    *(c for c, _ in _PARTIES),
    "type_of_conflict",
    "start_date2",
    "start_prec2",
    "ep_end_date",
)
_INTERSTATE = ("2", "interstate")
_ELSEWHERE = 418  # the United States against al-Qaida: contested in the United States, fought in other states
_QUIET = 2  # inactive years that end a spell
_PRECISIONS = {1: 10, 2: 7, 3: 7}  # characters of a date that are known, by start_prec2; else the year


def from_ucdp(acd: Any, *, actor: str | int | Actor) -> EventList:
    """Read an actor's participations from the file of conflict-years.

    A row is a conflict and year; an event is a spell of years in which the actor was a warring party in one conflict:
    a primary party between states, or a secondary one (troops in support) in any conflict. Two inactive years end a
    spell. A primary party begins with the conflict's episode where that falls in the first year, as precisely as
    ``start_prec2`` says; secondary parties are dated by the year. The target is the opposing primary party between
    states, else the state whose government or territory is contested. Gleditsch-Ward numbers become COW numbers of the
    year. Activity is ``combat`` for primary parties.

    Parameters
    ----------
    acd : path or DataFrame
        ``ucdp-prio-acd-*.csv``: ``conflict_id, year, gwno_a, gwno_a_2nd, gwno_b, gwno_b_2nd, type_of_conflict, start_date2,
        start_prec2, ep_end_date``; several states in a cell are joined by commas.
    actor : str, int or Actor

    Returns
    -------
    EventList
        Named ``"ucdp"``, timed by deployment. ``set_aside`` has the rows that could not be placed, and why.

    Raises
    ------
    InputError
        Another producer's file, which is named; a column that is missing; an actor in no conflict.

    References
    ----------
    Gleditsch et al. (2002), Armed conflict 1946-2001, Journal of Peace Research 39(5): 615-637.

    Examples
    --------
    >>> import pandas as pd
    >>> acd = pd.DataFrame({"conflict_id": [9, 9], "year": [1991, 1992], "gwno_a": "690", "gwno_b": "645", "gwno_a_2nd": "2, 200",
    ...                     "gwno_b_2nd": "", "type_of_conflict": 4, "start_date2": "1991-01-17", "start_prec2": 1, "ep_end_date": ""})
    >>> from_ucdp(acd, actor="USA").frame[["start", "end_precision", "target_iso3"]].iloc[0].tolist()
    ['1991', 'ongoing', 'KWT']
    """
    who = find_actor(actor)
    table, source = table_of(acd, _COLUMNS, "UCDP/PRIO armed conflicts")
    years = table.assign(year=[number(y, 1900, 2100) for y in table["year"]])
    codes = {c: [_codes(cell, y) for cell, y in zip(years[c], years["year"], strict=True)] for c, _ in _PARTIES}
    between = years["type_of_conflict"].astype(str).str.removesuffix(".0").isin(_INTERSTATE)
    roles = [_role(who.ccode, {c: codes[c][k] for c in codes}, bool(between.iloc[k])) for k in range(len(years))]
    mine = years.assign(role=roles, between=between, **{f"{c}_cow": v for c, v in codes.items()})
    keys = ["conflict_id", "year"]
    whole = mine.groupby(keys)[["gwno_a_cow", "gwno_b_cow"]].agg(
        lambda parts: tuple(sorted({c for p in parts for c in p}))
    )
    mine = mine[mine["role"].notna()].sort_values([*keys, "role"]).drop_duplicates(keys)
    gap = mine.groupby("conflict_id")["year"].diff().fillna(99) > _QUIET
    last = int(years["year"].max())
    rows = [_event(spell, whole, who, last) for _, spell in mine.groupby(gap.cumsum().to_numpy(), sort=False)]
    note = (
        f"Built from {source}: {len(rows)} spells of {who.name} as a warring party, of {len(years):,} conflict-years."
    )
    span = (int(years["year"].min()), last)
    return listed(rows, who, definition="ucdp", coverage=span, source=source, note=note)


def _codes(cell: Any, year: int | None) -> tuple[int, ...]:
    """COW numbers of a cell of Gleditsch-Ward numbers."""
    on = (date(year, 12, 31), date(year, 12, 31)) if year else None
    found = (int(float(c)) for c in re.findall(r"\d+(?:\.0*)?", "" if cell is None or cell != cell else str(cell)))
    return tuple(dict.fromkeys(from_gleditsch_ward(c, on) for c in found))


def _role(code: int, parties: dict[str, tuple[int, ...]], between: bool) -> str | None:
    """Role in which a state fights abroad; a primary party counts between states alone, and before a secondary one."""
    return next((role for c, role in _PARTIES if code in parties[c] and (between or role == "secondary")), None)


def _event(spell: pd.DataFrame, whole: pd.DataFrame, who: Actor, last: int) -> dict[str, Any]:
    """One spell of a state in one conflict."""
    first, final, known = spell.iloc[0], spell.iloc[-1], registry()
    conflict, year = first["conflict_id"], int(first["year"])
    sides = whole.loc[(conflict, first["year"])]
    number_ = number(conflict, 1, 10**7)
    if first["between"]:
        ours = who.ccode in first["gwno_a_cow"] or who.ccode in first["gwno_a_2nd_cow"]
        targets = sides["gwno_b_cow"] if ours else sides["gwno_a_cow"]
    else:
        targets = () if number_ == _ELSEWHERE else sides["gwno_a_cow"]
    label = "/".join(known[c].abbreviation if c in known else str(c) for c in targets) or "other states"
    primary = first["role"] == "primary"
    return {
        "row": spell.index[0], "event_id": f"UCDP-{number_}-{who.ccode}-{year}",
        "name": f"{who.abbreviation} {'v' if first['between'] else 'in'} {label} {year} (UCDP {number_})",
        "start": _start(first) if primary else str(year), "end": "ongoing" if int(final["year"]) == last else _end(final),
        "target": ";".join(map(str, targets)) or None, "activity": "combat" if primary else None,
    }  # fmt: skip


def _start(first: pd.Series) -> str:
    episode, year = str(first["start_date2"])[:10], str(int(first["year"]))
    known = _PRECISIONS.get(number(first["start_prec2"], 1, 7) or 7, 4)
    return episode[:known] if episode[:4] == year and known > 4 and partial(*episode.split("-")) else year


def _end(final: pd.Series) -> str:
    """The episode's last day for a primary party, where it is known: 31 December stands for an unknown one."""
    episode, year = str(final["ep_end_date"])[:10], str(int(final["year"]))
    known = final["role"] == "primary" and episode[:4] == year and not episode.endswith("12-31")
    return episode if known else year
