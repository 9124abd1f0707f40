"""Hard designs of a conditional logit, and their answers by 40-digit arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
from scipy.optimize import linprog

from tests.differential.references import Answer, NoMaximum

mp.mp.dps = 40
KINDS = ("plain", "far out", "rare", "collinear", "calendar", "ties", "offset", "weights", "long", "near separation")


@dataclass(frozen=True)
class Problem:
    """Outcome (n,), columns (n, p), strata (n,), and perhaps an offset and weights; ``kind`` says what is hard about it."""

    kind: str
    y: np.ndarray
    X: np.ndarray
    strata: np.ndarray
    offset: np.ndarray | None = None
    weights: np.ndarray | None = None

    @property
    def hardship(self) -> tuple[str, ...]:
        return (self.kind,)

    def options(self) -> dict[str, Any]:
        given = {"y": self.y, "X": self.X, "strata": self.strata, "offset": self.offset, "weights": self.weights}
        return {k: v for k, v in given.items() if v is not None}


def problem(seed: int) -> Problem:
    """Draw a problem; kinds take turns, and the same seed gives the same one."""
    return _design(KINDS[seed % len(KINDS)], np.random.default_rng(seed))


def _design(kind: str, rng: np.random.Generator) -> Problem:
    while True:
        sizes = rng.integers(2, 9, rng.integers(6, 14)) if kind != "long" else np.array([rng.integers(60, 120)])
        strata = np.repeat(rng.permutation(len(sizes)), sizes)
        n = len(strata)
        X = rng.normal(size=(n, 1 if kind in ("long", "far out") else 2))
        X = _columns(kind, X, strata, rng)
        within = (X - X.mean(axis=0)) / X.std(axis=0)
        eta = within @ rng.normal(0, 3.0 if kind == "near separation" else 0.7, X.shape[1])
        eta = eta + rng.normal(0, 1, len(sizes))[strata] - 0.3
        y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
        events = np.bincount(strata, y)
        informative = ((events > 0) & (events < np.bincount(strata)))[strata]
        if not informative.any() or any(np.ptp(X[informative], axis=0) == 0):
            continue
        offset = rng.normal(0, 2, n) if kind == "offset" else None
        weights = rng.integers(0, 4, len(sizes))[strata].astype(float) if kind == "weights" else None
        if weights is not None and not (weights * informative).any():
            continue
        return Problem(kind, y, X, strata, offset, weights)


def _columns(kind: str, X: np.ndarray, strata: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n = len(X)
    if kind == "far out":
        X[rng.integers(n)] = 15.0
    if kind == "rare":
        X[:, 1] = 0.0
        X[rng.choice(n, 2, replace=False), 1] = 1.0
    if kind == "collinear":
        X[:, 1] = X[:, 0] + 10.0 ** rng.uniform(-7, -3) * X[:, 1]
    if kind == "calendar":
        year = rng.integers(1990, 2020, n).astype(float)
        X = np.column_stack([year, year**2])
    if kind == "ties":
        X = np.round(X)
    if kind == "plain":
        X = X * 10.0 ** rng.uniform(-6, 6, 2) + rng.normal(0, 10.0 ** rng.uniform(0, 6), 2)
    return X


def is_separated(problem: Problem) -> bool:
    """Whether a direction has all differences between events and other rows of a stratum on one side, some strictly."""
    rows = _differences(problem)
    rows = rows / np.abs(rows).max(axis=0)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found = linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1), method="highs")
    return bool((rows @ found.x > 1e-7).any())


def _differences(problem: Problem) -> np.ndarray:
    used = np.ones(len(problem.y), bool) if problem.weights is None else problem.weights > 0
    parts = []
    for s in np.unique(problem.strata):
        x, y = (a[used & (problem.strata == s)] for a in (problem.X, problem.y))
        parts.append((x[y == 1][:, None] - x[y == 0][None]).reshape(-1, x.shape[1]))
    rows = np.concatenate(parts)
    return rows[np.any(rows != 0, axis=1)]


class Reference:
    """The conditional likelihood in multiple precision, in columns that are scaled by their spread within strata."""

    def __init__(self, problem: Problem, firth: bool) -> None:
        self.firth, self.strata = firth, []
        centred = problem.X - np.array([problem.X[problem.strata == s].mean(axis=0) for s in problem.strata])
        self.basis = _whitening(centred)
        for s in np.unique(problem.strata):
            rows = np.flatnonzero(problem.strata == s)
            m = int(problem.y[rows].sum())
            weight = 1.0 if problem.weights is None else problem.weights[rows[0]]
            if m in (0, len(rows)) or weight == 0:
                continue
            x = [[mp.mpf(float(v)) for v in problem.X[i]] for i in rows]
            mean = [sum(r[k] for r in x) / len(x) for k in range(len(x[0]))]
            z = np.array([[a - b for a, b in zip(r, mean, strict=True)] for r in x]) @ self.basis
            offset = [mp.mpf(0 if problem.offset is None else float(problem.offset[i])) for i in rows]
            self.strata.append((z, problem.y[rows] == 1, m, mp.mpf(float(weight)), offset))
        self.p = problem.X.shape[1]

    def jet(self, theta: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray]:
        """Log-likelihood, score and information."""
        p = self.p
        loglik, score, information = mp.mpf(0), np.full(p, mp.mpf(0)), np.full((p, p), mp.mpf(0))
        for z, event, m, weight, offset in self.strata:
            eta = z @ theta + offset
            e = [mp.mpf(1)] + [mp.mpf(0)] * m
            first = [np.full(p, mp.mpf(0)) for _ in range(m + 1)]
            second = [np.full((p, p), mp.mpf(0)) for _ in range(m + 1)]
            for x, value in zip(z, eta, strict=True):
                r, square = mp.exp(value), np.outer(x, x)
                for j in range(m, 0, -1):
                    cross = np.outer(first[j - 1], x)
                    second[j] = second[j] + r * (second[j - 1] + cross + cross.T + square * e[j - 1])
                    first[j] = first[j] + r * (first[j - 1] + x * e[j - 1])
                    e[j] = e[j] + r * e[j - 1]
            mean = first[m] / e[m]
            loglik += weight * (sum(eta[event]) - mp.log(e[m]))
            score = score + weight * (z[event].sum(axis=0) - mean)
            information = information + weight * (second[m] / e[m] - np.outer(mean, mean))
        return loglik, score, information

    def objective(self, theta: np.ndarray) -> Any:
        loglik, _, information = self.jet(theta)
        return loglik + mp.log(_determinant(information)) / 2 if self.firth else loglik

    def derivatives(self, theta: np.ndarray, free: list[int]) -> tuple[Any, np.ndarray, np.ndarray]:
        """Objective, gradient and minus the Hessian among free coordinates; the penalty's by differences."""
        if not self.firth:
            loglik, score, information = self.jet(theta)
            return loglik, score[free], information[np.ix_(free, free)]
        h = mp.mpf(10) ** -10
        unit = np.array([[mp.mpf(int(i == j)) * h for j in range(self.p)] for i in range(self.p)])[free]
        here = self.objective(theta)
        up, down = ([self.objective(theta + s * u) for u in unit] for s in (1, -1))
        gradient = np.array([(a - b) / (2 * h) for a, b in zip(up, down, strict=True)])
        hessian = np.full((len(free), len(free)), mp.mpf(0))
        for i in range(len(free)):
            hessian[i, i] = -(up[i] + down[i] - 2 * here) / h**2
            for j in range(i):
                both = self.objective(theta + unit[i] + unit[j])
                hessian[i, j] = hessian[j, i] = -(both - up[i] - up[j] + here) / h**2
        return here, gradient, hessian

    def maximise(self, start: np.ndarray, free: list[int]) -> tuple[np.ndarray, Any]:
        theta, scale = start.copy(), mp.mpf(1)
        value, gradient, hessian = self.derivatives(theta, free)
        for _ in range(200):
            hessian = np.array([[mp.mpf(v) for v in row] for row in hessian])
            try:
                step = _solve(hessian, gradient)
                uphill = sum(step * gradient) > 0
            except ZeroDivisionError:
                uphill = False
            if not uphill:  # not concave here
                step = gradient
            longest = max(abs(v) for v in step)
            step = step * min(scale, 2 / longest if longest else 1)
            trial = theta.copy()
            trial[free] = trial[free] + step
            found = self.derivatives(trial, free)
            if found[0] >= value:
                theta, (value, gradient, hessian), scale = trial, found, mp.mpf(1)
            else:
                scale /= 2
            if longest < mp.mpf(10) ** -12 or scale < mp.mpf(10) ** -25:
                return theta, value
        raise NoMaximum("the reference did not converge")


