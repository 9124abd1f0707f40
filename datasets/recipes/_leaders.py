"""Leader spells from REIGN and Archigos, joined without overlap; ``leaders`` and ``leader_traits`` share them."""

from __future__ import annotations

import contextlib
import difflib
import re

import pandas as pd
from _membership import LATEST, SPELLS, existed

REIGN, ARCHIGOS = "covariates/leaders_reign.csv", "covariates/leaders_archigos_lead.csv"
INPUTS = {
    REIGN: "f171264a6c59f62ff4fb7399cf72eec2e9165f846df7d76d067cf0ff8b5b12c4",
    ARCHIGOS: "7ed56f474866fb82ca3f024556e83cf54ad15a566642dd4c670364c4509ca45a",
}
PRODUCERS = (
    "Rulers, Elections and Irregular Governance (REIGN), March 2021",
    "Archigos 4.1",
    "Leader Experience and Attribute Descriptions (LEAD)",
    "Leader willingness to use force (Carter and Smith)",
)
CITATIONS = (
    "Bell, C. (2016). The Rulers, Elections, and Irregular Governance Dataset (REIGN). Broomfield: OEF Research.",
    "Goemans, H. E., Gleditsch, K. S., Chiozza, G. (2009). Introducing Archigos: A dataset of political leaders. Journal of "
    "Peace Research 46(2), 269-283.",
    "Ellis, C. M., Horowitz, M. C., Stam, A. C. (2015). Introducing the LEAD data set. International Interactions 41(4), "
    "718-741.",
    "Carter, J., Smith, C. E. (2020). A framework for measuring leaders' willingness to use force. American Political "
    "Science Review 114(4), 1352-1358.",
)
REIGN_TO, ARCHIGOS_TO, RECORD_TO = "2021-03-31", "2015-12-31", "2024-12-31"
SHORT = 31  # days of a vacancy, and of a difference between two codings of one entry
IN_OFFICE_2024 = {2, 220, 365, 710}  # major powers whose leader of March 2021 was in office at the end of 2024
ENTRIES = {(591, "1977-05-06"): "1977-06-05"}  # day and month exchanged: the coup in Seychelles was on 5 June
SUCCESSORS = {  # the other major powers, from the public record
    200: (("Truss", "2022-09-06"), ("Sunak", "2022-10-25"), ("Starmer", "2024-07-05")),
    255: (("Scholz", "2021-12-08"),),
    740: (("Kishida", "2021-10-04"), ("Ishiba", "2024-10-01")),
}
VARIANTS = (
    ("medvedev", 365, "Putin", "2000-01-01", "2008-05-06"),
    ("medvedev", 365, "Medvedev", "2008-05-07", "2012-05-06"),
    ("medvedev", 365, "Putin", "2012-05-07", ""),
    ("formal office", 365, "Gorbachev", "1985-03-11", "1991-12-25"),
    ("formal office", 365, "Yeltsin", "1991-12-26", "1999-12-31"),
)


def shift(day: str, days: int) -> str:
    return (pd.Timestamp(day) + pd.Timedelta(days=days)).date().isoformat()


def days_between(first: str, second: str) -> int:
    return (pd.Timestamp(second) - pd.Timestamp(first)).days


def _words(text: object) -> list[str]:
    return [word for word in re.sub(r"[^a-z]", " ", str(text).lower()).split() if len(word) > 2]


def same_person(first: object, second: object) -> bool:
    """Do two spellings share a word, or nearly one?"""
    ratios = (difflib.SequenceMatcher(None, a, b).ratio() for a in _words(first) for b in _words(second))
    return first == second or max(ratios, default=0.0) >= 0.75


def _clean(name: str) -> str:
    """Repair UTF-8 read as Latin-1, and drop counts of terms and marks of sex from a name."""
    with contextlib.suppress(UnicodeError):
        name = name.encode("latin-1").decode("utf-8")
    name = re.sub(r"\((f|\d\w+ time)\)", " ", name.replace("Gonzšlez", "Gonzalez"))
    return " ".join(name.split())


