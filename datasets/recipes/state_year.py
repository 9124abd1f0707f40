"""Covariates of every state and year of the COW system."""

from __future__ import annotations

import numpy as np
import pandas as pd
from _common import Field, Sources, Table

KEY = ["ccode", "year"]
# source file -> {column of the source: column of the table}
PARTS: dict[str, dict[str, str]] = {
    "capabilities_nmc": {"cinc": "cinc", "cinc_rank": "cinc_rank", "milex": "milex", "milper": "milper", "tpop":
        "tpop"},
    "democracy_vdem_uds": {"v2x_polyarchy": "v2x_polyarchy"},
    "ert_country_year": {"v2x_regime": "v2x_regime", "dem_ep": "dem_ep", "aut_ep": "aut_ep"},
    "regime_type": {"dd_communist": "dd_communist", "kailitz_communist": "kailitz_communist"},
    "unga_idealpoints": {c: c for c in ("idealpointlegacy", "idealpointall", "idealpointfp")},
    "economy_gdp": {
        "gdp_growth_pct": "gdp_growth_pct", "growth_outlier_flag": "gdp_growth_outlier",
        "mrgdppc": "log_gdppc", "maddison_gdppc_2011intl": "log_gdppc_maddison",
    },
    "wdi_2015vintage_1960_2014": {
        "wdi_inflation_pct": "inflation_pct", "wdi_energy_depletion_pct_gni": "energy_depletion_pct_gni",
    },
    "oil_gas": {"oil_prod_twh_etemad_eia": "oil_prod_twh"},
    "trade_monadic_cow": {"imports_musd": "imports_musd", "exports_musd": "exports_musd"},
    "igo_membership": {"sum_igo_full": "igo_full", "sum_igo_anytype": "igo_any"},
    "coups_powell_thyne": {"pt_attempt_num": "coup_attempts", "pt_coup_num": "coups"},
    "ucdp_country_year": {
        c: c for c in ("civil_conflict", "civil_war", "civil_conflict_onset", "n_interstate_conflicts")
    },
    "navco13_country_year": {
        "navco_nonviol": "navco_nonviol", "navco_nv_regchange_onset": "navco_nv_regchange_onset",
    },
    "blocs_membership": {
        c: c for c in ("nato_member", "warsaw_pact", "eec_eu_member", "cis_member", "csto_member")
    },
    "neighbors_country_year": {
        "n_land_neighbors": "n_land_neighbors", "nb_polyarchy_mean": "nb_polyarchy_mean",
        "nb_dem_episodes": "nb_dem_episodes", "nb_aut_episodes": "nb_aut_episodes",
        "nb_civil_conflict": "nb_civil_conflict", "nb_civil_war": "nb_civil_war", "nb_nato_members": "nb_nato_members",
    },
}  # fmt: skip
SPINE = "covariates/state_year_spine.csv"


def _flag(name: str, text: str) -> Field:
    return Field(name, "integer", text, constraints={"enum": [0, 1]})


def _count(name: str, text: str, unit: str = "") -> Field:
    return Field(name, "integer", text, unit, constraints={"minimum": 0})


