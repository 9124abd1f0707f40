"""The two Russian covariate tables against facts known apart from their sources, and against each other."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

NAMES = ("russia_target_year", "russia_year")
FORBIDDEN = re.compile(
    r"sipri|tiv$|_bp$|oil_value_share|polity2|mindist|dist_nearest_nato_km|950km|1000km|personalism"
    r"|^mid_|mids_by_russia|internationalized|russia_secondary|levada"
)
NEAR_ABROAD = {"ARM", "AZE", "BLR", "GEO", "KAZ", "KGZ", "MDA", "TJK", "TKM", "UKR", "UZB"}
BALTIC = {"EST", "LVA", "LTU"}


@pytest.fixture(scope="module")
def targets(repository: Path) -> pd.DataFrame:
    return pd.read_csv(repository / "datasets" / "russia_target_year.csv", low_memory=False)


@pytest.fixture(scope="module")
def russia(repository: Path) -> pd.DataFrame:
    return pd.read_csv(repository / "datasets" / "russia_year.csv").set_index("year", drop=False)


def states(frame: pd.DataFrame, year: int, column: str, value: float = 1) -> set[str]:
    return set(frame.loc[(frame["year"] == year) & (frame[column] == value), "iso3"])


def cell(frame: pd.DataFrame, iso3: str, year: int, column: str) -> float:
    found = frame.loc[(frame["iso3"] == iso3) & (frame["year"] == year), column]
    assert len(found) == 1, (iso3, year)
    return float(found.iloc[0])


def test_the_recipes_reproduce_the_tables(repository: Path, source_folder: Path, tmp_path: Path) -> None:
    recipe = repository / "datasets" / "recipes" / "build.py"
    subprocess.run([sys.executable, recipe, source_folder, *NAMES, "--into", tmp_path], check=True, capture_output=True)
    for name in NAMES:
        assert (tmp_path / f"{name}.csv").read_bytes() == (repository / "datasets" / f"{name}.csv").read_bytes(), name


def test_no_state_year_is_lost(source_folder: Path, targets: pd.DataFrame) -> None:
    source = pd.read_csv(source_folder / "covariates" / "russia_dyad_year.csv", usecols=["ccode2", "year"])
    assert set(zip(targets["target_ccode"], targets["year"], strict=True)) == set(
        zip(source["ccode2"], source["year"], strict=True)
    )
    assert not targets.duplicated(["target_ccode", "year"]).any()
    assert 365 not in set(targets["target_ccode"])


def test_no_column_of_forbidden_terms_or_of_the_outcome(
    targets: pd.DataFrame, russia: pd.DataFrame, repository: Path
) -> None:
    for frame in (targets, russia):
        assert [c for c in frame.columns if FORBIDDEN.search(c)] == []
    sizes = [(repository / "datasets" / f"{name}.csv").stat().st_size for name in NAMES]
    assert sizes[0] < 2_200_000 and sizes[1] < 60_000


def test_every_column_is_described_and_every_work_used_is_cited(repository: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import russia_target_year as t, russia_year as r, _russia as c\n"
        "works = {v for k, v in vars(c).items() if k.isupper() and isinstance(v, str)}\n"
        "used = set(t.TABLE.citations) | set(r.TABLE.citations)\n"
        "assert used == works, used ^ works\n"
        "for table in (t.TABLE, r.TABLE):\n"
        "    assert table.licence == 'CC-BY-SA-4.0' and 'CC BY-SA 4.0' in ' '.join(table.caveats)\n"
        "    for f in table.fields:\n"
        "        assert len(f.description) > 10 and (f.unit or f.type in ('string', 'year') or 'ccode' in f.name), f.name\n"
        "print('ok')"
    )
    folder = str(repository / "datasets" / "recipes")
    done = subprocess.run([sys.executable, "-c", script, folder], capture_output=True, text=True)
    assert done.stdout.strip() == "ok", done.stderr


# -- Russia's own years ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "year", "value", "within"),
    [
        ("gdp_growth_pct", 1998, -5.3, 0.1),  # Rosstat, as published by the World Bank
        ("gdp_growth_pct", 2009, -7.8, 0.1),
        ("gdp_growth_pct", 2000, 10.0, 0.1),
        ("gdp_growth_pct", 1992, -14.5, 0.1),
        ("wdi_inflation_pct", 1999, 85.7, 0.1),
        ("brent_nominal_usd_eia", 1998, 12.76, 0.01),
        ("brent_nominal_usd_eia", 2008, 96.94, 0.01),
        ("pt_attempt_num", 1991, 1, 0),  # the August coup
        ("russia_vetoes", 2014, 2, 0),  # Crimea; Syria with China
        ("russia_sole_vetoes", 2014, 1, 0),
        ("russia_vetoes", 2008, 1, 0),  # Zimbabwe, with China
        ("russia_sole_vetoes", 2008, 0, 0),
        ("nelda_exec", 1996, 1, 0),
        ("reign_exec_election", 2018, 1, 0),
        ("leader_age", 2000, 48, 0),  # Putin, born 1952
        ("leader_age", 1992, 61, 0),  # Yeltsin, born 1931
        ("cinc_rank", 2000, 4, 1),
    ],
)
def test_known_years(russia: pd.DataFrame, column: str, year: int, value: float, within: float) -> None:
    assert russia.loc[year, column] == pytest.approx(value, abs=within + 1e-9)


def test_growth_is_russias_own_and_agrees_with_maddison(russia: pd.DataFrame) -> None:
    assert russia.loc[:1989, "gdp_growth_pct"].isna().all()
    both = russia.loc[1992:2018, ["gdp_growth_pct", "maddison_gdppc_growth_pct"]]
    assert np.corrcoef(both.to_numpy().T)[0, 1] > 0.95
    assert russia.loc[1948:1990, "maddison_gdppc_growth_pct"].notna().all()


@pytest.mark.parametrize(
    ("year", "members"),
    [(1948, 0), (1949, 12), (1952, 14), (1955, 15), (1982, 16), (1990, 16), (1999, 19), (2004, 26), (2009, 28),
     (2017, 29), (2020, 30), (2023, 31), (2024, 32)],
)  # fmt: skip
def test_nato_grew_as_recorded(russia: pd.DataFrame, year: int, members: int) -> None:
    assert russia.loc[year, "nato_n_members"] == members


def test_nato_at_russias_border(targets: pd.DataFrame, russia: pd.DataFrame) -> None:
    expected = {
        1988: {"NOR", "TUR"}, 1992: {"NOR"}, 1998: {"NOR"}, 1999: {"NOR", "POL"},
        2004: {"NOR", "POL"} | BALTIC, 2022: {"NOR", "POL"} | BALTIC, 2023: {"NOR", "POL", "FIN"} | BALTIC,
    }  # fmt: skip
    for year, neighbours in expected.items():
        assert states(targets, year, "nato_member") & states(targets, year, "land_contig_russia") == neighbours
        assert russia.loc[year, "nato_land_borders"] == len(neighbours)
    capital = russia["nearest_nato_capital"]
    assert pd.isna(capital[1948]) and capital.loc[1949:1998].eq("Copenhagen").all()
    assert capital.loc[1999:2003].eq("Warsaw").all() and capital.loc[2004:].eq("Vilnius").all()


def test_colour_revolutions_and_status(russia: pd.DataFrame) -> None:
    onsets = russia["near_abroad_demrev_onsets_csra"]
    assert (onsets.loc[[2003, 2004, 2005, 2013, 2018]] >= 1).all()  # Georgia, Ukraine, Kyrgyzstan, Ukraine, Armenia
    assert onsets.loc[:1999].isna().all() and onsets.loc[2023:].isna().all()
    known = russia.dropna(subset=["dip_status_deficit_rank"])
    assert list(known.index) == list(range(1970, 2006, 5))
    assert (known["dip_status_deficit_rank"] == known["dip_pagerank_rank"] - known["cinc_rank"]).all()


def test_disputes_are_counted_once(russia: pd.DataFrame, repository: Path) -> None:
    counts = russia["mids_targeting_russia_onsets"]
    powers = pd.read_csv(repository / "datasets" / "major_power_year.csv")
    originator = powers[powers["ccode"] == 365].set_index("year")["mids_targeted"].loc[1946:2014]
    extra = counts.loc[1946:2014] - originator  # disputes that Moscow joined on side B, all before 1985
    assert extra.between(0, 1).all() and extra.loc[1985:].eq(0).all()
    assert counts.loc[2015:].isna().all() and counts.loc[:2014].notna().all()
    assert counts.max() <= 6, "opponents in one dispute are not disputes"


# -- targets -----------------------------------------------------------------------------------------------------------


def test_post_soviet_states(targets: pd.DataFrame) -> None:
    successors = targets[targets["post_soviet"] == 1]
    assert set(successors["iso3"]) == NEAR_ABROAD | BALTIC
    assert successors.groupby("iso3")["year"].agg(["min", "max"]).eq([1991, 2024]).all(axis=None)
    assert len(successors) == 14 * 34
    assert set(targets.loc[targets["baltic"] == 1, "iso3"]) == BALTIC


def test_blocs(targets: pd.DataFrame) -> None:
    core = {"POL", "HUN", "CSK", "DDR", "BGR", "ROU"}
    assert states(targets, 1960, "warsaw_pact") == core | {"ALB"}
    assert states(targets, 1980, "warsaw_pact") == core
    assert targets.loc[targets["year"] >= 1992, "warsaw_pact"].eq(0).all()
    assert states(targets, 2024, "csto_member") == {"ARM", "BLR", "KAZ", "KGZ", "TJK"}
    assert states(targets, 2012, "csto_member") == {"ARM", "BLR", "KAZ", "KGZ", "TJK"}, "Uzbekistan left in 2012"
    assert states(targets, 2014, "eu_dcfta_signed") == {"GEO", "MDA", "UKR"}
    assert states(targets, 2013, "eu_dcfta_signed") == set()
    assert len(states(targets, 2004, "eu_member")) == 25 and len(states(targets, 2024, "eu_member")) == 27
    assert "GBR" in states(targets, 2019, "eu_member") - states(targets, 2020, "eu_member")
    assert {"CUB", "POL", "VNM"} <= states(targets, 1985, "dd_communist") and "FIN" not in states(
        targets, 1985, "dd_communist"
    )


@pytest.mark.parametrize(
    ("iso3", "year", "km"),
    [("UKR", 2014, 756), ("BLR", 2000, 676), ("FIN", 2000, 893), ("USA", 2000, 7822), ("CHN", 2000, 5795),
     ("KAZ", 1992, 3107), ("KAZ", 1998, 2271), ("TUN", 2000, 2943), ("SYR", 2015, 2475)],
)  # fmt: skip
def test_distance_to_moscow(targets: pd.DataFrame, iso3: str, year: int, km: float) -> None:
    assert cell(targets, iso3, year, "capdist_moscow_km") == pytest.approx(km, abs=15)


def test_nearest_nato_capital(targets: pd.DataFrame) -> None:
    finland = [cell(targets, "FIN", y, "nearest_nato_capital_km") for y in (2003, 2004, 2022, 2023)]
    assert finland[0] == pytest.approx(789, abs=15)  # Helsinki-Oslo
    assert finland[1:] == pytest.approx([82, 82, 82], abs=5)  # Helsinki-Tallinn
    assert cell(targets, "GEO", 1995, "nearest_nato_capital_km") == pytest.approx(1030, abs=15)  # Tbilisi-Ankara
    assert cell(targets, "USA", 1960, "nearest_nato_capital_km") == pytest.approx(734, abs=15), "another member"
    assert targets.loc[targets["year"] < 1949, "nearest_nato_capital_km"].isna().all()
    assert targets.loc[targets["year"] >= 1949, "nearest_nato_capital_km"].notna().all()


def test_polyarchy_gap(targets: pd.DataFrame, russia: pd.DataFrame) -> None:
    signed = targets["v2x_polyarchy"] - targets["year"].map(russia["v2x_polyarchy"])
    assert np.nanmax(np.abs(signed.abs() - targets["polyarchy_absdiff_russia"])) < 0.0011
    ukraine = signed[targets["iso3"] == "UKR"].set_axis(targets.loc[targets["iso3"] == "UKR", "year"])
    assert (ukraine.loc[2005:] > 0.1).all(), "more democratic than Russia since the Orange Revolution"
    assert (ukraine.loc[1998:2000] < 0).all(), "less democratic in Kuchma's second election"
    assert (signed[targets["iso3"] == "TKM"] < 0).all()


def test_alignment(targets: pd.DataFrame) -> None:
    for column in ("absdist_russia_legacy", "absdist_russia_all", "absdist_russia_fp"):
        assert (
            cell(targets, "BLR", 2023, column) < cell(targets, "UKR", 2023, column) < cell(targets, "USA", 2023, column)
        )
    assert (targets.loc[targets["iso3"] == "USA", "absdist_usa_legacy"].dropna() == 0).all()
    pact = targets[(targets["warsaw_pact"] == 1) & targets["year"].between(1960, 1985) & (targets["iso3"] != "ALB")]
    assert pact["absdist_russia_legacy"].median() < 0.5


def test_changes_are_over_calendar_years(targets: pd.DataFrame) -> None:
    keys = ["target_ccode", "year"]
    for change, level, rounding in (
        ("d3_polyarchy", "v2x_polyarchy", 0.0011),
        ("d3_absdist_russia_all", "absdist_russia_all", 0.0061),
    ):
        earlier = targets[[*keys, level]].assign(year=targets["year"] + 3)
        joined = targets.merge(earlier, on=keys, how="left", suffixes=("", "_before"))
        expected = joined[level] - joined[f"{level}_before"]
        assert (expected.isna() == joined[change].isna()).all()
        assert np.nanmax(np.abs(expected - joined[change])) < rounding
    syria = targets[targets["iso3"] == "SYR"].set_index("year")["d3_polyarchy"]
    assert syria.loc[[1962, 1963]].isna().all(), "its earlier years were spent in the United Arab Republic"


def test_known_defects_of_the_sources_are_gone(targets: pd.DataFrame) -> None:
    young = targets[(targets["post_soviet"] == 1) & targets["year"].isin([1992, 1993])]
    assert not (young["trade_share_russia"] == 0).any()
    assert cell(targets, "UKR", 1994, "trade_share_russia") == pytest.approx(0.512, abs=0.001)
    assert not (targets["trade_share_eu"] == 1).any()
    assert targets.loc[targets["year"] == 2008, "us_troops"].isna().all()
    assert targets["gdp_growth_pct"].min() > -70
    assert np.isnan(cell(targets, "CSK", 1970, "gdp_growth_pct")), "a join of two series, not growth"
    assert cell(targets, "UKR", 2022, "gdp_growth_pct") == pytest.approx(-28.8, abs=0.1)
    assert cell(targets, "GEO", 1992, "gdp_growth_pct") == pytest.approx(-44.9, abs=0.1)


def test_the_two_tables_agree(targets: pd.DataFrame, russia: pd.DataFrame) -> None:
    ratio = np.log(targets["year"].map(russia["cinc"]) / targets["cinc"])
    assert np.nanmax(np.abs(ratio - targets["log_cinc_ratio_russia"])) < 0.002
    successors = targets[targets["post_soviet"] == 1]
    share = russia["cinc"] / (russia["cinc"] + successors.groupby("year")["cinc"].sum(min_count=1))
    assert np.nanmax(np.abs(share - russia["russia_share_fsu_cinc"])) < 1e-4
    near = successors[successors["baltic"] == 0].groupby("year")
    assert np.nanmax(np.abs(near["v2x_polyarchy"].mean() - russia["near_abroad_polyarchy_mean"])) < 0.001
    for ours, theirs in (
        ("near_abroad_civil_conflict_onsets", "civil_conflict_onset"),
        ("near_abroad_dem_episodes", "dem_ep"),
        ("near_abroad_n_states", "post_soviet"),
    ):
        assert near[theirs].sum().eq(russia.loc[1991:, ours]).all(), ours
    members = targets[(targets["nato_member"] == 1) & ~((targets["target_ccode"] == 260) & (targets["year"] == 1990))]
    assert members.groupby("year").size().eq(russia.loc[1949:, "nato_n_members"]).all()
