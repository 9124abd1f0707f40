"""Falsifiers: tests that should come out empty if the driver is what the primary test finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interventions_stats.drivers.proposition import Falsifier, Proposition
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.gather import gather
from interventions_stats.robustness.slim import slim
from interventions_stats.rules.falsifier import falsifier_failed

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList


@dataclass(frozen=True, slots=True)
class Falsified:
    """A falsifier that was tried; ``ran`` is False, and the evidence says why, where it could not be."""

    label: str
    evidence: Evidence
    ran: bool
    failed: bool


def falsify(
    prop: Proposition, falsifier: Falsifier, events: EventList, primary: Evidence, *,
    series: pd.DataFrame | None, delta: str | float | None, seed: int, draws: int,
) -> Falsified:  # fmt: skip
    """Run one falsifier and say whether it failed: p <= .05 the driver's way with an estimate as large as the primary's."""
    changes = dict(falsifier.changes)
    tried = events
    if changes.pop("outcome", None) == "un_mandate":
        tried = events.only(authority="un_mandate").with_definition("un_mandate")
    changed = prop.with_(**changes)
    evidence = slim(gather(changed, tried, series=series, delta=delta, seed=seed, draws=draws, lead=falsifier.lead))
    ran = evidence.raw is not None
    failed = ran and falsifier_failed(evidence.p_superiority, evidence.estimate, primary.estimate)
    return Falsified(falsifier.label, evidence, ran, failed)
