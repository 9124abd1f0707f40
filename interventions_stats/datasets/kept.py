"""Results kept for the tables that are in use, and for no others."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from interventions_stats.datasets.location import MANIFEST, VARIABLE

P = ParamSpec("P")
R = TypeVar("R")


def kept(maxsize: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep the last results of a function of hashable arguments and of the bundled tables.

    Another folder in ``INTERVENTIONS_DATASETS``, or another ``datapackage.json`` in it, is another key.

    Examples
    --------
    >>> @kept(8)
    ... def double(x):
    ...     print("computed")
    ...     return 2 * x
    >>> double(2), double(2)
    computed
    (4, 4)
    """

    def around(function: Callable[P, R]) -> Callable[P, R]:
        @lru_cache(maxsize=maxsize, typed=True)
        def held(tables: tuple, *args: P.args, **kwargs: P.kwargs) -> R:
            return function(*args, **kwargs)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            return held(tables_in_use(), *args, **kwargs)  # type: ignore[arg-type]

        return call

    return around


def tables_in_use() -> tuple:
    """What tells one set of tables from another: the user's folder and its manifest, () for the bundled ones."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return ()
    try:
        state = os.stat(os.path.join(folder, MANIFEST))
    except OSError:
        return (folder,)
    return folder, state.st_mtime_ns, state.st_size
