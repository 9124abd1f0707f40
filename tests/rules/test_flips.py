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


@pytest.mark.parametrize(
    ("wants", "unmet", "met"),
    [
        ("<=", "x would have to fall from 2 to 3", "it stays met unless x (now 2) rises above 3"),
        ("<", "x would have to fall from 2 to below 3", "it stays met unless x (now 2) rises to 3"),
        (">=", "x would have to rise from 2 to 3", "it stays met unless x (now 2) falls below 3"),
        (">", "x would have to rise from 2 to above 3", "it stays met unless x (now 2) falls to 3"),
    ],
)
def test_which_way_a_number_has_to_move(wants: str, unmet: str, met: str) -> None:
    assert flips.crossing("x", 2, 3, met=False, wants=wants) == unmet
    assert flips.crossing("x", 2, 3, met=True, wants=wants) == met
    near = flips.crossing("p", 0.0502, 0.05, met=False, wants=wants, write=probability_text)
    assert "from .0502 to" in near and near.endswith(".05")


def test_shifts_in_words() -> None:
    assert flips.bound_shift(math.log(2.3), math.log(1.5), "OR") == "the upper bound from OR 2.3 to 1.5"
    assert flips.bound_shift(math.nan, 0.4, "OR") == "" and flips.bound_shift(math.inf, 0.4, "OR").startswith(
        "the upper bound from an infinite OR"
    )
    assert flips.estimate_shift(math.log(0.9), math.log(1.2), "RR") == "the estimate from RR 0.9 to about 1.2"
    for estimate, goal in ((math.nan, 0.1), (0.1, math.nan), (0.1, math.inf), (0.1, -math.inf)):
        assert flips.estimate_shift(estimate, goal, "OR") == ""
    assert flips.join("a", "", "b") == "a: b" and flips.join("", "") == "" and flips.join("a") == "a"


@pytest.mark.parametrize(
    ("n", "mde", "delta", "text"),
    [(10, 0.8, 0.4, "about 40 onsets instead of 10"), (10, 0.4, 0.4, "about 10 onsets instead of 10"),
     (7, 0.5, 0.4, "about 11 onsets instead of 7"), (10, 0.2, 0.4, "about 3 onsets instead of 10"),
     (0, 0.8, 0.4, ""), (-1, 0.8, 0.4, ""), (1, 0.8, 0.4, "about 4 onsets instead of 1"), (10, math.inf, 0.4, ""), (10, math.nan, 0.4, "")],
)  # fmt: skip
def test_how_many_onsets_an_effect_takes(n: int, mde: float, delta: float, text: str) -> None:
    assert flips.events_needed(n, mde, delta) == text


def test_a_p_of_zero_or_a_factor_that_swallows_the_threshold() -> None:
    """Without a factor from Holm the p itself is held against the threshold; beyond twelve digits it is cut."""
    z = stats.norm.isf(0.05)
    assert flips.estimate_for_p(0.0, 0.0, 0.05, 0.4) == pytest.approx(0.4 * z)
    assert flips.estimate_for_p(0.5, 0.0, 0.05, 0.4) == pytest.approx(0.4 * z)
    assert flips.estimate_for_p(1e-15, 1.0, 0.05, 1.0) == pytest.approx(stats.norm.isf(1e-12), rel=1e-4)
    assert flips.estimate_for_p(0.5, 0.01, 0.05, 1.0) == pytest.approx(stats.norm.isf(1 - 1e-12), rel=1e-4)


def test_factors_too_large_for_a_float_stay_finite_or_infinite() -> None:
    assert flips.normal_bf10(100.0, 1.0, 50.0) == pytest.approx(math.exp(700))
    assert flips.half_normal_bf10(100.0, 1.0, 50.0) == pytest.approx(2 * math.exp(700))
    assert flips.half_normal_bf10(-100.0, 1.0, 50.0) == 0.0
    assert flips.reverse_bf(-100.0, 1.0, 50.0) == math.inf and flips.reverse_bf(100.0, 1.0, 50.0) == 0.0


@pytest.mark.parametrize(
    ("function", "target"),
    [("half_normal_bf10", 3.0), ("half_normal_bf10", 1 / 3), ("reverse_bf", 3.0), ("reverse_bf", 1 / 3)],
)
def test_rising_and_falling_factors_are_both_inverted(function: str, target: float) -> None:
    solve = getattr(flips, function)
    goal = flips.estimate_for_bf(lambda x: solve(x, 0.3, 0.7), target, 0.3, low=-12, high=12)
    assert solve(goal, 0.3, 0.7) == pytest.approx(target, rel=1e-9)
    kind = "half_normal" if function == "half_normal_bf10" else "reverse"
    text = flips.bf_shift(kind, target, 0.1, 0.3, 0.7, "OR")
    assert text == f"the estimate from OR 1.11 to about {number_text(math.exp(goal))}"
    assert math.isnan(flips.estimate_for_bf(lambda x: solve(x, 0.3, 0.7), 1e300, 0.3, low=-1, high=1))
    assert math.isnan(flips.estimate_for_bf(lambda x: solve(x, 0.3, 0.7), target, 0.3, low=5, high=6))


@pytest.mark.parametrize("kind", ["half_normal", "normal", "reverse"])
def test_no_shift_without_numbers(kind: str) -> None:
    for estimate, se, scale in ((math.nan, 0.3, 0.7), (0.1, math.nan, 0.7), (0.1, 0.0, 0.7), (0.1, 1e-9, 0.7), (math.inf, 0.3, 0.7),
                                (0.1, 0.3, 0.0)):  # fmt: skip
        assert flips.bf_shift(kind, 3.0, estimate, se, scale, "OR") == ""
    assert flips.bf_shift(kind, 3.0, 0.1, 1e-5, 0.7, "OR") != ""


def test_an_estimate_of_zero_moves_up() -> None:
    goal = flips.estimate_for_bf(lambda x: flips.normal_bf10(x, 0.2, 0.7), 3.0, 0.2, low=0, high=12)
    assert (
        flips.bf_shift("normal", 3.0, 0.0, 0.2, 0.7, "OR")
        == f"the estimate from OR 1 to about {number_text(math.exp(goal))}"
    )
    at_most = flips.normal_bf10(0.0, 0.3, 1.0)  # the least that an estimate can give
    assert "no estimate reaches it" in flips.bf_shift("normal", at_most * 0.99, 0.1, 0.3, 1.0, "OR")
    assert "no estimate reaches it" not in flips.bf_shift("normal", at_most * 1.01, 0.1, 0.3, 1.0, "OR")
