"""Tests what drives military intervention, and says what was dismissed, supported or could not have been seen.

The public names below are loaded when first used: importing the package loads
neither pandas nor statsmodels.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# public name -> module that defines it
_PUBLIC = {
    "replicate": "replication.run",
    "claims": "replication.claims",
    "diff": "replication.compare",
    "verify": "replication.record",
    "test": "assessment.run",
    "battery": "assessment.battery",
    "compare": "assessment.compare",
    "guards": "assessment.guards_table",
    "load_events": "events.definitions",
    "EventList": "events.event_list",
    "panel": "panels.build",
    "Proposition": "drivers.proposition",
    "Choice": "drivers.proposition",
    "Control": "drivers.proposition",
    "Falsifier": "drivers.proposition",
    "logit": "estimators.logit",
    "firth_logit": "estimators.firth",
    "cloglog": "estimators.hazard",
    "poisson": "estimators.counts",
    "negative_binomial": "estimators.negative_binomial",
    "conditional_logit": "estimators.conditional",
    "rare_events_logit": "estimators.rare_events",
    "cox": "estimators.recurrent",
    "rate_ratio": "estimators.exact_rate",
    "fisher_test": "estimators.exact_tables",
    "cmh_test": "estimators.exact_tables",
    "exact_logistic": "estimators.exact_logistic",
    "binomial_test": "estimators.exact_binomial",
    "circular_shift_test": "inference.circular_shift",
    "minimum_detectable_effect": "evidence.power",
    "multiverse": "robustness.multiverse",
    "glossary": "reporting.glossary",
}
_MODULES = ("datasets", "estimators", "inference", "events", "panels", "drivers", "errors", "rules", "robustness", "reporting")

__all__ = [*_PUBLIC, *_MODULES, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"{__name__}.{name}")
    else:
        from interventions_stats.errors import suggest

        raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{suggest(name, __all__)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
