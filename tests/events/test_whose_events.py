"""A table of several actors is filtered or refused; a column that is passed over is named."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pytest

from interventions_stats.errors import DataWarning, InputError, UnknownNameError
from interventions_stats.events.actors import actor, spelled_so
from interventions_stats.events.event_list import EventList
from interventions_stats.events.reader import read_events
from interventions_stats.events.state_cells import states_in

DAYS = ["1985-01-01", "1991-02-02", "1999-03-24", "2003-03-20", "2011-10-16"]


def frame(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"start": DAYS, **columns})


SEVERAL = {
    "actor": ["USA", "FRA", "USA", "GBR", "KEN"],
    "Intervening State": ["United States", "France", "US", "UK", "Kenya"],
    "intervener": [2, 220, 2, 200, 501],
    "ccode1": [2.0, 220.0, None, 200.0, 501.0],
    "stabb": ["USA", "FRN", "USA", "UKG", "KEN"],
    "gwno_a": ["2, 200", "220", "2", "200", "501"],
    "side_a": ["Government of United States of America, Government of United Kingdom", "Government of France", "KDPI",
               "Government of United Kingdom", "Government of Kenya"],
    "who": ["USA", "France", "USA", "UK", "Kenya"],  # no known name, but states, the actor among them
}  # fmt: skip


@pytest.mark.parametrize("column", SEVERAL)
@pytest.mark.parametrize("door", ["file", "frame"])
def test_a_column_of_several_actors_is_refused_and_filtered_on_request(column: str, door: str, tmp_path: Path) -> None:
    data = frame(**{column: SEVERAL[column]})
    data.to_csv(tmp_path / "several.csv", index=False)

    def read(**options: object) -> EventList:
        if door == "file":
            return read_events(tmp_path / "several.csv", actor="USA", **options)  # type: ignore[arg-type]
        return EventList.from_frame(data, "USA", **options)  # type: ignore[arg-type]

    with pytest.raises(InputError, match=rf"column '{column}': it names .*give actor_column='{column}'"):
        read()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*left out", DataWarning)
        events = read(actor_column=column)
    kept = [k for k, cell in enumerate(data[column]) if str(cell).replace(".0", "").startswith(("2,", "US", "United States", "Government of United States")) or cell in (2, "2")]  # fmt: skip
    assert events.timing["first"].dt.strftime("%Y-%m-%d").tolist() == [DAYS[k] for k in kept]
    assert f"{len(kept)} of 5 rows" in " ".join(repr(events).split())  # wherever the path lets the line break


# Another producer's forms of one state: COW numbers and codes, Gleditsch-Ward numbers by year, names and UCDP's words.
@pytest.mark.parametrize(
    ("who", "column", "cells", "kept"),
    [
        ("RUS", "actor", ["Government of Russia (Soviet Union)", "Russian Federation", "USSR", "RUS", "365"], 5),
        (
            "USSR",
            "actor",
            ["Government of Russia (Soviet Union)", "Russia", "365", "RUS", "365"],
            2,
        ),  # it ends with 1991
        ("Germany", "gwno_a", [260, 260, 260, 255, 265], 3),  # one Germany from 1990-10-03
        ("260", "gwno_a", [260, 260, 260, 255, 265], 1),
        ("Germany", "ccode", [260, 260, 255, 255, 265], 2),
        ("Yemen", "gwno_a", [678, 678, 678, 679, 680], 3),
        ("Kiribati", "gwcode", [970, 2, 970, 971, 970], 2),
        ("Nauru", "ccode", [970, 946, 970, 971, 970], 2),
        ("Germany", "iso3c", ["DEU", "DEU", "DDR", "DEU", "FRA"], 2),  # that of 1985 is West Germany
    ],
)
def test_the_actor_is_known_under_every_usual_form(who: str, column: str, cells: list[object], kept: int) -> None:
    data = frame(**{column: cells}).assign(start=["1985-01-01", "1991-02-02", "2000-03-24", "2003-03-20", "2011-10-16"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        assert len(EventList.from_frame(data, who, actor_column=column)) == kept


def test_actor_column_says_what_it_left_out() -> None:
    data = frame(actor=["USA", "KDPI", "KDPI", "", "France"])
    with pytest.warns(DataWarning, match=r"left out: rows that name no state in column 'actor': 'KDPI' \(2 rows\)"):
        events = EventList.from_frame(data, "USA", actor_column="actor")
    assert "1 of 5 rows" in repr(events)
    with pytest.raises(
        InputError, match=r"no row has Turkey in column 'actor'; it holds 'KDPI' \(2 rows\), 'USA' \(1 row\)"
    ):
        EventList.from_frame(data, "TUR", actor_column="actor")
    with pytest.raises(UnknownNameError, match=r"unknown column 'actr'.*Did you mean 'actor'"):
        EventList.from_frame(data, "TUR", actor_column="actr")
    with pytest.warns(
        DataWarning, match=r"left out: rows of USSR from years in which it was no state: '1999' \(1 row\)"
    ):
        EventList.from_frame(frame(actor=["USSR", "FRA", "Russia", "FRA", "FRA"]), "USSR", actor_column="actor")
    with pytest.raises(InputError, match="the producer's own ids"):
        EventList.from_frame(frame(actor_id=[2, 3, 4, 5, 6]), "USA", actor_column="actor_id")


def test_what_is_wrong_in_the_rows_of_others_refuses_nothing() -> None:
    data = frame(actor=["USA", "FRA", "USA", "GBR", "KEN"], target=["IRQ", "Timbuktu", "YUG", "?", "the moon"])
    assert EventList.from_frame(data, "USA", actor_column="actor", coverage=(1980, 2020)).targets == {
        "E01": (645,),
        "E02": (345,),
    }


@pytest.mark.parametrize(
    "columns",
    [
        {"actor": ["USA", "United States", "2", "US", "Government of United States of America"]},
        {"side_a": [1, 0, 1, 1, 0]},  # a flag of COW
        {"side": ["government"] * 3 + ["opposition"] * 2},
        {"target": ["IRQ", "IRQ", "YUG", "IRQ", "SYR"], "host": ["IRQ", "IRQ", "YUG", "IRQ", "SYR"]},
        {"troops": [2, 200, 220, 365, 710]},
        {"notes": ["a", "b", "USA", "c", "d"]},
    ],
)
def test_other_columns_are_no_actors(columns: dict[str, list[object]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        assert len(EventList.from_frame(frame(**columns), "USA")) == 5


@pytest.mark.parametrize(
    ("column", "like"),
    [("start_prec", "start_precision"), ("date_precision", "start_precision"), ("ep_end_date", "end"), ("endyear", "end"),
     ("gwno_b", "target"), ("location", "target"), ("State B", "target"), ("host country", "target"), ("start_date2", "start"),
     ("styear", "start"), ("trigger_date", "decision")],
)  # fmt: skip
def test_a_column_like_one_of_ours_is_named_when_it_is_not_used(column: str, like: str) -> None:
    data = frame(**{column: ["a", "b", "c", "d", "e"]})
    with pytest.warns(DataWarning, match=rf"not used: '{column}' \(like {like}\)"):
        EventList.from_frame(data, "USA")


def test_frames_and_files_find_the_same_columns(tmp_path: Path) -> None:
    """``end`` and ``name`` count in both: without an end 24 events would have been under way for ever."""
    data = frame(
        End_Date=["1986", "", "1999-06-10", "2011-12-18", "2012-03"], ISO3=["LBY", "IRQ", "YUG", "IRQ", "SYR"],
        Name=list("abcde"), Type="combat", ID=list("vwxyz"),
    )  # fmt: skip
    data.to_csv(tmp_path / "mine.csv", index=False)
    one, other = EventList.from_frame(data, "USA"), read_events(tmp_path / "mine.csv", actor="USA")
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert one.frame["end"].tolist() == ["1986", None, "1999-06-10", "2011-12-18", "2012-03"]
    assert one.frame["end_precision"].tolist() == ["year", "unknown", "day", "day", "month"]
    assert one.ids == ("v", "w", "x", "y", "z") and one.frame["name"].tolist() == list("abcde")


# Spellings with a comma: the World Bank's, the United Nations', and the inverted ones of library catalogues.
@pytest.mark.parametrize(
    ("cell", "codes"),
    [("Taiwan, China", (713,)), ("China, Taiwan", (710, 713)), ("Korea, Rep.", (732,)), ("Korea, Dem. People's Rep.", (731,)),
     ("Congo, Dem. Rep.", (490,)), ("Congo, Rep.", (484,)), ("Egypt, Arab Rep.", (651,)), ("Gambia, The", (420,)),
     ("Iran, Islamic Rep.", (630,)), ("Yemen, Rep.", (679,)), ("Venezuela, RB", (101,)), ("Bahamas, The", (31,)),
     ("Micronesia, Fed. Sts.", (987,)), ("Macedonia, FYR", (343,)), ("Korea, South", (732,)), ("Tanzania, United Republic of", (510,)),
     ("Congo, Dem. Rep., Rwanda, Uganda", (490, 517, 500)), ("Iran, Islamic Rep.; Iraq", (630, 645)), ("SYR,IRQ", (652, 645)),
     ("CYP,RUS", (352, 365)), ("POL, AND", (290, 232)), ("SWE/DEN", (380, 390)), ("652, 645", (652, 645)), ("SYR;", (652,)),
     ("Government of Yemen (North Yemen)", (679,)), ("Bosnia and Herzegovina", (346,)), ("Côte d'Ivoire | Mali", (437, 432))],
)  # fmt: skip
def test_names_with_commas_are_one_state_and_lists_are_several(cell: str, codes: tuple[int, ...]) -> None:
    assert tuple(s.ccode for s in states_in(cell)) == codes
    events = EventList.from_frame(pd.DataFrame({"start": ["2005-05-01"], "target": [cell]}), "USA")
    assert events.targets["E01"] == codes


@pytest.mark.parametrize(
    ("cell", "words"),
    [("UKR;UKR", "Ukraine is named twice"), ("UKR;369", "Ukraine is named twice"), ("345, Serbia", "named twice"),
     ("-369", "unknown target '-369'"), ("+2", "unknown target"), ("3.5", "unknown target"), (";", "names no state"),
     ("Korea", r"It can be North Korea \(731\) or South Korea \(732\)"), ("SYR;Iraqq", "unknown target 'Iraqq'.*'Iraq'"),
     ("Congo, Dem. Rep., Iraqq", "unknown target 'Iraqq'"), ("2", "the target is the actor itself"), ("SWE-DEN", "unknown target"),
     ("Korea, Rep., Iraqq, Rep.", "unknown target 'Iraqq'")],
)  # fmt: skip
def test_what_names_no_state_or_one_twice_is_refused(cell: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        EventList.from_frame(pd.DataFrame({"start": ["2005-05-01"], "target": [cell]}), "USA")


def test_every_name_is_found_alone_and_beside_another() -> None:
    """No two names side by side are a third, but for the one that the World Bank writes so."""
    from interventions_stats.events.actors import _known

    names = [n for n in _known() if len(spelled_so(n)) == 1 and spelled_so(n)[0] not in (2, 710, 713)]
    for name, other in zip(names, [*names[7:], *names[:7]], strict=True):
        one, two = spelled_so(name)[0], spelled_so(other)[0]
        if one != two:
            assert [s.ccode for s in states_in(f"{name}, {other}")] == [one, two], (name, other)
    assert actor("Government of the United States of America").ccode == 2


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("2014-02-27", "UKR"), ("2014-02-27", "UKR")], "row 2 repeats"),
        ([("2014-02-27", "UKR"), ("27.2.2014", "369"), ("2014-02-27", "Ukraine")], "rows 2, 3 repeat"),
        ([("2014-02", "UKR"), ("2014-02", "UKR")], "row 2 repeats"),
        ([("2014-02-27", "UKR"), ("2014-02-27", "SYR"), ("2014-03-01", "UKR")], ""),
        ([("2014-02-27", None), ("2014-02-28", None)], ""),
    ],
)
def test_rows_of_one_event_are_said_to_be_several(rows: list[tuple[str, str]], said: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        EventList.from_frame(pd.DataFrame(rows, columns=["start", "target"]), "RUS")
    told = [str(w.message) for w in caught]
    assert len(told) == (1 if said else 0) and said in "".join(told)


@pytest.mark.parametrize(
    "row",
    [
        "never{i},UKR",
        "2016-01-01,Atlantis{i}",
        "2016-01-01,UKR;UKR",
        "03/04/2016,UKR",
        "2016-01-01,UKR,{i}",
        "1900,UKR",
    ],
)
def test_many_bad_rows_are_counted_by_kind(row: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("start,target\n" + "".join(f"{row}\n".replace("{i}", str(i)) for i in range(20_000)))
    with pytest.raises(InputError) as caught:
        read_events(file, actor="RUS")
    lines = str(caught.value).splitlines()
    assert lines[0].endswith(": 20000 problems") and len(lines) <= 3
    assert "20,000 in column" in lines[1] and "rows 2, 3, 4, 5, 6, ..." in lines[1]
