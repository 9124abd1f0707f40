"""Diplomatic recognition of every state, every five years."""

from __future__ import annotations

import numpy as np
import pandas as pd
from _common import Field, Sources, Table

CENTRALITY, TIES = "covariates/diplomatic_centrality.csv", "covariates/diplomatic_ties_count.csv"
MOST_STATES = 400  # more than any year's number of states: bound of the search for the scale

TABLE = Table(
    name="diplomatic_recognition",
    title="Diplomatic recognition of all states, every five years 1950-2005",
    description=(
        "One row a state and survey year of the COW Diplomatic Exchange data: how many states sent it a mission, its "
        "place by that count and by PageRank in the network (1970-2005), and its number of ties from a second "
        "derivation (1950-2000). The two derivations count different things and should be read as two measures."
    ),
    key=("ccode", "year"),
    fields=(
        Field("ccode", "integer", "Correlates of War state number", constraints={"required": True}),
        Field("year", "year", "survey year", constraints={"required": True}),
        Field(
            "missions_received",
            "integer",
            "states that sent a mission (in-degree of the exchange network), 1970-2005",
            "states",
        ),
        Field("in_degree_rank", "integer", "rank of that number in the year; 1 = most, ties share the best rank"),
        Field("pagerank_rank", "integer", "rank of PageRank in the same network; 1 = most central"),
        Field(
            "dip_ties",
            "integer",
            "states with which any tie in either direction is recorded, 1950-2000 (undercount)",
            "states",
        ),
        Field("missions_hosted", "integer", "of these, states with a mission in the country (undercount)", "states"),
        Field("dip_ties_rank", "integer", "rank of dip_ties in the year; 1 = most, ties share the best rank"),
    ),
    inputs={
        CENTRALITY: "3d2f9b71e98bd9705504024f0d402d835709c5440b6d383b5762660781567b6a",
        TIES: "7c05da1bb6223fdfbe6c5f87604b06a1b5f7ee7e41fbd1e354a2d231897724e4",
    },
    producers=(
        "Correlates of War Project, Diplomatic Exchange v2006.1",
        "network measures: Bitsikokos, Rondo and He; ties: the DipRep project",
    ),
    citations=("Bayer, Resat. 2006. Diplomatic Exchange Data set, v2006.1. Correlates of War Project.",),
    licence="research-citation",
    coverage="missions and PageRank 1970-2005, ties 1950-2000, every five years",
    caveats=(
        "Both derivations undercount: the ties drop each pair's last observation, the network leaves some missions "
        "out (in 1970 the United States has 102 missions there and 114 in the ties). Use ranks, and the two as "
        "variants.",
        "missions_received is recovered from the published value, which is scaled to the most recognised state of the"
        " year.",
        "West Germany's rows of 1990, when its missions are listed under united Germany, are artefacts and left out.",
        "East and West recognised different states until the 1970s: China's rank before 1975 measures the recognition"
        " of Beijing against Taipei.",
    ),
)


def _counts(scaled: pd.Series) -> pd.Series:
    """Undo the scaling to [0, 1]: the smallest whole number of which every value is a fraction."""
    for top in range(2, MOST_STATES):
        counts = scaled * top
        if np.abs(counts - counts.round()).max() < 1e-6:
            return counts.round()
    raise ValueError("the in-degrees are not fractions of a whole number of states")


def build(sources: Sources) -> pd.DataFrame:
    """Merge the two derivations; ranks are the source's."""
    network = sources.csv(CENTRALITY)
    network["missions_received"] = network.groupby("year")["in_degree"].transform(_counts)
    ties = sources.csv(TIES)
    columns = ["ccode", "year"]
    merged = network[[*columns, "missions_received", "in_degree_rank", "pagerank_rank"]].merge(
        ties[[*columns, "dip_ties", "missions_hosted", "dip_ties_rank"]], on=columns, how="outer", validate="1:1"
    )
    artefact = (merged["ccode"] == 260) & (merged["year"] == 1990)
    if artefact.sum() != 1:
        raise ValueError("expected one row of West Germany in 1990")
    return merged[~artefact]
