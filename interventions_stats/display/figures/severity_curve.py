"""How severely the data have tested each bound on an effect."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interventions_stats.display.figures.style import (
    BAND,
    BELOW_INTEREST,
    BLUE,
    INK,
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
def severity_curve(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    sesoi: float | None = None,
    title: str = "Severity of a bound",
    unit: str = "ratio",
) -> Axes:
    """Draw the severity with which the claim "the effect is below this ratio" has been tested.

    Parameters
    ----------
    frame : DataFrame
        ``ratio`` and ``severity``, as ``result.evidence.severity()``.
    ax : Axes, optional
    sesoi : float, optional
        Ratio of the smallest effect of interest, drawn as the end of a band.
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
    >>> severity_curve(pd.DataFrame({"ratio": [1, 2, 3], "severity": [0.4, 0.9, 0.99]}), sesoi=1.5).get_ylabel()
    'severity'
    """
    need(frame, ("ratio", "severity"), "severity_curve")
    shown = frame.dropna().sort_values("ratio").reset_index(drop=True)
    ax = axes(ax, 2.7, 4.6)
    ax.set_title(title)
    if shown.empty:
        nothing(ax, "no interval, so no severity")
        return finish(ax, shown)
    if sesoi is not None and math.isfinite(sesoi):
        ax.axvspan(min(1.0, float(shown["ratio"].min())), sesoi, color=BAND, lw=0, zorder=0, label=BELOW_INTEREST)
    ax.axhline(0.95, color=RULE, lw=1, ls="--", zorder=1, label="severity .95")
    ax.plot(shown["ratio"], shown["severity"], color=BLUE, lw=2, zorder=2)
    at = frontier(shown)
    if at is not None:
        ax.plot([at], [0.95], "|", color=BLUE, ms=15, mew=2.5, zorder=3)
        ax.annotate(
            f"excluded above {rounded(at)}",
            (at, 0.95),
            xytext=(5, -13),
            textcoords="offset points",
            fontsize=8.5,
            color=INK,
        )
    ratio_axis(ax, float(shown["ratio"].min()), float(shown["ratio"].max()))
    ax.set_ylim(0, 1.02)
    ax.set_ylabel("severity")
    ax.set_xlabel(f"the effect is below this {unit} (log scale)")
    legend_below(ax)
    return finish(ax, shown)


def frontier(shown: pd.DataFrame) -> float | None:
    """Ratio at which severity reaches .95, interpolated on the log scale; None where the curve does not reach it."""
    log_ratio, severity = [math.log(r) for r in shown["ratio"]], list(shown["severity"])
    for k in range(1, len(severity)):
        if severity[k - 1] < 0.95 <= severity[k]:
            step = (0.95 - severity[k - 1]) / (severity[k] - severity[k - 1])
            return math.exp(log_ratio[k - 1] + step * (log_ratio[k] - log_ratio[k - 1]))
    return None
