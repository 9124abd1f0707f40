"""A user's own series: read right, or refused with every row that is wrong."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import interventions_stats as ist
from interventions_stats.errors import DataWarning, InputError, UnknownNameError
from interventions_stats.events.numbers import number
from interventions_stats.events.templates import template
from interventions_stats.panels.user_series import as_series, read_series

MONTHS = pd.period_range("2014-01", "2014-04", freq="M")


def write(folder: Path, content: str | bytes) -> Path:
    file = folder / "polls.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


# The same four months with a gap at the second, as different people keep them.
@pytest.mark.parametrize(
    "content",
    [
        "month,approval\n2014-01,56.5\n2014-03,61\n2014-04,60\n",
        "month,approval\n2014-04,60\n2014-01,56.5\n2014-03,61\n",  # in any order
        "month,approval\n2014-01,56.5\n2014-02,\n2014-03,61\n2014-04,60\n",
        "month,approval\n2014-01,56.5\n2014-02,n/a\n2014-03,61\n2014-04,60\n",
        "date;approval\n31.01.2014;56,5\n15.03.2014;61\n30.04.2014;60,0\n",
        "Date\tApproval\n2014-01-15\t56.5 %\nMarch 2014\t61%\n41759\t60\n",  # 41759 is 30 April 2014
        "year,month,approval\n2014,1,56.5\n2014,3,61\n2014,4,60\n",
        "month,year,approval\nJan,2014,56.5\nMarch,2014,61\nApril,2014,60\n",
        "month,approval\n2014m1,56.5\n2014M03,61\n201404,60\n",
        "MONTH,approval\n01/2014,56.5\n03/2014,61\nApr-2014,60\n",
        "month,pollster,approval\n2014-01,A,56.5\n2014-03,B,61\n2014-04,B,60\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_mixed_forms_give_one_series(tmp_path: Path, content: str, encoding: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        frame = read_series(write(tmp_path, content.encode(encoding)))
    assert frame.index.equals(MONTHS.rename("period"))
    assert frame.dtypes.tolist() == ["float64"]
    np.testing.assert_array_equal(frame.iloc[:, 0].to_numpy(), [56.5, np.nan, 61.0, 60.0])


@pytest.mark.parametrize(
    "source",
    [
        pd.DataFrame({"\ufeffmonth": [pd.Timestamp("2014-01-20"), "2014-03", 41759], "approval": ["56,5", 61, 60.0]}),
        pd.DataFrame({"approval": [56.5, 61, 60]}, index=pd.to_datetime(["2014-01-01", "2014-03-01", "2014-04-01"])),
        pd.Series([56.5, 61, 60], index=pd.PeriodIndex(["2014-01", "2014-03", "2014-04"], freq="M"), name="approval"),
        pd.DataFrame(
            {"month": pd.array([201401, 201403, 201404]), "approval": pd.array([56.5, 61, 60], dtype="Float64")}
        ),
    ],
)
def test_frames_and_series_of_any_index(source: pd.DataFrame | pd.Series) -> None:
    before = source.copy(deep=True)
    frame = read_series(source)
    np.testing.assert_array_equal(frame["approval"].to_numpy(), [56.5, np.nan, 61.0, 60.0])
    assert frame.index.equals(MONTHS.rename("period"))
    assert before.equals(source)


def test_years_stay_years() -> None:
    frame = read_series(pd.DataFrame({"year": [2003, 2000], "growth": [1, "2,5"]}))
    assert frame.index.freqstr == "Y-DEC"
    np.testing.assert_array_equal(frame["growth"].to_numpy(), [2.5, np.nan, np.nan, 1.0])


def test_reading_twice_is_reading_once() -> None:
    raw = pd.DataFrame({"month": ["2014-03", "2014-01"], "approval": [61, 56.5]})
    once = read_series(raw)
    assert as_series(once) is once and read_series(once) is once
    pd.testing.assert_frame_equal(as_series(raw), once)
    assert as_series(None) is None
    pd.testing.assert_frame_equal(read_series(once.iloc[::-1]), once)  # a frame of periods out of order is read again
    with pytest.raises(InputError, match=r"a series is a DataFrame, not str; read a file with read_series"):
        as_series("polls.csv")  # type: ignore[arg-type]


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    text = ("month,approval,Brent\n2014-01,156,100\n2014-02,-3,98\n2014-03,high,\"1,234.5\"\n\n2014-04,50,90\n2014-04,51,90\n"
            "soon,3,1\n,4,2\n2014,5,3\n03/04/2014,6,x\n")  # fmt: skip
    file = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_series(file)
    assert str(caught.value).splitlines() == [
        f"{file}: 9 problems",
        "  row 2, column 'approval': 156 is outside 0 to 100",
        "  row 3, column 'approval': -3 is outside 0 to 100",
        "  row 4, column 'approval': 'high' is not a number",
        "  row 7, column 'approval': 2014-04 has 51 here and 50 in row 6; aggregate='mean' or 'last' makes one of them",
        "  row 8, column 'month': 'soon' is not a date; write YYYY-MM-DD, YYYY-MM or YYYY",
        "  row 9, column 'month': the month is missing",
        "  row 10, column 'month': '2014' is a year, the other rows are months",
        "  row 11, column 'Brent': 'x' is not a number",
        "  row 11, column 'month': '03/04/2014' can be read day-first or month-first; write YYYY-MM-DD or give order='dmy' "
        "or 'mdy'",
    ]


def test_the_order_of_day_and_month_can_be_given(tmp_path: Path) -> None:
    file = write(tmp_path, "date,x\n01/02/2014,1\n01/03/2014,2\n")
    assert read_series(file, order="dmy").index.astype(str).tolist() == ["2014-02", "2014-03"]
    with pytest.raises(InputError, match=r"row 3, column 'x': 2014-01 has 2 here and 1 in row 2"):
        read_series(file, order="mdy")


@pytest.mark.parametrize(
    ("name", "values", "bad"),
    [
        ("approval", [0, 100, 101], [3]), ("Approval (%)", [-1, 50, 50], [1]), ("support_putin", [120, 130, 5], [1, 2]),
        ("pct_right", [50, 50, 1000], [3]), ("disapprove", [50, 101, 50], [2]), ("net approval", [-99, 99, -101], [3]),
        ("brent", [120, 130, -5], []), ("approval_change", [-20, 5, 3], []), ("support_musd", [1500, 2, 3], []),
        ("n_approve", [1500, 2, 3], []), ("approvalist", [500, 2, 3], []),
    ],
)  # fmt: skip
def test_a_column_of_percentages_is_known_by_its_name(name: str, values: list[float], bad: list[int]) -> None:
    frame = pd.DataFrame({"month": ["2014-01", "2014-02", "2014-03"], name: values})
    if not bad:
        assert read_series(frame).iloc[:, 0].tolist() == values
        return
    with pytest.raises(InputError) as caught:
        read_series(frame)
    assert [k for k in (1, 2, 3) if f"row {k}, column {name!r}" in str(caught.value)] == bad


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["56,3", "61"], [56.3, 61.0]),
        (["1.234,5", "12"], [1234.5, 12.0]),
        (["1,234.5", "1,234"], [1234.5, 1234.0]),  # the first says what the comma of the second is
        (["1,5", "1,234"], [1.5, 1.234]),
        (["1,234,567", "1,234"], [1234567.0, 1234.0]),
        (["0,125", "2"], [0.125, 2.0]),
        (["1 234,5", "1\u00a0234"], [1234.5, 1234.0]),
        (["\u22123", "1e3"], [-3.0, 1000.0]),
        (["12 %", "–"], [12.0, float("nan")]),
        ([True, 2], [1.0, 2.0]),
    ],
)
def test_numbers_as_people_write_them(cells: list[object], values: list[float]) -> None:
    frame = pd.DataFrame({"month": ["2014-01", "2014-02"], "x": pd.Series(cells, dtype=object)})
    np.testing.assert_array_equal(read_series(frame)["x"].to_numpy(), values)


@given(value=st.floats(-1e9, 1e9).map(lambda v: round(v, 2)))
def test_every_way_of_writing_a_number_reads_back(value: float) -> None:
    plain, grouped = f"{value:.2f}", f"{value:,.2f}"
    european = grouped.translate(str.maketrans(",.", ".,"))
    for text in (
        plain,
        grouped,
        european,
        plain.replace(".", ","),
        grouped.replace(",", " "),
        grouped.replace(",", "\u202f"),
    ):
        assert number(text) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("cell", "words"),
    [("1,234", "can be a thousand or a decimal"), ("high", "is not a number"), ("<1", "is not a number"),
     ("inf", "is not a finite number"), (float("inf"), "is not a finite number"), ("1.2.3", "is not a number")],
)  # fmt: skip
def test_what_is_no_number_among_numbers_is_refused(cell: object, words: str) -> None:
    frame = pd.DataFrame({"month": ["2014-01", "2014-02"], "x": pd.Series([4, cell], dtype=object)})
    with pytest.raises(InputError, match=rf"the series: row 2, column 'x': .*{words}"):
        read_series(frame)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "when,approval\n2014-01,5\n",
            "no column of time; call one 'month', 'date' or 'year'. There is 'when', 'approval'",
        ),
        ("mnth,approval\n2014-01,5\n", "column 'mnth': unknown column. Did you mean 'month'"),
        ("month\n2014-01\n", "no column of numbers beside 'month'"),
        ("month,approval\n", "a header and no rows"),
        ("month,approval,Approval\n2014-01,1,2\n", "two columns have this name"),
        ("month,x\n2014Q1,1\n", "'2014Q1' is a quarter"),
        ("month,x\n0021-01,1\n2014-01,2\n", "'0021-01' is outside 1800 to 2100"),
        (b"PK\x03\x04" + bytes(99), "Excel"),
    ],
)
def test_a_file_that_is_no_series_is_one_clear_error(tmp_path: Path, content: str | bytes, words: str) -> None:
    file = write(tmp_path, content)
    with pytest.raises(InputError, match=words) as caught:
        read_series(file)
    assert str(caught.value).startswith(f"{file}: ")


def test_nothing_is_left_out_or_joined_in_silence(tmp_path: Path) -> None:
    with pytest.warns(DataWarning, match=r"column 'pollster' holds text and is left out"):
        read_series(write(tmp_path, "month,pollster,x\n2014-01,A,1\n"))
    with pytest.warns(DataWarning, match=r"rows 3, 5 repeat an earlier period and were joined to it"):
        frame = read_series(write(tmp_path, "month,x,y\n2014-01,1,\n2014-01,1,7\n2014-02,2,8\n2014-02,2,8\n"))
    assert frame.to_dict("list") == {"x": [1, 2], "y": [7, 8]}


def test_the_template_reads_back(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = read_series(write(tmp_path, template("series")))
    assert frame["approval"].tolist() == [56.0, 54.5]


GOOD = st.from_regex(
    r"month,approval\n((199[0-9]|20[01][0-9])-(0[1-9]|1[0-2]),[1-9][0-9](\.[0-9])?\n){1,5}", fullmatch=True
)
ODD = st.one_of(st.binary(max_size=200), st.from_regex(r"(month|date|year),approval\n(.{0,10},.{0,7}\n){1,5}"))


@given(content=st.booleans().flatmap(lambda good: GOOD if good else ODD))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_raises_anything_but_an_input_error(tally: Any, tmp_path: Path, content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    frame = tally(lambda: read_series(write(tmp_path, data)))
    if frame is not None:
        assert len(frame) and (frame.index[-1] - frame.index[0]).n + 1 == len(frame)


def test_a_panel_takes_the_series_raw_or_read_and_whatever_the_case_of_its_name() -> None:
    events = ist.load_events()
    months = pd.period_range("1991-01", "2020-12", freq="M")
    values = np.arange(len(months)) % 90 + 5.0
    raw = pd.DataFrame({"Month": months.astype(str), "Approval (%)": values})
    read = read_series(raw)
    panels = [ist.panel(events, covariates=["-approval"], lag=2, series=s) for s in (raw, read)]
    pd.testing.assert_frame_equal(*panels)
    lagged = dict(zip(months + 2, -values, strict=True))
    assert panels[0]["-approval"].tolist() == [lagged[p] for p in panels[0]["period"]]
    # The user's own takes the place of the bundled series; other covariates stay bundled.
    both = ist.panel(events, covariates=["-approval", "brent"], series=raw)
    bundled = ist.panel(events, covariates=["brent"])
    assert both["brent"].equals(bundled["brent"])
    with pytest.warns(DataWarning, match=r"no column of the series is called 'approval'.*'approve'"):
        ist.panel(
            events, covariates=["approval"], series=read_series(pd.DataFrame({"month": ["2014-01"], "approve": [5]}))
        )


def test_a_monthly_series_serves_years_and_targets_too() -> None:
    events = ist.load_events()
    raw = pd.DataFrame({"month": pd.period_range("1991-01", "2020-12", freq="M").astype(str), "mood": np.arange(360.0)})
    mean = {1991 + k: 12 * k + 5.5 for k in range(30)}
    for unit in ("actor-year", "actor-target-year"):
        frame = ist.panel(events, unit, ["mood"], series=raw)
        assert frame["mood"].tolist() == [mean[y - 1] for y in frame["year"]]


@pytest.mark.parametrize(
    ("rows", "how", "expected"),
    [
        # polls: the mean of March is (60 + 62 + 67) / 3, the last by date is that of the 30th, in whatever order they come
        ({"date": ["2014-03-30", "2014-03-02", "2014-03-16", "2014-05-01"], "v": [67, 60, 62, 50]}, "mean", {"2014-03": 63, "2014-05": 50}),
        ({"date": ["2014-03-30", "2014-03-02", "2014-03-16", "2014-05-01"], "v": [67, 60, 62, 50]}, "last", {"2014-03": 67, "2014-05": 50}),
        ({"date": ["2014-03-02", "2014-03-30"], "v": [60, None]}, "last", {"2014-03": 60}),
        # ISO week 9 of 2014 is 24 February to 2 March: five days of February
        ({"date": ["2014-W09", "2014-W10"], "v": [10, 20]}, "mean", {"2014-02": 10, "2014-03": 20}),
        ({"date": pd.period_range("2014-02-24", periods=2, freq="W"), "v": [10, 20]}, "mean", {"2014-02": 10, "2014-03": 20}),
        ({"month": ["2014Q1", "Q2 2014"], "v": [1, 2]}, "mean",
         {"2014-01": 1, "2014-02": 1, "2014-03": 1, "2014-04": 2, "2014-05": 2, "2014-06": 2}),
        ({"date": ["2013-12-31", "2014-03-31", "2014-06-30", "2014-09-30"], "v": [1, 2, 3, 4]}, "last",
         {f"{y}-{m:02d}": v for y, m, v in [(2013, 10, 1), (2013, 11, 1), (2013, 12, 1), (2014, 1, 2), (2014, 2, 2), (2014, 3, 2),
                                            (2014, 4, 3), (2014, 5, 3), (2014, 6, 3), (2014, 7, 4), (2014, 8, 4), (2014, 9, 4)]}),
        ({"year": [2013, 2013, 2014], "v": [1, 3, 5]}, "mean", {"2013": 2, "2014": 5}),
    ],
)  # fmt: skip
def test_series_of_other_frequencies_become_months(rows: dict, how: Any, expected: dict[str, float]) -> None:
    found = read_series(pd.DataFrame(rows), aggregate=how)["v"].dropna()
    assert dict(zip(map(str, found.index), found, strict=True)) == expected


def test_other_frequencies_are_not_taken_for_months_in_silence() -> None:
    with pytest.raises(InputError, match="'2014Q1' is a quarter; with aggregate='mean'"):
        read_series({"month": ["2014Q1"], "v": [1]})
    with pytest.raises(InputError, match="2014-03 has 62 here and 60 in row 1; aggregate='mean' or 'last'"):
        read_series({"date": ["2014-03-02", "2014-03-16"], "v": [60, 62]})
    with pytest.warns(DataWarning, match="a quarter apart"):
        read_series({"date": ["2013-12-31", "2014-03-31", "2014-06-30", "2014-09-30"], "v": [1, 2, 3, 4]})
    with pytest.raises(InputError, match="no week of the year"):
        read_series({"date": ["2014-W54"], "v": [1]})
    with pytest.raises(UnknownNameError, match="aggregate"):
        read_series({"date": ["2014-03-02"], "v": [60]}, aggregate="median")  # type: ignore[arg-type]
