"""Exact ratio of two Poisson rates."""

from __future__ import annotations

import math

from interventions_stats.engine.exact.binomial import (
    FAY,
    LANCASTER,
    MAX_TRIALS,
    binomial_p_values,
    odds_limits,
)
from interventions_stats.engine.exact.exact_result import ExactResult, options, pair
from interventions_stats.engine.exact.family import Alternative, PValues, TwoSided
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.scalars import check_positive, check_whole
from interventions_stats.errors import InputError

PRZYBOROWSKI = (
    "Przyborowski, J., & Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson series. "
    "Biometrika, 31, 313-323."
)
MCCULLAGH = "McCullagh, P., & Nelder, J. A. (1989). Generalized Linear Models (2nd ed.). Chapman and Hall, section 6.2."


def rate_ratio(
    events: tuple[int, int],
    exposure: tuple[float, float],
    *,
    ratio: float = 1.0,
    alternative: Alternative = "two-sided",
    two_sided: TwoSided = "minlike",
    interval: TwoSided = "central",
    midp: bool = False,
    conf_level: float = 0.95,
    dispersion: float = 1.0,
) -> ExactResult:
    """Compare two event rates, given the total number of events.

    Given their sum, the first of two Poisson counts is binomial with odds ``ratio x exposure[0] / exposure[1]``, which
    contains no nuisance parameter.

    Parameters
    ----------
    events : (int, int)
        Events of the group of interest and of the comparison group.
    exposure : (float, float)
        Their person-time (years, months ...), in one unit.
    ratio : float
        Rate ratio under the null hypothesis.
    alternative : {"two-sided", "less", "greater"}
        "less" means a ratio below ``ratio``.
    two_sided : {"minlike", "central"}
        Two-sided p-value: outcomes at most as likely as the one observed (the default, as in R), or twice
        the smaller tail.
    interval : {"central", "minlike"}
        Central, at most half the error on either side (default), or matched to the minimum-likelihood test.
    midp : bool
        Count the observed outcome half, in the p-value and in the (central) interval.
    conf_level : float
    dispersion : float
        Variance of the counts over their mean, at least 1.  Above 1 nothing is exact any more: interval and p-values
        are those of a quasi-Poisson model, ``log ratio +- z sqrt(dispersion (1/a + 1/b))``; with a zero count the limit
        comes from the quasi-likelihood ratio instead (see Notes), and ``two_sided``, ``interval`` and ``midp`` play
        no part.

    Returns
    -------
    ExactResult
        ``estimate`` is 0 or infinite when one count is zero, with a one-sided interval, and not a number when
        both are.

    Raises
    ------
    InputError
        Counts that are negative, fractional or boolean; exposure that is not positive; unknown options.

    Notes
    -----
    With dispersion phi and a = 0 of n events the binomial log-likelihood is ``n log(1 - pi)``; the upper limit solves
    ``-2 n log(1 - pi) / phi = z^2``.  A two-sided p-value by minimum likelihood and a central interval, the defaults
    here as in R, can disagree about a ratio at the margin; the summary says so when they do.

    References
    ----------
    Przyborowski & Wilenski (1940), Biometrika 31:313.  Fay (2010), Biostatistics 11:373.  McCullagh & Nelder (1989).

    Examples
    --------
    Ten events in 21 years against fifteen in eight:

    >>> result = rate_ratio(events=(10, 15), exposure=(21, 8))
    >>> [round(v, 3) for v in (result.estimate, result.conf_low, result.conf_high)], round(result.p_value, 4)
    ([0.254, 0.102, 0.604], 0.001)
    >>> wide = rate_ratio(events=(10, 15), exposure=(21, 8), dispersion=3)
    >>> [round(v, 3) for v in (wide.conf_low, wide.conf_high)]
    [0.064, 1.015]
    """
    groups = Labels()
    a, b = (check_whole(f"events[{j}]", v, most=MAX_TRIALS) for j, v in enumerate(pair(events, "events", groups)))
    t1, t2 = (check_positive(f"exposure[{j}]", v) for j, v in enumerate(pair(exposure, "exposure", groups)))
    null = check_positive("ratio", ratio)
    alphas = options(alternative, conf_level, two_sided, interval, midp)
    if check_positive("dispersion", dispersion) < 1:
        raise InputError(f"dispersion is {dispersion!r}; it must be at least 1, for it may only widen the interval")
    estimate = (a / t1) / (b / t2) if b else (math.inf if a else math.nan)
    if dispersion > 1:
        (low, high), plain = _quasi(a, b, t1, t2, null, alphas, float(dispersion))
        mid, method = plain, f"Quasi-Poisson rate ratio, dispersion {dispersion:g}"
    else:
        odds = odds_limits(a, a + b, alphas, interval, midp, alternative == "two-sided")
        low, high = (limit * t2 / t1 for limit in odds)
        log_odds = math.log(null) + math.log(t1) - math.log(t2)
        plain, mid = (binomial_p_values(a, a + b, log_odds, midp=m) for m in (False, True))
        method = "Exact conditional rate ratio" + (" (mid-p)" if midp else "")
    return ExactResult(
        term="rate ratio", estimate=estimate, conf_low=low, conf_high=high,
        p_value=(mid if midp else plain).get(alternative, two_sided), null=null, alternative=alternative,
        two_sided=two_sided, interval=interval, midp=midp, conf_level=float(conf_level), n=2, n_events=a + b,
        method=method, p_values=plain, mid_p_values=mid, remarks=_remarks(a, b, float(dispersion)),
        references=(MCCULLAGH,) if dispersion > 1 else (PRZYBOROWSKI, LANCASTER if midp else FAY),
    )  # fmt: skip


def _quasi(
    a: int, b: int, t1: float, t2: float, null: float, alphas: tuple[float, float], dispersion: float
) -> tuple[tuple[float, float], PValues]:
    """Interval and p-values with the variance inflated by ``dispersion``."""
    from scipy.special import ndtr, ndtri

    quantiles = [float(-ndtri(alpha)) if alpha > 0 else math.inf for alpha in alphas]
    n, scale = a + b, t2 / t1
    if n == 0:
        return (0.0, math.inf), PValues(1.0, 1.0, 1.0, 1.0)
    if a and b:
        centre, spread = math.log(a / b * scale), math.sqrt(dispersion * (1 / a + 1 / b))
        limits = math.exp(centre - quantiles[0] * spread), math.exp(centre + quantiles[1] * spread)
        z = (centre - math.log(null)) / spread
    else:
        # the bound on the odds of the empty group against the other one
        bounds = [math.expm1(q * q * dispersion / (2 * n)) if math.isfinite(q) else math.inf for q in quantiles]
        limits = (0.0, bounds[1] * scale) if a == 0 else (scale / bounds[0], math.inf)
        z = math.copysign(math.sqrt(2 * n / dispersion * math.log1p((null / scale) ** (1 if a == 0 else -1))), a - b)
    less, greater = float(ndtr(z)), float(ndtr(-z))
    both = min(1.0, 2 * min(less, greater))
    return limits, PValues(less, greater, both, both)


def _remarks(a: int, b: int, dispersion: float) -> tuple[str, ...]:
    remarks = []
    if a + b == 0:
        remarks.append("No event in either group: the ratio is not identified.")
    elif not a or not b:
        remarks.append("One group has no event: the estimate is at the edge and the interval is one-sided.")
    if dispersion > 1:
        remarks.append(f"Variance inflated by {dispersion:g}: a large-sample quasi-Poisson interval, not an exact one.")
    return tuple(remarks)
