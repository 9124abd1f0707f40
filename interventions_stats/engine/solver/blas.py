"""Holding the linear-algebra library to one thread while many small products run.

Products of a few hundred rows gain nothing from a second thread, and waiting for one
on a busy machine can cost a hundred times the product itself. Needs threadpoolctl; without it nothing changes.
"""

from __future__ import annotations

import threading
from contextlib import ContextDecorator
from functools import lru_cache
from typing import Any

_lock = threading.Lock()
_depth = 0
_before: list[tuple[Any, int]] = []


@lru_cache(maxsize=1)
def _libraries() -> list[Any]:
    """Handles of the loaded BLAS libraries; looking for them costs a millisecond, so it is done once."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return []
    import scipy.linalg  # noqa: F401 - it brings a library of its own, which is found only once it is loaded

    return [library for library in ThreadpoolController().lib_controllers if library.user_api == "blas"]


class one_blas_thread(ContextDecorator):
    """Hold one BLAS thread, in a with statement or over a function; the last of nested or concurrent users restores the old number."""

    def __enter__(self) -> None:
        global _depth, _before
        with _lock:
            _depth += 1
            if _depth == 1:
                _before = [(library, library.get_num_threads()) for library in _libraries()]
                for library, threads in _before:
                    if threads != 1:
                        library.set_num_threads(1)

    def __exit__(self, *raised: object) -> None:
        global _depth
        with _lock:
            _depth -= 1
            if _depth == 0:
                for library, threads in _before:
                    if threads != 1:
                        library.set_num_threads(threads)
