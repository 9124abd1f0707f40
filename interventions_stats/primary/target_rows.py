"""Onsets on the rows of a target panel: where each falls, which the exposure covers, and the rows without one event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from interventions_stats.panels.cells import ids_in, split_ids
from interventions_stats.primary.question import Question, terms_of
from interventions_stats.primary.raw import NOTHING, CannotRun
from interventions_stats.primary.shared_panel import PanelBase, on_targets, panel_base
from interventions_stats.rules import guards
from interventions_stats.rules.guards import GuardFinding

Columns = dict[str, np.ndarray]


def target_rows(question: Question) -> tuple[PanelBase, Columns, dict[str, str]]:
    """Rows of a question's target panel, the columns of its events there, and the events that no row takes.

    Raises
    ------
    RefusalError
        G19, a control that is a mediator or a descendant.
    CannotRun
        No onset falls on a row.
    """
    prop = question.proposition
    for control in prop.controls:
        if (finding := guards.g19_mediator(control.name, control.role)) is not None:
            guards.raise_if_refused([finding])
    base = panel_base(
        question.events, prop.unit, terms_of(prop), prop.lag, start=prop.start, end=prop.end, targets=prop.targets,
        leaders=prop.leaders, series=question.series,
    )  # fmt: skip
    columns, outside = on_targets(base, question.dated_events, prop.targets)
    if not columns["onsets"].any():
        raise CannotRun(NOTHING, (), outside)
    return base, columns, outside


def unmeasured(question: Question) -> str:
    """Say why an event on a row without exposure is left out."""
    return f"the exposure is not measured for its {question.proposition.unit.removeprefix('actor-')}"


@contextmanager
def unmeasured_onsets(question: Question, columns: Columns, outside: dict[str, str]) -> Iterator[None]:
    """List every onset with the reason where the exposure is measured on no row at all."""
    try:
        yield
    except CannotRun as stop:
        lost = ids_in(columns["event_ids"])
        raise CannotRun(stop.reason, (), outside | dict.fromkeys(sorted(lost), unmeasured(question))) from None


def on_measured(question: Question, columns: Columns, kept: np.ndarray, outside: dict[str, str]) -> Columns:
    """Columns of the events over the rows that are kept; events that lose their rows are added to ``outside``."""
    here = {name: values[kept] for name, values in columns.items()}
    lost = ids_in(columns["event_ids"]) - ids_in(here["event_ids"])
    outside |= dict.fromkeys(sorted(lost), unmeasured(question))
    return here


def covered(
    question: Question, here: Columns, outside: dict[str, str], listed: int
) -> tuple[int, tuple[GuardFinding, ...]]:
    """Count the events placed, and say how many the exposure does not cover (G13)."""
    if here["onsets"].sum() == 0:
        raise CannotRun(NOTHING, (), outside)
    lost, placed = sum(why == unmeasured(question) for why in outside.values()), len(ids_in(here["event_ids"]))
    finding = guards.g13_coverage(lost, listed, placed, "the exposure's table")
    return placed, () if finding is None else (finding,)


def less_event(here: Columns, event: str) -> Columns:
    """Take the onsets of one event away."""
    out = {name: values.copy() for name, values in here.items()}
    for row in [i for i, cell in enumerate(out["event_ids"]) if cell and event in split_ids(cell)]:
        ids = split_ids(out["event_ids"][row])
        out["onsets"][row] -= ids.count(event)
        out["event_ids"][row] = ";".join(e for e in ids if e != event)
    out["onset"] = (out["onsets"] > 0).astype(int)
    return out
