"""One regression: maximum likelihood or Jeffreys-penalised, its tests and its profile limits.

Everything is solved in standardised columns and turned back exactly: a coefficient
in the user's units is a linear function of the coordinates, mostly of one alone.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg.lapack import dpotrf

from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.maxima import landscape
from interventions_stats.engine.fit.stream import streamed
from interventions_stats.engine.solver.blas import one_blas_thread
from interventions_stats.engine.solver.kernels import KERNELS, Floats, Kernel, Model
from interventions_stats.engine.solver.landscape import Landscape
from interventions_stats.engine.solver.likelihood import STREAM_ELEMENTS, Batch, RowProducts, evaluator
from interventions_stats.engine.solver.newton import (
    DEFAULT,
    REASONS,
    Evaluate,
    Evaluation,
    Reason,
    Settings,
    Solution,
    maximise,
)
from interventions_stats.engine.solver.profile import likelihood_ratios, profile_limits, ratios_and_limits
from interventions_stats.engine.solver.reparametrisation import reparametrised
from interventions_stats.engine.solver.single import fit_one, inverse_of

_CLIP = 1e-3


@dataclass(frozen=True, slots=True)
class Estimate:
    """A maximum: ``theta`` (p,) standardised and ``params`` (p,) in the user's units, with covariance (p, p).

    ``value`` is the evaluation there and ``loglik`` the log-likelihood, with the penalty in the user's units
    where there is one. ``landscape`` holds the maxima where there may be several, None where there is one or, with too
    many rows, no others are looked for.
    """

    theta: Floats
    params: Floats
    cov: Floats
    value: Evaluation
    loglik: float
    reason: Reason
    iterations: int
    landscape: Landscape | None = None

    @property
    def maxima(self) -> int | None:
        """How many maxima the penalised likelihood was found to have; None where no others were looked for."""
        return None if self.landscape is None else len(self.landscape.theta)


@dataclass(frozen=True)
class Regression:
    """A design, a model, whether the likelihood carries the Jeffreys penalty, and whether it may be compiled."""

    design: Design
    model: Model
    penalised: bool = False
    compiled: bool = False

    @property
    def kernel(self) -> Kernel:
        return KERNELS[self.model]

    def closure(self, times: int = 1) -> Evaluate:
        """Return the solver's closure of ``times`` copies of this fit."""
        if self._streams():
            return streamed(self.design, self.kernel, self.penalised)
        return evaluator(single_batch(self.design, self.kernel, self.penalised, times))

    def _streams(self) -> bool:
        """Whether the row products would be too large to keep."""
        design = self.design
        return design.n * design.p * (design.p + 1) // 2 > STREAM_ELEMENTS

    def start(self) -> Floats:
        """Intercept at the link of the mean outcome, slopes at zero (1, p)."""
        theta = np.zeros((1, self.design.p))
        if self.design.intercept:
            theta[0, 0] = start_intercept(self.kernel, self.design.y, self.design.weights, self.design.offset)
        return self.design.whitened(theta)

    @one_blas_thread()
    def fit(self, settings: Settings = DEFAULT) -> Estimate:
        """Maximise, and evaluate the expected information at the maximum: the highest, where there may be several."""
        quick = self._fit_quickly()
        if quick is None:
            evaluate = self.closure()
            solution = maximise(evaluate, self.start(), settings=settings)
            value, variance = evaluate(solution.theta, slice(None)), np.inf
        else:
            solution, value, variance = quick
        theta, reason = solution.theta[0], REASONS[solution.reason[0]]
        found = self._landscape(theta, value, variance)
        if found is not None and found.objective[0] > value.objective[0]:  # another maximum is higher
            theta, reason = found.theta[0], "converged"
            value = self.closure()(theta[None], slice(None))
        back = self.design.back
        cov = back @ invert(value.information[0]) @ back.T
        shift = -self.design.log_volume if self.penalised else 0.0
        return Estimate(
            theta,
            back @ theta,
            cov,
            value._replace(bend=None),  # it holds only until the next evaluation
            float(value.objective[0]) + shift,
            reason,
            int(solution.iterations[0]),
            found,
        )

    def _landscape(self, theta: Floats, value: Evaluation, variance: float) -> Landscape | None:
        if not self.penalised or self._streams():
            return None
        products = partial(_row_products, self.design, True)
        return landscape(self.design, self.model, products, self.closure, theta, value, variance)

    def _fit_quickly(self) -> tuple[Solution, Evaluation, float] | None:
        if self._streams():
            return None
        if self.compiled:
            from interventions_stats.engine.fit import compiled

            return compiled.fit_one(self.design, self.start())
        return fit_one(single_batch(self.design, self.kernel, self.penalised), self.start())

    @one_blas_thread()
    def likelihood_ratios(self, estimate: Estimate, which: Sequence[int] | None = None) -> Floats:
        """(Penalised) likelihood-ratio statistics of ``beta_j = 0`` for the coefficients ``which`` (default all).

        The penalty keeps the information of all columns, those of the tested one included.
        """
        contrast, _ = self._contrasts(which)
        evaluate = self.closure(len(contrast))
        return likelihood_ratios(
            evaluate, estimate.theta[None], estimate.value, contrast, landscape=estimate.landscape
        )[0]

    @one_blas_thread()
    def limits(
        self, estimate: Estimate, level: float = 0.95, which: Sequence[int] | None = None
    ) -> tuple[Floats, list[Reason]]:
        """Profile limits (len(which), 2) in the user's units, and why each search stopped (lower ones first)."""
        back = self.design.back
        return self._limits_of(estimate, back if which is None else back[np.asarray(which, dtype=np.intp)], level)

    @one_blas_thread()
    def limits_of(self, estimate: Estimate, rows: Floats, level: float = 0.95) -> Floats:
        """Profile limits (m, 2) of the linear functions ``rows @ theta`` (m, p); NaN where a search did not converge."""
        limits, reasons = self._limits_of(estimate, rows, level)
        failed = np.array([reason != "converged" for reason in reasons]).reshape(2, -1).T
        return np.where(failed, np.nan, limits)

    def _limits_of(self, estimate: Estimate, rows: Floats, level: float) -> tuple[Floats, list[Reason]]:
        contrast, factor = contrasts(rows)
        both, side = np.concatenate([contrast, contrast]), np.repeat([-1.0, 1.0], len(contrast))
        evaluate = self.closure(len(both))
        found = profile_limits(
            evaluate, estimate.theta[None], estimate.value, both, side, normal_root(level), landscape=estimate.landscape
        )
        return found.limit.reshape(2, -1).T * factor[:, None], found.reasons

    @one_blas_thread()
    def ratios_and_limits(
        self, estimate: Estimate, level: float = 0.95, which: Sequence[int] | None = None
    ) -> tuple[Floats, Floats, list[Reason]]:
        """Likelihood ratios and limits in one batch, which costs little more than the limits alone."""
        contrast, factor = self._contrasts(which)
        if self.compiled and not self._streams():
            from interventions_stats.engine.fit import compiled

            ratios, found = compiled.ratios_and_limits(
                self.design,
                self.closure,
                estimate.theta,
                estimate.value,
                contrast,
                normal_root(level),
                estimate.landscape,
            )
        else:
            ratios, found = ratios_and_limits(
                self.closure(3 * len(contrast)), estimate.theta[None], estimate.value, contrast, normal_root(level),
                landscape=estimate.landscape,
            )  # fmt: skip
        return ratios, found.limit.reshape(2, -1).T * factor[:, None], found.reasons

    def _contrasts(self, which: Sequence[int] | None) -> tuple[Floats, Floats]:
        back = self.design.back
        return contrasts(back if which is None else back[np.asarray(which, dtype=np.intp)])

    @one_blas_thread()
    def joint_ratio(self, estimate: Estimate, which: Sequence[int]) -> float:
        """(Penalised) likelihood-ratio statistic of all coefficients ``which`` being zero; NaN if the fit fails.

        The penalty keeps the information of all columns, as in :meth:`likelihood_ratios`.
        """
        # coordinates that are the coefficients themselves, times the spread of their columns
        spread = np.concatenate([np.ones(int(self.design.intercept)), self.design.scale])
        basis = np.asarray(np.linalg.inv(self.design.back), dtype=np.float64) / spread
        free = np.ones((1, self.design.p), dtype=bool)
        free[0, list(which)] = False
        start = np.where(free, estimate.params * spread, 0.0)
        held = maximise(reparametrised(self.closure(), basis[None]), start, free=free)
        fall = 2.0 * max(float(estimate.value.objective[0] - held.objective[0]), 0.0)
        return fall if held.converged[0] else float("nan")


