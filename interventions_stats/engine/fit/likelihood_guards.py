"""Guards that maximum likelihood meets: separation, too few events, a Wald test that hides an effect."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.regression import Estimate, Regression, invert
from interventions_stats.engine.solver.newton import FAINT
from interventions_stats.errors import EstimationError, GuardWarning, RefusalError
from interventions_stats.rules.guard_registry import raise_if_refused
from interventions_stats.rules.guards_model import g02_events_per_parameter

_FIRTH = "use firth_logit, with its profile interval."
_PENALISED = {"logit": _FIRTH, "cloglog": "use cloglog(..., firth=True).", "poisson": "use poisson(..., firth=True)."}


def maximum(regression: Regression) -> Estimate:
    """Fit by maximum likelihood; refused where there is no finite maximum (guard G03).

    Whether there is one is decided by a proof of overlap or by linear programming, not by the size of a coefficient.
    """
    estimate = regression.fit()
    found_one = estimate.reason == "converged" and _firm(regression, estimate)
    if found_one and overlaps(regression, estimate):
        return estimate
    from interventions_stats.engine.fit.separation import check_design

    found = check_design(regression.design, "count" if regression.model == "poisson" else "binary")
    if found:
        raise RefusalError("G03", f"{found.message}.", _PENALISED[regression.model])
    if found_one:
        return estimate
    if estimate.reason in ("converged", "diverged"):
        message = f"the data are all but separated: the likelihood is flat to rounding along {_flattest(regression, estimate)!r}."
        raise RefusalError("G03", message, _PENALISED[regression.model])
    raise EstimationError(
        f"{regression.model} did not converge ({estimate.reason}), though the data are not separated; "
        "look for a column with extreme values"
    )


def _firm(regression: Regression, estimate: Estimate) -> bool:
    """Whether the information is large enough in every direction for a Newton step to be more than the rounding of its score."""
    design = regression.design
    events = float(design.y.sum() if design.weights is None else design.weights @ design.y)
    return bool(np.trace(invert(estimate.value.information[0])) * events <= FAINT)


def _flattest(regression: Regression, estimate: Estimate) -> str:
    """Column whose coefficient moves most, in units of its spread, along the direction of least information."""
    design = regression.design
    along = design.back @ np.linalg.eigh(estimate.value.information[0])[1][:, 0]
    spread = np.concatenate(
        [np.full(int(design.intercept), 1e-3), design.scale]
    )  # a slope is told before the intercept
    return design.names[int(np.argmax(np.abs(along) * spread))]


def overlaps(regression: Regression, estimate: Estimate) -> bool:
    """Whether an estimate proves that the data overlap; False where only a search can tell.

    At any coefficients the residual scores ``|r_i|`` less ``s_i w_i x_i'd``, with the Newton step ``d``, solve
    ``sum_i l_i s_i x_i = 0``; all are positive if ``w_i |x_i'd| < |r_i|``, and that excludes separation (Stiemke's theorem).
    For logit and Poisson ``w_i <= |r_i|``, for an event of a cloglog ``w_i = e^eta |r_i|``.
    """
    design, value = regression.design, estimate.value
    if not _firm(regression, estimate):
        return False
    step = invert(value.information[0]) @ value.score[0]
    # columns have unit variance and a mean of at most three, so no row is longer than this
    longest = float(np.linalg.norm(step)) * np.sqrt(10.0 * design.n * design.p)
    if regression.model == "cloglog":
        longest *= max(1.0, float(np.exp(design.linear_predictor(estimate.theta)[design.y > 0].max(initial=0.0))))
    return bool(longest < 0.5)


def events_per_parameter(design: Design, allow: Sequence[str], remedy: str = _FIRTH) -> list[str]:
    """Apply guard G02 to the rarer of events and non-events; return the warning, if it spoke."""
    rare = min(design.n_events, design.n_counted - design.n_events)
    instead = f"{remedy[:-1]}, or fewer columns, or allow=('G02',)."
    found = g02_events_per_parameter(rare, design.p, handled="G02" in allow, remedy=instead)
    if found is None:
        return []
    raise_if_refused([found])
    warnings.warn(found.text, GuardWarning, stacklevel=3)
    return [found.text]


def hauck_donner(regression: Regression, estimate: Estimate, allow: Sequence[str]) -> list[str]:
    """Guard G04: coefficients whose Wald statistic falls as the estimate grows (Hauck & Donner 1977; Yee 2022).

    It refuses only where the Wald test hides, at .05, what the likelihood-ratio test sees.
    """
    design, first = regression.design, int(regression.design.intercept)
    falling = [
        j
        for j in range(first, design.p)
        if abs(estimate.params[j]) * design.scale[j - first] > 0.5 and _wald_slope(regression, estimate, j) < 0
    ]
    if not falling:
        return []
    from scipy.special import erfc

    wald = (estimate.params / np.sqrt(np.diagonal(estimate.cov))) ** 2
    ratios = regression.likelihood_ratios(estimate, falling)
    hidden = [
        j for j, lr in zip(falling, ratios, strict=True) if erfc(np.sqrt(wald[j] / 2)) > 0.05 >= erfc(np.sqrt(lr / 2))
    ]
    names = ", ".join(repr(design.names[j]) for j in hidden or falling)
    message = f"Hauck-Donner effect in {names}: the Wald statistic falls as the estimate grows"
    if hidden and "G04" not in allow:
        remedy = f"{_FIRTH[:-1]}; or allow=('G04',) and conf_int(method='profile')."
        raise RefusalError("G04", f"{message}, and hides what the likelihood-ratio test sees at .05.", remedy)
    text = f"G04: {message}; read conf_int(method='profile') instead of the Wald interval."
    warnings.warn(text, GuardWarning, stacklevel=3)
    return [text]


def _wald_slope(regression: Regression, estimate: Estimate, j: int) -> float:
    """2 - d log var(b_j) / d log b_j, the other coefficients following: negative where the Wald statistic falls."""
    design = regression.design
    inverse, contrast = np.linalg.inv(estimate.value.curvature[0]), design.back[j]
    column = inverse @ contrast
    variance = contrast @ column
    along = column / variance
    change = np.zeros((design.p, design.p))
    for i in range(0, design.n, 65_536):
        rows = slice(i, i + 65_536)
        x = design.standardised(rows)
        mean = regression.kernel.mean(x @ estimate.theta + (0.0 if design.offset is None else design.offset[rows]))
        slope = mean * (1 - mean) * (1 - 2 * mean) * (1.0 if design.weights is None else design.weights[rows])
        change += (x * (slope * (x @ along))[:, None]).T @ x
    return float(2.0 + estimate.params[j] * (column @ change @ column) / variance)
