"""Actor-target-months: one row for every state that could have been the target in a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.datasets.kept import kept
from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor, leader_of, registry
from interventions_stats.panels.placement import Imprecise, place
from interventions_stats.panels.spells import peace_time

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

TARGET_UNITS = ("actor-target-year", "actor-target-month")


def month_set(who: Actor, periods: pd.PeriodIndex) -> pd.DataFrame:
    """Every state other than the actor in each month that it is a member of the state system: ``target_ccode``, ``month``.

    Months are counted from January 1970.
    """
    return _month_set(who.ccode, int(periods.asi8[0]), int(periods.asi8[-1])).copy()


@kept(16)
def _month_set(ccode: int, first: int, last: int) -> pd.DataFrame:
    import pandas as pd

    months = np.arange(first, last + 1)
    codes, found = [], []
    for code, state in sorted(registry().items()):
        inside = np.zeros(len(months), bool)
        for begun, over in state.spells:
            ends = (np.datetime64(day, "M").astype(int) for day in (begun, over or "9999-12"))
            low, high = ends
            inside |= (months >= low) & (months <= high)
        if code != ccode and inside.any():
            codes.append(np.full(int(inside.sum()), code))
            found.append(months[inside])
    return pd.DataFrame({"target_ccode": np.concatenate(codes), "month": np.concatenate(found)})


def actor_target_month(
    events: EventList, periods: pd.PeriodIndex, *, leaders: str | None = None, imprecise: Imprecise = "refuse",
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Build the rows target x month.

    Columns: ``target_ccode``, ``iso3``, ``name``, ``period``, ``year``, ``ccode``, ``leader``, ``onset``, ``onsets``,
    ``ongoing``, ``peace``, ``event_ids``.  An event with two targets is an onset against each; a row stays in the risk set
    while a case is under way.
    """
    import pandas as pd

    if len(periods) == 0:
        raise InputError("the panel has no months; check start and end")
    placed = place(events, periods, imprecise=imprecise, rng=rng)
    rows = month_set(events.actor, periods)
    code, month = rows["target_ccode"].to_numpy(), rows["month"].to_numpy()
    row_of = {key: i for i, key in enumerate(zip(code.tolist(), month.tolist(), strict=True))}
    counts, running = np.zeros(len(rows), int), np.zeros(len(rows), int)
    ids: list[list[str]] = [[] for _ in range(len(rows))]
    outside, targets = dict(placed.outside), events.targets
    for event, begun in placed.onset.items():
        over = placed.end[event]
        hit = [r for c in targets[event] if (r := row_of.get((c, begun))) is not None]
        for row in hit:
            counts[row] += 1
            ids[row].append(event)
        last = int(month.max()) if over is None else over
        running += np.isin(code, targets[event]) & (month > begun) & (month <= last)
        if not hit:
            outside[event] = "no target that is a state in that month" if targets[event] else "no target state coded"
    known, leader = registry(), leader_of(events.actor, periods, variant=leaders).to_numpy(object)
    at = pd.PeriodIndex(pd.PeriodIndex.from_ordinals(month, freq="M"))
    frame = pd.DataFrame({
        "target_ccode": code, "iso3": [known[c].iso3 for c in code], "name": [known[c].name for c in code], "period": at,
        "year": at.year, "ccode": events.actor.ccode, "leader": leader[month - int(periods.asi8[0])],
        "onset": (counts > 0).astype(int), "onsets": counts, "ongoing": running,
        "event_ids": pd.Series([";".join(e) for e in ids], dtype=object), "peace": peace_time(counts, month, code),
    })  # fmt: skip
    frame.attrs |= {"outside": outside, "imputed": placed.imputed}
    return frame
