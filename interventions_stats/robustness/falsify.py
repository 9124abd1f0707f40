"""Falsifiers: tests that should come out empty if the driver is what the primary test finds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interventions_stats.drivers.proposition import Falsifier, Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.question import Question
from interventions_stats.robustness.lists import default_list
from interventions_stats.robustness.without_null import slim
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


def falsifying(question: Question, falsifier: Falsifier) -> Question:
    """The question that a falsifier asks."""
    prop: Any = question.proposition
    changes, events = dict(falsifier.changes), question.events
    if changes.pop("outcome", None) == "un_mandate":
        events = events.only(authority="un_mandate").with_definition("un_mandate")
    return question.but(proposition=prop.with_(**changes), events=events, lead=falsifier.lead)


def falsified(falsifier: Falsifier, evidence: Evidence, primary: Evidence) -> Falsified:
    """Say whether a falsifier failed: p <= .05 the driver's way with an estimate as large as the primary's."""
    ran = evidence.raw is not None
    failed = ran and falsifier_failed(evidence.p_superiority, evidence.estimate, primary.estimate)
    return Falsified(falsifier.label, evidence, ran, failed)


def falsifiers(
    name: str | Proposition, events: EventList | None = None, *, series: pd.DataFrame | None = None,
    delta: str | float | None = None, draws: int = 2_000, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Run every registered falsifier of a proposition.

    Parameters
    ----------
    name : str or Proposition
    events : EventList, optional
        Default: the proposition's first list.
    series, delta, draws, seed
        As in :func:`interventions_stats.test`.

    Returns
    -------
    DataFrame
        The primary test and, below it, one row a falsifier: ``term``, ``estimate`` (log ratio), ``std_error``, ``p_value``
        (one-sided, the driver's way), ``conf_low``, ``conf_high`` (95%), ``failed`` (p <= .05 and an estimate as large
        as the primary's), ``n_events``, ``n_events_total``, and the ``reason`` where it could not run.

    Examples
    --------
    >>> falsifiers("W1", draws=199)["failed"].tolist()[0]
    False
    """
    import pandas as pd

    prop = proposition(name)
    listed = events if events is not None else default_list(prop)
    question = Question(prop, listed, series, delta, seed, draws)
    primary = gather(question)
    found = [falsified(f, slim(gather(falsifying(question, f))), primary) for f in prop.falsifiers]
    rows = [("primary", primary, False), *((f.label, f.evidence, f.failed) for f in found)]
    return pd.DataFrame([{
        "term": label, "estimate": e.estimate, "std_error": e.se_cal, "p_value": e.p_superiority, "conf_low": e.ci95[0],
        "conf_high": e.ci95[1], "ratio": math.exp(e.estimate), "failed": failed, "n_events": e.n_events,
        "n_events_total": e.n_events_total, "reason": "" if e.raw is not None else e.missing or e.frozen or "a guard refused",
    } for label, e, failed in rows])  # fmt: skip
