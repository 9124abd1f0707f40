"""Dated shocks to Russia's standing."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _reactions import SHOCKS, reaction_reason
from _text import GENERAL_KNOWLEDGE, PARTIAL_DATE, placeholder_dates, plain

SOURCE = "events/status_shocks.csv"
KINDS = [
    "nato_enlargement", "nato_force", "us_force", "missile_defence", "kosovo", "eu_enlargement", "sanctions",
    "institutional", "economic", "sport", "arms_control", "reset",
]  # fmt: skip
TABLE = Table(
    name="status_shocks",
    title="Shocks to Russia's standing, 1991-2024",
    description=(
        "One row for each dated event that raised or lowered Russia's international standing. Shocks that answer "
        "Russian force abroad (the sanctions of 2014 and 2022 above all) are flagged by the rules in "
        "`recipes/_reactions.py` and should stay out of a primary exposure; begin with weight 2."
    ),
    key=("shock_id",),
    fields=(
        Field("shock_id", "string", "Identifier", constraints={"pattern": "^SS[0-9]{3}$"}),
        Field("date", "string", "Date, ISO", constraints={"pattern": PARTIAL_DATE}),
        Field("precision", "string", "How much of the date is known", constraints={"enum": ["day"]}),
        Field("direction", "string", "adverse = standing lowered", constraints={"enum": ["favourable", "adverse"]}),
        Field("kind", "string", "Kind of shock", constraints={"enum": KINDS}),
        Field("label", "string", "The event in a few words"),
        Field("weight", "integer", "2 = major, 1 = minor", constraints={"enum": [1, 2]}),
        Field("reaction_to_force", "integer", "1 = answers Russian force used abroad", constraints={"enum": [0, 1]}),
        Field("reaction_reason", "string", "The rule that flags it; empty when 0"),
        Field("verified", "integer", "1 = `source` is an address, 0 = general knowledge", constraints={"enum": [0, 1]}),
        Field("source", "string", "Address, or general-knowledge"),
        Field("note", "string", "Doubts about date or direction"),
    ),
    inputs={SOURCE: "df7c9cda2c821b0175fdbbc0aac4aea7871c0202f64cee59a2ca3a1c3340903b"},
    producers=("This project's coding of public sources named row by row",),
    citations=("The sources named in each row.",),
    licence="BSD-3-Clause",
    coverage="81 shocks, 1991-12 to 2024-10",
    caveats=(
        "One coder, who did not see the list of interventions but knows the history: not blind. Treat the list as "
        "uncertain.",
        "36 shocks have an address, 21 of them of weight 2; the rest is general knowledge.",
        "Not flagged: the suspension by the Council of Europe's assembly over Chechnya (2000; force inside Russia) "
        "and the expulsions over Salisbury (2018; not a military force). Flagged though partly about other things: "
        "the US act of 2017-08-02 and the US-Polish interceptor agreement of 2008-08-20.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Add the flag for reactions to force and whether a source is an address."""
    shocks = sources.csv(SOURCE, dtype=str, keep_default_na=False).apply(plain)
    if placeholder_dates(shocks["date"], shocks["precision"]).any():
        raise ValueError("a date shows more than its precision")
    shocks["reaction_reason"] = reaction_reason(shocks, SHOCKS)
    shocks["reaction_to_force"] = shocks["reaction_reason"].ne("").astype(int)
    shocks["verified"] = shocks["source"].ne(GENERAL_KNOWLEDGE).astype(int)
    return shocks
