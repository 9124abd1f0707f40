"""Event lists: who intervened where and when, under which definition, with what certainty."""

from __future__ import annotations

from interventions_stats._lazy import lazy

__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "EventList": "event_list",
        "actor": "actors",
        "cow_number": "numbering",
        "from_icb": "adapters.icb",
        "from_imi": "adapters.imi",
        "from_mid": "adapters.mid",
        "from_mip": "adapters.mip",
        "from_ucdp": "adapters.ucdp",
        "list_definitions": "definitions",
        "leaders": "actors",
        "load_events": "definitions",
        "parse_date": "dates",
        "read_events": "reader",
        "read_leaders": "leader_spells",
        "registry": "actors",
        "template": "templates",
    },
)
