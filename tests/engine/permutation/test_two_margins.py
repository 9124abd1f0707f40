"""The two-margin test against brute force over all tables, exact draws and chains against each other, and its size."""

from __future__ import annotations

from itertools import permutations
from math import factorial

import numpy as np
import pytest

from interventions_stats.engine.permutation.margin_law import SampledLaw, extreme_table
from interventions_stats.engine.permutation.margin_tables import Margins, States
from interventions_stats.engine.permutation.two_margins import two_margin_tests
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.inference import two_margin_test


def all_sums(x, n, allowed):
    """Sum and weight of every table with the margins of ``n``, one cell after the other."""
    periods = n.shape[1]
    most = 1 if n.max() <= 1 else n.max() * n.size
    found = []

    def place(k, rows, columns, total, weight):
        if k == n.size:
            if not any(rows) and not any(columns):
                found.append((total, weight))
            return
        i, j = divmod(k, periods)
        for q in range((min(rows[i], columns[j], most) if allowed[i, j] else 0) + 1):
            r, c = list(rows), list(columns)
            r[i], c[j] = r[i] - q, c[j] - q
            place(k + 1, r, c, total + (q * x[i, j] if q else 0.0), weight / factorial(q))

    place(0, list(n.sum(1)), list(n.sum(0)), 0.0, 1.0)
    return np.array(found).T


def panel(seed):
    """A small panel: binary or counts, a continuous or 0/1 exposure, some cells that do not exist."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(3, 5), rng.integers(3, 5)
    n = rng.poisson(0.5, shape) if seed % 2 else (rng.random(shape) < 0.4).astype(int)
    allowed = (rng.random(shape) < 0.85) | (n > 0)
    x = rng.normal(3.0, 2.0, shape) if seed % 3 else rng.integers(0, 2, shape).astype(float)
    return np.where(allowed, x, np.nan), n, allowed


PANELS = [s for s in range(60) if panel(s)[1].sum() and np.ptp(all_sums(*panel(s))[0]) > 1e-6]


@pytest.mark.parametrize("seed", PANELS)
def test_tails_estimate_and_ends_are_those_of_all_tables(seed):
    x, n, allowed = panel(seed)
    sums, weights = all_sums(x, n, allowed)
    s = float(np.nansum(x * n))
    test = two_margin_test(x, n, allowed)
    sampled = two_margin_test(x, n, allowed, max_exact=1, draws=20_000, seed=seed)
    assert test.exact and (not sampled.exact or len(weights) < 8)
    assert np.exp(test.log_tables) == pytest.approx(len(weights))
    assert test.support == pytest.approx((sums.min(), sums.max()))
    for theta in (0.0, 0.4, -0.6):
        w = weights * np.exp(theta * (sums - sums.mean()))
        want = [w[sums >= s - 1e-9].sum() / w.sum(), w[sums <= s + 1e-9].sum() / w.sum()]
        assert test.tails(theta) == pytest.approx(want, abs=1e-12)
        assert sampled.tails(theta) == pytest.approx(want, abs=0.03)
    assert test.attainable[0] == pytest.approx(weights[sums >= sums.max() - 1e-9].sum() / weights.sum())
    if np.isfinite(test.estimate):
        w = weights * np.exp(test.estimate * (sums - sums.mean()))
        assert (w * sums).sum() / w.sum() == pytest.approx(s, abs=1e-7)
    for limit, k in zip(test.conf_int(0.9), (0, 1), strict=True):
        assert not np.isfinite(limit) or test.tails(limit)[k] == pytest.approx(0.05, abs=1e-8)


def test_some_panels_were_held_against_brute_force():
    assert len(PANELS) > 25


@pytest.mark.parametrize("distinct", [True, False])
@pytest.mark.parametrize("theta", [0.0, 1.0])
def test_chains_reach_the_law_that_is_drawn_exactly(distinct, theta):
    rng = np.random.default_rng(5)
    n = (rng.random((6, 9)) < 0.3).astype(int) if distinct else rng.poisson(0.3, (6, 9))
    allowed = (rng.random(n.shape) < 0.85) | (n > 0)
    keep = np.ix_(n.sum(1) > 0, n.sum(0) > 0)
    n, allowed = n[keep], allowed[keep]
    x = np.where(allowed, rng.normal(size=n.shape), 0.0)
    margins = Margins(n.sum(1), n.sum(0), allowed, distinct)
    law = SampledLaw(margins, x[None], 4_000, 0)
    exact = States(margins, theta * x, x[None])
    drawn, chain = exact.draw(4_000, rng), law._chain(theta * x, rng)
    for values in (drawn, chain):
        assert abs(values.mean() - exact.means[0]) < 4 * values.std() / np.sqrt(len(values))
    assert extreme_table(margins, x).sum(axis=1).tolist() == margins.rows.tolist()


def test_a_second_exposure_is_held_by_its_sum():
    """Of the tables that share the second exposure's sum, brute force and the law agree."""
    rng = np.random.default_rng(8)
    n = np.zeros((5, 6), int)
    n[[0, 1, 2, 3, 4, 0], range(6)] = 1
    x, z = rng.normal(size=n.shape), rng.integers(0, 2, n.shape).astype(float)
    test = two_margin_test(x, n, control=z)
    both = all_sums(x + 1e6 * z, n, np.ones(n.shape, bool))[0]
    held = np.round(both / 1e6)
    same = both[held == (z * n).sum()] - 1e6 * (z * n).sum()
    assert test.control == "conditional"
    assert test.p_greater == pytest.approx((same >= (x * n).sum() - 1e-5).mean())
    assert two_margin_test(x, n, control=rng.normal(size=n.shape)).control == "plug-in"


