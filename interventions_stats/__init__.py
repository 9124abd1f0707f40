"""Tests what drives military intervention, and says what was dismissed, supported or could not have been seen.

The public names below are loaded when first used: importing the package loads
neither NumPy nor pandas.
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
        "correlate": "assessment.correlation",
        "update": "assessment.update",
        "diagnose": "assessment.diagnosis",
        "agreement": "assessment.agreement",
        "guards": "assessment.guards_table",
        "load_events": "events.definitions",
        "read_events": "events.reader",
        "EventList": "events.event_list",
        "panel": "panels.build",
        "Proposition": "drivers.proposition",
        "Choice": "drivers.proposition",
        "Control": "drivers.proposition",
        "Falsifier": "drivers.proposition",
        "logit": "engine.models.logit",
        "firth_logit": "engine.models.firth_logit",
        "flac": "engine.models.flac",
        "cloglog": "engine.models.cloglog",
        "poisson": "engine.models.poisson",
        "negative_binomial": "engine.models.negative_binomial",
        "conditional_logit": "engine.models.conditional_logit",
        "rare_events_logit": "engine.models.rare_events_logit",
        "cox": "engine.models.cox",
        "marginal_effects": "engine.fit.margins",
        "predictions": "engine.fit.predictions",
        "rate_ratio": "engine.exact.rate",
        "fisher_test": "engine.exact.contingency",
        "cmh_test": "engine.exact.contingency",
        "exact_logistic": "engine.exact.logistic",
        "binomial_test": "engine.exact.binomial",
        "circular_shift_test": "engine.permutation.circular",
        "minimum_detectable_effect": "evidence.detectable_effects",
        "rally": "evidence.rally",
        "multiverse": "robustness.specification_curve",
        "cite": "reporting.citations",
        "glossary": "reporting.glossary",
        "to_latex": "reporting.tables",
        "to_docx": "reporting.tables",
        "to_html": "reporting.tables",
        "to_markdown": "reporting.tables",
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
        "studies",
    ),
)
__all__ += ["__version__"]
