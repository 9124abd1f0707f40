"""Oil prices and the Russian economy by month."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table

OIL = "series/oil_price_monthly_eia.csv"
CPI = "series/ru_cpi_monthly_rosstat_1991_2025.csv"
KEP = "series/ru_macro_rosstat_monthly_1999_2017.csv"
UNEMPLOYMENT = "series/ru_macro_minikep_monthly_1999_2018.csv"
TABLE = Table(
    name="economy_monthly",
    title="Oil prices and the Russian economy, monthly",
    description=(
        "One row a month: crude oil spot prices (monthly means) and, for Russia, consumer prices, unemployment and the "
        "exchange rate. A cell is empty where a series has not begun or has ended."
    ),
    key=("month",),
    fields=(
        Field("month", "yearmonth", "Month", constraints={"required": True}),
        Field(
            "brent_usd",
            "number",
            "Brent crude, monthly mean, 1987-05 on",
            unit="USD per barrel",
            digits=2,
            constraints={"minimum": 0},
        ),
        Field(
            "wti_usd",
            "number",
            "West Texas Intermediate crude, monthly mean, 1986-01 on",
            unit="USD per barrel",
            digits=2,
            constraints={"minimum": 0},
        ),
        Field(
            "cpi_russia_prev_month_index",
            "number",
            "Consumer prices, 1991-01 to 2025-11",
            unit="previous month = 100",
            digits=2,
            constraints={"minimum": 0},
        ),
        Field(
            "cpi_russia_yoy_pct",
            "number",
            "Change over twelve months, chained from the monthly index",
            unit="%",
            digits=3,
        ),
        Field(
            "unemployment_russia_pct",
            "number",
            "Unemployment rate, 1999-01 to 2018-04",
            unit="% of the labour force",
            digits=1,
            constraints={"minimum": 0, "maximum": 100},
        ),
        Field(
            "rouble_per_usd_month_end",
            "number",
            "Exchange rate at the end of the month, 1999-01 to 2017-02",
            unit="roubles per USD",
            digits=2,
            constraints={"minimum": 0},
        ),
    ),
    inputs={
        OIL: "e4139cfabf7b7e610033898f1b601949414e3a80ad5c5f3a44465a8da1e00709",
        CPI: "77919e22d54b0a8ce6a74247848ea57f69db1d9c307c13c36900bf670f9af337",
        KEP: "c810b7d6ac74a0e018e5cc73f6bcff73a5784e756abb77e0e4844d4713883ebd",
        UNEMPLOYMENT: "f2f2abac77dcbd5422e36de72612fdfecd51675b234b1916e172987f52a18a35",
    },
    producers=("U.S. Energy Information Administration (oil; public domain)", "Rosstat (Russian series)"),
    citations=(
        "U.S. Energy Information Administration. Europe Brent and Cushing WTI Spot Price FOB, monthly. "
        "https://www.eia.gov/dnav/pet/pet_pri_spt_s1_m.htm",
        "Rosstat. Consumer price indices; Short-term economic indicators of the Russian Federation. "
        "https://rosstat.gov.ru",
    ),
    licence="facts-citation",
    coverage="1986-01 to 2026-07",
    caveats=(
        "Inflation of 1992-93 (up to 345% in one month, 2,509% in the year to 1992-12) is the end of price control: "
        "no measure of distress.",
        "The level of the oil price is confounded with the leader; use changes. Urals is not here.",
        "Unemployment and the exchange rate agree in every common month over two vintages of the Rosstat bulletin "
        "(unemployment) or have one vintage (exchange rate); neither reaches the 1990s.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Join the series on the month."""
    oil = sources.csv(OIL).rename(columns={"brent_usd_bbl": "brent_usd", "wti_usd_bbl": "wti_usd"})
    cpi = sources.csv(CPI)[["month", "cpi_all_prev_month_100", "cpi_all_yoy_pct_computed"]]
    cpi.columns = ["month", "cpi_russia_prev_month_index", "cpi_russia_yoy_pct"]
    rouble = sources.csv(KEP)[["ym", "RUR_USD_eop", "SOC_UNEMPLOYMENT_RATE_percent"]]
    rouble.columns = ["month", "rouble_per_usd_month_end", "other_vintage"]
    work = sources.csv(UNEMPLOYMENT)[["ym", "UNEMPL_pct"]]
    work.columns = ["month", "unemployment_russia_pct"]
    out = (
        oil.merge(cpi, on="month", how="outer")
        .merge(rouble, on="month", how="outer")
        .merge(work, on="month", how="outer")
    )
    both = out.dropna(subset=["unemployment_russia_pct", "other_vintage"])
    if both.empty or both["unemployment_russia_pct"].ne(both["other_vintage"]).any():
        raise ValueError("two vintages of unemployment differ: do not ship the column")
    return out.drop(columns="other_vintage")
