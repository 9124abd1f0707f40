"""The event lists that a proposition is held against."""

from __future__ import annotations

from interventions_stats.datasets.kept import kept
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.events.actors import Actor
from interventions_stats.events.definitions import DEFINITIONS, load_events
from interventions_stats.events.event_list import EventList


def other_lists(prop: Proposition, events: EventList) -> tuple[str, ...]:
    """Registered lists that exist for the actor, beyond the one in hand.

    An edited or a user's own list is itself the definition; the other registered ones still hold against it.
    """
    return tuple(n for n in prop.lists if n != events.definition and exists(n, events.actor))


def exists(name: str, who: Actor) -> bool:
    """Whether a registered definition gives the actor a list."""
    d = DEFINITIONS.get(name)
    if d is None or d.russia_only:
        return who.russian
    return len(registered_list(name, who)) > 0


def default_list(prop: Proposition) -> EventList:
    """Return the list on which a proposition is tested when no other is named: its first, of Russia."""
    return registered_list(prop.lists[0], 365)


@kept(64)
def registered_list(name: str, actor: int | Actor) -> EventList:
    """Return a named event list, built once: every proposition asks for the same ones."""
    return load_events(name, actor=actor)
