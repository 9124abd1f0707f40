"""Russia (the USSR to 1991) by year: the actor-level covariates of the drivers."""

from __future__ import annotations

import _russia as cited
import pandas as pd
from _common import RUSSIA, USA, Field, Sources, Table
from _russia import count, flag, nato, nearest_nato_capital, significant

RUSSIA_YEARS, DYADS = "covariates/russia_year.csv", "covariates/russia_dyad_year.csv"
UNGA, MIDS = "covariates/unga_idealpoints.csv", "covariates/mids_cow5_ddy_disputes.csv"
FIRST_WDI_GROWTH = 1990  # before it the source imputes Soviet GDP (1960: -16%, where Maddison has +9%)
LAST_VETO_YEAR = 2021  # the list ends in July 2022, before that year's last Russian veto

# fmt: off
FIELDS = (
    Field("year", "year", "calendar year", constraints={"required": True, "minimum": 1946, "maximum": 2024}),
    Field("ccode", "integer", "Correlates of War number of Russia and the USSR (365 throughout)", constraints={"required": True, "enum": [RUSSIA]}),
    # economy
    Field("gdp_growth_pct", "number", "growth of GDP at constant 2015 prices, Russia; World Bank (completed by demspaces), 1990-2024", "percent", 2),
    Field("gdppc_growth_pct", "number", "growth of GDP per person at constant 2015 prices, Russia; same source, 1990-2024 (not 1991)", "percent", 2),
    Field("maddison_gdppc_growth_pct", "number", "growth of GDP per person, former USSR to 1991, Russia after; Maddison Project 2020, 1947-2018", "percent", 2),
    Field("wdi_inflation_pct", "number", "growth of consumer prices; World Bank WDI, vintage of 2015, 1993-2014", "percent", 2),
    Field("wdi_energy_depletion_pct_gni", "number", "energy depletion; World Bank WDI, vintage of 2015, 1991-2013", "percent of GNI", 2),
    Field("oil_prod_twh_etemad_eia", "number", "oil production; Etemad and Luciani to 1980, EIA after, 1946-2014", "TWh", 1),
    Field("gas_prod_twh_etemad_eia", "number", "gas production; Etemad and Luciani to 1980, EIA after, 1946-2014", "TWh", 1),
    Field("brent_nominal_usd_eia", "number", "mean spot price of Brent crude; EIA, 1987-2024", "USD per barrel", 2),
    Field("wti_nominal_usd_eia", "number", "mean spot price of WTI crude; EIA, 1986-2024", "USD per barrel", 2),
    Field("brent_growth_pct", "number", "change of brent_nominal_usd_eia from the year before, computed here; 1988-2024", "percent", 2),
    # regime, legitimation, mobilisation
    Field("v2x_polyarchy", "number", "electoral democracy index; V-Dem v15, 1946-2024", "0-1", 3, {"minimum": 0, "maximum": 1}),
    Field("v2xnp_pres", "number", "presidentialism index, concentration of power in one person; V-Dem v14, 1970-2023", "0-1", 3, {"minimum": 0, "maximum": 1}),
    Field("v2exl_legitideol", "number", "government claims legitimacy from an ideology; V-Dem v14, 1970-2023", "model scale", 3),
    Field("v2exl_legitlead", "number", "government claims legitimacy from the person of the leader; V-Dem v14, 1970-2023", "model scale", 3),
    Field("v2exl_legitperf", "number", "government claims legitimacy from performance; V-Dem v14, 1970-2023", "model scale", 3),
    Field("v2exl_legitratio", "number", "government claims legitimacy from legal procedure; V-Dem v14, 1970-2023", "model scale", 3),
    Field("v2cagenmob", "number", "frequency and size of mass mobilisation; V-Dem v14, 1970-2023", "model scale", 3),
    Field("v2cademmob", "number", "mobilisation for democracy; V-Dem v14, 1970-2023", "model scale", 3),
    Field("v2caautmob", "number", "mobilisation for autocracy; V-Dem v14, 1970-2023", "model scale", 3),
    Field("v2csreprss", "number", "repression of civil society organisations (higher = less); V-Dem v14, 1970-2023", "model scale", 3),
    # protest, campaigns, conflict, coups, elections at home
    count("mm_protestnumber", "protests of 50 people or more against the government; Mass Mobilization, 1990-2018", "protests"),
    count("mm_removepolit_demand", "of these, with a demand to remove a politician; Mass Mobilization, 1990-2018", "protests"),
    count("mm_politbehav_demand", "of these, with a demand on political behaviour or process; Mass Mobilization, 1990-2018", "protests"),
    count("mm_protesterviolence", "of these, with violence by protesters; Mass Mobilization, 1990-2018", "protests"),
    flag("navco_nonviol", "nonviolent maximalist campaign under way; NAVCO 1.3, 1946-2019"),
    flag("navco_nv_regchange", "nonviolent campaign for regime change under way; NAVCO 1.3, 1946-2019"),
    flag("navco_viol", "violent maximalist campaign under way; NAVCO 1.3, 1946-2019"),
    count("pt_attempt_num", "coup attempts; Powell and Thyne, 1950-2024", "attempts"),
    count("pt_coup_num", "successful coups; Powell and Thyne, 1950-2024", "coups"),
    flag("civil_conflict", "intrastate conflict active at home (25 battle deaths or more); UCDP/PRIO 25.1, 1946-2024"),
    count("n_civil_conflicts", "number of such conflicts; UCDP/PRIO 25.1, 1946-2024", "conflicts"),
    flag("nelda_exec", "executive election; NELDA, 1946-2012"),
    flag("nelda_leg", "legislative election; NELDA, 1946-2012"),
    flag("reign_exec_election", "presidential vote held; REIGN, 1946-2020"),
    # power, rank, status
    Field("cinc", "number", "share of the world's capabilities (Composite Index of National Capability); COW NMC v7.0, 1946-2022", "share", constraints={"minimum": 0, "maximum": 1}),
    count("cinc_rank", "rank of cinc among states (1 = strongest); COW NMC v7.0, 1946-2022", "rank"),
    Field("cinc_ratio_russia_usa", "number", "CINC of Russia/USSR over the United States'; COW NMC v7.0, 1946-2022", "ratio", 4, {"minimum": 0}),
    Field("cinc_ratio_russia_china", "number", "CINC of Russia/USSR over China's; COW NMC v7.0, 1946-2022", "ratio", 4, {"minimum": 0}),
    count("pwtrgdp_rank", "rank of real GDP (1 = largest), from latent estimates; Fariss et al., 1946-2019", "rank"),
    count("dip_pagerank_rank", "rank of PageRank in the network of diplomatic exchange (1 = most central); COW, every five years 1970-2005", "rank"),
    count("dip_in_degree_rank", "rank by the number of states that sent a mission; COW, every five years 1970-2005", "rank"),
    count("dip_eigenvector_rank", "rank of eigenvector centrality in the same network; COW, every five years 1970-2005", "rank"),
    Field("dip_status_deficit_rank", "integer", "dip_pagerank_rank minus cinc_rank (positive = recognised below its power); every five years 1970-2005", "ranks"),
    count("dip_ties", "states with which any diplomatic tie is recorded (undercount); COW, every five years 1950-2000", "states"),
    count("dip_ties_rank", "rank of dip_ties; COW, every five years 1950-2000", "rank"),
    count("sum_igo_full", "full memberships of intergovernmental organisations; COW IGO v3, 1946-2014", "organisations"),
    count("sum_igo_anytype", "memberships of any type; COW IGO v3, 1946-2014", "organisations"),
    count("russia_vetoes", "vetoes of Russia/USSR in the UN Security Council; 1946-2021", "vetoes"),
    count("russia_sole_vetoes", "of these, cast alone; 1946-2021", "vetoes"),
    count("us_vetoes", "vetoes of the United States; 1946-2021", "vetoes"),
    # alignment
    Field("idealpointlegacy", "number", "UN General Assembly ideal point, method of earlier releases (continuous for Russia: primary); 1946-2023", "ideal points", 4),
    Field("idealpointall", "number", "UN General Assembly ideal point, all votes; 1946-2023", "ideal points", 4),
    Field("idealpointfp", "number", "UN General Assembly ideal point, votes on final passage; 1946-2024", "ideal points", 4),
    Field("absdist_usa_legacy", "number", "absolute distance of idealpointlegacy from the United States; 1946-2023", "ideal points", 4, {"minimum": 0}),
    Field("absdist_usa_all", "number", "absolute distance of idealpointall from the United States; 1946-2023", "ideal points", 4, {"minimum": 0}),
    Field("absdist_usa_fp", "number", "absolute distance of idealpointfp from the United States; 1946-2024", "ideal points", 4, {"minimum": 0}),
    # leader
    Field("leader_archigos", "string", "leader in office on 1 July; Archigos 4.1, 1946-2015 (no Medvedev spell)"),
    Field("leader_age", "integer", "age of the leader; Archigos 4.1, 1946-2015", "years"),
    Field("leader_tenure_years", "number", "time in office on 1 July; Archigos 4.1, 1946-2015", "years", 2, {"minimum": 0}),
    Field("reign_leader", "string", "leader in office on 1 July; REIGN, 1949-2020 (no Medvedev spell)"),
    Field("reign_leader_age", "integer", "age of the leader; REIGN, 1949-2020", "years"),
    Field("reign_tenure_years", "number", "time in office on 1 July; REIGN, 1949-2020", "years", 2, {"minimum": 0}),
    flag("reign_military_career", "leader came from a military career; REIGN, 1949-2020"),
    flag("lead_milservice", "leader served in the military; LEAD, 1946-2015"),
    flag("lead_combat", "leader saw combat; LEAD, 1946-2015"),
    flag("lead_rebel", "leader was a rebel; LEAD, 1946-2015"),
    flag("lead_warwin", "leader fought on the winning side of a war; LEAD, 1946-2015"),
    flag("lead_warloss", "leader fought on the losing side of a war; LEAD, 1946-2015"),
    Field("lwuf_theta2", "number", "leader's willingness to use force, second model (the authors' preferred); Carter and Smith, 1946-2015", "latent scale", 4),
    # NATO and the United States
    count("nato_n_members", "members of NATO at any time in the year, Germany once in 1990; public record, 1946-2024", "states"),
    Field("nato_cinc", "number", "sum of the members' CINC; COW NMC v7.0, 1949-2022", "share", constraints={"minimum": 0, "maximum": 1}),
    Field("nato_to_russia_cinc", "number", "nato_cinc over the CINC of Russia/USSR; COW NMC v7.0, 1949-2022", "ratio", 4, {"minimum": 0}),
    count("nato_land_borders", "members with a land or river border with Russia/USSR; COW contiguity, carried forward from 2016", "states"),
    count("nato_contig_any", "members contiguous by land or up to 400 miles of water; COW contiguity, carried forward from 2016", "states"),
    Field("nearest_nato_capital_km", "integer", "great-circle distance from Moscow to the nearest capital of a member; 1949-2024, computed from the table capitals", "km", constraints={"minimum": 0}),
    Field("nearest_nato_capital", "string", "that capital; 1949-2024"),
    count("us_troops_europe", "United States active-duty troops in Europe; troopdata, 1950-2024, blank in 2008", "persons"),
    count("us_troops_postcommunist_eur_fsu", "United States active-duty troops in formerly communist Europe and the former USSR; troopdata, 1992-2024, blank in 2008", "persons"),
    count("mids_targeting_russia_onsets", "militarised interstate disputes in which another state on side A first confronted Russia/USSR (originator or joiner on side B) in the year, each dispute once; COW MID5, 1946-2014", "disputes"),
    # the former Soviet Union
    count("fsu_nato", "of the 14 other successor states, members of NATO; 1991-2024", "states"),
    count("fsu_eu", "of the 14, members of the EU; COW IGO v3, carried forward from 2014; 1991-2024", "states"),
    count("fsu_csto", "of the 14, full members of the CSTO (from 2002); COW IGO v3, carried forward from 2014; 1991-2024", "states"),
    count("fsu_cis", "of the 14, full members of the CIS; COW IGO v3, carried forward from 2014; 1991-2024", "states"),
    Field("fsu_cinc_sum", "number", "sum of the CINC of the 14; COW NMC v7.0, 1991-2022", "share", constraints={"minimum": 0, "maximum": 1}),
    Field("russia_share_fsu_cinc", "number", "CINC of Russia over that of Russia and the 14; COW NMC v7.0, 1991-2022", "share", 5, {"minimum": 0, "maximum": 1}),
    count("fsu_serbia_demrev_onsets_csra", "onsets of unarmed democratic revolutionary episodes in the 14 and Serbia; CSRA v9, 2000-2022", "onsets"),
    count("near_abroad_n_states", "states of the near abroad: the 14 without Estonia, Latvia and Lithuania; 1991-2024", "states"),
    Field("near_abroad_polyarchy_mean", "number", "mean v2x_polyarchy of the 11; V-Dem v15, 1991-2024", "0-1", 4, {"minimum": 0, "maximum": 1}),
    Field("near_abroad_polyarchy_max", "number", "highest v2x_polyarchy of the 11; V-Dem v15, 1991-2024", "0-1", 3, {"minimum": 0, "maximum": 1}),
    Field("near_abroad_d1_polyarchy_mean", "number", "mean change of v2x_polyarchy from the year before in the 11; V-Dem v15, 1992-2024", "0-1", 4),
    count("near_abroad_dem_episodes", "of the 11, in an episode of democratisation; ERT v15, 1991-2024", "states"),
    count("near_abroad_aut_episodes", "of the 11, in an episode of autocratisation; ERT v15, 1991-2024", "states"),
    count("near_abroad_nv_regchange_onsets", "of the 11, in the first year of a nonviolent campaign for regime change; NAVCO 1.3, 1991-2019", "states"),
    count("near_abroad_nv_regchange_ongoing", "of the 11, with such a campaign under way; NAVCO 1.3, 1991-2019", "states"),
    count("near_abroad_nv_regchange_successes", "of the 11, in the last year of a successful one; NAVCO 1.3, 1991-2019", "states"),
    count("near_abroad_demrev_onsets_csra", "of the 11, with an onset of an unarmed democratic revolutionary episode; CSRA v9, 2000-2022", "states"),
    count("near_abroad_demrev_success_onsets_csra", "of these, episodes that succeeded; CSRA v9, 2000-2022", "states"),
    count("near_abroad_civil_conflicts", "of the 11, with an intrastate conflict active; UCDP/PRIO 25.1, 1991-2024", "states"),
    count("near_abroad_civil_conflict_onsets", "of the 11, with one that was not active the year before; UCDP/PRIO 25.1, 1991-2024", "states"),
    count("near_abroad_coup_attempts", "coup attempts in the 11; Powell and Thyne, 1991-2024", "attempts"),
)

