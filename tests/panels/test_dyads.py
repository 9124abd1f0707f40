"""All directed dyad-years, held against history, geography and tables that other recipes built."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from interventions_stats.datasets.load import load
from interventions_stats.errors import InputError, RefusalError, UnknownNameError
from interventions_stats.events.actors import registry
from interventions_stats.panels.dyads import DEFAULT_COLUMNS, directed_dyad_years

KEYS = ["ccode1", "ccode2", "year"]


@pytest.fixture(scope="module")
def world() -> pd.DataFrame:
    return directed_dyad_years(columns=(*DEFAULT_COLUMNS, "alliance", "log_gdppc2"))


@pytest.fixture(scope="module")
def by_key(world: pd.DataFrame) -> pd.DataFrame:
    return world.set_index(KEYS)


def test_there_is_one_row_for_each_ordered_pair_of_members(world: pd.DataFrame) -> None:
    """Against the membership spells of the state system, from which the rows were not built."""
    members = [
        sum(state.existed(f"{year}-01-01", f"{year}-12-31") for state in registry().values())
        for year in range(1946, 2015)
    ]
    assert len(world) == sum(n * (n - 1) for n in members) == 1_596_318
    assert not world.duplicated(KEYS).any()
    assert (world["ccode1"] != world["ccode2"]).all()
    assert world.equals(world.sort_values(KEYS, ignore_index=True))
    assert {str(t) for t in world.dtypes} == {"int8", "int16", "float32"}


# Who attacked whom: the historical record, as COW codes it (side A, an originator, force).
@pytest.mark.parametrize(
    ("one", "two", "year"),
    [(731, 732, 1950), (365, 310, 1956), (666, 651, 1967), (651, 666, 1973), (640, 352, 1974), (160, 200, 1982), (2, 55, 1983),
     (645, 690, 1990)],
    ids=["Korea", "Hungary", "Six Days", "October", "Cyprus", "Falklands", "Grenada", "Kuwait"],
)  # fmt: skip
def test_wars_begin_on_the_side_that_began_them(by_key: pd.DataFrame, one: int, two: int, year: int) -> None:
    assert by_key.loc[(one, two, year), ["onset", "mid_onset"]].tolist() == [1, 1]
    assert by_key.loc[(two, one, year), ["onset", "mid_onset"]].tolist() == [0, 1]
    assert by_key.loc[(one, two, year + 1), "peace_years"] == 0


def test_onsets_agree_with_the_table_of_powers(world: pd.DataFrame) -> None:
    """A power starts a dispute with force in a year if and only if it starts one against somebody."""
    powers = load("major_power_year").set_index(["ccode", "year"])["mids_started_force"].dropna()
    began = world.groupby(["ccode1", "year"])["onset"].max()
    there = powers.index.intersection(began.index)
    assert len(there) == len(powers) > 350
    assert (began[there].to_numpy() == (powers[there] > 0).to_numpy(int)).all()


def test_every_onset_has_a_row_or_a_reason(world: pd.DataFrame) -> None:
    whole = world.attrs
    assert whole["n_events"] + len(whole["outside"]) == whole["n_events_total"]
    assert whole["n_events"] >= world["onset"].sum() > 1000  # two disputes can begin in one dyad-year
    part = directed_dyad_years(1990, 1999, columns=["contiguity"], relevant=True).attrs
    assert part["n_events"] + len(part["outside"]) == part["n_events_total"] == whole["n_events_total"]
    assert set(part["outside"].values()) == {"begins outside 1990-1999", "not a politically relevant dyad"}


def test_relevant_dyads_are_contiguous_or_have_a_major_power_and_hold_most_disputes(world: pd.DataFrame) -> None:
    relevant = directed_dyad_years(relevant=True)
    near = (world["contiguity"] > 0) | (world["major1"] == 1) | (world["major2"] == 1)
    columns = list(relevant.columns)
    pd.testing.assert_frame_equal(relevant, world.loc[near, columns].reset_index(drop=True))
    assert 0.08 < len(relevant) / len(world) < 0.15
    # The literature finds most disputes in them (Maoz and Russett 1993 and after).
    assert relevant["onset"].sum() > 0.8 * world["onset"].sum()


def test_what_is_symmetric_is_and_what_is_not_is_not(by_key: pd.DataFrame) -> None:
    swapped = by_key.swaplevel("ccode1", "ccode2").rename_axis(KEYS).sort_index()
    for column in ("mid_onset", "contiguity", "land_border", "log_distance", "defense_pact", "alliance", "rivalry",
                   "joint_democracy", "unga_distance", "mid_ongoing"):  # fmt: skip
        np.testing.assert_array_equal(by_key[column], swapped[column], err_msg=column)
    np.testing.assert_allclose(by_key["log_cinc_ratio"], -swapped["log_cinc_ratio"], atol=1e-5)
    np.testing.assert_array_equal(by_key["polyarchy1"], swapped["polyarchy2"])
    assert (by_key["onset"] <= by_key["mid_onset"]).all()
    assert (by_key["onset"] != swapped["onset"]).sum() > 1000
    assert (by_key["defense_pact"].fillna(0) <= by_key["alliance"].fillna(0)).all()


# Great-circle distances as atlases print them, in km.
@pytest.mark.parametrize(
    ("one", "two", "km"), [(2, 200, 5_900), (200, 220, 344), (2, 365, 7_820), (710, 740, 2_100), (900, 920, 2_325)]
)
def test_distances_between_capitals(by_key: pd.DataFrame, one: int, two: int, km: float) -> None:
    assert np.exp(by_key.loc[(one, two, 2000), "log_distance"]) == pytest.approx(km, rel=0.006)


@pytest.mark.parametrize("side", [1, 2])
def test_russias_dyads_agree_with_its_own_table(world: pd.DataFrame, side: int) -> None:
    """The table of Russia and its targets was joined from other files by another recipe."""
    mine = world[world[f"ccode{side}"] == 365]
    other = mine[f"ccode{3 - side}"].to_numpy(int)
    table = load("russia_target_year").set_index(["target_ccode", "year"])
    now = table.reindex(list(zip(other, mine["year"], strict=True)))
    before = table.reindex(list(zip(other, mine["year"] - 1, strict=True)))
    # COW lists the neighbours of both the USSR and Russia in 1991; there the two tables may differ.
    usual = (mine["year"] != 1991).to_numpy()
    assert (mine["contiguity"].to_numpy() == now["conttype_russia"].to_numpy(float))[usual].all()
    assert len(mine) > 8000
    np.testing.assert_allclose(np.exp(mine["log_distance"]), now["capdist_moscow_km"].astype(float), atol=1.5)
    sign = 1 if side == 1 else -1
    for column, other_column, expected, tolerance in (  # shares of capabilities near zero are rounded
        ("log_cinc_ratio", "log_cinc_ratio_russia", sign, 0.02), ("unga_distance", "absdist_russia_legacy", 1, 2e-3),
        ("rivalry", "rivalry_tss", 1, 0), ("defense_pact", "atop_defense", 1, 0),
    ):  # fmt: skip
        ours, theirs = mine[column].to_numpy(float), expected * before[other_column].to_numpy(float, na_value=np.nan)
        both = np.isfinite(ours) & np.isfinite(theirs)
        assert both.sum() > 6000, column
        np.testing.assert_allclose(ours[both], theirs[both], atol=tolerance, rtol=0, err_msg=column)


def test_state_columns_are_the_year_before(world: pd.DataFrame) -> None:
    table = load("state_year").set_index(["ccode", "year"])
    sample = world.sample(4000, random_state=1)
    for column, source, state in (("polyarchy1", "v2x_polyarchy", 1), ("civil_conflict2", "civil_conflict", 2),
                                  ("log_gdppc2", "log_gdppc", 2)):  # fmt: skip
        keys = list(zip(sample[f"ccode{state}"].astype(int), sample["year"].astype(int) - 1, strict=True))
        np.testing.assert_allclose(sample[column], table[source].astype(float).reindex(keys), atol=1e-6, err_msg=column)
    first = world[world["year"] == 1946]
    assert first[["polyarchy1", "log_cinc_ratio", "defense_pact", "rivalry"]].isna().all().all()  # nothing before 1946
    assert first[["contiguity", "log_distance"]].notna().all().all()
    free = world.dropna(subset=["joint_democracy"])
    assert set(free["joint_democracy"].unique()) == {0.0, 1.0}


def test_another_lag_reads_another_year(by_key: pd.DataFrame) -> None:
    later = directed_dyad_years(2000, 2001, columns=["polyarchy1", "defense_pact"], lag=3).set_index(KEYS)
    same = later[later.index.get_level_values("year") == 2001]
    moved = same.index.set_levels(same.index.levels[2] - 2, level=2)  # 1998 is the year before 1999
    there = moved.isin(by_key.index)
    for column in ("polyarchy1", "defense_pact"):
        np.testing.assert_array_equal(same[column].to_numpy()[there], by_key.loc[moved[there], column].to_numpy())


def test_peace_years_and_disputes_under_way_by_plain_counting(by_key: pd.DataFrame) -> None:
    fought = by_key.index[by_key["onset"] == 1]
    pairs = fought.droplevel("year").unique()[::40]
    assert len(pairs) > 10
    for pair in pairs:
        rows = by_key.loc[pair]
        clock, began = None, {y for y, v in rows["onset"].items() if v}
        for year, value in rows["peace_years"].items():
            clock = 0 if clock is None or year - 1 in began else clock + 1
            assert value == clock, (pair, year)
    # The war of Iran and Iraq, 1980-88, goes on without beginning anew each year.
    war = by_key.loc[(645, 630)]
    assert (war.loc[1981:1988, "mid_ongoing"] >= 1).all()
    assert war.loc[1981:1988, "onset"].sum() <= 1
    # A later first year keeps the history before it.
    late = directed_dyad_years(2000, 2005, columns=["peace_years"]).set_index(KEYS)["peace_years"]
    np.testing.assert_array_equal(late, by_key.loc[late.index, "peace_years"])


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"columns": ["polyarchy3"]}, UnknownNameError, "unknown column 'polyarchy3' in the dyad-years.*Did you mean"),
        ({"columns": ["rivalri"]}, UnknownNameError, "Did you mean 'rivalry'"),
        ({"columns": ["log_gdppc"]}, UnknownNameError, "Did you mean 'log_gdppc[12]'"),
        ({"first": 1900}, InputError, "run from 1946 to 2014, not from 1900"),
        ({"last": 2020}, InputError, "run from 1946 to 2014"),
        ({"first": 2000, "last": 1990}, InputError, "not from 2000 to 1990"),
        ({"lag": 0}, RefusalError, "^G05"),
    ],
)
def test_what_cannot_be_built_says_why(options: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        directed_dyad_years(**options)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_world_is_built_within_a_laptop() -> None:
    """Peak memory below three times the frame beside what pandas takes, and seconds, not minutes."""
    code = (
        "import json, resource, time, pandas, interventions_stats as ist\n"
        "from interventions_stats.panels.dyads import directed_dyad_years\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "ist.datasets.load('state_year'); before, t = peak(), time.perf_counter()\n"
        "frame = directed_dyad_years()\n"
        "print(json.dumps([time.perf_counter() - t, peak() - before, frame.memory_usage().sum() / 2**20]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    seconds, extra, frame = json.loads(done.stdout)
    assert frame < 100
    assert extra < 3 * frame
    assert seconds < 20


@pytest.fixture(scope="module")
def relevant() -> pd.DataFrame:
    columns = ["trade", "log_trade", "trade_share1", "lead_combat1", "lwuf_theta2_2", "recognition_rank1", "ties_rank2"]
    return directed_dyad_years(columns=columns, relevant=True).set_index(KEYS)


def test_trade_is_the_same_from_both_sides_and_that_of_the_tables(relevant: pd.DataFrame) -> None:
    back = relevant["trade"].swaplevel("ccode1", "ccode2").reindex(relevant.index.swaplevel("ccode1", "ccode2"))
    np.testing.assert_array_equal(relevant["trade"].to_numpy(), relevant["trade"].reindex(back.index).to_numpy())
    pairs = load("contiguous_trade").set_index(["ccode1", "ccode2", "year"])["trade_musd"]
    for one, two, year in [(630, 640, 1980), (100, 101, 2005), (645, 690, 1989)]:
        assert relevant.loc[(two, one, year), "trade"] == pairs[(one, two, year - 1)]
    # The share of France in the trade of Germany, 2013: both flows of the pair over all of Germany's.
    majors = load("major_power_trade").set_index(["ccode", "year"])
    german = majors.loc[(255, 2013)]
    assert relevant.loc[(255, 220, 2014), "trade_share1"] == pytest.approx(
        german["trade_fra_musd"] / german["total_musd"], rel=1e-6
    )
    measured = relevant[relevant.index.get_level_values("year") > 1946]["trade"].notna().mean()
    assert measured > 0.9 and np.allclose(relevant["log_trade"], np.log1p(relevant["trade"]), equal_nan=True)


@pytest.mark.parametrize(
    ("one", "two", "year", "column", "value"),
    [
        (2, 200, 1979, "lead_combat1", 0),  # Carter saw no combat
        (2, 200, 1962, "lead_combat1", 1),  # Kennedy did
        (2, 200, 1986, "recognition_rank1", 2),  # the survey of 1985
        (2, 200, 2011, "recognition_rank1", 3),  # that of 2005, five years on
        (2, 200, 2012, "recognition_rank1", np.nan),
        (20, 2, 1981, "ties_rank2", 7),
    ],
)
def test_leaders_and_recognition_of_the_year_before(  # type: ignore[no-untyped-def]
    relevant: pd.DataFrame, one, two, year, column, value
) -> None:
    np.testing.assert_equal(float(relevant.loc[(one, two, year), column]), float(value))


def test_recognition_is_carried_as_in_the_table_of_powers(relevant: pd.DataFrame) -> None:
    table = load("major_power_year").set_index(["ccode", "year"])["recognition_rank"].dropna().astype(float)
    for (code, year), rank in table.items():
        here = relevant[relevant.index.get_level_values("year") == year + 1]
        mine = here.loc[here.index.get_level_values("ccode1") == code, "recognition_rank1"]
        assert mine.empty or (mine == rank).all(), (code, year)
