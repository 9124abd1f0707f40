"""Estimates under every registered specification, sorted, with the choices below."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from interventions_stats.display.choice_shares import variance_shares
from interventions_stats.display.figures.style import (
    INK,
    MUTED,
    RULE,
    SURFACE,
    VERDICTS,
    finish,
    legend_below,
    need,
    nothing,
    ratio_ticks,
    records,
    shortened,
    styled,
    verdict_mark,
    words,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@styled
def specification_curve(
    frame: pd.DataFrame,
    choices: Sequence[str],
    ax: Axes | None = None,
    *,
    sesoi: float | None = None,
    title: str = "Registered specifications",
    unit: str = "ratio",
) -> Axes:
    """Draw the ratios of all specifications in order of size, and below them which option each one takes.

    Parameters
    ----------
    frame : DataFrame
        One row a specification: ``ratio``; optional ``low`` and ``high`` (90% interval), ``verdict``, ``primary`` (bool);
        and a column for each of ``choices``.  Rows without a ratio could not run and are left out of the curve; the title
        counts them.
    choices : sequence of str
        Columns that make the matrix.
    ax : Axes, optional
        The upper panel.
    sesoi : float, optional
        Ratio of the smallest effect of interest.
    title, unit : str

    Returns
    -------
    Axes
        The upper panel; ``ax.matrix`` is the lower one, and ``ax.shares`` the share of the variance of the log ratio that each
        choice explains, which stands beside it (see :func:`interventions_stats.display.variance_shares`).

    Raises
    ------
    InputError
        A column is lacking.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"ratio": [1.2, 0.9], "lag": [1, 2]})
    >>> specification_curve(frame, ["lag"]).plotted["ratio"].tolist()
    [0.9, 1.2]
    """
    import numpy as np
    import pandas as pd

    need(frame, ("ratio", *choices), "specification_curve")
    ran = frame[np.isfinite(pd.to_numeric(frame["ratio"]).to_numpy(float))]
    shown = ran.sort_values("ratio", kind="stable").reset_index(drop=True)
    rows = [(c, o) for c in choices for o in dict.fromkeys(frame[c].map(str))]
    ax, matrix = _panels(ax, len(rows))
    lost = len(frame) - len(shown)
    ax.set_title(title + (f" ({lost} of {len(frame)} could not run)" if lost else f" ({len(frame)})"))
    if shown.empty:
        nothing(ax, "no specification could run")
        matrix.set_visible(False)
        return finish(ax, shown)
    _curve(ax, shown, sesoi, unit)
    shares = variance_shares(shown, choices)
    _matrix(matrix, shown, rows, shares)
    _legend(matrix, shown, sesoi)
    ax.matrix, ax.shares = matrix, shares  # type: ignore[attr-defined]
    return finish(ax, shown)


def _panels(ax: Axes | None, rows: int) -> tuple[Axes, Axes]:
    """Return the panel of the curve and, below it on the same x, that of the matrix."""
    heights = (1.9, 0.19 * max(rows, 1) + 0.1)
    if ax is not None:
        place, figure = ax.get_subplotspec(), ax.get_figure()
        if place is None or figure is None:  # Axes at a place of their own: the matrix hangs below
            share = 0.11 * max(rows, 1)
            return ax, ax.inset_axes((0, -0.04 - share, 1, share), sharex=ax)
        grid = place.subgridspec(2, 1, height_ratios=heights, hspace=0.08)
        ax.set_subplotspec(grid[0])
        return ax, figure.add_subplot(grid[1], sharex=ax)
    import matplotlib.pyplot as plt

    figure, (upper, lower) = plt.subplots(2, 1, sharex=True, figsize=(6.5, sum(heights) + 0.75), height_ratios=heights,
                                          layout="constrained")  # fmt: skip
    figure.own = True  # type: ignore[attr-defined]
    engine: Any = figure.get_layout_engine()
    engine.set(h_pad=0.03)
    return upper, lower


def _curve(ax: Axes, shown: pd.DataFrame, sesoi: float | None, unit: str) -> None:
    ax.set_yscale("log")
    ax.axhline(1, color=MUTED, lw=0.9)
    if sesoi is not None and math.isfinite(sesoi):
        ax.axhline(sesoi, color=MUTED, lw=0.9, ls="--")
    share = _crowding(len(shown))
    for x, row in sorted(
        enumerate(records(shown)), key=lambda item: bool(item[1].get("primary"))
    ):  # the primary on top
        colour, marker, filled, _ = verdict_mark(str(row.get("verdict", "")))
        low, high = (_clipped(row.get(k)) for k in ("low", "high"))
        if low is not None and high is not None:
            ax.plot(
                [x, x],
                [low, high],
                color=colour,
                lw=max(1.4 * share, 0.5),
                alpha=0.6 if share == 1 else 0.4,
                solid_capstyle="butt",
            )
        first = bool(row.get("primary"))
        size = 8 if first else 5 * share
        face = colour if filled or (share < 1 and not first) else SURFACE  # too small a mark is not hollow to the eye
        ax.plot(
            [x],
            [row["ratio"]],
            marker,
            color=INK if first else colour,
            mfc=face,
            mew=1.4 if first else 1.4 * share,
            ms=size,
        )
    ax.set_xlim(-0.6, len(shown) - 0.4)
    ax.tick_params(axis="x", length=0, labelbottom=False)
    _plain_ticks(ax)
    ax.set_ylabel(unit)


def _crowding(n: int) -> float:
    """How far marks shrink so that they stand apart: one up to 60 specifications, a third from 180 on."""
    return min(1.0, max(60 / max(n, 1), 1 / 3))


def _legend(matrix: Axes, shown: pd.DataFrame, sesoi: float | None) -> None:
    from matplotlib.lines import Line2D

    verdicts = [str(v) for v in shown["verdict"]] if "verdict" in shown else []
    handles = []
    for name in (v for v in VERDICTS if v in verdicts):
        colour, marker, filled, said = VERDICTS[name]
        handles.append(Line2D([], [], color=colour, marker=marker, mfc=colour if filled else SURFACE, mew=1.4, ms=5, ls="none", label=said))  # fmt: skip
    if "primary" in shown and shown["primary"].any():
        handles.append(Line2D([], [], color=INK, marker="o", mfc="none", mew=1.4, ms=8, ls="none", label="primary"))
    if sesoi is not None and math.isfinite(sesoi):
        handles.append(Line2D([], [], color=MUTED, lw=0.9, ls="--", label="smallest effect of interest"))
    legend_below(matrix, handles, columns=3)


def _clipped(value: Any) -> float | None:
    """Keep an interval's end on a log axis."""
    if value is None or math.isnan(value):
        return None
    return min(max(float(value), 0.02), 50.0)


