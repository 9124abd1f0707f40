"""Trade of every state with each major power and with all states."""

from __future__ import annotations

import numpy as np
import pandas as pd
from _common import RUSSIA, Field, Sources, Table
from _majors import MAJOR_POWERS

SOURCE, SPINE = "covariates/trade_dyadic_cow.parquet", "covariates/state_year_spine.csv"
FLOWS = ["imports_1_from_2_musd", "imports_2_from_1_musd"]
YEAR_BEFORE = 1  # exposures are lagged: Germany's and Japan's trade starts a year before they are major powers

TABLE = Table(
    name="major_power_trade",
    title="Trade of each state with the major powers, 1946-2014",
    description=(
        "One row a state-year: imports plus exports with each major power (COW Trade v4.0), and with all states "
        "together, in whole millions of current US dollars. A major power's share of a state's trade is its column "
        "over total_musd. Zero is the source's zero; empty is not covered."
    ),
    key=("ccode", "year"),
    fields=(
        Field("ccode", "integer", "COW number of the trading partner", constraints={"required": True}),
        Field("year", "year", "calendar year", constraints={"required": True, "minimum": 1946, "maximum": 2014}),
        Field(
            "total_musd", "integer", "trade with all states: sum over all pairs in the source", "million current USD"
        ),
        *(
            Field(
                f"trade_{name}_musd",
                "integer",
                f"trade with COW state {ccode} ({name.upper()})" + (", from 1990" if first > 1950 else ""),
                "million current USD",
            )
            for ccode, (name, first) in MAJOR_POWERS.items()
        ),
    ),
    inputs={
        SOURCE: "c6a0def9699a4a8501b0641d75eca2f74384b78417b706a6c0ac1606c804f2bc",
        SPINE: "d3232700aba4d79b662ee48fcc365310d05485bcc7a6b4a9408ffb6bf134edbb",
    },
    producers=("Correlates of War Project, Trade v4.0 (through peacesciencer, which rounds flows to whole millions)",),
    citations=(
        "Barbieri, Katherine, Omar M. G. Keshk and Brian Pollins. 2009. TRADING DATA: Evaluating our Assumptions and "
        "Coding Rules. Conflict Management and Peace Science 26(5): 471-491.",
        "Barbieri, Katherine and Omar M. G. Keshk. 2016. Correlates of War Project Trade Data Set Codebook, Version "
        "4.0.",
    ),
    licence="research-citation",
    coverage="1946-2014",
    caveats=(
        "Where one of a pair's two flows is missing, the other alone is the total.",
        "Russia's flows with another post-Soviet state that are both zero in 1992-93 (Ukraine, Kazakhstan and others)"
        " are false zeros of the source and left empty here; the totals of these states are too low in these years.",
        "Zeros of small, of communist and of newly independent states are often gaps in reporting: check a result "
        "without them.",
        "The sum over pairs differs from the reported total trade of state_year.trade_musd (median ratio 0.97).",
    ),
)


def _both_sides(pairs: pd.DataFrame) -> pd.DataFrame:
    """One row a state, partner and year, from pairs listed once; trade = sum of the flows that are known."""
    trade = pairs[FLOWS].sum(axis=1, min_count=1)
    ends = [(pairs["ccode1"], pairs["ccode2"]), (pairs["ccode2"], pairs["ccode1"])]
    return pd.concat(
        [pd.DataFrame({"ccode": a, "partner": b, "year": pairs["year"], "trade": trade}) for a, b in ends],
        ignore_index=True,
    )


def build(sources: Sources) -> pd.DataFrame:
    """Spread the trade with each major power over columns and add the total over all pairs."""
    trade = _both_sides(sources.parquet(SOURCE))
    spine = sources.csv(SPINE)
    post_soviet = set(spine.loc[spine["post_soviet"] == 1, "ccode"])
    false_zero = (
        trade["partner"].eq(RUSSIA) & trade["ccode"].isin(post_soviet) & trade["year"].le(1993) & trade["trade"].eq(0)
    )
    trade.loc[false_zero, "trade"] = np.nan
    total = trade.groupby(["ccode", "year"])["trade"].sum(min_count=1).rename("total_musd")
    first = trade["partner"].map({ccode: year - YEAR_BEFORE for ccode, (_, year) in MAJOR_POWERS.items()})
    names = {ccode: f"trade_{name}_musd" for ccode, (name, _) in MAJOR_POWERS.items()}
    majors = trade[trade["year"] >= first].assign(name=lambda f: f["partner"].map(names))
    # pivot refuses duplicates, where pivot_table would average them
    wide = majors.pivot(index=["ccode", "year"], columns="name", values="trade")
    return wide.join(total, how="outer").reset_index()
