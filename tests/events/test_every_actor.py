"""Lists of every actor of a public file, of UCDP's other files and of workbooks; lists as containers; numbers of other producers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.errors import DataWarning, InputError, UnknownNameError
from tests.events.test_adapters import ACD, ICB, IMI, MIDA, MIDB

MIP = pd.DataFrame(
    [["PAN", 95, 1989, 12, 20, 1990, 1, -9, "Just Cause", 0, 0, 5, 20, 1, "1"], ["SOM, KEN", 520, 1992, -9, -9, 1992, 1, 1, "Restore", 0, 0, 4, 14, 0, "6.2"],
     ["IRQ", 645, 2003, 3, 20, None, None, None, "Freedom", 1, 0, 5, 22, 1, "1"], ["???", 700, 2001, 10, 7, None, None, None, "Enduring", 0, 1, 3, 18, 1, "4"]],
    columns=["State B", "State B code", "styear", "stmon", "stday", "endyear", "endmon", "endday", "Name", "RemoveCase", "Ongoing", "US HiHost",
             "US HighAct", "US Orig", "ObjectiveCode"],
)  # fmt: skip
_USA, _SUN = "Government of United States of America", "Government of Russia (Soviet Union)"
ESD = pd.DataFrame(
    [[333, 1980, 1, "Government of Afghanistan", 0, "Hezb-i-Islami", 700, None, _SUN, 1, 1], [333, 1982, 1, "Government of Afghanistan", 0, "Jamiat", 700, None, _SUN, 1, 1],
     [333, 1985, 1, "Government of Afghanistan", 0, "Jamiat", 700, None, f"KDP,{_USA},{_SUN}", 2, 1], [333, 1980, 1, "Jamiat", 1, "Government of Afghanistan", 700, None, _USA, 1, 0],
     [12, 1985, 0, "Government of Iraq", 0, "Government of Iran", 645, 630, f"{_USA},Government of Kuwait", 2, 2], [12, 1986, 1, "X", 1, "Y", 645, None, None, 0, 0]],
    columns=["conflict_id", "year", "civil", "actor_name", "actor_nonstate", "oppo_name", "gwno_a", "gwno_b", "ext_name", "ext_count_s", "ext_x_count_s"],
).assign(ext_sup=1, ext_x=1, ext_w_count_s=0)  # fmt: skip


def rows(events: ist.EventList, *columns: str) -> list[list[Any]]:
    return events.frame[list(columns)].to_numpy().tolist()


def test_mip_reads_its_own_codes() -> None:
    events = ist.events.from_mip(MIP)
    assert rows(events, "event_id", "start", "end", "end_precision", "target_iso3", "activity", "originator", "hostility") == [
        ["MIP-2", "1989-12-20", "1990-01", "month", "PAN", "combat", True, 5], ["MIP-3", "1992", "1992-01-01", "day", "KEN;SOM", "humanitarian", False, 4],
        ["MIP-5", "2001-10-07", None, "ongoing", "AFG", "combat", True, 3],
    ]  # fmt: skip
    assert ist.events.from_mip(MIP, min_hostility=4, originator=True).ids == ("MIP-2",)
    with pytest.raises(InputError, match="United States alone, none of China"):
        ist.events.from_mip(MIP, actor="CHN")
    with pytest.raises(InputError, match=r"this looks like ICB, actors .*read it with from_icb"):
        ist.events.from_mip(ICB)
    with pytest.raises(InputError, match="this looks like MIP; read it with from_mip"):
        ist.events.from_ucdp(MIP, actor="USA")


@pytest.mark.parametrize(
    ("columns", "reader", "looks"),
    [(["dispnum", "incidnum"], "from_mid", "MID, incidents"), (["dispnum", "ccode1", "ccode2"], "from_mid", "MID, dyads"),
     (["dispnum", "ccode", "sidea", "orig", "obsid_start"], "from_mid", "GML MID, participants"), (["warnum"], "from_ucdp", "COW wars"),
     (["type_of_violence", "dyad_name"], "from_ucdp", "UCDP georeferenced events")],
)  # fmt: skip
def test_relatives_of_a_file_are_named(columns: list[str], reader: str, looks: str) -> None:
    with pytest.raises(InputError, match=f"this looks like {looks}"):
        getattr(ist.events, reader)(pd.DataFrame([[1] * len(columns)], columns=columns), actor="USA")


def test_rows_that_say_neither_whose_nor_when_are_refused_and_not_passed_over() -> None:
    for frame, reader, column in [(MIDB, "from_mid", "dispnum"), (MIDB, "from_mid", "ccode"), (ACD, "from_ucdp", "year"),
                                  (ESD, "from_ucdp", "conflict_id")]:  # fmt: skip
        broken = frame.astype(object)
        broken.loc[0, column] = None
        with pytest.raises(InputError, match=rf"row 1, column '{column}': None is no whole number"):
            getattr(ist.events, reader)(broken, actor="USA")
    unknown = MIDB.assign(styear=-9)  # a start that nobody knows is set aside
    with pytest.raises(
        InputError, match="no row can be placed; the first: row 1, column 'start': the start date is missing"
    ):
        ist.events.from_mid(unknown, actor="USA")
    for options in ({"since": "1946"}, {"min_hostility": "4"}, {"side": "C"}, {"actor": "all of them"}):
        with pytest.raises(InputError):
            ist.events.from_mid(MIDB, **({"actor": "USA"} | options))
    with pytest.raises(InputError, match="'all' is no one actor; compare"):
        ist.test("W1", actor="all")


def test_external_support_counts_what_a_state_surely_gave() -> None:
    soviet = ist.events.from_ucdp(ESD, actor="RUS")
    assert rows(soviet, "event_id", "start", "end", "target_iso3", "side_supported", "activity") == [
        ["UCDP-ESD-333G-365-1980", "1980", "1982", "AFG", "government", "combat"]
    ]
    assert soviet.set_aside is not None
    assert soviet.set_aside[["row", "reason", "kept"]].to_numpy().tolist() == [[3, "1 of 2 states gave it", False]]
    american = ist.events.from_ucdp(ESD, actor="USA")
    assert rows(american, "start", "target_iso3", "side_supported") == [["1985", "IRN", "none"]]
    with pytest.raises(InputError, match="Nothing is left"):
        ist.events.from_ucdp(ESD, actor="USA", support="w")
    with pytest.raises(UnknownNameError, match="support"):
        ist.events.from_ucdp(ESD, actor="USA", support="tanks")
    with pytest.raises(InputError, match="support= is for the file of external support"):
        ist.events.from_ucdp(ACD, actor="USA", support="x")


def test_dyads_of_one_conflict_are_one_participation() -> None:
    dyads = pd.concat([ACD.assign(dyad_id=1), ACD.assign(dyad_id=2, start_date2="1990-09-01")]).drop(
        columns="ep_end_date"
    )
    assert rows(ist.events.from_ucdp(dyads, actor="Kuwait"), "start", "end", "target_iso3") == [
        ["1990-08-02", "1991", "IRQ"]
    ]
    assert (
        "7" not in str(len(ist.events.from_ucdp(dyads, actor="GBR")))
        and "14 dyad-years" in ist.events.from_ucdp(dyads, actor="GBR").note
    )


@pytest.mark.parametrize(
    ("read", "files", "options"),
    [("mid", (MIDB, MIDA), {"min_hostility": 1, "originator": False}), ("icb", (ICB,), {}), ("imi", (IMI,), {}), ("ucdp", (ACD,), {}),
     ("ucdp", (ESD,), {"support": "x"})],
)  # fmt: skip
def test_all_actors_are_each_actor(read: str, files: tuple, options: dict) -> None:
    reader = getattr(ist.events, f"from_{read}")
    lists = reader(*files, actor="all", **options)
    assert "USA" in lists and len(lists) > 1
    for name, events in lists.items():
        alone = reader(*files, actor=events.actor, **options)
        pd.testing.assert_frame_equal(events.frame, alone.frame)
        assert name in (events.actor.iso3, events.actor.name) and events.note == alone.note


def test_lists_of_all_actors_go_to_compare() -> None:
    lists = {k: ist.load_events("icb", actor=k, since=1946) for k in ("USA", "GBR")}
    found = ist.compare(lists, "W3", quick=True)
    same = ist.compare(["USA", "GBR"], "W3", events=lists, quick=True)
    pd.testing.assert_frame_equal(found.propositions(), same.propositions())
    with pytest.raises(InputError, match="given twice"):
        ist.compare(lists, "W3", events="icb")
    with pytest.raises(InputError, match="takes an EventList"):
        ist.compare({"USA": "icb", "GBR": "icb"}, "W3")  # type: ignore[dict-item]


@pytest.mark.parametrize(("name", "expected"), [("mid", 66), ("mip", 216)])
def test_raw_files_are_read_in_two_statements(name: str, expected: int, source_folder: Path) -> None:
    folder = source_folder / "events" / "full"
    files = {"mid": ("cow_midb_5.0.csv", "cow_mida_5.0.csv"), "mip": ("mip_us_2022_dataset.csv",)}[name]
    events = getattr(ist.events, f"from_{name}")(*(folder / f for f in files), actor="USA")
    bundled = ist.load_events(name, actor="USA", since=1946)
    assert len(events) == len(bundled) == expected and events.ids == bundled[list(events.ids)].ids
    for column in bundled.frame.columns.drop("name"):  # for display; capitals differ
        assert (
            events.frame[column].fillna("").tolist() == bundled[list(events.ids)].frame[column].fillna("").tolist()
        ), column
    assert list(ist.test("W1", events=events, quick=True).glance()["n_events_total"]) == list(
        ist.test("W1", events=bundled, quick=True).glance()["n_events_total"]
    )


def test_external_support_of_the_published_file(source_folder: Path) -> None:
    russian = ist.events.from_ucdp(source_folder / "events" / "full" / "ucdp_esd_ay_18.1.csv", actor="RUS")
    assert {"AFG", "GEO", "SYR", "TJK", "UKR"} == {t for cell in russian.frame["target_iso3"] for t in cell.split(";")}


# -- lists chosen by what a producer coded ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{}, {"side": "A"}, {"side": "B"}, {"originator": False}, {"min_hostility": 1, "originator": False}],
)  # fmt: skip
def test_the_bundled_disputes_are_chosen_as_the_published_ones(options: dict, source_folder: Path) -> None:
    folder = source_folder / "events" / "full"
    for who in ("USA", "CHN", "ISR"):
        found = ist.events.from_mid(folder / "cow_midb_5.0.csv", folder / "cow_mida_5.0.csv", actor=who, **options)
        bundled = ist.load_events("mid", actor=who, since=1946, **options)[list(found.ids)]
        assert len(ist.load_events("mid", actor=who, since=1946, **options)) == len(found)
        for column in ("side", "originator", "hostility"):
            assert found.frame[column].tolist() == bundled.frame[column].tolist()
        if "side" in options:
            assert found.ids == found.only(side=options["side"]).ids


def test_filters_are_refused_where_they_mean_nothing() -> None:
    with pytest.raises(InputError, match="side= is for the list 'mid'; 'imi' has no side"):
        ist.load_events("imi", actor="USA", side="A")
    with pytest.raises(InputError, match="min_hostility= is for the lists 'mid' and 'mip'"):
        ist.load_events("V00", min_hostility=4)
    with pytest.raises(UnknownNameError, match="unknown side 'C'"):
        ist.load_events("mid", actor="USA", side="C")
    with pytest.raises(UnknownNameError, match=r"unknown column 'hostilty'.*hostility"):
        ist.load_events("mid", actor="USA").only(hostilty=5)
    assert "edit: side='A'" in repr(ist.load_events("mid", actor="USA", side="A"))


# -- containers -------------------------------------------------------------------------------------------------------


def test_a_list_is_a_container() -> None:
    events = ist.load_events()
    assert [row["event_id"] for row in events] == list(events.ids) == [row.name for row in events]
    assert events["R09"]["name"] == events[events.ids.index("R09")]["name"] and events[-1].name == events.ids[-1]
    assert "R09" in events and "R99" not in events and 3 not in events
    combat = events.frame["activity"] == "combat"
    by_id = combat.set_axis(list(events.ids)).iloc[::-1]
    for key in (
        combat,
        combat.tolist(),
        combat.to_numpy(),
        by_id,
        [i for i, k in zip(events.ids, combat, strict=True) if k],
    ):
        assert events[key].ids == events.only(activity="combat").ids
    assert events[np.int64(2)].name == events.ids[2] and events[2:5].ids == events.ids[2:5] and len(events[[]]) == 0
    assert "edit: kept 3 of 25 events" in repr(events[["R01", "R02", "R03"]])
    for key, message in [("R99", "unknown event 'R99'"), (25, "25 events"), ([True], "the mask 1"), (["R01", "R01"], "twice"), (1.5, "by its id"),
                         (combat.set_axis(range(1, 26)), "index of the mask"), (None, "by its id"), (True, "by its id"), ([None], "by its id"),
                         (slice("R01", "R03"), "cut by numbers"), (events.frame, "by its id")]:  # fmt: skip
        with pytest.raises(InputError, match=message):
            events[key]


def test_two_lists_are_joined() -> None:
    soviet = ist.load_events("mid", actor="RUS", since=1946, until=1991)
    russian = ist.load_events("mid", actor="RUS")
    both = soviet + russian
    assert (
        both.ids == soviet.ids + russian.ids
        and both.coverage == (1946, 2014)
        and len(both) == len(soviet) + len(russian)
    )
    assert (
        both.targets == soviet.targets | russian.targets
        and both.only(side="A").ids == soviet.only(side="A").ids + russian.only(side="A").ids
    )
    later = ist.load_events("mid", actor="RUS", since=2000)
    for other, message in [
        (russian, "is in both lists|are in both lists"), (ist.load_events("mid", actor="USA"), "of one actor"),
        (ist.load_events("V00").by_decision_date(), "different dates"),
    ]:  # fmt: skip
        with pytest.raises(InputError, match=message):
            russian + other
    with pytest.raises(InputError, match="nobody recorded the years between"):
        soviet + later
    with pytest.raises(TypeError):
        soviet + [1]  # type: ignore[operator]


# -- numbers of other producers ---------------------------------------------------------------------------------------


def test_numbers_of_other_producers_are_those_of_the_year(source_folder: Path) -> None:
    spine = pd.read_csv(source_folder / "covariates" / "state_year_spine.csv").dropna(subset=["gwcode"])
    for code, gw, year in spine[["ccode", "gwcode", "year"]].astype(int).itertuples(index=False):
        if (gw, year) not in ((260, 1990), (678, 1990)):  # years of union, which the source has twice
            assert ist.events.cow_number(gw, "gw", year=year) == code, (gw, year)
    vdem = pd.read_csv(source_folder / "covariates" / "democracy_vdem_uds.csv").dropna(subset=["country_id"])
    for code, number, year in vdem[["ccode", "country_id", "year"]].astype(int).itertuples(index=False):
        if (number, year) != (77, 1990):
            assert ist.events.cow_number(number, "vdem", year=year) == code, (number, year)


def test_a_column_of_other_numbers_is_read_by_its_name() -> None:
    cells = {"start": ["1985-03-01", "1999-03-24", "2003-03-20"], "vdem_id": [14, 198, 80]}
    events = ist.EventList.from_frame(cells, "USA", target="vdem_id")
    assert events.frame["target_cow"].tolist() == ["678", "345", "645"]
    gw = ist.EventList.from_frame({"start": ["1985-03-01", "1999-03-24"], "gwno": [678, 340]}, "USA", target="gwno")
    assert gw.frame["target_cow"].tolist() == ["678", "345"]
    with pytest.raises(InputError, match="rename it 'vdem_id' or 'gwno'"):
        ist.EventList.from_frame({"start": ["2003-03-20"], "country_id": [80]}, "USA", target="country_id")
    with pytest.raises(InputError, match="unknown target '128'"):  # Palestine
        ist.EventList.from_frame({"start": ["2003-03-20"], "vdem_id": [128]}, "USA", target="vdem_id")
    by_actor = ist.EventList.from_frame({"start": ["2003", "2004"], "vdem_id": [20, 101], "where": [645, 645]}, "USA", target="where",
                                        actor_column="vdem_id")  # fmt: skip
    assert len(by_actor) == 1
    for number, scheme, year in [
        (128, "vdem", None),
        (999, "gw", 2000),
        ("x", "gw", None),
        (2, "iso", None),
        (2, "gw", "x"),
    ]:
        with pytest.raises(InputError):
            ist.events.cow_number(number, scheme, year=year)  # type: ignore[arg-type]


# -- workbooks --------------------------------------------------------------------------------------------------------


def test_a_workbook_is_the_same_table(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(tmp_path / "mip.xlsx") as book:
        pd.DataFrame({"about": ["the case universe"]}).to_excel(book, sheet_name="Case Universe", index=False)
        MIP.assign(**{"DODOutlays$": 1, "DODOutlays%": 2}).to_excel(book, sheet_name="Dataset", index=False)
    found = ist.events.from_mip(tmp_path / "mip.xlsx")
    MIP.to_csv(tmp_path / "mip.csv", index=False)
    pd.testing.assert_frame_equal(found.frame, ist.events.from_mip(tmp_path / "mip.csv").frame)
    mine = pd.DataFrame(
        {"start": pd.to_datetime(["2016-08-24", "2018-01-20"]), "target": [652, 652], "confidence": [0.5, 1]}
    )
    mine.to_excel(tmp_path / "mine.xlsx", index=False)
    events = ist.read_events(tmp_path / "mine.xlsx", actor="Turkey")
    assert rows(events, "start", "target_cow", "confidence") == [["2016-08-24", "652", 0.5], ["2018-01-20", "652", 1.0]]
    with pd.ExcelWriter(tmp_path / "two.xlsx") as book:
        for sheet in ("a", "b"):
            mine.to_excel(book, sheet_name=sheet, index=False)
    with pytest.warns(DataWarning, match="sheet 'a' is read, and not 'b'"):
        assert len(ist.read_events(tmp_path / "two.xlsx", actor="Turkey")) == 2
    (tmp_path / "broken.xlsx").write_bytes((tmp_path / "mine.xlsx").read_bytes()[:900])
    with pytest.raises(InputError, match=r"cannot be read as \.xlsx"):
        ist.read_events(tmp_path / "broken.xlsx", actor="Turkey")


def test_a_workbook_without_its_reader_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    (tmp_path / "mip.xlsx").write_bytes(b"PK\x03\x04" + bytes(99))
    with pytest.raises(InputError, match=r"pip install 'interventions-stats\[excel\]'.*save the sheet as 'CSV UTF-8'"):
        ist.events.from_mip(tmp_path / "mip.xlsx")
