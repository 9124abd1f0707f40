"""An effect is trivial where the bound leaves only sizes below the smallest of interest."""

from __future__ import annotations

import math

import pytest
from cases import DELTA, DISMISSED, change


@pytest.mark.parametrize(
    ("fields", "trivial"),
    [
        ({}, True),
        ({"upper": DELTA}, False),
        ({"upper": DELTA - 1e-9}, True),
        ({"has_sesoi": False}, False),
        ({"delta": None}, False),
        ({"delta": math.nan}, False),
        ({"upper": math.nan}, False),
        ({"lower": -5.0}, True),
        ({"lower": -5.0, "two_sided": True}, False),
        ({"lower": -DELTA, "two_sided": True}, False),
        ({"lower": 1e-9 - DELTA, "two_sided": True}, True),
        ({"upper": DELTA, "lower": 0.0, "two_sided": True}, False),
    ],
)
def test_an_effect_is_trivial_where_all_that_is_left_is_below_the_smallest_of_interest(
    fields: dict, trivial: bool
) -> None:
    assert change(DISMISSED, **fields).trivial is trivial
