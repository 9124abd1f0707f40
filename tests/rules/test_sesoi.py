"""SESOIs against the published table of the method."""

from __future__ import annotations

import math

import pytest

from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.rules.sesoi import sesoi


@pytest.mark.parametrize(
    ("scale", "values", "label"),
    [
        ("continuous", (2.0, 1.5, 1.2), "OR 2"),
        ("binary", (3.0, 1.5, 1.25), "RR 3"),
        ("share", (2.0, 1.5, 1.2), "OR 2"),
        ("contrast", (2.0, 1.5, 1.2), "ratio of ORs 2"),
        ("rank", (0.64 / 0.36, 0.58 / 0.42, 0.53 / 0.47), "P(superiority) .64"),
    ],
)
def test_wordings_map_to_log_ratios(scale: str, values: tuple[float, ...], label: str) -> None:
    found = [sesoi(w, scale) for w in ("primary", "meaningful", "any")]  # type: ignore[arg-type]
    assert [s.ratio for s in found] == pytest.approx(values, rel=1e-12)
    assert [s.delta for s in found] == pytest.approx([math.log(v) for v in values], rel=1e-12)
    assert found[0].label == label
    assert all(s.exists and not s.custom for s in found)


def test_claims_without_sesoi_and_custom_ratios() -> None:
    none = sesoi("primary", "none")
    assert (none.delta, none.ratio, none.exists, none.label) == (None, None, False, "no SESOI")
    own = sesoi(1.7, "binary")
    assert own.custom and own.wording is None and own.delta == pytest.approx(math.log(1.7)) and own.label == "RR 1.7"
    assert sesoi(1.7, "none").custom and sesoi(1.7, "none").delta is None


@pytest.mark.parametrize("bad", [1.0, 0.5, 0, -2, math.nan, math.inf, True, None, [2.0]])
def test_impossible_ratios_name_the_remedy(bad: object) -> None:
    with pytest.raises(InputError, match="finite ratio above 1, or one of 'primary', 'meaningful', 'any'"):
        sesoi(bad)  # type: ignore[arg-type]


def test_a_ratio_beyond_every_number_is_refused() -> None:
    with pytest.raises(InputError, match="delta is too large"):
        sesoi(10**400)


def test_a_ratio_below_one_is_told_its_inverse() -> None:
    with pytest.raises(InputError, match="give its inverse, 2"):
        sesoi(0.5)


def test_unknown_names_are_suggested() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'meaningful'"):
        sesoi("meaningfull")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="Did you mean 'continuous'"):
        sesoi("primary", "continous")  # type: ignore[arg-type]
