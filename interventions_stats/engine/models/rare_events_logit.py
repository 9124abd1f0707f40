"""King and Zeng's rare-events logit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interventions_stats.engine.fit import likelihood_guards as guards
from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.clustered import robust_changes
from interventions_stats.engine.fit.covariance import ClusterKind, HCKind
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.fit import Fit, regression_fit
from interventions_stats.engine.fit.regression import Estimate, Regression, invert
from interventions_stats.engine.intake.names import check_allowed
from interventions_stats.engine.intake.scalars import check_flag, check_level, check_option
from interventions_stats.engine.solver.kernels import Floats, expit
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Correction = Literal["none", "prior", "weighting"]
REFERENCES = (
    "King & Zeng (2001), Logistic regression in rare events data, Political Analysis 9:137-163.",
    "King & Zeng (2001), Explaining rare events in international relations, International Organization 55:693-715.",
)


@dataclass(frozen=True, repr=False, eq=False)
class RareEventsFit(Fit):
    """A :class:`Fit` whose probabilities allow for the uncertainty of the estimate."""

    def probabilities(
        self,
        data: pd.DataFrame | None = None,
        *,
        X: Any = None,
        offset: Any = None,
        unbiased: bool = False,
    ) -> Floats:
        """Return predicted probabilities (rows,) by King & Zeng's approximate Bayesian estimator.

        Parameters
        ----------
        data, X, offset
            New rows, as in :meth:`Fit.predict`.
        unbiased : bool, default False
            Subtract the correction instead of adding it: their "approximate unbiased" estimator, which
            has the larger mean squared error.

        Notes
        -----
        P(y = 1) is about p + (1/2 - p) p (1 - p) x V x' (King & Zeng 2001, eq. 20-22).
        """
        matrix, eta = self.linear_predictor(data, X=X, offset=offset)
        assert self.theta_cov is not None
        mean = expit(eta)
        change = (0.5 - mean) * mean * (1.0 - mean) * np.einsum("ij,jk,ik->i", matrix, self.theta_cov, matrix)
        return np.clip(mean - change if unbiased else mean + change, 0.0, 1.0)


def rare_events_logit(
    formula: str | Any = None,
    data: pd.DataFrame | Any = None,
    *,
    y: Any = None,
    X: Any = None,
    tau: float | None = None,
    correction: Correction | None = None,
    bias_correction: bool = True,
    missing: Missing = "raise",
    cluster: Any = None,
    cluster_kind: ClusterKind | None = None,
    robust: HCKind | None = None,
    offset: Any = None,
    weights: Any = None,
    names: Sequence[str] | None = None,
    allow: Sequence[str] = (),
) -> RareEventsFit:
    """Rare-events logit: maximum likelihood less its approximate bias, for case-control samples too.

    Parameters
    ----------
    formula, data : str and DataFrame
        Or pass ``y`` and ``X``, also by position.
    y, X : array-like
        Outcome (n,), coded 0/1 or boolean, and columns (n, k) without an intercept.
    tau : float, optional
        Share of events in the population, if rows were sampled by outcome.
    correction : {"none", "prior", "weighting"}, optional
        How ``tau`` enters: ``"prior"`` (default with ``tau``) subtracts
        log[(1 - tau)/tau * mean/(1 - mean)] from the intercept; ``"weighting"`` weights events by tau/mean and
        non-events by (1 - tau)/(1 - mean), with the covariance HC0 and the normal unless ``robust`` or ``cluster`` asks
        for another. CR2 is refused there: weights for sampling are no inverse variances.
    bias_correction : bool, default True
        Subtract the first-order bias (McCullagh & Nelder 1989) and shrink the covariance by (n/(n + p))**2.
    missing, cluster, cluster_kind, robust, offset, weights, names
        As in :func:`~interventions_stats.engine.models.logit.logit`.
    allow : sequence of str
        ``("G02",)`` lets it run with fewer than 5 events per parameter.

    Returns
    -------
    RareEventsFit
        Wald inference; ``probabilities()`` gives the corrected probabilities.

    Raises
    ------
    RefusalError
        G03: the correction starts from the maximum-likelihood estimate, which separation makes infinite. G02.
    InputError, EstimationError
        See :func:`~interventions_stats.engine.fit.build_design.build_design`.

    References
    ----------
    King & Zeng (2001), Political Analysis 9:137-163.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=1000)
    >>> y = rng.random(1000) < 1 / (1 + np.exp(3 - x))
    >>> fit = rare_events_logit(y=y, X=x, names=["x"], tau=0.01)
    >>> fit.params.round(2).tolist()
    [-4.8, 0.82]
    """
    allow = check_allowed(allow, ("G02",))
    bias_correction = check_flag("bias_correction", bias_correction)
    chosen = _checked(tau, correction)
    design = build_design(
        formula, data, y, X, missing=missing, cluster=cluster, offset=offset, weights=weights, names=names
    )
    if not design.intercept:
        raise InputError("rare_events_logit corrects the intercept; do not leave it out")
    mean = design.n_events / design.n_counted
    sampling = _sampling(design.y, mean, tau) if chosen == "weighting" else None
    regression = Regression(_weighted(design, sampling), "logit")
    estimate = guards.maximum(regression)
    remarks = guards.events_per_parameter(design, allow)
    changes = _covariance(regression, estimate, cluster_kind, robust, sampling)
    theta = estimate.theta.copy()
    if bias_correction:
        theta -= bias(regression, estimate, 1.0 if sampling is None or tau is None else tau / mean)
        shrunk = (design.n_counted / (design.n_counted + design.p)) ** 2
        changes |= {"cov": changes["cov"] * shrunk, "theta_cov": changes["theta_cov"] * shrunk}
    if chosen == "prior":
        assert tau is not None
        shift = np.log((1.0 - tau) / tau * mean / (1.0 - mean))
        theta -= shift * design.coordinates(np.eye(1, design.p))[0]
    base = regression_fit(
        regression,
        estimate,
        estimator="rare-events logit",
        params=design.back @ theta,
        theta=theta,
        design=design,
        n=design.n_counted,
        n_events=design.n_events,
        profile=None,
        remarks=tuple(remarks),
        references=REFERENCES,
        extra={"correction": chosen, "tau": tau},
        **changes,
    )
    return RareEventsFit(**{name: getattr(base, name) for name in base.__dataclass_fields__})


def _sampling(y: Floats, mean: float, tau: float | None) -> Floats:
    """Weights (n,) that bring the shares of events and non-events to those of the population."""
    assert tau is not None
    return np.where(y == 1, tau / mean, (1.0 - tau) / (1.0 - mean))


def _weighted(design: Design, sampling: Floats | None) -> Design:
    if sampling is None:
        return design
    return replace(design, weights=sampling if design.weights is None else sampling * design.weights)


def _covariance(
    regression: Regression, estimate: Estimate, cluster_kind: ClusterKind | None, robust: HCKind | None,
    sampling: Floats | None,
) -> dict[str, Any]:  # fmt: skip
    """Covariance in both coordinates, its name and its degrees of freedom."""
    plain: dict[str, Any] = {
        "cov": estimate.cov,
        "theta_cov": invert(estimate.value.information[0]),
        "covariance": "inverse Fisher information",
        "inference": "wald",
    }
    default = sampling is not None and robust is None and regression.design.cluster is None
    kind: HCKind | None = "HC0" if default else robust
    found = robust_changes(regression, estimate, cluster_kind, kind, sampling)
    return {**plain, **found, **({"degrees": None} if default else {})}


def _checked(tau: float | None, correction: Correction | None) -> Correction:
    tau = None if tau is None else check_level("tau", tau)
    chosen: Correction = ("none" if tau is None else "prior") if correction is None else correction
    check_option("correction", chosen, ("none", "prior", "weighting"))
    if chosen != "none" and tau is None:
        raise InputError(f"correction={chosen!r} needs tau, the share of events in the population")
    if chosen == "none" and tau is not None:
        raise InputError("tau was given with correction='none'; leave one of them out")
    return chosen


def bias(regression: Regression, estimate: Estimate, event_weight: float) -> Floats:
    """Approximate bias (p,) of ``theta``: (X'WX)^-1 X'W xi, xi_i = Q_ii ((1 + w1) p_i - w1) / 2 (King & Zeng, eq. 16).

    ``w1`` is the weight of an event, 1 without weighting.
    """
    from scipy.linalg import qr, solve_triangular

    design = regression.design
    eta = design.linear_predictor(estimate.theta)
    mean = expit(eta)
    row = np.ones(design.n) if design.weights is None else design.weights
    root = np.sqrt(regression.kernel.mean_derivative(eta) * row)  # p (1 - p) would lose the digits of 1 - p
    # a least-squares problem, solved as one: its normal equations would square the condition of nearly separated data, and
    # rows of very different sizes keep their digits if the longest come first and columns are pivoted (Cox & Higham 1998)
    x = root[:, None] * design.standardised()
    order = np.argsort(-np.einsum("ij,ij->i", x, x))
    q, r, pivots = qr(x[order], mode="economic", pivoting=True)
    leverage = np.einsum("ij,ij->i", q, q)
    xi = 0.5 * leverage * ((1.0 + event_weight) * mean[order] - event_weight) / np.maximum(root[order], 1e-150)
    theta = np.empty(design.p)
    theta[pivots] = solve_triangular(r, q.T @ xi)
    return theta
