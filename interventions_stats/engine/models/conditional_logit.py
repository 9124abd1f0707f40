"""Conditional logit: choice among the rows of a stratum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.fit import likelihood_guards as guards
from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.fit import Fit, ScaledProfile
from interventions_stats.engine.fit.rank import check_rank
from interventions_stats.engine.fit.regression import invert
from interventions_stats.engine.intake.names import check_allowed
from interventions_stats.engine.intake.scalars import check_flag
from interventions_stats.engine.solver.conditional_likelihood import Strata, build_strata, conditional_evaluator
from interventions_stats.engine.solver.newton import Evaluate, Evaluation, Solution, maximise
from interventions_stats.errors import EstimationError, InputError, RefusalError

if TYPE_CHECKING:
    import pandas as pd

REFERENCES = (
    "Gail, Lubin & Rubinstein (1981), Likelihood calculations for matched case-control studies, Biometrika 68:703-707.",
    "Heinze & Puhr (2010), Bias-reduced and separation-proof conditional logistic regression, Stat Med 29:770-777.",
)


@dataclass(frozen=True)
class ConditionalLikelihood:
    """Strata and penalty, as a problem of the solver."""

    strata: list[Strata]
    penalised: bool

    def closure(self, times: int) -> Evaluate:
        return conditional_evaluator(self.strata, self.penalised)


def conditional_logit(
    formula: str | Any = None,
    data: pd.DataFrame | Any = None,
    *,
    strata: Any = None,
    y: Any = None,
    X: Any = None,
    firth: bool = False,
    missing: Missing = "raise",
    names: Sequence[str] | None = None,
    allow: Sequence[str] = (),
) -> Fit:
    """Conditional logistic regression with the exact conditional likelihood.

    Which of the targets of a year was chosen? The intercept of each stratum is conditioned away, so only
    differences within strata count; several events in a stratum are treated exactly.

    Parameters
    ----------
    formula, data : str and DataFrame
        Or pass ``y`` and ``X``, also by position.
    strata : str or array-like
        Stratum of each row.
    y, X : array-like
        Outcome (n,), coded 0/1 or boolean, and columns (n, k).
    firth : bool, default False
        Add half the log determinant of the conditional information: finite under separation.
    missing : {"raise", "drop"}, default "raise"
    names : sequence of str, optional
    allow : sequence of str
        ``("G02",)`` lets maximum likelihood run with fewer than 5 events per parameter.

    Returns
    -------
    Fit
        Without an intercept. p-values of the (penalised) likelihood-ratio test and profile limits; ``bse`` from
        the inverse conditional information. Rows of strata without both outcomes are not among ``n``.

    Raises
    ------
    RefusalError
        G02 and G03 (without ``firth``).
    EstimationError
        No stratum has both outcomes, or a column does not vary within strata.
    InputError
        See :func:`~interventions_stats.engine.fit.build_design.build_design`.

    References
    ----------
    Gail, Lubin & Rubinstein (1981), Biometrika 68:703-707. Heinze & Puhr (2010), Stat Med 29:770-777.

    Examples
    --------
    >>> y = [0, 1, 0, 1, 0, 1, 0, 1, 1, 1]
    >>> x = [0, 1, 0, 0, 1, 1, 0, 0, 1, 0]
    >>> fit = conditional_logit(y=y, X=x, strata=[0, 0, 0, 1, 1, 1, 2, 2, 2, 2], allow=("G02",))
    >>> float(fit.params[0].round(5)), float(fit.bse[0].round(5))
    (0.92724, 1.29515)
    """
    if strata is None:
        raise InputError("conditional_logit needs strata: a column of data, or one label a row")
    allow, firth = check_allowed(allow, ("G02",)), check_flag("firth", firth)
    design = build_design(formula, data, y, X, missing=missing, names=names, groups={"strata": strata})
    design, silent = _informative(design)
    x = design.X / design.scale
    groups = build_strata(x, design.y, design.groups["strata"])
    evaluate = conditional_evaluator(groups, firth)
    solution = maximise(evaluate, np.zeros((1, design.p)))
    remarks = [silent] if silent else []
    if not firth:
        _refuse_separated(design, solution)
        remarks += guards.events_per_parameter(design, allow, "use conditional_logit(..., firth=True).")
    return _result(design, groups, evaluate(solution.theta, slice(None)), solution, firth, remarks)


def _informative(design: Design) -> tuple[Design, str]:
    """Keep strata with both outcomes, drop the intercept and scale columns by their spread within strata."""
    codes = design.groups["strata"]
    events, sizes = np.bincount(codes, design.y), np.bincount(codes)
    keep = ((events > 0) & (events < sizes))[codes]
    if not keep.any():
        raise EstimationError("no stratum has both an event and a non-event; use coarser strata")
    first = int(design.intercept)
    X, labels = design.X[keep], np.unique(codes[keep], return_inverse=True)[1]
    means = np.column_stack([np.bincount(labels, column) for column in X.T]) / np.bincount(labels)[:, None]
    within = X - means[labels]
    spread = np.sqrt(np.mean(within**2, axis=0))
    flat = spread <= 1e-12 * np.abs(X).max(axis=0)
    if flat.any():
        name = design.names[first + int(np.flatnonzero(flat)[0])]
        raise EstimationError(f"column {name!r} does not vary within any stratum that has both outcomes; remove it")
    kept = replace(
        design,
        y=design.y[keep],
        X=X,
        names=design.names[first:],
        intercept=False,
        groups={"strata": labels},
        centre=np.zeros(X.shape[1]),
        scale=spread,
        whitening=None,
    )
    check_rank(replace(kept, X=within))
    lost = int((~keep).sum())
    dropped = len(np.unique(codes[~keep]))
    text = f"Strata with only events or none carry no information: {dropped} ({lost} rows) left out." if lost else ""
    return kept, text


def _refuse_separated(design: Design, solution: Solution) -> None:
    if solution.converged[0] and np.abs(solution.theta).max() < 15.0:
        return
    from interventions_stats.engine.fit.separation import check_conditional

    found = check_conditional(design.X, design.y, design.groups["strata"], design.names)
    if found:
        raise RefusalError("G03", f"{found.message}.", "use conditional_logit(..., firth=True).")
    if not solution.converged[0]:
        raise EstimationError(
            f"conditional logit did not converge ({solution.reasons[0]}), though the data are not separated"
        )


def _result(
    design: Design, groups: list[Strata], value: Evaluation, solution: Solution, firth: bool, remarks: list[str]
) -> Fit:
    shift = float(np.log(design.scale).sum()) if firth else 0.0
    return Fit(
        params=solution.theta[0] / design.scale,
        cov=invert(value.information[0]) / np.outer(design.scale, design.scale),
        names=design.names,
        loglik=float(value.objective[0]) + shift,
        reason=solution.reasons[0],
        n=design.n,
        n_events=design.n_events,
        n_events_total=design.n_events_total,
        n_dropped=design.n_dropped,
        estimator="conditional logit (Firth)" if firth else "conditional logit (ML)",
        model="conditional_logit",
        outcome=design.outcome,
        inference="profile",
        covariance="inverse conditional information",
        profile=ScaledProfile(ConditionalLikelihood(groups, firth), solution.theta[0], value, design.scale),
        design=design,
        remarks=tuple(remarks),
        references=REFERENCES,
        extra={"n_strata": int(design.groups["strata"].max()) + 1},
    )
