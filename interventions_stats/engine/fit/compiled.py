"""One penalised logit compiled with numba: its fit, and its tests and limits one after the other.

A small fit in NumPy is a thousand calls of a microsecond each; compiled, its arithmetic is all that is left. The formulas
are those of ``likelihood``, ``single`` and ``profile``, and what is not ordinary here (a predictor far out, a curvature
that is not positive definite, a walk that takes long) is left to them. Without numba the functions are plain Python, too
slow to be of use but the same.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.maxima import CURVED, KNOWN
from interventions_stats.engine.solver import profile
from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.engine.solver.landscape import Landscape
from interventions_stats.engine.solver.likelihood import keeps_triples
from interventions_stats.engine.solver.newton import (
    CONVERGED,
    DEFAULT,
    FORESEEN,
    LONGEST_LAST,
    MAX_ITER,
    Evaluate,
    Evaluation,
    Solution,
)
from interventions_stats.engine.solver.profile import CANCELS, HELD_SLACK, LIMIT_SLACK, NEGLIGIBLE, TRUSTED, Limits
from interventions_stats.engine.solver.single import FARTHEST, FEW_ITERATIONS, Point, after, packed
from interventions_stats.errors import InputError

try:
    import numba
except ImportError:
    numba = None  # type: ignore[assignment]

_Function = TypeVar("_Function", bound=Callable)
# sums may be reordered, so that they vectorise; what is not a number stays so
_LIBERTIES = {"reassoc", "contract", "nsz"}
_TOLERANCE, _LONGEST_STEP = DEFAULT.tolerance[1], DEFAULT.max_step
_LONGEST_WALK = 25  # iterations, after which the joint walk takes over


def _compiled(function: _Function) -> _Function:
    if numba is None:
        return function
    options: dict[str, Any] = {"fastmath": _LIBERTIES, "error_model": "numpy"}
    try:
        kept: Any = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder that can be written to keep the compiled code in
        kept = numba.njit(**options)(function)
    return kept


def require_numba() -> None:
    """Raise an InputError with the remedy where numba is not installed."""
    if numba is None:
        raise InputError("backend='numba' needs numba; install interventions_stats[fast], or leave backend='numpy'")


class Rows(NamedTuple):
    """Data of one fit, rows last: columns (p, n) and their ``pairs`` and ``triples``, X'(weights y) and its constant."""

    columns: Floats
    pairs: Floats
    triples: Floats
    sufficient: Floats
    constant: float
    weights: Floats
    offset: Floats
    weighted: bool


_last: tuple[weakref.ref[Design], Rows] | None = None


