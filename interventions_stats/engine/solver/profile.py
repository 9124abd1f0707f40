"""Profile-likelihood limits and likelihood-ratio tests of linear functions of the coordinates, for any closure of the solver.

A limit is the root of  sqrt(2 (l_max - l_profile(gamma))) = z.  The signed root is
nearly linear in gamma, so one Newton step on it is taken jointly with one Newton
step along the other directions (Venzon & Moolgavkar 1988 solve the same system); a bracket
keeps the walk honest, and a limit that the joint walk does not reach is found by
full maximisation inside a bracketed search.  All limits of a fit are one batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.solver.held import FAR, Search, held_maxima
from interventions_stats.engine.solver.landscape import Landscape
from interventions_stats.engine.solver.newton import (
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
    Settings,
    free_inverse,
    largest,
    nearly_there,
)
from interventions_stats.engine.solver.reparametrisation import Index, all_but, coordinates, turn
from interventions_stats.engine.solver.sweep import swept

# how much longer a last step may be than in a free fit: a limit depends on the others' error to the second order
# only, and of a held fit the objective is wanted, whose error is the cube of the step
LIMIT_SLACK, HELD_SLACK = 10.0, 1000.0
NEGLIGIBLE = 3e-4
CANCELS = 1e6  # decrement along the contrast (where the profile is all but straight) beside which the others' is lost
TRUSTED = 0.05  # decrement below which a point is close enough to the ridge to read the profile off it
_SAME = 1e-6  # difference of falls that rounding explains
_SOON = 3  # iterations within which a walk that meets no rounding is done
_CHECKS = 3  # of limits against higher ridges
_MANY_COLUMNS = 12  # from which other ridges are looked for along the path alone
_COMPANY = 24  # points that the walks have come to, from which other ridges are looked for
_FEW = 4  # the share of a walk that is done, one in so many, from which it pays to leave them behind


@dataclass(frozen=True, slots=True)
class Limits:
    """``limit`` (b,), infinite where the profile never falls far enough, and ``reason`` codes (b,)."""

    limit: Floats
    reason: NDArray[np.int8]

    @property
    def reasons(self) -> list[Reason]:
        return [REASONS[code] for code in self.reason]


def likelihood_ratios(
    evaluate: Evaluate,
    theta: Floats,
    top: Evaluation,
    contrast: Floats,
    null: float = 0.0,
    *,
    landscape: Landscape | None = None,
) -> tuple[Floats, NDArray[np.int8]]:
    """Twice the fall of the objective when ``contrast @ theta`` is held at ``null``.

    Parameters
    ----------
    evaluate : closure of b fits
    theta : array (b, p), the maxima; (1, p) where they are one
    top : Evaluation at ``theta``
    contrast : array (b, p), which linear function of the coordinates is held
    null : float
    landscape : Landscape, optional
        Of the one fit, where there may be several maxima: the held maximum is then the highest.

    Returns
    -------
    statistic : array (b,), NaN where the constrained fit failed
    reason : codes (b,)
    """
    held = np.ones(len(contrast), dtype=bool)
    _, drop, reason = _profile(
        evaluate, theta, top, contrast, np.ones(len(contrast)), held, null, 1.0, DEFAULT, landscape
    )
    return drop, reason


def profile_limits(
    evaluate: Evaluate,
    theta: Floats,
    top: Evaluation,
    contrast: Floats,
    side: Floats,
    root: float,
    *,
    settings: Settings = DEFAULT,
    landscape: Landscape | None = None,
) -> Limits:
    """Find the outermost point where the profile has fallen by ``root**2 / 2`` on one side of the maximum.

    Parameters
    ----------
    evaluate : closure of b fits
    theta : array (b, p), the maxima; (1, p) where they are one
    top : Evaluation at ``theta``
    contrast : array (b, p), the linear functions of the coordinates whose limits are wanted
    side : array (b,), -1 for the lower and +1 for the upper limit
    root : float, the standard normal quantile (1.959964 for 95%)
    settings : Settings
    landscape : Landscape, optional
        Of the one fit, where there may be several maxima: the profile is then the highest of its ridges.

    Returns
    -------
    Limits
    """
    held = np.zeros(len(contrast), dtype=bool)
    limit, _, reason = _profile(evaluate, theta, top, contrast, side, held, 0.0, root, settings, landscape)
    return Limits(limit, reason)


def ratios_and_limits(
    evaluate: Evaluate,
    theta: Floats,
    top: Evaluation,
    contrast: Floats,
    root: float,
    *,
    landscape: Landscape | None = None,
) -> tuple[Floats, Limits]:
    """Likelihood ratios of zero (m,) and limits on both sides (2 m,), lower ones first, of one fit in one batch.

    ``evaluate`` takes 3 m rows: the held fits, the lower and the upper limits of the ``contrast`` (m, p); ``theta`` is (1, p).
    """
    m = len(contrast)
    side = np.ones(3 * m)
    side[m : 2 * m] = -1.0
    held = np.zeros(3 * m, dtype=bool)
    held[:m] = True
    thrice = np.concatenate([contrast, contrast, contrast])
    limit, drop, reason = _profile(evaluate, theta, top, thrice, side, held, 0.0, root, DEFAULT, landscape)
    return drop[:m], Limits(limit[m:], reason[m:])


def _profile(
    evaluate: Evaluate,
    theta: Floats,
    top: Evaluation,
    contrast: Floats,
    side: Floats,
    held: Bools,
    null: float,
    root: float,
    settings: Settings,
    landscape: Landscape | None,
) -> tuple[Floats, Floats, NDArray[np.int8]]:
    """Values of the contrasts, falls (b,) and codes; the joint walk first, then the sure ways."""
    ridge = _ridge(theta, top, contrast)
    origin = np.einsum("bi,bi->b", contrast, ridge.theta)
    to_null = null - origin
    side = np.where(held, np.where(to_null < 0, -1.0, 1.0), side)
    reach = np.where(held, to_null, ridge.reach(side, root))
    best = top.objective + np.zeros(len(contrast))
    walked = _walk(evaluate, ridge, best, contrast, origin, side, held, reach, root, settings)
    distance, drop, reason = walked.distance, walked.fall, walked.reason
    starts, inside = np.empty((0, theta.shape[1])), np.zeros(len(contrast))
    doubted = walked.strayed
    if landscape is not None:
        good = np.flatnonzero(reason == CONVERGED)
        # one end in doubt puts all of them in doubt: a higher ridge may pass beside an end that looks sound
        points = walked.at[good], walked.curvature[good], walked.information[good]
        doubted |= len(landscape.theta) > 1 or landscape.doubtful(*points).any()
        inside = landscape.outermost(contrast, side, float(best[0]) - 0.5 * root * root)
        reason[~held & (reason == CONVERGED) & (distance < inside)] = MAX_ITER
        if landscape.concave:
            doubted[:] = False
        elif contrast.shape[1] <= _MANY_COLUMNS and (doubted.any() or np.logical_or.reduce(reason)):
            starts = np.concatenate([landscape.starts, walked.at[reason == CONVERGED][:_COMPANY]])
    signed = np.where(held, to_null, side * distance)
    for _ in range(_CHECKS):
        rows = np.flatnonzero(doubted & (reason == CONVERGED))
        if len(rows):
            again = _fallen(evaluate, ridge, best, contrast, origin, signed, rows, starts)
            drop[rows] = np.minimum(drop[rows], again)
            lower = rows[~held[rows] & (again < root * root - _SAME)]  # on a lower ridge: too near
            reason[lower] = MAX_ITER
            inside[lower] = np.maximum(inside[lower], distance[lower])
        doubted = (reason != CONVERGED) & (reason != DIVERGED)
        for i in np.flatnonzero(doubted):
            search = Search(
                evaluate, int(i), ridge.theta[i], float(best[i]), contrast[i], float(side[i]), starts, settings
            )
            if held[i]:
                drop[i], reason[i] = search.fall(float(to_null[i]))
            else:
                distance[i], reason[i] = search.run(root, float(ridge.spread()[i]), float(inside[i]))
                signed[i] = side[i] * distance[i]
        doubted &= ~held & (len(starts) > 0)  # a search follows the ridges that it saw first
        if not doubted.any():
            break
    return origin + side * distance, drop, reason


def _fallen(
    evaluate: Evaluate,
    ridge: _Ridge,
    best: Floats,
    contrast: Floats,
    origin: Floats,
    reach: Floats,
    rows: Index,
    scattered: Floats,
) -> Floats:
    """Twice the fall (r,) at a signed distance from the top, by full maximisation from both sides of the path and elsewhere.

    A penalised profile may have several ridges, and the walk may have followed a lower one.
    """
    top, along = ridge.theta[rows], ridge.tangent[rows]
    path = np.stack([top, top + reach[rows, None] * along], axis=1)
    starts = np.concatenate([path, np.broadcast_to(scattered, (len(rows), *scattered.shape))], axis=1)
    objective, _ = held_maxima(evaluate, rows, contrast[rows], origin[rows] + reach[rows], starts, DEFAULT)
    return np.asarray(np.maximum(2.0 * (best[rows] - objective.max(axis=1)), 0.0))


def _times(matrices: Floats, vectors: Floats) -> Floats:
    """Products of matrices (b or 1, p, q) and vectors (b, q)."""
    return (matrices @ vectors[:, :, None])[:, :, 0]


def _within(values: Floats, low: float, high: float) -> Floats:
    return np.minimum(np.maximum(values, low), high)


def _twice(third: Floats, vectors: Floats) -> Floats:
    """A symmetric tensor (b or 1, p, p, p) applied twice to vectors (b, p)."""
    p = vectors.shape[1]
    once = third.reshape(-1, p * p, p) @ vectors[:, :, None]
    return _times(once.reshape(-1, p, p), vectors)


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
        return self.theta + t * (self.tangent + (0.5 * t) * self.bend)

    def spread(self) -> Floats:
        """Standard error implied by the curvature (b,)."""
        return 1.0 / np.sqrt(self.curvature)

    def reach(self, side: Floats, root: float) -> Floats:
        """Distance (b,) at which the cubic expansion has fallen by root**2 / 2; Wald's where it never does."""
        wald = side * root * self.spread()
        lean = _within(self.skew * wald / (3.0 * self.curvature), -0.6, 2.0)  # t**2 (1 + lean t/wald) = wald**2
        factor = np.ones_like(wald)
        for _ in range(3):
            bent = lean * factor
            factor -= (factor * factor * (1.0 + bent) - 1.0) / np.maximum(factor * (2.0 + 3.0 * bent), 0.3)
        return wald * _within(factor, 0.6, 1.6)


