"""What type checkers know of this face. Written by `make stubs` from `__init__.py`; do not edit."""

from interventions_stats.events.actors import actor as actor
from interventions_stats.events.actors import leaders as leaders
from interventions_stats.events.actors import registry as registry
from interventions_stats.events.adapters.icb import from_icb as from_icb
from interventions_stats.events.adapters.imi import from_imi as from_imi
from interventions_stats.events.adapters.mid import from_mid as from_mid
from interventions_stats.events.adapters.mip import from_mip as from_mip
from interventions_stats.events.adapters.ucdp import from_ucdp as from_ucdp
from interventions_stats.events.dates import parse_date as parse_date
from interventions_stats.events.definitions import list_definitions as list_definitions
from interventions_stats.events.definitions import load_events as load_events
from interventions_stats.events.event_list import EventList as EventList
from interventions_stats.events.leader_spells import read_leaders as read_leaders
from interventions_stats.events.numbering import cow_number as cow_number
from interventions_stats.events.reader import read_events as read_events
from interventions_stats.events.templates import template as template

__all__ = [
    "EventList",
    "actor",
    "cow_number",
    "from_icb",
    "from_imi",
    "from_mid",
    "from_mip",
    "from_ucdp",
    "list_definitions",
    "leaders",
    "load_events",
    "parse_date",
    "read_events",
    "read_leaders",
    "registry",
    "template",
]
