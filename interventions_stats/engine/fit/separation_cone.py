"""The cone of directions in which a likelihood never falls, by linear programming.

The cone is ``C = {g : a_i'g >= 0 for all i}`` with ``a_i = s_i z_i`` (standardised rows signed by the outcome).  Rows
that are zero on all of C span the part of the design that is still estimable; within their null space, usually one
line, the other rows decide which way a coefficient can run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interventions_stats.errors import EstimationError

FloatArray = NDArray[np.float64]

STRICT = 1e-7  # a row of unit length counts as separated above this margin, with coefficients in [-1, 1]
FEASIBLE = 1e-10
WORKING_ROWS = 2000  # rows given to the solver at once; violated ones are added until none is left


@dataclass(frozen=True, slots=True)
class Recession:
    """Which rows separate and which way each coefficient runs.

    ``separated`` (n,) marks rows with a strictly positive margin; ``directions`` (k,) holds -1, 0, +1 in the
    original columns; ``determined`` is False when the signs come from the largest-margin direction.
    """

    separated: NDArray[np.bool_]
    directions: NDArray[np.int_]
    determined: bool


def recession(rows: FloatArray, fixed: NDArray[np.bool_], back: FloatArray, constant: int = -1) -> Recession:
    """Describe the recession cone of signed, standardised rows.

    Parameters
    ----------
    rows : array, shape (n, m)
        Signed rows a_i.
    fixed : array of bool, shape (n,)
        Rows that must stay at zero (positive counts).
    back : array, shape (k, m)
        Map from standardised to original coefficients.
    constant : int
        Position of the constant among the original columns; -1 without one.
    """
    distinct, inverse = np.unique(np.column_stack([rows, fixed]), axis=0, return_inverse=True)
    units = distinct[:, :-1] / np.maximum(np.linalg.norm(distinct[:, :-1], axis=1, keepdims=True), 1e-300)
    held = distinct[:, -1] > 0
    basis = _null_space(units[held])
    strict, interior = _interior(units[~held] @ basis)
    separated = np.zeros(len(distinct), dtype=bool)
    separated[~held] = strict
    if not strict.any():
        return Recession(separated[inverse.ravel()], np.zeros(len(back), dtype=int), True)
    line = basis @ _null_space(units[~held][~strict] @ basis)
    directions, determined = _signs(units[separated], distinct[separated, :-1], line, basis @ interior, back, constant)
    return Recession(separated[inverse.ravel()], directions, determined)


def _null_space(matrix: FloatArray) -> FloatArray:
    """Orthonormal basis (m, d) of the directions in which every row is zero."""
    m = matrix.shape[1]
    if not len(matrix) or not m:
        return np.eye(m)
    triangle = np.linalg.qr(matrix, mode="r") if len(matrix) > m else matrix
    _, sizes, right = np.linalg.svd(triangle, full_matrices=True)
    rank = int(np.sum(sizes > 1e-9 * max(1.0, sizes[0]))) if len(sizes) else 0
    return np.ascontiguousarray(right[rank:].T)


def _interior(units: FloatArray) -> tuple[NDArray[np.bool_], FloatArray]:
    """Rows that some direction of the cone separates strictly, and one direction that separates them all."""
    n, m = units.shape
    strict, direction = np.zeros(n, dtype=bool), np.zeros(m)
    if not m:
        return strict, direction
    cone = _Cone(units)
    while not strict.all():
        found = cone.maximise(units[~strict].sum(axis=0))
        new = (units @ found > STRICT) & ~strict
        if not new.any():
            break
        strict |= new
        direction = direction + found
    return strict, direction


class _Cone:
    """Linear programs over {g : units g >= 0, |g| <= 1}, with rows added to the program as they are violated."""

    def __init__(self, units: FloatArray) -> None:
        self.units = units
        n = len(units)
        every = max(1, -(-n // WORKING_ROWS))
        self.active = np.zeros(n, dtype=bool)
        self.active[::every] = True

    def maximise(self, objective: FloatArray) -> FloatArray:
        """Return the maximiser of ``objective'g`` over the cone in the box."""
        from scipy.optimize import linprog

        scaled = objective / max(float(np.abs(objective).max()), 1e-300)
        while True:
            solved = linprog(
                -scaled, A_ub=-self.units[self.active], b_ub=np.zeros(int(self.active.sum())), bounds=(-1, 1),
                method="highs",
                options={"primal_feasibility_tolerance": FEASIBLE, "dual_feasibility_tolerance": FEASIBLE},
            )  # fmt: skip
            if solved.x is None:
                raise EstimationError(f"the linear program of the separation check failed: {solved.message}")
            margin = self.units @ solved.x
            violated = np.flatnonzero((margin < -10 * FEASIBLE) & ~self.active)
            if not len(violated):
                return np.asarray(solved.x)
            self.active[violated[np.argsort(margin[violated])[:WORKING_ROWS]]] = True


def _signs(
    units: FloatArray, rows: FloatArray, line: FloatArray, interior: FloatArray, back: FloatArray, constant: int
) -> tuple[NDArray[np.int_], bool]:
    """Sign of each original coefficient over the cone ``{line t : units line t >= 0}``."""
    functionals = back / np.maximum(np.linalg.norm(back, axis=1, keepdims=True), 1e-300)
    if line.shape[1] == 1:
        return _sign(functionals @ (interior / np.linalg.norm(interior))), True
    reduced = functionals @ line
    cone, directions = _Cone(units @ line), np.zeros(len(back), dtype=int)
    for j, objective in enumerate(reduced):
        if np.abs(objective).max() <= STRICT:
            continue
        up, down = (float(objective @ cone.maximise(s * objective)) for s in (1, -1))
        directions[j] = int(up > STRICT and down >= -STRICT) - int(down < -STRICT and up <= STRICT)
    slopes = np.arange(len(back)) != constant
    if np.any(directions[slopes]):
        return directions, True
    penalised = np.any(np.abs(back[slopes]) > 0, axis=0)  # every standardised column but the constant
    return _sign(functionals @ _largest_margin(rows, line, penalised)), False


def _largest_margin(rows: FloatArray, line: FloatArray, penalised: NDArray[np.bool_]) -> FloatArray:
    """Direction of largest margin per unit of L1 norm of the slopes, in the span of ``line``."""
    from scipy.optimize import linprog

    m, d = line.shape
    # variables: t (d, free), |g| bounds u (m), margin
    cost = np.concatenate([np.zeros(d + m), [-1.0]])
    blocks = [
        np.hstack([-rows @ line, np.zeros((len(rows), m)), np.ones((len(rows), 1))]),
        np.hstack([line, -np.eye(m), np.zeros((m, 1))]),
        np.hstack([-line, -np.eye(m), np.zeros((m, 1))]),
        np.concatenate([np.zeros(d), penalised, [0.0]])[None, :],
    ]
    limits = np.concatenate([np.zeros(len(rows) + 2 * m), [1.0]])
    bounds = [(None, None)] * d + [(0, None)] * m + [(0, None)]
    solved = linprog(cost, A_ub=np.vstack(blocks), b_ub=limits, bounds=bounds, method="highs")
    if solved.x is None:
        raise EstimationError(f"the largest-margin program of the separation check failed: {solved.message}")
    return np.asarray(line @ solved.x[:d])


def _sign(values: FloatArray) -> NDArray[np.int_]:
    return np.where(np.abs(values) > STRICT, np.sign(values), 0).astype(int)
