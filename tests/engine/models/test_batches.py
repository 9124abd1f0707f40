"""Batches: each fit is the single fit, whatever shares the batch and however many threads work on it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

from interventions_stats.errors import EstimationError, InputError
from interventions_stats.estimators import (
    cloglog,
    cloglog_batch,
    firth_logit,
    firth_logit_batch,
    logit,
    logit_batch,
    poisson,
    poisson_batch,
    specification_batch,
)

pytestmark = pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")
RNG = np.random.default_rng(0)
N = 150
X = RNG.normal(size=(N, 3)) * [1, 1e9, 0.01] + [0, 1e9, 3]
Y = np.array([RNG.permutation(np.arange(N) < 25) for _ in range(40)])
OFFSET = RNG.normal(size=N) * 0.3
PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., Any], dict[str, Any]]] = {
    "firth logit": (firth_logit_batch, firth_logit, {}),
    "logit": (logit_batch, lambda **a: logit(allow=("G02", "G04"), **a), {}),
    "cloglog": (cloglog_batch, cloglog, {}),
    "cloglog firth": (cloglog_batch, lambda **a: cloglog(firth=True, **a), {"firth": True}),
    "poisson": (poisson_batch, poisson, {}),
    "poisson firth": (poisson_batch, lambda **a: poisson(firth=True, **a), {"firth": True}),
}


@pytest.mark.parametrize("name", PAIRS)
def test_permuted_outcomes(name: str) -> None:
    batch, single, options = PAIRS[name]
    full = batch(X, Y, offset=OFFSET, full=True, test=[0, 2], **options)
    assert full.converged.all() and set(full.reason) == {"converged"} and full.tested == (1, 3)
    for i in range(0, 40, 7):
        fit = single(y=Y[i], X=X, offset=OFFSET)
        assert_allclose(full.coefficients[i] / fit.bse, fit.params / fit.bse, atol=1e-10)
        assert_allclose(full.se[i], fit.bse, rtol=1e-9)
        assert_allclose(full.lr[i], fit.profile.ratios()[[1, 3]], atol=1e-9)
        if "poisson" not in name or "firth" in name:
            assert_allclose(full.loglik[i], fit.loglik, rtol=1e-10)
    assert_allclose(full.p_values, chi2.sf(full.lr, 1), rtol=1e-10)
    quick = batch(X, Y, offset=OFFSET, **options)
    assert quick.shape == (40, 4) and np.array_equal(quick, full.coefficients)


@pytest.mark.parametrize("name", PAIRS)
def test_bootstrap_and_jackknife_weights(name: str) -> None:
    batch, single, options = PAIRS[name]
    counts = RNG.poisson(1.0, size=(3, N)).astype(float)
    deleted = 1.0 - np.eye(N)[:3]
    got = batch(X, Y[0], weights=np.vstack([counts, deleted]), **options)
    for i in range(6):
        rows = np.repeat(np.arange(N), np.vstack([counts, deleted])[i].astype(int))
        fit = single(y=Y[0][rows], X=X[rows])
        assert_allclose(got[i] / fit.bse, fit.params / fit.bse, atol=1e-10)


@pytest.mark.parametrize("name", PAIRS)
def test_threads_chunks_and_starts_do_not_matter(name: str) -> None:
    batch, _, options = PAIRS[name]
    many = np.array([RNG.permutation(np.arange(N) < 25) for _ in range(1100)])  # three chunks
    one = batch(X, many, **options)
    assert np.array_equal(one, batch(X, many, n_jobs=2, **options))
    size = np.nanstd(one, axis=0)
    assert_allclose(batch(X, many[700:710], **options) / size, one[700:710] / size, atol=1e-10)
    warm = batch(X, many[:50], start=one[0], **options)
    assert_allclose(warm / size, one[:50] / size, atol=1e-10)


def test_offsets_that_differ_between_fits() -> None:
    offsets = RNG.normal(size=(5, N))
    got = firth_logit_batch(X, Y[0], offset=offsets, full=True, test=[])
    for i in range(5):
        assert_allclose(got.coefficients[i], firth_logit(y=Y[0], X=X, offset=offsets[i]).params, rtol=1e-9)
    assert got.lr.shape == (5, 0)


def test_separated_outcomes_have_no_ml_estimate_and_say_so() -> None:
    x = np.zeros((N, 1))
    x[:6] = 1
    y = Y[:8].copy()
    y[:4, :6] = False
    got = logit_batch(x, y, full=True)
    separated = [set(row[:6].tolist()) in ({True}, {False}) for row in y]
    assert got.reason == ["diverged" if s else "converged" for s in separated] and 4 <= sum(separated) < 8
    assert np.isnan(got.coefficients[separated]).all() and np.isnan(got.lr[separated]).all()
    firth = firth_logit_batch(x, y, full=True)
    assert firth.converged.all() and np.isfinite(firth.se).all() and np.isfinite(firth.p_values).all()


@pytest.mark.parametrize("model", ["logit", "cloglog", "poisson"])
@pytest.mark.parametrize("firth", [False, True])
def test_specifications(model: str, firth: bool) -> None:
    specs = [list(c) for r in (0, 1, 2, 3) for c in itertools.combinations(range(3), r)]
    got = specification_batch(X, Y[0], specs, model=model, firth=firth, full=True)  # type: ignore[arg-type]
    fits = {"logit": firth_logit if firth else PAIRS["logit"][1], "cloglog": cloglog, "poisson": poisson}
    for row, columns in enumerate(specs):
        extra = {} if model == "logit" else {"firth": firth}
        fit = fits[model](y=Y[0], X=X[:, columns], **extra)
        used = ~np.isnan(got.coefficients[row])
        assert used.sum() == 1 + len(columns)
        assert_allclose(got.coefficients[row][used] / fit.bse, fit.params / fit.bse, atol=1e-10)
        assert_allclose(got.se[row][used], fit.bse, rtol=1e-9)
    several = specification_batch(X, Y[:4], specs, model=model, firth=firth)  # type: ignore[arg-type]
    assert several.shape == (8, 4, 4)
    assert_allclose(several[:, 0] / np.nanmax(got.se, axis=0), got.coefficients / np.nanmax(got.se, axis=0), atol=1e-10)


def test_many_columns_use_scoring_and_agree() -> None:
    """Beyond a dozen columns the third-order products are too many; Fisher scoring must give the same digits."""
    x = np.random.default_rng(1).normal(size=(N, 14))
    got = firth_logit_batch(x, Y[:3], full=True, test=[0])
    for i in range(3):
        fit = firth_logit(y=Y[i], X=x)
        assert_allclose(got.coefficients[i], fit.params, atol=1e-10)
        assert_allclose(got.lr[i, 0], fit.profile.ratios()[1], atol=1e-9)
    part = firth_logit(y=Y[0], X=x[:, :4]).params
    assert_allclose(specification_batch(x, Y[0], [range(4)])[0][:5], part, atol=1e-10)
    score = fit.design.standardised()
    pi = fit.predict()
    weight = pi * (1 - pi)
    h = weight * np.einsum("ij,jk,ik->i", score, np.linalg.inv((score * weight[:, None]).T @ score), score)
    assert_allclose(score.T @ (Y[2] - pi + h * (0.5 - pi)), 0, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"Y": Y[:, :-1]}, InputError, r"Y must be \(rows,\) or \(fits, rows\) with 150 rows"),
        ({"Y": Y + 1}, InputError, r"Y must hold 0 and 1, but is .*2.* at"),
        ({"Y": np.where(Y, np.nan, 0.0)}, InputError, "Y must hold 0 and 1"),
        ({"Y": Y.astype(str)}, InputError, "'Y' holds text"),
        ({"X": np.where(X > 4, np.nan, X)}, InputError, r"X is missing or infinite at \(0, 1\)"),
        ({"X": np.column_stack([X, np.ones(N)])}, EstimationError, r"'X\[:, 3\]' is constant"),
        ({"weights": np.ones((3, N))}, InputError, r"disagree on the number of fits.*\[3, 40\]"),
        ({"weights": -np.ones(N)}, InputError, "negative"),
        ({"offset": np.ones(3)}, InputError, "offset must be .* with 150 rows"),
        ({"start": np.ones(3)}, InputError, "start must hold 4"),
        ({"test": [3], "full": True}, InputError, "test must hold column numbers from 0 to 2"),
        ({"n_jobs": 0}, InputError, "n_jobs"),
    ],
)
def test_bad_input(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        firth_logit_batch(**{"X": X, "Y": Y, **arguments})


def test_bad_specifications() -> None:
    with pytest.raises(InputError, match="specification 1 must hold column numbers from 0 to 2"):
        specification_batch(X, Y[0], [[0], [3]])
    with pytest.raises(InputError, match="needs one outcome"):
        specification_batch(X, Y, [[0]], full=True)
    with pytest.raises(InputError, match="unknown model"):
        specification_batch(X, Y[0], [[0]], model="probit")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("rows", [1, 12])
def test_a_year_with_its_square_and_cube(name: str, rows: int) -> None:
    """Nearly collinear columns are made orthonormal within; coefficients, tests and starts are in the user's units."""
    batch, single, options = PAIRS[name]
    year = 1990.0 + np.sort(np.random.default_rng(2).integers(0, 30, N))
    x = np.column_stack([year, year**2, year**3])
    y = Y[:rows]
    full = batch(x, y, full=True, test=[1], **options)
    for i in range(0, rows, 5):
        fit = single(y=y[i], X=x)
        assert_allclose(full.coefficients[i] / fit.bse, fit.params / fit.bse, atol=1e-6)
        assert_allclose(full.se[i], fit.bse, rtol=1e-6)
        assert_allclose(full.lr[i, 0], fit.profile.ratios()[2], atol=1e-6)
        if "firth" in name:  # the penalty too is that of the user's columns
            assert_allclose(full.loglik[i], fit.loglik, rtol=1e-9)
    warm = batch(x, y, start=full.coefficients, **options)
    assert_allclose(warm / full.se, full.coefficients / full.se, atol=1e-6)


