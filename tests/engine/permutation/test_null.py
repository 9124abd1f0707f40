"""Null distributions against brute force."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interventions_stats.engine.permutation.assignment import (
    assignment_moments,
    assignment_null,
    enumerate_assignment,
    sample_assignment,
)
from interventions_stats.engine.permutation.null import KEEP, from_values, joint_indices, sum_null, thin

PARTS = st.lists(st.lists(st.integers(-3, 3), min_size=1, max_size=5), min_size=1, max_size=4)


@settings(max_examples=80, deadline=None)
@given(parts=PARTS, data=st.data())
def test_sum_null_counts_every_combination_once_ties_included(parts, data):
    arrays = [np.array(p) / 10 for p in parts]  # tenths make sums that tie only up to rounding
    every = [sum(c) for c in product(*parts)]
    mine = data.draw(st.sampled_from(every))
    null = sum_null(arrays, mine / 10, max_exact=10_000, draws=99, rng=np.random.default_rng(0))
    # integers: exact tails, with the centre as a fraction of the number of combinations
    total, n = sum(every), len(every)
    assert null.exact and null.n == n
    assert null.p_greater == pytest.approx(sum(v >= mine for v in every) / n)
    assert null.p_less == pytest.approx(sum(v <= mine for v in every) / n)
    assert null.p_two_sided == pytest.approx(sum(abs(v * n - total) >= abs(mine * n - total) for v in every) / n)
    assert null.mean == pytest.approx(np.mean(every) / 10, abs=1e-12)
    assert null.sd == pytest.approx(np.std(every) / 10, abs=1e-12)
    assert np.allclose(np.sort(null.values), np.sort(every) / 10, atol=1e-12)


def test_sampled_null_is_the_exact_one_within_its_error_and_counts_the_observed():
    rng = np.random.default_rng(1)
    parts = [rng.standard_normal(n) for n in (40, 50, 60)]
    exact = sum_null(parts, 2.0, max_exact=10_000, draws=99, rng=rng)
    drawn = sum_null(parts, 2.0, max_exact=50, draws=20_000, rng=np.random.default_rng(2))
    assert exact.exact and not drawn.exact and exact.n == 120_000 and drawn.n == 20_000
    for name in ("p_greater", "p_less", "p_two_sided"):
        p = getattr(exact, name)
        assert abs(getattr(drawn, name) - p) < 4 * np.sqrt(p * (1 - p) / 20_000)
    assert drawn.mean == exact.mean and drawn.sd == exact.sd  # moments are exact either way
    beyond = sum_null(parts, 100.0, max_exact=50, draws=999, rng=np.random.default_rng(2))
    assert beyond.p_greater == 1 / 1000 and beyond.p_less == 1.0


def test_large_null_stays_exact_and_is_thinned():
    rng = np.random.default_rng(3)
    parts = [rng.standard_normal(120) for _ in range(4)]
    null = sum_null(parts, 0.5, max_exact=20_000, draws=99, rng=rng)
    assert null.exact and null.n == 120**4 and len(null.values) == KEEP
    left, right = np.add.outer(parts[0], parts[1]).ravel(), np.add.outer(parts[2], parts[3]).ravel()
    brute = sum(int((left + r >= 0.5).sum()) for r in right) / null.n
    assert null.p_greater == pytest.approx(brute, abs=1e-8)  # a few sums lie within the tolerance of ties
    assert np.std(null.values) == pytest.approx(null.sd, rel=0.02)


def test_thinning_keeps_quantiles():
    values = np.random.default_rng(0).standard_normal(500_000)
    assert np.allclose(np.quantile(thin(values), [0.05, 0.5, 0.95]), np.quantile(values, [0.05, 0.5, 0.95]), atol=1e-4)


def test_ties_are_relative_to_the_scale():
    for scale in (1e-9, 1.0, 1e9):
        values = scale * (np.array([0.1, 0.2, 0.3]) * 3)
        null = from_values(scale * (0.1 + 0.2) * 3, values, exact=True)  # 0.30000000000000004 ties with 0.3
        assert null.p_greater == pytest.approx(1 / 3)


@pytest.mark.parametrize("shape", [(4, 4), (5, 2), (6, 3), (3, 1)])
def test_assignments_are_all_ordered_choices(shape):
    gain = np.random.default_rng(4).standard_normal(shape)
    n, k = shape
    brute = sorted(sum(gain[i, j] for j, i in enumerate(c)) for c in permutations(range(n), k))
    assert np.allclose(np.sort(enumerate_assignment(gain)), brute)
    mean, variance = assignment_moments(gain)
    assert mean == pytest.approx(np.mean(brute)) and variance == pytest.approx(np.var(brute))


def test_sampled_assignment_agrees_with_enumeration():
    rng = np.random.default_rng(5)
    gains = [rng.standard_normal((7, 4)), rng.standard_normal((5, 2))]
    observed = float(gains[0][:4].trace() + gains[1][:2].trace())
    exact = assignment_null(gains, observed, max_exact=100_000, draws=99, rng=rng)
    drawn = assignment_null(gains, observed, max_exact=100, draws=20_000, rng=np.random.default_rng(6))
    assert exact.exact and not drawn.exact and exact.n == 840 * 20
    assert drawn.p_greater == pytest.approx(exact.p_greater, abs=4 * np.sqrt(0.25 / 20_000))
    assert drawn.sd == pytest.approx(exact.sd, rel=1e-9)
    one = sample_assignment(gains[0], 50_000, np.random.default_rng(7))
    assert one.mean() == pytest.approx(assignment_moments(gains[0])[0], abs=4 * one.std() / np.sqrt(50_000))


def test_thinning_takes_the_middle_of_equal_parts() -> None:
    assert thin(np.arange(10.0)[::-1], 4).tolist() == [1, 3, 6, 8]  # the middles of parts of 2.5: 1.25, 3.75, ...
    assert thin(np.arange(6.0), 3).tolist() == [1, 3, 5]
    assert thin(np.array([3.0, 1.0, 2.0]), 3).tolist() == [3, 1, 2]  # few enough: as they are
    assert len(thin(np.arange(4.0), 3)) == 3


def test_a_null_of_a_million_is_kept_by_its_order_statistics_and_a_larger_one_by_a_sample() -> None:
    rng = np.random.default_rng(8)
    parts = [rng.random(1_000), rng.random(1_000) + 3]
    null = sum_null(parts, 3.0, max_exact=1_000, draws=99, rng=rng)
    assert null.exact and null.n == 5 * KEEP
    assert (null.values == thin(np.add.outer(*parts).ravel())).all()
    # two values, far apart, beside many: each must be as frequent in the sample as in the null
    wide = sum_null([rng.random(600_000), np.array([0.0, 10.0])], 3.0, max_exact=600_000, draws=99, rng=rng)
    assert wide.n == 1_200_000 and len(wide.values) == KEEP
    assert (wide.values > 5).mean() == pytest.approx(0.5, abs=4.5 * np.sqrt(0.25 / KEEP))
    assert wide.values.mean() == pytest.approx(wide.mean, abs=4.5 * wide.sd / np.sqrt(KEEP))


@pytest.mark.parametrize(("limit", "exact"), [(6, True), (5, False)])
def test_a_null_is_enumerated_while_its_longer_half_fits(limit: int, exact: bool) -> None:
    parts = [np.arange(3.0), np.arange(2.0), np.arange(3.0)]  # halves of 3 and of 3 x 2
    null = sum_null(parts, 4.0, max_exact=limit, draws=999, rng=np.random.default_rng(0))
    assert null.exact is exact and null.n == (18 if exact else 999)
    if exact:
        # of 18 sums only 2 + 1 + 2 is 5; 4 is reached as 2 + 1 + 1, 1 + 1 + 2 and 2 + 0 + 2
        assert null.p_greater == pytest.approx(4 / 18) and null.p_less == pytest.approx(17 / 18)


@pytest.mark.parametrize(("limit", "exact"), [(12, True), (11, False)])
def test_joint_relabellings_are_all_or_a_sample(limit: int, exact: bool) -> None:
    index, found = joint_indices([4, 1, 3], max_exact=limit, draws=3_000, rng=np.random.default_rng(1))
    assert found is exact and len(index) == 3
    if exact:
        assert sorted(zip(*(i.tolist() for i in index), strict=True)) == list(product(range(4), range(1), range(3)))
    else:
        assert all(i.shape == (3_000,) for i in index)
        for i, n in zip(index, (4, 1, 3), strict=True):
            share = np.bincount(i, minlength=n) / 3_000
            assert len(share) == n and np.abs(share - 1 / n).max() < 4.5 * np.sqrt(0.25 / 3_000)


def test_a_sampled_null_draws_every_value_of_every_part() -> None:
    parts = [np.array([0.0, 1.0]), np.array([0.0, 10.0, 20.0])]
    null = sum_null(parts, 0.0, max_exact=1, draws=6_000, rng=np.random.default_rng(2))
    values, counts = np.unique(null.values, return_counts=True)
    assert not null.exact and values.tolist() == [0, 1, 10, 11, 20, 21]
    assert np.abs(counts / 6_000 - 1 / 6).max() < 4.5 * np.sqrt(5 / 36 / 6_000)
    assert (null.mean, null.sd) == (pytest.approx(10.5), pytest.approx(np.sqrt(0.25 + 200 / 3)))


def test_the_distance_from_the_middle_decides_the_two_sided_tail() -> None:
    values = np.array([-4.0, -1, 0, 1, 2, 8])  # mean 1
    null = from_values(2.0, values, exact=True)
    assert (null.p_greater, null.p_less, null.p_two_sided) == pytest.approx((2 / 6, 5 / 6, 5 / 6))
    assert (null.mean, null.sd, null.n) == (1.0, pytest.approx(values.std()), 6)
    about_zero = from_values(2.0, values, exact=True, centre=0.0)
    assert about_zero.p_two_sided == pytest.approx(3 / 6) and about_zero.mean == 1.0
    drawn = from_values(2.0, values, exact=False, centre=0.0)
    assert (drawn.p_greater, drawn.p_less, drawn.p_two_sided) == pytest.approx((3 / 7, 6 / 7, 4 / 7))
    for side in ("greater", "less", "two-sided"):
        assert drawn.p_value(side) == getattr(drawn, "p_" + side.replace("-", "_"))


def test_ties_of_small_numbers_stay_apart() -> None:
    values = np.array([1e-12, 2e-12, 3e-12])
    assert from_values(2e-12, values, exact=True).p_greater == pytest.approx(2 / 3)
    assert sum_null([values], 2e-12, max_exact=10, draws=99, rng=np.random.default_rng(0)).p_less == pytest.approx(
        2 / 3
    )


def test_groups_are_enumerated_each_while_it_fits() -> None:
    rng = np.random.default_rng(9)
    gains = [rng.normal(size=(4, 2)), rng.normal(size=(5, 1))]  # 12 and 5 assignments
    kinds = {
        limit: assignment_null(gains, 0.3, max_exact=limit, draws=199, rng=np.random.default_rng(1))
        for limit in (12, 11)
    }
    assert (kinds[12].exact, kinds[12].n) == (True, 60) and (kinds[11].exact, kinds[11].n) == (False, 199)
    every = np.add.outer(enumerate_assignment(gains[0]), gains[1][:, 0]).ravel()
    assert kinds[12].p_greater == pytest.approx((every >= 0.3).mean())
    for null in kinds.values():
        assert (null.mean, null.sd) == (pytest.approx(every.mean()), pytest.approx(every.std()))
    off = abs(0.3 - every.mean())
    hits = (np.abs(kinds[11].values - every.mean()) >= off).sum()
    assert kinds[11].p_two_sided == pytest.approx((hits + 1) / 200)


def test_sampled_assignments_are_uniform_over_ordered_choices() -> None:
    # powers of ten name the exposure that each place got
    gain = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    drawn = sample_assignment(gain, 6_000, np.random.default_rng(3))
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == [12, 13, 21, 23, 31, 32]
    assert np.abs(counts / 6_000 - 1 / 6).max() < 4.5 * np.sqrt(5 / 36 / 6_000)
    assert assignment_moments(np.array([[2.0]])) == (2.0, pytest.approx(0.0))


def test_many_draws_are_made_in_parts() -> None:
    gain = np.ones((1_500_000, 1))  # too many exposures to deal twice at once
    assert sample_assignment(gain, 3, np.random.default_rng(0)).tolist() == [1, 1, 1]
