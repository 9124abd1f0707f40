"""The figures of a page, each with a caption and with words for readers who do not see it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interventions_stats.display.figures.style import words
from interventions_stats.display.rounding import rounded
from interventions_stats.reporting import cells, frames
from interventions_stats.reporting.svg import inline_svg

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from interventions_stats.assessment.battery import DriverResult
    from interventions_stats.assessment.result import Result
    from interventions_stats.events.event_list import EventList
    from interventions_stats.replication.run import Report

_FEWEST_SPECS = 3  # a curve of fewer specifications is a table's work
_FOOTPRINT_SOURCE = "mid"
DECISIVE = ("supported", "supported_trivial", "reversed", "dismissed")


@dataclass(frozen=True, slots=True)
class PageFigure:
    """Inline SVG markup with its caption and its text alternative."""

    id: str
    svg: str
    caption: str
    alt: str


def made(ax: Axes, name: str, caption: str, alt: str) -> PageFigure:
    """Turn an Axes into a figure of the page."""
    name = "fig-" + "".join(c if c.isalnum() else "-" for c in name.lower())
    return PageFigure(name, inline_svg(ax, name, alt), caption, alt)


def driver_forest(d: DriverResult) -> PageFigure:
    """A driver's propositions, with combat and stabilisation cases beside the pooled ones."""
    import pandas as pd

    from interventions_stats.assessment.plots import forest_frame
    from interventions_stats.display.figures.verdict_forest import verdict_forest

    frame = pd.concat([forest_frame(r) for r in d.results.values()], ignore_index=True)
    ax = verdict_forest(frame, title=d.driver.title)
    return made(ax, f"{d.driver.name}-forest", _FOREST_CAPTION, _forest_alt(list(d.results.values())))


_FOREST_CAPTION = (
    "Ratios with 90% intervals, oriented so that the driver predicts a ratio above one. Effects above the bar at an "
    "interval's right end are excluded (one-sided 95%); grey bands hold effects smaller than the smallest effect of interest. A mark alone has neither interval nor bound; for ranks the ratio is the odds of superiority."
)


def _forest_alt(results: list[Result]) -> str:
    parts = []
    for r in results:
        numbers = "" if r.evidence.raw is None else f", ratio {cells.ratio_text(r)}, excluded above {cells.frontier_text(r)}, identified by {cells.identify_text(r)}"  # fmt: skip
        parts.append(f"{r.proposition.statement.rstrip('.')}: {cells.verdict_words(r.verdict)}{numbers}")
    return "Forest of verdicts. " + "; ".join(parts) + "."


def events_figures(report: Report) -> list[PageFigure]:
    """Timeline, targets by distance, and for Russia the footprint of the three powers."""
    events = report.battery.events
    found = [timeline_figure(report), targets_figure(report)]
    return [*found, footprint_figure()] if events.actor.russian else found


def timeline_figure(report: Report) -> PageFigure:
    """The events in time."""
    from interventions_stats.reporting.draw import draw

    events = report.battery.events
    counts = "; ".join(f"{n} {words(str(k))}" for k, n in events.frame["activity"].value_counts().items())
    caption = (
        "The events by activity, leaders as bands; an arrow is an end that is unknown, yet to come or beyond the edge. "
        f"Onsets by {events.date_rule} date."
    )
    alt = f"Timeline of {len(events)} interventions by {events.actor.name}: {counts}."
    return made(draw(report, "timeline"), "timeline", caption, alt)


def targets_figure(report: Report) -> PageFigure:
    """Where the events began."""
    from interventions_stats.reporting.draw import draw

    events = report.battery.events
    targets = frames.target_frame(events).sort_values("km")
    shown = zip(targets["target"], targets["km"], strict=True)
    places = "; ".join(dict.fromkeys(f"{t} {km:,.0f} km" if km == km else str(t) for t, km in shown))
    caption = "Targets in order of the distance between capitals; onsets of one year stand side by side."
    return made(
        draw(report, "targets"), "targets", caption, f"Onsets by target and year, nearest target first: {places}."
    )


def footprint_figure() -> PageFigure:
    """How often Russia, the USSR and the United States began disputes with force."""
    from interventions_stats.display.figures.footprint import footprint

    counted = frames.footprint_frame(_FOOTPRINT_SOURCE)
    total = "; ".join(f"{actor} {n}" for actor, n in counted.groupby("actor")["onsets"].sum().items())
    caption = (
        "Militarized disputes originated at hostility 4 or 5: one source for the three powers, to 2014. Bars are the counts of "
        "Russia and the USSR; lines are means over five years, of the same kind for all three."
    )
    ax = footprint(counted, title="Disputes begun with force", source="COW MID", unit="disputes a year")
    return made(ax, "footprint", caption, f"Disputes begun a year, 1946 to 2014. Totals: {total}.")


