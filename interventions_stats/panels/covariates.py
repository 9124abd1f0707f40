"""Named covariates: where each lies for an actor, and how often it is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from interventions_stats.datasets.kept import kept
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.events.actors import Actor, leader_of, registry
from interventions_stats.panels import derived
from interventions_stats.panels import target_covariates as by

if TYPE_CHECKING:
    import pandas as pd

Frequency = Literal["month", "year", "target-year"]
Builder = Callable[[Actor], "pd.Series | None"]


@dataclass(frozen=True, slots=True)
class Covariate:
    """A covariate by name.

    ``columns`` maps a COW code (or ``None``, any state) to ``(table, column)``.  ``derive`` computes it from ``tables``
    for every actor without a column of its own; it returns None where the tables hold nothing on the actor.  ``monthly``
    computes what is dated to the month by target and month.
    """

    name: str
    label: str
    per: Frequency
    columns: dict[int | None, tuple[str, str]] = field(default_factory=dict)
    derive: Builder | None = None
    tables: tuple[str, ...] = ()
    monthly: Builder | None = None

    def source(self, who: Actor) -> tuple[str, str] | None:
        """Table and column that hold it for an actor; None where it is computed, or not bundled at all."""
        own = self.columns.get(who.ccode)
        if who.ended and (self.derive is not None or None in self.columns or self.per == "month"):
            own = None  # what was registered for Russia is not the USSR's where a source of all states covers it
        return own if own is not None or self.derive is not None else self.columns.get(None)

    def needs(self, who: Actor) -> tuple[str, ...]:
        """Tables that hold it for an actor."""
        found = self.source(who)
        return (found[0],) if found else self.tables


_RUS, _USA = 365, 2


def _month(name: str, label: str, columns: dict[int | None, tuple[str, str]]) -> Covariate:
    return Covariate(name, label, "month", columns)


def _annual(name: str, label: str, russian: str, general: str | Builder | None = None, *tables: str) -> Covariate:
    """Registered for Russia in ``russia_year``; for others a column of a table, or computed from tables."""
    columns: dict[int | None, tuple[str, str]] = {_RUS: ("russia_year", russian)}
    if isinstance(general, str):
        columns[None] = (tables[0], general)
        return Covariate(name, label, "year", columns)
    return Covariate(name, label, "year", columns, general, tables)


def _target(name: str, label: str, russian: str, general: Builder, *tables: str) -> Covariate:
    """Registered for Russia in ``russia_target_year``; computed for others from the same sources."""
    return Covariate(name, label, "target-year", {_RUS: ("russia_target_year", russian)}, general, tables)


COVARIATES: dict[str, Covariate] = {
    c.name: c
    for c in (
        _month("approval", "approval of the leader, %",
               {_RUS: ("approval_russia", "approve"), _USA: ("approval_usa", "approve_gallup")}),
        _month("approval_president", "approval of the president (VTsIOM), %", {_RUS: ("approval_russia_vtsiom", "approve")}),
        _month("country_direction", "country goes in the right direction, %", {_RUS: ("country_direction_russia", "right")}),
        _month("brent", "Brent, USD a barrel", {None: ("economy_monthly", "brent_usd")}),
        _month("cpi_yoy", "consumer prices, % on the year before", {_RUS: ("economy_monthly", "cpi_russia_yoy_pct")}),
        Covariate("election_ahead", "a national election in the next 12 months", "month",
                  derive=derived.election_ahead, tables=("elections",)),
        Covariate("adverse_shock", "adverse status shocks of weight 2 in the month, reactions to force left out", "month",
                  derive=derived.adverse_shocks, tables=("status_shocks",)),
        Covariate("favourable_shock", "favourable status shocks of weight 2 in the month", "month",
                  derive=derived.favourable_shocks, tables=("status_shocks",)),
        _annual("growth", "growth of GDP, %", "gdp_growth_pct", "gdp_growth_pct", "state_year"),
        _annual("growth_per_head", "growth of GDP per head (Maddison), %", "maddison_gdppc_growth_pct",
                derived.growth_per_head, "state_year"),
        _annual("inflation", "growth of consumer prices, %", "wdi_inflation_pct", "inflation_pct", "state_year"),
        _annual("protest", "protests against the government (Mass Mobilization)", "mm_protestnumber", "protests",
                "protest_state_year"),
        _annual("mobilisation", "mass mobilisation (V-Dem v2cagenmob)", "v2cagenmob"),
        _annual("regional_share", "share of its home region's capabilities", "russia_share_fsu_cinc",
                derived.regional_share, "state_year", "states"),
        _annual("hostility", "militarised disputes that others began against it", "mids_targeting_russia_onsets",
                derived.hostility, "events_mid"),
        _annual("hostile_power", "capabilities of NATO (Russia) or of its strategic rivals, over its own",
                "nato_to_russia_cinc", derived.hostile_power, "rivalry_spells", "state_year"),
        _target("trade_share", "trade with the actor over the target's recorded trade", "trade_share_russia",
                by.trade_share, "major_power_trade", "contiguous_trade"),
        _target("trade_pct_gdp", "trade with the actor over the target's GDP", "trade_russia_pct_gdp",
                by.trade_over_gdp, "major_power_trade", "contiguous_trade", "state_year"),
        Covariate("trade_share_first", "the same, in 1991-93 the first share on record", "target-year",
                  derive=by.trade_share_first, tables=("major_power_trade", "contiguous_trade")),
        Covariate("trade_share_eu", "trade with EU members over the target's recorded trade", "target-year",
                  {None: ("russia_target_year", "trade_share_eu")}),
        _target("distance", "km between the capitals", "capdist_moscow_km", by.distance, "capitals"),
        _target("regime_distance", "distance of electoral democracy", "polyarchy_absdiff_russia",
                by.gap("v2x_polyarchy"), "state_year"),
        _target("unga_distance", "distance of UN General Assembly ideal points", "absdist_russia_legacy",
                by.gap("idealpointlegacy"), "state_year"),
        _target("unga_distance_all", "the same, all votes", "absdist_russia_all", by.gap("idealpointall"), "state_year"),
        _target("unga_distance_final", "the same, votes on final passage", "absdist_russia_fp", by.gap("idealpointfp"),
                "state_year"),
        _target("target_polyarchy", "electoral democracy of the target", "v2x_polyarchy", by.column("v2x_polyarchy"),
                "state_year"),
        _target("democratisation_episode", "the target is in an episode of democratisation", "dem_ep",
                by.column("dem_ep"), "state_year"),
        _target("autocratisation_episode", "the target is in an episode of autocratisation", "aut_ep",
                by.column("aut_ep"), "state_year"),
        _target("contiguous", "common land or river border", "land_contig_russia", by.contiguous, "contiguity_spells"),
        Covariate("episode_under_protest", "a democratisation episode there in a year of much protest at home",
                  "target-year", derive=by.episode_under_protest, tables=("state_year", "protest_state_year")),
        Covariate("step_away", "realignment steps of weight 2 away from the actor, reactions to force left out",
                  "target-year", derive=derived.steps_away, tables=("realignment_steps",), monthly=derived.steps_away_by_month),
        Covariate("step_toward", "realignment steps of weight 2 toward the actor", "target-year",
                  derive=derived.steps_toward, tables=("realignment_steps",), monthly=derived.steps_toward_by_month),
        Covariate("colour_revolution", "an unarmed democratic revolution begins", "target-year",
                  derive=derived.colour_revolutions, tables=("colour_revolutions",)),
    )
}  # fmt: skip
# Tables whose columns are covariates under their own name, in the order in which they are looked up.
_ANNUAL = (("russia_year", _RUS), ("major_power_year", None), ("state_year", None), ("protest_state_year", None))
# In a panel of targets a column of all states is the target's, whoever the actor is.
_TARGET = (("russia_target_year", _RUS), ("state_year", None), ("protest_state_year", None))
_OF_TARGETS = tuple(t for t, _ in _TARGET)
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
    InputError
        The covariate exists, but no bundled table holds it for this actor; the message names what would.

    Examples
    --------
    >>> from interventions_stats.events.actors import actor
    >>> float(covariate("unga_distance", actor("TUR")).loc[(630, 2000)].round(2))  # Iran
    2.07
    """
    return _covariate(name, who, by_target)


