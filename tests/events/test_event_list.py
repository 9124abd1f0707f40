"""Editing a list: each edit makes a new list, says so, and leaves the old one alone."""

from __future__ import annotations

import dataclasses
import pickle
from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.events.definitions import load_events
from interventions_stats.events.event_list import EventList
from interventions_stats.events.schema import COLUMNS

EDITS = {
    "drop": (lambda e: e.drop("R12", "R13"), -2, "dropped R12, R13"),
    "add": (lambda e: e.add(event_id="X1", start="2020-11-10", target_iso3="AZE"), 1, "added X1"),
    "recode": (lambda e: e.recode("R09", activity="stabilisation"), 0, "recoded R09: activity=stabilisation"),
    "merge": (lambda e: e.merge(["R01", "R02"]), -1, "merged R01+R02"),
    "split": (lambda e: e.split("R18", "2009-03-15"), 1, "split R18 at 2009-03-15"),
    "only": (lambda e: e.only(activity="combat"), -18, "only activity=combat"),
    "between": (lambda e: e.between(since=2000), -15, "onset between 2000 and the end"),
    "collapse": (lambda e: e.collapse(), -9, "collapsed: one event a conflict system"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_records_itself_and_leaves_the_original(edit: str) -> None:
    apply, change, record = EDITS[edit]
    events = load_events()
    before, digest = events.frame.copy(deep=True), events.digest()
    edited = apply(events)
    assert len(edited) == len(events) + change
    assert edited.edits[-1].startswith(record)
    assert record in repr(edited)
    assert edited.digest() != digest
    assert list(edited.frame.columns) == list(COLUMNS)
    assert len(set(edited.ids)) == len(edited)
    pd.testing.assert_frame_equal(events.frame, before)
    assert events.digest() == digest
    assert events.edits == ()


def test_edits_are_kept_in_order_and_the_date_rule_stays() -> None:
    events = (
        load_events().by_deployment_date().drop("R12").recode("R09", activity="stabilisation").merge(["R01", "R02"])
    )
    assert [e.split()[0] for e in events.edits] == ["dropped", "recoded", "merged"]
    assert events.date_rule == "deployment"
    assert events.with_definition("mine").edits == ()


def test_a_merge_takes_the_earliest_onset_the_latest_end_and_the_larger_activity() -> None:
    events = load_events().merge(["R07", "R08"])
    row = events.frame.set_index("event_id").loc["R07+R08"]
    whole = load_events().frame.set_index("event_id")
    assert (row["start"], row["decision"]) == (whole.loc["R07", "start"], whole.loc["R07", "decision"])
    assert row["end"] == "2000-06-21"
    assert row["activity"] == "stabilisation"  # the larger of the two by person-years
    assert row["person_years"] == whole.loc[["R07", "R08"], "person_years"].astype(float).sum()
    assert load_events().merge(["R11", "R12"]).targets["R11+R12"] == (344,)  # both in Croatia, named once
    assert load_events().merge(["R11", "R13"]).targets["R11+R13"] == (344, 346)
    running = load_events().merge(["R20", "R21"]).timing.set_index("event_id").loc["R20+R21"]
    assert pd.isna(running["end"])


def test_collapse_reopens_a_system_after_quiet_years() -> None:
    rows = [("1992-01-01", "a"), ("1994-01-01", "a"), ("2000-01-01", "a"), ("2001-01-01", "b"), ("2002-01-01", "none"),
            ("2002-02-01", "none"), ("2003-01-01", None)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["start", "system"])
    events = EventList.from_frame(frame, "TUR", conflict_system="system")
    assert [len(events.collapse(quiet_years=q)) for q in (None, 5, 7, 1)] == [5, 6, 5, 7]
    shuffled = EventList.from_frame(frame.iloc[::-1], "TUR", conflict_system="system")
    assert (
        shuffled.collapse(quiet_years=5).timing["first"].tolist()
        == events.collapse(quiet_years=5).timing["first"].tolist()
    )


def test_a_split_gives_each_part_its_dates_and_activity() -> None:
    parts = load_events().split("R03", ["1995-01-01", "2004-06"], ["combat", "stabilisation", "deterrence"])
    timing = parts.timing.set_index("event_id").loc[["R03a", "R03b", "R03c"]]
    assert timing["first"].dt.strftime("%Y-%m").tolist() == ["1992-06", "1995-01", "2004-06"]
    assert timing["end"].dt.strftime("%Y-%m-%d").tolist() == [
        "1995-01-01",
        "2004-06-30",
        "2008-08-31",
    ]  # the last is a month
    assert parts.frame.set_index("event_id").loc["R03c", "activity"] == "deterrence"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda e: e.drop("R99"), "unknown event 'R99'.*Did you mean"),
        (lambda e: e.merge(["R01"]), "at least two"),
        (lambda e: e.merge(["R01", "X"]), "unknown event 'X'"),
        (lambda e: e.split("R01", []), "at least one date"),
        (lambda e: e.split("R18", "2009-03-15", ["combat"]), "an activity for each of the parts"),
        (lambda e: e.split("R18", "1990-01-01"), "is before the start"),
        (lambda e: e.split("R18", "2019-01-01"), "is before the start"),
        (lambda e: e.recode("R01", activty="combat"), "unknown column 'activty'.*Did you mean 'activity'"),
        (lambda e: e.recode("R01", activity="fighting"), "unknown activity 'fighting'"),
        (lambda e: e.recode("R01", end="1990-01-01"), "'R01': .*the end 1990-01-01 is before the start 1992-06-21"),
        (lambda e: e.recode("R01", start="soon"), "'soon' is not a date"),
        (lambda e: e.add(event_id="R01", start="2000"), "already in the list"),
        (lambda e: e.add(strt="2000"), "unknown column 'strt'.*Did you mean 'start'"),
        (lambda e: e.add(event_id="X"), r"add\(\) needs start="),
        (lambda e: e.add(start="2000", target="Atlantis"), "unknown target 'Atlantis'"),
        (lambda e: e.only(kind="combat"), "unknown column 'kind'"),
        (lambda e: e.between(since=2010, until=2000), "until=2000 is before since=2010"),
    ],
)
def test_an_impossible_edit_says_what_is_wrong(edit: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        edit(load_events())  # type: ignore[operator]


def test_unknown_names_can_be_caught_as_key_errors_too() -> None:
    with pytest.raises(UnknownNameError):
        load_events().drop("R99")
    with pytest.raises(KeyError):
        load_events().drop("R99")


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_the_digest_knows_the_content_and_not_the_row_order(seed: int) -> None:
    events = load_events()
    shuffled = dataclasses.replace(events, frame=events.frame.sample(frac=1, random_state=seed).reset_index(drop=True))
    assert shuffled.digest() == events.digest()
    moved = events.recode(events.ids[seed % 25], start="1999-12-31", end=None)
    assert moved.digest() != events.digest()


def test_the_digest_knows_the_date_rule_and_the_actor() -> None:
    events = load_events()
    assert (
        events.by_deployment_date().digest()
        != events.digest()
        == events.by_deployment_date().by_decision_date().digest()
    )
    one = pd.DataFrame({"start": ["2016-08-24"]})
    assert EventList.from_frame(one, "TUR").digest() != EventList.from_frame(one, "FRA").digest()


def test_from_frame_keeps_what_it_was_given() -> None:
    frame = pd.DataFrame(
        {
            "began": ["2016-08-24", "2018-01"], "over": ["2017-03-29", "ongoing"], "where": ["SYR;IRQ", 645.0],
            "what": ["Combat", "Stabilization"], "sure": ["0,8", 1], "authority": ["unilateral", None], "person_years": [400, 20],
        }
    )  # fmt: skip
    events = EventList.from_frame(
        frame,
        "Turkey",
        start="began",
        end="over",
        target="where",
        activity="what",
        confidence="sure",
        coverage=(2010, 2020),
    )
    assert events.ids == ("E01", "E02")
    assert events.targets == {"E01": (652, 645), "E02": (645,)}
    assert events.frame["activity"].tolist() == ["combat", "stabilisation"]
    assert events.frame["confidence"].tolist() == [0.8, 1.0]
    assert events.frame["end_precision"].tolist() == ["day", "ongoing"]
    assert len(events.only(authority="unilateral")) == 1
    assert events.coverage == (2010, 2020)
    with pytest.raises(InputError, match=r"onsets fall in 2016-2018, outside the coverage 2017-2020"):
        EventList.from_frame(frame, "Turkey", start="began", coverage=(2017, 2020))
    for bad in ((2020, 2010), 2010, ("a", "b")):
        with pytest.raises(InputError, match=r"coverage"):
            EventList.from_frame(frame, "Turkey", start="began", coverage=bad)  # type: ignore[arg-type]


def test_nobody_changes_a_list_in_place() -> None:
    events = load_events()
    digest, timing = events.digest(), events.timing
    whole = events.to_frame()
    mine = dataclasses.replace(events, frame=whole)
    for frame in (events.frame, events.timing, whole):
        frame.iloc[0, 0] = "another"
        frame["start"] = "1900-01-01"
    events.targets["R01"] = ()
    with suppress(ValueError):  # read-only from pandas 3
        events.frame["event_id"].to_numpy()[:] = "another"
    assert events.digest() == mine.digest() == digest and events.targets["R01"] == load_events().targets["R01"]
    pd.testing.assert_frame_equal(events.timing, timing)
    assert pickle.loads(pickle.dumps(events)).digest() == digest
