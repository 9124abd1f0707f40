"""Capability, recognition, alliances and conflict of each major power in each year."""

from __future__ import annotations

import numpy as np
import pandas as pd
from _common import RUSSIA, Field, Sources, Table
from _majors import MAJOR_POWERS, major_power_years
from states import home_region

CAPABILITY, CENTRALITY = "covariates/capabilities_nmc.csv", "covariates/diplomatic_centrality.csv"
TIES, ALLIANCES = "covariates/diplomatic_ties_count.csv", "covariates/alliances_atop_ddy.parquet"
CONTIGUITY, DYADS = "covariates/contiguity_ddy.csv", "covariates/mids_cow5_ddy_disputes.csv"
PARTICIPANTS, IMI = "events/full/cow_midb_5.0.csv", "events/full/imi_1946_2005.csv"
UCDP = "events/full/ucdp_prio_acd_25.1.csv"

FORCE = 4  # hostility of a militarised dispute: 4 = use of force, 5 = war
NEAR = 4  # contiguity types 1-4: by land, or up to 150 miles of water
WINDOW = CARRY = 5  # years
MID_LAST, IMI_LAST, ATOP_LAST = 2014, 2005, 2018
LAST_SOVIET_CAPABILITY = 1990  # NMC has the Russian Federation from 1991
GERMANY_GW, GERMANY_COW = 260, 255
ABROAD = ("interstate", "extrasystemic")  # conflicts whose primary party fights abroad


def _count(name: str, text: str, unit: str = "disputes") -> Field:
    return Field(name, "integer", text, unit, constraints={"minimum": 0})


def _flag(name: str, text: str) -> Field:
    return Field(name, "integer", text, constraints={"enum": [0, 1]})


