"""Which effects a test could have seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interventions_stats.display.figures.style import (
    BAND,
    BELOW_INTEREST,
    ORANGE,
    PURPLE,
    RULE,
    axes,
    finish,
    legend_below,
    need,
    nothing,
    ratio_axis,
    styled,
)
from interventions_stats.display.rounding import rounded

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@styled
def power_curve(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    sesoi: float | None = None,
    mde: float | None = None,
    title: str = "Detectable effect",
    unit: str = "ratio",
) -> Axes:
    """Draw power against the true ratio, with the smallest effect detected at 80%.

    Parameters
    ----------
    frame : DataFrame
        ``ratio`` and ``power``.
    ax : Axes, optional
    sesoi, mde : float, optional
        Ratios of the smallest effect of interest and the smallest detectable one.
    title, unit : str

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
    >>> power_curve(pd.DataFrame({"ratio": [1, 2, 3], "power": [0.05, 0.5, 0.9]}), mde=2.6).get_ylabel()
    'power'
    """
    need(frame, ("ratio", "power"), "power_curve")
    shown = frame.dropna().sort_values("ratio").reset_index(drop=True)
    ax = axes(ax, 2.7, 4.6)
    ax.set_title(title)
    if shown.empty:
        nothing(ax, "no standard error, so no power")
        return finish(ax, shown)
    low, high = float(shown["ratio"].min()), float(shown["ratio"].max())
    if sesoi is not None and math.isfinite(sesoi):
        ax.axvspan(low, min(sesoi, high), color=BAND, lw=0, zorder=0, label=BELOW_INTEREST)
    ax.axhline(0.8, color=RULE, lw=1, ls="--", zorder=1, label="power .80")
    ax.plot(shown["ratio"], shown["power"], color=PURPLE, lw=2, zorder=2)
    if mde is not None and math.isfinite(mde) and low <= mde <= high:
        ax.plot([mde], [0.8], "o", color=ORANGE, ms=6, zorder=3)
        ax.annotate(f"detectable {rounded(mde)}", (mde, 0.8), xytext=(6, -13), textcoords="offset points", fontsize=8.5)
    ratio_axis(ax, low, high)
    ax.set_ylim(0, 1.02)
    ax.set_ylabel("power")
    ax.set_xlabel(f"true {unit} (log scale)")
    legend_below(ax)
    return finish(ax, shown)