def contrasts(back: Floats) -> tuple[Floats, Floats]:
    """Split coefficients, rows (b, p) of ``back``, into functions of the fitted coordinates and factors (b,).

    The largest weight of a function is one, so that it moves as far as the coordinates do.
    """
    factor = np.abs(back).max(axis=1)
    return back / factor[:, None], factor


def normal_root(level: float) -> float:
    """Standard normal quantile of a two-sided level."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + 0.5 * level))


def single_batch(design: Design, kernel: Kernel, penalised: bool, times: int = 1) -> Batch:
    """Return a batch of ``times`` copies of one fit."""
    products = _row_products(design, penalised)
    weights = None if design.weights is None else design.weights[None]
    offset = None if design.offset is None else design.offset[None]
    weighted = design.y if design.weights is None else design.y * design.weights
    constant = 0.0 if design.offset is None else float(weighted @ design.offset)
    batch = Batch(
        kernel,
        products,
        (weighted @ products.x)[None],
        np.array([constant]),
        None if kernel.canonical else design.y[None],
        weights,
        offset,
        None,
        penalised,
    )
    return batch if times == 1 else batch.repeat(times)


_last: tuple[weakref.ref[Design], bool, RowProducts] | None = None


def _row_products(design: Design, third: bool) -> RowProducts:
    """Row products of a design; the last ones are kept, since a fit is followed by its tests and limits."""
    global _last
    kept = _last
    if kept is not None and kept[0]() is design and kept[1] == third:
        return kept[2]
    products = RowProducts.of(design.standardised(), third=third)
    _last = (weakref.ref(design, _forget), third, products)
    return products


def _forget(_: object) -> None:
    global _last
    _last = None


def start_intercept(kernel: Kernel, y: Floats, weights: Floats | None, offset: Floats | None) -> float:
    """Link of the mean outcome, kept off the boundary, less the mean offset."""
    weight = np.ones(len(y)) if weights is None else weights
    total = weight.sum()
    if kernel.name == "poisson":
        exposure = float((weight * np.exp(offset)).sum()) if offset is not None else float(total)
        return float(np.log((weight @ y + _CLIP) / exposure))
    mean = (weight @ y + 0.5) / (total + 1.0)
    return float(kernel.link(np.asarray(mean))) - (0.0 if offset is None else float(weight @ offset / total))


def invert(information: Floats) -> Floats:
    """Inverse of an information matrix; NaN where it is singular."""
    scale = np.sqrt(np.maximum(np.diagonal(information), 1e-300))
    size = scale[:, None] * scale
    factor, failed = dpotrf(information / size, lower=1)
    return np.full_like(information, np.nan) if failed else inverse_of(factor) / size
