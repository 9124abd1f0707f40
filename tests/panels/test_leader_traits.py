"""Traits of the leader in office on 1 July."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from interventions_stats.datasets.load import load
from interventions_stats.panels.leader_traits import traits_by_year


def test_russias_traits_agree_with_its_own_table() -> None:
    """The Russian years were joined from the sources by another recipe."""
    ours = traits_by_year().query("ccode == 365").set_index("year")
    theirs = load("russia_year").set_index("year")
    for column in ("lwuf_theta2", "lead_combat", "lead_milservice", "lead_rebel", "lead_warwin", "lead_warloss", "leader_age",
                   "leader_tenure_years"):  # fmt: skip
        known = theirs[column].dropna().astype(float)
        assert len(known) >= 60, column
        np.testing.assert_allclose(ours.loc[known.index, column], known, atol=0.011, err_msg=column)


# Public record: who held office on 1 July.
@pytest.mark.parametrize(
    ("ccode", "year", "leader", "combat"),
    [(365, 1953, "Khrushchev", 1), (365, 1984, "Chernenko", 0), (2, 1963, "Kennedy", 1), (2, 1974, "Nixon", None),
     (2, 2009, "Obama", None), (365, 2010, "Putin", 0), (200, 1990, "Thatcher", 0)],
)  # fmt: skip
def test_the_leader_of_midyear(ccode: int, year: int, leader: str, combat: int | None) -> None:
    row = traits_by_year().set_index(["ccode", "year"]).loc[(ccode, year)]
    assert row["leader"] == leader  # Medvedev's variant row of 2010 is not the default coding
    assert combat is None or row["lead_combat"] == combat


def test_one_row_a_state_and_year_inside_a_spell() -> None:
    traits = traits_by_year()
    assert not traits.duplicated(["ccode", "year"]).any()
    assert traits["year"].between(1946, 2024).all()
    spells = load("leaders")
    spells = spells[spells["variant"].isna()]
    stop = spells["end"].fillna(spells["observed_to"])
    for row in traits.sample(200, random_state=2).itertuples():
        day = pd.Timestamp(year=row.year, month=7, day=1)
        held = spells[(spells["actor_ccode"] == row.ccode) & (spells["start"] <= day) & (stop >= day)]
        assert held["leader"].tolist() == [row.leader]
    # Every 1 July inside a spell is there, counted day by day.
    for ccode in (2, 42, 200, 365, 640, 710, 860):
        mine = spells[spells["actor_ccode"] == ccode]
        held = [
            pd.date_range(max(a, pd.Timestamp("1946-01-01")), b)
            for a, b in zip(mine["start"], stop[mine.index], strict=True)
        ]
        july = sum(int(((days.month == 7) & (days.day == 1)).sum()) for days in held)
        assert (traits["ccode"] == ccode).sum() == july > 0
    traits.loc[0, "leader"] = "changed"
    assert traits_by_year().loc[0, "leader"] != "changed"
