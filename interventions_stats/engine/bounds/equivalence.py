"""One-sided tests against a smallest effect of interest, equivalence, and the dismissal frontier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from interventions_stats.engine.arrays import as_numbers
from interventions_stats.engine.bounds.severity import check_df, s_value
from interventions_stats.engine.distributions import cdf, quantile
from interventions_stats.engine.intake.scalars import (
    check_count,
    check_finite,
    check_level,
    check_number,
    check_option,
    check_positive,
)
from interventions_stats.errors import InputError

EffectSide: TypeAlias = Literal["greater", "less"]


@dataclass(frozen=True, slots=True)
class OneSidedTest:
    """One one-sided test: its null hypothesis in words, statistic, p-value and S-value (bits against the null)."""

    hypothesis: str
    statistic: float
    p_value: float

    @property
    def s_value(self) -> float:
        return s_value(self.p_value)


@dataclass(frozen=True, slots=True)
class EquivalenceTest:
    """Two one-sided tests and the interval that decides them.

    Attributes
    ----------
    lower, upper : OneSidedTest
        Against an effect at or below the lower bound, and at or above the upper one.
    p_value : float
        The larger of the two.
    estimate, conf_low, conf_high : float
        Interval at level 1 - 2 alpha: equivalence at alpha is this interval inside the bounds.
    level : float
    """

    lower: OneSidedTest
    upper: OneSidedTest
    p_value: float
    estimate: float
    conf_low: float
    conf_high: float
    level: float


@dataclass(frozen=True, slots=True)
class Frontier:
    """Dismissal frontier: the largest effect that the data have not rejected.

    Attributes
    ----------
    bound, ratio : float
        One-sided upper bound on the log scale, and its exponential.
    adjusted_bound, adjusted_ratio : float
        The same divided, on the log scale, by the reliability of the exposure.
    level, reliability : float
    """

    bound: float
    ratio: float
    adjusted_bound: float
    adjusted_ratio: float
    level: float
    reliability: float


def _test(estimate: float, se: float, against: float, side: EffectSide, df: float, hypothesis: str) -> OneSidedTest:
    """Test H0: theta <= against (side "greater") or theta >= against (side "less")."""
    value, scale = check_number("estimate", estimate), check_positive("se", se)
    df = check_df(df)
    t = (value - check_finite("delta", against)) / scale
    return OneSidedTest(hypothesis, t, float(cdf(-t if side == "greater" else t, df)))


def _bounds(name: str, value: float | tuple[float, float]) -> tuple[float, float]:
    """Return the two bounds that a number, or a pair of them, stands for."""
    if hasattr(value, "__len__") and not isinstance(value, (str, bytes)):
        both = as_numbers(name, value, 1)
        if both.shape != (2,):
            raise InputError(f"{name} must be a number or two bounds, not {len(both)} values.")
        low, high = float(both[0]), float(both[1])
    else:
        high = check_finite(name, value)
        low = -high
    if not low < high:
        raise InputError(f"equivalence bounds must be in order and apart, not {low!r} and {high!r}.")
    return low, high


def noninferiority(estimate: float, se: float, delta: float, df: float = np.inf) -> OneSidedTest:
    """Test H0: theta >= ``delta``; rejecting it dismisses every effect of ``delta`` or more.

    Parameters
    ----------
    estimate, se : float
        On the log scale, oriented so that theory predicts theta > 0; ``se`` calibrated for the design effect.
    delta : float
        Smallest effect of interest, a log ratio.
    df : float
        Degrees of freedom of a t, or infinity for a normal.

    Examples
    --------
    >>> import numpy as np
    >>> round(noninferiority(0.0, 0.25, np.log(2)).p_value, 4)
    0.0028
    """
    return _test(estimate, se, delta, "less", df, "theta >= delta")


def superiority(estimate: float, se: float, df: float = np.inf) -> OneSidedTest:
    """Test H0: theta <= 0; rejecting it supports the driver.

    Examples
    --------
    >>> round(superiority(0.5, 0.25).p_value, 4)
    0.0228
    """
    return _test(estimate, se, 0.0, "greater", df, "theta <= 0")


def reverse(estimate: float, se: float, df: float = np.inf) -> OneSidedTest:
    """Test H0: theta >= 0; rejecting it contradicts the driver.

    Examples
    --------
    >>> round(reverse(-0.5, 0.25).p_value, 4)
    0.0228
    """
    return _test(estimate, se, 0.0, "less", df, "theta >= 0")


def minimum_effect_test(
    estimate: float, se: float, delta: float, df: float = np.inf, side: EffectSide = "greater"
) -> OneSidedTest:
    """Test H0: theta <= ``delta`` (or, with ``side="less"``, theta >= -``delta``): is the effect *beyond* delta.

    References
    ----------
    Murphy and Myors (1999), "Testing the hypothesis that treatments have negligible effects".

    Examples
    --------
    >>> round(minimum_effect_test(1.0, 0.25, 0.405).p_value, 4)
    0.0087
    """
    check_option("side", side, ("greater", "less"))
    against = check_positive("delta", delta)
    if side == "greater":
        return _test(estimate, se, against, "greater", df, "theta <= delta")
    return _test(estimate, se, -against, "less", df, "theta >= -delta")


def tost(
    estimate: float, se: float, delta: float | tuple[float, float], df: float = np.inf, alpha: float = 0.05
) -> EquivalenceTest:
    """Two one-sided tests that theta lies within bounds.

    Parameters
    ----------
    estimate, se : float
    delta : float or (float, float)
        Bounds -delta and delta, or the two bounds.
    df : float
    alpha : float
        The interval returned has level 1 - 2 alpha.

    Raises
    ------
    InputError
        Bounds in the wrong order, a standard error that is not positive.

    References
    ----------
    Schuirmann (1987), "A comparison of the two one-sided tests procedure and the power approach".

    Examples
    --------
    >>> round(tost(0.1, 0.2, 0.5).p_value, 4)
    0.0228
    """
    low, high = _bounds("delta", delta)
    alpha, df = check_level("alpha", alpha), check_df(df)
    estimate, se = check_number("estimate", estimate), check_positive("se", se)
    below = _test(estimate, se, low, "greater", df, "theta <= lower bound")
    above = _test(estimate, se, high, "less", df, "theta >= upper bound")
    half = quantile(1 - alpha, df) * se
    return EquivalenceTest(
        below,
        above,
        max(below.p_value, above.p_value),
        float(estimate),
        estimate - half,
        estimate + half,
        1 - 2 * alpha,
    )


def tost_correlation(r: float, n: int, bound: float | tuple[float, float], alpha: float = 0.05) -> EquivalenceTest:
    """Equivalence test for a correlation by Fisher's z.

    Parameters
    ----------
    r : float
        Sample correlation, between -1 and 1.
    n : int
        Observations, at least 4.
    bound : float or (float, float)
        Bounds on the correlation, symmetric or a pair.
    alpha : float

    References
    ----------
    Lakens (2017), "Equivalence tests".

    Examples
    --------
    >>> test = tost_correlation(0.02, 100, 0.3)
    >>> round(test.lower.p_value, 7), round(test.conf_high, 6)
    (0.0005864, 0.184862)
    """
    n, r = check_count("n", n, 4), check_number("r", r)
    low, high = _bounds("bound", bound)
    for name, value in (("r", r), ("the lower bound", low), ("the upper bound", high)):
        if not -1 < check_number(name, value) < 1:
            raise InputError(f"{name} must lie strictly between -1 and 1, not {value!r}.")
    z = tost(
        float(np.arctanh(r)), 1 / float(np.sqrt(n - 3)), (float(np.arctanh(low)), float(np.arctanh(high))), alpha=alpha
    )
    return EquivalenceTest(
        z.lower, z.upper, z.p_value, float(r), float(np.tanh(z.conf_low)), float(np.tanh(z.conf_high)), z.level
    )


def dismissal_frontier(
    estimate: float, se: float, level: float = 0.95, reliability: float = 1.0, df: float = np.inf
) -> Frontier:
    """One-sided upper bound on the effect: whatever is larger has been rejected at 1 - ``level``.

    Classical measurement error shrinks a log odds ratio by about the reliability of the exposure, so the
    adjusted frontier divides the bound by it (Carroll et al. 2006, "Measurement Error in Nonlinear Models").

    Parameters
    ----------
    estimate, se : float
        On the log scale.
    level : float
    reliability : float
        Above 0, at most 1: share of the exposure's within-stratum variance that is not measurement error.
    df : float

    Examples
    --------
    >>> front = dismissal_frontier(0.0, 0.25, reliability=0.8)
    >>> round(front.ratio, 3), round(front.adjusted_ratio, 3)
    (1.509, 1.672)
    """
    level = check_level("level", level)
    if not 0 < (reliability := check_number("reliability", reliability)) <= 1:
        raise InputError(f"reliability must be above 0 and at most 1, not {reliability!r}.")
    width = quantile(level, check_df(df)) * check_positive("se", se)
    bound = check_number("estimate", estimate) + width
    with np.errstate(over="ignore"):
        ratio, adjusted = float(np.exp(bound)), float(np.exp(bound / reliability))
    return Frontier(bound, ratio, bound / reliability, adjusted, level, float(reliability))
