"""Holding the linear-algebra library to one thread while many small products run.

Products of a few hundred rows gain nothing from a second thread, and waiting for one
on a busy machine can cost a hundred times the product itself. Needs threadpoolctl; without it nothing changes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Set one BLAS thread; the last of several concurrent or nested users restores the old number."""
    global _depth, _before
    with _lock:
        _depth += 1
        if _depth == 1:
            _before = [(library, library.get_num_threads()) for library in _libraries()]
            for library, threads in _before:
                if threads != 1:
                    library.set_num_threads(1)
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                for library, threads in _before:
                    if threads != 1:
                        library.set_num_threads(threads)
