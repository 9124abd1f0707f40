"""Many independent jobs: through joblib, the same for any number of workers, kept as they finish, resumed where they stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from interventions_stats.engine.intake.scalars import check_jobs
from interventions_stats.errors import InputError
from interventions_stats.frames import as_pandas
from interventions_stats.keys import fingerprint
from interventions_stats.robustness.json_results import read, written

R = TypeVar("R")


def run_jobs(
    function: Callable[..., R],
    jobs: Sequence[tuple],
    *,
    n_jobs: int | None = None,
    cache: str | os.PathLike[str] | None = None,
    key: Sequence[object] = (),
    on_step: Callable[[int, int], None] | None = None,
    title: str = "jobs",
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
        What the results depend on, beside the version of the library, which is added: version of the data, proposition,
        event lists, series, options. See :func:`interventions_stats.keys.fingerprint`.
    on_step : callable, optional
        Called with the number done and the number of jobs. Default: a progress bar on a terminal or in a notebook.
    title : str
        Of the bar.

    Examples
    --------
    >>> run_jobs(divmod, [(7, 2), (9, 4)])
    [(3, 1), (2, 1)]
    """
    from joblib import delayed

    store = None if cache is None else _Store(Path(cache), key)
    out: dict[int, R] = {}
    if store is not None:
        for i in range(len(jobs)):
            found, value = store.get(i)
            if found:
                out[i] = value
    left = [i for i in range(len(jobs)) if i not in out]
    with _steps(on_step, title, len(jobs), len(out)) as step:
        # in the order of completion: one slow job keeps none of the others from being stored
        for i, value in completed((delayed(_numbered)(i, function, jobs[i]) for i in left), n_jobs):
            out[i] = value
            if store is not None:
                store.put(i, value)
            step(len(out))
    return [out[i] for i in range(len(jobs))]


def completed(calls: Iterable[Any], n_jobs: int | None) -> Iterator[Any]:
    """Yield the results of joblib's delayed calls as they are done; all at the end, where the backend keeps them until then.

    Raises
    ------
    InputError
        ``n_jobs`` is no number of workers.
    """
    from joblib import Parallel
    from joblib.parallel import get_active_backend

    workers = None if n_jobs is None else check_jobs(n_jobs)
    hands_out = getattr(get_active_backend()[0], "supports_return_generator", False)  # multiprocessing does not
    yield from Parallel(n_jobs=workers, return_as="generator_unordered" if hands_out else "list")(calls)


def _numbered(i: int, function: Callable[..., R], job: tuple) -> tuple[int, R]:
    return i, function(*job)


@contextmanager
def _steps(
    on_step: Callable[[int, int], None] | None, title: str, total: int, done: int
) -> Iterator[Callable[[int], None]]:
    """Yield what is told the number of finished jobs."""
    if on_step is not None:
        yield lambda count: on_step(count, total)
        return
    from interventions_stats.display.progress import progress_bar

    with progress_bar(title, total - done) as advance:
        yield lambda count: advance(title)


def content_of(series: Any) -> Any:
    """A user's series as a key can hold it, whatever library it comes from."""
    return None if series is None else as_pandas(series, "the series")


class _Store:
    """Results of one run as files; a file is whole or not there."""

    def __init__(self, folder: Path, key: Sequence[object]) -> None:
        from interventions_stats import __version__

        self.folder = folder / fingerprint(__version__, *key)[:24]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"cache={str(folder)!r} is not a folder that can be written to: {error.strerror}"
            ) from None

    def get(self, i: int) -> tuple[bool, Any]:
        try:
            return True, read((self.folder / f"{i}.json").read_text(encoding="utf-8"))
        except Exception:  # a damaged file can raise anything
            return False, None  # not there, or written by another version: it is computed again

    def put(self, i: int, value: Any) -> None:
        part = self.folder / f"{i}.{os.getpid()}.part"
        part.write_text(written(value), encoding="utf-8")
        part.replace(self.folder / f"{i}.json")
