"""Correlations against scipy's statistics and hand-computed intervals, the shift p against the shift test, and its size."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from interventions_stats.errors import EstimationError, InputError, UnknownNameError
from interventions_stats.inference import circular_shift_test, correlations


def history(seed, n=160, onsets=9, rho=0.0):
    rng = np.random.default_rng(seed)
    x = np.zeros(n)
    for t in range(1, n):
        x[t] = rho * x[t - 1] + rng.normal()
    y = np.zeros(n)
    y[rng.choice(n, onsets, replace=False)] = 1
    return x, y


def test_statistics_and_p_values_are_scipys():
    x, y = history(1)
    found = {c.method: c for c in correlations(x, y)}
    assert list(found) == ["spearman", "kendall", "point_biserial", "mann_whitney"]
    for name, value in (
        ("spearman", stats.spearmanr(x, y)),
        ("kendall", stats.kendalltau(x, y)),
        ("point_biserial", stats.pointbiserialr(y, x)),
    ):
        assert (found[name].estimate, found[name].p_value) == pytest.approx((value.statistic, value.pvalue))
    u = stats.mannwhitneyu(x[y == 1], x[y == 0])
    assert found["mann_whitney"].estimate == pytest.approx(u.statistic / (9 * 151))
    assert found["mann_whitney"].estimate == pytest.approx(np.mean(x[y == 1][:, None] > x[y == 0]))
    r, half = found["point_biserial"].estimate, 1.959963985 / np.sqrt(157)
    assert found["point_biserial"].conf_high == pytest.approx(np.tanh(np.arctanh(r) + half))


def test_the_interval_of_the_area_is_delongs():
    x, y = history(2)
    a, b = x[y == 1], x[y == 0]
    above = (a[:, None] > b).astype(float)
    variance = above.mean(1).var(ddof=1) / len(a) + above.mean(0).var(ddof=1) / len(b)
    auc = above.mean()
    half = 1.959963985 * np.sqrt(variance) / (auc * (1 - auc))
    found = correlations(x, y, methods=["mann_whitney"])[0]
    assert found.conf_low == pytest.approx(1 / (1 + np.exp(half - np.log(auc / (1 - auc)))))


def test_the_shift_p_is_that_of_the_exposure_and_of_its_ranks():
    x, y = history(3, rho=0.9)
    strata = np.repeat(["a", "b"], 80)
    found = {c.method: c.p_shift for c in correlations(x, y, strata)}
    options = {"detrend": "linear", "studentise": True}
    assert found["point_biserial"] == circular_shift_test(x, y, strata, **options).p_two_sided
    assert (
        found["spearman"]
        == found["kendall"]
        == circular_shift_test(stats.rankdata(x), y, strata, **options).p_two_sided
    )


def test_a_persistent_series_with_clustered_onsets_keeps_its_size_by_shifts_alone():
    rng = np.random.default_rng(5)
    p = []
    for seed in range(150):
        x, y = history(seed, rho=0.97)[0], np.zeros(160)
        y[(rng.integers(160) + np.arange(9)) % 160] = 1
        c = correlations(x, y, methods=["point_biserial"], detrend="none")[0]
        p.append((c.p_value <= 0.05, c.p_shift <= 0.05))
    conventional, shifted = np.mean(p, axis=0)
    assert conventional > 0.3
    assert shifted <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"methods": ["pearson"]}, UnknownNameError, "pearson"),
        ({"series": np.ones(160)}, EstimationError, "constant"),
        ({"onsets": np.r_[np.ones(3), np.zeros(157)]}, EstimationError, "at least 4"),
        ({"onsets": np.r_[np.zeros(3), np.ones(157)]}, EstimationError, "without an onset"),
        ({"series": np.r_[np.nan, np.arange(159.0)]}, InputError, "missing at position 0"),
        ({"level": 95}, InputError, "0.95"),
        ({"onsets": np.ones(7)}, InputError, "shape"),
    ],
)
def test_bad_input_is_named(change, error, message):
    x, y = history(6)
    given = {"series": x, "onsets": y, **change}
    with pytest.raises(error, match=message):
        correlations(**given)
