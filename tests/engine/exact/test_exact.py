"""Exact tests: published values, defining equations in high precision, and identities between the tests."""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from interventions_stats.errors import InputError
from interventions_stats.estimators import binomial_test, cmh_test, fisher_test, rate_ratio

mpmath.mp.dps = 40

RABBITS = [[[0, 6], [0, 5]], [[3, 3], [0, 6]], [[6, 0], [2, 4]], [[5, 1], [6, 0]], [[2, 0], [5, 0]]]
TWINS = [[2, 15], [10, 3]]


# -- high-precision oracle: the conditional distribution as exact integers


def table_coefficients(table):
    (a, b), (c, d) = table
    row, other, column = a + b, c + d, a + c
    return {
        x: math.comb(row, x) * math.comb(other, column - x) for x in range(max(0, column - other), min(row, column) + 1)
    }


def binomial_coefficients(n):
    return {x: math.comb(n, x) for x in range(n + 1)}


def product(parts):
    total = {0: 1}
    for part in parts:
        step: dict[int, int] = {}
        for (x, c), (z, d) in itertools.product(total.items(), part.items()):
            step[x + z] = step.get(x + z, 0) + c * d
        total = step
    return total


class Oracle:
    """P(X = x) proportional to c_x odds^x, in 40 digits."""

    def __init__(self, coefficients, observed):
        self.c, self.x = coefficients, observed

    def weights(self, odds):
        odds = mpmath.mpf(odds)
        w = {x: c * odds**x for x, c in self.c.items()}
        total = mpmath.fsum(w.values())
        return {x: v / total for x, v in w.items()}

    def lower(self, odds, half=False):
        w = self.weights(odds)
        return mpmath.fsum(v for x, v in w.items() if x <= self.x) - (w[self.x] / 2 if half else 0)

    def upper(self, odds, half=False):
        w = self.weights(odds)
        return mpmath.fsum(v for x, v in w.items() if x >= self.x) - (w[self.x] / 2 if half else 0)

    def minlike(self, odds, half=False):
        w = self.weights(odds)
        ties = [v for v in w.values() if abs(v / w[self.x] - 1) <= mpmath.mpf("1e-7")]
        return mpmath.fsum(v for v in w.values() if v < w[self.x] * (1 - mpmath.mpf("1e-7"))) + mpmath.fsum(ties) / (
            2 if half else 1
        )

    def mean(self, odds):
        return mpmath.fsum(x * v for x, v in self.weights(odds).items())


def relative(value, expected):
    return abs(mpmath.mpf(value) / mpmath.mpf(expected) - 1)


def holds_central(oracle, result, scale=1.0, alpha=0.05, half=False):
    """Check both limits of a result by their defining equations."""
    x, ends = oracle.x, (min(oracle.c), max(oracle.c))
    if x == ends[0]:
        assert result.conf_low == 0
    else:
        assert relative(oracle.upper(result.conf_low * scale, half), alpha / 2) < 1e-10
    if x == ends[1]:
        assert result.conf_high == math.inf
    else:
        assert relative(oracle.lower(result.conf_high * scale, half), alpha / 2) < 1e-10


# -- published values


@pytest.mark.parametrize(
    ("events", "exposure", "estimate", "p", "low", "high", "tolerance"),
    [
        ((11, 21), (800, 3011), 1.971488, 0.07967, 0.8584264, 4.2772659, 5e-7),  # R documentation, poisson.test
        ((10, 15), (21, 8), 0.2539683, 0.000998, 0.1020330, 0.6043029, 5e-7),
        ((12, 13), (21, 8), 0.3516484, 0.0116626, 0.1466591, 0.8359261, 5e-7),
    ],
)
def test_rate_ratio_published(events, exposure, estimate, p, low, high, tolerance):
    result = rate_ratio(events, exposure)
    found = (result.estimate, result.conf_low, result.conf_high)
    assert found == pytest.approx((estimate, low, high), rel=tolerance)
    assert result.p_value == pytest.approx(p, abs=6e-6)


