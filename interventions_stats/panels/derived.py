"""Covariates computed from dated facts (elections, shocks, steps, revolutions) or from all states' tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from interventions_stats.events.actors import Actor, registry
from interventions_stats.events.dates import parse_date

if TYPE_CHECKING:
    import pandas as pd


def _table(name: str) -> pd.DataFrame:
    from interventions_stats.datasets.load import load

    return load(name)


def election_ahead(who: Actor) -> pd.Series | None:
    """1 in the twelve months up to and including the month of a national election, by month; None without a dated one."""
    import pandas as pd

    table = _table("elections")
    mine = table[table["ccode"] == who.ccode]
    dated = [parse_date(d, p) for d, p in zip(mine["date"], mine["date_precision"], strict=True)]
    months = [pd.Period(d.first, "M") for d in dated if d.precision in ("day", "month")]
    if not months:
        return None
    out = pd.Series(0.0, index=pd.period_range(min(months) - 12, max(months), freq="M"))
    for month in months:
        out[month - 11 : month] = 1.0
    return out


def _shocks(who: Actor, direction: str) -> pd.Series | None:
    import pandas as pd

    if not who.russian:  # coded for Russia alone
        return None
    table = _table("status_shocks")
    chosen = table[(table["direction"] == direction) & (table["weight"] == 2) & (table["reaction_to_force"] == 0)]
    chosen = chosen[chosen["precision"].isin(["day", "month"])]
    months = pd.PeriodIndex(chosen["date"].str[:7], freq="M")
    span = pd.period_range("1992-01", max(months.max(), pd.Period("2024-12")), freq="M")
    return months.value_counts().reindex(span, fill_value=0).astype(float)


def adverse_shocks(who: Actor) -> pd.Series | None:
    """Number of adverse status shocks of weight 2 in each month."""
    return _shocks(who, "adverse")


def favourable_shocks(who: Actor) -> pd.Series | None:
    """Number of favourable status shocks of weight 2 in each month."""
    return _shocks(who, "favourable")


def _steps(who: Actor, direction: str) -> pd.Series | None:
    if not who.russian:  # coded for Russia alone
        return None
    table = _table("realignment_steps")
    chosen = table[(table["direction"] == direction) & (table["weight"] == 2) & (table["reaction_to_force"] == 0)]
    years = chosen["date"].str[:4].astype(int)
    counts = chosen.groupby([chosen["ccode"].astype(int), years.rename("year")]).size().astype(float)
    return _fill(counts, table["ccode"].astype(int).unique(), range(1989, 2026))


def _steps_by_month(who: Actor, direction: str) -> pd.Series | None:
    """The same steps by target and month; all are dated to the day or the month."""
    import pandas as pd

    if not who.russian:
        return None
    table = _table("realignment_steps")
    chosen = table[(table["direction"] == direction) & (table["weight"] == 2) & (table["reaction_to_force"] == 0)]
    chosen = chosen[chosen["precision"].isin(["day", "month"])]
    months = pd.PeriodIndex(chosen["date"].str[:7], freq="M")
    counts = chosen.groupby([chosen["ccode"].astype(int).to_numpy(), months]).size()
    grid = pd.MultiIndex.from_product([sorted(table["ccode"].astype(int).unique()), pd.period_range("1989-01", "2025-12", freq="M")],
                                      names=["target_ccode", "month"])  # fmt: skip
    return counts.reindex(grid, fill_value=0).astype(float)


def steps_away_by_month(who: Actor) -> pd.Series | None:
    """Number of steps away from the actor by target and month."""
    return _steps_by_month(who, "away")


def steps_toward_by_month(who: Actor) -> pd.Series | None:
    """Number of steps toward the actor by target and month."""
    return _steps_by_month(who, "toward")


def steps_away(who: Actor) -> pd.Series | None:
    """Number of steps away from the actor by target and year."""
    return _steps(who, "away")


def steps_toward(who: Actor) -> pd.Series | None:
    """Number of steps toward the actor by target and year."""
    return _steps(who, "toward")


def colour_revolutions(who: Actor) -> pd.Series:
    """1 in the year in which an unarmed democratic revolution began, by target and year, 2000-2022."""
    del who  # the same for every actor
    table = _table("colour_revolutions")
    table = table[(table["unarmed"] == 1) & (table["regime_change"] == 1)]
    begun = (
        table.groupby([table["ccode"].astype(int), table["start_year"].astype(int)]).size().clip(upper=1).astype(float)
    )
    return _fill(begun, list(registry()), range(2000, 2023))


def growth_per_head(who: Actor) -> pd.Series | None:
    """Growth of GDP per head in percent, from the log levels of Maddison, by year."""
    import numpy as np

    levels = _annual(who, "log_gdppc_maddison")
    return None if levels is None else 100 * (np.exp(levels.diff()) - 1)


def regional_share(who: Actor) -> pd.Series | None:
    """Share of the capabilities (CINC) of the actor's home region, by year.

    The yearly changes are taken over the states that were in the region in both years and added up from the first
    year's share, so that a state's entry into the system does not move the series.
    """
    import pandas as pd

    table = _table("state_year")
    near = {code for code, state in registry().items() if state.region == who.region}
    table = table.assign(cinc=table["cinc"].astype(float))[table["ccode"].isin(near)]
    wide = table.pivot_table(index="year", columns="ccode", values="cinc")
    if who.ccode not in wide or not wide[who.ccode].notna().any():
        return None
    wide = wide.loc[wide[who.ccode].first_valid_index() : wide[who.ccode].last_valid_index()]
    both = wide.notna() & wide.shift(1).notna()
    now, before = wide.where(both).sum(axis=1), wide.shift(1).where(both).sum(axis=1)
    change = wide[who.ccode] / now - wide[who.ccode].shift(1) / before
    share = change.fillna(0).cumsum() + wide[who.ccode].iloc[0] / wide.iloc[0].sum()
    share[wide[who.ccode].isna()] = float("nan")
    return pd.Series(share.to_numpy(), index=pd.PeriodIndex(share.index.astype(str), freq="Y"))


def hostility(who: Actor) -> pd.Series | None:
    """Militarised disputes in which another state first confronted the actor (on side B) in the year, 1946-2014."""
    import pandas as pd

    table = _table("events_mid")
    aimed = table[(table["actor_ccode"] == who.ccode) & (table["side"] == "B")]
    years = [y for y in range(1946, 2015) if who.existed(f"{y}-01-01", f"{y}-12-31")]
    if not years:
        return None
    counts = aimed["start"].astype(str).str[:4].astype(int).value_counts().reindex(years, fill_value=0)
    return pd.Series(counts.to_numpy(float), index=pd.PeriodIndex([str(y) for y in years], freq="Y"))


def hostile_power(who: Actor) -> pd.Series | None:
    """Capabilities (CINC) of the actor's strategic rivals (TSS list) over its own, by year, 1946-2020."""
    import pandas as pd

    own = _annual(who, "cinc")
    if own is None:
        return None
    spells = _table("rivalry_spells")
    mine = spells[(spells["source"] == "TSS") & ((spells["ccode1"] == who.ccode) | (spells["ccode2"] == who.ccode))]
    cinc = _table("state_year").set_index(["ccode", "year"])["cinc"].astype(float)
    years = range(1946, 2021)
    total = dict.fromkeys(years, 0.0)
    for spell in mine.to_dict("records"):
        rival = int(spell["ccode2"] if spell["ccode1"] == who.ccode else spell["ccode1"])
        for year in range(max(int(spell["from_year"]), 1946), min(int(spell["until_year"]), 2020) + 1):
            total[year] += float(cinc.get((rival, year), 0.0))
    index = pd.PeriodIndex([str(y) for y in years], freq="Y")
    return pd.Series(list(total.values()), index=index) / own.reindex(index)


def _annual(who: Actor, column: str) -> pd.Series | None:
    """A column of the actor's rows of ``state_year``, over consecutive years."""
    import pandas as pd

    table = _table("state_year")
    mine = table[table["ccode"] == who.ccode].set_index("year")[column].astype(float).sort_index()
    if not mine.notna().any():
        return None
    mine = mine.reindex(range(int(mine.index.min()), int(mine.index.max()) + 1))
    return pd.Series(mine.to_numpy(), index=pd.PeriodIndex(mine.index.astype(str), freq="Y"))


def _fill(counts: pd.Series, targets: Iterable[int], years: range) -> pd.Series:
    """Write the zeros inside the coverage: a coded state without a step that year took none."""
    import pandas as pd

    full = pd.MultiIndex.from_product([sorted(targets), list(years)], names=["target_ccode", "year"])
    return counts.rename_axis(["target_ccode", "year"]).reindex(full, fill_value=0.0)
