"""What each single event does to an estimate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from interventions_stats.display.figures.style import (
    INK,
    MUTED,
    RULE,
    VERMILLION,
    axes,
    finish,
    legend_below,
    need,
    nothing,
    ratio_axis,
    records,
    shortened,
    styled,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WIDEST = (1 / 30, 30.0)


@styled
def influence(
    frame: pd.DataFrame,
    ratio: float,
    ax: Axes | None = None,
    *,
    sesoi: float | None = None,
    verdict: str | None = None,
    title: str = "Leaving one event out",
    unit: str = "ratio",
) -> Axes:
    """Draw the estimate without each event, beside the estimate with all of them.

    Parameters
    ----------
    frame : DataFrame
        ``event``, ``ratio``; optional ``low`` and ``high`` (90% interval), ``verdict`` (core verdict without the event),
        ``name``.
    ratio : float
        Estimate with all events.
    ax : Axes, optional
    sesoi : float, optional
        Ratio of the smallest effect of interest.
    verdict : str, optional
        Core verdict with all events; deletions that change it are marked.
    title, unit : str

    Returns
    -------
    Axes
        ``ax.plotted`` is sorted by ratio and has ``flips``.

    Raises
    ------
    InputError
        A column is lacking.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"event": ["a", "b"], "ratio": [1.4, 0.9], "verdict": ["dismissed", "inconclusive_mixed"]})
    >>> influence(frame, 1.1, verdict="dismissed").plotted["flips"].tolist()
    [True, False]
    """
    need(frame, ("event", "ratio"), "influence")
    shown = frame[frame["ratio"].notna()].sort_values("ratio", kind="stable").reset_index(drop=True)
    shown["flips"] = shown["verdict"] != verdict if verdict is not None and "verdict" in shown else False
    ax = axes(ax, 1.0 + 0.17 * max(len(shown), 3))
    ax.set_title(title)
    if shown.empty:
        nothing(ax, "no event could be left out")
        return finish(ax, shown)
    rows = records(shown)
    ends = [
        v
        for r in rows
        for v in (r["ratio"], r.get("low"), r.get("high"))
        if v is not None and math.isfinite(v) and v > 0
    ]
    low, high = max(min([0.6, *ends]) / 1.05, _WIDEST[0]), min(max([1.7, *ends]) * 1.05, _WIDEST[1])
    ratio_axis(ax, low, high)
    ax.axvline(1, color=RULE, lw=0.9)
    ax.axvline(min(max(ratio, low), high), color=INK, lw=1.1)
    if sesoi is not None and math.isfinite(sesoi):
        ax.axvline(sesoi, color=MUTED, lw=1, ls="--")
    for y, row in enumerate(rows):
        _deletion(ax, y, row, low, high)
    ax.set_yticks(range(len(shown)), [_name(r) for r in rows])
    ax.tick_params(axis="y", length=0, labelsize=7.5)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    flips = int(shown["flips"].sum())
    ax.set_xlabel(f"{unit} without the event, with 90% interval (log scale)")
    _legend(ax, bool(sesoi), flips > 0)
    return finish(ax, shown)


def _name(row: dict[str, Any]) -> str:
    return f"{shortened(row['name'], 38)} ({row['event']})" if isinstance(row.get("name"), str) else str(row["event"])


def _deletion(ax: Axes, y: int, row: dict[str, Any], low: float, high: float) -> None:
    colour = VERMILLION if row["flips"] else MUTED
    if row.get("low") is not None and not math.isnan(row["low"]) and not math.isnan(row["high"]):
        ax.plot([max(row["low"], low), min(row["high"], high)], [y, y], color=colour, lw=1.1, alpha=0.65)
    ax.plot(
        [min(max(row["ratio"], low), high)],
        [y],
        "X" if row["flips"] else "o",
        color=colour,
        ms=6.5 if row["flips"] else 4,
    )


def _legend(ax: Axes, sesoi: bool, flips: bool) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=INK, lw=1.1, label="all events")]
    if sesoi:
        handles.append(Line2D([], [], color=MUTED, ls="--", label="smallest effect of interest"))
    if flips:
        handles.append(
            Line2D([], [], color=VERMILLION, marker="X", ms=6.5, ls="none", label="the core verdict changes")
        )
    legend_below(ax, handles, columns=3)
