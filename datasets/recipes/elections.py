"""National elections of every state, merged from NELDA and REIGN."""

from __future__ import annotations

import pandas as pd
from _common import RUSSIA, USA, Field, Sources, Table
from _text import PARTIAL_DATE, placeholder_dates

NELDA, REIGN, RUSSIAN = "covariates/elections_nelda.csv", "covariates/elections_reign.csv", "series/ru_elections.csv"
FIRST_YEAR = 1946
SAME_VOTE_DAYS = 7  # the two sources may date one vote differently by up to a week
NELDA_TYPES = {"P": "executive", "L": "legislative", "A": "constituent_assembly"}
REIGN_TYPES = {"X": "executive", "L": "legislative", "R": "referendum"}
RUSSIAN_TYPES = {"presidential": "executive", "legislative": "legislative", "referendum": "referendum"}
# Days that the sources give as a year or month only: type and date there -> day, address.
RUSSIAN_DAYS = {
    ("referendum", "1993-04"): ("1993-04-25", "wikimili.com/en/1993_Russian_government_referendum"),
    ("legislative", "2016"): ("2016-09-18", "rethinkingrussia.ru/en/2016/10/11"),
    ("legislative", "2021"): ("2021-09-19", "rapsinews.com/legislation_news/20210618/307147202.html"),
}
STATUTE = "2 U.S.C. 7 and 3 U.S.C. 1 (Tuesday after the first Monday in November)"
STATUTORY_YEARS = (2014, 2016, 2018, 2020, 2022, 2024)  # after the end of NELDA
COLUMNS = ["ccode", "date", "type", "round", "source"]
TABLE = Table(
    name="elections",
    title="National elections, 1946-2024",
    description=(
        "One row for each national vote: executive and legislative elections, constituent assemblies, and the "
        "referendums on a leader's office that REIGN lists. NELDA and REIGN are merged: the same state, type and day "
        "is one row; so is the same state and type within a week, or the same month where REIGN has no day, with "
        "NELDA's date. Russia comes from the merged list of the same sources with three days looked up; US elections "
        "after NELDA's end are dated by statute."
    ),
    key=("ccode", "date", "type"),
    fields=(
        Field("ccode", "integer", "COW number of the state; 365 is the USSR to 1991 and Russia after"),
        Field(
            "date",
            "string",
            "Day of the vote, ISO (Russia 2021: the last of three), or the month",
            constraints={"pattern": PARTIAL_DATE},
        ),
        Field("date_precision", "string", "How much of the date is known", constraints={"enum": ["day", "month"]}),
        Field(
            "type",
            "string",
            "What was voted on; executive = president or other head",
            constraints={"enum": ["executive", "legislative", "constituent_assembly", "referendum"]},
        ),
        Field("round", "integer", "1 = first or only round, 2 and more = run-off", constraints={"minimum": 1}),
        Field("source", "string", "NELDA, REIGN, both, or what else the date rests on"),
    ),
    inputs={
        NELDA: "832d50c2717ffea9cbc2bacbdd661230cb51e5d9306405f5f49c63cb7e03e07f",
        REIGN: "deff85e9146fc7fefbc538dd6a945f0f104983c59045633c208910214f01a82a",
        RUSSIAN: "4044502aaaa9f654616937580ae268c64e0673628a1aa67ec89ebf873904924d",
    },
    producers=(
        "National Elections Across Democracy and Autocracy (NELDA), to 2012",
        "Rulers, Elections and Irregular Governance (REIGN), to March 2021",
    ),
    citations=(
        "Hyde, Susan D., and Nikolay Marinov. 2012. Which Elections Can Be Lost? Political Analysis 20: 191-210.",
        "Bell, Curtis. 2016. The Rulers, Elections, and Irregular Governance Dataset (REIGN). OEF Research.",
        "Coppedge, Michael, et al. 2024. V-Dem dataset v14 (years of the Duma elections of 2016 and 2021).",
    ),
    licence="research-citation",
    coverage="1946-2024: NELDA 1946-2012, REIGN 1946-2021-03, Russia and the United States to 2024",
    caveats=(
        "REIGN lists only votes that decide who leads: after 2012 legislative elections under presidents are missing, "
        "save those of Russia and the United States.",
        "NELDA gives a run-off the date of its first round: 289 such rows are left out, and run-offs are here only "
        "from REIGN or where NELDA has a date of their own (6).",
        "Russia's presidential election of 2024 is dated by REIGN's schedule; it was held on 15-17 March.",
        "Votes by an assembly or an electoral college that REIGN counts as elections are included.",
        "Votes of 1945 and before and votes announced but not held are left out.",
    ),
)


def nelda(sources: Sources) -> pd.DataFrame:
    """Return NELDA's votes with the date in the identifier; run-offs that carry the first round's date are left out."""
    votes = sources.csv(NELDA)
    pattern = r"^\d{3}-(?P<year>\d{4})-(?P<month>\d{2})(?P<day>\d{2})-(?P<type>[PLA])(?P<round>\d)$"
    parts = votes["electionid"].str.extract(pattern)
    day = ("-" + parts["day"]).where(parts["day"].ne("00"), "")
    out = pd.DataFrame({"ccode": votes["ccode"], "date": parts["year"] + "-" + parts["month"] + day})
    out["type"], out["round"], out["source"] = parts["type"].map(NELDA_TYPES), parts["round"].astype(int), "NELDA"
    return out.sort_values("round", kind="stable").drop_duplicates(["ccode", "date", "type"])


