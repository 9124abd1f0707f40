"""Columns of every state and year that the arms over all states need and no bundled table holds as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.datasets.kept import kept

if TYPE_CHECKING:
    import pandas as pd

WINDOW = 5  # years over which capabilities are compared
BREAK = 0.05  # share of a region's capabilities; the coming or going of a state that holds it breaks the comparison
LAST_MID = 2014
GROWTH_HALF, INFLATION_HALF = 10.0, 100.0  # percent at which the bounded forms reach one half


@kept(1)
def world_columns() -> pd.DataFrame:
    """Return ``ccode``, ``year`` and the derived columns of every state-year of the system.

    Returns
    -------
    DataFrame
        ``log_oil``: log of one plus oil production (TWh). ``oil_swing``: the change over a year of the log of the mean Brent
        price (years with all twelve months) times ``log_oil``; ``oil_swing_rents``: times energy depletion (% of GNI).
        ``gdp_growth_bounded``, ``inflation_bounded``: x / (10 + |x|) and x / (100 + |x|), so that few extreme years do not
        decide. ``log_protests``: log of one plus protests. ``election_ahead``, ``executive_election_ahead``: 1 where a
        national election (of an executive) falls in the next year or the one after. ``targeted``, ``log_targeted``:
        militarised disputes begun in the year with the state on side B, to 2014, and the log of one plus their number.
        ``region_share_change5``, ``region_log_share_change5``: change over five years of the share of the home region's
        capabilities (CINC), over the states there in both years; missing where a state with a twentieth of the region's
        capabilities came or went in between.

    Examples
    --------
    >>> kuwait = world_columns().set_index(["ccode", "year"]).loc[690]
    >>> kuwait.loc[1990, ["targeted", "election_ahead"]].astype(int).tolist()
    [1, 1]
    """
    from interventions_stats.datasets.load import load

    states = load("state_year")
    frame = states[["ccode", "year"]].astype(int)
    index = frame.set_index(["ccode", "year"]).index
    number = {c: states[c].to_numpy(float, na_value=np.nan) for c in (
        "oil_prod_twh", "energy_depletion_pct_gni", "gdp_growth_pct", "inflation_pct", "cinc")}  # fmt: skip
    price = _price_change().reindex(frame["year"]).to_numpy()
    targeted = np.where(frame["year"] <= LAST_MID, _targeted().reindex(index, fill_value=0.0).to_numpy(), np.nan)
    columns = {
        "log_oil": np.log1p(number["oil_prod_twh"]),
        "oil_swing": price * np.log1p(number["oil_prod_twh"]),
        "oil_swing_rents": price * number["energy_depletion_pct_gni"],
        "gdp_growth_bounded": _bounded(number["gdp_growth_pct"], GROWTH_HALF),
        "inflation_bounded": _bounded(number["inflation_pct"], INFLATION_HALF),
        "log_protests": np.log1p(_protests().reindex(index).to_numpy()),
        "election_ahead": _ahead(("executive", "legislative"), index),
        "executive_election_ahead": _ahead(("executive",), index),
        "targeted": targeted, "log_targeted": np.log1p(targeted),
    }  # fmt: skip
    share, log_share = _share_changes(frame.assign(cinc=number["cinc"]), index)
    return frame.assign(**columns, region_share_change5=share, region_log_share_change5=log_share)


def _bounded(x: np.ndarray, half: float) -> np.ndarray:
    return x / (half + np.abs(x))


def _price_change() -> pd.Series:
    """Change of the log of the annual mean Brent price, by year."""
    from interventions_stats.datasets.load import load

    table = load("economy_monthly")
    monthly = table["brent_usd"].astype(float).groupby(table["month"].astype(str).str[:4].astype(int))
    annual = monthly.mean().where(monthly.count() == 12)
    return np.log(annual).diff()


def _protests() -> pd.Series:
    from interventions_stats.datasets.load import load

    return load("protest_state_year").set_index(["ccode", "year"])["protests"].astype(float)


def _targeted() -> pd.Series:
    from interventions_stats.datasets.load import load

    table = load("events_mid")
    aimed = table[table["side"] == "B"]
    counts = aimed.groupby([aimed["actor_ccode"].astype(int), aimed["start"].dt.year.astype(int)]).size()
    return counts.rename_axis(["ccode", "year"]).astype(float)


def _ahead(types: tuple[str, ...], index: pd.MultiIndex) -> np.ndarray:
    """1 where a national election of these types falls in the next year or the one after."""
    from interventions_stats.datasets.load import load

    table = load("elections")
    table = table[table["type"].isin(types)]
    held = set(zip(table["ccode"].astype(int), table["date"].astype(str).str[:4].astype(int), strict=True))
    return np.array([(c, y + 1) in held or (c, y + 2) in held for c, y in index], float)


def _share_changes(frame: pd.DataFrame, index: pd.MultiIndex) -> tuple[np.ndarray, np.ndarray]:
    """Five-year change of the share of the home region's capabilities, and of its logarithm, over the same states."""
    from interventions_stats.datasets.load import load

    regions = load("states").set_index("ccode")["home_region"]
    wide = frame.pivot(index="year", columns="ccode", values="cinc")
    change, log_change = wide * np.nan, wide * np.nan
    for _, members in regions[regions.index.isin(wide.columns)].groupby(regions):
        own = wide[members.index]
        before = own.shift(WINDOW)
        both = own.notna() & before.notna()
        now, then = (x.where(both).div(x.where(both).sum(axis=1), axis=0) for x in (own, before))
        whole = ~_broken(own)
        change[members.index] = (now - then).where(whole, axis=0)
        log_change[members.index] = (np.log(now.where(now > 0)) - np.log(then.where(then > 0))).where(whole, axis=0)
    found = (x.T.stack().reindex(index).to_numpy(float) for x in (change, log_change))
    return next(found), next(found)


def _broken(own: pd.DataFrame) -> pd.Series:
    """Whether a state with a twentieth of the capabilities (years, states) came or went in the five years to each year."""
    share = own.div(own.sum(axis=1), axis=0)
    came = own.notna() & own.shift(1).isna() & (share >= BREAK)
    went = own.isna() & own.shift(1).notna() & (share.shift(1) >= BREAK)
    event = (came | went).any(axis=1)
    event.iloc[0] = False  # the first year of the table, in which all states come
    return event.rolling(WINDOW, min_periods=1).max() > 0
