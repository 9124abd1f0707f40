"""How far the coding of an event list can be trusted, as the factor by which noise in it shrinks an effect."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import fmean
from typing import TYPE_CHECKING

from interventions_stats.primary.placements import confidences

if TYPE_CHECKING:
    from interventions_stats.events.event_list import EventList


def coding_reliability(events: EventList, outside: Iterable[str] = ()) -> float:
    """Return the mean coding confidence of the events that a test used; 1 where none is recorded.

    Where a share of the onsets are not the events that the claim speaks of and carry no effect, the mean exposure at onset,
    and to first order the log ratio, shrinks to the share that are. Rows that are real interventions under another
    definition carry some effect, so this is the worst case.

    Parameters
    ----------
    events : EventList
    outside : iterable of str
        Events that the test did not use.

    Examples
    --------
    >>> from interventions_stats.events.definitions import load_events
    >>> coding_reliability(load_events("reconstructed")), coding_reliability(load_events("mid"))
    (0.75, 1.0)
    """
    lost = set(outside)
    known = [c for i, c in confidences(events).items() if i not in lost and not math.isnan(c)]
    return round(fmean(known), 2) if sum(known) > 0 else 1.0
