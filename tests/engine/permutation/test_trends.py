"""Residuals, layouts and kept results: least squares, hand-made pieces, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.arrays import (
    Layout,
    as_counts,
    as_numbers,
    panel_layout,
    series_layout,
    stratum_runs,
)
from interventions_stats.engine.intake.scalars import check_count, check_level, check_number, check_positive
from interventions_stats.engine.memo import remember
from interventions_stats.engine.permutation.trends import (
    basis,
    degree_of,
    residualise,
    residualise_two_way,
    standardise_residuals,
)
from interventions_stats.errors import EstimationError, InputError

TIMES = np.array([3, 4, 6, 9, 10, 15, 2, 3, 4, 8, 20])
LAYOUT = Layout(((0, 6), (6, 10), (10, 11)), ("a", "b", "c"), TIMES, np.arange(11))


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_residuals_are_those_of_a_polynomial_in_time(degree: int) -> None:
    x = np.random.default_rng(0).normal(size=(2, 11))
    expected = np.zeros((2, 11))
    for a, b in LAYOUT.pieces:
        d = np.vander(TIMES[a:b].astype(float), min(degree + 1, b - a))
        expected[:, a:b] = x[:, a:b] - (d @ np.linalg.lstsq(d, x[:, a:b].T, rcond=None)[0]).T
    found = residualise(x, LAYOUT, degree)
    assert_allclose(found, expected, atol=1e-9)
    q = basis(TIMES[:6], degree)
    assert q.shape == (6, degree + 1) and np.allclose(q.T @ q, np.eye(degree + 1))
    assert basis(TIMES[6:8], 3).shape == (2, 2)
    assert degree_of(("none", "linear", "quadratic", "cubic")[degree]) == degree  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_what_is_left_by_rounding_is_nothing_and_what_is_small_is_kept(scale: float) -> None:
    t = np.arange(12.0)
    layout = Layout(((0, 12),), ("a",), np.arange(12), np.arange(12))
    assert (residualise(scale * (0.1 + 0.3 * t), layout, 1) == 0).all()
    tiny = scale * (1.0 + 1e-6 * np.sin(t))
    assert np.ptp(residualise(tiny, layout, 0)) == pytest.approx(scale * 1e-6 * np.ptp(np.sin(t)), rel=1e-6)
    both = residualise(np.stack([scale * np.full(12, 0.1), tiny]), layout, 0)
    assert (both[0] == 0).all() and np.ptp(both[1]) > 0  # each row by its own size


@pytest.mark.parametrize("how", ["within", "stratum", "none"])
@pytest.mark.parametrize("degree", [0, 1])
def test_units_are_deviations_with_their_degrees_of_freedom(how: str, degree: int) -> None:
    rest = residualise(np.random.default_rng(1).normal(size=(2, 11)) * [[1.0], [5.0]], LAYOUT, degree)
    found = standardise_residuals(rest, LAYOUT, degree, how)  # type: ignore[arg-type]
    for row, out in zip(rest, found, strict=True):
        if how == "none":
            assert (out == row).all()
        elif how == "within":
            df = (6 - degree - 1) + (4 - degree - 1)  # the single period has no degree of freedom, not a negative one
            assert_allclose(out, row / np.sqrt((row**2).sum() / df))
        else:
            for a, b in LAYOUT.pieces[:2]:
                assert_allclose(out[a:b], row[a:b] / np.sqrt((row[a:b] ** 2).sum() / (b - a - degree - 1)))
            assert out[10] == 0
    still = standardise_residuals(np.zeros(11), LAYOUT, degree, how)  # type: ignore[arg-type]
    assert (still == 0).all()


def test_year_means_and_levels_of_an_unbalanced_panel_part_or_are_said_not_to() -> None:
    rng = np.random.default_rng(2)
    risk = np.ones((4, 7), bool)
    risk[0, :3] = risk[2, 5:] = False
    risk[1:, 6] = False  # one target alone in a year, which then says nothing
    x = rng.normal(size=(4, 7))
    layout = panel_layout(x, np.ones((4, 7)) * risk, risk, None)
    cells = np.argwhere(risk)
    X = np.column_stack([np.equal.outer(cells[:, 1], np.arange(7)), np.equal.outer(cells[:, 0], np.arange(4))]).astype(
        float
    )
    rest = x[risk] - X @ np.linalg.lstsq(X, x[risk], rcond=None)[0]
    assert_allclose(residualise_two_way(x[risk], layout, 0), rest, atol=1e-9)
    assert_allclose(residualise_two_way(np.stack([x[risk], 3 * x[risk]]), layout, 0)[1], 3 * rest, atol=1e-9)
    later = panel_layout(
        np.c_[np.full((4, 5), np.nan), x],
        np.ones((4, 12)) * np.c_[np.zeros((4, 5)), risk],
        np.c_[np.zeros((4, 5), bool), risk],
        None,
    )
    assert_allclose(residualise_two_way(x[risk], later, 0), rest, atol=1e-9)  # years count from the first at risk
    with pytest.raises(EstimationError, match="did not separate in 2 rounds"):
        residualise_two_way(x[risk], layout, 0, iterations=2)


def test_a_series_is_laid_out_in_runs_of_one_label() -> None:
    x = np.array([1.0, np.nan, 3.0, 4.0, 5.0, np.nan])
    n = np.array([0.0, 2, 1, 0, 0, 1])
    layout = series_layout(x, n, list("aabbac"), "mask")
    assert layout.pieces == ((0, 1), (1, 3), (3, 4)) and layout.labels == ("a", "b", "a")
    assert layout.kept.tolist() == layout.times.tolist() == [0, 2, 3, 4]
    assert (layout.n, layout.n_masked, layout.n_onsets_masked) == (4, 2, 3)
    assert stratum_runs(None, 4) == [("all", 0, 4)]
    assert stratum_runs(["x"] * 3, 3) == [("x", 0, 3)]
    for gap in (None, np.nan, pd.NA, pd.NaT):
        with pytest.raises(InputError, match="no label at position 2"):
            stratum_runs(["x", "x", gap], 3)


def test_a_panel_is_laid_out_target_by_target() -> None:
    x = np.array([[1.0, 2, np.nan], [np.nan, 4, 5], [np.nan, np.nan, np.nan]])
    n = np.array([[1.0, 0, 2], [0, 0, 1], [0, 1, 0]])
    layout = panel_layout(x, n, None, ["p", "q", "r"])
    assert layout.pieces == ((0, 2), (2, 4)) and layout.labels == ("p", "q")
    assert layout.kept.tolist() == [0, 1, 4, 5] and layout.times.tolist() == [0, 1, 1, 2]
    assert (layout.n_masked, layout.n_onsets_masked) == (5, 3)
    with pytest.raises(InputError, match="3 onset"):
        panel_layout(x, n, ~np.isnan(x), None)
    full = np.ones((2, 2), bool)
    with pytest.raises(InputError, match="risk must be a boolean array"):
        panel_layout(np.ones((2, 3)), np.ones((2, 3)), full, None)
    assert panel_layout(np.ones((2, 2)), np.eye(2), full, None).labels == (0, 1)
    hole = np.array([[1.0, 2], [3, np.nan]])
    with pytest.raises(InputError, match="missing at target 1, year 1"):
        panel_layout(hole, np.eye(2), full, None)


def test_numbers_and_counts_at_their_limits() -> None:
    assert check_level("p", 1e-9) == 1e-9 and check_level("p", 0.999) == 0.999
    for wrong in (0.0, 1.0, -0.1, 1.2):
        with pytest.raises(InputError, match="strictly between 0 and 1"):
            check_level("p", wrong)
    assert check_positive("se", 1e-300) == 1e-300 and check_positive("se", 0.7) == 0.7
    for wrong in (0.0, -1.0, np.inf):
        with pytest.raises(InputError, match="positive and finite"):
            check_positive("se", wrong)
    assert check_number("x", np.inf) == np.inf and check_number("x", np.array(2.5)) == 2.5
    assert check_count("k", 1) == 1 and check_count("k", np.int64(7), 7) == 7 and check_count("k", 0, 0) == 0
    for wrong in (0, True, 2.0, "3", None):
        with pytest.raises(InputError, match="at least 1"):
            check_count("k", wrong)
    assert as_numbers("x", np.array([True, False]), 1).dtype == np.float64
    assert np.isnan(as_numbers("x", [np.nan, 1.0], 1)[0])
    assert as_counts("n", [0, 0, 1], (3,)).sum() == 1
    for wrong, message in (
        ([0, np.nan], "position 1"),
        ([0, 0.5], "position 1"),
        ([-1, 1], "position 0"),
        ([0, 0], "no onset"),
    ):
        with pytest.raises(InputError, match=message):
            as_counts("n", wrong, (2,))
    with pytest.raises(InputError, match="same periods"):
        as_counts("n", [1, 0, 0], (2,))


def test_results_are_kept_by_the_content_of_their_arguments() -> None:
    calls = []

    @remember(2)
    def total(x, *, power=1):
        calls.append(1)
        return x**power

    a, b = np.arange(3.0), np.arange(3)
    assert total(a) is total(a.copy()) and len(calls) == 1
    assert not total(a).flags.writeable
    total(b)
    assert len(calls) == 2  # another type
    total(a), total(a, power=2)  # a was used last, so that b leaves
    assert len(calls) == 3 and len(total.kept) == 2
    total(a)
    assert len(calls) == 3
    total(b)
    assert len(calls) == 4
    total(a.reshape(1, 3)), total(a, power=3)
    assert len(calls) == 6
    assert remember(4)(lambda x: float(x.sum()))(a) == 3.0


def test_layouts_are_told_apart_by_their_pieces_and_times() -> None:
    seen = []

    @remember(8)
    def size(layout, degree):
        seen.append(1)
        return layout.n + degree

    other = Layout(LAYOUT.pieces, ("x", "y", "z"), TIMES, np.arange(11))
    assert size(LAYOUT, 1) == size(other, 1) == 12 and len(seen) == 1  # labels change no number
    size(Layout(((0, 5), (5, 10), (10, 11)), LAYOUT.labels, TIMES, LAYOUT.kept), 1)
    size(Layout(LAYOUT.pieces, LAYOUT.labels, TIMES + 1, LAYOUT.kept), 1)
    size(LAYOUT, 0)
    assert len(seen) == 4
