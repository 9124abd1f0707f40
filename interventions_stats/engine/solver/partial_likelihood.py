"""Cox's partial likelihood for intervals (start, stop], with Efron's treatment of ties.

A row is at risk at a run of event times, which a binary tree over the times splits into few nodes: the sum over the risk
set of a time is that over the nodes above it. Nothing is subtracted, so that no digits are lost where rows of high risk have
left. A tied event is given the share of the tied rows' risk that Efron (1977) leaves it; with weights, each of d tied events
counts with their mean weight (Therneau & Grambsch 2000, section 3.3).
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
class RiskTree:
    """Nodes of a binary tree with ``leaves`` (a power of two) event times; node k has the children 2 k and 2 k + 1.

    ``row`` (m,) lists the rows of every node that has any, nodes one after the other: ``node`` are they, and ``begin`` where
    their rows begin.
    """

    leaves: int
    row: Index
    node: Index
    begin: Index

    @classmethod
    def of(cls, first: Index, last: Index, times: int) -> RiskTree:
        """Split the run of times ``first`` to ``last - 1`` of every row (n,) into nodes."""
        leaves = 1 << max(times - 1, 0).bit_length()
        rows, nodes = [], []
        row, low, high = np.arange(len(first)), first + leaves, last + leaves
        while len(row):
            for odd, node in ((low & 1, low), (high & 1, high - 1)):
                taken = (odd > 0) & (low < high)
                rows.append(row[taken])
                nodes.append(node[taken])
            low, high = (low + 1) >> 1, high >> 1
            kept = low < high
            row, low, high = row[kept], low[kept], high[kept]
        row, node = np.concatenate(rows), np.concatenate(nodes)
        order = np.argsort(node, kind="stable")
        node = node[order]
        begin = np.flatnonzero(np.concatenate([[True], np.diff(node) > 0]))
        return cls(leaves, row[order], node[begin], begin)

    def sums(self, values: Floats, times: int) -> Floats:
        """Sum ``values`` (n, q) over the rows at risk at each time (times, q)."""
        tree = np.zeros((2 * self.leaves, values.shape[1]))
        tree[self.node] = np.add.reduceat(values[self.row], self.begin, axis=0)
        level = tree[1:2]
        while len(level) < self.leaves:
            size = 2 * len(level)
            level = tree[size : 2 * size] + np.repeat(level, 2, axis=0)
        return level[:times]


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Risk sets of one stratum.

    ``x`` (n, p), ``offset`` and ``weight`` (n,); the rows are at risk at the event times ``first`` to ``last - 1`` (n,); and
    for every event its row, its time, Efron's share and the mean weight of those tied with it (events,).
    """

    rows: Index
    x: Floats
    offset: Floats
    weight: Floats
    first: Index
    last: Index
    tree: RiskTree
    times: int
    event_row: Index
    event_time: Index
    share: Floats
    event_weight: Floats


def risk_sets(
    x: Floats, start: Floats, stop: Floats, event: Floats, offset: Floats, weight: Floats, strata: NDArray[np.int64],
    ties: Ties,
) -> list[RiskSets]:  # fmt: skip
    """Sort the rows of every stratum that has an event; rows that are at risk at no event time are left out."""
    sets = []
    for code in np.unique(strata):
        rows = np.flatnonzero(strata == code)
        times = np.unique(stop[rows][event[rows] > 0])
        first, last = (np.searchsorted(times, t[rows], side="right") for t in (start, stop))
        rows, first, last = (a[first < last] for a in (rows, first, last))
        if len(rows):
            sets.append(_one_stratum(rows, x, stop, event, offset, weight, times, first, last, ties))
    return sets


