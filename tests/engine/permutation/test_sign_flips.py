"""The sign-flip score test against statsmodels' clustered Poisson regression, all patterns of signs, and its size under frailty."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import statsmodels.api as sm

from interventions_stats.errors import EstimationError, InputError
from interventions_stats.inference import sign_flip_test


def history(seed, units=20, periods=15, effect=0.4, frailty=0.0, level=-1.2):
    rng = np.random.default_rng(seed)
    u, t = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    state = np.zeros((units, periods))
    state[:, 0] = rng.normal(0, frailty, units)
    for k in range(1, periods):
        state[:, k] = 0.9 * state[:, k - 1] + rng.normal(0, frailty * np.sqrt(1 - 0.81), units)
    x = rng.normal(5.0, 3.0, u.size) + 0.4 * t
    counts = rng.poisson(np.exp(level + effect * (x - 5) / 3 + rng.normal(0, 0.7, units)[u] - 0.05 * t + state.ravel()))
    return counts, x, u, t


@pytest.mark.parametrize("trends", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_estimate_and_error_are_those_of_a_clustered_poisson_regression(trends, seed):
    counts, x, u, t = history(seed, level=0.3)  # enough onsets that no unit's own trend runs away
    z = np.random.default_rng(seed).normal(size=(x.size, 2))
    test = sign_flip_test(counts, x, u, t, controls=z, trends=trends)
    told = np.isin(u, u[counts > 0]) & np.isin(t, t[counts > 0])
    units, periods = np.unique(u[told]), np.unique(t[told])
    columns = [x[told], *z[told].T, *(u[told] == units[:, None]), *(t[told] == periods[1:, None])]
    columns += [(u[told] == i) * t[told] for i in units[1:]] if trends else []
    model = sm.GLM(counts[told], np.column_stack(columns).astype(float), family=sm.families.Poisson())
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": u[told], "use_correction": False}, tol=1e-12)
    assert test.estimate == pytest.approx(fit.params[0], abs=1e-8)
    assert test.std_error == pytest.approx(fit.bse[0], rel=1e-5)
    assert test.tails(test.bound())[1] == pytest.approx(0.05, abs=0.002)
    assert test.bound(upper=False) < test.estimate < test.bound()


def test_every_pattern_of_signs_is_tried_for_few_units():
    counts, x, u, t = history(3, units=7)
    test = sign_flip_test(counts, x, u, t)
    scores, _ = test.scores_at(0.0)
    sums = [np.dot(s, scores) for s in product((1, -1), repeat=len(scores))]
    assert test.p_greater == pytest.approx(np.mean(np.array(sums) >= scores.sum() - 1e-9), abs=1e-12)
    assert test.attainable == 2.0 ** -len(scores)


def test_effects_of_finer_strata_and_of_choice_sets_are_those_of_a_clustered_poisson_regression():
    counts, x, u, t = history(5, units=12, level=0.3)
    names = np.array([f"state {k}" for k in range(12)])[u]
    # parts of a state at random; its even and odd years, which no row connects; sets of five years
    for strata, periods, redundant in ((2 * u + (x > 5), t, 0), (2 * u + t % 2, t, 1), (100 * u + t // 5, None, 0)):
        test = sign_flip_test(counts, x, names, periods, strata=strata)
        told = np.isin(strata, strata[counts > 0])
        columns = [x[told], *(strata[told] == np.unique(strata[told])[:, None])]
        columns += [] if periods is None else [*(t[told] == np.unique(t[told])[1 + redundant :, None])]
        model = sm.GLM(counts[told], np.column_stack(columns).astype(float), family=sm.families.Poisson())
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": u[told], "use_correction": False}, tol=1e-12)
        assert test.estimate == pytest.approx(fit.params[0], abs=1e-8)
        assert test.std_error == pytest.approx(fit.bse[0], rel=1e-5)
        assert test.n_units == 12 and test.largest.startswith("state ")


@pytest.mark.parametrize("label", [lambda t: 1950 + 2 * t, lambda t: np.array([f"{1990 + k}" for k in t], object)])
def test_trends_follow_time_whatever_the_order_of_rows(label):
    counts, x, u, t = history(7, level=0.3)
    order = np.random.default_rng(0).permutation(u.size)
    one = sign_flip_test(counts, x, u, t, trends=True, draws=99)
    other = sign_flip_test(counts[order], x[order], u[order], label(t)[order], trends=True, draws=99)
    assert other.estimate == pytest.approx(one.estimate, abs=1e-8)
    assert other.std_error == pytest.approx(one.std_error, rel=1e-6)


def test_limits_from_tabulated_scores_are_those_of_exact_ones():
    counts, x, u, t = history(6)
    test = sign_flip_test(counts, x, u, t, draws=499)
    for upper in (False, True):
        limit, step = test.bound(upper=upper), 0.003 * test.std_error * (1 if upper else -1)
        k = 1 if upper else 0
        assert test.tails(limit - step)[k] > 0.05 - 0.002 and test.tails(limit + step)[k] <= 0.05 + 0.002


def test_units_of_the_exposure_do_not_matter():
    counts, x, u, t = history(4)
    one, other = sign_flip_test(counts, x, u, t), sign_flip_test(counts, 1e7 + 1e-3 * x, u, t)
    assert other.estimate == pytest.approx(1e3 * one.estimate, rel=1e-5)
    assert other.p_greater == one.p_greater


@pytest.mark.slow
def test_persistent_frailty_leaves_the_size():
    """AR(1) frailty with SD 1.3 and autocorrelation .9 in years, and an exposure as persistent."""
    p = []
    for seed in range(300):
        counts, _, u, t = history(seed, units=40, periods=30, effect=0.0, frailty=1.3)
        x = np.cumsum(np.random.default_rng(10_000 + seed).normal(size=(40, 30)), axis=1).ravel()
        p.append(sign_flip_test(counts, x, u, t, draws=999).p_greater)
    assert abs(np.mean(np.array(p) <= 0.05) - 0.05) <= 0.02 + 2 * np.sqrt(0.05 * 0.95 / len(p))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"counts": np.zeros(300)}, InputError, "no onset"),
        ({"units": np.arange(3)}, InputError, "units has 3 labels"),
        ({"exposure": np.r_[np.nan, np.ones(299)]}, InputError, "exposure is missing"),
        ({"exposure": np.tile(np.arange(15.0), 20)}, EstimationError, "explain the exposure"),
        ({"units": np.zeros(300)}, EstimationError, "at least two"),
    ],
)
def test_bad_input_is_named(change, error, message):
    counts, x, u, t = history(5)
    given = {"counts": counts, "exposure": x, "units": u, "periods": t, **change}
    with pytest.raises(error, match=message):
        sign_flip_test(**given)
