"""The mean path of a series around onset, the rally shaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.display.figures.style import (
    BAND,
    BLUE,
    MUTED,
    RULE,
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


@styled
def event_study(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    rally: tuple[int, int] = (0, 6),
    title: str = "Around onset",
    unit: str = "points from the leader's mean",
    band: str = "90% of paths around other dates",
) -> Axes:
    """Draw the mean of a series by months from onset.

    Parameters
    ----------
    frame : DataFrame
        ``offset`` (periods from onset), ``mean``; optional ``low`` and ``high``, a reference band; optional ``n``.
    ax : Axes, optional
    rally : (int, int), default (0, 6)
        Offsets in which a rally may lift the series: shaded, and no evidence on what led to onset.
    title, unit, band : str

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        A column is lacking.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"offset": [-1, 0, 1], "mean": [0.1, 0.4, 2.0]})
    >>> event_study(frame).get_xlabel()
    'months from onset'
    """
    need(frame, ("offset", "mean"), "event_study")
    shown = frame.sort_values("offset").reset_index(drop=True)
    ax = axes(ax, 2.9)
    ax.set_title(title)
    if shown.empty:
        nothing(ax, "no onset")
        return finish(ax, shown)
    ax.axvspan(rally[0] - 0.5, rally[1] + 0.5, color=BAND, lw=0, zorder=0)
    ax.axhline(0, color=RULE, lw=0.9, zorder=1)
    ax.axvline(0, color=MUTED, lw=0.9, zorder=1)
    if {"low", "high"} <= set(shown):
        ax.plot(shown["offset"], shown["low"], color=MUTED, lw=0.9, ls="--", zorder=1, label=band)
        ax.plot(shown["offset"], shown["high"], color=MUTED, lw=0.9, ls="--", zorder=1)
    ax.plot(shown["offset"], shown["mean"], "o-", color=BLUE, lw=1.6, ms=4.5, zorder=3, label="mean around onsets")
    ax.text(
        sum(rally) / 2,
        1.0,
        "rally window",
        transform=ax.get_xaxis_transform(),
        ha="center",
        va="bottom",
        fontsize=8,
        color=MUTED,
    )
    ax.set_xlabel("months from onset")
    ax.set_ylabel(unit)
    legend_below(ax, columns=2)
    return finish(ax, shown)
