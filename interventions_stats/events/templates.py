"""Template CSV files to fill in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from interventions_stats.engine.intake.scalars import check_option
from interventions_stats.events.actors import Actor, registry
from interventions_stats.events.actors import actor as find_actor

TemplateKind = Literal["events", "series"]
_EVENT_COLUMNS = "event_id,name,start,end,decision,target,activity,confidence,conflict_system"
_TURKEY = 640


def template(kind: TemplateKind, actor: str | int | Actor | None = None) -> str:
    """Return a template CSV: a header and two invented rows, to be replaced by your own.

    Parameters
    ----------
    kind : {"events", "series"}
        ``"events"`` for :func:`interventions_stats.events.reader.read_events`, ``"series"`` for
        :func:`interventions_stats.panels.user_series.read_series`.
    actor : str, int or Actor, optional
        The example rows then fit the actor: its own neighbours, years in which it was a state. Default: Turkey.

    Returns
    -------
    str
        The text of the file.

    Raises
    ------
    UnknownNameError
        An unknown kind or actor.

    Examples
    --------
    >>> print(template("series"), end="")
    month,approval
    2014-01,56.0
    2014-02,54.5
    >>> template("events", "FRA").splitlines()[0]
    'event_id,name,start,end,decision,target,activity,confidence,conflict_system'
    """
    if check_option("template", kind, ("events", "series")) == "series":
        return "month,approval\n2014-01,56.0\n2014-02,54.5\n"
    who = find_actor(actor if actor is not None else _TURKEY)
    began, last = who.spells[-1]
    first = date(2014, 3, 14) if last == "" and began < "2014" else date.fromisoformat(began)
    until = min(first + timedelta(days=400), date.fromisoformat(last) if last else date.max)
    one, two = _targets(who, first, until)
    # A decision before the force moved, a day known only to the month, two targets, and a case that still runs.
    rows = (
        f"E1,First example,{first},{until},{first},{one.iso3},combat,0.9,example_war",
        f"E2,Second example,{first:%Y-%m},ongoing,,{one.iso3};{two.iso3},stabilisation,0.6,example_war",
    )
    return "\n".join((_EVENT_COLUMNS, *rows)) + "\n"


def _targets(who: Actor, first: date, until: date) -> tuple[Actor, Actor]:
    """Two states that existed throughout the example, neighbours where there are."""
    from interventions_stats.datasets.load import load

    known, spells = registry(), load("contiguity_spells")
    near = spells[(spells["from_year"] <= first.year) & (spells["until_year"] >= until.year)].sort_values(
        "contiguity_type", kind="stable"
    )
    pairs = zip(near["ccode1"].tolist(), near["ccode2"].tolist(), strict=True)
    codes = [b if a == who.ccode else a for a, b in pairs if who.ccode in (a, b)] + [2, 365, 200, 220]
    taken = [word for state in known.values() for word in {state.iso3, state.abbreviation}]  # some are two states'
    there = [
        known[c]
        for c in dict.fromkeys(codes)
        if c != who.ccode and known[c].existed(first) and taken.count(known[c].iso3) == 1
    ]
    return there[0], there[1]
