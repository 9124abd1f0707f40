"""Events under their date rule and on the periods of a panel, worked out once for a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from interventions_stats.panels.placement import Placement, place

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

# A list is never edited in place: every edit returns a new one.
_KNOWN: WeakKeyDictionary[EventList, dict[Any, Any]] = WeakKeyDictionary()


def dated(events: EventList, rule: str) -> EventList:
    """The events timed by the decision, as they come, or by the deployment."""
    if rule != "deployment":
        return events
    known = _KNOWN.setdefault(events, {})
    if "deployment" not in known:
        known["deployment"] = events.by_deployment_date()
    found: EventList = known["deployment"]
    return found


def placed_once(events: EventList, periods: pd.PeriodIndex) -> Placement:
    """Place events on periods; a date wider than a period is drawn within it, always the same."""
    known = _KNOWN.setdefault(events, {})
    key = (periods.freqstr, int(periods.asi8[0]), int(periods.asi8[-1]))
    if key not in known:
        known[key] = place(events, periods, imprecise="impute", rng=np.random.default_rng(0))
    found: Placement = known[key]
    return found


def confidences(events: EventList) -> dict[str, float]:
    """Coding confidence of each event of a list, NaN where none is recorded."""
    known = _KNOWN.setdefault(events, {})
    if "confidence" not in known:
        values = events.frame["confidence"].to_numpy(dtype=float, na_value=float("nan")).tolist()
        known["confidence"] = dict(zip(events.ids, values, strict=True))
    found: dict[str, float] = known["confidence"]
    return found


def of_activity(events: EventList, activity: str) -> frozenset[str]:
    """Ids of the events of a type of activity."""
    known = _KNOWN.setdefault(events, {})
    key = ("activity", activity)
    if key not in known:
        here = events.frame["activity"].to_numpy() == activity
        known[key] = frozenset(events.frame["event_id"].to_numpy()[here].tolist())
    found: frozenset[str] = known[key]
    return found
