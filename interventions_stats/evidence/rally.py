"""The rally: how far a series moves after onsets. It is an effect of intervention and no evidence on its causes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.engine.intake.containers import read_column
from interventions_stats.engine.intake.numbers import as_floats
from interventions_stats.engine.intake.scalars import check_count, check_seed, shown
from interventions_stats.engine.options import Floats
from interventions_stats.errors import EstimationError, InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PLACEBO = 2_000  # draws behind the reference band


@dataclass(frozen=True, eq=False, repr=False)
class RallyResult(ResultContract):
    """Jumps of a series at onsets.

    Attributes
    ----------
    jumps : DataFrame
        One row an onset and one for all of them together, broom's columns; ``term`` is the period of the onset.
    path : DataFrame
        ``offset`` from onset, ``mean`` of the series less its mean before the onset, ``n`` onsets, and ``low`` and
        ``high``, between which 90% of such means lie around random dates.
    left_out : dict of str to str
        Onsets without a full window, with the reason.
    """

    jumps: pd.DataFrame
    path: pd.DataFrame
    left_out: dict[str, str]
    window: int
    lags: int
    n: int

    @property
    def jump(self) -> float:
        """Mean jump over the onsets, in the unit of the series."""
        return float(self.jumps["estimate"].iloc[-1])

    @property
    def interval(self) -> tuple[float, float]:
        """95% interval of the mean jump."""
        return float(self.jumps["conf_low"].iloc[-1]), float(self.jumps["conf_high"].iloc[-1])

    @property
    def found(self) -> bool:
        """Whether the interval lies above zero."""
        return self.interval[0] > 0

    def tidy(self) -> pd.DataFrame:
        return self.jumps.copy()

    def glance(self) -> pd.DataFrame:
        import pandas as pd

        used = len(self.jumps) - 1
        return pd.DataFrame([{
            "n": self.n, "n_events": used, "n_events_total": used + len(self.left_out), "n_dropped": len(self.left_out),
            "estimator": "interrupted time series, HAC", "separated": "", "seed": 0, "data_version": "",
            "window": self.window, "lags": self.lags,
        }])  # fmt: skip

    def _heading(self) -> str:
        low, high = self.interval
        return f"Rally: the series jumps by {self.jump:.1f} at onset (95% interval {low:.1f} to {high:.1f})"

    def _notes(self) -> list[str]:
        notes = ["A rally follows from an onset; it does not tell whether low support led to one."]
        return notes + [f"{period} was left out: {reason}." for period, reason in self.left_out.items()]

    def _references(self) -> list[str]:
        return ["Mueller, J. E. (1970). Presidential popularity from Truman to Johnson. APSR 64.",
                "Newey, W. K., & West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity and "
                "autocorrelation consistent covariance matrix. Econometrica 55."]  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the mean path around onset."""
        from interventions_stats.display.figures.event_study import event_study

        return event_study(self.path, ax, rally=(0, self.window), unit="change from the months before",
                           band="90% of means around random dates")  # fmt: skip


