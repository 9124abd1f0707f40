"""Batched conditional logits against one fit at a time."""

from __future__ import annotations

import numpy as np
import pytest

from interventions_stats.engine.models.conditional_batch import conditional_logit_batch
from interventions_stats.engine.models.conditional_logit import conditional_logit
from interventions_stats.errors import EstimationError, InputError, RefusalError


@pytest.mark.parametrize("firth", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_equals_single_fits(firth, seed):
    rng = np.random.default_rng(seed)
    strata = np.repeat(np.arange(9), [5, 30, 31, 64, 12, 12, 40, 8, 20])
    X = rng.standard_normal((len(strata), 2))
    Y = (rng.random((40, len(strata))) < rng.choice([0.03, 0.15, 0.5], (40, 1)) / (1 + (strata == 4))).astype(float)
    Y[:, :5] = 0  # a stratum without events in any fit
    b, se = conditional_logit_batch(X, Y, strata, firth=firth)
    compared = 0
    for k, y in enumerate(Y):
        if y.sum() < (1 if firth else 20):
            continue
        alone = conditional_logit(y=y, X=X, strata=strata, firth=firth, allow=("G02",))
        assert b[k] == pytest.approx(alone.params, abs=1e-6)
        assert se[k] == pytest.approx(alone.bse, abs=1e-6)
        compared += 1
    assert compared >= 10


def test_a_fit_without_an_event_is_missing():
    rng = np.random.default_rng(0)
    X, strata = rng.standard_normal((30, 1)), np.repeat([0, 1, 2], 10)
    Y = np.zeros((2, 30))
    Y[1, [3, 14]] = 1
    b, se = conditional_logit_batch(X, Y, strata)
    assert np.isnan(b[0]).all() and np.isnan(se[0]).all() and np.isfinite(b[1]).all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(EstimationError, match="vary"):
        conditional_logit_batch(np.repeat([1.0, 2.0], 5)[:, None], np.eye(10)[:2], np.repeat([0, 1], 5))
    with pytest.raises(InputError, match="same rows"):
        conditional_logit_batch(np.ones((4, 1)), np.ones((1, 5)), np.zeros(4))
    with pytest.raises(InputError, match="0 and 1"):
        conditional_logit_batch(np.arange(4.0)[:, None], np.full((1, 4), 2.0), np.zeros(4))


@pytest.mark.parametrize(("most", "spread"), [(2, 0.5), (3, 2.0), (7, 1.0), (8, 0.0)])
def test_power_sums_are_the_recursion(most, spread):
    from interventions_stats.engine.solver.conditional_likelihood import _power_sums, _recursion

    rng = np.random.default_rng(most)
    x = rng.standard_normal((4, 60, 2))
    eta = spread * rng.standard_normal((3, 4, 60))
    eta[:, 1, 50:] = -np.inf  # a shorter stratum, padded
    events = np.array([most, most, 1, most - 1])
    quick, (slow, log_scale) = _power_sums(x, np.exp(eta), events, 3), _recursion(x, eta, events, 3)
    for j, (found, wanted) in enumerate(zip(quick, slow, strict=True)):
        wanted = wanted * np.exp(log_scale).reshape(*log_scale.shape, *(1,) * j)
        size = np.abs(wanted).max(axis=tuple(range(2, 2 + j)), keepdims=True) if j else np.abs(wanted)
        assert (np.abs(found - wanted) <= 1e-8 * np.maximum(size, 1e-300)).all()
        assert np.abs(found - wanted).max() <= 1e-9 * size.max()


@pytest.mark.parametrize(("p", "order"), [(1, 3), (2, 2), (3, 3)])
def test_the_recursion_is_the_sum_over_all_choices_of_rows(p, order):
    from itertools import combinations

    from interventions_stats.engine.solver.conditional_likelihood import _recursion

    rng = np.random.default_rng(p)
    x, eta, most = rng.standard_normal((1, 20, p)), rng.standard_normal((1, 1, 20)), 3
    jet, log_scale = _recursion(x, eta, np.array([most]), order)
    wanted = [np.zeros((p,) * j) for j in range(order + 1)]
    for chosen in combinations(range(20), most):
        weight, total = np.exp(eta[0, 0, list(chosen)].sum()), x[0, list(chosen)].sum(axis=0)
        for j in range(order + 1):
            tensor = np.ones(())
            for _ in range(j):
                tensor = np.multiply.outer(tensor, total)
            wanted[j] += weight * tensor
    for found, right in zip(jet, wanted, strict=True):
        np.testing.assert_allclose(found[0, 0] * np.exp(log_scale[0, 0]), right, rtol=1e-11, atol=1e-11)


def test_where_one_row_holds_all_the_risk_the_recursion_is_used():
    from interventions_stats.engine.solver.conditional_likelihood import _power_sums

    risk = np.full((1, 1, 40), 1e-9)
    risk[0, 0, 0] = 1.0
    assert _power_sums(np.zeros((1, 40, 1)), risk, np.array([3]), 3) is None


def test_a_column_that_varies_within_no_stratum_but_by_rounding_is_refused():
    codes = np.repeat(np.arange(12), 5)
    X = np.column_stack([np.random.default_rng(2).normal(size=60), 1e5 * np.sqrt(codes + 2.0)])
    Y = (np.arange(60) % 5 == 0).astype(float)
    with pytest.raises(EstimationError, match="does not vary within any stratum"):
        conditional_logit_batch(X, Y, codes)


@pytest.mark.parametrize("firth", [True, False])
def test_more_fits_than_go_side_by_side(firth):
    """Thirty-two share a recursion; the fits of the second share are those of the first."""
    rng = np.random.default_rng(7)
    strata = np.repeat([5, 2, 9, 1], [4, 7, 3, 6])  # labels in no order
    X = rng.standard_normal((20, 2)) * [1.0, 30.0] + [0.0, 500.0]
    Y = (rng.random((33, 20)) < 0.4).astype(float)
    Y[32] = Y[0]
    b, se = conditional_logit_batch(X, Y, strata, firth=firth)
    assert b.shape == se.shape == (33, 2)
    assert b[32] == pytest.approx(b[0], nan_ok=True) and se[32] == pytest.approx(se[0], nan_ok=True)
    one, error = conditional_logit_batch(X, Y[3], strata, firth=firth)
    assert (
        one.shape == (1, 2)
        and one[0] == pytest.approx(b[3], nan_ok=True)
        and error[0] == pytest.approx(se[3], nan_ok=True)
    )
    for k in range(0, 33, 8):
        if np.isfinite(b[k]).all():
            alone = conditional_logit(y=Y[k], X=X, strata=strata, firth=firth, allow=("G02",))
            assert b[k] == pytest.approx(alone.params, rel=1e-6) and se[k] == pytest.approx(alone.bse, rel=1e-6)
    assert np.isfinite(b).all(axis=1).sum() >= (30 if firth else 5)


def test_fits_without_a_maximum_are_missing_and_leave_the_others():
    x, strata = np.array([1.0, 0, 2, 1, 3, 2])[:, None], np.repeat([0, 1, 2], 2)
    Y = np.array([[1, 0, 1, 0, 1, 0], [1, 0, 0, 1, 1, 0], [1, 1, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0.0]])
    b, se = conditional_logit_batch(x, Y, strata, firth=False)
    # the larger exposure always chosen; two of three; strata of one outcome only; none at all
    assert np.isnan(b[[0, 2, 3]]).all() and np.isnan(se[[0, 2, 3]]).all()
    assert b[1, 0] == pytest.approx(np.log(2)) and se[1, 0] == pytest.approx(np.sqrt(1.5))
    firth, _ = conditional_logit_batch(x, Y, strata)
    assert firth[0, 0] == pytest.approx(np.log(7)) and firth[1, 0] == pytest.approx(np.log(2.5 / 1.5))
    assert np.isnan(firth[2:]).all()


@pytest.mark.parametrize(
    "wrong", [{"X": np.arange(6.0)}, {"Y": np.zeros((2, 5))}, {"strata": np.zeros(5)}, {"Y": np.full(6, 0.5)}]
)
def test_shapes_and_outcomes_of_a_batch(wrong):
    given = {"X": np.arange(6.0)[:, None], "Y": np.eye(6)[:2], "strata": np.repeat([0, 1], 3)} | wrong
    with pytest.raises(InputError):
        conditional_logit_batch(given["X"], given["Y"], given["strata"])


def test_a_fit_is_missing_exactly_where_it_is_refused_alone():
    """Rare exposures, of which some have no event; and the same columns nearly collinear, in other units."""
    rng = np.random.default_rng(11)
    strata = np.repeat(np.arange(20), 8)
    X = np.column_stack([np.arange(160) % 80 == 3, rng.standard_normal(160)]).astype(float)
    Y = (rng.random((40, 160)) < 0.35).astype(float)
    b, se = conditional_logit_batch(X, Y, strata, firth=False)
    refused = 0
    for k, y in enumerate(Y):
        try:
            alone = conditional_logit(y=y, X=X, strata=strata, allow=("G02",))
        except (RefusalError, EstimationError):
            refused += 1
            assert np.isnan(b[k]).all() and np.isnan(se[k]).all()
        else:
            assert b[k] == pytest.approx(alone.params, rel=1e-6) and se[k] == pytest.approx(alone.bse, rel=1e-6)
    assert 5 <= refused <= 35
    turn = np.array([[1.0, 1e5], [0.0, 1.0]])
    moved, _ = conditional_logit_batch(X @ turn + 1e8, Y, strata)
    plain, _ = conditional_logit_batch(X, Y, strata)
    assert moved @ turn.T == pytest.approx(plain, rel=1e-6, abs=1e-6, nan_ok=True)
