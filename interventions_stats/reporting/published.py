"""A report that can publish itself: as a page and as tables."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from interventions_stats.assessment.assess import versions
from interventions_stats.assessment.battery import Battery
from interventions_stats.datasets.package import digest
from interventions_stats.errors import unknown_name
from interventions_stats.replication.run import Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Figure = Literal["forest", "timeline", "footprint", "targets", "approval", "event_study"]
_FIGURES = ("forest", "timeline", "footprint", "targets", "approval", "event_study")


@dataclass(frozen=True, eq=False, repr=False)
class PublishedReport(Report):
    """A :class:`~interventions_stats.replication.run.Report` with a page, tables and figures.

    Publishing stands on a floor above the numbers, so that they can be computed without it.
    """

    @classmethod
    def of(cls, report: Report | Battery, *, seed: int = 0, quick: bool = False) -> PublishedReport:
        """Give a report the means to publish itself; a battery, of drivers of your own say, is one without claims.

        ``seed`` and ``quick`` are those that the battery was run with.
        """
        if isinstance(report, Battery):
            report = Report(report, {}, seed, quick, versions(), digest())
        return cls(**{f.name: getattr(report, f.name) for f in fields(Report)})

    def to_html(self, path: str | os.PathLike[str], n_jobs: int | None = 1) -> Path:
        """Write the page: one file, no network, no script; return its path. ``n_jobs`` workers draw its figures."""
        from interventions_stats.reporting.page import write_page

        return write_page(self, path, n_jobs)

    @overload
    def to_latex(self, path: None = None) -> str: ...
    @overload
    def to_latex(self, path: str | os.PathLike[str]) -> Path: ...
    def to_latex(self, path: str | os.PathLike[str] | None = None) -> str | Path:
        """The verdict board, propositions and claims as LaTeX."""
        from interventions_stats.reporting.tables import to_latex

        return to_latex(self) if path is None else to_latex(self, path)

    @overload
    def to_markdown(self, path: None = None) -> str: ...
    @overload
    def to_markdown(self, path: str | os.PathLike[str]) -> Path: ...
    def to_markdown(self, path: str | os.PathLike[str] | None = None) -> str | Path:
        """The verdict board, propositions and claims as Markdown."""
        from interventions_stats.reporting.tables import to_markdown

        return to_markdown(self) if path is None else to_markdown(self, path)

    def to_docx(self, path: str | os.PathLike[str]) -> Path:
        """The verdict board, propositions and claims as a Word file; return its path."""
        from interventions_stats.reporting.tables import to_docx

        return to_docx(self, path, title=self.title)

    @property
    def title(self) -> str:
        """Of the tables in a document of their own."""
        return f"Verdicts on {self.battery.events.actor.name}"

    def methods_text(self) -> str:
        """A methods section ready to paste; every dismissal carries its bound."""
        from interventions_stats.reporting.methods import methods_text

        return methods_text(self)

    def plot(self, ax: Axes | None = None, kind: Figure = "forest") -> Axes:
        """Draw one of the report's figures.

        Parameters
        ----------
        ax : Axes, optional
        kind : {"forest", "timeline", "footprint", "targets", "approval", "event_study"}

        Raises
        ------
        UnknownNameError
            An unknown kind.
        """
        from interventions_stats.reporting.draw import draw

        if isinstance(ax, str):  # plot("timeline")
            ax, kind = None, ax  # type: ignore[assignment]
        if kind not in _FIGURES:
            raise unknown_name("kind of figure", kind, _FIGURES, where="plot()")
        return draw(self, kind, ax)

    def _repr_html_(self) -> str:
        from interventions_stats.reporting.boards import claims_board, verdict_board
        from interventions_stats.reporting.formats import html
        from interventions_stats.reporting.opening import findings_table

        if found := findings_table(self):
            return html(found[0])
        return html(verdict_board(self.battery)) + html(claims_board(list(self.by_claim.values())))