def test_the_detectable_effect_is_found_with_the_power_asked_for():
    rng = np.random.default_rng(2)
    n = np.zeros((7, 10), int)
    n[[0, 1, 2, 3, 4, 5, 6, 0, 1], [0, 1, 2, 3, 4, 5, 6, 7, 8]] = 1
    x = rng.normal(size=n.shape)
    test = two_margin_test(x, n)
    sums, _ = all_sums(x, n, np.ones(n.shape, bool)) if n.sum() < 8 else (test.law.sums[:, 0], None)
    weights = test.law.weights
    ordered = np.sort(sums)
    upper = np.array([weights[sums >= v - 1e-9].sum() for v in ordered])
    critical = ordered[upper <= 0.05][0]
    tilted = test.law.at(np.array([test.detectable() * test.unit]))
    assert tilted[sums >= critical - 1e-9].sum() == pytest.approx(0.8, abs=1e-6)


def test_effects_of_units_and_periods_do_not_move_the_size():
    """Onsets from a logit with strong unit and period effects and none of the exposure."""
    rng = np.random.default_rng(11)
    units, periods = rng.normal(0, 1.5, (8, 1)), np.linspace(1.5, -2.5, 14)
    x = 0.8 * units + 0.5 * periods + rng.normal(size=(8, 14))
    p = []
    while len(p) < 150:
        n = (rng.random(x.shape) < 1 / (1 + np.exp(3.2 - units - periods))).astype(int)
        if n.sum() >= 4:
            try:
                p.append(two_margin_test(x, n, draws=500).p_greater)
            except EstimationError:
                continue
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(p))
    assert 0.4 < np.mean(p) < 0.68


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"onsets": np.zeros((3, 3))}, "no onset"),
        ({"at_risk": np.zeros((3, 3), bool)}, "holds an onset"),
        ({"control": np.zeros((2, 2))}, "control has shape"),
        ({"exposure": np.full((3, 3), np.nan)}, "holds an onset"),
        ({"draws": 3}, "draws must be"),
    ],
)
def test_bad_input_is_named(change, message):
    given = {"exposure": np.arange(9.0).reshape(3, 3) ** 2, "onsets": np.eye(3), **change}
    with pytest.raises(InputError, match=message):
        two_margin_test(given.pop("exposure"), given.pop("onsets"), **given)


def test_one_sum_for_all_tables_is_refused():
    with pytest.raises(EstimationError, match="same sum"):
        two_margin_test(np.add.outer(np.arange(3.0), np.arange(3.0)), np.eye(3))


@pytest.mark.parametrize("held", [False, True])
def test_many_tables_are_each_the_test_of_one(held):
    rng = np.random.default_rng(8)
    x, z = rng.integers(0, 2, (2, 5, 6)).astype(float)
    tables = rng.poisson(0.25, (12, 5, 6))
    for table, found in zip(tables, two_margin_tests(x, tables, control=z if held else None), strict=True):
        try:
            one = two_margin_test(x, table, control=z if held else None)
        except (EstimationError, InputError):
            assert found is None
            continue
        assert (found.p_greater, found.p_less, found.estimate) == pytest.approx(
            (one.p_greater, one.p_less, one.estimate)
        )
        assert found.conf_int(0.9) == pytest.approx(one.conf_int(0.9))


def test_likelihood_and_standard_error_are_those_of_the_conditional_poisson_model():
    """Against sums over all matchings of onsets to periods, and its curvature; sampled and added up it agrees."""
    rng = np.random.default_rng(3)
    x, n = rng.normal(size=(4, 5)), np.zeros((4, 5), int)
    n[[0, 0, 1, 2, 3, 3], [1, 1, 2, 0, 4, 3]] += 1
    n[0, 1] = 2
    units, periods = np.repeat(np.arange(4), n.sum(axis=1)), np.concatenate([np.repeat(np.arange(5), row) for row in n])
    sums = np.array([x[units, list(order)].sum() for order in permutations(periods)])
    test, theta = two_margin_test(x, n), np.linspace(-2, 2, 9)
    exact = np.array([t * test.statistic - np.log(np.mean(np.exp(t * sums))) for t in theta])
    assert test.log_likelihood(theta) == pytest.approx(exact, abs=1e-9)
    w = np.exp(test.estimate * (sums - sums.max()))
    mean, square = (w @ sums**k / w.sum() for k in (1, 2))
    assert test.std_error == pytest.approx(1 / np.sqrt(square - mean**2), rel=1e-4)
    drawn = two_margin_test(x, n, max_exact=1, draws=20_000)
    assert not drawn.exact and drawn.log_likelihood(theta) == pytest.approx(exact, abs=0.1)
    assert np.quantile(test.null_sums(999), [0.1, 0.9]) == pytest.approx(np.quantile(sums, [0.1, 0.9]), abs=0.1)
