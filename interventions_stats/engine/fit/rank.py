"""Standardisation of columns, the check that none is a combination of others, and the whitening of nearly collinear ones.

Nothing here forms ``X'X`` in the user's units: columns are centred and scaled first. Where their Gram matrix shows that no
column is near the span of the earlier ones, that is all; else a QR factorisation, which does not square the angles, decides
which column is a combination, and its triangle makes the others orthonormal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.options import Floats
from interventions_stats.engine.solver.blas import one_blas_thread
from interventions_stats.errors import EstimationError

if TYPE_CHECKING:
    from interventions_stats.engine.fit.design import Design

BLOCK_ROWS = 65_536
COLLINEAR = 1e-11  # share of a column that the earlier ones must leave; rounding of the columns themselves comes on top
_OFF_CENTRE = 3.0
_LARGEST = 1e100
_NEARLY = 0.05  # share of a column that the earlier ones must leave for the solver to take the columns as they are


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
    for i in range(0, n, BLOCK_ROWS):
        block = X[i : i + BLOCK_ROWS] - (mean if intercept else 0.0)
        total += np.einsum("ij,ij->j", block, block)
    scale = np.sqrt(total / n)
    # a mean of a few standard deviations does no harm, and without centring the intercept stays a coordinate of its own
    centre = np.where(np.abs(mean) > _OFF_CENTRE * scale, mean, 0.0) if intercept else np.zeros(k)
    return centre, scale


def restandardised(design: Design, *, strict: bool = True) -> Design:
    """Return the design with centre, scale and whitening of its own columns, over the rows of positive weight.

    Without ``strict``, columns that are collinear or more than the rows stay as they are.

    Raises
    ------
    EstimationError
        Names a constant column, or the first one that the earlier ones determine.
    """
    X = design.X if design.weights is None or design.weights.all() else design.X[design.weights > 0]
    centre, scale = standardisation(X, design.names[design.p - X.shape[1] :], design.intercept)
    plain = replace(design, centre=centre, scale=scale, whitening=None)
    try:
        found = check_rank(plain)
    except EstimationError:
        if strict:
            raise
        return plain
    return plain if found is None else replace(plain, whitening=found)


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
    n = design.n if design.weights is None else int(np.count_nonzero(design.weights))
    if n < design.p:
        raise EstimationError(f"{n} rows cannot determine {design.p} coefficients; use fewer columns")
    if far_from_collinear(design):
        return None
    r = triangle(_blocks(design), design.p)
    kept = independent(r, rounding_allowed(_largest(design)))
    if len(kept) < design.p:
        j = int(np.setdiff1d(np.arange(design.p), kept)[0])
        raise EstimationError(f"column {design.names[j]!r} is {_combination(design, j, r)}; remove one of them")
    return whitening(r, n)


def whitening(r: Floats, n: int) -> Floats | None:
    """Inverse of the triangle of a QR factorisation, scaled to columns of unit variance; None where it is near enough diagonal."""
    norms = np.sqrt(np.einsum("ij,ij->j", r, r))
    return None if (np.abs(r.diagonal()) > _NEARLY * norms).all() else np.asarray(np.linalg.inv(r) * np.sqrt(n))


def _blocks(design: Design) -> Iterator[Floats]:
    """Rows of positive weight, standardised."""
    for i in range(0, design.n, BLOCK_ROWS):
        rows = slice(i, i + BLOCK_ROWS)
        block = design.standardised(rows)
        yield block if design.weights is None else block[design.weights[rows] > 0]


def far_from_collinear(design: Design) -> bool:
    """Whether the Gram matrix already shows that no column is near the span of the earlier ones; it squares their angles."""
    gram = np.zeros((design.p, design.p))
    for block in _blocks(design):
        gram += block.T @ block
    try:
        pivots = np.linalg.cholesky(gram).diagonal()
    except np.linalg.LinAlgError:
        return False
    return bool((pivots > _NEARLY * np.sqrt(gram.diagonal())).all())


def triangle(blocks: Iterator[Floats], p: int) -> Floats:
    """Triangle (p, p) of the QR factorisation of rows that come in blocks."""
    r = np.zeros((0, p))
    for block in blocks:
        r = np.asarray(np.linalg.qr(np.concatenate([r, block]), mode="r"), dtype=np.float64)
    return np.concatenate([r, np.zeros((p - len(r), p))])


def independent(r: Floats, tolerance: Floats | float = COLLINEAR) -> NDArray[np.intp]:
    """Columns of which a share above ``tolerance`` is left by the earlier ones that are kept; all are columns of a triangle."""
    norms = np.sqrt(np.einsum("ij,ij->j", r, r))
    least, basis = np.broadcast_to(tolerance, norms.shape) * norms, np.zeros((len(r), 0))
    kept: list[int] = []
    for j in range(len(norms)):
        left = r[:, j]
        for _ in range(2):  # once more, as what is left may be as small as the rounding of the first time
            left = left - basis @ (basis.T @ left)
        size = float(np.sqrt(left @ left))
        if size > least[j]:
            kept.append(j)
            basis = np.column_stack([basis, left / size])
    return np.array(kept, dtype=np.intp)


def rounding_allowed(largest: Floats) -> Floats:
    """Share of each column (p,) that may be rounding, of it or of an earlier one; ``largest`` is in units of the scale."""
    return np.asarray(COLLINEAR + 8.0 * np.finfo(float).eps * np.maximum.accumulate(largest))


def _largest(design: Design) -> Floats:
    X = design.X if design.weights is None else design.X[design.weights > 0]
    size = np.maximum(-np.minimum.reduce(X), np.maximum.reduce(X)) / design.scale
    return np.concatenate([np.ones(design.p - len(size)), size])


def _combination(design: Design, j: int, r: Floats) -> str:
    """Name the earlier columns of which column j is a linear combination."""
    if j == 0:
        return "zero in every row used"
    coefficient = np.linalg.lstsq(r[:, :j], r[:, j], rcond=None)[0]
    involved = [design.names[i] for i in range(j) if abs(coefficient[i]) > 1e-6]
    if not involved or involved == ["Intercept"]:
        return "constant in the rows used"
    return "a linear combination of " + ", ".join(repr(name) for name in involved if name != "Intercept")
