"""Overdispersed counts: negative binomial regression."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interventions_stats.engine.fit import likelihood_guards as guards
from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.clustered import SECOND, check_options
from interventions_stats.engine.fit.covariance import ClusterKind, Covariance, HCKind, from_scores
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.fit import Fit
from interventions_stats.engine.fit.regression import Regression
from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.errors import ConvergenceWarning, EstimationError, InputError

if TYPE_CHECKING:
    import pandas as pd

REFERENCES = (
    "Cameron & Trivedi (2013), Regression Analysis of Count Data, 2nd ed., section 3.3.",
    "Seabold & Perktold (2010), statsmodels: Econometric and statistical modeling with Python, Proc. 9th SciPy.",
)


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
    """Negative binomial regression (NB2: variance mean + alpha mean**2), fitted by statsmodels.

    Parameters
    ----------
    formula, data : str and DataFrame
        Or pass ``y`` and ``X``, also by position.
    y, X : array-like
        Counts (n,) and columns (n, k) without an intercept.
    exposure : str or array-like, optional
        Time at risk, positive; its log enters as the offset.
    intercept, missing, offset, names
        As in :func:`~interventions_stats.engine.models.logit.logit`.
    cluster : str, array-like or a pair of them, optional
        Groups for a cluster-robust covariance (two-way for a pair).
    cluster_kind : {"CR0", "CR1", "stata"}, optional
        CR1 by default; CR2 needs a leverage, which this likelihood does not have.
    robust : {"HC0", "HC1"}, optional
        Covariance from the scores of the rows.
    weights : str or array-like, optional
        Whole numbers that count rows: 2 is the row twice, 0 leaves it out.

    Returns
    -------
    Fit
        With ``alpha`` as the last term. Wald inference; standard errors from the observed information.

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
    table = _written_out(design)
    regression = Regression(design, "poisson")
    start = regression.fit()
    remarks = guards.separation(regression, start)
    mean = np.exp(table.standardised() @ start.theta + (0.0 if table.offset is None else table.offset))
    # the score for alpha at zero: negative where the variance does not exceed the mean
    if float(((table.y - mean) ** 2 - table.y).sum()) <= 0:
        raise EstimationError("the counts are not overdispersed: the likelihood is largest at alpha = 0; use poisson")
    found = _fit(table, start.theta, mean)
    robustly = _robust(table, found, cluster_kind, robust)
    turn = np.eye(design.p + 1)
    turn[: design.p, : design.p] = design.back
    if not found.converged:
        warnings.warn("negative binomial stopped before a maximum", ConvergenceWarning, stacklevel=2)
    return Fit(
        params=turn @ found.theta,
        cov=turn @ (found.bread if robustly is None else robustly.matrix) @ turn.T,
        names=(*design.names, "alpha"),
        loglik=found.loglik,
        reason="converged" if found.converged else "max_iter",
        n=design.n_counted,
        n_events=design.n_events,
        n_events_total=design.n_events_total,
        n_dropped=design.n_dropped,
        estimator="negative binomial (ML, statsmodels)",
        model="negative_binomial",
        outcome=design.outcome,
        inference="wald",
        covariance="inverse observed information" if robustly is None else _label(robustly, table),
        degrees=None if robustly is None or np.isinf(robustly.df).any() else robustly.df,
        design=design,
        remarks=tuple(remarks),
        references=REFERENCES,
    )


class _Found(NamedTuple):
    """Estimates (p + 1,) in standardised columns with alpha last, inverse information, scores of rows (n, p + 1)."""

    theta: Floats
    bread: Floats
    scores: Floats
    loglik: float
    converged: bool


def _written_out(design: Design) -> Design:
    """The table with each row as often as its weight says, since statsmodels fits rows and not weights."""
    if design.weights is None:
        return design
    if (design.weights != np.round(design.weights)).any():
        raise InputError("negative_binomial takes weights that are whole numbers: they count rows")
    rows = np.repeat(np.arange(design.n), design.weights.astype(np.intp))
    return replace(
        design,
        y=design.y[rows],
        X=design.X[rows],
        weights=None,
        offset=None if design.offset is None else design.offset[rows],
        cluster=None if design.cluster is None else design.cluster[rows],
        groups={role: codes[rows] for role, codes in design.groups.items()},
    )


def _robust(
    design: Design, found: _Found, cluster_kind: ClusterKind | None, robust: HCKind | None
) -> Covariance | None:
    if robust is not None:
        return from_scores(found.scores, found.bread, kind=robust)
    if design.cluster is None:
        return None
    groups = [design.cluster, *(design.groups[role] for role in (SECOND,) if role in design.groups)]
    return from_scores(found.scores, found.bread, *groups, kind=cluster_kind or "CR1")


def _label(found: Covariance, design: Design) -> str:
    if found.n_clusters is None:
        return f"heteroskedasticity-robust {found.name}"
    if SECOND not in design.groups:
        return f"cluster-robust {found.name}, {found.n_clusters} clusters"
    assert design.cluster is not None
    sizes = " and ".join(str(len(np.unique(codes))) for codes in (design.cluster, design.groups[SECOND]))
    return f"two-way cluster-robust {found.name.removeprefix('two-way ')}, {sizes} clusters"


def _fit(design: Design, theta: Floats, mean: Floats) -> _Found:
    from statsmodels.discrete.discrete_model import NegativeBinomial

    alpha = max(float(((design.y - mean) ** 2 - design.y).sum() / (mean**2).sum()), 0.05)
    model = NegativeBinomial(design.y, design.standardised(), loglike_method="nb2", offset=design.offset)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        rough = model.fit(start_params=np.append(theta, alpha), method="bfgs", maxiter=500, gtol=1e-8, disp=0)
        fine = model.fit(start_params=rough.params, method="newton", maxiter=50, tol=1e-12, disp=0)
        best = fine if np.isfinite(fine.llf) and fine.llf >= rough.llf - 1e-8 else rough
        scores = np.asarray(model.score_obs(np.asarray(best.params)))
    if not np.isfinite(best.params).all() or best.params[-1] <= 0:
        raise EstimationError(
            "the negative binomial likelihood has no interior maximum; use poisson(..., dispersion='quasi')"
        )
    converged = bool(np.abs(scores.sum(axis=0)).max() < 1e-5 * (1.0 + abs(best.llf)))
    return _Found(np.asarray(best.params), np.asarray(best.cov_params()), scores, float(best.llf), converged)
