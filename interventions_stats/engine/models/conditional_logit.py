"""Conditional logit: choice among the rows of a stratum."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.fit import likelihood_guards as guards
from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.covariance import check_clusters
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.fit import Fit, ScaledProfile
from interventions_stats.engine.fit.regression import invert
from interventions_stats.engine.fit.separation_pairs import StrataPairs, described, proves_overlap, recession
from interventions_stats.engine.fit.within import label, of_rows, turned, whitened, within_design
from interventions_stats.engine.intake.names import check_allowed
from interventions_stats.engine.intake.scalars import check_flag
from interventions_stats.engine.solver.conditional_likelihood import (
    Strata,
    build_strata,
    conditional_evaluator,
    information_at_zero,
    stratum_scores,
    with_hessian,
)
from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.engine.solver.newton import DEFAULT, Evaluate, Evaluation, Settings, Solution, maximise
from interventions_stats.errors import ConvergenceWarning, EstimationError, InputError, RefusalError

if TYPE_CHECKING:
    import pandas as pd

REFERENCES = (
    "Gail, Lubin & Rubinstein (1981), Likelihood calculations for matched case-control studies, Biometrika 68:703-707.",
    "Heinze & Puhr (2010), Bias-reduced and separation-proof conditional logistic regression, Stat Med 29:770-777.",
)
QUICK = replace(DEFAULT, max_iter=25)  # steps of the information alone, beyond which the Hessian is worth its price


@dataclass(frozen=True)
class ConditionalLikelihood:
    """Strata and penalty, as a problem of the solver; ``hessian`` where the information stands in badly for it."""

    strata: list[Strata]
    penalised: bool
    hessian: bool = False

    def closure(self, times: int = 1) -> Evaluate:
        evaluate = conditional_evaluator(self.strata, self.penalised)
        return with_hessian(evaluate) if self.hessian else evaluate


def conditional_logit(
    formula: str | Any = None,
    data: pd.DataFrame | Any = None,
    *,
    strata: Any = None,
    y: Any = None,
    X: Any = None,
    firth: bool = False,
    missing: Missing = "raise",
    cluster: Any = None,
    offset: Any = None,
    weights: Any = None,
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
    cluster : str or array-like, optional
        Clusters of strata; the covariance is then the sandwich of the strata's scores summed within clusters, times
        G / (G - 1), and p-values and limits are Wald's.
    offset : str or array-like, optional
        Known part of the linear predictor (n,).
    weights : str or array-like, optional
        One weight a stratum, the same in all its rows: 2 is the stratum twice. A row of weight 0 is left out.
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
        G02 and G03 (without ``firth``); G11, fewer than 8 clusters.
    EstimationError
        No stratum has both outcomes; a column does not vary within strata, or is there a combination of others.
    InputError
        Weights that differ within a stratum, a stratum in several clusters; see also
        :func:`~interventions_stats.engine.fit.build_design.build_design`.

    Warns
    -----
    ConvergenceWarning
        The penalised iteration stopped before a maximum.

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
    design = build_design(
        formula, data, y, X, missing=missing, cluster=cluster, offset=offset, weights=weights, names=names,
        groups={"strata": strata},
    )  # fmt: skip
    if "cluster_2" in design.groups:
        raise InputError("conditional_logit takes one cluster a row, not a pair of groupings")
    design, silent = _informative(design)
    clusters = None if design.cluster is None else _cluster_of_strata(design)
    design, groups = _whitened(design)
    problem, solution = _maximised(groups, design.p, firth)
    value = problem.closure()(solution.theta, slice(None))
    remarks = [silent] if silent else []
    if not firth:
        _refuse_separated(design, solution, value)
        remarks += guards.events_per_parameter(design, allow, "use conditional_logit(..., firth=True).")
    return _result(design, problem, value, solution, clusters, remarks)


def _informative(design: Design) -> tuple[Design, str]:
    """Keep strata with both outcomes."""
    codes = design.groups["strata"]
    events, sizes = np.bincount(codes, design.y), np.bincount(codes)
    keep = ((events > 0) & (events < sizes))[codes]
    if not keep.any():
        raise EstimationError("no stratum has both an event and a non-event; use coarser strata")
    lost, dropped = int((~keep).sum()), len(np.unique(codes[~keep]))
    present, new = np.unique(codes[keep], return_inverse=True)
    labels = {**design.labels, "strata": [design.labels["strata"][code] for code in present]}
    design = replace(of_rows(design, keep), groups={"strata": new.ravel()}, labels=labels)
    _check_constant_weights(design)
    text = f"Strata with only events or none carry no information: {dropped} ({lost} rows) left out." if lost else ""
    return design, text


def _check_constant_weights(design: Design) -> None:
    if design.weights is None:
        return
    order = np.argsort(design.groups["strata"], kind="stable")
    weights, codes = design.weights[order], design.groups["strata"][order]
    differs = np.flatnonzero((np.diff(codes) == 0) & (np.diff(weights) != 0))
    if len(differs):
        at = int(differs[0])
        raise InputError(
            f"weights differ within stratum {label(design, 'strata', int(codes[at]))} ({weights[at]:g} and {weights[at + 1]:g}); "
            "the rows of a stratum are one choice: give them the same weight, the number of times that the stratum counts, "
            "or 0 to leave a row out"
        )


def _cluster_of_strata(design: Design) -> NDArray[np.int64]:
    """Cluster of each stratum, which must lie in one."""
    assert design.cluster is not None
    pairs = np.unique(np.column_stack([design.groups["strata"], design.cluster]), axis=0)
    several = np.flatnonzero(np.diff(pairs[:, 0]) == 0)
    if len(several):
        stratum = label(design, "strata", int(pairs[several[0], 0]))
        raise InputError(
            f"stratum {stratum} has rows in two clusters; the rows of a stratum are one choice, so that each stratum must "
            "lie within one cluster"
        )
    codes = np.unique(pairs[:, 1], return_inverse=True)[1].ravel()
    check_clusters(int(codes.max()) + 1)
    return codes


def _whitened(design: Design) -> tuple[Design, list[Strata]]:
    """Centre and whiten within strata, so that the information at zero is the number of events times the identity."""
    codes = design.groups["strata"]
    names = design.names[int(design.intercept) :]
    X, scale, whitening = whitened(design.X, codes, names, "any stratum that has both outcomes")
    design = within_design(design, X, scale, whitening)
    weights = np.ones(design.n) if design.weights is None else design.weights
    start = information_at_zero(design.standardised(), design.y, codes, weights)
    design = turned(design, start, float(design.y @ weights), "any stratum that has both outcomes")
    return design, build_strata(design.standardised(), design.y, codes, design.offset, weights)


def _maximised(strata: list[Strata], p: int, firth: bool) -> tuple[ConditionalLikelihood, Solution]:
    problem = ConditionalLikelihood(strata, firth)
    settings: Settings = QUICK if firth else DEFAULT
    solution = maximise(problem.closure(), np.zeros((1, p)), settings=settings)
    if firth and not solution.converged[0]:
        problem = replace(problem, hessian=True)
        begin = solution.theta if np.isfinite(solution.theta).all() else np.zeros((1, p))
        solution = maximise(problem.closure(), begin)
    return problem, solution


def _refuse_separated(design: Design, solution: Solution, value: Evaluation) -> None:
    """Guard G03, decided by the cone of directions where no short step at a sound information matrix proves overlap."""
    codes = design.groups["strata"]
    z, weights = design.standardised(), np.ones(design.n) if design.weights is None else design.weights
    most = int(np.bincount(codes, design.y).max())
    if solution.converged[0] and proves_overlap(
        value.information[0], value.score[0], z, float(design.y @ weights), most
    ):
        return
    found = described(recession(z, design.back, StrataPairs(design.y, codes)), design.names, "strata")
    if found:
        raise RefusalError("G03", f"{found.message}.", "use conditional_logit(..., firth=True).")
    if not solution.converged[0]:
        raise EstimationError(
            f"conditional logit did not converge ({solution.reasons[0]}), though the data are not separated; "
            "look for a column or an offset with extreme values"
        )


def _result(
    design: Design, problem: ConditionalLikelihood, value: Evaluation, solution: Solution,
    clusters: NDArray[np.int64] | None, remarks: list[str],
) -> Fit:  # fmt: skip
    estimator = "conditional logit (Firth)" if problem.penalised else "conditional logit (ML)"
    if not solution.converged[0]:
        text = f"{estimator} stopped before a maximum ({solution.reasons[0]})"
        warnings.warn(text, ConvergenceWarning, stacklevel=3)
    bread, label = invert(value.information[0]), "inverse conditional information"
    inner: Floats = bread
    if clusters is not None:
        inner, label = _sandwich(problem, solution.theta[0], value.information[0], bread, clusters)
    return Fit(
        params=design.back @ solution.theta[0],
        cov=design.back @ inner @ design.back.T,
        names=design.names,
        loglik=float(value.objective[0]) - (design.log_volume if problem.penalised else 0.0),
        reason=solution.reasons[0],
        n=design.n_counted,
        n_events=design.n_events,
        n_events_total=design.n_events_total,
        n_dropped=design.n_dropped,
        estimator=estimator,
        model="conditional_logit",
        outcome=design.outcome,
        inference="profile" if clusters is None else "wald",
        covariance=label,
        profile=ScaledProfile(problem, solution.theta[0], value, design.back),
        design=design,
        remarks=tuple(remarks),
        references=REFERENCES,
        extra={"n_strata": int(design.groups["strata"].max()) + 1},
    )


def _sandwich(
    problem: ConditionalLikelihood, theta: Floats, information: Floats, bread: Floats, clusters: NDArray[np.int64]
) -> tuple[Floats, str]:
    scores, which = stratum_scores(problem.strata, theta, information, problem.penalised)
    total = np.zeros((int(clusters.max()) + 1, len(theta)))
    np.add.at(total, clusters[which], scores)
    g = len(total)
    return bread @ (total.T @ total) @ bread * (g / (g - 1)), f"cluster-robust, G / (G - 1), {g} clusters"
