"""Verdicts as a forest: each proposition's ratio with its interval, the frontier and the smallest effect of interest."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

from interventions_stats.display.figures.style import (
    BAND,
    BELOW_INTEREST,
    INK,
    MUTED,
    RULE,
    SURFACE,
    VERDICTS,
    axes,
    finish,
    legend_below,
    need,
    nothing,
    ratio_axis,
    records,
    shortened,
    styled,
    verdict_mark,
    words,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_NEEDED = ("proposition", "verdict", "ratio", "ratio_low90", "ratio_high90", "sesoi", "n_identifying", "n_events_total")
_SENTENCE = 52  # letters of a line of a label that is a sentence
_GAP = 9.0  # points between the axes and the column beside it
_WIDEST = (1 / 30, 30.0)  # what lies beyond is drawn as an arrow


@styled
def verdict_forest(
    frame: pd.DataFrame, ax: Axes | None = None, *, title: str = "Verdicts", legend: bool = True
) -> Axes:
    """Draw one row a proposition: ratio, 90% interval, frontier, SESOI band and verdict.

    Parameters
    ----------
    frame : DataFrame
        As ``result.glance()`` or ``report.propositions``: ``proposition``, ``verdict``, ``ratio``, ``ratio_low90``,
        ``ratio_high90`` (the dismissal frontier is its upper end), ``sesoi``, ``n_identifying``, ``n_events_total``;
        optional ``label`` (in place of the proposition; a sentence is wrapped), ``driver``, ``grade``, ``reason``.
    ax : Axes, optional
    title : str
    legend : bool, default True
        Explain marks and bands below the axis.

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
    >>> frame = pd.DataFrame({"proposition": ["W1"], "verdict": ["dismissed"], "ratio": [1.0], "ratio_low90": [0.7],
    ...     "ratio_high90": [1.4], "sesoi": [1.5], "n_identifying": [10], "n_events_total": [25]})
    >>> verdict_forest(frame).get_title(loc="left")
    'Verdicts'
    """
    need(frame, _NEEDED, "verdict_forest")
    shown = frame.reset_index(drop=True)
    labels = [_label(r) for r in records(shown)]
    tallest = max((t.count("\n") + 1 for t in labels), default=1)
    ax = axes(
        ax,
        1.25 + (0.27 + 0.1 * (tallest - 1)) * max(len(shown), 2) + (0.35 if legend else 0),
        6.5 if tallest == 1 else 7.6,
    )
    ax.set_title(title)
    if shown.empty:
        nothing(ax, "no proposition")
        return finish(ax, shown)
    low, high = _limits(shown)
    ratio_axis(ax, low, high)
    ax.axvline(1, color=MUTED, lw=0.9, zorder=1)
    for y, row in enumerate(records(shown)):
        _row(ax, y, row, low, high)
    tested = [row["verdict"] != "not_testable" for row in records(shown)]
    ax.set_yticks(range(len(shown)), labels)
    for label, is_tested in zip(ax.get_yticklabels(), tested, strict=True):
        label.set_color(INK if is_tested else MUTED)
        if tallest > 1:
            label.set_fontsize(7.5)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("Ratio in the direction the driver predicts (log scale)")
    _margin(ax, records(shown))
    if legend:
        _legend(ax, [str(v) for v in shown["verdict"]])
    return finish(ax, shown)


def _label(row: dict[str, Any]) -> str:
    if row.get("label"):
        return "\n".join(textwrap.wrap(shortened(str(row["label"]), 2 * _SENTENCE), _SENTENCE))
    return f"{words(row['driver'])}  {row['proposition']}" if row.get("driver") else str(row["proposition"])


def _limits(shown: pd.DataFrame) -> tuple[float, float]:
    """Span every finite interval, at least from a third to four, at most thirtyfold either way."""
    tested = shown[shown["verdict"] != "not_testable"]
    values = [float(v) for c in ("ratio", "ratio_low90", "ratio_high90", "sesoi") for v in tested[c].dropna()]
    values = [min(max(v, _WIDEST[0]), _WIDEST[1]) for v in values if v > 0]
    return min([1 / 3, *values]) / 1.08, max([4.0, *values]) * 1.08


def _row(ax: Axes, y: int, row: dict[str, Any], low: float, high: float) -> None:
    colour, marker, filled, _ = verdict_mark(str(row["verdict"]))
    if row["verdict"] == "not_testable" or not math.isfinite(_number(row["ratio"])):
        reason = shortened(f"not testable: {row.get('reason') or 'see the table'}", 62)
        ax.text(0.01, y, reason, color=MUTED, va="center", fontsize=8, style="italic",
                transform=ax.get_yaxis_transform(), clip_on=True,
                bbox={"facecolor": SURFACE, "edgecolor": "none", "pad": 1.2})  # fmt: skip
        return
    delta = _number(row["sesoi"])
    if delta > 1:
        ax.barh(y, delta - 1 / delta, left=1 / delta, height=0.82, color=BAND, zorder=0)
        ax.plot([delta, delta], [y - 0.41, y + 0.41], color=RULE, lw=1.2, zorder=0.5)
    _interval(ax, y, _number(row["ratio_low90"]), _number(row["ratio_high90"]), (low, high), colour)
    face = colour if filled else SURFACE
    x = min(max(float(row["ratio"]), low * 1.15), high / 1.15)  # an estimate off the axis stands before its arrow
    ax.plot([x], [y], marker, color=colour, mfc=face, mew=1.5, ms=6.5, zorder=4, clip_on=False)


def _interval(ax: Axes, y: int, left: float, right: float, limits: tuple[float, float], colour: str) -> None:
    """Draw the 90% interval, an arrow where it leaves the axis, and a bar at the frontier."""
    low, high = limits
    if math.isnan(left) or math.isnan(right):
        return
    a, b = max(left, low), min(right, high)
    ax.plot([a, b], [y, y], color=colour, lw=1.9, solid_capstyle="butt", zorder=3)
    if right > high:
        ax.plot([b], [y], ">", color=colour, ms=5, zorder=4, clip_on=False)
    else:
        ax.plot([b, b], [y - 0.28, y + 0.28], color=colour, lw=2.4, zorder=3)
    if left < low:
        ax.plot([a], [y], "<", color=colour, ms=5, zorder=4, clip_on=False)


def _margin(ax: Axes, rows: list[dict[str, Any]]) -> None:
    """Write beside each row how many onsets identify it, and its grade; in points, so that any width of axes fits."""
    counts = [_identify(row) for row in rows]
    at = (_GAP, _GAP + 4.9 * max(len(c) for c in (*counts, "identify")) + 12)
    columns: list[tuple[float, str, list[str]]] = [(at[0], "identify", counts)]
    if rows and "grade" in rows[0]:
        columns.append((at[1], "grade", [str(row["grade"]) for row in rows]))
    for x, head, cells in columns:
        ax.annotate(head, (1, 1), (x, 3), xycoords="axes fraction", textcoords="offset points", fontsize=8, color=MUTED)
        for y, (cell, row) in enumerate(zip(cells, rows, strict=True)):
            colour = MUTED if row["verdict"] == "not_testable" else INK
            ax.annotate(cell, (1, y), (x, 0), xycoords=ax.get_yaxis_transform(), textcoords="offset points", va="center",
                        fontsize=8.5, color=colour)  # fmt: skip


def _identify(row: dict[str, Any]) -> str:
    used, total = row["n_identifying"], row["n_events_total"]
    if total is None or total != total or (used == used and used > total):  # a test that brings its own events
        return _count(used)
    return f"{_count(used)} of {_count(total)}"


def _legend(ax: Axes, verdicts: list[str]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    for name in (v for v in VERDICTS if v in verdicts and v != "not_testable"):
        colour, marker, filled, said = VERDICTS[name]
        handles.append(Line2D([], [], color=colour, marker=marker, mfc=colour if filled else SURFACE, mew=1.4, ms=6, ls="-", label=said))  # fmt: skip
    handles.append(
        Line2D([], [], color=INK, marker="|", ms=9, mew=2.2, ls="none", label="effects above it are excluded (95%)")
    )
    handles.append(Patch(color=BAND, label=BELOW_INTEREST))
    legend_below(ax, handles)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _count(value: Any) -> str:
    return "-" if value is None or value != value else f"{int(value):,}"
