"""CR2: cluster scores adjusted so that their covariance is unbiased under the working model, with Satterthwaite's df.

The working model is that of the fit: rows are independent, and a response has the variance ``V`` of its family, so that
score residuals ``r = T (y - m)`` have the expected information weights ``W = T V T`` as variances (Bell & McCaffrey 2002;
Pustejovsky & Tipton 2018, with the response's variance function as their working model).  ``T = m' / V`` is one for a
canonical link.  The observed information of other links is no variance of the scores, so it has no part here.
"""

from __future__ import annotations

import itertools
import math
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.fit.orthonormal import Orthonormal
from interventions_stats.engine.options import Floats
from interventions_stats.errors import InputError

Root: TypeAlias = Literal["symmetric", "whitened"]

MAX_SYMMETRIC_ROWS = 3000  # a decomposition of a matrix of the cluster's size
_CELLS = 1 << 21  # held at once
_NO_ROOM = 1e-10
_NEGLIGIBLE = 1e-60
_FEW_ROWS, _UNEVEN = 200, 1e-3
_STEP, _TAIL = 0.34, 30.0  # exp(-pi^2 / step) and exp(-tail) are below rounding


def bias_reduced(
    basis: Orthonormal,
    residuals: Floats,
    weights: Floats,
    counts: Floats,
    response: Floats,
    codes: NDArray[np.intp],
    contrasts: Floats,
    root: Root,
) -> tuple[Floats, Floats]:
    """CR2 meat (k, k) in orthonormal columns, and Satterthwaite's degrees of freedom (m,) of contrasts (m, k) of them.

    With ``u_g = A_g'Z_g c`` the quadratic form of a contrast has the matrix ``P_gh = 1(g = h) u_g'W_g u_g - b_g'b_h``,
    ``b_g = Z_g'W_g u_g``; its trace squared over its sum of squares gives the degrees of freedom.

    ``response`` (n,) is T.  Rows that are written out alike are adjusted alike, so a row of count f is one row times the root of f.
    """
    k, m = basis.X.shape[1], len(contrasts)
    order = np.argsort(codes, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(codes))])
    meat, spread, inner = np.zeros((k, k)), [], []
    for start, stop in itertools.pairwise(bounds):
        rows = order[start:stop]
        many = np.sqrt(counts[rows])
        z, weight = basis.rows(rows) * many[:, None], weights[rows]
        adjusted = _adjust(z, weight, response[rows], root)  # A_g'Z_g, shape (rows, k)
        score = adjusted.T @ (residuals[rows] * many)
        meat += np.outer(score, score)
        u = adjusted @ contrasts.T
        spread.append(weight @ u**2)
        inner.append(z.T @ (weight[:, None] * u))
    return meat, _satterthwaite(np.array(spread), np.array(inner), m)


def _satterthwaite(spread: Floats, inner: Floats, m: int) -> Floats:
    """Degrees of freedom (m,) from ``u_g'W_g u_g`` (G, m) and ``b_g`` (G, k, m)."""
    df = np.empty(m)
    for c in range(m):
        a, b = spread[:, c], inner[:, :, c]
        own, between = np.einsum("gi,gi->g", b, b), b.T @ b
        trace = float(np.sum(a - own))
        squares = float(np.sum(a**2 - 2 * a * own) + np.sum(between * between))
        df[c] = trace**2 / squares if squares > 0 else math.nan
    return df


def _adjust(z: Floats, weight: Floats, response: Floats, root: Root) -> Floats:
    """A_g'Z_g for the CR2 adjustment of one cluster's score residuals.

    On the scale of the response the adjustment is ``D (D S D)^(-1/2) D`` with ``D = V^(1/2)`` and ``S`` the variance of
    the fitted residuals; ``T`` takes it to the score residuals.
    """
    used = weight > _NEGLIGIBLE * weight.max()
    if not used.all():  # a row that weighs nothing has no leverage, and stays as it is
        adjusted = z.copy()
        if used.any():
            adjusted[used] = _adjust(z[used], weight[used], response[used], root)
        return adjusted
    variance = weight / response**2
    u = np.sqrt(weight)[:, None] * z
    room = np.eye(z.shape[1]) - u.T @ u
    if len(z) == 1 or root == "whitened" or np.ptp(variance) <= 1e-14 * variance.max():
        # (I - UU')^(-1/2) U = U (I - U'U)^(-1/2), so k x k matrices are enough
        return np.asarray(z @ _inverse_root(room, 1.0))
    least = float(np.linalg.eigvalsh(room)[0])
    plain = len(z) <= min(_FEW_ROWS, MAX_SYMMETRIC_ROWS) and variance.min() > _UNEVEN * variance.max()
    inner = _dense(u, variance) if plain or least <= _NO_ROOM else _rooted(u, variance, least)
    return np.asarray((np.sqrt(variance) / response)[:, None] * inner)


def _rooted(u: Floats, variance: Floats, least: float) -> Floats:
    """``(V(I - UU')V)^(-1/2) U`` by ``2/pi`` times the integral of ``(M + t^2)^(-1) U`` over t, each a k x k problem.

    The trapezoidal rule in log t is exact to rounding, and rows of very different variances keep their own digits, which a
    decomposition of M would take from the small ones.
    """
    low, high = np.log(variance.min()) + 0.5 * np.log(least), np.log(variance.max())
    nodes, total = np.exp(np.arange(low - _TAIL, high + _TAIL, _STEP)), np.zeros_like(u)
    turned, size = variance[:, None] * u, 1 + _CELLS // u.size
    for start in range(0, len(nodes), size):
        t = nodes[start : start + size, None]
        share = t / (variance**2 + t * t)  # (nodes, rows), so are the products below with columns last
        mixed = (share * variance)[:, :, None] * u
        taken = np.eye(u.shape[1]) - turned.T @ (mixed / t[:, :, None])
        total += (share.sum(axis=0)[:, None] * u) + np.einsum(
            "tij,tjk->ik", mixed / t[:, :, None], np.linalg.solve(taken, mixed.transpose(0, 2, 1) @ u)
        )
    return np.asarray(2.0 / np.pi * _STEP * total)


def _dense(u: Floats, variance: Floats) -> Floats:
    """The same by a decomposition of M: quicker for few rows of even variances, and all there is where the fit leaves no room.

    A dummy for each cluster leaves none in one direction, which then stays at zero.
    """
    if len(u) > MAX_SYMMETRIC_ROWS:
        raise InputError(
            f"a cluster has {len(u)} rows, more than the {MAX_SYMMETRIC_ROWS} that the symmetric root of CR2 can take where "
            "the columns leave it no room; use root='whitened', or kind='CR1'"
        )
    middle = np.diag(variance**2) - (variance[:, None] * u) @ (variance[:, None] * u).T
    return _inverse_root(middle, float(variance.max()) ** 2) @ u


def _inverse_root(matrix: Floats, size: float) -> Floats:
    """Symmetric inverse square root; directions that the fit leaves no room for (eigenvalue zero) stay at zero."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-14 * size
    roots = np.where(kept, 1 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
    return np.asarray((vectors * roots) @ vectors.T)
