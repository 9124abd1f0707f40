"""Recurrent onsets in continuous time: the Andersen-Gill Cox model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.covariance import check_clusters
from interventions_stats.engine.fit.fit import Fit, ScaledProfile
from interventions_stats.engine.fit.regression import invert
from interventions_stats.engine.intake.scalars import check_option
from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.engine.solver.newton import DIVERGED, Evaluate, maximise
from interventions_stats.engine.solver.partial_likelihood import (
    RiskSets,
    Ties,
    partial_evaluator,
    risk_sets,
    score_residuals,
)
from interventions_stats.errors import EstimationError, InputError, RefusalError

if TYPE_CHECKING:
    import pandas as pd

REFERENCES = (
    "Andersen & Gill (1982), Cox's regression model for counting processes, Annals of Statistics 10:1100-1120.",
    "Efron (1977), The efficiency of Cox's likelihood function for censored data, JASA 72:557-565.",
    "Lin & Wei (1989), The robust inference for the Cox proportional hazards model, JASA 84:1074-1078.",
)


@dataclass(frozen=True)
class PartialLikelihood:
    """The risk sets, as a problem of the solver."""

    sets: list[RiskSets]

    def closure(self, times: int) -> Evaluate:
        return partial_evaluator(self.sets)


def cox(
    formula: str | Any = None,
    data: pd.DataFrame | Any = None,
    *,
    stop: Any = None,
    start: Any = None,
    id: Any = None,
    strata: Any = None,
    y: Any = None,
    X: Any = None,
    ties: Ties = "efron",
    missing: Missing = "raise",
    offset: Any = None,
    names: Sequence[str] | None = None,
) -> Fit:
    """Cox regression of recurrent events (Andersen & Gill), robust to dependence within units.

    A row is an interval (start, stop] of one unit; the outcome says whether it ended in an event. A unit comes
    back into the risk set after each event.

    Parameters
    ----------
    formula, data : str and DataFrame
        ``"event ~ x1 + x2"``; or pass ``y`` and ``X``, also by position.
    stop, start : str or array-like
        End and beginning of each interval; start is zero by default.
    id : str or array-like, optional
        Unit of each row: the covariance is then the robust one of Lin & Wei (1989), summed within units.
    strata : str or array-like, optional
        Strata with baseline hazards of their own.
    ties : {"efron", "breslow"}
    missing, offset, names
        As in :func:`~interventions_stats.engine.models.logit.logit`.

    Returns
    -------
    Fit
        Log hazard ratios, without an intercept, with Wald inference; ``conf_int(method="profile")`` gives limits of the
        partial likelihood. ``extra["se_model"]`` names the model-based standard errors when ``id`` is given.

    Raises
    ------
    InputError
        A stop that is not after its start; see also :func:`~interventions_stats.engine.fit.build_design.build_design`.
    RefusalError
        G03, a coefficient that runs to infinity; G11, fewer than 8 units.

    Notes
    -----
    The code is our own: statsmodels' PHReg counts a row as at risk at the time at which it enters, so that
    intervals which begin at an event time give other numbers than (start, stop] requires, and its robust covariance of
    the bladder data differs from the published one even without such intervals.

    References
    ----------
    Andersen & Gill (1982), Ann Stat 10:1100-1120. Efron (1977), JASA 72:557-565. Lin & Wei (1989), JASA 84:1074-1078.

    Examples
    --------
    >>> fit = cox(y=[1, 1, 0, 1, 0, 1], X=[0.0, 1.0, 1.0, 1.0, 0.0, 0.0], stop=[2, 5, 6, 3, 6, 4], start=[0, 2, 0, 0, 3, 0])
    >>> float(fit.params[0].round(4))
    -0.4457
    """
    check_option("ties", ties, ("efron", "breslow"))
    if stop is None:
        raise InputError("cox needs stop: the end of each row's interval")
    design = build_design(
        formula, data, y, X, missing=missing, offset=offset, names=names, cluster=id,
        groups={} if strata is None else {"strata": strata}, numbers={"stop": stop, "start": start},
    )  # fmt: skip
    if "cluster_2" in design.groups:
        raise InputError("cox takes one id a row, not a pair of groupings")
    first = int(design.intercept)
    labels = design.names[first:]
    end = design.numbers["stop"]
    begin = design.numbers.get("start", np.zeros(design.n))
    if (end <= begin).any():
        row = int(np.flatnonzero(end <= begin)[0])
        raise InputError(f"stop must be after start, but row {row} has ({begin[row]:g}, {end[row]:g}]")
    x = (design.X - design.centre) / design.scale
    codes = design.groups.get("strata", np.zeros(design.n, dtype=np.int64))
    shift = np.zeros(design.n) if design.offset is None else design.offset
    sets = risk_sets(x, begin, end, design.y, shift, codes, ties)
    evaluate = partial_evaluator(sets)
    solution = maximise(evaluate, np.zeros((1, len(labels))))
    _refuse_runaway(solution.reason[0], solution.theta[0], labels)
    value = evaluate(solution.theta, slice(None))
    bread = invert(value.curvature[0])
    cov, label = bread, "inverse information"
    extra: dict[str, Any] = {"ties": ties}
    if design.cluster is not None:
        check_clusters(len(np.unique(design.cluster)))
        residual = score_residuals(sets, solution.theta[0], design.n)
        total = np.zeros((int(design.cluster.max()) + 1, len(labels)))
        np.add.at(total, design.cluster, residual)
        cov = bread @ (total.T @ total) @ bread
        label = f"robust (Lin & Wei), {len(np.unique(design.cluster))} units"
        extra["se_model"] = ", ".join(f"{s:.6g}" for s in np.sqrt(np.diagonal(bread)) / design.scale)
    return Fit(
        params=solution.theta[0] / design.scale,
        cov=cov / np.outer(design.scale, design.scale),
        names=labels,
        loglik=float(value.objective[0]),
        reason=solution.reasons[0],
        n=design.n,
        n_events=design.n_events,
        n_events_total=design.n_events_total,
        n_dropped=design.n_dropped,
        estimator="Cox (Andersen-Gill)",
        model="cox",
        outcome=design.outcome,
        inference="wald",
        covariance=label,
        profile=ScaledProfile(PartialLikelihood(sets), solution.theta[0], value, design.scale),
        design=design,
        references=REFERENCES,
        extra=extra,
    )


def _refuse_runaway(code: int, theta: Floats, names: tuple[str, ...]) -> None:
    """Guard G03: the partial likelihood has no maximum when some coefficient runs to infinity."""
    if code == DIVERGED or np.abs(theta).max() > 15.0:
        j = int(np.argmax(np.abs(theta)))
        way = "plus" if theta[j] > 0 else "minus"
        raise RefusalError(
            "G03",
            f"the partial likelihood rises for ever as the coefficient of {names[j]!r} goes to {way} infinity.",
            "use cloglog(..., firth=True) on the same rows, with time since the last event.",
        )
    if code != 0:
        raise EstimationError("cox did not converge; look for a column with extreme values")
