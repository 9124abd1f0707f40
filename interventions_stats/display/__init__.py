"""How any result shows itself: the result contract, plain tables and figures of plain frames.

This floor stands below the statistics because every result, from a single fit
to the whole report, must print, plot and export itself without importing
upward.  It sees frames and numbers and never a model.

Figures are called with a frame: ``ist.display.timeline(events.to_frame())``.
"""

from __future__ import annotations

from interventions_stats._lazy import lazy

__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "approval_onsets": "figures.approval_onsets",
        "coefficients": "figures.coefficients",
        "event_study": "figures.event_study",
        "footprint": "figures.footprint",
        "influence": "figures.influence",
        "permutation_null": "figures.permutation_null",
        "pooled_forest": "figures.pooled_forest",
        "power_curve": "figures.power_curve",
        "prediction_lines": "figures.prediction_lines",
        "severity_curve": "figures.severity_curve",
        "specification_curve": "figures.specification_curve",
        "target_panel": "figures.target_panel",
        "timeline": "figures.timeline",
        "variance_shares": "choice_shares",
        "verdict_forest": "figures.verdict_forest",
    },
)
