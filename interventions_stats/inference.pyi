"""What type checkers know of this face. Written by `make stubs` from `inference.py`; do not edit."""

from interventions_stats.engine.bounds.bayes import direction_bf as direction_bf
from interventions_stats.engine.bounds.bayes import half_normal_bf10 as half_normal_bf10
from interventions_stats.engine.bounds.bayes import normal_bf10 as normal_bf10
from interventions_stats.engine.bounds.bayes import posterior_below as posterior_below
from interventions_stats.engine.bounds.bayes import savage_dickey as savage_dickey
from interventions_stats.engine.bounds.bayes_default import beta_binomial_bf01 as beta_binomial_bf01
from interventions_stats.engine.bounds.bayes_default import correlation_bf10 as correlation_bf10
from interventions_stats.engine.bounds.bayes_default import jzs_bf10 as jzs_bf10
from interventions_stats.engine.bounds.correlation import correlations as correlations
from interventions_stats.engine.bounds.equivalence import dismissal_frontier as dismissal_frontier
from interventions_stats.engine.bounds.equivalence import minimum_effect_test as minimum_effect_test
from interventions_stats.engine.bounds.equivalence import noninferiority as noninferiority
from interventions_stats.engine.bounds.equivalence import reverse as reverse
from interventions_stats.engine.bounds.equivalence import superiority as superiority
from interventions_stats.engine.bounds.equivalence import tost as tost
from interventions_stats.engine.bounds.equivalence import tost_correlation as tost_correlation
from interventions_stats.engine.bounds.pooling import pool as pool
from interventions_stats.engine.bounds.pooling_coverage import pooling_coverage as pooling_coverage
from interventions_stats.engine.bounds.power import analytic_mde as analytic_mde
from interventions_stats.engine.bounds.power import simulate_mde as simulate_mde
from interventions_stats.engine.bounds.random_effects import random_effects as random_effects
from interventions_stats.engine.bounds.severity import s_value as s_value
from interventions_stats.engine.bounds.severity import severity_curve as severity_curve
from interventions_stats.engine.permutation.blocks import block_permutation_test as block_permutation_test
from interventions_stats.engine.permutation.breaks import break_test as break_test
from interventions_stats.engine.permutation.circular import circular_shift_test as circular_shift_test
from interventions_stats.engine.permutation.contrast import contrast_shift_test as contrast_shift_test
from interventions_stats.engine.permutation.design_effect import overdispersion as overdispersion
from interventions_stats.engine.permutation.inversion import invert_test as invert_test
from interventions_stats.engine.permutation.maximum import max_statistic_test as max_statistic_test
from interventions_stats.engine.permutation.relabelling import target_relabelling_test as target_relabelling_test
from interventions_stats.engine.permutation.relabelling import within_year_shuffle_test as within_year_shuffle_test
from interventions_stats.engine.permutation.sign_flips import sign_flip_test as sign_flip_test
from interventions_stats.engine.permutation.stationarity import stationarity_check as stationarity_check
from interventions_stats.engine.permutation.two_margins import two_margin_test as two_margin_test
from interventions_stats.engine.permutation.within_target import within_target_shift_test as within_target_shift_test

__all__ = [
    "analytic_mde",
    "beta_binomial_bf01",
    "block_permutation_test",
    "break_test",
    "circular_shift_test",
    "direction_bf",
    "contrast_shift_test",
    "correlations",
    "correlation_bf10",
    "dismissal_frontier",
    "half_normal_bf10",
    "invert_test",
    "jzs_bf10",
    "max_statistic_test",
    "minimum_effect_test",
    "noninferiority",
    "normal_bf10",
    "overdispersion",
    "pool",
    "pooling_coverage",
    "posterior_below",
    "random_effects",
    "reverse",
    "s_value",
    "savage_dickey",
    "severity_curve",
    "simulate_mde",
    "sign_flip_test",
    "stationarity_check",
    "superiority",
    "target_relabelling_test",
    "tost",
    "two_margin_test",
    "tost_correlation",
    "within_target_shift_test",
    "within_year_shuffle_test",
]
