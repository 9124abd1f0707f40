"""Unmeasured confounding: how strong a confounder would have to be to move an estimate or its bound."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from interventions_stats.errors import EstimationError, InputError

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


def e_value(ratio: float, low: float | None = None, high: float | None = None, *, target: float = 1.0) -> EValue:
    """E-value of a risk or rate ratio; an odds ratio of a rare outcome is close to one.

    Parameters
    ----------
    ratio : float
    low, high : float, optional
        Confidence limits.
    target : float, default 1
        Ratio to which the confounding would move it; for a dismissal the SESOI.

    Returns
    -------
    EValue

    Raises
    ------
    InputError
        A ratio that is not positive, or limits that do not hold the ratio.

    References
    ----------
    VanderWeele & Ding (2017), Ann Intern Med 167:268-274.

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
    near = low if ratio > target else high
    if near is None:
        limit = math.nan
    else:
        crossed = near <= target if ratio > target else near >= target
        limit = 1.0 if crossed or ratio == target else _e(near / target)
    return EValue(_e(ratio / target), limit, target)


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

    References
    ----------
    Lin, Psaty & Kronmal (1998), Biometrics 54:948-963, equations 2.5 and 3.3.

    Examples
    --------
    >>> round(float(np.exp(adjusted_log_ratio(np.log(3), np.log(2), exposed=0.8, unexposed=0.2))), 3)
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


@dataclass(frozen=True, slots=True)
class Benchmark:
    """An unmeasured confounder as strong as a named covariate.

    Attributes
    ----------
    covariate : str
    effect : float
        Log ratio per SD of the covariate, beside the exposure.
    imbalance : float
        SDs by which a confounder as closely tied to the exposure rises with a unit of it, given the covariates.
    times_to_target : float
        How many times as strong with the outcome and with the exposure both a confounder must be to move the estimate to the
        target; infinite where one of its two links is nil, or where such a confounder would move it away.
    adjusted : float
        Log ratio beside a confounder exactly as strong as the covariate.
    """

    covariate: str
    effect: float
    imbalance: float
    times_to_target: float
    adjusted: float


def benchmark_confounder(
    y: Any,
    exposure: Any,
    covariates: Any,
    names: tuple[str, ...] | list[str],
    *,
    target: float = 0.0,
    se_multiple: float = 0.0,
) -> tuple[Benchmark, ...]:
    """Say how strong an unmeasured normal confounder would have to be, relative to each named covariate.

    The confounder shifts the log odds by effect x imbalance (exact for a normal confounder in a log-linear model, close to
    it for a logit of a rare outcome); one m times as strong with both shifts it by about m squared times as much.  A
    confounder is as strong as a covariate when it is independent of the covariates and has the same direct links with
    exposure and outcome: its partial R2 with the exposure, given the covariate, is R2 / (1 - R2) of the covariate's own.

    Parameters
    ----------
    y : (n,) array of 0/1
    exposure : (n,) array
    covariates : (n, k) array
    names : k strings
    target : float, default 0
        Log ratio to reach.
    se_multiple : float, default 0
        1.645 moves the one-sided 95% bound nearer to the target, and not the estimate.

    Returns
    -------
    tuple of Benchmark

    References
    ----------
    Lin, Psaty & Kronmal (1998), Biometrics 54:948-963; Cinelli & Hazlett (2020) for benchmarks.
    """
    from interventions_stats.estimators.batch import firth_logit_batch

    outcome, x = np.asarray(y, float), np.asarray(exposure, float)
    Z = np.asarray(covariates, float).reshape(len(x), -1)
    if Z.shape[1] != len(names):
        raise InputError(f"{len(names)} names for {Z.shape[1]} covariates")
    if np.ptp(x) == 0 or (Z.std(axis=0) == 0).any():
        raise EstimationError("the exposure or a covariate does not vary")
    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)
    fit = firth_logit_batch(np.column_stack([x, Z]), outcome, full=True, test=())
    beta, se = float(fit.coefficients[0, 1]), float(fit.se[0, 1])
    start = beta - math.copysign(se_multiple * se, beta - target)
    out = []
    for j, name in enumerate(names):
        imbalance, own = _links(x, Z, j)
        effect = float(fit.coefficients[0, 2 + j])
        # beside the exposure the covariate stands for part of a confounder of its own kind that is left out
        bias, wanted = effect / max(1 - abs(imbalance * own), 0.1) * imbalance, start - target
        crossed = (start - target) * (beta - target) <= 0
        # the sign of an unmeasured confounder's links is free: only its strength is taken from the covariate
        times = 0.0 if crossed else math.sqrt(abs(wanted / bias)) if bias else math.inf
        out.append(Benchmark(name, effect, imbalance, times, beta - math.copysign(abs(bias), wanted)))
    return tuple(out)


def _links(x: np.ndarray, Z: np.ndarray, j: int) -> tuple[float, float]:
    """Imbalance of a confounder tied to the exposure like covariate j, and the exposure's slope on the covariate."""
    n, one = len(x), np.ones(len(x))
    others = np.column_stack([one, np.delete(Z, j, axis=1)])
    whole = np.column_stack([one, Z])
    slopes = np.linalg.lstsq(whole, x, rcond=None)[0]
    rest = x - whole @ slopes
    without = x - others @ np.linalg.lstsq(others, x, rcond=None)[0]
    own_r2 = 1 - float(rest @ rest) / float(without @ without)
    r2 = min(own_r2 / max(1 - own_r2, 1e-12), 0.999)
    return math.copysign(math.sqrt(r2) / math.sqrt(float(rest @ rest) / n), slopes[1 + j]), float(slopes[1 + j])