def _whitening(within: np.ndarray) -> np.ndarray:
    scale = within.std(axis=0)
    triangle = np.linalg.qr(within / scale, mode="r")
    basis = np.linalg.inv(triangle) * np.sqrt(len(within)) / scale[:, None]
    return np.array([[mp.mpf(float(v)) for v in row] for row in basis])


def _determinant(a: np.ndarray) -> Any:
    return mp.det(mp.matrix(a.tolist()))


def _solve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.array(list(mp.lu_solve(mp.matrix(a.tolist()), mp.matrix(b.tolist()))))


def reference(problem: Problem, params: np.ndarray, firth: bool = False) -> Answer:
    """Maximise in 40 digits, from the estimate."""
    whole = Reference(problem, firth)
    start = _solve(whole.basis, np.array([mp.mpf(float(v)) for v in params]))
    theta, value = whole.maximise(start, list(range(whole.p)))
    inverse = mp.matrix(whole.jet(theta)[2].tolist()) ** -1
    cov = whole.basis @ np.array(inverse.tolist()).reshape(whole.p, whole.p) @ whole.basis.T
    shift = mp.log(abs(_determinant(whole.basis))) if firth else mp.mpf(0)
    return Answer((whole.basis @ theta).astype(float), cov.astype(float), float(value - shift))


def distinct(problem: Problem) -> bool:
    """Whether no column is a combination of others among the differences within strata."""
    rows = _differences(problem)
    return bool(np.linalg.matrix_rank(rows / np.abs(rows).max(axis=0), tol=1e-9) == problem.X.shape[1])
