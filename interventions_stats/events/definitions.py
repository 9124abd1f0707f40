"""The named definitions of an intervention: what counts as one is a choice, so each choice has a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.datasets.kept import kept
from interventions_stats.engine.intake.scalars import check_text
from interventions_stats.engine.options import Ints
from interventions_stats.errors import InputError, UnknownNameError, unknown_name
from interventions_stats.events.actors import Actor, registry
from interventions_stats.events.actors import actor as _find
from interventions_stats.events.dates import iso, parse_date
from interventions_stats.events.dispute_filters import BESIDE, Filters
from interventions_stats.events.event_list import EventList
from interventions_stats.events.schema import COLUMNS

if TYPE_CHECKING:
    import pandas as pd

RECONSTRUCTED_NOTE = (
    "A documented reconstruction: the report's own list of 25 is not public in machine-readable form. The coding "
    "confidences sum to about 19, so about 6 of these rows are probably not rows of the report's list."
)
# Dates at which a registered split cuts a case (change of mandate or force); S06 splits one deployment in two places.
SPLIT_DATES = {"R13": "1996-12-20", "R14": "1997-07", "R17": "2011-07-09", "R18": "2009-03-15", "R11": "1994-02-20",
               "R21": "2008-10-09"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Definition:
    """A named event definition: which table it comes from, for whom, and which years its source covers."""

    name: str
    meaning: str
    table: str
    coverage: tuple[int, int]
    russia_only: bool = False
    independent: bool = True  # False: a subset, kept for verdicts per type and not counted as another list


DEFINITIONS: dict[str, Definition] = {
    d.name: d
    for d in (
        Definition("reconstructed", "V00: the reconstructed 25, as listed", "interventions_russia", (1992, 2020), True),
        Definition("M11", "likely merges of re-hatted forces (22)", "interventions_russia", (1992, 2020), True),
        Definition("B01", "no standing bases or garrisons (22)", "interventions_russia", (1992, 2020), True),
        Definition("B11", "coding confidence of .70 or more (17)", "interventions_russia", (1992, 2020), True),
        Definition(
            "study_coded",
            "V00, Tajik border security as stabilisation, as the study names it",
            "interventions_russia",
            (1992, 2020),
            True,
            False,
        ),
        Definition("combat", "combat cases of V00", "interventions_russia", (1992, 2020), True, False),
        Definition("stabilisation", "stabilisation cases of V00", "interventions_russia", (1992, 2020), True, False),
        Definition(
            "collapsed", "conflict systems, reopened after five quiet years", "interventions_russia", (1992, 2020), True
        ),
        Definition(
            "unilateral", "V00 without UN, regional or NATO-led mandates", "interventions_russia", (1992, 2020), True
        ),
        Definition("mid", "COW MID participation as originator at hostility 4 or 5", "events_mid", (1946, 2014)),
        Definition("imi", "International Military Intervention", "events_imi", (1946, 2005)),
        Definition("ucdp", "party or secondary warring party in a UCDP/PRIO conflict", "events_ucdp", (1946, 2024)),
        Definition("icb", "crisis actor in ICB that responded with force", "events_icb", (1946, 2017)),
        Definition("mip", "Military Intervention Project, United States", "events_mip", (1776, 2019)),
    )
}
# IMI's direction of an intervention; the others (neutral, a third party, rebels in sanctuary) are for no side in the target.
_IMI_SIDES = {1: "government", 2: "government", 3: "opposition", 4: "opposition"}
_ALIASES = {"V00": "reconstructed", "MID": "mid", "IMI": "imi", "UCDP": "ucdp", "ICB": "icb", "MIP": "mip"}


def list_definitions(actor: str | int | Actor = "RUS") -> pd.DataFrame:
    """Return the named definitions that exist for an actor: name, meaning, count, coverage.

    Examples
    --------
    >>> list_definitions("RUS").set_index("name").loc["M11", "n_events"]
    np.int64(22)
    """
    from interventions_stats.display.readable import ReadableFrame

    who = _find(actor)
    rows = []
    for name in available(who):
        events = load_events(name, actor=who)
        d = DEFINITIONS.get(name)
        meaning, coverage = (d.meaning, d.coverage) if d else (events.note, (1992, 2020))
        rows.append((name, meaning, len(events), f"{coverage[0]}-{coverage[1]}"))
    return ReadableFrame(rows, columns=["name", "meaning", "n_events", "coverage"])


def available(who: Actor, *, variants: bool = False) -> tuple[str, ...]:
    """Names of the definitions that have at least one event by an actor."""
    names = [n for n, d in DEFINITIONS.items() if (who.russian if d.russia_only else len(load_events(n, actor=who)))]
    if variants and who.russian:
        names += [v for v in _variants() if v not in names and v != "V00"]
    return tuple(names)


def load_events(
    name: str = "reconstructed",
    *,
    actor: str | int | Actor = "RUS",
    since: object = None,
    until: object = None,
    min_hostility: int | None = None,
    originator: bool | None = None,
    side: str | None = None,
) -> EventList:
    """Load a named event list.

    Parameters
    ----------
    name : str
        A definition (``ist.events.list_definitions()`` lists them) or a registered variant of the reconstruction (``"M07"``).
    actor : str, int or Actor
        COW code, COW abbreviation, ISO3 code or name. The reconstruction exists for Russia alone.
    since, until : str or int, optional
        Keep onsets in this span. For Russia the default begins with the Russian Federation, 1992; the USSR is an actor of
        its own, which ends in 1991.
    min_hostility : int, optional
        Of ``"mid"`` (default 4) and ``"mip"`` (default 1): the actor's lowest hostility, 1 none to 5 war.
    originator : bool, optional
        Of the same two: keep those in which the actor was there on the first day (default True for ``"mid"``).
    side : {"A", "B"}, optional
        Of ``"mid"``: A took the first militarised action.

    Returns
    -------
    EventList
        Those of ``"mid"`` and ``"mip"`` have the columns ``originator`` and ``hostility`` beside the others, and ``"mid"``
        ``side``: ``events.only(side="A")``.

    Raises
    ------
    UnknownNameError
        For an unknown definition or actor, with the nearest valid name.
    InputError
        The reconstruction for another actor; a filter of a list that has no such column.

    Examples
    --------
    >>> load_events("reconstructed")
    EventList 'reconstructed': 25 interventions by Russia, 1992-2015; onsets by decision date...
    >>> len(load_events("mid", actor="USA")), len(load_events("mid", actor="USA", side="A", min_hostility=5))
    (66, 2)
    """
    who = _find(actor)
    asked = Filters(min_hostility, originator, side)
    key = _ALIASES.get(check_text("the name of an event list", name), name)
    if key in DEFINITIONS:
        events = _defined(DEFINITIONS[key], who, asked)
    elif key in _variants():
        events = _variant(key)
    else:
        own = (
            f" To read a file of your own: read_events({str(name)!r}, actor={who.iso3!r})." if "." in str(name) else ""
        )
        error = unknown_name("event list", name, [*DEFINITIONS, "V00", *_variants()])
        raise UnknownNameError(f"{error}{own}")
    if DEFINITIONS.get(key, DEFINITIONS["reconstructed"]).russia_only and not who.russian:
        raise InputError(
            f"the list {name!r} exists for Russia alone; for {who.name} use one of mid, imi, ucdp, icb, mip"
        )
    asked.check(key)
    if who.own_leaders:
        events = events.led_as(who)
    if since is None and who.russian:
        since = 1992
    if until is None and who.ended:
        until = who.ended[:4]
    if since is not None or until is not None:
        events = events.between(since, until).with_definition(key)
    return replace(events, edits=(str(asked),)) if str(asked) else events


def actors_of(name: str) -> list[Actor]:
    """Return the states with at least one event in a named list, in the order of their COW numbers.

    Examples
    --------
    >>> [a.iso3 for a in actors_of("mip")], len(actors_of("icb"))
    (['USA'], 108)
    """
    from interventions_stats.datasets.load import load

    key = _ALIASES.get(check_text("the name of an event list", name), name)
    if key not in DEFINITIONS:
        raise unknown_name("event list", name, DEFINITIONS)
    if DEFINITIONS[key].russia_only:
        return [_find(365)]
    states = [registry()[c] for c in sorted(set(load(DEFINITIONS[key].table)["actor_ccode"]))]
    return [s for s in states if len(load_events(key, actor=s))]


def list_asked(
    actor: str | int | Actor | None, events: EventList | str | None, default: Callable[[Actor], str]
) -> EventList:
    """Return the list that a caller asks for by an actor, a list, a list's name, or some of these.

    The leaders that an actor was given (:func:`interventions_stats.events.read_leaders`) go with the list. ``default``
    names the actor's list where none is asked for; the actor is that of the list, else Russia.

    Raises
    ------
    InputError
        A list of another actor, or what is no list.

    Warns
    -----
    DataWarning
        Events outside the list's coverage, which no test sees.
    """
    if isinstance(events, EventList):
        events.warn_uncovered()
        return events if actor is None else events.led_as(_find(actor))
    if events is not None and not isinstance(events, str):
        raise InputError(
            f"events is an EventList or the name of one, not {type(events).__name__}; see EventList.from_frame"
        )
    who = _find(actor if actor is not None else "RUS")
    return load_events(events or default(who), actor=who)


@kept(4)
def _cases() -> pd.DataFrame:
    """Return the 72 coded cases in canonical columns, the first coding of the decision context beside them."""
    from interventions_stats.datasets.load import load

    cases = load("interventions_russia").rename(columns={"case_id": "event_id"})
    context = load("decision_context")
    first = context[context["coder"] == "a"].set_index("case_id")
    for column in ("conflict_system", "authority", "side_supported", "frame", "new_force"):
        cases[column] = cases["event_id"].map(first[column])
    out = cases[[*COLUMNS, "in_reconstructed"]].astype(object)
    return out.where(out.notna(), None)


def _russian(ids: list[str], definition: str, note: str) -> EventList:
    frame = _cases()
    chosen = frame[frame["event_id"].isin(ids)][list(COLUMNS)].reset_index(drop=True)
    tables = ("interventions_russia", "decision_context")
    return EventList(chosen, _find(365), definition, (1992, 2020), "decision", note, (), tables)


def after_the_study(until: str) -> EventList:
    """Return the reconstructed list with the coded cases after the study (P01 and on) whose onset falls by a date.

    Their coding confidence is left open: it says how likely the study lists a case, which cannot have listed these.

    Examples
    --------
    >>> after_the_study("2022-12").ids[:5]
    ('P01', 'P02', 'P03', 'P04', 'P05')
    """
    cases = _cases()
    late = cases["event_id"].str.startswith("P")
    ids = cases.loc[(cases["in_reconstructed"] == 1) | late, "event_id"].tolist()
    events = _russian(ids, "extended", f"The reconstructed 25 and the cases since, to {until}. {RECONSTRUCTED_NOTE}")
    open_ = events.frame["confidence"].where(~events.frame["event_id"].str.startswith("P"), None)
    last = parse_date(until).last
    assert last is not None
    longer = replace(events, frame=events.frame.assign(confidence=open_), coverage=(events.coverage[0], last.year))

    return longer.between(None, until).with_definition("extended")


def _reconstructed() -> EventList:
    cases = _cases()
    ids = cases.loc[cases["in_reconstructed"] == 1, "event_id"].tolist()
    return _russian(ids, "reconstructed", RECONSTRUCTED_NOTE)


def _as_the_study(events: EventList) -> EventList:
    """Take the main activity of each case from the study's public summary, where that names one."""
    from interventions_stats.datasets.load import load

    named = load("interventions_russia").set_index("case_id")["activity_study"]
    activity = events.frame["event_id"].map(named).astype(object)
    return replace(events, frame=events.frame.assign(activity=activity))


