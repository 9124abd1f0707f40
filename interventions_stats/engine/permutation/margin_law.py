"""The law of the sum of the exposure over onsets, given both margins, at any effect theta.

Tilting the law at zero by exp(theta S) gives the conditional likelihood of a logit (or Poisson) model with an effect of
every unit and of every period, so that one object holds the test, the estimate, its interval and the power.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from interventions_stats.engine.options import Floats, Ints
from interventions_stats.engine.permutation.margin_tables import (
    MOST_STATES,
    SAME,
    Margins,
    States,
    dealt,
    enumerate_sums,
    swapped,
)

LEAST_EFFECTIVE = 400  # draws tilted to another effect serve while they are worth this many
SWEEPS = 40  # exchanges an onset before a chain is read; at 10 the mean of a tilted law was still off


@dataclass(frozen=True)
class EnumeratedLaw:
    """Every value of the statistics (v, k) with its weight at zero (v,)."""

    sums: Floats
    weights: Floats
    exact: bool = True

    def at(self, theta: Floats) -> Floats:
        """Probability of each value at an effect."""
        log = np.log(self.weights) + self.sums @ theta
        tilted = np.exp(log - log.max())
        return tilted / tilted.sum()

    def tails(self, theta: Floats, observed: Floats) -> tuple[float, float]:
        """Chance of a first statistic of at least, and of at most, that of ``observed`` (k,)."""
        p, s = self.at(theta), self.sums[:, 0]
        above, below = p[s >= observed[0] - SAME].sum(), p[s <= observed[0] + SAME].sum()
        return min(1.0, float(above)), min(1.0, float(below))

    def means(self, theta: Floats) -> Floats:
        return self.at(theta) @ self.sums


@dataclass(eq=False)
class SampledLaw:
    """Draws of the statistics at a few effects, tilted from the nearest of them to any other.

    A tilted p-value counts the observed value as one more draw, so that it is valid however the weights fall (Harrison
    2012, Biometrika 99:57-69).
    """

    margins: Margins
    by: Floats
    draws: int
    seed: int
    exact: bool = False
    anchors: list[tuple[Floats, Floats]] = field(default_factory=list)
    _place: Floats = field(default_factory=lambda: np.zeros(1))

    def tails(self, theta: Floats, observed: Floats) -> tuple[float, float]:
        sums, log = self.draws_at(theta)
        top = max(log.max(), own := float(observed @ (theta - self._place)))
        weights, of_observed = np.exp(log - top), np.exp(own - top)
        s, whole = sums[:, 0], weights.sum() + of_observed
        above, below = (weights[t].sum() + of_observed for t in (s >= observed[0] - SAME, s <= observed[0] + SAME))
        return min(1.0, float(above / whole)), min(1.0, float(below / whole))

    def means(self, theta: Floats) -> Floats:
        sums, log = self.draws_at(theta)
        weights = np.exp(log - log.max())
        return weights @ sums / weights.sum()

    def draws_at(self, theta: Floats) -> tuple[Floats, Floats]:
        """Draws of the anchor that serves an effect best, and their log weights there; a new anchor where none does."""
        logs = [sums @ (theta - place) for place, sums in self.anchors]
        worth = [effective(log) for log in logs]
        if not worth or max(worth) < min(LEAST_EFFECTIVE, self.draws):
            self.anchors.append((theta, self._draw(theta)))
            logs.append(np.zeros(self.draws))
            worth.append(np.inf)
        k = int(np.argmax(worth))
        self._place, sums = self.anchors[k]
        return sums, logs[k]

    def _draw(self, theta: Floats) -> Floats:
        rng = np.random.default_rng([self.seed, len(self.anchors)])
        eta = np.tensordot(theta, self.by, 1)
        eta = eta - eta[self.margins.allowed].max()
        small = min((self.margins, self.margins.turned()), key=lambda m: m.log_states)
        if small.log_states <= np.log(MOST_STATES):
            turn = small is not self.margins
            by = self.by.transpose(0, 2, 1) if turn else self.by
            return States(small, eta.T if turn else eta, by).draw(self.draws, rng)
        return self._chain(eta, rng)

    def _chain(self, eta: Floats, rng: np.random.Generator) -> Floats:
        m = self.margins
        start = dealt(m, self.draws, rng)
        if len(start) < self.draws:
            start = np.resize(start if len(start) else self._some_table()[None], (self.draws, m.n))
        ended = swapped(m, start, eta, SWEEPS * m.n, rng)
        units = np.repeat(np.arange(len(m.rows)), m.rows)
        return self.by[:, units, ended].sum(axis=2).T

    def _some_table(self) -> Ints:
        """One table with the margins, from a linear programme whose corners are whole numbers."""
        table = extreme_table(self.margins, np.zeros(self.margins.allowed.shape))
        return np.concatenate([np.repeat(np.arange(len(row)), row) for row in table])


Law: TypeAlias = EnumeratedLaw | SampledLaw
"""What a test asks for tails and means of the statistics (k,) at an effect (k,)."""


def effective(log: Floats) -> float:
    """Number of equally weighted draws that draws of these log weights are worth."""
    weights = np.exp(log - log.max())
    return float(weights.sum() ** 2 / (weights**2).sum())


def extreme_table(margins: Margins, value: Floats) -> Ints:
    """Return the table (units, periods) with the largest sum of ``value`` over its onsets."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    i, j = np.nonzero(margins.allowed)
    k = np.arange(len(i))
    ones = np.ones(2 * len(i))
    rows = coo_array((ones, (np.concatenate([i, len(margins.rows) + j]), np.concatenate([k, k]))))
    bounds = (0, 1) if margins.distinct else (0, None)
    found = linprog(
        -value[i, j], A_eq=rows.tocsr(), b_eq=np.concatenate([margins.rows, margins.columns]), bounds=bounds
    )
    table = np.zeros(margins.allowed.shape, np.int64)
    table[i, j] = np.round(found.x)
    return table


def law_of(margins: Margins, by: Floats, *, most: int, draws: int, seed: int) -> Law:
    """Enumerate the law where it has at most ``most`` values a state, else return one that samples."""
    small = min((margins, margins.turned()), key=lambda m: m.log_states)
    if small.log_states <= np.log(MOST_STATES):
        found = enumerate_sums(small, by if small is margins else by.transpose(0, 2, 1), most)
        if found is not None:
            return EnumeratedLaw(*found)
    return SampledLaw(margins, by, draws, seed)
