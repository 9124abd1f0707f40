"""The study's tests on a longer list: what comes in, where samples end, and what is refused."""

from __future__ import annotations

import pytest

import interventions_stats as ist
from interventions_stats.errors import InputError
from interventions_stats.events.definitions import after_the_study, load_events


def test_list_coverage_and_sample_go_on_together() -> None:
    found = ist.update("2024-08", ["W1", "W2", "L1"], quick=True)
    assert found.added == (
        "P01",
        "P02",
        "P03",
        "P04",
        "P05",
        "P06",
        "P07",
    )  # P08 is dated to a year that goes on after August
    moved = found.moved.set_index("proposition")
    old = ist.test("W1", quick=True, robustness=False).evidence
    assert moved.loc["W1", "ratio_before"] == pytest.approx(2.718281828**old.estimate)
    assert (moved.loc["W1", "onsets_before"], moved.loc["W1", "onsets_after"]) == (10, 17)
    assert moved.loc["W1", "ratio_after"] > moved.loc["W1", "ratio_before"] < 1
    assert found.after["W1"].proposition.end == "2024-08" and "to 2024-08" in moved.loc["W1", "why"]
    # protest data end in 2018, within the study's span: nothing comes in, and the sample stays as registered
    assert (
        moved.loc["W2", "rows_before"] == moved.loc["W2", "rows_after"] and "nothing came in" in moved.loc["W2", "why"]
    )
    # a rate counts whole years: 2024 is not over in August
    assert found.after["L1"].events.coverage == (1992, 2023) and moved.loc["L1", "onsets_after"] == 31
    assert max(map(len, found.summary().splitlines())) <= 100 and len(found.tidy()) == 6


def test_the_study_itself_stays_what_it_was() -> None:
    longer, old = after_the_study("2022-12"), load_events()
    assert longer.frame[longer.frame["event_id"].isin(old.ids)].reset_index(drop=True).equals(old.frame)
    assert longer.frame.loc[~longer.frame["event_id"].isin(old.ids), "confidence"].isna().all()
    assert longer.coverage == (1992, 2022) and len(load_events()) == 25


@pytest.mark.parametrize(
    ("until", "names", "says"),
    [("2019", None, "not after the end of the study's list, 2020"), ("2020-12-31", "W1", "not after the end"),
     ("2025-01", None, "approval ends 2024-08"), ("2031", "W1", "cases are coded to 2024-12"), ("soon", "W1", "is not a date"),
     (2024, "W1", "as text"), ("2024-08", "S1", "S1: not asked of the list"), ("2024-08", [], "name one"),
     ("2024-08", "status", None)],
)  # fmt: skip
def test_dates_and_propositions_that_cannot_be_are_named(until, names, says) -> None:  # type: ignore[no-untyped-def]
    if says is None:  # of a driver, the propositions that are asked of the list
        assert list(ist.update(until, names, quick=True).after) == ["S2"]
        return
    with pytest.raises(InputError, match=says):
        ist.update(until, names)
