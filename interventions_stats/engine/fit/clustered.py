"""Cluster-robust covariance of a regression fit, and the options that all estimators share."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from interventions_stats.engine.fit.regression import Estimate, Regression
from interventions_stats.engine.intake.scalars import check_option
from interventions_stats.engine.solver.blas import one_blas_thread
from interventions_stats.engine.solver.kernels import WORK, Floats
from interventions_stats.errors import InputError

ClusterKind = Literal["CR0", "CR1", "CR2"]
_FEW, _LONG = 50, 3_000


def score_residuals(regression: Regression, estimate: Estimate) -> tuple[Floats, Floats]:
    """Return the derivative of each row's log-likelihood by eta (n,), and its information weight (n,).

    With the Jeffreys penalty the residual is that of the adjusted score (Firth 1993, section 2), so that its
    product with the design is zero at the estimate.
    """
    design, kernel = regression.design, regression.kernel
    residual, weight = np.empty(design.n), np.empty(design.n)
    inverse = np.linalg.inv(design.back) @ estimate.cov @ np.linalg.inv(design.back).T
    for i in range(0, design.n, 8_192):
        rows = slice(i, min(i + 8_192, design.n))
        x = design.standardised(rows)
        eta = x @ estimate.theta
        if design.offset is not None:
            eta += design.offset[rows]
        work = np.empty((WORK, 1, len(x)))
        work[0, 0] = eta
        weights = None if design.weights is None else design.weights[None, rows]
        y = None if kernel.canonical else design.y[None, rows]
        point = kernel.pointwise(work[0], y, weights, int(regression.penalised), work)
        residual[rows], weight[rows] = -point.descent[0], point.weight[0]
        if kernel.canonical:
            residual[rows] += design.y[rows] if design.weights is None else design.y[rows] * design.weights[rows]
        if regression.penalised:
            assert point.weight1 is not None
            residual[rows] += 0.5 * np.einsum("ij,ij->i", x @ inverse, x) * point.weight1[0]
    return residual, weight


def cluster_changes(regression: Regression, estimate: Estimate, kind: ClusterKind | None) -> dict[str, Any]:
    """Return the fields of a Fit that clustering changes, or none without clusters.

    Raises
    ------
    RefusalError
        G11, fewer than 8 clusters.
    """
    design = regression.design
    if kind is not None:
        check_option("cluster_kind", kind, ("CR0", "CR1", "CR2"))
    if design.cluster is None:
        if kind is not None:
            raise InputError("cluster_kind needs cluster")
        return {}
    return _robust(regression, estimate, kind)


@one_blas_thread()
def _robust(regression: Regression, estimate: Estimate, kind: ClusterKind | None) -> dict[str, Any]:
    from interventions_stats.engine.fit import covariance

    design = regression.design
    assert design.cluster is not None
    sizes = np.bincount(design.cluster)
    chosen = kind or ("CR2" if np.count_nonzero(sizes) < _FEW else "CR1")
    residual, weight = score_residuals(regression, estimate)
    root: Literal["symmetric", "whitened"] = "symmetric" if sizes.max() <= _LONG else "whitened"
    found = covariance.cluster(design.matrix(), residual, design.cluster, weight, kind=chosen, root=root)
    return {
        "cov": found.matrix,
        "covariance": f"cluster-robust {chosen}, {found.n_clusters} clusters",
        "degrees": found.df,
        "inference": "wald",
    }
