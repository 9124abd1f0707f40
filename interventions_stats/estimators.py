"""The numbers: rare-event regressions one at a time and in batches, exact tests, separation, covariance, margins.

Arrays and frames go in, frozen results come out; nothing here knows of events or panels.
The names are loaded from the engine when first used.
"""

from __future__ import annotations

from interventions_stats._lazy import lazy

__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "BatchFit": "engine.models.batch_engine",
        "Covariance": "engine.fit.covariance",
        "Design": "engine.fit.design",
        "Fit": "engine.fit.fit",
        "MarginalEffects": "engine.fit.margins",
        "Predictions": "engine.fit.predictions",
        "RareEventsFit": "engine.models.rare_events_logit",
        "Separation": "engine.fit.separation",
        "binomial_test": "engine.exact.binomial",
        "build_design": "engine.fit.build_design",
        "cloglog": "engine.models.cloglog",
        "cloglog_batch": "engine.models.batch",
        "cmh_test": "engine.exact.contingency",
        "conditional_logit": "engine.models.conditional_logit",
        "cox": "engine.models.cox",
        "exact_logistic": "engine.exact.logistic",
        "firth_logit": "engine.models.firth_logit",
        "firth_logit_batch": "engine.models.batch",
        "fisher_test": "engine.exact.contingency",
        "flac": "engine.models.flac",
        "logit": "engine.models.logit",
        "logit_batch": "engine.models.batch",
        "marginal_effects": "engine.fit.margins",
        "negative_binomial": "engine.models.negative_binomial",
        "poisson": "engine.models.poisson",
        "poisson_batch": "engine.models.batch",
        "predictions": "engine.fit.predictions",
        "rare_events_logit": "engine.models.rare_events_logit",
        "rate_ratio": "engine.exact.rate",
        "specification_batch": "engine.models.specification_batch",
    },
    root="interventions_stats",
)
