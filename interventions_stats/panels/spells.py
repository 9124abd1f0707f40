"""Ongoing cases and the time since the last onset."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def ongoing_counts(onset: pd.Series, end: pd.Series, periods: pd.PeriodIndex) -> np.ndarray:
    """Count the cases already under way in each period: begun before it, not yet over at its start.

    A case whose end is missing is taken as running to the last period.
    """
    import numpy as np

    counts = np.zeros(len(periods), int)
    for i in onset.index:
        begun = periods > onset[i]
        counts += np.asarray(begun & (periods <= end[i]) if end[i] == end[i] else begun, int)
    return counts


def peace_time(onsets: np.ndarray, times: np.ndarray | None = None) -> np.ndarray:
    """Periods since the last onset (or since the first row), 0 in the period after one.

    ``times`` numbers the periods where some have no row (a state that left the system and came back).

    >>> import numpy as np
    >>> peace_time(np.array([0, 0, 1, 0, 0]))
    array([0, 1, 2, 0, 1])
    """
    import numpy as np

    when = np.arange(len(onsets)) if times is None else np.asarray(times, int)
    since = np.where(np.asarray(onsets) > 0, when + 1, -1)  # the clock restarts in the period after an onset
    start = np.maximum.accumulate(np.concatenate([when[:1], since[:-1]]))
    return when - start
