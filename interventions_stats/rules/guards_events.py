"""Guards on the list of events: coverage and definitions (G13, G15)."""

from __future__ import annotations

from interventions_stats.rules.guard_registry import GuardFinding, finding
from interventions_stats.rules.thresholds import GRADE_A_LISTS, MIN_LISTS, MIN_ONSETS


def g13_coverage(n_outside: int, n_total: int, n_left: int, source: str) -> GuardFinding | None:
    """Cap at grade C when events fall outside a source's coverage; refuse below 4 onsets.

    >>> g13_coverage(8, 25, 17, "COW trade (to 2014)").cap
    'C'
    >>> g13_coverage(22, 25, 3, "IMI (to 2005)").action
    'refuse'
    """
    if n_outside <= 0:
        return None
    message = f"{n_outside} of {n_total} events lie outside the coverage of {source}; {n_left} onsets are left."
    if n_left < MIN_ONSETS:
        return finding("G13", message)
    return finding("G13", message, action="cap", cap="C", flag="truncated_source")


def g15_event_definition(n_lists: int) -> GuardFinding | None:
    """Cap the grade when fewer than three event lists were tested.

    >>> g15_event_definition(1).flag, g15_event_definition(2).cap, g15_event_definition(3)
    ('single_list', 'B', None)
    """
    if n_lists >= GRADE_A_LISTS:
        return None
    message = f"tested on {n_lists} event list{'' if n_lists == 1 else 's'}, of at least {GRADE_A_LISTS}."
    if n_lists < MIN_LISTS:
        return finding("G15", message, cap="C", flag="single_list")
    return finding("G15", message, cap="B")
