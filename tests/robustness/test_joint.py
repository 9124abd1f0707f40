"""Joint tests against brute force, single tests and their size on null histories."""

from __future__ import annotations

import numpy as np
import pytest

from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.engine.arrays import panel_layout
from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.primary.null_design import NullDesign, series_design
from interventions_stats.robustness.joint import _oriented, joint_designs, joint_families, summarise_scores
from interventions_stats.robustness.joint_refits import _scores_of_fits, joint_logit_test
from interventions_stats.robustness.relabelled import Clock, relabelled
from interventions_stats.robustness.specification_curve import multiverse


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
    step = clock.steps("all", 60)
    for k in (0, 1, 50):
        moved, _ = relabelled(series_design(np.roll(x, -step[k]), n), Clock(99, 7))
        # the trend is removed after the roll here, before it there: compare on the residuals' own scale
        assert null[k] == pytest.approx(moved, abs=0.35)
    assert (Clock(99, 7).steps("Putin", 252) == Clock(99, 7).steps("Putin", 252)).all()
    assert (Clock(99, 7).steps("Putin", 252) != Clock(99, 7).steps("Yeltsin", 252)).any()
    assert value == pytest.approx(relabelled(series_design(x, n), Clock(50, 9))[0])


@pytest.mark.parametrize(("leaders", "cut"), [([60, 20, 20, 20], 0), ([60, 60], 12), ([60, 20, 20, 20], 12)])
def test_another_cut_of_the_calendar_moves_with_the_registered_one(leaders, cut):
    rng = np.random.default_rng(12)
    x, n = _ar(rng, 120), np.zeros(120)
    n[[4, 17, 50, 70, 88, 111]] = 1
    two, own = np.repeat(["a", "b"], 60), np.repeat(["a", "b", "c", "b"][: len(leaders)], leaders)
    design, clock = series_design(x[cut:], n[cut:], own[cut:]), Clock(99, 1)
    value, null = relabelled(design, clock, 1, series_design(x, n, two))
    assert value == pytest.approx(relabelled(design, clock)[0])  # the statistic is its own, the relabelling is not
    steps = [clock.steps(label, 60) for label in "ab"]
    for d in (0, 50, 98):
        moved = np.concatenate([np.roll(n[:60], steps[0][d]), np.roll(n[60:], steps[1][d])])
        assert null[d] == pytest.approx(relabelled(series_design(x[cut:], moved[cut:], own[cut:]), clock)[0])


