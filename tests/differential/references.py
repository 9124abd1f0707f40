"""Regressions in 40-digit arithmetic, in the user's units: Newton's method on formulas written down a second time.

A start may come from anywhere: what is returned is a zero of the score to 25 digits at which the curvature is positive
definite, which for a concave likelihood is the maximum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np
from scipy.optimize import linprog

from tests.differential.designs import Case, Floats

DIGITS, ITERATIONS = 60, 80
mp.mp.dps = DIGITS
Number = Any
Vector = list[Number]


class Answer(NamedTuple):
    """Coefficients (p,), their covariance (p, p), or None where it is not compared, and the maximum of the objective, or None."""

    params: Floats
    cov: Floats | None = None
    loglik: float | None = None


class Row(NamedTuple):
    """One row's log-likelihood, its derivative, minus the second one, and the expected information with two derivatives."""

    loglik: Number
    score: Number
    curvature: Number
    weight: Number
    weight1: Number
    weight2: Number


class NoMaximum(Exception):
    """The iteration found no maximum."""


def logit_row(eta: Number, y: Number) -> Row:
    p = 1 / (1 + mp.exp(-eta))
    w = p / (1 + mp.exp(eta))
    return Row(y * eta - mp.log1p(mp.exp(eta)), y - p, w, w, w * (1 - 2 * p), w * (1 - 6 * w))


def poisson_row(eta: Number, y: Number) -> Row:
    mean = mp.exp(eta)
    return Row(y * eta - mean - mp.loggamma(y + 1), y - mean, mean, mean, mean, mean)


def cloglog_row(eta: Number, y: Number) -> Row:
    rate = mp.exp(eta)
    ratio = rate / mp.expm1(rate)
    turn = ratio * (1 - rate - ratio)
    weight, growth = rate * ratio, 2 - rate - ratio
    tail = weight, weight * growth, weight * (growth**2 - rate - turn)
    if y:
        return Row(mp.log(-mp.expm1(-rate)), ratio, -turn, *tail)
    return Row(-rate, -rate, rate, *tail)


ROWS: dict[str, Callable[[Number, Number], Row]] = {"logit": logit_row, "poisson": poisson_row, "cloglog": cloglog_row}


class Data:
    """A case with every number turned exactly into forty digits; rows of weight zero are left out."""

    def __init__(self, case: Case) -> None:
        keep = np.ones(len(case.y), bool) if case.weights is None else case.weights > 0
        self.x = [[mp.mpf(float(v)) for v in row] for row in case.matrix[keep]]
        self.y = [mp.mpf(float(v)) for v in case.y[keep]]
        self.w = [mp.mpf(1)] * len(self.y) if case.weights is None else [mp.mpf(float(v)) for v in case.weights[keep]]
        self.offset = (
            [mp.mpf(0)] * len(self.y) if case.offset is None else [mp.mpf(float(v)) for v in case.offset[keep]]
        )
        self.p = len(self.x[0])

    def eta(self, b: Sequence[Number]) -> Vector:
        return [mp.fdot(row, b) + o for row, o in zip(self.x, self.offset, strict=True)]

    def square(self, weights: Sequence[Number]) -> Any:
        out = mp.matrix(self.p)
        for i in range(self.p):
            column = [w * row[i] for w, row in zip(weights, self.x, strict=True)]
            for j in range(i, self.p):
                out[i, j] = out[j, i] = mp.fdot(column, [row[j] for row in self.x])
        return out

    def times(self, values: Sequence[Number]) -> Vector:
        return [mp.fdot(values, [row[j] for row in self.x]) for j in range(self.p)]


class Point(NamedTuple):
    objective: Number
    score: Vector
    curvature: Any
    information: Any


def regression(model: str, case: Case, start: Floats, *, penalised: bool = False) -> Answer:
    """Maximum (penalised) likelihood, with the inverse expected information."""
    data = Data(case)
    b, top = climb(lambda b: point(data, ROWS[model], b, penalised), start)
    return Answer(floats(b), array(top.information**-1), float(top.objective))


