"""Inverses of positive definite matrices: of many small ones at once, and of large ones by their Cholesky factors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri

Floats = NDArray[np.float64]

_MANY, _SMALL = 96, 8  # matrices from which, and their size up to which, sweeps beat one LAPACK call a matrix
_LARGE = 24  # size from which half the work is worth a call of its own
_SOUND = 1e-10  # share of a variance that the earlier rows must leave


def swept(matrices: Floats) -> tuple[Floats, Floats] | None:
    """Invert a stack of symmetric matrices (b, p, p): small ones by Gauss-Jordan sweeps along the batch, large ones by Cholesky.

    Returns
    -------
    inverse : array (b, p, p)
    pivots : array (p, b), whose product is the determinant
        Or None where there are few small matrices, or one that is not clearly positive definite: LAPACK, which pivots, is
        then faster or better.

    Examples
    --------
    >>> inverse, pivots = swept(np.stack([[[2.0, 1.0], [1.0, 1.0]]] * 96))
    >>> inverse[0].tolist(), float(pivots.prod(axis=0)[0])
    ([[1.0, -1.0], [-1.0, 2.0]], 1.0)
    """
    b, p, _ = matrices.shape
    if p >= _LARGE:
        return _factorised(matrices)
    if b < _MANY or p > _SMALL:
        return None
    work = np.ascontiguousarray(matrices.transpose(1, 2, 0))  # the batch last, so that each step is one long vector
    least = _SOUND * np.einsum("iib->ib", work)
    pivots, product = np.empty((p, b)), np.empty_like(work)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for k in range(p):
            pivots[k] = work[k, k]
            inverse = 1.0 / pivots[k]
            row, column = work[k] * inverse, work[:, k].copy()
            column[k] = 0.0
            work -= np.multiply(column[:, None], row, out=product)
            np.multiply(column, -inverse, out=work[:, k])
            work[k], work[k, k] = row, inverse
    if not (pivots > np.maximum(least, 0.0)).all():
        return None
    return np.ascontiguousarray(work.transpose(2, 0, 1)), pivots


def _factorised(matrices: Floats) -> tuple[Floats, Floats] | None:
    """The same by one factorisation a matrix."""
    b, p, _ = matrices.shape
    inverse, pivots = np.empty((b, p, p)), np.empty((p, b))
    for i, matrix in enumerate(matrices):
        factor, failed = dpotrf(matrix, lower=1)
        pivots[:, i] = factor.diagonal() ** 2
        if failed or not (pivots[:, i] > _SOUND * matrix.diagonal()).all():
            return None
        lower = dpotri(factor, lower=1)[0]
        np.add(lower, lower.T, out=inverse[i])
    np.einsum("bii->bi", inverse)[...] *= 0.5
    return inverse, pivots
