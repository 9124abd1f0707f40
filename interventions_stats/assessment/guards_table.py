"""``guards``: the catalogue of guards as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def guards() -> pd.DataFrame:
    """Return every guard: ``id``, ``trap``, ``action`` (warn, cap or refuse), ``remedy``.

    Examples
    --------
    >>> guards().set_index("id").loc["G05", "action"]
    'refuse'
    """
    from interventions_stats.display.readable import ReadableFrame
    from interventions_stats.rules.guard_registry import GUARDS

    return ReadableFrame(
        [(g.id, g.trap, g.action, g.remedy) for g in GUARDS], columns=["id", "trap", "action", "remedy"]
    )