def by_month(name: str, who: Actor) -> pd.Series | None:
    """A covariate that is dated to the month, indexed by (target_ccode, month); None for one that is measured by year."""
    registered = COVARIATES.get(name)
    if registered is None or registered.monthly is None:
        return None
    found = _by_month(name, who)
    if found is None:
        raise InputError(lacking(registered, who))
    return found


@kept(16)
def _by_month(name: str, who: Actor) -> pd.Series | None:
    builder = COVARIATES[name].monthly
    return None if builder is None else builder(who)


def holders(name: str, who: Actor) -> pd.Series | None:
    """Name whose rating each month of a series is, where it changes hands with the office; None for other covariates.

    A president's approval says nothing about the successor, so neither lags nor changes may reach across a handover.
    """
    found = COVARIATES[name].source(who) if name in COVARIATES else None
    if found is None or "president" not in _names(found[0]):
        return None
    months: Any = _covariate(name, who, False).index
    return leader_of(who, months)


@kept(256)
def _covariate(name: str, who: Actor, by_target: bool) -> pd.Series:
    registered = COVARIATES.get(name)
    if registered is not None:
        series = _registered(registered, who)
        if series is None or not series.notna().any():
            raise InputError(lacking(registered, who))
        return series.rename(name)
    table = _table_of(name, who, by_target)
    return _target_column(table, name, who) if by_target and table in _OF_TARGETS else _of_actor(table, name, who)


