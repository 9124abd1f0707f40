"""What type checkers know of this face. Written by `make stubs` from `__init__.py`; do not edit."""

from interventions_stats.robustness.benchmark_covariates import Benchmark as Benchmark
from interventions_stats.robustness.benchmark_covariates import benchmark_confounder as benchmark_confounder
from interventions_stats.robustness.choices import Exclusion as Exclusion
from interventions_stats.robustness.confounding import EValue as EValue
from interventions_stats.robustness.confounding import RobustnessValue as RobustnessValue
from interventions_stats.robustness.confounding import adjusted_coefficient as adjusted_coefficient
from interventions_stats.robustness.confounding import adjusted_log_ratio as adjusted_log_ratio
from interventions_stats.robustness.confounding import e_value as e_value
from interventions_stats.robustness.confounding import robustness_value as robustness_value
from interventions_stats.robustness.deletions import Influence as Influence
from interventions_stats.robustness.deletions import influence as influence
from interventions_stats.robustness.dominance import HorseRace as HorseRace
from interventions_stats.robustness.dominance import horse_race as horse_race
from interventions_stats.robustness.falsify import falsifiers as falsifiers
from interventions_stats.robustness.forecasts import HoldOut as HoldOut
from interventions_stats.robustness.forecasts import hold_out as hold_out
from interventions_stats.robustness.joint import JointTest as JointTest
from interventions_stats.robustness.joint import joint_designs as joint_designs
from interventions_stats.robustness.joint import joint_families as joint_families
from interventions_stats.robustness.joint import joint_test as joint_test
from interventions_stats.robustness.joint_refits import joint_logit_test as joint_logit_test
from interventions_stats.robustness.placebo import PlaceboDates as PlaceboDates
from interventions_stats.robustness.placebo import far_targets as far_targets
from interventions_stats.robustness.placebo import leads as leads
from interventions_stats.robustness.placebo import placebo_dates as placebo_dates
from interventions_stats.robustness.placebo import unrelated_series as unrelated_series
from interventions_stats.robustness.planted import planted_effects as planted_effects
from interventions_stats.robustness.random_lists import Candidates as Candidates
from interventions_stats.robustness.random_lists import Uncertain as Uncertain
from interventions_stats.robustness.random_lists import russian_candidates as russian_candidates
from interventions_stats.robustness.random_lists import uncertain as uncertain
from interventions_stats.robustness.registered_definitions import over_definitions as over_definitions
from interventions_stats.robustness.sensitivities import Sensitivity as Sensitivity
from interventions_stats.robustness.sensitivities import sensitivity as sensitivity
from interventions_stats.robustness.smallest_flips import Flip as Flip
from interventions_stats.robustness.smallest_flips import smallest_flip as smallest_flip
from interventions_stats.robustness.specification_curve import Choice as Choice
from interventions_stats.robustness.specification_curve import Multiverse as Multiverse
from interventions_stats.robustness.specification_curve import multiverse as multiverse

__all__ = [
    "Choice",
    "Exclusion",
    "Multiverse",
    "multiverse",
    "JointTest",
    "joint_designs",
    "joint_families",
    "joint_logit_test",
    "joint_test",
    "Candidates",
    "Uncertain",
    "over_definitions",
    "russian_candidates",
    "uncertain",
    "Flip",
    "Influence",
    "influence",
    "smallest_flip",
    "PlaceboDates",
    "falsifiers",
    "far_targets",
    "leads",
    "placebo_dates",
    "planted_effects",
    "unrelated_series",
    "EValue",
    "RobustnessValue",
    "Sensitivity",
    "adjusted_coefficient",
    "adjusted_log_ratio",
    "Benchmark",
    "benchmark_confounder",
    "e_value",
    "robustness_value",
    "sensitivity",
    "HoldOut",
    "HorseRace",
    "hold_out",
    "horse_race",
]
