"""Estimates with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def coefficients(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw ``estimate`` with ``conf_low`` and ``conf_high`` for each ``term``; a line marks zero."""
    import matplotlib.pyplot as plt

    shown = frame.loc[frame["term"] != "Intercept"].reset_index(drop=True)
    if ax is None:
        _, ax = plt.subplots(figsize=(6, 0.5 + 0.4 * max(len(shown), 1)), layout="constrained")
    y = range(len(shown))
    ax.axvline(0, color="0.6", lw=1)
    ax.hlines(y, shown["conf_low"], shown["conf_high"], color="#0072B2")
    ax.plot(shown["estimate"], y, "o", color="#0072B2")
    ax.set_yticks(list(y), shown["term"])
    ax.invert_yaxis()
    ax.set_xlabel("estimate (95% interval)")
    ax.plotted = shown  # type: ignore[attr-defined]
    return ax
