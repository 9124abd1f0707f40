"""Numbers keep the digits that their simulation error leaves, and no more."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions_stats.display.rounding import decimals_for, rounded, rounded_p


@given(st.floats(1e-3, 1e5), st.floats(1e-5, 1e2))
def test_rounding_loses_less_than_the_error_or_the_third_digit(value: float, error: float) -> None:
    text = rounded(value, error)
    unit = 10.0 ** -decimals_for(error, most=9)
    third = 10.0 ** (math.floor(math.log10(value)) - 2)
    assert abs(float(text) - value) <= 0.5 * max(unit, third, 1e-12) * (1 + 1e-9) + (0.5 if value >= 100 else 0)
    assert len(text.replace(".", "").lstrip("0")) <= max(3, len(str(int(float(text)))))


@given(st.floats(0, 1), st.integers(99, 100_000))
def test_p_has_the_decimals_of_its_monte_carlo_error(p: float, draws: int) -> None:
    error = math.sqrt(max(p * (1 - p), 1 / draws) / draws)
    text = rounded_p(p, error)
    if text[0] in "<>" or text == "1":
        assert p < 0.01 or p > 0.98
    else:
        assert text.startswith(".") and len(text) - 1 <= 3
        assert abs(float(text) - p) <= 0.5 * 10.0 ** -(len(text) - 1) + 1e-12


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (math.nan, "-"), (math.inf, "inf"), (-math.inf, "-inf"), (0.0, "0"), (-0.2544, "-0.254")],
)
def test_what_is_no_number_is_said(value: float | None, text: str) -> None:
    assert rounded(value) == text


def test_stars_are_never_set() -> None:
    assert all("*" not in rounded_p(p) for p in (0.0001, 0.004, 0.03, 0.09))
