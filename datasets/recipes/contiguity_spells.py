"""Direct contiguity of pairs of states, as spells."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _spells import to_spells

SOURCE = "covariates/contiguity_ddy.csv"
LAST_CODED = 2016

TABLE = Table(
    name="contiguity_spells",
    title="Contiguity of pairs of states, 1946-2024",
    description=(
        "One row for each run of years in which a pair of states is contiguous in the same way (COW Direct Contiguity"
        " v3.2), undirected: ccode1 < ccode2. A pair without a row in a year is not contiguous, if both states are in"
        " the system."
    ),
    key=("ccode1", "ccode2", "from_year"),
    fields=(
        Field("ccode1", "integer", "COW number of the state with the lower number", constraints={"required": True}),
        Field("ccode2", "integer", "COW number of the other state", constraints={"required": True}),
        Field("from_year", "year", "first year; 1946 may stand for an earlier beginning"),
        Field("until_year", "year", "last year, inclusive"),
        Field(
            "contiguity_type",
            "integer",
            "1 = land or river border; 2 = up to 12, 3 = up to 24, 4 = up to 150, 5 = up to 400 miles of water",
            constraints={"enum": [1, 2, 3, 4, 5]},
        ),
        Field("carried_forward", "integer", "1 = the years after 2016 repeat 2016", constraints={"enum": [0, 1]}),
    ),
    inputs={SOURCE: "d71543f3b46077519253217dd06c5ff34d11126a36667f70c4a3848585b7194b"},
    producers=("Correlates of War Project, Direct Contiguity v3.2 (through peacesciencer)",),
    citations=(
        "Stinnett, Douglas M., Jaroslav Tir, Philip Schafer, Paul F. Diehl and Charles Gochman. 2002. The Correlates "
        "of War Project Direct Contiguity Data, Version 3. Conflict Management and Peace Science 19(2): 58-66.",
    ),
    licence="research-citation",
    coverage="1946-2016, carried forward to 2024",
    caveats=(
        "1991 is double for Russia: the neighbours of the USSR and those of the Russian Federation are both listed, "
        "20 land neighbours in that year alone.",
        "The source lists Bulgaria as a land neighbour of the USSR 1946-91, which had no common border; kept as coded.",
        "The source codes the annexation of Crimea (Russia near Bulgaria and Romania from 2014) as contiguity over "
        "water.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Keep one direction, check that the other agrees, and compress to spells."""
    years = sources.csv(SOURCE)
    mirrored = years.rename(columns={"ccode1": "ccode2", "ccode2": "ccode1"})
    key = ["ccode1", "ccode2", "year", "conttype"]
    if len(years.merge(mirrored[key], on=key)) != len(years):
        raise ValueError("the source is not symmetric: a pair's two directions differ")
    one_way = years[years["ccode1"] < years["ccode2"]].rename(columns={"conttype": "contiguity_type"})
    spells = to_spells(one_way, ["ccode1", "ccode2"], ["contiguity_type"])
    return spells.assign(carried_forward=(spells["until_year"] > LAST_CODED).astype(int))
