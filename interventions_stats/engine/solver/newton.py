"""A batched, damped Newton solver that knows no model.

It maximises many small concave-or-nearly-so functions at once.  All it sees is a
closure ``evaluate(theta, rows)`` that returns, for the fits ``rows`` of the batch,
the objective, its gradient and the curvature (minus the Hessian, or a positive
definite stand-in for it).  Fits that are done leave the batch; why each one
stopped is a value, not a warning.

The order of a closure says what the error after a step is. With a stand-in for the
Hessian (1) it is a fraction of the step, which must fall below 1e-11 in standardised units; with the
Hessian (2) of the order of its square, and 1e-7 leaves errors near 1e-13; with third derivatives as well (3)
of the order of its cube, and 1e-5 is enough. Two steps in a row tell the constant, so a last step a few times longer
will do where the error it leaves, extrapolated from the step before, is below 1e-12. (No more than a few: a step that
happens to land well tells too small a constant.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.solver.sweep import swept

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.intp] | slice
Reason = Literal["converged", "max_iter", "step_halving", "singular", "diverged"]
REASONS: tuple[Reason, ...] = ("converged", "max_iter", "step_halving", "singular", "diverged")
CONVERGED, MAX_ITER, STEP_HALVING, SINGULAR, DIVERGED = range(5)


class Evaluation(NamedTuple):
    """Value of b functions at b points.

    ``objective`` (b,), ``score`` (b, p), ``curvature`` (b, p, p); ``stand_in`` (b, p, p) is a
    matrix to fall back on where ``curvature`` is not positive definite. ``third`` (b, p, p, p), where it comes for
    free, is about minus the third derivative; ``bend(step)`` (b, p) applies it twice to a direction, and holds until
    the closure is called again. ``order`` is 1 if ``curvature`` stands in for minus the Hessian, 2 if it is that, and 3 if
    ``bend`` is exact too.
    """

    objective: Floats
    score: Floats
    curvature: Floats
    stand_in: Floats | None = None
    order: Literal[1, 2, 3] = 2
    third: Floats | None = None
    bend: Callable[[Floats], Floats] | None = None

    def take(self, rows: NDArray[np.intp]) -> Evaluation:
        """The evaluation of some rows of the batch, in any order and number."""
        return Evaluation(
            self.objective[rows],
            self.score[rows],
            self.curvature[rows],
            None if self.stand_in is None else self.stand_in[rows],
            self.order,
            None if self.third is None else self.third[rows],
        )

    @property
    def information(self) -> Floats:
        """The stand-in where there is one (for a likelihood the expected information), else the curvature (b, p, p)."""
        return self.curvature if self.stand_in is None else self.stand_in


Evaluate = Callable[[Floats, Rows], Evaluation]


@dataclass(frozen=True, slots=True)
class Settings:
    """Largest last step of a closure of order 1, 2 and 3, and limits, in the units of ``theta``.

    A step may be ``max_step`` long, and after ``patience`` iterations twice as long each time, so that a far maximum is
    reached. ``fading`` ends a fit whose decrement falls by a constant factor, as it does on the way to a maximum at infinity.
    """

    tolerance: tuple[float, float, float] = (1e-11, 1e-7, 1e-5)
    max_iter: int = 100
    max_step: float = 5.0
    patience: int = 20
    max_halvings: int = 25
    fading: bool = True

    def longest(self, iteration: int) -> float:
        """Longest step that an iteration may try."""
        return self.max_step * 2.0 ** max(iteration - self.patience, 0)


DEFAULT = Settings()
# trace of the inverse curvature, times the events, from which a step in columns of unit variance may be rounding
FAINT = 1e8
# decrement below which Newton's method has a maximum within reach of its square, if there is one that is not faint
FADED = 1e-13
FORESEEN = 1e-12  # largest extrapolated error after a last step longer than the tolerance
LONGEST_LAST = (0.0, 3e-6, 1e-4)  # of a closure of order 1, 2 and 3


@dataclass(frozen=True, slots=True)
class Solution:
    """Maximisers of a batch: ``theta`` (fits, p), ``objective`` (fits,), ``reason`` codes (fits,), ``iterations`` (fits,).

    ``variance`` (fits,) is the trace of the inverse curvature where the last step was taken from.
    """

    theta: Floats
    objective: Floats
    reason: NDArray[np.int8]
    iterations: NDArray[np.int64]
    variance: Floats

    @property
    def converged(self) -> Bools:
        return self.reason == CONVERGED

    @property
    def reasons(self) -> list[Reason]:
        return [REASONS[code] for code in self.reason]


def maximise(evaluate: Evaluate, start: Floats, *, free: Bools | None = None, settings: Settings = DEFAULT) -> Solution:
    """Maximise a batch of functions by Newton's method with step caps and step halving.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(theta, rows)`` with ``theta`` (b, p) and the rows of the batch it belongs to.
    start : array (fits, p)
        Starting values, also the values of coordinates that are held fixed.
    free : bool array (fits, p), optional
        False holds a coordinate at its starting value.
    settings : Settings

    Returns
    -------
    Solution
    """
    theta = np.array(start, dtype=np.float64)
    if len(theta) == 1 and free is None:
        return _maximise_one(evaluate, theta, settings)
    reason = np.full(len(theta), MAX_ITER, dtype=np.int8)
    iterations = np.full(len(theta), settings.max_iter, dtype=np.int64)
    live: Rows = slice(None)
    number = np.arange(len(theta))
    value = evaluate(theta, live)
    best, here, held = value.objective, theta, free
    trial_step, size, decrement, spread = _propose(value, held, settings.longest(0))
    variance = spread.copy()
    halvings = np.zeros(len(theta), dtype=np.int64)
    before, earlier = np.full(len(theta), np.inf), np.full(len(theta), np.inf)
    limit = settings.tolerance[value.order - 1]
    objective = best.copy()
    for iteration in range(settings.max_iter):
        code = _judge(size, decrement, before, earlier, value.order, here, halvings, limit, settings)
        done = code >= 0
        if done.any():
            ready = code == CONVERGED
            out = number[done]
            reason[out], iterations[out], variance[out] = code[done], iteration, spread[done]
            # a converged fit still takes its last step and the gain it predicts
            theta[out] = np.where(ready[:, None], here + trial_step, here)[done]
            objective[out] = np.where(ready, best + 0.5 * decrement, best)[done]
            if done.all():
                return Solution(theta, objective, reason, iterations, variance)
            keep = ~done
            number, here, best, halvings = number[keep], here[keep], best[keep], halvings[keep]
            trial_step, size, decrement, before = trial_step[keep], size[keep], decrement[keep], before[keep]
            earlier, spread = earlier[keep], spread[keep]
            held = None if held is None else held[keep]
            live = number
        trial = here + trial_step
        value = evaluate(trial, live)
        proposal, fresh_size, fresh, fresh_spread = _propose(value, held, settings.longest(iteration + 1))
        better = value.objective >= best - 1e-12 * (1.0 + np.abs(best))
        before = np.where(better, decrement, before)
        earlier = np.where(better & (halvings == 0), size, np.inf)  # a halved step says nothing of the constant
        if better.all():
            here, best, trial_step, decrement, size = trial, value.objective, proposal, fresh, fresh_size
            spread = fresh_spread
            halvings[:] = 0
        else:
            column = better[:, None]
            here, trial_step = np.where(column, trial, here), np.where(column, proposal, 0.5 * trial_step)
            best, decrement = np.where(better, value.objective, best), np.where(better, fresh, np.inf)
            size, halvings = np.where(better, fresh_size, size), np.where(better, 0, halvings + 1)
            spread = np.where(better, fresh_spread, spread)
    theta[number], objective[number], variance[number] = here, best, spread
    return Solution(theta, objective, reason, iterations, variance)


def _maximise_one(evaluate: Evaluate, here: Floats, settings: Settings) -> Solution:
    """The same for a batch of one, whose book-keeping would otherwise cost more than its arithmetic."""
    every, halvings, before, earlier = slice(None), 0, np.inf, np.inf
    value = evaluate(here, every)
    best, (step, size, decrement, spread) = (
        float(value.objective[0]),
        _scalars(_propose(value, None, settings.longest(0))),
    )
    limit = settings.tolerance[value.order - 1]
    code, iteration = MAX_ITER, settings.max_iter
    for number in range(settings.max_iter):
        code = _judge_one(size, decrement, before, earlier, value.order, here, halvings, limit, settings)
        if code >= 0:
            iteration = number
            break
        trial = here + step
        value = evaluate(trial, every)
        reached = float(value.objective[0])
        if reached >= best - 1e-12 * (1.0 + abs(best)):
            earlier = size if halvings == 0 else np.inf
            here, best, before, halvings = trial, reached, decrement, 0
            step, size, decrement, spread = _scalars(_propose(value, None, settings.longest(number + 1)))
        else:
            step, decrement, earlier, halvings = 0.5 * step, np.inf, np.inf, halvings + 1
    if code == CONVERGED:
        here, best = here + step, best + 0.5 * decrement
    code = MAX_ITER if code < 0 else code
    return Solution(here, np.array([best]), np.array([code], dtype=np.int8), np.array([iteration]), np.array([spread]))


def _scalars(proposal: tuple[Floats, Floats, Floats, Floats]) -> tuple[Floats, float, float, float]:
    return proposal[0], float(proposal[1][0]), float(proposal[2][0]), float(proposal[3][0])


def _judge_one(
    size: float, decrement: float, before: float, earlier: float, order: int, here: Floats,
    halvings: int, limit: float, settings: Settings,
) -> int:  # fmt: skip
    """Like :func:`_judge`, of one fit."""
    if halvings:
        return STEP_HALVING if halvings > settings.max_halvings else -1
    if not np.isfinite(size):
        return SINGULAR
    if size <= limit * (1.0 + 1e-3 * float(np.abs(here).max(initial=0.0))):
        return CONVERGED
    if size <= LONGEST_LAST[order - 1] and size * (size / earlier) ** order <= FORESEEN:
        return CONVERGED
    if limit > settings.tolerance[0] and abs(decrement) < 1e-18:
        return CONVERGED
    fading = settings.fading and (order > 1 or size > 0.1)
    return DIVERGED if fading and decrement < FADED and decrement > 0.05 * before else -1


def _propose(value: Evaluation, free: Bools | None, most: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the step to try (b, p), no longer than ``most``, and of the Newton step that it comes from the size (b,) and the decrement (b,).

    Last comes the trace of the inverse curvature (b,). Where third derivatives are at hand, Chebyshev's correction is added to a step that it changes little.
    """
    inverse = free_inverse(value, free)
    step, decrement = newton_step(value, inverse, free)
    size = largest(step)
    length = size
    if value.bend is not None:
        twice = value.bend(step)
        if free is not None:
            twice = twice * free
        change = -0.5 * (inverse @ twice[:, :, None])[:, :, 0]
        small = largest(change) <= 0.5 * size
        step = step + change * small[:, None]
        length = largest(step)
    if length.max(initial=0.0) > most:
        step = step * (most / np.maximum(length, most))[:, None]
    return step, size, decrement, np.einsum("bii->b", inverse)


