"""Studies: claims with their literal tests, drivers and actor; those that come with the library, and what to write one of.

:data:`RUSSIA` is the study that :func:`interventions_stats.replicate` repeats by default.  A study of your own is one
:class:`Study` in one file, its literal tests functions of the battery that return :class:`LiteralTest` objects.
"""

from __future__ import annotations

from interventions_stats._lazy import lazy

__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "russia": "replication.studies.russia",
        "RUSSIA": "replication.studies.russia",
        "Study": "replication.study",
        "Claim": "replication.study",
        "LiteralTest": "replication.literal",
        "Conventional": "replication.literal",
        "registered": "replication.literal",
        "correlated": "replication.literal",
        "raw_fisher": "replication.literal",
        "margins_kept": "replication.literal",
        "Census": "replication.census",
        "census_verdict": "rules.census",
    },
    root="interventions_stats",
)
