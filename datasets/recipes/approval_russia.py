"""Monthly approval of Vladimir Putin by the Levada Center."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table

SOURCE = "series/ru_putin_approval_levada_monthly.csv"
PRESIDENT_FROM, PRIME_MINISTER_AGAIN, PRESIDENT_AGAIN = "2000-01", "2008-05", "2012-05"
PERCENT = {"minimum": 0, "maximum": 100}
TABLE = Table(
    name="approval_russia",
    title="Approval of Vladimir Putin, Levada Center, monthly",
    description=(
        "Share that approves and disapproves of what Vladimir Putin does in his office, one row a month. The person "
        "is the same throughout; `subject_office` is the office he held in the month's survey."
    ),
    key=("month",),
    fields=(
        Field("month", "yearmonth", "Month of the survey", constraints={"required": True}),
        Field("approve", "integer", "Approve", unit="% of respondents", constraints=PERCENT),
        Field("disapprove", "integer", "Disapprove", unit="% of respondents", constraints=PERCENT),
        Field("no_answer", "integer", "No answer", unit="% of respondents", constraints=PERCENT),
        Field(
            "net",
            "integer",
            "approve - disapprove",
            unit="percentage points",
            constraints={"minimum": -100, "maximum": 100},
        ),
        Field(
            "carried_forward",
            "integer",
            "1 = probably no survey, the figures of the month before",
            constraints={"enum": [0, 1]},
        ),
        Field(
            "subject_office",
            "string",
            "Office held: prime minister in 1999 and from May 2008 to April 2012",
            constraints={"enum": ["president", "prime_minister"]},
        ),
    ),
    inputs={SOURCE: "09ba88a3ea9305d2b35ad65ffa6485117af4213debb23a1ae2749b012a778709"},
    producers=("Levada Center (VTsIOM before 2003)",),
    citations=(
        "Levada Center, Moscow. Approval ratings of Vladimir Putin, 1999-2024. https://www.levada.ru/en/ratings/",
    ),
    licence="facts-citation",
    coverage="1999-08 to 2024-08, 301 months, none missing",
    caveats=(
        "August 1999 (31%) is a prime minister of three weeks whom few knew: not a president's approval.",
        "2018-06 and 2020-12 are flagged as carried forward; drop them in timing tests. 18 other months repeat all "
        "three figures of the month before, which chance alone can do.",
        "From 1999-12-31 to 2000-05-07 he was acting president, counted here as president.",
        "The three shares add up to 99, 100 or 101. Against 38 values on the pollster's and news pages 34 agree; the "
        "page gives 79 for 2000-01 (here 84), 76 for 2000-02 (75), 78 for 2010-02 (80) and 64 for 2012-02 (65).",
        "Fear of the interviewer may raise answers, above all after 2014 and 2022.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Keep the shares, and add the office and the carried-forward flag."""
    polls = sources.csv(SOURCE)
    month = polls["month"]
    minister = month.lt(PRESIDENT_FROM) | (month.ge(PRIME_MINISTER_AGAIN) & month.lt(PRESIDENT_AGAIN))
    out = polls[["month", "approve", "disapprove", "no_answer"]].copy()
    out["net"] = out["approve"] - out["disapprove"]
    out["carried_forward"] = polls["flag"].notna().astype(int)
    out["subject_office"] = minister.map({True: "prime_minister", False: "president"})
    return out
