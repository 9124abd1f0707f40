"""Russia (the USSR) and every other state, by year: the covariates of the target-year drivers."""

from __future__ import annotations

import _russia as cited
import numpy as np
import pandas as pd
from _capitals import capital_distance_km
from _common import RUSSIA, Field, Sources, Table
from _russia import count, flag, nato, nearest_nato_capital, significant

DYADS = "covariates/russia_dyad_year.csv"
ECONOMY = "covariates/economy_gdp.csv"
USA, GHANA, SOUTH_SUDAN = 2, 452, 626
GROWTH_TOLERANCE = 20.0  # percentage points between two sources of the same growth rate
# Jumps where sources of GDP were joined, in states for which Maddison has no series to show it.
GROWTH_JOINS = {(338, 1964), (680, 1970), (731, 1970), (940, 1980), (SOUTH_SUDAN, 2011)}
LAST_IGO_YEAR = 2014

# fmt: off
FIELDS = (
    Field("target_ccode", "integer", "Correlates of War number of the state", constraints={"required": True, "minimum": 2}),
    Field("year", "year", "calendar year", constraints={"required": True, "minimum": 1946, "maximum": 2024}),
    Field("iso3", "string", "ISO 3166 alpha-3 (historical: DDR, CSK, YMD, VDR, ZNZ; XKX = Kosovo; 345 Yugoslavia/Serbia = SRB)", constraints={"required": True}),
    Field("name", "string", "name of the state in the Correlates of War list", constraints={"required": True}),
    flag("post_soviet", "one of the 14 successor states of the USSR other than Russia, from 1991"),
    flag("baltic", "Estonia, Latvia or Lithuania"),
    Field("conttype_russia", "integer", "COW direct contiguity with Russia/USSR: 1 land or river border, 2-5 up to 12, 24, 150, 400 miles of water, 0 none; to 2016, carried forward to 2024", "category", constraints={"minimum": 0, "maximum": 5}),
    flag("land_contig_russia", "land or river border with Russia/USSR (conttype_russia = 1)"),
    Field("capdist_moscow_km", "integer", "great-circle distance from the capital to Moscow; computed from the table capitals", "km", constraints={"minimum": 0}),
    Field("nearest_nato_capital_km", "integer", "great-circle distance from the capital to the nearest capital of another NATO member; 1949-2024, computed from the table capitals and accession years", "km", constraints={"minimum": 0}),
    Field("cinc", "number", "share of the world's capabilities (Composite Index of National Capability); COW NMC v7.0, 1946-2022", "share", constraints={"minimum": 0, "maximum": 1}),
    Field("log_cinc_ratio_russia", "number", "ln(CINC of Russia/USSR / CINC of the state); COW NMC v7.0, 1946-2022", "log ratio", 3),
    Field("tpop", "integer", "population; COW NMC v7.0, 1946-2022", "thousands", constraints={"minimum": 0}),
    Field("gdp_growth_pct", "number", "growth of GDP at constant 2015 prices; World Bank, completed by demspaces, 1950-2024; blank where a join of sources shows (see caveats)", "percent", 1),
    Field("v2x_polyarchy", "number", "electoral democracy index; V-Dem v15, 1946-2024", "0-1", 3, {"minimum": 0, "maximum": 1}),
    Field("polyarchy_absdiff_russia", "number", "absolute difference of v2x_polyarchy from Russia's/the USSR's; V-Dem v15", "0-1", 3, {"minimum": 0, "maximum": 1}),
    Field("d3_polyarchy", "number", "change of v2x_polyarchy over three calendar years (year minus year - 3); V-Dem v15, 1949-2024", "0-1", 3),
    flag("dem_ep", "in an episode of democratisation; ERT v15, 1946-2024"),
    flag("aut_ep", "in an episode of autocratisation; ERT v15, 1946-2024"),
    flag("csra_demrev_onset", "an unarmed, democratic revolutionary episode aiming at regime change began; CSRA v9, 2000-2022"),
    flag("navco_nv_regchange_onset", "first year of a nonviolent campaign for regime change; NAVCO 1.3, 1946-2019"),
    flag("dd_communist", "communist regime; Bjornskov-Rode, 1950-2020"),
    Field("absdist_russia_legacy", "number", "absolute distance of UN General Assembly ideal points from Russia's/the USSR's, method of earlier releases (continuous for Russia: primary); 1946-2023", "ideal points", 3, {"minimum": 0}),
    Field("absdist_russia_all", "number", "the same, all votes; 1946-2023", "ideal points", 3, {"minimum": 0}),
    Field("absdist_russia_fp", "number", "the same, votes on final passage; 1946-2024", "ideal points", 3, {"minimum": 0}),
    Field("d3_absdist_russia_all", "number", "change of absdist_russia_all over three calendar years; positive = away from Moscow; 1949-2023", "ideal points", 2),
    Field("absdist_usa_legacy", "number", "absolute distance of ideal points from the United States, method of earlier releases; 1946-2023", "ideal points", 3, {"minimum": 0}),
    Field("trade_share_russia", "number", "trade with Russia/USSR over the state's recorded trade with all states; COW trade v4.0, 1946-2014; flows are rounded to whole millions of USD", "share", 5, {"minimum": 0, "maximum": 1}),
    Field("trade_russia_pct_gdp", "number", "trade with Russia/USSR as percent of the state's GDP (current USD); COW trade v4.0 and World Bank, 1960-2014; can exceed 100", "percent", 3, {"minimum": 0}),
    Field("trade_share_eu", "number", "trade with members of the EEC or EU over the state's recorded trade; COW trade v4.0, 1958-2014", "share", 4, {"minimum": 0, "maximum": 1}),
    flag("atop_defense", "defence pact with Russia/USSR; ATOP 5.1, 1946-2018"),
    flag("nato_member", "NATO member at any time in the year, by accession year; public record, 1946-2024"),
    flag("eu_member", "EU member (from 1993); COW IGO v3 to 2014, carried forward, United Kingdom out from 2020"),
    flag("cis_member", "full member of the Commonwealth of Independent States; COW IGO v3 to 2014, carried forward"),
    flag("csto_member", "full member of the CSTO (from 2002); COW IGO v3 to 2014, carried forward"),
    flag("warsaw_pact", "member of the Warsaw Treaty Organization; COW IGO v3, zero after its end in 1991"),
    flag("eu_dcfta_signed", "from the year in which an EU association agreement with a deep free trade area was signed (Georgia, Moldova, Ukraine 2014); DESTA"),
    flag("rivalry_td", "strategic rivalry with Russia/USSR; Thompson and Dreyer, 1946-2010"),
    flag("rivalry_tss", "strategic rivalry with Russia/USSR; Thompson, Sakuwa and Suhas, 1946-2020"),
    Field("russian_share_epr", "number", "share of Russians or Russian-speakers in the population where they are a politically relevant group; EPR-2019, 1991-2017; blank is not zero", "share", 3, {"minimum": 0, "maximum": 1}),
    flag("civil_conflict", "intrastate conflict active (25 battle deaths or more), internationalised or not; UCDP/PRIO 25.1, 1946-2024"),
    flag("civil_conflict_onset", "civil_conflict in the year and not in the year before; UCDP/PRIO 25.1, 1946-2024"),
    count("pt_coup_num", "successful coups; Powell and Thyne, 1950-2024", "coups"),
    Field("nb_polyarchy_mean", "number", "mean v2x_polyarchy of the states with a land border; V-Dem v15 and COW contiguity; blank for islands", "0-1", 3, {"minimum": 0, "maximum": 1}),
    count("nb_dem_episodes", "land neighbours in an episode of democratisation; ERT v15 and COW contiguity; blank for islands", "states"),
    count("nb_civil_conflict", "land neighbours with civil_conflict; UCDP/PRIO 25.1 and COW contiguity; blank for islands", "states"),
    count("nb_nato_members", "land neighbours in NATO; COW contiguity; blank for islands", "states"),
    count("us_troops", "United States active-duty troops in the state; troopdata, 1950-2024; blank in 2008 and for the United States", "persons"),
    Field("v2svinlaut", "number", "autonomy in foreign policy from other states (measurement-model scale); V-Dem v12, 1970-2021", "model scale", 2),
    Field("v2svdomaut", "number", "autonomy in domestic policy from other states (measurement-model scale); V-Dem v12, 1970-2021", "model scale", 2),
    Field("wdi_energy_depletion_pct_gni", "number", "energy depletion; World Bank WDI, vintage of 2015, 1970-2013", "percent of GNI", 2, {"minimum": 0}),
    Field("oil_prod_twh_etemad_eia", "number", "oil production; Etemad and Luciani to 1980, EIA after, 1946-2014", "TWh", constraints={"minimum": 0}),
)

