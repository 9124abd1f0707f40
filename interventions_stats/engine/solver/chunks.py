"""Cutting a batch into pieces that fit the processor's cache, and running them on threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from interventions_stats.engine.solver.blas import one_blas_thread

T = TypeVar("T")

# some six (fits, rows) arrays are alive at once: within a few megabytes, yet enough fits to share the cost of the calls
_ELEMENTS = 131_072


def chunk_slices(fits: int, rows: int, *, elements: int = _ELEMENTS) -> list[slice]:
    """Return slices of at most ``elements / rows`` fits; they depend on the shape alone, never on the workers."""
    size = max(1, min(elements // max(rows, 1), 512))
    return [slice(i, min(i + size, fits)) for i in range(0, fits, size)]


def run_chunks(work: Callable[[slice], T], slices: list[slice], n_jobs: int = 1) -> list[T]:
    """Apply ``work`` to every slice, on ``n_jobs`` threads (-1: all cores); the order and the results do not change.

    Threads suffice because matrix products and elementwise functions release the
    interpreter lock. The linear-algebra library is held to one thread meanwhile.
    """
    with one_blas_thread():
        if n_jobs == 1 or len(slices) == 1:
            return [work(s) for s in slices]
        from joblib import Parallel, delayed

        return list(Parallel(n_jobs=n_jobs, prefer="threads")(delayed(work)(s) for s in slices))
