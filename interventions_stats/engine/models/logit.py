"""Logit by maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from interventions_stats.engine.fit import likelihood_guards as guards
from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.clustered import robust_changes
from interventions_stats.engine.fit.covariance import ClusterKind, HCKind
from interventions_stats.engine.fit.fit import Fit, regression_fit
from interventions_stats.engine.fit.regression import Regression
from interventions_stats.engine.intake.names import check_allowed

if TYPE_CHECKING:
    import pandas as pd


def logit(
    formula: str | Any = None,
    data: pd.DataFrame | Any = None,
    *,
    y: Any = None,
    X: Any = None,
    intercept: bool = True,
    missing: Missing = "raise",
    cluster: Any = None,
    cluster_kind: ClusterKind | None = None,
    robust: HCKind | None = None,
    offset: Any = None,
    weights: Any = None,
    names: Sequence[str] | None = None,
    allow: Sequence[str] = (),
) -> Fit:
    """Logistic regression by maximum likelihood, refused where it misleads.

    Parameters
    ----------
    formula, data : str and DataFrame
        For example ``"onset ~ approval + oil"``; or pass ``y`` and ``X``, also by position.
    y, X : array-like
        Outcome (n,), coded 0/1 or boolean, and columns (n, k) without an intercept.
    intercept : bool, default True
    missing : {"raise", "drop"}, default "raise"
    cluster : str, array-like or a pair of them, optional
        Groups for a cluster-robust covariance (two-way for a pair).
    cluster_kind : {"CR0", "CR1", "CR2", "stata"}, optional
        By default CR2 with Satterthwaite degrees of freedom below 50 clusters, CR1 from there and with two groupings;
        see :func:`~interventions_stats.engine.fit.covariance.cluster`.
    robust : {"HC0", "HC1", "HC2", "HC3"}, optional
        Heteroskedasticity-consistent covariance, with t on n - p degrees of freedom.
    offset, weights : str or array-like, optional
        Weights count rows: 2 is the row twice, 0 leaves it out, 1.5 counts as a row and a half.
    names : sequence of str, optional
        Names of the columns of ``X``.
    allow : sequence of str
        Guards to switch from refusing to warning: ``"G02"`` (few events), ``"G04"`` (Hauck-Donner).
        Separation (G03) cannot be allowed: there is no estimate.

    Returns
    -------
    Fit
        With Wald p-values and intervals; ``conf_int(method="profile")`` gives likelihood limits.

    Raises
    ------
    RefusalError
        G02, fewer than 5 events per parameter; G03, separation, with the column and its direction;
        G04, a Wald test that hides an effect the likelihood-ratio test sees (Hauck & Donner 1977); G01; G11.
    InputError, EstimationError
        See :func:`~interventions_stats.engine.fit.build_design.build_design`.

    Warns
    -----
    GuardWarning
        G02 below 10 events per parameter; G04.

    References
    ----------
    Albert & Anderson (1984), Biometrika 71:1-10. Hauck & Donner (1977), JASA 72:851-853.
    Peduzzi et al. (1996), J Clin Epidemiol 49:1373-1379.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> X = rng.normal(size=(400, 1))
    >>> fit = logit(y=rng.random(400) < 1 / (1 + np.exp(1.5 - X[:, 0])), X=X, names=["approval"])
    >>> fit.params.round(2).tolist(), fit.bse.round(2).tolist()
    ([-1.62, 0.84], [0.14, 0.16])
    """
    allow = check_allowed(allow, ("G02", "G04"))
    design = build_design(
        formula, data, y, X, intercept=intercept, missing=missing, cluster=cluster,
        offset=offset, weights=weights, names=names,
    )  # fmt: skip
    regression = Regression(design, "logit")
    estimate = guards.maximum(regression)
    remarks = [
        *guards.events_per_parameter(design, allow),
        *guards.hauck_donner(regression, estimate, allow),
    ]
    changes = {"inference": "wald", **robust_changes(regression, estimate, cluster_kind, robust)}
    return regression_fit(
        regression,
        estimate,
        estimator="logit (ML)",
        remarks=tuple(remarks),
        references=("Albert & Anderson (1984), Biometrika 71:1-10.",),
        **changes,
    )
