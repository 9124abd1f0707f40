"""Protest events by state and year."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table

SOURCE = "covariates/protest_massmob.csv"
RENAME = {
    "protestnumber": "protests", "protesterviolence": "protests_violent", "removepolit_demand": "demand_removal",
    "politbehav_demand": "demand_political", "prices_demand": "demand_prices", "labor_demand": "demand_labour",
}  # fmt: skip
EVENTS = {"unit": "events", "constraints": {"minimum": 0}}
TABLE = Table(
    name="protest_state_year",
    title="Protest events against governments, by state and year",
    description=(
        "Number of protest events of 50 people or more against a government, one row for each state and year, with "
        "the number in which a demand was made. An event can make several demands."
    ),
    key=("ccode", "year"),
    fields=(
        Field("ccode", "integer", "COW number of the state"),
        Field("year", "year", "Calendar year"),
        Field("protests", "integer", "Protest events", **EVENTS),
        Field("protests_violent", "integer", "Events in which protesters were violent", **EVENTS),
        Field("demand_removal", "integer", "Events that demand the removal of a politician", **EVENTS),
        Field("demand_political", "integer", "Events about political behaviour or process", **EVENTS),
        Field("demand_prices", "integer", "Events about prices or taxes", **EVENTS),
        Field("demand_labour", "integer", "Events about labour or wages", **EVENTS),
    ),
    inputs={SOURCE: "a5baa57ea1a04a45e2609f487b6eb15a45c4e4e98121c33340b858ba5116e860"},
    producers=("Mass Mobilization Project (David Clark and Patrick Regan)",),
    citations=(
        "Clark, David, and Patrick Regan. 2016. Mass Mobilization Protest Data. Harvard Dataverse. "
        "doi:10.7910/DVN/HTTWYL.",
    ),
    licence="research-citation",
    coverage="1990-2018, 163 states (the United States are not in the source)",
    caveats=(
        "Events are found in newspapers, so counts follow press attention and may fall where the press is not free.",
        "365 is the USSR in 1990-91 and Russia after. A year without a row is not covered; a zero is a covered year "
        "without a protest.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Keep the counts."""
    return sources.csv(SOURCE).rename(columns=RENAME)[[f.name for f in TABLE.fields]]