def _ridge(theta: Floats, top: Evaluation, contrast: Floats) -> _Ridge:
    inverse = _sound_inverse(top.curvature)
    if inverse is None:
        return _ridge_restricted(theta, top, contrast)
    column = _times(inverse, contrast)
    variance = np.einsum("bi,bi->b", column, contrast)
    tangent = column / variance[:, None]
    bend, skew = np.zeros_like(tangent), np.zeros_like(variance)
    if top.third is not None:
        twice = _twice(top.third, tangent)
        skew = np.einsum("bi,bi->b", twice, tangent)
        bend = _times(inverse, twice)
        bend = np.einsum("bi,bi->b", bend, contrast)[:, None] * tangent - bend
    theta = theta + np.zeros_like(contrast)
    return _Ridge(theta, tangent, bend, np.maximum(1.0 / variance, 1e-12), skew)


def _sound_inverse(curvature: Floats) -> Floats | None:
    """Inverses of matrices (b, p, p), or None if any is not positive definite."""
    if (found := swept(curvature)) is not None:
        return found[0]
    try:
        np.linalg.cholesky(curvature)
        return np.asarray(np.linalg.inv(curvature), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None


def _ridge_restricted(theta: Floats, top: Evaluation, contrast: Floats) -> _Ridge:
    """The same where the curvature is positive definite only where the contrast is held, or not at all."""
    if len(top.objective) < len(contrast):
        top = top.take(np.zeros(len(contrast), dtype=np.intp))
    basis = coordinates(contrast)
    turned = turn(top, basis)
    free = all_but(contrast.shape, 0)
    inverse = free_inverse(turned, free)
    tangent = -_times(inverse, turned.curvature[:, :, 0] * free)
    tangent[:, 0] = 1.0
    tangent = np.where(np.isfinite(tangent), tangent, 0.0)
    curvature = np.einsum("bi,bij,bj->b", tangent, turned.curvature, tangent)
    bend, skew = np.zeros_like(tangent), np.zeros_like(curvature)
    if turned.third is not None:
        twice = _twice(turned.third, tangent)
        skew = np.einsum("bi,bi->b", twice, tangent)
        bend = np.nan_to_num(-_times(inverse, twice * free))
    theta = theta + np.zeros_like(contrast)
    return _Ridge(theta, _times(basis, tangent), _times(basis, bend), np.maximum(curvature, 1e-12), skew)


def _walk(
    evaluate: Evaluate,
    ridge: _Ridge,
    best: Floats,
    contrast: Floats,
    origin: Floats,
    side: Floats,
    held: Bools,
    reach: Floats,
    root: float,
    settings: Settings,
) -> _Walked:
    """Walk to all limits and held fits jointly, one evaluation an iteration."""
    walked = _Walked.of(*contrast.shape)
    result, fall, reason, strayed = walked.distance, walked.fall, walked.reason, walked.strayed
    at, distance = ridge.at(reach), side * reach
    b = len(contrast)
    bracket = _Bracket(np.zeros(b), np.full(b, np.inf))
    spread, earlier = ridge.spread(), np.full(b, np.inf)
    live: Index = np.arange(b)
    slack = np.where(held, HELD_SLACK, LIMIT_SLACK) * (1.0 + 1e-3 * largest(at))
    with np.errstate(divide="ignore", invalid="ignore"):
        for iteration in range(60):
            value = evaluate(at, live)
            newton = _profile_step(value, contrast, side)
            inner, decrement = newton.inner, newton.decrement
            drop = 2.0 * (best - value.objective) - decrement
            on_ridge = bool(np.maximum.reduce(decrement) < TRUSTED)
            move = _move(distance, drop, newton, on_ridge, bracket, root, held)
            # far from the ridge only the other coordinates move, damped as for a self-concordant function
            off = None if on_ridge else ~(decrement < 0.5)
            if off is not None and off.any():
                strayed[live[off]] = True
                move[off] = 0.0
                inner = inner / np.where(off, 1.0 + np.sqrt(np.maximum(decrement, 0.0)), 1.0)[:, None]
            step = inner + newton.tangent * (move * side)[:, None]
            size, shift = largest(step), np.abs(move)
            if value.order > 1:
                close = size <= slack * settings.tolerance[1]
                # the profile feels the other coordinates' error to the third order, once the decrement is allowed for
                close |= (size <= NEGLIGIBLE) & (held | nearly_there(shift, earlier, 2))
                if iteration > _SOON:  # nearly collinear columns: as close as rounding allows, in standard errors
                    close |= (np.abs(decrement) < 1e-18) & (shift <= 1e-9 * spread)
            else:
                close = size <= slack * settings.tolerance[0]
            # a bracket that closes elsewhere has met a jump, or was misled: left to the search
            close &= held | (np.abs(drop - root * root) <= 0.01 * root * root)
            if off is None:
                out, earlier = close, shift
            else:
                out, earlier = close & (decrement < TRUSTED), np.where(off, np.inf, shift)
            code: NDArray[np.int64] | None = None
            longest = np.maximum.reduce(size)
            if not longest <= 0.1:
                code = np.where(out, CONVERGED, -1)
                code[~held & (distance > FAR * spread)] = DIVERGED
                code[held & (decrement < 1e-9) & (size > 0.1)] = DIVERGED  # a flat tail has reached its supremum
                code[~np.isfinite(size)] = SINGULAR  # lost: left to the search
                out = code >= 0
                if longest > 4.0 * settings.max_step:
                    step = step * np.minimum(1.0, 4.0 * settings.max_step / np.maximum(size, 1e-300))[:, None]
            elif value.third is not None and newton.inverse is not None:
                step += newton.correction(value.third, step, contrast)
            at = at + step
            distance = side * (np.einsum("bi,bi->b", contrast, at) - origin)
            number = np.count_nonzero(out)
            # the others lose little by taking a few that have converged along
            if number and (code is not None or _FEW * number >= len(live)):
                done = live[out]
                fall[done], result[done], walked.at[done] = np.maximum(drop[out], 0.0), distance[out], at[out]
                walked.curvature[done], walked.information[done] = value.curvature[out], value.information[out]
                reason[done] = CONVERGED if code is None else code[out]
                if number == len(live):
                    break
                keep = np.flatnonzero(~out)
                live, at, contrast, held = live[keep], at[keep], contrast[keep], held[keep]
                distance, spread, slack, earlier = distance[keep], spread[keep], slack[keep], earlier[keep]
                best, side, origin = best[keep], side[keep], origin[keep]
                bracket = _Bracket(bracket.near[keep], bracket.far[keep])
    result[reason == DIVERGED] = np.inf
    return walked


class _Walked(NamedTuple):
    """Where walks have ended: signed-by-side distances (b,), twice the fall there (b,), codes (b,), which have been far off the
    ridge (b,), points (b, p), and curvature and information there (b, p, p)."""

    distance: Floats
    fall: Floats
    reason: NDArray[np.int8]
    strayed: Bools
    at: Floats
    curvature: Floats
    information: Floats

    @classmethod
    def of(cls, b: int, p: int) -> _Walked:
        """Of walks that have not begun."""
        distance, fall = np.full((2, b), np.nan)
        codes, strayed, square = np.full(b, MAX_ITER, dtype=np.int8), np.zeros(b, dtype=bool), np.zeros((2, b, p, p))
        return cls(distance, fall, codes, strayed, np.zeros((b, p)), square[0], square[1])


class _Bracket(NamedTuple):
    """Distances (b,) below and above which the profile has been seen to lie, updated in place."""

    near: Floats
    far: Floats

    def update(self, distance: Floats, beyond: Bools, trusted: Bools) -> None:
        np.copyto(self.near, np.maximum(self.near, distance), where=trusted & ~beyond)
        np.copyto(self.far, np.minimum(self.far, distance), where=trusted & beyond)


def _move(
    distance: Floats, drop: Floats, newton: _Newton, on_ridge: bool, bracket: _Bracket, root: float, held: Bools
) -> Floats:
    """How far to move outward (b,); needs divisions by zero to be ignored."""
    slope = newton.slope
    signed = np.sqrt(np.maximum(drop, 0.0))
    move = (root - signed) * signed / -slope
    move[held] = 0.0
    # the ordinary case: on the ridge, the profile falling, and less than a quarter of the way to go
    if on_ridge and np.maximum.reduce(slope) < 0 and np.logical_and.reduce(np.abs(move) <= 0.25 * distance):
        return move
    bracket.update(distance, signed > root, newton.decrement < TRUSTED)
    steep = signed > 1.5 * root
    if steep.any():  # where the profile drops away exponentially: Newton on the logarithm of the root
        move[steep] = (np.log(root / signed) * signed**2 / -slope)[steep]
    move[~(slope < 0)] = np.inf
    move = _keep_inside(distance, move, *bracket) - distance
    move[held] = 0.0
    return move


class _Newton(NamedTuple):
    """Inner Newton step (b, p), its decrement, the tangent of the ridge, the slope of the profile outward, and the
    inverse of the curvature, or None where that is not positive definite."""

    inner: Floats
    decrement: Floats
    tangent: Floats
    slope: Floats
    inverse: Floats | None

    def correction(self, third: Floats, step: Floats, contrast: Floats) -> Floats:
        """Change (b, p) of the other coordinates for the bend of the score along ``step`` (Chebyshev)."""
        assert self.inverse is not None
        bend = _times(self.inverse, _twice(third, step))
        bend -= np.einsum("bi,bi->b", contrast, bend)[:, None] * self.tangent
        return np.asarray(-0.5 * bend)


def _profile_step(value: Evaluation, contrast: Floats, side: Floats) -> _Newton:
    inverse = _sound_inverse(value.curvature)
    if inverse is None:
        return _profile_step_restricted(value, contrast, side)
    # the contrast's image is the tangent, and the Newton step of all coordinates holds the inner one
    newton, tangent = _times(inverse, value.score), _times(inverse, contrast)
    variance, along = np.einsum("bi,bi->b", tangent, contrast), np.einsum("bi,bi->b", newton, contrast)
    tangent /= variance[:, None]
    slope = along / variance
    outward = along * slope
    if not np.maximum.reduce(outward) < CANCELS:
        return _profile_step_restricted(value, contrast, side)
    inner = newton - along[:, None] * tangent
    decrement = np.einsum("bi,bi->b", value.score, newton) - outward
    return _Newton(inner, decrement, tangent, side * slope, inverse)


def _profile_step_restricted(value: Evaluation, contrast: Floats, side: Floats) -> _Newton:
    """The same where the curvature is positive definite only where the contrast is held, or not at all, or is all but flat."""
    basis = coordinates(contrast)
    value = turn(value._replace(third=None), basis)
    free = all_but(contrast.shape, 0)
    right = np.empty((*contrast.shape, 2))
    np.multiply(value.score, free, out=right[:, :, 0])
    np.multiply(value.curvature[:, :, 0], free, out=right[:, :, 1])
    both = free_inverse(value, free) @ right
    products = np.einsum("bic,bi->bc", right, both[:, :, 0])
    tangent = -both[:, :, 1]
    tangent[:, 0] = 1.0
    inner, slope = _times(basis, both[:, :, 0]), side * (value.score[:, 0] - products[:, 1])
    return _Newton(inner, products[:, 0], _times(basis, tangent), slope, None)


def _keep_inside(distance: Floats, move: Floats, near: Floats, far: Floats) -> Floats:
    """Accept a step that stays inside the bracket; otherwise bisect it, or expand where it is still open."""
    reached = np.maximum(distance, near)
    goal = np.minimum(np.where(np.isfinite(move), distance + move, np.inf), 2.0 * reached)
    outside = ((goal <= near) | (goal >= far)) & ~(np.abs(goal - distance) < 1e-6)
    if not outside.any():
        return goal
    middle = np.where(np.isfinite(far), 0.5 * (near + np.minimum(far, 1e300)), 1.6 * reached)
    return np.where(outside, middle, goal)
