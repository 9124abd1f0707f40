"""Estimates with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.display.figures.style import BLUE, INK, MUTED, axes, finish, need, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@styled
def coefficients(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw ``estimate`` with ``conf_low`` and ``conf_high`` for each ``term``; a line marks zero.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"term": ["x"], "estimate": [0.4], "conf_low": [-0.1], "conf_high": [0.9]})
    >>> len(coefficients(frame).plotted)
    1
    """
    need(frame, ("term", "estimate", "conf_low", "conf_high"), "coefficients")
    shown = frame.loc[frame["term"] != "Intercept"].reset_index(drop=True)
    ax = axes(ax, 0.9 + 0.32 * max(len(shown), 1))
    y = range(len(shown))
    ax.axvline(0, color=MUTED, lw=1)
    ax.hlines(y, shown["conf_low"], shown["conf_high"], color=BLUE, lw=1.8)
    ax.plot(shown["estimate"], y, "o", color=BLUE)
    ax.set_yticks(list(y), shown["term"])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlabel("Estimate (95% interval)", color=INK)
    return finish(ax, shown)
