"""Reading a user's file of events: encodings, separators, names, and clear errors for the rest."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interventions_stats.errors import DataWarning, InputError, UnknownNameError
from interventions_stats.events.actors import registry
from interventions_stats.events.definitions import load_events
from interventions_stats.events.reader import read_events
from interventions_stats.events.roles import SYNONYMS
from interventions_stats.events.templates import template

TEXT = "start;end;target;name;activity\n2016-08-24;2017-03-29;SYR;Fırat;combat\n42979;;Irak’s edge;é;\n".replace(
    "Irak’s edge", "IRQ"
)
LATIN = TEXT.replace("Fırat", "Firat – é")


def write(folder: Path, content: str | bytes, name: str = "mine.csv") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_every_encoding_and_separator_gives_the_same_list(
    tmp_path: Path, separator: str, ends: str, encoding: str
) -> None:
    text = LATIN.replace(";", separator).replace("\n", ends)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        events = read_events(write(tmp_path, text.encode(encoding)), actor="TUR")
    assert events.frame["name"].tolist() == ["Firat – é", "é"]
    assert events.targets == {"E01": (652,), "E02": (645,)}
    assert events.timing["first"].dt.strftime("%Y-%m-%d").tolist() == ["2016-08-24", "2017-09-01"]  # 42979 is a serial
    told = [str(w.message) for w in said if issubclass(w.category, DataWarning)]
    named = {"cp1252": "Windows-1252"}.get(encoding, encoding[:6].upper())
    assert (told == []) if encoding.startswith("utf-8") else (len(told) == 1 and f"read as {named}" in told[0])


def test_the_mark_by_which_a_spreadsheet_names_its_separator_is_not_a_row(tmp_path: Path) -> None:
    assert len(read_events(write(tmp_path, "sep=;\r\n" + TEXT.replace("\n", "\r\n")), actor="TUR")) == 2
    with pytest.raises(InputError, match=r"row 4, column 'start': 'x' is not a date"):
        read_events(write(tmp_path, "sep=;\n" + TEXT.replace("42979", "x")), actor="TUR")


@pytest.mark.parametrize("role", SYNONYMS)
def test_each_documented_name_of_a_column_is_found(tmp_path: Path, role: str) -> None:
    cells = {"start": "2016-08-24", "end": "2017-03-29", "target": "SYR", "activity": "combat", "decision": "2016-08-20",
             "event_id": "A", "name": "N", "confidence": "0.5", "conflict_system": "syria"}  # fmt: skip
    expected = read_events(write(tmp_path, f"{','.join(cells)}\n{','.join(cells.values())}\n"), actor="TUR")
    for word in SYNONYMS[role]:
        for spelled in (word, word.upper(), word.replace("_", " ").title(), word.replace("_", "")):
            value = "652" if word == "target_cow" else cells[role]
            used = {spelled if r == role else r: value if r == role else v for r, v in cells.items()}
            events = read_events(write(tmp_path, f"{','.join(used)}\n{','.join(used.values())}\n"), actor="TUR")
            assert events.digest() == expected.digest(), spelled


def test_a_list_written_to_csv_reads_back(tmp_path: Path) -> None:
    events = load_events().recode("R01", name="=1+1")
    events.to_csv(tmp_path / "out.csv")
    assert "'=1+1" in (tmp_path / "out.csv").read_text(encoding="utf-8")  # no formula for a spreadsheet to run
    back = read_events(tmp_path / "out.csv", actor="RUS", coverage=events.coverage)
    assert back.targets == events.targets
    assert back.timing.equals(events.timing)
    for column in ("activity", "conflict_system", "authority", "side_supported", "region", "end_precision"):
        assert back.frame[column].tolist() == events.frame[column].tolist(), column
    sizes = [frame["person_years"].astype(float) for frame in (back.frame, events.frame)]
    assert sizes[0].equals(sizes[1])


def test_rows_are_numbered_as_in_the_file(tmp_path: Path) -> None:
    """The header is row 1; blank rows count, and a cell with a line break in it does not."""
    text = 'start,name,target\n2016-01-01,"two\nlines",SYR\n\n,,\nsoon,x,SYR\n2016-01-01,y,Syriaa\n'
    with pytest.raises(InputError) as caught:
        read_events(write(tmp_path, text), actor="TUR")
    file = tmp_path / "mine.csv"
    assert str(caught.value).splitlines() == [
        f"{file}: 2 problems",
        "  row 5, column 'start': 'soon' is not a date; write YYYY-MM-DD, YYYY-MM or YYYY",
        "  row 6, column 'target': unknown target 'Syriaa'. Did you mean 'Syria'?",
    ]


def test_problems_are_named_by_the_files_own_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 2, column 'ISO3': .*\n.*row 2, column 'Start Date': "):
        read_events(write(tmp_path, "Start Date,ISO3\nsoon,XXX\n"), actor="TUR")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n", "the file is empty"),
        (",,\n , \n", "no cell with text"),
        ("2016,SYR\n2017,SYR\n", "column 'start': the column is missing.*It has '2016', 'SYR'"),
        ("start,target\n", "a header and no rows"),
        ("when,target\n2016,SYR\n", "column 'start': the column is missing; call it one of start, start_date, onset, date. "
                                    "It has 'when', 'target'"),
        ("strat,target\n2016,SYR\n", "column 'strat': unknown column. Did you mean 'start'"),
        ("start,targt\n2016,SYR\n", "column 'targt': unknown column. Did you mean 'target'"),
        ("strat,targt\n2016,SYR\n", "2 problems"),
        ("start,start\n2016,2017\n", "column 'start': two columns have this name"),
        ("start,name\n2016\n", "row 2, column 'start': 1 cells where the header has 2"),
        ("start,name\n2016,a,b\n", "row 2, column 'name': 3 cells where the header has 2"),
        ('start,name\n2016,"open\n2017,b\n', "row 2 is no CSV"),
        (b"PK\x03\x04" + bytes(200), "an Excel or OpenDocument workbook .*save the sheet as 'CSV UTF-8'"),
        (b"\xd0\xcf\x11\xe0" + bytes(200), "an Excel workbook"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not text in UTF-8, UTF-16 or Windows-1252"),
        (b"<!DOCTYPE html><html>", "a web page"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_list_is_one_clear_error(tmp_path: Path, content: str | bytes, words: str) -> None:
    file = write(tmp_path, content)
    with pytest.raises(InputError, match=words) as caught:
        read_events(file, actor="TUR")
    assert str(caught.value).startswith(f"{file}: ")


def test_paths_that_hold_no_file(tmp_path: Path) -> None:
    write(tmp_path, TEXT, "events.csv")
    with pytest.raises(InputError, match=r"event\.csv: there is no such file. Did you mean 'events.csv'"):
        read_events(tmp_path / "event.csv", actor="TUR")
    with pytest.raises(InputError, match=r"this is a folder"):
        read_events(tmp_path, actor="TUR")
    with pytest.raises(InputError, match=r"there is no such file"):
        read_events(tmp_path / "no" / "where.csv", actor="TUR")
    with pytest.raises(InputError, match=r"cannot be read"):
        read_events("a\0b", actor="TUR")
    with pytest.raises(InputError, match=r"not int"):
        read_events(5, actor="TUR")  # type: ignore[arg-type]


def test_order_and_coverage_are_passed_on(tmp_path: Path) -> None:
    file = write(tmp_path, "start,target\n03/04/2016,SYR\n05/12/2017,SYR\n")
    with pytest.raises(InputError, match=r"row 2, column 'start'.*order='dmy' or 'mdy'"):
        read_events(file, actor="TUR")
    events = read_events(file, actor="TUR", order="dmy", coverage=(2000, 2020))
    assert str(events.timing["first"].iloc[0].date()) == "2016-04-03"
    assert events.coverage == (2000, 2020)
    assert str(file) in events.note
    with pytest.raises(InputError, match=r"outside the coverage 2017-2020"):
        read_events(file, actor="TUR", order="dmy", coverage=(2017, 2020))


@pytest.mark.parametrize(
    ("other", "day"), [("25.12.2017", "2016-04-03"), ("12/25/2017", "2016-03-04"), ("2017-12-25", None)]
)
def test_one_date_shows_the_order_of_its_column(tmp_path: Path, other: str, day: str | None) -> None:
    mark = "." if "." in other else "/"
    file = write(tmp_path, f"start,end\n03{mark}04{mark}2016,\n2017-01-01,{other}\n")
    if day is None:
        with pytest.raises(InputError, match="day-first or month-first"):
            read_events(file, actor="TUR")
        return
    with pytest.warns(DataWarning, match=rf"03{mark}04{mark}2016' are read .*-first, as '{other}' must be"):
        assert str(read_events(file, actor="TUR").timing["first"].iloc[0].date()) == day
    both = write(tmp_path, "start\n25/12/2017\n12/25/2017\n03/04/2016\n")  # the dates contradict one another
    with pytest.raises(InputError, match="row 4, column 'start': '03/04/2016' can be read"):
        read_events(both, actor="TUR")


LETTERS = {
    "cp1254": "ŞğıİÖç",  # Turkish Windows, found from the bytes
    "cp1252": "Ölçé ñ",
    "cp1251": "Сирия",
    "gb18030": "军事行动",
    "cp857": "Şğıİ",
}


@pytest.mark.parametrize("encoding", LETTERS)
def test_letters_of_a_windows_encoding(tmp_path: Path, encoding: str) -> None:
    name = LETTERS[encoding]
    file = write(tmp_path, f"start;name\n2016;{name}\n".encode(encoding))
    assert read_events(file, actor="TUR", encoding=encoding).frame["name"].tolist() == [name]
    if encoding in ("cp1254", "cp1252"):
        with pytest.warns(DataWarning, match=f"Windows-{encoding[2:]}"):
            assert read_events(file, actor="TUR").frame["name"].tolist() == [name]
    for wrong, words in (("utf-8", "not text in utf-8"), ("latin9000", "unknown encoding 'latin9000'")):
        with pytest.raises(InputError, match=words):
            read_events(file, actor="TUR", encoding=wrong)


def test_header_rows_and_cells_are_looked_at_in_one_reading(tmp_path: Path) -> None:
    file = write(tmp_path, "strat,target,name\n2016-13-01,SYR,a\n2016-01-01,SYR\n2016-01-02,Syrai,b\n")
    with pytest.raises(InputError) as caught:
        read_events(file, actor="TUR")
    assert [line.split(": ")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        "column 'strat'",
        "row 2, column 'strat'",
        "row 3, column 'target'",
        "row 4, column 'target'",
    ]


def test_a_guessed_coverage_is_said(tmp_path: Path) -> None:
    file = write(tmp_path, TEXT)
    assert "from the first onset to the last" in read_events(file, actor="TUR").note
    assert "first onset" not in read_events(file, actor="TUR", coverage=(1992, 2020)).note


def test_a_rival_column_is_named(tmp_path: Path) -> None:
    with pytest.warns(DataWarning, match=r"start is read from column 'start'; 'date' is not used"):
        read_events(write(tmp_path, "date,start\n2014,2016\n"), actor="TUR")


GOOD = st.from_regex(
    r"start,target\n((199[0-9]|20[01][0-9])-(0[1-9]|1[0-2])(-[012][1-8])?,(SYR|IRQ|GRC|)\n){1,4}", fullmatch=True
)
ODD = st.one_of(st.binary(max_size=300), st.text(max_size=300), st.from_regex(r"start,target\n(.{0,12},.{0,8}\n){1,4}"))


@given(content=st.booleans().flatmap(lambda good: GOOD if good else ODD))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_raises_anything_but_an_input_error(tally: Any, tmp_path: Path, content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")

    def refused(error: Exception) -> None:
        assert str(tmp_path / "mine.csv") in str(error)

    events = tally(lambda: read_events(write(tmp_path, data), actor="TUR"), refused)
    assert events is None or len(events) > 0


def test_the_template_of_every_actor_reads_back_without_a_word(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        states = list(registry().values())
        for state in states[::4] + [s for s in states if s.spells[-1][1]]:  # every fourth, and all that are no more
            text = template("events", state)
            events = read_events(write(tmp_path, text), actor=state)
            assert text.count("\n") == 3 and "#" not in text
            assert len(events) == 2
            assert events.frame["end_precision"].tolist() == ["day", "ongoing"]
            assert all(len(codes) in (1, 2) and state.ccode not in codes for codes in events.targets.values())


def test_an_unknown_template_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown template 'event'.*Did you mean 'events'"):
        template("event")  # type: ignore[arg-type]
    assert template("events").splitlines()[0] == template("events", "RUS").splitlines()[0]