def test_rate_ratio_to_the_digits_that_r_exactci_prints():
    """60 in 51477.5 against 30 in 54308.7 (Gu et al.; R exactci, minimum likelihood)."""
    result = rate_ratio((60, 30), (51477.5, 54308.7), interval="minlike")
    assert result.estimate == pytest.approx(2.10999757175465, rel=1e-13)
    assert result.p_value == pytest.approx(0.000675182658686321, rel=1e-10)
    assert result.mid_p_values.minlike == pytest.approx(0.000557262406619052, rel=1e-10)
    # the printed limits stop at a root finder's tolerance, just outside the exact set
    assert (result.conf_low, result.conf_high) == pytest.approx((1.34983090611567, 3.27764509862914), rel=3e-4)
    oracle, scale = Oracle(binomial_coefficients(90), 60), 51477.5 / 54308.7
    for printed in (1.34983090611567, 3.27764509862914):
        assert oracle.minlike(printed * scale) < 0.05
    assert relative(oracle.minlike(result.conf_high * scale), 0.05) < 1e-10
    assert (
        oracle.minlike(result.conf_low * scale * (1 + 1e-9))
        > 0.05
        > oracle.minlike(result.conf_low * scale * (1 - 1e-6))
    )


@pytest.mark.filterwarnings("ignore")  # statsmodels remarks on the saturated fit
def test_overdispersion_widens_to_the_quasi_poisson_interval():
    result = rate_ratio((10, 15), (21, 8), dispersion=3)
    assert (result.conf_low, result.conf_high) == pytest.approx((0.064, 1.016), abs=1e-3)
    import statsmodels.api as sm

    fit = sm.GLM([10, 15], [[1, 1], [1, 0]], family=sm.families.Poisson(), offset=np.log([21, 8])).fit(
        scale=3, tol=1e-14
    )
    assert (result.conf_low, result.conf_high) == pytest.approx(tuple(np.exp(fit.conf_int()[1])), rel=1e-6)
    assert result.p_value == pytest.approx(fit.pvalues[1], rel=1e-6)


@pytest.mark.parametrize("events", [(0, 6), (6, 0)])
def test_overdispersion_with_a_zero_count_inverts_the_quasi_likelihood_ratio(events):
    result = rate_ratio(events, (3, 4), dispersion=2)
    bound = result.conf_high if events[0] == 0 else result.conf_low
    odds = bound * 3 / 4
    probability = odds / (1 + odds)
    drop = -2 * 6 * math.log(1 - probability if events[0] == 0 else probability) / 2
    assert drop == pytest.approx(stats.norm.ppf(0.975) ** 2, rel=1e-12)
    assert {result.conf_low, result.conf_high} & {0.0, math.inf}
    at_bound = rate_ratio(events, (3, 4), dispersion=2, ratio=bound)
    assert at_bound.p_value == pytest.approx(0.05, rel=1e-10)


def test_fisher_published():
    assert fisher_test([[3, 1], [1, 3]], alternative="greater").p_value == pytest.approx(0.2429, abs=5e-5)
    twins = fisher_test(TWINS)
    assert twins.estimate == pytest.approx(0.04693661, rel=1e-6)
    assert (twins.conf_low, twins.conf_high) == pytest.approx((0.003325764, 0.363182271), rel=1e-2)
    assert twins.p_value == pytest.approx(0.0005367, rel=2e-4)
    one_sided = fisher_test(TWINS, alternative="less")
    assert one_sided.conf_high == pytest.approx(0.2849601, rel=1e-2) and one_sided.conf_low == 0


def test_rabbits_published_and_exact():
    result = cmh_test(RABBITS)
    assert result.p_value == pytest.approx(0.03994, abs=5e-6)
    assert result.estimate == pytest.approx(10.36102, rel=3e-6)  # R prints its root finder's value
    assert result.conf_high == pytest.approx(531.51, abs=5e-3)
    oracle = Oracle(product(map(table_coefficients, RABBITS)), 16)
    holds_central(oracle, result)
    assert relative(oracle.mean(result.estimate), 16) < 1e-13
    assert result.n_informative == 3 and result.n_strata == 5


