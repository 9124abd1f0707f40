"""Figures of the checks that no other part of the library draws."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interventions_stats.display.figures.style import (
    BLUE,
    INK,
    MUTED,
    SURFACE,
    VERDICTS,
    axes,
    finish,
    legend_below,
    nothing,
    ratio_axis,
    styled,
    verdict_mark,
    words,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes


@styled
def ratios_by_verdict(
    frame: pd.DataFrame, registered: float, ax: Axes | None = None, *, sesoi: float | None = None, title: str = ""
) -> Axes:
    """Draw the distribution of a ratio over many lists, stacked by verdict, with the registered list's ratio."""
    import numpy as np

    ax = axes(ax, 2.6)
    ax.set_title(title)
    ran = frame[np.isfinite(frame["ratio"].to_numpy(float))].reset_index(drop=True)
    if ran.empty:
        nothing(ax, "no list could be tested")
        return finish(ax, ran)
    shown = [v for v in VERDICTS if (ran["verdict"] == v).any()]
    values = ran["ratio"].clip(0.02, 50.0)
    marks = [m for m in (registered, sesoi, 1.0) if m is not None and math.isfinite(m)]
    low, high = min(values.min(), *marks) / 1.15, max(values.max(), *marks) * 1.15
    bins = np.exp(np.linspace(math.log(low), math.log(high), 31)).tolist()
    marked = [verdict_mark(v) for v in shown]
    ax.hist([values[ran["verdict"] == v] for v in shown], bins=bins, stacked=True, edgecolor=SURFACE, linewidth=0.5,
            color=[m[0] for m in marked], label=[m[3] for m in marked])  # fmt: skip
    ratio_axis(ax, low, high)
    ax.axvline(1.0, color=MUTED, lw=0.9)
    ax.axvline(registered, color=INK, lw=1.4, label="registered list")
    if sesoi is not None:
        ax.axvline(sesoi, color=MUTED, lw=0.9, ls="--", label="smallest effect of interest")
    ax.set(xlabel="ratio", ylabel="lists")
    legend_below(ax, columns=3)
    return finish(ax, ran)


@styled
def p_values(values: np.ndarray, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Draw p-values in twenty bins beside the even height that a test of the right size gives."""
    import numpy as np
    import pandas as pd

    ax = axes(ax, 2.4)
    ax.hist(values, bins=np.linspace(0, 1, 21).tolist(), color=BLUE, edgecolor=SURFACE, linewidth=0.5)
    ax.axhline(len(values) / 20, color=MUTED, lw=0.9, ls="--", label="even")
    ax.set(title=title, xlabel="one-sided p", ylabel="histories", xlim=(0, 1))
    return finish(ax, pd.DataFrame({"p_value": values}))


@styled
def shapley_bars(frame: pd.DataFrame, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Draw each family's Shapley value as a bar, and the mean and 95% quantile that relabelled onsets give it."""
    shown = frame.iloc[::-1].reset_index(drop=True)
    ax = axes(ax, 0.35 * len(shown) + 1.2)
    places = range(len(shown))
    ax.barh(places, shown["shapley"], height=0.6, color=BLUE, label="Shapley value")
    ax.plot(shown["expected"], places, "|", color=INK, ms=12, mew=1.6, label="relabelled onsets: mean")
    ax.plot(shown["expected_high"], places, ">", color=INK, mfc=SURFACE, ms=5, ls="none", label="their 95% quantile")
    ax.set_yticks(list(places), [words(f) for f in shown["family"]])
    ax.axvline(0, color=MUTED, lw=0.9)
    ax.set(title=title, xlabel="gain in penalised log-likelihood")
    legend_below(ax, columns=3)
    return finish(ax, frame)


@styled
def forecast_years(frame: pd.DataFrame, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Draw the chance that the model gives each target in each year, and name the targets where a case began."""
    ax = axes(ax, 2.8)
    quiet, realised = frame[frame["onset"] == 0], frame[frame["onset"] == 1]
    ax.plot(quiet["year"], quiet["model"], "o", color=MUTED, mfc=SURFACE, ms=4, label="no case began")
    ax.plot(realised["year"], realised["model"], "D", color=BLUE, ms=7, label="a case began")
    for (year, chance), names in realised.groupby(["year", realised["model"].round(3)])["name"]:
        ax.annotate(
            ", ".join(names), (year, chance), xytext=(7, 0), textcoords="offset points", va="center", fontsize=8
        )
    ax.axhline(float(frame["common_rate"].iloc[0]), color=MUTED, lw=0.9, ls="--", label="base rate")
    ax.set_xticks(sorted(frame["year"].unique()))
    ax.set(title=title, ylabel="chance of an onset", ylim=(0, None))
    legend_below(ax, columns=3)
    return finish(ax, frame)
