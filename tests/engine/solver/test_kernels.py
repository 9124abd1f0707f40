"""What each model adds per row, against forty digits, from vanishing to certain probabilities."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from numpy.testing import assert_allclose

from interventions_stats.engine.solver.kernels import KERNELS, WORK, Pointwise

ETA = np.array([-36.0, -20.0, -5.0, -1.3, -0.2, 0.0, 0.4, 1.1, 3.0, 4.2])


def loglik(model: str, eta: mpf, y: float) -> mpf:
    """Of a row, with the part linear in eta left out where the link is canonical."""
    if model == "logit":
        return -mpmath.log1p(mpmath.exp(eta))
    if model == "poisson":
        return -mpmath.exp(eta)
    rate = mpmath.exp(eta)
    return y * mpmath.log(-mpmath.expm1(-rate)) - (1 - y) * rate


def information_of(model: str, eta: mpf) -> mpf:
    """Expected information of a row."""
    if model == "logit":
        return 1 / (2 + mpmath.exp(eta) + mpmath.exp(-eta))
    rate = mpmath.exp(eta)
    return rate if model == "poisson" else rate**2 / mpmath.expm1(rate)


def pointwise(model: str, eta: np.ndarray, y: np.ndarray, weights: np.ndarray | None, derivatives: int) -> Pointwise:
    work = np.empty((WORK, 1, len(eta)))
    work[0, 0] = eta
    kernel = KERNELS[model]  # type: ignore[index]
    outcome, weight = None if kernel.canonical else y[None], None if weights is None else weights[None]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # as the fits call it
        found = kernel.pointwise(work[0], outcome, weight, derivatives, work)
    return Pointwise(*(None if a is None else np.array(a) for a in found))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("derivatives", [0, 1, 2])
@pytest.mark.parametrize("model", ["logit", "poisson", "cloglog"])
def test_rows_and_their_derivatives(model: str, derivatives: int, weighted: bool) -> None:
    y = (np.arange(len(ETA)) % 2).astype(float)
    w = np.linspace(0.5, 3, len(ETA)) if weighted else np.ones(len(ETA))
    found = pointwise(model, ETA, y, w if weighted else None, derivatives)
    with mpmath.workdps(60):
        rows = [loglik(model, mpf(e), v) for e, v in zip(ETA, y, strict=True)]
        slope = [-mpmath.diff(lambda t, v=v: loglik(model, t, v), mpf(e)) for e, v in zip(ETA, y, strict=True)]
        bend = [-mpmath.diff(lambda t, v=v: loglik(model, t, v), mpf(e), 2) for e, v in zip(ETA, y, strict=True)]
        information = [[mpmath.diff(lambda t: information_of(model, t), mpf(e), d) for e in ETA] for d in range(3)]
    assert found.loglik[0] == pytest.approx(float(sum(r * mpf(v) for r, v in zip(rows, w, strict=True))), rel=1e-13)
    for array, wanted in ((found.descent, slope), (found.curvature, bend), (found.weight, information[0])):
        assert_allclose(array[0], w * np.array(wanted, dtype=float), rtol=1e-9, atol=1e-15)
    for d, array in ((1, found.weight1), (2, found.weight2)):
        if derivatives >= d or model == "poisson":
            assert array is not None
            assert_allclose(array[0], w * np.array(information[d], dtype=float), rtol=1e-8, atol=1e-14)


@pytest.mark.parametrize("n", [31, 32, 39, 40, 100])
@pytest.mark.parametrize("level", [-3.0, 0.0, 90.0])
def test_long_rows_have_the_sum_of_their_logarithms(n: int, level: float) -> None:
    """Products of eight probabilities stand for eight logarithms; where they would vanish they do not."""
    eta = level + np.sin(np.arange(n))
    found = pointwise("logit", eta, eta, None, 0)
    assert_allclose(found.loglik[0], -np.logaddexp(0, eta).sum(), rtol=1e-13)


@pytest.mark.parametrize("weighted", [False, True])
def test_rows_beyond_the_range_of_the_exponential_are_linear(weighted: bool) -> None:
    eta = np.r_[np.zeros(40), 800.0, 2_000.0, -900.0]
    w = np.linspace(1, 2, 43) if weighted else np.ones(43)
    for derivatives in (0, 1, 2):
        found = pointwise("logit", eta, eta, w if weighted else None, derivatives)
        assert_allclose(found.loglik[0], -(w * np.logaddexp(0, eta)).sum(), rtol=1e-12)
        assert_allclose(found.descent[0, 40:], w[40:] * [1, 1, 0], atol=1e-300)
        assert (found.weight[0, 40:] < 1e-300).all() and np.isfinite(found.weight).all()


def test_a_certain_event_and_a_vanishing_rate_of_the_complementary_log_log() -> None:
    found = pointwise("cloglog", np.array([-800.0, -800.0, 150.0]), np.array([1.0, 0.0, 1.0]), None, 2)
    assert found.loglik[0] == pytest.approx(-800.0)  # log(1 - exp(-exp(eta))) is eta
    assert_allclose(found.descent[0], [-1.0, 0.0, 0.0], atol=1e-30)
    assert all(np.isfinite(a).all() for a in found if a is not None)


@pytest.mark.parametrize("model", ["logit", "poisson", "cloglog"])
def test_means_their_slopes_and_links(model: str) -> None:
    kernel = KERNELS[model]  # type: ignore[index]
    with mpmath.workdps(50):
        mean = {
            "logit": lambda t: 1 / (1 + mpmath.exp(-t)),
            "poisson": mpmath.exp,
            "cloglog": lambda t: -mpmath.expm1(-mpmath.exp(t)),
        }[model]
        values = [float(mean(mpf(e))) for e in ETA]
        slopes = [float(mpmath.diff(mean, mpf(e))) for e in ETA]
    assert_allclose(kernel.mean(ETA), values, rtol=1e-12)
    assert_allclose(kernel.mean_derivative(ETA), slopes, rtol=1e-9, atol=1e-30)
    inner = ETA[2:-2]
    assert_allclose(kernel.link(kernel.mean(inner)), inner, atol=1e-10)
    if model == "logit":
        assert_allclose(kernel.mean(np.array([-800.0, 800.0])), [0, 1])
        assert_allclose(kernel.mean_derivative(np.array([-800.0, 800.0])), [0, 0])