TABLE = Table(
    name="major_power_year",
    title="Major powers by year, 1946-2024",
    description=(
        "One row for each year of each COW major power (China from 1950, Germany and Japan from 1991): rank and share"
        " of capabilities in the world and in its home region with their five-year changes, diplomatic recognition "
        "and the deficit of recognition against capability, allies, disputes begun and suffered, and force used near "
        "it by others. Outcomes and exposures stand side by side: lag the exposures."
    ),
    key=("ccode", "year"),
    fields=(
        Field("ccode", "integer", "COW number of the major power", constraints={"required": True}),
        Field("year", "year", "calendar year", constraints={"required": True}),
        Field("home_region", "string", "its group of neighbours, as in table states"),
        Field("cinc", "number", "share of world capabilities (NMC v7.0), to 2022", "share", 8),
        Field("cinc_rank", "integer", "rank among all states, 1 = strongest"),
        Field("cinc_change5", "number", "cinc minus cinc five years before", "share", 8),
        Field("region_share", "number", "its cinc over the sum of cinc of the states in its home region", "share", 5),
        Field("region_share_change5", "number", "region_share minus its value five years before", "share", 5),
        Field(
            "region_share_change5_same",
            "number",
            "the same over the states that were in the region in both years: entry of states does not move it",
            "share",
            5,
        ),
        _flag("window_spans_break", "1 = the five years span the end of the USSR (Russia 1991-95)"),
        Field("recognition_rank", "integer", "rank by missions received (COW Diplomatic Exchange), carried forward"),
        Field("recognition_pagerank_rank", "integer", "rank by PageRank in the same network, carried forward"),
        Field("measured_year", "year", "survey year of the two ranks, 1970-2005 every five years"),
        _flag("recognition_carried", "1 = measured before this year"),
        Field(
            "status_deficit_rank",
            "integer",
            "recognition_rank minus cinc_rank, both in measured_year; > 0 = recognised below capability",
            "ranks",
        ),
        Field("status_deficit_pagerank", "integer", "the same with recognition_pagerank_rank", "ranks"),
        Field("ties_rank", "integer", "rank by diplomatic ties in either direction, carried forward"),
        Field("ties_measured_year", "year", "survey year of ties_rank, 1950-2000 every five years"),
        _flag("ties_carried", "1 = measured before this year"),
        Field("status_deficit_ties", "integer", "ties_rank minus cinc_rank, both in ties_measured_year", "ranks"),
        _count(
            "defense_allies",
            "states with which it has a defence obligation in either direction (ATOP 5.1), to 2018",
            "states",
        ),
        _count("mids_started", "disputes begun this year in which it was an originator on side A, to 2014"),
        _count("mids_started_force", "of these, with use of force or war by it (hostility 4 or 5)"),
        _count("mids_joined", "disputes it joined this year, on either side, without being an originator"),
        _count(
            "mids_targeted", "disputes begun this year in which it was an originator on side B: the target of others"
        ),
        _count("mids_targeted_force", "of these, with use of force or war by a state on side A"),
        _count(
            "mids_near",
            "disputes without it in which this year a state of side A that used force first faced a state near it "
            "(contiguous by land or up to 150 miles of water)",
        ),
        _count(
            "mids_near_nonally", "of these, where a state that used force was no defence ally of it in the year before"
        ),
        Field(
            "peace_years",
            "integer",
            "whole years since it last began a dispute with force (from records since 1816), to 2014",
            "years",
        ),
        _count(
            "imi_started",
            "interventions begun this year (International Military Intervention), to 2005",
            "interventions",
        ),
        _count(
            "ucdp_secondary_entries",
            "conflicts of others that it entered with troops this year, not a warring party in the year before (UCDP)",
            "conflicts",
        ),
        _count("ucdp_interstate_entries", "interstate conflicts it entered as a primary party (UCDP)", "conflicts"),
        _count("ucdp_extrasystemic_entries", "colonial wars it entered as the primary party (UCDP)", "conflicts"),
    ),
    inputs={
        CAPABILITY: "65746cee4d27370a4a8aa971c0597049bfe90722e077a6120c276a7951cbe218",
        CENTRALITY: "3d2f9b71e98bd9705504024f0d402d835709c5440b6d383b5762660781567b6a",
        TIES: "7c05da1bb6223fdfbe6c5f87604b06a1b5f7ee7e41fbd1e354a2d231897724e4",
        ALLIANCES: "632b6f4af475be1f5b13b22bb136afe7f794ba17cd07454e4547bfe8fe37403c",
        CONTIGUITY: "d71543f3b46077519253217dd06c5ff34d11126a36667f70c4a3848585b7194b",
        DYADS: "371927aeffa86d9b76acdb9d691595e5ac33123e77a616c449d48e8531dbb17a",
        PARTICIPANTS: "9dafdb695e4326d87c331e9b133e4200d7bbbb0eec09ab653897f59694c2af71",
        IMI: "0fffd894a6ca1dd0c1a2a74402829662a34282e8f01225911d53552a7ebbc857",
        UCDP: "d6707f72923221a4fc30d7beccc7ad9ea9e578d437535bfb1b6af721ad672812",
    },
    producers=(
        "Correlates of War Project (NMC v7.0, Diplomatic Exchange v2006.1, MID 5.0, Direct Contiguity v3.2, Major "
        "Powers v2016)",
        "ATOP 5.1",
        "International Military Intervention (Pearson, Baumann, Kisangani, Pickering)",
        "UCDP/PRIO Armed Conflict 25.1",
    ),
    citations=(
        "Correlates of War Project. 2017. Major Powers, v2016.",
        "Singer, J. David. 1987. Reconstructing the Correlates of War Dataset on Material Capabilities of States, "
        "1816-1985. International Interactions 14: 115-132.",
        "Bayer, Resat. 2006. Diplomatic Exchange Data set, v2006.1. Correlates of War Project.",
        "Renshon, Jonathan. 2017. Fighting for Status. Princeton University Press (the deficit of recognition against"
        " capability).",
        "Leeds, Brett Ashley, and others. 2002. Alliance Treaty Obligations and Provisions, 1815-1944. International "
        "Interactions 28.",
        "Palmer, Glenn, and others. 2022. The MID5 Dataset, 2011-2014. Conflict Management and Peace Science 39(4).",
        "Stinnett, Douglas M., and others. 2002. The COW Project Direct Contiguity Data, Version 3. CMPS 19(2): 58-66.",
        "Pearson, Frederic S. and Robert A. Baumann. 1993. International Military Intervention, 1946-1988. ICPSR "
        "6035; Kisangani, Emizet F. and Jeffrey Pickering. 2008. International Military Intervention, 1989-2005. "
        "ICPSR 21282.",
        "Davies, Shawn, and others. 2025. Organized violence (UCDP/PRIO Armed Conflict Dataset 25.1).",
    ),
    licence="research-citation",
    coverage="1946-2024; each column to the year its source ends",
    caveats=(
        "cinc_rank is among all states: a deficit of ranks mixes the top of a list of 130-190 states with small "
        "differences of counts.",
        "Both recognition measures undercount (see diplomatic_recognition); they are carried forward for at most five"
        " years, and after 2010 (ties: 2005) there is none.",
        "COW lists few states in some regions before 1955 (Japan enters in 1952, the Germanies in 1954-55, both "
        "double in 1990): use region_share_change5_same, which needs a state in both years.",
        "Germany's changes begin in 1995 (number 255 begins in 1990).",
        "mids_* and ucdp_* count events of the same year: as exposures they must be lagged.",
        "The list of major powers ends in 2016 and is taken as unchanged since.",
        "UCDP counts a sender of troops to an allied or UN force in combat as a secondary party, and the war against "
        "al-Qaida as one conflict of the United States.",
        "IMI leaves out UN and NATO contingents; its last year is 2005.",
    ),
)


