"""Covariates of any actor: the general sources against Russia's registered columns, and against facts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats import datasets
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.events.actors import actor, leader_of
from interventions_stats.panels.actor_target_year import group_for
from interventions_stats.panels.build import panel
from interventions_stats.panels.covariates import COVARIATES, _of_actor, covariate, holders, tables_of
from interventions_stats.panels.target_series import has_targets, read_any_series, read_target_series
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.known_kinds import kind_of

RUS, USA, TUR = (actor(a) for a in ("RUS", "USA", "TUR"))
IRAN_BORDERS = {
    371,
    373,
    640,
    645,
    700,
    701,
    770,
}  # Armenia, Azerbaijan, Turkey, Iraq, Afghanistan, Turkmenistan, Pakistan
# Registered name -> the column of a Russian table that it was registered on; a change here changes the Russian results.
REGISTERED = {
    "growth": ("russia_year", "gdp_growth_pct"), "growth_per_head": ("russia_year", "maddison_gdppc_growth_pct"),
    "inflation": ("russia_year", "wdi_inflation_pct"), "protest": ("russia_year", "mm_protestnumber"),
    "mobilisation": ("russia_year", "v2cagenmob"), "regional_share": ("russia_year", "russia_share_fsu_cinc"),
    "hostility": ("russia_year", "mids_targeting_russia_onsets"), "hostile_power": ("russia_year", "nato_to_russia_cinc"),
    "trade_share": ("russia_target_year", "trade_share_russia"),
    "trade_pct_gdp": ("russia_target_year", "trade_russia_pct_gdp"),
    "trade_share_eu": ("russia_target_year", "trade_share_eu"), "distance": ("russia_target_year", "capdist_moscow_km"),
    "regime_distance": ("russia_target_year", "polyarchy_absdiff_russia"),
    "unga_distance": ("russia_target_year", "absdist_russia_legacy"),
    "unga_distance_all": ("russia_target_year", "absdist_russia_all"),
    "unga_distance_final": ("russia_target_year", "absdist_russia_fp"),
    "target_polyarchy": ("russia_target_year", "v2x_polyarchy"),
    "democratisation_episode": ("russia_target_year", "dem_ep"),
    "autocratisation_episode": ("russia_target_year", "aut_ep"), "contiguous": ("russia_target_year", "land_contig_russia"),
}  # fmt: skip


@pytest.mark.parametrize("name", REGISTERED)
def test_russias_registered_column_is_read_as_it_is(name: str) -> None:
    table, column = REGISTERED[name]
    values = covariate(name, RUS)
    source = datasets.load(table)
    assert np.array_equal(values.to_numpy(), source[column].to_numpy(float, na_value=np.nan), equal_nan=True)
    assert tables_of(name, RUS) == (table,)


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("growth", 0), ("inflation", 0.051), ("protest", 0), ("hostility", 0), ("trade_share", 1e-5), ("distance", 0.5),
        ("regime_distance", 1e-9), ("unga_distance", 1.1e-3), ("unga_distance_all", 1.1e-3), ("unga_distance_final", 1.1e-3),
        ("target_polyarchy", 0), ("democratisation_episode", 0), ("autocratisation_episode", 0), ("contiguous", 0),
    ],
)  # fmt: skip
def test_general_source_gives_russias_registered_values(name: str, tolerance: float) -> None:
    """The sources of all states, asked for Russia, agree with the tables made for it apart from rounding."""
    c = COVARIATES[name]
    general = c.derive(RUS) if c.derive is not None else _of_actor(*c.columns[None], RUS)
    both = pd.concat([covariate(name, RUS).rename("own"), general.rename("all")], axis=1, join="inner").dropna()
    assert len(both) >= 20
    assert float((both["own"] - both["all"]).abs().max()) <= tolerance


def test_every_registered_exposure_is_a_named_covariate() -> None:
    """No proposition names a column of a Russian table."""
    russian = {c for t in ("russia_year", "russia_target_year") for c in datasets.load(t).columns if "russia" in c}
    for p in PROPOSITIONS.values():
        if p.test in ("rate", "breaks") or kind_of(p).own_events:
            continue
        terms = [p.exposure, p.counter_exposure, *(c.name for c in p.controls)]
        terms += [o for c in p.choices if c.field == "exposure" for o in c.options]
        terms += [v for f in p.falsifiers for k, v in f.changes if k == "exposure"]
        names = {parse_term(t).name for t in terms if t}
        assert not names & russian
        assert names <= {*COVARIATES, "civil_conflict"}


def test_distances_of_turkey_and_neighbours_of_iran() -> None:
    """Ankara to Damascus and to Washington; the seven states on Iran's land border in 2000."""
    km = covariate("distance", TUR)
    assert km[(652, 2000)] == pytest.approx(770, abs=30) and km[(2, 2000)] == pytest.approx(8745, abs=60)
    near = covariate("contiguous", actor("IRN"))
    year = near[near.index.get_level_values("year") == 2000]
    assert set(year[year == 1].index.get_level_values(0)) == IRAN_BORDERS


