"""Closures of batches against sums over rows and their differences, and the quick path of one fit beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.solver import many_columns
from interventions_stats.engine.solver.kernels import KERNELS
from interventions_stats.engine.solver.likelihood import Batch, RowProducts, evaluator, inverse_and_half_logdet, packing
from interventions_stats.engine.solver.newton import Evaluation, maximise
from interventions_stats.engine.solver.single import fit_one, inverse_of

RNG = np.random.default_rng(0)
N, P, FITS = 50, 3, 4
X = np.column_stack([np.ones(N), RNG.normal(size=(N, 2))])
Y = (RNG.random((FITS, N)) < 0.35).astype(float)
WEIGHTS, OFFSET = RNG.uniform(0.2, 2, (FITS, N)), 0.4 * RNG.normal(size=(FITS, N))
INCLUDE = np.array([[True, True, True], [True, False, True], [True, True, False], [True, False, False]])
THETA = np.where(INCLUDE, RNG.normal(size=(FITS, P)) * 0.5, 0.0)


def batch(model: str, penalised: bool, weighted: bool, shifted: bool, part: bool = False, third: bool = True) -> Batch:
    kernel = KERNELS[model]  # type: ignore[index]
    w, o = (WEIGHTS if weighted else None), (OFFSET if shifted else None)
    weighed = Y if w is None else Y * w
    constant = np.zeros(FITS) if o is None else (weighed * o).sum(axis=1)
    return Batch(
        kernel, RowProducts.of(X, third=third), weighed @ X, constant, None if kernel.canonical else Y, w, o,
        INCLUDE if part else None, penalised,
    )  # fmt: skip


def information(model: str, k: int, theta: np.ndarray, weighted: bool, shifted: bool) -> np.ndarray:
    eta = X @ theta + (OFFSET[k] if shifted else 0.0)
    rate = np.exp(eta)
    weight = {"logit": rate / (1 + rate) ** 2, "poisson": rate, "cloglog": rate**2 / np.expm1(rate)}[model]
    return (X * (weight * (WEIGHTS[k] if weighted else 1.0))[:, None]).T @ X


def objective(
    model: str, k: int, theta: np.ndarray, penalised: bool, weighted: bool, shifted: bool, part: bool
) -> float:
    eta = X @ theta + (OFFSET[k] if shifted else 0.0)
    rate = np.exp(eta)
    with np.errstate(divide="ignore"):
        rows = {
            "logit": Y[k] * eta - np.log1p(rate),
            "poisson": Y[k] * eta - rate,
            "cloglog": np.where(Y[k] > 0, np.log(-np.expm1(-rate)), -rate),
        }[model]
    value = float(rows @ (WEIGHTS[k] if weighted else np.ones(N)))
    if penalised:
        used = INCLUDE[k] if part else np.ones(P, bool)
        value += 0.5 * float(np.linalg.slogdet(information(model, k, theta, weighted, shifted)[np.ix_(used, used)])[1])
    return value


def differences(function, theta: np.ndarray, h: float = 1e-5) -> np.ndarray:
    return np.array([(function(theta + h * e) - function(theta - h * e)) / (2 * h) for e in np.eye(P)])


@pytest.mark.parametrize("part", [False, True])
@pytest.mark.parametrize(("weighted", "shifted"), [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("penalised", [False, True])
@pytest.mark.parametrize("model", ["logit", "poisson", "cloglog"])
def test_value_score_curvature_and_third_derivatives(
    model: str, penalised: bool, weighted: bool, shifted: bool, part: bool
) -> None:
    problem = batch(model, penalised, weighted, shifted, part)
    evaluate = evaluator(problem)
    found = evaluate(THETA, slice(None))
    for k in range(FITS):
        used = INCLUDE[k] if part else np.ones(P, bool)
        both = np.ix_(used, used)

        def value(t, k=k):
            return objective(model, k, t, penalised, weighted, shifted, part)

        def score(t, k=k):
            return evaluate(t[None], np.array([k])).score[0].copy()

        assert_allclose(found.objective[k], value(THETA[k]), rtol=1e-11)
        assert_allclose(found.score[k][used], differences(value, THETA[k])[used], atol=1e-6)
        assert_allclose(found.information[k], information(model, k, THETA[k], weighted, shifted), rtol=1e-9)
        if found.order > 1:
            assert_allclose(found.curvature[k][both], -differences(score, THETA[k])[both], atol=1e-5)
        if found.third is not None:  # that of the information, which is minus the likelihood's for a canonical link
            cube = differences(lambda t, k=k: information(model, k, t, weighted, shifted), THETA[k])
            assert_allclose(found.third[k], cube, atol=1e-5)
    if found.bend is not None:
        step = np.array([[0.3, -0.2, 0.5]] * FITS)
        found = evaluate(THETA, slice(None))
        bent = found.bend(step).copy()  # type: ignore[misc]
        for k in range(FITS):
            cube = differences(lambda t, k=k: information(model, k, t, weighted, shifted), THETA[k])
            assert_allclose(bent[k], cube @ step[k] @ step[k], atol=1e-5)
    rows = np.array([2, 0])  # some fits, in any order
    some = evaluate(THETA[rows], rows)
    assert_allclose(
        some.objective, [objective(model, k, THETA[k], penalised, weighted, shifted, part) for k in rows], rtol=1e-11
    )


@pytest.mark.parametrize("way", [many_columns._by_rows, many_columns._by_columns])
@pytest.mark.parametrize("part", [False, True])
@pytest.mark.parametrize("model", ["logit", "poisson", "cloglog"])
def test_without_third_order_products_the_hessian_is_the_same(
    model: str, part: bool, way: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_columns, "_by_rows", way)
    monkeypatch.setattr(many_columns, "_by_columns", way)
    with_them, without = (evaluator(batch(model, True, True, True, part, third)) for third in (True, False))
    one, other = with_them(THETA, slice(None)), without(THETA, slice(None))
    assert (one.order, other.order, other.third) == (2, 2, None)
    assert_allclose(other.score, one.score, rtol=1e-9)
    assert_allclose(other.objective, one.objective, rtol=1e-12)
    assert_allclose(other.curvature, one.curvature, rtol=1e-9, atol=1e-12)


def test_row_products_hold_every_tuple_once() -> None:
    products = RowProducts.of(X, third=True)
    w = RNG.random((2, N))
    assert_allclose(products.square(w), np.einsum("bn,ni,nj->bij", w, X, X), rtol=1e-10)
    assert_allclose(products.cube(w), np.einsum("bn,ni,nj,nk->bijk", w, X, X, X), rtol=1e-10)
    a = RNG.normal(size=(2, P, P))
    a = a + a.transpose(0, 2, 1)
    assert_allclose(products.quadratic(a), np.einsum("bij,ni,nj->bn", a, X, X), atol=1e-10)
    assert RowProducts.of(X, third=False).triples is None
    wide = RNG.normal(size=(6, 13))
    assert (
        RowProducts.of(wide, third=True).triples is None
        and RowProducts.of(wide[:, :12], third=True).triples is not None
    )
    for p, order, q in ((1, 2, 1), (3, 2, 6), (3, 3, 10)):
        found = packing(p, order)
        assert found.tuples.shape == (order, q) and found.times.sum() == p**order and len(found.spread) == p**order


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shifted", [False, True])
def test_the_quick_path_of_one_fit_serves_the_ordinary_case(weighted: bool, shifted: bool) -> None:
    """Its solution and the evaluation there are those of the batched solver; it steps aside only where it must."""
    for k in range(FITS):
        full = batch("logit", True, weighted, shifted)
        one = replace(
            full, sufficient=full.sufficient[[k]], constant=full.constant[[k]],
            weights=None if full.weights is None else full.weights[[k]], offset=None if full.offset is None else full.offset[[k]],
        )  # fmt: skip
        quick = fit_one(one, np.zeros((1, P)))
        assert quick is not None
        solution, value, variance = quick
        spread = np.einsum("ij,jk,ik->i", X, np.linalg.inv(value.information[0]), X)
        assert_allclose(variance, spread.max(), rtol=1e-5)
        slow = maximise(evaluator(one), np.zeros((1, P)))
        assert solution.converged.all() and slow.converged.all()
        assert_allclose(solution.theta, slow.theta, atol=1e-10)
        assert_allclose(solution.objective, slow.objective, rtol=1e-12)
        same: Evaluation = evaluator(one)(solution.theta, slice(None))
        for name in ("objective", "score", "information"):
            assert_allclose(getattr(value, name), getattr(same, name), rtol=1e-9, atol=1e-11)
        for name in ("curvature", "third"):  # these only foresee: they lack a term of the size of the last step
            assert_allclose(getattr(value, name), getattr(same, name), rtol=1e-6, atol=1e-6)
        assert value.order == 2 and 0 < solution.iterations[0] < 10
        again = fit_one(one, solution.theta)
        assert again is not None and again[0].iterations[0] == 1
        for other in (
            replace(one, penalised=False), replace(one, kernel=KERNELS["poisson"]), replace(one, include=np.ones((1, P), bool)),
            replace(one, products=RowProducts.of(X, third=False)), replace(one, offset=np.full((1, N), 31.0)),
        ):  # fmt: skip
            assert fit_one(other, np.zeros((1, P))) is None
        far = np.array([[0.0, 40.0, 0.0]])  # a start from which full steps do not climb
        assert fit_one(one, far) is None


def test_inverses_of_factors_and_of_singular_matrices() -> None:
    a = np.cov(RNG.normal(size=(4, 30)))
    factor = np.asfortranarray(np.linalg.cholesky(a))
    assert_allclose(inverse_of(factor), np.linalg.inv(a), rtol=1e-9)
    stack = np.stack([a, np.zeros((4, 4)), np.eye(4)])
    inverse, half = inverse_and_half_logdet(stack)
    assert_allclose(inverse[0], np.linalg.inv(a), rtol=1e-9)
    assert (inverse[1] == 0).all() and half[1] == -np.inf
    assert_allclose(half[[0, 2]], [0.5 * np.linalg.slogdet(a)[1], 0.0], atol=1e-12)
    include = np.array([[True, True, False, True]])
    part, half = inverse_and_half_logdet(a[None], include)
    used = np.ix_(include[0], include[0])
    assert_allclose(part[0][used], np.linalg.inv(a[used]), rtol=1e-9)
    assert (part[0][2] == 0).all() and (part[0][:, 2] == 0).all()
    assert half[0] == pytest.approx(0.5 * np.linalg.slogdet(a[used])[1])
