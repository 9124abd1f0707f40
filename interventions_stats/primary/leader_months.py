"""Months of a list's coverage with their leaders: what the tests of rates count over."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

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


def yearly_dispersion(frame: pd.DataFrame) -> float:
    """Pearson dispersion of annual counts around their leader's rate."""
    from interventions_stats.engine.permutation.design_effect import overdispersion

    names, who = np.unique(frame["leader"].fillna("unrecorded").to_numpy(str), return_inverse=True)
    years, row = np.unique(frame["year"].to_numpy(int), return_inverse=True)
    onsets = np.bincount(row, frame["onsets"].to_numpy(float)).astype(int)
    if onsets.sum() == 0 or len(years) < 2:
        return math.nan
    months = np.zeros((len(years), len(names)), int)
    np.add.at(months, (row, who), 1)
    return float(overdispersion(onsets, names[months.argmax(axis=1)], draws=99).index)


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
