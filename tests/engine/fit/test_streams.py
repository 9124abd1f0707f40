"""Tables too long for their row products are passed over in blocks: the fit is that of the short way."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.fit import regression
from interventions_stats.engine.fit.regression import Regression
from interventions_stats.engine.fit.stream import BLOCK, streamed
from interventions_stats.engine.solver import likelihood
from interventions_stats.estimators import build_design

RNG = np.random.default_rng(1)
ROWS = BLOCK + 37  # a whole block and a short one
X = RNG.normal(size=(ROWS, 2)) * [1.0, 40.0] + [0.0, 900.0]
Y = (RNG.random(ROWS) < 1 / (1 + np.exp(2 - 0.7 * X[:, 0]))).astype(float)
WEIGHTS, OFFSET = RNG.integers(0, 3, ROWS).astype(float), 0.3 * RNG.normal(size=ROWS)


def numeric(function, theta: np.ndarray, h: float = 1e-5) -> np.ndarray:
    return np.array([(function(theta + h * e) - function(theta - h * e)) / (2 * h) for e in np.eye(len(theta))])


@pytest.mark.parametrize("penalised", [False, True])
@pytest.mark.parametrize("given", [{}, {"weights": WEIGHTS, "offset": OFFSET}], ids=["plain", "weights and offset"])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("model", ["logit", "cloglog", "poisson"])
def test_value_score_and_curvature(model: str, intercept: bool, given: dict, penalised: bool) -> None:
    """The closure against the same sums over the whole table, and its score against differences."""
    design = build_design(y=Y, X=X, intercept=intercept, kind="count" if model == "poisson" else "binary", **given)
    fit = Regression(design, model, penalised=penalised)  # type: ignore[arg-type]
    evaluate = streamed(design, fit.kernel, penalised)
    theta = np.array([-1.5, 0.4, 0.1])[3 - design.p :]
    x, y = design.standardised(), design.y
    w = np.ones(ROWS) if design.weights is None else design.weights
    shift = 0.0 if design.offset is None else design.offset

    def information(b: np.ndarray) -> np.ndarray:
        eta = x @ b + shift
        mean = fit.kernel.mean(eta)
        rate = np.exp(eta)
        weight = {"logit": mean * (1 - mean), "poisson": rate, "cloglog": rate**2 / np.expm1(rate)}[model]
        return (x * (w * weight)[:, None]).T @ x

    def objective(b: np.ndarray) -> float:
        eta = x @ b + shift
        rows = {
            "logit": y * eta - np.logaddexp(0, eta),
            "poisson": y * eta - np.exp(eta),
            "cloglog": y * np.log(-np.expm1(-np.exp(eta))) - (1 - y) * np.exp(eta),
        }[model]
        return float(w @ rows) + (0.5 * np.linalg.slogdet(information(b))[1] if penalised else 0.0)

    found = evaluate(theta[None], slice(None))
    assert_allclose(found.objective[0], objective(theta), rtol=1e-11)
    score = numeric(objective, theta)
    assert_allclose(found.score[0], score, rtol=1e-5, atol=1e-4 * np.abs(score).max())
    assert_allclose(found.information[0], information(theta), rtol=1e-9)
    if penalised or model != "cloglog":
        assert_allclose(found.curvature[0], information(theta), rtol=1e-9)
    else:
        hessian = -numeric(lambda b: streamed(design, fit.kernel, False)(b[None], slice(None)).score[0], theta)
        assert_allclose(found.curvature[0], hessian, rtol=1e-5, atol=1e-4)
    assert found.order == (1 if penalised else 2)
    several = evaluate(np.stack([theta, 0 * theta]), slice(None))
    assert_allclose(several.objective, [found.objective[0], objective(0 * theta)], rtol=1e-11)


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize("penalised", [False, True])
@pytest.mark.parametrize("model", ["logit", "cloglog", "poisson"])
def test_a_streamed_fit_is_the_short_one(
    model: str, penalised: bool, near: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = np.column_stack([X, X[:, 1] ** 2]) if near else X  # which is whitened
    kind = "count" if model == "poisson" else "binary"
    design = build_design(y=Y, X=columns, weights=WEIGHTS, offset=OFFSET, kind=kind)  # type: ignore[arg-type]
    assert (design.whitening is not None) == near
    short = Regression(design, model, penalised=penalised).fit()  # type: ignore[arg-type]
    for module in (regression, likelihood):
        if hasattr(module, "STREAM_ELEMENTS"):
            monkeypatch.setattr(module, "STREAM_ELEMENTS", 0)
    long = Regression(design, model, penalised=penalised).fit()  # type: ignore[arg-type]
    assert_allclose(long.theta, short.theta, atol=1e-9)
    assert_allclose(long.cov, short.cov, rtol=1e-7)
    assert_allclose(long.loglik, short.loglik, rtol=1e-11)
