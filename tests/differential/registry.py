"""The estimators that are held against 40-digit arithmetic: how each is called on a case, and what its answer should be.

To register an estimator, add an entry to :data:`ESTIMATORS`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from interventions_stats import estimators as est
from interventions_stats.errors import EstimationError
from tests.differential import conditional, cox, exact, flac, references
from tests.differential.designs import Case, Floats, Outcome
from tests.differential.references import Answer
from tests.differential.sandwiches import groups, robust


class Estimator(NamedTuple):
    """An estimator and its reference.

    ``fit(case)`` returns an Answer or raises a named error; ``reference(case, params)`` may start from the estimate. ``outcome``
    is what it is fitted to, ``weights`` and ``offset`` whether it takes them, and ``separable`` says whether a refusal G03 of a
    case is right (it never is for an estimate that exists for any data). An estimator of data of another shape draws its own
    cases, and says when their columns are ``distinct``.
    """

    fit: Callable[[Case], Answer]
    reference: Callable[[Case, Floats], Answer]
    separable: Callable[[Case], bool]
    outcome: Outcome = "binary"
    weights: bool = True
    offset: bool = True
    draw: Callable[[int], Any] | None = None
    distinct: Callable[[Any], bool] = references.distinct


def _never(case: Any) -> bool:
    return False


def _separable(model: str, case: Case) -> bool:
    return references.separated(case, model == "poisson") or references.all_but_separated(model, case)


def _arguments(case: Case) -> dict[str, Any]:
    given = {"y": case.y, "X": case.X, "weights": case.weights, "offset": case.offset}
    return {name: value for name, value in given.items() if value is not None}


def _single(function: Callable[..., Any], options: dict[str, Any], case: Case, *, loglik: bool = True) -> Answer:
    fit = function(**_arguments(case), **options)
    if not fit.converged:
        raise EstimationError(f"stopped before a maximum ({fit.reason})")
    return Answer(fit.params, fit.cov, fit.loglik if loglik else None)


def _batch(function: Callable[..., Any], options: dict[str, Any], case: Case) -> Answer:
    """The first fit of a batch whose others have other outcomes."""
    arguments = _arguments(case)
    outcomes = np.array([case.y, *(np.roll(case.y, shift) for shift in range(1, 9))])
    fit = function(
        arguments.pop("X"), outcomes, **{k: v for k, v in arguments.items() if k != "y"}, full=True, **options
    )
    return _first(fit)


def _specification(case: Case) -> Answer:
    """The specification with all columns, among others."""
    k = case.X.shape[1]
    options = {"weights": case.weights, "offset": case.offset}
    return _first(est.specification_batch(case.X, case.y, [range(k), *([j] for j in range(k))], full=True, **options))


def _first(fit: Any) -> Answer:
    if not fit.converged[0]:
        raise EstimationError(f"a fit of a batch is {fit.reason[0]}")
    return Answer(fit.coefficients[0], np.diag(fit.se[0] ** 2))


def _reference(model: str, penalised: bool) -> Callable[[Case, Floats], Answer]:
    return partial(_regression, model, penalised)


def _regression(model: str, penalised: bool, case: Case, start: Floats) -> Answer:
    return references.regression(model, case, start, penalised=penalised)


def _ml(name: str, **options: Any) -> Estimator:
    outcome: Outcome = "count" if name == "poisson" else "binary"
    return Estimator(
        partial(_single, getattr(est, name), options), _reference(name, False), partial(_separable, name), outcome
    )


def _jeffreys(name: str, model: str, **options: Any) -> Estimator:
    outcome: Outcome = "count" if model == "poisson" else "binary"
    fit = partial(
        _single, getattr(est, name), options, loglik=model != "poisson"
    )  # whose factorials stay out of the penalty
    return Estimator(fit, _reference(model, True), _never, outcome)


def _sandwich(name: str, kind: str, **options: Any) -> Estimator:
    """A robust covariance, by rows or by clusters."""

    def fit(case: Case) -> Answer:
        by = {"robust": kind} if kind.startswith("HC") else {"cluster": groups(case), "cluster_kind": kind}
        return _single(getattr(est, name), {**options, **by}, case, loglik=False)

    return Estimator(
        fit, partial(robust, name, kind), partial(_separable, name), "count" if name == "poisson" else "binary"
    )


def _batched(name: str, model: str, penalised: bool, **options: Any) -> Estimator:
    outcome: Outcome = "count" if model == "poisson" else "binary"
    fit = partial(_batch, getattr(est, name), options)
    return Estimator(fit, _reference(model, penalised), _never if penalised else partial(_separable, model), outcome)


def _rare_events(case: Case, _: Floats) -> Answer:
    return references.rare_events(case, np.zeros(1 + case.X.shape[1]))  # its maximum is that before the correction


def _conditional(firth: bool) -> Estimator:
    def fit(problem: conditional.Problem) -> Answer:
        found = est.conditional_logit(**problem.options(), firth=firth, allow=() if firth else ("G02",))
        if not found.converged:
            raise EstimationError(f"stopped before a maximum ({found.reason})")
        return Answer(found.params, found.cov, found.loglik)

    return Estimator(
        fit,
        partial(conditional.reference, firth=firth),
        _never if firth else conditional.is_separated,
        draw=conditional.problem,
        distinct=conditional.distinct,
    )


def _cox(problem: cox.Problem) -> Answer:
    found = est.cox(**problem.options())
    return Answer(found.params, found.cov, found.loglik)


def _exact(problem: exact.Problem) -> Answer:
    return exact.fit(est.exact_logistic(**problem.options()))


ESTIMATORS: dict[str, Estimator] = {
    "logit": _ml("logit", allow=("G02", "G04")),
    "cloglog": _ml("cloglog", allow=("G02",)),
    "poisson": _ml("poisson"),
    "negative_binomial": Estimator(
        partial(_single, est.negative_binomial, {}), references.negative_binomial, partial(_separable, "poisson"), "count"
    ),
    "rare_events_logit": Estimator(
        partial(_single, est.rare_events_logit, {"allow": ("G02",)}, loglik=False), _rare_events,
        partial(_separable, "logit"), weights=False,
    ),
    "firth_logit": _jeffreys("firth_logit", "logit"),
    "cloglog, Jeffreys penalty": _jeffreys("cloglog", "cloglog", firth=True),
    "poisson, Firth": _jeffreys("poisson", "poisson", firth=True),
    "flac": Estimator(partial(_single, est.flac, {}, loglik=False), flac.reference, _never),
    "logit, HC3": _sandwich("logit", "HC3", allow=("G02", "G04")),
    "poisson, HC1": _sandwich("poisson", "HC1"),
    "logit, CR1": _sandwich("logit", "CR1", allow=("G02", "G04")),
    "logit, CR2": _sandwich("logit", "CR2", allow=("G02", "G04")),
    "cloglog, CR2": _sandwich("cloglog", "CR2", allow=("G02",)),
    "logit_batch": _batched("logit_batch", "logit", False),
    "firth_logit_batch": _batched("firth_logit_batch", "logit", True),
    "cloglog_batch": _batched("cloglog_batch", "cloglog", False),
    "poisson_batch": _batched("poisson_batch", "poisson", False),
    "specification_batch": Estimator(_specification, _reference("logit", True), _never),
    "conditional_logit": _conditional(firth=False),
    "conditional_logit, Firth": _conditional(firth=True),
    "cox": Estimator(_cox, cox.reference, cox.is_separated, draw=cox.problem, distinct=cox.distinct),
    "exact_logistic": Estimator(_exact, exact.reference, _never, draw=exact.problem, distinct=exact.distinct),
}  # fmt: skip
