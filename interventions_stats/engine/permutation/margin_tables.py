"""Tables of onsets with fixed margins: every unit keeps its number of onsets, and every period its own.

A table is built period by period. What is left to place of each unit's onsets is the state, so that sums over all
tables, and exact draws of them, cost the number of states and not the number of tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import factorial

import numpy as np

from interventions_stats.engine.options import Bools, Floats, Ints

SAME = 1e-9  # sums of standardised exposures closer than this are one value: they differ by rounding
MOST_STATES = 200_000


@dataclass(frozen=True)
class Margins:
    """Margins of a units x periods table of onsets, without empty rows and columns.

    Attributes
    ----------
    rows, columns : (units,), (periods,) arrays of int
        Onsets of each unit and of each period, all above zero.
    allowed : (units, periods) array of bool
        Cells that may hold an onset.
    distinct : bool
        At most one onset a cell, and all tables equally likely; otherwise a table weighs 1 / prod(n!), as under a Poisson
        model.
    """

    rows: Ints
    columns: Ints
    allowed: Bools
    distinct: bool = True

    @property
    def n(self) -> int:
        return int(self.rows.sum())

    @cached_property
    def strides(self) -> Ints:
        """Place value of each unit in the code of a state."""
        return np.concatenate([[1], np.cumprod(self.rows[:-1] + 1)]).astype(np.int64)

    @property
    def log_states(self) -> float:
        return float(np.log(self.rows + 1.0).sum())

    def most(self, i: int, j: int) -> int:
        """Largest number of onsets that a cell can hold."""
        if not self.allowed[i, j]:
            return 0
        return 1 if self.distinct else int(min(self.rows[i], self.columns[j]))

    def turned(self) -> Margins:
        """The same tables with units and periods exchanged."""
        return Margins(self.columns, self.rows, self.allowed.T, self.distinct)


class States:
    """Sums over all tables, and exact draws, under weights exp(eta[i, j]) an onset.

    Parameters
    ----------
    margins : Margins
        With at most 200,000 states.
    eta : (units, periods) array
        Log weight of an onset in each cell.
    by : (k, units, periods) array, optional
        Statistics whose means over the tables are wanted.
    alike : bool
        Every table weighs the same, also with several onsets in a cell: to count them.
    """

    def __init__(self, margins: Margins, eta: Floats, by: Floats | None = None, *, alike: bool = False):
        self.margins, self.eta, self.alike = margins, eta, alike
        self.by = np.empty((0, *eta.shape)) if by is None else by
        size = int(np.prod(margins.rows + 1))
        codes = np.arange(size)
        self._digits = [(codes // s) % (r + 1) for s, r in zip(margins.strides, margins.rows, strict=True)]
        # ends[j]: weight (and first moments) of all ways to fill periods j and later, by state
        last = np.zeros((size, 1 + len(self.by)))
        last[0, 0] = 1.0
        self._ends, self._scale = [last], 0.0
        for j in reversed(range(len(margins.columns))):
            *_, filled = self._fill(j, self._ends[0])
            values = filled[:, margins.columns[j]]
            top = values[:, 0].max()
            if top > 0:
                values, self._scale = values / top, self._scale + np.log(top)
            self._ends.insert(0, values)

    @property
    def total(self) -> float:
        """Logarithm of the weight of all tables; minus infinity where there is none."""
        whole = self._ends[0][-1, 0]
        return float(self._scale + np.log(whole)) if whole > 0 else -np.inf

    @property
    def means(self) -> Floats:
        """Mean of each statistic over the tables (k,)."""
        return self._ends[0][-1, 1:] / self._ends[0][-1, 0]

    def can_end(self, j: int) -> Bools:
        """States from which periods ``j`` and later can be filled."""
        return self._ends[j][:, 0] > 0

    def _cell(self, i: int, j: int) -> Iterator[tuple[int, Floats]]:
        """Each number of further onsets in a cell, with its weight and the moments that it adds (1 + k,)."""
        for k in range(1, self.margins.most(i, j) + 1):
            yield (
                k,
                np.exp(k * self.eta[i, j])
                / (1 if self.alike else factorial(k))
                * np.concatenate([[1.0], k * self.by[:, i, j]]),
            )

    def _fill(self, j: int, after: Floats) -> list[Floats]:
        """Weights by state and onsets left in period ``j``, before each of its cells, the last cell first."""
        size, c = len(after), int(self.margins.columns[j])
        now = np.zeros((size, c + 1, after.shape[1]))
        now[:, 0] = after
        steps = [now]
        for i in reversed(range(len(self.margins.rows))):
            before = now.copy()
            for k, (weight, *moments) in self._cell(i, j):
                if k > c:
                    continue
                at = np.flatnonzero(self._digits[i] >= k)
                rest = now[at - k * self.margins.strides[i], : c + 1 - k]
                part = weight * rest
                part[..., 1:] += rest[..., :1] * moments
                before[at, k:] += part
            now = before
            steps.append(now)
        return steps

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        """Draw tables; return the statistics ``by`` of each (draws, k)."""
        state = np.full(draws, len(self._ends[0]) - 1)
        out = np.zeros((draws, len(self.by)))
        for j, c in enumerate(self.margins.columns):
            steps = self._fill(j, self._ends[j + 1])[::-1]
            left = np.full(draws, c)
            for i, stride in enumerate(self.margins.strides):
                u = rng.random(draws) * steps[i][state, left, 0]
                u -= steps[i + 1][state, left, 0]
                put = np.zeros(draws, np.int64)
                for k, (weight, *_) in self._cell(i, j):
                    open_ = (u >= 0) & (self._digits[i][state] >= k) & (left >= k)
                    put[open_] = k
                    u[open_] -= weight * steps[i + 1][state[open_] - k * stride, left[open_] - k, 0]
                state, left = state - put * stride, left - put
                out += put[:, None] * self.by[:, i, j]
        return out


def enumerate_sums(margins: Margins, by: Floats, most: int) -> tuple[Floats, Floats] | None:
    """Sums of the statistics over every table, and the weight of each distinct value.

    Parameters
    ----------
    margins : Margins
    by : (k, units, periods) array
    most : int
        Distinct (state, sums) beyond which the enumeration is given up.

    Returns
    -------
    sums : (v, k) array
    weights : (v,) array, summing to one
    """
    ways = States(margins, np.zeros(margins.allowed.shape))
    code = np.array([len(ways._ends[0]) - 1])
    sums, weights = np.zeros((1, len(by))), np.ones(1)
    for j, c in enumerate(margins.columns):
        left = np.full(len(code), c)
        for i, stride in enumerate(margins.strides):
            parts = [(code, left, sums, weights)]
            for k, (weight, *_) in ways._cell(i, j):
                at = np.flatnonzero(((code // stride) % (margins.rows[i] + 1) >= k) & (left >= k))
                parts.append((code[at] - k * stride, left[at] - k, sums[at] + k * by[:, i, j], weights[at] * weight))
            code, left, sums, weights = (np.concatenate(p) for p in zip(*parts, strict=True))
            keep = left <= int(sum(margins.most(r, j) for r in range(i + 1, len(margins.rows))))
            code, left, sums, weights = code[keep], left[keep], sums[keep], weights[keep]
            if len(code) > 8 * most:
                return None
        keep = ways.can_end(j + 1)[code]
        code, sums, weights = merged(code[keep], sums[keep], weights[keep])
        if len(code) > most:
            return None
        weights /= weights.max()
    return sums, weights / weights.sum()


def merged(code: Ints, sums: Floats, weights: Floats) -> tuple[Ints, Floats, Floats]:
    """Add up the weights of entries of one state whose sums differ by rounding only."""
    order = np.lexsort((*np.round(sums / (10 * SAME)).T, code))
    code, sums, weights = code[order], sums[order], weights[order]
    new = np.ones(len(code), bool)
    new[1:] = (code[1:] != code[:-1]) | (np.abs(np.diff(sums, axis=0)) > SAME).any(axis=1)
    first = np.flatnonzero(new)
    return code[first], sums[first], np.add.reduceat(weights, first)


def dealt(margins: Margins, draws: int, rng: np.random.Generator, *, tries: int = 200) -> Ints:
    """Draw tables without weights by dealing periods to units' onsets, tables that are not allowed put back.

    Returns
    -------
    (draws or fewer, n) array
        The period of each onset, the onsets in the order of the units.
    """
    units, slots = (
        np.repeat(np.arange(len(margins.rows)), margins.rows),
        np.repeat(np.arange(len(margins.columns)), margins.columns),
    )
    kept: list[Ints] = []
    found = 0
    for _ in range(tries):
        dealt_ = rng.permuted(np.broadcast_to(slots, (draws, len(slots))), axis=1)
        good = margins.allowed[units, dealt_].all(axis=1)
        if margins.distinct:
            cells = np.sort(units * len(margins.columns) + dealt_, axis=1)
            good &= (np.diff(cells, axis=1) > 0).all(axis=1)
        kept.append(dealt_[good])
        found += int(good.sum())
        if found >= draws:
            break
    return np.concatenate(kept)[:draws]


def swapped(margins: Margins, periods: Ints, eta: Floats, steps: int, rng: np.random.Generator) -> Ints:
    """Run swap chains, one a row of ``periods``, towards the law that weighs each onset by exp(eta).

    A step exchanges the periods of two onsets, one in five rotates those of three, which connects tables that single
    exchanges cannot reach around cells that are not allowed.

    References
    ----------
    Besag & Clifford (1989), Biometrika 76:633-642. Rao, Jana & Bandyopadhyay (1996), Sankhya A 58:225-242.
    """
    chains, n = periods.shape
    wide, size = len(margins.columns), margins.allowed.size
    at_unit = np.repeat(np.arange(len(margins.rows)), margins.rows) * wide
    allowed, gain_of = margins.allowed.ravel(), eta.ravel()
    out, base = periods.copy(), np.arange(chains)[:, None]
    taken = np.zeros(chains * size if margins.distinct else 0, bool)
    if margins.distinct:
        taken[base * size + at_unit + out] = True
    for _ in range(steps if n > 1 else 0):
        at = _few(chains, n, 3 if n > 2 and rng.random() < 0.2 else 2, rng)
        period, unit = out[base, at], at_unit[at]
        moved = np.roll(period, 1, axis=1)
        old, new = unit + period, unit + moved
        accept = allowed[new].all(axis=1)
        accept &= np.log(rng.random(chains)) < (gain_of[new] - gain_of[old]).sum(axis=1)
        if margins.distinct:  # two onsets of one unit or one period stay where they are: the exchange is the same table
            accept &= ~taken[base * size + new].any(axis=1)
        yes = np.flatnonzero(accept)
        if margins.distinct:
            taken[yes[:, None] * size + old[yes]] = False
            taken[yes[:, None] * size + new[yes]] = True
        out[yes[:, None], at[yes]] = moved[yes]
    return out


def _few(chains: int, n: int, size: int, rng: np.random.Generator) -> Ints:
    """Draw two or three different onsets of ``n`` for each chain."""
    first, step = rng.integers(n, size=chains), rng.integers(1, n, size=chains)
    places = [first, first + step]
    if size == 3:
        other = rng.integers(1, n - 1, size=chains)
        places.append(first + other + (other >= step))
    return np.stack(places, axis=1) % n
