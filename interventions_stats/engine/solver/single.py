"""One penalised logit on plain vectors: the ordinary case, at a third of the cost of a batch of one.

A fit of a few hundred rows is calls, not arithmetic, so this path knows nothing but full Newton steps. Whatever is not
ordinary (a step that does not climb, a curvature that is not positive definite) it hands back to the batched solver,
which halves, falls back and says why it stopped. The formulas are those of ``likelihood``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs

from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.engine.solver.likelihood import Batch, packing
from interventions_stats.engine.solver.newton import CONVERGED, DEFAULT, FORESEEN, LONGEST_LAST, Evaluation, Solution

FEW_ITERATIONS = 25
FARTHEST = 30.0  # of the linear predictor, beyond which the batched kernel is more careful


class Point(NamedTuple):
    """Objective, score (p,), curvature and information (p, p), the derivative of the information (p, p, p), and the largest
    variance of a row's linear predictor."""

    objective: float
    score: Floats
    curvature: Floats
    information: Floats
    cube: Floats
    variance: float


def fit_one(batch: Batch, start: Floats) -> tuple[Solution, Evaluation, float] | None:
    """Maximise a batch of one penalised logit from ``start`` (1, p); None where the batched solver is needed.

    Returns
    -------
    Solution, the Evaluation at its maximum, and the largest variance of a row's linear predictor there
    """
    if not fits(batch):
        return None
    theta, earlier = start[0], np.inf
    point = _evaluate(batch, theta)
    for iteration in range(FEW_ITERATIONS):
        if point is None:
            return None
        proposal = _step(point)
        if proposal is None:
            return None
        step, size = proposal
        if size > DEFAULT.max_step:
            return None
        if size <= DEFAULT.tolerance[1] or (size <= LONGEST_LAST[1] and size * (size / earlier) ** 2 <= FORESEEN):
            return packed(theta + step, after(point, step), iteration + 1)
        theta, before, earlier = theta + step, point.objective, size
        point = _evaluate(batch, theta)
        if point is None or not point.objective >= before - 1e-12 * (1.0 + abs(before)):
            return None
    return None


def fits(batch: Batch) -> bool:
    """Whether a batch is of one penalised logit, few enough columns to keep the products of three."""
    logit = batch.kernel.name == "logit" and batch.penalised
    return logit and batch.products.triples is not None and batch.include is None


def _step(point: Point) -> tuple[Floats, float] | None:
    """Newton's step with Chebyshev's correction, and the length of Newton's; None where the curvature is not positive definite."""
    factor, failed = dpotrf(point.curvature, lower=1)
    if failed:
        return None
    step = dpotrs(factor, point.score, lower=1)[0]
    size = float(np.maximum.reduce(np.abs(step)))
    change = dpotrs(factor, (point.cube @ step) @ step, lower=1)[0]
    return (step - 0.5 * change if np.maximum.reduce(np.abs(change)) <= size else step), size


def after(point: Point, step: Floats) -> Point:
    """The point a last step further, by expansion: the square of that step is below rounding.

    Of the derivative of the curvature only that of the information is known; its error is a fraction of the step.
    """
    change = point.cube @ step
    return point._replace(
        objective=point.objective + 0.5 * float(point.score @ step),
        score=point.score - point.curvature @ step,
        curvature=point.curvature + change,
        information=point.information + change,
    )


def _evaluate(batch: Batch, theta: Floats) -> Point | None:
    x, pairs, triples = batch.products.x, batch.products.pairs, batch.products.triples
    assert triples is not None
    p = len(theta)
    two = packing(p, 2)
    eta = x @ theta
    if batch.offset is not None:
        eta += batch.offset[0]
    if not np.maximum.reduce(eta) < FARTHEST:
        return None
    odds = np.exp(eta)
    rest = 1.0 / (1.0 + odds)
    mean = odds * rest
    weight = mean * rest
    weight1, weight2 = weight * (rest - mean), weight * (1.0 - 6.0 * weight)
    loglik = np.log(rest)
    if batch.weights is not None:
        for array in (mean, weight, weight1, weight2, loglik):
            array *= batch.weights[0]
    information = (weight @ pairs).take(two.spread).reshape(p, p)
    factor, failed = dpotrf(information, lower=1)
    if failed:
        return None
    half_logdet = math.log(factor.diagonal().prod())
    inverse = inverse_of(factor)
    cube = (weight1 @ triples).take(packing(p, 3).spread).reshape(p, p * p)
    turned = inverse @ cube
    leverage = pairs @ (inverse.ravel().take(two.first) * two.times)
    variance = float(np.maximum.reduce(leverage))
    leverage *= weight2
    pair = turned.reshape(p, p, p)
    hessian = (leverage @ pairs).take(two.spread).reshape(p, p)
    hessian -= pair.transpose(2, 0, 1).reshape(p, -1) @ pair.transpose(1, 0, 2).reshape(-1, p)
    curvature = information - 0.5 * hessian
    sufficient = batch.sufficient[0]
    score = sufficient - mean @ x + 0.5 * turned.reshape(p * p, p)[:: p + 1].sum(axis=0)
    objective = float(sufficient @ theta + batch.constant[0] + np.add.reduce(loglik)) + half_logdet
    return Point(objective, score, curvature, information, cube.reshape(p, p, p), variance)


def inverse_of(factor: Floats) -> Floats:
    """Inverse (p, p) of a matrix from its lower Cholesky factor."""
    lower = dpotri(factor, lower=1)[0]
    inverse = lower + lower.T
    inverse.ravel("K")[:: len(inverse) + 1] *= 0.5
    return np.asarray(inverse, dtype=np.float64)


def packed(theta: Floats, point: Point, iterations: int) -> tuple[Solution, Evaluation, float]:
    objective = np.array([point.objective])
    solution = Solution(
        theta[None], objective, np.array([CONVERGED], dtype=np.int8), np.array([iterations]), np.array([np.nan])
    )
    value = Evaluation(
        objective, point.score[None], point.curvature[None], point.information[None], 2, point.cube[None]
    )
    return solution, value, point.variance