@pytest.mark.parametrize("name", ["firth logit", "logit", "poisson firth"])
def test_a_batch_without_an_intercept(name: str) -> None:
    batch, single, options = PAIRS[name]
    x = np.random.default_rng(3).normal(size=(N, 2)) * [1, 20]
    full = batch(x, Y[:9], intercept=False, full=True, **options)
    assert full.coefficients.shape == (9, 2) and full.tested == (0, 1)
    for i in (0, 8):
        fit = single(y=Y[i], X=x, intercept=False)
        assert_allclose(full.coefficients[i], fit.params, rtol=1e-9)
        assert_allclose(full.lr[i], fit.profile.ratios(), atol=1e-9)
    alone = specification_batch(x, Y[0], [[0], [1]], intercept=False)
    assert_allclose(alone[0, 0], firth_logit(y=Y[0], X=x[:, :1], intercept=False).params[0], rtol=1e-9)
    assert np.isnan(alone[0, 1]) and np.isnan(alone[1, 0])
    with pytest.raises(InputError, match="neither a column nor an intercept"):
        specification_batch(x, Y[0], [[0], []], intercept=False)


@pytest.mark.parametrize("size", [7, 8])
def test_the_common_first_step_changes_no_result(size: int) -> None:
    """From eight fits on they share the first step; weights and offsets that are common take part in it."""
    rng = np.random.default_rng(4)
    shared = {"weights": rng.integers(0, 3, N).astype(float), "offset": OFFSET}
    got = firth_logit_batch(X, Y[:size], full=True, test=[], **shared)
    for i in range(size):
        fit = firth_logit(y=Y[i], X=X, **shared)
        assert_allclose(got.coefficients[i] / fit.bse, fit.params / fit.bse, atol=1e-10)
        assert_allclose(got.loglik[i], fit.loglik, rtol=1e-10)
    rare = np.zeros((size, N), bool)
    rare[np.arange(size), np.arange(size)] = True  # one event each: the first step is long
    lone = firth_logit_batch(X, rare, full=True, test=[])
    assert lone.converged.all()
    for i in (0, size - 1):
        assert_allclose(lone.coefficients[i] / lone.se[i], firth_logit(y=rare[i], X=X).params / lone.se[i], atol=1e-9)