def _judge(
    size: Floats,
    decrement: Floats,
    before: Floats,
    earlier: Floats,
    order: int,
    here: Floats,
    halvings: NDArray[np.int64],
    limit: float,
    settings: Settings,
) -> NDArray[np.int8]:
    """Say which fits are done (code >= 0)."""
    code = np.full(len(size), -1, dtype=np.int8)
    fresh = halvings == 0
    # a decrement at rounding level is as near as nearly collinear columns allow, however long the step
    close = nearly_there(size, earlier, order) | (size <= limit * (1.0 + 1e-3 * largest(here)))
    if limit > settings.tolerance[0]:
        close |= np.abs(decrement) < 1e-18
    code[fresh & close] = CONVERGED
    if settings.fading:
        # near a maximum decrements fall by their square; one that only fades leads to a maximum at infinity
        fading = (decrement < FADED) & (decrement > 0.05 * before)
        if order == 1:  # whose decrements fall by a constant factor everywhere
            fading &= size > 0.1
        code[fresh & fading & ~close] = DIVERGED
    code[~np.isfinite(size)] = SINGULAR
    code[halvings > settings.max_halvings] = STEP_HALVING
    return code


def largest(vectors: Floats) -> Floats:
    """Largest absolute coordinate (b,) of each vector (b, p)."""
    return np.asarray(np.maximum.reduce(np.abs(vectors), axis=1, initial=0.0))


