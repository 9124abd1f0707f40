"""The UCDP External Support Dataset: states that support a side of a conflict."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from interventions_stats.engine.intake.scalars import check_option
from interventions_stats.events.actors import Actor, registry, spelled_so
from interventions_stats.events.adapters.public_file import check_columns, for_actors, listed, number
from interventions_stats.events.event_list import EventList
from interventions_stats.events.numbering import in_cow

if TYPE_CHECKING:
    import pandas as pd

QUIET = 2  # inactive years that end a spell
SUPPORT = ("x", "p", "y", "w", "m", "t", "f", "i", "l", "o", "u")
_COLUMNS = ("conflict_id", "year", "civil", "actor_name", "actor_nonstate", "oppo_name", "gwno_a", "gwno_b", "ext_name",
            "ext_count_s")  # fmt: skip
_NAMES = re.compile(r",\s*(?=Government of )")  # states stand before, between and after groups


def supporters(
    table: pd.DataFrame, source: str, actor: str | int | Actor, kind: str
) -> EventList | dict[str, EventList]:
    """Spells of years in which states gave a kind of support to a side; see :func:`from_ucdp`."""
    check_option("support", kind, SUPPORT)
    gave = f"ext_{kind}_count_s"
    check_columns(table, source, (*_COLUMNS, gave), "UCDP external support")
    rows = [_row(case, number(getattr(case, gave), 0, 999) or 0) for case in table.itertuples()]
    span = (min(r["year"] for r in rows), max(r["year"] for r in rows))

    def read(who: Actor) -> EventList:
        mine = [r for r in rows if who.ccode in r["states"] and r["gave"]]
        sure = [r for r in mine if r["gave"] >= r["of"]]
        events = [_event(spell, who, kind, span[1]) for spell in _spells(sure)]
        note = (
            f"Built from {source}: {len(events)} spells in which {who.name} gave a side support of the kind {kind!r}; "
            f"{len(sure)} of {len(mine)} rows say that it did, the others name supporters of which only some did."
        )
        unsure = [
            (r["row"], f"UCDP-ESD-{r['conflict']}-{who.ccode}-{r['year']}", f"{r['gave']} of {r['of']} states gave it", False)
            for r in mine if r["gave"] < r["of"]
        ]  # fmt: skip
        return listed(events, who, definition="ucdp_support", coverage=span, source=source, note=note, unsure=unsure)

    return for_actors(actor, {c for r in rows for c in r["states"]}, read)


def _row(case: Any, gave: int) -> dict[str, Any]:
    year = number(case.year, 1900, 2100) or 0
    on = (date(year or 1900, 12, 31),) * 2
    cells = [number(c, 1, 999) for c in (case.gwno_a, case.gwno_b)]
    states = {code for c in cells if c is not None and (code := in_cow(c, "gw", on)) is not None}
    civil, against = number(case.civil, 0, 1), _state(case.oppo_name, year)
    names = "" if case.ext_name is None or case.ext_name != case.ext_name else str(case.ext_name)
    given = [_state(name.split(",")[0], year) for name in _NAMES.split(names) if name.startswith("Government of ")]
    target = states if civil else {against} if against is not None else set()
    return {
        "row": case.Index, "year": year, "conflict": number(case.conflict_id, 1, 10**7), "gave": gave,
        "of": number(case.ext_count_s, 0, 999) or len(given), "states": set(given) - {None},
        "target": ";".join(map(str, sorted(target))), "side": _side(civil, number(case.actor_nonstate, 0, 1)),
    }  # fmt: skip


def _side(civil: int | None, nonstate: int | None) -> str:
    return "none" if not civil else "opposition" if nonstate else "government"


def _state(name: Any, year: int) -> int | None:
    """COW number of a government in a year, None for a group."""
    if not str(name).startswith("Government of "):
        return None
    codes = spelled_so(str(name))
    there = [c for c in codes if registry()[c].existed(f"{year}-01-01", f"{year}-12-31")]
    return next(iter((*there, *codes)), None)


def _spells(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Cut the years of each conflict and side into spells."""
    spells: list[list[dict[str, Any]]] = []
    for row in sorted(rows, key=lambda r: (r["conflict"], r["side"], r["target"], r["year"], r["row"])):
        last = spells[-1][-1] if spells else None
        same = last is not None and all(last[k] == row[k] for k in ("conflict", "side", "target"))
        if same and row["year"] - last["year"] <= QUIET:  # type: ignore[index]
            spells[-1].append(row)
        else:
            spells.append([row])
    return spells


def _event(spell: list[dict[str, Any]], who: Actor, kind: str, last: int) -> dict[str, Any]:
    first, final, known = spell[0], spell[-1], registry()
    codes = [int(c) for c in first["target"].split(";") if c]
    label = "/".join(known[c].abbreviation for c in codes) or "other states"
    side = {"government": "G", "opposition": "O", "none": "S"}[first["side"]]
    return {
        "row": first["row"], "event_id": f"UCDP-ESD-{first['conflict']}{side}-{who.ccode}-{first['year']}",
        "name": f"{who.abbreviation} for the {first['side']} in {label} {first['year']} (UCDP {first['conflict']})"
        if first["side"] != "none" else f"{who.abbreviation} against {label} {first['year']} (UCDP {first['conflict']})",
        "start": str(first["year"]), "end": "ongoing" if final["year"] == last else str(final["year"]),
        "target": first["target"] or None, "side_supported": first["side"], "activity": "combat" if kind == "x" else None,
    }  # fmt: skip