def rally(
    series: Any, onsets: Iterable[Any], *, window: int = 6, lags: int | None = None, seed: int = 0
) -> RallyResult:
    """Measure how far a series jumps after onsets: interrupted time series, superposed over onsets.

    In a window around each onset the series has a level and a slope of its own and jumps in the period of the onset.  The
    jump of all onsets together is that of the stacked windows with one jump.  Standard errors are Newey and West's within
    windows, with the degrees of freedom of the regression.

    Parameters
    ----------
    series : Series
        Indexed by period or date, one value a period; approval in per cent, for example. Missing values make the windows
        that hold them incomplete.
    onsets : iterable of period, date or text
        Periods of onset. Where the poll of that month was taken before the event, give the month after.
    window : int, default 6
        Periods before the onset, and after the period of the onset.
    lags : int, optional
        Autocorrelations of the residuals allowed for (default: the whole part of 4 (n/100)^(2/9) for a window of n).
    seed : int
        Of the random dates behind the band of ``path``.

    Returns
    -------
    RallyResult

    Raises
    ------
    InputError
        A series without an index of time, a window below 3, no onset, or negative lags.
    EstimationError
        No onset with a full window.

    References
    ----------
    Mueller (1970), "Presidential popularity from Truman to Johnson"; Newey and West (1987).

    Examples
    --------
    >>> import pandas as pd
    >>> months = pd.period_range("2000-01", periods=24, freq="M")
    >>> approval = pd.Series([50.0, 51, 49, 50] * 3 + [60.0, 61, 59, 60] * 3, index=months)
    >>> found = rally(approval, ["2001-01"])
    >>> round(found.jump), found.found
    (10, True)
    """
    values = _by_period(series)
    window, seed = check_count("window", window, 3, 10_000), check_seed(seed)
    automatic = int(4 * ((2 * window + 1) / 100) ** (2 / 9))
    used_lags = automatic if lags is None else check_count("lags", lags, 0, 2 * window)
    blocks, left_out = _windows(values, onsets, window)
    if not blocks:
        reasons = "; ".join(f"{k}: {v}" for k, v in left_out.items()) or "no onset was given"
        raise EstimationError(f"no onset has {window} periods on either side in the series ({reasons}).")
    rows = [_jump(label, [y], window, used_lags) for label, y in blocks.items()]
    rows.append(_jump("all onsets", list(blocks.values()), window, used_lags))
    import pandas as pd

    columns = ["term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]
    path = _path(values.to_numpy(float), np.stack(list(blocks.values())), window, seed)
    return RallyResult(pd.DataFrame(rows, columns=columns), path, left_out, window, used_lags, len(values))


def _by_period(series: Any) -> pd.Series:
    """Bring a series to consecutive periods; months unless its index says otherwise."""
    import pandas as pd

    if not isinstance(series, pd.Series) or not len(series):
        raise InputError(f"a series is a pandas Series with an index of time and values, not {shown(series)}.")
    index = series.index
    if isinstance(index, pd.MultiIndex):
        raise InputError("the index of the series has several levels; keep the one that holds the time.")
    if index.hasnans:
        raise InputError(f"the index of the series has no time at row {int(np.flatnonzero(index.isna())[0])}.")
    if isinstance(index, pd.DatetimeIndex):
        index = index.to_period("M")
    elif not isinstance(index, pd.PeriodIndex):
        try:
            index = pd.PeriodIndex([str(i)[:7] for i in index], freq="M")
        except ValueError:
            raise InputError("the index of the series is no time: index it by months, as '2001-09'.") from None
    if index.has_duplicates:
        raise InputError(f"the series has two values for {index[index.duplicated()][0]}; keep one a period.")
    values = as_floats(series, "series")
    if np.isinf(values).any():
        raise InputError(f"the series is infinite at {index[np.isinf(values)][0]}; leave that value out.")
    ordered = pd.Series(values, index=index).sort_index()
    return ordered.reindex(pd.period_range(ordered.index[0], ordered.index[-1], freq=index.freq))


def _windows(values: pd.Series, onsets: Iterable[Any], window: int) -> tuple[dict[str, Floats], dict[str, str]]:

    blocks: dict[str, Floats] = {}
    left_out: dict[str, str] = {}
    for onset in read_column(onsets, "onsets").values:
        period = _period(onset, values.index.freq)
        at = (period - values.index[0]).n
        label = str(period)
        if at < window or at + window >= len(values):
            left_out[label] = "the series does not reach from before it to after it"
            continue
        block = values.to_numpy(float)[at - window : at + window + 1]
        if np.isnan(block).any():
            left_out[label] = "the series has a gap around it"
        else:
            blocks[label] = block
    return blocks, left_out


def _period(onset: Any, freq: Any) -> pd.Period:
    """Read one onset as a period of the series' own length, which it must not exceed."""
    import pandas as pd

    try:
        period = onset if isinstance(onset, pd.Period) else pd.Period(str(onset))
    except ValueError:
        period = pd.NaT
    if period is pd.NaT:
        raise InputError(f"onset {shown(onset)} is no time: give periods or dates, such as '2005-03'.")
    found = period.asfreq(freq, how="start")
    if found != period.asfreq(freq, how="end"):
        raise InputError(f"onset {shown(onset)} spans several periods of the series; name the one in which it began.")
    return found


def _jump(
    label: str, blocks: list[Floats], window: int, lags: int
) -> tuple[str, float, float, float, float, float, float]:
    """Least squares of stacked windows: a level and a slope for each, one jump for all; Newey-West within windows."""
    from scipy import stats

    offset = np.arange(-window, window + 1)
    size, count = len(offset), len(blocks)
    X = np.zeros((count * size, 2 * count + 1))
    for i in range(count):
        rows = slice(i * size, (i + 1) * size)
        X[rows, 2 * i], X[rows, 2 * i + 1] = 1.0, offset
        X[rows, -1] = offset >= 0
    y = np.concatenate(blocks)
    bread = np.linalg.inv(X.T @ X)
    beta = bread @ X.T @ y
    scores = X * (y - X @ beta)[:, None]
    meat = np.zeros((X.shape[1], X.shape[1]))
    for i in range(count):
        s = scores[i * size : (i + 1) * size]
        meat += s.T @ s
        for lag in range(1, lags + 1):
            cross = s[lag:].T @ s[:-lag]
            meat += (1 - lag / (lags + 1)) * (cross + cross.T)
    df = len(y) - X.shape[1]
    covariance = bread @ meat @ bread * len(y) / df
    estimate, se = float(beta[-1]), float(math.sqrt(max(covariance[-1, -1], 0.0)))
    t = estimate / se if se > 0 else math.copysign(math.inf, estimate)
    half = float(stats.t.ppf(0.975, df)) * se
    return label, estimate, se, t, float(2 * stats.t.sf(abs(t), df)), estimate - half, estimate + half


def _path(values: Floats, blocks: Floats, window: int, seed: int) -> pd.DataFrame:
    """Mean path around onset, with the middle 90% of such means around random dates."""
    import pandas as pd

    def centred(x: Floats) -> Floats:
        return x - x[..., :window].mean(axis=-1, keepdims=True)

    whole = np.lib.stride_tricks.sliding_window_view(values, 2 * window + 1)
    whole = centred(whole[~np.isnan(whole).any(axis=1)])
    chosen = np.random.default_rng(seed).integers(0, len(whole), (_PLACEBO, len(blocks)))
    low, high = np.quantile(whole[chosen].mean(axis=1), (0.05, 0.95), axis=0)
    return pd.DataFrame({"offset": np.arange(-window, window + 1), "mean": centred(blocks).mean(axis=0), "low": low,
                         "high": high, "n": len(blocks)})  # fmt: skip