def test_collinear_columns_leave_every_fit_singular() -> None:
    x = np.column_stack([X[:, 0], 2 * X[:, 0]])
    got = logit_batch(x, Y[:3], full=True)
    assert got.reason == ["singular"] * 3 and np.isnan(got.coefficients).all() and np.isnan(got.se).all()
    wide = logit_batch(np.random.default_rng(5).normal(size=(5, 8)), np.eye(5, dtype=bool)[:2], full=True)
    assert not wide.converged.any() and np.isnan(wide.coefficients).all()


def test_one_row_of_arguments_serves_all_fits_and_many_rows_one_outcome() -> None:
    weights = np.vstack([np.ones(N), np.r_[np.zeros(10), np.ones(N - 10)]])
    got = logit_batch(X, Y[0], weights=weights, full=True, test=[0])
    assert got.coefficients.shape == (2, 4) and got.lr.shape == (2, 1)
    assert_allclose(got.coefficients[0] / got.se[0], logit_batch(X, Y[0])[0] / got.se[0], atol=1e-10)
    assert_allclose(got.coefficients[1] / got.se[1], logit_batch(X[10:], Y[0, 10:])[0] / got.se[1], atol=1e-9)
    for counts in (np.array([0, 1, 2.5] * 50), np.array([0, 1, -1] * 50)):
        with pytest.raises(InputError, match="Y must hold counts"):
            poisson_batch(X, counts)
    assert poisson_batch(X, np.array([0, 1, 3] * 50)).shape == (1, 4)
    for wrong in (X[0], X[None]):
        with pytest.raises(InputError, match=r"X must have rows|with 3 rows"):
            logit_batch(wrong, Y[0])
    with pytest.raises(InputError, match="'X' holds numbers stored as text"):
        logit_batch(X.astype(str), Y[0])
    with pytest.raises(InputError, match="n_jobs"):
        logit_batch(X, Y, n_jobs=True)
    with pytest.raises(InputError, match="too many for a batch"):
        logit_batch(np.broadcast_to(np.random.default_rng(6).normal(size=(700, 1)), (700, 430)), np.arange(700) % 2)


