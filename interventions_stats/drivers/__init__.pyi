"""What type checkers know of this face. Written by `make stubs` from `__init__.py`; do not edit."""

from interventions_stats.drivers.amended import amendments as amendments
from interventions_stats.drivers.proposition import Choice as Choice
from interventions_stats.drivers.proposition import Control as Control
from interventions_stats.drivers.proposition import Driver as Driver
from interventions_stats.drivers.proposition import Falsifier as Falsifier
from interventions_stats.drivers.proposition import Proposition as Proposition
from interventions_stats.drivers.registry import DRIVERS as DRIVERS
from interventions_stats.drivers.registry import PROPOSITIONS as PROPOSITIONS
from interventions_stats.drivers.registry import driver as driver
from interventions_stats.drivers.registry import proposition as proposition

__all__ = [
    "Choice",
    "Control",
    "DRIVERS",
    "Driver",
    "Falsifier",
    "PROPOSITIONS",
    "Proposition",
    "amendments",
    "driver",
    "proposition",
]
