"""Overdispersed counts: negative binomial regression."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.fit import likelihood_guards as guards
from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.fit import Fit
from interventions_stats.engine.fit.regression import Regression
from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.errors import ConvergenceWarning, EstimationError

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
    missing: Missing = "raise",
    cluster: Any = None,
    offset: Any = None,
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
    missing, offset, names
        As in :func:`~interventions_stats.engine.models.logit.logit`.
    cluster : str or array-like, optional
        Groups for a cluster-robust covariance (with statsmodels' small-sample factor).

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
        See :func:`~interventions_stats.engine.fit.build_design.build_design`.

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
        formula,
        data,
        y,
        X,
        kind="count",
        missing=missing,
        cluster=cluster,
        offset=offset,
        exposure=exposure,
        names=names,
    )
    regression = Regression(design, "poisson")
    start = regression.fit()
    remarks = guards.separation(regression, start)
    mean = np.exp(design.matrix() @ start.params + (0.0 if design.offset is None else design.offset))
    # the score for alpha at zero: negative where the variance does not exceed the mean
    if float(((design.y - mean) ** 2 - design.y).sum()) <= 0:
        raise EstimationError("the counts are not overdispersed: the likelihood is largest at alpha = 0; use poisson")
    theta, cov, loglik, converged = _fit(design, start.theta, mean)
    turn = np.eye(design.p + 1)
    turn[: design.p, : design.p] = design.back
    if not converged:
        warnings.warn("negative binomial stopped before a maximum", ConvergenceWarning, stacklevel=2)
    label = "inverse observed information"
    if design.cluster is not None:
        label = f"cluster-robust, {len(np.unique(design.cluster))} clusters"
    return Fit(
        params=turn @ theta,
        cov=turn @ cov @ turn.T,
        names=(*design.names, "alpha"),
        loglik=loglik,
        reason="converged" if converged else "max_iter",
        n=design.n,
        n_events=design.n_events,
        n_events_total=design.n_events_total,
        n_dropped=design.n_dropped,
        estimator="negative binomial (ML, statsmodels)",
        model="negative_binomial",
        outcome=design.outcome,
        inference="wald",
        covariance=label,
        design=design,
        remarks=tuple(remarks),
        references=REFERENCES,
    )


def _fit(design: Design, theta: Floats, mean: Floats) -> tuple[Floats, Floats, float, bool]:
    """Estimates in standardised columns with alpha last (p + 1,), their covariance, and the log-likelihood."""
    from statsmodels.discrete.discrete_model import NegativeBinomial

    from interventions_stats.engine.fit.covariance import check_clusters

    alpha = max(float(((design.y - mean) ** 2 - design.y).sum() / (mean**2).sum()), 0.05)
    model = NegativeBinomial(design.y, design.standardised(), loglike_method="nb2", offset=design.offset)
    begin = np.append(theta, alpha)
    options: dict[str, Any] = {}
    if design.cluster is not None:
        check_clusters(len(np.unique(design.cluster)))
        options = {"cov_type": "cluster", "cov_kwds": {"groups": design.cluster}}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        rough = model.fit(start_params=begin, method="bfgs", maxiter=500, gtol=1e-8, disp=0)
        fine = model.fit(start_params=rough.params, method="newton", maxiter=50, tol=1e-12, disp=0, **options)
        best = fine if np.isfinite(fine.llf) and fine.llf >= rough.llf - 1e-8 else rough
        gradient = model.score(np.asarray(best.params))
    if not np.isfinite(best.params).all() or best.params[-1] <= 0:
        raise EstimationError(
            "the negative binomial likelihood has no interior maximum; use poisson(..., dispersion='quasi')"
        )
    converged = bool(np.abs(gradient).max() < 1e-5 * (1.0 + abs(best.llf)))
    return np.asarray(best.params), np.asarray(best.cov_params()), float(best.llf), converged