def _share(cinc: pd.Series, ccode: int, members: list[int]) -> float:
    """Share of one state in the capabilities of a group in one year; missing where it has none."""
    total = cinc.reindex(members).sum()
    return cinc.get(ccode, np.nan) / total if total > 0 else np.nan


def _capability(rows: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Shares of the world and of the home region, and their changes over five years."""
    years = range(rows["year"].min() - WINDOW, rows["year"].max() + 1)
    cinc = states.pivot(index="year", columns="ccode", values="cinc").reindex(years)
    rank = states.set_index(["ccode", "year"])["cinc_rank"]
    region = {code: home_region(code) for code in cinc.columns}
    out = []
    for ccode, year in rows.itertuples(index=False):
        now, before = cinc.loc[year], cinc.loc[year - WINDOW]
        home = [c for c in cinc.columns if region[c] == region[ccode]]
        stayed = [c for c in home if pd.notna(now[c]) and pd.notna(before[c])]
        share = _share(now, ccode, home)
        same = _share(now, ccode, stayed) - _share(before, ccode, stayed)
        out.append({
            "cinc": now[ccode], "cinc_rank": rank.get((ccode, year)), "home_region": region[ccode],
            "cinc_change5": now[ccode] - before[ccode], "region_share": share,
            "region_share_change5": share - _share(before, ccode, home), "region_share_change5_same": same,
            "window_spans_break": int(ccode == RUSSIA and year - WINDOW <= LAST_SOVIET_CAPABILITY < year),
        })  # fmt: skip
    return pd.concat([rows, pd.DataFrame(out)], axis=1)


def _recognition(sources: Sources, rows: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Carry each survey forward at most five years; deficits compare ranks of the same year."""
    rank = states[["ccode", "year", "cinc_rank"]]
    network = sources.csv(CENTRALITY)[["ccode", "year", "in_degree_rank", "pagerank_rank"]].merge(rank, validate="1:1")
    network = network.assign(
        recognition_rank=network["in_degree_rank"], recognition_pagerank_rank=network["pagerank_rank"],
        status_deficit_rank=network["in_degree_rank"] - network["cinc_rank"],
        status_deficit_pagerank=network["pagerank_rank"] - network["cinc_rank"], measured_year=network["year"],
    ).drop(columns=["in_degree_rank", "pagerank_rank", "cinc_rank"])  # fmt: skip
    ties = sources.csv(TIES)[["ccode", "year", "dip_ties_rank"]].merge(rank, validate="1:1")
    ties = ties.assign(
        ties_rank=ties["dip_ties_rank"], status_deficit_ties=ties["dip_ties_rank"] - ties["cinc_rank"],
        ties_measured_year=ties["year"],
    ).drop(columns=["dip_ties_rank", "cinc_rank"])  # fmt: skip
    out = rows.sort_values("year")
    for survey in (network, ties):
        out = pd.merge_asof(out, survey.sort_values("year"), on="year", by="ccode", tolerance=CARRY)
    for measured, flag in (("measured_year", "recognition_carried"), ("ties_measured_year", "ties_carried")):
        out[flag] = (out[measured] < out["year"]).astype(float).where(out[measured].notna())
    return out


def _disputes(participants: pd.DataFrame) -> pd.DataFrame:
    """One row a dispute and state, from spells of participation: first year, highest hostility, side, originator."""
    merged = participants.groupby(["dispnum", "ccode"], as_index=False).agg(
        year=("styear", "min"), hostility=("hostlev", "max"), side_a=("sidea", "max"), originator=("orig", "max")
    )
    opponents = merged[merged["side_a"] == 1].groupby("dispnum")["hostility"].max()
    return merged.assign(
        started=merged["originator"].eq(1) & merged["side_a"].eq(1),
        targeted=merged["originator"].eq(1) & merged["side_a"].eq(0),
        force=merged["hostility"] >= FORCE,
        force_against=merged["dispnum"].map(opponents).fillna(0) >= FORCE,
    )


def _mid_counts(participants: pd.DataFrame) -> pd.DataFrame:
    """Disputes started, joined and suffered by state and year."""
    d = _disputes(participants)
    counts = pd.DataFrame({
        "ccode": d["ccode"], "year": d["year"], "mids_started": d["started"], "mids_started_force": d["started"] & d[
            "force"],
        "mids_joined": d["originator"].eq(0), "mids_targeted": d["targeted"], "mids_targeted_force": d["targeted"] & d[
            "force_against"],
    })  # fmt: skip
    return counts.groupby(["ccode", "year"], as_index=False).sum()


def _peace_years(rows: pd.DataFrame, counts: pd.DataFrame) -> pd.Series:
    """Whole years between the last year in which the power began a dispute with force and this one."""
    started = counts[counts["mids_started_force"] > 0].groupby("ccode")["year"].apply(np.sort)
    values = []
    for ccode, year in rows[["ccode", "year"]].itertuples(index=False):
        before = started[ccode][started[ccode] < year]
        values.append(year - before[-1] - 1 if len(before) and year <= MID_LAST else np.nan)
    return pd.Series(values, index=rows.index)


def _near(sources: Sources, rows: pd.DataFrame) -> pd.DataFrame:
    """Disputes of others in which force was used against a state near the power, by all and by non-allies."""
    begun = sources.csv(DYADS).query(f"disponset == 1 and sidea1 == 1 and hostlev1 >= {FORCE}")
    parties = sources.csv(DYADS).groupby("dispnum")[["ccode1", "ccode2"]].agg(set)
    involved = {number: a | b for number, a, b in parties.itertuples()}
    near = sources.csv(CONTIGUITY).query(f"conttype <= {NEAR}")[["ccode1", "ccode2", "year"]]
    near = near.rename(columns={"ccode1": "power"}).merge(rows.rename(columns={"ccode": "power"}))
    cases = begun[["dispnum", "ccode1", "ccode2", "year"]].merge(near, on=["ccode2", "year"])
    cases = cases[
        [power not in involved[number] for power, number in zip(cases["power"], cases["dispnum"], strict=True)]
    ]
    pacts = sources.parquet(ALLIANCES).query("atop_defense == 1")
    allied = set(zip(pacts["ccode1"], pacts["ccode2"], pacts["year"], strict=True))
    ally = [(p, c, y - 1) in allied or (c, p, y - 1) in allied
            for p, c, y in zip(cases["power"], cases["ccode1"], cases["year"], strict=True)]  # fmt: skip
    count = cases.groupby(["power", "year"])["dispnum"].nunique().rename("mids_near")
    hostile = cases[~np.array(ally, bool)].groupby(["power", "year"])["dispnum"].nunique().rename("mids_near_nonally")
    return pd.concat([count, hostile], axis=1).reset_index().rename(columns={"power": "ccode"})


def _allies(sources: Sources) -> pd.DataFrame:
    pacts = sources.parquet(ALLIANCES).query("atop_defense == 1")
    ends = [pacts[["ccode1", "ccode2", "year"]].set_axis(names, axis=1)
            for names in (["ccode", "ally", "year"], ["ally", "ccode", "year"])]  # fmt: skip
    pairs = pd.concat(ends).drop_duplicates()
    return pairs.groupby(["ccode", "year"]).size().rename("defense_allies").reset_index()


def _ucdp_entries(conflicts: pd.DataFrame) -> pd.DataFrame:
    """First years of uninterrupted participation, by role; GW numbers of Germany become COW numbers."""
    parts = []
    for role in ("gwno_a", "gwno_b", "gwno_a_2nd", "gwno_b_2nd"):
        kind = "secondary" if role.endswith("2nd") else conflicts["type_of_conflict"].where(lambda k: k.isin(ABROAD))
        party = {
            "conflict": conflicts["conflict_id"],
            "ccode": conflicts[role],
            "year": conflicts["year"],
            "kind": kind,
        }
        parts.append(pd.DataFrame(party))
    sides = pd.concat(parts).dropna(subset=["ccode"]).replace({"ccode": {GERMANY_GW: GERMANY_COW}})
    taking_part = set(zip(sides["conflict"], sides["ccode"], sides["year"], strict=True))
    sides = sides.dropna(subset=["kind"]).drop_duplicates(["conflict", "ccode", "year", "kind"])
    entered = [
        (k, c, y - 1) not in taking_part
        for k, c, y in zip(sides["conflict"], sides["ccode"], sides["year"], strict=True)
    ]
    counts = sides[entered].pivot_table(index=["ccode", "year"], columns="kind", values="conflict", aggfunc="count")
    return counts.rename(columns=lambda k: f"ucdp_{k}_entries").reset_index()


def build(sources: Sources) -> pd.DataFrame:
    """Join the parts; a count is zero where its source covers the year and lists nothing."""
    rows = major_power_years()
    states = sources.csv(CAPABILITY)
    frame = _capability(rows, states).merge(_recognition(sources, rows, states), on=["ccode", "year"], validate="1:1")
    mids = _mid_counts(sources.csv(PARTICIPANTS))
    imi = sources.csv(IMI).rename(columns={"intervener": "ccode", "start_year": "year"})
    imi_started = imi.groupby(["ccode", "year"]).size().rename("imi_started").reset_index()
    for part, last in (
        (mids, MID_LAST), (_near(sources, rows), MID_LAST), (imi_started, IMI_LAST),
        (_allies(sources), ATOP_LAST), (_ucdp_entries(sources.csv(UCDP)), frame["year"].max()),
    ):  # fmt: skip
        columns = [c for c in part.columns if c not in ("ccode", "year")]
        frame = frame.merge(part[part["ccode"].isin(MAJOR_POWERS)], on=["ccode", "year"], how="left", validate="1:1")
        frame[columns] = frame[columns].astype(float).fillna(0).where(frame["year"] <= last)
    return frame.assign(peace_years=_peace_years(frame, mids))
