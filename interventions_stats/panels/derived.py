"""Covariates computed from dated facts: elections ahead, shocks to standing, realignment steps, revolutions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor
from interventions_stats.events.dates import parse_date

if TYPE_CHECKING:
    import pandas as pd

_RUSSIA = 365


def _table(name: str) -> pd.DataFrame:
    from interventions_stats.datasets.load import load

    return load(name)


def _russia_only(who: Actor, what: str) -> None:
    if who.ccode != _RUSSIA:
        raise InputError(f"{what} are coded for Russia alone; bring your own for {who.name} with series=")


def election_ahead(who: Actor) -> pd.Series:
    """1 in the twelve months up to and including the month of a national election, by month."""
    import pandas as pd

    table = _table("elections")
    mine = table[table["ccode"] == who.ccode]
    dated = [parse_date(d, p) for d, p in zip(mine["date"], mine["date_precision"], strict=True)]
    months = [pd.Period(d.first, "M") for d in dated if d.precision in ("day", "month")]
    if not months:
        raise InputError(f"no dated election is bundled for {who.name}")
    out = pd.Series(0.0, index=pd.period_range(min(months) - 12, max(months), freq="M"))
    for month in months:
        out[month - 11 : month] = 1.0
    return out


def _shocks(who: Actor, direction: str) -> pd.Series:
    import pandas as pd

    _russia_only(who, "status shocks")
    table = _table("status_shocks")
    chosen = table[(table["direction"] == direction) & (table["weight"] == 2) & (table["reaction_to_force"] == 0)]
    chosen = chosen[chosen["precision"].isin(["day", "month"])]
    months = pd.PeriodIndex(chosen["date"].str[:7], freq="M")
    span = pd.period_range("1992-01", max(months.max(), pd.Period("2024-12")), freq="M")
    return months.value_counts().reindex(span, fill_value=0).astype(float)


def adverse_shocks(who: Actor) -> pd.Series:
    """Number of adverse status shocks of weight 2 in each month."""
    return _shocks(who, "adverse")


def favourable_shocks(who: Actor) -> pd.Series:
    """Number of favourable status shocks of weight 2 in each month."""
    return _shocks(who, "favourable")


def _steps(who: Actor, direction: str) -> pd.Series:
    _russia_only(who, "realignment steps")
    table = _table("realignment_steps")
    chosen = table[(table["direction"] == direction) & (table["weight"] == 2) & (table["reaction_to_force"] == 0)]
    years = chosen["date"].str[:4].astype(int)
    counts = chosen.groupby([chosen["ccode"].astype(int), years.rename("year")]).size().astype(float)
    return _fill(counts, table["ccode"].astype(int).unique(), range(1989, 2026))


def steps_away(who: Actor) -> pd.Series:
    """Number of steps away from Russia by target and year."""
    return _steps(who, "away")


def steps_toward(who: Actor) -> pd.Series:
    """Number of steps toward Russia by target and year."""
    return _steps(who, "toward")


def colour_revolutions(who: Actor) -> pd.Series:
    """1 in the year in which an unarmed democratic revolution began, by target and year, 2000-2022."""
    del who  # the same for every actor
    table = _table("colour_revolutions")
    from interventions_stats.events.actors import registry

    table = table[(table["unarmed"] == 1) & (table["regime_change"] == 1)]
    begun = (
        table.groupby([table["ccode"].astype(int), table["start_year"].astype(int)]).size().clip(upper=1).astype(float)
    )
    return _fill(begun, list(registry()), range(2000, 2023))


def _fill(counts: pd.Series, targets: Iterable[int], years: range) -> pd.Series:
    """Write the zeros inside the coverage: a coded state without a step that year took none."""
    import pandas as pd

    full = pd.MultiIndex.from_product([sorted(targets), list(years)], names=["target_ccode", "year"])
    return counts.rename_axis(["target_ccode", "year"]).reindex(full, fill_value=0.0)
