"""Separation check, against another linear program in raw coordinates and published cases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from interventions_stats.engine.fit.separation import Separation, check, sign_conflict
from interventions_stats.engine.fit.separation_cone import recession
from interventions_stats.engine.fit.separation_pairs import check_conditional
from interventions_stats.errors import EstimationError, InputError


def slack_program(X, y, count=False):
    """Rows strictly separable by any direction: max sum t, s x'g >= t, 0 <= t <= 1, g free, no standardisation."""
    n, k = X.shape
    held = (y > 0) if count else np.zeros(n, bool)
    signed = X * np.where(y > 0, 1, -1)[:, None]
    free = ~held
    solved = linprog(
        np.concatenate([np.zeros(k), -np.ones(free.sum())]),
        A_ub=np.hstack([-signed[free], np.eye(free.sum())]),
        b_ub=np.zeros(free.sum()),
        A_eq=np.hstack([signed[held], np.zeros((held.sum(), free.sum()))]) if held.any() else None,
        b_eq=np.zeros(held.sum()) if held.any() else None,
        bounds=[(None, None)] * k + [(0, 1)] * int(free.sum()),
    )
    return round(-solved.fun), signed, held


def coefficient_range(signed, held, j):
    """Smallest and largest value of one raw coefficient over the recession cone in a box."""
    k = signed.shape[1]
    ends = []
    for s in (1, -1):
        cost = np.zeros(k)
        cost[j] = -s
        equal = (signed[held], np.zeros(held.sum())) if held.any() else (None, None)
        solved = linprog(
            cost, A_ub=-signed[~held], b_ub=np.zeros((~held).sum()), A_eq=equal[0], b_eq=equal[1], bounds=(-50, 50)
        )
        ends.append(float(solved.x[j]))
    return ends[1], ends[0]


def assert_directions(found: Separation, signed: np.ndarray, held: np.ndarray, columns: int) -> None:
    """Each column is named with the one sign that its coefficient can take, and not named where it can take both."""
    named = dict(zip(found.positions, found.directions, strict=True))
    for j in range(columns):
        low, high = coefficient_range(signed, held, j)
        expected = 1 if high > 1e-6 and low > -1e-6 else -1 if low < -1e-6 and high < 1e-6 else 0
        assert named.get(j, 0) == expected, (j, low, high, found)


@st.composite
def designs(draw, top=1):
    n, k = draw(st.integers(4, 14)), draw(st.integers(1, 3))
    cells = draw(st.lists(st.integers(-2, 2), min_size=n * k, max_size=n * k))
    y = draw(st.lists(st.integers(0, top), min_size=n, max_size=n))
    return np.column_stack([np.ones(n), np.reshape(cells, (n, k))]).astype(float), np.array(y, float)


