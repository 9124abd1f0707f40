"""Breaks in a rate: small cases by hand, enumerated nulls, and the limits of what may be exchanged."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import xlogy
from scipy.stats import multinomial

from interventions_stats.engine.permutation.breaks import break_test
from interventions_stats.errors import InputError


def gain(n, time, b: int) -> float:
    """Twice the log likelihood gain of a rate on either side of b over one rate."""
    n, time = np.asarray(n, float), np.asarray(time, float)
    parts = [(n[:b].sum(), time[:b].sum()), (n[b:].sum(), time[b:].sum())]
    return 2 * (sum(xlogy(k, k / t) for k, t in parts) - xlogy(n.sum(), n.sum() / time.sum()))


def described(n, time, boundary: int, least: int) -> tuple[float, float, int]:
    ratios = {b: gain(n, time, b) for b in range(least, len(n) - least + 1)}
    rank = 1 + sum(r > ratios[boundary] + 1e-9 for r in ratios.values())
    return max(ratios.values()), ratios[boundary], rank


@pytest.mark.parametrize("boundary", [1, 2, 3, 4])
@pytest.mark.parametrize("n", [(3, 0, 0, 1, 3), (1, 1, 1, 1, 1), (0, 4, 0, 0, 0), (2, 0, 0, 0, 2)])
def test_the_permutation_null_is_every_order_of_the_periods(n: tuple[int, ...], boundary: int) -> None:
    test = break_test(n, boundary=boundary)
    rows = [described(order, np.ones(5), boundary, 1) for order in permutations(n)]
    own = described(n, np.ones(5), boundary, 1)
    assert test.exact and test.n_null == 120 and test.seed is None
    assert (test.sup, test.at_boundary, test.rank) == (pytest.approx(own[0]), pytest.approx(own[1], abs=1e-12), own[2])
    assert_allclose(
        [test.p_sup, test.p_boundary, test.p_rank],
        [
            np.mean([r[0] >= own[0] - 1e-9 for r in rows]),
            np.mean([r[1] >= own[1] - 1e-9 for r in rows]),
            np.mean([r[2] <= own[2] for r in rows]),
        ],
    )
    ratios = [gain(n, np.ones(5), b) for b in range(1, 5)]
    assert test.breaks.tolist() == [1, 2, 3, 4] and test.best == 1 + int(np.argmax(np.round(ratios, 9)))


def test_ties_do_not_count_as_better_and_the_earliest_is_the_best() -> None:
    test = break_test([2, 0, 0, 2], boundary=3)
    assert test.best == 1 and test.rank == 1 and test.likelihood_ratio[0] == pytest.approx(test.likelihood_ratio[2])
    assert break_test([2, 0, 0, 2], boundary=2).rank == 3
    assert (test.rate_before, test.rate_after) == (2 / 3, 2.0)


@pytest.mark.parametrize("boundary", [1, 2])
def test_the_multinomial_null_throws_events_over_time(boundary: int) -> None:
    n, time, draws = np.array([3, 0, 1]), np.array([0.5, 2.0, 1.5]), 20_000
    own = described(n, time, boundary, 1)
    expected = np.zeros(3)
    for cell in product(range(5), repeat=3):
        if sum(cell) == 4:
            row = described(cell, time, boundary, 1)
            hit = (row[0] >= own[0] - 1e-9, row[1] >= own[1] - 1e-9, row[2] <= own[2])
            expected += multinomial.pmf(cell, 4, time / time.sum()) * np.array(hit)
    test = break_test(n, time, boundary=boundary, null="multinomial", draws=draws, seed=4)
    before, after = slice(None, boundary), slice(boundary, None)
    assert test.rate_before == pytest.approx(n[before].sum() / time[before].sum())
    assert test.rate_after == pytest.approx(n[after].sum() / time[after].sum())
    assert not test.exact and (test.n_null, test.seed, test.null) == (draws, 4, "multinomial")
    found = np.array([test.p_sup, test.p_boundary, test.p_rank])
    assert (
        np.abs(found - expected) < 4.5 * np.sqrt(np.maximum(expected * (1 - expected), 0) / draws) + 1 / draws
    ).all()


def test_sampled_orders_are_those_enumerated_and_count_the_data() -> None:
    n = [4, 3, 2, 0, 0, 0]
    exact = break_test(n, boundary=3, max_exact=720)
    drawn = break_test(n, boundary=3, max_exact=719, draws=9_999, seed=2)
    assert exact.exact and exact.n_null == 720 and not drawn.exact and (drawn.n_null, drawn.seed) == (9_999, 2)
    for name in ("p_sup", "p_boundary", "p_rank"):
        p = getattr(exact, name)
        assert getattr(drawn, name) == pytest.approx(p, abs=4.5 * np.sqrt(p * (1 - p) / 9_999) + 1e-4)
    long = break_test([9] * 8 + [0] * 14, boundary=8, draws=99)  # no order of 22 periods is as uneven
    assert not long.exact and (long.p_sup, long.p_boundary) == (1 / 100, 1 / 100)


@pytest.mark.parametrize("size", [1, 10**6])
def test_periods_of_like_exposure_keep_it_with_their_events(size: int) -> None:
    """Orders that put the same periods on either side tie, whatever the rounding of their sums."""
    n, time = size * np.array([3, 0, 1, 2]), np.array([1.0, 1.1, 1.25, 1.2])
    test = break_test(n, time, boundary=2)
    orders = [list(o) for o in permutations(range(4))]
    rows = [described(n[o], time[o], 2, 1) for o in orders]
    own = described(n, time, 2, 1)
    assert test.p_boundary == pytest.approx(np.mean([r[1] >= own[1] * (1 - 1e-9) for r in rows]))
    assert test.p_sup == pytest.approx(np.mean([r[0] >= own[0] * (1 - 1e-9) for r in rows]))


def test_which_periods_may_be_exchanged() -> None:
    n = [3, 0, 1, 2]
    # the factor is 1.25, that included, in any unit of time
    for unit in (0.01, 1.0, 300.0):
        assert break_test(n, unit * np.array([1, 1, 1, 1.25]), boundary=2).exact
        with pytest.raises(InputError, match="cannot be exchanged"):
            break_test(n, unit * np.array([1, 1, 1, 1.26]), boundary=2)
    assert break_test(n, [1, 1, 1, 9.0], boundary=2, null="multinomial", draws=99).n_null == 99
    for wrong in ([1.0, 1, 1], [1.0, 1, 1, 0], [1.0, 1, 1, -1]):
        with pytest.raises(InputError, match="4 positive numbers"):
            break_test(n, wrong, boundary=2, null="multinomial")


def test_which_boundaries_are_admissible() -> None:
    n = [3, 0, 1, 2, 0, 1]
    for least, allowed in ((1, [1, 2, 3, 4, 5]), (2, [2, 3, 4]), (3, [3])):
        for b in allowed:
            test = break_test(n, boundary=b, min_segment=least, max_exact=1, draws=99)
            assert test.breaks.tolist() == allowed and test.boundary == b
            assert test.at_boundary == pytest.approx(gain(n, np.ones(6), b), abs=1e-12)
        for b in (allowed[0] - 1, allowed[-1] + 1):
            with pytest.raises(InputError, match=f"from {allowed[0]} to {allowed[-1]}"):
                break_test(n, boundary=b, min_segment=least)
    with pytest.raises(InputError, match="at least 99"):
        break_test(n, boundary=2, draws=98)
    with pytest.raises(InputError, match="unknown null"):
        break_test(n, boundary=2, null="bootstrap")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="min_segment must be a whole number of at least 1"):
        break_test(n, boundary=2, min_segment=0)
