"""Results kept for arrays seen before: one exposure is tested against many event lists."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

from interventions_stats.engine.arrays import Layout

P = ParamSpec("P")
R = TypeVar("R")


def remember(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep the last ``size`` results of a pure function of arrays, layouts and plain values.

    A returned array is read-only, since the next caller gets the same one.

    Examples
    --------
    >>> @remember(8)
    ... def total(x):
    ...     return float(x.sum())
    >>> total(np.arange(4.0)), total(np.arange(4.0)), len(total.kept)
    (6.0, 6.0, 1)
    """

    def around(function: Callable[P, R]) -> Callable[P, R]:
        kept: OrderedDict[tuple, R] = OrderedDict()

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            key = (*map(_key, args), *((k, _key(v)) for k, v in sorted(kwargs.items())))
            if key not in kept:
                found = function(*args, **kwargs)
                if isinstance(found, np.ndarray):
                    found.flags.writeable = False
                kept[key] = found
                if len(kept) > size:
                    kept.popitem(last=False)
            kept.move_to_end(key)
            return kept[key]

        call.kept = kept  # type: ignore[attr-defined]
        return call

    return around


def _key(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError("an array of objects has no bytes to be kept under")
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, Layout):
        return value.pieces, _key(value.times)  # labels change no number, and what is kept was taken before
    return type(value), value