def _plain_ticks(ax: Axes) -> None:
    from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

    ticks = ratio_ticks(*ax.get_ylim())
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_yticks(ticks, [f"{t:g}" for t in ticks])


def _matrix(ax: Axes, shown: pd.DataFrame, rows: list[tuple[str, str]], shares: Mapping[str, float]) -> None:
    """Mark the option of each choice that every specification takes; beside a choice stands the share it explains."""
    few = _crowding(len(shown)) == 1
    names = [c for c, _ in rows]
    for y, (choice, option) in enumerate(rows):
        taken = [x for x, v in enumerate(shown[choice].map(str)) if v == option]
        if few:
            ax.plot(range(len(shown)), [y] * len(shown), ".", color=RULE, ms=2)
            ax.plot(taken, [y] * len(taken), "s", color=INK, ms=4)
        else:
            ax.axhline(y, color=RULE, lw=0.5, zorder=0)
            ax.vlines(taken, y - 0.36, y + 0.36, color=INK, lw=max(0.4, 260 / len(shown)))
        if y and names[y - 1] != choice:
            ax.axhline(y - 0.5, color=MUTED, lw=0.7)
        if names.index(choice) == y and shares[choice] == shares[choice]:
            ax.annotate(f"{100 * shares[choice]:.0f}%", (1, y), (5, 0), xycoords=ax.get_yaxis_transform(), textcoords="offset points",
                        va="center", fontsize=7.5, color=INK)  # fmt: skip
    if any(v == v for v in shares.values()):
        ax.annotate(
            "explains", (1, 1), (5, 2), xycoords="axes fraction", textcoords="offset points", fontsize=7, color=MUTED
        )
    ax.set_yticks(range(len(rows)), [shortened(f"{words(c)}: {o}", 42) for c, o in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="both", length=0, labelbottom=False, labelsize=7.5)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
