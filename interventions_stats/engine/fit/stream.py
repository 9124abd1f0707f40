"""The closure of one fit over a table too long for its row products: passes over blocks of rows.

Nothing of the size of the design is allocated: a block of columns is centred in a
buffer that stays in cache, and scales are applied to the small results; nearly collinear columns are whitened a block at
a time, since small results would carry their rounding. The penalised fit uses Fisher scoring, whose error per step shrinks
with the number of rows.
"""

from __future__ import annotations

import numpy as np

from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.solver.kernels import WORK, Floats, Kernel, Pointwise
from interventions_stats.engine.solver.likelihood import inverse_and_half_logdet
from interventions_stats.engine.solver.newton import Evaluate, Evaluation, Rows

BLOCK = 4_096


def streamed(design: Design, kernel: Kernel, penalised: bool) -> Evaluate:
    """Return ``evaluate(theta, rows)``; every row of the batch is the same fit at its own ``theta``."""
    stream = _Stream(design, kernel, penalised)

    def evaluate(theta: Floats, rows: Rows) -> Evaluation:
        parts = [stream.evaluate(point) for point in theta]
        objective, score, curvature, information = (np.stack(column) for column in zip(*parts, strict=True))
        return Evaluation(objective, score, information if penalised else curvature, information, 1 if penalised else 2)

    return evaluate


class _Stream:
    """Buffers and block loop of a streamed fit."""

    def __init__(self, design: Design, kernel: Kernel, penalised: bool) -> None:
        self.design, self.kernel, self.penalised = design, kernel, penalised
        self.blocks = [slice(i, min(i + BLOCK, design.n)) for i in range(0, design.n, BLOCK)]
        self.whole = design.whitening is not None  # blocks then hold all that is fitted, the intercept and the scales
        k = design.p if self.whole else design.X.shape[1]
        self.first = design.p - k
        self.scale = np.ones(design.p) if self.whole else np.concatenate([np.ones(self.first), design.scale])
        self.work = np.empty((WORK, 1, BLOCK))
        self.centred, self.weighted = np.empty((BLOCK, k)), np.empty((BLOCK, k))

    def evaluate(self, theta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Objective (), score (p,), curvature (p, p) and expected information (p, p) at one point."""
        design, kernel, p = self.design, self.kernel, self.design.p
        loglik, score = 0.0, np.zeros(p)
        curvature, information = np.zeros((p, p)), np.zeros((p, p))
        for rows in self.blocks:
            x = self._block(rows)
            eta = self._eta(theta, x, rows)
            if kernel.canonical:
                y = design.y[rows] if design.weights is None else design.y[rows] * design.weights[rows]
                loglik += float(y @ eta[0])
            point = self._pointwise(eta, rows, 0)
            loglik += float(point.loglik[0])
            slope = np.negative(point.descent[0])
            if kernel.canonical:
                slope += y
            score += self._times(slope, x)
            self._add_square(information, point.weight[0], x)
            if not kernel.canonical:
                self._add_square(curvature, point.curvature[0], x)
        scale = self.scale
        score /= scale
        information /= np.outer(scale, scale)
        curvature = information if kernel.canonical else curvature / np.outer(scale, scale)
        if self.penalised:
            inverse, half_logdet = inverse_and_half_logdet(information[None])
            loglik += float(half_logdet[0])
            score += self._penalty_slope(theta, inverse[0])
        return np.asarray(loglik), score, curvature, information

    def _penalty_slope(self, theta: Floats, inverse: Floats) -> Floats:
        scale, total = self.scale, np.zeros(self.design.p)
        inverse = inverse / np.outer(scale, scale)
        for rows in self.blocks:
            x = self._block(rows)
            point = self._pointwise(self._eta(theta, x, rows), rows, 1)
            assert point.weight1 is not None
            full = np.column_stack([np.ones(len(x)), x]) if self.first else x
            total += self._times(np.einsum("ij,ij->i", full @ inverse, full) * point.weight1[0], x)
        return 0.5 * total / scale

    def _block(self, rows: slice) -> Floats:
        if self.whole:
            return self.design.standardised(rows)
        block = self.design.X[rows]
        return np.subtract(block, self.design.centre, out=self.centred[: len(block)]) if self.first else block

    def _eta(self, theta: Floats, x: Floats, rows: slice) -> Floats:
        eta = self.work[0][:, : len(x)]
        np.matmul(x, theta[self.first :] / self.scale[self.first :], out=eta[0])
        if self.first:
            eta += theta[0]
        if self.design.offset is not None:
            eta += self.design.offset[rows]
        return eta

    def _pointwise(self, eta: Floats, rows: slice, derivatives: int) -> Pointwise:
        design = self.design
        weights = None if design.weights is None else design.weights[None, rows]
        y = None if self.kernel.canonical else design.y[None, rows]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return self.kernel.pointwise(eta, y, weights, derivatives, self.work[:, :, : eta.shape[1]])

    def _times(self, values: Floats, x: Floats) -> Floats:
        return np.concatenate([[values.sum()], values @ x]) if self.first else values @ x

    def _add_square(self, total: Floats, weight: Floats, x: Floats) -> None:
        """Add X' diag(w) X of a block to ``total``."""
        weighted = np.multiply(x, weight[:, None], out=self.weighted[: len(x)])
        total[self.first :, self.first :] += weighted.T @ x
        if self.first:
            cross = weight @ x
            total[0, 0] += weight.sum()
            total[0, 1:] += cross
            total[1:, 0] += cross
