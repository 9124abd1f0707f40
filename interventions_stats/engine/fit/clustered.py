"""Robust covariance of a regression fit, by clusters or row by row, and the options that all estimators share."""

from __future__ import annotations

from typing import Any

import numpy as np

from interventions_stats.engine.fit.bias_reduced import Root
from interventions_stats.engine.fit.covariance import (
    CLUSTER_KINDS,
    HC_KINDS,
    ClusterKind,
    Covariance,
    HCKind,
    cluster,
    hc,
    two_way,
)
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.regression import Estimate, Regression, invert
from interventions_stats.engine.intake.scalars import check_option
from interventions_stats.engine.solver.blas import one_blas_thread
from interventions_stats.engine.solver.kernels import WORK, Floats
from interventions_stats.errors import InputError

SECOND = "cluster_2"  # role of the second of two groupings
_FEW, _LONG = 50, 3_000


def score_residuals(
    regression: Regression, estimate: Estimate, sampling: Floats | None = None
) -> tuple[Floats, Floats]:
    """Derivative by eta of the log-likelihood of one row (n,), and its expected information (n,).

    Both are those of one of the rows that a weight counts; ``sampling`` (n,) are weights that do not count rows.
    With the Jeffreys penalty the residual is that of the adjusted score (Firth 1993, section 2), so that its
    product with the design is zero at the estimate.
    """
    design, kernel = regression.design, regression.kernel
    residual, weight = np.empty(design.n), np.empty(design.n)
    inverse = invert(estimate.value.information[0])
    for i in range(0, design.n, 8_192):
        rows = slice(i, min(i + 8_192, design.n))
        x = design.standardised(rows)
        eta = x @ estimate.theta
        if design.offset is not None:
            eta += design.offset[rows]
        work = np.empty((WORK, 1, len(x)))
        work[0, 0] = eta
        times = None if sampling is None else sampling[None, rows]
        y = None if kernel.canonical else design.y[None, rows]
        point = kernel.pointwise(work[0], y, times, int(regression.penalised), work)
        residual[rows], weight[rows] = -point.descent[0], point.weight[0]
        if kernel.canonical:
            residual[rows] += design.y[rows] if sampling is None else design.y[rows] * sampling[rows]
        if regression.penalised:
            assert point.weight1 is not None
            residual[rows] += 0.5 * np.einsum("ij,ij->i", x @ inverse, x) * point.weight1[0]
    return residual, weight


def robust_changes(
    regression: Regression,
    estimate: Estimate,
    cluster_kind: ClusterKind | None,
    robust: HCKind | None = None,
    sampling: Floats | None = None,
) -> dict[str, Any]:
    """Return the fields of a Fit that a robust covariance changes, or none where none was asked for.

    ``sampling`` (n,) is that part of the weights that does not count rows (a correction for sampling by outcome).

    Raises
    ------
    RefusalError
        G11, fewer than 8 clusters.
    InputError
        An unknown kind, a kind without clusters, both kinds of covariance, CR2 where it is not defined.
    """
    check_options(regression.design, cluster_kind, robust)
    if robust is None and regression.design.cluster is None:
        return {}
    return _robust(regression, estimate, cluster_kind, robust, sampling)


def check_options(design: Design, cluster_kind: str | None, robust: str | None) -> None:
    """Raise an InputError for options that are unknown or do not go together."""
    if cluster_kind is not None:
        check_option("cluster_kind", cluster_kind, CLUSTER_KINDS)
    if robust is not None:
        check_option("robust covariance", robust, HC_KINDS)
    if design.cluster is None:
        if cluster_kind is not None:
            raise InputError("cluster_kind needs cluster")
    elif robust is not None:
        raise InputError("give cluster or robust, not both: the clustered covariance allows for unequal variances too")


@one_blas_thread()
def _robust(
    regression: Regression, estimate: Estimate, cluster_kind: ClusterKind | None, robust: HCKind | None,
    sampling: Floats | None,
) -> dict[str, Any]:  # fmt: skip
    design = regression.design
    residual, weight = score_residuals(regression, estimate, sampling)
    counts = design.weights if design.weights is None or sampling is None else design.weights / sampling
    columns = design.standardised()
    if robust is not None:
        found, label = hc(columns, residual, weight, kind=robust, counts=counts), f"heteroskedasticity-robust {robust}"
    else:
        response = _per_response(regression, estimate, columns, weight)
        sampled = sampling is not None
        found, label = _clustered(design, columns, residual, weight, counts, response, cluster_kind, sampled)
    return {
        "theta_cov": found.matrix,
        "cov": design.back @ found.matrix @ design.back.T,
        "covariance": label,
        "degrees": found.df if np.isfinite(found.df).all() else None,
        "inference": "wald",
    }


def _per_response(regression: Regression, estimate: Estimate, columns: Floats, weight: Floats) -> Floats | None:
    """Score residual per unit of response residual (n,), which is one for a canonical link."""
    if regression.kernel.canonical:
        return None
    offset = regression.design.offset
    slope = regression.kernel.mean_derivative(columns @ estimate.theta + (0.0 if offset is None else offset))
    usable = (slope > 0) & (weight > 0)
    return np.where(usable, weight, 1.0) / np.where(usable, slope, 1.0)


def _clustered(
    design: Design, columns: Floats, residual: Floats, weight: Floats, counts: Floats | None, response: Floats | None,
    kind: ClusterKind | None, sampled: bool,
) -> tuple[Covariance, str]:  # fmt: skip
    assert design.cluster is not None
    second = design.groups.get(SECOND)
    if second is not None:
        chosen = kind or "CR1"
        found = two_way(columns, residual, design.cluster, second, weight, kind=chosen, counts=counts)
        both = " and ".join(str(len(np.unique(codes))) for codes in (design.cluster, second))
        return found, f"two-way cluster-robust {chosen}, {both} clusters"
    sizes = np.bincount(design.cluster)
    chosen = kind or ("CR2" if np.count_nonzero(sizes) < _FEW and not sampled else "CR1")
    if chosen == "CR2" and sampled:
        raise InputError(
            "CR2 is not defined with weights for sampling by outcome, which are no inverse variances; use cluster_kind='CR1'"
        )
    root: Root = "symmetric" if sizes.max() <= _LONG else "whitened"
    found = cluster(
        columns, residual, design.cluster, weight,
        kind=chosen, root=root, counts=counts, response=response, contrasts=design.back,
    )  # fmt: skip
    return found, f"cluster-robust {chosen}, {found.n_clusters} clusters"
