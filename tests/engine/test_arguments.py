"""Bad input raises one clear error that names the thing and the place."""

from __future__ import annotations

import numpy as np
import pytest

from interventions_stats.engine.bounds import bayes, bayes_counts, bayes_default, equivalence, power, severity
from interventions_stats.engine.permutation import design_effect
from interventions_stats.engine.permutation.blocks import block_permutation_test
from interventions_stats.engine.permutation.breaks import break_test
from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.engine.permutation.contrast import contrast_shift_test
from interventions_stats.engine.permutation.maximum import max_statistic_test
from interventions_stats.engine.permutation.relabelling import target_relabelling_test, within_year_shuffle_test
from interventions_stats.engine.permutation.shift_batch import shift_p_values
from interventions_stats.engine.permutation.within_target import within_target_p_values, within_target_shift_test
from interventions_stats.errors import EstimationError, InputError, UnknownNameError

X = np.array([0.3, 1.0, -0.5, 2.0, 0.1, 0.7])
N = np.array([0, 1, 0, 0, 1, 0])
HOLE = np.array([0.3, np.nan, -0.5, 2.0, 0.1, 0.7])
PANEL = np.arange(12.0).reshape(3, 4) ** 1.5
HITS = np.zeros((3, 4))
HITS[0, 1] = 1
LATE = np.ones((3, 4), bool)
LATE[0, 0] = False


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: circular_shift_test(["a"] * 6, N), InputError, "'series' holds text"),
        (lambda: circular_shift_test(X[None], N), InputError, r"series must have 1 dimension\(s\), not 2"),
        (lambda: circular_shift_test([], []), InputError, "series is empty"),
        (lambda: circular_shift_test(np.where(X > 1, np.inf, X), N), InputError, "infinite value at position 3"),
        (lambda: circular_shift_test(HOLE, N), InputError, "first at position 1"),
        (lambda: circular_shift_test(HOLE, [0, 1, 0, 0, 0, 0], missing="mask"), InputError, "no onset is left"),
        (lambda: circular_shift_test(X * np.nan, N, missing="mask"), InputError, "no period is left"),
        (lambda: circular_shift_test(X, N[:5]), InputError, "they must cover the same periods"),
        (lambda: circular_shift_test(X, N * 0.5), InputError, "counts of 0 or more: position 1"),
        (lambda: circular_shift_test(X, -N), InputError, "counts of 0 or more: position 1"),
        (lambda: circular_shift_test(X, N * 0), InputError, "holds no onset"),
        (lambda: circular_shift_test(X, N, ["a"] * 5), InputError, "5 labels for 6 periods"),
        (lambda: circular_shift_test(X, N, ["a", None, "a", "a", "a", "a"]), InputError, "no label at position 1"),
        (lambda: circular_shift_test(X, N, alternative="more"), UnknownNameError, "unknown alternative 'more'"),
        (lambda: circular_shift_test(X, N, detrend="liner"), UnknownNameError, "Did you mean 'linear'"),
        (lambda: circular_shift_test(X, N, standardise="withn"), UnknownNameError, "Did you mean 'within'"),
        (lambda: circular_shift_test(X, N, missing="drop"), UnknownNameError, "Known: raise, mask"),
        (lambda: circular_shift_test(X, N, window=0), InputError, "window must be a whole number of at least 1"),
        (lambda: circular_shift_test(X, N, draws=5), InputError, "draws must be a whole number of at least 99"),
        (lambda: circular_shift_test(X * 0 + 0.1, N), EstimationError, "exposure that varies"),
        (lambda: circular_shift_test(np.arange(6.0), N, detrend="linear"), EstimationError, "after detrending"),
        (lambda: shift_p_values(np.stack([X, X]), np.stack([N, N])), InputError, "must be a single row"),
        (lambda: shift_p_values(np.stack([X, HOLE]), N), InputError, "must be complete"),
        (lambda: shift_p_values(X, np.stack([N, N * 0])), InputError, "history 1 holds no onset"),
        (lambda: shift_p_values(X, N[:5]), InputError, "the last axes must agree"),
        (lambda: block_permutation_test(X, N, block=6), EstimationError, "two whole blocks of 6"),
        (lambda: contrast_shift_test(X, X[:5], N), InputError, "two exposures have shapes"),
        (lambda: max_statistic_test(np.stack([X, X]), np.stack([N] * 3)), InputError, "same number of rows"),
        (lambda: max_statistic_test(np.stack([X, X]), N, names=["a", "a"]), InputError, "same name 'a' twice"),
        (lambda: max_statistic_test(np.stack([X, X * 0]), N, names=["a", "b"]), EstimationError, "hypothesis 'b'"),
        (lambda: within_target_shift_test(PANEL, HITS, LATE.astype(int)), InputError, "risk must be a boolean"),
        (lambda: within_target_shift_test(PANEL, np.roll(HITS, -1, 1), LATE), InputError, "outside the risk set"),
        (lambda: within_target_shift_test(np.where(LATE, PANEL, np.nan), HITS, LATE | True), InputError, "target 0, year 0"),
        (lambda: within_target_shift_test(PANEL, HITS, targets=["a"]), InputError, "1 names for 3 rows"),
        (lambda: within_target_shift_test(PANEL, HITS + np.eye(3, 4), LATE, common=True), InputError, "outside the risk"),
        (lambda: within_target_shift_test(PANEL, HITS + np.eye(3, 4, 1), LATE, common=True), InputError, "common shift needs"),
        (lambda: within_target_shift_test(PANEL, HITS, common=True, studentise=True), InputError, "set common=False"),
        (lambda: within_target_p_values(PANEL, HITS[:2]), InputError, "the panels must agree"),
        (lambda: target_relabelling_test(PANEL, HITS, LATE), EstimationError, "cut the panel to common years"),
        (lambda: within_year_shuffle_test(PANEL * 0, HITS), EstimationError, "two targets at risk"),
        (lambda: break_test(N, boundary=0), InputError, "must be from 1 to 5"),
        (lambda: break_test(N, np.r_[0.0, np.ones(5)], boundary=2), InputError, "6 positive numbers"),
        (lambda: break_test(N, np.r_[2.0, np.ones(5)], boundary=2), InputError, 'null="multinomial"'),
        (lambda: break_test([N], boundary=2), InputError, r"counts must have 1 dimension\(s\)"),
        (lambda: equivalence.noninferiority(0.1, 0.0, 0.4), InputError, "se must be positive"),
        (lambda: equivalence.noninferiority(np.nan, 1.0, 0.4), InputError, "estimate is NaN"),
        (lambda: equivalence.superiority("x", 1.0), InputError, "estimate must be a number"),
        (lambda: equivalence.superiority(0.1, 1.0, df=0), InputError, "df must be positive"),
        (lambda: equivalence.tost(0.1, 1.0, (0.4, -0.4)), InputError, "in order and apart"),
        (lambda: equivalence.tost_correlation(1.0, 50, 0.3), InputError, "r must lie strictly between -1 and 1"),
        (lambda: equivalence.tost_correlation(0.1, 3, 0.3), InputError, "n must be a whole number of at least 4"),
        (lambda: equivalence.dismissal_frontier(0.1, 0.2, reliability=0.0), InputError, "reliability must be above 0"),
        (lambda: bayes.half_normal_bf10(0.1, 0.2, 0.0), InputError, "scale must be positive"),
        (lambda: bayes.posterior_below(0.1, 0.2, 0.3, "flat", 1.0), InputError, "a flat prior has no scale"),
        (lambda: bayes.savage_dickey(0.1, 0.2, 0.3, "flat"), UnknownNameError, "unknown prior"),
        (lambda: bayes_counts.rate_ratio_bf10((0, 0), (1, 1), 0.4), InputError, "both counts of events are zero"),
        (lambda: bayes_counts.rate_ratio_bf10((1, 2), (0, 1), 0.4), InputError, "two positive numbers"),
        (lambda: bayes_counts.rate_ratio_bf10((1, 2.5), (1, 1), 0.4), InputError, "events must be two counts"),
        (lambda: bayes_counts.odds_ratio_likelihood([[0, 0], [1, 2]]), InputError, "a margin of the table is zero"),
        (lambda: bayes_counts.binomial_likelihood(5, 4, 0.5), InputError, "5 successes in 4 trials"),
        (lambda: bayes_default.jzs_bf10(2.0, 1), InputError, "n must be a whole number of at least 2"),
        (lambda: bayes_default.beta_binomial_bf01(5, 4), InputError, "k = 5 of n = 4"),
        (lambda: bayes_default.correlation_bf10(1.0, 10), InputError, "r must lie strictly"),
        (lambda: severity.s_value(1.2), InputError, "p must lie between 0 and 1"),
        (lambda: design_effect.calibrated_se(0.2, 0.5), InputError, "pass max"),
        (lambda: design_effect.overdispersion([1]), InputError, "dispersion cannot be measured"),
        (lambda: power.simulate_mde(X, N, effects=[0.1, 0.2]), InputError, "effects must start at 0"),
        (lambda: power.simulate_mde(X, N, baseline=X - 5), InputError, "baseline must be positive"),
        (lambda: power.simulate_mde(X, N * 4, replace=False), InputError, "8 onsets do not fit 6 periods"),
        (lambda: power.analytic_mde(0.2, alpha=0.0), InputError, "alpha must lie strictly between 0 and 1"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_importing_permutation_and_bounds_loads_no_heavy_library():
    import subprocess
    import sys

    code = (
        "import sys, pkgutil, importlib, interventions_stats.engine.permutation as p, interventions_stats.engine.bounds as b\n"
        "for i in (p, b):\n"
        "    for m in pkgutil.walk_packages(i.__path__, i.__name__ + '.'): importlib.import_module(m.name)\n"
        "print([m for m in ('pandas', 'scipy', 'statsmodels', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
