"""The time since the last onset."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def peace_time(onsets: np.ndarray, times: np.ndarray | None = None, groups: np.ndarray | None = None) -> np.ndarray:
    """Periods since the last onset (or since the first row), 0 in the period after one.

    Parameters
    ----------
    onsets : (n,) int
    times : (n,) int, optional
        Number of each period, where some have no row (a state that left the system and came back).
    groups : (n,) int, optional
        Ascending: the clock begins anew in each.

    Examples
    --------
    >>> import numpy as np
    >>> peace_time(np.array([0, 0, 1, 0, 0]))
    array([0, 1, 2, 0, 1])
    >>> peace_time(np.array([1, 0, 0, 0]), groups=np.array([1, 1, 2, 2]))
    array([0, 0, 0, 1])
    """
    import numpy as np

    n = len(onsets)
    when = np.arange(n) if times is None else np.asarray(times, int)
    group = np.zeros(n, int) if groups is None else np.asarray(groups, int)
    restart = np.concatenate([when[:1], np.where(np.asarray(onsets)[:-1] > 0, when[:-1] + 1, -1)])
    first = np.concatenate([[True] * min(n, 1), group[1:] != group[:-1]]).astype(bool)
    restart[first] = when[first]
    shift = np.cumsum(first) * (2 * (when.max(initial=0) + 2))  # keeps the running maximum within its group
    return when - (np.maximum.accumulate(restart + shift) - shift)
