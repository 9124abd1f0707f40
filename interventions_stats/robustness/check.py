"""Robustness of one proposition: other specifications, other lists, one event fewer, the falsifiers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.evidence.coding import OWN_EVENTS
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.gather import gather
from interventions_stats.robustness.falsify import Falsified, falsify
from interventions_stats.robustness.lists import other_lists, registered_list
from interventions_stats.robustness.planted import Planted, plant
from interventions_stats.robustness.registered import Specification, specifications
from interventions_stats.robustness.slim import slim
from interventions_stats.rules.evidence_numbers import ListOutcome, RobustnessSummary
from interventions_stats.rules.verdict import decide

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList


FEW_POWERS = 12

_LARGE = 2_000  # rows of a conditional fit above which quick runs plant nothing


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


def check(
    prop: Proposition,
    events: EventList,
    primary: Evidence,
    *,
    series: pd.DataFrame | None = None,
    delta: str | float | None = None,
    seed: int = 0,
    draws: int = 2_000,
    quick: bool = False,
) -> Robustness | None:
    """Gather the evidence again under every registered choice; None where the primary test itself could not run.

    ``quick`` keeps the specifications that differ from the primary one in a single choice.
    """
    if primary.raw is None:
        return None
    options = {"series": series, "delta": delta, "seed": seed, "draws": draws}
    specs = []
    for spec in specifications(prop):
        if quick and spec.deviations(prop) > 1:
            continue
        same = spec.number == 0
        specs.append((spec, primary if same else slim(gather(spec.apply(prop), events, **options))))  # type: ignore[arg-type]
    lists = {prop.outcome if prop.test in OWN_EVENTS else events.definition: primary}
    deletions: dict[str, Evidence] = {}
    if prop.test == "powers":
        for name in (n for n in prop.lists if n != prop.outcome):
            lists[name] = slim(gather(prop.with_(outcome=name), events, **options))  # type: ignore[arg-type]
        deletions = leave_powers_out(prop, events, primary, **options)
    elif prop.test not in OWN_EVENTS:
        for name in other_lists(prop, events):
            lists[name] = slim(gather(prop, registered_list(name, events.actor), **options))  # type: ignore[arg-type]
        deletions = delete_each(prop, events, primary, **options)
    falsifiers = tuple(falsify(prop, f, events, primary, **options) for f in prop.falsifiers)  # type: ignore[arg-type]
    slow = prop.estimator == "conditional" and primary.raw.n_rows > _LARGE  # a second or two each
    planted = () if quick and slow else plant(prop, events, primary, series=series, seed=seed)
    summary = summarise(primary, specs, lists, deletions, falsifiers, planted)
    return Robustness(
        specs=tuple(specs), lists=lists, deletions=deletions, falsifiers=falsifiers, summary=summary, planted=planted
    )


def delete_each(prop: Proposition, events: EventList, primary: Evidence, **options: Any) -> dict[str, Evidence]:
    """Gather the evidence without each event in turn.

    An event that the primary test could not use takes nothing with it: its deletion leaves the evidence as it is, but for
    the length of the list.
    """
    out: dict[str, Evidence] = {}
    for event in events.ids if len(events) > 1 else ():
        if event in primary.outside:
            out[event] = replace(slim(primary), n_events_total=primary.n_events_total - 1)
        else:
            out[event] = slim(gather(prop, events.drop(event), **options))
    return out


def leave_powers_out(prop: Proposition, events: EventList, primary: Evidence, **options: Any) -> dict[str, Evidence]:
    """Gather the evidence without each power in turn (of many states, the five with most onsets).

    A power takes all its onsets with it, so this asks more than the deletion of one event.
    """
    powers = primary.raw.details["by_onsets"] if primary.raw is not None else []
    chosen = powers if len(powers) <= FEW_POWERS else powers[:5]
    few = options | {"draws": 199}  # only the design effect hangs on them
    return {f"without {code}": slim(gather(prop, events, without=code, **few)) for code in chosen}


def summarise(
    primary: Evidence,
    specs: list[tuple[Specification, Evidence]],
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
