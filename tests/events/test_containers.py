"""A table is the same table in whatever it comes: pandas of any type, Arrow, polars, dicts, rows, arrays."""

from __future__ import annotations

import datetime
import decimal
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import interventions_stats as ist
from interventions_stats.errors import DataWarning, InputError
from interventions_stats.frames import as_pandas
from interventions_stats.panels import read_series
from interventions_stats.panels.target_series import read_target_series

COLUMNS: dict[str, list[Any]] = {
    "start": [datetime.date(2001, 10, 7), datetime.date(2003, 3, 20), datetime.date(2011, 3, 19)],
    "target": [700, 645, None],
    "type": ["combat", None, "combat"],
    "confidence": [0.5, None, 1.0],
    "new_force": [1, 0, 1],
}


def polars(columns: dict[str, list[Any]], *, lazy: bool = False) -> Any:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(columns)
    return frame.lazy() if lazy else frame


MAKERS = {
    "dict": dict,
    "dict of arrays": lambda c: {k: np.array(v, dtype=object) for k, v in c.items()},
    "rows": lambda c: [dict(zip(c, row, strict=True)) for row in zip(*c.values(), strict=True)],
    "Arrow": pa.table,
    "Arrow batch": lambda c: pa.table(c).to_batches()[0].to_pandas(types_mapper=pd.ArrowDtype),
    "pandas": pd.DataFrame,
    "pandas objects": lambda c: pd.DataFrame(c, dtype=object),
    "pandas nullable": lambda c: pd.DataFrame(c).convert_dtypes(),
    "pandas Arrow": lambda c: pd.DataFrame(c).convert_dtypes(dtype_backend="pyarrow"),
    "pandas categories": lambda c: pd.DataFrame(c).astype({"type": "category", "new_force": "category"}),
    "pandas index": lambda c: pd.DataFrame(c).set_axis([7, 3, 3]),
    "polars": polars,
    "polars, lazy": lambda c: polars(c, lazy=True),
}


@pytest.mark.parametrize("made", MAKERS)
def test_events_are_the_same_in_every_container(made: str) -> None:
    expected = ist.EventList.from_frame(pd.DataFrame(COLUMNS), "USA")
    given = MAKERS[made](COLUMNS)
    events = ist.EventList.from_frame(given, "USA")
    pd.testing.assert_frame_equal(events.frame, expected.frame)
    assert events.targets == {"E01": (700,), "E02": (645,), "E03": ()}


@pytest.mark.parametrize("made", [m for m in MAKERS if m not in ("pandas categories", "pandas index")])
def test_series_are_the_same_in_every_container(made: str) -> None:
    columns = {"month": ["2014-01", "2014-02", "2014-04"], "approval": [61, None, 63], "gap": [0.5, 1.5, -2.0]}
    found = read_series(MAKERS[made](columns))
    assert found["approval"].tolist()[::3] == [61.0, 63.0] and found["approval"].isna().sum() == 2
    assert found["gap"].tolist()[:2] == [0.5, 1.5] and str(found.index[0]) == "2014-01"
    steps = read_target_series(
        MAKERS[made]({"target": ["SYR", "IRQ", "GEO"], "year": [2010, 2011, 2012], "step": [1, 0, 1]})
    )
    assert steps["step"].to_dict() == {(372, 2012): 1.0, (645, 2011): 0.0, (652, 2010): 1.0}


def test_a_single_column_is_a_table_of_one() -> None:
    for series in (
        pd.Series([1.5, 2.5], name="q"),
        pd.Series([1.5, 2.5], name="q").astype("Float64"),
        pa.chunked_array([[1.5, 2.5]]),
    ):
        assert as_pandas(series).iloc[:, 0].tolist() == [1.5, 2.5]
    polls = pd.Series([1.0, 2.0], pd.period_range("2014-01", periods=2, freq="M"), name="approval")
    assert read_series(polls)["approval"].tolist() == [1.0, 2.0]


def test_types_of_other_libraries_become_plain_ones() -> None:
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, 2], dtype="Int8"), "holes": pd.array([1, None], dtype="Int64"),
            "yes": pd.array([True, None], dtype="boolean"), "text": pd.array(["a", None], dtype="string"),
            "kind": pd.Categorical(["x", None]), "sparse": pd.arrays.SparseArray([0.0, 1.0]),
            "money": pd.array([decimal.Decimal("1.5"), None], dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
            "day": pd.array([datetime.date(2001, 1, 1), None], dtype=pd.ArrowDtype(pa.date32())),
        }
    )  # fmt: skip
    plain = as_pandas(frame)
    assert [str(t) for t in plain.dtypes] == [
        "int8",
        "float64",
        "object",
        "object",
        "object",
        "float64",
        "float64",
        "object",
    ]
    assert plain["yes"].tolist() == [True, None] and plain["day"].tolist() == [datetime.date(2001, 1, 1), None]
    assert np.isnan(plain["holes"].iloc[1]) and plain["money"].iloc[0] == 1.5
    assert str(frame["whole"].dtype) == "Int8"  # the caller's own frame is as it was
    untouched = pd.DataFrame({"a": [1.0]})
    assert as_pandas(untouched) is untouched


@pytest.mark.parametrize(
    "useless",
    [
        None,
        "text",
        3.5,
        [1, 2],
        np.zeros((2, 2)),
        {"a": 1},
        {"a": [1], "b": [1, 2]},
        {"a": "text"},
        object(),
        b"x",
        {1, 2},
    ],
)
def test_what_holds_no_table_is_refused(useless: object) -> None:
    with pytest.raises(InputError, match=r"^my table: "):
        as_pandas(useless, "my table")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([61, -99, 63, -99], "holds -99 in rows 2, 4"), ([0.2, -9, 0.4, 0.1], "holds -9 in row 2"), ([5, 6, -999, 7], "-999 in row 3"),
        ([-1, -9, -4, 3], ""), ([-80, -99, -120, 10], ""), ([1, 2, 3, 4], ""), ([-40, -99, 20, 3], "holds -99 in row 2"),
    ],
)  # fmt: skip
def test_codes_of_missing_values_are_questioned(values: list[float], said: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = read_series(pd.DataFrame({"month": ["2014-01", "2014-02", "2014-03", "2014-04"], "gap": values}))
    told = [str(w.message) for w in caught if issubclass(w.category, DataWarning)]
    assert found["gap"].tolist() == values and len(told) == bool(said) and said in "".join(told)


def test_a_column_that_holds_no_numbers_does_not_give_way_to_a_bundled_one() -> None:
    mine = pd.DataFrame(
        {"month": ["2010-01", "2010-02"], "approval": pd.to_datetime(["2010-01-05", "2010-02-05"]), "x": [1, 2]}
    )
    with pytest.warns(DataWarning, match="column 'approval' holds dates and is left out"):
        read = read_series(mine)
    with pytest.raises(InputError, match="column 'approval' of the series holds dates, and numbers are wanted"):
        ist.panel(ist.load_events(), covariates="approval", series=read)
