"""Guards on events and rows: selection, risk sets, coverage, dates, definitions (G01, G12-G15, G28)."""

from __future__ import annotations

from typing import Literal, get_args

from interventions_stats.errors import unknown_name
from interventions_stats.rules.guard_registry import GuardFinding, finding
from interventions_stats.rules.thresholds import GRADE_A_LISTS, MIN_LISTS, MIN_ONSETS

Unit = Literal["actor-month", "actor-year", "actor-target-year"]


def g01_no_nonevents(n_events: int, n_nonevents: int, *, base_rate: float | None = None) -> GuardFinding | None:
    """Refuse a regression on events alone; a test of their share against ``base_rate`` (p0) is allowed.

    >>> g01_no_nonevents(25, 0).action
    'refuse'
    >>> g01_no_nonevents(25, 0, base_rate=0.4) is None
    True
    """
    if n_nonevents > 0 or base_rate is not None:
        return None
    return finding("G01", f"all {n_events} rows are events and none is a non-event.")


def g12_risk_set(unit: Unit, *, n_rows_dropped: int, n_onsets_dropped: int) -> GuardFinding | None:
    """Watch what leaves the risk set because of an ongoing intervention.

    A target's rows may leave only for the case already under way; rows of an
    actor panel never, and onsets never.

    >>> g12_risk_set("actor-target-year", n_rows_dropped=40, n_onsets_dropped=0).action
    'warn'
    >>> g12_risk_set("actor-month", n_rows_dropped=40, n_onsets_dropped=0).action
    'refuse'
    """
    if unit not in get_args(Unit):
        raise unknown_name("unit", unit, get_args(Unit), where="g12_risk_set()")
    if n_onsets_dropped > 0:
        return finding("G12", f"{n_onsets_dropped} onsets fall on rows dropped for another ongoing intervention.")
    if n_rows_dropped > 0 and unit != "actor-target-year":
        return finding("G12", f"{n_rows_dropped} rows of a panel by {unit} were dropped for an ongoing intervention.")
    if n_rows_dropped > 0:
        message = f"{n_rows_dropped} target rows dropped while the same case was under way."
        return finding("G12", message, action="warn")
    return None


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


def g14_precision(n_wider: int, n_total: int, *, handled: bool = False) -> GuardFinding | None:
    """Refuse onset dates coarser than the panel's period, unless they are imputed (``handled``).

    >>> g14_precision(3, 25).action, g14_precision(3, 25, handled=True).action, g14_precision(0, 25)
    ('refuse', 'warn', None)
    """
    if n_wider <= 0:
        return None
    message = f"{n_wider} of {n_total} onset dates are recorded more coarsely than the panel's period"
    if handled:
        return finding("G14", f"{message}; they are imputed over their interval.", action="warn")
    return finding("G14", f"{message}.")


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


def g28_rehatting(n_rehatted: int, n_un: int, *, handled: bool = False) -> GuardFinding | None:
    """Cap the grade when re-hatted forces or UN missions are counted and no list without them was tested.

    ``handled`` says that the collapsed and the unilateral list were tested too.

    >>> g28_rehatting(2, 5).cap, g28_rehatting(2, 5, handled=True).action, g28_rehatting(0, 0)
    ('B', 'warn', None)
    """
    if n_rehatted <= 0 and n_un <= 0:
        return None
    message = f"the list counts {n_rehatted} re-hattings of the same force and {n_un} UN missions"
    if handled:
        return finding("G28", f"{message}; lists without them were tested too.", action="warn")
    return finding("G28", f"{message}.", cap="B")