def reign(sources: Sources) -> pd.DataFrame:
    """Return REIGN's votes that were held."""
    rows = sources.csv(REIGN)
    votes = rows[rows["event"].str.strip().str.startswith("Vote")]
    day = pd.to_numeric(votes["elec_day"], errors="coerce")
    month = votes["elec_year"].astype(str) + "-" + votes["elec_month"].astype(str).str.zfill(2)
    out = pd.DataFrame({"ccode": votes["ccode"], "type": votes["type"].map(REIGN_TYPES), "source": "REIGN"})
    out["date"] = month + day.map("-{:02.0f}".format).where(day.notna(), "")
    out["round"] = votes["runoff"].astype(str).eq("2").map({True: 2, False: 1})
    return out


def russia(sources: Sources) -> pd.DataFrame:
    """Return the Russian votes, one row a day and type, with the days that were looked up."""
    votes = sources.csv(RUSSIAN, dtype=str, keep_default_na=False)
    votes = votes[~(votes["id"].str.endswith("-P2") | (votes["kind"].eq("presidential") & votes["date"].eq("2018")))]
    rows = []
    for (date, kind), same in votes.groupby(["date", "kind"], sort=True):
        kind = RUSSIAN_TYPES[str(kind)]
        source = "; ".join(sorted({text.split(" ")[0] for text in same["source"]}))
        if (kind, date) in RUSSIAN_DAYS:
            date, address = RUSSIAN_DAYS[kind, str(date)]
            source += f"; day: {address}"
        rows.append((RUSSIA, date, kind, 2 if date == "1996-07-03" else 1, source))
    return pd.DataFrame(rows, columns=COLUMNS)


def statutory_day(year: int) -> str:
    """Return the day of a federal election in the United States: the Tuesday after the first Monday in November."""
    first_monday = pd.Timestamp(year, 11, 1) + pd.offsets.Week(n=0, weekday=0)
    return (first_monday + pd.Timedelta(days=1)).strftime("%Y-%m-%d")


def united_states(known: pd.DataFrame) -> pd.DataFrame:
    """Return the federal elections by statute that ``known`` lacks."""
    rows = [(USA, statutory_day(year), "legislative", 1, STATUTE) for year in STATUTORY_YEARS]
    rows += [(USA, statutory_day(year), "executive", 1, STATUTE) for year in STATUTORY_YEARS if year % 4 == 0]
    votes = pd.DataFrame(rows, columns=COLUMNS)
    held = pd.MultiIndex.from_frame(known[["ccode", "date", "type"]])
    return votes[~pd.MultiIndex.from_frame(votes[["ccode", "date", "type"]]).isin(held)]


def same_vote(ours: pd.DataFrame, vote: pd.Series) -> int | None:
    """Return the index of the row of ``ours`` (one state and type) that is this vote of the other source, or None."""
    if len(vote["date"]) == len("2000-01"):
        near = ours.index[ours["date"].str[:7].eq(vote["date"])]
    elif (ours["date"] == vote["date"]).any():
        near = ours.index[ours["date"].eq(vote["date"])]
    elif vote["round"] > 1:
        return None
    else:
        gap = (
            pd.to_datetime(ours["date"], format="%Y-%m-%d", errors="coerce") - pd.Timestamp(vote["date"])
        ).dt.days.abs()
        near = gap[gap.le(SAME_VOTE_DAYS)].sort_values().index
    return int(near[0]) if len(near) else None


def merge(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Put the votes of ``second`` that are not in ``first`` under it; those that are get both sources."""
    out = first.reset_index(drop=True)
    groups = dict(iter(out.groupby(["ccode", "type"])))
    new = []
    for _, vote in second.iterrows():
        ours = groups.get((vote["ccode"], vote["type"]))
        found = None if ours is None else same_vote(ours, vote)
        if found is None:
            new.append(vote[COLUMNS])
        else:
            out.loc[found, "source"] = f"{first['source'].iloc[0]}; {vote['source']}"
            out.loc[found, "round"] = max(out.loc[found, "round"], vote["round"])
    return pd.concat([out, pd.DataFrame(new, columns=COLUMNS)], ignore_index=True)


def build(sources: Sources) -> pd.DataFrame:
    """Merge the sources and check the dates."""
    votes = merge(nelda(sources), reign(sources))
    votes = votes[votes["ccode"].ne(RUSSIA) & votes["date"].str[:4].astype(int).ge(FIRST_YEAR)]
    votes = pd.concat([votes, russia(sources), united_states(votes)], ignore_index=True)
    votes["date_precision"] = votes["date"].str.len().map({7: "month", 10: "day"})
    placeholder_dates(votes["date"], votes["date_precision"])
    if votes["date_precision"].isna().any():
        raise ValueError(f"dates with a year only: {votes.loc[votes['date_precision'].isna()].to_dict('records')}")
    return votes
