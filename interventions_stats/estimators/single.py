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

from interventions_stats.estimators.kernels import Floats
from interventions_stats.estimators.likelihood import Batch, packing
from interventions_stats.estimators.solver import CONVERGED, DEFAULT, FORESEEN, LONGEST_LAST, Evaluation, Solution

_FEW_ITERATIONS = 25
_FARTHEST = 30.0  # of the linear predictor, beyond which the batched kernel is more careful


class _Point(NamedTuple):
    """Objective, score (p,), curvature and information (p, p), its derivative (p, p, p), factor of the curvature."""

    objective: float
    score: Floats
    curvature: Floats
    information: Floats
    cube: Floats
    factor: Floats


def fit_one(batch: Batch, start: Floats) -> tuple[Solution, Evaluation] | None:
    """Maximise a batch of one penalised logit from ``start`` (1, p); None where the batched solver is needed.

    Returns
    -------
    Solution, and the Evaluation at its maximum
    """
    if batch.kernel.name != "logit" or not batch.penalised or batch.products.triples is None:
        return None
    if batch.include is not None:
        return None
    theta, earlier = start[0], np.inf
    point = _evaluate(batch, theta)
    for iteration in range(_FEW_ITERATIONS):
        if point is None:
            return None
        step, size = _step(point)
        if size > DEFAULT.max_step:
            return None
        theta, before = theta + step, point.objective
        point = _evaluate(batch, theta)
        if point is None or not point.objective >= before - 1e-12 * (1.0 + abs(before)):
            return None
        if size <= DEFAULT.tolerance[1] or (size <= LONGEST_LAST[1] and size * (size / earlier) ** 2 <= FORESEEN):
            return _pack(theta, point, iteration + 1)
        earlier = size
    return None


def _step(point: _Point) -> tuple[Floats, float]:
    """Newton's step with Chebyshev's correction, and the length of Newton's."""
    step = dpotrs(point.factor, point.score, lower=1)[0]
    size = float(np.abs(step).max())
    change = dpotrs(point.factor, (point.cube @ step) @ step, lower=1)[0]
    return (step - 0.5 * change if float(np.abs(change).max()) <= size else step), size


def _evaluate(batch: Batch, theta: Floats) -> _Point | None:
    x, pairs, triples = batch.products.x, batch.products.pairs, batch.products.triples
    assert triples is not None
    p = len(theta)
    two = packing(p, 2)
    eta = x @ theta
    if batch.offset is not None:
        eta += batch.offset[0]
    if not eta.max() < _FARTHEST:
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
    leverage *= weight2
    pair = turned.reshape(p, p, p)
    hessian = (leverage @ pairs).take(two.spread).reshape(p, p)
    hessian -= pair.transpose(2, 0, 1).reshape(p, -1) @ pair.transpose(1, 0, 2).reshape(-1, p)
    curvature = information - 0.5 * hessian
    factor, failed = dpotrf(curvature, lower=1)
    if failed:
        return None
    sufficient = batch.sufficient[0]
    score = sufficient - mean @ x + 0.5 * turned.reshape(p * p, p)[:: p + 1].sum(axis=0)
    objective = float(sufficient @ theta + batch.constant[0] + loglik.sum()) + half_logdet
    return _Point(objective, score, curvature, information, cube.reshape(p, p, p), factor)


def inverse_of(factor: Floats) -> Floats:
    """Inverse (p, p) of a matrix from its lower Cholesky factor."""
    lower = dpotri(factor, lower=1)[0]
    inverse = lower + lower.T
    inverse.ravel("K")[:: len(inverse) + 1] *= 0.5
    return np.asarray(inverse, dtype=np.float64)


def _pack(theta: Floats, point: _Point, iterations: int) -> tuple[Solution, Evaluation]:
    objective = np.array([point.objective])
    solution = Solution(theta[None], objective, np.array([CONVERGED], dtype=np.int8), np.array([iterations]))
    value = Evaluation(
        objective, point.score[None], point.curvature[None], point.information[None], 2, point.cube[None]
    )
    return solution, value
