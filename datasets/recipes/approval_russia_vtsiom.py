"""Monthly approval of the president of Russia by VTsIOM."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table

SOURCE = "series/ru_president_approval_vtsiom_weekly.csv"
MEDVEDEV_FROM, MEDVEDEV_UNTIL = "2008-05-07", "2012-05-06"  # first and last full day as president
PERCENT = {"minimum": 0, "maximum": 100}
TABLE = Table(
    name="approval_russia_vtsiom",
    title="Approval of the president of Russia, VTsIOM, monthly means",
    description=(
        "Mean of the weekly shares that approve and disapprove of the president's work, one row for each month and "
        "president. The question is about the president, so it is Medvedev from May 2008 to May 2012."
    ),
    key=("month", "subject"),
    fields=(
        Field("month", "yearmonth", "Month of the polls", constraints={"required": True}),
        Field("subject", "string", "President asked about", constraints={"enum": ["Putin", "Medvedev"]}),
        Field(
            "approve", "number", "Approve, mean of the polls", unit="% of respondents", digits=2, constraints=PERCENT
        ),
        Field(
            "disapprove",
            "number",
            "Disapprove, mean of the polls",
            unit="% of respondents",
            digits=2,
            constraints=PERCENT,
        ),
        Field("n_polls", "integer", "Polls with a figure", unit="polls", constraints={"minimum": 1}),
    ),
    inputs={SOURCE: "900a96e99ed57687ef748dacd45289cfc01ad1ed89d493b46efcd4db68e19975"},
    producers=("VTsIOM (Russian Public Opinion Research Center, state-owned)",),
    citations=("VTsIOM, Moscow. Ratings of the president of Russia, 2006-2020.",),
    licence="facts-citation",
    coverage="2006-01 to 2020-08, 176 months, none missing (705 polls)",
    caveats=(
        "Ten of the 715 weeks have no figure and are left out of the means; on two dates the source had two values, "
        "averaged.",
        "The pollster is owned by the state, and its method changed over time; use as a check on the Levada series.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Average the polls of each month and president."""
    polls = sources.csv(SOURCE).dropna(subset=["approve", "disapprove"])
    medvedev = polls["date"].between(MEDVEDEV_FROM, MEDVEDEV_UNTIL)
    polls = polls.assign(month=polls["date"].str[:7], subject=medvedev.map({True: "Medvedev", False: "Putin"}))
    groups = polls.groupby(["month", "subject"])
    return groups.agg(
        approve=("approve", "mean"), disapprove=("disapprove", "mean"), n_polls=("date", "size")
    ).reset_index()
