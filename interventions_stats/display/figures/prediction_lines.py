"""Predictions over a grid, with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interventions_stats.display.figures.style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    axes,
    finish,
    legend_below,
    need,
    nothing,
    styled,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_NUMBERS = ("estimate", "std_error", "conf_low", "conf_high")
_LOOKS = ((BLUE, "-"), (VERMILLION, "--"), (GREEN, "-."), (ORANGE, ":"), (PURPLE, "-"), (SKY, "--"))


@styled
def prediction_lines(
    frame: pd.DataFrame, ax: Axes | None = None, *, outcome: str = "outcome", level: float = 0.95
) -> Axes:
    """Draw predictions against the first column of numbers that varies, one line a combination of the other columns.

    Parameters
    ----------
    frame : DataFrame
        As :func:`interventions_stats.predictions` gives it: the grid's columns, ``estimate``, ``conf_low``, ``conf_high``.
    ax : Axes, optional
    outcome : str
    level : float, default 0.95
        Of the intervals.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"x": [0, 1], "estimate": [0.1, 0.3], "conf_low": [0.05, 0.2], "conf_high": [0.2, 0.4]})
    >>> prediction_lines(frame).get_xlabel()
    'x'
    """
    from pandas.api.types import is_numeric_dtype

    need(frame, ("estimate", "conf_low", "conf_high"), "prediction_lines")
    ax = axes(ax, 3.2)
    columns = [c for c in frame.columns if c not in _NUMBERS]
    varying = [c for c in columns if len(frame[c].unique()) > 1]
    across = next((c for c in varying if is_numeric_dtype(frame[c])), varying[0] if varying else None)
    if across is None or frame.empty:
        nothing(ax, "no column of the grid varies" if len(frame) else "no row")
        return finish(ax, frame)
    others = [c for c in varying if c != across]
    parts = list(frame.groupby(others, sort=False, dropna=False)) if others else [((), frame)]
    for (key, part), look in zip(parts, [_LOOKS[k % len(_LOOKS)] for k in range(len(parts))], strict=True):
        _line(ax, part.sort_values(across), across, look, _named(others, key))
    ax.set_xlabel(str(across))
    ax.set_ylabel(f"predicted {outcome} ({100 * level:g}% interval)")
    if others:
        legend_below(ax, columns=3)
    return finish(ax, frame)


def _named(others: list[Any], key: Any) -> str:
    return ", ".join(f"{c} {v:g}" if isinstance(v, float) else f"{c} {v}" for c, v in zip(others, key, strict=True))


def _line(ax: Axes, part: pd.DataFrame, across: Any, look: tuple[str, str], label: str) -> None:
    colour, dash = look
    x = part[across]
    if x.dtype.kind in "if" and x.nunique() > 2:
        ax.fill_between(x, part["conf_low"], part["conf_high"], color=colour, alpha=0.18, lw=0)
        ax.plot(x, part["estimate"], color=colour, ls=dash, lw=1.8, label=label)
        return
    ends = [part["estimate"] - part["conf_low"], part["conf_high"] - part["estimate"]]
    ax.errorbar(x.astype(str), part["estimate"], yerr=ends, fmt="o", color=colour, capsize=3, lw=1.8, label=label)
