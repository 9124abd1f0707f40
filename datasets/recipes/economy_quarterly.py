"""Real gross domestic product of Russia and the United States by quarter."""

from __future__ import annotations

import pandas as pd
from _common import RUSSIA, USA, Field, Sources, Table

SOURCE = "series/gdp_quarterly_oecd_rus_usa.csv"
TABLE = Table(
    name="economy_quarterly",
    title="Real gross domestic product, Russia and the United States, quarterly",
    description=(
        "One row for each state and quarter: real gross domestic product, seasonally adjusted, at annual levels, and "
        "its growth over a quarter and a year, computed from it."
    ),
    key=("ccode", "quarter"),
    fields=(
        Field("ccode", "integer", "COW number: 365 Russia, 2 United States", constraints={"enum": [USA, RUSSIA]}),
        Field("quarter", "string", "Quarter, as 1995-Q1", constraints={"pattern": "^[0-9]{4}-Q[1-4]$"}),
        Field(
            "gdp_real",
            "number",
            "Real gross domestic product, seasonally adjusted, annual level (VPVOBARSA)",
            unit="million USD of 2015, purchasing power parity",
            digits=1,
            constraints={"minimum": 0},
        ),
        Field("estimated", "integer", "1 = the source marks the value as an estimate", constraints={"enum": [0, 1]}),
        Field("growth_qoq_pct", "number", "Growth over the quarter before", unit="%", digits=3),
        Field("growth_yoy_pct", "number", "Growth over the same quarter of the year before", unit="%", digits=3),
    ),
    inputs={SOURCE: "2dcf2fd7b5a1aff7f6c983fe626b9b5e530c9d6d04a9ba325e08560a3904677f"},
    producers=("Organisation for Economic Co-operation and Development, Quarterly National Accounts",),
    citations=("OECD. Quarterly National Accounts, measure VPVOBARSA, 2021 vintage. https://data-explorer.oecd.org",),
    licence="facts-citation",
    coverage="Russia 1995-Q1 to 2021-Q2, United States 1960-Q1 to 2021-Q3",
    caveats=(
        "A vintage of 2021; later revisions are not here. Growth over a year begins four quarters after each series "
        "does.",
        "Russia's quarters from 2003 to 2010 are marked as estimates by the source; the year 2009 comes to -7.1% here, where "
        "Rosstat published -7.8%.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Keep the level and compute growth from it."""
    gdp = sources.csv(SOURCE).sort_values(["iso3", "quarter"])
    out = pd.DataFrame({"ccode": gdp["iso3"].map({"RUS": RUSSIA, "USA": USA}), "quarter": gdp["quarter"]})
    out["gdp_real"] = gdp["gdp_real_sa_musd2015ppp"]
    out["estimated"] = gdp["flag"].eq("E").astype(int)
    level = out.groupby("ccode")["gdp_real"]
    out["growth_qoq_pct"] = 100 * (out["gdp_real"] / level.shift(1) - 1)
    out["growth_yoy_pct"] = 100 * (out["gdp_real"] / level.shift(4) - 1)
    return out
