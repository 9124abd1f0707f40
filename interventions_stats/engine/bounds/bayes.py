"""Bayes factors and posterior probabilities from an estimate and its standard error.

The likelihood is normal; for counts take the exact one in ``bayes_counts``.  Everything is computed on the
log scale, so an estimate forty standard errors away does no harm; ``log=True`` returns what a float cannot hold.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from interventions_stats.engine.distributions import log_cdf
from interventions_stats.engine.intake.scalars import check_flag, check_number, check_option, check_positive
from interventions_stats.engine.options import Floats
from interventions_stats.engine.quadrature import log_integral, panels
from interventions_stats.errors import InputError

Prior: TypeAlias = Literal["half-normal", "normal", "flat"]

LOG_2PI = float(np.log(2 * np.pi))


def _numbers(estimate: float, se: float, scale: float) -> tuple[float, float, float]:
    return check_number("estimate", estimate), check_positive("se", se), check_positive("scale", scale)


def _out(log_bf: float, log: bool) -> float:
    check_flag("log", log)
    with np.errstate(over="ignore"):
        return log_bf if log else float(np.exp(log_bf))


def _shrink(estimate: float, se: float, scale: float) -> tuple[float, float]:
    """Mean and SD of the posterior under a normal(0, scale) prior."""
    weight = scale**2 / (scale**2 + se**2)
    return estimate * weight, se * float(np.sqrt(weight))


def normal_bf10(estimate: float, se: float, scale: float, *, log: bool = False) -> float:
    """Bayes factor of theta ~ normal(0, ``scale``) against theta = 0.

    Examples
    --------
    >>> round(normal_bf10(0.5, 0.25, 0.5), 4)
    2.2151
    """
    m, se, scale = _numbers(estimate, se, scale)
    mean, _ = _shrink(m, se, scale)
    return _out(0.5 * np.log(se**2 / (se**2 + scale**2)) + 0.5 * m * mean / se**2, log)


def half_normal_bf10(estimate: float, se: float, scale: float, *, log: bool = False) -> float:
    """Bayes factor of theta ~ half-normal(0, ``scale``), theta > 0, against theta = 0, in closed form.

    Parameters
    ----------
    estimate, se : float
        On the log scale, oriented so that theory predicts theta > 0.
    scale : float
        Scale of the prior: a multiple of the smallest effect of interest.
    log : bool
        Return the log of the Bayes factor.

    References
    ----------
    Dienes (2014), "Using Bayes to get the most out of non-significant results".

    Examples
    --------
    >>> round(half_normal_bf10(0.0, 0.25, 0.405), 4)
    0.5253
    """
    m, se, scale = _numbers(estimate, se, scale)
    mean, sd = _shrink(m, se, scale)
    return _out(normal_bf10(m, se, scale, log=True) + float(np.log(2) + log_cdf(mean / sd)), log)


def half_normal_bf10_quadrature(estimate: float, se: float, scale: float, *, log: bool = False) -> float:
    """Twin of :func:`half_normal_bf10` by quadrature, for checking.

    Examples
    --------
    >>> abs(half_normal_bf10_quadrature(1.0, 0.3, 0.5) / half_normal_bf10(1.0, 0.3, 0.5) - 1) < 1e-12
    True
    """
    m, se, scale = _numbers(estimate, se, scale)
    mean, sd = _shrink(m, se, scale)

    def log_f(theta: Floats) -> Floats:
        return -0.5 * ((m - theta) / se) ** 2 - 0.5 * (theta / scale) ** 2 - np.log(scale) - LOG_2PI / 2 + np.log(2)

    hi = max(mean, 0.0) + 14 * sd
    if mean < 0:  # the mass sits within sd^2 / |mean| of zero
        edges = np.concatenate([[0.0], np.geomspace(1e-4, 1.0, 120) * hi])
    else:
        edges = panels(0.0, hi, max(mean, 0.0), sd)
    return _out(log_integral(log_f, edges) + 0.5 * (m / se) ** 2, log)


def half_normal_bf10_range(
    estimate: float, se: float, delta: float, multiples: tuple[float, ...] = (0.5, 1.0, 2.0)
) -> tuple[float, ...]:
    """BF10 under half-normal priors with scales that are multiples of the smallest effect of interest.

    Examples
    --------
    >>> [round(b, 3) for b in half_normal_bf10_range(0.0, 0.25, 0.693)]
    [0.585, 0.339, 0.178]
    """
    return tuple(half_normal_bf10(estimate, se, c * check_positive("delta", delta)) for c in multiples)


def savage_dickey(
    estimate: float, se: float, scale: float, prior: Prior = "half-normal", *, log: bool = False
) -> float:
    """BF10 as the ratio of prior to posterior density at zero (Dickey 1971); another route to the same number.

    Examples
    --------
    >>> round(savage_dickey(0.5, 0.25, 0.5, "normal"), 4)
    2.2151
    """
    check_option("prior", prior, ("half-normal", "normal"))
    m, se, scale = _numbers(estimate, se, scale)
    mean, sd = _shrink(m, se, scale)
    prior_at_zero = -LOG_2PI / 2 - np.log(scale)
    posterior_at_zero = -LOG_2PI / 2 - np.log(sd) - 0.5 * (mean / sd) ** 2
    if prior == "half-normal":
        prior_at_zero += np.log(2)
        posterior_at_zero -= float(log_cdf(mean / sd))
    return _out(float(prior_at_zero - posterior_at_zero), log)


def direction_bf(estimate: float, se: float, scale: float, *, log: bool = False) -> float:
    """Bayes factor of theta < 0 against theta > 0 under a normal(0, ``scale``) prior.

    Examples
    --------
    >>> round(direction_bf(-0.5, 0.25, 0.4), 2)
    21.25
    """
    m, se, scale = _numbers(estimate, se, scale)
    mean, sd = _shrink(m, se, scale)
    return _out(float(log_cdf(-mean / sd) - log_cdf(mean / sd)), log)


def posterior_below(
    estimate: float, se: float, delta: float, prior: Prior = "half-normal", scale: float | None = None
) -> float:
    """Posterior probability that theta < ``delta``.

    Parameters
    ----------
    estimate, se : float
    delta : float
        On the log scale.
    prior : {"half-normal", "normal", "flat"}
        A half-normal prior has no mass below zero; a flat one makes this one minus the non-inferiority p-value.
    scale : float, optional
        Of the prior. Default: ``delta``, which then must be positive. A flat prior takes none.

    Examples
    --------
    >>> round(posterior_below(0.0, 0.25, 0.405, "flat"), 4), round(posterior_below(0.0, 0.25, 0.405), 4)
    (0.9474, 0.9431)
    """
    check_option("prior", prior, ("half-normal", "normal", "flat"))
    m, se, bound = check_number("estimate", estimate), check_positive("se", se), check_number("delta", delta)
    if prior == "flat":
        if scale is not None:
            raise InputError("a flat prior has no scale: leave scale out.")
        return float(np.exp(log_cdf((bound - m) / se)))
    mean, sd = _shrink(m, se, check_positive("scale", bound if scale is None else scale))
    if prior == "normal":
        return float(np.exp(log_cdf((bound - mean) / sd)))
    if bound <= 0:
        return 0.0
    # P(0 < theta < bound) / P(theta > 0) = 1 - P(theta > bound) / P(theta > 0)
    return float(-np.expm1(log_cdf((mean - bound) / sd) - log_cdf(mean / sd)))
