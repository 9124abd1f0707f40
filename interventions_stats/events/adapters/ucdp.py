"""UCDP: states that fight abroad or against each other, from its files of conflict-years and of dyad-years."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, overload

from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor, registry
from interventions_stats.events.adapters.public_file import (
    check_columns,
    check_numbers,
    for_actors,
    listed,
    number,
    partial,
    table_of,
)
from interventions_stats.events.adapters.ucdp_support import QUIET, supporters
from interventions_stats.events.event_list import EventList
from interventions_stats.events.numbering import in_cow

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
)
_INTERSTATE = ("2", "interstate")
_ELSEWHERE = 418  # the United States against al-Qaida: contested in the United States, fought in other states
_KEYS = ["conflict_id", "year"]
_PRECISIONS = {1: 10, 2: 7, 3: 7}  # characters of a date that are known, by start_prec2; else the year


@overload
def from_ucdp(ucdp: Any, *, actor: Literal["all"], support: str | None = None) -> dict[str, EventList]: ...
@overload
def from_ucdp(ucdp: Any, *, actor: str | int | Actor, support: str | None = None) -> EventList: ...
def from_ucdp(ucdp: Any, *, actor: str | int | Actor, support: str | None = None) -> EventList | dict[str, EventList]:
    """Read an actor's participations from a UCDP file of conflict-years, dyad-years or external support.

    **Conflicts** (``ucdp-prio-acd-*.csv``) and **dyads** (``Dyadic_*.csv``). A row is a conflict (or a pair of parties in it)
    and a year; an event is a spell of years in which the actor was a warring party in one conflict: a primary party
    between states, or a secondary one (troops in support) in any conflict. Two inactive years end a spell. A primary
    party begins with the conflict's episode where that falls in the first year, as precisely as ``start_prec2`` says
    (1 a day, 2 and 3 a month, else the year); secondary parties are dated by the year. The end is ``ep_end_date`` of a
    primary party, where the file has it and it is not 31 December, which stands for an unknown day; else the year. The
    target is the opposing primary party between states, else the state whose government or territory is contested.
    Activity is ``combat`` for primary parties.

    **External support** (``ucdp-esd-*.csv``). A row is a warring party and year with its supporters; an event is a spell of
    years in which the actor gave a side of one conflict the support asked for, dated by years. The file does not say which
    of several supporters gave what: a row counts where each state named gave it, and is set aside where only some did. The
    target is the opponent's state between states, else the state whose conflict it is. Activity is ``combat`` for troops.

    Gleditsch-Ward numbers become COW numbers of the year. A spell that lasts to the last year of the file is ongoing.

    Parameters
    ----------
    ucdp : path or DataFrame
        Conflicts and dyads: ``conflict_id, year, gwno_a, gwno_a_2nd, gwno_b, gwno_b_2nd, type_of_conflict, start_date2,
        start_prec2`` and, for conflicts, ``ep_end_date``; several states in a cell are joined by commas. Support:
        ``conflict_id, year, civil, actor_name, actor_nonstate, oppo_name, gwno_a, gwno_b, ext_name, ext_count_s,
        ext_x_count_s`` (``x`` or the letter asked for).
    actor : str, int or Actor, or "all"
        With ``"all"`` a dict of lists by ISO3 code, which :func:`interventions_stats.compare` takes.
    support : str, optional
        Letter of the support in ``ext_*``: ``"x"`` troops as a secondary warring party (default), ``"w"`` weapons, ``"t"``
        training, ``"f"`` funding, ``"i"`` intelligence, ``"m"`` materiel, ``"l"`` territory; ``p, y, o, u`` as the codebook says.

    Returns
    -------
    EventList
        Named ``"ucdp"`` or ``"ucdp_support"``, timed by deployment. ``set_aside`` has the rows that could not be placed, and why.

    Raises
    ------
    InputError
        Another producer's file, which is named; a column that is missing; an actor in no conflict; a support asked of a file
        of conflicts.

    References
    ----------
    Gleditsch et al. (2002), Armed conflict 1946-2001, Journal of Peace Research 39(5): 615-637.
    Harbom, Melander and Wallensteen (2008), Dyadic dimensions of armed conflict, Journal of Peace Research 45(5): 697-710.
    Meier et al. (2023), External support in armed conflicts: Introducing the UCDP external support dataset (ESD), 1975-2017,
    Journal of Peace Research 60(3): 545-554.

    Examples
    --------
    >>> import pandas as pd
    >>> acd = pd.DataFrame({"conflict_id": [9, 9], "year": [1991, 1992], "gwno_a": "690", "gwno_b": "645", "gwno_a_2nd": "2, 200",
    ...                     "gwno_b_2nd": "", "type_of_conflict": 4, "start_date2": "1991-01-17", "start_prec2": 1, "ep_end_date": ""})
    >>> from_ucdp(acd, actor="USA").frame[["start", "end_precision", "target_iso3"]].iloc[0].tolist()
    ['1991', 'ongoing', 'KWT']
    """
    table, source = table_of(ucdp, ("conflict_id", "year"), "UCDP")
    check_numbers(table, ("conflict_id", "year"), source)
    if "ext_name" in table.columns:
        return supporters(table, source, actor, "x" if support is None else support)
    if support is not None:
        raise InputError(
            f"{source}: support= is for the file of external support, and this is one of conflicts or dyads"
        )
    check_columns(table, source, _COLUMNS, "UCDP")
    return _participants(table, source, actor)


def _participants(table: pd.DataFrame, source: str, actor: str | int | Actor) -> EventList | dict[str, EventList]:
    """Spells of states as parties, from a file of conflict-years or dyad-years."""
    years = table.assign(year=[number(y, 1900, 2100) for y in table["year"]])
    codes = {c: [_codes(cell, y) for cell, y in zip(years[c], years["year"], strict=True)] for c, _ in _PARTIES}
    between = years["type_of_conflict"].astype(str).str.removesuffix(".0").isin(_INTERSTATE)
    years = years.assign(between=between, **{f"{c}_cow": v for c, v in codes.items()})
    whole = years.groupby(_KEYS)[["gwno_a_cow", "gwno_b_cow"]].agg(
        lambda parts: tuple(sorted({c for p in parts for c in p}))
    )
    span = (int(years["year"].min()), int(years["year"].max()))
    rows_of: dict[int, set[int]] = {}
    for cells in codes.values():
        for k, cell in enumerate(cells):
            for code in cell:
                rows_of.setdefault(code, set()).add(k)
    what = "dyad" if "dyad_id" in table.columns else "conflict"

    def read(who: Actor) -> EventList:
        here = sorted(rows_of.get(who.ccode, ()))
        roles = [_role(who.ccode, {c: codes[c][k] for c in codes}, bool(between.iloc[k])) for k in here]
        mine = years.iloc[here].assign(role=roles)
        mine = mine[mine["role"].notna()]
        mine = mine.sort_values([*_KEYS, "role", "start_date2"]).drop_duplicates(_KEYS)
        gap = mine.groupby("conflict_id")["year"].diff().fillna(99) > QUIET
        rows = [_event(spell, whole, who, span[1]) for _, spell in mine.groupby(gap.cumsum().to_numpy(), sort=False)]
        note = (
            f"Built from {source}: {len(rows)} spells of {who.name} as a warring party, of {len(years):,} {what}-years."
        )
        return listed(rows, who, definition="ucdp", coverage=span, source=source, note=note)

    return for_actors(actor, rows_of, read)


def _codes(cell: Any, year: int | None) -> tuple[int, ...]:
    """COW numbers of a cell of Gleditsch-Ward numbers."""
    on = (date(year, 12, 31), date(year, 12, 31)) if year else None
    found = (int(float(c)) for c in re.findall(r"\d+(?:\.0*)?", "" if cell is None or cell != cell else str(cell)))
    return tuple(dict.fromkeys(in_cow(c, "gw", on) or c for c in found))


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
    episode, year = str(final.get("ep_end_date", ""))[:10], str(int(final["year"]))
    known = final["role"] == "primary" and episode[:4] == year and not episode.endswith("12-31")
    return episode if known else year
