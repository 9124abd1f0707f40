"""Recipe of ``events_mip``: military interventions of the United States, 1776-2019."""

from __future__ import annotations

import re

import pandas as pd
from _common import USA, Field, Sources, Table
from _events import ACTOR_KEY, COMMON, FATALITY_BANDS, closing, complete, joined, number, opening
from _membership import ABBREVIATIONS, cow_code

SOURCE = "events/full/mip_us_2022_dataset.csv"
ALIASES = {"AUH": 300, "KOR": 730, "CHIN": 710, "LKA": 780, "IDN": 850}
CODES = {name: code for code, name in ABBREVIATIONS.items()} | ALIASES
OBJECTIVES = {
    "ForeignReg": "remove_regime", "BuildReg": "build_regime", "Empire": "empire", "Territory": "territory",
    "Policy": "policy", "SocialProt": "social_protection", "Economic": "economic", "ProtOwn": "protect_own",
}  # fmt: skip
HUMANITARIAN = "6.2"

TABLE = Table(
    name="events_mip",
    title="Military interventions of the United States, 1776-2019",
    description="One row an intervention that the source keeps (RemoveCase 0). Activity is `combat` for hostility 5 or "
    "a highest action of 18 or 19 (clash, attack), `humanitarian` when that is the only objective, else empty.",
    key=("event_id",),
    fields=(
        *COMMON,
        Field("primary_target", "integer", "1 the state itself was the primary target, 0 a group or event in it",
              constraints={"enum": [0, 1]}),
        Field("location", "string", "COW numbers where it took place, joined by ';', as the source gives them"),
        Field("hostility", "integer", "Highest hostility of the United States: 2 threat, 3 display, 4 use of force, 5 war"),
        Field("highest_action", "integer", "Highest action of the United States, by the 24-step scale of the source: 2-5 threats, "
              "7-13 displays, 14-20 uses of force, 22-24 wars"),
        Field("originator", "integer", "1 involved from the first day", constraints={"enum": [0, 1]}),
        Field("objectives", "string", "Objectives, joined by ';': " + ", ".join(OBJECTIVES.values()) + ", humanitarian"),
        Field("fatality_band", "integer", f"Deaths of the United States: {FATALITY_BANDS}"),
        Field("target_fatality_band", "integer", f"Deaths of the target: {FATALITY_BANDS}"),
        Field("troops_max", "integer", "Most ground troops; empty: not known", unit="persons"),
        Field("outcome", "integer", "Outcome: 1 victory US, 2 victory target, 3 yield US, 4 yield target, 5 stalemate, 6 compromise, 7 released, "
              "8 unclear, 9 ongoing"),
        Field("in_mid", "integer", "1 the case is also a militarised interstate dispute", constraints={"enum": [0, 1]}),
    ),
    inputs={SOURCE: "999af0e62dbf8a87a8916092999f0d60087392278117f1af5ab4132c607a2aa8"},
    producers=("Military Intervention Project (Kushi and Toft)",),
    citations=(
        "Kushi, S., Toft, M. D. (2023). Introducing the Military Intervention Project: A new dataset on US military "
        "interventions, 1776-2019. Journal of Conflict Resolution 67(4), 752-779.",
    ),
    licence="research-citation",
    coverage="1798-2019 (the universe begins in 1776)",
    caveats=(
        "Threats and displays are included (threats 14, displays 205): choose by hostility.",
        "Targets are read from the source's state names; where name and number disagree the name stands (Indonesia coded as "
        "India, China as Russia, Colombia as the Dominican Republic, Peru as 153). Hawaii and Johanna (Anjouan) are left empty.",
        "Before 1946 a target may be a state that no longer existed then, or not yet: it is listed in outside_system.",
        "Four dates are mended: 31 February 1983 and 31 September 1998 become the month; an end in 1912 for a start in 1918 "
        "(Adriatic) and one in May 1983 for a start in July (Hormuz) become unknown.",
        "The step names of the action scale are not documented in the source file; the levels agree with hostility in every row.",
    ),
    foreign_keys=ACTOR_KEY,
)  # fmt: skip


def _states(names: str, codes: object) -> str:
    """Read the targets from the names, and from the numbers where no name is known."""
    found = [CODES[word] for word in re.findall(r"[A-Z]{3,4}", names) if word in CODES]
    return joined(found) or joined(re.findall(r"\d+", "" if pd.isna(codes) else str(codes)))


def _row(case: pd.Series) -> dict[str, object]:
    start = opening(case["styear"], case["stmon"], case["stday"])
    end = ("", "ongoing") if case["Ongoing"] == 1 else closing(case["endyear"], case["endmon"], case["endday"])
    if end[0] and end[0] < start[0]:
        end = ("", "unknown")
    codes = [c.strip() for c in re.split(r"[;,]", str(case["ObjectiveCode"])) if c.strip()]
    objectives = [name for column, name in OBJECTIVES.items() if case[column] > 0]
    objectives += ["humanitarian"] if HUMANITARIAN in codes else []
    hostility, action = number(case["US HiHost"], 1, 5), number(case["US HighAct"], 0, 24)
    combat = hostility == 5 or action in (18, 19)
    targets = _states(str(case["State B"]), case["State B code"])
    return {
        "event_id": f"MIP-{case.name + 2}", "actor_ccode": USA, "name": " ".join(str(case["Name"]).split()),
        "start": start[0], "start_precision": start[1], "end": end[0], "end_precision": end[1],
        "target_cow": joined(cow_code(int(c), start[0]) for c in targets.split(";") if c),
        "activity": "combat" if combat else "humanitarian" if codes == [HUMANITARIAN] else "",
        "primary_target": number(str(case["StateB primary target?"])[:1], 0, 1),
        "location": joined(re.findall(r"\d+", "" if pd.isna(case["Location"]) else str(case["Location"]))),
        "hostility": hostility, "highest_action": action, "originator": number(case["US Orig"], 0, 1),
        "objectives": ";".join(objectives), "fatality_band": number(case["fatlevUS"], 0, 6),
        "target_fatality_band": number(case["fatlevB"], 0, 6), "troops_max": number(case["MaxTroops"], 0, 10_000_000),
        "outcome": number(str(case["Outcome"])[:1], 1, 9), "in_mid": number(case["MID Dummy"], 0, 1),
    }  # fmt: skip


def build(sources: Sources) -> pd.DataFrame:
    cases = sources.csv(SOURCE)
    return complete([_row(case) for _, case in cases[cases["RemoveCase"] == 0].iterrows()])