TABLE = Table(
    name="russia_year",
    title="Russia and the USSR by year, 1946-2024",
    description=(
        "One row a year for Russia (the USSR to 1991): economy, regime, protest, power and status, alignment, leader, NATO and the United States, and counts of what happened in "
        "the former Soviet Union. Exposures are lagged by the panel, not here; every value belongs to its own year."
    ),
    key=("year",),
    fields=FIELDS,
    inputs={
        RUSSIA_YEARS: "423c2df67c1eadf206752b561d49dccd371743bd74b609d6b2853bd7f6d0a652",
        DYADS: "3d35b05f7909aaf7fe03bd46490633d7bdbc1152384eb0c85f48cd7a0c87f721",
        UNGA: "ae5b63e26883afcb375f136b197e401bf22af8b6873309844665ebc58336c4ed",
        MIDS: "371927aeffa86d9b76acdb9d691595e5ac33123e77a616c449d48e8531dbb17a",
    },
    producers=(
        "World Bank", "Maddison Project", "Etemad & Luciani and U.S. EIA (oil and gas)", "V-Dem Institute (V-Dem, ERT)", "Mass Mobilization", "NAVCO", "CSRA", "Powell & Thyne", "UCDP and PRIO", "NELDA",
        "REIGN", "Archigos", "LEAD", "Carter & Smith", "Correlates of War Project", "Fariss et al. (GDP)", "Bitsikokos, Rondo & He and the DipRep project (network measures of COW diplomatic exchange)",
        "Bailey, Strezhnev & Voeten (UN ideal points)", "UN Dag Hammarskjöld Library and C. Yordán (vetoes)", "troopdata", "joined and partly computed by this project",
    ),
    citations=(
        cited.WDI, cited.WDI_2015, cited.DEMSPACES, cited.MADDISON, cited.ENERGY, cited.EIA, cited.VDEM, cited.VDEM_14, cited.VDEM_MODEL, cited.ERT, cited.PROTEST, cited.NAVCO, cited.CSRA,
        cited.COUPS, cited.UCDP, cited.UCDP_25, cited.NELDA, cited.REIGN, cited.ARCHIGOS, cited.LEAD, cited.WILLINGNESS, cited.NMC, cited.NMC_1972, cited.FARISS, cited.DIPLOMATS,
        cited.IGO, cited.VETOES, cited.UNGA, cited.CONTIGUITY, cited.TROOPS, cited.TROOPS_KANE, cited.MIDS,
    ),
    licence="CC-BY-SA-4.0",
    coverage="1946-2024; each column ends where its source ends",
    caveats=(
        "Terms by column. V-Dem and ERT (v2*, near_abroad_polyarchy_*, near_abroad_d1_*, near_abroad_dem_episodes, near_abroad_aut_episodes): CC BY-SA 4.0, which therefore governs the table. World Bank, "
        "Maddison, UCDP (gdp*, maddison*, wdi*, civil_conflict, n_civil_conflicts, near_abroad_civil_*): CC BY 4.0. EIA (brent*, wti*): public domain. REIGN, CSRA and the veto list: MIT. Everything else "
        "(Correlates of War, NAVCO, Mass Mobilization, Powell-Thyne, NELDA, Archigos, LEAD, Carter-Smith, Fariss et al., UN ideal points, troopdata, Etemad-Luciani): free for research with citation.",
        "A blank cell is missing or outside the source's coverage; a zero is written only inside it.",
        "gdp_growth_pct is Russia's own from 1990; earlier values of the source are imputations and are left out: use maddison_gdppc_growth_pct for the Soviet years.",
        "At most 79 rows: cluster by year, and read every year-level test as weak.",
        "Diplomatic ranks exist every five years; carry them forward by at most five years. dip_ties drops each pair's last observation in its source.",
        "1991 is double in COW contiguity, so nato_land_borders still counts Turkey's border with the USSR in 1991; it is Norway's alone from 1992 to 1998.",
        "NATO's sums count Germany once in 1990 (COW lists both 255 and 260 in that year).",
        "us_troops: the source's 2008 is about twice the years beside it in most states, so both sums are blank in 2008.",
        "mids_targeting_russia_onsets counts disputes, not opponents (twelve states joined one of them in 2014); those of 2014 include answers to Russia's own use of force.",
        "Vetoes end in 2021: the list stops in July 2022, before the veto of 30 September 2022.",
        "Archigos and REIGN have no Medvedev spell (2008-12 is Putin's); code it as a variant.",
        "NAVCO dates the Orange Revolution 2000-2005: take onsets of colour revolutions from the CSRA columns. Powell-Thyne code Ukraine 2014 as a coup.",
        "Three V-Dem releases stand behind these columns (v15 polyarchy and ERT, v14 for the rest): do not combine them into one index.",
        "idealpointall is on a scale of its own for recent Russia; idealpointlegacy is the continuous series.",
        "Disputes that Russia began and any other outcome-like column are left out on purpose.",
    ),
)
# fmt: on


