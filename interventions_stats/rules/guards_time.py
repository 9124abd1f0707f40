"""Guards on time: lags, rallies, leaders, trends (G05-G08)."""

from __future__ import annotations

from typing import Final

from interventions_stats.errors import InputError
from interventions_stats.rules.guard_registry import GuardFinding, finding

MIN_LAG: Final = 1
RALLY_MONTHS: Final = 6
BETWEEN_SHARE: Final = 0.5
TREND_ALPHA: Final = 0.10


def g05_lag(lag: int) -> GuardFinding | None:
    """Refuse an exposure at lag 0 or ahead of the onset.

    >>> g05_lag(0).action, g05_lag(1)
    ('refuse', None)

    Raises
    ------
    InputError
        A lag that is no whole number.
    """
    if isinstance(lag, bool) or int(lag) != lag:
        raise InputError(f"lag={lag!r} is no whole number of periods: give 1 or more.")
    if lag >= MIN_LAG:
        return None
    return finding(
        "G05",
        f"lag {lag} measures the exposure at or after onset; a rally raises approval at onset and would pass for evidence.",
        remedy="use lag=1 or more.",
    )


def g06_rally_window(n_exposed: int, n_onsets: int) -> GuardFinding | None:
    """Warn when onsets have an exposure measured within 6 months after a combat onset.

    >>> g06_rally_window(2, 10).action, g06_rally_window(0, 10)
    ('warn', None)
    """
    if n_exposed <= 0:
        return None
    message = f"{n_exposed} of {n_onsets} onsets have an exposure within {RALLY_MONTHS} months after a combat onset."
    return finding("G06", message, action="warn")


def g06_without_window(verdict: str, masked: str) -> GuardFinding:
    """Say what the verdict is without the window of a rally; one that does not agree is capped at inconclusive.

    >>> g06_without_window("dismissed", "dismissed").action, g06_without_window("dismissed", "supported").cap
    ('warn', 'inconclusive_mixed')
    """
    message, remedy = "without the six months after each combat onset", "Read the verdict without the rally window."
    if masked == verdict:
        return finding("G06", f"{message} the core verdict is {masked}.", action="warn", remedy=remedy)
    message += f" the core verdict is {masked}, with them {verdict}."
    return finding("G06", message, remedy=remedy, cap="inconclusive_mixed")


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
