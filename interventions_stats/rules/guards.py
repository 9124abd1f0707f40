"""The guards that weigh plain numbers, each a small function that returns a finding or None.

``handled=True`` says that the remedy has already been applied (the strata are
used, the standard error is calibrated, ...): a guard that would refuse then
warns, so that the circumstance travels with the result.  A number that was not
computed (NaN) trips nothing.

Guards that have to look into the data stand where the data are read (G01, G03, G04, G14, G22), and what cannot be
done at all needs no function; the catalogue says which and where.  The functions are grouped by what they look at;
this module is the one to import from.
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
    g13_coverage,
    g15_event_definition,
)
from interventions_stats.rules.guards_model import (
    g02_events_per_parameter,
    g09_design_effect,
    g10_collapsed,
    g10_dispersion,
    g11_clusters,
    g11_effective,
    g16_annual_covariate,
    g19_mediator,
)
from interventions_stats.rules.guards_reading import (
    g18_after_data,
    g20_bf_flip,
    g21_reliability,
    g23_influence,
    g24_type_heterogeneity,
    g27_shared_indicator,
)
from interventions_stats.rules.guards_time import (
    g05_lag,
    g06_rally_window,
    g06_without_window,
    g07_between_share,
    g08_shared_trend,
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
    "g02_events_per_parameter",
    "g05_lag",
    "g06_rally_window",
    "g06_without_window",
    "g07_between_share",
    "g08_shared_trend",
    "g09_design_effect",
    "g10_collapsed",
    "g10_dispersion",
    "g11_clusters",
    "g11_effective",
    "g13_coverage",
    "g15_event_definition",
    "g16_annual_covariate",
    "g18_after_data",
    "g19_mediator",
    "g20_bf_flip",
    "g21_reliability",
    "g23_influence",
    "g24_type_heterogeneity",
    "g27_shared_indicator",
    "guard",
    "raise_if_refused",
    "refusals",
]