def _rows(design: Design) -> Rows | None:
    """The data of a design, the last ones kept as a fit is followed by its tests; None for too many columns."""
    global _last
    if _last is not None and _last[0]() is design:
        return _last[1]
    n, p = design.n, design.p
    if not keeps_triples(n, p):
        return None
    columns = np.ascontiguousarray(design.standardised().T)
    pairs, triples = np.empty((p * (p + 1) // 2, n)), np.empty((p * (p + 1) * (p + 2) // 6, n))
    _multiply(columns, pairs, triples)
    weighted = design.y if design.weights is None else design.y * design.weights
    rows = Rows(
        columns,
        pairs,
        triples,
        columns @ weighted,
        0.0 if design.offset is None else float(weighted @ design.offset),
        np.ones(n) if design.weights is None else design.weights,
        np.zeros(n) if design.offset is None else design.offset,
        design.weights is not None,
    )
    _last = (weakref.ref(design, _forget), rows)
    return rows


def _forget(_: object) -> None:
    global _last
    _last = None


def fit_one(design: Design, start: Floats) -> tuple[Solution, Evaluation, float] | None:
    """Maximise one penalised logit from ``start`` (1, p); None where the batched solver is needed."""
    rows = _rows(design)
    if rows is None:
        return None
    p = design.p
    theta, step, score = start[0].copy(), np.empty(p), np.empty(p)
    curvature, information, cube = np.empty((p, p)), np.empty((p, p)), np.empty((p, p, p))
    objective, variance, iterations = _climb(rows, theta, step, score, curvature, information, cube)
    if not iterations:
        return None
    point = after(Point(objective, score, curvature, information, cube, variance), step)
    return packed(theta + step, point, iterations)


def ratios_and_limits(
    design: Design,
    closure: Callable[[int], Evaluate],
    theta: Floats,
    top: Evaluation,
    contrast: Floats,
    root: float,
    landscape: Landscape | None,
) -> tuple[Floats, Limits]:
    """Likelihood ratios of zero (m,) and limits (2 m,), as :func:`.profile.ratios_and_limits` finds them.

    ``theta`` (p,) is the maximum, ``top`` the evaluation there, and ``closure(times)`` that of as many copies of the fit.
    """
    m, rows = len(contrast), _rows(design)
    drop, limit, code = np.empty(m), np.empty(2 * m), np.full(3 * m, MAX_ITER, dtype=np.int8)
    alone = landscape is not None and len(landscape.theta) == 1
    if rows is not None and top.third is not None and alone:
        sound = _walk_each(
            rows, theta, top.objective[0], top.curvature[0], top.third[0], contrast, root, drop, limit, code
        )
        code[:] = code if sound else MAX_ITER  # another ridge may be higher: all together are left to the joint walk
    tested, walked = code[:m], code[m:]
    if (left := np.flatnonzero(tested == MAX_ITER)).size:
        drop[left], tested[left] = profile.likelihood_ratios(
            closure(len(left)), theta[None], top, contrast[left], landscape=landscape
        )
    if (left := np.flatnonzero(walked == MAX_ITER)).size:
        side = np.where(left < m, -1.0, 1.0)
        found = profile.profile_limits(
            closure(len(left)), theta[None], top, contrast[left % m], side, root, landscape=landscape
        )
        limit[left], walked[left] = found.limit, found.reason
    return drop, Limits(limit, walked)


@_compiled
def _multiply(columns: Floats, pairs: Floats, triples: Floats) -> None:
    """Write the products of two and three columns."""
    p, n = columns.shape
    q = t = 0
    for j in range(p):
        for k in range(j, p):
            for i in range(n):
                pairs[q, i] = columns[j, i] * columns[k, i]
            for a in range(k, p):
                for i in range(n):
                    triples[t, i] = pairs[q, i] * columns[a, i]
                t += 1
            q += 1


@_compiled
def _cholesky(matrix: Floats, factor: Floats) -> bool:
    """Write the lower factor of a matrix (p, p); False where it is not positive definite."""
    p = len(matrix)
    for j in range(p):
        pivot = matrix[j, j]
        for k in range(j):
            pivot -= factor[j, k] * factor[j, k]
        if not pivot > 0.0:
            return False
        factor[j, j] = math.sqrt(pivot)
        for i in range(j + 1, p):
            value = matrix[i, j]
            for k in range(j):
                value -= factor[i, k] * factor[j, k]
            factor[i, j] = value / factor[j, j]
    return True


@_compiled
def _solve(factor: Floats, right: Floats, out: Floats) -> None:
    """Write the solution (p,) for the matrix of a lower factor (p, p)."""
    p = len(right)
    for i in range(p):
        value = right[i]
        for k in range(i):
            value -= factor[i, k] * out[k]
        out[i] = value / factor[i, i]
    for i in range(p - 1, -1, -1):
        value = out[i]
        for k in range(i + 1, p):
            value -= factor[k, i] * out[k]
        out[i] = value / factor[i, i]


@_compiled
def _twice(cube: Floats, step: Floats, out: Floats) -> None:
    """Write a symmetric tensor (p, p, p) applied twice to a vector (p,)."""
    p = len(step)
    for a in range(p):
        value = 0.0
        for i in range(p):
            for j in range(p):
                value += cube[a, i, j] * step[i] * step[j]
        out[a] = value


@_compiled
def _square(pairs: Floats, weight: Floats, out: Floats) -> None:
    """Write the weighted sum (p, p) of the products of two columns."""
    p, q = len(out), 0
    for j in range(p):
        for k in range(j, p):
            value = 0.0
            for i in range(len(weight)):
                value += weight[i] * pairs[q, i]
            out[j, k] = out[k, j] = value
            q += 1


@_compiled
def _evaluate(
    rows: Rows,
    theta: Floats,
    work: Floats,
    small: Floats,
    score: Floats,
    curvature: Floats,
    information: Floats,
    cube: Floats,
) -> tuple[float, float]:
    """Objective at ``theta`` and the largest variance of a row's predictor, with its derivatives written to the last four.

    The objective is NaN where this is not an ordinary point.

    ``work`` (5, n) and ``small`` (1 + 2 p + p * p, p) are scratch.
    """
    x, pairs, triples, sufficient, constant, weights, offset, weighted = rows
    p, n = x.shape
    eta, mean, weight, weight1, weight2 = work[0], work[1], work[2], work[3], work[4]
    unit, factor, inverse, turned = (
        small[0],
        small[1 : p + 1],
        small[p + 1 : 2 * p + 1],
        small[2 * p + 1 :].reshape((p, p, p)),
    )
    for i in range(n):
        eta[i] = offset[i]
    for j in range(p):
        slope = theta[j]
        for i in range(n):
            eta[i] += slope * x[j, i]
    if not eta.max() < FARTHEST:
        return np.nan, np.nan
    for i in range(n):  # without vector instructions, so apart from what has them
        eta[i] = math.exp(eta[i])
    for i in range(n):
        rest = 1.0 / (1.0 + eta[i])
        m = eta[i] * rest
        w = m * rest
        mean[i], weight[i], weight1[i], weight2[i] = m, w, w * (rest - m), w * (1.0 - 6.0 * w)
        eta[i] = rest
    objective = constant
    if weighted:
        for i in range(n):
            objective += weights[i] * math.log(eta[i])
            mean[i] *= weights[i]
            weight[i] *= weights[i]
            weight1[i] *= weights[i]
            weight2[i] *= weights[i]
    else:  # a logarithm costs many products; eight factors above exp(-31) do not underflow
        whole = n - n % 8
        for i in range(0, whole, 8):
            product = eta[i]
            for k in range(1, 8):
                product *= eta[i + k]
            objective += math.log(product)
        for i in range(whole, n):
            objective += math.log(eta[i])
    for j in range(p):
        value = sufficient[j]
        for i in range(n):
            value -= mean[i] * x[j, i]
        score[j] = value
        objective += sufficient[j] * theta[j]
    _square(pairs, weight, information)
    if not _cholesky(information, factor):
        return np.nan, np.nan
    for j in range(p):
        objective += math.log(factor[j, j])
        unit[:] = 0.0
        unit[j] = 1.0
        _solve(factor, unit, inverse[j])
    q = 0
    for j in range(p):
        for k in range(j, p):
            for a in range(k, p):
                value = 0.0
                for i in range(n):
                    value += weight1[i] * triples[q, i]
                cube[j, k, a] = cube[j, a, k] = cube[k, j, a] = cube[k, a, j] = cube[a, j, k] = cube[a, k, j] = value
                q += 1
    for i in range(n):
        eta[i] = 0.0
    q = 0
    for j in range(p):
        for k in range(j, p):
            times = inverse[j, k] if j == k else 2.0 * inverse[j, k]
            for i in range(n):
                eta[i] += times * pairs[q, i]
            q += 1
    variance = eta.max()
    for i in range(n):
        weight2[i] *= eta[i]
    for a in range(p):  # inverse times the derivative of the information along each coordinate
        trace = 0.0
        for i in range(p):
            for j in range(p):
                value = 0.0
                for k in range(p):
                    value += inverse[i, k] * cube[a, k, j]
                turned[a, i, j] = value
            trace += turned[a, i, i]
        score[a] += 0.5 * trace
    _square(pairs, weight2, curvature)
    for a in range(p):
        for b in range(a, p):
            value = curvature[a, b]
            for i in range(p):
                for j in range(p):
                    value -= turned[a, i, j] * turned[b, j, i]
            curvature[a, b] = curvature[b, a] = information[a, b] - 0.5 * value
    return objective, variance


@_compiled
def _climb(
    rows: Rows, theta: Floats, step: Floats, score: Floats, curvature: Floats, information: Floats, cube: Floats
) -> tuple[float, float, int]:
    """Climb from ``theta`` until a last ``step``; return the objective and the largest variance before it, and the iterations (0: in vain)."""
    p, n = rows.columns.shape
    work, small = np.empty((5, n)), np.empty((1 + 2 * p + p * p, p))
    factor, bend, change = np.empty((p, p)), np.empty(p), np.empty(p)
    before, earlier = -np.inf, np.inf
    for iteration in range(FEW_ITERATIONS):
        objective, variance = _evaluate(rows, theta, work, small, score, curvature, information, cube)
        if not objective >= before - 1e-12 * (1.0 + abs(objective)) or not _cholesky(curvature, factor):
            return np.nan, np.nan, 0
        _solve(factor, score, step)
        size = np.abs(step).max()
        if size > _LONGEST_STEP:
            return np.nan, np.nan, 0
        _twice(cube, step, bend)
        _solve(factor, bend, change)
        if np.abs(change).max() <= size:
            step -= 0.5 * change
        if size <= _TOLERANCE or (size <= LONGEST_LAST[1] and size * (size / earlier) ** 2 <= FORESEEN):
            return objective, variance, iteration + 1
        theta += step
        before, earlier = objective, size
    return np.nan, np.nan, 0


@_compiled
def _outward(
    distance: float, drop: float, slope: float, decrement: float, root: float, near: float, far: float
) -> tuple[float, float, float]:
    """How far to move, and the bracket of the limit."""
    signed = math.sqrt(max(drop, 0.0))
    move = (root - signed) * signed / -slope
    if decrement < TRUSTED and slope < 0.0 and abs(move) <= 0.25 * distance:
        return move, near, far
    if decrement < TRUSTED:
        if signed > root:
            far = min(far, distance)
        else:
            near = max(near, distance)
    if signed > 1.5 * root:  # where the profile drops away exponentially: Newton on the logarithm of the root
        move = math.log(root / signed) * signed * signed / -slope
    reached = max(distance, near)
    goal = 2.0 * reached
    if slope < 0.0 and distance + move < goal:
        goal = distance + move
    if (goal <= near or goal >= far) and not abs(goal - distance) < 1e-6:
        goal = 0.5 * (near + far) if math.isfinite(far) else 1.6 * reached
    return goal - distance, near, far


@_compiled
def _reach(wald: float, lean: float) -> float:
    """Where the cubic expansion of the profile has fallen as far as its square has at ``wald``."""
    lean, factor = min(max(lean, -0.6), 2.0), 1.0
    for _ in range(3):
        bent = lean * factor
        factor -= (factor * factor * (1.0 + bent) - 1.0) / max(factor * (2.0 + 3.0 * bent), 0.3)
    return wald * min(max(factor, 0.6), 1.6)


@_compiled
def _walk_each(
    rows: Rows,
    theta: Floats,
    best: float,
    top: Floats,
    third: Floats,
    contrasts: Floats,
    root: float,
    drops: Floats,
    limits: Floats,
    codes: NDArray[np.int8],
) -> bool:
    """Walk to every held fit, lower and upper limit; ``codes`` stays MAX_ITER where the way is not an ordinary one.

    False where, at the end of a walk, another ridge may be higher.
    """
    m, p = contrasts.shape
    n = rows.columns.shape[1]
    work, small = np.empty((5, n)), np.empty((1 + 2 * p + p * p, p))
    score, curvature, information, cube = np.empty(p), np.empty((p, p)), np.empty((p, p)), np.empty((p, p, p))
    factor, newton, tangent, bend, change = np.empty((p, p)), np.empty(p), np.empty(p), np.empty(p), np.empty(p)
    at, base = np.empty(p), np.empty((p, p))
    if not _cholesky(top, base):
        return False
    for row in range(3 * m):
        held, side, contrast = row < m, -1.0 if row < 2 * m else 1.0, contrasts[row % m]
        _solve(base, contrast, tangent)
        variance, origin = np.dot(tangent, contrast), np.dot(contrast, theta)
        tangent /= variance
        _twice(third, tangent, bend)
        skew = np.dot(bend, tangent)
        _solve(base, bend, change)
        along = np.dot(change, contrast)
        spread = math.sqrt(variance)
        if held:
            reach = -origin
            side = -1.0 if reach < 0.0 else 1.0
        else:
            wald = side * root * spread
            reach = _reach(wald, skew * wald * variance / 3.0)
        for j in range(p):
            at[j] = theta[j] + reach * (tangent[j] + 0.5 * reach * (along * tangent[j] - change[j]))
        slack = (HELD_SLACK if held else LIMIT_SLACK) * (1.0 + 1e-3 * np.abs(at).max()) * _TOLERANCE
        distance, near, far, earlier = side * reach, 0.0, np.inf, np.inf
        for _ in range(_LONGEST_WALK):
            objective, largest = _evaluate(rows, at, work, small, score, curvature, information, cube)
            if not math.isfinite(objective) or not _cholesky(curvature, factor):
                break
            _solve(factor, score, newton)
            _solve(factor, contrast, tangent)
            variance, along = np.dot(tangent, contrast), np.dot(newton, contrast)
            slope = side * along / variance
            if not along * along / variance < CANCELS:
                break
            decrement = np.dot(newton, score) - along * along / variance
            drop = 2.0 * (best - objective) - decrement
            if not decrement < 0.5:  # far from the ridge, where there may be another
                break
            move = 0.0
            if not held:
                move, near, far = _outward(distance, drop, slope, decrement, root, near, far)
            for j in range(p):
                tangent[j] /= variance
                newton[j] += (side * move - along) * tangent[j]
            size, shift = np.abs(newton).max(), abs(move)
            if not math.isfinite(size):
                break
            close = size <= slack or (
                size <= NEGLIGIBLE
                and (held or (shift <= LONGEST_LAST[1] and shift * (shift / earlier) ** 2 <= FORESEEN))
            )
            earlier = shift
            if size > 4.0 * _LONGEST_STEP:
                newton *= 4.0 * _LONGEST_STEP / size
            elif size <= 0.1:
                _twice(cube, newton, bend)
                _solve(factor, bend, change)
                along = np.dot(change, contrast)
                for j in range(p):
                    newton[j] -= 0.5 * (change[j] - along * tangent[j])
            at += newton
            distance = side * (np.dot(contrast, at) - origin)
            settled = held or abs(drop - root * root) <= 0.01 * root * root
            if close and settled and decrement < TRUSTED:
                if largest > KNOWN or not _cholesky(curvature - CURVED * information, factor):
                    return False
                codes[row] = CONVERGED
                if held:
                    drops[row] = max(drop, 0.0)
                else:
                    limits[row - m] = origin + side * distance
                break
    return True