def approval_figures(result: Result, events: EventList) -> list[PageFigure]:
    """Approval with onsets, and its mean path around them; nothing where the actor has no series."""
    from interventions_stats.display.figures.approval_onsets import approval_onsets
    from interventions_stats.display.figures.event_study import event_study

    frame = frames.series_of(result, events)
    if frame is None or not frame["identified"].any():
        return []
    n = int(frame.loc[frame["identified"], "onsets"].sum())
    alt = f"Monthly approval with {int(frame['onsets'].sum())} onsets, of which {n} fall in months that identify the effect."
    found = [made(approval_onsets(frame), "approval", "Monthly approval of the leader, with onsets. Only onsets under a measured leader identify "
                  "the effect.", alt)]  # fmt: skip
    path = frames.event_path(frame)
    by = path.set_index("offset")["mean"]
    alt = f"Mean approval around {n} onsets, in points from the leader's mean: {rounded(by[-1], digits=2)} a month before and {rounded(by[3], digits=2)} three months after."
    caption = (
        "Approval around onset. The shaded months follow onset: what happens in them is a consequence. Dashed lines hold 90% of the "
        "paths around shifted dates."
    )
    return [*found, made(event_study(path), "event-study", caption, alt)]


def result_figures(result: Result) -> list[PageFigure]:
    """Reference distribution and severity of one proposition."""
    from interventions_stats.assessment.plots import plot

    e, name = result.evidence, result.proposition.id
    found = []
    if e.raw is not None and e.raw.null is not None and math.isfinite(e.raw.observed):
        found.append(made(plot(result, "null"), f"{name}-null", "The statistic under all relabellings considered; the hatched part is as large as the observed value or larger, and its share is p.",
                          f"Reference distribution of {name}: observed {rounded(float(e.raw.observed))}, p of superiority {cells.p_text(result, 'p_superiority')}."))  # fmt: skip
    if e.raw is not None and e.se_cal == e.se_cal:
        found.append(made(plot(result, "severity"), f"{name}-severity", "Severity of the claim that the effect is below each ratio; effects above the ratio at which it is .95 are excluded.",
                          f"Severity curve of {name}: excluded above {cells.frontier_text(result)}, smallest effect of interest {cells.sesoi_text(result)}."))  # fmt: skip
    return found


def check_figures(result: Result, names: dict[str, Any]) -> list[PageFigure]:
    """Specification curve and influence of one proposition; ``names`` maps event ids to names."""
    from interventions_stats.assessment.plots import plot, titled, unit
    from interventions_stats.display.figures.influence import influence
    from interventions_stats.rules.verdict import decide

    r, e, name = result.robustness, result.evidence, result.proposition.id
    if r is None:
        return []
    found = []
    if len(r.specs) >= _FEWEST_SPECS:
        found.append(made(plot(result, "specifications"), f"{name}-specs", "Registered specifications in order of their ratio; the larger mark is the primary one.",
                          f"Specification curve of {name}: {r.summary.n_specs} specifications, {r.summary.specs_supported} supported."))  # fmt: skip
    shown = deletions(result)
    if len(shown) >= _FEWEST_SPECS and (shown["flips"].any() or result.verdict in DECISIVE):
        shown = shown.assign(name=shown["event"].map(names).fillna(shown["name"]))
        core = decide(e.numbers()).verdict
        ratio = float(result.glance()["ratio"].iloc[0])
        ax = influence(
            shown.drop(columns="flips"),
            ratio,
            sesoi=e.sesoi.ratio,
            verdict=core,
            title=titled(result, "one event left out"),
            unit=unit(e),
        )
        found.append(made(ax, f"{name}-influence", "The estimate without each event that the test used, with its 90% interval.",
                          f"Influence on {name}. {deletions_text(result)}"))  # fmt: skip
    return found


def deletions(result: Result) -> pd.DataFrame:
    """Estimates without each event that the test used, and whether the core verdict flips."""
    from interventions_stats.assessment.plots import influence_frame
    from interventions_stats.rules.verdict import decide

    frame = influence_frame(result)
    frame = frame[~frame["event"].isin(list(result.evidence.outside)) & frame["ratio"].notna()]
    return frame.assign(flips=frame["verdict"] != decide(result.evidence.numbers()).verdict)


def deletions_text(result: Result) -> str:
    """In words, what leaving out one event does."""
    frame = deletions(result)
    if frame.empty:
        return ""
    flips = list(frame.loc[frame["flips"], "event"])
    said = f"leaving out {', '.join(flips)} changes the core verdict" if flips else "the core verdict stays the same"
    ends = (frame["ratio"].min(), frame["ratio"].max())  # a ratio is 0 where no exposed event is left
    low, high = (cells.effect(result, math.log(x) if x > 0 else -math.inf) for x in ends)
    return f"Without any one of the {len(frame)} events used the estimate lies between {low} and {high}, and {said}."
