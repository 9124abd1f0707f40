"""FLAC: Firth's logit with added covariate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.fit.build_design import Missing, build_design
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.fit import Fit, RegressionProfile, regression_fit
from interventions_stats.engine.fit.maxima import several
from interventions_stats.engine.fit.rank import restandardised
from interventions_stats.engine.fit.regression import Estimate, Regression, invert
from interventions_stats.engine.models.firth_logit import PUHR, REFERENCES
from interventions_stats.engine.solver.kernels import Floats, expit
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def flac(
    formula: str | Any = None,
    data: pd.DataFrame | Any = None,
    *,
    y: Any = None,
    X: Any = None,
    missing: Missing = "raise",
    offset: Any = None,
    weights: Any = None,
    names: Sequence[str] | None = None,
) -> Fit:
    """Firth's logit with added covariate: predicted probabilities average to the observed share.

    Firth's fit equals maximum likelihood on data augmented by two copies of each row, one event and one
    non-event, weighted by half its leverage. FLAC marks the copies by a further column, so that they no
    longer pull the prediction of the real rows towards one half.

    Parameters
    ----------
    formula, data, y, X, missing, offset, weights, names
        As in :func:`~interventions_stats.engine.models.firth_logit.firth_logit`; an intercept is always there.

    Returns
    -------
    Fit
        Without the added column. p-values and limits are those of the likelihood of the augmented data, its weights held
        at Firth's leverages, which are those of the highest maximum of Firth's likelihood (``extra["maxima"]`` counts them).

    Raises
    ------
    InputError, EstimationError, RefusalError
        See :func:`~interventions_stats.engine.fit.build_design.build_design`.

    References
    ----------
    Puhr, Heinze, Nold, Lusa & Geroldinger (2017), Stat Med 36:2302-2317.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.repeat([1, 0, 1, 0], [3, 17, 0, 20])
    >>> fit = flac(y=y, X=np.repeat([1.0, 0.0], 20), names=["exposed"])
    >>> float(fit.predict().mean().round(9)), y.mean()
    (0.075, np.float64(0.075))
    """
    design = build_design(formula, data, y, X, missing=missing, offset=offset, weights=weights, names=names)
    if not design.intercept:
        raise InputError("flac needs a model with an intercept")
    firth = Regression(design, "logit", penalised=True).fit()
    regression = Regression(_augmented(design, _leverages(design, firth)), "logit")
    estimate = regression.fit()
    into = _into(design, regression.design)
    return regression_fit(
        Regression(design, "logit"),
        estimate,
        estimator="Firth logit (FLAC)",
        inference="profile",
        params=estimate.params[:-1],
        cov=estimate.cov[:-1, :-1],
        theta=into @ estimate.theta,
        theta_cov=into @ invert(estimate.value.information[0]) @ into.T,
        profile=RegressionProfile(regression, estimate, shown=design.p),
        remarks=several(firth.landscape),
        extra={"maxima": firth.maxima},
        references=(*REFERENCES, PUHR),
    )


def _augmented(design: Design, leverage: Floats) -> Design:
    """The rows, and each of them as an event and as a non-event with half its leverage as weight, marked by a further column."""
    own = np.ones(design.n) if design.weights is None else design.weights
    marked = np.repeat([0.0, 1.0, 1.0], design.n)[:, None]
    longer = replace(
        design,
        y=np.concatenate([design.y, design.y, 1.0 - design.y]),
        X=np.hstack([np.vstack([design.X] * 3), marked]),
        names=(*design.names, "(added)"),
        weights=np.concatenate([own, 0.5 * leverage, 0.5 * leverage]),
        offset=None if design.offset is None else np.tile(design.offset, 3),
    )
    return restandardised(longer)


def _into(design: Design, longer: Design) -> Floats:
    """Matrix (p, p + 1) that turns coordinates of the augmented data into those of the design, with every digit of either."""
    found = np.linalg.lstsq(design.standardised(), longer.standardised(slice(0, design.n)), rcond=None)[0]
    return np.asarray(found, dtype=np.float64)


def _leverages(design: Design, firth: Estimate) -> Floats:
    """Diagonal of the weighted hat matrix at the Firth estimate (n,)."""
    x = design.standardised()
    mean = expit(design.linear_predictor(firth.theta))
    weight = mean * (1.0 - mean) * (1.0 if design.weights is None else design.weights)
    return np.asarray(weight * np.einsum("ij,jk,ik->i", x, invert(firth.value.information[0]), x))
