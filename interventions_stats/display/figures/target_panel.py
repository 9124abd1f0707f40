"""Targets by distance against years: where interventions began, without a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interventions_stats.display.figures.style import (
    ACTIVITIES,
    BAND,
    RULE,
    UNKNOWN_ACTIVITY,
    axes,
    finish,
    legend_below,
    need,
    nothing,
    records,
    shortened,
    styled,
    words,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@styled
def target_panel(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str = "Onsets by distance of the target",
    years: tuple[int, int] | None = None,
) -> Axes:
    """Draw one line a target, the nearest at the top, with a mark for each onset.

    Parameters
    ----------
    frame : DataFrame
        One row an onset, or a target-year: ``target``, ``km`` (distance from the actor's capital), ``year``, ``onsets``
        (0 draws the line only); optional ``activity``, and ``exposed`` (0/1) which shades the target-year.
    ax : Axes, optional
    title : str
    years : (int, int), optional
        First and last year that the list covers; default those of the frame.

    Returns
    -------
    Axes
        ``ax.plotted`` has ``row``, the place of the target.

    Raises
    ------
    InputError
        A column is lacking.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"target": ["Syria", "Georgia"], "km": [2470, 1650], "year": [2015, 2008], "onsets": [1, 1]})
    >>> target_panel(frame).plotted["row"].tolist()
    [1, 0]
    """
    need(frame, ("target", "km", "year", "onsets"), "target_panel")
    shown = frame.reset_index(drop=True).copy()
    order = shown.groupby("target")["km"].min().sort_values(kind="stable")
    places = {name: k for k, name in enumerate(order.index)}
    shown["row"] = shown["target"].map(places)
    ax = axes(ax, 1.35 + 0.2 * max(len(order), 3))
    ax.set_title(title)
    if shown.empty:
        nothing(ax, "no onset")
        return finish(ax, shown)
    first, last = years or (int(shown["year"].min()), int(shown["year"].max()))
    ax.hlines(range(len(order)), first - 0.5, last + 0.5, color=RULE, lw=0.8, zorder=1)
    if "exposed" in shown:
        part = shown[shown["exposed"].fillna(0) > 0]
        ax.barh(part["row"], 1, left=part["year"] - 0.5, height=0.7, color=BAND, zorder=0)
    struck = shown[shown["onsets"] > 0]
    same = struck.groupby(["row", "year"])
    beside = same.cumcount() - (same["row"].transform("size") - 1) / 2  # onsets of one target-year stand side by side
    for row, shift in zip(records(struck), beside, strict=True):
        _onset(ax, row, 0.024 * (last - first + 2) * shift)  # a mark and a half, at any span
    ax.set_yticks(range(len(order)), [_label(name, km) for name, km in order.items()])
    ax.tick_params(axis="y", length=0, labelsize=8)
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_xlim(first - 1, last + 1)
    ax.set_xlabel("year of onset")
    ax.spines["left"].set_visible(False)
    _legend(ax, shown)
    return finish(ax, shown)


def _label(name: Any, km: Any) -> str:
    return f"{shortened(name, 26)}  {km:,.0f} km" if km == km else f"{shortened(name, 26)}  distance unknown"


def _onset(ax: Axes, row: dict[str, Any], shift: float) -> None:
    colour, marker = ACTIVITIES.get(str(row.get("activity")), UNKNOWN_ACTIVITY)
    ax.plot(
        [row["year"] + shift],
        [row["row"]],
        marker,
        color=colour,
        ms=6 + 1.5 * (row["onsets"] - 1),
        alpha=0.85,
        zorder=3,
    )


def _legend(ax: Axes, shown: pd.DataFrame) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if "activity" not in shown and "exposed" not in shown:
        return
    handles: list[Any] = []
    struck = shown[shown["onsets"] > 0]
    for name in dict.fromkeys([a for a in ACTIVITIES if "activity" in shown and a in set(struck["activity"])]):
        colour, marker = ACTIVITIES[name]
        handles.append(Line2D([], [], color=colour, marker=marker, ls="none", ms=6, label=words(name)))
    if "exposed" in shown:
        handles.append(Patch(color=BAND, label="exposed"))
    legend_below(ax, handles, columns=4)