@pytest.mark.parametrize("response", ["binary", "count"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_kind_rows_and_directions_match_a_raw_linear_program(response, data):
    X, y = data.draw(designs(top=1 if response == "binary" else 3))
    assume(np.linalg.matrix_rank(X) == X.shape[1])
    found = check(X, y, response=response)
    n_separated, signed, held = slack_program(X, y, response == "count")
    assert found.kind == ("none" if n_separated == 0 else "complete" if n_separated == len(y) else "quasi")
    assert found.n_separated == n_separated
    if len(set(y > 0)) == 1 and not (response == "count" and y.max() > 1):
        assert found.columns in ((), ("x0",))
        return
    if "jointly" in found.message:
        assert found.columns
        return
    assert_directions(found, signed, held, X.shape[1])


@settings(max_examples=60, deadline=None)
@given(data=designs(), seed=st.integers(0, 2**32 - 1))
def test_units_origin_and_order_do_not_matter(data, seed):
    X, y = data
    assume(np.linalg.matrix_rank(X) == X.shape[1])
    rng = np.random.default_rng(seed)
    first = check(X, y)
    moved = X.copy()
    factors = 10.0 ** rng.integers(-6, 9, X.shape[1] - 1)
    moved[:, 1:] = X[:, 1:] * factors + factors * rng.integers(-1000, 1000, X.shape[1] - 1)
    rows, columns = rng.permutation(len(y)), rng.permutation(X.shape[1])
    labels = [f"x{j}" for j in columns]
    second = check(moved[rows][:, columns], y[rows], labels)
    assert (second.kind, second.n_separated) == (first.kind, first.n_separated)
    if "jointly" not in first.message:  # the margin, and so the joint naming, depends on the metric
        slopes = {c: d for c, d in zip(first.columns, first.directions, strict=True) if c != "x0"}
        assert {c: d for c, d in zip(second.columns, second.directions, strict=True) if c != "x0"} == slopes


@pytest.mark.parametrize(
    ("name", "outcome", "column", "rows"), [("endometrial", "HG", "NV", 13), ("sex2", "case", "dia", 7)]
)
def test_published_cases(published, name, outcome, column, rows):
    frame = published(name)
    X = np.column_stack([np.ones(len(frame)), frame.drop(columns=outcome)])
    found = check(X, frame[outcome], ["Intercept", *frame.drop(columns=outcome)])
    assert (found.kind, found.columns, found.directions, found.n_separated) == ("quasi", (column,), (1,), rows)


def test_read_off_and_linear_program_agree():
    rng = np.random.default_rng(3)
    X = np.column_stack([np.ones(400), rng.normal(size=(400, 3)), rng.random(400) < 0.03]).astype(float)
    y = (rng.random(400) < 0.06).astype(float)
    y[X[:, 4] == 1] = 0
    found = check(X, y)
    assert (found.columns, found.directions) == (("x4",), (-1,)) and "x4 = 1" in found.message
    cone = recession(X * np.where(y > 0, 1, -1)[:, None], np.zeros(400, bool), np.eye(5), 0)
    assert cone.directions.tolist() == [0, 0, 0, 0, -1] and cone.separated.sum() == found.n_separated


@pytest.mark.parametrize("n", [6001, 6002, 6003, 6004])
def test_one_contrary_row_among_thousands_is_found(n):
    """The linear program starts from a part of the rows and must take in the one that it violates."""
    x = np.sort(np.random.default_rng(0).normal(size=n))
    rows = np.column_stack([np.ones(n), x]) * np.where(x > 0, 1, -1)[:, None]
    assert recession(rows, np.zeros(n, bool), np.eye(2), 0).separated.all()
    for contrary in (5, 2500, 5994):
        changed = rows.copy()
        changed[contrary] *= -1
        assert not recession(changed, np.zeros(n, bool), np.eye(2), 0).separated.any()


@pytest.mark.parametrize("flip", [False, True])
def test_pure_level_zero_moves_the_intercept_too(flip):
    x = np.repeat([0.0, 1.0], 5)
    y = np.array([0, 0, 0, 0, 0, 1, 0, 1, 0, 0], float)
    y = 1 - y if flip else y
    found = check(np.column_stack([np.ones(10), x]), y, ["Intercept", "x"])
    assert found.columns == ("Intercept", "x") and found.directions == ((1, -1) if flip else (-1, 1))


def test_large_sample_with_two_separating_columns():
    rng = np.random.default_rng(5)
    n = 100_000
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 3)), rng.random((n, 2)) < 0.001]).astype(float)
    y = (rng.random(n) < 0.002).astype(float)
    exposed = X[:, 4:].any(axis=1)
    y[exposed] = 0
    found = check(X, y)
    assert (found.kind, found.columns, found.directions) == ("quasi", ("x4", "x5"), (-1, -1))
    assert found.n_separated == exposed.sum()
    y[np.flatnonzero(X[:, 4])[0]] = y[np.flatnonzero(X[:, 5])[0]] = 1
    assert check(X, y).kind == "none"
    assert check(X, y, weights=1 - y * exposed).columns == ("x4", "x5")  # zero weights take the two events out again


def test_hyperplane_in_two_columns_names_both():
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(300), rng.normal(size=(300, 2)) * [1e-4, 1e9]])
    found = check(X, (X[:, 1] / 1e-4 - X[:, 2] / 1e9 > 0.5).astype(float))
    assert found.kind == "complete" and found.columns == ("x0", "x1", "x2") and found.directions == (-1, 1, -1)


def test_conditional_differences_within_strata():
    rng = np.random.default_rng(2)
    strata, X = np.repeat(np.arange(30), 4), rng.normal(size=(120, 2))
    y = np.zeros(120)
    y[::4] = 1
    assert check_conditional(X, y, strata).kind == "none"
    best = X[:, 0].reshape(30, 4).argmin(axis=1) + 4 * np.arange(30)
    y[:] = 0
    y[best] = 1
    found = check_conditional(X + 5 * strata[:, None], y, strata, ["trade", "rents"])
    assert found.kind == "complete" and found.columns == ("trade",) and found.directions == (-1,)
    assert check_conditional(X, np.ones(120), strata).kind == "none"


