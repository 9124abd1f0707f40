"""Alliance obligations between pairs of states, as spells."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _spells import to_spells

SOURCE = "covariates/alliances_atop_ddy.parquet"
STATE = [
    "defense_1to2", "defense_2to1", "neutrality_1to2", "neutrality_2to1", "offense", "nonaggression", "consultation",
]  # fmt: skip


def _flag(name: str, text: str) -> Field:
    return Field(name, "integer", text, constraints={"enum": [0, 1]})


TABLE = Table(
    name="alliance_spells",
    title="Alliance obligations between pairs of states, 1946-2018",
    description=(
        "One row for each run of years in which the obligations of a pair of states stay the same (ATOP 5.1, all "
        "treaties of the pair taken together), ccode1 < ccode2. Defence and neutrality can bind one side only and are"
        " kept by direction. A pair without a row in a year has none of these obligations, if both states are in the "
        "system. Pair-years that the source lists with all five obligations at zero (37 directed) are not shipped."
    ),
    key=("ccode1", "ccode2", "from_year"),
    fields=(
        Field("ccode1", "integer", "COW number of the state with the lower number", constraints={"required": True}),
        Field("ccode2", "integer", "COW number of the other state", constraints={"required": True}),
        Field("from_year", "year", "first year; 1946 may stand for an earlier beginning"),
        Field("until_year", "year", "last year, inclusive; 2018 = in force at the end of the data"),
        _flag("defense_1to2", "1 = ccode1 is bound to defend ccode2"),
        _flag("defense_2to1", "1 = ccode2 is bound to defend ccode1"),
        _flag("neutrality_1to2", "1 = ccode1 is bound to stay neutral towards ccode2"),
        _flag("neutrality_2to1", "1 = ccode2 is bound to stay neutral towards ccode1"),
        _flag("offense", "1 = either is bound to join the other in an attack"),
        _flag("nonaggression", "1 = either has promised not to attack the other"),
        _flag("consultation", "1 = either is bound to consult the other"),
    ),
    inputs={SOURCE: "632b6f4af475be1f5b13b22bb136afe7f794ba17cd07454e4547bfe8fe37403c"},
    producers=("Alliance Treaty Obligations and Provisions Project, ATOP 5.1 (through peacesciencer)",),
    citations=(
        "Leeds, Brett Ashley, Jeffrey M. Ritter, Sara McLaughlin Mitchell and Andrew G. Long. 2002. Alliance Treaty "
        "Obligations and Provisions, 1815-1944. International Interactions 28: 237-260 (data version 5.1).",
    ),
    licence="research-citation",
    coverage="1946-2018",
    caveats=(
        "Most non-aggression promises come from many-member treaties (OAS, OSCE and the like): 99% of allied "
        "pair-years have one.",
        "The treaty of the United States and Japan binds the United States alone to defend the other.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Put the two directions of each pair side by side and compress to spells."""
    years = sources.parquet(SOURCE)
    back = years.rename(columns={"ccode1": "ccode2", "ccode2": "ccode1"})
    pairs = years[years["ccode1"] < years["ccode2"]].merge(
        back, on=["ccode1", "ccode2", "year"], suffixes=("", "_back"), validate="1:1"
    )
    if 2 * len(pairs) != len(years):
        raise ValueError("some pair-years have one direction only")
    for kind, name in (("defense", "defense"), ("neutral", "neutrality")):
        pairs[f"{name}_1to2"], pairs[f"{name}_2to1"] = pairs[f"atop_{kind}"], pairs[f"atop_{kind}_back"]
    for kind, name in (("offense", "offense"), ("nonagg", "nonaggression"), ("consul", "consultation")):
        pairs[name] = pairs[[f"atop_{kind}", f"atop_{kind}_back"]].max(axis=1)
    bound = pairs[pairs[STATE].any(axis=1)]
    return to_spells(bound, ["ccode1", "ccode2"], STATE)
