"""Tests what drives military intervention, and says what was dismissed, supported or could not have been seen.

The public names below are loaded when first used: importing the package loads
neither pandas nor statsmodels.
"""

from __future__ import annotations

from interventions_stats._lazy import lazy

__version__ = "0.1.0"

__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "replicate": "reporting.publish",
        "claims": "replication.claims",
        "diff": "replication.compare",
        "verify": "replication.verification",
        "test": "assessment.run",
        "battery": "assessment.battery",
        "compare": "assessment.compare",
        "guards": "assessment.guards_table",
        "load_events": "events.definitions",
        "read_events": "events.reader",
        "EventList": "events.event_list",
        "panel": "panels.build",
        "Proposition": "drivers.proposition",
        "Choice": "drivers.proposition",
        "Control": "drivers.proposition",
        "Falsifier": "drivers.proposition",
        "logit": "estimators.logistic",
        "firth_logit": "estimators.firth_logistic",
        "flac": "estimators.flac_logistic",
        "cloglog": "estimators.hazard",
        "poisson": "estimators.counts",
        "negative_binomial": "estimators.negbin",
        "conditional_logit": "estimators.conditional",
        "rare_events_logit": "estimators.rare_events",
        "cox": "estimators.recurrent",
        "marginal_effects": "estimators.margins",
        "rate_ratio": "estimators.exact_rate",
        "fisher_test": "estimators.exact_tables",
        "cmh_test": "estimators.exact_tables",
        "exact_logistic": "estimators.exact_conditional",
        "binomial_test": "estimators.exact_binomial",
        "circular_shift_test": "inference.permutation.circular",
        "minimum_detectable_effect": "evidence.power",
        "rally": "evidence.rally",
        "multiverse": "robustness.specification_curve",
        "glossary": "reporting.glossary",
    },
    modules=(
        "datasets",
        "display",
        "drivers",
        "errors",
        "estimators",
        "events",
        "inference",
        "panels",
        "reporting",
        "robustness",
        "rules",
    ),
)
__all__ += ["__version__"]
