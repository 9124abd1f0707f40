"""The reference distribution of a statistic, with the value observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interventions_stats.display.figures.style import (
    BLUE,
    INK,
    RULE,
    VERMILLION,
    axes,
    finish,
    need,
    nothing,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def permutation_null(
    null: Any,
    observed: float,
    ax: Axes | None = None,
    *,
    title: str = "Reference distribution",
    xlabel: str = "statistic under relabelling",
    note: str = "",
    bins: int = 40,
) -> Axes:
    """Draw a histogram of the null, the part at least as large as the observed value in another colour and hatch.

    Parameters
    ----------
    null : array-like or DataFrame
        Values of the statistic; of a frame, the column ``statistic``.
    observed : float
    ax : Axes, optional
    title, xlabel, note : str
        ``note`` stands beside the observed value (its p-value, say).
    bins : int, default 40

    Returns
    -------
    Axes
        ``ax.plotted`` has ``left``, ``right`` and ``count`` of each bin.

    Raises
    ------
    InputError
        A frame without the column ``statistic``.

    Examples
    --------
    >>> import numpy as np
    >>> int(permutation_null(np.arange(100.0), 90.0).plotted["count"].sum())
    100
    """
    import numpy as np
    import pandas as pd

    if isinstance(null, pd.DataFrame):
        need(null, ("statistic",), "permutation_null")
        null = null["statistic"]
    values = np.asarray(null, float)
    values = values[np.isfinite(values)]
    ax = axes(ax, 2.4, 4.6)
    ax.set_title(title)
    if values.size == 0:
        nothing(ax, "no reference value")
        return finish(ax, pd.DataFrame({"left": [], "right": [], "count": []}))
    counts, edges = np.histogram(values, bins=_edges(values, observed, bins))
    shown = pd.DataFrame({"left": edges[:-1], "right": edges[1:], "count": counts})
    beyond = shown["left"] >= observed - 1e-9
    ax.stairs(counts, edges, fill=True, color=RULE)
    if beyond.any():
        tail = shown[beyond]
        ax.stairs(tail["count"], [*tail["left"], tail["right"].iloc[-1]], fill=True, color=BLUE, hatch="///")
    ax.axvline(observed, color=VERMILLION, lw=2)
    side = "right" if observed > (edges[0] + edges[-1]) / 2 else "left"
    said = f"observed {observed:.2f}".replace("-", "−") + ("; " + note if note else "")
    ax.annotate(said, (observed, 1.0), (-5 if side == "right" else 5, 0), xycoords=ax.get_xaxis_transform(),
                textcoords="offset points", ha=side, va="top", fontsize=8.5, color=INK)  # fmt: skip
    ax.set_ylim(0, counts.max() * 1.18)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(f"{xlabel} ({len(values):,} values)")
    return finish(ax, shown)


def _edges(values: Any, observed: float, bins: int) -> Any:
    """Put a bin edge at the observed value, so that the shaded part is the tail that the p-value counts."""
    import numpy as np

    low, high = min(values.min(), observed), max(values.max(), observed)
    width = (high - low) / bins or 1.0
    below, above = int(np.ceil((observed - low) / width)), int(np.ceil((high - observed) / width)) or 1
    return observed + width * np.arange(-below, above + 1)
