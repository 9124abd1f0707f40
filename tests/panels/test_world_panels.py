"""Columns and rows of the arms over all states, against values looked up in the tables by hand and by other code."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from interventions_stats.datasets.load import load
from interventions_stats.errors import InputError, RefusalError, UnknownNameError
from interventions_stats.panels.dyads import directed_dyad_years
from interventions_stats.panels.powers import power_years
from interventions_stats.panels.world_dyads import directed_pairs
from interventions_stats.panels.world_states import world_columns


@pytest.fixture(scope="module")
def columns() -> pd.DataFrame:
    return world_columns().set_index(["ccode", "year"])


def test_rows_are_those_of_the_state_system(columns: pd.DataFrame) -> None:
    states = load("state_year")
    assert len(columns) == len(states) and not columns.index.duplicated().any()


def test_oil_swing_is_the_price_change_times_output(columns: pd.DataFrame) -> None:
    price = load("economy_monthly")
    year = price["month"].astype(str).str[:4].astype(int)
    change = np.log(price[year == 1999]["brent_usd"].mean()) - np.log(price[year == 1998]["brent_usd"].mean())
    oil = load("state_year").set_index(["ccode", "year"]).loc[(670, 1999), "oil_prod_twh"]
    assert columns.loc[(670, 1999), "oil_swing"] == pytest.approx(change * np.log1p(oil))
    assert columns["oil_swing"].xs(1988, level="year").isna().all()  # Brent has no twelve months of 1987


def test_elections_ahead_are_those_of_the_two_years_to_come(columns: pd.DataFrame) -> None:
    ahead = columns["executive_election_ahead"].loc[2]
    assert ahead.loc[1946:1952].astype(int).tolist() == [1, 1, 0, 0, 1, 1, 0]  # 1948 and 1952
    assert (columns["election_ahead"] >= columns["executive_election_ahead"]).all()


def test_disputes_aimed_at_a_state_are_those_of_side_b(columns: pd.DataFrame) -> None:
    table = load("events_mid")
    aimed = table[(table["side"] == "B") & (table["actor_ccode"] == 666) & (table["start"].dt.year == 1967)]
    assert columns.loc[(666, 1967), "targeted"] == len(aimed) > 0
    assert columns["targeted"].xs(2015, level="year").isna().all()


def test_regional_shares_leave_out_windows_across_a_break(columns: pd.DataFrame) -> None:
    change = columns["region_share_change5"]
    assert change.loc[365].loc[1991:1995].isna().all() and change.loc[365].loc[1996:2014].notna().all()
    assert change.loc[255].loc[1990:1994].isna().all()
    frame = change.dropna().reset_index().merge(load("states")[["ccode", "home_region"]], on="ccode")
    sums = frame.groupby(["home_region", "year"])["region_share_change5"].sum()
    assert np.abs(sums).max() < 1e-9  # what one state loses the others of its region gain


@pytest.mark.parametrize("pairs", ["neighbours", "powers"])
def test_pairs_agree_with_the_directed_dyad_years(pairs: str) -> None:
    found = directed_pairs(pairs, ["unga_distance.rise3", "v2x_regime2"], first=1960, last=1970)  # type: ignore[arg-type]
    mark = "land_border" if pairs == "neighbours" else "major1"
    dyads = directed_dyad_years(1960, 1970, columns=(mark, "unga_distance", "v2x_regime2"))
    dyads = dyads[dyads[mark] == 1].reset_index(drop=True)
    before = directed_dyad_years(1960, 1970, columns=(mark, "unga_distance"), lag=4)
    before = before[before[mark] == 1]["unga_distance"].to_numpy(float)
    assert found["onset"].sum() == dyads["onset"].sum() and len(found) == len(dyads)
    rise = np.clip(dyads["unga_distance"].to_numpy(float) - before, 0, None)
    assert found["unga_distance.rise3"].to_numpy() == pytest.approx(rise, nan_ok=True)
    assert found["v2x_regime2"].to_numpy() == pytest.approx(dyads["v2x_regime2"].to_numpy(float), nan_ok=True)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"covariates": ["unga_distance.mean3"]}, InputError, "change, rise or fall"),
        ({"covariates": ["unga_distanse"]}, UnknownNameError, "unga_distance"),
        ({"covariates": ["unga_distance"], "lag": 0}, RefusalError, "G05"),
    ],
)
def test_mistakes_are_named(change: dict, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        directed_pairs("powers", first=1990, last=1990, **change)


def test_a_lagged_column_does_not_stand_for_itself_in_a_later_term() -> None:
    both = power_years("all", ["cinc", "cinc.fall5"], start="1990", end="1995")
    alone = power_years("all", ["cinc.fall5"], start="1990", end="1995")
    assert both["cinc.fall5"].to_numpy() == pytest.approx(alone["cinc.fall5"].to_numpy(), nan_ok=True)
