"""Overdispersed counts: negative binomial regression."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.fit import likelihood_guards as guards
from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.clustered import SECOND, check_options
from interventions_stats.engine.fit.covariance import ClusterKind, Covariance, HCKind, from_scores
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.fit import Fit
from interventions_stats.engine.fit.regression import Regression, invert
from interventions_stats.engine.models.poisson import log_factorials
from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.engine.solver.newton import Evaluation, Rows, maximise
from interventions_stats.errors import ConvergenceWarning, EstimationError

if TYPE_CHECKING:
    import pandas as pd

REFERENCES = ("Cameron & Trivedi (2013), Regression Analysis of Count Data, 2nd ed., section 3.3.",)
_SUMMED = 1000.0


def negative_binomial(
    formula: str | Any = None,
    data: pd.DataFrame | Any = None,
    *,
    y: Any = None,
    X: Any = None,
    exposure: Any = None,
    intercept: bool = True,
    missing: Missing = "raise",
    cluster: Any = None,
    cluster_kind: ClusterKind | None = None,
    robust: HCKind | None = None,
    offset: Any = None,
    weights: Any = None,
    names: Sequence[str] | None = None,
) -> Fit:
    """Negative binomial regression (NB2: variance mean + alpha mean**2), by maximum likelihood.

    Parameters
    ----------
    formula, data : str and DataFrame
        Or pass ``y`` and ``X``, also by position.
    y, X : array-like
        Counts (n,) and columns (n, k) without an intercept.
    exposure : str or array-like, optional
        Time at risk, positive; its log enters as the offset.
    intercept, missing, offset, weights, names
        As in :func:`~interventions_stats.engine.models.logit.logit`.
    cluster : str, array-like or a pair of them, optional
        Groups for a cluster-robust covariance (two-way for a pair).
    cluster_kind : {"CR0", "CR1", "stata"}, optional
        CR1 by default; CR2 needs a leverage, which this likelihood does not have.
    robust : {"HC0", "HC1"}, optional
        Covariance from the scores of the rows.

    Returns
    -------
    Fit
        With ``alpha`` as the last term, which predictions do not need. Wald inference; standard errors from the observed information.

    Raises
    ------
    EstimationError
        The counts are not overdispersed, so that the likelihood is largest at alpha = 0: use ``poisson``.
    RefusalError
        G03, separation; G11.
    InputError
        Weights that are not whole numbers; see :func:`~interventions_stats.engine.fit.build_design.build_design`.

    References
    ----------
    Cameron & Trivedi (2013), Regression Analysis of Count Data, section 3.3.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=300)
    >>> y = rng.poisson(np.exp(0.3 + 0.5 * x) * rng.gamma(2.0, 0.5, 300))
    >>> fit = negative_binomial(y=y, X=x, names=["x"])
    >>> fit.names, fit.params.round(2).tolist()
    (('Intercept', 'x', 'alpha'), [0.24, 0.47, 0.45])
    """
    design = build_design(
        formula, data, y, X, kind="count", intercept=intercept, missing=missing, cluster=cluster,
        offset=offset, exposure=exposure, weights=weights, names=names,
    )  # fmt: skip
    check_options(design, cluster_kind, robust)
    start = guards.maximum(Regression(design, "poisson"))
    weight = np.ones(design.n) if design.weights is None else design.weights
    mean = np.exp(design.linear_predictor(start.theta))
    # the score for alpha at zero: negative where the variance does not exceed the mean
    excess = float(weight @ ((design.y - mean) ** 2 - design.y))
    if excess <= 0:
        raise EstimationError("the counts are not overdispersed: the likelihood is largest at alpha = 0; use poisson")
    likelihood = _Likelihood(design.standardised(), design.y, weight, design.offset)
    begin = np.append(start.theta, np.log(max(excess / float(weight @ mean**2), 0.05)))
    solution = maximise(likelihood.evaluate, begin[None])
    if solution.reasons[0] == "diverged":
        raise EstimationError(
            "the negative binomial likelihood has no interior maximum; use poisson(..., dispersion='quasi')"
        )
    if not solution.converged[0]:
        warnings.warn("negative binomial stopped before a maximum", ConvergenceWarning, stacklevel=2)
    value = likelihood.evaluate(solution.theta, slice(None))
    alpha = float(np.exp(solution.theta[0, -1]))
    turn = np.diag(np.full(design.p + 1, alpha))
    turn[: design.p, : design.p] = design.back
    bread = invert(value.curvature[0])
    robustly = _robust(design, likelihood.scores(solution.theta[0]), bread, cluster_kind, robust)
    spread = bread if robustly is None else robustly.matrix
    return Fit(
        params=np.append(design.back @ solution.theta[0, :-1], alpha),
        cov=turn @ spread @ turn.T,
        theta=solution.theta[0, :-1],
        theta_cov=spread[:-1, :-1],
        names=(*design.names, "alpha"),
        loglik=float(value.objective[0]) - log_factorials(design.y, design.weights),
        reason=solution.reasons[0],
        n=design.n_counted,
        n_events=design.n_events,
        n_events_total=design.n_events_total,
        n_dropped=design.n_dropped,
        estimator="negative binomial (ML)",
        model="negative_binomial",
        outcome=design.outcome,
        inference="wald",
        covariance="inverse observed information" if robustly is None else _label(robustly, design),
        degrees=None if robustly is None or np.isinf(robustly.df).any() else robustly.df,
        design=design,
        references=REFERENCES,
    )


def _robust(
    design: Design, scores: Floats, bread: Floats, cluster_kind: ClusterKind | None, robust: HCKind | None
) -> Covariance | None:
    if robust is not None:
        return from_scores(scores, bread, kind=robust, counts=design.weights)
    if design.cluster is None:
        return None
    groups = [design.cluster, *(design.groups[role] for role in (SECOND,) if role in design.groups)]
    return from_scores(scores, bread, *groups, kind=cluster_kind or "CR1", counts=design.weights)


def _label(found: Covariance, design: Design) -> str:
    if found.n_clusters is None:
        return f"heteroskedasticity-robust {found.name}"
    if SECOND not in design.groups:
        return f"cluster-robust {found.name}, {found.n_clusters} clusters"
    assert design.cluster is not None
    sizes = " and ".join(str(len(np.unique(codes))) for codes in (design.cluster, design.groups[SECOND]))
    return f"two-way cluster-robust {found.name.removeprefix('two-way ')}, {sizes} clusters"


@dataclass(frozen=True)
class _Likelihood:
    """NB2 log-likelihood without the log factorials, in fitted columns ``x`` (n, p) and tau = log(alpha) as the last coordinate.

    A row adds ``sum_k<y log(1 + alpha k) + y eta - (y + 1/alpha) log(1 + alpha mu)``, in which nothing cancels as alpha
    goes to zero.
    """

    x: Floats
    y: Floats
    weights: Floats
    offset: Floats | None

    def rows(self, theta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Log-likelihood (n,), its derivatives by eta and tau (2, n) and second ones by eta, both and tau (3, n), and the information of eta (n,)."""
        y, alpha = self.y, float(np.exp(theta[-1]))
        mean = np.exp(self.x @ theta[:-1] + (0.0 if self.offset is None else self.offset))
        odds = alpha * mean
        share = 1.0 / (1.0 + odds)
        log, slope, bend = _ascending(y, alpha)
        thick = np.log1p(odds)
        pull = thick / alpha
        taken = (y + 1.0 / alpha) * odds * share
        value = log + y * np.log(mean) - y * thick - pull
        first = np.stack([(y - mean) * share, slope + pull - taken])
        by_both = -(y - mean) * odds * share**2
        by_tau = bend - pull + 2.0 * mean * share - taken * share
        second = np.stack([-mean * (1.0 + alpha * y) * share**2, by_both, by_tau])
        return value, first, second, mean * share

    def scores(self, theta: Floats) -> Floats:
        """Scores (n, p + 1) of one row of each kind."""
        by_eta, by_tau = self.rows(theta)[1]
        return np.column_stack([self.x * by_eta[:, None], by_tau])

    def evaluate(self, theta: Floats, _: Rows) -> Evaluation:
        """The solver's closure of this one fit."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value, first, second, information = self.rows(theta[0])
        x, w = self.x, self.weights
        score = np.append((w * first[0]) @ x, w @ first[1])
        cross, tail = (w * second[1]) @ x, float(w @ second[2])
        curvature, stand_in = np.empty((2, len(score), len(score)))
        curvature[:-1, :-1] = (x * (-w * second[0])[:, None]).T @ x
        curvature[-1, :-1] = curvature[:-1, -1] = -cross
        curvature[-1, -1] = -tail
        stand_in[:] = 0.0
        stand_in[:-1, :-1] = (x * (w * information)[:, None]).T @ x
        stand_in[-1, -1] = abs(tail) + abs(score[-1])  # far from the top, where tau may curve the other way
        return Evaluation(np.array([w @ value]), score[None], curvature[None], stand_in[None])


def _ascending(y: Floats, alpha: float) -> tuple[Floats, Floats, Floats]:
    """Sums over k below y of log(1 + alpha k), and their first two derivatives by log(alpha), each (n,).

    Summed up to ``_SUMMED``, and by gamma functions from there, where they cancel no longer.
    """
    from scipy.special import digamma, gammaln, zeta

    summed = np.minimum(y, _SUMMED)
    k = np.arange(float(summed.max(initial=0.0)))
    growth = alpha * k / (1.0 + alpha * k)
    parts = np.stack([np.log1p(alpha * k), growth, growth / (1.0 + alpha * k)])
    tables = np.concatenate([np.zeros((3, 1)), np.cumsum(parts, axis=1)], axis=1)
    log, slope, bend = tables[:, summed.astype(np.intp)]
    if (y > summed).any():
        r, more = 1.0 / alpha, y - summed
        reciprocals = r * (digamma(y + r) - digamma(summed + r))
        log += gammaln(y + r) - gammaln(summed + r) + more * np.log(alpha)
        slope += more - reciprocals
        bend += reciprocals - r * r * (zeta(2.0, summed + r) - zeta(2.0, y + r))
    return log, slope, bend
