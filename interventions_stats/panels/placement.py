"""Events placed on a panel's periods; the ones that cannot be placed are listed, never dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from interventions_stats.errors import InputError, RefusalError
from interventions_stats.panels.spells import peace_time

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from interventions_stats.events.event_list import EventList

EPOCH = 1970  # year 0 of yearly periods
Imprecise = Literal["refuse", "impute", "list"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where each event falls, as the ordinals of the panel's periods (months or years from 1970).

    Attributes
    ----------
    onset : dict of str to int
        Period of each placed event's onset, in the order of the ids.
    end : dict of str to int or None
        Period of its end, None while it is running.
    outside : dict of str to str
        Events that found no row, each with the reason.
    imputed : tuple of str
        Events whose onset period was drawn within the recorded interval.
    """

    onset: dict[str, int]
    end: dict[str, int | None]
    outside: dict[str, str]
    imputed: tuple[str, ...]


def place(
    events: EventList,
    periods: pd.PeriodIndex,
    *,
    imprecise: Imprecise = "refuse",
    rng: np.random.Generator | None = None,
) -> Placement:
    """Assign each event to the period (month or year) of its onset.

    An onset known only to an interval wider than a period (a year, in a monthly panel) is drawn within the interval
    (``"impute"``, uniform over its days), listed as outside (``"list"``) or refused (G14).
    """
    import numpy as np

    timing = events.timing
    ids = timing["event_id"].tolist()
    order = sorted(range(len(ids)), key=ids.__getitem__)  # the order of the list's rows must not matter
    names = np.array(ids, dtype=object)[order]
    unit = "datetime64[M]" if periods.freqstr.startswith("M") else "datetime64[Y]"
    days = {c: timing[c].to_numpy("datetime64[D]")[order] for c in ("first", "last", "end")}
    dated = ~np.isnat(days["first"])
    first, last, end = (days[c].astype(unit).astype(np.int64) for c in ("first", "last", "end"))
    lo, hi = int(periods.asi8[0]), int(periods.asi8[-1])
    wide = (first != last) & (last >= lo) & (first <= hi) & dated
    outside: dict[str, str] = dict.fromkeys(names[~dated].tolist(), "no onset date")
    imputed: tuple[str, ...] = ()
    if wide.any():
        loose = names[wide].tolist()
        if imprecise == "refuse":
            precision = timing["precision"].to_numpy(object)[order][wide][0]
            raise RefusalError(
                "G14",
                f"the onset of {', '.join(loose)} is known only to the {precision}, "
                f"wider than a period of this panel ({periods.freqstr}).",
                "use unit='actor-year', or imprecise='impute' to draw the date within its interval.",
            )
        if imprecise == "impute":
            if rng is None:
                raise InputError("imputing onset dates needs a random generator: give seed=")
            begin = days["first"][wide]
            span = (days["last"][wide] - begin).astype(np.int64)
            drawn = begin + rng.integers(0, span + 1).astype("timedelta64[D]")
            first[wide], imputed = drawn.astype(unit).astype(np.int64), tuple(loose)
        else:
            outside |= dict.fromkeys(loose, "onset date wider than a period")
    beyond = dated & ((first < lo) | (first > hi))
    outside |= dict.fromkeys(names[beyond].tolist(), f"onset outside the panel ({periods[0]} to {periods[-1]})")
    running = np.isnat(days["end"])
    kept = [i for i, name in enumerate(names) if name not in outside]
    onset = {names[i]: int(first[i]) for i in kept}
    return Placement(onset, {names[i]: None if running[i] else int(end[i]) for i in kept}, outside, imputed)


def year_of(ordinal: int) -> int:
    """Calendar year of a yearly period."""
    return ordinal + EPOCH


def on_periods(placed: Placement, periods: pd.PeriodIndex) -> dict[str, np.ndarray]:
    """Columns of the events over consecutive periods: ``onset``, ``onsets``, ``ongoing``, ``peace``, ``event_ids``."""
    import numpy as np

    now = periods.asi8
    counts, ids = np.zeros(len(now), int), np.full(len(now), "", dtype=object)
    running = np.zeros(len(now), int)
    for event, at in placed.onset.items():
        row, over = at - int(now[0]), placed.end[event]
        counts[row] += 1
        ids[row] = f"{ids[row]};{event}" if counts[row] > 1 else event
        running[row + 1 : None if over is None else max(over - int(now[0]) + 1, 0)] += 1
    return {
        "onset": (counts > 0).astype(int), "onsets": counts, "ongoing": running, "peace": peace_time(counts), "event_ids": ids,
    }  # fmt: skip
