"""Profile-likelihood limits and likelihood-ratio tests of single coordinates, for any closure of the solver.

A limit is the root of  sqrt(2 (l_max - l_profile(gamma))) = z.  The signed root is
nearly linear in gamma, so one Newton step on it is taken jointly with one Newton
step on the other coordinates (Venzon & Moolgavkar 1988 solve the same system); a bracket
keeps the walk honest, and a limit that the joint walk does not reach is found by
full maximisation inside a bracketed search.  All limits of a fit are one batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interventions_stats.estimators.solver import (
    CONVERGED,
    DEFAULT,
    DIVERGED,
    MAX_ITER,
    REASONS,
    SINGULAR,
    Bools,
    Evaluate,
    Evaluation,
    Floats,
    Reason,
    Rows,
    Settings,
    contraction,
    free_inverse,
    maximise,
    nearly_there,
)

Index = NDArray[np.intp]

_FAR = 1e6  # in standard errors: a limit beyond is infinite
# how much longer a last step may be than in a free fit: a limit depends on the others' error to the second order
# only, and of a held fit the objective is wanted, whose error is the cube of the step
_LIMIT_SLACK, _HELD_SLACK = 10.0, 1000.0
_NEGLIGIBLE = 3e-4


@dataclass(frozen=True, slots=True)
class Limits:
    """``limit`` (b,), infinite where the profile never falls far enough, and ``reason`` codes (b,)."""

    limit: Floats
    reason: NDArray[np.int8]

    @property
    def reasons(self) -> list[Reason]:
        return [REASONS[code] for code in self.reason]


def turn(value: Evaluation, basis: Floats) -> Evaluation:
    """Express an evaluation in coordinates phi, where theta = basis @ phi; ``basis`` is (b, p, p)."""
    back = basis.transpose(0, 2, 1)
    third = value.third
    if third is not None:
        b, p = third.shape[:2]
        for _ in range(3):  # turn the first axis and move it to the end
            third = (back @ third.reshape(b, p, p * p)).reshape(b, p, p, p).transpose(0, 2, 3, 1)
    return Evaluation(
        value.objective,
        np.einsum("bji,bj->bi", basis, value.score),
        back @ value.curvature @ basis,
        None if value.stand_in is None else back @ value.stand_in @ basis,
        value.order,
        third,
    )


def reparametrised(evaluate: Evaluate, basis: Floats) -> Evaluate:
    """Return the closure in coordinates phi, where theta = basis @ phi; ``basis`` is (b, p, p)."""

    def turned(phi: Floats, rows: Rows) -> Evaluation:
        value = evaluate(np.einsum("bij,bj->bi", basis[rows], phi), rows)
        return turn(value._replace(third=None), basis[rows])

    return turned


def likelihood_ratios(
    evaluate: Evaluate, theta: Floats, top: Evaluation, coordinate: Index, null: float = 0.0
) -> tuple[Floats, NDArray[np.int8]]:
    """Twice the fall of the objective when one coordinate is held at ``null``.

    Parameters
    ----------
    evaluate : closure of b fits
    theta : array (b, p), the maxima
    top : Evaluation of b fits at ``theta``
    coordinate : array (b,), which coordinate is held
    null : float

    Returns
    -------
    statistic : array (b,), NaN where the constrained fit failed
    reason : codes (b,)
    """
    held = np.ones(len(theta), dtype=bool)
    _, drop, reason = _profile(evaluate, theta, top, coordinate, np.ones(len(theta)), held, null, 1.0, DEFAULT)
    return drop, reason


def profile_limits(
    evaluate: Evaluate,
    theta: Floats,
    top: Evaluation,
    coordinate: Index,
    side: Floats,
    root: float,
    *,
    settings: Settings = DEFAULT,
) -> Limits:
    """Find where the profile has fallen by ``root**2 / 2`` on one side of the maximum.

    Parameters
    ----------
    evaluate : closure of b fits
    theta : array (b, p), the maxima
    top : Evaluation of b fits at ``theta``
    coordinate : array (b,)
    side : array (b,), -1 for the lower and +1 for the upper limit
    root : float, the standard normal quantile (1.959964 for 95%)
    settings : Settings

    Returns
    -------
    Limits
    """
    held = np.zeros(len(theta), dtype=bool)
    distance, _, reason = _profile(evaluate, theta, top, coordinate, side, held, 0.0, root, settings)
    return Limits(theta[np.arange(len(theta)), coordinate] + side * distance, reason)


def ratios_and_limits(
    evaluate: Evaluate, theta: Floats, top: Evaluation, coordinate: Index, root: float
) -> tuple[Floats, Limits]:
    """Likelihood ratios of zero (m,) and limits on both sides (2 m,), lower ones first, in one batch.

    ``theta`` and ``top`` hold 3 m copies: the held fits, the lower and the upper limits of the ``coordinate`` (m,).
    """
    m = len(coordinate)
    side = np.repeat([1.0, -1.0, 1.0], m)
    held = np.repeat([True, False, False], m)
    column = np.tile(coordinate, 3)
    distance, drop, reason = _profile(evaluate, theta, top, column, side, held, 0.0, root, DEFAULT)
    limit = theta[np.arange(3 * m), column] + side * distance
    return drop[:m], Limits(limit[m:], reason[m:])


def _profile(
    evaluate: Evaluate,
    theta: Floats,
    top: Evaluation,
    column: Index,
    side: Floats,
    held: Bools,
    null: float,
    root: float,
    settings: Settings,
) -> tuple[Floats, Floats, NDArray[np.int8]]:
    """Distances of limits, falls of held fits (b,) and codes; the joint walk first, then the sure ways."""
    ridge = _ridge(theta, top, column)
    to_null = null - theta[np.arange(len(theta)), column]
    side = np.where(held & (to_null < 0), -1.0, np.where(held, 1.0, side))
    reach = np.where(held, to_null, ridge.reach(side, root))
    distance, drop, reason = _walk(evaluate, ridge, top.objective, column, side, held, reach, root, settings)
    for i in np.flatnonzero((reason != CONVERGED) & (reason != DIVERGED)):
        search = _Search(evaluate, theta[i], float(top.objective[i]), int(i), int(column[i]), float(side[i]))
        if held[i]:
            drop[i], reason[i] = search.fall(float(to_null[i]), settings)
        else:
            distance[i], reason[i] = search.run(root, float(ridge.spread()[i]), settings)
    return distance, drop, reason


def _subset(evaluate: Evaluate, which: Index) -> Evaluate:
    return lambda theta, rows: evaluate(theta, which[rows])


def _all_but(shape: tuple[int, ...], coordinate: Index) -> Bools:
    free = np.ones(shape, dtype=bool)
    free[np.arange(shape[0]), coordinate] = False
    return free


@dataclass(frozen=True, slots=True)
class _Ridge:
    """The path of the constrained maximum near the top: theta + t * tangent + t**2 / 2 * bend, (b, p) each.

    Along it the objective falls by t**2 / 2 * curvature + t**3 / 6 * skew.
    """

    theta: Floats
    tangent: Floats
    bend: Floats
    curvature: Floats
    skew: Floats

    def at(self, distance: Floats) -> Floats:
        t = distance[:, None]
        return self.theta + t * self.tangent + (0.5 * t * t) * self.bend

    def spread(self) -> Floats:
        """Standard error implied by the curvature (b,)."""
        return 1.0 / np.sqrt(self.curvature)

    def reach(self, side: Floats, root: float) -> Floats:
        """Distance (b,) at which the cubic expansion has fallen by root**2 / 2; Wald's where it never does."""
        wald = side * root * self.spread()
        lean = np.clip(self.skew * wald / (3.0 * self.curvature), -0.6, 2.0)  # t**2 (1 + lean t/wald) = wald**2
        factor = np.ones_like(wald)
        for _ in range(3):
            factor -= (factor**2 * (1.0 + lean * factor) - 1.0) / np.maximum(2.0 * factor + 3.0 * lean * factor**2, 0.3)
        return wald * np.clip(factor, 0.6, 1.6)


