"""Correlations of an exposure with onsets: the conventional tests, and the same statistics under shifts in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

import numpy as np

from interventions_stats.engine.arrays import read_series
from interventions_stats.engine.intake.names import check_names
from interventions_stats.engine.intake.scalars import check_flag, check_level, check_option
from interventions_stats.engine.options import DETREND, Detrend, Floats
from interventions_stats.errors import EstimationError, InputError

Method = Literal["spearman", "kendall", "point_biserial", "mann_whitney"]
METHODS: tuple[Method, ...] = get_args(Method)
FEWEST = 4  # onsets


@dataclass(frozen=True, slots=True)
class Correlation:
    """One correlation of an exposure with onsets.

    Attributes
    ----------
    method : {"spearman", "kendall", "point_biserial", "mann_whitney"}
    estimate : float
        rho, tau-b or r; for Mann-Whitney the chance that a period with an onset has the higher exposure (AUC).
    p_value : float
        Conventional, two-sided, as if periods were independent.
    p_shift : float
        Two-sided, from circular shifts of the exposure within strata, which keep its persistence.
    conf_low, conf_high : float
        Conventional interval, as if periods were independent.
    statistic : float
        Of the conventional test: t, or z for ranks of pairs.
    n, n_onsets : int
        Periods, and periods with an onset.
    """

    method: Method
    estimate: float
    p_value: float
    p_shift: float
    conf_low: float
    conf_high: float
    statistic: float
    n: int
    n_onsets: int


def correlations(
    series: Any,
    onsets: Any,
    strata: Any = None,
    *,
    methods: Any = METHODS,
    level: float = 0.95,
    detrend: Detrend = "linear",
    shift: bool = True,
    draws: int = 10_000,
    seed: int = 0,
) -> tuple[Correlation, ...]:
    """Correlate an exposure with whether a period holds an onset.

    The conventional p-values suppose independent periods: they answer whether a study that computed them found a
    correlation, and overstate what a persistent series shows.  The shift p-value moves the exposure (or its ranks, for
    methods of ranks) in time against the onsets, within strata.

    Parameters
    ----------
    series : (T,) array
        Exposure, lagged already.
    onsets : (T,) array
        Number of onsets in each period; several count as one.
    strata : (T,) array of labels, optional
        Runs within which the exposure is shifted.
    methods : sequence of {"spearman", "kendall", "point_biserial", "mann_whitney"}
    level : float, default 0.95
    detrend : {"none", "linear", "quadratic", "cubic"}
        Trend taken out of each stratum before the shifts.
    shift : bool, default True
        Without it ``p_shift`` is NaN: for rows that are no series in time.
    draws, seed : int
        As in :func:`circular_shift_test`.

    Returns
    -------
    tuple of Correlation

    Raises
    ------
    EstimationError
        Fewer than four periods with an onset or without, or a constant series.

    References
    ----------
    Bonett & Wright (2000), Psychometrika 65:23-28, for the interval of rho. Fieller, Hartley & Pearson (1957), Biometrika
    44:470-481, for tau. DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44:837-845, for the AUC.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x, onsets = rng.normal(size=120), np.zeros(120)
    >>> onsets[np.argsort(x)[-8:]] = 1
    >>> [(c.method, round(c.estimate, 2)) for c in correlations(x, onsets, methods=["spearman", "mann_whitney"])]
    [('spearman', 0.43), ('mann_whitney', 1.0)]
    """
    level = check_level("level", level)
    check_option("trend", detrend, DETREND)
    chosen = check_names("methods", methods)
    for method in chosen:
        check_option("method", method, METHODS)
    x, counts, labels = read_series(series, onsets, strata)
    if np.isnan(x).any():
        first = int(np.flatnonzero(np.isnan(x))[0])
        raise InputError(
            f"series is missing at position {first}: leave out the periods without a value, onsets and all."
        )
    y = (counts > 0).astype(float)
    few = int(min(y.sum(), len(y) - y.sum()))
    if few < FEWEST:
        what = "with" if y.sum() == few else "without"
        raise EstimationError(f"{few} periods {what} an onset: a correlation needs at least {FEWEST} of either sort.")
    if np.ptp(x) == 0:
        raise EstimationError(
            f"the series is constant ({x[0]:g}) over its {len(x)} periods: it correlates with nothing."
        )
    if not check_flag("shift", shift):
        return tuple(_CONVENTIONAL[m](x, y, level, lambda *, ranks: np.nan) for m in METHODS if m in chosen)
    shifted = _ShiftP(x, counts, labels, detrend, draws, seed)
    return tuple(_CONVENTIONAL[m](x, y, level, shifted) for m in METHODS if m in chosen)


class ShiftP(Protocol):
    """Two-sided p of the exposure, or of its ranks, under shifts."""

    def __call__(self, *, ranks: bool) -> float: ...


class _ShiftP:
    """Shifts of the exposure and of its ranks, each computed once."""

    def __init__(self, x: Floats, counts: Floats, strata: Any, detrend: Detrend, draws: int, seed: int) -> None:
        self._x, self._given = x, (counts, strata, detrend, draws, seed)
        self._known: dict[bool, float] = {}

    def __call__(self, *, ranks: bool) -> float:
        from scipy.stats import rankdata

        from interventions_stats.engine.permutation.circular import circular_shift_test

        if ranks not in self._known:
            counts, strata, detrend, draws, seed = self._given
            values = rankdata(self._x) if ranks else self._x
            test = circular_shift_test(
                values, counts, strata, detrend=detrend, studentise=detrend != "none", draws=draws, seed=seed
            )
            self._known[ranks] = test.p_two_sided
        return self._known[ranks]


def _result(
    method: Method, y: Floats, estimate: float, p: float, statistic: float, limits: tuple[float, float], shift: float
) -> Correlation:
    return Correlation(method, estimate, p, shift, *limits, statistic, len(y), int(y.sum()))


def _spearman(x: Floats, y: Floats, level: float, shifted: ShiftP) -> Correlation:
    from scipy.stats import spearmanr

    rho, p = map(float, spearmanr(x, y))
    limits = _fisher(rho, np.sqrt((1 + rho**2 / 2) / (len(x) - 3)), level)
    return _result("spearman", y, rho, p, _t_of(rho, len(x)), limits, shifted(ranks=True))


def _kendall(x: Floats, y: Floats, level: float, shifted: ShiftP) -> Correlation:
    from scipy.stats import kendalltau, norm

    tau, p = map(float, kendalltau(x, y))
    limits = _fisher(tau, np.sqrt(0.437 / (len(x) - 4)), level)
    return _result("kendall", y, tau, p, float(np.sign(tau) * norm.isf(p / 2)), limits, shifted(ranks=True))


def _point_biserial(x: Floats, y: Floats, level: float, shifted: ShiftP) -> Correlation:
    from scipy.stats import pointbiserialr

    r, p = map(float, pointbiserialr(y, x))
    return _result(
        "point_biserial", y, r, p, _t_of(r, len(x)), _fisher(r, 1 / np.sqrt(len(x) - 3), level), shifted(ranks=False)
    )


def _mann_whitney(x: Floats, y: Floats, level: float, shifted: ShiftP) -> Correlation:
    from scipy.stats import mannwhitneyu, norm

    with_, without = x[y == 1], x[y == 0]
    u, p = map(float, mannwhitneyu(with_, without, alternative="two-sided"))
    auc = u / (len(with_) * len(without))
    limits = _auc_limits(with_, without, auc, level)
    return _result("mann_whitney", y, auc, p, float(np.sign(auc - 0.5) * norm.isf(p / 2)), limits, shifted(ranks=True))


_CONVENTIONAL = {
    "spearman": _spearman,
    "kendall": _kendall,
    "point_biserial": _point_biserial,
    "mann_whitney": _mann_whitney,
}


def _t_of(r: float, n: int) -> float:
    return float(r * np.sqrt((n - 2) / max(1 - r * r, 1e-300)))


def _fisher(r: float, se: float, level: float) -> tuple[float, float]:
    """Limits on Fisher's z scale."""
    from scipy.stats import norm

    z, half = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)), norm.ppf((1 + level) / 2) * se
    return float(np.tanh(z - half)), float(np.tanh(z + half))


def _auc_limits(with_: Floats, without: Floats, auc: float, level: float) -> tuple[float, float]:
    """DeLong's variance on the logit scale; at an end, that of half a pair from it."""
    from scipy.stats import norm, rankdata

    a, b = len(with_), len(without)
    whole = rankdata(np.concatenate([with_, without]))
    above = (whole[:a] - rankdata(with_)) / b
    below = 1 - (whole[a:] - rankdata(without)) / a
    variance = above.var(ddof=1) / a + below.var(ddof=1) / b
    near = float(np.clip(auc, 0.5 / (a * b), 1 - 0.5 / (a * b)))
    variance = max(variance, near * (1 - near) / (a * b))
    middle, half = np.log(near / (1 - near)), norm.ppf((1 + level) / 2) * np.sqrt(variance) / (near * (1 - near))
    low, high = (float(1 / (1 + np.exp(-v))) for v in (middle - half, middle + half))
    return (0.0 if auc <= 0 else low), (1.0 if auc >= 1 else high)
