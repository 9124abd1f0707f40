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

MAX_SYMMETRIC_ROWS = 3000  # the symmetric root decomposes a matrix of the cluster's size


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
    variance = weight / response**2
    if not len(z) or not weight.any():
        return z
    if len(z) == 1 or root == "whitened" or np.ptp(variance) <= 1e-14 * variance.max():
        # (I - UU')^(-1/2) U = U (I - U'U)^(-1/2), so k x k matrices are enough
        u = np.sqrt(weight)[:, None] * z
        return np.asarray(z @ _inverse_root(np.eye(z.shape[1]) - u.T @ u, 1.0))
    if len(z) > MAX_SYMMETRIC_ROWS:
        raise InputError(
            f"a cluster has {len(z)} rows, more than the {MAX_SYMMETRIC_ROWS} that the symmetric root of CR2 can take; "
            "use root='whitened', or kind='CR1'"
        )
    u, deviation = (weight / response)[:, None] * z, np.sqrt(variance)[:, None]
    middle = deviation * (np.diag(variance) - u @ u.T) * deviation.T
    inner = _inverse_root(middle, float(variance.max()) ** 2) @ (np.sqrt(weight)[:, None] * z)
    return np.asarray(deviation / response[:, None] * inner)


def _inverse_root(matrix: Floats, size: float) -> Floats:
    """Symmetric inverse square root; directions that the fit leaves no room for (eigenvalue zero) stay at zero."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-14 * size
    roots = np.where(kept, 1 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
    return np.asarray((vectors * roots) @ vectors.T)
