"""The maximum over hypotheses: exposures of their own, strata that differ, tails by hand, and what does not pair."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.engine.permutation.maximum import max_statistic_test, step_down
from interventions_stats.errors import EstimationError, InputError

RUNS = ((0, 4), (4, 11), (11, 16))
STRATA = np.repeat([0, 1, 2], [4, 7, 5])


def case(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two exposures, three kinds of onset; the second kind is seen in the last two strata only."""
    rng = np.random.default_rng(seed)
    n = np.zeros((2, 16))
    n[0, [1, 5, 6]], n[1, [5, 12]] = [1, 1, 1], [1, 2]
    return np.exp(rng.normal(size=(2, 16))), n


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_exposures_move_together_over_the_strata_that_any_hypothesis_uses(alternative: str) -> None:
    x, n = case()
    z = np.concatenate([x[:, a:b] - x[:, a:b].mean(axis=1, keepdims=True) for a, b in RUNS], axis=1)
    null = np.array([
        [sum(np.roll(z[k, a:b], -s) @ n[k, a:b] for (a, b), s in zip(RUNS, shift, strict=True)) for k in (0, 1)]
        for shift in product(range(4), range(7), range(5))
    ]).T  # fmt: skip
    score = (null - null.mean(axis=1, keepdims=True)) / null.std(axis=1, keepdims=True)
    sign = {"greater": score, "less": -score, "two-sided": np.abs(score)}[alternative]
    test = max_statistic_test(x, n, STRATA, alternative=alternative)  # type: ignore[arg-type]
    assert test.exact and test.n_null == 140 and test.names == ("1", "2") and test.seed is None
    assert_allclose(test.scores, score[:, 0])
    assert_allclose(test.p_values, (sign >= sign[:, [0]] - 1e-9).mean(axis=1))
    assert test.p_joint == pytest.approx((sign.max(axis=0) >= sign[:, 0].max() - 1e-9).mean())
    assert_allclose(test.null_maximum, np.sort(sign.max(axis=0)))
    unit = np.sqrt((z**2).sum(axis=1) / (16 - 3))
    assert_allclose(test.statistics, (z * n).sum(axis=1) / unit / n.sum(axis=1))
    assert test.n_onsets == (3, 3)


@pytest.mark.parametrize(
    "options", [{"window": 2}, {"studentise": True, "detrend": "linear"}, {"studentise": True, "window": 9}]
)
def test_each_hypothesis_is_the_test_by_itself(options: dict) -> None:
    x, n = case(1)
    joint = max_statistic_test(x, n, STRATA, **options)
    single = [circular_shift_test(e, k, STRATA, **options) for e, k in zip(x, n, strict=True)]
    assert_allclose(joint.p_values, [s.p_greater for s in single])
    assert_allclose(joint.statistics, [s.statistic for s in single])
    if "studentise" in options:
        assert_allclose(joint.scores, [s.studentised for s in single])


def test_a_sample_counts_the_data_and_names_its_seed() -> None:
    x, n = case(2)
    exact = max_statistic_test(x, n, STRATA, max_exact=140)
    drawn = max_statistic_test(x, n, STRATA, max_exact=139, draws=9_999, seed=5)
    assert exact.exact and (drawn.exact, drawn.n_null, drawn.seed) == (False, 9_999, 5)
    assert_allclose(drawn.scores, exact.scores)
    for name in ("p_values", "p_adjusted"):
        p = getattr(exact, name)
        assert (np.abs(getattr(drawn, name) - p) < 4.5 * np.sqrt(p * (1 - p) / 9_999) + 1e-4).all()
    assert max_statistic_test(x, n, STRATA, max_exact=1, draws=99).n_null == 99
    with pytest.raises(InputError, match="at least 99"):
        max_statistic_test(x, n, STRATA, draws=98)
    with pytest.raises(InputError, match="max_exact must be a whole number of at least 1"):
        max_statistic_test(x, n, STRATA, max_exact=0)


