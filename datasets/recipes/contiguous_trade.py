"""Trade of contiguous pairs of states that are not major powers."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _majors import MAJOR_POWERS
from major_power_trade import FLOWS
from major_power_trade import TABLE as MAJOR_POWER_TRADE

SOURCE, CONTIGUITY = "covariates/trade_dyadic_cow.parquet", "covariates/contiguity_ddy.csv"
SINCE_1946 = [ccode for ccode, (_, first) in MAJOR_POWERS.items() if first == 1946]

TABLE = Table(
    name="contiguous_trade",
    title="Trade of contiguous pairs of states, 1946-2014",
    description=(
        "One row for each year of each pair of contiguous states (any of the five COW types), ccode1 < ccode2, with "
        "imports plus exports (COW Trade v4.0). Pairs with a major power are in major_power_trade and are left out "
        "here where that table has them from 1946; together the two cover the politically relevant pairs. A pair-year "
        "without a known flow has no row."
    ),
    key=("ccode1", "ccode2", "year"),
    fields=(
        Field("ccode1", "integer", "COW number of the state with the lower number", constraints={"required": True}),
        Field("ccode2", "integer", "COW number of the other state", constraints={"required": True}),
        Field("year", "year", "calendar year", constraints={"required": True, "minimum": 1946, "maximum": 2014}),
        Field("trade_musd", "integer", "imports plus exports of the pair", "million current USD"),
    ),
    inputs={
        SOURCE: MAJOR_POWER_TRADE.inputs[SOURCE],
        CONTIGUITY: "d71543f3b46077519253217dd06c5ff34d11126a36667f70c4a3848585b7194b",
    },
    producers=MAJOR_POWER_TRADE.producers,
    citations=MAJOR_POWER_TRADE.citations,
    licence="research-citation",
    coverage="1946-2014",
    caveats=(
        "Where one of a pair's two flows is missing, the other alone is the total.",
        "Zeros of small, of communist and of newly independent states are often gaps in reporting: check a result "
        "without them.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Keep the contiguous pairs and sum the two flows."""
    near = sources.csv(CONTIGUITY)[["ccode1", "ccode2", "year"]]
    trade = sources.parquet(SOURCE)
    if (trade["ccode1"] >= trade["ccode2"]).any():
        raise ValueError("expected each pair once, with the lower number first")
    pairs = trade.merge(near, on=["ccode1", "ccode2", "year"], validate="1:1")
    pairs = pairs[~pairs["ccode1"].isin(SINCE_1946) & ~pairs["ccode2"].isin(SINCE_1946)]
    pairs = pairs.assign(trade_musd=pairs[FLOWS].sum(axis=1, min_count=1)).dropna(subset=["trade_musd"])
    return pairs[["ccode1", "ccode2", "year", "trade_musd"]]
