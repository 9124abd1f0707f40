"""Named covariates: where each lies, for whom, how often it is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from interventions_stats.errors import InputError, unknown_name
from interventions_stats.events.actors import Actor, registry
from interventions_stats.panels import derived

if TYPE_CHECKING:
    import pandas as pd

Frequency = Literal["month", "year", "target-year"]
Builder = Callable[[Actor], "pd.Series"]


@dataclass(frozen=True, slots=True)
class Covariate:
    """A covariate by name.

    ``columns`` maps a COW code (or ``None``, any state) to ``(table, column)``; ``derive`` computes one instead.
    """

    name: str
    label: str
    per: Frequency
    columns: dict[int | None, tuple[str, str]] = field(default_factory=dict)
    derive: Builder | None = None
    tables: tuple[str, ...] = ()

    def source(self, who: Actor) -> tuple[str, str] | None:
        return self.columns.get(who.ccode, self.columns.get(None))

    def needs(self, who: Actor) -> tuple[str, ...]:
        """Tables that hold it for an actor."""
        found = self.source(who)
        return self.tables + ((found[0],) if found else ())


_RUS, _USA = 365, 2
COVARIATES: dict[str, Covariate] = {
    c.name: c
    for c in (
        Covariate("approval", "approval of the leader, %", "month",
                  {_RUS: ("approval_russia", "approve"), _USA: ("approval_usa", "approve_gallup")}),
        Covariate("approval_president", "approval of the president (VTsIOM), %", "month",
                  {_RUS: ("approval_russia_vtsiom", "approve")}),
        Covariate("country_direction", "country goes in the right direction, %", "month",
                  {_RUS: ("country_direction_russia", "right")}),
        Covariate("brent", "Brent, USD a barrel", "month", {None: ("economy_monthly", "brent_usd")}),
        Covariate("cpi_yoy", "consumer prices, % on the year before", "month",
                  {_RUS: ("economy_monthly", "cpi_russia_yoy_pct")}),
        Covariate("election_ahead", "a national election in the next 12 months", "month",
                  derive=derived.election_ahead, tables=("elections",)),
        Covariate("adverse_shock", "adverse status shocks of weight 2 in the month, reactions to force left out", "month",
                  derive=derived.adverse_shocks, tables=("status_shocks",)),
        Covariate("favourable_shock", "favourable status shocks of weight 2 in the month", "month",
                  derive=derived.favourable_shocks, tables=("status_shocks",)),
        Covariate("step_away", "realignment steps of weight 2 away from Russia, reactions to force left out", "target-year",
                  derive=derived.steps_away, tables=("realignment_steps",)),
        Covariate("step_toward", "realignment steps of weight 2 toward Russia", "target-year",
                  derive=derived.steps_toward, tables=("realignment_steps",)),
        Covariate("colour_revolution", "an unarmed democratic revolution begins", "target-year",
                  derive=derived.colour_revolutions, tables=("colour_revolutions",)),
    )
}  # fmt: skip
# Tables whose columns are covariates under their own name, in the order in which they are looked up.
_ANNUAL = (("russia_year", _RUS), ("major_power_year", None), ("state_year", None), ("protest_state_year", None))
_TARGET = (("russia_target_year", _RUS), ("major_power_target_year", None))
_KEYS = ("ccode", "year", "iso3", "target_ccode", "name", "month")


def frequency_of(name: str, who: Actor) -> Frequency:
    """Say how often a covariate of the actor is measured; raise with the nearest name when there is none."""
    return COVARIATES[name].per if name in COVARIATES else "year" if _table_of(name, who, False) else "month"


def tables_of(name: str, who: Actor, *, by_target: bool = False) -> tuple[str, ...]:
    """Name the bundled tables that hold a covariate for an actor."""
    return COVARIATES[name].needs(who) if name in COVARIATES else (_table_of(name, who, by_target),)


def known(who: Actor) -> list[str]:
    """Every covariate name that exists for an actor."""
    names = [n for n, c in COVARIATES.items() if c.derive or c.source(who)]
    for table, code in (*_ANNUAL, *_TARGET):
        if (code is None or code == who.ccode) and table in _bundled():
            names += [c for c in _columns(table) if c not in _KEYS and c not in names]
    return names


def covariate(name: str, who: Actor, *, by_target: bool = False) -> pd.Series:
    """Return a covariate: indexed by Period (month or year), or by (target_ccode, year).  The caller must not change it.

    With ``by_target`` a name that both the actor and its targets have is the target's.

    Raises
    ------
    UnknownNameError
        No such covariate for this actor.
    """
    return _covariate(name, who, by_target)


@lru_cache(maxsize=128)
def _covariate(name: str, who: Actor, by_target: bool) -> pd.Series:
    from interventions_stats.datasets.load import load

    registered = COVARIATES.get(name)
    if registered is not None and registered.derive is not None:
        return registered.derive(who).rename(name)
    if registered is not None:
        found = registered.source(who)
        if found is None:
            raise InputError(
                f"no {registered.label} is bundled for {who.name}; bring your own with series= (columns: month, {name})"
            )
        return _monthly(*found, who).rename(name)
    table = _table_of(name, who, by_target)
    frame = load(table)
    if table in [t for t, _ in _TARGET]:
        return frame.set_index(["target_ccode", "year"])[name].astype(float)
    mine = frame[frame["ccode"] == who.ccode] if "ccode" in frame else frame
    return _by_year(mine, name)


def _by_year(frame: pd.DataFrame, name: str) -> pd.Series:
    import pandas as pd

    index = pd.PeriodIndex(frame["year"].astype(int).astype(str), freq="Y")
    return pd.Series(frame[name].astype(float).to_numpy(), index=index, name=name).sort_index()


def _monthly(table: str, column: str, who: Actor) -> pd.Series:
    import pandas as pd

    from interventions_stats.datasets.load import load

    frame = load(table)
    values = frame[column].astype(float)
    if table == "approval_russia":  # before 2000 he was a new prime minister whom few knew
        values = values.mask(frame["month"] < "2000-01")
    if "carried_forward" in frame:  # a month without a survey repeats the one before: not a measurement
        values = values.mask(frame["carried_forward"] == 1)
    series = pd.Series(values.to_numpy(), index=pd.PeriodIndex(frame["month"], freq="M"))
    series = series.groupby(level=0).mean()  # two presidents share the month of a handover
    return series.reindex(pd.period_range(series.index.min(), series.index.max(), freq="M"))


@lru_cache(maxsize=1)
def _bundled() -> frozenset[str]:
    from interventions_stats.datasets.catalogue import catalogue

    return frozenset(catalogue()["name"])


@lru_cache(maxsize=16)
def _columns(table: str) -> tuple[str, ...]:
    from interventions_stats.datasets.load import load

    return tuple(load(table).select_dtypes("number").columns)


def _table_of(name: str, who: Actor, by_target: bool) -> str:
    """Find the table of a column: the target's own comes first in a panel of targets, and only there.

    ``civil_conflict`` is the actor's in an actor panel and the target's in a panel of targets.
    """
    for table, code in (*_TARGET, *_ANNUAL) if by_target else _ANNUAL:
        if (
            (code is None or code == who.ccode)
            and table in _bundled()
            and name in _columns(table)
            and name not in _KEYS
        ):
            return table
    raise unknown_name("covariate", name, known(who), where=f"the data for {who.name}")


def iso3_to_ccode() -> dict[str, int]:
    """ISO3 code to COW number, the first holder of a code keeping it."""
    out: dict[str, int] = {}
    for code, state in registry().items():
        out.setdefault(state.iso3, code)
    return out
