"""Public files as their producers publish them: the same events as the bundled tables, and every row accounted for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.events.adapters.public_file import partial

FILES = {"mid": "cow_midb_5.0.csv", "icb": "icb2_v14.csv", "imi": "imi_1946_2005.csv", "ucdp": "ucdp_prio_acd_25.1.csv"}
READERS: dict[str, Callable[..., ist.EventList]] = {n: getattr(ist.events, f"from_{n}") for n in FILES}

MIDB = pd.DataFrame(
    [[1, 2, -9, 4, 1963, 3, 6, 1963, 1, 1, 16, 4], [1, 2, 1, 8, 1963, -9, -9, 1963, 1, 0, 7, 3], [1, 41, 28, 4, 1963, 3, 6, 1963, 0, 1, 7, 3],
     [1, 42, 28, 4, 1963, 3, 6, 1963, 0, 1, 7, 3], [2, 2, 5, 1, 2014, 31, 12, 2014, 1, 1, 7, 3], [2, 652, 5, 1, 2014, 31, 12, 2014, 0, 1, 7, 4],
     [3, 2, 1, 1, 1959, 2, 1, 1959, 0, 0, 17, 5], [3, 652, 1, 1, 1959, 2, 1, 1959, 1, 1, 17, 5], [4, 2, -9, -9, 1940, 2, 1, 1941, 1, 1, 17, 5]],
    columns=["dispnum", "ccode", "stday", "stmon", "styear", "endday", "endmon", "endyear", "sidea", "orig", "hiact", "hostlev"],
)  # fmt: skip
MIDA = pd.DataFrame(
    {"dispnum": [1, 2], "endday": [3, 31], "endmon": [6, 12], "endyear": [1963, 2014], "ongo2014": [0, 1]}
)
ICB = pd.DataFrame(
    [[7, 1, 2, "BAY OF PIGS", 1961, 4, 15, 1961, 4, 24, 40, 9], [8, 2, 2, "WAR II", 1962, 13, 40, None, None, None, 996, 6],
     [9, 3, 2, "TALK", 1970, 1, 1, 1970, 2, 2, 365, 3], [10, 4, 260, "BERLIN WALL", 1961, 7, 29, 1961, 10, 17, 365, 7]],
    columns=["crisno", "cracno", "cracid", "crisname", "yrtrig", "motrig", "datrig", "yrterm", "moterm", "daterm", "southv", "majres"],
)  # fmt: skip
IMI = pd.DataFrame(
    [[2, 41, 19940919, 88888888, 3, 5, 0], [2, 700, 19791231, 19890131, 1, 3, 9], [2, 754, 20011007, 99999999, 9, 0, 0],
     [2, 520, 19921209, 19921101, 0, 2, 1], [2, 93, 10720718, 19800101, 2, 5, 0], [220, 433, 19620101, 19620102, 1, 5, 0]],
    columns=["intervener", "target", "start", "end", "direction", "type", "humanitarian"],
)  # fmt: skip
ACD = pd.DataFrame(
    [[9, y, "690", "2, 200", "645", "", 2, "1990-08-02", 1, "1991-02-28" if y == 1991 else ""] for y in (1990, 1991)]
    + [[418, y, "2", "200", "", "", 4, "2001-09-11", 1, ""] for y in (2001, 2002, 2005)]
    + [[3, 1999, "345", "260", "", "", 4, "1998-03-06", 1, ""], [5, 1999, "260", "", "750", "", "interstate", "1999-05-03", 5, ""]],
    columns=["conflict_id", "year", "gwno_a", "gwno_a_2nd", "gwno_b", "gwno_b_2nd", "type_of_conflict", "start_date2", "start_prec2",
             "ep_end_date"],
)  # fmt: skip
MADE = {"mid": MIDB, "icb": ICB, "imi": IMI, "ucdp": ACD}


def rows(events: ist.EventList, *columns: str) -> list[list[Any]]:
    return events.frame[list(columns)].to_numpy().tolist()


def test_mid_joins_spells_and_reads_its_missing_codes() -> None:
    events = ist.events.from_mid(MIDB, MIDA, actor="USA")
    assert rows(events, "event_id", "start", "end", "target_iso3", "activity") == [
        ["MID-1-2", "1963-04", "1963", "HTI;DOM", "combat"]
    ]
    assert (
        events.coverage
        == (
            1946,
            2014,
        )
        and "1 of 3 disputes of United States of America from 1946 on, hostility 4" in events.note
    )
    wide = ist.events.from_mid(MIDB, MIDA, actor=2, min_hostility=1, originator=False, since=1900)
    assert rows(wide, "event_id", "start", "end_precision", "target_iso3") == [
        ["MID-1-2", "1963-04", "year", "HTI;DOM"], ["MID-2-2", "2014-01-05", "ongoing", "SYR"], ["MID-3-2", "1959-01-01", "day", None],
        ["MID-4-2", "1940", "day", None],
    ]  # fmt: skip
    aside = wide.set_aside
    assert aside is not None and aside[["row", "kept"]].to_numpy().tolist() == [[7, True]]
    assert (
        "Syria (652), which was no state then" in aside["reason"].iloc[0]
    )  # a part of the United Arab Republic in 1959
    assert rows(ist.events.from_mid(MIDB, actor=2, side="B", originator=False, min_hostility=5), "event_id") == [
        ["MID-3-2"]
    ]


def test_icb_imi_and_ucdp_read_their_own_codes() -> None:
    icb = ist.events.from_icb(ICB, actor="USA")
    assert rows(icb, "name", "start", "end_precision", "target_iso3", "activity") == [
        ["USA: Bay Of Pigs 1961 (ICB 7)", "1961-04-15", "day", "CUB", "combat"], ["USA: War II 1962 (ICB 8)", "1962", "unknown", None, None],
    ]  # fmt: skip
    assert len(ist.events.from_icb(ICB, actor="USA", military_response=False)) == 3
    assert rows(ist.events.from_icb(ICB, actor="West Germany"), "event_id") == [["ICB-10-260-4"]]
    imi = ist.events.from_imi(IMI, actor="USA")
    assert rows(imi, "start", "end", "end_precision", "target_iso3", "activity", "side_supported") == [
        ["1994-09-19", None, "ongoing", "HTI", "combat", "opposition"], ["1979", "1989-01", "month", "AFG", None, "government"],
        ["2001-10-07", None, "unknown", None, None, None], ["1992-12-09", None, "unknown", "SOM", "humanitarian", "none"],
    ]  # fmt: skip
    aside = imi.set_aside
    assert aside is not None and aside[["row", "reason", "kept"]].to_numpy().tolist() == [
        [5, "the start date is missing", False]
    ]
    ucdp = ist.events.from_ucdp(ACD, actor="USA")
    assert rows(ucdp, "event_id", "start", "end", "target_iso3") == [
        ["UCDP-9-2-1990", "1990", "1991", "IRQ"],
    ]  # its own conflict with al-Qaida is within the state, and no participation abroad
    assert rows(ist.events.from_ucdp(ACD, actor="GBR"), "event_id", "end_precision", "target_iso3") == [
        ["UCDP-9-200-1990", "year", "IRQ"], ["UCDP-418-200-2001", "year", None], ["UCDP-418-200-2005", "ongoing", None],
    ]  # fmt: skip
    assert rows(ist.events.from_ucdp(ACD, actor="Germany"), "start", "target_cow", "activity") == [
        ["1999", "345", None],
        ["1999", "750", "combat"],
    ]
    assert rows(ist.events.from_ucdp(ACD, actor="Kuwait"), "start", "end", "activity") == [
        ["1990-08-02", "1991-02-28", "combat"]
    ]


@pytest.mark.parametrize("name", READERS)
def test_a_file_of_another_producer_is_named(name: str, tmp_path: Path) -> None:
    for other, frame in MADE.items():
        if other == name:
            continue
        frame.to_csv(tmp_path / "file.csv", index=False)
        with pytest.raises(
            InputError, match=rf"file\.csv: column .* is missing; this looks like .*read it with from_{other}"
        ):
            READERS[name](tmp_path / "file.csv", actor="USA")
    with pytest.raises(InputError, match="is it another edition"):
        READERS[name](pd.DataFrame({"a": [1]}), actor="USA")
    with pytest.raises(UnknownNameError, match="unknown actor 'Atlantis'"):
        READERS[name](MADE[name], actor="Atlantis")
    with pytest.raises(InputError, match="Nothing is left"):
        READERS[name](MADE[name], actor="Bhutan")
    for useless in (None, 3.5, [], "no such file.csv", b"x", pd.DataFrame()):
        with pytest.raises(InputError):
            READERS[name](useless, actor="USA")


@pytest.mark.parametrize("name", READERS)
def test_a_file_and_a_frame_are_the_same_list(name: str, tmp_path: Path) -> None:
    MADE[name].to_csv(tmp_path / "file.csv", sep=";", index=False)
    one, other = (
        READERS[name](tmp_path / "file.csv", actor="USA"),
        READERS[name](MADE[name].convert_dtypes(), actor="USA"),
    )
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert not ist.panel(one, "actor-year")["onsets"].isna().any()


def test_dates_in_parts() -> None:
    cases = {(1983, 2, 31): "1983-02", (1983, 2, 28): "1983-02-28", (1983, -9, 3): "1983", (1983, 99, 99): "1983", (-9, 1, 1): None,
             ("1983.0", "2", ""): "1983-02", (None, None, None): None, ("x", 1, 1): None}  # fmt: skip
    assert {c: partial(*c) for c in cases} == cases


# The bundled tables keep targets that were no members of the state system then; here they are set aside.
@pytest.mark.parametrize("name", READERS)
def test_the_events_are_those_of_the_bundled_table(name: str, source_folder: Path) -> None:
    folder = source_folder / "events" / "full"
    more = (folder / "cow_mida_5.0.csv",) if name == "mid" else ()
    for who in ("USA", "RUS", "CHN", "FRA", "GBR", "TUR", "IND", "DEU"):
        bundled = ist.load_events(name, actor=who, since=1900).frame.set_index("event_id").sort_index()
        events = READERS[name](folder / FILES[name], *more, actor=who)
        found = events.frame.set_index("event_id").sort_index()
        assert events.set_aside is not None and events.set_aside["kept"].all()
        assert found.index.tolist() == bundled.index.tolist() and len(found) == len(bundled), who
        touched = found.index.isin(events.set_aside["event_id"])
        for column in bundled.columns.drop("name"):  # for display; capitals differ
            same = found[column].fillna("") == bundled[column].fillna("")
            assert (same | (touched & column.startswith("target"))).all(), (who, column)
    if name == "mid":
        assert len(READERS[name](folder / FILES[name], *more, actor="USA")) == 66
