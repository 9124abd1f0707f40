"""Inference on plain arrays: permutation, equivalence, Bayes factors, severity, power and the diagnostics of a test.

The names are loaded from the engine when first used.
"""

from __future__ import annotations

from interventions_stats._lazy import lazy

__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "analytic_mde": "engine.bounds.power",
        "beta_binomial_bf01": "engine.bounds.bayes_default",
        "block_permutation_test": "engine.permutation.blocks",
        "break_test": "engine.permutation.breaks",
        "circular_shift_test": "engine.permutation.circular",
        "direction_bf": "engine.bounds.bayes",
        "contrast_shift_test": "engine.permutation.contrast",
        "correlations": "engine.bounds.correlation",
        "correlation_bf10": "engine.bounds.bayes_default",
        "dismissal_frontier": "engine.bounds.equivalence",
        "half_normal_bf10": "engine.bounds.bayes",
        "invert_test": "engine.permutation.inversion",
        "jzs_bf10": "engine.bounds.bayes_default",
        "max_statistic_test": "engine.permutation.maximum",
        "minimum_effect_test": "engine.bounds.equivalence",
        "noninferiority": "engine.bounds.equivalence",
        "normal_bf10": "engine.bounds.bayes",
        "overdispersion": "engine.permutation.design_effect",
        "pool": "engine.bounds.pooling",
        "pooling_coverage": "engine.bounds.pooling_coverage",
        "posterior_below": "engine.bounds.bayes",
        "random_effects": "engine.bounds.random_effects",
        "reverse": "engine.bounds.equivalence",
        "s_value": "engine.bounds.severity",
        "savage_dickey": "engine.bounds.bayes",
        "severity_curve": "engine.bounds.severity",
        "simulate_mde": "engine.bounds.power",
        "sign_flip_test": "engine.permutation.sign_flips",
        "stationarity_check": "engine.permutation.stationarity",
        "superiority": "engine.bounds.equivalence",
        "target_relabelling_test": "engine.permutation.relabelling",
        "tost": "engine.bounds.equivalence",
        "two_margin_test": "engine.permutation.two_margins",
        "tost_correlation": "engine.bounds.equivalence",
        "within_target_shift_test": "engine.permutation.within_target",
        "within_year_shuffle_test": "engine.permutation.relabelling",
    },
    root="interventions_stats",
)
