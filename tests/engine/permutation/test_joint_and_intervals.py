"""Maximum statistics, inverted intervals and breaks."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from interventions_stats.engine.permutation.breaks import break_test
from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.engine.permutation.inversion import invert_test
from interventions_stats.engine.permutation.maximum import max_statistic_test, step_down

RUSSIA = np.array([7, 2, 1, 3, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 3, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0])


def types(seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(26).cumsum()
    n = np.zeros((3, 26))
    n[0, [1, 4, 12]], n[1, [2, 20]], n[2, [4, 21, 22, 25]] = 1, 1, 1
    return x, n, [0] * 11 + [1] * 15


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_maximum_test_is_the_loop_over_joint_shifts(alternative):
    x, n, strata = types()
    z = np.r_[x[:11] - x[:11].mean(), x[11:] - x[11:].mean()]
    null = np.array([
        [np.roll(z[:11], -s) @ k[:11] + np.roll(z[11:], -t) @ k[11:] for k in n] for s, t in product(range(11), range(15))
    ]).T  # fmt: skip
    score = (null - null.mean(axis=1, keepdims=True)) / null.std(axis=1, keepdims=True)
    sign = {"greater": score, "less": -score, "two-sided": np.abs(score)}[alternative]
    own = sign[:, 0]
    test = max_statistic_test(x, n, strata, names=["combat", "peace", "other"], alternative=alternative)
    assert test.exact and test.n_null == 165 and test.names == ("combat", "peace", "other")
    assert test.scores == pytest.approx(score[:, 0])
    assert test.p_values == pytest.approx((sign >= own[:, None] - 1e-9).mean(axis=1))
    assert test.p_joint == pytest.approx((sign.max(axis=0) >= own.max() - 1e-9).mean())
    order = np.argsort(-own)
    adjusted, floor = {}, 0.0
    for step, k in enumerate(order):
        floor = max(floor, (sign[order[step:]].max(axis=0) >= own[k] - 1e-9).mean())
        adjusted[k] = floor
    assert test.p_adjusted == pytest.approx([adjusted[k] for k in range(3)])
    for k in range(3):
        assert test.p_values[k] == circular_shift_test(x, n[k], strata, alternative=alternative).p_value


def test_one_hypothesis_needs_no_adjustment_and_copies_cost_nothing():
    x, n, strata = types(1)
    one = max_statistic_test(x, n[0], strata)
    thrice = max_statistic_test(np.stack([x] * 3), n[0], strata)
    assert one.p_adjusted == one.p_values == pytest.approx(one.p_joint)
    assert thrice.p_adjusted == pytest.approx([one.p_values[0]] * 3)


def test_studentised_maximum_agrees_with_the_studentised_test():
    x, n, strata = types(2)
    joint = max_statistic_test(x, n, strata, detrend="linear", studentise=True)
    single = [circular_shift_test(x, k, strata, detrend="linear", studentise=True) for k in n]
    assert joint.scores == pytest.approx([s.studentised for s in single])
    assert joint.p_values == pytest.approx([s.p_greater for s in single])
    assert (joint.p_adjusted >= joint.p_values - 1e-12).all()


def test_sampled_maximum_agrees_with_the_exact_one():
    x, n, strata = types(3)
    exact = max_statistic_test(x, n, strata)
    drawn = max_statistic_test(x, n, strata, max_exact=100, draws=20_000)
    assert not drawn.exact and np.abs(drawn.p_adjusted - exact.p_adjusted).max() < 4.5 * np.sqrt(0.25 / 20_000)


def test_step_down_rejects_no_less_than_bonferroni_under_independence():
    rng = np.random.default_rng(4)
    null = rng.standard_normal((5, 20_000))
    observed = np.array([3.0, 2.5, 0.1, -0.4, 1.0])
    raw, adjusted, joint, _ = step_down(observed, null, "greater", exact=False)
    assert (adjusted >= raw).all() and adjusted[0] == joint
    tail = 0.5 * np.array([0.0026998, 0.0124193])
    assert adjusted[0] == pytest.approx(1 - (1 - tail[0]) ** 5, abs=4 * np.sqrt(0.0067 / 20_000))
    assert adjusted[1] == pytest.approx(1 - (1 - tail[1]) ** 4, abs=4 * np.sqrt(0.025 / 20_000))


@pytest.mark.parametrize("options", [{}, {"detrend": "linear"}, {"window": 8}, {"missing": "mask"}])
def test_interval_ends_where_the_test_of_the_shifted_series_crosses_its_level(options):
    rng = np.random.default_rng(5)
    x, n = rng.standard_normal(60) * 3, np.zeros(60)
    n[[3, 9, 14, 31, 44, 52]] = 1
    n[20] = 2
    x += 2.0 * (n > 0)
    strata = [0] * 25 + [1] * 35
    fit = invert_test(x, n, strata, level=0.9, standardise="none", **options)
    assert fit.low < fit.estimate < fit.high and fit.exact

    def p(theta, side):
        test = circular_shift_test(x - theta * (n > 0), n, strata, standardise="none", alternative=side, **options)
        return test.p_value

    step = 1e-6
    assert p(fit.low - step, "greater") <= 0.05 < p(fit.low + step, "greater")
    assert p(fit.high + step, "less") <= 0.05 < p(fit.high - step, "less")


def test_interval_in_standard_deviations_is_the_raw_one_rescaled():
    rng = np.random.default_rng(6)
    x, n = rng.standard_normal(50), rng.poisson(0.2, 50)
    a, b = invert_test(x, n), invert_test(x, n, standardise="none")
    assert [b.low, b.high, b.estimate] == pytest.approx([v * x.std(ddof=1) for v in (a.low, a.high, a.estimate)])


@pytest.mark.parametrize("options", [{}, {"window": 4}, {"detrend": "linear", "window": 6}])
def test_an_exposure_that_is_the_onsets_gives_its_effect_back(options):
    n = np.zeros(40)
    n[[3, 4, 9, 30]] = 1
    fit = invert_test(5.0 + 0.7 * n, n, standardise="none", **options)
    assert fit.estimate == pytest.approx(0.7) and fit.low <= 0.7 + 1e-9 and fit.high >= 0.7 - 1e-9


def test_interval_is_open_where_no_relabelling_could_reject():
    fit = invert_test([0.0, 1, 3, 2, 5], [0, 0, 1, 0, 0], level=0.95)
    assert fit.low == -np.inf and fit.high == np.inf and np.isfinite(fit.estimate)


@pytest.mark.slow
def test_interval_covers_a_planted_shift():
    rng = np.random.default_rng(7)
    hits, reps = 0, 400
    for _ in range(reps):
        n = np.zeros(100)
        n[rng.choice(100, 8, replace=False)] = 1
        x = rng.standard_normal(100) + 0.7 * n
        fit = invert_test(x, n, level=0.9, standardise="none")
        hits += fit.low <= 0.7 <= fit.high
    assert abs(hits / reps - 0.9) < 3.5 * np.sqrt(0.9 * 0.1 / reps)


def test_break_statistic_is_the_poisson_likelihood_ratio():
    from scipy.stats import poisson

    n, time = np.array([3, 1, 4, 0, 1, 0, 2]), np.array([1.0, 2, 1, 1, 3, 1, 2])
    test = break_test(n, time, boundary=3, draws=99, null="multinomial")
    for b, found in zip(test.breaks, test.likelihood_ratio, strict=True):
        rates = np.r_[np.full(b, n[:b].sum() / time[:b].sum()), np.full(7 - b, n[b:].sum() / time[b:].sum())]
        gain = poisson.logpmf(n, rates * time).sum() - poisson.logpmf(n, n.sum() / time.sum() * time).sum()
        assert found == pytest.approx(2 * gain)
    assert test.rate_before == pytest.approx(8 / 4) and test.rate_after == pytest.approx(3 / 7)


def test_exact_break_test_is_the_loop_over_orders():
    n, time = np.array([4, 2, 3, 0, 1, 0]), np.array([1.0, 1, 1.2, 1, 1.1, 1])
    test = break_test(n, time, boundary=3, min_segment=2)
    rows = [break_test(n[list(o)], time[list(o)], boundary=3, min_segment=2, max_exact=1, draws=99)
            for o in permutations(range(6))]  # fmt: skip
    assert test.exact and test.n_null == 720
    assert test.p_sup == pytest.approx(np.mean([r.sup >= test.sup - 1e-9 for r in rows]))
    assert test.p_boundary == pytest.approx(np.mean([r.at_boundary >= test.at_boundary - 1e-9 for r in rows]))
    assert test.p_rank == pytest.approx(np.mean([r.rank <= test.rank for r in rows]))
    drawn = break_test(n, time, boundary=3, min_segment=2, max_exact=1, draws=20_000)
    assert drawn.p_sup == pytest.approx(test.p_sup, abs=4 * np.sqrt(0.25 / 20_000))


def test_the_leader_boundary_is_not_the_best_break_of_the_russian_list():
    # 15 cases in 8 years, 10 in 21: the largest gain is at 1996, not at the change of leader in 2000
    test = break_test(RUSSIA, boundary=8)
    assert (test.rate_before, test.rate_after) == (15 / 8, 10 / 21)
    assert 1992 + test.best == 1996 and test.rank > 1
    assert test.p_boundary > break_test(RUSSIA, boundary=8, null="multinomial").p_boundary  # clustering costs


@pytest.mark.slow
@pytest.mark.parametrize("null", ["permutation", "multinomial"])
def test_break_test_keeps_its_size_under_a_constant_rate(null):
    rng = np.random.default_rng(8)
    reps = 600
    time = np.linspace(0.5, 1.5, 20) if null == "multinomial" else np.linspace(0.95, 1.05, 20)
    p = np.array([
        (t.p_sup, t.p_boundary, t.p_rank)
        for t in (break_test(rng.poisson(1.2 * time), time, boundary=8, null=null, draws=299, seed=i) for i in range(reps))
    ])  # fmt: skip
    assert ((p <= 0.05).mean(axis=0) < 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / reps)).all()
    assert (p[:, :2] <= 0.05).mean(axis=0).min() > 0.05 - 3.5 * np.sqrt(0.05 * 0.95 / reps)
