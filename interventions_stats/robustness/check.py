"""Robustness of one proposition: other specifications, other lists, one event fewer, the falsifiers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.gather import Asked, answer_all, ask, without_event
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.question import Question
from interventions_stats.robustness.falsify import Falsified, falsified, falsifying
from interventions_stats.robustness.lists import other_lists, registered_list
from interventions_stats.robustness.planted import Planted, plant
from interventions_stats.robustness.registered import Specification, specifications
from interventions_stats.robustness.without_null import slim
from interventions_stats.rules.evidence_numbers import ListOutcome, RobustnessSummary
from interventions_stats.rules.verdict import decide

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Robustness:
    """The evidence under other choices.

    Attributes
    ----------
    specs : tuple of (Specification, Evidence)
    lists : dict of str to Evidence
    deletions : dict of str to Evidence
        By the id of the event left out.
    falsifiers : tuple of Falsified
    summary : RobustnessSummary
        What the rules read.
    planted : tuple of Planted
        The SESOI and twice the SESOI planted in the registered panel; empty where nothing can be planted.
    """

    specs: tuple[tuple[Specification, Evidence], ...]
    lists: dict[str, Evidence]
    deletions: dict[str, Evidence]
    falsifiers: tuple[Falsified, ...]
    summary: RobustnessSummary
    planted: tuple[Planted, ...] = ()

    def tidy(self) -> pd.DataFrame:
        """One row a check: kind, label, ratio, upper bound, p-values, identifying events, core verdict or the reason."""
        import pandas as pd

        rows = [("specification", s.label, e) for s, e in self.specs]
        rows += [("list", name, e) for name, e in self.lists.items()]
        rows += [("without event", name, e) for name, e in self.deletions.items()]
        rows += [("falsifier", f.label, f.evidence) for f in self.falsifiers]
        return pd.DataFrame([_row(*r) for r in rows])


def _row(kind: str, label: str, e: Evidence) -> dict:
    return {
        "check": kind, "label": label, "ratio": math.exp(e.estimate), "upper": math.exp(e.frontier),
        "p_superiority": e.p_superiority, "p_noninferiority": e.p_noninferiority, "n_identifying": e.n_identifying,
        "core_verdict": decide(e.numbers()).verdict, "reason": e.missing or e.frozen or "",
    }  # fmt: skip


def check(question: Question, primary: Evidence) -> Robustness | None:
    """Gather the evidence again under every registered choice; None where the primary test itself could not run."""
    if primary.raw is None:
        return None
    prop: Any = question.proposition
    specs = specifications(prop)
    asked = {("specification", s.label): ask(question.but(proposition=s.apply(prop))) for s in specs if s.number}
    asked |= {("list", name): ask(q) for name, q in other_sources(question).items()}
    asked |= {("without", name): a for name, a in deletions(question, primary).items()}
    asked |= {("falsifier", f.label): ask(falsifying(question, f)) for f in prop.falsifiers}
    found = {key: slim(e) for key, e in zip(asked, answer_all(list(asked.values())), strict=True)}
    again = tuple((s, found[("specification", s.label)] if s.number else primary) for s in specs)
    lists = {kind_of(prop).list_name(question): primary} | _of("list", found)
    without = _with_unused(question, primary, _of("without", found))
    tried = tuple(falsified(f, found[("falsifier", f.label)], primary) for f in prop.falsifiers)
    planted = plant(question, primary)
    summary = summarise(primary, again, lists, without, tried, planted)
    return Robustness(specs=again, lists=lists, deletions=without, falsifiers=tried, summary=summary, planted=planted)


def _of(kind: str, found: dict[tuple[str, str], Evidence]) -> dict[str, Evidence]:
    return {name: e for (what, name), e in found.items() if what == kind}


def other_sources(question: Question) -> dict[str, Question]:
    """The question on every other registered list, or on every other source of a kind with its own events."""
    prop: Any = question.proposition
    others = kind_of(prop).other_sources(question)
    if others is not None:
        return others
    names = other_lists(prop, question.events)
    return {n: question.but(events=registered_list(n, question.events.actor)) for n in names}


def deletions(question: Question, primary: Evidence) -> dict[str, Asked]:
    """The question without each event that the primary test used in turn (without each power, of a kind over powers)."""
    assert primary.raw is not None
    own = kind_of(question.proposition).deletions(question, primary.raw)
    if own is not None:
        return {label: ask(q) for label, q in own.items()}
    events, whole = question.events, ask(question)
    used = [e for e in events.ids if e not in primary.outside] if len(events) > 1 else []
    return {event: without_event(whole, event) for event in used}


def _with_unused(question: Question, primary: Evidence, without: dict[str, Evidence]) -> dict[str, Evidence]:
    """Add the deletions of events that the primary test could not use, in the order of the list.

    They take nothing with them: the evidence stays as it is, but for the length of the list.
    """
    events = question.events
    if kind_of(question.proposition).own_events or len(events) < 2:
        return without
    same = replace(slim(primary), n_events_total=primary.n_events_total - 1)
    return {event: without.get(event, same) for event in events.ids}


def summarise(
    primary: Evidence,
    specs: Sequence[tuple[Specification, Evidence]],
    lists: dict[str, Evidence],
    deletions: dict[str, Evidence],
    falsifiers: tuple[Falsified, ...],
    planted: tuple[Planted, ...] = (),
) -> RobustnessSummary:
    """Reduce the evidence under other choices to the numbers that the rules read."""
    ran = [e for _, e in specs if e.raw is not None]
    delta = primary.sesoi.delta or math.inf
    powered = [e for e in ran if e.mde <= delta]
    verdicts = [decide(e.numbers()).verdict for e in ran]
    core = decide(primary.numbers()).verdict
    outcomes = tuple(
        ListOutcome(name, e.n_identifying, _p_dismissed(e), decide(e.numbers()).verdict)
        for name, e in lists.items()
        if e.raw is not None
    )
    gone = [e for e in deletions.values() if e.raw is not None]
    worst = [p for p in (_p_dismissed(e) for e in gone) if p == p]
    tried = [f for f in falsifiers if f.ran]
    return RobustnessSummary(
        n_specs=len(ran), share_same_sign=_share([math.copysign(1, e.estimate) == math.copysign(1, primary.estimate) for e in ran]),
        specs_supported=sum(v in ("supported", "supported_trivial") for v in verdicts), n_specs_powered=len(powered),
        share_dismissing=_share([_p_dismissed(e) <= 0.05 for e in powered]), lists=outcomes,
        worst_deletion_p=max(worst) if worst else None, falsifiers_failed=tuple(f.label for f in tried if f.failed),
        falsifiers_run=len(tried), planted_recovered=all(p.recovered for p in planted) if planted else None,
        deletion_flips=any(decide(e.numbers()).verdict != core for e in gone),
        list_flips=any(o.verdict != core for o in outcomes if o.verdict != "not_testable"), calibrated=True,
    )  # fmt: skip


def _p_dismissed(e: Evidence) -> float:
    return e.p_tost if e.two_sided else e.p_noninferiority


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else math.nan
