"""What the bundled tables hold on an actor: event lists, leaders and covariates, with their years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor, leaders
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.definitions import DEFINITIONS, load_events
from interventions_stats.panels.covariates import COVARIATES, covariate, lacking, tables_of

if TYPE_CHECKING:
    import pandas as pd


def coverage(who: str | int | Actor) -> pd.DataFrame:
    """Return what is bundled on an actor.

    Parameters
    ----------
    who : str, int or Actor

    Returns
    -------
    DataFrame
        One row an event list, the leaders, and each named covariate: ``kind``, ``name``, ``tables``, ``n`` (events, leader
        spells, or measured periods), ``first`` and ``last`` (years: of an event list those its source covers, also where it
        has no event), ``lacks`` (what would supply a covariate that no table holds, else "").

    Raises
    ------
    UnknownNameError
        An unknown actor.

    Examples
    --------
    >>> turkey = coverage("Turkey").set_index("name")
    >>> turkey.loc["mid", ["n", "first", "last"]].tolist(), int(turkey.loc["approval", "n"])
    ([34, 1946, 2014], 0)
    """
    import pandas as pd

    state = find_actor(who)
    rows = [_events(name, state) for name, d in DEFINITIONS.items() if state.russian or not d.russia_only]
    rows += [_leaders(state), *(_covariate(name, state) for name in COVARIATES)]
    frame = pd.DataFrame(rows, columns=["kind", "name", "tables", "n", "first", "last", "lacks"])
    return frame.astype({"first": "Int64", "last": "Int64"})


def _events(name: str, who: Actor) -> tuple[Any, ...]:
    listed = load_events(name, actor=who)
    return "events", name, DEFINITIONS[name].table, len(listed), *listed.coverage, ""


def _leaders(who: Actor) -> tuple[Any, ...]:
    spells = leaders(who)
    if spells.empty:
        return "leaders", "leaders", "leaders", 0, None, None, f"needs the leaders of {who.name}: not in leaders.csv"
    last = spells["end"].fillna(spells["observed_to"]).max()
    last = min(last.year, int(who.ended[:4] or 9999))
    return "leaders", "leaders", "leaders", len(spells), spells["start"].min().year, last, ""


def _covariate(name: str, who: Actor) -> tuple[Any, ...]:
    try:
        values = covariate(name, who).dropna()
    except InputError as error:
        return "covariate", name, "", 0, None, None, str(error)
    index: Any = values.index
    years = (index.get_level_values("year") if index.nlevels > 1 else index.year).to_numpy(int)
    years = years[years <= int(who.ended[:4] or 9999)]  # a series of Russia runs on after the USSR
    if not len(years):
        return "covariate", name, "", 0, None, None, lacking(COVARIATES[name], who)
    return "covariate", name, ", ".join(tables_of(name, who)), len(years), int(years.min()), int(years.max()), ""
