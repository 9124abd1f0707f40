"""The machinery of batches: validation, chunks, starting values, tests and standard errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interventions_stats.engine.fit.build_design import read_matrix
from interventions_stats.engine.fit.design import Design, plain_design
from interventions_stats.engine.fit.maxima import doubtful_fits
from interventions_stats.engine.fit.regression import contrasts
from interventions_stats.engine.intake.containers import read_array, read_column
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.scalars import check_flag, check_jobs, check_option, shown
from interventions_stats.engine.solver.chunks import chunk_slices, run_chunks
from interventions_stats.engine.solver.kernels import KERNELS, Floats, Model
from interventions_stats.engine.solver.likelihood import Batch, RowProducts, evaluator
from interventions_stats.engine.solver.newton import (
    CONVERGED,
    DEFAULT,
    DIVERGED,
    FAINT,
    MAX_ITER,
    REASONS,
    Bools,
    Evaluate,
    Evaluation,
    Reason,
    Rows,
    Settings,
    free_inverse,
    largest,
    maximise,
    restrict,
)
from interventions_stats.engine.solver.profile import likelihood_ratios
from interventions_stats.errors import InputError

# iterations before the stragglers of all chunks are pooled, by whether the likelihood is penalised: separated outcomes,
# which climb for long without the penalty, would else keep whole chunks waiting
_FIRST_PASS = {False: Settings(max_iter=3), True: Settings(max_iter=8)}
_MOST_PRODUCTS = 60_000_000  # row products of a batch, in elements (480 MB)


@dataclass(frozen=True, slots=True)
class BatchFit:
    """Fits of a batch.

    Attributes
    ----------
    coefficients, se : array (fits, 1 + columns)
        Intercept first (without one: (fits, columns)); NaN for columns a specification leaves out.
    loglik : array (fits,)
        Log-likelihood, penalised where the estimator is.
    lr : array (fits, tested)
        (Penalised) likelihood-ratio statistics of the tested columns.
    tested : tuple of int
        Positions of those columns among the coefficients.
    converged : bool array (fits,)
    codes : int array (fits,)
        Index into :data:`~interventions_stats.engine.solver.newton.REASONS`.
    doubtful : bool array (fits,)
        Penalised fits beside which there may be a higher maximum, as a row that is hardly known has much leverage: a batch
        does not look for it, ``firth_logit``, ``cloglog`` and ``poisson`` do.
    """

    coefficients: Floats
    se: Floats
    loglik: Floats
    lr: Floats
    tested: tuple[int, ...]
    converged: Bools
    codes: NDArray[np.int8]
    doubtful: Bools

    @property
    def reason(self) -> list[Reason]:
        """Why each fit stopped."""
        return [REASONS[code] for code in self.codes]

    @property
    def p_values(self) -> Floats:
        """p-values (fits, tested) of the likelihood-ratio tests, chi-square with one degree of freedom."""
        from scipy.special import erfc

        return np.asarray(erfc(np.sqrt(0.5 * self.lr)))


@dataclass(frozen=True, slots=True)
class Problem:
    """A validated batch over one design; its fits differ in outcome, weights, offset, start or included columns."""

    model: Model
    penalised: bool
    design: Design
    Y: NDArray[Any]
    weights: Floats | None
    offset: Floats | None
    start: Floats | None
    include: Bools | None
    fits: int

    def take(self, rows: NDArray[np.intp]) -> Problem:
        """The same problem for some of its fits."""

        def some(array: NDArray[Any] | None) -> NDArray[Any] | None:
            return array if array is None or len(array) == 1 else array[rows]

        return replace(
            self,
            Y=self.Y if len(self.Y) == 1 else self.Y[rows],
            weights=some(self.weights),
            offset=some(self.offset),
            start=some(self.start),
            include=some(self.include),
            fits=len(rows),
        )


def validate(
    model: Model, penalised: bool, X: ArrayLike, Y: ArrayLike, weights: Any, offset: Any, start: Any, intercept: bool
) -> Problem:
    check_option("model", model, tuple(KERNELS))
    penalised, intercept = check_flag("firth", penalised), check_flag("intercept", intercept)
    rows = Labels()
    matrix, _ = read_matrix(X, None, rows)
    finite("X", matrix)
    n, k = matrix.shape
    outcomes = _outcomes(Y, n, model, rows)
    weight = _by_fit("weights", weights, n, rows)
    shift = _by_fit("offset", offset, n, rows)
    if weight is not None and (weight < 0).any():
        raise InputError("weights must not be negative")
    p = k + int(intercept)
    begin = None if start is None else np.atleast_2d(read_array(start, "start", (1, 2))[0])
    if begin is not None and begin.shape[1] != p:
        raise InputError(f"start must hold {p} coefficients, not {begin.shape[1]}")
    counts = {len(a) for a in (outcomes, weight, shift, begin) if a is not None and len(a) != 1}
    if len(counts) > 1 or 0 in counts:
        raise InputError(f"Y, weights, offset and start disagree on the number of fits, or hold none: {sorted(counts)}")
    used: Floats | None = None if weight is None else np.any(weight > 0, axis=0).astype(np.float64)
    names = [f"X[:, {j}]" for j in range(k)]
    design = plain_design(matrix, np.asarray(outcomes[0], dtype=np.float64), names, intercept, used)
    if n * p * (p + 1) // 2 > _MOST_PRODUCTS:
        raise InputError(f"{n} rows of {p} columns are too many for a batch; loop over firth_logit or logit")
    return Problem(model, penalised, design, outcomes, weight, shift, begin, None, max(counts, default=1))


def finite(name: str, array: Floats) -> None:
    """Raise unless every number is finite."""
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InputError(f"{name} is missing or infinite at {where}")


def _by_fit(name: str, values: Any, n: int, rows: Labels) -> Floats | None:
    """Return numbers (fits, rows) or (1, rows) in the order of the rows."""
    if values is None:
        return None
    array = _ordered(values, name, rows)
    if array.shape[-1] != n:
        raise InputError(f"{name} must be (rows,) or (fits, rows) with {n} rows, not of shape {array.shape}")
    finite(name, array)
    return np.atleast_2d(array)


def _ordered(values: Any, name: str, rows: Labels) -> NDArray[Any]:
    """Read numbers whose last axis is the rows."""
    if type(values) is np.ndarray and values.dtype.kind in "fiub" and values.ndim in (1, 2):
        return values
    array, axes = read_array(values, name, (1, 2))
    order = rows.order(axes[-1], name)
    return array if order is None else array[..., order]


def _outcomes(Y: ArrayLike, n: int, model: Model, rows: Labels) -> NDArray[Any]:
    """Return outcomes (fits, rows) as they are; a chunk at a time becomes floats."""
    array = _ordered(Y, "Y", rows)
    if array.shape[-1] != n:
        raise InputError(f"Y must be (rows,) or (fits, rows) with {n} rows, not of shape {array.shape}")
    array = np.atleast_2d(array)
    if not array.size:
        raise InputError(f"Y holds no outcome: its shape is {array.shape}")
    if array.dtype.kind != "b":
        wrong = (array < 0) | (array != np.floor(array)) if model == "poisson" else (array != 0) & (array != 1)
        if wrong.any() or not np.isfinite(array).all():
            where = tuple(int(i) for i in np.argwhere(wrong | ~np.isfinite(array))[0])
            what = "counts" if model == "poisson" else "0 and 1"
            raise InputError(f"Y must hold {what}, but is {array[where]!r} at {where}")
    return array


def run(problem: Problem, n_jobs: int, full: bool, test: Sequence[int] | None) -> Any:
    design = problem.design
    first = int(design.intercept)
    k = design.X.shape[1]
    n_jobs, full = check_jobs(n_jobs), check_flag("full", full)
    tested = (
        tuple(range(first, first + k)) if test is None else tuple(first + j for j in column_numbers("test", test, k))
    )
    work = _Work(problem, RowProducts.of(design.standardised(), third=problem.penalised), design.back, full, tested)
    slices = chunk_slices(problem.fits, design.n)
    first_step = common_first_step(problem, work.products)
    once = DEFAULT if len(slices) == 1 else _FIRST_PASS[problem.penalised]
    fields = _joined(run_chunks(lambda s: work.chunk(s, first_step, None, once), slices, n_jobs))
    late = np.flatnonzero(fields[1] == MAX_ITER)
    if len(slices) > 1 and len(late):
        # stragglers (mostly separated outcomes) would hold up their chunks; they go on together
        rest = replace(work, problem=problem.take(late))
        pieces = chunk_slices(len(late), design.n)
        again = _joined(run_chunks(lambda s: rest.chunk(s, None, fields[0][late][s], DEFAULT), pieces, n_jobs))
        for field, value in zip(fields, again, strict=True):
            field[late] = value
    theta, codes, variance = fields[:3]
    if not problem.penalised:
        events = problem.Y.sum(axis=1, dtype=np.float64)
        if problem.weights is not None:
            events = (problem.Y * problem.weights).sum(axis=1)
        codes[(codes == CONVERGED) & ~(variance * events <= FAINT)] = (
            DIVERGED  # at infinity, or too far to be told from it
        )
    coefficients = theta @ work.back.T
    coefficients[codes != CONVERGED] = np.nan
    if problem.include is not None:
        coefficients[~problem.include] = np.nan
    if not full:
        return coefficients
    missing = np.isnan(coefficients)
    se = np.where(missing, np.nan, fields[3])
    lost = codes != CONVERGED
    fields[4][lost], fields[5][lost] = np.nan, np.nan
    return BatchFit(coefficients, se, fields[4], fields[5], tested, ~lost, codes, fields[6] & ~lost)


def column_numbers(name: str, values: Any, k: int) -> list[int]:
    """Return positions of columns, each from 0 to k - 1."""
    array = np.asarray(read_column(values, name).values)
    if len(array) and (array.dtype.kind not in "iu" or array.min() < 0 or array.max() >= k):
        raise InputError(f"{name} must hold column numbers from 0 to {k - 1}, not {shown(values)}")
    return [int(j) for j in array]


def _joined(parts: list[tuple[NDArray[Any], ...]]) -> list[NDArray[Any]]:
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


@dataclass(frozen=True, slots=True)
class _Work:
    """What all chunks of a batch share."""

    problem: Problem
    products: RowProducts
    back: Floats
    full: bool
    tested: tuple[int, ...]

    def chunk(
        self, rows: slice, first_step: FirstStep | None, start: Floats | None, settings: Settings
    ) -> tuple[NDArray[Any], ...]:
        """Fit one chunk: theta, codes, the trace of the inverse curvature and, if ``full``, se, loglik, likelihood ratios, doubts."""
        problem = self.problem
        batch, own = _batch(problem, self.products, rows)
        if start is None:
            start = own if first_step is None else first_step(batch.sufficient)
        evaluate = evaluator(batch)
        solution = maximise(evaluate, start, free=batch.include, settings=settings)
        if not self.full:
            return solution.theta, solution.reason, solution.variance
        top = evaluate(solution.theta, slice(None))
        inverse = _inverse_information(top, batch.include)
        se = np.sqrt(np.maximum(np.einsum("ij,bjk,ik->bi", self.back, inverse, self.back), 0.0))
        doubt = np.zeros(len(se), dtype=bool)
        loglik = np.where(solution.converged, top.objective, np.nan)
        if problem.penalised:
            doubt = doubtful_fits(problem.model, self.products, solution.theta, inverse, batch.weights, batch.offset)
            if batch.include is None:
                loglik = loglik - np.linalg.slogdet(self.back)[1]
            else:
                loglik = loglik + batch.include[:, int(problem.design.intercept) :] @ np.log(problem.design.scale)
        ratios = np.full((len(start), len(self.tested)), np.nan)
        good = np.flatnonzero(solution.converged)
        for place, j in enumerate(self.tested if len(good) else ()):
            ratios[good, place] = self._ratios(evaluate, solution.theta[good], top.take(good), good, j)
        return solution.theta, solution.reason, solution.variance, se, loglik, ratios, doubt

    def _ratios(self, evaluate: Evaluate, theta: Floats, top: Evaluation, good: NDArray[np.intp], j: int) -> Floats:
        """Likelihood ratios of coefficient j in the fits ``good`` of a chunk."""
        contrast, _ = contrasts(self.back[[j]])

        def some(point: Floats, which: Rows) -> Evaluation:
            return evaluate(point, good[which])

        return likelihood_ratios(some, theta, top, np.repeat(contrast, len(good), axis=0))[0]


def _batch(problem: Problem, products: RowProducts, rows: slice) -> tuple[Batch, Floats]:
    """Assemble one chunk of the batch and its starting values (b, p) in standardised units."""
    size = rows.stop - rows.start

    def part(array: NDArray[Any] | None) -> NDArray[Any] | None:
        return array if array is None or len(array) == 1 else array[rows]

    kernel = KERNELS[problem.model]
    y = np.asarray(part(problem.Y), dtype=np.float64)
    weights, offset, include = part(problem.weights), part(problem.offset), part(problem.include)
    weighted = y if weights is None else y * weights
    constant = np.zeros(1) if offset is None else (weighted * offset).sum(axis=1)
    batch = Batch(
        kernel,
        products,
        _spread(weighted @ products.x, size),
        _spread(constant, size),
        None if kernel.canonical else y,
        weights,
        offset,
        include,
        problem.penalised,
    )
    if problem.start is not None:
        return batch, _spread(problem.design.coordinates(np.asarray(part(problem.start))), size)
    start = np.zeros((size, problem.design.p))
    if problem.design.intercept:
        start[:, 0] = _start_intercepts(problem.model, weighted, weights, offset, y.shape[1])
    return batch, problem.design.whitened(start)


FirstStep = Callable[[Floats], Floats]


def common_first_step(problem: Problem, products: RowProducts) -> FirstStep | None:
    """Return the map from sufficient statistics (b, p) to starting values, where all fits can share the first step.

    With a canonical link and nothing but outcomes that differ, the fits have one curvature at a common point:
    evaluated once, it gives each of them its first Newton step, with Chebyshev's correction.
    """
    kernel = KERNELS[problem.model]
    shared = all(a is None or len(a) == 1 for a in (problem.weights, problem.offset))
    if problem.fits < 8 or not (kernel.canonical and shared and problem.start is None and problem.include is None):
        return None
    p = problem.design.p
    origin = np.zeros((1, p))
    if problem.design.intercept:
        mean = problem.Y.mean(axis=0, dtype=np.float64, keepdims=True)
        weighted = mean if problem.weights is None else mean * problem.weights
        origin[0, 0] = _start_intercepts(problem.model, weighted, problem.weights, problem.offset, mean.shape[1])[0]
        origin = problem.design.whitened(origin)
    nothing = np.zeros((1, p))
    lone = Batch(kernel, products, nothing, np.zeros(1), None, problem.weights, problem.offset, None, problem.penalised)
    value = evaluator(lone)(origin, slice(None))
    inverse = free_inverse(value, None)[0]
    if not np.isfinite(inverse).all() or value.bend is None:
        return None
    # the bend of many directions at one point: its tensor, row by row, and the change that it makes in each direction
    tensor = np.stack([_bend_matrix(value, row) for row in np.eye(p)])
    bent = -0.5 * tensor.reshape(-1, p) @ inverse

    def first_step(sufficient: Floats) -> Floats:
        step = (sufficient + value.score) @ inverse
        size = largest(step)
        change = (step[:, :, None] * step[:, None, :]).reshape(len(step), -1) @ bent
        small = largest(change) <= 0.5 * size
        step += change * small[:, None]
        return origin + step * np.minimum(1.0, 2.0 / np.maximum(size, 1e-300))[:, None]

    return first_step


def _bend_matrix(value: Evaluation, direction: Floats) -> Floats:
    """Matrix (p, p) of the third derivative in one direction, by polarisation of ``bend``."""
    assert value.bend is not None
    bend, unit = value.bend, np.eye(len(direction))
    return np.stack([0.25 * (bend((direction + e)[None]) - bend((direction - e)[None]))[0] for e in unit])


def _spread(array: Floats, size: int) -> Floats:
    return np.repeat(array, size, axis=0) if len(array) == 1 and size > 1 else array


def _start_intercepts(model: Model, weighted: Floats, weights: Floats | None, offset: Floats | None, n: int) -> Floats:
    """Link of the mean outcome, kept off the boundary, less the mean offset (b,) or (1,)."""
    events = weighted.sum(axis=1)
    if model == "poisson":
        risk = np.ones((1, n)) if offset is None else np.exp(offset)
        total = (risk if weights is None else risk * weights).sum(axis=1)
        return np.log((events + 1e-3) / np.maximum(total, 1e-300))
    total = np.full(1, float(n)) if weights is None else weights.sum(axis=1)
    shift = 0.0 if offset is None else offset.mean(axis=1)
    return KERNELS[model].link((events + 0.5) / (total + 1.0)) - shift


def _inverse_information(top: Evaluation, include: Bools | None) -> Floats:
    """Inverses of the expected information (b, p, p): NaN where there is none, zero for columns that are left out."""
    information = top.information
    if include is not None:
        information = restrict(information, include)
    scale = np.sqrt(np.maximum(np.einsum("bii->bi", information), 1e-300))
    scaled = information / (scale[:, :, None] * scale[:, None, :])
    usable = np.isfinite(scaled).all(axis=(1, 2)) & (np.linalg.cond(np.nan_to_num(scaled)) < 1e15)
    inverse = np.linalg.inv(np.where(usable[:, None, None], scaled, np.eye(scaled.shape[-1])))
    inverse /= scale[:, :, None] * scale[:, None, :]
    if include is not None:
        inverse = inverse * (include[:, :, None] & include[:, None, :])
    return np.where(usable[:, None, None], inverse, np.nan)
