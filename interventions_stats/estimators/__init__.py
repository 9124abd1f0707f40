"""The numbers: rare-event regressions one at a time and in batches, exact tests, separation, covariance, margins.

Arrays and frames go in, frozen results come out; nothing here knows of events or panels.
The names below are loaded when first used. No module has the name of a function.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# public name -> module of this package that defines it
_PUBLIC = {
    "BatchFit": "batch_engine",
    "Covariance": "covariance",
    "Design": "design",
    "Fit": "fit",
    "MarginalEffects": "margins",
    "RareEventsFit": "rare_events",
    "Separation": "separation",
    "binomial_test": "exact_binomial",
    "build_design": "design",
    "cloglog": "hazard",
    "cloglog_batch": "batch",
    "cmh_test": "exact_tables",
    "conditional_logit": "conditional",
    "cox": "recurrent",
    "exact_logistic": "exact_conditional",
    "firth_logit": "firth_logistic",
    "firth_logit_batch": "batch",
    "fisher_test": "exact_tables",
    "flac": "flac_logistic",
    "logit": "logistic",
    "logit_batch": "batch",
    "marginal_effects": "margins",
    "negative_binomial": "negbin",
    "poisson": "counts",
    "poisson_batch": "batch",
    "rare_events_logit": "rare_events",
    "rate_ratio": "exact_rate",
    "specification_batch": "specification",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        from interventions_stats.errors import suggest

        message = f"module {__name__!r} has no attribute {name!r}.{suggest(name, _PUBLIC)}"
        raise AttributeError(message, name=name, obj=None)
    value = getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *globals()})
