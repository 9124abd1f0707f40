"""A list that is written and read again is the same list: every id, name, code and column."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import interventions_stats as ist
from interventions_stats.display.files import neutral, plain
from interventions_stats.events.definitions import DEFINITIONS
from interventions_stats.events.schema import NUMBERS

LISTS = {name: (lambda n=name: ist.load_events(n)) for name, d in DEFINITIONS.items() if name != "mip"} | {
    "mip": lambda: ist.load_events("mip", actor="USA", since=1950),
    "mid of the USA": lambda: ist.load_events("mid", actor="USA"),
    "edited": lambda: ist.load_events().merge(["R01", "R02"]).split("R18", "2009-03-15").recode("R03", name="=cmd()|'a'!A1"),
    "odd words": lambda: ist.EventList.from_frame(
        pd.DataFrame(
            {"start": ["1993-07", "1995", "1996-03-05"], "id": ["-b", "'=c", "@d"], "name": ["'tis", "a,\"b\"\nc", "=1;2"],
             "conflict_system": ["none", "+x", None], "frame": ["NA", "", "- -"], "confidence": [0.1, None, 1 / 3]}
        ), "USA",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_every_column_comes_back(name: str, tmp_path: Path) -> None:
    events = LISTS[name]()
    events.to_csv(tmp_path / "list.csv")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*repeat the start")
        warnings.filterwarnings("error", ".*not used")
        back = ist.read_events(tmp_path / "list.csv", actor=events.actor, coverage=events.coverage)
    for column in events.frame:
        before, after = (
            frame[column].astype(float) if column in NUMBERS else frame[column].where(frame[column].notna(), None)
            for frame in (events.to_frame(), back.to_frame())
        )  # fmt: skip
        pd.testing.assert_series_equal(before, after, check_dtype=False)
    assert back.targets == events.targets
    assert back.timing.equals(events.by_decision_date().timing)


@given(st.text(alphabet="'=+-@\t\r1a", max_size=6))
@settings(max_examples=300, deadline=None)
def test_the_guard_against_formulas_can_be_taken_off_any_text(text: str) -> None:
    assert plain(neutral(text)) == text
    assert not neutral(text).startswith(("=", "@")) or len(text) < 2
