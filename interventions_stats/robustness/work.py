"""Many independent jobs: through joblib, the same for any number of workers, kept as they finish, resumed where they stopped."""

from __future__ import annotations

import hashlib
import io
import os
import pickle  # written and read only by _Store, whose reader makes data and calls nothing
from collections.abc import Callable, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from interventions_stats.errors import InputError

R = TypeVar("R")


def run_jobs(
    function: Callable[..., R],
    jobs: Sequence[tuple],
    *,
    n_jobs: int | None = None,
    cache: str | os.PathLike[str] | None = None,
    key: Sequence[object] = (),
    on_step: Callable[[int, int], None] | None = None,
) -> list[R]:
    """Run ``function(*job)`` for every job and return the results in order.

    Parameters
    ----------
    function : callable
        Importable, so that any joblib backend can send it to its workers.
    jobs : sequence of tuples of arguments
        Random draws must hang on the arguments (:func:`~interventions_stats.evidence.seeds.branch`), never on order.
    n_jobs : int, optional
        Default: what ``joblib.parallel_config`` says (so a Dask or Ray cluster takes the work unchanged), else one.
    cache : path, optional
        Folder in which each result is kept as soon as it arrives; a run that was interrupted continues from there.
    key : sequence
        What else the results depend on: version of the data, hash of the proposition, options.
    on_step : callable, optional
        Called with the number done and the number of jobs.

    Examples
    --------
    >>> run_jobs(divmod, [(7, 2), (9, 4)])
    [(3, 1), (2, 1)]
    """
    from joblib import Parallel, delayed

    store = None if cache is None else _Store(Path(cache), key)
    out: dict[int, R] = {}
    if store is not None:
        for i in range(len(jobs)):
            found, value = store.get(i)
            if found:
                out[i] = value
    left = [i for i in range(len(jobs)) if i not in out]
    results = Parallel(n_jobs=n_jobs, return_as="generator")(delayed(function)(*jobs[i]) for i in left)
    for i, value in zip(left, results, strict=True):
        out[i] = value
        if store is not None:
            store.put(i, value)
        if on_step is not None:
            on_step(len(out), len(jobs))
    return [out[i] for i in range(len(jobs))]


class _Reader(pickle.Unpickler):
    """Read back what the library kept: its own dataclasses, numbers and arrays; a file that names anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] == "interventions_stats":
            found = super().find_class(module, name)
            if isinstance(found, type) and is_dataclass(found) and "." not in name:
                return found
        elif module.split(".")[0] == "numpy" and name in ("_reconstruct", "scalar", "ndarray", "dtype", "_frombuffer"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not among what is kept")


class _Store:
    """Results of one run as files; a file is whole or not there."""

    def __init__(self, folder: Path, key: Sequence[object]) -> None:
        name = hashlib.sha256("\n".join(map(str, key)).encode()).hexdigest()[:24]
        self.folder = folder / name
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"cache={str(folder)!r} is not a folder that can be written to: {error.strerror}"
            ) from None

    def get(self, i: int) -> tuple[bool, Any]:
        try:
            return True, _Reader(io.BytesIO((self.folder / f"{i}.pickle").read_bytes())).load()
        except Exception:  # a damaged file can raise anything
            return False, None  # not there, or written by another version: it is computed again

    def put(self, i: int, value: Any) -> None:
        part = self.folder / f"{i}.{os.getpid()}.part"
        part.write_bytes(pickle.dumps(value))
        part.replace(self.folder / f"{i}.pickle")
