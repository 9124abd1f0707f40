"""Default Bayes factors, printed as checks: JZS t tests, a correlation, a binomial share."""

from __future__ import annotations

import numpy as np

from interventions_stats.engine.intake.scalars import check_count, check_level, check_number, check_positive
from interventions_stats.engine.options import Floats
from interventions_stats.engine.quadrature import log_integral
from interventions_stats.errors import InputError

LOG_G = np.linspace(-14.0, 60.0, 300)  # the inverse-gamma factor ends the integrand below, its own decay above


def jzs_bf10(t: float, n: int, n2: int | None = None, scale: float = 0.707) -> float:
    """JZS Bayes factor of a t test: Cauchy prior on the standardised effect against none.

    Parameters
    ----------
    t : float
    n : int
        Observations, or those in the first group.
    n2 : int, optional
        Those in the second group: a two-sample test with pooled variance.
    scale : float
        Of the Cauchy prior.

    References
    ----------
    Rouder, Speckman, Sun, Morey and Iverson (2009), "Bayesian t tests for accepting and rejecting the null
    hypothesis".

    Examples
    --------
    >>> round(jzs_bf10(3.5, 20, 20), 3), round(jzs_bf10(3.5, 20), 3)
    (26.743, 17.185)
    """
    value, r = check_number("t", t), check_positive("scale", scale)
    n, n2 = check_count("n", n, 2), None if n2 is None else check_count("n2", n2, 2)
    size, df = float(n), n - 1
    if n2 is not None:
        size, df = n * n2 / (n + n2), n + n2 - 2

    def log_f(u: Floats) -> Floats:
        spread = 1 + size * r**2 * np.exp(u)
        likelihood = -0.5 * np.log(spread) - (df + 1) / 2 * np.log1p(value**2 / (spread * df))
        return likelihood - 0.5 * np.log(2 * np.pi) - 0.5 * u - 0.5 * np.exp(-u)

    with np.errstate(over="ignore"):
        return float(np.exp(log_integral(log_f, LOG_G) + (df + 1) / 2 * np.log1p(value**2 / df)))


def correlation_bf10(r: float, n: int, kappa: float = 1.0) -> float:
    """Bayes factor of a correlation under a stretched beta prior (uniform at ``kappa=1``) against zero.

    References
    ----------
    Ly, Verhagen and Wagenmakers (2016), "Harold Jeffreys's default Bayes factor hypothesis tests".

    Examples
    --------
    >>> round(correlation_bf10(0.1, 83), 3)
    0.204
    """
    if not -1 < (r := check_number("r", r)) < 1:
        raise InputError(f"r must lie strictly between -1 and 1, not {r!r}.")
    n = check_count("n", n, 3)
    a = 1 / check_positive("kappa", kappa)
    from scipy.special import betaln, hyp2f1

    def log_like(rho: Floats) -> Floats:
        series = hyp2f1(0.5, 0.5, n - 0.5, (1 + rho * r) / 2)
        return (n - 1) / 2 * np.log1p(-(rho**2)) + (1.5 - n) * np.log1p(-rho * r) + np.log(series)

    def log_f(x: Floats) -> Floats:  # rho = tanh x, so that a sharp peak near one is spread out
        rho = np.tanh(x)
        log_cosh = np.logaddexp(x, -x) - np.log(2)
        prior = (1 - 2 * a) * np.log(2) - betaln(a, a) - 2 * (a - 1) * log_cosh
        return log_like(np.clip(rho, -1 + 1e-16, 1 - 1e-16)) + prior - 2 * log_cosh

    return float(np.exp(log_integral(log_f, np.linspace(-17.0, 17.0, 400)) - log_like(np.zeros(1))[0]))


def beta_binomial_bf01(k: int, n: int, p: float = 0.5, a: float = 1.0, b: float = 1.0) -> float:
    """Bayes factor of the share ``p`` against a beta(a, b) prior on the share, in closed form.

    Examples
    --------
    >>> round(beta_binomial_bf01(16, 20), 8)
    0.09703159
    """
    trials, hits = check_count("n", n), check_count("k", k, 0)
    if hits > trials:
        raise InputError(f"k = {k} of n = {n}: there cannot be more successes than trials.")
    share = check_level("p", p)
    from scipy.special import betaln

    fixed = hits * np.log(share) + (trials - hits) * np.log1p(-share)
    a, b = check_positive("a", a), check_positive("b", b)
    prior = betaln(hits + a, trials - hits + b) - betaln(a, b)
    with np.errstate(over="ignore"):
        return float(np.exp(fixed - prior))