def test_gaps_are_symmetric() -> None:
    """The distance of Turkey from Iran is that of Iran from Turkey."""
    for name in ("regime_distance", "unga_distance", "distance", "contiguous"):
        one, two = covariate(name, TUR).xs(630), covariate(name, actor("IRN")).xs(640)
        both = pd.concat([one, two], axis=1).dropna()
        assert len(both) > 50 and np.allclose(both.iloc[:, 0], both.iloc[:, 1])


def test_trade_share_of_a_state_without_a_column_of_its_own() -> None:
    """Turkey's trade with a neighbour over the neighbour's total, and with a major power over that power's total."""
    total = datasets.load("major_power_trade").set_index(["ccode", "year"])
    share = covariate("trade_share", TUR)
    pairs = datasets.load("contiguous_trade").set_index(["ccode1", "ccode2", "year"])["trade_musd"]
    assert share[(645, 2010)] == pytest.approx(pairs[(640, 645, 2010)] / total["total_musd"][(645, 2010)])
    assert share[(2, 2010)] == pytest.approx(total["trade_usa_musd"][(640, 2010)] / total["total_musd"][(2, 2010)])
    assert (710, 2010) in share.index and (160, 2010) not in share.index  # China is measured, Argentina is not
    assert share.between(0, 1).all()


def test_entry_of_states_does_not_move_the_regional_share() -> None:
    """With an unchanging set of states the chained share is the plain one; its changes are those of `..._same`."""
    chained = covariate("regional_share", USA)
    majors = datasets.load("major_power_year").set_index(["ccode", "year"])
    same = majors.xs(2)["region_share_change5_same"].astype(float)
    changes = chained.diff(5)
    changes.index = changes.index.year
    both = pd.concat([changes, same], axis=1).dropna()
    assert len(both) > 60 and float(both.corr().iloc[0, 1]) > 0.99


def test_a_column_of_all_states_is_the_targets_in_a_panel_of_targets() -> None:
    """Turkey's own civil conflict is not its targets'."""
    states = datasets.load("state_year").set_index(["ccode", "year"])["civil_conflict"]
    by_target = covariate("civil_conflict", TUR, by_target=True)
    assert by_target[(652, 2013)] == states[(652, 2013)] == 1 and by_target[(350, 2013)] == 0
    assert 640 not in by_target.index.get_level_values(0)
    own = covariate("civil_conflict", TUR)
    assert own[pd.Period("2013", "Y")] == states[(640, 2013)]


def test_a_presidents_approval_says_nothing_about_the_next() -> None:
    """Neither a lag nor a change reaches across a handover; within a president both are what the polls say."""
    months = panel(ist.load_events("mid", actor="USA"), "actor-month", ["approval", "approval.change6"], 1,
                   start="1992-06", end="1994-01", imprecise="impute", seed=0).set_index("period")  # fmt: skip
    first = months.loc[months["leader"] == "Clinton"].iloc[0]
    assert np.isnan(first["approval"])
    changes = months.loc[months["leader"] == "Clinton", "approval.change6"]
    assert changes.iloc[:6].isna().all() and changes.iloc[7:].notna().all()
    polls = datasets.load("approval_usa")
    polls = polls[polls["president"] == "Bill Clinton"].set_index("month")["approve_gallup"]
    assert months.loc["1993-12", "approval.change6"] == pytest.approx(polls["1993-11"] - polls["1993-05"])