def point(data: Data, kernel: Callable[[Number, Number], Row], b: Sequence[Number], penalised: bool) -> Point:
    rows = [kernel(eta, y) for eta, y in zip(data.eta(b), data.y, strict=True)]

    def weighted(field: int) -> Vector:
        return [w * row[field] for w, row in zip(data.w, rows, strict=True)]

    objective, score = mp.fsum(weighted(0)), data.times(weighted(1))
    curvature, information = data.square(weighted(2)), data.square(weighted(3))
    if not penalised:
        return Point(objective, score, curvature, information)
    inverse, p, slopes = information**-1, data.p, weighted(4)
    lever = [mp.fdot(row, list(inverse * mp.matrix(row))) for row in data.x]
    slope = data.times([q * s / 2 for q, s in zip(lever, slopes, strict=True)])
    bend = data.square([q * s for q, s in zip(lever, weighted(5), strict=True)])
    turned = [inverse * data.square([s * row[a] for s, row in zip(slopes, data.x, strict=True)]) for a in range(p)]
    across = [[list(m[i, :]) for i in range(p)] for m in turned]
    down = [[list(m[:, i]) for i in range(p)] for m in turned]
    for a in range(p):
        for c in range(a + 1):
            trace = mp.fsum(mp.fdot(across[a][i], down[c][i]) for i in range(p))
            curvature[a, c] -= (bend[a, c] - trace) / 2
            curvature[c, a] = curvature[a, c]
    objective += mp.log(mp.det(information)) / 2
    return Point(objective, [s + t for s, t in zip(score, slope, strict=True)], curvature, information)


def climb(point_at: Callable[[Vector], Point], start: Sequence[Number] | Floats) -> tuple[Vector, Point]:
    """Newton's method with halving."""
    b = [mp.mpf(v) for v in start]
    point = point_at(b)
    for _ in range(ITERATIONS):
        step = mp.lu_solve(point.curvature, mp.matrix(point.score))
        # the decrement does not depend on units; its root is the step in standard errors
        if abs(mp.fdot(list(step), point.score)) < mp.mpf(10) ** -45:
            if not _positive_definite(point.curvature):
                raise NoMaximum("the curvature is not positive definite")
            return [v + s for v, s in zip(b, step, strict=True)], point
        for halving in range(60):
            trial = [v + s / 2**halving for v, s in zip(b, step, strict=True)]
            reached = point_at(trial)
            if reached.objective >= point.objective - mp.mpf(10) ** -35 * abs(point.objective):
                break
        b, point = trial, reached
    raise NoMaximum("Newton's method did not end")


def _positive_definite(matrix: Any) -> bool:
    try:
        mp.cholesky(matrix)
    except ValueError:
        return False
    return True


def negative_binomial(case: Case, start: Floats) -> Answer:
    """NB2 by maximum likelihood, alpha last, with the inverse observed information."""
    data = Data(case)

    def at(b: Vector) -> Point:
        p, r = data.p, 1 / b[-1]
        value, tail, turn = mp.mpf(0), mp.mpf(0), mp.mpf(0)
        first, second, cross = [], [], []
        for eta, y, w in zip(data.eta(b[:-1]), data.y, data.w, strict=True):
            mean = mp.exp(eta)
            value += w * (
                mp.loggamma(y + r)
                - mp.loggamma(r)
                - mp.loggamma(y + 1)
                + r * mp.log(r)
                + y * eta
                - (r + y) * mp.log(r + mean)
            )
            first.append(w * r * (y - mean) / (r + mean))
            second.append(w * mean * r * (r + y) / (r + mean) ** 2)
            by_r = mp.digamma(y + r) - mp.digamma(r) + mp.log(r) + 1 - mp.log(r + mean) - (r + y) / (r + mean)
            by_rr = mp.psi(1, y + r) - mp.psi(1, r) + 1 / r - 1 / (r + mean) - (mean - y) / (r + mean) ** 2
            tail -= w * by_r * r**2  # dr/dalpha is -r^2
            turn += w * (by_rr * r**4 + 2 * by_r * r**3)
            cross.append(-w * (y - mean) * mean / (r + mean) ** 2 * r**2)
        curvature = mp.matrix(p + 1)
        curvature[:p, :p] = data.square(second)
        for j, c in enumerate(data.times(cross)):
            curvature[j, p] = curvature[p, j] = -c
        curvature[p, p] = -turn
        return Point(value, [*data.times(first), tail], curvature, curvature)

    b, top = climb(at, start)
    return Answer(floats(b), array(top.curvature**-1), float(top.objective))