def test_a_shorter_sample_shares_the_shifts_that_fit_and_keeps_its_own_null():
    draws = 20_000
    clock = Clock(draws, 3)
    whole, short, years = clock.steps("a", 96), clock.steps("a", 84), clock.steps("a", 8, months=12)
    for steps, length in ((whole, 96), (short, 84), (years, 8)):
        share = np.bincount(steps, minlength=length) / draws
        assert len(share) == length
        assert (np.abs(share - 1 / length) <= 4.5 * np.sqrt(1 / length / draws)).all()
    assert (short[whole < 84] == whole[whole < 84]).all()
    assert (years == whole // 12).all()


def test_the_data_take_part_in_centre_and_scale():
    # Every relabelling is treated as the data are: dealing them in another order deals the p-values alike.
    rng = np.random.default_rng(5)
    n, x = np.zeros(48), np.zeros((2, 48))
    n[[3, 30]] = 1
    x[0, [3, 4, 19]], x[1] = 1, rng.standard_normal(48)
    found = joint_designs({str(k): series_design(row, n) for k, row in enumerate(x)}, draws=199)
    pool = np.column_stack([found.scores, found.null_scores])
    assert pool.mean(axis=1) == pytest.approx([0, 0], abs=1e-12) and pool.std(axis=1) == pytest.approx([1, 1])
    top = pool.max(axis=0)
    assert found.p_any == (top >= top[0] - 1e-9).mean()


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


def _shift_of(name):
    """The shift that a two-margin proposition keeps as a registered choice, in the place of its primary test."""
    prop = PROPOSITIONS[name]
    other = next((o for c in prop.choices if c.field == "test" for o in c.options[1:]), prop.test)
    return prop.with_(test=other, choices=tuple(c for c in prop.choices if c.field != "test"))


@pytest.mark.parametrize("name", ["W3", "B2", "E3", "S1", "P1"])
def test_the_joint_null_of_a_proposition_is_that_of_its_primary_test(name):
    found = multiverse(_shift_of(name), lists=[], draws=1_999)
    joint = found.joint_test(999)
    own = found.primary.evidence.p_superiority
    assert joint.p_values[0] == pytest.approx(own, abs=4 * np.sqrt(max(own * (1 - own), 0.02) * (1 / 999 + 1 / 1_999)))


def test_families_are_controlled_together():
    parts = {n: multiverse(_shift_of(n), lists=[], draws=99) for n in ("W3", "T2")}
    whole = joint_families(parts, 499)
    each = whole.by_family().set_index("family")["p_adjusted"]
    alone = {n: m.joint_test(499).p_adjusted.min() for n, m in parts.items()}
    assert len(whole.names) == sum(len(m.ran) for m in parts.values())
    assert all(each[n] >= alone[n] - 1e-12 for n in parts)
    assert each.min() == pytest.approx(whole.p_any)
    assert whole.median_ratio == pytest.approx(np.exp(np.median(np.concatenate([
        [s.evidence.estimate for s in m.ran] for m in parts.values()]))))  # fmt: skip


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
            moved = np.concatenate([np.roll(y[:75], clock.steps("a", 75)[d]), np.roll(y[75:], clock.steps("b", 75)[d])])
            null.append(sm.Logit(moved, sm.add_constant(X[:, columns])).fit(disp=0, tol=1e-12).params[1])
        seen = sm.Logit(y, sm.add_constant(X[:, columns])).fit(disp=0, tol=1e-12).params[1]
        pool = np.array([seen, *null])
        assert found.scores[k] == pytest.approx(((pool - pool.mean()) / pool.std())[0], abs=1e-6)
        assert found.null_scores[k] == pytest.approx(((pool - pool.mean()) / pool.std())[1:], abs=1e-6)


def test_a_separated_specification_is_refused_without_the_penalty():
    x = np.zeros((100, 1))
    x[:3] = 1
    y = np.arange(100) % 20 == 5
    with pytest.raises(EstimationError, match="firth=True"):
        joint_logit_test(x, y, [[0]], draws=99)
    assert np.isfinite(joint_logit_test(x, y, [[0]], draws=99, firth=True).scores).all()


@pytest.mark.parametrize("side", ["greater", "less", "two-sided"])
def test_a_fit_that_diverged_counts_as_extreme(side):
    tested = np.array([1.0, *np.linspace(-1, 1, 38), np.inf])
    scores = _scores_of_fits(tested, ~np.isfinite(tested), side)
    joint = summarise_scores(("a",), scores[None, 0], scores[None, 1:], side, 0.05, 0)
    seen, null = _oriented(scores[0], scores[1:], side)
    assert null[-1] == null.max() > seen
    assert joint.p_values[0] == ((null >= seen - 1e-9).sum() + 1) / 40


def test_specifications_that_contradict_one_another_are_no_agreement():
    rng = np.random.default_rng(6)
    common = rng.standard_normal(400)
    null = np.stack([common, -common, common + 0.1 * rng.standard_normal(400), -common])
    joint = summarise_scores(tuple("abcd"), np.array([4.0, -4.0, 4.0, -4.0]), null, "two-sided", 0.05, 0)
    assert joint.p_any <= 0.01 and joint.share_significant == 0.5
    assert joint.p_median > 0.5
    agreed = summarise_scores(tuple("ab"), np.array([4.0, 4.0]), null[[0, 2]], "two-sided", 0.05, 0)
    assert agreed.share_significant == 1.0 and agreed.p_median <= 0.01 and agreed.p_share <= 0.05


def _histories(kind, rng):
    """One null history: related exposures (or choices about one), and one list of onsets over two leaders."""
    n, common = 252, _ar(rng, 252, 0.9)
    counts = np.zeros(n)
    np.add.at(counts, np.sort(rng.integers(0, 96, 12)), 1)
    np.add.at(counts, 96 + rng.integers(0, 156, 10), 1)
    strata = np.repeat(["Yeltsin", "Putin"], [96, 156])
    if kind == "choices":
        three = np.repeat(["Yeltsin", "Putin", "Medvedev", "Putin"], [96, 60, 48, 48])
        lagged = [np.concatenate([common[:lag], common[:-lag]]) for lag in (1, 2, 3)]
        later = np.concatenate([[0.0], counts[:-1]])
        later[-1] += counts[-1]
        return [
            (x[cut:], c[cut:], s[cut:], (x, c, strata))
            for x in (*lagged, np.maximum(common, 0.5)) for c in (counts, later) for s in (strata, three) for cut in (0, 12)
        ]  # fmt: skip
    rows = []
    for k in range(12):
        x = 0.8 * common + 0.6 * _ar(rng, n, 0.9)
        rows.append({"plain": x, "skewed": np.exp(1.2 * x), "sparse": (np.roll(x, k % 3) > 1.9).astype(float)}[kind])
    return [(x, counts, strata) for x in rows]


def _sizes(kind, histories, side="greater", draws=199):
    hits = np.zeros(3)
    for h in range(histories):
        rows = _histories(kind, np.random.default_rng([11, h]))
        designs = {str(k): series_design(*row[:3]) for k, row in enumerate(rows) if np.ptp(row[0]) > 0}
        calendars = {str(k): series_design(*row[3]) for k, row in enumerate(rows) if len(row) > 3}
        found = joint_designs(designs, draws, alternative=side, seed=h, calendars=calendars)
        hits += [found.p_any <= 0.05, found.p_median <= 0.05, found.p_share <= 0.05]
    return hits / histories


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "side"), [("plain", "greater"), ("skewed", "greater"), ("sparse", "greater"),
                                            ("choices", "greater"), ("choices", "two-sided")])  # fmt: skip
def test_size_on_null_histories(kind, side):
    """At most .05 within three Monte Carlo errors; a share that is coarse, as of sparse exposures, rejects less."""
    histories = 400
    size = _sizes(kind, histories, side)
    slack = 3 * np.sqrt(0.05 * 0.95 / histories)
    assert (size <= 0.05 + slack).all(), size
    assert (size[:2] >= 0.02).all(), size  # and they do reject


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
    design = NullDesign(flat, n, layout, np.ones((len(flat), 1)), (flat,), many_units=True, between_units=True)
    value, null = relabelled(design, Clock(999, 0))
    levels = np.sort(exposure[:, 0])
    scaled = np.unique(np.round(null, 9))
    assert len(scaled) == 8  # the two onsets stay with one target, which takes the history of any of eight
    assert np.searchsorted(scaled, value - 1e-6) == np.searchsorted(levels, exposure[2, 0] - 1e-9)
