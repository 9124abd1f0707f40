"""When two times are one: values that differ by rounding only are equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.solver.kernels import Floats

ROUNDING = 1e-11  # relative difference that sums of decimals (.1 + .2 for .3, or .1 added up 10,000 times) leave


def merged(values: Floats) -> Floats:
    """Replace values (n,) that differ by rounding only by the smallest of them.

    Neighbours in order are equal within ``ROUNDING`` of their size; whole numbers are exact, and never merged with others.

    Examples
    --------
    >>> merged(np.array([0.3, 0.1 + 0.2, 0.31])).tolist()
    [0.3, 0.3, 0.31]
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    whole = ordered == np.rint(ordered)
    near = np.diff(ordered) <= ROUNDING * np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1]))
    near &= ~(whole[1:] & whole[:-1]) | (np.diff(ordered) == 0)
    head: NDArray[np.intp] = np.flatnonzero(np.concatenate([[True], ~near]))
    out = np.empty_like(values)
    out[order] = np.repeat(ordered[head], np.diff(np.append(head, len(values))))
    return out
