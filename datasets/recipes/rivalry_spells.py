"""Strategic rivalries of pairs of states, as spells."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _spells import to_spells

SOURCE = "covariates/rivalries_ndy.csv"
KINDS = ["positional", "spatial", "ideological", "interventionary"]

TABLE = Table(
    name="rivalry_spells",
    title="Strategic rivalries, 1946-2020",
    description=(
        "One row for each rivalry spell of a pair of states (ccode1 < ccode2) in each of two lists: TD, Thompson and "
        "Dreyer (to 2010), and TSS, Thompson, Sakuwa and Suhas (to 2020). A pair without a row of a list in a year it"
        " covers was not a rivalry there. The four flags are the kinds of rivalry; a spell can be of several."
    ),
    key=("source", "ccode1", "ccode2", "from_year"),
    fields=(
        Field("source", "string", "list the spell comes from", constraints={"required": True, "enum": ["TD", "TSS"]}),
        Field("ccode1", "integer", "COW number of the state with the lower number", constraints={"required": True}),
        Field("ccode2", "integer", "COW number of the other state", constraints={"required": True}),
        Field("from_year", "year", "first year; 1946 may stand for an earlier beginning"),
        Field("until_year", "year", "last year, inclusive; the last year of the list = still a rivalry then"),
        Field("positional", "integer", "1 = about influence or rank", constraints={"enum": [0, 1]}),
        Field("spatial", "integer", "1 = about territory", constraints={"enum": [0, 1]}),
        Field("ideological", "integer", "1 = about belief systems", constraints={"enum": [0, 1]}),
        Field(
            "interventionary", "integer", "1 = about intervention in the other's affairs", constraints={"enum": [0, 1]}
        ),
    ),
    inputs={SOURCE: "2ff63c67b26611df5d5134d199d9c16ce66316cb5e8724f77d433af9929a0deb"},
    producers=("Thompson and Dreyer; Thompson, Sakuwa and Suhas (both through peacesciencer)",),
    citations=(
        "Thompson, William R. and David R. Dreyer. 2012. Handbook of International Rivalries, 1494-2010. CQ Press.",
        "Thompson, William R., Kentaro Sakuwa and Prashant Hosur Suhas. 2021. Analyzing Strategic Rivalries in World "
        "Politics. Springer.",
    ),
    licence="research-citation",
    coverage="TD 1946-2010, TSS 1946-2020",
    caveats=(
        "The lists have no rivalry of Russia and Georgia; Russia and Ukraine are rivals from 2014 only (TSS), which "
        "is nearly the event itself.",
        "Rivalry is coded by perceptions of threat: a conflict that has begun can be part of the evidence for it.",
    ),
)


def _list(years: pd.DataFrame, source: str) -> pd.DataFrame:
    own = years[years[f"rivalry_{source.lower()}"] == 1].copy()
    if source == "TSS":
        own[KINDS] = own[[f"tss_{kind}" for kind in KINDS]].notna().astype(int).to_numpy()
    else:
        stated = own[["td_type1", "td_type2", "td_type3"]]
        for kind in KINDS:
            own[kind] = stated.eq(kind).any(axis=1).astype(int)
    return to_spells(own, ["ccode1", "ccode2"], KINDS).assign(source=source)


def build(sources: Sources) -> pd.DataFrame:
    """Compress both lists to spells."""
    years = sources.csv(SOURCE)
    if (years["ccode1"] >= years["ccode2"]).any():
        raise ValueError("expected each pair once, with the lower number first")
    return pd.concat([_list(years, "TD"), _list(years, "TSS")], ignore_index=True)
