"""One-parameter conditional families ``P(T = t; theta) proportional to c_t exp(theta t)``.

Conditioning on what the nuisance parameters need leaves such a family in every exact test here: the binomial (rate
ratio), the noncentral hypergeometric (Fisher), a convolution of them (several strata), the conditional distribution of
a sufficient statistic (exact logistic).  Weights stay in logs, so that far tails keep their relative accuracy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interventions_stats.errors import EstimationError, InputError

FloatArray = NDArray[np.float64]
Alternative = Literal["two-sided", "less", "greater"]
TwoSided = Literal["minlike", "central"]

TIE = 1e-7  # probabilities within this relative distance are equal, as in R's exact tests
MAX_MINLIKE_SUPPORT = 20_000


@dataclass(frozen=True, slots=True)
class ConditionalFamily:
    """Support and log coefficients of a one-parameter conditional family.

    Attributes
    ----------
    support : array, shape (m,)
        Values of the sufficient statistic, increasing.
    log_coefficients : array, shape (m,)
        log c_t, up to a constant.
    """

    support: FloatArray
    log_coefficients: FloatArray

    @property
    def is_degenerate(self) -> bool:
        """True when conditioning leaves one value and so no information about theta."""
        return len(self.support) < 2

    def index(self, value: float) -> int:
        """Position of an observed value on the support."""
        return int(np.argmin(np.abs(self.support - value)))

    def mirrored(self) -> ConditionalFamily:
        """The family of -T, whose parameter is -theta."""
        return ConditionalFamily(-self.support[::-1], self.log_coefficients[::-1])

    def log_weights(self, theta: float) -> FloatArray:
        """Unnormalised log probabilities at ``theta``, at most zero."""
        weights = self.log_coefficients + theta * (self.support - self.support[0])
        return np.asarray(weights - weights.max())

    def probabilities(self, theta: float) -> FloatArray:
        """Probabilities of the support at ``theta``."""
        weights = np.exp(self.log_weights(theta))
        return np.asarray(weights / weights.sum())

    def mean(self, theta: float) -> float:
        """Expectation of T at ``theta``."""
        return float(self.probabilities(theta) @ self.support)

    def log_tail(self, i: int, theta: float, upper: bool, share: float = 1.0) -> float:
        """Log P(T >= t_i) or log P(T <= t_i), with only ``share`` of the probability of t_i itself."""
        weights = self.log_weights(theta)
        part = (weights[i:] if upper else weights[: i + 1]).copy()
        part[0 if upper else -1] += math.log(share)
        return _log_sum(part) - _log_sum(weights)


def from_log_ratios(first: int, log_ratios: FloatArray) -> ConditionalFamily:
    """Build a family on consecutive integers from log c_{t+1} - log c_t, summed outward from the mode.

    Summing outward keeps the rounding of a coefficient proportional to its distance from the bulk of the mass.
    """
    mode = int(np.argmax(np.concatenate([[0.0], np.cumsum(log_ratios)])))
    up = np.cumsum(log_ratios[mode:])
    down = -np.cumsum(log_ratios[:mode][::-1])[::-1]
    coefficients = np.concatenate([down, [0.0], up])
    return ConditionalFamily(first + np.arange(len(coefficients), dtype=float), coefficients)


def convolve(a: ConditionalFamily, b: ConditionalFamily) -> ConditionalFamily:
    """Family of the sum of two independent statistics on consecutive integers with one common parameter."""
    if len(a.support) < len(b.support):
        a, b = b, a
    total = np.full(len(a.support) + len(b.support) - 1, -np.inf)
    for j, weight in enumerate(b.log_coefficients):
        part = slice(j, j + len(a.support))
        total[part] = np.logaddexp(total[part], a.log_coefficients + weight)
    first = a.support[0] + b.support[0]
    return ConditionalFamily(first + np.arange(len(total), dtype=float), total - total.max())


@dataclass(frozen=True, slots=True)
class PValues:
    """p-values of one hypothesis; ``central`` doubles the smaller tail, ``minlike`` adds outcomes at most as likely."""

    less: float
    greater: float
    central: float
    minlike: float

    def get(self, alternative: Alternative, two_sided: TwoSided) -> float:
        return float(getattr(self, two_sided if alternative == "two-sided" else alternative))


def p_values(family: ConditionalFamily, i: int, theta: float, *, midp: bool = False) -> PValues:
    """p-values of ``theta`` when the i-th value of the support was observed.

    With ``midp`` outcomes exactly as extreme as the observed one count half (Lancaster 1961).
    """
    if family.is_degenerate:
        return PValues(1.0, 1.0, 1.0, 1.0)
    share = 0.5 if midp else 1.0
    less, greater = (math.exp(min(0.0, family.log_tail(i, theta, upper, share))) for upper in (False, True))
    weights = family.log_weights(theta)
    as_likely = np.abs(weights - weights[i]) <= math.log1p(TIE)
    parts = [weights[(weights < weights[i]) & ~as_likely], weights[as_likely] + math.log(share)]
    minlike = math.exp(min(0.0, _log_sum(np.concatenate(parts)) - _log_sum(weights)))
    return PValues(less, greater, min(1.0, 2 * min(less, greater)), minlike)


def conditional_mle(family: ConditionalFamily, i: int) -> float:
    """Conditional maximum-likelihood estimate of theta: E(T; theta) = t, infinite at an end of the support."""
    if family.is_degenerate:
        return math.nan
    if i in (0, len(family.support) - 1):
        return -math.inf if i == 0 else math.inf
    target = float(family.support[i])
    return _root(lambda theta: family.mean(theta) - target, 0.0)


def median_unbiased(family: ConditionalFamily, i: int) -> float:
    """Median unbiased estimate of theta: midpoint of the values that put half in either tail (Hirji et al. 1989)."""
    if family.is_degenerate:
        return math.nan
    ends = [limit for limit in central_limits(family, i, 0.5, 0.5) if math.isfinite(limit)]
    return sum(ends) / len(ends)


def central_limits(
    family: ConditionalFamily, i: int, alpha_low: float, alpha_high: float, *, midp: bool = False
) -> tuple[float, float]:
    """Limits that leave ``alpha_low`` in the upper and ``alpha_high`` in the lower tail; alpha zero gives no limit."""
    if family.is_degenerate:
        return -math.inf, math.inf
    start = _start(family, i)
    ends = []
    for alpha, upper in ((alpha_low, True), (alpha_high, False)):
        edge = i == (0 if upper else len(family.support) - 1)
        if alpha == 0 or edge:
            ends.append(-math.inf if upper else math.inf)
        else:
            ends.append(_tail_root(family, i, alpha, upper, 0.5 if midp else 1.0, start))
    return ends[0], ends[1]


def _tail_root(family: ConditionalFamily, i: int, alpha: float, upper: bool, share: float, start: float) -> float:
    """Solve for theta with the whole of the tail counted at t_i, or half of it."""
    goal = math.log(alpha)
    sign = 1 if upper else -1
    return _root(lambda theta: sign * (family.log_tail(i, theta, upper, share) - goal), start)


def minlike_limits(family: ConditionalFamily, i: int, alpha: float) -> tuple[float, float]:
    """Hull of the parameters that the minimum-likelihood test does not reject at ``alpha`` (Sterne 1954; Fay 2010).

    The set rejected by outcomes changes only where two outcomes are equally likely, at
    ``theta_x = (log c_i - log c_x) / (t_x - t_i)``; between such points the p-value first falls and then rises, which
    makes the outermost acceptable parameter either a tie or the one root next to it.  Coefficients must be
    log-concave, as those of binomials, hypergeometrics and their convolutions are.
    """
    if family.is_degenerate:
        return -math.inf, math.inf
    if len(family.support) > MAX_MINLIKE_SUPPORT:
        raise InputError(
            f"the minimum-likelihood interval is limited to {MAX_MINLIKE_SUPPORT} support points and the data have "
            f"{len(family.support)}; use interval='central'"
        )
    high = _minlike_upper(family, i, alpha)
    low = -_minlike_upper(family.mirrored(), len(family.support) - 1 - i, alpha)
    return low, high


def _minlike_upper(family: ConditionalFamily, i: int, alpha: float) -> float:
    last = len(family.support) - 1
    if i == last:
        return math.inf
    above = np.arange(i + 1, last + 1)
    ties = (family.log_coefficients[i] - family.log_coefficients[above]) / (family.support[above] - family.support[i])

    def p(theta: float, x: int) -> float:
        """P(T <= t_i) + P(T >= t_x), the outcomes rejected beside t_i between two neighbouring ties."""
        lower = math.exp(family.log_tail(i, theta, False))
        return lower + (math.exp(family.log_tail(x, theta, True)) if x <= last else 0.0)

    outermost = _outermost_candidate(family, i, ties, alpha)
    if outermost == last and p(float(ties[-1]), last + 1) > alpha:
        return _tail_root(family, i, alpha, False, 1.0, float(ties[-1]))
    for x in range(min(outermost + 1, last), i, -1):
        right = float(ties[x - i - 1])
        if x == i + 1 or p(right, x) > alpha:
            return right
        left = float(ties[x - i - 2])
        if p(left, x) > alpha:
            return _bracketed(lambda theta, x=x: math.log(p(theta, x) / alpha), left, right)  # type: ignore[misc]
    raise EstimationError("the minimum-likelihood limit was not bracketed; use interval='central'")


def _outermost_candidate(family: ConditionalFamily, i: int, ties: FloatArray, alpha: float) -> int:
    """Largest index x whose tie with t_i may have a p-value above ``alpha``, from a bound that costs no sums.

    With log-concave coefficients each tail is below a geometric series, and P(t_i) below its ratio to the mode.
    """
    c, t = family.log_coefficients, family.support
    steps, last = np.diff(c), len(c) - 1
    x = np.arange(i + 1, last + 1)
    mode = np.searchsorted(-steps, ties)
    log_p = np.minimum(c[i] + ties * t[i] - c[mode] - ties * t[mode], 0.0)
    with np.errstate(divide="ignore", over="ignore"):
        above = np.where(x < last, np.exp(np.append(steps, -np.inf)[x] + ties), 0.0)
        below = np.exp(-(steps[i - 1] + ties)) if i > 0 else np.zeros(len(ties))
        series = 1 / np.maximum(1 - above, 1e-300) + 1 / np.maximum(1 - below, 1e-300)
    candidates = np.flatnonzero(np.exp(log_p) * series > alpha)
    return int(x[candidates[-1]]) if len(candidates) else i + 1


def _start(family: ConditionalFamily, i: int) -> float:
    """A parameter that puts the bulk of the mass near the observed value."""
    c, t = family.log_coefficients, family.support
    j, k = max(i - 1, 0), min(i + 1, len(t) - 1)
    return float(-(c[k] - c[j]) / (t[k] - t[j]))


def _root(function: Callable[[float], float], start: float) -> float:
    """Root of an increasing function of theta, bracketed outward from ``start``."""
    here = function(start)
    if here == 0:
        return start
    step, direction = 0.5, -1.0 if here > 0 else 1.0
    near = start
    for _ in range(64):
        far = near + direction * step
        if function(far) * here <= 0:
            return _bracketed(function, min(near, far), max(near, far))
        near, step = far, step * 1.6
    raise EstimationError("no finite parameter satisfies the defining equation of the limit")


def _bracketed(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-15, rtol=8.9e-16, maxiter=300))


def _log_sum(values: FloatArray) -> float:
    if not len(values):
        return -math.inf
    top = float(values.max())
    return top + math.log(float(np.exp(values - top).sum())) if math.isfinite(top) else top
