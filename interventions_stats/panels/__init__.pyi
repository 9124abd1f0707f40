"""What type checkers know of this face. Written by `make stubs` from `__init__.py`; do not edit."""

from interventions_stats.panels.build import panel as panel
from interventions_stats.panels.dyads import directed_dyad_years as directed_dyad_years
from interventions_stats.panels.held import coverage as coverage
from interventions_stats.panels.powers import power_years as power_years
from interventions_stats.panels.stata import to_stata as to_stata
from interventions_stats.panels.terms import parse_term as parse_term
from interventions_stats.panels.user_series import read_series as read_series

__all__ = [
    "coverage",
    "directed_dyad_years",
    "panel",
    "parse_term",
    "power_years",
    "read_series",
    "to_stata",
]
