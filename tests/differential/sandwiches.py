"""Robust covariances in 40-digit arithmetic: the definitions on rows that their weights count, at the estimate of the reference."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
from numpy.typing import NDArray

from tests.differential.designs import Case, Floats
from tests.differential.references import ROWS, Answer, Data, Number, regression

GROUPS = 12


def groups(case: Case) -> NDArray[np.int64]:
    """Twelve clusters of rows that lie apart."""
    return np.arange(len(case.y)) % GROUPS


def robust(model: str, kind: str, case: Case, start: Floats) -> Answer:
    """The fit with the covariance HC0 to HC3 or CR0 to CR2."""
    fit, data = regression(model, case, start), Data(case)
    etas = data.eta(_polished(model, data, fit.params))
    rows = [ROWS[model](eta, y) for eta, y in zip(etas, data.y, strict=True)]
    bread = data.square([w * r.weight for w, r in zip(data.w, rows, strict=True)]) ** -1
    keep = np.ones(len(case.y), bool) if case.weights is None else case.weights > 0
    labels = groups(case)[keep]
    n, p = mp.fsum(data.w), data.p
    if kind.startswith("HC"):
        meat, factor = _row_by_row(data, rows, bread, kind), n / (n - p) if kind == "HC1" else mp.mpf(1)
    else:
        clusters = np.unique(labels)
        size = mp.mpf(len(clusters))
        factor = size / (size - 1) * (n - 1) / (n - p) if kind == "CR1" else mp.mpf(1)
        meat = mp.matrix(p)
        for label in clusters:
            i = np.flatnonzero(labels == label)
            score = _score(data, rows, bread, i, [_per_response(model, etas[j]) for j in i] if kind == "CR2" else None)
            meat += score * score.T
    cov = bread * meat * bread * factor
    return fit._replace(cov=np.array([[float(cov[i, j]) for j in range(p)] for i in range(p)]), loglik=None)


def _polished(model: str, data: Data, params: Floats) -> list[Number]:
    """The estimate in forty digits, from one in sixteen."""
    b = mp.matrix([mp.mpf(float(v)) for v in params])
    for _ in range(4):
        rows = [ROWS[model](eta, y) for eta, y in zip(data.eta(list(b)), data.y, strict=True)]
        score = mp.matrix(data.times([w * r.score for w, r in zip(data.w, rows, strict=True)]))
        b += mp.lu_solve(data.square([w * r.curvature for w, r in zip(data.w, rows, strict=True)]), score)
    return list(b)


def _row_by_row(data: Data, rows: list[Any], bread: Any, kind: str) -> Any:
    squares = []
    for x, w, row in zip(data.x, data.w, rows, strict=True):
        room = 1 - row.weight * mp.fdot(x, list(bread * mp.matrix(x)))
        squares.append(w * row.score**2 / {"HC2": room, "HC3": room**2}.get(kind, mp.mpf(1)))
    return data.square(squares)


def _score(data: Data, rows: list[Any], bread: Any, i: NDArray[np.intp], per_response: list[Number] | None) -> Any:
    """Score (p, 1) of one cluster; adjusted for CR2, on the scale of the response, where that is given.

    A row that counts f times is one row times the root of f: rows that are alike are adjusted alike.
    """
    many = [mp.sqrt(data.w[j]) for j in i]
    x = mp.matrix([[f * v for v in data.x[j]] for f, j in zip(many, i, strict=True)])
    r = mp.matrix([f * rows[j].score for f, j in zip(many, i, strict=True)])
    if per_response is None:
        return x.T * r
    variance = [rows[j].weight / t**2 for j, t in zip(i, per_response, strict=True)]
    columns = mp.diag([t * v for t, v in zip(per_response, variance, strict=True)]) * x  # m'X
    deviation = mp.diag([mp.sqrt(v) for v in variance])
    middle = deviation * (mp.diag(variance) - columns * bread * columns.T) * deviation
    values, vectors = mp.eigsy(middle)
    most = max(values)
    root = (
        vectors * mp.diag([1 / mp.sqrt(v) if v > most * mp.mpf(10) ** -34 else mp.mpf(0) for v in values]) * vectors.T
    )
    adjusted = deviation * root * deviation * mp.matrix([v / t for v, t in zip(r, per_response, strict=True)])
    return x.T * mp.diag(per_response) * adjusted


def _per_response(model: str, eta: Number) -> Number:
    """Score per unit of response residual: m'/V, which is one for a canonical link."""
    rate = mp.exp(eta)
    return rate + rate / mp.expm1(rate) if model == "cloglog" else mp.mpf(1)
