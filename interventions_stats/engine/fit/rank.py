"""Standardisation of columns, and the check that none of them is constant or a combination of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.engine.options import Floats
from interventions_stats.engine.solver.blas import one_blas_thread
from interventions_stats.errors import EstimationError

if TYPE_CHECKING:
    from interventions_stats.engine.fit.design import Design

_GRAM_ELEMENTS = 2_000_000
_OFF_CENTRE = 3.0
_LARGEST = 1e100
_NEARLY = 1e-3


def standardisation(X: Floats, names: Sequence[str], intercept: bool) -> tuple[Floats, Floats]:
    """Return the centre and scale (k,) of the columns; raises for a constant one.

    Columns are centred only where their mean is far from zero, and never without an intercept.
    """
    n, k = X.shape
    low, high = (np.minimum.reduce(X), np.maximum.reduce(X)) if n else (np.zeros(k), np.zeros(k))
    size = np.maximum(-low, high)
    flat = (high - low) <= 1e-14 * size if intercept else size == 0
    if flat.any():
        name = names[int(np.flatnonzero(flat)[0])]
        hint = " (an intercept is added unless intercept=False)" if intercept else ""
        raise EstimationError(f"column {name!r} is constant in the {n} rows used{hint}; remove it")
    if (size > _LARGEST).any() or (size < 1.0 / _LARGEST).any():
        name = names[int(np.argmax(np.abs(np.log(size))))]
        raise EstimationError(
            f"column {name!r} has values of size {size.max():.3g} or {size.min():.3g}; change its units"
        )
    mean = np.add.reduce(X) / n
    total = np.zeros(k)
    for i in range(0, n, 65_536):
        block = X[i : i + 65_536] - (mean if intercept else 0.0)
        total += np.einsum("ij,ij->j", block, block)
    scale = np.sqrt(total / n)
    # a mean of a few standard deviations does no harm, and without centring the intercept stays a coordinate of its own
    centre = np.where(np.abs(mean) > _OFF_CENTRE * scale, mean, 0.0) if intercept else np.zeros(k)
    return centre, scale


@one_blas_thread()
def check_rank(design: Design) -> Floats | None:
    """Raise an EstimationError that names the first column the earlier ones already determine.

    Returns
    -------
    array (p, p) or None
        Where columns are nearly collinear (a year with its square and cube), the matrix that makes them orthonormal.
    """
    if not design.p:
        raise EstimationError("the model has neither an intercept nor a column; nothing can be estimated")
    used = slice(None) if design.weights is None or (design.weights > 0).all() else design.weights > 0
    n = design.n if isinstance(used, slice) else int(used.sum())
    if n < design.p:
        raise EstimationError(f"{n} rows cannot determine {design.p} coefficients; use fewer columns")
    if design.n * design.p <= _GRAM_ELEMENTS:
        x = design.standardised()[used]
        if _far_from_collinear(x):
            return None
        norms = np.sqrt(np.einsum("ij,ij->j", x, x))
        triangle: Floats | None = np.asarray(np.linalg.qr(x, mode="r"))
        size = np.abs(np.diagonal(np.asarray(triangle)))
        tolerance = 1e-11
    else:
        triangle = None
        gram = np.zeros((design.p, design.p))
        for i in range(0, design.n, 65_536):
            block = design.standardised(slice(i, i + 65_536))
            gram += block.T @ block
        norms = np.sqrt(np.diagonal(gram))
        size = _cholesky_pivots(gram)
        tolerance = 1e-6
    short = size <= tolerance * np.maximum(norms, 1e-300)
    if short.any():
        j = int(np.flatnonzero(short)[0])
        raise EstimationError(f"column {design.names[j]!r} is {_combination(design, j)}; remove one of them")
    return None if triangle is None else whitening(triangle, norms, n)


def _far_from_collinear(x: Floats) -> bool:
    """Whether the Gram matrix already shows that no column is near the span of the earlier ones; it squares their angles."""
    gram = x.T @ x
    try:
        pivots = np.linalg.cholesky(gram).diagonal()
    except np.linalg.LinAlgError:
        return False
    return bool((pivots > 10.0 * _NEARLY * np.sqrt(gram.diagonal())).all())


def whitening(triangle: Floats, norms: Floats, n: int) -> Floats | None:
    """Inverse of the triangle of a QR factorisation, scaled to unit variance, if its columns are nearly dependent."""
    if (np.abs(np.diagonal(triangle)) > _NEARLY * norms).all():
        return None
    return np.asarray(np.linalg.inv(triangle) * np.sqrt(n))


def _cholesky_pivots(gram: Floats) -> Floats:
    """Distance of each column from the span of the earlier ones, from the Gram matrix."""
    work = gram.copy()
    pivots = np.zeros(len(work))
    for j in range(len(work)):
        pivots[j] = np.sqrt(max(work[j, j], 0.0))
        if pivots[j] <= 1e-7 * np.sqrt(gram[j, j]):
            break
        work[j + 1 :, j + 1 :] -= np.outer(work[j + 1 :, j], work[j, j + 1 :]) / work[j, j]
    return pivots


def _combination(design: Design, j: int) -> str:
    """Name the earlier columns of which column j is a linear combination."""
    x = design.standardised(slice(0, 200_000))
    if j == 0:
        return "zero in every row used"
    coefficient = np.linalg.lstsq(x[:, :j], x[:, j], rcond=None)[0]
    involved = [design.names[i] for i in range(j) if abs(coefficient[i]) > 1e-6]
    if not involved or involved == ["Intercept"]:
        return "constant in the rows used"
    return "a linear combination of " + ", ".join(repr(name) for name in involved if name != "Intercept")