def read_reign(reign: pd.DataFrame) -> pd.DataFrame:
    """Spells of REIGN with the first day and the month of exit (``YYYY-MM``; empty in office)."""
    out = reign.assign(
        start=[f"{y}-{m:02d}-{d:02d}" for y, m, d in zip(reign["syear"], reign["smonth"], reign["sdate"], strict=True)],
        month=[
            "" if pd.isna(y) else f"{int(y)}-{int(m):02d}" for y, m in zip(reign["eyear"], reign["emonth"], strict=True)
        ],
        leader=reign["leader"].map(_clean),
        source="REIGN",
    )
    out["start"] = [ENTRIES.get(key, key[1]) for key in zip(out["ccode"], out["start"], strict=True)]
    return out.sort_values(["ccode", "start"]).reset_index(drop=True)


def match(reign: pd.DataFrame, archigos: pd.DataFrame) -> list[int | None]:
    """For each REIGN spell the Archigos row of the same person: by identifier, else by entry within a month."""
    by_id = {row.leadid29: row for row in archigos.dropna(subset=["leadid29"]).itertuples()}
    found: list[int | None] = []
    for spell in reign.itertuples():
        row = by_id.get(spell.leadid)
        found.append(row.Index if row is not None and same_person(row.leader, spell.leader) else None)
    free = archigos.drop(index=[i for i in found if i is not None])
    by_state = dict(list(free.groupby("ccode")))
    for place, spell in enumerate(reign.itertuples()):
        near = by_state.get(spell.ccode, free.iloc[:0])
        if found[place] is None and len(near):
            apart = (pd.to_datetime(near["startdate"]) - pd.Timestamp(spell.start)).abs().dt.days
            nearest = apart.idxmin()
            if apart.min() <= SHORT and same_person(near.loc[nearest, "leader"], spell.leader):
                found[place] = nearest
    return found


def _end(month: str, exit_day: str, successor: str) -> tuple[str, str, str]:
    """Last day of a spell, its precision and its source, from the month of exit, Archigos's day and the next entry."""
    if not month:
        return "", "ongoing", ""
    eve = shift(successor, -1) if successor else LATEST
    if exit_day[:7] == month:
        return (min(exit_day, eve), "day", "archigos" if exit_day <= eve else "successor")
    last = pd.Period(month).end_time.date().isoformat()
    if eve[:7] == month or eve < last:
        return eve, "day" if eve[:7] == month else "month", "successor"
    return last, "month", "month end"


def _reign_spells(reign: pd.DataFrame, archigos: pd.DataFrame) -> pd.DataFrame:
    """Give the spells of REIGN their last days."""
    out = reign.copy()
    out["archigos"] = pd.array(match(out, archigos), dtype="Int64")
    exits = out["archigos"].map(archigos["enddate"]).fillna("")
    out["exit_day"] = exits.where(exits < ARCHIGOS_TO, "")  # still in office when Archigos ends
    successor = out.groupby("ccode")["start"].shift(-1).fillna("")
    ends = [_end(*row) for row in zip(out["month"], out["exit_day"], successor, strict=True)]
    out[["end", "end_precision", "end_source"]] = pd.DataFrame(ends, index=out.index)
    out["observed_to"] = out["end"].where(out["end"] != "", REIGN_TO)
    return out


def _archigos_between(base: pd.DataFrame, archigos: pd.DataFrame) -> pd.DataFrame:
    """Archigos spells that fall before REIGN's first or into its gaps, cut to the days REIGN leaves open."""
    rows = []
    for spell in archigos.itertuples():
        own = base[base["ccode"] == spell.ccode]
        last = spell.enddate
        over = own[(own["start"] <= last) & (own["observed_to"] >= spell.startdate)]
        if len(over):
            last = min(last, shift(over["start"].min(), -1))
        if last < spell.startdate or spell.startdate > (own["start"].max() if len(own) else LATEST):
            continue
        censored = spell.enddate >= ARCHIGOS_TO
        rows.append({
            "ccode": int(spell.ccode), "leader": spell.leader, "start": spell.startdate, "end": "" if censored else last,
            "end_precision": "ongoing" if censored else "day", "end_source": "" if censored else "archigos",
            "observed_to": last, "source": "Archigos", "archigos": spell.Index,
        })  # fmt: skip
    out = pd.DataFrame(rows).sort_values(["ccode", "start"])
    successor = out.groupby("ccode")["start"].shift(-1).fillna(LATEST)
    shared = (out["end"] >= successor) & (out["end"] != "")  # Archigos gives the day of change to both
    eves = [shift(day, -1) for day in successor[shared]]
    out.loc[shared, ["end", "observed_to"]] = [[eve, eve] for eve in eves]
    return out[out["end"].eq("") | (out["end"] >= out["start"])]


