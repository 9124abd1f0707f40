"""What type checkers know of this face. Written by `make stubs` from `estimators.py`; do not edit."""

from interventions_stats.engine.exact.binomial import binomial_test as binomial_test
from interventions_stats.engine.exact.contingency import cmh_test as cmh_test
from interventions_stats.engine.exact.contingency import fisher_test as fisher_test
from interventions_stats.engine.exact.logistic import exact_logistic as exact_logistic
from interventions_stats.engine.exact.rate import rate_ratio as rate_ratio
from interventions_stats.engine.fit.build_design import build_design as build_design
from interventions_stats.engine.fit.covariance import Covariance as Covariance
from interventions_stats.engine.fit.design import Design as Design
from interventions_stats.engine.fit.fit import Fit as Fit
from interventions_stats.engine.fit.margins import MarginalEffects as MarginalEffects
from interventions_stats.engine.fit.margins import marginal_effects as marginal_effects
from interventions_stats.engine.fit.predictions import Predictions as Predictions
from interventions_stats.engine.fit.predictions import predictions as predictions
from interventions_stats.engine.fit.separation import Separation as Separation
from interventions_stats.engine.models.batch import cloglog_batch as cloglog_batch
from interventions_stats.engine.models.batch import firth_logit_batch as firth_logit_batch
from interventions_stats.engine.models.batch import logit_batch as logit_batch
from interventions_stats.engine.models.batch import poisson_batch as poisson_batch
from interventions_stats.engine.models.batch_engine import BatchFit as BatchFit
from interventions_stats.engine.models.cloglog import cloglog as cloglog
from interventions_stats.engine.models.conditional_logit import conditional_logit as conditional_logit
from interventions_stats.engine.models.cox import cox as cox
from interventions_stats.engine.models.firth_logit import firth_logit as firth_logit
from interventions_stats.engine.models.flac import flac as flac
from interventions_stats.engine.models.logit import logit as logit
from interventions_stats.engine.models.negative_binomial import negative_binomial as negative_binomial
from interventions_stats.engine.models.poisson import poisson as poisson
from interventions_stats.engine.models.rare_events_logit import RareEventsFit as RareEventsFit
from interventions_stats.engine.models.rare_events_logit import rare_events_logit as rare_events_logit
from interventions_stats.engine.models.specification_batch import specification_batch as specification_batch

__all__ = [
    "BatchFit",
    "Covariance",
    "Design",
    "Fit",
    "MarginalEffects",
    "Predictions",
    "RareEventsFit",
    "Separation",
    "binomial_test",
    "build_design",
    "cloglog",
    "cloglog_batch",
    "cmh_test",
    "conditional_logit",
    "cox",
    "exact_logistic",
    "firth_logit",
    "firth_logit_batch",
    "fisher_test",
    "flac",
    "logit",
    "logit_batch",
    "marginal_effects",
    "negative_binomial",
    "poisson",
    "poisson_batch",
    "predictions",
    "rare_events_logit",
    "rate_ratio",
    "specification_batch",
]
