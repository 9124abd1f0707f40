"""Reporting: pages, tables and sentences from results."""

from __future__ import annotations

from interventions_stats._lazy import lazy

__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "PublishedReport": "published",
        "event_path": "frames",
        "method_sections": "methods",
        "methods_text": "methods",
        "regression_table": "regressions",
        "to_docx": "tables",
        "to_html": "tables",
        "to_latex": "tables",
        "to_markdown": "tables",
        "write_page": "page",
    },
)