def _defined(d: Definition, who: Actor, asked: Filters) -> EventList:
    if not d.russia_only:
        return _from_table(d, who, asked)
    whole = _reconstructed()
    note = f"{d.meaning}. {RECONSTRUCTED_NOTE}"
    mandates = ("bilateral_consent", "unilateral")
    make: dict[str, Callable[[], EventList]] = {
        "reconstructed": lambda: whole,
        "study_coded": lambda: _as_the_study(whole),
        "combat": lambda: whole.only(activity="combat"),
        "stabilisation": lambda: whole.only(activity="stabilisation"),
        "collapsed": lambda: whole.collapse(quiet_years=5),
        "unilateral": lambda: whole.only(authority=mandates),
    }
    events = make[d.name]() if d.name in make else _variant(d.name)
    return events.with_definition(d.name, note)


def _from_table(d: Definition, who: Actor, asked: Filters) -> EventList:
    from interventions_stats.datasets.load import load

    whole, rows = _canonical(d.name)
    at = rows.get(who.ccode, np.empty(0, int))
    if d.name in BESIDE:
        at = at[np.asarray(asked.keep(load(d.table).iloc[at], d.name), bool)]
    table = load(d.table)
    coverage = (d.coverage[0], max(d.coverage[1], int(table["start"].dt.year.max())))  # a newer edition goes on
    note = f"{d.meaning}, {coverage[0]}-{coverage[1]}; dates are the source's own."
    mine = whole.take(at).reset_index(drop=True)
    return EventList(mine, who, d.name, coverage, "deployment", note, (), (d.table,))


