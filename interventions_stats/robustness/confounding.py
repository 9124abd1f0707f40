"""Unmeasured confounding: how strong a confounder would have to be to move an estimate or its bound."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from interventions_stats.errors import InputError, unknown_name

Measure = Literal["ratio", "common_odds", "common_hazard"]
Kind = Literal["binary", "normal"]


@dataclass(frozen=True, slots=True)
class EValue:
    """E-values of a ratio.

    Attributes
    ----------
    estimate : float
        Risk ratio that an unmeasured confounder would need with both exposure and outcome, beyond the measured
        covariates, to move the estimate to ``target``.
    limit : float
        The same for the confidence limit nearer to ``target``; 1 where the interval holds it already.
    target : float
    """

    estimate: float
    limit: float
    target: float


def e_value(
    ratio: float, low: float | None = None, high: float | None = None, *, target: float = 1.0, measure: Measure = "ratio"
) -> EValue:  # fmt: skip
    """E-value of a risk or rate ratio; an odds or hazard ratio of a rare outcome is close to one.

    Parameters
    ----------
    ratio : float
    low, high : float, optional
        Confidence limits.
    target : float, default 1
        Ratio to which the confounding would move it; for a dismissal the SESOI.
    measure : {"ratio", "common_odds", "common_hazard"}
        ``ratio`` is a risk or rate ratio, or an odds or hazard ratio of an outcome that under 15% have; beyond that name
        the odds or the hazard ratio, which is first brought to the scale of risks.

    Returns
    -------
    EValue

    Raises
    ------
    InputError
        A ratio that is not positive, or limits that do not hold the ratio.

    References
    ----------
    VanderWeele & Ding (2017), Ann Intern Med 167:268-274, table 2 for common outcomes.

    Examples
    --------
    >>> found = e_value(3.9, 1.8, 8.7)
    >>> round(found.estimate, 2), round(found.limit, 2)
    (7.26, 3.0)
    """
    for name, value in (("ratio", ratio), ("target", target), ("low", low), ("high", high)):
        if value is not None and not (value > 0 and not math.isnan(value)) and not (name == "low" and value == 0):
            raise InputError(f"{name}={value!r} must be a positive ratio")
    if (low is not None and low > ratio) or (high is not None and high < ratio):
        raise InputError(f"the limits {low} to {high} do not hold the ratio {ratio}")
    if measure not in get_args(Measure):
        raise unknown_name("measure", measure, get_args(Measure), where="e_value")
    ratio, target = _risk(ratio, measure), _risk(target, measure)
    low, high = (None if v is None else _risk(v, measure) for v in (low, high))
    near = low if ratio > target else high
    if near is None:
        limit = math.nan
    else:
        crossed = near <= target if ratio > target else near >= target
        limit = 1.0 if crossed or ratio == target else _e(near / target)
    return EValue(_e(ratio / target), limit, target)


def _risk(ratio: float, measure: Measure) -> float:
    """Approximate risk ratio of a common outcome."""
    if measure == "common_odds":
        return math.sqrt(ratio)
    if measure == "common_hazard" and ratio > 0:
        return (1 - 0.5 ** math.sqrt(ratio)) / (1 - 0.5 ** math.sqrt(1 / ratio))
    return ratio


def _e(ratio: float) -> float:
    up = max(ratio, 1 / ratio)
    return up + math.sqrt(up * (up - 1))


@dataclass(frozen=True, slots=True)
class RobustnessValue:
    """Robustness of a linear coefficient.

    Attributes
    ----------
    partial_r2 : float
        Of the exposure with the outcome: a confounder that explains all of the outcome's residual variance would have to
        explain this much of the exposure's to bring the estimate to zero.
    value : float
        Share of residual variance of both that a confounder must explain to move the estimate by ``q`` of itself.
    value_alpha : float
        The same to make it insignificant at ``alpha``.
    q, alpha : float
    """

    partial_r2: float
    value: float
    value_alpha: float
    q: float
    alpha: float


def robustness_value(estimate: float, se: float, dof: int, *, q: float = 1.0, alpha: float = 0.05) -> RobustnessValue:
    """Robustness value of a coefficient of a linear regression.

    Parameters
    ----------
    estimate, se : float
    dof : int
        Residual degrees of freedom.
    q : float, default 1
        Share of the estimate that the confounder takes away.
    alpha : float, default .05
        Two-sided.

    Returns
    -------
    RobustnessValue

    Raises
    ------
    InputError
        A standard error, share or level that is not positive, or fewer than two degrees of freedom.

    References
    ----------
    Cinelli & Hazlett (2020), J R Stat Soc B 82:39-67.

    Examples
    --------
    >>> found = robustness_value(0.097, 0.0232, 783)
    >>> round(found.value, 3), round(found.value_alpha, 3), round(found.partial_r2, 3)
    (0.139, 0.076, 0.022)
    """
    if not se > 0 or dof < 2 or not q > 0 or not 0 < alpha < 1:
        raise InputError("se and q must be positive, dof at least 2, and alpha in (0, 1)")
    from scipy.stats import t

    ratio = abs(estimate / se)
    f = q * ratio / math.sqrt(dof)
    critical = float(t.ppf(1 - alpha / 2, dof - 1)) / math.sqrt(dof - 1)
    return RobustnessValue(ratio**2 / (ratio**2 + dof), _rv(f), _rv(f - critical, f, critical), q, alpha)


def _rv(f: float, whole: float = math.inf, critical: float = 0.0) -> float:
    if f <= 0:
        return 0.0
    if (
        critical and whole > 1 / critical
    ):  # there the confounder need not touch the outcome's variance as much (their eq. 19)
        return float((whole**2 - critical**2) / (1 + whole**2))
    return 0.5 * (math.sqrt(f**4 + 4 * f**2) - f**2)


def adjusted_coefficient(
    estimate: float, se: float, dof: int, *, r2_exposure: float, r2_outcome: float
) -> tuple[float, float]:  # fmt: skip
    """Coefficient and standard error of a linear regression after a confounder of given strength is taken out.

    Parameters
    ----------
    estimate, se : float
    dof : int
        Residual degrees of freedom, without the confounder.
    r2_exposure : float
        Share of the exposure's residual variance that the confounder explains, 0-1.
    r2_outcome : float
        Share of the outcome's residual variance that it explains beside the exposure, 0-1.

    Returns
    -------
    (float, float)
        The confounder is taken to push the estimate away from zero, and the returned one lies nearer to it or beyond.

    Raises
    ------
    InputError
        A share outside [0, 1), or a standard error that is not positive.

    References
    ----------
    Cinelli & Hazlett (2020), J R Stat Soc B 82:39-67, equations 5-7.

    Examples
    --------
    >>> [round(v, 4) for v in adjusted_coefficient(0.09732, 0.02326, 783, r2_exposure=0.00916, r2_outcome=0.12464)]
    [0.0752, 0.0219]
    """
    if not se > 0 or dof < 2:
        raise InputError("se must be positive and dof at least 2")
    for name, share in (("r2_exposure", r2_exposure), ("r2_outcome", r2_outcome)):
        if not 0 <= share < 1:
            raise InputError(f"{name}={share} is no share of variance: it lies in [0, 1)")
    bias = se * math.sqrt(dof * r2_outcome * r2_exposure / (1 - r2_exposure))
    left = se * math.sqrt((1 - r2_outcome) / (1 - r2_exposure) * dof / (dof - 1))
    return estimate - math.copysign(bias, estimate), left


def adjusted_log_ratio(
    estimate: float, gamma: float, *, kind: Kind = "binary", exposed: float = 0.0, unexposed: float = 0.0,
    effect_exposed: float | None = None,
) -> float:  # fmt: skip
    """Log ratio after an unmeasured confounder of given strength is taken out.

    Parameters
    ----------
    estimate : float
        Log odds ratio (of a rare outcome) or log rate ratio of a binary exposure, without the confounder.
    gamma : float
        Effect of the confounder on the outcome (log ratio; per unit of a normal one).
    kind : {"binary", "normal"}
        Prevalence 0-1 of a binary confounder, or mean of a normal one with variance 1, among the exposed and not.
    exposed, unexposed : float
    effect_exposed : float, optional
        Effect of the confounder among the exposed, where it differs.

    Returns
    -------
    float

    Raises
    ------
    InputError
        A prevalence outside 0-1, or another kind.

    References
    ----------
    Lin, Psaty & Kronmal (1998), Biometrics 54:948-963, equations 2.5 and 3.3.

    Examples
    --------
    >>> round(math.exp(adjusted_log_ratio(math.log(3), math.log(2), exposed=0.8, unexposed=0.2)), 3)
    2.0
    """
    other = gamma if effect_exposed is None else effect_exposed
    if kind == "normal":
        return estimate - (other * exposed - gamma * unexposed + 0.5 * (other**2 - gamma**2))
    if kind != "binary":
        raise InputError(f"kind must be 'binary' or 'normal', not {kind!r}")
    for name, share in (("exposed", exposed), ("unexposed", unexposed)):
        if not 0 <= share <= 1:
            raise InputError(f"{name}={share} is no prevalence of a binary confounder")
    return estimate - math.log(
        (math.exp(other) * exposed + 1 - exposed) / (math.exp(gamma) * unexposed + 1 - unexposed)
    )
