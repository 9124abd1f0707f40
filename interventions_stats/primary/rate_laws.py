"""Laws of the ratio of two rates: exact for Poisson counts, Welch's for counts that are overdispersed, and years exchanged."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from interventions_stats.engine.options import Floats, Ints
from interventions_stats.primary.leader_months import pearson_dispersion


@dataclass(frozen=True, slots=True)
class OwnDispersions:
    """Two groups of years, each with its own dispersion.

    Attributes
    ----------
    ratio : float
        Log of the rate ratio, the first against the second; half an onset stands for none.
    spread : (float, float)
        Variance over mean of the yearly counts of each, at least 1.
    poisson : float
        Variance of the log ratio for Poisson counts; ``deff`` times that is its variance.
    df : float
        Welch's degrees of freedom.
    """

    ratio: float
    spread: tuple[float, float]
    poisson: float
    deff: float
    df: float

    @property
    def se(self) -> float:
        return math.sqrt(self.poisson * self.deff)

    @property
    def overdispersed(self) -> bool:
        return max(self.spread) > 1


def own_dispersions(first: Ints, second: Ints, time: tuple[float, float]) -> OwnDispersions:
    """Compare two rates whose counts scatter more than Poisson ones, each as its own years do.

    The variance of a log rate is dispersion / onsets; the sum of two estimated variances has the degrees of freedom of
    Welch (1947, Biometrika 34:28-35).

    Parameters
    ----------
    first, second : arrays of int
        Onsets of each year.
    time : (float, float)
        Years in all, broken ones too.

    Examples
    --------
    >>> found = own_dispersions(np.array([0, 1, 0, 1]), np.array([6, 0, 1, 0, 3]), (4.0, 5.0))
    >>> found.spread[0], round(found.spread[1], 2), round(found.df, 1)
    (1.0, 3.25, 6.2)
    """
    parts = [max(1.0, d) if (d := pearson_dispersion(y, np.zeros(len(y)))) == d else 1.0 for y in (first, second)]
    onsets = [max(float(y.sum()), 0.5) for y in (first, second)]
    poisson = [1 / n for n in onsets]
    own = [s * p for s, p in zip(parts, poisson, strict=True)]
    freedom = sum(v**2 / max(len(y) - 1, 1) for v, y in zip(own, (first, second), strict=True))
    ratio = math.log(onsets[0] / onsets[1] * time[1] / time[0])
    return OwnDispersions(ratio, (parts[0], parts[1]), sum(poisson), sum(own) / sum(poisson), sum(own) ** 2 / freedom)


def welch(found: OwnDispersions) -> dict[str, Any]:
    """p-values, intervals, likelihood and detectable effect under Student's t: fields of :class:`Raw`."""
    from scipy.stats import t

    law, estimate, se = t(found.df), found.ratio, found.se
    return {
        "p_superiority": float(law.sf(estimate / se)), "p_reverse": float(law.cdf(estimate / se)),
        "p_two_sided": float(2 * law.sf(abs(estimate) / se)),
        "p_noninferiority": lambda d: float(law.cdf((estimate - d) / se)),
        "p_equivalence": lambda d: float(max(law.cdf((estimate - d) / se), law.sf((estimate + d) / se))),
        "intervals": {k: (estimate - h, estimate + h) for k in (0.90, 0.95) if (h := float(law.ppf(0.5 + k / 2)) * se)},
        "log_likelihood": student_likelihood(estimate, se, found.df), "mde": float(law.ppf(0.95) + law.ppf(0.8)) * se,
    }  # fmt: skip


def student_likelihood(estimate: float, se: float, df: float) -> Callable[[Floats], Floats]:
    """Log likelihood of an effect whose estimate over its standard error follows Student's t."""
    return lambda theta: -(df + 1) / 2 * np.log1p(((theta - estimate) / se) ** 2 / df)


def years_exchanged(first: Ints, second: Ints) -> tuple[float, float]:
    """Exact p, upward and downward, of the first group's onsets when whole years are exchanged between two groups.

    Examples
    --------
    >>> years_exchanged(np.array([0, 0, 1]), np.array([4, 2]))
    (1.0, 0.1)
    """
    counts = np.concatenate([first, second]).astype(int)
    ways = np.zeros((len(first) + 1, int(counts.sum()) + 1), dtype=object)  # whole numbers, however large
    ways[0, 0] = 1
    for n in counts:  # choose years for the first group one by one: by how many, and their onsets
        ways[1:, n:] += ways[:-1, : ways.shape[1] - n].copy()
    chosen, k = ways[-1], int(first.sum())
    return chosen[k:].sum() / chosen.sum(), chosen[: k + 1].sum() / chosen.sum()
