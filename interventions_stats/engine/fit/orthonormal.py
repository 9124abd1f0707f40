"""Columns made orthonormal under the weights, so that no covariance depends on units or loses digits to a far mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from interventions_stats.engine.options import Floats
from interventions_stats.errors import EstimationError

CHUNK_ROWS = 1 << 16
_SINGULAR = 1e-11  # of a column's length is left beside the earlier ones


@dataclass(frozen=True, slots=True)
class Orthonormal:
    """``Z = X inverse`` with ``Z'diag(weights)Z = I``; the information of ``X`` inverts to ``inverse inverse'``.

    Attributes
    ----------
    X : array, shape (n, k)
    inverse : array, shape (k, k)
        Upper triangular.
    """

    X: Floats
    inverse: Floats

    def rows(self, part: slice | np.ndarray) -> Floats:
        """Rows of ``Z``."""
        return np.asarray(self.X[part] @ self.inverse)

    def chunks(self) -> Iterator[tuple[slice, Floats]]:
        """Blocks of rows of ``Z``, so that no second table is held."""
        for part in chunks(len(self.X)):
            yield part, self.rows(part)

    def back(self, matrix: Floats) -> Floats:
        """Covariance (k, k) of the coefficients of ``X`` from that of ``Z``."""
        return np.asarray(self.inverse @ matrix @ self.inverse.T)


def orthonormal(X: Floats, weights: Floats) -> Orthonormal:
    """Factorise a design under its weights, block by block.

    Raises
    ------
    EstimationError
        A column without information, or one that the others determine.
    """
    k = X.shape[1]
    triangle, squares = np.zeros((0, k)), np.zeros(k)
    for part in chunks(len(X)):
        block = X[part] * np.sqrt(weights[part])[:, None]
        squares += np.einsum("ij,ij->j", block, block)
        triangle = np.asarray(np.linalg.qr(np.vstack([triangle, block]), mode="r"))
    if not (squares > 0).all():
        raise EstimationError(f"column {int(np.argmin(squares))} of the design carries no information; leave it out")
    if len(triangle) < k or (np.abs(np.diagonal(triangle)) <= _SINGULAR * np.sqrt(squares)).any():
        raise EstimationError("the information matrix is singular: drop a collinear column, or check for separation")
    size = np.sqrt(squares)  # columns of very different units keep their digits
    return Orthonormal(X, np.asarray(solve_triangular(triangle / size, np.eye(k))) / size[:, None])


def chunks(n: int) -> Iterator[slice]:
    """Blocks of rows."""
    for start in range(0, n, CHUNK_ROWS):
        yield slice(start, min(start + CHUNK_ROWS, n))
