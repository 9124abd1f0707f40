"""``replicate`` as the public face has it: the numbers, and a report that can publish itself."""

from __future__ import annotations

import os
from pathlib import Path

from interventions_stats.display.files import check_writable, read_bytes, write_together
from interventions_stats.errors import InputError
from interventions_stats.replication.record import parsed
from interventions_stats.replication.run import replicate as run
from interventions_stats.replication.studies.russia import RUSSIA
from interventions_stats.replication.study import Study
from interventions_stats.reporting.published import PublishedReport

RECORD = "report.json"
RUN_FILES = ("report.html", RECORD, "findings.csv", "claims.csv", "propositions.csv", "drivers.csv", "tables.md", "tables.tex", "tables.docx",
             "methods.txt")  # fmt: skip


def replicate(
    *,
    study: Study = RUSSIA,
    quick: bool = False,
    seed: int = 0,
    n_jobs: int | None = None,
    out: str | Path | None = None,
    progress: bool | None = None,
) -> PublishedReport:
    """Test every driver and every claim of a study; by default that of Russia, on the bundled data.

    Parameters
    ----------
    study : Study
        Claims with their literal tests, drivers, actor and events: ``ist.studies.RUSSIA``, or your own.
    quick : bool, default False
        999 relabellings of every test, and nothing else changes: for a first look, not for the record.
    seed : int, default 0
        Root of the one seed tree; the numbers do not depend on the number of workers.
    n_jobs : int, optional
        Workers (default: all cores, or joblib's setting).
    out : path, optional
        Folder for the page (``report.html``), the record (``report.json``), the tables (``findings.csv``, ``claims.csv``,
        ``propositions.csv``, ``drivers.csv``, ``tables.md``, ``tables.tex``, ``tables.docx``) and ``methods.txt``.  Those
        of an earlier run are replaced together or not at all; other files in the folder are left alone.
    progress : bool, optional
        Show a bar; by default only on a terminal.

    Returns
    -------
    PublishedReport

    Raises
    ------
    InputError
        ``out`` cannot be written, or holds files of these names that no run has written; told before the run.

    References
    ----------
    Charap, S., Geist, E., Frederick, B., Drennan, J. J., Chandler, N., & Kavanagh, J. (2021). Russia's Military
    Interventions: Patterns, Drivers, and Signposts. RAND Corporation.

    Examples
    --------
    >>> import interventions_stats as ist
    >>> report = ist.replicate(quick=True)  # doctest: +SKIP
    >>> report.to_html("report.html")  # doctest: +SKIP
    """
    if out is not None:
        ready(out)
    report = PublishedReport.of(run(study=study, quick=quick, seed=seed, n_jobs=n_jobs, progress=progress))
    if out is not None:
        write_all(report, out, n_jobs)
    return report


def ready(folder: str | Path) -> None:
    """Refuse a folder that a run cannot be written to, before the work and not after it; nothing is left on the disk.

    Raises
    ------
    InputError
        A file that cannot be written, or one of a run's names that is no run's.
    """
    where = _folder(folder)
    for name in RUN_FILES:
        try:
            check_writable(where / name)
        except InputError as error:
            raise InputError(f"out={str(where)!r} is no folder that can be written: {error}") from None
    there = [name for name in RUN_FILES if (where / name).exists()]
    if there and not _is_of_a_run(where / RECORD):
        raise InputError(
            f"{where / there[0]} was written by no run (there is no record beside it) and is not overwritten; "
            "name another folder for the results, or move the file"
        )


def write_all(report: PublishedReport, folder: str | Path, n_jobs: int | None = 1) -> list[Path]:
    """Write the page, the tables and the record, all of them or none; return their paths.

    ``n_jobs`` workers draw the figures of the page.
    """
    from interventions_stats.replication.record import dumps, record_of
    from interventions_stats.reporting.docx import docx_bytes
    from interventions_stats.reporting.page import page
    from interventions_stats.reporting.tables import tables_of

    contents: dict[str, str | bytes] = {
        **report.csv_files(), RECORD: dumps(record_of(report)), "report.html": page(report, n_jobs),
        "tables.md": report.to_markdown(), "tables.tex": report.to_latex(),
        "tables.docx": docx_bytes(tables_of(report), title=report.title), "methods.txt": report.methods_text() + "\n",
    }  # fmt: skip
    assert set(contents) == set(RUN_FILES)
    return write_together(contents, folder)


def _folder(path: object) -> Path:
    try:
        text = os.fsdecode(path)  # type: ignore[arg-type]
    except TypeError:
        raise InputError(f"out={path!r} is no path of a folder") from None
    if not text.strip():
        raise InputError("out is empty; name a folder, or leave it out")
    return Path(text)


def _is_of_a_run(record: Path) -> bool:
    try:
        return "propositions" in parsed(read_bytes(record))
    except (OSError, ValueError, TypeError, RecursionError):
        return False
