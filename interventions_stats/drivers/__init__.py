"""The drivers of intervention: one file each states its theory and propositions, and computes nothing."""

from __future__ import annotations

from interventions_stats._lazy import lazy

# Bound at once: a module of this package has the same name, and a lazy look-up would hand that out.
from interventions_stats.drivers.registry import proposition

__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "Choice": "proposition",
        "Control": "proposition",
        "DRIVERS": "registry",
        "Driver": "proposition",
        "Falsifier": "proposition",
        "PROPOSITIONS": "registry",
        "Proposition": "proposition",
        "amendments": "amended",
        "driver": "registry",
    },
)
__all__ += ["proposition"]
