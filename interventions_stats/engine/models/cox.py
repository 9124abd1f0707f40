"""Recurrent onsets in continuous time: the Andersen-Gill Cox model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.covariance import check_clusters
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.fit import Fit, ScaledProfile
from interventions_stats.engine.fit.regression import invert
from interventions_stats.engine.fit.separation_pairs import RiskSetPairs, described, proves_overlap, recession
from interventions_stats.engine.fit.within import label, turned, whitened, within_design
from interventions_stats.engine.intake.scalars import check_option
from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.engine.solver.newton import Evaluate, Evaluation, Solution, maximise
from interventions_stats.engine.solver.partial_likelihood import (
    RiskSets,
    Ties,
    partial_evaluator,
    risk_sets,
    score_residuals,
)
from interventions_stats.engine.solver.ties import merged
from interventions_stats.errors import EstimationError, InputError, RefusalError

if TYPE_CHECKING:
    import pandas as pd

REFERENCES = (
    "Andersen & Gill (1982), Cox's regression model for counting processes, Annals of Statistics 10:1100-1120.",
    "Efron (1977), The efficiency of Cox's likelihood function for censored data, JASA 72:557-565.",
    "Lin & Wei (1989), The robust inference for the Cox proportional hazards model, JASA 84:1074-1078.",
)
RISK_SET = "any risk set (the rows of a stratum at risk at the time of an event)"


@dataclass(frozen=True)
class PartialLikelihood:
    """The risk sets, as a problem of the solver."""

    sets: list[RiskSets]

    def closure(self, times: int = 1) -> Evaluate:
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
    cluster: Any = None,
    offset: Any = None,
    weights: Any = None,
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
        End and beginning of each interval; start is zero by default. Times that differ by rounding only are equal
        (:mod:`~interventions_stats.engine.solver.ties`).
    id : str or array-like, optional
        Unit of each row, whose intervals must not overlap within a stratum: the covariance is then the robust one of
        Lin & Wei (1989), summed within units.
    strata : str or array-like, optional
        Strata with baseline hazards of their own.
    ties : {"efron", "breslow"}
    cluster : str or array-like, optional
        Clusters, where they are not the units: the robust covariance is summed within them.
    weights : str or array-like, optional
        Case weights (n,). With Breslow's ties 2 is the row twice; with Efron's d tied events each count with their mean
        weight (Therneau & Grambsch 2000), while a row twice would be two tied events. A row of weight 0 is left out.
    missing, offset, names
        As in :func:`~interventions_stats.engine.models.logit.logit`.

    Returns
    -------
    Fit
        Log hazard ratios, without an intercept, with Wald inference; ``conf_int(method="profile")`` gives limits of the
        partial likelihood. ``extra["se_model"]`` names the model-based standard errors when ``id`` or ``cluster`` is given.

    Raises
    ------
    InputError
        A stop that is not after its start, intervals of one unit that overlap; see also
        :func:`~interventions_stats.engine.fit.build_design.build_design`.
    EstimationError
        A column that does not vary within risk sets, or is there a combination of others.
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
    Therneau & Grambsch (2000), Modeling survival data, Springer.

    Examples
    --------
    >>> fit = cox(y=[1, 1, 0, 1, 0, 1], X=[0.0, 1.0, 1.0, 1.0, 0.0, 0.0], stop=[2, 5, 6, 3, 6, 4], start=[0, 2, 0, 0, 3, 0])
    >>> float(fit.params[0].round(4))
    -0.4457
    """
    check_option("ties", ties, ("efron", "breslow"))
    if stop is None:
        raise InputError("cox needs stop: the end of each row's interval")
    groups = {"strata": strata, "id": id}
    design = build_design(
        formula, data, y, X, kind="event", missing=missing, offset=offset, weights=weights, names=names, cluster=cluster,
        groups={k: v for k, v in groups.items() if v is not None}, numbers={"stop": stop, "start": start},
    )  # fmt: skip
    if "cluster_2" in design.groups:
        raise InputError("cox takes one cluster a row, not a pair of groupings")
    begin, end = _times(design)
    design, sets = _whitened(design, begin, end, ties)
    problem = PartialLikelihood(sets)
    solution = maximise(problem.closure(), np.zeros((1, design.p)))
    value = problem.closure()(solution.theta, slice(None))
    _refuse_runaway(design, sets, solution, value)
    return _result(design, problem, solution, value, ties)


def _times(design: Design) -> tuple[Floats, Floats]:
    """Start and stop of each row, equal where they differ by rounding only."""
    end = design.numbers["stop"]
    begin = design.numbers.get("start", np.zeros(design.n))
    both = merged(np.concatenate([begin, end]))
    begin, end = both[: design.n], both[design.n :]
    if (end <= begin).any():
        row = int(np.flatnonzero(end <= begin)[0])
        raise InputError(f"stop must be after start, but row {row} has ({begin[row]:g}, {end[row]:g}]")
    if "id" in design.groups:
        _refuse_overlap(design, begin, end)
    return begin, end