def _one_stratum(
    rows: Index, x: Floats, stop: Floats, event: Floats, offset: Floats, weight: Floats, times: Floats, first: Index,
    last: Index, ties: Ties,
) -> RiskSets:  # fmt: skip
    event_row = np.flatnonzero(event[rows] > 0)
    event_row = event_row[np.argsort(stop[rows][event_row], kind="stable")]
    event_time = np.searchsorted(times, stop[rows][event_row])
    tied = np.bincount(event_time, minlength=len(times))
    rank = np.arange(len(event_row)) - np.concatenate([[0], np.cumsum(tied)[:-1]])[event_time]
    share = rank / tied[event_time] if ties == "efron" else np.zeros(len(event_row))
    own = weight[rows]
    mean_weight = (np.bincount(event_time, own[event_row]) / tied)[event_time]
    tree = RiskTree.of(first, last, len(times))
    return RiskSets(
        rows, x[rows], offset[rows], own, first, last, tree, len(times), event_row, event_time, share, mean_weight
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
    """Weighted risk of the rows (n,), and the linear predictor that was taken out."""
    eta = one.x @ theta + one.offset
    top = float(eta.max())
    return np.exp(eta - top) * one.weight, top


def _over_ties(one: RiskSets, values: Floats) -> Floats:
    """Sum ``values`` (n, q) over the events of every event time (times, q)."""
    out = np.zeros((one.times, values.shape[1]))
    np.add.at(out, one.event_time, values[one.event_row])
    return out


def _sums(one: RiskSets, risk: Floats, values: Floats) -> Floats:
    """Efron's sum of risk * values for every event (events, q)."""
    weighted = risk[:, None] * values
    whole = one.tree.sums(weighted, one.times)[one.event_time]
    if not one.share.any():
        return whole
    return np.asarray(whole - one.share[:, None] * _over_ties(one, weighted)[one.event_time])


def _evaluate_one(one: RiskSets, theta: Floats) -> tuple[float, Floats, Floats]:
    risk, top = _risk(one, theta)
    n, p = one.x.shape
    i, j = np.triu_indices(p)
    sums = _sums(one, risk, np.column_stack([np.ones(n), one.x, one.x[:, i] * one.x[:, j]]))
    total, weight = sums[:, 0], one.event_weight
    mean = sums[:, 1 : 1 + p] / total[:, None]
    square = np.zeros((p, p))
    square[i, j] = square[j, i] = weight @ (sums[:, 1 + p :] / total[:, None])
    own, events = one.weight[one.event_row], one.x[one.event_row]
    loglik = float(own @ (events @ theta + one.offset[one.event_row] - top) - weight @ np.log(total))
    return loglik, own @ events - weight @ mean, square - (mean * weight[:, None]).T @ mean


def score_residuals(sets: list[RiskSets], theta: Floats, n: int) -> Floats:
    """Score residual of every row (n, p): what it adds to the score, with its part in every risk set (Lin & Wei 1989)."""
    out = np.zeros((n, len(theta)))
    for one in sets:
        risk, _ = _risk(one, theta)
        p = len(theta)
        sums = _sums(one, risk, np.column_stack([np.ones(len(risk)), one.x]))
        hazard = one.event_weight / sums[:, 0]
        mean = sums[:, 1:] / sums[:, :1]
        jumps = np.column_stack([hazard, hazard[:, None] * mean])
        own = jumps * one.share[:, None]  # an event bears only its share of the hazard at its own time
        at_time, at_event = np.zeros((one.times, 1 + p)), np.zeros((one.times, 1 + p))
        np.add.at(at_time, one.event_time, jumps)
        np.add.at(at_event, one.event_time, own)
        cumulative = np.concatenate([np.zeros((1, 1 + p)), np.cumsum(at_time, axis=0)])
        felt = cumulative[one.last] - cumulative[one.first]
        felt[one.event_row] -= at_event[one.event_time]
        part = -risk[:, None] * (one.x * felt[:, :1] - felt[:, 1:])
        expected = np.zeros((one.times, p))
        np.add.at(expected, one.event_time, mean)
        tied = np.bincount(one.event_time)
        of_event = one.x[one.event_row] - (expected / tied[:, None])[one.event_time]
        part[one.event_row] += of_event * one.weight[one.event_row, None]
        out[one.rows] = part
    return out
