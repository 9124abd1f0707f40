"""Public event files as their producers publish them, read from a path that the user gives."""

from __future__ import annotations

from interventions_stats._lazy import lazy

__all__, __getattr__, __dir__ = lazy(
    __name__, {"from_icb": "icb", "from_imi": "imi", "from_mid": "mid", "from_mip": "mip", "from_ucdp": "ucdp"}
)
