"""Joint tests against brute force, single tests and their size on null histories."""

from __future__ import annotations

import numpy as np
import pytest

from interventions_stats.errors import EstimationError, InputError
from interventions_stats.evidence.design import Design, series_design
from interventions_stats.evidence.seeds import branch
from interventions_stats.inference.arrays import panel_layout
from interventions_stats.inference.permutation.circular import circular_shift_test
from interventions_stats.robustness.joint import (
    Clock,
    joint_designs,
    joint_families,
    joint_logit_test,
    relabelled,
    summarise_scores,
)
from interventions_stats.robustness.multiverse import multiverse


def _ar(rng, n, phi=0.8):
    x = np.empty(n)
    x[0] = rng.standard_normal()
    for t in range(1, n):
        x[t] = phi * x[t - 1] + np.sqrt(1 - phi**2) * rng.standard_normal()
    return x


def test_one_specification_is_its_own_shift_test():
    rng = np.random.default_rng(1)
    x, n, strata = _ar(rng, 120), np.zeros(120), np.repeat(["a", "b"], 60)
    n[[3, 4, 17, 50, 70, 88, 111]] = 1
    alone = circular_shift_test(x, n, strata, detrend="linear", studentise=True, max_exact=10**7)
    joint = joint_designs({"one": series_design(x, n, strata)}, draws=4_000)
    assert joint.p_values[0] == pytest.approx(alone.p_greater, abs=4 * np.sqrt(0.25 / 4_000))
    assert joint.p_adjusted[0] == joint.p_values[0] == joint.p_any


def test_every_specification_moves_by_the_same_shift():
    rng = np.random.default_rng(2)
    n = np.zeros(60)
    n[[5, 20, 41]] = 1
    x = rng.standard_normal(60)
    clock = Clock(99, 7)
    value, null = relabelled(series_design(x, n), clock)
    step = np.floor(np.random.default_rng(branch(7, "clock", "all")).random(99) * 60).astype(int)
    for k in (0, 1, 50):
        moved, _ = relabelled(series_design(np.roll(x, -step[k]), n), Clock(99, 7))
        # the trend is removed after the roll here, before it there: compare on the residuals' own scale
        assert null[k] == pytest.approx(moved, abs=0.35)
    assert (Clock(99, 7).points("Putin") == Clock(99, 7).points("Putin")).all()
    assert (Clock(99, 7).points("Putin") != Clock(99, 7).points("Yeltsin")).any()
    assert value == pytest.approx(relabelled(series_design(x, n), Clock(50, 9))[0])


def test_scores_against_a_loop():
    rng = np.random.default_rng(3)
    null = rng.standard_normal((6, 199))
    null[1] = null[0]  # two equal specifications cost nothing
    observed = np.array([2.2, 2.2, 0.1, -1.0, 1.0, 0.5])
    found = summarise_scores(tuple("abcdef"), observed, null, "greater", 0.05, 0)
    raw = [(1 + sum(v >= o for v in row)) / 200 for o, row in zip(observed, null, strict=True)]
    assert found.p_values == pytest.approx(raw)
    order, running = sorted(range(6), key=lambda k: -observed[k]), 0.0
    for place, k in enumerate(order):
        left = order[place:]
        p = (1 + sum(null[left, j].max() >= observed[k] for j in range(199))) / 200
        running = max(running, p)
        assert found.p_adjusted[k] == pytest.approx(running)
    medians = [np.median(null[:, j]) for j in range(199)]
    assert found.p_median == pytest.approx((1 + sum(m >= np.median(observed) for m in medians)) / 200)

    def share(column, own):
        pools = [np.append(row, o) for row, o in zip(null, observed, strict=True)]
        del own
        return np.mean([np.mean(pool >= v) <= 0.05 for pool, v in zip(pools, column, strict=True)])

    shares = [share(null[:, j], j) for j in range(199)]
    assert found.share_significant == share(observed, None)
    assert found.p_share == pytest.approx((1 + sum(s >= found.share_significant for s in shares)) / 200)


@pytest.mark.parametrize("name", ["W3", "B2", "E3", "S1", "P1"])
def test_the_joint_null_of_a_proposition_is_that_of_its_primary_test(name):
    found = multiverse(name, lists=[], draws=1_999)
    joint = found.joint_test(999)
    own = found.primary.evidence.p_superiority
    assert joint.p_values[0] == pytest.approx(own, abs=4 * np.sqrt(max(own * (1 - own), 0.02) * (1 / 999 + 1 / 1_999)))


def test_families_are_controlled_together():
    parts = {n: multiverse(n, lists=[], draws=99) for n in ("W3", "T2")}
    whole, each = joint_families(parts, 499)
    alone = {n: m.joint_test(499).p_adjusted.min() for n, m in parts.items()}
    assert len(whole.names) == sum(len(m.ran) for m in parts.values())
    assert all(each[n] >= alone[n] - 1e-12 for n in parts)
    assert min(each.values()) == pytest.approx(whole.p_any)


