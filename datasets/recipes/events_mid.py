"""Recipe of ``events_mid``: participations in Militarized Interstate Disputes, 1946-2014."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _events import ACTOR_KEY, COMMON, FATALITY_BANDS, abbreviation, closing, complete, joined, number, opening

DISPUTES, PARTICIPANTS = "events/full/cow_mida_5.0.csv", "events/full/cow_midb_5.0.csv"
HOSTILITY = "1 no militarised action, 2 threat, 3 display, 4 use of force, 5 war"
ACTIONS = (
    "0 none, 1 threat to use force, 2 to blockade, 3 to occupy, 4 to declare war, 5 to use CBR weapons, 6 to join war, "
    "7 show of force, 8 alert, 9 nuclear alert, 10 mobilisation, 11 fortified border, 12 border violation, 13 blockade, "
    "14 occupation, 15 seizure, 16 attack, 17 clash, 18 declaration of war, 19 CBR weapons, 20 began and 21 joined a war"
)
FIGHTING = {16, 17, 19, 20, 21}

TABLE = Table(
    name="events_mid",
    title="Participations in militarised interstate disputes, all states, 1946-2014",
    description="One row a dispute and participant; repeated spells of one participant are merged from the earliest start "
    "to the latest end. Targets are the members of the opposing side. Activity is `combat` when the participant's highest "
    "action was an attack, a clash, CBR weapons or war.",
    key=("event_id",),
    fields=(
        *COMMON,
        Field("dispute", "integer", "MID dispute number"),
        Field("side", "string", "A: the side that took the first militarised action; B: the other", constraints={"enum": ["A", "B"]}),
        Field("originator", "integer", "1 on the first day of the dispute, 0 joined later", constraints={"enum": [0, 1]}),
        Field("hostility", "integer", f"Highest hostility of the participant: {HOSTILITY}"),
        Field("dispute_hostility", "integer", f"Highest hostility of the dispute: {HOSTILITY}"),
        Field("highest_action", "integer", f"Highest action of the participant: {ACTIONS}"),
        Field("fatality_band", "integer", f"Deaths of the participant, highest of its spells: {FATALITY_BANDS}"),
        Field("revisionist", "integer", "1 the participant wanted to change the status quo", constraints={"enum": [0, 1]}),
        Field("revision_type", "integer", "0 not applicable, 1 territory, 2 policy, 3 regime, 4 other"),
        Field("spells", "integer", "Spells of participation merged into the row"),
    ),
    inputs={
        DISPUTES: "de8df3e45ef0801032ac14f1950ac56201667e5be7f1020f9e1cbd35533b3d7a",
        PARTICIPANTS: "9dafdb695e4326d87c331e9b133e4200d7bbbb0eec09ab653897f59694c2af71",
    },
    producers=("Correlates of War Project, Militarized Interstate Disputes 5.0",),
    citations=(
        "Palmer, G., McManus, R. W., D'Orazio, V., Kenwick, M. R., Karstens, M., Bloch, C., Dietrich, N., Kahn, K., "
        "Ritter, K., Soules, M. J. (2022). The MID5 Dataset, 2011-2014: Procedures, coding rules, and description. "
        "Conflict Management and Peace Science 39(4), 470-482.",
    ),
    licence="research-citation",
    coverage="participations that began 1946-01-01 to 2014-12-31; the source stops there",
    caveats=(
        "A dispute is not an intervention: threats and displays are included, and so is every state that was attacked. "
        "Use originator, side, hostility and revisionist to choose.",
        "Participations that began in 1945 (Russia in disputes 20, 252 and 2704, and their opponents) are left out.",
        "In disputes 1379, 4125, 4339, 4343 and 4552 the source's two files disagree on the sides; the participant file is kept.",
        "`ongoing` marks participants still involved when a dispute went on past the end of 2014.",
        "Force inside a state at its government's request is not a dispute: forces in Tajikistan or Syria count only where they "
        "threaten or fight another state.",
    ),
    foreign_keys=ACTOR_KEY,
)  # fmt: skip


def _participation(spells: pd.DataFrame, dispute: pd.Series, targets: str) -> dict[str, object]:
    """Merge the spells of one state in one dispute."""
    code, number_ = int(spells["ccode"].iloc[0]), int(spells["dispnum"].iloc[0])
    start = min(opening(s.styear, s.stmon, s.stday) for s in spells.itertuples())
    end = max(closing(s.endyear, s.endmon, s.endday) for s in spells.itertuples())
    if dispute["ongoing"] == 1 and end[0] == closing(dispute["endyear"], dispute["endmon"], dispute["endday"])[0]:
        end = ("", "ongoing")
    bands = [b for b in (number(f, 0, 6) for f in spells["fatality"]) if b is not None]
    strongest = spells.sort_values(["revstate", "revtype1"]).iloc[-1]
    action = int(spells["hiact"].max())
    side = "A" if spells["sidea"].iloc[0] == 1 else "B"
    others = [abbreviation(int(c)) for c in targets.split(";")]
    label = "/".join(others) if len(others) <= 3 else f"{len(others)} states"
    return {
        "event_id": f"MID-{number_}-{code}", "actor_ccode": code, "name": f"{abbreviation(code)} v {label} (MID {number_})",
        "start": start[0], "start_precision": start[1], "end": end[0], "end_precision": end[1], "target_cow": targets,
        "activity": "combat" if action in FIGHTING else "", "dispute": number_, "side": side,
        "originator": int(spells["orig"].max()), "hostility": int(spells["hostlev"].max()),
        "dispute_hostility": int(dispute["hostlev"]), "highest_action": action, "fatality_band": max(bands, default=None),
        "revisionist": int(strongest["revstate"]), "revision_type": number(strongest["revtype1"], 0, 4),
        "spells": len(spells),
    }  # fmt: skip


def build(sources: Sources) -> pd.DataFrame:
    disputes = sources.csv(DISPUTES).set_index("dispnum")
    disputes = disputes.rename(
        columns={c: "ongoing" for c in disputes.columns if c.startswith("ongo")}
    )  # with the last year
    spells = sources.csv(PARTICIPANTS)
    sides = spells.groupby(["dispnum", "sidea"])["ccode"].agg(joined)
    rows = [
        _participation(group, disputes.loc[dispnum], sides[(dispnum, 1 - group["sidea"].iloc[0])])
        for (dispnum, _), group in spells[spells["styear"] >= 1946].groupby(["dispnum", "ccode"])
    ]
    return complete(rows)