TABLE = Table(
    name="russia_target_year",
    title="Russia and every other state by year, 1946-2024",
    description=(
        "One row for each state of the Correlates of War system other than Russia (the USSR to 1991) in each year: place, power, regime, alignment, trade, "
        "alliances, blocs, neighbours and conflict. Exposures of the target-year propositions are lagged by the panel, not here; every value belongs to its own year."
    ),
    key=("target_ccode", "year"),
    fields=FIELDS,
    inputs={
        DYADS: "3d35b05f7909aaf7fe03bd46490633d7bdbc1152384eb0c85f48cd7a0c87f721",
        ECONOMY: "c7d2543c4152f2904df60550c705adf04533cef7392aec93820a26d7d6b09c34",
    },
    producers=(
        "Correlates of War Project", "V-Dem Institute (V-Dem, ERT)", "Bailey, Strezhnev & Voeten (UN ideal points)", "CSRA", "NAVCO", "Bjørnskov & Rode", "ATOP",
        "DESTA", "Thompson, Dreyer, Sakuwa & Suhas (rivalries)", "EPR", "UCDP and PRIO", "Powell & Thyne", "troopdata", "World Bank", "Maddison Project",
        "Etemad & Luciani and U.S. EIA (oil)", "joined and partly computed by this project",
    ),
    citations=(
        cited.STATES, cited.NMC, cited.NMC_1972, cited.CONTIGUITY, cited.TRADE, cited.TRADE_V4, cited.IGO, cited.VDEM, cited.VDEM_MODEL, cited.VDEM_12, cited.ERT, cited.UNGA,
        cited.CSRA, cited.NAVCO, cited.DD, cited.ATOP, cited.DESTA, cited.RIVALS_TD, cited.RIVALS_TSS, cited.EPR, cited.UCDP, cited.UCDP_25, cited.COUPS, cited.TROOPS,
        cited.TROOPS_KANE, cited.WDI, cited.WDI_2015, cited.DEMSPACES, cited.MADDISON, cited.ENERGY,
    ),
    licence="CC-BY-SA-4.0",
    coverage="1946-2024, 201 states; each column ends where its source ends",
    caveats=(
        "Terms by column. V-Dem and ERT (v2x_polyarchy, polyarchy_absdiff_russia, d3_polyarchy, dem_ep, aut_ep, nb_polyarchy_mean, nb_dem_episodes, v2svinlaut, v2svdomaut): CC BY-SA 4.0, which "
        "therefore governs the table. World Bank, Maddison, UCDP, DESTA (gdp_growth_pct, trade_russia_pct_gdp, wdi_energy_depletion_pct_gni, civil_conflict*, nb_civil_conflict, eu_dcfta_signed): CC BY 4.0. "
        "Correlates of War, UN ideal points, NAVCO, Bjornskov-Rode, ATOP, rivalries, EPR, Powell-Thyne, troopdata, Etemad-Luciani: free for research with citation, no open licence stated. CSRA: MIT.",
        "A blank cell is missing or outside the source's coverage; a zero is written only inside it.",
        "Year 1991 is double in COW contiguity: Russia has the neighbours of the USSR and its own.",
        f"gdp_growth_pct joins sources. It is blank where it differs by more than {GROWTH_TOLERANCE:g} percentage points from the growth of Maddison's GDP, at five joins that Maddison does not cover "
        "(Malta 1964, South Yemen and North Korea 1970, Solomon Islands 1980, South Sudan 2011), and for South Sudan from 2016, where the imputed GDP turns negative.",
        "COW trade has false zeros after the end of the USSR: a recorded trade of zero between Russia and a post-Soviet state in 1992-93 is blanked, and so are the shares that it distorts. "
        "trade_share_eu is blank where every recorded partner is an EU member (West Germany from 1958 and a few small states: the other partners are not recorded).",
        "d3_ columns are computed here over calendar years; Syria, outside the system in 1959-60, has none in 1962-63.",
        "us_troops: the source's 2008 is about twice the years beside it in most states and is blanked; Iraq 2003-2007 is implausibly high in the source and is kept.",
        "warsaw_pact: Ghana 1960-64 in the source is an error and is set to zero. csto_member starts in 2002: for the treaty of 1992 use atop_defense. Ukraine counts as a CIS member in 1991-92, Georgia in 1995-2007.",
        "rivalry_tss lists Ukraine from 2014 only and neither list has Georgia: nearly the outcome, so never a primary exposure.",
        "Two V-Dem releases meet here: do not combine v2sv* (v12) with v15 columns into one index.",
        "civil_conflict in the year of an intervention may be its consequence: lag it.",
        "Distances between capitals stand in for distances between borders: Finland's is measured to Oslo, from 2004 to Tallinn, not to its border with Norway. Use nb_nato_members for borders.",
    ),
    foreign_keys=(
        {"fields": ["target_ccode"], "reference": {"resource": "states", "fields": ["ccode"]}},
        {"fields": ["year"], "reference": {"resource": "russia_year", "fields": ["year"]}},
    ),
)
# fmt: on


