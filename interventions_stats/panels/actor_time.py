"""Actor-months and actor-years: one row a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from interventions_stats.events.actors import leader_of
from interventions_stats.panels.placement import Imprecise, on_periods, place

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from interventions_stats.events.event_list import EventList

Leaders = Literal["default", "medvedev"]


def actor_time(
    events: EventList,
    periods: pd.PeriodIndex,
    *,
    leaders: str | None = None,
    imprecise: Imprecise = "refuse",
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Build the rows of one actor over consecutive periods (months or years).

    Columns: ``period``, ``year``, ``ccode``, ``leader``, ``onset`` (0/1), ``onsets`` (count), ``ongoing`` (cases
    already under way; nothing is dropped for them), ``peace`` (periods since the last onset), ``event_ids``.
    """
    import pandas as pd

    placed = place(events, periods, imprecise=imprecise, rng=rng)
    frame = pd.DataFrame(
        {
            "period": periods,
            "year": periods.year,
            "ccode": events.actor.ccode,
            "leader": leader_of(events.actor, periods, variant=leaders).to_numpy(),
            **on_periods(placed, periods),
        }
    )
    frame.attrs |= {"outside": dict(placed.outside), "imputed": placed.imputed}
    return frame
