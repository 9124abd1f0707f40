"""Every door for events, series and tables takes what it can use and gives one named error for anything else."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import interventions_stats as ist
from interventions_stats import panels
from interventions_stats.errors import InterventionsError
from interventions_stats.panels.target_series import read_target_series

EVENTS = ist.load_events()
FRAME = pd.DataFrame({"start": ["2001-01-01", "2003"], "end": ["2002", ""], "target": ["SYR", "IRQ"], "type": ["combat", ""],
                      "id": ["a", "b"], "name": ["n", "m"], "decision": ["2000-12", ""], "confidence": [0.5, 1],
                      "conflict_system": ["s", "t"]})  # fmt: skip
SERIES = pd.DataFrame({"month": ["2000-01", "2000-02"], "approval": [1.0, 2.0]})
SPELLS = pd.DataFrame({"leader": ["A"], "start": ["1990"], "end": ["2010"]})
BY_TARGET = pd.DataFrame({"target": ["SYR"], "year": [2000], "x": [1]})

# Door, a call that it takes, and the arguments that are put in question one by one.
DOORS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "read_events": (ist.read_events, {"path": None, "actor": "USA", "actor_column": None, "order": None, "coverage": (1990, 2010),
                                      "encoding": None}),
    "from_frame": (ist.EventList.from_frame, {"frame": FRAME, "actor": "USA", "start": "start", "end": "end", "target": "target",
                   "activity": "type", "decision": "decision", "event_id": "id", "name": "name", "confidence": "confidence",
                   "conflict_system": "conflict_system", "actor_column": None, "coverage": (1990, 2010), "definition": "mine",
                   "source": "s", "order": None}),
    "drop": (EVENTS.drop, {"": "R12"}),
    "add": (EVENTS.add, {"start": "2000", "target": "UKR", "event_id": "Q", "end": "2001", "activity": "combat", "confidence": 0.4,
                         "new_force": 1, "person_years": 3.0, "region": "x", "start_precision": "day", "target_cow": None}),
    "recode": (EVENTS.recode, {"event_id": "R09", "activity": "combat", "start": "2000", "end": "2012", "target_cow": "369",
                               "confidence": 0.5, "person_years": 1.0, "start_precision": "year", "conflict_system": "q"}),
    "merge": (EVENTS.merge, {"ids": ["R01", "R02"]}),
    "split": (EVENTS.split, {"event_id": "R18", "at": "2009-03-15", "activities": None}),
    "only": (EVENTS.only, {"activity": "combat"}),
    "between": (EVENTS.between, {"since": 2000, "until": 2010}),
    "collapse": (EVENTS.collapse, {"quiet_years": 5}),
    "with_definition": (EVENTS.with_definition, {"definition": "x", "note": "n"}),
    "with_coverage": (EVENTS.with_coverage, {"first": 1990, "last": 2020}),
    "to_csv": (EVENTS.to_csv, {"path": None}),
    "load_events": (ist.load_events, {"name": "reconstructed", "actor": "RUS", "since": None, "until": None}),
    "panel": (ist.panel, {"events": EVENTS, "unit": "actor-year", "covariates": ["growth"], "lag": 1, "start": "1995", "end": "2010",
                          "targets": "all", "series": None, "leaders": None, "imprecise": "impute", "seed": 0}),
    "panel of a series": (ist.panel, {"events": EVENTS, "covariates": ["approval"], "lag": 1, "series": SERIES, "seed": 0}),
    "read_series": (panels.read_series, {"source": SERIES, "order": None}),
    "read_target_series": (read_target_series, {"source": BY_TARGET}),
    "read_leaders": (ist.events.read_leaders, {"source": SPELLS, "actor": "TUR", "order": None}),
    "actor": (ist.events.actor, {"name": "USA"}),
    "leaders": (ist.events.leaders, {"who": "RUS", "variant": None}),
    "parse_date": (ist.events.parse_date, {"value": "2000", "precision": None, "order": None}),
    "template": (ist.events.template, {"kind": "events", "actor": "TUR"}),
    "list_definitions": (ist.events.list_definitions, {"actor": "RUS"}),
    "load": (ist.datasets.load, {"name": "capitals", "check": True}),
    "describe": (ist.datasets.describe, {"name": "capitals"}),
    "cite": (ist.datasets.cite, {"name": "capitals", "style": "text"}),
    "digest": (ist.datasets.digest, {"names": ["capitals"]}),
    "coverage": (panels.coverage, {"who": "TUR"}),
    "parse_term": (panels.parse_term, {"text": "approval"}),
    "power_years": (panels.power_years, {"group": "major", "covariates": ["cinc"], "outcome": "mid", "lag": 1, "start": "1950",
                                         "end": "2000"}),
}  # fmt: skip
# What no argument of any of these can be.
USELESS: dict[str, Any] = {
    "a fraction": 3.7, "infinity": float("inf"), "bytes": b"x", "an object": object(), "a function": lambda: 1, "a class": int,
    "a complex number": 1j, "an array": np.zeros((2, 2)), "a frame": pd.DataFrame({"a": [1]}), "an Arrow table": pa.table({"q": [1]}),
    "a set of numbers": {1}, "a ragged list": [[1], [2, 3]], "uneven columns": {"start": [1], "end": [1, 2]}, "text": "\0no name",
    "half a character": "\ud800", "a long text": "y" * 5000, "a list of text": ["no name"], "a negative number": -1,
    "a dict of one cell": {"start": "2000"}, "rows of dicts": [{"start": "x"}], "a frame of objects": pd.DataFrame({"month": ["2000-01"], "x": [object()]}),
}  # fmt: skip
# These say nothing, and may do so where a thing may be left out.
NOTHING = {"None": None, "NaN": float("nan"), "NaT": pd.NaT, "NA": pd.NA, "blank": " ", "empty": "", "an empty list": [], "no dict": {},
           "an empty array": np.array([]), "an empty frame": pd.DataFrame(), "an empty series": pd.Series(dtype=float)}  # fmt: skip
# Valid where a reader might not think so: free text, cells that are numbers or dates, any number as a span of years.
TAKEN = {
    ("from_frame", "definition"), ("from_frame", "source"), ("with_definition", "definition"), ("with_definition", "note"),
    ("add", "event_id"), ("add", "region"), ("recode", "conflict_system"), ("add", "new_force"), ("add", "person_years"),
    ("recode", "person_years"), ("collapse", "quiet_years"), ("to_csv", "path"), ("parse_term", "text"), ("power_years", "lag"),
}  # fmt: skip
CASES = [(door, name) for door, (_, arguments) in DOORS.items() for name in arguments]


@pytest.fixture(autouse=True)
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("mine.csv", index=False)
    warnings.simplefilter("ignore")


def call(door: str, **changed: Any) -> Any:
    function, arguments = DOORS[door]
    arguments = ({"path": "mine.csv"} if door in ("read_events", "to_csv") else {}) | arguments
    if arguments.get("path", "") is None:
        arguments["path"] = "mine.csv"
    arguments |= changed
    plain = [arguments.pop("")] if "" in arguments else []
    return function(*plain, **arguments)


@pytest.mark.parametrize("door", DOORS)
def test_the_calls_are_good_as_they_stand(door: str) -> None:
    call(door)


@pytest.mark.parametrize(("door", "name"), CASES, ids=str)
def test_what_is_of_no_use_is_one_named_error(door: str, name: str) -> None:
    taken = []
    for what, value in USELESS.items():
        try:
            call(door, **{name: value})
            taken.append(what)
        except InterventionsError as error:
            assert str(error).strip() and len(str(error)) < 12_000, what
    assert not taken or (door, name) in TAKEN, taken


@pytest.mark.parametrize(("door", "name"), CASES, ids=str)
def test_nothing_where_something_is_needed_is_one_named_error(door: str, name: str) -> None:
    for value in NOTHING.values():
        try:
            call(door, **{name: value})
        except InterventionsError as error:
            assert str(error).strip()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ist.EventList.from_frame(None, "TUR"), "a table is a DataFrame .*, not NoneType"),
        (lambda: ist.EventList.from_frame({"start": "2016"}, "TUR"), "one of these is a single cell"),
        (lambda: ist.EventList.from_frame({"start": [1, 2], "end": [1]}, "TUR"), "the columns make no table"),
        (lambda: ist.EventList.from_frame([], "TUR"), "'start': the column is missing"),
        (lambda: ist.EventList.from_frame(pd.DataFrame({"start": [pd.NaT]}), "TUR"), "row 1, column 'start': the start date is missing"),
        (lambda: ist.EventList.from_frame(pd.DataFrame({"start": [[2016]]}), "TUR"), r"row 1, column 'start': \[2016\] is no cell of a table"),
        (lambda: ist.EventList.from_frame(pd.DataFrame({"start": ["2014-02-27 10:00 - 2015-01-01"]}), "RUS"), "a span goes into two columns"),
        (lambda: ist.EventList.from_frame(pd.DataFrame({"start": ["2014-02-27T99:99zzz"]}), "RUS"), "is not a date"),
        (lambda: ist.EventList.from_frame(FRAME, "USA", coverage=(1990.5, 2010)), "coverage is the first and the last year"),
        (lambda: ist.read_events("mine.csv", actor="USA", encoding="undefined"), "unknown encoding 'undefined'"),
        (lambda: ist.read_events("mine.csv", actor="USA", encoding="rot13"), "unknown encoding 'rot13'"),
        (lambda: ist.read_events("mine.csv", actor="USA", encoding="utf-16"), "this is not text in utf-16"),
        (lambda: ist.read_events("/dev/null", actor="USA"), "this is a device"),
        (lambda: ist.read_events(FRAME, actor="USA"), r"a frame goes to EventList\.from_frame"),
        (lambda: ist.panel(FRAME), "panel takes an EventList, not DataFrame"),
        (lambda: ist.panel(EVENTS, covariates=None), "covariates are names such as 'approval'"),
        (lambda: ist.panel(EVENTS, covariates="leader", series=pd.DataFrame({"month": ["2010-01"], "leader": [1]})), "cannot be called 'leader'"),
        (lambda: ist.panel(EVENTS, covariates="event_ids", series=pd.DataFrame({"month": ["2010-01"], "event_ids": [1]})), "cannot be called 'event_ids'"),
        (lambda: ist.panel(EVENTS, covariates="approval", series=pd.DataFrame({"month": ["2010-01"], "approval": pd.to_datetime(["2010-01-05"])})), r"no column of numbers beside 'month'; 'approval' holds dates"),
        (lambda: ist.panel(EVENTS, covariates="approval", lag=10**20), "longer than any series"),
        (lambda: ist.panel(EVENTS, imprecise="drop"), "unknown treatment of imprecise dates 'drop'"),
        (lambda: EVENTS.only(activity="comabt"), "unknown activity 'comabt'.*Did you mean 'combat'"),
        (lambda: EVENTS.add(start="2000", target="UKR;UKR"), "named twice"),
        (lambda: EVENTS.recode("R09", target_iso3="XXX"), "unknown target 'XXX'"),
        (lambda: EVENTS.recode("R09", confidence=2), "2 is outside 0 to 1"),
        (lambda: EVENTS.merge(["R01", "R01"]), "at least two"),
        (lambda: EVENTS.split("R18", ""), "at is a text"),
        (lambda: ist.datasets.load(["states"]), r"unknown table \"\['states'\]\".*Did you mean 'states'"),
        (lambda: ist.panel(EVENTS, start="soon"), "'soon' is not a period"),
    ],
)  # fmt: skip
def test_the_error_says_what_is_wrong(make: Callable[[], object], words: str) -> None:
    with pytest.raises(InterventionsError, match=words):
        make()
