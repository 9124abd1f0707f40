"""Recipe of ``events_icb``: crisis actors of the International Crisis Behavior project, 1946-2017."""

from __future__ import annotations

import re

import pandas as pd
from _common import Field, Sources, Table
from _events import ACTOR_KEY, COMMON, abbreviation, closing, complete, number, opening
from _membership import ABBREVIATIONS, cow_code

SOURCE = "events/full/icb2_v14.csv"
ENTITIES = {995: "other", 996: "non-state", 997: "several states"}
ACTS = ("1 none, 2 verbal, 3 political, 4 economic, 5 other non-violent, 6 non-violent military, 7 several with non-violent "
        "military, 8 violent military, 9 several with violent military")  # fmt: skip

TABLE = Table(
    name="events_icb",
    title="Crisis actors in international crises, all states, 1946-2017",
    description="One row a crisis and crisis actor: the day on which its leaders saw a threat to basic values, with little time "
    "and a risk of hostilities, and the day on which they saw it end. The target is the state that was the main source of "
    "the threat. Activity is `combat` when the major response was violent military action, else empty.",
    key=("event_id",),
    fields=(
        *COMMON,
        Field("crisis", "integer", "ICB crisis number"),
        Field("actor_case", "integer", "ICB number of the crisis actor; a state can be an actor twice in one crisis"),
        Field("trigger", "integer", "Trigger: 1 verbal, 2 political, 3 economic act, 4 external change, 5 other non-violent act, 6 internal "
              "challenge, 7 non-violent military, 8 indirect violent, 9 violent act"),
        Field("trigger_entity", "integer", "COW number of the state that triggered the crisis; empty when it was not one state"),
        Field("trigger_entity_kind", "string", "Who triggered it", constraints={"enum": ["state", *ENTITIES.values()]}),
        Field("major_response", "integer", f"Major response: {ACTS}"),
        Field("response_date", "date", "Day of the major response; empty when not known to the day"),
        Field("military_response", "integer", "1 the major response used the military, with or without violence (6-9)",
              constraints={"enum": [0, 1]}),
        Field("violence", "integer", "Violence in the actor's crisis management: 1 none, 2 minor clashes, 3 serious clashes, 4 full-scale war"),
        Field("outcome", "integer", "Outcome for the actor: 1 victory, 2 compromise, 3 stalemate, 4 defeat, 5 other"),
    ),
    inputs={SOURCE: "c67241ba0124fe4d82343f16943a309b81424f3dbe54265f67bbc38dfe6079cd"},
    producers=("International Crisis Behavior Project, version 14, actor level",),
    citations=(
        "Brecher, M., Wilkenfeld, J., Beardsley, K., James, P., Quinn, D. (2021). International Crisis Behavior Data "
        "Codebook, Version 14.",
        "Brecher, M., Wilkenfeld, J. (2000). A Study of Crisis. Ann Arbor: University of Michigan Press.",
    ),
    licence="research-citation",
    coverage="triggers 1946-2017; earlier crises of the source and one actor without a trigger date (Saudi Arabia, crisis 474) "
    "are left out",
    caveats=(
        "The actor is the state that perceived the crisis, often not the one that began it; the source has no list of "
        "adversaries, and the main source of threat can be a patron (the United States for the USSR in East Germany 1953).",
        "Days given only as early, mid or late in a month are kept as the month.",
        "A major response of 1-5 means no military response, whatever others did; force already in use does not appear.",
    ),
    foreign_keys=ACTOR_KEY,
)  # fmt: skip


def _title(name: object) -> str:
    """Capitalise a name of the source, which is all capitals, and keep its Roman numerals."""
    return re.sub(r"\b(?:I|Ii|Iii|Iv|V|Vi)\b", lambda m: m[0].upper(), str(name).title())


def _row(case: pd.Series) -> dict[str, object]:
    start = opening(case["yrtrig"], case["motrig"], case["datrig"])
    end = closing(case["yrterm"], case["moterm"], case["daterm"])
    actor, threat = (cow_code(int(case[c]), start[0]) for c in ("cracid", "southv"))
    entity, response = int(case["trigent"]), int(case["majres"])
    answered = opening(case["yerres"], case["monres"], case["dayres"])
    return {
        "event_id": f"ICB-{case['crisno']}-{actor}-{case['cracno']}", "actor_ccode": actor,
        "name": f"{abbreviation(actor)}: {_title(case['crisname'])} {start[0][:4]} (ICB {case['crisno']})",
        "start": start[0], "start_precision": start[1], "end": end[0], "end_precision": end[1],
        "target_cow": str(threat) if threat in ABBREVIATIONS else "", "activity": "combat" if response in (8, 9) else "",
        "crisis": case["crisno"], "actor_case": case["cracno"], "trigger": number(case["triggr"], 1, 9),
        "trigger_entity": None if entity in ENTITIES else cow_code(entity, start[0]),
        "trigger_entity_kind": ENTITIES.get(entity, "state"), "major_response": response,
        "response_date": answered[0] if answered[1] == "day" and response > 1 else "",
        "military_response": int(response >= 6), "violence": number(case["cenvio"], 1, 4),
        "outcome": number(case["outcom"], 1, 5),
    }  # fmt: skip


def build(sources: Sources) -> pd.DataFrame:
    cases = sources.csv(SOURCE)
    return complete([_row(case) for _, case in cases[cases["yrtrig"] >= 1946].iterrows()])
