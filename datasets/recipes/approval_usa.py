"""Monthly approval of the president of the United States."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table

SOURCE = "series/us_approval_monthly.csv"
PERCENT = {"minimum": 0, "maximum": 100}
RENAME = {
    "approval_gallup": "approve_gallup", "disapproval_gallup": "disapprove_gallup",
    "approval_all_pollsters": "approve_all", "disapproval_all_pollsters": "disapprove_all",
}  # fmt: skip
TABLE = Table(
    name="approval_usa",
    title="Approval of the president of the United States, monthly means",
    description=(
        "Simple means of the polls whose mid-date of fieldwork falls in the month, by Gallup (under its five labels) "
        "and by all pollsters, one row for each month and president with a poll. A month in which the office changed "
        "hands has two rows where both were asked about."
    ),
    key=("month", "president"),
    fields=(
        Field("month", "yearmonth", "Month of the polls", constraints={"required": True}),
        Field("president", "string", "President asked about", constraints={"required": True}),
        Field(
            "approve_gallup",
            "number",
            "Approve, mean of Gallup's polls",
            unit="% of respondents",
            digits=2,
            constraints=PERCENT,
        ),
        Field(
            "disapprove_gallup",
            "number",
            "Disapprove, mean of Gallup's polls",
            unit="% of respondents",
            digits=2,
            constraints=PERCENT,
        ),
        Field("n_gallup", "integer", "Gallup's polls", unit="polls", constraints={"minimum": 0}),
        Field(
            "approve_all",
            "number",
            "Approve, mean of all polls",
            unit="% of respondents",
            digits=2,
            constraints=PERCENT,
        ),
        Field(
            "disapprove_all",
            "number",
            "Disapprove, mean of all polls",
            unit="% of respondents",
            digits=2,
            constraints=PERCENT,
        ),
        Field("n_all", "integer", "All polls", unit="polls", constraints={"minimum": 1}),
    ),
    inputs={SOURCE: "663fc110ba5a5b50713f17410a7f16de3f9b1c82b6ba68c21e19beeefdb60286"},
    producers=("Gallup and others, compiled by the Roper Center for Public Opinion Research (iPoll)",),
    citations=(
        "Roper Center for Public Opinion Research, Cornell University. Presidential approval polls, 1937-2025. "
        "https://ropercenter.cornell.edu/presidential-approval",
    ),
    licence="facts-citation",
    coverage="1937-08 to 2025-01, 952 president-months in 945 months",
    caveats=(
        "Months without a poll have no row: 63 of the 949 months since 1946, 33 of them before 1953. In 20 rows "
        "there are other polls but none by Gallup.",
        "Approval and disapproval add up to far less than 100 in a president's first months (60 in 2001-01) because "
        "many have no opinion.",
        "The mean over all pollsters mixes house effects and puts weight on months with much polling: prefer Gallup "
        "over time.",
        "A month's mean spans events within it, and the collection lacks some polls: September 2001 has one by "
        "Gallup, of 21-22 September, and 17 in all, one of them from before the attacks.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Rename; a row without a poll by Gallup gets the count 0."""
    polls = sources.csv(SOURCE).rename(columns=RENAME).drop(columns="no_opinion_gallup")
    polls["n_gallup"] = polls["n_gallup"].fillna(0)
    return polls
