"""Months of a list's coverage with their leaders: what the tests of rates count over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.engine.arrays import stratum_runs
from interventions_stats.engine.options import Ints
from interventions_stats.primary.raw import CannotRun
from interventions_stats.primary.shared_panel import shared_panel

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.actors import Actor
    from interventions_stats.primary.question import Question

_LEAST_YEARS = 4  # of office inside the coverage, for a leader to be compared


def leader_months(question: Question) -> pd.DataFrame:
    """Onsets by month over the list's coverage, the leader beside them."""
    return shared_panel(question.dated_events, "actor-month", (), 1, leaders=question.proposition.leaders)


def leader_years(years: Ints, leaders: np.ndarray) -> tuple[Ints, np.ndarray]:
    """Year of each row, counted from the first, and the leader of most of each year."""
    names, who = np.unique(leaders.astype(str), return_inverse=True)
    found, row = np.unique(years, return_inverse=True)
    months = np.zeros((len(found), len(names)), int)
    np.add.at(months, (row, who), 1)
    return row, names[months.argmax(axis=1)]


def pearson_dispersion(counts: np.ndarray, labels: np.ndarray) -> float:
    """Pearson dispersion of counts around the rate of their run; NaN where there is no event, or one period."""
    if counts.sum() == 0 or len(counts) < 2:
        return float("nan")
    pearson, df = 0.0, 0
    for _, a, b in stratum_runs(labels, len(counts)):
        total = counts[a:b].sum()
        if total and b - a > 1:
            expected = total * np.full(b - a, 1.0 / (b - a))
            pearson, df = pearson + float(((counts[a:b] - expected) ** 2 / expected).sum()), df + b - a - 1
    return pearson / df if df else float("nan")


def yearly_dispersion(frame: pd.DataFrame) -> float:
    """Pearson dispersion of annual counts around their leader's rate."""
    leaders = frame["leader"].fillna("unrecorded").to_numpy(object)
    row, labels = leader_years(frame["year"].to_numpy(int), leaders)
    return pearson_dispersion(np.bincount(row, frame["onsets"].to_numpy(float)), labels)


def compared_leaders(frame: pd.DataFrame, who: Actor, named: str = "") -> tuple[str, str]:
    """The two leaders compared: those named (``"new/old"``), or the last two with at least four years in the coverage.

    Raises
    ------
    CannotRun
        Fewer than two leaders have four years.
    """
    months = frame["leader"].dropna().value_counts()
    pair = tuple(named.split("/"))
    if len(pair) == 2 and all(n in months.index for n in pair):
        return pair[0], pair[1]
    order = [name for name in dict.fromkeys(frame["leader"].dropna()) if months[name] >= 12 * _LEAST_YEARS]
    if len(order) < 2:
        raise CannotRun(f"fewer than two leaders of {who.name} have {_LEAST_YEARS} years in the list's coverage")
    return order[-1], order[-2]
