"""Recipe of ``events_imi``: International Military Intervention, 1946-2005."""

from __future__ import annotations

import calendar

import pandas as pd
from _common import Field, Sources, Table
from _events import ACTOR_KEY, COMMON, abbreviation, closing, complete, number, opening
from _membership import ABBREVIATIONS, cow_code

SOURCE = "events/full/imi_1946_2005.csv"
RENUMBERED = {695: 696, 749: 771}  # IMI's own numbers of the United Arab Emirates and Bangladesh
DIRECTIONS = {0: "neutral", 1: "supports government", 2: "opposes rebels", 3: "opposes government", 4: "supports rebels",
              5: "third-party government", 6: "rebels in sanctuary"}  # fmt: skip
TYPES = {0: "no ground troops", 1: "evacuation", 2: "transport or observation", 3: "patrol or guard", 4: "intimidation",
         5: "combat"}  # fmt: skip
SIZES = {0: "none", 1: "1-1000", 2: "1001-5000", 3: "5001-10000", 4: "over 10000"}
MOTIVES = {
    "domestic_dispute": "1 took a side in a domestic dispute of the target",
    "social_protective": "1 to protect a social, ethnic or religious group",
    "pursuit_border": "1 to pursue rebels or terrorists or to clear their sanctuary over the border",
    "economic": "1 economic motive",
    "strategic": "1 strategic motive",
    "humanitarian": "1 humanitarian motive",
    "territorial": "1 or 2 territorial motive (the source has two grades)",
}
_CODES = "; empty: not ascertained"

TABLE = Table(
    name="events_imi",
    title="International military interventions by states, 1946-2005",
    description="One row an intervention as the source lists it; re-entries are not merged. Interventions by international "
    "organisations and multinational forces are left out. Activity is `combat` for troop type 5 and `humanitarian` for "
    "evacuation, transport or observation with a humanitarian motive; else empty.",
    key=("event_id",),
    fields=(
        *COMMON,
        Field("source_target", "integer", "Target number of the source; several are not COW states (754 Kashmir, 709 Tibet)"),
        Field("direction", "integer", "Direction of the intervention" + _CODES),
        Field("direction_label", "string", "Direction in words", constraints={"enum": list(DIRECTIONS.values())}),
        Field("troop_type", "integer", "Most forceful activity of the troops" + _CODES),
        Field("troop_type_label", "string", "Troop type in words", constraints={"enum": list(TYPES.values())}),
        Field("troop_size", "integer", "Most ground troops" + _CODES),
        Field("troop_size_label", "string", "Troops", unit="persons", constraints={"enum": list(SIZES.values())}),
        *(Field(name, "integer", meaning + "; 0 no; empty: not ascertained") for name, meaning in MOTIVES.items()),
        Field("actor_casualties", "integer", "Casualties of the intervener; empty: not known or number not known", unit="persons"),
        Field("target_casualties", "integer", "Casualties of the target; empty: not known or number not known", unit="persons"),
    ),
    inputs={SOURCE: "0fffd894a6ca1dd0c1a2a74402829662a34282e8f01225911d53552a7ebbc857"},
    producers=("International Military Intervention (Pearson and Baumann; Kisangani and Pickering)",),
    citations=(
        "Pearson, F. S., Baumann, R. A. (1993). International Military Intervention, 1946-1988. ICPSR 6035.",
        "Kisangani, E. F., Pickering, J. (2008). International Military Intervention, 1989-2005. ICPSR 21282.",
        "Pickering, J., Kisangani, E. F. (2009). The International Military Intervention dataset: An updated resource for "
        "conflict scholars. Journal of Peace Research 46(4), 589-599.",
    ),
    licence="research-citation",
    coverage="1946-2005; of 1,111 rows 141 by organisations or forces that are not states and one without a start are left out",
    caveats=(
        "Troops that stay in foreign bases, advisers who do not fight and contingents under UN or NATO command are not "
        "interventions of the state: all Russian UN and NATO contingents and the CIS force in Tajikistan are missing.",
        "Russia has eight cases from 1992 on and one after 2000; do not use the list for Putin against Yeltsin.",
        "The source marks no precision. Starts to 1988 fall on the last day of a month 6.6 times as often as chance would "
        "have it, ends 10 times (4 times from 1989): such a day is read as the month only, 31 December as the year only. "
        "Starts from 1989 show no such excess and are kept as days.",
        "Four rows end before they start in the source (Iraq-Kuwait 1990, Nicaragua-Honduras 1991, Canada-Somalia 1992, "
        "United States-Pakistan 2004): the end is set to unknown. Cuba in South Yemen (end 1976) has no start and is left out.",
        "A target that was a colony or not yet recognised is listed in outside_system.",
        "Code meanings follow the ICPSR codebooks; troop type 0 occurs with air or naval action only.",
    ),
    foreign_keys=ACTOR_KEY,
)  # fmt: skip


def _date(value: object, placeholder: bool) -> tuple[object, object, object]:
    """Split a date; the last day of a month stands for the month, 31 December for the year."""
    if pd.isna(value):
        return None, None, None
    year, month, day = (int(part) for part in str(value).split("-"))
    if placeholder and day >= calendar.monthrange(year, month)[1]:
        return year, month if month < 12 else None, None
    return year, month, day


def _row(case: pd.Series) -> dict[str, object]:
    start = opening(*_date(case["start_date"], placeholder=str(case["start_date"]) < "1989"))
    end = closing(*_date(case["end_date"], placeholder=True))
    if case["end_note"] == "ongoing(88888888)":
        end = ("", "ongoing")
    elif end[0] and end[0] < start[0]:
        end = ("", "unknown")
    actor, target = (cow_code(RENUMBERED.get(case[c], case[c]), start[0]) for c in ("intervener", "target"))
    kind, is_state = number(case["type"], 0, 5), target in ABBREVIATIONS
    humanitarian = kind in (1, 2) and case["humanitarian"] == 1
    direction, size = number(case["direction"], 0, 6), number(case["amount"], 0, 4)
    place = abbreviation(target) if is_state else "territory"
    return {
        "event_id": f"IMI-{case['intervener']}-{case['target']}-{case['start']}", "actor_ccode": actor,
        "name": f"{abbreviation(actor)} in {place} {start[0][:4]} (IMI)", "start": start[0], "start_precision": start[1],
        "end": end[0], "end_precision": end[1], "target_cow": str(target) if is_state else "",
        "activity": "combat" if kind == 5 else "humanitarian" if humanitarian else "", "source_target": case["target"],
        "direction": direction, "direction_label": DIRECTIONS.get(direction, ""), "troop_type": kind,
        "troop_type_label": TYPES.get(kind, ""), "troop_size": size, "troop_size_label": SIZES.get(size, ""),
        **{name: number(case[name], 0, 2) for name in MOTIVES},
        **{f"{who}_casualties": None if case[column] in (998, 999, 9999999) else case[column]
           for who, column in (("actor", "intervener_casualties"), ("target", "target_casualties"))},
    }  # fmt: skip


def build(sources: Sources) -> pd.DataFrame:
    cases = sources.csv(SOURCE)
    by_states = cases["intervener"].replace(RENUMBERED).isin(list(ABBREVIATIONS))
    dated = cases["start_date"].notna()
    return complete([_row(case) for _, case in cases[by_states & dated].iterrows()])