def test_mantel_haenszel_beside_it_matches_r_and_statsmodels():
    large = cmh_test(RABBITS, exact=False)
    # R 4.2.2, mantelhaen.test(Rabbits)
    assert (large.estimate, large.conf_low, large.conf_high) == pytest.approx((7, 1.026712688461668, 47.72513338022257))
    assert (large.statistic, large.p_value) == pytest.approx((3.928571428571429, 0.047472255142918))
    plain = cmh_test(RABBITS, exact=False, correction=False)
    assert (plain.statistic, plain.p_value) == pytest.approx((5.657142857142857, 0.017384420352066))
    rng = np.random.default_rng(0)
    tables = rng.integers(1, 12, (4, 2, 2))
    peer = StratifiedTable(list(np.moveaxis(tables, 0, -1).transpose(2, 0, 1)))
    found = cmh_test(tables, exact=False, correction=False)
    assert found.estimate == pytest.approx(peer.oddsratio_pooled)
    assert (found.conf_low, found.conf_high) == pytest.approx(peer.oddsratio_pooled_confint())
    assert found.p_value == pytest.approx(peer.test_null_odds(correction=False).pvalue)


def test_matched_pairs_are_mcnemars():
    """One event and one control a stratum: the ratio of the discordant pairs, and McNemar's chi-square."""
    unlike, other = [[[1, 0], [0, 1]]] * 9, [[[0, 1], [1, 0]]] * 3
    alike = [[[1, 0], [1, 0]]] * 5
    found = cmh_test([*unlike, *other, *alike], exact=False, correction=False)
    assert found.estimate == pytest.approx(9 / 3) and found.statistic == pytest.approx((9 - 3) ** 2 / (9 + 3))
    peer = StratifiedTable([np.array(t) for t in [*unlike, *other, *alike]])
    assert (found.conf_low, found.conf_high) == pytest.approx(peer.oddsratio_pooled_confint())


def test_a_binomial_without_trials_with_one_and_at_the_bounds():
    from interventions_stats.engine.exact.binomial import binomial_p_values

    def values(*arguments, **options):
        p = binomial_p_values(*arguments, **options)
        return p.less, p.greater, p.central, p.minlike

    assert values(0, 0, 0.3) == (1, 1, 1, 1)
    assert values(1, 1, 0.0) == pytest.approx((1, 0.5, 1, 1))
    assert values(0, 5, -math.inf) == values(5, 5, math.inf) == (1, 1, 1, 1)
    assert values(1, 5, -math.inf) == (1, 0, 0, 0) and values(4, 5, math.inf) == (0, 1, 0, 0)
    assert values(0, 5, -math.inf, midp=True) == (0.5, 0.5, 1, 0.5)


def test_tables_too_large_for_the_convolution():
    tables = [[[9000, 9000], [9500, 8000]], [[7000, 9000], [9500, 8000]]]
    with pytest.raises(InputError, match=r"operations.*exact=False"):
        cmh_test(tables)
    assert cmh_test(tables, exact=False).tidy()["term"].tolist() == ["odds ratio"]
    assert fisher_test(tables[0]).p_value == pytest.approx(stats.fisher_exact(tables[0]).pvalue, rel=1e-7)


def test_binomial_published():
    # R documentation, binom.test: Mendel's peas, 682 of 925 against 3/4
    result = binomial_test(682, 925, 0.75)
    assert result.p_value == pytest.approx(0.3825, abs=5e-5)
    assert (result.conf_low, result.conf_high) == pytest.approx((0.7076683, 0.7654066), rel=1e-6)
    peer = stats.binomtest(682, 925, 0.75)
    assert result.p_value == pytest.approx(peer.pvalue, rel=1e-10)


# -- defining equations on random data

counts = st.integers(0, 25)


