"""Profile limits and held falls of functions whose profile is known in closed form, the awkward ones among them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.solver.newton import Evaluation
from interventions_stats.engine.solver.profile import likelihood_ratios, profile_limits
from interventions_stats.engine.solver.reparametrisation import coordinates

Z = 1.959963984540054
STIFF = 2.0


def coupled(fall, first, second, third=None, *, edge: float = np.inf, lean: float = 0.7):
    """-fall(x) - STIFF (y - lean x)**2 / 2, whose profile over x is -fall(x); missing beyond |x| = edge."""

    def evaluate(theta: np.ndarray, rows: object) -> Evaluation:
        x, y = theta[:, 0], theta[:, 1]
        with np.errstate(over="ignore", invalid="ignore"):
            rest = y - lean * x
            objective = -fall(x) - STIFF * rest**2 / 2
            score = np.column_stack([-first(x) + STIFF * lean * rest, -STIFF * rest])
            curvature = np.empty((len(x), 2, 2))
            curvature[:, 0, 0], curvature[:, 1, 1] = second(x) + STIFF * lean**2, STIFF
            curvature[:, 0, 1] = curvature[:, 1, 0] = -STIFF * lean
            cube = None
            if third is not None:
                cube = np.zeros((len(x), 2, 2, 2))
                cube[:, 0, 0, 0] = third(x)
        lost = np.abs(x) > edge
        objective[lost], score[lost], curvature[lost] = np.nan, np.nan, np.nan
        return Evaluation(objective, score, curvature, third=cube)

    return evaluate


CASES = {
    "a parabola": (lambda x: 2 * x**2, lambda x: 4 * x, lambda x: 4 + 0 * x, lambda x: 0 * x, Z / 2),
    "steeper than exponential": (
        lambda x: np.exp(x**2) - 1, lambda x: 2 * x * np.exp(x**2), lambda x: (2 + 4 * x**2) * np.exp(x**2),
        lambda x: (12 * x + 8 * x**3) * np.exp(x**2), np.sqrt(np.log1p(Z**2 / 2)),
    ),
    "like a hyperbolic cosine": (
        lambda x: np.cosh(30 * x) - 1, lambda x: 30 * np.sinh(30 * x), lambda x: 900 * np.cosh(30 * x),
        lambda x: 27_000 * np.sinh(30 * x), np.arccosh(1 + Z**2 / 2) / 30,
    ),
    "ever flatter": (
        lambda x: np.sqrt(1 + x**2) - 1, lambda x: x / np.sqrt(1 + x**2), lambda x: (1 + x**2) ** -1.5,
        lambda x: -3 * x * (1 + x**2) ** -2.5, np.sqrt((1 + Z**2 / 2) ** 2 - 1),
    ),
    "convex in the tails": (
        lambda x: 2 * np.log1p(x**2), lambda x: 4 * x / (1 + x**2), lambda x: 4 * (1 - x**2) / (1 + x**2) ** 2,
        lambda x: 8 * x * (x**2 - 3) / (1 + x**2) ** 3, np.sqrt(np.expm1(Z**2 / 4)),
    ),
    "flat at the top": (
        lambda x: x**4 / 4, lambda x: x**3, lambda x: 3 * x**2, lambda x: 6 * x, (2 * Z**2) ** 0.25,
    ),
}  # fmt: skip


@pytest.mark.parametrize("third", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_the_limit_is_where_the_profile_has_fallen_by_half_the_square(name: str, third: bool) -> None:
    fall, first, second, cube, limit = CASES[name]
    evaluate = coupled(fall, first, second, cube if third else None)
    theta = np.zeros((2, 2))
    contrast, side = np.array([[1.0, 0.0]] * 2), np.array([-1.0, 1.0])
    found = profile_limits(evaluate, theta, evaluate(theta, slice(None)), contrast, side, Z)
    assert_allclose(found.limit, side * limit, rtol=1e-7)
    assert found.reasons == ["converged"] * 2
    # the same line in other units: the limits of a multiple of x are the multiple of the limits
    for factor in () if name == "flat at the top" else (-2.5, 0.01):  # which takes full searches
        turned = profile_limits(evaluate, theta, evaluate(theta, slice(None)), factor * contrast, side, Z)
        assert_allclose(turned.limit, side * limit * abs(factor), rtol=1e-7)


@pytest.mark.parametrize("null", [-1.5, -0.2, 0.3, 1.1])
@pytest.mark.parametrize("name", CASES)
def test_the_fall_of_a_held_line_is_read_off_the_profile(name: str, null: float) -> None:
    fall, first, second, cube, _ = CASES[name]
    if name == "like a hyperbolic cosine":
        null /= 10
    evaluate = coupled(fall, first, second, cube)
    theta = np.zeros((1, 2))
    statistic, _ = likelihood_ratios(evaluate, theta, evaluate(theta, slice(None)), np.array([[1.0, 0.0]]), null)
    assert_allclose(statistic, 2 * fall(np.array([null])), rtol=1e-7)


@pytest.mark.parametrize("edge", [1.1, 1.35])
def test_a_function_that_ends_before_walds_limit_is_searched(edge: float) -> None:
    """Wald's step leads beyond the edge, where nothing can be computed; the limit itself lies within."""
    fall, first, second, cube, limit = CASES["steeper than exponential"]
    assert limit < edge < Z / np.sqrt(2)
    evaluate = coupled(fall, first, second, cube, edge=edge)
    theta = np.zeros((2, 2))
    found = profile_limits(
        evaluate, theta, evaluate(theta, slice(None)), np.array([[1.0, 0.0]] * 2), np.array([-1.0, 1]), Z
    )
    assert_allclose(found.limit, [-limit, limit], rtol=1e-9)
    assert found.reasons == ["converged"] * 2
    turned = profile_limits(
        evaluate, theta, evaluate(theta, slice(None)), np.array([[-2.0, 0.0]] * 2), np.array([-1.0, 1]), Z
    )
    assert_allclose(turned.limit, [-2 * limit, 2 * limit], rtol=1e-9)


