"""Recipe of ``events_ucdp``: states fighting abroad or against each other, UCDP/PRIO, 1946-2024."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _events import ACTOR_KEY, COMMON, abbreviation, complete, joined, opening
from _membership import ABBREVIATIONS, cow_code

SOURCE, SPINE = "events/full/ucdp_prio_acd_25.1.csv", "covariates/state_year_spine.csv"
ELSEWHERE = {418}  # United States against al-Qaida: contested in the United States, fought in other states
PARTIES = (
    ("gwno_a", "A", "primary"), ("gwno_b", "B", "primary"),
    ("gwno_a_2nd", "A", "secondary"), ("gwno_b_2nd", "B", "secondary"),
)  # fmt: skip
PRECISIONS = {1: "day", 2: "month", 3: "month"}  # of start_prec2; 4 and above: year

TABLE = Table(
    name="events_ucdp",
    title="Participations of states in armed conflicts, 1946-2024",
    description="One row a conflict, state and continuous spell of active years: primary parties of interstate conflicts and "
    "secondary warring parties (states that sent troops in support) of all conflicts. Two or more inactive years begin a new "
    "spell. The target is the opposing primary party between states, else the state whose government or territory is "
    "contested, whichever side the troops supported. Activity is `combat` for primary parties, empty for secondary ones.",
    key=("event_id",),
    fields=(
        *COMMON,
        Field("conflict", "integer", "UCDP conflict number"),
        Field("role", "string", "Primary or secondary warring party", constraints={"enum": ["primary", "secondary"]}),
        Field("side", "string", "Side in the conflict, A is the government within a state; A;B for troops on both or in turn",
              constraints={"enum": ["A", "B", "A;B"]}),
        Field("conflict_type", "string", "Type in the first year of the spell",
              constraints={"enum": ["interstate", "internationalised", "extrasystemic"]}),
        Field("incompatibility", "string", "What is contested", constraints={"enum": ["government", "territory", "both"]}),
        Field("location_cow", "string", "State whose government or territory is contested; both between states"),
        Field("intensity_max", "integer", "Highest yearly intensity: 1 at least 25, 2 at least 1,000 battle deaths in a year"),
        Field("years_active", "integer", "Years with the state as a party", unit="years"),
    ),
    inputs={
        SOURCE: "d6707f72923221a4fc30d7beccc7ad9ea9e578d437535bfb1b6af721ad672812",
        SPINE: "d3232700aba4d79b662ee48fcc365310d05485bcc7a6b4a9408ffb6bf134edbb",
    },
    producers=("Uppsala Conflict Data Program and Peace Research Institute Oslo, Armed Conflict Dataset 25.1",),
    citations=(
        "Gleditsch, N. P., Wallensteen, P., Eriksson, M., Sollenberg, M., Strand, H. (2002). Armed conflict 1946-2001: A new "
        "dataset. Journal of Peace Research 39(5), 615-637.",
        "Davies, S., Pettersson, T., Sollenberg, M., Oberg, M. (2025). Organized violence 1989-2024, and the challenges of "
        "identifying civilian victims. Journal of Peace Research 62(4).",
    ),
    licence="CC-BY-4.0",
    coverage="1946-2024; ongoing means active in 2024",
    caveats=(
        "Participation is not initiation: an attacked state has a row too.",
        "A primary party's start is that of the conflict episode where that falls in the first year of its spell; the source "
        "does not date secondary parties, whose rows are year only and bounded by the episode's own first and last day.",
        "Only years with 25 battle deaths count: Georgia 1992-93, Moldova 1992, Crimea and most peacekeeping are missing "
        "or later than the deployment.",
        "Contributors to UN, AU and coalition forces that fight are secondary parties (74 states in Mali), down to a handful "
        "of officers.",
        "Conflict 418 (United States against al-Qaida) is contested in one state and fought in others: target left empty.",
        "Gleditsch-Ward numbers are turned into COW numbers; Hyderabad (751, a party in 1948) has none and no row of its own.",
    ),
    foreign_keys=ACTOR_KEY,
)  # fmt: skip
TYPES = {"II": "internationalised"}


def _sides(sides: pd.Series) -> str:
    return ";".join(sorted(set(";".join(sides).split(";"))))


def _party_years(source: pd.DataFrame, spine: pd.DataFrame) -> pd.DataFrame:
    """One row a conflict, year, state and role, in COW numbers."""
    known = spine.dropna(subset=["gwcode"]).set_index(["gwcode", "year"])["ccode"].to_dict()

    def cow(code: float, year: float) -> int:
        return cow_code(int(known.get((code, int(year)), code)), f"{int(year)}-12-31")

    years = source.copy()
    for column, _, _ in PARTIES:
        years[column] = [cow(c, y) if pd.notna(c) else None for c, y in zip(years[column], years["year"], strict=True)]
    keys = ["conflict_id", "year"]
    primaries = years.groupby(keys).agg(primary_a=("gwno_a", joined), primary_b=("gwno_b", joined))
    parts = [
        years.dropna(subset=[column]).assign(state=lambda f, c=column: f[c].astype(int), side=side, role=role)
        for column, side, role in PARTIES
    ]
    out = pd.concat(parts)
    out["side"] = out.groupby([*keys, "state"])["side"].transform(_sides)
    out = out.drop_duplicates([*keys, "state"]).merge(primaries, on=keys)
    abroad = (out["role"] == "secondary") | (out["type_of_conflict"] == "interstate")
    return out[abroad & out["state"].isin(list(ABBREVIATIONS))]


def _start(first: pd.Series) -> tuple[str, str]:
    """First day and precision: the episode's for a primary party; else the year, not before the episode."""
    year, episode = int(first["year"]), str(first["start_date2"])
    known = PRECISIONS.get(int(first["start_prec2"]), "year")
    if int(episode[:4]) != year or known == "year":
        return f"{year}-01-01", "year"
    day = opening(year, episode[5:7], episode[8:] if known == "day" else None)[0]
    return day, known if first["role"] == "primary" else "year"


