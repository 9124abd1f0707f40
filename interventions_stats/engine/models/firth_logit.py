"""Firth's bias-reduced logit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.clustered import robust_changes
from interventions_stats.engine.fit.covariance import ClusterKind, HCKind
from interventions_stats.engine.fit.fit import Fit, regression_fit
from interventions_stats.engine.fit.maxima import several
from interventions_stats.engine.fit.regression import Regression
from interventions_stats.engine.intake.scalars import check_option
from interventions_stats.engine.solver.newton import maximise
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

InterceptCorrection = Literal["none", "flic"]
Backend = Literal["numpy", "numba"]
REFERENCES = (
    "Firth (1993), Bias reduction of maximum likelihood estimates, Biometrika 80:27-38.",
    "Heinze & Schemper (2002), A solution to the problem of separation in logistic regression, Stat Med 21:2409-2419.",
)
PUHR = "Puhr, Heinze, Nold, Lusa & Geroldinger (2017), Firth's logistic regression with rare events, Stat Med 36:2302-2317."


def firth_logit(
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
    intercept_correction: InterceptCorrection = "none",
    backend: Backend = "numpy",
) -> Fit:
    """Bias-reduced logistic regression, the default for rare events: finite under separation.

    The log-likelihood carries the Jeffreys penalty, half the log determinant of the Fisher information. p-values
    are those of the penalised likelihood-ratio test and limits those of the penalised profile; the penalty keeps
    the information of all columns when one is held fixed.

    Parameters
    ----------
    formula, data : str and DataFrame
        For example ``"onset ~ approval + oil"``; or pass ``y`` and ``X``, also by position.
    y, X : array-like
        Outcome (n,), coded 0/1 or boolean, and columns (n, k) without an intercept.
    intercept : bool, default True
    missing : {"raise", "drop"}, default "raise"
    cluster : str, array-like or a pair of them, optional
        Groups for a cluster-robust covariance (two-way for a pair); p-values and limits are then Wald's.
    cluster_kind : {"CR0", "CR1", "CR2", "stata"}, optional
        By default CR2 with Satterthwaite degrees of freedom below 50 clusters, CR1 from there and with two groupings;
        see :func:`~interventions_stats.engine.fit.covariance.cluster`.
    robust : {"HC0", "HC1", "HC2", "HC3"}, optional
        Heteroskedasticity-consistent covariance, with t on n - p degrees of freedom.
    offset, weights : str or array-like, optional
        Weights count rows: 2 is the row twice, 0 leaves it out, 1.5 counts as a row and a half.
    names : sequence of str, optional
    intercept_correction : {"none", "flic"}
        ``"flic"`` re-estimates the intercept so that the mean predicted probability is the observed share;
        Firth's own pulls it towards one half. Only the intercept changes; its interval is then Wald's.
    backend : {"numpy", "numba"}, default "numpy"
        ``"numba"`` compiles the fit, its tests and its limits (package extra ``fast``). The numbers are the same up to
        rounding. The first call compiles or loads, so it pays where thousands of small fits are made one by one; for many
        outcomes or column sets use the batches of :mod:`~interventions_stats.engine.models.batch` instead.

    Returns
    -------
    Fit
        ``bse`` comes from the inverse Fisher information at the estimate. (R's logistf did the same up to version
        1.23; from 1.24 it reports the inverse of the augmented information, which is smaller.)
        ``extra["maxima"]`` says how many maxima the penalised likelihood has (None where rows are too many to look for others).

    Raises
    ------
    InputError, EstimationError, RefusalError
        See :func:`~interventions_stats.engine.fit.build_design.build_design`; G11 with fewer than 8 clusters.

    Notes
    -----
    The penalised likelihood of data that few rows all but separate may have several maxima, and its profile several ridges.
    The estimate is the highest maximum, a p-value compares it with the highest one under the null, and an interval reaches
    to the outermost value that the test does not reject. With several maxima a remark says so. They are looked for where
    :mod:`~interventions_stats.engine.fit.maxima` cannot rule them out, which costs some milliseconds; few fits need it.

    Under sparse separation the penalised estimate may point against the direction of separation: see
    ``fit.separation`` and ``fit.sign_conflict``, both printed by ``fit.summary()``.

    References
    ----------
    Firth (1993), Biometrika 80:27-38. Heinze & Schemper (2002), Stat Med 21:2409-2419.
    Puhr et al. (2017), Stat Med 36:2302-2317.

    Examples
    --------
    A binary exposure has a closed form, the log odds ratio after adding one half to each cell:

    >>> import numpy as np
    >>> y = np.repeat([1, 0, 1, 0], [3, 17, 0, 20])
    >>> fit = firth_logit(y=y, X=np.repeat([1.0, 0.0], 20), names=["exposed"])
    >>> float(fit.params[1].round(6)), float(np.log(3.5 * 20.5 / (17.5 * 0.5)).round(6))
    (2.104134, 2.104134)
    >>> fit.separation.columns, fit.separation.directions
    (('Intercept', 'exposed'), (-1, 1))
    """
    check_option("intercept_correction", intercept_correction, ("none", "flic"))
    check_option("backend", backend, ("numpy", "numba"))
    if backend == "numba":
        from interventions_stats.engine.fit import compiled

        compiled.require_numba()
    design = build_design(
        formula, data, y, X, intercept=intercept, missing=missing, cluster=cluster,
        offset=offset, weights=weights, names=names,
    )  # fmt: skip
    regression = Regression(design, "logit", penalised=True, compiled=backend == "numba")
    estimate = regression.fit()
    changes: dict[str, Any] = {
        "inference": "profile",
        "extra": {"maxima": estimate.maxima},
        **robust_changes(regression, estimate, cluster_kind, robust),
    }
    references: tuple[str, ...] = REFERENCES
    estimator = "Firth logit"
    if intercept_correction == "flic":
        if not design.intercept:
            raise InputError("intercept_correction='flic' needs a model with an intercept")
        params = estimate.params.copy()
        params[0] += flic_shift(regression, estimate.theta)
        changes |= {"params": params, "wald_terms": ("Intercept",)}
        references, estimator = (*REFERENCES, PUHR), "Firth logit (FLIC)"
    changes |= {"remarks": several(estimate.landscape), "references": references}
    return regression_fit(regression, estimate, estimator=estimator, **changes)


def flic_shift(regression: Regression, theta: np.ndarray) -> float:
    """Amount to add to the intercept so that predicted probabilities sum to the events (ML of a lone intercept)."""
    design = regression.design
    eta = design.standardised() @ theta + (0.0 if design.offset is None else design.offset)
    alone = Regression(build_design(y=design.y, X=np.empty((design.n, 0)), offset=eta, weights=design.weights), "logit")
    return float(maximise(alone.closure(), np.zeros((1, 1))).theta[0, 0])