@pytest.mark.parametrize("lean", [0.0, 0.7, -3.0])
def test_a_profile_that_never_falls_far_enough_has_no_limit(lean: float) -> None:
    """1.5 (1 - exp(-x**2 / 2)) is 1.5 at most, and half the square is 1.92."""
    evaluate = coupled(
        lambda x: -1.5 * np.expm1(-(x**2) / 2), lambda x: 1.5 * x * np.exp(-(x**2) / 2),
        lambda x: 1.5 * (1 - x**2) * np.exp(-(x**2) / 2), lean=lean,
    )  # fmt: skip
    theta = np.zeros((2, 2))
    top = evaluate(theta, slice(None))
    contrast, side = np.array([[1.0, 0.0]] * 2), np.array([-1.0, 1.0])
    none = profile_limits(evaluate, theta, top, contrast, side, Z)
    assert none.limit.tolist() == [-np.inf, np.inf] and none.reasons == ["diverged"] * 2
    low = profile_limits(evaluate, theta, top, contrast, side, 1.0)  # 3 (1 - exp(-x**2 / 2)) = 1
    assert_allclose(low.limit, side * np.sqrt(-2 * np.log(2 / 3)), rtol=1e-7)


@pytest.mark.parametrize("direction", [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (-0.3, 2.0), (0.5, -0.5)])
def test_lines_of_a_quadratic_have_walds_limits(direction: tuple[float, float]) -> None:
    h, top = np.array([[2.0, 0.6], [0.6, 1.0]]), np.array([0.4, -1.0])

    def evaluate(theta: np.ndarray, rows: object) -> Evaluation:
        d = theta - top
        return Evaluation(-0.5 * np.einsum("bi,ij,bj->b", d, h, d), -d @ h, np.repeat(h[None], len(d), axis=0))

    a = np.array(direction)
    spread = np.sqrt(a @ np.linalg.inv(h) @ a)
    theta = np.repeat(top[None], 2, axis=0)
    value = evaluate(theta, slice(None))
    found = profile_limits(evaluate, theta, value, np.array([a, a]), np.array([-1.0, 1.0]), Z)
    assert_allclose(found.limit, a @ top + np.array([-1, 1]) * Z * spread, rtol=1e-10)
    statistic, reason = likelihood_ratios(evaluate, theta[:1], value.take(np.array([0])), a[None], 0.7)
    assert_allclose(statistic, ((a @ top - 0.7) / spread) ** 2, rtol=1e-9)
    assert reason.tolist() == [0]


@pytest.mark.parametrize(
    "contrast", [(1.0, 0.0, 0.0), (0.0, 0.0, 2.0), (1.0, -2.0, 0.5), (-3.0, 0.1, 0.1), (-1.0, 0.0, 0.0)]
)
def test_coordinates_hold_the_line_as_their_first(contrast: tuple[float, ...]) -> None:
    basis = coordinates(np.array([contrast]))[0]
    phi = np.random.default_rng(0).normal(size=3)
    assert_allclose(np.array(contrast) @ basis @ phi, phi[0], atol=1e-12)
    others = basis[:, 1:]
    assert_allclose(others.T @ others, np.eye(2), atol=1e-12)
    assert_allclose(basis[:, 0] @ others, 0, atol=1e-12)