def nato_sums(dyads: pd.DataFrame, cinc: pd.Series) -> pd.DataFrame:
    """Sums over NATO members by year: number, capabilities, borders with Russia; ``cinc`` is Russia's by year."""
    members = nato(dyads)
    by_year = members.groupby("year")
    touching = members.assign(any_contact=members["conttype_russia"] > 0).groupby("year")["any_contact"].sum()
    sums = pd.DataFrame(
        {
            "nato_n_members": by_year.size(),
            "nato_cinc": by_year["cinc"].sum(min_count=1),
            "nato_land_borders": by_year["land_contig_russia"].sum(),
            "nato_contig_any": touching,
        }
    ).reindex(cinc.index)
    counts = ["nato_n_members", "nato_land_borders", "nato_contig_any"]
    sums[counts] = sums[counts].fillna(0)  # no alliance before 1949
    sums["nato_to_russia_cinc"] = sums["nato_cinc"] / cinc
    return sums


def disputes(mids: pd.DataFrame, years: pd.Index) -> pd.Series:
    """Disputes by the first year in which another state on side A confronted Russia; blank after the source ends."""
    against = mids[(mids["ccode2"] == RUSSIA) & (mids["sidea1"] == 1) & (mids["disponset"] == 1)]
    first = against.groupby("dispnum")["year"].min().value_counts()
    return first.reindex(years, fill_value=0).where(years <= mids["year"].max())


