"""Whether exposure and onsets trend within strata: what decides if a plain time shift may be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from interventions_stats.engine.arrays import Layout, as_counts, as_numbers, read_series, series_layout
from interventions_stats.engine.distributions import cdf
from interventions_stats.engine.intake.scalars import check_level
from interventions_stats.engine.memo import remember
from interventions_stats.engine.options import Floats, Missing
from interventions_stats.engine.permutation.autoregression import NEGLIGIBLE, PHI, phi_posterior, whiten
from interventions_stats.engine.permutation.trends import basis

Remedy: TypeAlias = Literal["none", "detrend", "calendar-year strata"]
EXACT_CELLS = 20_000  # periods x onsets up to which the Laplace test is exact


@dataclass(frozen=True, slots=True)
class StratumTrend:
    """Trend tests of one stratum; a p-value that could not be computed is NaN.

    Attributes
    ----------
    label : the stratum's label
    n, n_onsets : int
    exposure_change : float
        Fitted linear change from the first to the last period, in the stratum's own SD.
    exposure_p, curvature_p, onset_p : float
        Two-sided, of a linear trend in the exposure, of a bend in it, and of a trend in the onsets.
    exposure_trends, exposure_bends, onsets_trend : bool
        Each at the level asked for.
    phi : float
        Posterior mean of the exposure's autoregressive coefficient.
    """

    label: Any
    n: int
    n_onsets: int
    exposure_change: float
    exposure_p: float
    curvature_p: float
    onset_p: float
    exposure_trends: bool
    exposure_bends: bool
    onsets_trend: bool
    phi: float

    @property
    def both_trend(self) -> bool:
        """Exposure and onsets both trend: a plain circular shift is not valid here."""
        return (self.exposure_trends or self.exposure_bends) and self.onsets_trend


@dataclass(frozen=True, slots=True)
class StationarityCheck:
    """Trend tests of every stratum that holds an onset.

    Attributes
    ----------
    strata : tuple of StratumTrend
    both_trend : bool
        In at least one stratum.
    remedy : {"none", "detrend", "calendar-year strata"}
        ``"detrend"`` (with ``studentise=True``) as soon as the onsets of a stratum trend, whatever the test of the
        exposure says; where the exposure bends as well, a polynomial is not safe and onsets should only be
        moved within their calendar year.
    level : float
    """

    strata: tuple[StratumTrend, ...]
    both_trend: bool
    remedy: Remedy
    level: float


def stationarity_check(
    series: Any, onsets: Any, strata: Any = None, *, level: float = 0.10, missing: Missing = "raise"
) -> StationarityCheck:
    """Test each stratum for a trend in the exposure and a trend in the onsets.

    Parameters
    ----------
    series, onsets, strata, missing
        As in :func:`circular_shift_test`.
    level : float
        Of every single test.

    Returns
    -------
    StationarityCheck

    Raises
    ------
    InputError
        As in :func:`circular_shift_test`.

    Notes
    -----
    To choose the plain shift because the *exposure* passed a pre-test is not safe.  At the real onset dates a
    rule that detrends only where exposure and onsets both trend at .10 had one-sided sizes up to .16
    (monthly, phi = .9) and .18 (annual), since the trends it overlooks are the ones that do harm; the same dates
    with the detrended, studentised shift throughout gave .05 to .07.  ``remedy`` therefore looks at the onset dates,
    which the null holds fixed, and ``both_trend`` reports the joint condition.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange(96)
    >>> onsets = np.zeros(96)
    >>> onsets[[1, 4, 5, 6, 7, 9, 30, 60]] = 1
    >>> check = stationarity_check(np.sin(time) - time / 20, onsets)
    >>> check.both_trend, check.remedy
    (True, 'detrend')
    """
    level = check_level("level", level)
    values, counts, strata = read_series(series, onsets, strata)
    layout = series_layout(values, counts, strata, missing)
    found = []
    for i, (a, b) in enumerate(layout.pieces):
        n = counts[layout.kept][a:b]
        if n.sum():
            found.append(_stratum(values[layout.kept][a:b], n, layout.times[a:b], layout.labels[i], level))
    trending = [s for s in found if s.onsets_trend]
    remedy: Remedy = "none"
    if trending:
        remedy = "calendar-year strata" if any(s.exposure_bends for s in trending) else "detrend"
    return StationarityCheck(tuple(found), any(s.both_trend for s in found), remedy, level)


def _stratum(x: Floats, n: Floats, times: Any, label: Any, level: float) -> StratumTrend:
    slope_p, phi = trend_p_value(x, times, 1)
    bend_p, _ = trend_p_value(x, times, 2)
    onset_p = onset_trend_p_value(n)
    sd = float(x.std())
    change = float(np.polyfit(times, x, 1)[0] * (times[-1] - times[0]) / sd) if sd > 0 and len(x) > 1 else 0.0
    return StratumTrend(
        label, len(x), int(n.sum()), change, slope_p, bend_p, onset_p, bool(slope_p <= level), bool(bend_p <= level),
        bool(onset_p <= level), phi,
    )  # fmt: skip


@remember(512)
def trend_p_value(series: Any, times: Any = None, degree: int = 1) -> tuple[float, float]:
    """Two-sided p of the polynomial term of ``degree`` in time, with autoregressive errors.

    Generalised least squares given phi, with a t reference, averaged over the posterior of phi.  Measured size at
    a nominal .10 (1,500 series each): n = 96: .09 for phi 0, .05 for .9, .12 for .97; n = 252: .09, .07,
    .06; n = 21: .07, .15, .25; n = 8: .02, .20, .25.  A kernel (fixed-b) t test
    reached .36-.46 at phi = .97 in 8 to 96 periods.

    Parameters
    ----------
    series : (n,) array
        Without missing values.
    times : (n,) array of int, optional
        Periods; gaps are allowed.
    degree : int
        1 for a linear trend, 2 for a bend beyond it.

    Returns
    -------
    p_value, phi : float
        NaN p where the series is constant or has no degree of freedom left.

    References
    ----------
    Prais and Winsten (1954), "Trend estimators and serial correlation".

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> trend_p_value(rng.standard_normal(60) + np.arange(60) / 20)[0] < 0.01
    True
    """
    x = as_numbers("series", series, 1)
    when = np.arange(len(x)) if times is None else np.asarray(times, dtype=np.int64)
    df = len(x) - degree - 1
    if df < 1 or np.ptp(x) == 0:
        return float("nan"), float("nan")
    layout = Layout(((0, len(x)),), ("all",), when, np.arange(len(x)))
    weights = phi_posterior(x, layout, degree)
    p = 0.0
    for phi, weight in zip(PHI, weights, strict=True):
        if weight <= NEGLIGIBLE:
            continue
        white, _ = whiten(x, when, float(phi))
        q, _ = np.linalg.qr(whiten(basis(when, degree).T, when, float(phi))[0].T)
        inside = white @ q
        rest = max(float(white @ white - inside @ inside), 1e-300)
        # the last column of q is the term of interest, freed of the lower ones
        p += weight * 2 * float(cdf(-abs(inside[-1]) / np.sqrt(rest / df), df))
    return min(float(p / weights[weights > NEGLIGIBLE].sum()), 1.0), float(weights @ PHI)


def onset_trend_p_value(onsets: Any) -> float:
    """Two-sided p of Laplace's test: given their number, are the onsets earlier or later than uniform dates.

    Exact by convolution of the uniform distribution over periods where that is cheap, else normal.  It takes
    onsets as independent, so clusters make it reject too often: safe in a guard that refuses.

    Parameters
    ----------
    onsets : (n,) array of counts
        Of one stratum.

    References
    ----------
    Cox and Lewis (1966), "The Statistical Analysis of Series of Events".

    Examples
    --------
    >>> round(onset_trend_p_value([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]), 4)  # 20 of 1,000 dates sum to 3 or less
    0.04
    """
    n = as_counts("onsets", onsets, np.shape(onsets) if np.ndim(onsets) == 1 else (-1,))
    periods, total = len(n), int(n.sum())
    if periods < 2:
        return float("nan")
    where = int(np.arange(periods) @ n)
    if periods * total <= EXACT_CELLS:
        law = np.ones(1)
        for _ in range(total):
            law = np.convolve(law, np.full(periods, 1.0 / periods))
        return float(min(1.0, 2 * min(law[: where + 1].sum(), law[where:].sum())))
    z = (where - total * (periods - 1) / 2) / np.sqrt(total * (periods**2 - 1) / 12)
    return float(2 * cdf(-abs(z)))
