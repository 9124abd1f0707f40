"""How a finding is read off plain numbers: each rule on a table of plain cases."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions_stats.errors import InputError
from interventions_stats.rules.finding import absence, measured, presence


@pytest.mark.parametrize(
    ("p", "attainable", "expected"),
    [
        ({"W1": 0.44}, {}, "reproduced"),
        ({"W1": 0.05}, {}, "not reproduced"),  # at most .05 counts, as everywhere
        ({"W1": 0.0500001}, {}, "reproduced"),
        ({"E1": 0.31, "E2": 0.90, "E3": 0.07}, {}, "reproduced"),
        ({"I1": 0.043, "I2": 0.53, "I3": 0.85}, {}, "partly"),  # .13 after Holm
        ({"a": 0.04, "b": 0.03}, {}, "partly"),  # .06 and .06
        ({"a": 0.016, "b": 0.5, "c": 0.5}, {}, "not reproduced"),  # .048
        ({"a": 0.04, "b": None, "c": math.nan}, {}, "not reproduced"),  # tests that gave nothing leave the family
        ({"a": 0.04, "b": 0.9}, {"b": 0.4}, "not reproduced"),  # as do those that could give nothing
        ({"a": 0.40}, {"a": 0.40}, "not testable"),
        ({"a": None}, {}, "not testable"),
        ({"a": 0.05}, {"a": 0.05}, "not reproduced"),  # .05 itself is within reach
    ],
)
def test_absence(p: dict, attainable: dict, expected: str) -> None:
    assert absence(p, attainable).finding == expected


@pytest.mark.parametrize(
    ("p", "attainable", "expected"),
    [
        ({"T2": 0.01}, {}, "reproduced"),
        ({"T2": 0.2}, {}, "not reproduced"),
        ({"raw": 0.002, "margins": 0.40}, {}, "partly"),
        ({"raw": 0.002, "margins": 0.40}, {"margins": 0.4}, "partly"),  # one could not have spoken
        ({"raw": 0.002, "margins": 0.03}, {}, "reproduced"),
        ({"raw": 0.03, "margins": 0.06}, {}, "not reproduced"),  # Holm: .06
        ({"raw": None}, {}, "not testable"),
    ],
)
def test_presence(p: dict, attainable: dict, expected: str) -> None:
    assert presence(p, attainable).finding == expected


@pytest.mark.parametrize(
    ("holds", "reconstructed", "expected", "said"),
    [
        ({"MID": True, "IMI": True}, False, "reproduced", "2 of 2 measures"),
        ({"MID": False, "IMI": True, "UCDP": None}, False, "partly", "1 of 2 measures (IMI); not MID"),
        ({"MID": False}, False, "not reproduced", "0 of 1 measures; not MID"),
        ({"with": True, "without": False}, True, "list in doubt", "1 of 2 measures (with); not without"),
        ({"with": True}, True, "reproduced", "1 of 1 measures"),
        ({"MID": None}, False, "not testable", "MID"),
    ],
)
def test_measures(holds: dict, reconstructed: bool, expected: str, said: str) -> None:
    found = measured(holds, reconstructed=reconstructed)
    assert found.finding == expected and said in found.text


def test_bad_input_is_one_clear_error() -> None:
    for call in (lambda: absence({}), lambda: presence({"a": 1.2}), lambda: absence({"a": -0.1}), lambda: measured({})):
        with pytest.raises(InputError):
            call()


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1), min_size=1))
def test_absence_and_presence_of_one_set_of_tests_never_both_hold(p: dict[str, float]) -> None:
    """And what Holm leaves standing decides both."""
    no, yes = absence(p), presence(p)
    assert not (no.finding == "reproduced" and yes.finding != "not reproduced")
    assert (no.finding == "not reproduced") == (yes.finding in ("reproduced", "partly"))
    assert no.finding != "reproduced" or min(p.values()) > 0.05
