"""One-sided tests, equivalence, frontier, severity: published values and dualities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from interventions_stats.engine.bounds.equivalence import (
    dismissal_frontier,
    minimum_effect_test,
    noninferiority,
    reverse,
    superiority,
    tost,
    tost_correlation,
)
from interventions_stats.engine.bounds.severity import s_value, severity, severity_curve


def test_tost_of_a_correlation_published():
    # the documented example of the R package TOSTER: r = .02, n = 100, bounds of .3
    test = tost_correlation(0.02, 100, 0.3)
    assert test.lower.p_value == pytest.approx(0.0005863917, abs=1e-9)
    assert test.upper.p_value == pytest.approx(0.002176282, abs=1e-9)
    assert [test.conf_low, test.conf_high] == pytest.approx([-0.145957, 0.1848622], abs=1e-6)
    assert test.p_value == test.upper.p_value and test.level == pytest.approx(0.9)


@pytest.mark.parametrize("df", [np.inf, 7.0])
def test_one_sided_tests_are_tails_of_the_reference_distribution(df):
    law = stats.norm if np.isinf(df) else stats.t(df)
    estimate, se, delta = 0.31, 0.22, 0.405
    assert superiority(estimate, se, df).p_value == pytest.approx(law.sf(estimate / se))
    assert reverse(estimate, se, df).p_value == pytest.approx(law.cdf(estimate / se))
    assert noninferiority(estimate, se, delta, df).p_value == pytest.approx(law.cdf((estimate - delta) / se))
    assert minimum_effect_test(estimate, se, delta, df).p_value == pytest.approx(law.sf((estimate - delta) / se))
    assert minimum_effect_test(estimate, se, delta, df, "less").p_value == pytest.approx(
        law.cdf((estimate + delta) / se)
    )
    both = tost(estimate, se, delta, df)
    assert both.lower.p_value == pytest.approx(law.sf((estimate + delta) / se))
    assert both.upper.p_value == noninferiority(estimate, se, delta, df).p_value


@pytest.mark.parametrize("df", [np.inf, 12.0])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_frontier_is_the_effect_that_is_just_dismissed(df, level):
    front = dismissal_frontier(0.1, 0.3, level, 0.8, df)
    assert noninferiority(0.1, 0.3, front.bound, df).p_value == pytest.approx(1 - level)
    assert front.ratio == pytest.approx(np.exp(front.bound))
    assert front.adjusted_ratio == pytest.approx(front.ratio ** (1 / 0.8))
    assert severity(0.1, 0.3, front.bound, df=df) == pytest.approx(level)


def test_equivalence_is_the_interval_within_the_bounds():
    rng = np.random.default_rng(0)
    for estimate, se in zip(rng.normal(0, 0.4, 200), rng.uniform(0.05, 0.5, 200), strict=True):
        test = tost(estimate, se, (-0.5, 0.6), alpha=0.05)
        assert (test.p_value <= 0.05) == (test.conf_low >= -0.5 and test.conf_high <= 0.6)


def test_hypotheses_say_what_is_rejected():
    assert superiority(0, 1).hypothesis == "theta <= 0" and reverse(0, 1).hypothesis == "theta >= 0"
    assert noninferiority(0, 1, 0.4).hypothesis == "theta >= delta"
    assert minimum_effect_test(0, 1, 0.4, side="less").hypothesis == "theta >= -delta"


def test_severity_complements_the_one_sided_p_values():
    curve = severity_curve(0.2, 0.1)
    assert len(curve.theta) == 101 and (np.diff(curve.severity) > 0).all()
    below = [1 - noninferiority(0.2, 0.1, t).p_value for t in curve.theta]
    assert curve.severity == pytest.approx(below)
    above = severity_curve(0.2, 0.1, curve.theta, claim="above")
    assert above.severity == pytest.approx(1 - curve.severity)


@pytest.mark.parametrize(("p", "bits"), [(1.0, 0.0), (0.5, 1.0), (2.0**-10, 10.0), (0.0, np.inf)])
def test_s_values_are_bits(p, bits):
    assert s_value(p) == bits
    assert np.signbit(s_value(1.0)) == np.False_


def test_bounds_may_be_a_pair_and_the_interval_has_the_level_asked_for():
    for df, law in ((np.inf, stats.norm), (9.0, stats.t(9.0))):
        test = tost(0.1, 0.2, (-0.3, 0.7), df, alpha=0.1)
        assert test.lower.p_value == pytest.approx(law.sf(0.4 / 0.2))
        assert test.upper.p_value == pytest.approx(law.cdf((0.1 - 0.7) / 0.2))
        assert test.p_value == max(test.lower.p_value, test.upper.p_value) and test.level == pytest.approx(0.8)
        half = law.ppf(0.9) * 0.2
        assert (test.estimate, test.conf_low, test.conf_high) == pytest.approx((0.1, 0.1 - half, 0.1 + half))
        assert test.lower.statistic == pytest.approx(2.0) and test.upper.statistic == pytest.approx(-3.0)
    pair = tost_correlation(0.1, 40, (-0.2, 0.5), alpha=0.025)
    z, se = np.arctanh(0.1), 1 / np.sqrt(37)
    assert pair.lower.p_value == pytest.approx(stats.norm.sf((z - np.arctanh(-0.2)) / se))
    assert pair.upper.p_value == pytest.approx(stats.norm.cdf((z - np.arctanh(0.5)) / se))
    limits = np.tanh(z + np.array([-1, 1]) * stats.norm.ppf(0.975) * se)
    assert (pair.estimate, pair.conf_low, pair.conf_high, pair.level) == pytest.approx((0.1, *limits, 0.95))
    assert tost_correlation(0.1, 4, 0.5).conf_high == pytest.approx(np.tanh(z + stats.norm.ppf(0.95)))


def test_what_is_out_of_range_is_refused_and_the_edge_is_not():
    from interventions_stats.errors import InputError

    for bad in (
        lambda: tost(0.1, 0.2, (0.4, 0.4)),
        lambda: tost(0.1, 0.2, 0.0),
        lambda: tost(0.1, 0.2, 0.5, alpha=1.0),
        lambda: tost_correlation(0.1, 50, 1.0),
        lambda: tost_correlation(0.1, 50, (-1.0, 0.3)),
        lambda: tost_correlation(-1.0, 50, 0.3),
        lambda: dismissal_frontier(0.1, 0.2, reliability=1.01),
        lambda: dismissal_frontier(0.1, 0.2, level=1.0),
        lambda: minimum_effect_test(0.1, 0.2, 0.0),
        lambda: superiority(0.1, 0.2, df=-1),
        lambda: s_value(-0.1),
        lambda: severity(0.1, 0.2, 0.3, claim="beyond"),
    ):
        with pytest.raises(InputError):
            bad()
    front = dismissal_frontier(0.1, 0.2, reliability=1.0)
    assert front.adjusted_bound == front.bound and front.adjusted_ratio == front.ratio and front.level == 0.95
    assert superiority(0.1, 0.2, df=0.5).p_value == pytest.approx(stats.t(0.5).sf(0.5))
    assert dismissal_frontier(800.0, 1.0).ratio == np.inf


def test_severity_takes_the_bound_and_the_degrees_of_freedom_it_is_given():
    for df, law in ((np.inf, stats.norm), (5.0, stats.t(5.0))):
        assert severity(0.2, 0.1, 0.35, df=df) == pytest.approx(law.cdf(1.5))
        assert severity(0.2, 0.1, 0.35, claim="above", df=df) == pytest.approx(law.sf(1.5))
    grid = severity_curve(0.2, 0.1).theta
    assert (grid[0], grid[50], grid[-1]) == pytest.approx((-0.2, 0.2, 0.6))
    assert superiority(0.5, 0.25).s_value == pytest.approx(-np.log2(superiority(0.5, 0.25).p_value))
