"""Holm, intersection-union, falsifiers, drivers and censuses."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.rules.census import census_verdict
from interventions_stats.rules.driver import PropositionOutcome, driver_verdict
from interventions_stats.rules.falsifier import falsifier_failed
from interventions_stats.rules.multiplicity import holm, holm_family, intersection_union

NAN = math.nan


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_matches_statsmodels(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], rel=1e-12, abs=1e-300)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.just(NAN), st.floats(0, 1)), max_size=10))
def test_holm_passes_missing_values_through_uncounted(p: list[float | None]) -> None:
    found = holm(p)
    known = [x for x in p if x is not None and not math.isnan(x)]
    assert [x for x in found if x is not None and not math.isnan(x)] == holm(known)
    assert [x is None for x in found] == [x is None for x in p]
    assert all(q is None or math.isnan(q) or q >= x for q, x in zip(found, p, strict=True) if x is not None)


def test_a_proposition_leaves_its_family_only_if_frozen() -> None:
    assert holm_family({"F1": 0.02, "F2": None}) == {"F1": 0.04, "F2": None}
    assert holm_family({"F1": 0.02, "F2": None}, frozen=["F2"]) == {"F1": 0.02, "F2": None}
    assert holm_family({"F1": 0.02, "F2": 0.9}, frozen=["F2"]) == {"F1": 0.02, "F2": None}
    found = holm_family({"a": 0.01, "b": NAN, "c": 0.03})
    assert found["a"] == pytest.approx(0.03) and found["c"] == pytest.approx(0.06) and math.isnan(found["b"] or 0)
    with pytest.raises(UnknownNameError, match="Did you mean 'F2'"):
        holm_family({"F2": 0.1}, frozen=["f2"])


@pytest.mark.parametrize("bad", [[1.2], [-0.1, 0.5]])
def test_impossible_p_values_are_refused(bad: Sequence[float]) -> None:
    for adjust in (holm, intersection_union):
        with pytest.raises(InputError, match=r"outside \[0, 1\]"):
            adjust(bad)
    with pytest.raises(InputError, match="smaller than the 2"):
        holm([0.1, 0.2], n_family=1)


def test_intersection_union_is_the_largest_p_or_nothing() -> None:
    assert intersection_union([0.01, 0.05, 0.03]) == 0.05
    assert intersection_union([0.01, NAN]) is None
    with pytest.raises(InputError, match="empty set"):
        intersection_union([])


@pytest.mark.parametrize(
    ("p", "estimate", "primary", "failed"),
    [
        (0.05, 0.7, 0.7, True),
        (0.05 + 1e-9, 0.9, 0.7, False),
        (0.01, 0.7 - 1e-9, 0.7, False),
        (0.01, 0.1, -0.2, True),
        (NAN, 0.9, 0.7, False),
        (0.01, NAN, 0.7, False),
        (0.01, 0.9, NAN, False),
    ],
)
def test_falsifier(p: float, estimate: float, primary: float, failed: bool) -> None:
    assert falsifier_failed(p, estimate, primary) is failed


def outcomes(*verdicts: str) -> list[PropositionOutcome]:
    return [
        PropositionOutcome(f"P{i}", v, "needs table x" if v == "not_testable" else "") for i, v in enumerate(verdicts)
    ]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (("dismissed", "dismissed"), "dismissed"),
        (("dismissed", "not_testable"), "dismissed"),
        (("dismissed", "descriptive"), "dismissed"),
        (("dismissed", "inconclusive_mixed"), "inconclusive_mixed"),
        (("dismissed", "inconclusive_underpowered"), "inconclusive_underpowered"),
        (("inconclusive_underpowered", "inconclusive_mixed"), "inconclusive_mixed"),
        (("dismissed", "supported", "reversed"), "supported"),
        (("supported_trivial", "dismissed"), "supported_trivial"),
        (("supported_trivial", "supported"), "supported"),
        (("reversed", "reversed", "not_testable"), "reversed"),
        (("bounded", "dismissed"), "bounded"),
        (("bounded", "reversed", "not_testable"), "bounded"),
        (("bounded", "inconclusive_underpowered"), "inconclusive_underpowered"),
        (("bounded", "supported"), "supported"),
        (("reversed", "dismissed"), "dismissed"),
        (("reversed", "inconclusive_underpowered"), "inconclusive_underpowered"),
        (("not_testable", "not_testable"), "not_testable"),
        (("not_testable", "descriptive"), "descriptive"),
    ],
)
def test_driver_verdict(verdicts: tuple[str, ...], expected: str) -> None:
    decision = driver_verdict(outcomes(*verdicts))
    assert decision.verdict == expected
    assert driver_verdict(outcomes(*verdicts)[::-1]).verdict == expected
    grouped = [
        *decision.supported,
        *decision.reversed,
        *decision.dismissed,
        *decision.bounded,
        *decision.inconclusive,
        *decision.untestable,
    ]
    assert sorted(grouped) == [f"P{i}" for i in range(len(verdicts))]
    for name in grouped:
        assert name in decision.text


def test_untestable_parts_are_named_with_their_reason() -> None:
    decision = driver_verdict(outcomes("inconclusive_underpowered", "not_testable"))
    assert decision.text == "inconclusive, underpowered on 1 of 2 propositions (P0); not tested: P1 (needs table x)"
    assert driver_verdict(outcomes("not_testable")).text == "not testable; not tested: P0 (needs table x)"


def test_driver_input_is_checked() -> None:
    with pytest.raises(InputError, match="at least one"):
        driver_verdict([])
    with pytest.raises(InputError, match="twice"):
        driver_verdict([PropositionOutcome("E1", "dismissed")] * 2)
    with pytest.raises(UnknownNameError, match="proposition 'E1'"):
        PropositionOutcome("E1", "refuted")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "relation", "threshold", "verdict", "holding"),
    [
        ({"V00": 0.52, "M11": 0.6}, ">", 0.5, "holds", 2),
        ({"V00": 0.50, "M11": 0.6}, ">", 0.5, "coding_dependent", 1),
        ({"V00": 0.50, "M11": 0.6}, ">=", 0.5, "holds", 2),
        ({"V00": 0.48, "M11": 0.4}, ">", 0.5, "fails", 0),
        ({"V00": 25, "M11": 25}, "==", 25, "holds", 2),
        ({"V00": 25, "M11": 21}, "==", 25, "coding_dependent", 1),
        ({"V00": 7, "M11": 5}, "<", {"V00": 12.5, "M11": 10.5}, "holds", 2),
        ({"V00": 7, "M11": 5}, "<=", {"V00": 7, "M11": 4}, "coding_dependent", 1),
        ({"V00": 7, "M11": None, "IMI": NAN}, "<", 8, "holds", 1),
    ],
)
def test_census(values: dict, relation: str, threshold: object, verdict: str, holding: int) -> None:
    found = census_verdict(values, relation, threshold)  # type: ignore[arg-type]
    known = [v for v in values.values() if v is not None and not math.isnan(v)]
    assert (found.verdict, found.n_holding, found.n_codings) == (verdict, holding, len(known))
    assert (found.low, found.high) == (min(known), max(known))
    assert found.text.startswith(verdict.replace("_", "-"))
    assert len(found.failing) == len(known) - holding
    assert set(found.missing) == set(values) - {k for k, v in values.items() if v in known}


def test_census_names_what_fails_and_what_is_missing() -> None:
    found = census_verdict({"V00": 12 / 25, "M11": 13 / 25, "IMI": None}, ">", 0.5)
    assert found.text == "coding-dependent: holds in 1 of 2 (from .48 to .52); not in V00; not computed for IMI"


def test_census_input_is_checked() -> None:
    with pytest.raises(InputError, match="at least one"):
        census_verdict({"V00": None}, ">", 1)
    with pytest.raises(InputError, match="'M11'"):
        census_verdict({"V00": 1, "M11": 2}, ">", {"V00": 1})
    with pytest.raises(UnknownNameError, match="relation"):
        census_verdict({"V00": 1}, "!=", 1)  # type: ignore[arg-type]


def test_hypotheses_that_cannot_reach_the_level_leave_the_family_and_the_error_rate_stays() -> None:
    """Three binomial tests under their null, every outcome enumerated: some error in at most 5%, and never fewer rejections."""
    from itertools import product

    from scipy import stats

    sizes = (4, 6, 12)
    tails = [stats.binom(n, 0.5).sf(np.arange(n + 1) - 1) for n in sizes]
    chances = [stats.binom(n, 0.5).pmf(np.arange(n + 1)) for n in sizes]
    least, some, plain = [float(t[-1]) for t in tails], 0.0, 0.0
    for k in product(*(range(n + 1) for n in sizes)):
        p = [float(t[i]) for t, i in zip(tails, k, strict=True)]
        chance = np.prod([c[i] for c, i in zip(chances, k, strict=True)])
        tarone, whole = holm(p, attainable=least), holm(p)
        assert all(a <= b + 1e-12 for a, b in zip(tarone, whole, strict=True))
        some, plain = some + chance * (min(tarone) <= 0.05), plain + chance * (min(whole) <= 0.05)
    assert plain < some <= 0.05
    assert holm([0.01, 0.53], attainable=[0.0, 0.53]) == [0.01, 0.53]
    with pytest.raises(InputError, match="below the smallest"):
        holm([0.01], attainable=[0.2])
