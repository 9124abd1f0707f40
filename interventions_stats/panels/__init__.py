"""Panels: events and covariates as rows of plain, labelled frames."""

from __future__ import annotations

from interventions_stats._lazy import lazy

__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "coverage": "held",
        "directed_dyad_years": "dyads",
        "panel": "build",
        "parse_term": "terms",
        "power_years": "powers",
        "read_series": "user_series",
        "to_stata": "stata",
    },
)
