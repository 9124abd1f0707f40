"""Conditional families by hand and at their ends: one value only, none to the left, far from the middle."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.special import comb

from interventions_stats.engine.exact.exact_result import options
from interventions_stats.engine.exact.family import (
    ConditionalFamily,
    PValues,
    _log_sum,
    _root,
    central_limits,
    conditional_mle,
    convolve,
    from_log_ratios,
    median_unbiased,
    minlike_limits,
    p_values,
)
from interventions_stats.engine.intake.scalars import check_whole
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.estimators import binomial_test, cmh_test, fisher_test, rate_ratio

POINT = ConditionalFamily(np.array([4.0]), np.array([0.0]))


def binomial(n: int) -> ConditionalFamily:
    return ConditionalFamily(np.arange(n + 1.0), np.log(comb(n, np.arange(n + 1))))


def test_one_possible_value_says_nothing() -> None:
    assert POINT.is_degenerate and not binomial(1).is_degenerate
    assert p_values(POINT, 0, 0.7) == PValues(1.0, 1.0, 1.0, 1.0) == p_values(POINT, 0, 0.7, midp=True)
    assert math.isnan(conditional_mle(POINT, 0)) and math.isnan(median_unbiased(POINT, 0))
    assert central_limits(POINT, 0, 0.025, 0.025) == (-math.inf, math.inf) == minlike_limits(POINT, 0, 0.05)
    for table in ([[0, 0], [3, 4]], [[2, 0], [5, 0]]):
        for interval in ("central", "minlike"):
            result = fisher_test(table, interval=interval)
            assert math.isnan(result.estimate) and (result.conf_low, result.conf_high) == (0.0, math.inf)
            assert result.p_value == 1.0 and "not identified" in result.remarks[0]
            assert result.comparisons() == ()


@pytest.mark.parametrize("dispersion", [1, 2.5])
def test_no_event_in_either_group(dispersion: float) -> None:
    result = rate_ratio((0, 0), (3, 4), dispersion=dispersion)
    assert math.isnan(result.estimate) and (result.conf_low, result.conf_high) == (0.0, math.inf)
    assert result.p_value == 1.0 and result.p_values == PValues(1.0, 1.0, 1.0, 1.0)
    assert any("not identified" in r for r in result.remarks)


@pytest.mark.parametrize(("events", "edge"), [((0, 6), True), ((6, 0), True), ((3, 4), False), ((0, 0), None)])
@pytest.mark.parametrize("dispersion", [1, 2.0])
def test_what_is_remarked_on_a_ratio(events: tuple[int, int], edge: bool | None, dispersion: float) -> None:
    remarks = rate_ratio(events, (1, 1), dispersion=dispersion).remarks
    assert any("at the edge" in r for r in remarks) == bool(edge)
    assert any("not identified" in r for r in remarks) == (edge is None)
    assert any("inflated by 2" in r for r in remarks) == (dispersion > 1) and len(remarks) == (edge is not False) + (
        dispersion > 1
    )
    with pytest.raises(InputError, match="at least 1"):
        rate_ratio(events, (1, 1), dispersion=0.99)


@pytest.mark.parametrize("theta", [-1.3, 0.0, 0.8])
@pytest.mark.parametrize("midp", [False, True])
def test_p_values_of_a_binomial(theta: float, midp: bool) -> None:
    n, half = 7, 0.5 if midp else 1.0
    law = stats.binom(n, 1 / (1 + math.exp(-theta)))
    weights = law.pmf(np.arange(n + 1))
    for i in range(n + 1):
        found = p_values(binomial(n), i, theta, midp=midp)
        less, greater = (law.cdf(i) - (1 - half) * weights[i], law.sf(i - 1) - (1 - half) * weights[i])
        assert (found.less, found.greater) == pytest.approx((less, greater))
        assert found.central == pytest.approx(min(1.0, 2 * min(less, greater)))
        same = np.isclose(weights, weights[i], rtol=1e-7)
        expected = weights[(weights < weights[i]) & ~same].sum() + half * weights[same].sum()
        assert found.minlike == pytest.approx(expected)
        for name in ("less", "greater"):
            assert found.get(name, "central") == getattr(found, name)  # type: ignore[arg-type]
        assert found.get("two-sided", "minlike") == found.minlike and found.get("two-sided", "central") == found.central


@pytest.mark.parametrize("i", range(7))
def test_limits_and_estimates_of_a_binomial(i: int) -> None:
    n, family = 6, binomial(6)
    low, high = central_limits(family, i, 0.05, 0.1)
    ends = [stats.beta.ppf(0.05, i, n - i + 1) if i else 0.0, stats.beta.ppf(0.9, i + 1, n - i) if i < n else 1.0]
    with np.errstate(divide="ignore"):
        assert_allclose([low, high], np.log(ends) - np.log1p(-np.array(ends)), rtol=1e-10)
    assert central_limits(family, i, 0.0, 0.1)[0] == -math.inf and central_limits(family, i, 0.05, 0.0)[1] == math.inf
    estimate = conditional_mle(family, i)
    if i in (0, n):
        assert estimate == (-math.inf if i == 0 else math.inf)
        one = central_limits(family, i, 0.5, 0.5)[1 if i == 0 else 0]
        assert median_unbiased(family, i) == pytest.approx(one)  # the only finite end
    else:
        assert estimate == pytest.approx(math.log(i / (n - i)), abs=1e-12)
        assert family.mean(estimate) == pytest.approx(i)
        assert median_unbiased(family, i) == pytest.approx(sum(central_limits(family, i, 0.5, 0.5)) / 2)
    for theta, upper in ((low, True), (high, False)):
        if math.isfinite(theta):
            assert math.exp(family.log_tail(i, theta, upper)) == pytest.approx(0.05 if upper else 0.1)
    half = central_limits(family, i, 0.05, 0.1, midp=True)
    for theta, upper, alpha in ((half[0], True, 0.05), (half[1], False, 0.1)):
        if math.isfinite(theta):
            assert math.exp(family.log_tail(i, theta, upper, 0.5)) == pytest.approx(alpha)


@pytest.mark.parametrize("n", [1, 2, 4, 7])
def test_minimum_likelihood_limits_are_the_ends_of_what_is_kept(n: int) -> None:
    """Against a fine grid of the p-value itself."""
    family, alpha = binomial(n), 0.12
    grid = np.linspace(-7, 7, 561)
    for i in range(n + 1):
        low, high = minlike_limits(family, i, alpha)
        kept = grid[[p_values(family, i, t).minlike > alpha for t in grid]]
        step = grid[1] - grid[0]
        assert low == -math.inf if i == 0 else low == pytest.approx(kept.min(), abs=1.01 * step)
        assert high == math.inf if i == n else high == pytest.approx(kept.max(), abs=1.01 * step)


@pytest.mark.parametrize("n", [40, 150])
@pytest.mark.parametrize("alpha", [0.01, 0.3, 0.7])
def test_minimum_likelihood_limits_of_large_samples(n: int, alpha: float) -> None:
    """Nothing beyond them is kept, and what lies just within is."""
    family = binomial(n)
    for i in (1, n // 9, n // 2, n - 2):
        low, high = minlike_limits(family, i, alpha)
        for limit, way in ((low, -1), (high, 1)):
            assert p_values(family, i, limit - way * 1e-9).minlike > alpha * (1 - 1e-6)
            beyond = limit + way * np.r_[1e-6, np.linspace(1e-3, 4, 200)]
            assert max(p_values(family, i, t).minlike for t in beyond) <= alpha


@pytest.mark.parametrize("n", [3, 40, 97, 400])
def test_no_p_value_is_above_one(n: int) -> None:
    family = binomial(n)
    for i, theta in product((0, 1, n // 2, n - 1, n), np.linspace(-4, 4, 41)):
        found = p_values(family, i, float(theta))
        assert max(found.less, found.greater, found.central, found.minlike) <= 1.0


@pytest.mark.parametrize(
    ("table", "edge"),
    [
        ([[0, 5], [3, 4]], True),
        ([[3, 0], [2, 4]], True),
        ([[2, 2], [2, 2]], False),
        ([[1, 3], [3, 1]], False),
        ([[5, 0], [0, 5]], True),
    ],
)
def test_a_table_at_the_end_of_its_range_is_remarked_on(table: list[list[int]], edge: bool) -> None:
    assert any("end of its range" in r for r in fisher_test(table).remarks) == edge
    assert any("end of its range" in r for r in cmh_test([table, table]).remarks) == edge


def test_families_on_integers_from_their_ratios_and_their_sums() -> None:
    for n in (1, 4, 11):
        x = np.arange(n)
        found = from_log_ratios(3, np.log((n - x) / (x + 1)))
        assert found.support.tolist() == list(range(3, n + 4))
        assert_allclose(np.diff(found.log_coefficients), np.diff(np.log(comb(n, np.arange(n + 1)))), atol=1e-12)
        assert found.log_coefficients.max() == pytest.approx(0.0, abs=1e-12)
    assert from_log_ratios(5, np.zeros(0)).support.tolist() == [5]
    falling = from_log_ratios(0, np.array([-1.0, -2.0]))
    assert_allclose(falling.log_coefficients, [0, -1, -3])
    for a, b in product((1, 3, 6), repeat=2):
        both = convolve(binomial(a), binomial(b))
        assert both.support.tolist() == list(range(a + b + 1))
        expected = np.log(comb(a + b, np.arange(a + b + 1)))
        assert_allclose(both.log_coefficients, expected - expected.max(), atol=1e-12)
    moved = ConditionalFamily(np.array([2.0, 3.0]), np.array([0.0, 1.0]))
    assert convolve(moved, moved).support.tolist() == [4, 5, 6]


def test_a_family_seen_from_the_other_side() -> None:
    family = ConditionalFamily(np.array([0.0, 1, 3, 4]), np.array([0.0, 1.5, 0.3, -2]))
    other = family.mirrored()
    assert other.support.tolist() == [-4, -3, -1, 0] and family.index(3.2) == 2
    for i, theta in product(range(4), (-0.7, 0.4)):
        one, two = p_values(family, i, theta), p_values(other, 3 - i, -theta)
        assert (one.less, one.greater, one.minlike) == pytest.approx((two.greater, two.less, two.minlike))
    assert_allclose(family.probabilities(0.4), other.probabilities(-0.4)[::-1])
    assert family.probabilities(0.4).sum() == pytest.approx(1.0) and family.log_weights(0.4).max() == 0.0


def test_sums_and_roots_at_their_ends() -> None:
    assert _log_sum(np.zeros(0)) == -math.inf and _log_sum(np.full(3, -np.inf)) == -math.inf
    assert _log_sum(np.log([1.0, 2.0, 4.0])) == pytest.approx(math.log(7)) and _log_sum(np.array([-800.0])) == -800.0
    assert _root(lambda t: t - 3.0, 3.0) == 3.0
    for goal in (-40.0, -0.3, 0.2, 1_000.0):
        assert _root(lambda t, goal=goal: t - goal, 0.0) == pytest.approx(goal, rel=1e-14)
    with pytest.raises(EstimationError, match="no finite parameter"):
        _root(lambda t: -1.0, 0.0)
    with pytest.raises(InputError, match="limited to 20000 support points and the data have 20001"):
        minlike_limits(ConditionalFamily(np.arange(20_001.0), np.zeros(20_001)), 5, 0.05)


@pytest.mark.parametrize(("k", "n"), [(0, 5), (1, 5), (4, 5), (5, 5), (1, 1), (3, 1_000_000)])
@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_clopper_pearson_in_either_tail(k: int, n: int, alternative: str) -> None:
    result = binomial_test(k, n, 0.3, alternative=alternative, conf_level=0.9)  # type: ignore[arg-type]
    low_tail, high_tail = {"two-sided": (0.05, 0.05), "less": (0.0, 0.1), "greater": (0.1, 0.0)}[alternative]
    low = stats.beta.ppf(low_tail, k, n - k + 1) if k and low_tail else 0.0
    high = stats.beta.ppf(1 - high_tail, k + 1, n - k) if k < n and high_tail else 1.0
    assert (result.conf_low, result.conf_high, result.estimate) == pytest.approx((low, high, k / n), rel=1e-9)
    assert (result.n, result.n_events) == (n, k)
    if alternative != "two-sided":
        law = stats.binom(n, 0.3)
        assert result.p_value == pytest.approx(law.cdf(k) if alternative == "less" else law.sf(k - 1))


def test_what_is_certain_under_the_null_leaves_no_doubt() -> None:
    for k, p, less, greater, both in ((0, 0.0, 1, 1, 1), (2, 0.0, 1, 0, 0), (5, 1.0, 1, 1, 1), (4, 1.0, 0, 1, 0)):
        found = binomial_test(k, 5, p)
        assert (found.p_values.less, found.p_values.greater, found.p_values.minlike) == (less, greater, both)
        assert found.p_values.central == both and found.mid_p_values.central == both
        assert found.mid_p_values.minlike == both / 2
    with pytest.raises(InputError, match="from 0 to 1000000, not 1000001"):
        binomial_test(1, 1_000_001, interval="minlike")


def test_unconditional_tests_stand_beside_tables_of_moderate_size_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [c.term for c in fisher_test([[3, 1], [1, 3]]).comparisons()] == ["Boschloo", "Barnard"]
    assert fisher_test([[3, 1], [1, 3]], odds_ratio=2.0).comparisons() == ()
    wide = fisher_test([[150, 50], [100, 99]])  # 201 x 200 cells
    assert wide.comparisons() == () and any("left out" in note for note in wide._notes())
    assert not any("left out" in note for note in fisher_test([[3, 1], [1, 3]])._notes())
    monkeypatch.setattr("interventions_stats.engine.exact.contingency.MAX_UNCONDITIONAL_CELLS", 25)
    assert fisher_test([[3, 1], [1, 3]]).comparisons() and not fisher_test([[3, 2], [1, 3]]).comparisons()


def test_informative_strata_are_counted_and_the_rest_changes_nothing() -> None:
    tables = [[[3, 3], [1, 6]], [[0, 0], [2, 4]], [[5, 1], [6, 2]], [[2, 0], [3, 0]], [[1, 0], [0, 0]]]
    result = cmh_test(tables)
    alone = cmh_test([tables[0], tables[2]])
    assert (result.n_strata, result.n_informative, alone.n_informative) == (5, 2, 2)
    assert (result.estimate, result.p_value, result.conf_low) == pytest.approx(
        (alone.estimate, alone.p_value, alone.conf_low)
    )
    assert "2 of 5 strata are informative." in result.remarks
    assert result.n == 39 and result.n_events == 23


def test_arguments_at_their_limits() -> None:
    assert check_whole("k", np.int64(0)) == 0 and check_whole("k", 3.0) == 3
    for wrong in (-1, 0.5, True, "3", None, math.inf, math.nan):
        with pytest.raises(InputError):
            check_whole("k", wrong)
    assert options("two-sided", 0.9) == pytest.approx((0.05, 0.05))
    assert options("less", 0.9) == (0.0, pytest.approx(0.1)) and options("greater", 0.9) == (pytest.approx(0.1), 0.0)
    for wrong in (0.0, 1.0, True, "0.9"):
        with pytest.raises(InputError, match="conf_level must"):
            options("less", wrong)  # type: ignore[arg-type]


def test_results_say_how_they_were_computed() -> None:
    table = [[3, 1], [1, 3]]
    for midp in (False, True):
        results = (
            binomial_test(3, 9, midp=midp), rate_ratio((3, 9), (1, 1), midp=midp), fisher_test(table, midp=midp),
            cmh_test([table, table], midp=midp),
        )  # fmt: skip
        for result in results:
            assert ("(mid-p)" in result.method) == midp == result.midp
            assert result.p_value == (result.mid_p_values if midp else result.p_values).minlike
            assert any("Lancaster" in c for c in result.cite()) == midp or "CMH" in type(result).__name__
            row = result.glance().iloc[0]
            assert (row["n_dropped"], row["n_events_total"], row["separated"]) == (0, result.n_events, False)
    large = cmh_test([table, table], exact=False)
    assert "Mantel-Haenszel" in large.method and large.other[0].p_value == cmh_test([table, table]).p_value
    assert cmh_test(table).n_strata == 1
    assert bool(fisher_test([[0, 5], [3, 4]]).glance()["separated"].iloc[0])


def test_a_plot_holds_every_row_of_the_result() -> None:
    import matplotlib

    matplotlib.use("Agg")
    for result in (fisher_test([[3, 1], [1, 3]]), rate_ratio((0, 6), (1, 1)), binomial_test(3, 9)):
        ax = result.plot()
        rows = result.tidy().dropna(subset=["estimate"])
        assert ax.plotted["term"].tolist() == rows["term"].tolist() and ax.get_ylim() == (len(rows) - 0.5, -0.5)
        low, high = ax.get_xlim()
        inside = [v for v in (result.estimate, result.conf_low, result.conf_high) if 0 < v < math.inf]
        assert all(low <= v <= high for v in [*inside, result.null])
        assert ax.get_xscale() == ("log" if result.term.endswith("ratio") else "linear")
        ends = rows[["conf_low", "estimate", "conf_high"]].to_numpy(dtype=float)
        segments = ax.collections[0].get_segments()
        for segment, point, (least, middle, most) in zip(segments, ax.lines[1].get_xdata(), ends, strict=True):
            assert segment[:, 0].tolist() == [max(least, low), min(most, high)] and point == np.clip(middle, low, high)
        if ax.get_xscale() == "log":  # room for a factor of two
            shown = ends[np.isfinite(ends) & (ends > 0)]
            assert (low, high) == (min(*shown, result.null) / 2, max(*shown, result.null) * 2)


def test_p_and_interval_that_disagree_are_remarked_on() -> None:
    differ = [
        result
        for k in range(12)
        for result in [binomial_test(k, 11, 0.3, two_sided="minlike", interval="central", conf_level=0.9)]
        if (result.p_value <= 0.1) != (not result.conf_low <= 0.3 <= result.conf_high)
    ]
    agree = [binomial_test(k, 11, 0.3, two_sided="central", conf_level=0.9) for k in range(12)]
    assert differ and all("disagree about 0.3" in r.summary().replace("\n", " ") for r in differ)
    assert not any("disagree" in r.summary() for r in agree)