def lacking(c: Covariate, who: Actor) -> str:
    """Say what is missing for an actor and which file would supply it."""
    held = " or ".join(f"{t}.csv" for t in (c.needs(who) or tuple(dict.fromkeys(t for t, _ in c.columns.values()))))
    columns = {"month": "month", "year": "year", "target-year": "target, year"}[c.per]
    return f"needs {c.label} for {who.name}: not in {held}; bring your own with series= (columns: {columns}, {c.name})"


def _registered(c: Covariate, who: Actor) -> pd.Series | None:
    found = c.source(who)
    if found is None:
        return c.derive(who) if c.derive is not None else None
    if c.per == "target-year":
        return _target_column(*found, who)
    return _monthly(*found, who) if c.per == "month" else _of_actor(*found, who)


def _of_actor(table: str, column: str, who: Actor) -> pd.Series:
    """Read the actor's own rows of a table by year."""
    import pandas as pd

    from interventions_stats.datasets.load import load

    frame = load(table)
    mine = frame[frame["ccode"] == who.ccode] if "ccode" in frame else frame
    index = pd.PeriodIndex(mine["year"].astype(int).astype(str), freq="Y")
    return pd.Series(mine[column].astype(float).to_numpy(), index=index, name=column).sort_index()


def _target_column(table: str, column: str, who: Actor) -> pd.Series:
    from interventions_stats.datasets.load import load

    if "target_ccode" not in _names(table):
        return by.column(column, table)(who)
    return load(table).set_index(["target_ccode", "year"])[column].astype(float)


def _monthly(table: str, column: str, who: Actor) -> pd.Series:
    import pandas as pd

    from interventions_stats.datasets.load import load

    frame = load(table)
    if "president" in frame:
        frame = _in_office(frame, who)
    values = frame[column].astype(float)
    if table == "approval_russia":  # before 2000 he was a new prime minister whom few knew
        values = values.mask(frame["month"] < "2000-01")
    if "carried_forward" in frame:  # a month without a survey repeats the one before: not a measurement
        values = values.mask(frame["carried_forward"] == 1)
    series = pd.Series(values.to_numpy(), index=pd.PeriodIndex(frame["month"], freq="M"))
    series = series.groupby(level=0).mean()  # two presidents share the month of a handover
    return series.reindex(pd.period_range(series.index.min(), series.index.max(), freq="M"))


def _in_office(frame: pd.DataFrame, who: Actor) -> pd.DataFrame:
    """Keep, in a month with polls on two presidents, those on the one who held office on most of its days."""
    import pandas as pd

    leader = leader_of(who, pd.PeriodIndex(frame["month"], freq="M")).to_numpy()
    theirs = pd.Series(leader, index=frame.index).groupby(frame["president"]).agg(
        lambda x: x.mode().iloc[0] if x.notna().any() else None  # type: ignore[type-var]
    )  # fmt: skip
    shared = frame["month"].duplicated(keep=False)
    return frame[~shared | (frame["president"].map(theirs).to_numpy() == leader)]


@kept(1)
def _bundled() -> frozenset[str]:
    from interventions_stats.datasets.catalogue import catalogue

    return frozenset(catalogue()["name"])


@kept(32)
def _columns(table: str) -> tuple[str, ...]:
    from interventions_stats.datasets.load import load

    return tuple(load(table).select_dtypes("number").columns)


@kept(32)
def _names(table: str) -> frozenset[str]:
    from interventions_stats.datasets.load import load

    return frozenset(load(table).columns)


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
    raise unknown_name("covariate", name, dict.fromkeys([*COVARIATES, *known(who)]), where=f"the data for {who.name}")


def iso3_to_ccode() -> dict[str, int]:
    """ISO3 code to COW number, the first holder of a code keeping it."""
    out: dict[str, int] = {}
    for code, state in registry().items():
        out.setdefault(state.iso3, code)
    return out