@kept(8)  # once for all actors: a comparison asks for each of them
def _canonical(name: str) -> tuple[pd.DataFrame, dict[int, Ints]]:
    """Return all actors' events of a source in canonical columns, and the rows of each actor by COW number."""
    import pandas as pd

    from interventions_stats.datasets.load import load

    table = load(DEFINITIONS[name].table)
    frame = pd.DataFrame(index=table.index, columns=list(COLUMNS), dtype=object)
    for column in COLUMNS:
        if column in table:
            frame[column] = table[column].astype(object).where(table[column].notna(), None)
    for column in ("start", "end"):  # ISO text, as precise as the source
        cells = zip(frame[column], frame[f"{column}_precision"], strict=True)
        frame[column] = pd.Series([iso(parse_date(d, p)) for d, p in cells], index=frame.index, dtype=object)
    frame["target_iso3"] = [_iso(cell) for cell in frame["target_cow"]]
    for column in BESIDE.get(name, ()):
        cells = table[column].astype(object).where(table[column].notna(), None)
        frame[column] = cells.map(lambda v: v == 1) if column == "originator" else cells
    if "direction" in table:
        frame["side_supported"] = [
            _IMI_SIDES.get(d, "none") if d == d else None for d in table["direction"].astype(float)
        ]
    rows = table.groupby(table["actor_ccode"].astype(int)).indices
    if name == "icb":
        armed = table["military_response"].to_numpy() == 1
        rows = {code: at[armed[at]] for code, at in rows.items()}
    return frame, rows