def _ridge(theta: Floats, top: Evaluation, coordinate: Index) -> _Ridge:
    row = np.arange(len(theta))
    inverse = _sound_inverse(top.curvature)
    if inverse is None:
        return _ridge_restricted(theta, top, coordinate)
    column = inverse[row, :, coordinate]
    variance = column[row, coordinate]
    tangent = column / variance[:, None]
    bend, skew = np.zeros_like(tangent), np.zeros_like(variance)
    if top.third is not None:
        twice = contraction(top.third)(tangent)
        skew = np.einsum("bi,bi->b", twice, tangent)
        bend = (inverse @ twice[:, :, None])[:, :, 0]
        bend = bend[row, coordinate, None] * tangent - bend
    return _Ridge(theta, tangent, bend, np.maximum(1.0 / variance, 1e-12), skew)


def _sound_inverse(curvature: Floats) -> Floats | None:
    """Inverses of matrices (b, p, p), or None if any is not positive definite."""
    try:
        np.linalg.cholesky(curvature)
        return np.asarray(np.linalg.inv(curvature), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None


def _ridge_restricted(theta: Floats, top: Evaluation, coordinate: Index) -> _Ridge:
    """The same where the curvature is positive definite in the other coordinates only, or not at all."""
    row, free = np.arange(len(theta)), _all_but(theta.shape, coordinate)
    inverse = free_inverse(top, free)
    cross = top.curvature[row, :, coordinate] * free
    tangent = -(inverse @ cross[:, :, None])[:, :, 0]
    tangent[row, coordinate] = 1.0
    tangent = np.where(np.isfinite(tangent), tangent, 0.0)
    curvature = np.einsum("bi,bij,bj->b", tangent, top.curvature, tangent)
    bend, skew = np.zeros_like(tangent), np.zeros_like(curvature)
    if top.third is not None:
        twice = contraction(top.third)(tangent)
        skew = np.einsum("bi,bi->b", twice, tangent)
        bend = np.nan_to_num(-(inverse @ (twice * free)[:, :, None])[:, :, 0])
    return _Ridge(theta, tangent, bend, np.maximum(curvature, 1e-12), skew)


def _walk(
    evaluate: Evaluate,
    ridge: _Ridge,
    best: Floats,
    column: Index,
    side: Floats,
    held: Bools,
    reach: Floats,
    root: float,
    settings: Settings,
) -> tuple[Floats, Floats, NDArray[np.int8]]:
    """Walk to all limits and held fits jointly, one evaluation an iteration.

    Returns signed-by-side distances (b,), twice the fall there (b,) and codes (b,).
    """
    b = len(best)
    result, fall, reason = np.full(b, np.nan), np.full(b, np.nan), np.full(b, MAX_ITER, dtype=np.int8)
    at, distance, origin = ridge.at(reach), side * reach, ridge.theta[np.arange(b), column]
    near, far, spread, earlier = np.zeros(b), np.full(b, np.inf), ridge.spread(), np.full(b, np.inf)
    live, row = np.arange(b), np.arange(b)
    slack = np.where(held, _HELD_SLACK, _LIMIT_SLACK) * (1.0 + 1e-3 * np.abs(at).max(axis=1))
    for _ in range(60):
        value = evaluate(at, live)
        newton = _profile_step(value, row, column, side)
        inner, decrement = newton.inner, newton.decrement
        drop = 2.0 * (best - value.objective) - decrement
        goal, trusted = _goal(distance, drop, decrement, newton.slope, near, far, root, held)
        # far from the ridge only the other coordinates move, damped as for a self-concordant function
        off = None if trusted.all() else ~(decrement < 0.5)
        if off is not None and off.any():
            goal[off] = distance[off]
            inner = inner / np.where(off, 1.0 + np.sqrt(np.maximum(decrement, 0.0)), 1.0)[:, None]
        move = goal - distance
        step = inner + newton.tangent * (move * side)[:, None]
        size, shift = np.abs(step).max(axis=1), np.abs(move)
        exact = value.order > 1
        close = size <= slack * settings.tolerance[1 if exact else 0]
        if exact:
            # the profile feels the other coordinates' error to the third order, once the decrement is allowed for
            close |= (size <= _NEGLIGIBLE) & (held | nearly_there(shift, earlier, 2))
            # nearly collinear columns: as close as rounding allows, in units of the standard error
            close |= (np.abs(decrement) < 1e-18) & (shift <= 1e-9 * spread)
        out = trusted & close
        earlier = shift if off is None else np.where(off, np.inf, shift)
        code = np.where(out, CONVERGED, -1)
        longest = size.max()
        if not longest <= 0.1:
            code[~held & (distance > _FAR * spread)] = DIVERGED
            code[held & (decrement < 1e-9) & (size > 0.1)] = DIVERGED  # a flat tail has reached its supremum
            code[~np.isfinite(size)] = SINGULAR  # lost: left to the search
            out = code >= 0
            if longest > 4.0 * settings.max_step:
                step = step * np.minimum(1.0, 4.0 * settings.max_step / np.maximum(size, 1e-300))[:, None]
        elif value.third is not None and newton.inverse is not None:
            step = step + newton.correction(value.third, step, row, column)
        at = at + step
        distance = side * (at[row, column] - origin)
        if out.any():
            done = live[out]
            reason[done], fall[done] = code[out], np.maximum(drop[out], 0.0)
            result[done] = np.where(code == DIVERGED, np.inf, distance)[out]
            keep = ~out
            live = live[keep]
            if not len(live):
                break
            row = np.arange(len(live))
            at, distance, near, far, spread = at[keep], distance[keep], near[keep], far[keep], spread[keep]
            best, column, side, held, origin = best[keep], column[keep], side[keep], held[keep], origin[keep]
            slack, earlier = slack[keep], earlier[keep]
    return result, fall, reason


def _goal(
    distance: Floats,
    drop: Floats,
    decrement: Floats,
    slope: Floats,
    near: Floats,
    far: Floats,
    root: float,
    held: Bools,
) -> tuple[Floats, Bools]:
    """Next distance (b,), and whether the point is close enough to the ridge to read the profile off it.

    Updates the bracket ``near``, ``far`` in place.
    """
    signed = np.sqrt(np.maximum(drop, 0.0))
    trusted = decrement < 0.05
    beyond = signed > root
    np.copyto(near, np.maximum(near, distance), where=trusted & ~beyond)
    np.copyto(far, np.minimum(far, distance), where=trusted & beyond)
    with np.errstate(divide="ignore", invalid="ignore"):
        move = (root - signed) * signed / -slope
        move[held] = 0.0
        # the ordinary case: on the ridge, and less than a quarter of the way to go
        if trusted.all() and (held | (slope < 0) & (np.abs(move) <= 0.25 * distance)).all():
            return distance + move, trusted
        steep = signed > 1.5 * root
        if steep.any():  # where the profile drops away exponentially: Newton on the logarithm of the root
            move[steep] = (np.log(root / signed) * signed**2 / -slope)[steep]
    move[~(slope < 0)] = np.inf
    goal = _keep_inside(distance, move, near, far)
    goal[held] = distance[held]
    return goal, trusted


class _Newton(NamedTuple):
    """Inner Newton step (b, p), its decrement, the tangent of the ridge, the slope of the profile outward, and the
    inverse of the curvature, or None where that is not positive definite."""

    inner: Floats
    decrement: Floats
    tangent: Floats
    slope: Floats
    inverse: Floats | None

    def correction(self, third: Floats, step: Floats, row: Index, column: Index) -> Floats:
        """Change (b, p) of the other coordinates for the bend of the score along ``step`` (Chebyshev)."""
        assert self.inverse is not None
        bend = (self.inverse @ contraction(third)(step)[:, :, None])[:, :, 0]
        bend -= bend[row, column, None] * self.tangent
        return np.asarray(-0.5 * bend)


def _profile_step(value: Evaluation, row: Index, column: Index, side: Floats) -> _Newton:
    inverse = _sound_inverse(value.curvature)
    if inverse is None:
        return _profile_step_restricted(value, row, column, side)
    # the column of the inverse is the tangent, and the Newton step of all coordinates holds the inner one
    newton = (inverse @ value.score[:, :, None])[:, :, 0]
    tangent = inverse[row, :, column]
    variance, along = tangent[row, column], newton[row, column]
    tangent /= variance[:, None]
    slope = along / variance
    inner = newton - along[:, None] * tangent
    decrement = np.einsum("bi,bi->b", value.score, newton) - along * slope
    return _Newton(inner, decrement, tangent, side * slope, inverse)


def _profile_step_restricted(value: Evaluation, row: Index, column: Index, side: Floats) -> _Newton:
    """The same where the curvature is positive definite in the other coordinates only, or not at all."""
    free = _all_but(value.score.shape, column)
    right = np.empty((*value.score.shape, 2))
    np.multiply(value.score, free, out=right[:, :, 0])
    np.multiply(value.curvature[row, :, column], free, out=right[:, :, 1])
    both = free_inverse(value, free) @ right
    inner, tangent = both[:, :, 0], -both[:, :, 1]
    tangent[row, column] = 1.0
    products = np.einsum("bic,bi->bc", right, inner)
    return _Newton(inner, products[:, 0], tangent, side * (value.score[row, column] - products[:, 1]), None)


def _keep_inside(distance: Floats, move: Floats, near: Floats, far: Floats) -> Floats:
    """Accept a step that stays inside the bracket; otherwise bisect it, or expand where it is still open."""
    reached = np.maximum(distance, near)
    goal = np.minimum(np.where(np.isfinite(move), distance + move, np.inf), 2.0 * reached)
    outside = ((goal <= near) | (goal >= far)) & ~(np.abs(goal - distance) < 1e-6)
    if not outside.any():
        return goal
    middle = np.where(np.isfinite(far), 0.5 * (near + np.minimum(far, 1e300)), 1.6 * reached)
    return np.where(outside, middle, goal)


@dataclass(slots=True)
class _Search:
    """The slow ways: full maximisation with one coordinate held, and a bracketed search of full maximisations."""

    evaluate: Evaluate
    theta: Floats
    best: float
    fit: int
    column: int
    side: float

    def fall(self, distance: float, settings: Settings) -> tuple[float, int]:
        """Twice the fall when the coordinate is held at a distance from the maximum."""
        only, free = np.array([self.fit]), _all_but((1, len(self.theta)), np.array([self.column]))
        start = self.theta[None].copy()
        start[0, self.column] += distance
        solution = maximise(_subset(self.evaluate, only), start, free=free, settings=settings)
        usable = solution.reason[0] in (CONVERGED, DIVERGED)
        drop = max(2.0 * (self.best - float(solution.objective[0])), 0.0)
        return (drop if usable else np.nan), int(solution.reason[0])

    def run(self, root: float, spread: float, settings: Settings) -> tuple[float, int]:
        only = np.array([self.fit, self.fit])
        free = _all_but((2, len(self.theta)), np.array([self.column] * 2))
        # a penalised profile of very few events may have two ridges: climb from the last point and from the innermost
        starts = np.array([self.theta, self.theta])

        def gap(distance: float) -> float:
            begin = starts.copy()
            begin[:, self.column] = self.theta[self.column] + self.side * distance
            solution = maximise(_subset(self.evaluate, only), begin, free=free, settings=settings)
            usable = solution.converged | (solution.reason == DIVERGED)
            if not usable.any():
                return np.nan
            top = int(np.argmax(np.where(usable, solution.objective, -np.inf)))
            starts[0] = solution.theta[top]
            value = float(np.sqrt(max(2.0 * (self.best - solution.objective[top]), 0.0)) - root)
            if value < 0:
                starts[1] = solution.theta[top]
            return value

        low, high = 0.0, root * spread
        while (beyond := gap(high)) < 0:
            if high > _FAR * spread:
                return np.inf, DIVERGED
            low, high = high, 1.6 * high
        return _regula_falsi(gap, low, high, beyond)


def _regula_falsi(gap: Callable[[float], float], low: float, high: float, at_high: float) -> tuple[float, int]:
    """Root of a function that is negative at ``low`` and positive or NaN at ``high`` (Illinois' rule)."""
    at_low, last = gap(low), 0
    for _ in range(200):
        finite = np.isfinite(at_high) and at_low < 0
        middle = low - at_low * (high - low) / (at_high - at_low) if finite else 0.5 * (low + high)
        value = gap(middle)
        if abs(value) < 1e-13 or high - low <= 1e-14 * (1.0 + high):
            # the profile may jump past the root between two ridges: the outer end is the limit
            return (middle, CONVERGED) if abs(value) < 1e-8 else (high, MAX_ITER)
        if value < 0:
            low, at_low = middle, value
            at_high = 0.5 * at_high if last < 0 else at_high
            last = -1
        else:
            high, at_high = middle, value
            at_low = 0.5 * at_low if last > 0 else at_low
            last = 1
    return np.nan, MAX_ITER
