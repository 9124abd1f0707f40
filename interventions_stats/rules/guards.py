"""Guards G01-G28, each a small function of plain numbers that returns a finding or None.

``handled=True`` says that the remedy has already been applied (the strata are
used, the standard error is calibrated, ...): a guard that would refuse then
warns, so that the circumstance travels with the result.  A number that was not
computed (NaN) trips nothing.

The functions are grouped by what they look at; this module is the one to
import from.
"""

from __future__ import annotations

from interventions_stats.rules.guard_registry import (
    ACTIONS,
    GUARDS,
    Action,
    Cap,
    FlagName,
    Guard,
    GuardFinding,
    catalogue,
    finding,
    guard,
    raise_if_refused,
    refusals,
)
from interventions_stats.rules.guards_events import (
    g01_no_nonevents,
    g12_risk_set,
    g13_coverage,
    g14_precision,
    g15_event_definition,
    g28_rehatting,
)
from interventions_stats.rules.guards_model import (
    g02_events_per_parameter,
    g03_separation,
    g04_hauck_donner,
    g09_design_effect,
    g10_dispersion,
    g11_clusters,
    g11_effective,
    g16_annual_covariate,
    g19_mediator,
)
from interventions_stats.rules.guards_reading import (
    g17_multiplicity,
    g18_after_data,
    g20_bf_flip,
    g21_reliability,
    g22_language,
    g23_influence,
    g24_type_heterogeneity,
    g27_shared_indicator,
)
from interventions_stats.rules.guards_time import (
    g05_lag,
    g05_measured_at_onset,
    g06_rally_window,
    g07_between_share,
    g08_shared_trend,
    g25_extrapolation,
    g26_within_agreement,
)

__all__ = [
    "ACTIONS",
    "GUARDS",
    "Action",
    "Cap",
    "FlagName",
    "Guard",
    "GuardFinding",
    "catalogue",
    "finding",
    "g01_no_nonevents",
    "g02_events_per_parameter",
    "g03_separation",
    "g04_hauck_donner",
    "g05_lag",
    "g05_measured_at_onset",
    "g06_rally_window",
    "g07_between_share",
    "g08_shared_trend",
    "g09_design_effect",
    "g10_dispersion",
    "g11_clusters",
    "g11_effective",
    "g12_risk_set",
    "g13_coverage",
    "g14_precision",
    "g15_event_definition",
    "g16_annual_covariate",
    "g17_multiplicity",
    "g18_after_data",
    "g19_mediator",
    "g20_bf_flip",
    "g21_reliability",
    "g22_language",
    "g23_influence",
    "g24_type_heterogeneity",
    "g25_extrapolation",
    "g26_within_agreement",
    "g27_shared_indicator",
    "g28_rehatting",
    "guard",
    "raise_if_refused",
    "refusals",
]
