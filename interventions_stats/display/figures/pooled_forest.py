"""Each actor's own interval and the one shrunken towards the others, with the mean and a new actor below."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from interventions_stats.display.figures.style import (
    BLUE,
    MUTED,
    RULE,
    SURFACE,
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

_NEEDED = ("label", "ratio", "low", "high", "pooled", "pooled_low", "pooled_high")
_WIDEST = (1 / 30, 30.0)  # what lies beyond is cut at the edge
_OFF = 0.17  # distance of the two intervals of a row from its middle


@styled
def pooled_forest(frame: pd.DataFrame, ax: Axes | None = None, *, title: str = "Pooled over actors") -> Axes:
    """Draw one row an actor: its own ratio with interval, and the pooled one below it.

    Parameters
    ----------
    frame : DataFrame
        ``label``; ``ratio``, ``low``, ``high`` of its own data (missing for a mean or a new actor); ``pooled``,
        ``pooled_low``, ``pooled_high``.
    ax : Axes, optional
    title : str

    Returns
    -------
    Axes
        ``ax.plotted`` is the frame as drawn.

    Raises
    ------
    InputError
        A column is lacking.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["RUS"], "ratio": [1.6], "low": [0.7], "high": [3.6], "pooled": [1.2],
    ...     "pooled_low": [0.7], "pooled_high": [2.0]})
    >>> pooled_forest(frame).get_title(loc="left")
    'Pooled over actors'
    """
    need(frame, _NEEDED, "pooled_forest")
    shown = frame.reset_index(drop=True)
    ax = axes(ax, 1.4 + 0.27 * max(len(shown), 2))
    ax.set_title(title)
    if shown.empty:
        nothing(ax, "no actor")
        return finish(ax, shown)
    rows = records(shown)
    low, high = _limits(rows)
    ratio_axis(ax, low, high)
    ax.axvline(1, color=RULE, lw=0.9, zorder=1)
    for y, row in enumerate(rows):
        _bar(ax, y - _OFF, (row["ratio"], row["low"], row["high"]), (low, high), MUTED, filled=False)
        _bar(ax, y + _OFF, (row["pooled"], row["pooled_low"], row["pooled_high"]), (low, high), BLUE, filled=True)
    ax.set_yticks(range(len(shown)), [shortened(str(r["label"]), 30) for r in rows])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("Ratio in the direction the driver predicts, with 95% interval (log scale)")
    _legend(ax)
    return finish(ax, shown)


def _limits(rows: list[dict[str, Any]]) -> tuple[float, float]:
    ends = [r[c] for r in rows for c in _NEEDED[1:] if r[c] is not None and math.isfinite(r[c]) and r[c] > 0]
    return max(min([0.5, *ends]) / 1.05, _WIDEST[0]), min(max([2.0, *ends]) * 1.05, _WIDEST[1])


def _bar(
    ax: Axes, y: float, values: tuple[float, float, float], limits: tuple[float, float], colour: str, *, filled: bool
) -> None:
    if any(v is None or math.isnan(v) for v in values):
        return
    at, left, right = (min(max(v, limits[0]), limits[1]) for v in values)
    ax.plot([left, right], [y, y], color=colour, lw=1.6, solid_capstyle="butt", zorder=3)
    ax.plot([at], [y], "s" if filled else "o", color=colour, mfc=colour if filled else SURFACE, ms=5, zorder=4)


def _legend(ax: Axes) -> None:
    from matplotlib.lines import Line2D

    own = Line2D([], [], color=MUTED, marker="o", mfc=SURFACE, ms=5, label="its own data")
    pooled = Line2D([], [], color=BLUE, marker="s", ms=5, label="drawn towards the others")
    legend_below(ax, [own, pooled])
