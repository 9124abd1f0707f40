"""Cox's partial likelihood for intervals (start, stop], with Efron's treatment of ties.

Sums over the risk set of a time t are those over rows with stop >= t less those with start >= t, so each
comes from two cumulative sums. A tied event is given the share of the tied rows' risk that Efron (1977) leaves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.engine.solver.newton import Evaluate, Evaluation, Rows

Ties = Literal["efron", "breslow"]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Risk sets of one stratum.

    ``x`` (n, p), ``offset`` (n,); rows in descending order of stop and of start; for every distinct event time the
    number of rows with stop >= t and start >= t; and for every event its row, its time and Efron's share.
    """

    rows: Index
    x: Floats
    offset: Floats
    by_stop: Index
    by_start: Index
    n_stop: Index
    n_start: Index
    event_row: Index
    event_time: Index
    share: Floats
    first: Index
    last: Index


def risk_sets(
    x: Floats, start: Floats, stop: Floats, event: Floats, offset: Floats, strata: NDArray[np.int64], ties: Ties
) -> list[RiskSets]:
    """Sort the rows of every stratum that has an event."""
    sets = []
    for code in np.unique(strata):
        rows = np.flatnonzero(strata == code)
        if event[rows].any():
            sets.append(_one_stratum(rows, x[rows], start[rows], stop[rows], event[rows] > 0, offset[rows], ties))
    return sets


def _one_stratum(
    rows: Index, x: Floats, start: Floats, stop: Floats, event: NDArray[np.bool_], offset: Floats, ties: Ties
) -> RiskSets:
    times = np.unique(stop[event])
    event_row = np.flatnonzero(event)
    event_row = event_row[np.argsort(stop[event_row], kind="stable")]
    event_time = np.searchsorted(times, stop[event_row])
    tied = np.bincount(event_time, minlength=len(times))
    rank = np.arange(len(event_row)) - np.concatenate([[0], np.cumsum(tied)[:-1]])[event_time]
    share = rank / tied[event_time] if ties == "efron" else np.zeros(len(event_row))
    ascending_stop, ascending_start = np.sort(stop), np.sort(start)
    n = len(stop)
    return RiskSets(
        rows,
        x,
        offset,
        np.argsort(-stop, kind="stable"),
        np.argsort(-start, kind="stable"),
        n - np.searchsorted(ascending_stop, times, side="left"),
        n - np.searchsorted(ascending_start, times, side="left"),
        event_row,
        event_time,
        share,
        np.searchsorted(times, start, side="right"),
        np.searchsorted(times, stop, side="right"),
    )


def partial_evaluator(sets: list[RiskSets]) -> Evaluate:
    """Return the solver's closure; every row of a batch is the same data at its own ``theta`` (b, p)."""

    def evaluate(theta: Floats, rows: Rows) -> Evaluation:
        b, p = theta.shape
        objective, score, curvature = np.zeros(b), np.zeros((b, p)), np.zeros((b, p, p))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for i, point in enumerate(theta):
                for one in sets:
                    parts = _evaluate_one(one, point)
                    objective[i] += parts[0]
                    score[i] += parts[1]
                    curvature[i] += parts[2]
        return Evaluation(objective, score, curvature, curvature)

    return evaluate


def _risk(one: RiskSets, theta: Floats) -> tuple[Floats, float]:
    eta = one.x @ theta + one.offset
    top = float(eta.max())
    return np.exp(eta - top), top


def _over_risk_sets(one: RiskSets, values: Floats) -> Floats:
    """Sum ``values`` (n, q) over the risk set of every event time (times, q)."""
    zero = np.zeros((1, values.shape[1]))
    by_stop = np.concatenate([zero, np.cumsum(values[one.by_stop], axis=0)])
    by_start = np.concatenate([zero, np.cumsum(values[one.by_start], axis=0)])
    return by_stop[one.n_stop] - by_start[one.n_start]


def _over_ties(one: RiskSets, values: Floats) -> Floats:
    """Sum ``values`` (n, q) over the events of every event time (times, q)."""
    out = np.zeros((len(one.n_stop), values.shape[1]))
    np.add.at(out, one.event_time, values[one.event_row])
    return out


def _sums(one: RiskSets, risk: Floats, values: Floats) -> Floats:
    """Efron's sum of risk * values for every event (events, q)."""
    weighted = risk[:, None] * values
    whole, tied = _over_risk_sets(one, weighted), _over_ties(one, weighted)
    return whole[one.event_time] - one.share[:, None] * tied[one.event_time]


def _evaluate_one(one: RiskSets, theta: Floats) -> tuple[float, Floats, Floats]:
    risk, top = _risk(one, theta)
    n, p = one.x.shape
    i, j = np.triu_indices(p)
    sums = _sums(one, risk, np.column_stack([np.ones(n), one.x, one.x[:, i] * one.x[:, j]]))
    total = sums[:, 0]
    mean = sums[:, 1 : 1 + p] / total[:, None]
    second = (sums[:, 1 + p :] / total[:, None]).sum(axis=0)
    square = np.zeros((p, p))
    square[i, j] = second
    square[j, i] = second
    events = one.x[one.event_row]
    loglik = float((events @ theta + one.offset[one.event_row] - top - np.log(total)).sum())
    return loglik, (events - mean).sum(axis=0), square - mean.T @ mean


def score_residuals(sets: list[RiskSets], theta: Floats, n: int) -> Floats:
    """Score residual of every row (n, p): what it adds to the score, with its part in every risk set (Lin & Wei 1989)."""
    out = np.zeros((n, len(theta)))
    for one in sets:
        risk, _ = _risk(one, theta)
        p = len(theta)
        sums = _sums(one, risk, np.column_stack([np.ones(len(risk)), one.x]))
        hazard = 1.0 / sums[:, 0]
        mean = sums[:, 1:] * hazard[:, None]
        jumps = np.column_stack([hazard, hazard[:, None] * mean])
        own = jumps * one.share[:, None]  # an event bears only its share of the hazard at its own time
        at_time, at_event = np.zeros((len(one.n_stop), 1 + p)), np.zeros((len(one.n_stop), 1 + p))
        np.add.at(at_time, one.event_time, jumps)
        np.add.at(at_event, one.event_time, own)
        cumulative = np.concatenate([np.zeros((1, 1 + p)), np.cumsum(at_time, axis=0)])
        felt = cumulative[one.last] - cumulative[one.first]
        felt[one.event_row] -= at_event[one.event_time]
        part = -risk[:, None] * (one.x * felt[:, :1] - felt[:, 1:])
        expected = np.zeros((len(one.n_stop), p))
        np.add.at(expected, one.event_time, mean)
        tied = np.bincount(one.event_time)
        part[one.event_row] += one.x[one.event_row] - (expected / tied[:, None])[one.event_time]
        out[one.rows] = part
    return out
