"""The registered propositions carried over to another actor: its own sample, targets, leaders and lists.

The propositions were registered for Russia.  What belongs to Russia in one (the span of a Russian series, post-Soviet
targets, Putin and Yeltsin, the reconstructed lists) has a counterpart for any actor, and the note of the carried
proposition says which was taken.  The test, its direction, its smallest effect of interest and its lag stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from interventions_stats.datasets.kept import kept
from interventions_stats.drivers.proposition import Choice, Proposition
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.events.actors import Actor
from interventions_stats.events.definitions import DEFINITIONS, load_events
from interventions_stats.panels.actor_target_year import group_for
from interventions_stats.panels.build import own_series
from interventions_stats.panels.covariates import covariate, tables_of
from interventions_stats.panels.target_months import TARGET_UNITS
from interventions_stats.panels.terms import parse_term
from interventions_stats.panels.user_series import column_named
from interventions_stats.primary.known_kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from interventions_stats.events.event_list import EventList

LEAST_EVENTS = 4  # what a verdict needs in its identifying strata, so a shorter list cannot give one
FOREIGN = tuple(n for n, d in DEFINITIONS.items() if not d.russia_only)


@kept(64)
def lists_of(who: Actor) -> tuple[str, ...]:
    """Name the lists of all states with enough events by an actor to carry a verdict, MID first."""
    return tuple(n for n in FOREIGN if len(load_events(n, actor=who)) >= LEAST_EVENTS)


def default_list(who: Actor) -> str:
    """Name the list that a battery uses for an actor: the reconstruction for Russia, for others the first of
    MID, IMI, UCDP, ICB and MIP with at least four events."""
    if who.russian:
        return "reconstructed"
    return next(iter(lists_of(who)), "mid")


def is_registered(prop: Proposition) -> bool:
    """Whether a proposition is a registered one, unchanged."""
    return PROPOSITIONS.get(prop.id) == prop


def for_actor(prop: Proposition, events: EventList, series: pd.DataFrame | None = None) -> Proposition:
    """Return a registered proposition as it applies to the actor of a list; any other comes back as it is.

    Examples
    --------
    >>> from interventions_stats.events.definitions import load_events
    >>> turkish = for_actor(PROPOSITIONS["F1"], load_events("mid", actor="TUR"))
    >>> turkish.targets, turkish.lists, turkish.delta
    ('region', ('mid', 'imi', 'ucdp', 'icb'), 'meaningful')
    """
    who = events.actor
    if who.russian or not is_registered(prop):
        return prop
    if kind_of(prop).own_events:
        return _with_own_events(prop, events)
    changes: dict[str, Any] = dict(prop.elsewhere)
    notes = ["the sample is all that the covariate and the list cover"] if changes.keys() & {"start", "end"} else []
    if prop.targets != (group := group_for(prop.targets, who)):
        changes["targets"] = group
        notes.append("its home region stands for the post-Soviet states")
    more, why = kind_of(prop).carry(prop, events)
    changes |= more
    notes += why
    changes["lists"] = tuple(dict.fromkeys((events.definition, *lists_of(who))))
    changes["choices"], dropped = _choices(prop, events, series)
    notes += [f"no data for the registered choices {', '.join(dropped)}"] if dropped else []
    changes["falsifiers"] = tuple(replace(f, label=_named(f.label, who)) for f in prop.falsifiers)
    changes["needs"] = _tables(prop, who) or prop.needs
    changes.setdefault("statement", _named(prop.statement, who))
    return prop.with_(**changes | {"note": _note(prop, who, notes), "elsewhere": ()})


def lacking(prop: Proposition, who: Actor, series: pd.DataFrame | None = None) -> str | None:
    """Say which covariate of a proposition no bundled table holds for an actor, and what would supply it.

    Raises
    ------
    UnknownNameError
        For a covariate that does not exist at all.
    """
    own = own_series(series)
    for name in _names(prop) if kind_of(prop).takes_series else ():
        if own is not None and column_named(own, name) is not None:
            continue
        try:
            covariate(name, who, by_target=prop.unit in (*TARGET_UNITS, "event"))
        except UnknownNameError:
            raise
        except InputError as error:
            return str(error)
    return None


def unlisted(prop: Proposition, events: EventList, series: pd.DataFrame | None = None) -> str | None:
    """Say what the event list of an actor lacks for a proposition, and what would supply it."""
    if kind_of(prop).own_events:
        return None
    who = events.actor
    if len(events) == 0:
        needs = f"needs interventions by {who.name}: none in {', '.join(f'events_{n}.csv' for n in FOREIGN)}"
        more = lacking(prop, who, series)
        own = "bring your own with events= (columns: start, target)"
        return f"{needs}; {own}" + (f". It also {more}" if more else "")
    if (found := kind_of(prop).lacking(events)) is not None:
        what, column = found
        held = "use events='imi', or bring" if "imi" in lists_of(who) else "bring"
        return f"needs {what}: not in the list {events.definition!r}; {held} your own with a column {column}"
    return None


def check_used(props: Sequence[Proposition], series: pd.DataFrame | None) -> None:
    """Refuse a user's series of which no proposition uses a column: it would be left aside in silence.

    Raises
    ------
    InputError
        With the columns there are and those that would be used.
    """
    own = own_series(series)
    if own is None:
        return
    if not any(kind_of(p).takes_series for p in props):
        kind_of(props[0]).refuse_series(props[0], series)
    options = [p.with_(exposure=o) for p in props for c in p.choices if c.field == "exposure" for o in c.options]
    names = list(dict.fromkeys(n for p in [*props, *options] if kind_of(p).takes_series for n in _names(p)))
    if not any(column_named(own, n) is not None for n in names):
        there, ids = ", ".join(map(repr, map(str, own.columns))), ", ".join(p.id for p in props)
        wanted = " or ".join(map(repr, names))
        raise InputError(f"no column of the series is used by {ids}: there is {there}; name one {wanted}")


def _names(prop: Proposition) -> list[str]:
    terms = [prop.exposure, prop.counter_exposure, *(c.name for c in prop.controls if c.role == "confounder")]
    return [parse_term(t).name for t in terms if t]


def _tables(prop: Proposition, who: Actor) -> tuple[str, ...]:
    if not kind_of(prop).takes_series:
        return ()
    by_target = prop.unit in (*TARGET_UNITS, "event")
    return tuple(dict.fromkeys(t for name in _names(prop) for t in tables_of(name, who, by_target=by_target)))


def _with_own_events(prop: Proposition, events: EventList) -> Proposition:
    if prop.reason_untestable(events.actor.iso3):
        return prop
    changes, notes = kind_of(prop).carry(prop, events)
    return prop.with_(**changes, **({"note": _note(prop, events.actor, notes), "elsewhere": ()} if notes else {}))


def _choices(prop: Proposition, events: EventList, series: pd.DataFrame | None) -> tuple[tuple[Choice, ...], list[str]]:
    """Keep the options that the data of the actor allow; a choice with one option left is none."""
    who, kept, dropped = events.actor, [], []
    for choice in prop.choices:
        options = choice.options
        if choice.field == "leaders" or (choice.field == "date_rule" and events.frame["decision"].isna().all()):
            continue  # a coding of one state's leaders; a list with one date a case
        if choice.field == "targets":
            options = tuple(dict.fromkeys(group_for(o, who) for o in options))
        elif choice.field == "exposure" and kind_of(prop).takes_series:
            held = [o for o in options if lacking(prop.with_(exposure=o), who, series) is None]
            dropped += [o for o in options if o not in held and o != prop.exposure]
            options = tuple(o for o in options if o in held or o == prop.exposure)
        if len(options) > 1:
            kept.append(replace(choice, options=options))
    return tuple(kept), dropped


def _named(text: str, who: Actor) -> str:
    return text.replace("in a post-Soviet state", "in a state of the home region").replace("Russia", who.name)


def _note(prop: Proposition, who: Actor, notes: list[str]) -> str:
    own = str(dict(prop.elsewhere).get("note", prop.note))
    over = f"For {who.name}: {'; '.join(notes)}." if notes else ""
    return f"{own} {over}".strip()
