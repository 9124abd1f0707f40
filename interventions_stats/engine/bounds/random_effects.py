"""Random-effects synthesis of independent estimates: Paule-Mandel's variance, Hartung-Knapp's interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import as_numbers
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.scalars import check_level
from interventions_stats.errors import InputError


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """Random-effects synthesis of k independent estimates.

    Attributes
    ----------
    k : int
    estimate, se : float
        Random-effects mean, its Hartung-Knapp standard error.
    ci, ci_adhoc : (float, float)
        Hartung-Knapp interval, t with k - 1 degrees of freedom; ``ci_adhoc`` does not let the scale fall below 1 (Knapp
        and Hartung's correction), so it is never narrower than the usual random-effects interval with the same t.
    scale : float
        Factor on the variance before the correction.
    tau2 : float
        Variance between actors, Paule-Mandel.
    q, q_df, q_p : float
        Cochran's Q, its degrees of freedom and p.
    i2 : float
        Share of the variation that is between actors, 0 to 1.
    prediction : (float, float)
        Interval for the effect in a new actor, t with k - 2 degrees of freedom; NaN for fewer than three.
    """

    k: int
    estimate: float
    se: float
    ci: tuple[float, float]
    ci_adhoc: tuple[float, float]
    scale: float
    tau2: float
    q: float
    q_df: int
    q_p: float
    i2: float
    prediction: tuple[float, float]


def random_effects(estimates: Any, std_errors: Any, *, level: float = 0.95) -> RandomEffects:
    """Pool estimates by random effects (Paule-Mandel) with Hartung-Knapp inference.

    Parameters
    ----------
    estimates, std_errors : sequence of float, length k >= 2
        On a scale on which they are about normal, such as log odds ratios; standard errors above zero.
    level : float, default 0.95

    Returns
    -------
    RandomEffects

    Raises
    ------
    InputError
        Fewer than two estimates, or one that is not finite.

    Notes
    -----
    Paule and Mandel (1982), J. Res. Natl. Bur. Stand. 87; Hartung and Knapp (2001), Statistics in Medicine 20;
    Knapp and Hartung (2003), Statistics in Medicine 22; Higgins, Thompson and Spiegelhalter (2009), JRSS A 172.

    Examples
    --------
    >>> found = random_effects([0.1, 0.4, 0.2], [0.1, 0.1, 0.1])
    >>> round(found.estimate, 3), round(found.q, 2), round(found.tau2, 4)
    (0.233, 4.67, 0.0133)
    """
    from scipy import stats

    labels = Labels()
    y, errors = as_numbers("estimates", estimates, 1, labels), as_numbers("std_errors", std_errors, 1, labels)
    level = check_level("level", level)
    if y.shape != errors.shape or len(y) < 2:
        raise InputError("pooling needs at least two estimates and as many standard errors")
    if not (np.isfinite(y).all() and np.isfinite(errors).all() and (errors > 0).all()):
        raise InputError("pooling needs finite estimates with standard errors above zero")
    k, v = len(y), errors**2
    q = _q(0.0, y, v)
    tau2 = paule_mandel(y, v)
    w = 1 / (v + tau2)
    mean = float(w @ y / w.sum())
    scale = float(w @ (y - mean) ** 2 / (k - 1))
    half = float(stats.t.ppf(0.5 + level / 2, k - 1)) / math.sqrt(w.sum())
    se = math.sqrt(scale / w.sum())
    plain, adhoc = half * math.sqrt(scale), half * math.sqrt(max(1.0, scale))
    spread = (
        float(stats.t.ppf(0.5 + level / 2, k - 2)) * math.sqrt(tau2 + max(1.0, scale) / w.sum()) if k > 2 else math.nan
    )
    return RandomEffects(
        k=k, estimate=mean, se=se, ci=(mean - plain, mean + plain), ci_adhoc=(mean - adhoc, mean + adhoc), scale=scale,
        tau2=tau2, q=q, q_df=k - 1, q_p=float(stats.chi2.sf(q, k - 1)), i2=max(0.0, (q - (k - 1)) / q) if q > 0 else 0.0,
        prediction=(mean - spread, mean + spread),
    )  # fmt: skip


def paule_mandel(y: np.ndarray, v: np.ndarray) -> float:
    """Variance between units at which the generalised Q equals its degrees of freedom; 0 where Q is below them."""
    from scipy.optimize import brentq

    df = len(y) - 1
    if _q(0.0, y, v) <= df:
        return 0.0
    top = float(np.var(y, ddof=1))
    while _q(top, y, v) > df:
        top *= 2
    return float(brentq(lambda t: _q(t, y, v) - df, 0.0, top, xtol=1e-14, rtol=1e-12))


def _q(tau2: float, y: np.ndarray, v: np.ndarray) -> float:
    w = 1 / (v + tau2)
    return float(w @ (y - w @ y / w.sum()) ** 2)
