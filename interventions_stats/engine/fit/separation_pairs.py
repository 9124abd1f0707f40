"""Separation where only differences between rows count: conditional logit within strata, Cox within risk sets.

Such a likelihood is a product over groups of rows, and it depends on the differences ``x_i - x_j`` between the rows ``i``
of a group with an event and the others ``j``.  It has no maximum when a direction ``g`` other than zero has ``(x_i - x_j)'g
>= 0`` in every pair (Bryson & Johnson 1981 for Cox): it then rises for ever along ``g``.  Columns are whitened, so that
every direction moves some pair, and the cone of such directions is zero or reaches the edge of the box it is cut to.

There may be millions of pairs.  The linear program begins with none; each direction that it finds is held against all
groups, and the worst pair of each group is added, until none is violated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interventions_stats.engine.fit.separation import Separation, SeparationKind
from interventions_stats.engine.fit.within import whitened
from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.errors import EstimationError, InputError

Index = NDArray[np.intp]

FEASIBLE = 1e-10
VIOLATED = 1e-9  # of a pair's length
STRICT = 1e-7
SOUND = 1e-6  # share of the information at zero that must be left in every direction for a short step to prove overlap


class Pairs(Protocol):
    """Pairs of rows whose first should have the higher linear predictor; rows in groups."""

    def worst(self, values: Floats) -> tuple[Index, Index]:
        """First and second row of the pair of every group with the smallest difference of ``values`` (n,)."""
        ...

    def pull(self, x: Floats) -> Floats:
        """A sum of all differences of ``x`` (n, p), each with a positive weight (p,)."""
        ...


@dataclass(frozen=True)
class StrataPairs:
    """Events of a stratum against its other rows; every stratum has both."""

    y: Floats
    codes: NDArray[np.int64]

    def worst(self, values: Floats) -> tuple[Index, Index]:
        order = np.lexsort((values, self.y < 0.5, self.codes))  # events first, each kind in ascending order
        codes = self.codes[order]
        first = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
        last = np.append(first[1:], len(codes)) - 1
        return order[first], order[last]

    def pull(self, x: Floats) -> Floats:
        share = np.bincount(self.codes, self.y) / np.bincount(self.codes)
        return np.asarray((self.y - share[self.codes]) @ x)


@dataclass(frozen=True)
class RiskSetPairs:
    """Every event (events,) against all rows at risk at its time.

    Rows (n,) are at risk at the times ``first`` to ``last - 1``; ``event_row`` and ``event_time`` (events,) say where events
    are.
    """

    first: Index
    last: Index
    event_row: Index
    event_time: Index

    def worst(self, values: Floats) -> tuple[Index, Index]:
        return self.event_row, self._highest(values)[self.event_time]

    def _highest(self, values: Floats) -> Index:
        """Row at risk with the largest of ``values`` at each time: the largest first, each fills the times still open."""
        times = int(self.event_time.max()) + 1
        found = np.zeros(times, dtype=np.intp)
        following = list(range(times + 1))  # the first time from here on that is still open

        def still_open(t: int) -> int:
            while following[t] != t:
                following[t] = following[following[t]]
                t = following[t]
            return t

        left = times
        for row in np.argsort(-values, kind="stable").tolist():
            t = still_open(int(self.first[row]))
            while t < self.last[row]:
                found[t], following[t] = row, t + 1
                left -= 1
                t = still_open(t)
            if not left:
                break
        return found

    def pull(self, x: Floats) -> Floats:
        times = int(self.event_time.max()) + 1
        change = np.zeros((times + 1, x.shape[1] + 1))
        whole = np.column_stack([np.ones(len(x)), x])
        np.add.at(change, self.first, whole)
        np.add.at(change, self.last, -whole)
        at_risk = np.cumsum(change, axis=0)[self.event_time]
        return np.asarray((x[self.event_row] - at_risk[:, 1:] / at_risk[:, :1]).sum(axis=0))


@dataclass
class _Cone:
    """Linear programs over {g : (z_i - z_j)'g >= 0 for all pairs, |g| <= 1}."""

    z: Floats
    pairs: Pairs
    rows: list[Floats] = field(default_factory=list)

    def maximise(self, objective: Floats) -> Floats:
        """Return the maximiser of ``objective'g`` over the cone in the box."""
        from scipy.optimize import linprog

        scaled = objective / max(float(np.abs(objective).max()), 1e-300)
        while True:
            solved = linprog(
                -scaled, A_ub=-np.concatenate(self.rows) if self.rows else None,
                b_ub=np.zeros(sum(map(len, self.rows))) if self.rows else None, bounds=(-1, 1), method="highs",
                options={"primal_feasibility_tolerance": FEASIBLE, "dual_feasibility_tolerance": FEASIBLE},
            )  # fmt: skip
            if solved.x is None:
                raise EstimationError(f"the linear program of the separation check failed: {solved.message}")
            found = np.asarray(solved.x, dtype=np.float64)
            units = self._differences(found)
            new = units[units @ found < -VIOLATED]
            if not len(new):
                return found
            self.rows.append(np.unique(new, axis=0))

    def _differences(self, direction: Floats) -> Floats:
        """The worst pair of every group in a direction, as differences of length one."""
        i, j = self.pairs.worst(self.z @ direction)
        difference = self.z[i] - self.z[j]
        length = np.sqrt(np.einsum("ij,ij->i", difference, difference))
        kept = length > 0
        return np.asarray(difference[kept] / length[kept, None])

    def strict(self, direction: Floats) -> NDArray[np.bool_]:
        """Which groups a direction tells apart in every pair."""
        v = self.z @ direction
        i, j = self.pairs.worst(v)
        return np.asarray(v[i] - v[j] > STRICT)


@dataclass(frozen=True, slots=True)
class Recession:
    """Signs (k,) in which the coefficients run, and whether every direction agrees on them; of the groups (g,), which are
    told ``apart`` in every pair, and which are ``touched``, in some pair."""

    directions: NDArray[np.int_]
    determined: bool
    apart: NDArray[np.bool_]
    touched: NDArray[np.bool_]


def recession(z: Floats, back: Floats, pairs: Pairs) -> Recession | None:
    """Describe the directions in which the likelihood rises for ever, or None if there are none.

    Parameters
    ----------
    z : array (n, p)
        Whitened rows.
    back : array (k, p)
        Map from their coefficients to those of the user's columns.
    pairs : Pairs
    """
    cone = _Cone(z, pairs)
    pull = pairs.pull(z)
    if np.abs(pull).max() <= 1e-12 * np.abs(z).max() * len(z):
        return None  # a positive sum of all differences is zero: none of them can be the only one above zero
    direction = cone.maximise(pull)
    if np.abs(direction).max() < 0.5:
        return None
    apart = cone.strict(direction)
    for _ in range(len(back)):  # towards a direction that tells apart all that can be
        i, j = pairs.worst(z @ direction)
        more = cone.maximise((z[i] - z[j])[~apart].sum(axis=0)) if not apart.all() else direction
        together = cone.strict(direction + more)
        if together.sum() <= apart.sum():
            break
        direction, apart = direction + more, together
    functionals = back / np.linalg.norm(back, axis=1, keepdims=True)
    directions = np.zeros(len(back), dtype=int)
    for k, objective in enumerate(functionals):
        up, down = (float(objective @ cone.maximise(s * objective)) for s in (1.0, -1.0))
        directions[k] = int(up > STRICT and down >= -STRICT) - int(down < -STRICT and up <= STRICT)
    determined = bool(directions.any())
    if not determined:
        value = functionals @ direction
        directions = np.where(np.abs(value) > STRICT, np.sign(value), 0).astype(int)
    v = z @ direction
    i, j = pairs.worst(-v)
    return Recession(directions, determined, apart, v[i] - v[j] > STRICT)


def proves_overlap(information: Floats, score: Floats, z: Floats, events: float, most: int) -> bool:
    """Tell whether a point is so close to a maximum that there must be one.

    With a step d = I^-1 score, the weights ``P(c) (1 + d'(S_c - E S))`` of the possible choices c solve
    ``sum of w_c (S_observed - S_c) = 0`` exactly; where all are positive, no direction can have all differences on one side
    (Stiemke's theorem).  Rounding forges no proof while the information has not faded.

    Parameters
    ----------
    information : array (p, p)
        In coordinates in which it is ``events`` times the identity at zero.
    score : array (p,)
    z : array (n, p)
        Whitened rows, centred within strata.
    most : int
        Most events chosen at once.
    """
    if not np.isfinite(information).all():
        return False
    left = np.linalg.eigvalsh(information)[0] / events
    if not left > SOUND:
        return False
    step = np.linalg.solve(information, score)
    return bool(short_and_sound(left, most * np.abs(z @ step).max()))


def short_and_sound(left: Floats, longest: Floats) -> NDArray[np.bool_]:
    """The rule of :func:`proves_overlap`: least share of the information at zero, and most that a choice moves by a step."""
    return np.asarray((left > SOUND) & (2.0 * longest < 0.5))


def check_conditional(X: ArrayLike, y: ArrayLike, strata: ArrayLike, names: Sequence[str] | None = None) -> Separation:
    """Check separation of a conditional logit, where only differences within a stratum count.

    Parameters
    ----------
    X : array, shape (n, k)
        Covariates, without an intercept.
    y, strata : array, shape (n,)
        0/1 outcome and stratum label.  Strata without both outcomes carry no information and are passed over.
    names : sequence of str, optional

    Raises
    ------
    InputError
        Shapes that do not match.
    EstimationError
        A column that does not vary within strata, or is a combination of others there.

    Examples
    --------
    >>> check_conditional([[1.0], [0.0], [3.0], [2.0]], [1, 0, 1, 0], ["a", "a", "b", "b"], ["trade"]).directions
    (1,)
    """
    matrix, outcome = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    codes = np.unique(np.asarray(strata), return_inverse=True)[1].ravel()
    if codes.shape != outcome.shape:
        raise InputError(f"strata has shape {codes.shape}, but y has {outcome.shape[0]} rows; give one label a row")
    labels = [f"x{j}" for j in range(matrix.shape[1])] if names is None else list(names)
    events, sizes = np.bincount(codes, outcome), np.bincount(codes)
    keep = ((events > 0) & (events < sizes))[codes]
    if not keep.any():
        return Separation("none", (), (), "no stratum holds both outcomes, so nothing can be separated")
    codes = np.unique(codes[keep], return_inverse=True)[1].ravel()
    within, scale, whitening = whitened(matrix[keep], codes, labels, "any stratum")
    found = recession(within / scale @ whitening, whitening / scale[:, None], StrataPairs(outcome[keep], codes))
    return described(found, labels, "strata")


def described(found: Recession | None, names: Sequence[str], groups: str) -> Separation:
    """Put a recession into words; ``groups`` is what its pairs are within."""
    if found is None:
        return Separation("none", (), (), "no separation: the maximum-likelihood estimates are finite")
    places = tuple(int(j) for j in np.flatnonzero(found.directions))
    limits = ", ".join(
        f"{names[j]!r} goes to {'plus' if found.directions[j] > 0 else 'minus'} infinity" for j in places
    )
    kind: SeparationKind = "complete" if found.apart.all() else "quasi"
    touched = int(found.touched.sum())
    joint = "" if found.determined else " (the columns named separate the data only jointly)"
    message = (
        f"{'' if kind == 'complete' else 'quasi-'}complete separation: the likelihood rises for ever as the ML estimate of "
        f"{limits}{joint}, which tells events from other rows in {touched} of {len(found.apart)} {groups}"
    )
    directions = tuple(int(found.directions[j]) for j in places)
    return Separation(kind, tuple(names[j] for j in places), directions, message, places, touched)
