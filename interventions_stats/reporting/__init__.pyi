"""What type checkers know of this face. Written by `make stubs` from `__init__.py`; do not edit."""

from interventions_stats.reporting.frames import event_path as event_path
from interventions_stats.reporting.methods import method_sections as method_sections
from interventions_stats.reporting.methods import methods_text as methods_text
from interventions_stats.reporting.page import write_page as write_page
from interventions_stats.reporting.published import PublishedReport as PublishedReport
from interventions_stats.reporting.regressions import regression_table as regression_table
from interventions_stats.reporting.tables import to_docx as to_docx
from interventions_stats.reporting.tables import to_html as to_html
from interventions_stats.reporting.tables import to_latex as to_latex
from interventions_stats.reporting.tables import to_markdown as to_markdown

__all__ = [
    "PublishedReport",
    "event_path",
    "method_sections",
    "methods_text",
    "regression_table",
    "to_docx",
    "to_html",
    "to_latex",
    "to_markdown",
    "write_page",
]
