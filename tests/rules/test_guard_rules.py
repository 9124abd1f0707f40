"""Every guard trips where it should, just at its threshold, and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date

import pytest

from interventions_stats.errors import InputError, RefusalError, UnknownNameError
from interventions_stats.rules import guards as g
from interventions_stats.rules.absence import check_language
from interventions_stats.rules.guard_registry import DONE

NAN = math.nan
Call = Callable[[], g.GuardFinding | None]

#: id, a call that trips and what it gives (action, cap, flag), a call that does not trip.
TRIPS: tuple[tuple[str, Call, tuple[str, str | None, str | None], Call], ...] = (
    ("G01", lambda: g.g01_no_nonevents(25, 0), ("refuse", None, None), lambda: g.g01_no_nonevents(25, 1)),
    ("G01", lambda: g.g01_no_nonevents(25, 0), ("refuse", None, None), lambda: g.g01_no_nonevents(25, 0, base_rate=0.4)),
    ("G02", lambda: g.g02_events_per_parameter(24, 5), ("refuse", None, None), lambda: g.g02_events_per_parameter(50, 5)),
    ("G02", lambda: g.g02_events_per_parameter(25, 5), ("warn", None, None), lambda: g.g02_events_per_parameter(10, 1)),
    ("G02", lambda: g.g02_events_per_parameter(4, 1, handled=True), ("warn", None, None), lambda: g.g02_events_per_parameter(3, 0)),
    ("G03", lambda: g.g03_separation(["revolution"]), ("refuse", None, None), lambda: g.g03_separation([])),
    ("G03", lambda: g.g03_separation(["a", "b"], handled=True), ("warn", None, None), lambda: g.g03_separation(())),
    ("G04", lambda: g.g04_hauck_donner(1.9, 4.0, "x"), ("refuse", None, None), lambda: g.g04_hauck_donner(2.0, 4.0, "x")),
    ("G04", lambda: g.g04_hauck_donner(0.1, 3.85, "x"), ("refuse", None, None), lambda: g.g04_hauck_donner(0.1, 3.84, "x")),
    ("G05", lambda: g.g05_lag(0), ("refuse", None, None), lambda: g.g05_lag(1)),
    ("G05", lambda: g.g05_lag(-1), ("refuse", None, None), lambda: g.g05_lag(-12, falsifier=True)),
    ("G05", lambda: g.g05_lag(0, falsifier=True), ("refuse", None, None), lambda: g.g05_lag(3)),
    ("G05", lambda: g.g05_measured_at_onset("1999-08", "1999-08-07"), ("refuse", None, None), lambda: g.g05_measured_at_onset("1999-07", "1999-08-07")),
    ("G05", lambda: g.g05_measured_at_onset("1999-08-07", "1999-08"), ("refuse", None, None), lambda: g.g05_measured_at_onset("1999-07-31", "1999-08")),
    ("G05", lambda: g.g05_measured_at_onset("1999", "1999-08-07"), ("refuse", None, None), lambda: g.g05_measured_at_onset("1998", "1999-08-07")),
    ("G05", lambda: g.g05_measured_at_onset(12, 12), ("refuse", None, None), lambda: g.g05_measured_at_onset(11, 12)),
    ("G05", lambda: g.g05_measured_at_onset(date(1999, 8, 7), "1999-08-07"), ("refuse", None, None), lambda: g.g05_measured_at_onset(date(1999, 8, 6), "1999-08-07")),
    ("G06", lambda: g.g06_rally_window(1, 10), ("warn", None, None), lambda: g.g06_rally_window(0, 10)),
    ("G06", lambda: g.g06_rally_window(1, 10, masked_agrees=False), ("cap", "inconclusive_mixed", None), lambda: g.g06_rally_window(0, 10, masked_agrees=False)),
    ("G06", lambda: g.g06_rally_window(1, 10, masked_agrees=True), ("warn", None, None), lambda: g.g06_rally_window(0, 10)),
    ("G07", lambda: g.g07_between_share(0.51), ("refuse", None, None), lambda: g.g07_between_share(0.5)),
    ("G07", lambda: g.g07_between_share(0.51, handled=True), ("warn", None, None), lambda: g.g07_between_share(NAN)),
    ("G08", lambda: g.g08_shared_trend(0.10, 0.10, stratum="Yeltsin"), ("refuse", None, None), lambda: g.g08_shared_trend(0.01, 0.11)),
    ("G08", lambda: g.g08_shared_trend(0.01, 0.01, handled=True), ("warn", None, None), lambda: g.g08_shared_trend(0.11, 0.01)),
    ("G08", lambda: g.g08_shared_trend(0.01, 0.01), ("refuse", None, None), lambda: g.g08_shared_trend(NAN, 0.01)),
    ("G09", lambda: g.g09_design_effect(1.21), ("refuse", None, None), lambda: g.g09_design_effect(1.2)),
    ("G09", lambda: g.g09_design_effect(1.21, handled=True), ("warn", None, None), lambda: g.g09_design_effect(NAN)),
    ("G10", lambda: g.g10_dispersion(1.31), ("warn", None, None), lambda: g.g10_dispersion(1.3)),
    ("G10", lambda: g.g10_dispersion(1.8, collapsed_agrees=False), ("cap", "C", "fragile"), lambda: g.g10_dispersion(1.3, collapsed_agrees=False)),
    ("G10", lambda: g.g10_dispersion(1.8, collapsed_agrees=True), ("warn", None, None), lambda: g.g10_dispersion(NAN)),
    ("G11", lambda: g.g11_clusters(7), ("refuse", None, None), lambda: g.g11_clusters(20)),
    ("G11", lambda: g.g11_clusters(8), ("warn", None, None), lambda: g.g11_clusters(21)),
    ("G11", lambda: g.g11_clusters(2, handled=True), ("warn", None, None), lambda: g.g11_clusters(20, handled=True)),
    ("G12", lambda: g.g12_risk_set("actor-month", n_rows_dropped=1, n_onsets_dropped=0), ("refuse", None, None), lambda: g.g12_risk_set("actor-month", n_rows_dropped=0, n_onsets_dropped=0)),
    ("G12", lambda: g.g12_risk_set("actor-target-year", n_rows_dropped=1, n_onsets_dropped=1), ("refuse", None, None), lambda: g.g12_risk_set("actor-target-year", n_rows_dropped=0, n_onsets_dropped=0)),
    ("G12", lambda: g.g12_risk_set("actor-target-year", n_rows_dropped=9, n_onsets_dropped=0), ("warn", None, None), lambda: g.g12_risk_set("actor-year", n_rows_dropped=0, n_onsets_dropped=0)),
    ("G13", lambda: g.g13_coverage(22, 25, 3, "IMI"), ("refuse", None, None), lambda: g.g13_coverage(0, 25, 25, "IMI")),
    ("G13", lambda: g.g13_coverage(21, 25, 4, "IMI"), ("cap", "C", "truncated_source"), lambda: g.g13_coverage(0, 3, 3, "IMI")),
    ("G14", lambda: g.g14_precision(1, 25), ("refuse", None, None), lambda: g.g14_precision(0, 25)),
    ("G14", lambda: g.g14_precision(1, 25, handled=True), ("warn", None, None), lambda: g.g14_precision(0, 25, handled=True)),
    ("G15", lambda: g.g15_event_definition(1), ("cap", "C", "single_list"), lambda: g.g15_event_definition(3)),
    ("G15", lambda: g.g15_event_definition(2), ("cap", "B", None), lambda: g.g15_event_definition(6)),
    ("G16", lambda: g.g16_annual_covariate("gdp"), ("refuse", None, None), lambda: g.g16_annual_covariate("gdp", unit="actor-year")),
    ("G16", lambda: g.g16_annual_covariate("gdp", handled=True), ("warn", None, None), lambda: g.g16_annual_covariate("brent", frequency="month")),
    ("G17", lambda: g.g17_multiplicity(2), ("warn", None, None), lambda: g.g17_multiplicity(1)),
    ("G17", lambda: g.g17_multiplicity(9), ("warn", None, None), lambda: g.g17_multiplicity(9, handled=True)),
    ("G18", lambda: g.g18_after_data(["SESOI"]), ("cap", "C", "exploratory"), lambda: g.g18_after_data([])),
    ("G19", lambda: g.g19_mediator("nato", "mediator"), ("refuse", None, None), lambda: g.g19_mediator("distance", "confounder")),
    ("G19", lambda: g.g19_mediator("nato", "descendant", primary=False), ("warn", None, None), lambda: g.g19_mediator("distance", "confounder", primary=False)),
    ("G20", lambda: g.g20_bf_flip((0.99, 1.0, 1.01)), ("cap", "inconclusive_mixed", None), lambda: g.g20_bf_flip((1.0, 2.0, 3.0))),
    ("G20", lambda: g.g20_bf_flip((2.0, NAN, 0.5)), ("cap", "inconclusive_mixed", None), lambda: g.g20_bf_flip((0.2, 0.5, 1.0))),
    ("G20", lambda: g.g20_bf_flip((2.0, 1.5, 0.5)), ("cap", "inconclusive_mixed", None), lambda: g.g20_bf_flip((NAN, NAN, NAN))),
    ("G21", lambda: g.g21_reliability(0.99, 0.3), ("warn", None, None), lambda: g.g21_reliability(1.0, 0.3)),
    ("G21", lambda: g.g21_reliability(0.7, 0.3, 0.4), ("warn", None, None), lambda: g.g21_reliability(NAN, 0.3)),
    ("G22", lambda: g.g22_language("Approval has no effect."), ("refuse", None, None), lambda: g.g22_language("Effects above OR 1.8 are rejected.")),
    ("G23", lambda: g.g23_influence(1, ["R12"]), ("cap", "C", "fragile"), lambda: g.g23_influence(2, ["R12", "R09"])),
    ("G23", lambda: g.g23_influence(1, kind="leader"), ("cap", "C", "fragile"), lambda: g.g23_influence(None)),
    ("G24", lambda: g.g24_type_heterogeneity(0.05), ("warn", None, None), lambda: g.g24_type_heterogeneity(0.051)),
    ("G24", lambda: g.g24_type_heterogeneity(NAN, {"combat": "dismissed", "stabilisation": "supported"}), ("warn", None, None), lambda: g.g24_type_heterogeneity(NAN, {"combat": "not_testable", "stabilisation": "supported"})),
    ("G25", lambda: g.g25_extrapolation(1, 2020), ("refuse", None, None), lambda: g.g25_extrapolation(0, 2020)),
    ("G25", lambda: g.g25_extrapolation(1, 2020, use="score"), ("warn", None, None), lambda: g.g25_extrapolation(0, 2020, use="score")),
    ("G26", lambda: g.g26_within_agreement(0.5, {"Yeltsin": -0.1, "Putin": 0.4}), ("cap", "inconclusive_mixed", None), lambda: g.g26_within_agreement(0.5, {"Yeltsin": 0.1, "Putin": 0.0})),
    ("G26", lambda: g.g26_within_agreement(-0.5, {"Yeltsin": 0.1}), ("cap", "inconclusive_mixed", None), lambda: g.g26_within_agreement(-0.5, {"Yeltsin": NAN})),
    ("G26", lambda: g.g26_within_agreement(-0.5, {"Yeltsin": 0.1}), ("cap", "inconclusive_mixed", None), lambda: g.g26_within_agreement(NAN, {"Yeltsin": 0.1})),
    ("G27", lambda: g.g27_shared_indicator("steps", ["diffusion", "balance"]), ("warn", None, None), lambda: g.g27_shared_indicator("steps", ["balance", "balance"])),
    ("G28", lambda: g.g28_rehatting(1, 0), ("cap", "B", None), lambda: g.g28_rehatting(0, 0)),
    ("G28", lambda: g.g28_rehatting(0, 1, handled=True), ("warn", None, None), lambda: g.g28_rehatting(0, 0, handled=True)),
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


def test_every_guard_has_a_trip_and_takes_its_strongest_action() -> None:
    rows = g.catalogue()
    assert [r["id"] for r in rows] == [f"G{i:02d}" for i in range(1, 29)]
    assert {guard_id for guard_id, *_ in TRIPS} == {r["id"] for r in rows}
    for row in rows:
        actions = {expected[0] for guard_id, _, expected, _ in TRIPS if guard_id == row["id"]}
        assert max(actions, key=g.ACTIONS.index) == row["action"]
        assert list(row) == ["id", "trap", "action", "remedy"] and row["trap"] and row["remedy"]


def test_every_guard_function_is_tried() -> None:
    import inspect

    tried = inspect.getsource(inspect.getmodule(test_every_guard_function_is_tried))  # type: ignore[arg-type]
    functions = [name for name in g.__all__ if name.startswith("g") and name[1:3].isdigit()]
    assert {name[1:3] for name in functions} == {f"{i:02d}" for i in range(1, 29)}
    for name in functions:
        assert f"g.{name}(" in tried


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
    assert "'revolution'" in g.g03_separation(["revolution"]).text  # type: ignore[union-attr]
    assert "8 of 25 events" in g.g13_coverage(8, 25, 17, "MID (to 2014)").text  # type: ignore[union-attr]
    assert "Putin (-0.20)" in g.g26_within_agreement(0.5, {"Yeltsin": 0.1, "Putin": -0.2}).text  # type: ignore[union-attr]
    # the frontier of METHOD's n = 25 design, divided by a reliability of .7
    assert "OR 1.84 becomes OR 2.39" in g.g21_reliability(0.7, math.log(1.84)).text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: g.g05_lag(1.5), InputError, "whole number"),
        (lambda: g.g05_lag(True), InputError, "whole number"),
        (lambda: g.g05_measured_at_onset("1999-08", 12), InputError, "two numbers or two dates"),
        (lambda: g.g12_risk_set("dyad", n_rows_dropped=0, n_onsets_dropped=0), UnknownNameError, "unit"),
        (lambda: g.g19_mediator("nato", "mediatr"), UnknownNameError, "Did you mean 'mediator'"),
        (lambda: g.g21_reliability(0.0, 0.3), InputError, "reliability=0"),
        (lambda: g.g21_reliability(1.1, 0.3), InputError, "reliability=1.1"),
        (lambda: g.g25_extrapolation(1, 2020, use="test"), UnknownNameError, "use"),
        (lambda: g.guard("G29"), UnknownNameError, "G29"),
    ],
)
def test_bad_input(call: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