@settings(max_examples=60, deadline=None)
@given(a=counts, b=counts, t1=st.floats(0.01, 100), t2=st.floats(0.01, 100), midp=st.booleans())
def test_rate_ratio_defining_equations(a, b, t1, t2, midp):
    result = rate_ratio((a, b), (t1, t2), midp=midp)
    if a + b == 0:
        assert (result.conf_low, result.conf_high, result.p_value) == (0, math.inf, 1) and math.isnan(result.estimate)
        return
    oracle, scale = Oracle(binomial_coefficients(a + b), a), mpmath.mpf(t1) / mpmath.mpf(t2)
    holds_central(oracle, result, scale, half=midp)
    at_one = oracle.lower(scale, midp), oracle.upper(scale, midp), oracle.minlike(scale, midp)
    kept = result.mid_p_values if midp else result.p_values
    for found, expected in zip((kept.less, kept.greater, kept.minlike), at_one, strict=True):
        assert relative(found, expected) < 1e-10
    assert kept.central == pytest.approx(float(min(1, 2 * min(at_one[:2]))), rel=1e-10)


@settings(max_examples=60, deadline=None)
@given(tables=st.lists(st.tuples(*[st.integers(0, 8)] * 4), min_size=1, max_size=3), midp=st.booleans())
def test_odds_ratio_defining_equations(tables, midp):
    square = [[[a, b], [c, d]] for a, b, c, d in tables]
    if not np.sum(square):
        return
    result = cmh_test(square, midp=midp)
    oracle = Oracle(product(map(table_coefficients, square)), sum(t[0][0] for t in square))
    if len(oracle.c) == 1:
        assert math.isnan(result.estimate) and (result.conf_low, result.conf_high, result.p_value) == (0, math.inf, 1)
        return
    holds_central(oracle, result, half=midp)
    if 0 < result.estimate < math.inf:
        assert abs(oracle.mean(result.estimate) - oracle.x) < 1e-11 * (1 + oracle.x)
    else:
        assert oracle.x == (min(oracle.c) if result.estimate == 0 else max(oracle.c))
    kept = result.mid_p_values if midp else result.p_values
    assert relative(kept.minlike, oracle.minlike(1, midp)) < 1e-10


@pytest.mark.parametrize(("k", "n"), [(0, 7), (7, 7), (1, 10), (5, 12), (9, 10), (40, 90)])
@pytest.mark.parametrize("conf_level", [0.5, 0.9, 0.95, 0.999])
def test_minlike_limits_are_the_hull_of_what_the_test_keeps(k, n, conf_level):
    """Against a search that knows no ties: bisection from far outside towards the first parameter kept."""
    alpha = 1 - conf_level
    result = binomial_test(k, n, interval="minlike", conf_level=conf_level)
    grid = np.linspace(-12, 12, 20_001)
    log_pmf = stats.binom.logpmf(np.arange(n + 1)[:, None], n, 1 / (1 + np.exp(-grid)))
    p = np.where(log_pmf <= log_pmf[k] + 1e-9, np.exp(log_pmf), 0).sum(axis=0)
    kept = grid[p > alpha]
    odds = np.array([result.conf_low, result.conf_high])
    with np.errstate(divide="ignore"):
        ends = np.clip(np.log(odds / (1 - odds)), -12, 12)
    assert ends == pytest.approx([kept[0], kept[-1]], abs=1.3e-3)
    assert ends[0] <= kept[0] + 1e-12 and ends[1] >= kept[-1] - 1e-12


def test_far_tails_do_not_underflow():
    result = rate_ratio((900, 2), (1, 1))
    oracle = Oracle(binomial_coefficients(902), 900)
    assert relative(result.p_values.greater, oracle.upper(1)) < 1e-10 and 0 < result.p_value < 1e-260
    holds_central(oracle, result)


# -- identities


