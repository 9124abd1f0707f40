"""What type checkers know of this face. Written by `make stubs` from `__init__.py`; do not edit."""

from interventions_stats.events.adapters.icb import from_icb as from_icb
from interventions_stats.events.adapters.imi import from_imi as from_imi
from interventions_stats.events.adapters.mid import from_mid as from_mid
from interventions_stats.events.adapters.mip import from_mip as from_mip
from interventions_stats.events.adapters.ucdp import from_ucdp as from_ucdp

__all__ = [
    "from_icb",
    "from_imi",
    "from_mid",
    "from_mip",
    "from_ucdp",
]
