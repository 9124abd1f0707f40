"""Every guard trips where it should, just at its threshold, and nowhere else."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from pathlib import Path

import pytest

import interventions_stats
from interventions_stats.errors import InputError, RefusalError, UnknownNameError
from interventions_stats.rules import guards as g
from interventions_stats.rules.absence import check_language
from interventions_stats.rules.guard_registry import DONE

NAN = math.nan
Call = Callable[[], g.GuardFinding | None]

#: id, a call that trips and what it gives (action, cap, flag), a call that does not trip.
TRIPS: tuple[tuple[str, Call, tuple[str, str | None, str | None], Call], ...] = (
    ("G02", lambda: g.g02_events_per_parameter(24, 5), ("refuse", None, None), lambda: g.g02_events_per_parameter(50, 5)),
    ("G02", lambda: g.g02_events_per_parameter(25, 5), ("warn", None, None), lambda: g.g02_events_per_parameter(10, 1)),
    ("G02", lambda: g.g02_events_per_parameter(4, 1, handled=True), ("warn", None, None), lambda: g.g02_events_per_parameter(10, 1, handled=True)),
    ("G05", lambda: g.g05_lag(0), ("refuse", None, None), lambda: g.g05_lag(1)),
    ("G05", lambda: g.g05_lag(-12), ("refuse", None, None), lambda: g.g05_lag(3)),
    ("G06", lambda: g.g06_rally_window(1, 10), ("warn", None, None), lambda: g.g06_rally_window(0, 10)),
    ("G06", lambda: g.g06_without_window("dismissed", "supported"), ("cap", "inconclusive_mixed", None), lambda: g.g06_rally_window(0, 10)),
    ("G06", lambda: g.g06_without_window("dismissed", "dismissed"), ("warn", None, None), lambda: g.g06_rally_window(-1, 10)),
    ("G07", lambda: g.g07_between_share(0.51), ("refuse", None, None), lambda: g.g07_between_share(0.5)),
    ("G07", lambda: g.g07_between_share(0.51, handled=True), ("warn", None, None), lambda: g.g07_between_share(NAN)),
    ("G08", lambda: g.g08_shared_trend(0.10, 0.10, stratum="Yeltsin"), ("refuse", None, None), lambda: g.g08_shared_trend(0.01, 0.11)),
    ("G08", lambda: g.g08_shared_trend(0.01, 0.01, handled=True), ("warn", None, None), lambda: g.g08_shared_trend(0.11, 0.01)),
    ("G08", lambda: g.g08_shared_trend(0.01, 0.01), ("refuse", None, None), lambda: g.g08_shared_trend(NAN, 0.01)),
    ("G09", lambda: g.g09_design_effect(1.21), ("refuse", None, None), lambda: g.g09_design_effect(1.2)),
    ("G09", lambda: g.g09_design_effect(1.21, handled=True), ("warn", None, None), lambda: g.g09_design_effect(NAN)),
    ("G10", lambda: g.g10_dispersion(1.31), ("warn", None, None), lambda: g.g10_dispersion(1.3)),
    ("G10", lambda: g.g10_collapsed("dismissed", "supported"), ("cap", "C", "fragile"), lambda: g.g10_collapsed("dismissed", "dismissed")),
    ("G10", lambda: g.g10_dispersion(1.8), ("warn", None, None), lambda: g.g10_dispersion(NAN)),
    ("G11", lambda: g.g11_clusters(7), ("refuse", None, None), lambda: g.g11_clusters(20)),
    ("G11", lambda: g.g11_clusters(8), ("warn", None, None), lambda: g.g11_clusters(21)),
    ("G11", lambda: g.g11_clusters(2, handled=True), ("warn", None, None), lambda: g.g11_clusters(20, handled=True)),
    ("G11", lambda: g.g11_effective(7.9, "Iraq", 0.63), ("cap", "inconclusive_mixed", None), lambda: g.g11_effective(8.0, "Iraq", 0.2)),
    ("G13", lambda: g.g13_coverage(22, 25, 3, "IMI"), ("refuse", None, None), lambda: g.g13_coverage(0, 25, 25, "IMI")),
    ("G13", lambda: g.g13_coverage(21, 25, 4, "IMI"), ("cap", "C", "truncated_source"), lambda: g.g13_coverage(0, 3, 3, "IMI")),
    ("G15", lambda: g.g15_event_definition(1), ("cap", "C", "single_list"), lambda: g.g15_event_definition(3)),
    ("G15", lambda: g.g15_event_definition(2), ("cap", "B", None), lambda: g.g15_event_definition(6)),
    ("G16", lambda: g.g16_annual_covariate("gdp"), ("refuse", None, None), lambda: g.g16_annual_covariate("gdp", unit="actor-year")),
    ("G16", lambda: g.g16_annual_covariate("gdp", handled=True), ("warn", None, None), lambda: g.g16_annual_covariate("brent", frequency="month")),
    ("G18", lambda: g.g18_after_data(["SESOI"]), ("cap", "C", "exploratory"), lambda: g.g18_after_data([])),
    ("G19", lambda: g.g19_mediator("nato", "mediator"), ("refuse", None, None), lambda: g.g19_mediator("distance", "confounder")),
    ("G20", lambda: g.g20_bf_flip((0.99, 1.0, 1.01)), ("cap", "inconclusive_mixed", None), lambda: g.g20_bf_flip((1.0, 2.0, 3.0))),
    ("G20", lambda: g.g20_bf_flip((2.0, NAN, 0.5)), ("cap", "inconclusive_mixed", None), lambda: g.g20_bf_flip((0.2, 0.5, 1.0))),
    ("G20", lambda: g.g20_bf_flip((2.0, 1.5, 0.5)), ("cap", "inconclusive_mixed", None), lambda: g.g20_bf_flip((NAN, NAN, NAN))),
    ("G21", lambda: g.g21_reliability(0.99, 0.3), ("warn", None, None), lambda: g.g21_reliability(1.0, 0.3)),
    ("G21", lambda: g.g21_reliability(0.7, 0.3, 0.4), ("warn", None, None), lambda: g.g21_reliability(NAN, 0.3)),
    ("G23", lambda: g.g23_influence(1, ["R12"]), ("cap", "C", "fragile"), lambda: g.g23_influence(2, ["R12", "R09"])),
    ("G23", lambda: g.g23_influence(1, kind="leader"), ("cap", "C", "fragile"), lambda: g.g23_influence(None)),
    ("G24", lambda: g.g24_type_heterogeneity(0.05), ("warn", None, None), lambda: g.g24_type_heterogeneity(0.051)),
    ("G24", lambda: g.g24_type_heterogeneity(NAN, {"combat": "dismissed", "stabilisation": "supported"}), ("warn", None, None), lambda: g.g24_type_heterogeneity(NAN, {"combat": "not_testable", "stabilisation": "supported"})),
    ("G27", lambda: g.g27_shared_indicator("steps", ["diffusion", "balance"]), ("warn", None, None), lambda: g.g27_shared_indicator("steps", ["balance", "balance"])),
)  # fmt: skip


@pytest.mark.parametrize(("guard_id", "trip", "expected", "calm"), TRIPS)
def test_trips_and_does_not(
    guard_id: str, trip: Call, expected: tuple[str, str | None, str | None], calm: Call
) -> None:
    found = trip()
    assert found is not None
    assert (found.action, found.cap, found.flag) == expected
    assert (
        found.guard == guard_id
        and found.text.startswith(f"{guard_id}: ")
        and (found.remedy in found.text or guard_id in DONE)
    )
    assert found.message.endswith(".") and found.remedy.endswith(".")
    assert calm() is None
    if found.action == "refuse":
        with pytest.raises(RefusalError, match=rf"^{guard_id}: ") as raised:
            g.raise_if_refused([None, found])
        assert raised.value.guard == guard_id and raised.value.remedy == found.remedy
    else:
        g.raise_if_refused([None, found])


WITHIN = ("G01", "G03", "G04", "G14", "G22")  # checked where the data or the text are read; see test_guards_speak.py


def test_every_checked_guard_has_a_trip_and_takes_its_strongest_action() -> None:
    rows = g.catalogue()
    assert [r["id"] for r in rows] == [f"G{i:02d}" for i in range(1, 29)]
    checked = {r["id"] for r in rows if r["enforced"] == "checked"}
    assert {guard_id for guard_id, *_ in TRIPS} == checked - set(WITHIN)
    for row in rows:
        actions = {expected[0] for guard_id, _, expected, _ in TRIPS if guard_id == row["id"]}
        assert not actions or max(actions, key=g.ACTIONS.index) == row["action"]
        assert list(row) == ["id", "trap", "action", "remedy", "enforced", "where"] and all(row.values())


def _called() -> set[str]:
    """Names of all functions that the package calls; examples in docstrings are no calls."""
    files = Path(interventions_stats.__file__).parent.rglob("*.py")
    nodes = [n for f in files for n in ast.walk(ast.parse(f.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
    return {n.func.attr if isinstance(n.func, ast.Attribute) else getattr(n.func, "id", "") for n in nodes}


def test_every_guard_function_is_tried_and_called_by_the_package() -> None:
    functions = {name for name in g.__all__ if name.startswith("g") and name[1:3].isdigit()}
    tried = Path(__file__).read_text(encoding="utf-8")
    assert functions <= _called() and all(f"g.{name}(" in tried for name in functions)


def test_what_guards_say_passes_the_language_check() -> None:
    for row in g.catalogue():
        assert check_language(f"{row['trap']} {row['remedy']}") == []
    for guard_id, trip, *_ in TRIPS:
        found = trip()
        if guard_id != "G22" and found is not None:  # G22 quotes what it refuses
            assert check_language(found.text) == []


def test_several_refusals_are_named_in_one_error() -> None:
    with pytest.raises(RefusalError, match=r"^G05: .* Also refused by G07, G09\. Remedy: ") as raised:
        g.raise_if_refused([g.g05_lag(0), g.g10_dispersion(2.0), g.g07_between_share(0.9), g.g09_design_effect(2)])
    assert raised.value.guard == "G05"
    assert [f.guard for f in g.refusals([g.g05_lag(0), None, g.g10_dispersion(2.0)])] == ["G05"]


def test_messages_carry_the_number_that_tripped() -> None:
    assert "78%" in g.g07_between_share(0.78).text  # type: ignore[union-attr]
    assert "8 of 25 events" in g.g13_coverage(8, 25, 17, "MID (to 2014)").text  # type: ignore[union-attr]
    # the frontier of METHOD's n = 25 design, divided by a reliability of .7
    assert "OR 1.84 becomes OR 2.39" in g.g21_reliability(0.7, math.log(1.84)).text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: g.g05_lag(1.5), InputError, "whole number"),
        (lambda: g.g05_lag(True), InputError, "whole number"),
        (lambda: g.g19_mediator("nato", "mediatr"), UnknownNameError, "Did you mean 'mediator'"),
        (lambda: g.g21_reliability(0.0, 0.3), InputError, "reliability=0"),
        (lambda: g.g21_reliability(1.1, 0.3), InputError, "reliability=1.1"),
        (lambda: g.guard("G29"), UnknownNameError, "G29"),
    ],
)
def test_bad_input(call: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
