"""Evidence without its null distribution: what is kept of hundreds of tests."""

from __future__ import annotations

from dataclasses import replace

from interventions_stats.evidence.evidence import Evidence


def slim(e: Evidence) -> Evidence:
    """Drop the reference distribution and the details, which a table of many tests does not show; a null can hold 200,000 numbers."""
    return e if e.raw is None or e.raw.null is None else replace(e, raw=replace(e.raw, null=None, details={}))
