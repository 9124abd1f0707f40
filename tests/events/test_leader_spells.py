"""Leader spells of the user's own: strata follow from them, and every mistake is told at once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.events.actors import actor, leader_of, leaders
from interventions_stats.events.definitions import load_events
from interventions_stats.events.leader_spells import read_leaders
from interventions_stats.panels.build import panel

SPELLS = "leader;start;end\nTwo;14.03.2003;28.08.2014\nOne;1999-05;2003-03\nThree;2014-08-28;ongoing\n"


def test_strata_follow_from_the_spells(tmp_path: Path) -> None:
    file = tmp_path / "leaders.csv"
    file.write_text(SPELLS)
    turkey = read_leaders(file, "TUR")
    assert turkey.same(actor("TUR")) and turkey != actor("TUR")
    assert leaders(turkey)["leader"].tolist() == ["One", "Two", "Three"]
    months = pd.period_range("1999-04", "2023-01", freq="M")
    held = leader_of(turkey, months)
    assert (
        held["1999-04"] is None and held["2003-02"] == "One" and held["2003-04"] == "Two" and held["2023-01"] == "Three"
    )
    frame = panel(load_events("mid", actor=turkey), start="2000", end="2014")
    assert set(frame["leader"]) == {"One", "Two", "Three"}
    assert "One" not in set(panel(load_events("mid", actor="TUR"), start="2000", end="2014")["leader"])
    with pytest.raises(UnknownNameError, match="leader coding 'medvedev'"):
        leaders(turkey, variant="medvedev")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            "A,2000-01-01,2005-06-01\nB,2004-01-01,",
            "row 3, column 'start': B begins on 2004-01-01, while A .row 2. holds",
        ),
        ("A,2000-01-01,\nB,2004-01-01,2005", "A .row 2. holds office without an end"),
        ("A,2000-01-01,1999-01-01", "row 2, column 'end': the end 1999-01-01 is before the start 2000-01-01"),
        (",2000-01-01,", "row 2, column 'leader': the name is missing"),
        ("A,,2001", "row 2, column 'start': the start is missing"),
        ("A,soon,2001\nB,2002,2001\nC,03/04/2014,", r"3 problems(?s:.*)row 2(?s:.*)row 3(?s:.*)row 4"),
    ],
)
def test_what_is_wrong_is_told_with_row_and_column(tmp_path: Path, rows: str, words: str) -> None:
    file = tmp_path / "leaders.csv"
    file.write_text(f"leader,start,end\n{rows}\n")
    with pytest.raises(InputError, match=words) as caught:
        read_leaders(file, "TUR")
    assert str(caught.value).startswith(str(file))


def test_the_month_of_a_handover_belongs_to_both() -> None:
    frame = pd.DataFrame({"Leader": ["A", "B"], "From": ["2000", "2004-05"], "To": ["2004-05", None]})
    assert len(read_leaders(frame, "TUR").own_leaders) == 2
    with pytest.raises(InputError, match="there is no row"):
        read_leaders(frame.iloc[:0], "TUR")
