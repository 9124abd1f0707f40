"""Exact test and interval of a binomial probability."""

from __future__ import annotations

import math

import numpy as np

from interventions_stats.engine.exact.exact_result import ExactResult, options
from interventions_stats.engine.exact.family import (
    Alternative,
    ConditionalFamily,
    PValues,
    TwoSided,
    central_limits,
    from_log_ratios,
    minlike_limits,
    p_values,
)
from interventions_stats.engine.intake.scalars import check_number, check_whole
from interventions_stats.errors import InputError

MAX_TRIALS = 1_000_000
CLOPPER_PEARSON = (
    "Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the "
    "binomial. Biometrika, 26, 404-413."
)
FAY = (
    "Fay, M. P. (2010). Confidence intervals that match Fisher's exact or Blaker's exact tests. Biostatistics, 11, "
    "373-374."
)
LANCASTER = "Lancaster, H. O. (1961). Significance tests in discrete distributions. JASA, 56, 223-234."


def binomial_family(n: int) -> ConditionalFamily:
    """Binomial with ``n`` trials as a family in the log odds."""
    if n > MAX_TRIALS:
        raise InputError(f"exact binomial methods are limited to {MAX_TRIALS} trials and the data have {n}")
    x = np.arange(n, dtype=float)
    return from_log_ratios(0, np.log((n - x) / (x + 1)))


def odds_limits(
    k: int, n: int, alphas: tuple[float, float], interval: TwoSided, midp: bool, two_sided: bool
) -> tuple[float, float]:
    """Limits of the odds p / (1 - p) of a binomial; central ones without mid-p from the incomplete beta function."""
    if n == 0:
        return 0.0, math.inf
    if interval == "minlike" and two_sided and not midp:
        low, high = minlike_limits(binomial_family(n), k, sum(alphas))
    elif midp:
        low, high = central_limits(binomial_family(n), k, *alphas, midp=True)
    else:
        return _clopper_pearson_odds(k, n, *alphas)
    return math.exp(low), (math.exp(high) if high < 700 else math.inf)


def _clopper_pearson_odds(k: int, n: int, alpha_low: float, alpha_high: float) -> tuple[float, float]:
    from scipy.special import betaincinv

    # both p and 1 - p come from the inverse, so that the odds lose nothing near one
    low, high = 0.0, math.inf
    if k > 0 and alpha_low > 0:
        low = float(betaincinv(k, n - k + 1, alpha_low)) / float(1 - betaincinv(k, n - k + 1, alpha_low))
        if low > 1:
            rest = _upper_quantile(n - k + 1, k, alpha_low)
            low = (1 - rest) / rest
    if k < n and alpha_high > 0:
        rest = float(betaincinv(n - k, k + 1, alpha_high))
        high = (1 - rest) / rest
        if high < 1:
            value = _upper_quantile(k + 1, n - k, alpha_high)
            high = value / (1 - value)
    return low, high


def _upper_quantile(a: float, b: float, alpha: float) -> float:
    from scipy.special import betainccinv

    return float(betainccinv(a, b, alpha))


def binomial_p_values(k: int, n: int, log_odds: float, *, midp: bool = False) -> PValues:
    """p-values of a binomial at a log odds that may be infinite."""
    if n == 0:
        return PValues(1.0, 1.0, 1.0, 1.0)
    if math.isinf(log_odds):
        certain = 0 if log_odds < 0 else n
        half = 0.5 if midp else 1.0
        less, greater = float(k > certain), float(k < certain)
        at = float(k == certain)
        both = half * at
        return PValues(less + both, greater + both, min(1.0, 2 * both), both)
    return p_values(binomial_family(n), k, log_odds, midp=midp)


def binomial_test(
    k: int,
    n: int,
    p: float = 0.5,
    *,
    alternative: Alternative = "two-sided",
    two_sided: TwoSided = "minlike",
    interval: TwoSided = "central",
    midp: bool = False,
    conf_level: float = 0.95,
) -> ExactResult:
    """Test a probability from ``k`` events in ``n`` trials.

    Parameters
    ----------
    k, n : int
        Events and trials.
    p : float
        Probability under the null hypothesis.
    alternative : {"two-sided", "less", "greater"}
        "greater" means a probability above ``p``.
    two_sided : {"minlike", "central"}
        Two-sided p-value: the total probability of outcomes at most as likely as the one observed (the default, as
        in R), or twice the smaller tail.
    interval : {"central", "minlike"}
        Clopper-Pearson, or the hull of the values the minimum-likelihood test keeps (shorter, sometimes by much).
    midp : bool
        Count the observed outcome half, in the p-value and in the (central) interval.  The level is then right on
        average rather than guaranteed.
    conf_level : float

    Returns
    -------
    ExactResult

    Raises
    ------
    InputError
        Counts that are negative, fractional or boolean, ``k > n``, options that do not exist.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26:404.  Sterne (1954), Biometrika 41:275.  Lancaster (1961), JASA 56:223.

    Examples
    --------
    >>> result = binomial_test(15, 19)
    >>> round(result.p_value, 5), round(result.conf_low, 4), round(result.conf_high, 4)
    (0.01921, 0.5443, 0.9395)
    """
    k, n = check_whole("k", k), check_whole("n", n, most=MAX_TRIALS)
    if n == 0 or k > n:
        raise InputError(f"k = {k} events in n = {n} trials; n must be at least 1 and k no larger than n")
    if not 0 <= (p := check_number("p", p)) <= 1:
        raise InputError(f"p is {p!r}; a probability lies between 0 and 1")
    alphas = options(alternative, conf_level, two_sided, interval, midp)
    log_odds = math.log(p) - math.log1p(-p) if 0 < p < 1 else math.copysign(math.inf, p - 0.5)
    plain, mid = (binomial_p_values(k, n, log_odds, midp=m) for m in (False, True))
    low, high = odds_limits(k, n, alphas, interval, midp, alternative == "two-sided")
    return ExactResult(
        term="probability", estimate=k / n, conf_low=low / (1 + low), conf_high=1 / (1 + 1 / high) if high > 0 else 0.0,
        p_value=(mid if midp else plain).get(alternative, two_sided), null=float(p), alternative=alternative,
        two_sided=two_sided, interval=interval, midp=midp, conf_level=float(conf_level), n=n, n_events=k,
        method="Exact binomial test" + (" (mid-p)" if midp else ""), p_values=plain, mid_p_values=mid,
        references=(CLOPPER_PEARSON, LANCASTER if midp else FAY),
    )  # fmt: skip