def test_a_near_ml_start_proves_overlap_at_once():
    rng = np.random.default_rng(7)
    X = np.column_stack([np.ones(500), rng.normal(size=500)])
    y = (rng.random(500) < 1 / (1 + np.exp(-X @ [-1, 0.5]))).astype(float)
    assert check(X, y, start=[-1.0, 0.5]).kind == "none"
    y = (X[:, 1] > 0).astype(float)
    assert check(X, y, start=[0.0, 40.0]).kind == "complete"  # a wrong start cannot hide separation


def test_sign_conflict():
    found = Separation("quasi", ("war", "oil"), (-1, 1), "", (1, 3), 4)
    assert sign_conflict(found, {"war": 2.57, "oil": 0.4}) == ("war",)
    assert sign_conflict(found, np.array([-5, -0.2, 0, -0.1])) == ("oil",)
    assert sign_conflict(found, {"war": 0.0, "oil": 0.0}) == ()  # zero points nowhere
    assert sign_conflict(found, pd.Series({"Intercept": 0.0, "war": -1.0, "oil": 1.0})) == ()
    assert not check([[1.0], [1.0]], [0, 1]) and sign_conflict(check([[1.0], [1.0]], [0, 1]), [0.0]) == ()
    with pytest.raises(InputError, match="no estimate of 'oil'"):
        sign_conflict(found, {"war": 1.0})
    with pytest.raises(InputError, match="one estimate for each column"):
        sign_conflict(found, [1.0, 2.0])


@pytest.mark.parametrize(
    ("X", "y", "options", "message"),
    [
        ([[1.0], [np.nan]], [0, 1], {"names": ["oil"]}, "'oil' holds missing or infinite"),
        ([[1.0], [2.0]], [1, 2], {}, "only 0 and 1"),
        ([[1.0], [2.0]], [0, np.nan], {}, "y holds missing"),
        ([[1.0], [2.0]], [0, -1], {"response": "count"}, "negative count"),
        ([1.0, 2.0], [0, 1], {}, "must be \\(rows, columns\\)"),
        ([["a"], ["b"]], [0, 1], {}, "must be numeric"),
        ([[1.0], [2.0]], [0, 1], {"names": ["a", "b"]}, "names has 2 entries"),
        ([[1.0], [2.0]], [0, 1], {"weights": [0, 0]}, "not all of them zero"),
        ([[1.0], [2.0]], [0, 1], {"response": "ordinal"}, "'binary' or 'count'"),
        ([[1.0], [2.0]], [0, 1], {"start": [1.0, 2.0]}, "start has shape"),
    ],
)
def test_named_errors(X, y, options, message):
    with pytest.raises(InputError, match=message):
        check(X, y, **options)


def test_collinear_columns_do_not_hide_separation():
    x = np.arange(10.0)
    X = np.column_stack([np.ones(10), x, 2 * x + 1, np.zeros(10)])
    found = check(X, (x > 4).astype(float))
    assert found.kind == "complete" and found.columns == ("x0", "x1")