@settings(max_examples=50, deadline=None)
@given(
    a=counts,
    b=counts,
    t=st.tuples(st.floats(0.1, 50), st.floats(0.1, 50)),
    interval=st.sampled_from(["central", "minlike"]),
)
def test_swapping_the_groups_inverts_the_ratio(a, b, t, interval):
    one, two = rate_ratio((a, b), t, interval=interval), rate_ratio((b, a), t[::-1], interval=interval)
    assert one.p_value == pytest.approx(two.p_value, rel=1e-9)
    for x, z in ((one.estimate, two.estimate), (one.conf_low, two.conf_high), (one.conf_high, two.conf_low)):
        if math.isnan(x):
            assert math.isnan(z)
        else:
            assert x == pytest.approx(1 / z if z else math.inf, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(cells=st.tuples(*[st.integers(0, 15)] * 4), interval=st.sampled_from(["central", "minlike"]))
def test_one_stratum_is_fisher_and_transposing_changes_nothing(cells, interval):
    table = np.reshape(cells, (2, 2))
    if not table.sum():
        return
    results = [
        fisher_test(table, interval=interval),
        cmh_test([table], interval=interval),
        fisher_test(table.T, interval=interval),
    ]
    for field in ("estimate", "conf_low", "conf_high", "p_value"):
        values = [getattr(r, field) for r in results]
        assert values == pytest.approx([values[0]] * 3, rel=1e-9, nan_ok=True)
    assert results[0].p_value == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)


def test_fisher_tends_to_the_rate_ratio_in_large_groups():
    rates = rate_ratio((10, 15), (21, 8))
    errors = []
    for size in (10**3, 10**5):
        table = fisher_test([[10, 21 * size - 10], [15, 8 * size - 15]])
        found = np.array([table.estimate, table.conf_low, table.conf_high, table.p_value])
        errors.append(np.abs(found / [rates.estimate, rates.conf_low, rates.conf_high, rates.p_value] - 1).max())
    assert errors[1] < 2e-4 and errors[1] < errors[0] / 50


def test_interval_and_p_value_of_one_kind_agree():
    rng = np.random.default_rng(11)
    for a, b in rng.integers(0, 20, (40, 2)):
        for kind in ("central", "minlike"):
            result = rate_ratio((int(a), int(b)), (2.0, 1.5), two_sided=kind, interval=kind)
            inside = result.conf_low <= 1 <= result.conf_high
            assert inside >= (result.p_value > 0.05)  # the hull may keep a point that the test rejects
            if kind == "central":
                assert inside == (result.p_value > 0.05)
            assert not any("disagree" in n for n in result._notes()) or inside


def test_coverage_of_the_central_interval():
    """Over every outcome of two Poisson counts, the central 90% interval covers at least 90%, either side 5%."""
    m1, m2, ratio = 4.0, 6.0, (4.0 / 3) / (6.0 / 5)
    below = above = 0.0
    for a, b in itertools.product(range(20), range(24)):
        result = rate_ratio((a, b), (3, 5), conf_level=0.9)
        weight = stats.poisson.pmf(a, m1) * stats.poisson.pmf(b, m2)
        below += weight * (result.conf_high < ratio)
        above += weight * (result.conf_low > ratio)
    assert 0.01 < below <= 0.05 and 0.01 < above <= 0.05


# -- contract and bad input


def test_results_keep_the_contract():
    results = [
        rate_ratio((10, 15), (21, 8)), rate_ratio((0, 4), (1, 1)), fisher_test(TWINS), cmh_test(RABBITS),
        binomial_test(3, 9), cmh_test(RABBITS, exact=False), rate_ratio((0, 0), (1, 1)),
    ]  # fmt: skip
    for result in results:
        frame = result.tidy()
        assert frame.columns.tolist()[:7] == [
            "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high",
        ]  # fmt: skip
        assert frame.loc[0, "p_value"] == result.p_value
        glance = result.glance()
        assert len(glance) == 1 and {"n", "n_events", "estimator", "separated", "seed", "data_version"} <= set(glance)
        assert max(map(len, result.summary().splitlines())) <= 100
        assert "<table" in result._repr_html_() and result.cite() and result.__maketables_coef_table__ is not None
        ax = result.plot()
        assert len(ax.plotted) <= len(frame)
        ax.figure.clf()
    assert bool(results[1].glance().loc[0, "separated"]) and not bool(results[0].glance().loc[0, "separated"])


