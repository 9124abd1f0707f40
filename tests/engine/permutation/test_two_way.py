"""The two-way shift against loops over every shift, least squares and its own batch."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from interventions_stats.engine.arrays import panel_layout
from interventions_stats.engine.permutation.two_way import TwoWay, two_way_p_values, two_way_shift_test
from interventions_stats.errors import EstimationError, InputError


def case(seed: int, units: int = 3, years: int = 9, late: bool = False):
    rng = np.random.default_rng(seed)
    exposure = rng.standard_normal((units, years)).cumsum(axis=1)
    if late:
        exposure[0, :2] = np.nan
    onsets = (rng.random((units, years)) < 0.3).astype(float)
    onsets[np.isnan(exposure)] = 0
    onsets[1, 4] += 1
    return exposure, onsets


def residuals(values, exposure, degree=1, controls=()):
    """Least squares on year dummies, unit polynomials and controls, over the rows at risk; NaN elsewhere."""
    units, years = exposure.shape
    risk = ~np.isnan(exposure)
    rows = np.argwhere(risk)
    columns = [(rows[:, 1] == t).astype(float) for t in range(years)]
    columns += [(rows[:, 0] == i) * rows[:, 1].astype(float) ** k for i in range(units) for k in range(degree + 1)]
    columns += [c[risk] for c in controls]
    X = np.column_stack(columns)
    y = values[risk]
    out = np.full(exposure.shape, np.nan)
    out[risk] = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    return out, np.linalg.matrix_rank(X)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("controlled", [False, True])
def test_null_is_the_loop_over_all_joint_shifts(late: bool, controlled: bool) -> None:
    exposure, onsets = case(3, late=late)
    control = np.where(np.isnan(exposure), np.nan, np.random.default_rng(9).standard_normal(exposure.shape))
    given = (control,) if controlled else ()
    x, rank = residuals(exposure, exposure, controls=given)
    n, _ = residuals(onsets, exposure, controls=given)
    rows = [np.flatnonzero(~np.isnan(row)) for row in exposure]
    df = sum(max(len(r) - 2, 0) for r in rows)
    x = x / np.sqrt(np.nansum(x**2) / df)
    t = np.concatenate(rows).astype(float)
    flat = np.concatenate([x[i, r] for i, r in enumerate(rows)])
    weight = np.concatenate([n[i, r] for i, r in enumerate(rows)])
    level = np.mean(flat**2)
    slope = np.sum((flat**2 - level) * (t - t.mean())) / np.sum((t - t.mean()) ** 2)
    variance = np.maximum(level + slope * (t - t.mean()), 0.1 * level)
    variance *= level / variance.mean()
    factor = np.sqrt(len(flat) / (len(flat) - rank) * np.sum(variance * weight**2) / (level * np.sum(weight**2)))
    null = [
        factor * sum(np.roll(x[i, r], -s) @ n[i, r] for (i, r), s in zip(enumerate(rows), shifts, strict=True))
        for shifts in product(*(range(len(r)) for r in rows))
    ]
    observed = float(np.nansum(x * onsets))
    test = two_way_shift_test(exposure, onsets, controls=np.array(given) if controlled else None)
    assert test.exact and test.n_null == len(null)
    assert test.statistic * test.n_onsets_identifying == pytest.approx(observed)
    assert test.p_greater == pytest.approx(np.mean(np.array(null) >= observed - 1e-9), abs=1.5 / len(null))
    assert test.p_less == pytest.approx(np.mean(np.array(null) <= observed + 1e-9), abs=1.5 / len(null))
    assert test.null_sd * test.n_onsets_identifying == pytest.approx(np.std(null), rel=1e-9)


def test_what_units_and_years_share_changes_nothing() -> None:
    exposure, onsets = case(5, units=5, years=14)
    rng = np.random.default_rng(1)
    moved = (
        exposure
        + 50 * rng.standard_normal(14)
        + rng.standard_normal((5, 1)) * np.arange(14)
        + rng.standard_normal((5, 1))
    )
    first, second = (two_way_shift_test(e, onsets, draws=999, seed=4) for e in (exposure, 3 * moved))
    assert (first.p_greater, first.p_less) == (second.p_greater, second.p_less)
    assert first.statistic == pytest.approx(second.statistic)


def test_a_sign_swaps_the_tails_and_batches_repeat_the_single_test() -> None:
    exposure, onsets = case(8, units=6, years=20)
    one, other = (two_way_shift_test(e, onsets, max_exact=1, draws=4_999, seed=2) for e in (exposure, -exposure))
    assert (one.p_greater, one.p_less) == (other.p_less, other.p_greater)
    layout = panel_layout(exposure, onsets, None, None)
    space = TwoWay(layout, 1)
    scores, weights = space.scores(exposure.reshape(1, -1)), space(onsets.reshape(1, -1))
    for side, p in (("greater", one.p_greater), ("less", one.p_less), ("two-sided", one.p_two_sided)):
        batch = two_way_p_values(space, scores, weights, alternative=side, relabellings=4_999)[0]
        assert batch == pytest.approx(p, abs=4 * np.sqrt(2 * p * (1 - p) / 4_999) + 1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("units", "years", "share"), [(5, 50, 0.5), (14, 29, 0.05)])
def test_size_where_units_have_onsets_in_the_same_years(units: int, years: int, share: float) -> None:
    """Onsets crowd in the first years; exposures are persistent. The plain shift within targets is conservative here."""
    from interventions_stats.engine.permutation.within_target import within_target_p_values

    rng = np.random.default_rng(11)
    rate = share * 2 * np.exp(-np.arange(years) / years * 3)
    onsets = (rng.random((units, years)) < np.minimum(rate, 0.9)).astype(float)
    x = np.empty((2_000, units, years))
    x[..., 0] = rng.standard_normal(x.shape[:2])
    for t in range(1, years):
        x[..., t] = 0.85 * x[..., t - 1] + np.sqrt(1 - 0.85**2) * rng.standard_normal(x.shape[:2])
    layout = panel_layout(x[0], onsets, None, None)
    space = TwoWay(layout, 1)
    scores, weights = space.scores(x.reshape(len(x), -1)), space(onsets.reshape(1, -1))
    margin = 3 * np.sqrt(0.05 * 0.95 / len(x))
    for side in ("greater", "less"):
        assert (
            0.03 - margin
            <= (two_way_p_values(space, scores, weights, alternative=side) <= 0.05).mean()
            <= 0.07 + margin
        )
    if units == 5:
        assert (within_target_p_values(x, onsets, relabellings=999) <= 0.05).mean() < 0.03


def test_refusals_name_the_remedy() -> None:
    exposure, onsets = case(1)
    with pytest.raises(InputError, match=r"controls have shape .* give \(k, units, years\)"):
        two_way_shift_test(exposure, onsets, controls=np.zeros((1, 2, 2)))
    with pytest.raises(InputError, match="a control is missing on rows at risk"):
        two_way_shift_test(exposure, onsets, controls=np.full((1, *exposure.shape), np.nan))
    with pytest.raises(EstimationError, match="no unit has both"):
        two_way_shift_test(np.ones((3, 9)), onsets)


def weighted_case(seed: int = 4):
    exposure, onsets = case(seed, units=5, years=16, late=True)
    onsets[3] = 0  # a unit that weighs nothing
    risk = ~np.isnan(exposure)
    layout = panel_layout(exposure, onsets, risk, None)
    own = np.array([onsets.ravel()[layout.kept][a:b].sum() for a, b in layout.pieces])
    return layout, exposure[risk], onsets[risk], own, np.argwhere(risk)


def test_weighted_residuals_are_those_of_weighted_least_squares() -> None:
    layout, x, _, own, cells = weighted_case()
    weight = np.sqrt(own[cells[:, 0]])
    columns = [(cells[:, 1] == t).astype(float) for t in range(16)]
    columns += [(cells[:, 0] == i) * cells[:, 1].astype(float) ** k for i in range(5) for k in (0, 1)]
    X = np.column_stack(columns)
    fitted = X @ np.linalg.lstsq(X * weight[:, None], x * weight, rcond=None)[0]
    space = TwoWay(layout, 1, None, own)
    assert space(x) == pytest.approx(np.where(weight > 0, x - fitted, 0.0), abs=1e-9)
    # the share of variance kept, from unit vectors pushed through the projection
    moved = space(np.eye(layout.n)).T
    for i, (a, b) in enumerate(layout.pieces):
        if own[i]:
            assert space.kept[i] == pytest.approx(np.mean((moved[a:b] ** 2).sum(axis=1)), abs=1e-9)


def test_a_calendar_that_units_share_by_their_weight_leaves_no_onsets() -> None:
    layout, x, onsets, own, cells = weighted_case()
    space = TwoWay(layout, 1, None, own)
    calendar = np.random.default_rng(2).random(16)
    assert np.abs(space.onsets(own[cells[:, 0]] * calendar[cells[:, 1]])).max() < 1e-9
    assert float(space(x) @ onsets) == pytest.approx(float(x @ space.onsets(onsets)))
    assert np.abs(TwoWay(layout, 1)(own[cells[:, 0]] * calendar[cells[:, 1]])).max() > 0.1  # plain year means leave it


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_batch_draws_the_shifts_of_the_single_test(alternative: str, weighted: bool) -> None:
    """The same seed gives the same shifts, and so the same p to the last draw, for many onsets or many exposures."""
    rng = np.random.default_rng(6)
    x = np.exp(rng.normal(size=(3, 4, 12)))
    n = np.zeros((3, 4, 12))
    n[:, [0, 2], [3, 3]] = 1
    n[[0, 1, 2], [1, 1, 3], [5, 9, 7]] = 1
    layout = panel_layout(x[0], n.max(axis=0), None, None)
    own = n[0].sum(axis=1) if weighted else None
    space = TwoWay(layout, 1, None, own)

    def alone(exposure, onsets):
        test = two_way_shift_test(
            exposure, onsets, weight_units=weighted, max_exact=1, draws=199, seed=3, alternative=alternative
        )
        assert not test.exact and test.n_null == 199
        return test.p_value

    given = {"alternative": alternative, "relabellings": 199, "seed": 3}
    scores, weights = space.scores(x.reshape(3, -1)), space.onsets(n.reshape(3, -1))
    if not weighted:  # weights of the units follow the onsets
        assert two_way_p_values(space, scores[:1], weights, **given) == pytest.approx([alone(x[0], k) for k in n])
        assert two_way_p_values(space, scores, weights[:1], **given) == pytest.approx([alone(e, n[0]) for e in x])
    else:
        found = two_way_p_values(space, scores[:1], weights[:1], **given)[0]
        # a unit without onsets is not shifted in the batch's null; in the single test it adds nothing
        assert found == pytest.approx(alone(x[0], n[0]))
    with pytest.raises(InputError, match="at least 99"):
        two_way_p_values(space, scores, weights[:1], relabellings=98)


def by_loops(exposure, onsets, own):
    """Null and statistic of the weighted test: weighted least squares for exposures, its transpose for onsets."""
    units, years = exposure.shape
    cells = np.array(list(product(range(units), range(years))))
    root = np.sqrt(own[cells[:, 0]])
    columns = [(cells[:, 1] == t).astype(float) for t in range(years)]
    columns += [(cells[:, 0] == i) * cells[:, 1].astype(float) ** k for i in range(units) if own[i] for k in (0, 1)]
    X = np.column_stack(columns) * root[:, None]
    live = root > 0
    hat = X @ np.linalg.pinv(X)
    maker = np.where(np.outer(live, live), np.eye(len(cells)) - hat, 0.0)
    back = np.where(live, 1 / np.where(live, root, 1), 0.0)
    push = back[:, None] * maker * root[None, :]  # what is done to an exposure
    x = push @ exposure.ravel()
    x = x / np.sqrt((x**2).sum() / (units * (years - 2)))
    w = push.T @ onsets.ravel()
    kept = np.array([max(np.mean([(push[r] ** 2).sum() for r in range(i * years, (i + 1) * years)]), 0.01)
                     if own[i] else 1.0 for i in range(units)])  # fmt: skip
    time = cells[live, 1] - cells[live, 1].mean()
    level = (x[live] ** 2).mean()
    slope = (x[live] ** 2 - level) @ time / (time @ time)
    variance = np.maximum(level + slope * time, 0.1 * level)
    variance *= level / variance.mean()
    ratio = (variance * w[live] ** 2).sum() / (level * (w[live] ** 2).sum())
    parts = [np.sqrt(ratio / kept[i]) * np.array([np.roll(x[i * years : (i + 1) * years], -s) @ w[i * years : (i + 1) * years]
                                                  for s in range(years)]) for i in range(units)]  # fmt: skip
    null = parts[0]
    for part in parts[1:]:
        null = np.add.outer(null, part).ravel()
    return float(x @ onsets.ravel()), null


@pytest.mark.parametrize("seed", range(3))
def test_units_weigh_by_their_onsets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    exposure = rng.normal(size=(4, 9)).cumsum(axis=1) * np.linspace(0.02, 4, 9) ** seed  # up to a spread that vanishes
    onsets = np.zeros((4, 9))
    onsets[[0, 0, 0, 1, 2], [0, 1, 4, 1, 7]] = 1
    own, null = by_loops(exposure, onsets, onsets.sum(axis=1))
    test = two_way_shift_test(exposure, onsets, weight_units=True, max_exact=100_000)
    assert "weighted year means" in test.scheme and "weighted" not in two_way_shift_test(exposure, onsets).scheme
    assert test.exact and test.n_null == 9**4 and test.n_onsets_identifying == 5
    assert test.statistic == pytest.approx(own / 5)
    assert test.null_sd == pytest.approx(null.std() / 5, rel=1e-8)
    off = abs(own - null.mean())
    found = [test.p_greater, test.p_less, test.p_two_sided]
    expected = [np.mean(null >= own), np.mean(null <= own), np.mean(np.abs(null - null.mean()) >= off)]
    assert found == pytest.approx(
        expected, abs=1.5 * 9 / 9**4
    )  # the unit that weighs nothing repeats every value nine times


def test_a_short_panel_weighted_by_onsets_leaves_nothing() -> None:
    onsets = np.zeros((3, 4))
    onsets[0, 1] = 1
    x = np.random.default_rng(0).normal(size=(3, 4))
    with pytest.raises(EstimationError, match="no degree of freedom"):
        two_way_shift_test(x, onsets, weight_units=True)  # one unit with onsets: the weighted year mean is itself


def test_idle_units_are_named_and_a_flat_one_is_not_identifying() -> None:
    exposure, onsets = case(2, units=4, years=10)
    onsets[3, 2] = 1
    full = two_way_shift_test(exposure, onsets, draws=99, max_exact=1)
    assert full.identifying == tuple(bool(k) for k in onsets.sum(axis=1))
    assert full.n_onsets_identifying == onsets.sum() == full.n_onsets
    with pytest.raises(InputError, match="at least 99"):
        two_way_shift_test(exposure, onsets, draws=98)
    late = exposure.copy()
    late[0, :9] = np.nan  # a single year: its level takes all of it
    hits = np.where(np.isnan(late), 0, onsets)
    hits[0, 9] = 1
    test = two_way_shift_test(late, hits, draws=99, max_exact=1)
    assert not test.identifying[0] and test.n_onsets_identifying == hits.sum() - 1
    assert any("say nothing: 0 (1)" in m for m in test.messages)


def test_no_controls_are_no_controls_and_collinear_ones_change_nothing() -> None:
    exposure, onsets = case(4, units=3, years=10)
    plain = two_way_shift_test(exposure, onsets, max_exact=2_000)
    empty = two_way_shift_test(exposure, onsets, max_exact=2_000, controls=np.empty((0, 3, 10)))
    given = np.random.default_rng(1).normal(size=(2, 3, 10))
    one, other = (two_way_shift_test(exposure, onsets, max_exact=2_000, controls=c) for c in
                  (given, given * np.array([1e-11, 1e11])[:, None, None]))  # fmt: skip
    assert (one.statistic, one.null_sd) == pytest.approx((other.statistic, other.null_sd))
    assert one.statistic != pytest.approx(plain.statistic, rel=1e-3)
    year = np.broadcast_to(np.arange(10.0) ** 2, (1, 3, 10))  # a column that year means hold already
    spanned = two_way_shift_test(exposure, onsets, max_exact=2_000, controls=year)
    for other in (empty, spanned):
        assert (other.statistic, other.null_sd, other.p_greater) == pytest.approx(
            (plain.statistic, plain.null_sd, plain.p_greater)
        )


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_what_is_removed_is_the_rank_of_what_is_projected_out(degree: int) -> None:
    """Units of one year and of two have no trend to lose."""
    exposure, onsets = case(7, units=5, years=9)
    exposure[0, :8], exposure[1, :7] = np.nan, np.nan
    onsets[np.isnan(exposure)] = 0
    onsets[0, 8] = 1
    layout = panel_layout(exposure, onsets, None, None)
    _, rank = residuals(exposure, exposure, degree)
    space = TwoWay(layout, degree)
    assert space.removed == rank and space.kept == pytest.approx((layout.n - rank) / layout.n)
    own = np.array([onsets.ravel()[layout.kept][a:b].sum() for a, b in layout.pieces])
    own[2] = 0.0
    weighted = TwoWay(layout, degree, None, own)
    used = np.repeat(own > 0, [b - a for a, b in layout.pieces])
    cells = np.argwhere(~np.isnan(exposure))[used]
    columns = [(cells[:, 1] == t).astype(float) for t in range(9)]
    columns += [
        (cells[:, 0] == i) * cells[:, 1].astype(float) ** k for i in range(5) if own[i] for k in range(degree + 1)
    ]
    assert weighted.removed == np.linalg.matrix_rank(np.column_stack(columns))