def _refuse_overlap(design: Design, begin: Floats, end: Floats) -> None:
    """A unit is at risk once at a time: its intervals in a stratum must not overlap."""
    unit = design.groups["id"]
    stratum = design.groups.get("strata", np.zeros(design.n, dtype=np.int64))
    order = np.lexsort((end, begin, stratum, unit))
    a, b = order[:-1], order[1:]
    overlap = np.flatnonzero((unit[a] == unit[b]) & (stratum[a] == stratum[b]) & (begin[b] < end[a]))
    if len(overlap):
        one, two = (int(rows[overlap[0]]) for rows in (a, b))
        what = "the same interval" if (begin[one], end[one]) == (begin[two], end[two]) else "overlapping intervals"
        raise InputError(
            f"rows {one} and {two} are {what} of id {label(design, 'id', int(unit[one]))}: ({begin[one]:g}, {end[one]:g}] and "
            f"({begin[two]:g}, {end[two]:g}]; a unit is at risk once at a time. Give start, mend the times, or pass what is "
            "no unit but a group of them as cluster"
        )


def _whitened(design: Design, begin: Floats, end: Floats, ties: Ties) -> tuple[Design, list[RiskSets]]:
    """Centre within strata and whiten, so that the information at zero is the number of events times the identity."""
    codes = design.groups.get("strata", np.zeros(design.n, dtype=np.int64))
    names = design.names[int(design.intercept) :]
    design = within_design(
        design, *whitened(design.X, codes, names, "any stratum" if "strata" in design.groups else "the data")
    )
    weights = np.ones(design.n) if design.weights is None else design.weights
    offset = np.zeros(design.n) if design.offset is None else design.offset

    def sets(shift: Floats) -> list[RiskSets]:
        return risk_sets(design.standardised(), begin, end, design.y, shift, weights, codes, ties)

    start = partial_evaluator(sets(np.zeros(design.n)))(np.zeros((1, design.p)), slice(None))
    design = turned(design, start.information[0], float(design.y @ weights), RISK_SET)
    return design, sets(offset)


def _refuse_runaway(design: Design, sets: list[RiskSets], solution: Solution, value: Evaluation) -> None:
    """Guard G03, decided by the cone of directions where no short step at a sound information matrix proves overlap."""
    z, weights = design.standardised(), np.ones(design.n) if design.weights is None else design.weights
    if solution.converged[0] and proves_overlap(value.information[0], value.score[0], z, float(design.y @ weights), 1):
        return
    found = described(recession(*_pairs(sets, design)), design.names, "event times")
    if found:
        raise RefusalError(
            "G03", f"{found.message}.", "use cloglog(..., firth=True) on the same rows, with time since the last event."
        )
    if not solution.converged[0]:
        raise EstimationError(
            f"cox did not converge ({solution.reasons[0]}), though the data are not separated; look for a column or an "
            "offset with extreme values"
        )


def _pairs(sets: list[RiskSets], design: Design) -> tuple[Floats, Floats, RiskSetPairs]:
    """All strata's risk sets beside one another: rows, the map back, and the pairs."""
    rows = np.cumsum([0, *(len(s.rows) for s in sets)])
    times = np.cumsum([0, *(s.times for s in sets)])
    join = [
        np.concatenate([getattr(s, name) + by[k] for k, s in enumerate(sets)])
        for name, by in (("first", times), ("last", times), ("event_row", rows), ("event_time", times))
    ]
    return np.concatenate([s.x for s in sets]), design.back, RiskSetPairs(*join)


def _result(design: Design, problem: PartialLikelihood, solution: Solution, value: Evaluation, ties: Ties) -> Fit:
    bread = invert(value.curvature[0])
    inner, formula = bread, "inverse information"
    extra: dict[str, Any] = {"ties": ties}
    codes = design.groups.get("id") if design.cluster is None else design.cluster
    if codes is not None:
        codes = np.unique(codes, return_inverse=True)[1].ravel()
        units = int(codes.max()) + 1
        check_clusters(units)
        total = np.zeros((units, design.p))
        np.add.at(total, codes, score_residuals(problem.sets, solution.theta[0], design.n))
        inner = bread @ (total.T @ total) @ bread
        formula = f"robust (Lin & Wei), {units} {'units' if design.cluster is None else 'clusters'}"
        model = np.sqrt(np.einsum("ij,jk,ik->i", design.back, bread, design.back))
        extra["se_model"] = ", ".join(f"{s:.6g}" for s in model)
    return Fit(
        params=design.back @ solution.theta[0],
        cov=design.back @ inner @ design.back.T,
        names=design.names,
        loglik=float(value.objective[0]),
        reason=solution.reasons[0],
        n=design.n_counted,
        n_events=design.n_events,
        n_events_total=design.n_events_total,
        n_dropped=design.n_dropped,
        estimator="Cox (Andersen-Gill)",
        model="cox",
        outcome=design.outcome,
        inference="wald",
        covariance=formula,
        profile=ScaledProfile(problem, solution.theta[0], value, design.back),
        design=design,
        references=REFERENCES,
        extra=extra,
    )
