"""``test``: one proposition, or a driver's, on any event list."""

from __future__ import annotations

import warnings
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from interventions_stats.assessment.assess import collect, judge, whose_onsets
from interventions_stats.assessment.battery import DriverResult, battery
from interventions_stats.assessment.other_actors import check_used, default_list, for_actor, is_registered, lacking
from interventions_stats.assessment.result import Result
from interventions_stats.drivers.proposition import Driver, Proposition
from interventions_stats.drivers.registry import driver, is_driver, proposition
from interventions_stats.engine.intake.scalars import check_flag, check_integer
from interventions_stats.errors import DataWarning, InputError, unknown_name
from interventions_stats.events.actors import Actor
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.definitions import DEFINITIONS, list_asked, load_events
from interventions_stats.events.event_list import EventList
from interventions_stats.primary.question import Question

if TYPE_CHECKING:
    import pandas as pd


def test(
    name: str | Proposition | Driver,
    actor: str | int | Actor | None = None,
    events: EventList | str | None = None,
    series: pd.DataFrame | None = None,
    delta: str | float | None = None,
    lag: int | None = None,
    seed: int = 0,
    *,
    quick: bool = False,
    robustness: bool = True,
    **changes: Any,
) -> Result | DriverResult:
    """Test a proposition, or all of a driver's.

    Parameters
    ----------
    name : str, Proposition or Driver
        A registered id (``"W1"``), a driver (``"wag_the_dog"``), or a proposition or a driver of your own.
    actor : str, int or Actor, optional
        Default: the actor of ``events``, or Russia.
    events : EventList or str, optional
        Default: the proposition's first registered list (for another actor than Russia, that of :func:`battery`).
    series : DataFrame, optional
        Your own series, with a column ``month`` (or ``date``, ``year``, or ``target`` and ``year``) and one column per
        covariate; a column takes the place of the bundled covariate of its name.  Without ``events`` a note in the result
        says whose onsets it is held against.
    delta : {"primary", "meaningful", "any"} or float, optional
        Smallest effect of interest; a number is a ratio above 1 and marks the result as exploratory.
    lag : int, optional
        Another lag than the registered one; below 1 is refused (G05).
    seed : int, default 0
    quick : bool, default False
        999 relabellings of every test; nothing else changes.
    robustness : bool, default True
        Without it the verdict is the core verdict of the primary test alone.
    **changes
        Other fields of the proposition (``start="2008-01"``, ``leaders="medvedev"``); they mark it as exploratory.

    Returns
    -------
    Result
        Or a DriverResult, its propositions adjusted by Holm, when ``name`` is a driver's.

    Raises
    ------
    UnknownNameError
        Unknown proposition, actor, list, covariate or field.
    InputError
        A series of which the test uses no column, or a test that takes none.
    RefusalError
        What the caller asked for is refused by a guard (lag 0, pooled leaders).

    Examples
    --------
    >>> import interventions_stats as ist
    >>> result = ist.test("L1", quick=True, robustness=False)
    >>> round(result.glance()["ratio"][0], 3), result.verdict
    (np.float64(0.254), 'bounded')
    """
    quick, robustness = check_flag("quick", quick), check_flag("robustness", robustness)
    options = {"series": series, "delta": delta, "seed": seed, "quick": quick, "robustness": robustness}
    lag = None if lag is None else check_integer("a lag", lag, " of periods")
    if is_driver(name):
        who = find_actor(actor) if actor is not None else None
        chosen = driver(name)  # type: ignore[arg-type]
        if lag is not None or changes:
            raise InputError(
                f"{chosen.name!r} is a driver: lag and other fields belong to one proposition, for example 'W1'"
            )
        check_used(chosen.propositions, series)
        return battery(who, events, drivers=[chosen], **options)[chosen.name]  # type: ignore[return-value,arg-type]
    prop = proposition(name)  # type: ignore[arg-type]  # no driver
    listed = _events(prop, actor, events)
    registered = is_registered(prop)
    prop = for_actor(prop, listed, series)
    check_used([prop], series)
    altered = dict(changes)
    if unknown := next((k for k in changes if k not in _FIELDS), None):
        raise unknown_name("argument or field", unknown, [*options, "actor", "events", "lag", *_FIELDS], where="test()")
    if lag is not None and lag != prop.lag:
        altered["lag"] = lag
    if altered:
        prop = prop.with_(**altered)
    late = ", ".join(f"{k}={v}" for k, v in altered.items()) or None
    # What a registered proposition lacks makes it not testable; what the caller asked for in error is raised.
    strict = not registered or lacking(prop, listed.actor, series) is None
    question = Question(prop, listed, series, delta, seed)
    note = whose_onsets(listed) if series is not None and events is None else ""
    gathered = collect(question, quick=quick, robustness=robustness, exploratory=late, strict=strict, note=note)
    _warn_left_out(prop, listed, gathered.evidence.outside)
    return judge(gathered)


_FIELDS = tuple(f.name for f in fields(Proposition))
test.__test__ = False  # type: ignore[attr-defined]  # pytest would collect it


def _warn_left_out(prop: Proposition, events: EventList, outside: dict[str, str]) -> None:
    """Warn of the user's own events that the sample of a proposition leaves out; those of a registered list are known."""
    if events.tables and not events.edits:
        return
    known = load_events(events.definition, actor=events.actor).ids if events.definition in DEFINITIONS else ()
    beyond = (i for i, why in outside.items() if why.startswith("onset outside the panel"))
    own = [i for i in beyond if i not in known and i not in events.uncovered]
    if own and (prop.start or prop.end):
        shown = ", ".join(own[:5]) + (f" and {len(own) - 5} more" if len(own) > 5 else "")
        warnings.warn(
            f"{len(own)} of {len(events)} events fall{'' if len(own) > 1 else 's'} outside the sample {prop.start or ''} to "
            f"{prop.end or ''} of {prop.id}: {shown}; test({prop.id!r}, start=, end=) takes another, which is exploratory",
            DataWarning,
            stacklevel=3,
        )


def _events(prop: Proposition, actor: str | int | Actor | None, events: EventList | str | None) -> EventList:
    return list_asked(actor, events, lambda who: prop.lists[0] if who.russian else default_list(who))