def build(sources: Sources) -> pd.DataFrame:
    """Take the columns used, count NATO afresh and blank what the sources have wrong."""
    frame = sources.csv(RUSSIA_YEARS).set_index("year", drop=False)
    dyads, points = sources.csv(DYADS), sources.csv(UNGA)
    own = points[points["ccode"] == RUSSIA].set_index("year")
    usa = points[points["ccode"] == USA].set_index("year")
    states = pd.DataFrame({"ccode": RUSSIA, "year": frame["year"]})
    capital = nearest_nato_capital(states, nato(dyads))
    imputed = frame["year"] < FIRST_WDI_GROWTH
    doubled = frame["year"] == cited.DOUBLED_TROOPS
    part_year = frame["year"] > LAST_VETO_YEAR
    sums = nato_sums(dyads, frame["cinc"])
    computed = {
        "gdp_growth_pct": frame["gdp_growth_pct"].mask(imputed),
        "gdppc_growth_pct": frame["gdppc_growth_pct"].mask(imputed),
        "brent_growth_pct": 100.0 * frame["brent_nominal_usd_eia"].pct_change(fill_method=None),
        "idealpointlegacy": own["idealpointlegacy"].reindex(frame.index),
        "absdist_usa_legacy": (own["idealpointlegacy"] - usa["idealpointlegacy"]).abs().reindex(frame.index),
        "cinc": significant(frame["cinc"], 6),
        "fsu_cinc_sum": significant(frame["fsu_cinc_sum"], 6),
        "mids_targeting_russia_onsets": disputes(sources.csv(MIDS), frame.index),
        "nearest_nato_capital_km": capital["km"].round(),
        "nearest_nato_capital": capital["capital"],
        **{column: sums[column] for column in sums},
        "nato_cinc": significant(sums["nato_cinc"], 6),
        **{c: frame[c].mask(doubled) for c in ("us_troops_europe", "us_troops_postcommunist_eur_fsu")},
        **{c: frame[c].mask(part_year) for c in ("russia_vetoes", "russia_sole_vetoes", "us_vetoes")},
    }
    columns = {f.name: computed[f.name] if f.name in computed else frame[f.name] for f in FIELDS}
    return pd.DataFrame(columns).reset_index(drop=True)