def nearly_there(size: Floats, earlier: Floats, order: int) -> Bools:
    """Tell after which steps (b,) the error will be below ``FORESEEN``, given the steps before them."""
    with np.errstate(invalid="ignore"):
        ratio = size / earlier
        return np.asarray((size <= LONGEST_LAST[order - 1]) & (size * ratio**order <= FORESEEN))


def newton_step(value: Evaluation, inverse: Floats, free: Bools | None) -> tuple[Floats, Floats]:
    """Return the Newton steps (b, p) and the decrements score'step (b,)."""
    score = value.score if free is None else value.score * free
    step = (inverse @ score[:, :, None])[:, :, 0]
    return step, np.einsum("bi,bi->b", score, step)


def free_inverse(value: Evaluation, free: Bools | None) -> Floats:
    """Invert the curvature (b, p, p) among free coordinates; NaN where neither it nor its stand-in is usable.

    Held coordinates keep a one on the diagonal: multiply it with vectors that are zero there.
    """
    matrices = value.curvature if free is None else restrict(value.curvature, free)
    if (found := swept(matrices)) is not None:
        return found[0]
    try:
        if value.curvature is not value.stand_in:  # an expected information needs no check
            np.linalg.cholesky(matrices)
        inverse = np.asarray(np.linalg.inv(matrices), dtype=np.float64)
        if np.einsum("bii->bi", inverse).min(initial=1.0) > 0:
            return inverse
        usable = positive_definite(matrices)
    except np.linalg.LinAlgError:
        usable = positive_definite(matrices)
    if value.stand_in is not None:
        other = value.stand_in if free is None else restrict(value.stand_in, free)
        matrices = np.where(usable[:, None, None], matrices, other)
        usable |= positive_definite(matrices)
    matrices = np.where(usable[:, None, None], matrices, np.eye(matrices.shape[-1]))
    return np.where(usable[:, None, None], np.linalg.inv(matrices), np.nan)


