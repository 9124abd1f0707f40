"""The validator: every problem of a user's frame at once, each with its row and column."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.events.actors import actor
from interventions_stats.events.event_list import EventList
from interventions_stats.events.validate import canonical

ROLES = {
    "start": "start",
    "end": "end",
    "target": "target",
    "activity": "activity",
    "event_id": "id",
    "confidence": "sure",
}


def build(cells: list[dict[str, object]], actor: str = "TUR", **options: object) -> EventList:
    frame = pd.DataFrame(cells)
    used = {role: column for role, column in ROLES.items() if column in frame}
    return EventList.from_frame(frame, actor, **(used | options))  # type: ignore[arg-type]


def test_all_problems_are_listed_at_once_in_order() -> None:
    rows = [
        {"id": "a", "start": "2016-08-24", "end": "2015-01-01", "target": "SYR", "activity": "combat", "sure": 0.5},
        {"id": "a", "start": "soon", "end": None, "target": "Syriaa", "activity": "combats", "sure": 1.5},
        {"id": None, "start": None, "end": None, "target": "TUR", "activity": None, "sure": "high"},
        {
            "id": "d",
            "start": "03/04/2018",
            "end": "x",
            "target": "YUG;SSD",
            "activity": "security",
            "sure": float("nan"),
        },
        {"id": "e;f", "start": "1900-01-01", "end": None, "target": None, "activity": "", "sure": "0,4"},
    ]
    with pytest.raises(InputError) as caught:
        build(rows, source="mine")
    lines = str(caught.value).splitlines()
    assert lines[0] == "mine: 13 problems"
    assert lines[1:] == [
        "  row 1, column 'end': the end 2015-01-01 is before the start 2016-08-24",
        "  row 2, column 'activity': unknown activity 'combats'. Did you mean 'combat'? Known: combat, stabilisation, "
        "deterrence, security, humanitarian, train_and_assist",
        "  row 2, column 'id': the id 'a' was used in row 1; ids must be unique",
        "  row 2, column 'start': 'soon' is not a date; write YYYY-MM-DD, YYYY-MM or YYYY",
        "  row 2, column 'sure': 1.5 is outside 0 to 1",
        "  row 2, column 'target': unknown target 'Syriaa'. Did you mean 'Syria'?",
        "  row 3, column 'id': the id is missing",
        "  row 3, column 'start': the start date is missing",
        "  row 3, column 'sure': 'high' is not a number",
        "  row 3, column 'target': the target is the actor itself (Turkey)",
        "  row 4, column 'end': 'x' is not a date; write YYYY-MM-DD, YYYY-MM or YYYY",
        "  row 4, column 'start': '03/04/2018' can be read day-first or month-first; write YYYY-MM-DD or give order='dmy' "
        "or 'mdy'",
        "  row 5, column 'id': the id 'e;f' holds a semicolon, which joins ids; leave it out",
    ]


def test_row_numbers_are_those_of_the_caller() -> None:
    rows = [{"start": "2016"}, {"start": "x"}, {"start": "y"}]
    with pytest.raises(InputError, match=r"row 7, column 'start'(?s:.*)row 9, column 'start'"):
        canonical(pd.DataFrame(rows), actor("TUR"), {"start": "start"}, source="mine", rows=[5, 7, 9])


def test_a_long_list_of_problems_is_not_cut() -> None:
    with pytest.raises(InputError) as caught:
        build([{"start": f"bad {k}"} for k in range(400)])
    assert str(caught.value).count("is not a date") == 400


# Correlates of War membership: Yugoslavia lives on as 345, the others ended or began on these days.
@pytest.mark.parametrize(
    ("actor", "start", "target", "words"),
    [
        (
            "DDR",
            "1995-01-01",
            "POL",
            "row 1, column 'start': German Democratic Republic was not a state on 1995-01-01 .*1954",
        ),
        ("SSD", "2010", "UGA", "South Sudan was not a state on 2010 .*2011-07-09 to today"),
        ("TUR", "2010-05-01", "SSD", "row 1, column 'target': the target South Sudan was not a state on 2010-05-01"),
        ("TUR", "1995", "DDR", "the target German Democratic Republic was not a state on 1995"),
        ("TUR", "1994-03", "CSK", "the target Czechoslovakia was not a state on 1994-03"),
        (
            "TUR",
            "1960",
            "Syria",
            "the target Syria was not a state on 1960 .*1946-04-17 to 1958-02-01, 1961-09-29 to today",
        ),
        ("TUR", "1985", "Ukraine", "the target Ukraine was not a state on 1985"),
        ("UKR", "1980", "POL", "Ukraine was not a state on 1980"),
    ],
)
def test_states_that_did_not_exist_are_refused(actor: str, start: str, target: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        build([{"start": start, "target": target}], actor)


@pytest.mark.parametrize(
    ("start", "target", "ccode"),
    [("2011", "SSD", 626), ("1970-05", "DEU", 260), ("2001", "DEU", 255), ("1968-08-20", "CZE", 315), ("1993", "CZE", 316),
     ("1963", "YEM", 678), ("1995", "Yugoslavia", 345), ("1980", "USSR", 365), (1990, 652.0, 652), (1990, "652", 652)],
)  # fmt: skip
def test_a_target_is_the_state_of_the_time(start: object, target: object, ccode: int) -> None:
    assert build([{"start": start, "target": target}]).targets["E01"] == (ccode,)


def test_a_target_may_become_a_state_while_the_event_goes_on() -> None:
    """The Russian battalion came to Bosnia in March 1992, Bosnia to the state system in April."""
    event = {"start": "1992-03-15", "end": "1995-12", "target": "HRV;BIH"}
    assert build([event], "RUS").targets["E01"] == (344, 346)
    with pytest.raises(InputError, match=r"Bosnia and Herzegovina was not a state on 1992-03-15"):
        build([event | {"end": None}], "RUS")


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, pd.NaT, "", "  "])
def test_every_kind_of_missing_cell_is_missing(nothing: object) -> None:
    row = {"id": "a", "start": "2016", "end": nothing, "target": nothing, "activity": nothing, "sure": nothing}
    events = build([row])
    assert events.targets == {"a": ()}
    assert events.frame.loc[0, ["end", "target_cow", "activity", "confidence"]].isna().all()
    assert events.frame.loc[0, "end_precision"] == "unknown"
    with pytest.raises(InputError, match=r"row 1, column 'start': the start date is missing"):
        build([row | {"start": nothing}])


def test_frames_of_nullable_types_are_read() -> None:
    frame = pd.DataFrame(
        {"start": pd.array([2016, 2018], dtype="Int64"), "target": pd.array(["SYR", None], dtype="string"),
         "sure": pd.array([0.5, None], dtype="Float64")}
    )  # fmt: skip
    events = EventList.from_frame(frame, "TUR", target="target", confidence="sure")
    assert events.targets == {"E01": (652,), "E02": ()}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: EventList.from_frame([1], "TUR"), "a table is a DataFrame .*, not list"),  # type: ignore[arg-type]
        (lambda: EventList.from_frame(pd.DataFrame({"start": []}), "TUR"), "the event list is empty"),
        (
            lambda: build([{"strat": "2016"}]),
            r"column .strat.: unknown column. Did you mean .start.",
        ),
        (lambda: build([{"start": 2016}], target="iso"), r"unknown column 'iso' in the frame \(for target\)"),
        (lambda: build([{"start": 2016}], "Turky"), "unknown actor 'Turky'.*Did you mean 'Turkey'"),
        (lambda: build([{"start": 2016, "person_years": -4}]), "column 'person_years': -4 is below 0"),
        (lambda: build([{"start": 2016, "person_years": "1,200"}]), "can be a thousand or a decimal"),
        (
            lambda: EventList.from_frame(pd.DataFrame([[1, 2]], columns=["start", "start"]), "TUR"),
            "two columns are called 'start'",
        ),
    ],
)
def test_frames_that_cannot_be_used(make: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()  # type: ignore[operator]
    with pytest.raises((ValueError, KeyError)):  # also for those who know only Python's own errors
        make()  # type: ignore[operator]


CELLS = st.one_of(
    st.none(), st.text(max_size=8), st.integers(-10, 60000), st.floats(), st.dates(date(1900, 1, 1), date(2030, 1, 1)),
    st.sampled_from(["SYR", "IRQ;GRC", "2016-01", "combat", pd.NA, pd.NaT, "0,5"]),
)  # fmt: skip


GOOD: dict[str, st.SearchStrategy[object]] = {
    "id": st.uuids().map(str), "start": st.dates(date(1990, 1, 1), date(2020, 1, 1)), "end": st.none(),
    "target": st.sampled_from(["SYR", "IRQ;GRC", None]), "activity": st.sampled_from(["combat", None]), "sure": st.none(),
}  # fmt: skip
ROWS = st.booleans().flatmap(
    lambda good: st.lists(st.fixed_dictionaries(GOOD if good else dict.fromkeys(GOOD, CELLS)), min_size=1, max_size=4)
)


@given(ROWS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_frame_raises_anything_but_an_input_error(tally: Any, rows: list[dict[str, object]]) -> None:
    def refused(error: Exception) -> None:
        assert not isinstance(error, UnknownNameError)  # the columns exist: what is wrong are cells
        assert "row " in str(error)

    events = tally(lambda: build(rows), refused)
    if events is None:
        return
    assert len(events) == len(rows)
    assert events.timing["first"].notna().all()
    assert set(events.frame["activity"].dropna()) <= {"combat"}