def test_boschloo_and_barnard_stand_beside_fisher():
    frame = fisher_test(TWINS, alternative="less").tidy().set_index("term")
    groups = np.array(TWINS).T
    assert frame.loc["Boschloo", "p_value"] == stats.boschloo_exact(groups, alternative="less").pvalue
    assert frame.loc["Barnard", "p_value"] == stats.barnard_exact(groups, alternative="less").pvalue
    assert frame.loc["Boschloo", "p_value"] < frame.loc["odds ratio", "p_value"]
    assert fisher_test([[500, 500], [400, 600]]).tidy()["term"].tolist() == ["odds ratio"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rate_ratio((-1, 3), (1, 1)), "whole number from 0"),
        (lambda: rate_ratio((1.5, 3), (1, 1)), "whole number from 0"),
        (lambda: rate_ratio(([1], 3), (1, 1)), "unequal length"),
        (lambda: rate_ratio(("4", 3), (1, 1)), "numbers stored as text"),
        (lambda: rate_ratio((math.nan, 3), (1, 1)), "is NaN"),
        (lambda: rate_ratio((1, 3), (0, 1)), "exposure\\[0\\] must be positive"),
        (lambda: rate_ratio((1, 3), (1, math.inf)), "exposure\\[1\\]"),
        (lambda: rate_ratio((1, 3, 4), (1, 1)), "events must hold two values"),
        (lambda: rate_ratio((1, 3), 5), "exposure. must hold values|one-dim"),
        (lambda: rate_ratio((1, 3), (1, 1), ratio=0), "ratio must be positive"),
        (lambda: rate_ratio((1, 3), (1, 1), dispersion=0.5), "at least 1"),
        (lambda: rate_ratio((1, 3), (1, 1), alternative="greter"), "unknown alternative 'greter'"),
        (lambda: rate_ratio((1, 3), (1, 1), interval="blaker"), "unknown interval 'blaker'"),
        (lambda: rate_ratio((1, 3), (1, 1), conf_level=95), "between 0 and 1"),
        (lambda: rate_ratio((1, 3), (1, 1), interval="minlike", midp=True), "midp=True gives a central interval"),
        (lambda: fisher_test([[1, 2, 3], [1, 2, 3]]), "must be 2 x 2 counts"),
        (lambda: fisher_test([[1, 2], [1, -3]]), "whole number from 0"),
        (lambda: fisher_test([[0, 0], [0, 0]]), "no observation"),
        (lambda: fisher_test([[1, 2], [1, 3]], odds_ratio=-1), "odds_ratio must be positive"),
        (lambda: cmh_test(np.ones((2, 2, 3))), "must be K x 2 x 2 counts"),
        (lambda: cmh_test(np.zeros((0, 2, 2))), "must be K x 2 x 2 counts"),
        (lambda: binomial_test(5, 3), "k no larger than n"),
        (lambda: binomial_test(0, 0), "n must be at least 1"),
        (lambda: binomial_test(1, 3, 1.2), "between 0 and 1"),
    ],
)
def test_named_errors(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize(("k", "p", "expected"), [(0, 0.0, 1.0), (1, 0.0, 0.0), (9, 1.0, 1.0), (8, 1.0, 0.0)])
def test_certain_nulls(k, p, expected):
    assert binomial_test(k, 9, p).p_value == expected


def test_numpy_counts_and_frames_are_counts():
    assert rate_ratio(np.array([10, 15]), np.array([21, 8])).p_value == rate_ratio((10, 15), (21, 8)).p_value
    assert fisher_test(np.array(TWINS, dtype=float)).p_value == fisher_test(TWINS).p_value
