"""Panels as Stata files."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import interventions_stats as ist
from interventions_stats.errors import InputError
from interventions_stats.panels.dyads import directed_dyad_years
from interventions_stats.panels.stata import stata_names, to_stata


def labels(file: Path) -> tuple[dict[str, str], str]:
    with pd.io.stata.StataReader(file) as reader:
        return reader.variable_labels(), reader.data_label


def test_months_read_back_as_months_with_labels(tmp_path: Path) -> None:
    panel = ist.panel(ist.load_events(), covariates=["-approval.change6", "brent"])
    file = to_stata(panel, tmp_path / "new" / "months.dta")
    back = pd.read_stata(file)
    assert pd.PeriodIndex(back["period"], freq="M").equals(pd.PeriodIndex(panel["period"]))
    assert (
        pd.io.stata.StataReader(file).read(convert_dates=False)["period"].iloc[0] == (1992 - 1960) * 12
    )  # Stata's month 0
    np.testing.assert_array_equal(back["neg_approval_change6"], panel["-approval.change6"])
    assert back["leader"].tolist() == panel["leader"].tolist()
    assert back["event_ids"].tolist() == panel["event_ids"].tolist()
    names, data = labels(file)
    assert names["neg_approval_change6"] == "-approval.change6, lagged 1"
    assert data == "Russia, actor-month, reconstructed, 25 of 25 events"
    assert [p.name for p in file.parent.iterdir()] == ["months.dta"]


@pytest.mark.parametrize("unit", ["actor-year", "actor-target-year"])
def test_years_are_numbers(tmp_path: Path, unit: str) -> None:
    panel = ist.panel(ist.load_events(), unit, ["brent.log_change2"])
    back = pd.read_stata(to_stata(panel, tmp_path / "years.dta"))
    assert back["year"].tolist() == panel["year"].tolist()
    assert "period" not in back or back["period"].tolist() == panel["year"].tolist()
    np.testing.assert_array_equal(back["onsets"], panel["onsets"])


def test_dyads_keep_their_small_types(tmp_path: Path) -> None:
    dyads = directed_dyad_years(2010, 2011)
    file = to_stata(dyads, tmp_path / "dyads.dta")
    back = pd.read_stata(file)
    for column in dyads:
        np.testing.assert_array_equal(back[column], dyads[column])
    assert back["log_distance"].dtype == np.float32 and back["onset"].dtype == np.int8
    assert labels(file)[0]["rivalry"] == "strategic rivalry (TSS), lagged"


@given(st.lists(st.text(max_size=40), max_size=8))
def test_names_are_valid_and_distinct(columns: list[str]) -> None:
    names = stata_names(columns)
    assert len(set(names)) == len(names) == len(columns)
    for name in names:
        assert 0 < len(name) <= 32 and name.isascii() and name.isidentifier(), name


def test_nullable_and_odd_columns(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"a b": pd.array([1, None], dtype="Int64"), "if": [True, False], "day": pd.to_datetime(["2000-01-01", None]),
         "text": pd.array(["é", None], dtype="string")}
    )  # fmt: skip
    back = pd.read_stata(to_stata(frame, tmp_path / "odd.dta"))
    assert list(back.columns) == ["a_b", "_if", "day", "text"]
    assert back["text"].tolist() == ["é", ""] and back["_if"].tolist() == [1, 0]
    assert back["a_b"].iloc[0] == 1 and np.isnan(back["a_b"].iloc[1])


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "panel.dta"
    to_stata(pd.DataFrame({"x": [1]}), file)
    before = file.read_bytes()
    with pytest.raises(InputError, match=r"column 'x' holds an infinite value"):
        to_stata(pd.DataFrame({"x": [np.inf]}), file)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("interventions_stats.display.swap.os.fsync", full)
    with pytest.raises(InputError, match=r"panel\.dta cannot be written: No space left"):
        to_stata(pd.DataFrame({"x": [2]}), file)
    assert file.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["panel.dta"]
    with pytest.raises(InputError, match=r"a panel is a DataFrame, not list"):
        to_stata([1], file)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"cannot be written"):
        to_stata(pd.DataFrame({"x": [1]}), file / "inside.dta")
