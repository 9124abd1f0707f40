"""Recipe of ``leaders``: who led each state, and from when to when, 1946-2021."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _leaders import ARCHIGOS, CITATIONS, INPUTS, PRODUCERS, REIGN, spells

TABLE = Table(
    name="leaders",
    title="Leaders of all states, 1946-2021",
    description="One row a spell in effective office. The first day belongs to the new leader, so spells of one actor never "
    "share a day. Rows with a `variant` are alternatives: drop them (variant empty) for the default reading.",
    key=("spell_id",),
    fields=(
        Field("spell_id", "string", "COW number and first day, with the variant where there is one"),
        Field("actor_ccode", "integer", "COW number; 365 is the USSR to 1991-12-25, then Russia"),
        Field("leader", "string", "Name of the leader, or of the body that led"),
        Field("start", "date", "First day in office"),
        Field("end", "date", "Last day in office; empty when in office on `observed_to`"),
        Field("end_precision", "string", "How much of `end` is known; `month` gives the last day the month allows",
              constraints={"enum": ["day", "month", "ongoing"]}),
        Field("observed_to", "date", "Last day for which the source vouches: `end`, or the source's own last day"),
        Field("source", "string", "Where the spell comes from", constraints={"enum": ["REIGN", "Archigos", "public record"]}),
        Field("end_source", "string", "Where the last day comes from: the day in Archigos, the eve of the successor, the end of "
              "the month in REIGN, or the public record",
              constraints={"enum": ["archigos", "successor", "month end", "public record"]}),
        Field("gap_before", "integer", "Days without a listed leader before the spell, from the predecessor's end or the first "
              "day of membership since 1946", unit="days", constraints={"minimum": 0}),
        Field("gap_reason", "string", "Why: a vacancy of at most 31 days, or a longer gap in the sources (caretakers they do not "
              "count, no government)", constraints={"enum": ["vacancy", "not listed"]}),
        Field("variant", "string", "Empty by default; `medvedev`: the president counts as leader 2008-12; `formal office`: "
              "Gorbachev until the end of the USSR", constraints={"enum": ["medvedev", "formal office"]}),
    ),
    inputs=INPUTS,
    producers=PRODUCERS[:2],
    citations=CITATIONS[:2],
    licence="research-citation",
    coverage="spells that reach 1946 or later while the state was a COW member; REIGN 1949 to March 2021, Archigos before "
    "1949, for Taiwan and Zanzibar (to 2015) and for gaps in REIGN; major powers continued to 2024 from the public record",
    caveats=(
        "REIGN gives the day of entry and the month of exit. The day of exit is Archigos's where the two agree on the month, "
        "else the eve of the successor in that month, else the end of the month.",
        "Both sources have Yeltsin as effective leader of 365 from 1991-08-21, after the coup, and Putin without a break from "
        "2000-01-01. The variants give Gorbachev to 1991-12-25 and Medvedev 2008-05-07 to 2012-05-06 (Putin took office "
        "again on 2012-05-07); their rows replace the default rows they overlap.",
        "Archigos 4.1 is used to 2015. The sources differ on who leads in some dual executives (REIGN's Iceland 1961-63).",
        "San Marino's captains regent and Switzerland's presidents change by rule every half year and every year.",
    ),
    foreign_keys=({"fields": ["actor_ccode"], "reference": {"resource": "states", "fields": ["ccode"]}},),
)  # fmt: skip


def build(sources: Sources) -> pd.DataFrame:
    out = spells(sources.csv(REIGN), sources.csv(ARCHIGOS))
    return out[[field.name for field in TABLE.fields]]