def _end(last: pd.Series, final: int) -> tuple[str, str]:
    """Last day and precision: the episode's for a primary party; else the year, not after the episode."""
    year, episode = int(last["year"]), "" if pd.isna(last["ep_end_date"]) else str(last["ep_end_date"])
    if year == final:
        return "", "ongoing"
    if episode[:4] != str(year) or episode.endswith("12-31"):  # 31 December stands for an unknown day
        return f"{year}-12-31", "year"
    return episode, "day" if last["role"] == "primary" else "year"


def _spell(group: pd.DataFrame, final: int) -> dict[str, object]:
    """Describe the continuous spell of one state in one conflict."""
    first = group.iloc[0]
    conflict, state, primary = int(first["conflict_id"]), int(first["state"]), first["role"] == "primary"
    (start, start_precision), (end, end_precision) = _start(first), _end(group.iloc[-1], final)
    between = first["type_of_conflict"] == "interstate"
    opponents = first["primary_b" if first["side"] == "A" else "primary_a"]
    location = joined(f"{first['primary_a']};{first['primary_b']}".strip(";").split(";"))
    target = opponents if between else "" if conflict in ELSEWHERE else first["primary_a"]
    label = "/".join(abbreviation(int(c)) for c in target.split(";") if c) or "other states"
    return {
        "event_id": f"UCDP-{conflict}-{state}-{start[:4]}", "actor_ccode": state,
        "name": f"{abbreviation(state)} {'v' if between else 'in'} {label} {start[:4]} (UCDP {conflict})",
        "start": start, "start_precision": start_precision, "end": end, "end_precision": end_precision, "target_cow": target,
        "activity": "combat" if primary else "", "conflict": conflict, "role": first["role"], "side": _sides(group["side"]),
        "conflict_type": TYPES.get(first["type_of_conflict"], first["type_of_conflict"]),
        "incompatibility": first["incompatibility"], "location_cow": location,
        "intensity_max": int(group["intensity_level"].max()), "years_active": len(group),
    }  # fmt: skip


def build(sources: Sources) -> pd.DataFrame:
    source = sources.csv(SOURCE)
    years, final = _party_years(source, sources.csv(SPINE)), int(source["year"].max())
    years = years.sort_values(["conflict_id", "state", "year"])
    gap = years.groupby(["conflict_id", "state"])["year"].diff().fillna(99) > 2
    return complete([_spell(group, final) for _, group in years.groupby(gap.cumsum().to_numpy(), sort=False)])
