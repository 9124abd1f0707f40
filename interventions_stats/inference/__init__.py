"""Inference on plain arrays: permutation, equivalence, Bayes factors, severity, power and the diagnostics of a test."""

from __future__ import annotations

from interventions_stats._lazy import lazy

__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "analytic_mde": "power",
        "beta_binomial_bf01": "bayes_default",
        "block_permutation_test": "permutation.blocks",
        "break_test": "permutation.breaks",
        "circular_shift_test": "permutation.circular",
        "direction_bf": "bayes",
        "contrast_shift_test": "permutation.contrast",
        "correlation_bf10": "bayes_default",
        "dismissal_frontier": "equivalence",
        "half_normal_bf10": "bayes",
        "invert_test": "permutation.inversion",
        "jzs_bf10": "bayes_default",
        "max_statistic_test": "permutation.maximum",
        "minimum_effect_test": "equivalence",
        "noninferiority": "equivalence",
        "normal_bf10": "bayes",
        "overdispersion": "design_effect",
        "posterior_below": "bayes",
        "reverse": "equivalence",
        "s_value": "severity",
        "savage_dickey": "bayes",
        "severity_curve": "severity",
        "simulate_mde": "power",
        "stationarity_check": "stationarity",
        "superiority": "equivalence",
        "target_relabelling_test": "permutation.relabelling",
        "tost": "equivalence",
        "tost_correlation": "equivalence",
        "within_target_shift_test": "permutation.within_target",
        "within_year_shuffle_test": "permutation.relabelling",
    },
)