def test_a_shared_month_belongs_to_the_president_who_held_most_of_it() -> None:
    polls = datasets.load("approval_usa").set_index(["month", "president"])["approve_gallup"]
    series = covariate("approval", USA)
    assert series[pd.Period("1974-08")] == polls[("1974-08", "Gerald Ford")]
    assert series[pd.Period("2009-01")] == polls[("2009-01", "George W. Bush")] == 34
    named = holders("approval", USA)
    assert named is not None and named[pd.Period("1974-08")] == "Ford"
    assert leader_of(USA, pd.PeriodIndex(["1974-08"], freq="M")).iloc[0] == "Ford"
    assert holders("approval", RUS) is None


@pytest.mark.parametrize(
    ("name", "who", "says"),
    [
        ("approval", TUR, "approval_russia.csv or approval_usa.csv"), ("step_away", USA, "realignment_steps.csv"),
        ("adverse_shock", TUR, "status_shocks.csv"), ("protest", USA, "protest_state_year.csv"),
        ("election_ahead", actor("SAU"), "elections.csv"),
    ],
)  # fmt: skip
def test_what_is_lacking_names_the_file_that_would_supply_it(name: str, who, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=says) as stop:
        covariate(name, who)
    assert not isinstance(stop.value, UnknownNameError)
    assert "series=" in str(stop.value) and name in str(stop.value)


def test_groups_of_targets() -> None:
    assert group_for("post_soviet", RUS) == "post_soviet" and group_for("post_soviet", TUR) == "region"
    near = panel(ist.load_events("mid", actor="IRN"), "actor-target-year", targets="contiguous", start=2000, end=2000,
                 imprecise="impute", seed=0)  # fmt: skip
    assert set(near["target_ccode"]) == IRAN_BORDERS
    events = ist.load_events("mid", actor="TUR")
    region = panel(events, "actor-target-year", targets="post_soviet", imprecise="impute", seed=0)
    assert region.attrs["targets"] == "region"
    assert {actor(int(c)).region for c in region["target_ccode"].unique()} == {TUR.region}
    assert any("'region'" in reason for reason in region.attrs["outside"].values())


def test_a_users_series_by_target() -> None:
    steps = pd.DataFrame({"target": ["SYR", "Iraq", 630], "year": [2010, 2011, 2012], "step_away": [1, 0, 2]})
    assert has_targets(steps)
    events = ist.load_events("mid", actor="TUR")
    rows = panel(events, "actor-target-year", ["step_away.any2"], 1, start=2010, end=2013, series=steps,
                 imprecise="impute", seed=0).set_index(["target_ccode", "year"])["step_away.any2"]  # fmt: skip
    assert rows[(652, 2011)] != rows[(652, 2011)]  # one of the two years before is not measured
    level = panel(events, "actor-target-year", ["step_away"], 1, start=2010, end=2013, series=steps, imprecise="impute",
                  seed=0).set_index(["target_ccode", "year"])["step_away"]  # fmt: skip
    assert level[(652, 2011)] == 1 and level[(645, 2012)] == 0 and level[(630, 2013)] == 2


def test_a_users_series_by_target_lists_every_problem(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "steps.csv"
    path.write_text(
        "target,year,step_away\nSYR,2010,1\nNowhere,2010,1\nIRQ,20x0,1\nSYR,2010,0\nIRN,2011,many\nIRN,2012,1\n"
    )
    with pytest.raises(InputError) as stop:
        read_any_series(path)
    text = str(stop.value)
    assert "4 problems" in text
    for row in (
        "row 3, column 'target'",
        "row 4, column 'year'",
        "row 5, column 'target'",
        "row 6, column 'step_away'",
    ):
        assert row in text
    with pytest.raises(InputError, match="'year' is missing"):
        read_target_series(pd.DataFrame({"target": ["SYR"], "step_away": [1]}))


def test_an_island_has_no_neighbours_by_land() -> None:
    with pytest.raises(InputError, match="no target in the group 'contiguous'"):
        panel(
            ist.load_events("mid", actor="PLW"), "actor-target-year", targets="contiguous", imprecise="impute", seed=0
        )