@pytest.mark.parametrize("constant", [None, -2.0, 0.5])
@pytest.mark.parametrize("response", ["binary", "count"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_designs_without_a_constant_or_with_another_one(constant, response, data):
    """Kind, rows and directions against the raw program, with no constant, and with one of another size in last place."""
    X, y = data.draw(designs(top=1 if response == "binary" else 3))
    X = X[:, 1:] if constant is None else np.column_stack([X[:, 1:], np.full(len(X), constant)])
    assume(np.linalg.matrix_rank(X) == X.shape[1] > 1)
    found = check(X, y, response=response)
    n_separated, signed, held = slack_program(X, y, response == "count")
    assert found.kind == ("none" if n_separated == 0 else "complete" if n_separated == len(y) else "quasi")
    assert found.n_separated == n_separated and bool(found) == (n_separated > 0)
    assert found.columns == tuple(f"x{j}" for j in found.positions)
    if "jointly" in found.message or (constant is not None and len(set(y > 0)) == 1):
        return
    assert_directions(found, signed, held, X.shape[1])


def test_a_single_column_without_a_constant():
    found = check([[0.0], [0.0], [1.0], [1.0]], [0, 1, 0, 0], ["war"])
    assert (found.kind, found.columns, found.directions, found.n_separated) == ("quasi", ("war",), (-1,), 2)


@pytest.mark.parametrize("constant", [1.0, -3.0])
@pytest.mark.parametrize("event", [0.0, 1.0])
def test_one_outcome_only_runs_away_with_the_constant(constant, event):
    X = np.column_stack([np.arange(6.0) % 4, np.full(6, constant)])
    found = check(X, np.full(6, event), ["x", "one"])
    way = (1 if event else -1) * (1 if constant > 0 else -1)
    assert (found.kind, found.columns, found.directions, found.n_separated) == ("complete", ("one",), (way,), 6)
    assert f"every outcome is {event:g}" in found.message
    if event:
        assert check(X, np.arange(6.0) % 3 + 1, response="count").kind == "none"  # counts above one hold every row


@pytest.mark.parametrize("other", [0.0, 2.0, -1.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_pure_level_moves_the_constant_unless_the_other_level_is_zero(sign, other):
    """All rows at the level have no event; among the others both outcomes occur."""
    level = other + sign
    X = np.column_stack([np.ones(12), np.where(np.arange(12) < 4, level, other)])
    y = np.array([0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1.0])
    found = check(X, y, ["one", "war"])
    named = dict(zip(found.columns, found.directions, strict=True))
    assert found.kind == "quasi" and found.n_separated == 4 and named["war"] == -sign
    assert named.get("one", 0) == np.sign(sign * other)
    assert f"all 4 rows with war = {level:g} have outcome 0" in found.message
    assert check(X, 1 - y, ["one", "war"]).directions == tuple(-d for d in found.directions)
    counts = check(X, y * 3, ["one", "war"], response="count")
    assert (counts.columns, counts.directions) == (found.columns, found.directions)
    assert check(X, 3 - 3 * y, response="count").kind == "none"  # a level of positive counts only is no separation


def test_columns_of_nothing_are_left_out():
    y = np.array([0.0, 1, 0, 1])
    assert check(np.zeros((4, 2)), y).kind == "none"
    assert check(np.column_stack([np.zeros(4), np.ones(4)]), y).kind == "none"
    found = check(np.column_stack([np.zeros(4), [1.0, 2, 1, 2]]), y, ["zero", "x"])
    assert found.kind == "none"  # without a constant both rows pull the coefficient their own way
    found = check(np.column_stack([np.zeros(4), [-1.0, 2, -1, 2]]), y, ["zero", "x"])
    assert (found.kind, found.columns, found.positions) == ("complete", ("x",), (1,))


def test_weights_take_rows_out_and_nothing_else():
    X, y = np.column_stack([np.ones(8), np.arange(8.0)]), (np.arange(8) > 3).astype(float)
    y[0] = 1
    assert check(X, y).kind == "none"
    assert check(X, y, weights=[0, 1, 1, 1, 1, 1, 1, 1]).kind == "complete"
    assert check(X, y, weights=[1e-12, 1, 1, 1, 5, 1, 1, 1]).kind == "none"
    assert check(X, y, weights=np.full(8, 0.3)).kind == "none"
    for wrong in (np.ones(7), -np.ones(8), np.r_[np.nan, np.ones(7)], np.zeros(8)):
        with pytest.raises(InputError, match="weights must be"):
            check(X, y, weights=wrong)
    for start in ([np.nan, 0.0], [np.inf, 1.0]):
        assert check(X, y, start=start).kind == "none"  # a start that is not finite is not one


def test_near_collinearity_is_not_separation():
    rng = np.random.default_rng(4)
    x = rng.normal(size=60)
    y = (rng.random(60) < 0.4).astype(float)
    for gap in (1e-3, 1e-7, 1e-9):
        X = np.column_stack([np.ones(60), x, x + gap * rng.normal(size=60)])
        assert check(X, y).kind == "none"


def test_conditional_separation_by_enumeration_of_pairs():
    rng = np.random.default_rng(5)
    for _ in range(20):
        X, strata = rng.integers(-1, 2, (12, 2)).astype(float), np.repeat([3, 1, 2], 4)
        y = (rng.random(12) < 0.4).astype(float)
        pairs = [X[i] - X[j] for i in range(12) for j in range(12) if strata[i] == strata[j] and y[i] > y[j]]
        if not pairs:
            assert "no stratum holds both" in check_conditional(X, y, strata).message
            continue
        D = np.array(pairs)
        if np.linalg.matrix_rank(D) < 2:
            with pytest.raises(EstimationError, match=r"within any stratum; remove"):
                check_conditional(X, y, strata)
            continue
        n_separated, *_ = slack_program(D, np.ones(len(D)))
        found = check_conditional(X, y, strata)
        assert found.kind == ("none" if n_separated == 0 else "complete" if n_separated == len(D) else "quasi")
    with pytest.raises(InputError, match="one label a row"):
        check_conditional(X, y, strata[:5])
