"""Events placed on a panel's periods; the ones that cannot be placed are listed, never dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from interventions_stats.errors import InputError, RefusalError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from interventions_stats.events.event_list import EventList

Imprecise = Literal["refuse", "impute", "list"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where each event falls.

    Attributes
    ----------
    onset : Series of Period
        Period of each placed event's onset, indexed by event id.
    end : Series of Period
        Period of its end, missing while it is running.
    outside : dict of str to str
        Events that found no row, each with the reason.
    imputed : tuple of str
        Events whose onset period was drawn within the recorded interval.
    """

    onset: pd.Series
    end: pd.Series
    outside: dict[str, str]
    imputed: tuple[str, ...]


def place(
    events: EventList,
    periods: pd.PeriodIndex,
    *,
    imprecise: Imprecise = "refuse",
    rng: np.random.Generator | None = None,
) -> Placement:
    """Assign each event to the period of its onset.

    An onset known only to an interval wider than a period (a year, in a monthly panel) is drawn within the interval
    (``"impute"``, uniform over its days), listed as outside (``"list"``) or refused (G14).
    """
    import numpy as np
    import pandas as pd

    timing = events.timing.set_index("event_id").sort_index()  # the order of the list's rows must not matter
    first = pd.PeriodIndex(timing["first"], freq=periods.freq)
    last = pd.PeriodIndex(timing["last"], freq=periods.freq)
    lo, hi = periods[0], periods[-1]
    dated = np.asarray(first.notna())
    wide = np.asarray((first != last) & (last >= lo) & (first <= hi)) & dated
    outside: dict[str, str] = dict.fromkeys(timing.index[~dated], "no onset date")
    imputed: tuple[str, ...] = ()
    if wide.any():
        names = list(timing.index[wide])
        if imprecise == "refuse":
            raise RefusalError(
                "G14",
                f"the onset of {', '.join(names)} is known only to the {timing['precision'][wide].iloc[0]}, "
                f"wider than a period of this panel ({periods.freqstr}).",
                "use unit='actor-year', or imprecise='impute' to draw the date within its interval.",
            )
        if imprecise == "impute":
            if rng is None:
                raise InputError("imputing onset dates needs a random generator: give seed=")
            span = (timing["last"] - timing["first"]).dt.days.to_numpy()[wide]
            drawn = timing["first"][wide] + pd.to_timedelta(rng.integers(0, span + 1), unit="D")
            onset = first.to_series(index=timing.index)
            onset[wide] = pd.PeriodIndex(drawn, freq=periods.freq)
            first, imputed = pd.PeriodIndex(onset), tuple(names)
        else:
            outside |= dict.fromkeys(names, "onset date wider than a period")
    onset = pd.Series(first, index=timing.index)
    for i in timing.index[dated & np.asarray((first < lo) | (first > hi))]:
        outside[i] = f"onset outside the panel ({lo} to {hi})"
    end = pd.Series(pd.PeriodIndex(timing["end"], freq=periods.freq), index=timing.index)
    kept = [i for i in timing.index if i not in outside]
    return Placement(onset[kept], end[kept], outside, imputed)