@pytest.mark.parametrize(
    ("fits", "rows", "expected"), [(3, 10, [3]), (600, 10, [512, 88]), (5, 100_000, [1] * 5), (4, 65_536, [2, 2])]
)
def test_chunks_hold_what_fits_the_cache(fits: int, rows: int, expected: list[int]) -> None:
    from interventions_stats.engine.solver.chunks import chunk_slices, run_chunks

    slices = chunk_slices(fits, rows)
    assert [s.stop - s.start for s in slices] == expected
    assert np.concatenate([np.arange(fits)[s] for s in slices]).tolist() == list(range(fits))
    for jobs in (1, 2, -1):
        assert run_chunks(lambda s: s.stop, slices, jobs) == [s.stop for s in slices]


def test_stragglers_of_several_chunks_go_on_with_what_the_fits_share() -> None:
    """Separated outcomes among eleven hundred, with one row of weights and of offsets, or one start, for all."""
    rng = np.random.default_rng(7)
    x = np.column_stack([rng.normal(size=N), np.arange(N) < 6]).astype(float)
    many = np.array([rng.permutation(np.arange(N) < 25) for _ in range(1100)])
    many[::100, :6] = False
    weights = rng.integers(1, 4, N).astype(float)
    got = logit_batch(x, many, weights=weights, offset=OFFSET, full=True, test=[0])
    few = logit_batch(x, many[::100], weights=weights, offset=OFFSET, full=True, test=[0])
    assert set(np.array(got.reason)[::100]) == {"diverged"} and got.converged.sum() > 500
    assert np.isnan(got.coefficients[::100]).all() and got.reason[::100] == few.reason
    for i in np.flatnonzero(got.converged)[:300:60]:
        one = logit_batch(x, many[i], weights=weights, offset=OFFSET, full=True, test=[0])
        assert_allclose(got.coefficients[i] / got.se[i], one.coefficients[0] / got.se[i], atol=1e-8)
        assert_allclose(got.lr[i], one.lr[0], atol=1e-8)
    shifted = logit_batch(x, many, offset=np.tile(OFFSET, (1100, 1)), weights=weights, full=True, test=[0])
    good = got.converged & shifted.converged
    assert (got.converged == shifted.converged).all()
    assert_allclose(shifted.coefficients[good] / got.se[good], got.coefficients[good] / got.se[good], atol=1e-8)
