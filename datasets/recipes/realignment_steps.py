"""Dated steps of post-Soviet states away from or toward Russia."""

from __future__ import annotations

import re

import pandas as pd
from _common import Field, Sources, Table
from _reactions import STEPS, reaction_reason
from _text import GENERAL_KNOWLEDGE, PARTIAL_DATE, placeholder_dates, plain

SOURCE = "events/realignment_steps.csv"
KINDS = [
    "russian_bloc_entry", "russian_bloc_exit", "nato_step", "eu_step", "us_basing", "basing_expulsion",
    "government_turnover", "mass_uprising", "status_of_territory", "other",
]  # fmt: skip
SAME_EVENT = 0.75  # share of the shorter label's words that the longer one must hold
TABLE = Table(
    name="realignment_steps",
    title="Steps of post-Soviet states away from or toward Russia, 1989-2024",
    description=(
        "One row for each state and dated step: bloc entries and exits, NATO and EU steps, basing, turnovers, "
        "uprisings, status of territories. Rows of one event in several states share `event_group`. Steps that answer "
        "Russian force abroad are flagged by the rules in `recipes/_reactions.py` and should stay out of a primary "
        "exposure; begin with weight 2."
    ),
    key=("step_id",),
    fields=(
        Field("step_id", "string", "Identifier", constraints={"pattern": "^RS[0-9]{3}$"}),
        Field("ccode", "integer", "COW number of the state that steps"),
        Field("iso3", "string", "ISO 3166 alpha-3 of that state"),
        Field("date", "string", "Date, ISO, possibly partial", constraints={"pattern": PARTIAL_DATE}),
        Field("precision", "string", "How much of the date is known", constraints={"enum": ["day", "month"]}),
        Field("direction", "string", "away = loss for Russia, toward = gain", constraints={"enum": ["away", "toward"]}),
        Field("kind", "string", "Kind of step", constraints={"enum": KINDS}),
        Field("label", "string", "The step in a few words"),
        Field("weight", "integer", "2 = major, 1 = minor", constraints={"enum": [1, 2]}),
        Field(
            "event_group",
            "string",
            "step_id of the first row of the same event: same date, kind and direction and nearly the same label",
        ),
        Field("reaction_to_force", "integer", "1 = answers Russian force used abroad", constraints={"enum": [0, 1]}),
        Field("reaction_reason", "string", "The rule that flags it; empty when 0"),
        Field("verified", "integer", "1 = `source` is an address, 0 = general knowledge", constraints={"enum": [0, 1]}),
        Field("source", "string", "Address, or general-knowledge"),
        Field("note", "string", "Doubts about date or direction"),
    ),
    inputs={SOURCE: "b800820bde7bd572c069518f6a072624f3c05e5e02dcad3e9e179e0fdcdb26f9"},
    producers=("This project's coding of public sources named row by row",),
    citations=("The sources named in each row.",),
    licence="BSD-3-Clause",
    coverage="331 steps of 14 states, 1989-08 to 2024-11",
    caveats=(
        "One coder, who did not see the list of interventions but knows the history: not blind. Treat the list as "
        "uncertain.",
        "127 steps have weight 2; 90 of these have an address. The rest is general knowledge.",
        "The flag is a judgement by window: all steps of Ukraine from 2014-02-27, Georgia and Ukraine in the six "
        "months after August 2008, the membership steps of Georgia and Moldova from 2022-02-24, and four smaller "
        "rules. Georgia's entry to the CIS in 1993-94 is flagged because it followed defeat in a war in which the "
        "list codes Russian force (R04).",
        "Force inside Russia (Chechnya) and force by others (Azerbaijan in 2020-23) do not count as Russian force "
        "abroad.",
        "The declarations of Kyrgyzstan and Uzbekistan of 1991-08-31 share an event group by the rule, though two "
        "decisions.",
    ),
)


def _words(label: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", re.sub(r"\(.*?\)", "", label.lower())))


def event_groups(steps: pd.DataFrame) -> pd.Series:
    """Return the step_id of the first row of the same event, by date, kind, direction and words of the label."""
    group = pd.Series("", index=steps.index)
    for _, rows in steps.groupby(["date", "kind", "direction"], sort=False):
        firsts: list[tuple[str, set[str]]] = []
        for i, row in rows.iterrows():
            words = _words(row["label"])
            same = (f for f, w in firsts if len(w & words) >= SAME_EVENT * min(len(w), len(words)))
            group[i] = next(same, row["step_id"])
            if group[i] == row["step_id"]:
                firsts.append((row["step_id"], words))
    return group


def build(sources: Sources) -> pd.DataFrame:
    """Add event groups, the flag for reactions to force, and whether a source is an address."""
    steps = sources.csv(SOURCE, dtype=str, keep_default_na=False).rename(columns={"cow": "ccode"}).apply(plain)
    if placeholder_dates(steps["date"], steps["precision"]).any():
        raise ValueError("a date shows more than its precision")
    steps["event_group"] = event_groups(steps)
    steps["reaction_reason"] = reaction_reason(steps, STEPS)
    steps["reaction_to_force"] = steps["reaction_reason"].ne("").astype(int)
    steps["verified"] = steps["source"].ne(GENERAL_KNOWLEDGE).astype(int)
    return steps
