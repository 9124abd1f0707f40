"""``guards``: the catalogue of guards as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def guards() -> pd.DataFrame:
    """Return every guard.

    Returns
    -------
    DataFrame
        ``id``, ``trap``, ``action`` (warn, cap or refuse), ``remedy``, ``enforced`` (``checked``, or ``by construction`` where
        what it warns of cannot be done), ``where``.

    Examples
    --------
    >>> guards().set_index("id").loc["G05", ["action", "enforced"]].tolist()
    ['refuse', 'checked']
    """
    from interventions_stats.display.readable import ReadableFrame
    from interventions_stats.rules.guard_registry import catalogue

    return ReadableFrame(catalogue())
