"""``panel``: events and covariates as one plain, labelled frame."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from interventions_stats.engine.intake.scalars import check_option, generator, shown
from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor, leader_of
from interventions_stats.events.dates import absent
from interventions_stats.events.event_list import check_events
from interventions_stats.events.schema import is_cell
from interventions_stats.frames import as_pandas
from interventions_stats.panels.actor_target_year import TARGET_GROUPS, actor_target_year, group_for, restrict
from interventions_stats.panels.actor_time import actor_time
from interventions_stats.panels.cells import ids_in
from interventions_stats.panels.covariates import by_month, covariate, holders
from interventions_stats.panels.lookup import looked_up
from interventions_stats.panels.placement import Imprecise
from interventions_stats.panels.target_groups import target_groups
from interventions_stats.panels.target_months import TARGET_UNITS, actor_target_month
from interventions_stats.panels.target_series import has_targets, read_target_series
from interventions_stats.panels.terms import Term, check_lag, parse_term
from interventions_stats.panels.user_series import as_series, column_named

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from interventions_stats.events.event_list import EventList

IMPRECISE = ("refuse", "impute", "list")
PANEL_UNITS = ("actor-month", "actor-year", *TARGET_UNITS)


def panel(
    events: EventList,
    unit: str = "actor-month",
    covariates: str | Term | Sequence[str | Term] = (),
    lag: int = 1,
    *,
    start: object = None,
    end: object = None,
    targets: str = "all",
    series: Any = None,
    leaders: str | None = None,
    imprecise: Imprecise = "refuse",
    seed: int | None = None,
) -> pd.DataFrame:
    """Put events and lagged covariates on one frame.

    Parameters
    ----------
    events : EventList
    unit : {"actor-month", "actor-year", "actor-target-year", "actor-target-month"}
    covariates : str or sequence of str
        Exposures such as ``"approval"``, ``"-approval.change6"`` or ``"brent.log_change12"``; a column of ``series``
        comes before a bundled covariate of the same name.
    lag : int, default 1
        Periods between covariate and row; 0 is refused (G05). In a panel of months a yearly value holds from the
        December of its year, when it is complete: before, it would partly be measured after onset.
    start, end : optional
        First and last period (default: the list's coverage).
    targets : {"all", "post_soviet", "contiguous", "region"}
        Risk set of a target-year panel: every state; by land border; the actor's home region. Only Russia has post-Soviet
        targets: for another actor the home region stands in, and ``attrs["targets"]`` says so.
    series : DataFrame, optional
        The user's own series: a column ``month``, ``date`` or ``year`` and one column per covariate, or what
        :func:`interventions_stats.panels.user_series.read_series` returned. With a column ``target`` beside ``year`` it
        is measured by target and year, for panels of targets.
    leaders : str, optional
        A registered alternative leader coding, ``"medvedev"`` for Russia.
    imprecise : {"refuse", "impute", "list"}
        What to do with an onset known only to an interval wider than a period (G14).
    seed : int, optional
        Needed for ``imprecise="impute"``.

    Returns
    -------
    DataFrame
        One row a period (or target and year). Columns ``onset`` (0/1), ``onsets`` (count), ``ongoing``, ``peace``,
        ``leader``, ``event_ids`` and one column per covariate, named by its term. ``attrs`` holds ``n_events`` (events
        that found a row), ``n_events_total``, ``outside`` (the others, with the reason), ``unit``, ``lag``, ``labels``.

    Raises
    ------
    UnknownNameError
        Unknown unit or covariate, with the nearest name.
    InputError
        An empty list, a covariate with the name of a column of the panel, periods that are none.
    RefusalError
        G05 (lag below 1), G14 (dates too imprecise).

    Warns
    -----
    DataWarning
        Events outside the list's coverage for which there is no row; ``attrs["outside"]`` lists all events without one.

    Examples
    --------
    >>> import interventions_stats as ist
    >>> months = ist.panel(ist.load_events(), covariates=["approval"], lag=1)
    >>> len(months), int(months["onsets"].sum()), months.attrs["n_events"]
    (348, 25, 25)
    """
    check_events(events, "panel")
    frame = build_panel(events, unit, covariates, lag, start=start, end=end, targets=targets, series=series,
                        leaders=leaders, imprecise=imprecise, seed=seed)  # fmt: skip
    events.warn_uncovered(frame.attrs["outside"])
    return frame


def build_panel(
    events: EventList,
    unit: str,
    covariates: str | Term | Sequence[str | Term],
    lag: int,
    *,
    start: object = None,
    end: object = None,
    targets: str = "all",
    series: Any = None,
    leaders: str | None = None,
    imprecise: Imprecise = "refuse",
    seed: int | None = None,
) -> pd.DataFrame:
    """Build what :func:`panel` returns, without a word on events that the list does not cover."""
    import pandas as pd

    terms = _checked(events, unit, covariates, lag, targets, leaders, imprecise)
    series = own_series(series)
    rng = _generator(seed)
    lo, hi = _span(events, start, end, "M" if unit.endswith("month") else "Y")
    if unit in TARGET_UNITS:
        options: Any = {"leaders": leaders, "imprecise": imprecise, "rng": rng}
        if unit == "actor-target-year":
            frame = actor_target_year(events, range(lo.year, hi.year + 1), **options)
        else:
            frame = actor_target_month(events, pd.period_range(lo, hi), **options)
        ours = set(frame.columns)
        frame = _target_groups(frame, events.actor)
        group = group_for(targets, events.actor)
        frame = restrict(frame, group, events.actor)
        frame.attrs["targets"] = group
    else:
        frame = actor_time(events, pd.period_range(lo, hi), leaders=leaders, imprecise=imprecise, rng=rng)
        ours = set(frame.columns)
    attrs = dict(frame.attrs)
    whole = set(frame.columns)  # with the groups of targets, which a bundled covariate of that name takes the place of
    for term in terms:
        _refuse_ours(str(term), whole if _is_own(term, series) else ours, unit)
        frame[str(term)] = exposure(frame, term, events.actor, unit, lag, series)
    placed = ids_in(frame["event_ids"])
    frame.attrs = attrs | {
        "unit": unit, "lag": lag, "actor": events.actor.name, "definition": events.definition,
        "date_rule": events.date_rule, "n_events": len(placed), "n_events_total": len(events),
        "labels": {str(t): f"{t}, lagged {lag}" for t in terms},
    }  # fmt: skip
    return frame


def _is_own(term: Term, series: pd.DataFrame | None) -> bool:
    return series is not None and column_named(series, term.name) is not None


def _refuse_ours(name: str, ours: set[str], unit: str) -> None:
    """Refuse a covariate under the name of a column of the panel."""
    if name in ours:
        raise InputError(
            f"a covariate cannot be called {name!r}, which is a column of the panel of {unit}s; rename it in the series"
        )


def _checked(
    events: EventList, unit: str, covariates: object, lag: int, targets: str, leaders: object, imprecise: str
) -> list[Term]:
    """Hold the arguments of a panel to what they can be; return the covariates as terms."""
    check_option("unit", unit, PANEL_UNITS)
    check_option("target group", targets, TARGET_GROUPS)
    check_option("treatment of imprecise dates", imprecise, IMPRECISE)
    if leaders is not None and not isinstance(leaders, str):
        raise InputError(
            f"leaders is the name of a registered coding, not {type(leaders).__name__}; see read_leaders()"
        )
    if len(events) == 0:
        raise InputError(f"the event list {events.definition!r} is empty; a panel needs at least one event")
    named = [covariates] if isinstance(covariates, str | Term) else covariates
    if not isinstance(named, Iterable) or isinstance(named, Mapping) or hasattr(named, "columns"):
        raise InputError(f"covariates are names such as 'approval', or a list of them, not {type(covariates).__name__}")
    terms = [parse_term(t) for t in named]
    if terms:
        check_lag(lag)
    return terms


def _generator(seed: object) -> np.random.Generator | None:
    """Seed the draws of imprecise dates; None stays None."""
    return None if seed is None else generator(seed)


def exposure(
    frame: pd.DataFrame, term: Term, who: Actor, unit: str, lag: int, series: pd.DataFrame | None = None
) -> Any:
    """Return a term's values on the rows of a panel, ``lag`` periods before each row (negative: a lead)."""
    if unit == "actor-target-month":
        return _target_month_exposure(frame, term, who, lag, series)
    if unit == "actor-target-year":
        return _target_exposure(frame, term, who, lag, series)
    freq = "M" if unit == "actor-month" else "Y"
    base = _at_frequency(_series(term.name, who, series), freq)
    wanted = frame["period"].array - lag
    own = own_series(series)
    held = holders(term.name, who) if freq == "M" and (own is None or column_named(own, term.name) is None) else None
    if held is None:
        return term.apply(base).reindex(wanted).to_numpy()
    return _within_office(term, base, held, wanted, leader_of(who, frame["period"].array))


def _within_office(term: Term, base: pd.Series, held: pd.Series, wanted: Any, leader: pd.Series) -> Any:
    """Transform a rating within each holder's months and blank it where the row has another leader."""
    import numpy as np
    import pandas as pd

    held = held.reindex(base.index)
    values = np.full(len(base), np.nan)
    for name in held.dropna().unique():
        here = (held == name).to_numpy()
        values[here] = term.apply(base.where(here)).to_numpy(float)[here]
    theirs = held.reindex(wanted).to_numpy(object) == leader.to_numpy(object)
    return np.where(theirs, pd.Series(values, index=base.index).reindex(wanted).to_numpy(float), np.nan)


def own_series(frame: Any) -> pd.DataFrame | None:
    """Return a user's series as periods, or as (target_ccode, year) where a column names the target."""
    if frame is None:
        return None
    if not isinstance(frame, str | os.PathLike):
        frame = as_pandas(frame, "the series")
    return read_target_series(frame) if has_targets(frame) else as_series(frame)


def _series(name: str, who: Actor, series: pd.DataFrame | None, *, by_target: bool = False) -> pd.Series:
    own = own_series(series)
    column = column_named(own, name) if own is not None else None
    if own is not None and column is not None:
        return own[column]
    return covariate(name, who, by_target=by_target)


def _at_frequency(series: pd.Series, freq: str) -> pd.Series:
    """Bring a series to consecutive months or years.

    Months average over their year; a year holds from its December to the next November.
    """
    import pandas as pd

    index = series.index
    if not isinstance(index, pd.PeriodIndex):
        raise InputError(f"{series.name!r} is measured by target and year; use unit='actor-target-year'")
    here = "M" if index.freqstr.startswith("M") else "Y"
    if here != freq and freq == "Y":
        series = series.groupby(index.asfreq("Y")).mean()
    whole = series.reindex(pd.period_range(series.index.min(), series.index.max()))
    if here == freq or freq == "Y":
        return whole
    months = pd.period_range(whole.index[0].asfreq("M", "end"), whole.index[-1].asfreq("M", "end") + 11, freq="M")
    return pd.Series(whole.reindex((months - 11).asfreq("Y")).to_numpy(), index=months, name=series.name)


def _target_exposure(frame: pd.DataFrame, term: Term, who: Actor, lag: int, series: pd.DataFrame | None = None) -> Any:
    import pandas as pd

    values = _series(term.name, who, series, by_target=True)
    if not isinstance(values.index, pd.MultiIndex):  # the same for every target
        annual = term.apply(_at_frequency(values, "Y"))
        return annual.reindex(pd.PeriodIndex((frame["year"] - lag).astype(str), freq="Y")).to_numpy()
    wide = values.unstack("year")
    years = range(int(wide.columns.min()), int(wide.columns.max()) + 1)
    done = term.apply(wide.reindex(columns=list(years)).T)
    return looked_up(done, frame["year"] - lag, frame["target_ccode"])


def _target_month_exposure(frame: pd.DataFrame, term: Term, who: Actor, lag: int, series: pd.DataFrame | None) -> Any:
    """Windows count months; a yearly value holds from the December of its year, when it is complete."""
    import pandas as pd

    own = own_series(series)
    dated = None if own is not None and column_named(own, term.name) is not None else by_month(term.name, who)
    if dated is not None:
        wide = dated.unstack(0)
    else:
        values = _series(term.name, who, series, by_target=True)
        if not isinstance(values.index, pd.MultiIndex):
            return term.apply(_at_frequency(values, "M")).reindex(frame["period"].array - lag).to_numpy()
        years = values.unstack(0)
        yearly = years.set_axis(pd.PeriodIndex(years.index.astype(int).astype(str), freq="Y"))
        wide = pd.DataFrame({c: _at_frequency(yearly[c], "M") for c in yearly.columns})
    return looked_up(term.apply(wide), frame["period"].array - lag, frame["target_ccode"])


def _target_groups(frame: pd.DataFrame, who: Actor) -> pd.DataFrame:
    """Add the columns that name groups of targets where the data hold them."""
    for name, values in target_groups(who, frame).items():
        frame[name] = values
    return frame


def _period(value: object) -> str:
    """Write a bound as text; numbers that are no year, and containers, are none."""
    if is_cell(value) and not isinstance(value, bool | complex) and not absent(value):
        return str(value)
    raise ValueError


def _span(events: EventList, start: object, end: object, freq: str) -> tuple[pd.Period, pd.Period]:
    import pandas as pd

    def at(value: object, default: str) -> pd.Period:
        try:
            found = pd.Period(_period(value) if value is not None else default, freq=freq)
            if found is pd.NaT or not 1000 <= found.year <= 2999:
                raise ValueError
            return found
        except (ValueError, OverflowError):
            raise InputError(f"{shown(value)} is not a period; write 2000, 2000-01 or 2000-01-15") from None

    lo = at(start, f"{events.coverage[0]}-01-01")
    hi = at(end, f"{events.coverage[1]}-12-31")
    if end is not None and len(str(end)) == 4:
        hi = pd.Period(f"{end}-12-31", freq=freq)
    if hi < lo:
        raise InputError(f"the panel ends ({hi}) before it starts ({lo})")
    return lo, hi