def contraction(third: Floats) -> Callable[[Floats], Floats]:
    """Return ``bend`` for a tensor ``third`` (b, p, p, p)."""

    def bend(step: Floats) -> Floats:
        return ((third @ step[:, None, :, None])[..., 0] @ step[:, :, None])[:, :, 0]

    return bend


def restrict(matrices: Floats, free: Bools) -> Floats:
    """Replace the rows and columns of coordinates that are not free by those of the identity."""
    held = ~free
    out = matrices * (free[:, :, None] & free[:, None, :])
    np.einsum("bii->bi", out)[held] = 1.0
    return out


def positive_definite(matrices: Floats) -> Bools:
    """Tell which matrices of a stack are positive definite to working precision."""
    diagonal = np.where(np.isfinite(matrices).all(axis=2), np.einsum("bii->bi", matrices), -1.0)
    sound: Bools = np.asarray((diagonal > 0).all(axis=1))
    scale = np.sqrt(np.where(sound[:, None], diagonal, 1.0))
    unit = np.eye(matrices.shape[-1])
    scaled = np.where(sound[:, None, None], matrices / (scale[:, :, None] * scale[:, None, :]), unit)
    return np.asarray(sound & (np.linalg.eigvalsh(scaled).min(axis=1, initial=1.0) > 1e-14))