def change(frame: pd.DataFrame, column: str, years: int) -> pd.Series:
    """Change of a column over calendar years within a state; missing where the earlier year is."""
    values = frame.set_index(["ccode2", "year"])[column]
    earlier = pd.MultiIndex.from_arrays([frame["ccode2"], frame["year"] - years])
    return pd.Series(values.to_numpy() - values.reindex(earlier).to_numpy(), index=frame.index)


def growth(frame: pd.DataFrame, economy: pd.DataFrame) -> pd.Series:
    """GDP growth without the jumps where the source joins series (rules in the caveats)."""
    gdp = economy.set_index(["ccode", "year"])["maddison_gdp_2011intl"]
    now = pd.MultiIndex.from_arrays([frame["ccode2"], frame["year"]])
    before = pd.MultiIndex.from_arrays([frame["ccode2"], frame["year"] - 1])
    maddison = 100.0 * (gdp.reindex(now).to_numpy() / gdp.reindex(before).to_numpy() - 1.0)
    apart = np.abs(frame["gdp_growth_pct"].to_numpy() - maddison) > GROWTH_TOLERANCE
    imputed = (frame["ccode2"] == SOUTH_SUDAN) & (frame["year"] >= 2016)
    return frame["gdp_growth_pct"].mask(apart | now.isin(GROWTH_JOINS) | imputed)


