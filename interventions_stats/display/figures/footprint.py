"""How often powers intervene, by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.display.figures.style import (
    BLUE,
    INK,
    ORANGE,
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

_BARS = {"Russia": (BLUE, ""), "USSR": (SKY, "///")}
_LINES = {"United States": (VERMILLION, "-"), "USA": (VERMILLION, "-")}


@styled
def footprint(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str = "Onsets a year",
    source: str = "",
    smooth: int = 5,
    unit: str = "onsets a year",
) -> Axes:
    """Draw yearly counts: Russia and the USSR as bars, and every actor's centred moving mean as a line.

    Parameters
    ----------
    frame : DataFrame
        ``year``, ``actor`` (``"Russia"``, ``"USSR"``, ``"United States"`` or any other), ``onsets``.  Years without a row
        are not drawn, so a source's coverage shows.
    ax : Axes, optional
    title : str
    source : str
        Added to the title in brackets.
    smooth : int, default 5
        Years of the moving mean.
    unit : str
        Of the vertical axis.

    Returns
    -------
    Axes
        ``ax.plotted`` has the column ``mean``.

    Raises
    ------
    InputError
        A column is lacking.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"year": [1990, 1991, 1992], "actor": ["USSR", "USSR", "Russia"], "onsets": [1, 0, 7]})
    >>> len(footprint(frame).plotted)
    3
    """
    from matplotlib.ticker import MaxNLocator

    need(frame, ("year", "actor", "onsets"), "footprint")
    shown = frame.sort_values(["actor", "year"], kind="stable").reset_index(drop=True)
    shown["mean"] = shown.groupby("actor")["onsets"].transform(
        lambda s: s.rolling(smooth, center=True, min_periods=1).mean()
    )
    ax = axes(ax, 2.9)
    ax.set_title(title + (f" ({source})" if source else ""))
    if shown.empty:
        nothing(ax, "no year")
        return finish(ax, shown)
    others = [a for a in shown["actor"].unique() if a not in _BARS]
    drawn = False
    for actor, (colour, hatch) in _BARS.items():
        part = shown[shown["actor"] == actor]
        if len(part):
            ax.bar(part["year"], part["onsets"], width=0.85, color=colour, hatch=hatch, edgecolor=INK if hatch else colour,
                   linewidth=0.4 if hatch else 0, label=f"{actor}, each year", zorder=2)  # fmt: skip
            ax.plot(part["year"], part["mean"], color=INK, lw=2, zorder=4,
                    label="_nolegend_" if drawn else f"Russia or USSR, {smooth}-year mean")  # fmt: skip
            drawn = True
    for k, actor in enumerate(others):
        part = shown[shown["actor"] == actor]
        colour, dash = _LINES.get(actor, (ORANGE, ("--", ":", "-.")[k % 3]))
        ax.plot(part["year"], part["mean"], color=colour, ls=dash, lw=2, label=f"{actor}, {smooth}-year mean", zorder=5)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel(unit)
    legend_below(ax, columns=2)
    return finish(ax, shown)
