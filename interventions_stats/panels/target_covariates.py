"""Covariates of an actor's targets by year, assembled in memory for any actor from the tables of all states."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.datasets.kept import kept
from interventions_stats.events.actors import Actor
from interventions_stats.panels.actor_target_year import risk_set

if TYPE_CHECKING:
    import pandas as pd

_FIRST, _STOP = 1946, 2025  # years of the bundled tables
_UNREPORTED = (1991, 1992, 1993)  # years without flows for most successor states
_EARTH_KM = 6371.0088
# Columns of major_power_trade by COW number; 260 is West Germany, which the source has no column for.
MAJOR_TRADE = {2: "trade_usa_musd", 200: "trade_gbr_musd", 220: "trade_fra_musd", 255: "trade_deu_musd",
               365: "trade_rus_musd", 710: "trade_chn_musd", 740: "trade_jpn_musd"}  # fmt: skip
Builder = Callable[[Actor], "pd.Series"]


def column(name: str, table: str = "state_year") -> Builder:
    """Return a builder of the target's own value of a column of all states."""

    def build(who: Actor) -> pd.Series:
        values = _states(table, name)
        return values[values.index.get_level_values(0) != who.ccode]

    return build


def gap(name: str) -> Builder:
    """Return a builder of the absolute difference between the target's and the actor's value in the year."""

    def build(who: Actor) -> pd.Series:
        values = _states("state_year", name)
        codes, years = (values.index.get_level_values(k) for k in (0, 1))
        ours = values[codes == who.ccode].droplevel(0)
        return (values - ours.reindex(years).to_numpy()).abs()[codes != who.ccode]

    return build


def contiguous(who: Actor) -> pd.Series:
    """1 for a common land or river border in the year, 0 for another member of the state system."""
    from interventions_stats.datasets.load import load

    spells = load("contiguity_spells")
    mine = spells[
        (spells["contiguity_type"] == 1) & ((spells["ccode1"] == who.ccode) | (spells["ccode2"] == who.ccode))
    ]
    other = np.where(mine["ccode1"] == who.ccode, mine["ccode2"], mine["ccode1"]).astype(int)
    years = zip(other, mine["from_year"].astype(int), mine["until_year"].astype(int), strict=True)
    return _marked(who, {(c, y) for c, a, b in years for y in range(a, b + 1)})


def distance(who: Actor) -> pd.Series:
    """Great-circle distance between the capitals of the year, in km (haversine)."""
    lat, lon = (_capitals()[c] for c in ("latitude", "longitude"))
    grid = _grid(who)
    here = [(who.ccode, y) for y in grid.get_level_values(1)]
    (a1, b1), (a2, b2) = (
        (np.radians(lat.reindex(k).to_numpy(float)), np.radians(lon.reindex(k).to_numpy(float))) for k in (here, grid)
    )
    h = np.sin((a2 - a1) / 2) ** 2 + np.cos(a1) * np.cos(a2) * np.sin((b2 - b1) / 2) ** 2
    return _series(2 * _EARTH_KM * np.arcsin(np.sqrt(h)), grid)


def trade_share(who: Actor) -> pd.Series:
    """Trade with the actor over the target's trade with all states.

    The bundled flows are those with major powers and between contiguous states: for another actor than a major power
    only its neighbours and the major powers are measured.
    """
    total = _states("major_power_trade", "total_musd")
    flow = _flows(who)
    return (flow / total.reindex(flow.index).where(lambda t: t > 0)).dropna()


def trade_share_first(who: Actor) -> pd.Series:
    """The share of trade with the actor; in 1991-93, where new states report none, the first that is recorded."""
    wide = trade_share(who).unstack("year").sort_index(axis=1)
    early = [y for y in _UNREPORTED if y in wide.columns]
    wide[early] = wide.bfill(axis=1)[early]
    return wide.stack().dropna()


def trade_over_gdp(who: Actor) -> pd.Series:
    """Trade with the actor, in current USD, as percent of the target's latent GDP in 2011 international dollars.

    Prices of different years and kinds: compare within a year only, as the choice among targets does.
    """
    per_head, people = (_states("state_year", c) for c in ("log_gdppc", "tpop"))
    flow = _flows(who)
    gdp_musd = (np.exp(per_head) * people / 1000).reindex(flow.index)
    return (100 * flow / gdp_musd).dropna()


def episode_under_protest(who: Actor) -> pd.Series | None:
    """1 where the target is in an episode of democratisation while protest in the actor exceeds its own median year."""
    import pandas as pd

    protests = _states("protest_state_year", "protests")
    ours = protests[protests.index.get_level_values(0) == who.ccode].droplevel(0)
    if ours.empty:
        return None
    much = (ours > ours.median()).astype(float)
    episode = column("dem_ep")(who)
    return pd.Series(
        episode.to_numpy() * much.reindex(episode.index.get_level_values(1)).to_numpy(), index=episode.index
    )


def _flows(who: Actor) -> pd.Series:
    """Imports plus exports with the actor by target and year, million USD, where a flow is bundled."""
    import pandas as pd

    from interventions_stats.datasets.load import load

    if who.ccode in MAJOR_TRADE:
        flow = _states("major_power_trade", MAJOR_TRADE[who.ccode])
        return flow[flow.index.get_level_values(0) != who.ccode].dropna()
    table = load("major_power_trade")
    mine = table[table["ccode"] == who.ccode].set_index("year")
    far = pd.concat(
        {code: mine[c].astype(float) for code, c in MAJOR_TRADE.items()}, names=["target_ccode", "year"]
    ).dropna()
    pairs = load("contiguous_trade")
    pairs = pairs[(pairs["ccode1"] == who.ccode) | (pairs["ccode2"] == who.ccode)]
    other = np.where(pairs["ccode1"] == who.ccode, pairs["ccode2"], pairs["ccode1"]).astype(int)
    index = pd.MultiIndex.from_arrays([other, pairs["year"].astype(int)], names=["target_ccode", "year"])
    near = pd.Series(pairs["trade_musd"].to_numpy(float), index=index)
    both = pd.concat([near, far])
    return both.loc[~both.index.duplicated()].sort_index()


@kept(32)
def _states(table: str, name: str) -> pd.Series:
    """Read a column of all states, indexed by (target_ccode, year)."""
    from interventions_stats.datasets.load import load

    frame = load(table)
    keyed = frame.set_index([frame["ccode"].astype(int), frame["year"].astype(int)])[name].astype(float)
    return keyed.rename_axis(["target_ccode", "year"])


@kept(1)
def _capitals() -> pd.DataFrame:
    """Coordinates of every capital by state and year."""
    from interventions_stats.datasets.load import load

    table = load("capitals")
    years = table["until_year"].astype(int) - table["from_year"].astype(int) + 1
    rows = table.loc[table.index.repeat(years)]
    year = rows["from_year"].astype(int) + rows.groupby(level=0).cumcount()
    out = rows[["latitude", "longitude"]].astype(float).set_index([rows["ccode"].astype(int), year])
    return out[~out.index.duplicated(keep="last")]


def _grid(who: Actor) -> pd.MultiIndex:
    import pandas as pd

    rows = risk_set(who, range(_FIRST, _STOP))
    return pd.MultiIndex.from_frame(rows[["target_ccode", "year"]])


def _marked(who: Actor, marked: set[tuple[int, int]]) -> pd.Series:
    grid = _grid(who)
    return _series(np.array([float(key in marked) for key in grid]), grid)


def _series(values: np.ndarray, index: pd.MultiIndex) -> pd.Series:
    import pandas as pd

    return pd.Series(values, index=index)
