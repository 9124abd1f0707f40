"""What type checkers know of this face. Written by `make stubs` from `__init__.py`; do not edit."""

from interventions_stats.display.choice_shares import variance_shares as variance_shares
from interventions_stats.display.figures.approval_onsets import approval_onsets as approval_onsets
from interventions_stats.display.figures.coefficients import coefficients as coefficients
from interventions_stats.display.figures.event_study import event_study as event_study
from interventions_stats.display.figures.footprint import footprint as footprint
from interventions_stats.display.figures.influence import influence as influence
from interventions_stats.display.figures.permutation_null import permutation_null as permutation_null
from interventions_stats.display.figures.pooled_forest import pooled_forest as pooled_forest
from interventions_stats.display.figures.power_curve import power_curve as power_curve
from interventions_stats.display.figures.prediction_lines import prediction_lines as prediction_lines
from interventions_stats.display.figures.severity_curve import severity_curve as severity_curve
from interventions_stats.display.figures.specification_curve import specification_curve as specification_curve
from interventions_stats.display.figures.target_panel import target_panel as target_panel
from interventions_stats.display.figures.timeline import timeline as timeline
from interventions_stats.display.figures.verdict_forest import verdict_forest as verdict_forest

__all__ = [
    "approval_onsets",
    "coefficients",
    "event_study",
    "footprint",
    "influence",
    "permutation_null",
    "pooled_forest",
    "power_curve",
    "prediction_lines",
    "severity_curve",
    "specification_curve",
    "target_panel",
    "timeline",
    "variance_shares",
    "verdict_forest",
]
