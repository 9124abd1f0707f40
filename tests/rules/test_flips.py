"""Normal-theory translations of a flip, against quadrature and their own inverse."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from interventions_stats.rules import flips
from interventions_stats.rules.formatting import effect_text, number_text, probability_text


@pytest.mark.parametrize("estimate", [-1.2, -0.3, 0.0, 0.4, 1.5])
@pytest.mark.parametrize(("se", "scale"), [(0.2, 0.7), (0.5, 0.4), (0.3, 1.4)])
def test_bayes_factors_match_quadrature(estimate: float, se: float, scale: float) -> None:
    def likelihood(theta: float) -> float:
        return float(stats.norm.pdf(estimate, theta, se))

    def integral(prior: object, low: float, high: float) -> float:
        return integrate.quad(lambda t: likelihood(t) * prior(t), low, high, epsabs=1e-13, points=[0, estimate])[0]  # type: ignore[operator]

    null, far = likelihood(0), 12 * scale
    half = integral(lambda t: stats.halfnorm.pdf(t, scale=scale), 0, far) / null
    full = integral(lambda t: stats.norm.pdf(t, scale=scale), -far, far) / null
    below = integral(lambda t: stats.norm.pdf(t, scale=scale), -far, 0)
    above = integral(lambda t: stats.norm.pdf(t, scale=scale), 0, far)
    assert flips.half_normal_bf10(estimate, se, scale) == pytest.approx(half, rel=1e-8)
    assert flips.normal_bf10(estimate, se, scale) == pytest.approx(full, rel=1e-8)
    assert flips.reverse_bf(estimate, se, scale) == pytest.approx(below / above, rel=1e-8)


@settings(deadline=None)
@given(st.floats(0.05, 1.0), st.floats(0.1, 1.5), st.sampled_from([1 / 3, 1.0, 3.0, 10.0]))
def test_estimate_for_a_bayes_factor_inverts_it(se: float, scale: float, target: float) -> None:
    goal = flips.estimate_for_bf(lambda x: flips.half_normal_bf10(x, se, scale), target, se, low=-12, high=12)
    if not math.isnan(goal):
        assert flips.half_normal_bf10(goal, se, scale) == pytest.approx(target, rel=1e-6)


@pytest.mark.parametrize(("p", "adjusted"), [(0.03, 0.03), (0.03, 0.06), (0.2, 0.6), (1e-9, 3e-9)])
def test_estimate_for_a_p_inverts_it(p: float, adjusted: float) -> None:
    goal = flips.estimate_for_p(p, adjusted, 0.05, 0.4)
    assert stats.norm.sf(goal / 0.4) * adjusted / p == pytest.approx(0.05, rel=1e-9)
    assert flips.estimate_for_p(p, adjusted, 0.05, 0.4, reverse=True) == -goal


def test_an_unreachable_bayes_factor_names_the_standard_error() -> None:
    """Under a normal prior BF01 is at most sqrt(1 + scale^2 / se^2)."""
    text = flips.bf_shift("normal", 1 / 3, 0.1, 0.5, 1.0, "OR")
    needed = 1 / math.sqrt(8)
    assert text == f"no estimate reaches it unless the standard error falls from 0.5 to {number_text(needed)}"
    assert flips.normal_bf10(0, needed, 1.0) == pytest.approx(1 / 3)
    assert (
        flips.bf_shift("normal", 1 / 3, -0.3, 0.3, 1.0, "OR").startswith("the estimate from OR 0.741 to about OR ")
        is False
    )


def test_two_sided_flips_keep_the_sign_of_the_estimate() -> None:
    goal = flips.estimate_for_bf(lambda x: flips.normal_bf10(x, 0.2, 0.7), 3.0, 0.2, low=0, high=12)
    assert (
        flips.bf_shift("normal", 3.0, -0.1, 0.2, 0.7, "OR")
        == f"the estimate from OR 0.905 to about {number_text(math.exp(-goal))}"
    )


@pytest.mark.parametrize("se", [0.0, math.nan])
def test_flips_without_a_scale_are_silent(se: float) -> None:
    assert flips.bf_shift("half_normal", 3, 0.1, se, 0.4, "OR") == ""


@pytest.mark.parametrize(
    ("value", "threshold", "text"),
    [
        (0.05, 0.05, ".05"),
        (0.05000001, 0.05, ".05000001"),
        (0.0004, 0.05, "<.001"),
        (1.0, 0.05, "1.00"),
        (0.0, 0.05, ".00"),
    ],
)
def test_probabilities_never_read_like_a_threshold_they_miss(value: float, threshold: float, text: str) -> None:
    assert probability_text(value, apart_from=threshold) == text


@settings(deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_numbers_never_read_like_a_threshold_they_miss(x: float, threshold: float) -> None:
    assert (number_text(x, apart_from=threshold) == number_text(threshold)) is (x == threshold) or (
        float(number_text(x, apart_from=threshold)) != float(number_text(threshold))
        or number_text(threshold) != repr(threshold)
    )


@settings(deadline=None)
@given(st.floats(-3, 3))
def test_effects_are_written_to_three_digits(log_effect: float) -> None:
    assert float(effect_text(log_effect).removeprefix("OR ")) == pytest.approx(math.exp(log_effect), rel=0.005)
    prob = effect_text(log_effect, "P(superiority)").removeprefix("P(superiority) ")
    assert float(prob) == pytest.approx(1 / (1 + math.exp(-log_effect)), abs=0.0005)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0"),
        (math.nan, "not computed"),
        (-math.inf, "minus infinite"),
        (2.5e7, "2.5e+07"),
        (3.2e-5, "3.2e-05"),
        (-0.25, "-0.25"),
        (1999.6, "2000"),
    ],
)
def test_numbers_of_every_size(x: float, text: str) -> None:
    assert number_text(x) == text