FIELDS = (
    Field("ccode", "integer", "Correlates of War state number", constraints={"required": True}),
    Field("year", "year", "calendar year", constraints={"required": True, "minimum": 1946, "maximum": 2024}),
    Field(
        "cinc",
        "number",
        "composite index of national capability, share of the world (NMC v7.0)",
        "share",
        8,
        {"minimum": 0, "maximum": 1},
    ),
    _count("cinc_rank", "rank of cinc in the year, 1 = strongest"),
    _count("milex", "military expenditure (NMC)", "thousand current USD"),
    _count("milper", "military personnel (NMC)", "thousands"),
    _count("tpop", "total population (NMC)", "thousands"),
    Field("v2x_polyarchy", "number", "V-Dem v15 electoral democracy index", "0-1", 3, {"minimum": 0, "maximum": 1}),
    Field(
        "v2x_regime",
        "integer",
        "Regimes of the World: 0 closed, 1 electoral autocracy, 2 electoral, 3 liberal democracy (ERT v15)",
        constraints={"enum": [0, 1, 2, 3]},
    ),
    _flag("dem_ep", "1 = in an episode of democratisation (ERT v15)"),
    _flag("aut_ep", "1 = in an episode of autocratisation (ERT v15)"),
    _flag("dd_communist", "1 = communist regime (Bjornskov and Rode, 1950-2020)"),
    _flag("kailitz_communist", "1 = communist ideocracy (Kailitz, 1946-2010)"),
    Field(
        "idealpointlegacy",
        "number",
        "UN General Assembly ideal point, method of earlier releases: the continuous series",
        "scale",
        3,
    ),
    Field("idealpointall", "number", "UN General Assembly ideal point, all votes", "scale", 3),
    Field("idealpointfp", "number", "UN General Assembly ideal point, final-passage votes", "scale", 3),
    Field(
        "gdp_growth_pct",
        "number",
        "growth of GDP in constant 2015 USD (World Bank, completed and imputed by demspaces)",
        "%",
        2,
    ),
    _flag("gdp_growth_outlier", "1 = absolute growth above 25%: war, oil, or a seam between sources"),
    Field(
        "log_gdppc",
        "number",
        "natural log of latent GDP per capita (Fariss and others), 2011 international dollars",
        "log $",
        3,
    ),
    Field(
        "log_gdppc_maddison",
        "number",
        "natural log of GDP per capita (Maddison 2020), 2011 international dollars",
        "log $",
        4,
    ),
    Field("inflation_pct", "number", "growth of consumer prices (World Development Indicators, April 2015)", "%", 1),
    Field(
        "energy_depletion_pct_gni",
        "number",
        "energy depletion, a measure of oil, gas and coal rents (WDI, April 2015)",
        "% of GNI",
        2,
        {"minimum": 0},
    ),
    Field(
        "oil_prod_twh", "number", "oil production (Etemad and Luciani to 1980, then US EIA)", "TWh", 1, {"minimum": 0}
    ),
    Field("trade_musd", "number", "imports plus exports (COW Trade v4.0)", "million current USD", 1, {"minimum": 0}),
    _count("igo_full", "full memberships in international organisations (COW IGO v3)"),
    _count("igo_any", "memberships of any type"),
    _count("coup_attempts", "coup attempts, successful or not (Powell and Thyne)"),
    _count("coups", "successful coups (Powell and Thyne)"),
    _flag(
        "civil_conflict",
        "1 = intrastate or internationalised intrastate conflict, 25 battle deaths or more (UCDP 25.1)",
    ),
    _flag("civil_war", "1 = such a conflict with 1,000 battle deaths or more"),
    _flag("civil_conflict_onset", "1 = civil_conflict now and not in the year before"),
    _count("n_interstate_conflicts", "interstate conflicts the state is a primary party of (UCDP 25.1)"),
    _flag("navco_nonviol", "1 = nonviolent maximalist campaign under way (NAVCO 1.3)"),
    _flag("navco_nv_regchange_onset", "1 = first year of a nonviolent campaign for a change of regime (NAVCO 1.3)"),
    _flag("nato_member", "1 = NATO member at any time in the year"),
    _flag("warsaw_pact", "1 = Warsaw Pact member at any time in the year"),
    _flag("eec_eu_member", "1 = member of the EEC or the EU"),
    _flag("cis_member", "1 = full member of the Commonwealth of Independent States"),
    _flag("csto_member", "1 = full member of the Collective Security Treaty Organization (from 2002)"),
    _count("n_land_neighbors", "states with a common land or river border", "states"),
    Field(
        "nb_polyarchy_mean", "number", "mean v2x_polyarchy of the land neighbours; empty without neighbours", "0-1", 3
    ),
    _count("nb_dem_episodes", "land neighbours with dem_ep", "states"),
    _count("nb_aut_episodes", "land neighbours with aut_ep", "states"),
    _count("nb_civil_conflict", "land neighbours with civil_conflict", "states"),
    _count("nb_civil_war", "land neighbours with civil_war", "states"),
    _count("nb_nato_members", "land neighbours in NATO", "states"),
)

