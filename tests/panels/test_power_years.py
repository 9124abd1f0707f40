"""Power-years: onsets counted from the tables by other means, and columns of the year before."""

from __future__ import annotations

import numpy as np
import pytest

from interventions_stats.datasets.load import load
from interventions_stats.errors import RefusalError, UnknownNameError
from interventions_stats.panels.powers import OUTCOMES, power_years


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("group", ["major", "all"])
def test_onsets_are_those_of_the_tables(group: str, outcome: str) -> None:
    frame = power_years(group, [], outcome=outcome)
    table = load(f"events_{outcome}")
    if outcome == "mid":
        table = table[(table["hostility"] >= 4) & (table["originator"] == 1) & (table["side"] == "A")]
    if outcome == "icb":
        table = table[table["military_response"] == 1]
    starts = table["start"].dt.year
    assert frame["year"].max() == OUTCOMES[outcome]
    for code, year in [(2, 2003), (365, 1956), (200, 1982), (220, 1994), (710, 1979)]:
        mine = frame[(frame["ccode"] == code) & (frame["year"] == year)]["onsets"]
        if year <= OUTCOMES[outcome]:
            assert mine.tolist() == [((table["actor_ccode"] == code) & (starts == year)).sum()], (code, year)
    there = set(zip(frame["ccode"], frame["year"], strict=True))
    inside = [(a, y) in there for a, y in zip(table["actor_ccode"].astype(int), starts, strict=True)]
    assert frame["onsets"].sum() == sum(inside) and not frame.duplicated(["ccode", "year"]).any()


def test_covariates_of_all_states_are_the_year_before() -> None:
    terms = ["cinc", "log_cinc.fall5", "v2x_polyarchy", "lead_combat"]
    frame = power_years("all", terms).set_index(["ccode", "year"])
    states = load("state_year").set_index(["ccode", "year"])
    for code, year in [(640, 1975), (2, 2014), (630, 1981)]:
        assert frame.loc[(code, year), "v2x_polyarchy"] == states.loc[(code, year - 1), "v2x_polyarchy"]
        now, before = (float(states.loc[(code, y), "cinc"]) for y in (year - 1, year - 6))
        assert frame.loc[(code, year), "log_cinc.fall5"] == pytest.approx(max(0.0, np.log(before / now)))
    with pytest.raises(UnknownNameError, match="status_deficit_rank"):
        power_years("all", ["status_deficit_rank"])
    with pytest.raises(RefusalError, match="G05"):
        power_years("all", ["cinc"], lag=0)
