"""Trade of pairs of states: contiguous ones and those with a major power, which is what is bundled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.panels.target_covariates import MAJOR_TRADE

if TYPE_CHECKING:
    import pandas as pd


def trade_cube(codes: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return imports plus exports in million current USD (states x states x years, float32), NaN where none is bundled."""
    from interventions_stats.datasets.load import load

    cube = np.full((len(codes), len(codes), len(years)), np.nan, np.float32)
    majors = load("major_power_trade")
    for power, column in MAJOR_TRADE.items():
        flow = majors[["ccode", "year", column]].dropna()
        _fill(
            cube, codes, years, flow.assign(ccode2=power).set_axis(["ccode1", "year", "trade_musd", "ccode2"], axis=1)
        )
    _fill(cube, codes, years, load("contiguous_trade"))
    return cube


def total_trade(codes: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return each state's trade with all states in million current USD (states x years)."""
    from interventions_stats.datasets.load import load

    table = load("major_power_trade")[["ccode", "year", "total_musd"]].dropna()
    table = table[table["ccode"].isin(codes) & table["year"].isin(years)]
    out = np.full((len(codes), len(years)), np.nan, np.float32)
    where = np.searchsorted(codes, table["ccode"]), table["year"].to_numpy(int) - int(years[0])
    out[where] = table["total_musd"].to_numpy(np.float32)
    return out


def _fill(cube: np.ndarray, codes: np.ndarray, years: np.ndarray, flow: pd.DataFrame) -> None:
    flow = flow[flow["ccode1"].isin(codes) & flow["ccode2"].isin(codes) & flow["year"].isin(years)]
    one, two = (np.searchsorted(codes, flow[c]) for c in ("ccode1", "ccode2"))
    t = flow["year"].to_numpy(int) - int(years[0])
    cube[one, two, t] = cube[two, one, t] = flow["trade_musd"].to_numpy(np.float32)
