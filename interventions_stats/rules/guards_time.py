"""Guards on time: lags, rallies, leaders, trends, extrapolation (G05-G08, G25, G26)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

from interventions_stats.errors import InputError, unknown_name
from interventions_stats.rules.guard_registry import GuardFinding, finding

MIN_LAG: Final = 1
RALLY_MONTHS: Final = 6
BETWEEN_SHARE: Final = 0.5
TREND_ALPHA: Final = 0.10

Moment = int | float | str | date


def g05_lag(lag: int, *, falsifier: bool = False) -> GuardFinding | None:
    """Refuse an exposure at lag 0 or ahead of the onset; a lead is allowed as a falsifier.

    >>> g05_lag(0).action, g05_lag(1), g05_lag(-12, falsifier=True)
    ('refuse', None, None)

    Raises
    ------
    InputError
        A lag that is no whole number.
    """
    if isinstance(lag, bool) or int(lag) != lag:
        raise InputError(f"lag={lag!r} is no whole number of periods: give 1 or more.")
    if lag >= MIN_LAG or (falsifier and lag < 0):
        return None
    return finding(
        "G05",
        f"lag {lag} measures the exposure at or after onset; a rally raises approval at onset and would pass for evidence.",
        remedy="use lag=1 or more.",
    )


def g05_measured_at_onset(measured_until: Moment, onset: Moment) -> GuardFinding | None:
    """Refuse an exposure whose measurement reaches the onset.

    Parameters
    ----------
    measured_until, onset : int, float, ISO date text or date
        Both of one kind.  Texts may differ in precision: the year 1999 or
        the month 1999-08 reaches an onset on 1999-08-07.

    Examples
    --------
    >>> g05_measured_at_onset("1999-08", "1999-08-07").action
    'refuse'
    >>> g05_measured_at_onset("1999-07", "1999-08-07") is None
    True
    """
    left, right = _moment(measured_until), _moment(onset)
    if isinstance(left, str) != isinstance(right, str):
        raise InputError(f"{measured_until!r} and {onset!r} cannot be compared: give two numbers or two dates.")
    if isinstance(left, str) and isinstance(right, str):
        coarser = min(len(left), len(right))
        reached = left[:coarser] >= right[:coarser]
    else:
        reached = left >= right  # type: ignore[operator]
    if not reached:
        return None
    return finding("G05", f"the exposure is measured until {measured_until}, and the onset is {onset}.")


def _moment(x: Moment) -> float | str:
    if isinstance(x, date):
        return x.isoformat()[:10]
    return x.strip() if isinstance(x, str) else x


def g06_rally_window(n_exposed: int, n_onsets: int, *, masked_agrees: bool | None = None) -> GuardFinding | None:
    """Warn when onsets have an exposure measured within 6 months after a combat onset.

    ``masked_agrees`` tells whether the verdict with those rows masked is the
    same (None: not rerun); a disagreement caps the verdict at inconclusive.

    >>> g06_rally_window(2, 10).action, g06_rally_window(2, 10, masked_agrees=False).cap, g06_rally_window(0, 10)
    ('warn', 'inconclusive_mixed', None)
    """
    if n_exposed <= 0:
        return None
    message = f"{n_exposed} of {n_onsets} onsets have an exposure within {RALLY_MONTHS} months after a combat onset"
    if masked_agrees is None:
        return finding("G06", f"{message}.", action="warn")
    if masked_agrees:
        return finding("G06", f"{message}; without those rows the verdict is the same.", action="warn")
    return finding("G06", f"{message}; without those rows the verdict is another.", cap="inconclusive_mixed")


def g07_between_share(share: float, *, handled: bool = False) -> GuardFinding | None:
    """Refuse a pooled test when more than half of the exposure's variance lies between leaders.

    ``handled`` where the test is stratified by leader.

    >>> g07_between_share(0.78).action, g07_between_share(0.78, handled=True).action, g07_between_share(0.5)
    ('refuse', 'warn', None)
    """
    if not share > BETWEEN_SHARE:
        return None
    message = f"{share:.0%} of the exposure's variance lies between leaders"
    if handled:
        return finding("G07", f"{message}; the test compares within leaders.", action="warn")
    return finding("G07", f"{message}.")


def g08_shared_trend(
    p_exposure: float, p_onset: float, *, stratum: str = "", handled: bool = False
) -> GuardFinding | None:
    """Refuse a plain circular shift where exposure *and* onset trend within a stratum, each at .10.

    ``handled`` where the shift is windowed, detrended or by year blocks.

    >>> g08_shared_trend(0.01, 0.04, stratum="Yeltsin").action
    'refuse'
    >>> g08_shared_trend(0.01, 0.30) is None
    True
    """
    if not (p_exposure <= TREND_ALPHA and p_onset <= TREND_ALPHA):
        return None
    where = f" under {stratum}" if stratum else ""
    message = f"exposure (p {p_exposure:.3f}) and onset (p {p_onset:.3f}) both trend{where}"
    if handled:
        return finding("G08", f"{message}; the shift allows for it.", action="warn")
    return finding("G08", f"{message}.")


def g25_extrapolation(
    n_beyond: int, fitted_until: Moment, *, use: Literal["score", "verdict"] = "verdict"
) -> GuardFinding | None:
    """Refuse cases beyond the fitted period in a verdict; scored as a hold-out they are only warned.

    >>> g25_extrapolation(3, 2020).action, g25_extrapolation(3, 2020, use="score").action, g25_extrapolation(0, 2020)
    ('refuse', 'warn', None)
    """
    if use not in ("score", "verdict"):
        raise unknown_name("use", use, ("score", "verdict"), where="g25_extrapolation()")
    if n_beyond <= 0:
        return None
    message = f"{n_beyond} cases lie beyond the fitted period, which ends with {fitted_until}."
    return finding("G25", message, action=None if use == "verdict" else "warn")


def g26_within_agreement(pooled: float, within: Mapping[str, float]) -> GuardFinding | None:
    """Cap the verdict when a stratum's estimate has another sign than the pooled one.

    Strata without an estimate (NaN) or with an estimate of 0 are not asked.

    >>> g26_within_agreement(0.8, {"Yeltsin": 0.5, "Putin": -0.2}).cap
    'inconclusive_mixed'
    >>> g26_within_agreement(0.8, {"Yeltsin": 0.5, "Putin": 0.2}) is None
    True
    """
    if math.isnan(pooled) or pooled == 0:
        return None
    against = {k: v for k, v in within.items() if not math.isnan(v) and v * pooled < 0}
    if not against:
        return None
    named = ", ".join(f"{k} ({v:+.2f})" for k, v in against.items())
    return finding(
        "G26", f"the pooled estimate is {pooled:+.2f}, but within strata: {named}.", cap="inconclusive_mixed"
    )