TABLE = Table(
    name="state_year",
    title="Covariates of all states, 1946-2024",
    description=(
        "One row for each state and year of the COW state system: capabilities, democracy and its episodes, UN "
        "voting, economy, organisations, coups, civil conflict, campaigns, blocs, and the land neighbours. Dyad-years"
        " are assembled from it together with capitals and the spell tables. Empty is missing or outside the source's"
        " coverage; zero is coded."
    ),
    key=("ccode", "year"),
    fields=FIELDS,
    inputs={
        SPINE: "d3232700aba4d79b662ee48fcc365310d05485bcc7a6b4a9408ffb6bf134edbb",
        "covariates/capabilities_nmc.csv": "65746cee4d27370a4a8aa971c0597049bfe90722e077a6120c276a7951cbe218",
        "covariates/democracy_vdem_uds.csv": "50ce09fef3e91763841e3344f15230499b8e899cfcfdda45b7ec09d26eb7d9c1",
        "covariates/ert_country_year.csv": "f57523d7204914d5664a074658925588402e67c489fdbc4800b127536e82d70c",
        "covariates/regime_type.csv": "07bc61b9f0a945905890b2a25b926e0362775b2f2b46678746843c05ccb9a727",
        "covariates/unga_idealpoints.csv": "ae5b63e26883afcb375f136b197e401bf22af8b6873309844665ebc58336c4ed",
        "covariates/economy_gdp.csv": "c7d2543c4152f2904df60550c705adf04533cef7392aec93820a26d7d6b09c34",
        "covariates/wdi_2015vintage_1960_2014.csv": "a21902c5f8441749d57ccf0f4cc78dc2fcc1e32e655becbc28e297899c4c9c58",
        "covariates/oil_gas.csv": "7c2016994d24d883a1236d113c6f475726fd47e3c5f68a87a3980edd1feed1ea",
        "covariates/trade_monadic_cow.csv": "9ee8aea96b2e27d2c519de986e2f85107d4ef17143e8cebe1724633cc161763a",
        "covariates/igo_membership.csv": "58b594ccc396d39032a8970ed7bbecb621ac3d7d8a974dc3dda5545b1ab60e34",
        "covariates/coups_powell_thyne.csv": "1e791a91fd1cd8b2eb89786972dea2eaaecdb7504e8cf44c5943623153761b06",
        "covariates/ucdp_country_year.csv": "b5d9b130456202eb4e0173ab3703a189c3f92454ad3a94ae8618dee76ba15c50",
        "covariates/navco13_country_year.csv": "2b6cf6ef04f5bf0edf9a7af366b72549c8ce5481bfdc9e2f4206f4bc72bc80a7",
        "covariates/blocs_membership.csv": "0386bd68b627ad1635bd4dbe5c75963a7115cd9216bade543eb87a1d37c28579",
        "covariates/neighbors_country_year.csv": "4f469cb630e3db472ebacdda00446d60c3aa55cf4c4930e698fb40f80001766d",
    },
    producers=(
        "V-Dem Institute (V-Dem v15, ERT v15)",
        "Correlates of War Project (NMC v7.0, Trade v4.0, IGO v3, Direct Contiguity v3.2)",
        "Uppsala Conflict Data Program (UCDP/PRIO Armed Conflict 25.1)",
        "World Bank; Maddison Project; Fariss and others",
        "Etemad and Luciani; US EIA (oil production, through The Shift Project and Our World in Data)",
        "Bailey, Strezhnev and Voeten (UN voting)",
        "Powell and Thyne (coups)",
        "Bjornskov and Rode; Kailitz (regimes)",
        "Chenoweth and Shay (NAVCO 1.3)",
    ),
    citations=(
        "Coppedge, Michael, and others. 2025. V-Dem Country-Year Dataset v15. Varieties of Democracy Project.",
        "Edgell, Amanda B., and others. 2020. Episodes of Regime Transformation Dataset; Maerz, Seraphine F., and "
        "others. 2024. Episodes of Regime Transformation. Journal of Peace Research.",
        "Singer, J. David. 1987. Reconstructing the Correlates of War Dataset on Material Capabilities of States, "
        "1816-1985. International Interactions 14: 115-132.",
        "Bailey, Michael A., Anton Strezhnev and Erik Voeten. 2017. Estimating Dynamic State Preferences from United "
        "Nations Voting Data. Journal of Conflict Resolution 61(2): 430-456.",
        "Bjornskov, Christian and Martin Rode. 2020. Regime types and regime change. Review of International "
        "Organizations 15: 531-551.",
        "Kailitz, Steffen. 2013. Classifying political regimes revisited. Democratization 20(1): 39-60.",
        "World Bank, World Development Indicators; completed series by Andreas Beger (demspaces).",
        "Etemad, Bouda and Jean Luciani. 1991. World Energy Production 1800-1985. Droz.",
        "Fariss, Christopher J., and others. 2022. New Estimates of Over 500 Years of Historic GDP and Population "
        "Data. Journal of Conflict Resolution 66(3).",
        "Bolt, Jutta and Jan Luiten van Zanden. 2020. Maddison Project Database 2020.",
        "Barbieri, Katherine and Omar M. G. Keshk. 2016. Correlates of War Project Trade Data Set Codebook, Version "
        "4.0.",
        "Pevehouse, Jon C., and others. 2020. Tracking organizations in the world: the Correlates of War IGO Version "
        "3.0 datasets. Journal of Peace Research 57(3).",
        "Powell, Jonathan M. and Clayton L. Thyne. 2011. Global Instances of Coups from 1950 to 2010. Journal of "
        "Peace Research 48(2).",
        "Gleditsch, Nils Petter, and others. 2002. Armed Conflict 1946-2001. Journal of Peace Research 39(5); Davies,"
        " Shawn, and others. 2025 (UCDP/PRIO ACD 25.1).",
        "Chenoweth, Erica and Christopher Wiley Shay. 2020. NAVCO 1.3. doi:10.7910/DVN/ON9XND.",
        "Stinnett, Douglas M., and others. 2002. The COW Project Direct Contiguity Data, Version 3. CMPS 19(2): 58-66.",
    ),
    licence="CC-BY-SA-4.0",
    coverage=(
        "1946-2024; capabilities to 2022, UN voting to 2023 (final passage 2024), growth 1950-2024, GDP per capita to"
        " 2019 (Maddison 2018), inflation 1961-2014, energy depletion 1970-2013, oil production, trade and "
        "organisations to 2014, coups 1950-2024, communist flags 1950-2020 and 1946-2010, campaigns to 2019, protest "
        "1990-2018"
    ),
    caveats=(
        "Share-alike because of V-Dem and ERT; the other columns are free for research with citation of their "
        "producers.",
        "Growth of the USSR and of other communist states before 1989 is imputed by the compilers; use the growth of "
        "log_gdppc_maddison for the USSR. Jumps at 1960, 1970, 1980 and 1990 are mostly seams: see "
        "gdp_growth_outlier. One value below -100% (South Sudan 2024) is left empty.",
        "idealpointall is not on the scale of earlier releases for recent Russia; idealpointlegacy is. Run all three.",
        "Contiguity is carried forward after 2016, EU, CIS and CSTO membership after 2014 (the United Kingdom out "
        "from 2020).",
        "1991 counts Russia's old and new neighbours together (20); see contiguity_spells.",
        "Warsaw Pact: Ghana 1960-64 in the source is an error and set to 0; East Germany 1990 is set to 1; 0 after "
        "1991.",
        "UCDP and NAVCO values in the year of an intervention can be its consequence: lag them.",
        "cinc is summed over all states listed in a year; 1990 counts West and united Germany.",
    ),
)


