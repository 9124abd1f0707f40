"""What a likelihood takes the spread of onsets to be, and how much more it is: enumeration, regressions, loops."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.permutation.autoregression import mixed_covariance, phi_posterior
from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.engine.permutation.design_effect import (
    autocorrelation_design_effect,
    calibrated_se,
    calibrating_effect,
    count_dispersion,
    design_effect,
    overdispersion,
    variance_met,
)
from interventions_stats.engine.permutation.relabelling import target_relabelling_test
from interventions_stats.engine.permutation.two_way import two_way_shift_test
from interventions_stats.errors import InputError

STRATA = np.repeat([3, 7, 1], [5, 2, 1])  # labels in no order; strata of five rows, of two and of one


def centred(seed: int) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=8) * np.repeat([1.0, 3.0, 1.0], [5, 2, 1])
    return np.concatenate([x[:5] - x[:5].mean(), x[5:7] - x[5:7].mean(), x[7:]])


@pytest.mark.parametrize("rows", [(2, 1, 0), (4, 1, 1), (1, 0, 1), (5, 2, 0), (5, 1, 0)])
def test_onsets_without_replacement_spread_as_all_their_placements_do(rows: tuple[int, int, int]) -> None:
    x, n = centred(1), np.zeros(8)
    n[[*range(rows[0]), *range(5, 5 + rows[1]), *range(7, 7 + rows[2])]] = 1
    sums = [
        sum(x[list(c)].sum() for c in placed)
        for placed in product(
            combinations(range(5), rows[0]), combinations(range(5, 7), rows[1]), combinations([7], rows[2])
        )
    ]
    expected = np.var(sums) / n.sum()
    # the row that is a stratum of its own cannot be elsewhere: it adds nothing
    assert variance_met(x, n, STRATA) == pytest.approx(expected)


@pytest.mark.parametrize("counts", [(2, 1), (3, 0), (0, 2)])
def test_counts_spread_as_independent_dates_do(counts: tuple[int, int]) -> None:
    x, n = centred(2), np.zeros(8)
    n[0], n[6] = counts
    sums = [x[list(d)].sum() for d in product(*[range(5)] * counts[0], *[range(5, 7)] * counts[1])]
    assert variance_met(x[:7], n[:7], STRATA[:7], distinct=False) == pytest.approx(np.var(sums) / sum(counts))


def test_a_batch_is_met_one_history_at_a_time() -> None:
    scores = np.stack([centred(3), centred(4)])
    onsets = np.array([[1, 0, 2, 0, 0, 0, 1, 0], [0, 0, 0, 1, 1, 1, 0, 1.0]])
    for distinct in (True, False):
        each = [variance_met(s, n, STRATA, distinct=distinct) for s, n in zip(scores, onsets, strict=True)]
        assert_allclose(variance_met(scores, onsets, STRATA, distinct=distinct), each)
    assert variance_met(scores[0], np.zeros(8), STRATA) == 0.0
    assert_allclose(
        count_dispersion(scores, onsets, STRATA),
        [count_dispersion(s, n, STRATA) for s, n in zip(scores, onsets, strict=True)],
    )


def test_results_carry_what_their_onsets_meet() -> None:
    rng = np.random.default_rng(5)
    x, n = rng.normal(size=30), np.zeros(30)
    n[[2, 3, 20]] = 1
    strata = np.repeat([0, 1], 15)
    z = np.concatenate([x[:15] - x[:15].mean(), x[15:] - x[15:].mean()])
    z /= np.sqrt((z**2).sum() / 28)
    assert circular_shift_test(x, n, strata).met == pytest.approx(float(variance_met(z, n, strata)))
    # panels: the relabelling meets the variance of its year, the two-way shift that of its unit
    panel, onsets = rng.normal(size=(4, 6)), np.zeros((4, 6))
    onsets[[0, 1, 1, 3], [2, 2, 5, 0]] = 1
    by_year = panel - panel.mean(axis=0)
    by_year /= np.sqrt((by_year**2).sum() / 18)
    years = np.tile(np.arange(6), 4)
    assert target_relabelling_test(panel, onsets).met == pytest.approx(
        float(variance_met(by_year.ravel(), onsets.ravel(), years))
    )
    rest = by_year - by_year.mean(axis=1, keepdims=True)
    rest /= np.sqrt((rest**2).sum() / (4 * 5))
    test = two_way_shift_test(panel, onsets, detrend="none")
    assert test.met == pytest.approx(float(variance_met(rest.ravel(), onsets.ravel(), np.repeat(np.arange(4), 6))))


def test_dispersion_of_one_stratum_is_pearsons_and_strata_weigh_by_the_variance_they_meet() -> None:
    n = np.array([7, 2, 1, 3, 1, 0, 0, 1.0])
    x = np.arange(8.0) - 3.5
    assert count_dispersion(x, n, np.zeros(8)) == pytest.approx(overdispersion(n).index)
    other, y = np.array([1.0, 4]), np.array([-6.0, 6])
    m = np.array([4.0])  # a stratum of one period: no dispersion can be seen, Poisson's is taken
    weight = np.array([(x**2).mean() * n.sum(), (y**2).mean() * other.sum(), 9.0 * 4])
    index = np.array([overdispersion(n).index, overdispersion(other).index, 1.0])
    found = count_dispersion(np.r_[x, y, 3.0], np.r_[n, other, m], np.repeat([2, 0, 1], [8, 2, 1]))
    assert found == pytest.approx((weight * index).sum() / weight.sum())
    assert count_dispersion(x, np.zeros(8), np.zeros(8)) == 0.0


@pytest.mark.parametrize(
    ("units", "null_sd", "met", "dispersion", "effect"),
    [
        (24, 0.25, 0.5, 1.0, 3.0),  # 24 / 16 over one half
        (24, 0.25, 2.0, 1.0, 1.0),  # never below one
        (24, 0.25, 2.0, 1.75, 1.75),  # nor below the dispersion
        (24, 0.25, 0.5, 1.75, 3.0),
        (24, 0.25, 1.0, 0.25, 1.5),
    ],
)
def test_the_calibrating_effect_is_the_null_variance_over_the_assumed_one(units, null_sd, met, dispersion, effect):
    assert calibrating_effect(units, null_sd, met, dispersion) == pytest.approx(effect)
    if dispersion == 1.0:
        assert calibrating_effect(units, null_sd, met) == pytest.approx(effect)
    many = calibrating_effect([units] * 2, [null_sd] * 2, [met] * 2, [dispersion] * 2)
    assert many == pytest.approx([effect] * 2)


def test_a_design_effect_is_at_least_one_and_one_changes_no_error() -> None:
    assert design_effect(0.1, 4) == 1.0 and design_effect(0.5, 4) == 1.0 and design_effect(0.5, 8) == 2.0
    assert calibrated_se(0.3, 1.0) == 0.3
    with pytest.raises(InputError, match="below 1"):
        calibrated_se(0.3, 0.999)


def pearson(n: np.ndarray, time: np.ndarray) -> float:
    expected = n.sum() * time / time.sum()
    return float(((n - expected) ** 2 / expected).sum())


def test_the_dispersion_test_is_the_exact_conditional_one() -> None:
    """Every way to place four events on three unequal periods and two on two, with its multinomial chance."""
    from scipy.stats import multinomial

    n, time = np.array([4, 0, 0, 1, 1, 5]), np.array([2.0, 1, 1, 1, 3, 1])
    strata = list("aaabbc")  # the last stratum has one period and says nothing
    own = pearson(n[:3], time[:3]) + pearson(n[3:5], time[3:5])
    chance = 0.0
    for a in product(range(5), repeat=3):
        for b in product(range(3), repeat=2):
            if sum(a) == 4 and sum(b) == 2:
                p = multinomial.pmf(a, 4, time[:3] / 4) * multinomial.pmf(b, 2, time[3:5] / 4)
                chance += p * (pearson(np.array(a), time[:3]) + pearson(np.array(b), time[3:5]) >= own - 1e-9)
    draws = 40_000
    found = overdispersion(n, strata, time, draws=draws)
    assert found.df == 3 and found.index == pytest.approx(own / 3)
    assert found.p_value == pytest.approx(chance, abs=4.5 * np.sqrt(chance * (1 - chance) / draws))
    assert set(found.per_stratum) == {"a", "b"}
    assert found.per_stratum["a"] == pytest.approx(pearson(n[:3], time[:3]) / 2)
    assert found.per_stratum["b"] == pytest.approx(pearson(n[3:5], time[3:5]))


def test_the_dispersion_test_counts_the_list_itself() -> None:
    """All on one of many periods: no draw is as uneven, so that p is one in draws + 1; and an even list has p of one."""
    heap = np.zeros(50)
    heap[10] = 12
    assert overdispersion(heap, draws=99).p_value == 1 / 100
    assert overdispersion(np.ones(6), draws=99).p_value == 1.0
    assert overdispersion(heap, draws=99, seed=3).index == pytest.approx(12)  # total / (periods - 1) * (periods - 1)


def test_a_stratum_that_returns_and_one_without_events() -> None:
    n = np.array([3, 1, 0, 0, 2, 0, 1])
    found = overdispersion(n, list("aabbaaa"))
    assert found.df == 3 and set(found.per_stratum) == {"a", ("a", 4)}
    assert found.per_stratum["a"] == pytest.approx(1.0) and found.per_stratum[("a", 4)] == pytest.approx(1.0)
    with pytest.raises(InputError, match="one a period"):
        overdispersion(n, exposure=np.r_[0.0, np.ones(6)])
    with pytest.raises(InputError, match="one a period"):
        overdispersion(n, exposure=np.ones(6))
    with pytest.raises(InputError, match="at least 99"):
        overdispersion(n, draws=98)


def bartlett(x: list[np.ndarray], n: list[np.ndarray], width: int) -> float:
    """Mean over onsets i of the sum over j of the kernel-weighted autocorrelation, by loops."""
    total = np.zeros(width + 1)
    for part in x:
        for lag in range(width + 1):
            total[lag] += sum(part[t] * part[t + lag] for t in range(len(part) - lag))
    rho = total / total[0] * (1 - np.arange(width + 1) / (width + 1))
    both = 0.0
    for k in n:
        for i in range(len(k)):
            for j in range(len(k)):
                both += k[i] * k[j] * (rho[abs(i - j)] if abs(i - j) <= width else 0.0)
    return both / sum(k.sum() for k in n)


@pytest.mark.parametrize(("lengths", "bandwidth", "width"), [
    ((40, 24), None, 10), ((40, 24), 3, 3), ((120,), None, 24), ((3, 2), None, 1), ((12, 3), 5, 5),
])  # fmt: skip
def test_the_kernel_design_effect_is_the_loop_over_pairs_of_onsets(lengths, bandwidth, width) -> None:
    rng = np.random.default_rng(sum(lengths))
    x = [rng.normal(size=k).cumsum() + 10 for k in lengths]
    n = [np.zeros(k) for k in lengths]
    for part in n:
        part[:2] = [2, 1]
    strata = np.repeat(np.arange(len(lengths)), lengths)
    expected = bartlett([p - p.mean() for p in x], n, width)
    found = autocorrelation_design_effect(np.concatenate(x), np.concatenate(n), strata, bandwidth=bandwidth)
    assert found == pytest.approx(max(1.0, expected))


def test_strata_that_identify_nothing_stay_out_of_the_kernel_design_effect() -> None:
    rng = np.random.default_rng(8)
    x, n = rng.normal(size=40).cumsum(), np.zeros(40)
    n[[3, 4, 5]] = 1
    alone = autocorrelation_design_effect(x, n, bandwidth=6)
    flat, hits = np.full(5, 2.0), np.array([1.0, 1, 1, 0, 0])
    both = autocorrelation_design_effect(np.r_[x, flat], np.r_[n, hits], np.repeat([0, 1], [40, 5]), bandwidth=6)
    assert both == pytest.approx(alone) and alone > 1.5
    # one that has no onset still says how the exposure lasts
    more = rng.normal(size=40)
    wide = autocorrelation_design_effect(np.r_[x, more], np.r_[n, np.zeros(40)], np.repeat([0, 1], 40), bandwidth=6)
    parts = [x - x.mean(), more - more.mean()]
    assert wide == pytest.approx(bartlett(parts, [n, np.zeros(40)], 6)) and wide != pytest.approx(alone, rel=1e-3)
    with pytest.raises(InputError, match="no stratum has both"):
        autocorrelation_design_effect(np.r_[flat, x], np.r_[hits, 0 * n], np.repeat([0, 1], [5, 40]))


def test_the_model_design_effect_is_the_quadratic_form_of_its_covariance() -> None:
    rng = np.random.default_rng(9)
    x, n = rng.normal(size=50).cumsum(), np.zeros(50)
    n[[4, 5, 30, 44]] = [1, 2, 1, 1]
    times = np.arange(50)
    layout = Layout(((0, 20), (20, 50)), ("a", "b"), times, times)
    design = [np.vander(times[a:b], 2) for a, b in layout.pieces]
    rest = np.concatenate(
        [
            x[a:b] - d @ np.linalg.lstsq(d, x[a:b], rcond=None)[0]
            for d, (a, b) in zip(design, layout.pieces, strict=True)
        ]
    )
    weights = phi_posterior(rest, layout, 1)
    total = sum(n[a:b] @ mixed_covariance(times[a:b], 1, weights) @ n[a:b] for a, b in layout.pieces)
    found = autocorrelation_design_effect(x, n, np.repeat([0, 1], [20, 30]), method="autoregressive", detrend="linear")
    assert found == pytest.approx(total / 5, rel=1e-6)
