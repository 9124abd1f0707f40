"""A series with the onsets on it, those that identify the effect marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.display.figures.style import (
    INK,
    MUTED,
    RULE,
    SURFACE,
    VERMILLION,
    axes,
    finish,
    legend_below,
    need,
    nothing,
    records,
    styled,
    words,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@styled
def approval_onsets(
    frame: pd.DataFrame,
    value: str = "approval",
    ax: Axes | None = None,
    *,
    title: str | None = None,
    unit: str = "per cent approving",
) -> Axes:
    """Draw a monthly series and mark the months of onset.

    Parameters
    ----------
    frame : DataFrame
        ``month`` (dates, periods or ``YYYY-MM``), the series in column ``value`` (missing months leave a gap), ``onsets``
        (count) and, optionally, ``identified``: whether the onsets of the month identify the effect.  Onsets in a month
        without a value are drawn open, at the foot.
    value : str, default "approval"
    ax : Axes, optional
    title, unit : str

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        A column is lacking.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"month": ["2014-01", "2014-02", "2014-03"], "approval": [65, 69, 80.0], "onsets": [0, 1, 0]})
    >>> approval_onsets(frame).plotted["identified"].tolist()
    [False, True, False]
    """
    need(frame, ("month", value, "onsets"), "approval_onsets")
    shown = _dated(frame, value)
    ax = axes(ax, 2.9)
    ax.set_title(title or f"{words(value).capitalize()} and onsets")
    if shown.empty:
        nothing(ax, "no month")
        return finish(ax, shown)
    ax.plot(shown["month"], shown[value], color=INK, lw=1.2, zorder=2)
    struck = shown[shown["onsets"] > 0]
    floor = float(shown[value].min()) - 0.06 * float(shown[value].max() - shown[value].min() or 1.0)
    for row in records(struck):
        ax.axvline(row["month"], color=VERMILLION if row["identified"] else RULE, lw=0.8, zorder=1)
    for identified, face, said in (
        (True, VERMILLION, "onset that identifies the effect"),
        (False, SURFACE, "other onset"),
    ):
        part = struck[struck["identified"] == identified]
        if len(part):
            ax.scatter(part["month"], part[value].fillna(floor), s=30 * part["onsets"].clip(upper=3), marker="v", color=face,
                       edgecolors=VERMILLION if identified else MUTED, linewidths=1.1, zorder=3,
                       label=f"{said} ({int(part['onsets'].sum())})")  # fmt: skip
    ax.set_ylabel(unit)
    if len(struck):
        legend_below(ax, columns=2)
    return finish(ax, shown)


def _dated(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    import pandas as pd

    shown = frame.reset_index(drop=True).copy()
    months = shown["month"]
    shown["month"] = months.dt.to_timestamp() if isinstance(months.dtype, pd.PeriodDtype) else pd.to_datetime(months)
    shown["onsets"] = shown["onsets"].fillna(0).astype(int)
    measured = shown["onsets"].gt(0) & shown[value].notna()
    shown["identified"] = (
        shown["identified"].astype(bool) & shown["onsets"].gt(0) if "identified" in shown else measured
    )
    return shown.sort_values("month").reset_index(drop=True)
