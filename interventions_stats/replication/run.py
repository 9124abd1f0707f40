"""``replicate``: every driver, then every claim, on the bundled data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from interventions_stats.assessment.battery import Battery, DriverResult, battery
from interventions_stats.assessment.result import Result
from interventions_stats.display.contract import ResultContract
from interventions_stats.errors import InputError
from interventions_stats.replication.answer import ClaimResult, answer
from interventions_stats.replication.findings import Finding, board, findings_frame, headline
from interventions_stats.replication.studies.russia import RUSSIA
from interventions_stats.replication.study import Study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Report(ResultContract):
    """What the replication found.

    ``report.claims``, ``report.propositions`` and ``report.drivers`` are tidy frames; ``report["W1"]`` is a Result,
    ``report["wag_the_dog"]`` a DriverResult, ``report["C11"]`` a ClaimResult.
    """

    battery: Battery
    by_claim: dict[str, ClaimResult]
    seed: int
    quick: bool
    versions: dict[str, str]
    tables: dict[str, str]
    study: Study = RUSSIA

    @property
    def findings(self) -> pd.DataFrame:
        """One row a claim: what the study says, its literal test, the finding, and how large an effect is excluded.

        ``says`` is our paraphrase; ``number`` and ``p`` are those of the literal test; ``excluded_above`` is the ratio above
        which every tested effect is excluded at one-sided 95% (``excluded`` by proposition), ``pooled_bound`` the same over
        several actors, where they were pooled; ``detects`` is found with 80% power. ``chance_at_sesoi`` is the chance that no
        literal test would come out with an effect of the size of interest, ``chance_at_none`` with none, ``chance_by`` how
        they were computed.
        """
        return findings_frame(self._findings)

    def headline(self) -> str:
        """How many of the study's findings are reproduced, and how large an effect the reproduced absences exclude."""
        return headline(self._findings)

    @property
    def _findings(self) -> list[Finding]:
        return [c.finding for c in self.by_claim.values() if c.finding is not None]

    @property
    def claims(self) -> pd.DataFrame:
        """One row a claim: text, verdict, the study's reading, whether they agree, and what can be concluded."""
        import pandas as pd

        return pd.DataFrame([c.row() for c in self.by_claim.values()])

    @property
    def propositions(self) -> pd.DataFrame:
        """One row a proposition."""
        return self.battery.propositions

    @property
    def world(self) -> pd.DataFrame:
        """One row an arm over all states, apart from what was asked of Russia."""
        return self.battery.world

    @property
    def drivers(self) -> pd.DataFrame:
        """One row a driver, with the verdicts per type of activity."""
        return self.battery.drivers

    def __getitem__(self, name: str) -> Result | DriverResult | ClaimResult:
        return self.by_claim[name] if name in self.by_claim else self.battery[name]

    def tidy(self) -> pd.DataFrame:
        return self.propositions

    def glance(self) -> pd.DataFrame:
        return self.drivers

    def summary(self) -> str:
        """The findings first, then the verdicts: drivers, propositions, claims."""
        from interventions_stats.assessment.battery import boards
        from interventions_stats.display.text import frame_text, wrap

        verdicts = self.claims[["claim", "text", "verdict", "reading", "agreement"]]
        first = (
            [wrap(self.headline(), 100), "", board(self._findings, 100), "", wrap(_KEY, 100), ""]
            if self.by_claim
            else []
        )
        parts = [
            *first, wrap(self.battery.events.note, 100), "", "Drivers", frame_text(self.drivers.drop(columns=["title", "why"]), 100),
            "", "Propositions (ratios; larger effects are excluded at 95%; effects from there on are detected with 80% power)",
            *boards(self.battery), "", "Claims", frame_text(verdicts, 100),
        ]  # fmt: skip
        return "\n".join(parts)

    def methods_text(self) -> str:
        """A methods paragraph and one sentence a proposition, ready to paste; every dismissal carries its bound."""
        from interventions_stats.assessment.sentences import methods_text

        return methods_text(self.battery, self.seed, self.versions)

    def to_csv(self, folder: str | Path) -> list[Path]:
        """Write ``findings.csv``, ``claims.csv``, ``propositions.csv`` and ``drivers.csv``, all of them or none."""
        from interventions_stats.display.files import write_together

        return write_together(self.csv_files(), folder)

    def csv_files(self) -> dict[str, str]:
        """Return the four tables as CSV, by file name."""
        from interventions_stats.display.files import csv_text

        frames = {
            "findings": self.findings,
            "claims": self.claims,
            "propositions": self.propositions,
            "drivers": self.drivers,
        }
        return {f"{name}.csv": csv_text(frame) for name, frame in frames.items()}

    def to_json(self, path: str | Path) -> Path:
        """Write the record of the run: every number, seed, version and data hash."""
        from interventions_stats.display.files import write_text
        from interventions_stats.replication.record import dumps, record_of

        return write_text(dumps(record_of(self)), path)


_KEY = (
    "Excluded above: effects larger than this are excluded at one-sided 95%, smaller ones are not. Missed: the chance that the "
    "study's own test would show nothing with an effect of the size of interest. None: unbounded in practice (above 5)."
)


def replicate(
    *,
    study: Study = RUSSIA,
    quick: bool = False,
    seed: int = 0,
    n_jobs: int | None = None,
    progress: bool | None = None,
) -> Report:
    """Test every driver and every claim of a study; by default that of Russia, on the bundled data.

    Parameters
    ----------
    study : Study
        Claims, drivers, actor and events; by default those of the study of Russia.
    quick : bool, default False
        999 relabellings of every test, and nothing else changes: for a first look, not for the record.
    seed : int, default 0
        Root of the one seed tree; the numbers do not depend on the number of workers.
    n_jobs : int, optional
        Workers (default: all cores, or joblib's setting).
    progress : bool, optional
        Show a bar; by default only on a terminal.

    Returns
    -------
    Report

    References
    ----------
    Charap, S., Geist, E., Frederick, B., Drennan, J. J., Chandler, N., & Kavanagh, J. (2021). Russia's Military
    Interventions: Patterns, Drivers, and Signposts. RAND Corporation.

    Examples
    --------
    >>> import interventions_stats as ist
    >>> report = ist.replicate(quick=True)  # doctest: +SKIP
    >>> report["C11"].verdict  # doctest: +SKIP
    'reversed'
    """
    from interventions_stats.assessment.assess import versions
    from interventions_stats.datasets.package import digest
    from interventions_stats.display.progress import progress_bar

    if not isinstance(study, Study):
        raise InputError(f"study is a {type(study).__name__}: give a Study, as ist.studies.RUSSIA is one")
    events = {"actor": study.actor} if study.events is None else {"events": study.events}
    if isinstance(study.events, str):
        events["actor"] = study.actor
    many = sum(len(d.propositions) for d in study.drivers)
    with progress_bar("Testing propositions", many, enabled=progress) as step:
        found = battery(
            **events,
            drivers=study.drivers,
            series=study.series,
            seed=seed,
            quick=quick,
            n_jobs=n_jobs,
            on_step=_named(step),
        )
    claims = {c.id: answer(c, found) for c in study.claims}
    return Report(found, claims, seed, quick, versions(), digest(), study)


def _named(step: Callable[[str], None]) -> Callable[[str], None]:
    return lambda name: step(f"Testing propositions: {name} done")
