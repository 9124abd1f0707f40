"""The closure of one fit over a table too long for its row products: passes over blocks of rows.

Nothing of the size of the design is allocated; each block is standardised in a
buffer that stays in cache.  The penalised fit uses Fisher scoring, whose error per step
shrinks with the number of rows.
"""

from __future__ import annotations

import numpy as np

from interventions_stats.estimators.design import Design
from interventions_stats.estimators.kernels import WORK, Floats, Kernel, Pointwise
from interventions_stats.estimators.likelihood import inverse_and_half_logdet
from interventions_stats.estimators.solver import Evaluate, Evaluation, Rows

BLOCK = 8_192


def streamed(design: Design, kernel: Kernel, penalised: bool) -> Evaluate:
    """Return ``evaluate(theta, rows)``; every row of the batch is the same fit at its own ``theta``."""
    blocks = [slice(i, min(i + BLOCK, design.n)) for i in range(0, design.n, BLOCK)]
    work = np.empty((WORK, 1, BLOCK))

    def evaluate(theta: Floats, rows: Rows) -> Evaluation:
        parts = [_one(design, kernel, penalised, t, blocks, work) for t in theta]
        stack = [np.stack(column) for column in zip(*parts, strict=True)]
        exact = kernel.canonical and not penalised
        return Evaluation(stack[0], stack[1], stack[3] if penalised else stack[2], stack[3], exact or not penalised)

    return evaluate


def _one(
    design: Design, kernel: Kernel, penalised: bool, theta: Floats, blocks: list[slice], work: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Objective (), score (p,), curvature (p, p) and expected information (p, p) at one point."""
    p = design.p
    loglik, score = 0.0, np.zeros(p)
    curvature, information = np.zeros((p, p)), np.zeros((p, p))
    for rows in blocks:
        x = design.standardised(rows)
        point = _pointwise(design, kernel, theta, x, rows, False, work)
        slope = point.score[0]
        loglik += float(point.loglik[0])
        if kernel.canonical:
            y = design.y[rows] if design.weights is None else design.y[rows] * design.weights[rows]
            slope += y
            loglik += float(y @ _eta(design, theta, x, rows))
        score += slope @ x
        information += (x * point.weight[0][:, None]).T @ x
        if not kernel.canonical:
            curvature += (x * point.curvature[0][:, None]).T @ x
    if kernel.canonical:
        curvature = information
    if penalised:
        inverse, half_logdet = inverse_and_half_logdet(information[None])
        loglik += float(half_logdet[0])
        for rows in blocks:
            x = design.standardised(rows)
            point = _pointwise(design, kernel, theta, x, rows, True, work)
            assert point.weight1 is not None
            leverage = np.einsum("ij,ij->i", x @ inverse[0], x)
            score += 0.5 * (leverage * point.weight1[0]) @ x
    return np.asarray(loglik), score, curvature, information


def _eta(design: Design, theta: Floats, x: Floats, rows: slice) -> Floats:
    eta = x @ theta
    return eta if design.offset is None else eta + design.offset[rows]


def _pointwise(
    design: Design, kernel: Kernel, theta: Floats, x: Floats, rows: slice, derivatives: bool, work: Floats
) -> Pointwise:
    layer = work[:, :, : len(x)]
    layer[0, 0] = _eta(design, theta, x, rows)
    weights = None if design.weights is None else design.weights[None, rows]
    y = None if kernel.canonical else design.y[None, rows]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return kernel.pointwise(layer[0], y, weights, derivatives, layer)
