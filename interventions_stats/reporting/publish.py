"""``replicate`` as the public face has it: the numbers, and a report that can publish itself."""

from __future__ import annotations

from pathlib import Path

from interventions_stats.errors import InputError
from interventions_stats.replication.run import replicate as run
from interventions_stats.reporting.published import PublishedReport


def replicate(
    *,
    quick: bool = False,
    seed: int = 0,
    n_jobs: int | None = None,
    out: str | Path | None = None,
    progress: bool | None = None,
) -> PublishedReport:
    """Test every driver and every claim of the study on the bundled data.

    Parameters
    ----------
    quick : bool, default False
        999 relabellings of every test, and nothing else changes: for a first look, not for the record.
    seed : int, default 0
        Root of the one seed tree; the numbers do not depend on the number of workers.
    n_jobs : int, optional
        Workers (default: all cores, or joblib's setting).
    out : path, optional
        Folder for the page (``report.html``), the record (``report.json``), the tables (``claims.csv``,
        ``propositions.csv``, ``drivers.csv``, ``tables.md``, ``tables.tex``, ``tables.docx``) and ``methods.txt``.
    progress : bool, optional
        Show a bar; by default only on a terminal.

    Returns
    -------
    PublishedReport

    Raises
    ------
    InputError
        ``out`` cannot be written.

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
    report = PublishedReport.of(run(quick=quick, seed=seed, n_jobs=n_jobs, out=out, progress=progress))
    if out is not None:
        write_all(report, out, n_jobs)
    return report


def ready(folder: str | Path) -> None:
    """Make the folder, so that one that cannot be written is refused before the work and not after it."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"out={str(folder)!r} is no folder that can be written: {error.strerror}") from None


def write_all(report: PublishedReport, folder: str | Path, n_jobs: int | None = 1) -> list[Path]:
    """Write the page and the tables beside the record; each file whole or not at all."""
    from interventions_stats.display.files import write_text

    where = Path(folder)
    return [
        report.to_html(where / "report.html", n_jobs), report.to_markdown(where / "tables.md"), report.to_latex(where / "tables.tex"),
        report.to_docx(where / "tables.docx"), write_text(report.methods_text() + "\n", where / "methods.txt"),
    ]  # fmt: skip
