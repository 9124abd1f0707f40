"""Batches of regression log-likelihoods over one design matrix, as closures for the solver.

All information matrices of a batch come from one product of the weights with the
upper triangle of the row products x_i x_i', all leverages from the reverse product.
With the Jeffreys penalty, 1/2 log det I, the gradient needs the third-order row
products contracted with the inverse, and the exact Hessian follows from the same
three products:

    d/da   1/2 log|I|  =  1/2 tr(A T_a),                     A = inverse of I
    d2/dab 1/2 log|I|  =  1/2 tr(A F_ab) - 1/2 tr(A T_a A T_b)

with T_a = X' diag(w' x_a) X and F_ab = X' diag(w'' x_a x_b) X.  Where third-order
products would be too large, the last traces come from ``many_columns``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.solver.kernels import SPARE, WORK, Floats, Kernel, Pointwise
from interventions_stats.engine.solver.many_columns import traces
from interventions_stats.engine.solver.newton import Evaluate, Evaluation, Rows, contraction, positive_definite
from interventions_stats.engine.solver.sweep import swept

_TRIPLE_ELEMENTS = 4_000_000  # 32 MB
_TRIPLE_COLUMNS = 12
STREAM_ELEMENTS = 4_000_000
_BLOCK = 16_384


class Packing(NamedTuple):
    """Sorted tuples of ``order`` coordinates among p.

    ``tuples`` (order, q); ``spread`` (p**order,), where each entry of a full array finds its tuple; ``first`` (q,), where
    a tuple stands in the full array; ``times`` (q,), how often it occurs there.
    """

    tuples: NDArray[np.intp]
    spread: NDArray[np.intp]
    first: NDArray[np.intp]
    times: Floats


@lru_cache(maxsize=64)
def packing(p: int, order: int) -> Packing:
    tuples = list(combinations_with_replacement(range(p), order))
    place = {t: i for i, t in enumerate(tuples)}
    spread = np.array([place[tuple(sorted(t))] for t in np.ndindex(*(p,) * order)], dtype=np.intp)
    table = np.array(tuples, dtype=np.intp).reshape(-1, order).T
    first = np.asarray(np.ravel_multi_index(tuple(table), (p,) * order), dtype=np.intp)
    return Packing(table, spread, first, np.bincount(spread).astype(float))


def keeps_triples(n: int, p: int) -> bool:
    """Whether the products of three columns are few enough to keep."""
    return p <= _TRIPLE_COLUMNS and n * math.comb(p + 2, 3) <= _TRIPLE_ELEMENTS


@dataclass(frozen=True, slots=True)
class RowProducts:
    """A design matrix ``x`` (n, p) with its row products, ``pairs`` (n, p(p+1)/2) and ``triples`` (or None).

    All are stored by columns, which makes the products cheap to form.
    """

    x: Floats
    pairs: Floats
    triples: Floats | None

    @classmethod
    def of(cls, x: Floats, *, third: bool) -> RowProducts:
        n, p = x.shape
        columns = np.ascontiguousarray(x.T)
        i, j = packing(p, 2).tuples
        pairs = columns.take(i, axis=0)
        pairs *= columns.take(j, axis=0)
        triples = None
        if third and keeps_triples(n, p):
            i, j, k = packing(p, 3).tuples
            triples = pairs.take(packing(p, 2).spread.take(i * p + j), axis=0)
            triples *= columns.take(k, axis=0)
            triples = triples.T
        return cls(columns.T, pairs.T, triples)

    def square(self, weights: Floats) -> Floats:
        """Return X' diag(w) X for every row of ``weights`` (b, n), as (b, p, p)."""
        p = self.x.shape[1]
        return (weights @ self.pairs).take(packing(p, 2).spread, axis=1).reshape(-1, p, p)

    def cube(self, weights: Floats) -> Floats:
        """Return sum_i w_i x_i x_i x_i for every row of ``weights`` (b, n), as (b, p, p, p)."""
        assert self.triples is not None
        p = self.x.shape[1]
        return (weights @ self.triples).take(packing(p, 3).spread, axis=1).reshape(-1, p, p, p)

    def quadratic(self, matrices: Floats, out: Floats | None = None) -> Floats:
        """Return x_i' A x_i for every row and every symmetric A (b, p, p), as (b, n)."""
        p = self.x.shape[1]
        packed = matrices.reshape(-1, p * p).take(packing(p, 2).first, axis=1)
        packed *= packing(p, 2).times
        return np.matmul(packed, self.pairs.T, out=out)


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything the closure of b fits over one design matrix needs.

    Attributes
    ----------
    kernel, products
    sufficient : array (b, p)
        X'(weights * y).
    constant : array (b,)
        The part of the log-likelihood free of theta: sum of weights * y * offset.
    response : array (b or 1, n) or None
        Outcomes, needed where the link is not canonical.
    weights, offset : array (b or 1, n) or None
    include : bool array (b, p) or None
        False leaves a column out of the model (and of its penalty) altogether.
    penalised : bool
        Add 1/2 log det of the expected information (Jeffreys prior; Firth 1993).
    """

    kernel: Kernel
    products: RowProducts
    sufficient: Floats
    constant: Floats
    response: Floats | None = None
    weights: Floats | None = None
    offset: Floats | None = None
    include: NDArray[np.bool_] | None = None
    penalised: bool = False

    def repeat(self, times: int) -> Batch:
        """The same single fit ``times`` times over (for constrained and profile fits)."""
        return Batch(
            self.kernel,
            self.products,
            np.repeat(self.sufficient, times, axis=0),
            np.repeat(self.constant, times),
            self.response,
            self.weights,
            self.offset,
            None if self.include is None else np.repeat(self.include, times, axis=0),
            self.penalised,
        )


def _rows(array: NDArray | None, rows: Rows) -> NDArray | None:
    return array if array is None or len(array) == 1 else array[rows]


def evaluator(batch: Batch) -> Evaluate:
    """Return the closure ``evaluate(theta, rows)`` of a batch; it reuses one workspace and is not for two threads."""
    x = batch.products.x
    # the third derivative of a canonical log-likelihood is that of its weight: one more pass buys cubic convergence
    derivatives = 2 if batch.penalised else int(batch.kernel.canonical)
    scratch = np.empty((WORK, 0, len(x)))

    def evaluate(theta: Floats, rows: Rows) -> Evaluation:
        nonlocal scratch
        if scratch.shape[1] < len(theta):
            scratch = np.empty((WORK, len(theta), len(x)))
        work = scratch[:, : len(theta)]
        eta = np.matmul(theta, x.T, out=work[0])
        if batch.offset is not None:
            eta += _rows(batch.offset, rows)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            point = batch.kernel.pointwise(
                eta, _rows(batch.response, rows), _rows(batch.weights, rows), derivatives, work
            )
            return _assemble(batch, point, theta, rows, work)

    return evaluate


def _assemble(batch: Batch, point: Pointwise, theta: Floats, rows: Rows, work: Floats) -> Evaluation:
    objective = point.loglik
    if batch.kernel.canonical:
        sufficient = batch.sufficient[rows]
        score = sufficient - point.descent @ batch.products.x
        objective = objective + np.einsum("bp,bp->b", sufficient, theta)
        if batch.offset is not None:
            objective += batch.constant[rows]
    else:
        score = np.negative(point.descent @ batch.products.x)
    information = batch.products.square(point.weight)
    curvature = information if batch.kernel.canonical else batch.products.square(point.curvature)
    if not batch.penalised:
        if point.weight1 is None:
            return Evaluation(objective, score, curvature, information)
        bend = _directional(batch.products.x, point.weight1, work[SPARE])
        return Evaluation(objective, score, curvature, information, 3, None, bend)
    include = None if batch.include is None else batch.include[rows]
    gain, slope, hessian, cube = jeffreys(batch.products, point, information, include, work[SPARE])
    if cube is None:
        return Evaluation(objective + gain, score + slope, curvature - hessian, information)
    return Evaluation(objective + gain, score + slope, curvature - hessian, information, 2, cube, contraction(cube))


def _directional(x: Floats, weight1: Floats, scratch: Floats) -> Callable[[Floats], Floats]:
    """Return ``bend(step)``: sum_i w'_i x_i (x_i'step)**2 for every fit, without the tensor."""

    def bend(step: Floats) -> Floats:
        along = np.matmul(step, x.T, out=scratch)
        along *= along
        along *= weight1
        return along @ x

    return bend


def jeffreys(
    products: RowProducts, point: Pointwise, information: Floats, include: NDArray[np.bool_] | None, scratch: Floats
) -> tuple[Floats, Floats, Floats, Floats | None]:
    """Value (b,), gradient (b, p) and Hessian (b, p, p) of 1/2 log det I, and the derivative of I (b, p, p, p).

    The last is None without ``triples``.
    """
    p = information.shape[-1]
    inverse, half_logdet = inverse_and_half_logdet(information, include)
    assert point.weight1 is not None and point.weight2 is not None
    leverage = products.quadratic(inverse, scratch)  # of a row with unit weight; the score has been used
    if products.triples is None:
        hessian = products.square(leverage * point.weight2)
        hessian -= traces(products.x, inverse, point.weight1)
        leverage *= point.weight1
        return half_logdet, 0.5 * (leverage @ products.x), 0.5 * hessian, None
    cube = products.cube(point.weight1)
    turned = (inverse @ cube.reshape(-1, p, p * p)).reshape(-1, p, p, p)  # (i, j, a): (A T_a)_ij
    slope = 0.5 * turned.reshape(-1, p * p, p)[:, :: p + 1].sum(axis=1)
    left = turned.transpose(0, 3, 1, 2).reshape(-1, p, p * p)
    right = turned.transpose(0, 2, 1, 3).reshape(-1, p * p, p)
    leverage *= point.weight2
    hessian = products.square(leverage)
    hessian -= left @ right
    hessian *= 0.5
    return half_logdet, slope, hessian, cube


def inverse_and_half_logdet(information: Floats, include: NDArray[np.bool_] | None = None) -> tuple[Floats, Floats]:
    """Inverse (zero outside ``include``) and half the log determinant; -inf and zeros where I is singular."""
    p = information.shape[-1]
    if include is not None:
        both = include[:, :, None] & include[:, None, :]
        information = np.where(both, information, np.eye(p))
    if (found := swept(information)) is not None:
        inverse, pivots = found
        half_logdet = 0.5 * np.add.reduce(np.log(pivots))
        return (inverse if include is None else np.where(both, inverse, 0.0)), half_logdet
    try:
        factor = np.linalg.cholesky(information)
        inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
        half_logdet = np.log(np.einsum("bii->bi", factor)).sum(axis=1)
    except np.linalg.LinAlgError:
        usable = positive_definite(information)
        filled = np.where(usable[:, None, None], information, np.eye(p))
        inverse = np.asarray(np.where(usable[:, None, None], np.linalg.inv(filled), 0.0))
        half_logdet = np.where(usable, 0.5 * np.linalg.slogdet(filled)[1], -np.inf)
    if include is not None:
        inverse = np.where(both, inverse, 0.0)
    return inverse, half_logdet
