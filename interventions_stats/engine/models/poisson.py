"""Counts of events: Poisson and quasi-Poisson regression with exposure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interventions_stats.engine.fit import likelihood_guards as guards
from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.clustered import robust_changes
from interventions_stats.engine.fit.covariance import ClusterKind, HCKind
from interventions_stats.engine.fit.fit import Fit, regression_fit
from interventions_stats.engine.fit.maxima import several
from interventions_stats.engine.fit.regression import Estimate, Regression, invert
from interventions_stats.engine.intake.scalars import check_flag, check_option
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Dispersion = Literal["none", "quasi"]
_OVERDISPERSED = 1.3
REFERENCES = (
    "McCullagh & Nelder (1989), Generalized Linear Models, 2nd ed.",
    "Correia, Guimaraes & Zylkin (2019), Verifying the existence of maximum likelihood estimates, arXiv:1903.01633.",
)


def poisson(
    formula: str | Any = None,
    data: pd.DataFrame | Any = None,
    *,
    y: Any = None,
    X: Any = None,
    exposure: Any = None,
    dispersion: Dispersion = "none",
    firth: bool = False,
    intercept: bool = True,
    missing: Missing = "raise",
    cluster: Any = None,
    cluster_kind: ClusterKind | None = None,
    robust: HCKind | None = None,
    offset: Any = None,
    weights: Any = None,
    names: Sequence[str] | None = None,
) -> Fit:
    """Poisson regression of counts, with exposure.

    Parameters
    ----------
    formula, data : str and DataFrame
        Or pass ``y`` and ``X``, also by position.
    y, X : array-like
        Counts (n,) and columns (n, k) without an intercept.
    exposure : str or array-like, optional
        Time at risk, positive; its log enters as the offset, so that coefficients are log rate ratios.
    dispersion : {"none", "quasi"}
        ``"quasi"`` multiplies the covariance by Pearson's chi-square over its degrees of freedom and refers to t.
    firth : bool, default False
        Add the Jeffreys penalty, here the same as Firth's bias reduction: finite when a group has no events, with
        penalised likelihood-ratio p-values and profile limits.
    intercept, missing, cluster, cluster_kind, robust, offset, weights, names
        As in :func:`~interventions_stats.engine.models.logit.logit`.

    Returns
    -------
    Fit
        ``extra["dispersion"]`` holds Pearson's estimate.

    Raises
    ------
    RefusalError
        G03, separation (without ``firth``); G11.
    InputError, EstimationError
        See :func:`~interventions_stats.engine.fit.build_design.build_design`.

    References
    ----------
    McCullagh & Nelder (1989), Generalized Linear Models. Correia, Guimaraes & Zylkin (2019), arXiv:1903.01633.

    Examples
    --------
    Onsets per year under two leaders: the coefficient is the log of the rate ratio.

    >>> fit = poisson(y=[15, 10], X=[0.0, 1.0], exposure=[8, 21], names=["putin"])
    >>> float(np.exp(fit.params[1]).round(6)), round((10 / 21) / (15 / 8), 6)
    (0.253968, 0.253968)
    """
    check_option("dispersion", dispersion, ("none", "quasi"))
    if check_flag("firth", firth) and dispersion == "quasi":
        raise InputError("firth=True needs a likelihood; it does not go with dispersion='quasi'")
    design = build_design(
        formula, data, y, X, kind="count", intercept=intercept, missing=missing, cluster=cluster,
        offset=offset, exposure=exposure, weights=weights, names=names,
    )  # fmt: skip
    regression = Regression(design, "poisson", penalised=firth)
    estimate = regression.fit() if firth else guards.maximum(regression)
    remarks = list(several(estimate.landscape))
    pearson, left = pearson_dispersion(regression, estimate)
    changes: dict[str, Any] = {"inference": "profile" if firth else "wald"}
    if dispersion == "quasi":
        if left <= 0:
            raise InputError(
                f"{design.n_counted:g} rows leave no degrees of freedom for the dispersion of {design.p} coefficients"
            )
        changes |= {
            "cov": estimate.cov * pearson,
            "theta_cov": invert(estimate.value.information[0]) * pearson,
            "covariance": "inverse Fisher information x dispersion",
            "degrees": np.full(design.p, float(left)),
            "profile": None,
        }
    elif pearson > _OVERDISPERSED and left > 0:
        remarks.append(
            f"G10: the dispersion is {pearson:.2f}, above {_OVERDISPERSED}: Poisson errors are too small. "
            "Use dispersion='quasi', negative_binomial, or collapse linked onsets to conflict systems."
        )
    changes |= robust_changes(regression, estimate, cluster_kind, robust)
    name = {"quasi": "quasi-Poisson", "none": "Poisson (Firth)" if firth else "Poisson (ML)"}[dispersion]
    return regression_fit(
        regression,
        estimate,
        estimator=name,
        loglik=estimate.loglik - log_factorials(design.y, design.weights),
        remarks=tuple(remarks),
        references=REFERENCES,
        extra={"dispersion": pearson},
        **changes,
    )


def pearson_dispersion(regression: Regression, estimate: Estimate) -> tuple[float, float]:
    """Pearson's chi-square over its degrees of freedom (NaN without any), and those degrees."""
    design = regression.design
    mean = np.exp(design.linear_predictor(estimate.theta))
    weight = np.ones(design.n) if design.weights is None else design.weights
    left = design.n_counted - design.p
    chi_square = float((weight * (design.y - mean) ** 2 / mean).sum())
    return (chi_square / left if left > 0 else float("nan")), left


def log_factorials(y: np.ndarray, weights: np.ndarray | None) -> float:
    from scipy.special import gammaln

    terms = gammaln(y + 1.0)
    return float(terms.sum() if weights is None else weights @ terms)