def trade(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Trade shares without the false zeros of 1992-93 and without one-sided records."""
    false_zero = (frame["post_soviet"] == 1) & frame["year"].isin([1992, 1993]) & (frame["trade_russia_musd"] == 0)
    only_eu = frame["trade_share_eu"] == 1.0
    return {
        "trade_share_russia": frame["trade_share_russia"].mask(false_zero),
        "trade_russia_pct_gdp": frame["trade_russia_pct_gdp"].mask(false_zero),
        "trade_share_eu": frame["trade_share_eu"].mask(false_zero | only_eu),
    }


def build(sources: Sources) -> pd.DataFrame:
    """Take the columns used, compute distances and changes, and blank what the source has wrong."""
    frame, economy = sources.csv(DYADS), sources.csv(ECONOMY)
    states = frame[["ccode2", "year"]].rename(columns={"ccode2": "ccode"})
    to_moscow = [capital_distance_km(c, RUSSIA, y) for c, y in zip(states["ccode"], states["year"], strict=True)]
    pact = frame["warsaw_pact"].mask((frame["year"] > LAST_IGO_YEAR) | (frame["ccode2"] == GHANA), 0)
    troops = frame["us_troops"].mask((frame["year"] == cited.DOUBLED_TROOPS) | (frame["ccode2"] == USA))
    computed = {
        "target_ccode": frame["ccode2"],
        "name": frame["statename"],
        "capdist_moscow_km": pd.Series(to_moscow, index=frame.index).round(),
        "nearest_nato_capital_km": nearest_nato_capital(states, nato(frame))["km"].round(),
        "cinc": significant(frame["cinc"], 4),
        "gdp_growth_pct": growth(frame, economy),
        "d3_polyarchy": change(frame, "v2x_polyarchy", 3),
        "d3_absdist_russia_all": change(frame, "absdist_russia_all", 3),
        "warsaw_pact": pact,
        "us_troops": troops,
        "oil_prod_twh_etemad_eia": significant(frame["oil_prod_twh_etemad_eia"], 4),
        **trade(frame),
    }
    return pd.DataFrame({f.name: computed[f.name] if f.name in computed else frame[f.name] for f in FIELDS})
