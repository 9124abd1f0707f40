"""Bayes factors for counts with their exact conditional likelihood, by quadrature."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from interventions_stats.engine.arrays import as_numbers
from interventions_stats.engine.intake.scalars import (
    check_count,
    check_flag,
    check_level,
    check_number,
    check_option,
    check_positive,
)
from interventions_stats.engine.options import Floats
from interventions_stats.engine.quadrature import LogDensity, log_integral, mode_and_width, panels
from interventions_stats.errors import InputError

CountPrior: TypeAlias = Literal["half-normal", "normal"]
COUNT_PRIORS = ("half-normal", "normal")


def rate_ratio_likelihood(events: Any, exposure: Any, dispersion: float = 1.0) -> LogDensity:
    """Log likelihood of the log rate ratio, first against second, given the total: binomial.

    Parameters
    ----------
    events : (int, int)
        Events in the first and the second period or group.
    exposure : (float, float)
        Their person-time.
    dispersion : float
        Variance over mean of the counts; above 1 the log likelihood is divided by it (quasi-likelihood), since
        events that come in clusters carry less information.

    Returns
    -------
    callable
        Of an array of log rate ratios.

    Examples
    --------
    >>> import numpy as np
    >>> f = rate_ratio_likelihood((10, 15), (21, 8))
    >>> bool(f(np.array([np.log(10 / 21 * 8 / 15)])) > f(np.array([0.0])))
    True
    """
    k = _two_counts("events", events)
    time = as_numbers("exposure", exposure, 1)
    if time.shape != (2,) or not (time > 0).all():
        raise InputError(f"exposure must be two positive numbers, not {list(time)}.")
    if k.sum() == 0:
        raise InputError("both counts of events are zero: the rate ratio has no likelihood.")
    spread = check_positive("dispersion", dispersion)
    offset = float(np.log(time[0] / time[1]))

    def log_like(theta: Floats) -> Floats:
        eta = theta + offset
        return (k[0] * -np.logaddexp(0, -eta) + k[1] * -np.logaddexp(0, eta)) / spread

    return log_like


def odds_ratio_likelihood(table: Any) -> LogDensity:
    """Log likelihood of the log odds ratio of a 2 x 2 table given its margins: noncentral hypergeometric.

    Parameters
    ----------
    table : (2, 2) array of counts
        Rows are groups, the first column counts successes.

    Examples
    --------
    >>> import numpy as np
    >>> f = odds_ratio_likelihood([[3, 1], [1, 3]])
    >>> round(float(np.exp(f(np.array([0.0])))[0]), 4)
    0.2286
    """
    cells = as_numbers("table", table, 2)
    if cells.shape != (2, 2) or np.isnan(cells).any() or (cells < 0).any() or (cells != np.round(cells)).any():
        raise InputError("table must be 2 x 2 counts.")
    from scipy.special import gammaln

    first, second = cells.sum(axis=1)
    successes = cells[:, 0].sum()
    if min(first, second, successes, cells[:, 1].sum()) == 0:
        raise InputError("a margin of the table is zero: the odds ratio has no likelihood.")
    j = np.arange(max(0, successes - second), min(first, successes) + 1)
    log_ways = (
        gammaln(first + 1) - gammaln(j + 1) - gammaln(first - j + 1)
        + gammaln(second + 1) - gammaln(successes - j + 1) - gammaln(second - successes + j + 1)
    )  # fmt: skip
    at = int(cells[0, 0] - j[0])

    def log_like(theta: Floats) -> Floats:
        terms = log_ways + np.multiply.outer(theta, j)
        peak = terms.max(axis=-1)
        return terms[..., at] - peak - np.log(np.exp(terms - peak[..., None]).sum(axis=-1))

    return log_like


def binomial_likelihood(successes: int, trials: int, reference: float) -> LogDensity:
    """Log likelihood of the log odds ratio of a share against a fixed ``reference`` share.

    Examples
    --------
    >>> import numpy as np
    >>> f = binomial_likelihood(15, 19, 0.5)
    >>> round(float(f(np.array([0.0]))[0] / np.log(0.5)), 6)
    19.0
    """
    n, k = check_count("trials", trials), check_count("successes", successes, 0)
    if k > n:
        raise InputError(f"{k} successes in {n} trials: there cannot be more successes than trials.")
    base = check_level("reference", reference)
    offset = float(np.log(base) - np.log1p(-base))

    def log_like(theta: Floats) -> Floats:
        eta = theta + offset
        return -k * np.logaddexp(0, -eta) - (n - k) * np.logaddexp(0, eta)

    return log_like


def _log_mass(log_like: LogDensity, scale: float, lo: float, hi: float) -> float:
    """log of the integral of likelihood times normal(0, scale) density over [lo, hi], either end infinite."""

    def log_f(theta: Floats) -> Floats:
        return log_like(theta) - 0.5 * (theta / scale) ** 2 - np.log(scale) - 0.5 * np.log(2 * np.pi)

    low = lo if np.isfinite(lo) else _reach(log_f, scale, min(hi, 0.0), -1.0)
    high = hi if np.isfinite(hi) else _reach(log_f, scale, max(lo, 0.0), 1.0)
    if high <= low:
        return -np.inf
    mode, width = mode_and_width(log_f, low, high)
    return log_integral(log_f, panels(low, high, mode, width))


def _reach(log_f: LogDensity, scale: float, start: float, sign: float) -> float:
    """Point beyond which a log-concave ``log_f`` holds nothing: e^-80 of its largest value on the way there."""
    step = 20.0 * scale
    for _ in range(60):
        path = log_f(start + sign * step * np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 400)]))
        if path[-1] < path.max() - 80.0:
            break
        step *= 2.0
    return start + sign * step


def likelihood_bf10(
    log_like: LogDensity, scale: float, prior: CountPrior = "half-normal", *, log: bool = False
) -> float:
    """Bayes factor of an effect under the prior against none, for a log likelihood of this module.

    Parameters
    ----------
    log_like : callable
        From :func:`rate_ratio_likelihood`, :func:`odds_ratio_likelihood` or :func:`binomial_likelihood`.
    scale : float
        Of the prior on the log ratio.
    prior : {"half-normal", "normal"}
    log : bool
        Return the log.

    Examples
    --------
    >>> round(likelihood_bf10(binomial_likelihood(16, 20, 0.5), 1.0), 3)
    20.613
    """
    check_option("prior", prior, COUNT_PRIORS)
    check_positive("scale", scale)
    at_zero = float(log_like(np.zeros(1))[0])
    if prior == "half-normal":
        value = float(np.log(2)) + _log_mass(log_like, scale, 0.0, np.inf) - at_zero
    else:
        value = _log_mass(log_like, scale, -np.inf, np.inf) - at_zero
    with np.errstate(over="ignore"):
        return value if check_flag("log", log) else float(np.exp(value))


def likelihood_direction_bf(log_like: LogDensity, scale: float, *, log: bool = False) -> float:
    """Bayes factor of a negative against a positive effect under a normal(0, ``scale``) prior.

    Examples
    --------
    >>> likelihood_direction_bf(rate_ratio_likelihood((10, 15), (21, 8)), 0.405) > 10
    True
    """
    check_positive("scale", scale)
    value = _log_mass(log_like, scale, -np.inf, 0.0) - _log_mass(log_like, scale, 0.0, np.inf)
    with np.errstate(over="ignore"):
        return value if check_flag("log", log) else float(np.exp(value))


def likelihood_posterior_below(
    log_like: LogDensity, delta: float, scale: float, prior: CountPrior = "half-normal"
) -> float:
    """Posterior probability that the effect is below ``delta``.

    Examples
    --------
    >>> round(likelihood_posterior_below(rate_ratio_likelihood((10, 15), (21, 8)), 0.405, 0.405), 4)
    0.9891
    """
    check_option("prior", prior, COUNT_PRIORS)
    check_positive("scale", scale)
    lo = 0.0 if prior == "half-normal" else -np.inf
    edge = max(check_number("delta", delta), lo)
    below, above = _log_mass(log_like, scale, lo, edge), _log_mass(log_like, scale, edge, np.inf)
    return float(np.exp(below - np.logaddexp(below, above)))


def rate_ratio_bf10(
    events: Any, exposure: Any, scale: float, prior: CountPrior = "half-normal", *, dispersion: float = 1.0,
    log: bool = False,
) -> float:  # fmt: skip
    """Bayes factor of a rate ratio above one (half-normal prior on its log) against one.

    Parameters
    ----------
    events, exposure, dispersion
        As in :func:`rate_ratio_likelihood`.
    scale, prior, log
        As in :func:`likelihood_bf10`.

    References
    ----------
    Przyborowski and Wilenski (1940) for the conditional likelihood.

    Examples
    --------
    >>> rate_ratio_bf10((10, 15), (21, 8), 0.405) < 1 / 3
    True
    """
    return likelihood_bf10(rate_ratio_likelihood(events, exposure, dispersion), scale, prior, log=log)


def _two_counts(name: str, values: Any) -> Floats:
    k = as_numbers(name, values, 1)
    if k.shape != (2,) or np.isnan(k).any() or (k < 0).any() or (k != np.round(k)).any():
        raise InputError(f"{name} must be two counts, not {list(k)}.")
    return k
