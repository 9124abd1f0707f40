"""Monthly judgement on the direction of the country by the Levada Center."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table

SOURCE = "series/ru_country_direction_levada_monthly.csv"
PERCENT = {"minimum": 0, "maximum": 100}
RENAME = {
    "right_direction": "right", "wrong_track": "wrong", "difficult": "no_answer",
    "same_as_previous_month": "carried_forward",
}  # fmt: skip
TABLE = Table(
    name="country_direction_russia",
    title="Direction of the country, Russia, Levada Center, monthly",
    description="Share that says the country goes in the right direction or on a wrong track, one row a month.",
    key=("month",),
    fields=(
        Field("month", "yearmonth", "Month of the survey", constraints={"required": True}),
        Field("right", "integer", "Right direction", unit="% of respondents", constraints=PERCENT),
        Field("wrong", "integer", "Wrong track", unit="% of respondents", constraints=PERCENT),
        Field("no_answer", "integer", "Difficult to say", unit="% of respondents", constraints=PERCENT),
        Field(
            "net", "integer", "right - wrong", unit="percentage points", constraints={"minimum": -100, "maximum": 100}
        ),
        Field(
            "carried_forward",
            "integer",
            "1 = all three figures equal the month before: probably no survey",
            constraints={"enum": [0, 1]},
        ),
    ),
    inputs={SOURCE: "bb5a50e350ad93b66b0f3e1f4631805360379ad7e2ba38097b8006c4e42bb186"},
    producers=("Levada Center (VTsIOM before 2003)",),
    citations=(
        "Levada Center, Moscow. Assessment of the situation in the country, 1996-2024. https://www.levada.ru/en/ratings/",
    ),
    licence="facts-citation",
    coverage="1996-07 to 2024-08, 338 months, none missing",
    caveats=(
        "13 months are flagged as carried forward, five of them in 1996-98; drop them in timing tests.",
        "The shares add up to 99, 100 or 101, but 2024-08 to 107: one of its figures is wrong.",
        "Against 24 values on the pollster's page 21 agree within rounding on the right direction; 1999-02, 2008-02 "
        "and 2012-02 differ by one or two points. The page's four points before 1996-07 (1993-06 22%, 1994-03 18%, "
        "1995-02 12%, 1996-01 15% right) are not in the series.",
        "It is a judgement on the country, not on a leader; it is the only monthly series that reaches Yeltsin.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Rename and compute the balance."""
    polls = sources.csv(SOURCE).rename(columns=RENAME)
    polls["net"] = polls["right"] - polls["wrong"]
    return polls[["month", "right", "wrong", "no_answer", "net", "carried_forward"]]