def _to_2024(base: pd.DataFrame) -> pd.DataFrame:
    """Continue the major powers from the public record."""
    out, open_end = base.copy(), base["end"] == ""
    out.loc[open_end & out["ccode"].isin(IN_OFFICE_2024), "observed_to"] = RECORD_TO
    added = []
    for code, following in SUCCESSORS.items():
        eves = [shift(day, -1) for _, day in following]
        last = open_end & (out["ccode"] == code)
        out.loc[last, ["end", "observed_to"]] = eves[0]
        out.loc[last, ["end_precision", "end_source"]] = ["day", "public record"]
        for (leader, day), end in zip(following, [*eves[1:], ""], strict=True):
            added.append({
                "ccode": code, "leader": leader, "start": day, "end": end, "end_precision": "day" if end else "ongoing",
                "end_source": "public record" if end else "", "observed_to": end or RECORD_TO, "source": "public record",
            })  # fmt: skip
    return pd.concat([out, pd.DataFrame(added)], ignore_index=True)


def _variants(base: pd.DataFrame) -> pd.DataFrame:
    """The alternative readings; a row takes its Archigos match from the default spell of the same leader."""
    known = base[base["ccode"] == 365].drop_duplicates("leader").set_index("leader")["archigos"]
    return pd.DataFrame([
        {"ccode": code, "leader": leader, "start": start, "end": end, "end_precision": "day" if end else "ongoing",
         "end_source": "public record" if end else "", "observed_to": end or RECORD_TO, "source": "public record",
         "variant": variant, "archigos": known.get(leader)}
        for variant, code, leader, start, end in VARIANTS
    ])  # fmt: skip


def _gaps(base: pd.DataFrame) -> pd.DataFrame:
    """Days without a leader before each spell, and why."""
    out = base.sort_values(["ccode", "start"]).reset_index(drop=True)
    joined = {code: max(next(s for s, e in SPELLS[code] if e >= "1946-01-01"), "1946-01-01") for code in SPELLS}
    previous = out.groupby("ccode")["observed_to"].shift()
    previous = previous.fillna(out["ccode"].map(lambda code: shift(joined[code], -1)))
    days = [max(days_between(p, s) - 1, 0) for p, s in zip(previous, out["start"], strict=True)]
    out["gap_before"] = days
    out["gap_reason"] = ["" if not gap else "vacancy" if gap <= SHORT else "not listed" for gap in days]
    return out


def spells(reign: pd.DataFrame, archigos: pd.DataFrame) -> pd.DataFrame:
    """All spells, default and variants, with ``archigos`` the row of the matched Archigos spell."""
    known = archigos.dropna(subset=["ccode"])
    base = _reign_spells(read_reign(reign), known)
    base = pd.concat([base, _archigos_between(base, known)], ignore_index=True)
    base = _to_2024(base)
    reaches = base["observed_to"] >= "1946-01-01"
    since = base["start"].clip("1946-01-01")
    member = [existed(*row) for row in zip(base["ccode"], since, base["observed_to"], strict=True)]
    base = base[reaches & pd.Series(member, index=base.index)]
    out = pd.concat([_gaps(base).assign(variant=""), _variants(base)], ignore_index=True)
    suffix = ("-" + out["variant"].str.replace(" ", "-")).where(out["variant"] != "", "")
    out["spell_id"] = out["ccode"].astype(str) + "-" + out["start"] + suffix
    return out.rename(columns={"ccode": "actor_ccode"})
