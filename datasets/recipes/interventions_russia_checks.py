"""Second look-ups of dates and strengths of the Russian cases."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _text import plain

SOURCE = "events/date_and_size_checks.csv"
RENAME = {"cid": "case_id", "candidate": "first_value", "new_source": "source"}
TABLE = Table(
    name="interventions_russia_checks",
    title="Field checks of the Russian interventions",
    description=(
        "One row for each date or strength of R01-R25 and P01-P08 that was looked up a second time in other sources. "
        "`interventions_russia` holds the recommended values."
    ),
    key=("case_id", "field"),
    fields=(
        Field("case_id", "string", "Case of `interventions_russia`", constraints={"required": True}),
        Field("field", "string", "What was checked: start, end, troops, scale, a split date"),
        Field("first_value", "string", "Value before the check; empty = none"),
        Field("found", "string", "What the second sources say"),
        Field("recommended", "string", "Value to use after the check"),
        Field("source", "string", "Addresses of the second sources"),
        Field("verdict", "string", "Whether the two agree, with the difference in a few words"),
    ),
    inputs={SOURCE: "a24f7b7198b34e4cb1f17fae88d43ddbcc440558cb638ff35b467459ce49eebe"},
    producers=("This project's coding of public sources named row by row",),
    citations=("The sources named in each row.",),
    licence="BSD-3-Clause",
    coverage="59 checks of the cases R01-R25 and P01-P08",
    caveats=("R24's start is a difference of definition: April 2014 for the insurgency, August for regular forces.",),
    foreign_keys=({"fields": ["case_id"], "reference": {"resource": "interventions_russia", "fields": ["case_id"]}},),
)


def build(sources: Sources) -> pd.DataFrame:
    """Rename and reword process notes."""
    return sources.csv(SOURCE, dtype=str, keep_default_na=False).rename(columns=RENAME).apply(plain)
