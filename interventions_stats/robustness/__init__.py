"""Robustness: the evidence gathered again under other choices.

The names below are loaded when first used. No module has the name of a function.
"""

from __future__ import annotations

from interventions_stats._lazy import lazy

__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        # every combination of choices, and inference over all of them
        "Choice": "specification_curve",
        "Exclusion": "choices",
        "Multiverse": "specification_curve",
        "multiverse": "specification_curve",
        "JointTest": "joint",
        "joint_designs": "joint",
        "joint_families": "joint",
        "joint_logit_test": "joint_refits",
        "joint_test": "joint",
        # event lists whose coding is uncertain
        "Candidates": "random_lists",
        "Uncertain": "random_lists",
        "over_definitions": "registered_definitions",
        "russian_candidates": "random_lists",
        "uncertain": "random_lists",
        # what single events, targets, years and leaders do
        "Flip": "smallest_flips",
        "Influence": "deletions",
        "influence": "deletions",
        "smallest_flip": "smallest_flips",
        # placebos and negative controls
        "PlaceboDates": "placebo",
        "falsifiers": "falsify",
        "far_targets": "placebo",
        "leads": "placebo",
        "placebo_dates": "placebo",
        "planted_effects": "planted",
        "unrelated_series": "placebo",
        # unmeasured confounding
        "EValue": "confounding",
        "RobustnessValue": "confounding",
        "Sensitivity": "sensitivities",
        "adjusted_coefficient": "confounding",
        "adjusted_log_ratio": "confounding",
        "Benchmark": "benchmark_covariates",
        "benchmark_confounder": "benchmark_covariates",
        "e_value": "confounding",
        "robustness_value": "confounding",
        "sensitivity": "sensitivities",
        # drivers against each other, and forecasts
        "HoldOut": "forecasts",
        "HorseRace": "dominance",
        "hold_out": "forecasts",
        "horse_race": "dominance",
    },
)
