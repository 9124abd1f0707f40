"""Interventions as spans in time, by activity and leader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interventions_stats.display.figures.style import (
    ACTIVITIES,
    BAND,
    MUTED,
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

_BAND_INCHES, _INCHES_A_LETTER = 4.4, 0.068  # widths of the axes and of a letter


@styled
def timeline(
    frame: pd.DataFrame,
    leaders: pd.DataFrame | None = None,
    ax: Axes | None = None,
    *,
    until: str | None = None,
    title: str = "Interventions",
) -> Axes:
    """Draw each intervention from its start to its end, its activity by colour and mark, leaders as bands.

    Parameters
    ----------
    frame : DataFrame
        As ``events.to_frame()``: ``event_id``, ``start``, ``end`` (dates, or ISO text of any precision; an end that is
        empty, so still to come or unknown, or that lies beyond ``until`` is drawn as an arrow), ``activity``; optional
        ``name``.
    leaders : DataFrame, optional
        ``leader``, ``start``, ``end``: drawn as bands, in order.
    ax : Axes, optional
    until : str, optional
        Last date shown; default the end of the latest year that appears.
    title : str

    Returns
    -------
    Axes
        ``ax.plotted`` has ``first`` and ``last`` as dates and ``open`` for spans that have no end, or none in the figure.

    Raises
    ------
    InputError
        A column is lacking, or a start is no date.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"event_id": ["a", "b"], "start": ["1992-06", "2014-02-27"], "end": ["1993", None],
    ...     "activity": ["stabilisation", "combat"]})
    >>> timeline(frame).plotted["open"].tolist()
    [False, True]
    """
    need(frame, ("event_id", "start", "end", "activity"), "timeline")
    shown = spans(frame, until)
    ax = axes(ax, 1.45 + 0.205 * max(len(shown), 3))
    ax.set_title(title, pad=16 if leaders is not None else 6)
    if shown.empty:
        nothing(ax, "no intervention")
        return finish(ax, shown)
    if leaders is not None:
        _bands(ax, leaders, shown)
    for y, row in enumerate(records(shown)):
        _span(ax, y, row)
    names = shown["name"] if "name" in shown else shown["event_id"]
    ax.set_yticks(range(len(shown)), [shortened(n if isinstance(n, str) else i, 46) for n, i in zip(names, shown["event_id"], strict=True)])  # fmt: skip
    ax.tick_params(axis="y", length=0, labelsize=7.5)
    ax.set_ylim(len(shown) - 0.3, -0.7)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=RULE, lw=0.5, zorder=0)
    _legend(ax, shown)
    return finish(ax, shown)


def spans(frame: pd.DataFrame, until: str | None = None) -> pd.DataFrame:
    """Read starts and ends as dates and order the events by their start."""
    import pandas as pd

    shown = frame.reset_index(drop=True).copy()
    shown["first"] = [_date(v) for v in shown["start"]]
    ends = [_date(v, late=True) for v in shown["end"]]
    known = [d for d in (*shown["first"], *ends) if d is not None]
    last = pd.Timestamp(until) if until else pd.Timestamp(f"{max(d.year for d in known)}-12-31") if known else None
    shown["open"] = [e is None or (last is not None and e > last) for e in ends]
    shown["last"] = [min(e, last) if e is not None and last is not None else last for e in ends]
    return shown.sort_values(["first", "event_id"], kind="stable").reset_index(drop=True)


def _date(value: Any, *, late: bool = False) -> Any:
    """First (or last) day that a date of any precision may mean; None where there is none."""
    import pandas as pd

    if value is None or value != value or str(value).strip() == "":
        return None
    if not isinstance(value, str):
        return pd.Timestamp(value)
    try:
        period = pd.Period(value)
    except ValueError:
        from interventions_stats.errors import InputError

        raise InputError(f"timeline cannot read {value!r} as a date; write it as 1992, 1992-07 or 1992-07-14") from None
    return period.end_time.normalize() if late else period.start_time


def _bands(ax: Axes, leaders: pd.DataFrame, shown: pd.DataFrame) -> None:
    import pandas as pd

    need(leaders, ("leader", "start", "end"), "timeline(leaders=)")
    low, high = shown["first"].min(), shown["last"].max()
    for k, row in enumerate(records(leaders)):
        a = max(_date(row["start"]) or low, low)
        b = min(_date(row["end"], late=True) or high, high)
        if b <= a:
            continue
        if k % 2 == 0:
            ax.axvspan(a, b, color=BAND, zorder=0, lw=0)
        name = str(row["leader"])
        if (b - a) / (high - low) * _BAND_INCHES > _INCHES_A_LETTER * len(name):  # a name must fit its band
            ax.text(a + (b - a) / 2, 1.005, name, transform=ax.get_xaxis_transform(), ha="center", va="bottom", fontsize=8,
                    color=MUTED)  # fmt: skip
    ax.set_xlim(low - pd.Timedelta(days=200), high + pd.Timedelta(days=200))


def _span(ax: Axes, y: int, row: dict[str, Any]) -> None:
    colour, marker = ACTIVITIES.get(str(row["activity"]), UNKNOWN_ACTIVITY)
    ax.plot([row["first"], row["last"]], [y, y], color=colour, lw=2.6, alpha=0.75, solid_capstyle="butt", zorder=2)
    ax.plot([row["first"]], [y], marker, color=colour, ms=5.5, zorder=3)
    if row["open"]:
        ax.plot([row["last"]], [y], ">", color=colour, ms=4.5, zorder=3, clip_on=False)


def _legend(ax: Axes, shown: pd.DataFrame) -> None:
    from matplotlib.lines import Line2D

    counts = shown["activity"].fillna("not coded").value_counts()
    order = [a for a in (*ACTIVITIES, *counts.index) if a in counts.index]
    handles = []
    for name in dict.fromkeys(order):
        colour, marker = ACTIVITIES.get(str(name), UNKNOWN_ACTIVITY)
        handles.append(
            Line2D([], [], color=colour, marker=marker, lw=2.4, ms=5.5, label=f"{words(name)} ({counts[name]})")
        )
    legend_below(ax, handles, columns=4 if len(handles) == 4 else 3)