def test_exact_tests_relabel_nothing():
    with pytest.raises(InputError, match="exact"):
        multiverse("L1", lists=[], draws=99).joint_test(99)


def test_refits_agree_with_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(4)
    X, y = rng.standard_normal((150, 4)), np.zeros(150)
    y[rng.choice(150, 30, replace=False)] = 1
    strata, specs = np.repeat(["a", "b"], 75), [[0], [1, 2], [3, 0, 1]]
    found = joint_logit_test(X, y, specs, strata=strata, draws=99, seed=5)
    clock = Clock(99, 5)
    for k, columns in enumerate(specs):
        null = []
        for d in range(99):
            moved = np.concatenate(
                [np.roll(y[:75], int(clock.points("a")[d] * 75)), np.roll(y[75:], int(clock.points("b")[d] * 75))]
            )
            null.append(sm.Logit(moved, sm.add_constant(X[:, columns])).fit(disp=0, tol=1e-12).params[1])
        seen = sm.Logit(y, sm.add_constant(X[:, columns])).fit(disp=0, tol=1e-12).params[1]
        assert found.scores[k] == pytest.approx((seen - np.mean(null)) / np.std(null), abs=1e-6)
        assert found.null_scores[k] == pytest.approx((np.array(null) - np.mean(null)) / np.std(null), abs=1e-6)


def test_a_separated_specification_is_refused_without_the_penalty():
    x = np.zeros((100, 1))
    x[:3] = 1
    y = np.arange(100) % 20 == 5
    with pytest.raises(EstimationError, match="firth=True"):
        joint_logit_test(x, y, [[0]], draws=99)
    assert np.isfinite(joint_logit_test(x, y, [[0]], draws=99, firth=True).scores).all()


def _histories(kind, rng):
    """One null history of twelve related exposures and one list of onsets over two leaders."""
    n, common = 252, _ar(rng, 252, 0.9)
    rows = []
    for k in range(12):
        x = 0.8 * common + 0.6 * _ar(rng, n, 0.9)
        rows.append({"plain": x, "skewed": np.exp(1.2 * x), "sparse": (np.roll(x, k % 3) > 1.9).astype(float)}[kind])
    counts = np.zeros(n)
    np.add.at(counts, np.sort(rng.integers(0, 96, 12)), 1)
    np.add.at(counts, 96 + rng.integers(0, 156, 10), 1)
    return rows, counts, np.repeat(["Yeltsin", "Putin"], [96, 156])


def _sizes(kind, histories, draws=199):
    hits = np.zeros(3)
    for h in range(histories):
        rows, counts, strata = _histories(kind, np.random.default_rng([11, h]))
        designs = {str(k): series_design(x, counts, strata) for k, x in enumerate(rows) if np.ptp(x) > 0}
        found = joint_designs(designs, draws, seed=h)
        hits += [found.p_any <= 0.05, found.p_median <= 0.05, found.p_share <= 0.05]
    return hits / histories


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["plain", "skewed", "sparse"])
def test_size_on_null_histories(kind):
    histories = 300
    size = _sizes(kind, histories)
    slack = 3 * np.sqrt(0.05 * 0.95 / histories)
    assert (size <= 0.05 + slack).all(), size
    assert size[0] >= 0.005  # and it does reject


def test_power_against_an_effect_in_half_of_the_specifications():
    rng = np.random.default_rng(8)
    x = _ar(rng, 240, 0.5)
    counts = np.zeros(240)
    counts[np.argsort(-(x + 0.3 * rng.standard_normal(240)))[:20]] = 1
    designs = {f"real {k}": series_design(x + 0.3 * rng.standard_normal(240), counts) for k in range(5)}
    designs |= {f"noise {k}": series_design(_ar(rng, 240, 0.5), counts) for k in range(5)}
    found = joint_designs(designs, 499)
    adjusted = dict(zip(found.names, found.p_adjusted, strict=True))
    assert all(p <= 0.03 for n, p in adjusted.items() if n.startswith("real"))
    assert all(p > 0.05 for n, p in adjusted.items() if n.startswith("noise"))


def test_exchanged_targets_follow_one_order():
    rng = np.random.default_rng(9)
    exposure = np.tile(rng.standard_normal((8, 1)), (1, 10))
    onsets = np.zeros((8, 10))
    onsets[2, [1, 5]] = 1
    layout = panel_layout(exposure, onsets, None, list("abcdefgh"))
    flat, n = exposure.ravel()[layout.kept], onsets.ravel()[layout.kept]
    design = Design(
        "between targets", flat, n, layout, "linear", False, np.ones((len(flat), 1)), (flat,), np.arange(len(flat))
    )
    value, null = relabelled(design, Clock(999, 0))
    levels = np.sort(exposure[:, 0])
    scaled = np.unique(np.round(null, 9))
    assert len(scaled) == 8  # the two onsets stay with one target, which takes the history of any of eight
    assert np.searchsorted(scaled, value - 1e-6) == np.searchsorted(levels, exposure[2, 0] - 1e-9)
