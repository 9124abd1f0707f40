"""The solver on functions it has never heard of, and profile limits by their defining equation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.fit import regression
from interventions_stats.engine.fit.regression import Regression, contrasts
from interventions_stats.engine.solver import profile
from interventions_stats.engine.solver.newton import Evaluation, Settings, maximise, positive_definite
from interventions_stats.engine.solver.profile import likelihood_ratios, profile_limits
from interventions_stats.engine.solver.reparametrisation import coordinates, reparametrised, turn
from interventions_stats.estimators import build_design, firth_logit

TARGETS = np.array([[0.0, 0.0], [3.0, -1.0], [40.0, 2.0]])


def quartic(theta: np.ndarray, rows: object) -> Evaluation:
    """-sum of d**2/2 + d**4/4 from a target of its own for each fit."""
    d = theta - TARGETS[rows]  # type: ignore[index]
    curvature = np.einsum("bi,ij->bij", 1 + 3 * d**2, np.eye(2))
    return Evaluation(-(d**2 / 2 + d**4 / 4).sum(axis=1), -(d + d**3), curvature)


def test_each_fit_finds_its_own_maximum() -> None:
    solution = maximise(quartic, np.zeros((3, 2)))
    assert solution.converged.all() and solution.reasons == ["converged"] * 3
    assert_allclose(solution.theta, TARGETS, atol=1e-10)
    assert solution.iterations[0] == 0 < solution.iterations[1] < solution.iterations[2]
    held = maximise(quartic, np.full((3, 2), 7.0), free=np.array([[True, False]] * 3))
    assert_allclose(held.theta, np.column_stack([TARGETS[:, 0], [7.0] * 3]), atol=1e-10)


def failing(kind: str):
    def evaluate(theta: np.ndarray, rows: object) -> Evaluation:
        b = len(theta)
        one, x = np.ones((b, 1, 1)), theta[:, 0]
        if kind == "diverged":  # rises for ever, ever more slowly
            return Evaluation(-np.exp(-x), np.exp(-x)[:, None], np.exp(-x)[:, None, None] * one)
        if kind == "singular":
            return Evaluation(x, np.ones((b, 1)), 0 * one)
        if kind == "step_halving":  # a gradient that lies
            return Evaluation(-np.abs(x), np.ones((b, 1)), one)
        return Evaluation(x, np.ones((b, 1)), one)  # a line: max_iter

    return evaluate


@pytest.mark.parametrize("reason", ["diverged", "singular", "step_halving", "max_iter"])
def test_the_reason_for_stopping_is_a_value(reason: str) -> None:
    solution = maximise(failing(reason), np.zeros((2, 1)))
    assert solution.reasons == [reason] * 2 and not solution.converged.any()


def test_a_stand_in_serves_where_the_hessian_is_indefinite() -> None:
    def evaluate(theta: np.ndarray, rows: object) -> Evaluation:
        x = theta[:, 0]  # log of a Cauchy density: convex in the tails
        score, curvature = -2 * x / (1 + x**2), 2 * (1 - x**2) / (1 + x**2) ** 2
        return Evaluation(-np.log1p(x**2), score[:, None], curvature[:, None, None], np.ones((len(x), 1, 1)))

    assert_allclose(maximise(evaluate, np.array([[5.0], [-0.4]])).theta, 0, atol=1e-10)


def test_step_caps_hold() -> None:
    seen = []

    def evaluate(theta: np.ndarray, rows: object) -> Evaluation:
        seen.append(theta.copy())
        return quartic(theta, rows)

    maximise(evaluate, np.zeros((3, 2)), settings=Settings(max_step=0.5, patience=100))
    steps = [np.abs(b - a).max() for a, b in itertools.pairwise(seen) if a.shape == b.shape]
    assert max(steps) <= 0.5 + 1e-12


@pytest.mark.parametrize("fits", [1, 3])
def test_a_maximum_beyond_any_number_of_capped_steps_is_reached(fits: int) -> None:
    def evaluate(theta: np.ndarray, rows: object) -> Evaluation:
        x = theta[:, 0] - 1e7
        return Evaluation(-0.5 * x**2, -x[:, None], np.ones((len(x), 1, 1)))

    found = maximise(evaluate, np.zeros((fits, 1)))
    assert found.converged.all() and found.iterations.max() < 60
    assert_allclose(found.theta, 1e7, rtol=1e-12)
    assert_allclose(found.variance, 1.0)


def test_positive_definite() -> None:
    stack = np.array(
        [np.eye(2), [[1.0, 2.0], [2.0, 1.0]], [[0.0, 0.0], [0.0, 1.0]], [[np.nan, 0.0], [0.0, 1.0]], np.eye(2) * 1e-200]
    )
    assert positive_definite(stack).tolist() == [True, False, False, False, True]


def random_fit(seed: int) -> Regression:
    """Skewed, sparse and wandering columns, from one event up: what permuted rare outcomes look like."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.choice([30, 80, 300])), int(rng.integers(1, 4))
    X = rng.normal(size=(n, k))
    for j in range(k):
        X[:, j] = [np.exp(1.5 * X[:, j]), rng.random(n) < 0.1, np.cumsum(X[:, j]), X[:, j], X[:, j]][rng.integers(5)]
    X[0], X[1] = 0.0, 1.0
    y = np.zeros(n)
    y[rng.choice(n, int(rng.integers(2, max(3, n // 5))), replace=False)] = 1
    return Regression(build_design(y=y, X=X), ["logit", "cloglog", "poisson"][seed % 3], penalised=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(40))
def test_profile_limits_satisfy_their_definition(seed: int) -> None:
    regression = random_fit(seed)
    estimate = regression.fit()
    assert estimate.reason == "converged"
    limits, reasons = regression.limits(estimate)
    assert (limits[:, 0] < estimate.params).all() and (estimate.params < limits[:, 1]).all()
    if set(reasons) != {"converged"}:
        pytest.skip("two ridges: the limit is a jump of the profile")
    contrast, factor = contrasts(regression.design.back)
    for side in (0, 1):
        for j in range(regression.design.p):
            statistic, _ = likelihood_ratios(
                regression.closure(),
                estimate.theta[None],
                estimate.value,
                contrast[[j]],
                float(limits[j, side] / factor[j]),
            )
            assert_allclose(statistic[0], 3.841458820694124, rtol=2e-7)


def test_limits_of_a_quadratic_are_wald_and_a_monotone_profile_has_none() -> None:
    def bowl(theta: np.ndarray, rows: object) -> Evaluation:
        h = np.array([[2.0, 0.6], [0.6, 1.0]])
        return Evaluation(
            -0.5 * np.einsum("bi,ij,bj->b", theta, h, theta), -theta @ h, np.repeat(h[None], len(theta), axis=0)
        )

    top = bowl(np.zeros((4, 2)), slice(None))
    column, side = np.array([0, 0, 1, 1]), np.array([-1.0, 1.0, -1.0, 1.0])
    found = profile_limits(bowl, np.zeros((4, 2)), top, np.eye(2)[column], side, 1.96)
    spread = np.sqrt(np.diagonal(np.linalg.inv([[2.0, 0.6], [0.6, 1.0]])))
    assert_allclose(found.limit, side * 1.96 * spread[column], rtol=1e-10)

    def slope(theta: np.ndarray, rows: object) -> Evaluation:
        x = theta[:, 0]  # falls without end on the left and by at most one unit on the right
        value = -np.log1p(np.exp(-x)) * 2 - x * 0 - 1 / (1 + np.exp(-x))
        h = 1e-5
        up, down = (-2 * np.log1p(np.exp(-x - s)) - 1 / (1 + np.exp(-x - s)) for s in (h, -h))
        return Evaluation(
            value, ((up - down) / (2 * h))[:, None], np.maximum(-(up + down - 2 * value) / h**2, 1e-3)[:, None, None]
        )

    start = np.array([[3.0]])
    right = profile_limits(slope, start, slope(start, slice(None)), np.ones((1, 1)), np.array([1.0]), 1.96)
    assert right.limit[0] == np.inf and right.reasons == ["diverged"]


def test_reparametrisation_keeps_the_fit() -> None:
    regression = random_fit(3)
    estimate = regression.fit()
    p = regression.design.p
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(p, p)))[0] @ np.diag(np.arange(1.0, p + 1))
    turned = reparametrised(regression.closure(), basis[None])
    solution = maximise(turned, np.linalg.solve(basis, regression.start()[0])[None])
    assert_allclose(basis @ solution.theta[0], estimate.theta, atol=1e-9)
    one, h = turn(estimate.value, basis[None]), 1e-6
    assert one.third is not None
    for i in range(p):
        shift = solution.theta + h * np.eye(p)[i]
        assert_allclose((turned(shift, slice(None)).score - one.score) / h, -one.curvature[:, i], rtol=1e-3, atol=1e-3)


def test_third_derivatives_are_those_of_the_information() -> None:
    regression = random_fit(3)
    estimate = regression.fit()
    evaluate, h = regression.closure(), 1e-6
    for i in range(regression.design.p):
        step = h * np.eye(regression.design.p)[i]
        up, down = (evaluate(estimate.theta[None] + s * step, slice(None)).information for s in (1, -1))
        assert_allclose((up - down)[0] / (2 * h), estimate.value.third[0, i], rtol=1e-4, atol=1e-5)


def test_extreme_linear_predictors_do_not_overflow() -> None:
    x = np.r_[np.zeros(20), np.ones(20) * 1e4, 5e4]
    y = np.r_[np.zeros(19), 1, np.ones(19), 0, 1]
    fit = firth_logit(y=y, X=x)
    assert fit.converged and np.isfinite(fit.conf_int()).all() and np.isfinite(fit.pvalues).all()


@pytest.mark.parametrize("seed", range(8))
def test_the_path_of_one_fit_and_the_batched_solver_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(90, 3)) * [1.0, 50.0, 0.1] + [0.0, 400.0 * (seed % 2), 0.0]
    y = rng.random(90) < 0.15
    options = {"weights": rng.integers(0, 3, 90), "offset": rng.normal(size=90)} if seed > 3 else {}
    quick = firth_logit(y=y, X=X, **options)
    monkeypatch.setattr(regression, "fit_one", lambda batch, start: None)
    slow = firth_logit(y=y, X=X, **options)
    assert_allclose(quick.params / slow.bse, slow.params / slow.bse, atol=1e-10)
    assert_allclose(quick.cov, slow.cov, rtol=1e-9)
    assert_allclose(quick.loglik, slow.loglik, rtol=1e-12)
    assert_allclose(quick.conf_int(), slow.conf_int(), rtol=1e-8)


@pytest.mark.parametrize("seed", range(9))
def test_the_three_ways_to_a_profile_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The joint walk, the same where the curvature cannot be inverted, and full maximisation with a contrast held."""

    regression = random_fit(seed)
    estimate = regression.fit()
    p = regression.design.p
    contrast = np.concatenate([np.eye(p), np.random.default_rng(seed).normal(size=(3, p))])
    contrast[p:] /= np.abs(contrast[p:]).max(axis=1)[:, None]
    start, top, evaluate = estimate.theta[None], estimate.value, regression.closure(3 * len(contrast))

    ratios, limits = profile.ratios_and_limits(evaluate, start, top, contrast, 1.96)
    assert set(limits.reasons) <= {"converged", "max_iter"}
    sound = limits.reason == 0
    with monkeypatch.context() as patch:
        patch.setattr(profile, "_sound_inverse", lambda _: None)
        again, others = profile.ratios_and_limits(evaluate, start, top, contrast, 1.96)
    assert_allclose(again, ratios, rtol=1e-8, atol=2e-9)
    assert_allclose(others.limit[sound], limits.limit[sound], rtol=1e-8, atol=1e-9)
    with monkeypatch.context() as patch:
        patch.setattr(profile, "_walk", lambda *a: profile._Walked.of(*a[3].shape))
        slow, searched = profile.ratios_and_limits(evaluate, start, top, contrast, 1.96)
    assert_allclose(slow, ratios, rtol=1e-8, atol=2e-9)
    assert_allclose(searched.limit[sound], limits.limit[sound], rtol=1e-8, atol=1e-9)


def nearly_separated(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns that are symmetric, skewed, rare or a trend, and an outcome that the first all but decides."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(15, 80)), int(rng.integers(1, 5))
    X = rng.normal(size=(n, k))
    for j, kind in enumerate(rng.integers(0, 4, k)):
        if kind:
            X[:, j] = (np.exp(1.5 * X[:, j]), rng.random(n) < 0.15, np.arange(n))[kind - 1]
    y = rng.random(n) < rng.choice([0.05, 0.2, 0.5])
    if rng.random() < 0.4:
        y = (X[:, 0] + 0.3 * rng.normal(size=n)) > np.quantile(X[:, 0], 0.8)
    return X, y


@pytest.mark.parametrize("seed", [5, 12, 190, 200, 255, 535, 621, 758, 809, 838, 971, 1144, 1156])
def test_limits_are_on_the_ridge_that_leads_to_them_from_the_maximum(seed: int) -> None:
    """The penalised profile of nearly separated data has several ridges; each limit is reached from the top in small steps."""
    X, y = nearly_separated(seed)
    regression = Regression(build_design(y=y, X=X), "logit", penalised=True)
    estimate = regression.fit()
    contrast, _ = contrasts(regression.design.back)
    limits = profile.ratios_and_limits(
        regression.closure(3 * len(contrast)), estimate.theta[None], estimate.value, contrast, 1.96
    )[1]
    basis = coordinates(np.concatenate([contrast, contrast]))
    evaluate = reparametrised(regression.closure(len(basis)), basis)
    start = np.linalg.solve(basis, np.broadcast_to(estimate.theta, (len(basis), len(contrast)))[:, :, None])[:, :, 0]
    free = np.ones_like(start, dtype=bool)
    free[:, 0] = False
    at, held = start.copy(), maximise(evaluate, start, free=free)
    for share in np.linspace(0, 1, 65)[1:]:
        at = held.theta.copy()
        at[:, 0] = start[:, 0] + share * (limits.limit - start[:, 0])
        held = maximise(evaluate, at, free=free)
    fall = 2 * (estimate.value.objective[0] - held.objective)
    assert (limits.reason == 0).all() and held.converged.all()
    assert fall.min() > 1.96**2 - 1e-5  # no limit is too near
    assert (np.abs(fall - 1.96**2) < 1e-5).mean() > 0.6  # a path in steps may itself fall to a lower ridge


def test_a_far_limit_does_not_depend_on_its_company() -> None:
    """Where the profile of a separated column is all but straight, its curvature is lost beside that of the others."""
    rng = np.random.default_rng(20261130)
    X = np.column_stack([rng.normal(size=160), np.exp(rng.normal(size=160)), rng.random(160) < 0.1, np.arange(160)])
    y = rng.random(160) < 0.2
    X[:, 2] = y & (rng.random(160) < 0.5)
    regression = Regression(build_design(y=y, X=X), "logit", penalised=True)
    estimate = regression.fit()
    contrast, _ = contrasts(regression.design.back)
    alone = [
        profile_limits(regression.closure(len(rows)), estimate.theta[None], estimate.value, contrast[rows], np.ones(len(rows)), 12.0)
        .limit[-1]
        for rows in ([3], [0, 3], [1, 2, 3], [0, 1, 2, 3], [4, 2, 1, 0, 3])
    ]  # fmt: skip
    free = np.array([[True, True, True, False, True]])
    at = estimate.theta[None].copy()
    at[0, 3] = alone[0]
    held = maximise(regression.closure(), at, free=free)
    assert_allclose(2 * (estimate.value.objective - held.objective), 144.0, rtol=1e-7)
    assert_allclose(alone, alone[0], rtol=1e-7)


@pytest.mark.parametrize("model", ["logit", "cloglog", "poisson"])
def test_tests_and_limits_together_are_those_found_apart(model: str) -> None:
    rng = np.random.default_rng(11)
    X = np.column_stack([rng.normal(size=90), rng.random(90) < 0.3])
    y = rng.random(90) < 0.25
    design = build_design(y=y, X=X, kind="count" if model == "poisson" else "binary")
    apart = Regression(design, model, penalised=True)  # type: ignore[arg-type]
    estimate = apart.fit()
    ratios, limits, reasons = apart.ratios_and_limits(estimate)
    assert_allclose(ratios, apart.likelihood_ratios(estimate), rtol=1e-8, atol=1e-9)
    assert_allclose(limits, apart.limits(estimate)[0], rtol=1e-8)
    assert set(reasons) == {"converged"}
