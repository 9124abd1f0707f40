"""Null distributions against brute force."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interventions_stats.inference.permutation.assignment import (
    assignment_moments,
    assignment_null,
    enumerate_assignment,
    sample_assignment,
)
from interventions_stats.inference.permutation.null import KEEP, from_values, sum_null, thin

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
    assert np.allclose(null.values, np.sort(every) / 10, atol=1e-12)


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
