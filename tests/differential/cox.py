"""Hard designs of a Cox regression, and their answers by 40-digit arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
from scipy.optimize import linprog

from tests.differential.references import Answer, NoMaximum

mp.mp.dps = 40
KINDS = (
    "plain",
    "late entry",
    "rare",
    "collinear",
    "calendar",
    "ties",
    "offset",
    "weights",
    "strata",
    "near separation",
)


@dataclass(frozen=True)
class Problem:
    """Intervals (start, stop] with an outcome (n,), columns (n, p), and what else there is; ``kind`` says what is hard."""

    kind: str
    y: np.ndarray
    X: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    ties: str
    strata: np.ndarray | None = None
    offset: np.ndarray | None = None
    weights: np.ndarray | None = None

    @property
    def hardship(self) -> tuple[str, ...]:
        return (self.kind,)

    def options(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if v is not None and k != "kind"}


def problem(seed: int) -> Problem:
    """Draw a problem; kinds take turns, and the same seed gives the same one."""
    return _design(KINDS[seed % len(KINDS)], np.random.default_rng(seed))


def _design(kind: str, rng: np.random.Generator) -> Problem:
    n = int(rng.integers(20, 60))
    X = _columns(kind, rng.normal(size=(n, 2)), rng)
    within = (X - X.mean(axis=0)) / X.std(axis=0)
    eta = within @ rng.normal(0, 3.0 if kind == "near separation" else 0.6, 2)
    start = rng.integers(0, 6, n) / 10 if kind in ("late entry", "ties") else np.zeros(n)
    length = rng.exponential(size=n) * np.exp(-eta)
    if kind == "ties":
        length = np.ceil(np.minimum(length, 20.0)) * 0.1  # sums of decimals, equal but for rounding
    y = (rng.random(n) < 0.6).astype(float)
    y[rng.integers(n)] = 1.0
    strata = rng.integers(0, 3, n) if kind == "strata" else None
    offset = rng.normal(0, 2, n) if kind == "offset" else None
    weights = rng.integers(0, 4, n) * 0.5 if kind == "weights" else None
    if weights is not None:
        weights[y == 1] += 0.5
    ties = "breslow" if rng.random() < 0.4 else "efron"
    return Problem(kind, y, X, start, start + length, ties, strata, offset, weights)


def _columns(kind: str, X: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n = len(X)
    if kind == "rare":
        X[:, 1] = 0.0
        X[rng.choice(n, 2, replace=False), 1] = 1.0
    if kind == "collinear":
        X[:, 1] = X[:, 0] + 10.0 ** rng.uniform(-7, -3) * X[:, 1]
    if kind == "calendar":
        year = rng.integers(1990, 2020, n).astype(float)
        X = np.column_stack([year, year**2])
    if kind == "plain":
        X = X * 10.0 ** rng.uniform(-6, 6, 2) + rng.normal(0, 10.0 ** rng.uniform(0, 6), 2)
    return X


def risk_sets(problem: Problem) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows at risk and rows with an event, at every event time of every stratum; times rounded to twelve digits."""
    start, stop = np.round(problem.start, 12), np.round(problem.stop, 12)
    strata = np.zeros(len(stop)) if problem.strata is None else problem.strata
    used = np.ones(len(stop), bool) if problem.weights is None else problem.weights > 0
    found = []
    for s in np.unique(strata):
        own = used & (strata == s)
        for t in np.unique(stop[own & (problem.y == 1)]):
            at_risk = np.flatnonzero(own & (start < t) & (stop >= t))
            found.append((at_risk, np.flatnonzero(own & (stop == t) & (problem.y == 1))))
    return found


def _differences(problem: Problem) -> np.ndarray:
    rows = np.concatenate([problem.X[i] - problem.X[r] for r, events in risk_sets(problem) for i in events])
    return rows[np.any(rows != 0, axis=1)]


def is_separated(problem: Problem) -> bool:
    """Whether a direction has every event at least as high as all at risk with it, some higher."""
    rows = _differences(problem)
    if not len(rows):
        return False
    rows = rows / np.maximum(np.abs(rows).max(axis=0), 1e-300)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found = linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1), method="highs")
    return bool((rows @ found.x > 1e-7).any())


def distinct(problem: Problem) -> bool:
    """Whether no column is a combination of others among the differences within risk sets."""
    rows = _differences(problem)
    if not len(rows):
        return False
    return bool(np.linalg.matrix_rank(rows / np.maximum(np.abs(rows).max(axis=0), 1e-300), tol=1e-9) == rows.shape[1])


class Reference:
    """The partial likelihood in multiple precision, in whitened columns."""

    def __init__(self, problem: Problem) -> None:
        n = len(problem.y)
        centred = problem.X - problem.X.mean(axis=0)
        scale = centred.std(axis=0)
        triangle = np.linalg.qr(centred / scale, mode="r")
        basis = np.linalg.inv(triangle) * np.sqrt(n) / scale[:, None]
        self.basis = np.array([[mp.mpf(float(v)) for v in row] for row in basis])
        x = np.array([[mp.mpf(float(v)) for v in row] for row in problem.X])
        self.z = (x - x.sum(axis=0) / n) @ self.basis
        self.offset = np.array([mp.mpf(0 if problem.offset is None else float(problem.offset[i])) for i in range(n)])
        self.weight = np.array([mp.mpf(1 if problem.weights is None else float(problem.weights[i])) for i in range(n)])
        self.sets, self.efron = risk_sets(problem), problem.ties == "efron"

    def jet(self, theta: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray]:
        p = len(theta)
        loglik, score, information = mp.mpf(0), np.full(p, mp.mpf(0)), np.full((p, p), mp.mpf(0))
        eta = self.z @ theta + self.offset
        risk = np.array([w * mp.exp(v) for w, v in zip(self.weight, eta, strict=True)])
        for at_risk, events in self.sets:
            own, d = self.weight[events], len(events)
            loglik += own @ eta[events]
            score = score + own @ self.z[events]
            for k in range(d):
                share = risk.copy()
                if self.efron:
                    share[events] = share[events] * (1 - mp.mpf(k) / d)
                z, r = self.z[at_risk], share[at_risk]
                total, each = r.sum(), own.sum() / d
                mean = r @ z / total
                loglik -= each * mp.log(total)
                score = score - each * mean
                information = information + each * ((z * r[:, None]).T @ z / total - np.outer(mean, mean))
        return loglik, score, information


def reference(problem: Problem, params: np.ndarray) -> Answer:
    """Maximise in 40 digits, from zero."""
    whole = Reference(problem)
    theta, scale = np.full(problem.X.shape[1], mp.mpf(0)), mp.mpf(1)
    value, score, information = whole.jet(theta)
    for _ in range(300):
        step = np.array(list(mp.lu_solve(mp.matrix(information.tolist()), mp.matrix(score.tolist()))))
        longest = max(abs(v) for v in step)
        if longest < mp.mpf(10) ** -15:
            inverse = np.array((mp.matrix(information.tolist()) ** -1).tolist()).reshape(information.shape)
            cov = whole.basis @ inverse @ whole.basis.T
            return Answer((whole.basis @ theta).astype(float), cov.astype(float), float(value))
        trial = theta + step * min(scale, 2 / longest)
        found = whole.jet(trial)
        if found[0] >= value:
            theta, (value, score, information), scale = trial, found, mp.mpf(1)
        else:
            scale /= 2
    raise NoMaximum("the reference did not converge")
