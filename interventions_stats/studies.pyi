"""What type checkers know of this face. Written by `make stubs` from `studies.py`; do not edit."""

from interventions_stats.replication.census import Census as Census
from interventions_stats.replication.literal import Conventional as Conventional
from interventions_stats.replication.literal import LiteralTest as LiteralTest
from interventions_stats.replication.literal import correlated as correlated
from interventions_stats.replication.literal import margins_kept as margins_kept
from interventions_stats.replication.literal import raw_fisher as raw_fisher
from interventions_stats.replication.literal import registered as registered
from interventions_stats.replication.studies.russia import RUSSIA as RUSSIA
from interventions_stats.replication.studies.russia import russia as russia
from interventions_stats.replication.study import Claim as Claim
from interventions_stats.replication.study import Study as Study
from interventions_stats.rules.census import census_verdict as census_verdict

__all__ = [
    "russia",
    "RUSSIA",
    "Study",
    "Claim",
    "LiteralTest",
    "Conventional",
    "registered",
    "correlated",
    "raw_fisher",
    "margins_kept",
    "Census",
    "census_verdict",
]
