"""Exact tests and intervals: rates, 2 x 2 tables, strata, logistic regression, proportions."""

from __future__ import annotations

from interventions_stats.estimators.exact_binomial import binomial_test
from interventions_stats.estimators.exact_conditional import ExactLogisticResult, exact_logistic
from interventions_stats.estimators.exact_rate import rate_ratio
from interventions_stats.estimators.exact_result import ExactResult
from interventions_stats.estimators.exact_tables import CMHResult, FisherResult, cmh_test, fisher_test

__all__ = [
    "CMHResult",
    "ExactLogisticResult",
    "ExactResult",
    "FisherResult",
    "binomial_test",
    "cmh_test",
    "exact_logistic",
    "fisher_test",
    "rate_ratio",
]
