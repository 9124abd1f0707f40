"""Inverted intervals: the effects at which relabellings tie with the data, by loops and by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.permutation.autoregression import mixed_covariance, phi_posterior
from interventions_stats.engine.permutation.inversion import _ends, _tie_points, invert_test
from interventions_stats.errors import InputError

RUNS = ((0, 6), (6, 15))
STRATA = np.repeat([0, 1], [6, 9])
LAYOUT = Layout(RUNS, (0, 1), np.arange(15), np.arange(15))


def case(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = np.zeros(15)
    n[[1, 7, 8, 12]] = [1, 2, 1, 1]
    return np.exp(rng.normal(size=15)), n


def by_loops(x, n, level, studentise, detrend, scale):
    """Every relabelling's own tie point, and the order statistics between which the interval lies."""
    degree = int(detrend == "linear")
    rest, hit = np.empty(15), np.empty(15)
    for a, b in RUNS:
        t = np.arange(b - a)
        for out, raw in ((rest, x), (hit, (n > 0).astype(float))):
            out[a:b] = raw[a:b] - np.polyval(np.polyfit(t, raw[a:b], degree), t)
    z = rest / (np.sqrt((rest**2).sum() / (15 - 2 * (degree + 1))) if scale else 1.0)
    weights = phi_posterior(z, LAYOUT, degree)
    values = []
    for shift in product(range(6), range(9)):
        t_sum = c_sum = variance = 0.0
        for (a, b), s in zip(RUNS, shift, strict=True):
            moved = np.roll(n[a:b], s)
            t_sum, c_sum = t_sum + z[a:b] @ moved, c_sum + hit[a:b] @ moved
            cov = mixed_covariance(np.arange(a, b), degree, weights) * (z[a:b] ** 2).mean()
            variance += moved @ cov @ moved
        spread = np.sqrt(variance) if studentise else 1.0
        values.append((t_sum / spread, c_sum / spread, t_sum, c_sum))
    t, c, t_raw, c_raw = np.array(values).T
    ties = np.sort([(t[0] - ts) / (c[0] - cs) for ts, cs in zip(t, c, strict=True) if c[0] - cs > 1e-9])
    always = len(t) - len(ties)
    needed = int(np.floor(len(t) * (1 - level) / 2 + 1e-9)) - always + 1
    return (t_raw[0] - t_raw.mean()) / (c_raw[0] - c_raw.mean()), ties[needed - 1], ties[len(ties) - needed]


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("detrend", ["none", "linear"])
@pytest.mark.parametrize("studentise", [False, True])
def test_the_ends_are_order_statistics_of_the_tie_points(studentise: bool, detrend: str, scale: bool) -> None:
    x, n = case()
    how = {"studentise": studentise, "detrend": detrend, "standardise": "within" if scale else "none"}
    fit = invert_test(x, n, STRATA, level=0.8, **how)
    estimate, low, high = by_loops(x, n, 0.8, studentise, detrend, scale)
    assert (fit.low, fit.high, fit.estimate) == pytest.approx((low, high, estimate), rel=1e-4)
    assert fit.exact and fit.n_null == 54 and fit.level == 0.8
    assert fit.low < fit.estimate < fit.high


def test_a_narrower_level_is_inside_a_wider_one_and_a_sample_near_the_whole() -> None:
    x, n = case(1)
    fits = [invert_test(x, n, STRATA, level=level) for level in (0.5, 0.8, 0.9)]
    assert fits[2].low <= fits[1].low <= fits[0].low < fits[0].high <= fits[1].high <= fits[2].high
    assert fits[2].low < fits[0].low and fits[0].high < fits[2].high
    drawn = [invert_test(x, n, STRATA, level=0.6, max_exact=53, draws=20_000, seed=s) for s in (1, 1, 2)]
    assert not drawn[0].exact and drawn[0].n_null == 20_000 and drawn[0] == drawn[1]
    near = [invert_test(x, n, STRATA, level=level) for level in (0.56, 0.64)]
    for fit in drawn:  # the share in a tail is known to 4.5 x .0028, within the .02 between these levels
        assert near[1].low <= fit.low <= near[0].low and near[0].high <= fit.high <= near[1].high
    assert invert_test(x, n, STRATA, level=0.8, max_exact=54).exact
    with pytest.raises(InputError, match="level"):
        invert_test(x, n, STRATA, level=1.0)


def test_masked_periods_are_as_absent() -> None:
    x, n = case(2)
    hole = x.copy()
    hole[[3, 10]] = np.nan
    keep = ~np.isnan(hole)
    one, other = (
        invert_test(hole, n, STRATA, missing="mask", level=0.8),
        invert_test(x[keep], n[keep], STRATA[keep], level=0.8),
    )
    assert (one.low, one.high, one.estimate, one.n_null) == (other.low, other.high, other.estimate, other.n_null)


def test_which_order_statistic_ends_the_interval() -> None:
    ties = np.arange(19.0)
    # 20 relabellings, of which the data's own always ties: 5% leaves one in the tail
    assert _ends(ties, 20, 0.05) == (0.0, 18.0)
    assert _ends(ties, 20, 0.10) == (1.0, 17.0)
    assert _ends(ties, 20, 0.099) == (0.0, 18.0)
    assert _ends(ties, 20, 0.049) == (-np.inf, np.inf)
    assert _ends(ties, 20, 0.5) == (9.0, 9.0)
    assert _ends(ties, 100, 0.5) == (-np.inf, np.inf)  # most always tie
    assert _ends(np.arange(2.0), 3, 0.99) == (1.0, 0.0)
    assert _ends(np.arange(2.0), 3, 1.0) == (-np.inf, np.inf)


def test_relabellings_that_always_tie_have_no_tie_point() -> None:
    t_s, c_s = np.array([5.0, 3.0, 4.0, 1.0]), np.array([2.0, 1.0, 2.0, 0.0])
    assert_allclose(_tie_points(t_s, 5.0, c_s, 2.0), [2.0, 2.0])
    assert_allclose(_tie_points(np.array([1.0, 3.0]), 5.0, np.array([1.5, 1.0]), 2.0), [2.0, 8.0])
    assert len(_tie_points(t_s, 5.0, c_s + 2 - 1e-12, 2.0)) == 0
    assert len(_tie_points(t_s, 0.5, np.full(4, 0.5 - 1e-5), 0.5)) == 4