@pytest.mark.parametrize("unit", [1e-7, 1e7])
def test_step_down_does_not_depend_on_the_unit(unit: float) -> None:
    rng = np.random.default_rng(4)
    observed, null = rng.normal(size=3), rng.normal(size=(3, 99))
    raw, adjusted, joint, maxima = step_down(observed, null, "greater", exact=False)
    scaled = step_down(unit * observed, unit * null, "greater", exact=False)
    assert (scaled[0] == raw).all() and (scaled[1] == adjusted).all() and scaled[2] == joint
    assert_allclose(scaled[3], unit * maxima)


def test_step_down_by_hand() -> None:
    null = np.array([[3.0, 0, 1, 2], [0, 2, 1, -3]])
    raw, adjusted, joint, maxima = step_down(np.array([2.0, 1.0]), null, "greater", exact=True)
    assert raw.tolist() == [0.5, 0.5] and adjusted.tolist() == [0.75, 0.75] and joint == 0.75
    assert maxima.tolist() == [3, 2, 1, 2]
    # once the first is rejected the second is compared with itself alone, but never below the first
    raw, adjusted, joint, _ = step_down(np.array([2.5, 2.0]), null, "greater", exact=True)
    assert raw.tolist() == [0.25, 0.25] and adjusted.tolist() == [0.25, 0.25] and joint == 0.25
    raw, adjusted, _, _ = step_down(np.array([2.5, 2.0]), null, "greater", exact=False)
    assert raw.tolist() == [2 / 5, 2 / 5] and adjusted.tolist() == [2 / 5, 2 / 5]
    raw, adjusted, joint, maxima = step_down(np.array([1.0, -3.0]), null, "less", exact=True)
    assert raw.tolist() == [0.5, 0.25] and adjusted.tolist() == [0.5, 0.25] and joint == 0.25
    raw, adjusted, joint, maxima = step_down(np.array([-2.0, 3.0]), null, "two-sided", exact=True)
    assert raw.tolist() == [0.5, 0.25] and adjusted.tolist() == [0.5, 0.5] and maxima.tolist() == [3, 2, 1, 3]


def test_what_does_not_pair_is_refused() -> None:
    x, n = case(3)
    for series, onsets, names, message in (
        (x, np.stack([n[0]] * 3), None, "same number of rows"),
        (x[:, :15], n, None, "same number of rows"),
        (x, n, ["a"], "names has 1 entries for 2"),
        (x, n, ["a", "a"], "same name 'a' twice"),
    ):
        with pytest.raises(InputError, match=message):
            max_statistic_test(series, onsets, STRATA if np.shape(series)[1] == 16 else None, names=names)
    with pytest.raises(EstimationError, match="hypothesis 'still'"):
        max_statistic_test(np.stack([x[0], 0 * x[1]]), n, STRATA, names=["moves", "still"])
    one = max_statistic_test(x[0], n, STRATA, names=["a", "b"])
    other = max_statistic_test(np.stack([x[0]] * 2), n, STRATA, names=["a", "b"])
    assert one.names == ("a", "b") and (one.p_adjusted == other.p_adjusted).all()
    many = max_statistic_test(x, n[0], STRATA)
    assert (many.p_adjusted == max_statistic_test(x, np.stack([n[0]] * 2), STRATA).p_adjusted).all()


def test_a_period_that_any_exposure_lacks_is_left_out_for_all() -> None:
    x, n = case(4)
    hole = x.copy()
    hole[1, 8] = np.nan
    keep = np.arange(16) != 8
    with pytest.raises(InputError, match="missing value"):
        max_statistic_test(hole, n, STRATA)
    masked = max_statistic_test(hole, n, STRATA, missing="mask")
    short = max_statistic_test(x[:, keep], n[:, keep], STRATA[keep])
    assert masked.n_null == short.n_null == 4 * 6 * 5
    assert_allclose(masked.p_adjusted, short.p_adjusted)