def rare_events(case: Case, start: Floats) -> Answer:
    """King and Zeng's estimator: maximum likelihood less (X'WX)^-1 X'W xi, xi = x_i'V x_i (p_i - 1/2) (their equation 16)."""
    data = Data(case)
    b, top = climb(lambda v: point(data, logit_row, v, False), start)
    inverse, n = top.information**-1, len(data.y)
    terms = []
    for row, eta in zip(data.x, data.eta(b), strict=True):
        p = 1 / (1 + mp.exp(-eta))
        terms.append(p * (1 - p) * mp.fdot(row, list(inverse * mp.matrix(row))) * (p - mp.mpf(1) / 2))
    bias = inverse * mp.matrix(data.times(terms))
    shrink = (mp.mpf(n) / (n + data.p)) ** 2
    return Answer(floats([v - c for v, c in zip(b, bias, strict=True)]), array(inverse * shrink))


def separated(case: Case, count: bool = False) -> bool:
    """Whether some direction never lowers the likelihood, by a linear program on columns of unit length."""
    keep = np.ones(len(case.y), bool) if case.weights is None else case.weights > 0
    x, y = np.linalg.qr(_centred(case.X[keep]))[0], case.y[keep]
    signed = x * np.where(y > 0, 1.0, -1.0)[:, None]
    signed /= np.linalg.norm(signed, axis=1, keepdims=True)
    held = (y > 0) if count else np.zeros(len(y), bool)
    free, p = int((~held).sum()), x.shape[1]
    found = linprog(
        np.concatenate([np.zeros(p), -np.ones(free)]),
        A_ub=np.hstack([-signed[~held], np.eye(free)]),
        b_ub=np.zeros(free),
        A_eq=np.hstack([signed[held], np.zeros((int(held.sum()), free))]) if held.any() else None,
        b_eq=np.zeros(int(held.sum())) if held.any() else None,
        bounds=[(None, None)] * p + [(0, 1)] * free,
    )
    return -found.fun > 0.5


def all_but_separated(model: str, case: Case) -> bool:
    """Whether the information at the maximum leaves some direction of columns of unit variance less than 1e-7 an event."""
    keep = np.ones(len(case.y), bool) if case.weights is None else case.weights > 0
    r = np.linalg.qr(_centred(case.X[keep]))[1]
    orthonormal = np.linalg.solve(r.T, _centred(case.X).T).T[:, 1:]  # the constant remains in their span
    moved = case._replace(X=orthonormal - orthonormal[keep].mean(axis=0))
    try:
        cov = regression(model, moved, np.zeros(1 + case.X.shape[1])).cov
    except NoMaximum:
        return True
    events = float(case.y.sum() if case.weights is None else case.weights @ case.y)
    assert cov is not None
    return float(np.linalg.eigvalsh(cov).max()) * events / keep.sum() > 1e7


def distinct(case: Case) -> bool:
    """Whether every column keeps a share of more than 1e-8 beside the earlier ones."""
    keep = np.ones(len(case.y), bool) if case.weights is None else case.weights > 0
    x = _centred(case.X[keep])
    if len(x) < x.shape[1] or not np.linalg.norm(x, axis=0).all():
        return False
    x = x / np.linalg.norm(x, axis=0)
    return bool((np.abs(np.diagonal(np.linalg.qr(x)[1])) > 1e-8).all())


def _centred(X: Floats) -> Floats:
    z = X - X.mean(axis=0)
    return np.column_stack([np.ones(len(z)), z / np.maximum(np.abs(z).max(axis=0), 1e-300)])


def floats(values: Sequence[Number]) -> Floats:
    return np.array([float(v) for v in values])


def array(matrix: Any) -> Floats:
    return np.array([[float(matrix[i, j]) for j in range(matrix.cols)] for i in range(matrix.rows)])
