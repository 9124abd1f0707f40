"""Combat and stabilisation under one relabelling: the largest effect over the types, jointly tested."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.errors import EstimationError, InputError
from interventions_stats.evidence.seeds import branch
from interventions_stats.panels.cells import split_ids
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.laid import LaidRegression
from interventions_stats.primary.layouts import lay_out_regression
from interventions_stats.primary.placements import of_activity
from interventions_stats.primary.question import Question

if TYPE_CHECKING:
    from interventions_stats.events.event_list import EventList

TYPES = ("combat", "stabilisation")


def type_maximum(question: Question) -> tuple[float, dict[str, float]] | None:
    """Return the joint p of the largest effect over the types, and each type's adjusted p; None where it is not defined.

    One shift of the exposure serves both types, so their dependence is kept (Westfall and Young 1993).
    """
    from interventions_stats.engine.permutation.maximum import max_statistic_test

    kind, prop, events = kind_of(question.proposition), question.proposition, question.events
    if not kind.relabels or kind.own_events or kind.between_targets:  # it shifts nothing
        return None
    try:
        laid = lay_out_regression(question)
    except (InputError, EstimationError):
        return None
    counts = {name: _counts(laid, events, name) for name in TYPES}
    present = [k for k, c in counts.items() if c.sum()]
    if len(present) < 2:
        return None
    shift: dict[str, Any] = {} if laid.design.many_units else {"detrend": laid.design.detrend, "studentise": True}
    try:
        found = max_statistic_test(
            laid.moved, np.stack([counts[k] for k in present]), laid.strata, names=present, draws=question.draws,
            seed=branch(question.seed, prop.id, "types"), **shift,
        )  # fmt: skip
    except EstimationError:  # no stratum identifies one of the types
        return None
    adjusted = {k: float(p) for k, p in zip(found.names, found.p_adjusted, strict=True)}
    return (float(found.p_joint), adjusted) if math.isfinite(found.p_joint) else None


def _counts(laid: LaidRegression, events: EventList, activity: str) -> np.ndarray:
    of_kind = of_activity(events, activity)
    assert laid.cells is not None
    return np.array([len(of_kind.intersection(split_ids(c))) if c else 0 for c in laid.cells], float)