def _iso(cell: object) -> str | None:
    from interventions_stats.events.schema import codes

    known = registry()
    found = [known[c].iso3 for c in codes(cell) if c in known]
    return ";".join(found) or None


@kept(1)
def _variants() -> dict[str, dict]:
    from interventions_stats.datasets.load import load

    table = load("event_list_variants")
    return {row["variant"]: row for row in table.to_dict("records")}


def _variant(name: str) -> EventList:
    """Apply a registered variant: additions, removals, splits, then merges."""
    rule = _variants()[name]
    cases = _cases()
    ids = cases.loc[cases["in_reconstructed"] == 1, "event_id"].tolist()
    ids = [i for i in ids if i not in _words(rule["dropped"])] + _words(rule["added"])
    events = _russian(ids, name, f"{rule['rule']}. {RECONSTRUCTED_NOTE}")
    for part in _words(rule["split_cases"]):
        case = part.split(":")[0]
        events = events.split(case, SPLIT_DATES[case])
    for group in _words(rule["merge_groups"]):
        present = [i for i in group.split("+") if i in events.ids]
        if len(present) > 1:
            events = events.merge(present)
    return events.with_definition(name)


def _words(cell: object) -> list[str]:
    return str(cell).replace(";", " ").split() if isinstance(cell, str) else []
