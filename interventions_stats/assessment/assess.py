"""From evidence and robustness to a result: the one place where numbers meet the rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from interventions_stats.assessment.other_actors import unlisted
from interventions_stats.assessment.result import Result
from interventions_stats.datasets.kept import kept
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.gather import gather
from interventions_stats.evidence.types import TYPES, type_maximum
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.question import DRAWS, QUICK_DRAWS, Question
from interventions_stats.robustness.check import Robustness, check
from interventions_stats.rules.flags import result_flags
from interventions_stats.rules.grade import grade
from interventions_stats.rules.guards import g06_without_window, g24_type_heterogeneity
from interventions_stats.rules.guards_of_result import guards_of_result
from interventions_stats.rules.verdict import decide

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

ROBUSTNESS_DRAWS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Evidence on a proposition before its driver's family is known: what can be computed apart, and in any order."""

    evidence: Evidence
    robustness: Robustness | None
    by_type: dict[str, Evidence]
    exploratory: str | None = None
    events: EventList | None = None
    series: pd.DataFrame | None = None
    note: str = ""


def collect(
    question: Question, *, quick: bool = False, robustness: bool = True, exploratory: str | None = None, strict: bool = False,
    note: str = "",
) -> Gathered:  # fmt: skip
    """Gather the evidence on one proposition, under the registered choices and per type of activity.

    The number of relabellings follows ``quick``, whatever the question says; ``note`` travels with the result.
    """
    prop, events, delta = question.proposition, question.events, question.delta
    question = question.but(draws=QUICK_DRAWS if quick else DRAWS)
    evidence = gather(question, strict=strict, simulate=True)
    if evidence.missing and (reason := unlisted(evidence.proposition, events, question.series)):
        evidence = replace(evidence, missing=reason)
    evidence = _agree_when_masked(question, evidence)
    again = None
    if robustness and evidence.raw is not None:
        again = check(question.but(draws=QUICK_DRAWS if quick else ROBUSTNESS_DRAWS), evidence)
    types = {}
    if not kind_of(prop).own_events:
        for activity in TYPES:
            part = events.only(activity=activity).with_definition(f"{events.definition}:{activity}")
            if 0 < len(part) < len(events):
                types[activity] = gather(question.but(events=part))
        evidence = _with_types(question, evidence, types)
    if delta is not None and delta != evidence.proposition.delta and not isinstance(delta, str):
        exploratory = exploratory or "the smallest effect of interest"
    return Gathered(evidence=evidence, robustness=again, by_type=types, exploratory=exploratory, events=events,
                    series=question.series, note=note)  # fmt: skip


def judge(
    gathered: Gathered, *, p_superiority_holm: float | None = None, p_reverse_holm: float | None = None
) -> Result:
    """Hold gathered evidence to the rules; Holm-adjusted p-values come from the driver's family where there is one."""
    e, r = gathered.evidence, gathered.robustness
    numbers = e.numbers(p_superiority_holm=p_superiority_holm, p_reverse_holm=p_reverse_holm)
    summary = r.summary if r is not None else None
    decision = decide(numbers, summary)
    e = replace(e, guards=(*e.guards, *guards_of_result(numbers, summary, exploratory=gathered.exploratory)))
    flags = result_flags(
        numbers, summary, findings=e.guards, events_only=kind_of(e.proposition).events_only,
        exploratory=gathered.exploratory,
    )  # fmt: skip
    letter = grade(
        decision.verdict, flags, summary, findings=e.guards, one_actor=not kind_of(e.proposition).own_events
    ).letter
    types = {kind: _of_type(part) for kind, part in gathered.by_type.items()}
    return Result(
        evidence=e, decision=decision, robustness=r, flags=tuple(f.name for f in flags), grade=letter or "-",
        p_superiority_holm=p_superiority_holm, p_reverse_holm=p_reverse_holm, by_type=types, versions=versions(),
        events=gathered.events, series=gathered.series, note=gathered.note,
    )  # fmt: skip


def _of_type(e: Evidence) -> Result:
    """The verdict on one type is a core verdict: its robustness is that of the pooled one."""
    numbers = e.numbers()
    flags = result_flags(numbers, None, findings=e.guards)
    decision = decide(numbers)
    return Result(evidence=e, decision=decision, flags=tuple(f.name for f in flags),
                  grade=grade(decision.verdict, flags).letter or "-", versions=versions())  # fmt: skip


def _with_types(question: Question, e: Evidence, types: dict[str, Evidence]) -> Evidence:
    """G24: the largest effect over the types, tested by one relabelling of both."""
    found = type_maximum(question) if e.raw is not None and types else None
    if found is None:
        return e
    verdicts = {k: decide(t.numbers()).verdict for k, t in types.items()}
    finding = g24_type_heterogeneity(found[0], verdicts)
    return replace(e, p_types=found[0], p_by_type=found[1], guards=(*e.guards, *([finding] if finding else [])))


def _agree_when_masked(question: Question, e: Evidence) -> Evidence:
    """G06: run again without the months a rally may lift; a verdict that does not agree is mixed."""
    if e.raw is None or not any(g.guard == "G06" for g in e.guards):
        return e
    masked = gather(question.but(mask_rallies=True))
    before, after = decide(e.numbers()).verdict, decide(masked.numbers()).verdict
    return replace(e, guards=(*(g for g in e.guards if g.guard != "G06"), g06_without_window(before, after)))


def whose_onsets(listed: EventList) -> str:
    """Say whose onsets a series is held against where the caller named none."""
    return (
        f"No events were given with the series: its onsets are the {len(listed)} of {listed.actor.name} on the list "
        f"{listed.definition!r}, {listed.coverage[0]}-{listed.coverage[1]}."
    )


@kept(1)
def versions() -> dict[str, str]:
    """Versions of the library, its data and what it computes with."""
    from interventions_stats import __version__
    from interventions_stats.datasets.package import data_version

    found = {"interventions_stats": __version__, "data": data_version()}
    for name in ("numpy", "scipy", "pandas"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "?"
    return found
