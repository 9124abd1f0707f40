"""What the figures share: a colour-blind safe palette, verdict and activity marks, and one quiet look.

Colours are Okabe and Ito's (2008), orange, sky blue and vermillion darkened so that every
mark has a contrast of 3:1 with white paper; every distinction is carried by a
marker or a hatch as well.  Inks and surfaces are named colours of this module, so a
page can swap them for a dark scheme.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from interventions_stats.errors import InputError, suggest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

ORANGE, SKY, GREEN, BLUE, VERMILLION, PURPLE = (
    "#c08400", "#3a96d0", "#009e73", "#0072b2", "#b84000", "#cc79a7",
)  # fmt: skip
INK, MUTED, RULE, BAND, SURFACE = "#1b1e23", "#5b6470", "#c9ced6", "#e9edf2", "#fefefe"

# verdict -> colour, marker, filled, words
VERDICTS: dict[str, tuple[str, str, bool, str]] = {
    "supported": (GREEN, "^", True, "supported"),
    "supported_trivial": (GREEN, "^", False, "supported, trivial size"),
    "reversed": (BLUE, "v", True, "reversed (lower, not higher)"),
    "dismissed": (BLUE, "s", True, "dismissed"),
    "bounded": (BLUE, "s", False, "bounded"),
    "inconclusive_underpowered": (ORANGE, "o", False, "inconclusive, underpowered"),
    "inconclusive_mixed": (ORANGE, "D", True, "inconclusive, mixed"),
    "descriptive": (PURPLE, "P", True, "descriptive"),
    "not_testable": (MUTED, "x", True, "not testable"),
}
# activity -> colour, marker
ACTIVITIES: dict[str, tuple[str, str]] = {
    "combat": (VERMILLION, "v"),
    "stabilisation": (BLUE, "s"),
    "deterrence": (GREEN, "^"),
    "security": (ORANGE, "D"),
    "humanitarian": (PURPLE, "P"),
    "train_and_assist": (SKY, "o"),
}
UNKNOWN_ACTIVITY = (MUTED, "X")
BELOW_INTEREST = "smaller than the smallest effect of interest"

RC: Any = {
    "font.size": 9, "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.labelsize": 9, "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "legend.fontsize": 8.5,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": MUTED, "axes.labelcolor": INK,
    "text.color": INK, "xtick.color": INK, "ytick.color": INK, "axes.titlecolor": INK, "axes.linewidth": 0.8,
    "legend.frameon": False, "figure.facecolor": SURFACE, "axes.facecolor": "none", "figure.dpi": 110,
    "font.family": ["DejaVu Sans"], "hatch.linewidth": 0.6,
    "figure.constrained_layout.w_pad": 0.07, "figure.constrained_layout.h_pad": 0.06,
}  # fmt: skip

_BELOW = 34.0  # points that tick labels and the axis label take

P = ParamSpec("P")
T = TypeVar("T")


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Run a drawing function under the shared look, without touching the user's settings."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        with look(RC):
            return draw(*args, **kwargs)

    return wrapper


@contextlib.contextmanager
def look(settings: Mapping[str, Any]) -> Iterator[None]:
    """Set some of matplotlib's settings for a while.

    Only those are put back. ``rc_context`` puts back all, and with them what a backend sets when the first figure loads it:
    a notebook would show no figure after that one.
    """
    import matplotlib as mpl

    current: Any = mpl.rcParams  # some releases list every key as a type
    before = {name: current[name] for name in settings}
    try:
        current.update(settings)
        yield
    finally:
        current.update(before)


def axes(ax: Axes | None, height: float, width: float = 6.5) -> Axes:
    """Return the Axes to draw on: the caller's, or a new one of the given size in inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    figure, made = plt.subplots(figsize=(width, height), layout="constrained")
    figure.own = True  # type: ignore[attr-defined]
    return made


def finish(ax: Axes, plotted: pd.DataFrame) -> Axes:
    """Attach the plotted frame and return the Axes."""
    ax.plotted = plotted  # type: ignore[attr-defined]
    return ax


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries by column name."""
    return [dict(zip(map(str, frame.columns), row, strict=True)) for row in frame.itertuples(index=False, name=None)]


def need(frame: pd.DataFrame, columns: Iterable[str], figure: str) -> None:
    """Refuse a frame that lacks a column the figure draws."""
    for column in columns:
        if column not in frame:
            raise InputError(f"{figure} needs a column {column!r}.{suggest(column, frame.columns)}")


def nothing(ax: Axes, text: str) -> None:
    """Say on an empty figure why it is empty."""
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes, color=MUTED)
    ax.set_xticks([])
    ax.set_yticks([])


def verdict_mark(verdict: str) -> tuple[str, str, bool, str]:
    """Colour, marker, whether it is filled, and the words for a verdict."""
    return VERDICTS.get(verdict, (MUTED, "x", True, verdict.replace("_", " ")))


def words(name: str) -> str:
    """A coded name as words.

    >>> words("train_and_assist")
    'train and assist'
    """
    return str(name).replace("_", " ")


def shortened(text: str, width: int) -> str:
    """Cut a text at a word so that it fits.

    >>> shortened("War in Abkhazia (support to Abkhaz side)", 20)
    'War in Abkhazia…'
    """
    text = " ".join(str(text).split())
    if len(text) <= width:
        return text
    cut = text[: width - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:(") + "…"


def ratio_axis(ax: Axes, low: float, high: float) -> None:
    """Make x a log axis from ``low`` to ``high`` with plain ratios as ticks."""
    from matplotlib.ticker import FixedLocator, NullLocator

    ticks = ratio_ticks(low, high)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])


_TICKS = (
    (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50),
    (0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 8, 10),
    (0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.5, 3, 4),
)


def ratio_ticks(low: float, high: float) -> list[float]:
    """Round ratios between two ends: the widest steps that leave at least five, or the narrowest.

    >>> ratio_ticks(0.04, 30), ratio_ticks(0.9, 1.7)
    ([0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20], [0.9, 1, 1.1, 1.2, 1.3, 1.5, 1.7])
    """
    found = [[s for s in steps if low * 0.999 <= s <= high * 1.001] for steps in _TICKS]
    return next((ticks for ticks in found if len(ticks) >= 5), found[-1])


def legend_below(ax: Axes, handles: list[Any] | None = None, *, columns: int = 2) -> None:
    """Put the legend below: under the figure where this module made it, under the Axes where the caller did."""
    figure = ax.get_figure()
    found = handles if handles is not None else ax.get_legend_handles_labels()[0]
    if not found or figure is None:
        return
    if getattr(figure, "own", False):
        figure.legend(handles=found, loc="outside lower center", ncols=columns)
    else:  # in points below the axis, so that it clears ticks and label at any height
        from matplotlib.transforms import ScaledTranslation

        below = ax.transAxes + ScaledTranslation(0, -_BELOW / 72, figure.dpi_scale_trans)
        ax.legend(handles=found, loc="upper center", bbox_to_anchor=(0.5, 0), bbox_transform=below, ncols=columns)