def _merge(sources: Sources) -> pd.DataFrame:
    """Left-join every part to the list of state-years."""
    frame = sources.csv(SPINE)[KEY]
    for file, names in PARTS.items():
        part = sources.csv(f"covariates/{file}.csv", usecols=[*KEY, *names]).rename(columns=names)
        frame = frame.merge(part, on=KEY, how="left", validate="1:1")
    return frame


def _memberships(frame: pd.DataFrame) -> pd.DataFrame:
    """Correct and complete the Warsaw Pact, and fill the year in which four states ended (1990)."""
    pact = frame["warsaw_pact"].mask(frame["ccode"].eq(452), 0)
    pact = pact.mask(frame["ccode"].eq(265) & frame["year"].eq(1990), 1).mask(frame["year"].gt(1991), 0)
    ended = frame["year"].eq(1990) & frame["ccode"].isin([260, 265, 678, 680])
    union = frame["eec_eu_member"].mask(ended, frame["ccode"].eq(260).astype(float))
    return frame.assign(
        warsaw_pact=pact.mask(ended & pact.isna(), 0), eec_eu_member=union,
        cis_member=frame["cis_member"].mask(ended, 0), csto_member=frame["csto_member"].mask(ended, 0),
    )  # fmt: skip


def build(sources: Sources) -> pd.DataFrame:
    """Merge the sources, take logarithms, correct what the caveats name."""
    frame = _memberships(_merge(sources))
    impossible = frame["gdp_growth_pct"] <= -100
    if impossible.sum() != 1:
        raise ValueError("expected one growth rate below -100%, South Sudan 2024")
    communist = frame["kailitz_communist"].map({"True": 1, "False": 0, True: 1, False: 0})
    for column in ("log_gdppc", "log_gdppc_maddison"):
        frame[column] = np.log(frame[column])
    growth = frame["gdp_growth_pct"].mask(impossible)
    return frame.assign(
        kailitz_communist=communist,
        gdp_growth_pct=growth,
        gdp_growth_outlier=frame["gdp_growth_outlier"].where(growth.notna()),
        trade_musd=frame["imports_musd"] + frame["exports_musd"],
    ).drop(columns=["imports_musd", "exports_musd"])
