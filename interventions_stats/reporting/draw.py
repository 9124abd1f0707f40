"""A report's own figures on plain Axes, one call each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.assessment.result import Result
from interventions_stats.errors import InputError
from interventions_stats.reporting import frames

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from interventions_stats.replication.run import Report


def draw(report: Report, kind: str, ax: Axes | None = None) -> Axes:
    """Draw a figure of a report by its name; see :meth:`PublishedReport.plot`."""
    from interventions_stats.display.figures.approval_onsets import approval_onsets
    from interventions_stats.display.figures.event_study import event_study
    from interventions_stats.display.figures.footprint import footprint
    from interventions_stats.display.figures.target_panel import target_panel
    from interventions_stats.display.figures.timeline import timeline
    from interventions_stats.display.figures.verdict_forest import verdict_forest

    events = report.battery.events
    if kind == "forest":
        return verdict_forest(report.propositions, ax)
    if kind == "timeline":
        until = f"{events.coverage[1]}-12-31"
        return timeline(
            frames.timeline_frame(events),
            frames.leaders_frame(events),
            ax,
            until=until,
            title=f"Interventions by {events.actor.name}",
        )
    if kind == "footprint":
        return footprint(
            frames.footprint_frame(), ax, title="Disputes begun with force", source="COW MID", unit="disputes a year"
        )
    if kind == "targets":
        return target_panel(frames.target_frame(events), ax, years=events.coverage)
    result = report["W1"]
    series = frames.series_of(result, events) if isinstance(result, Result) else None
    if series is None:
        raise InputError(
            f"no monthly approval is bundled for {events.actor.name}; draw approval_onsets() of your own frame"
        )
    return approval_onsets(series, ax=ax) if kind == "approval" else event_study(frames.event_path(series), ax)
