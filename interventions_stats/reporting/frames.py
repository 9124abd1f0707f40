"""The plain frames behind a report's own figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interventions_stats.errors import InputError, InterventionsError

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.assessment.result import Result
    from interventions_stats.events.actors import Actor
    from interventions_stats.events.event_list import EventList

_EARTH_KM = 6371.0
_WINDOW = 12  # months either side of an onset
_LEADER_CODINGS = {"RUS": "medvedev"}  # codings that tell apart who sat in the office


def timeline_frame(events: EventList) -> pd.DataFrame:
    """Events as spans: ``event_id, name, start, end, activity``, the onset by the list's date rule."""
    frame = events.to_frame()[["event_id", "name", "end", "activity"]]
    first = events.timing.set_index("event_id")["first"]
    return frame.assign(
        start=frame["event_id"].map(first), end=frame["event_id"].map(events.timing.set_index("event_id")["end"])
    )


def leaders_frame(events: EventList) -> pd.DataFrame:
    """Leaders during the list's coverage: ``leader, start, end``."""
    import pandas as pd

    from interventions_stats.events.actors import leaders

    found = leaders(events.actor, variant=_LEADER_CODINGS.get(events.actor.iso3))
    first, last = pd.Timestamp(f"{events.coverage[0]}-01-01"), pd.Timestamp(f"{events.coverage[1]}-12-31")
    end = found["end"].fillna(last)
    inside = (end > first) & (found["start"] < last)
    cut = found.assign(start=found["start"].where(found["start"] > first, first), end=end.where(end < last, last))
    return cut.loc[inside, ["leader", "start", "end"]]


def series_frame(result: Result, events: EventList, name: str = "approval") -> pd.DataFrame:
    """A monthly covariate with onsets: ``month``, the covariate, ``onsets``, ``identified`` (the result used them)."""
    import pandas as pd

    from interventions_stats.panels.covariates import covariate

    series = covariate(name, events.actor)
    months = pd.period_range(f"{events.coverage[0]}-01", f"{events.coverage[1]}-12", freq="M")
    struck = events.timing["first"].dt.to_period("M")
    outside = set(result.evidence.outside)
    used = struck[~events.timing["event_id"].isin(outside)]
    return pd.DataFrame({
        "month": months, name: series.reindex(months).to_numpy(float),
        "onsets": struck.value_counts().reindex(months, fill_value=0).to_numpy(),
        "identified": months.isin(set(used)),
    })  # fmt: skip


def event_path(frame: pd.DataFrame, name: str = "approval", window: int = _WINDOW) -> pd.DataFrame:
    """The mean path of a monthly series around its identified onsets, against paths around other months.

    Parameters
    ----------
    frame : DataFrame
        One row a month: the series, ``onsets`` and, optionally, ``identified`` (months that count; by default all with a value).
    name : str, default "approval"
    window : int, default 12
        Months before and after.

    Returns
    -------
    DataFrame
        ``offset``, ``mean`` (points from the mean of the series), ``low`` and ``high`` (5th and 95th percentile of the
        path over every circular shift of the onsets), ``n`` (onsets with a value at that offset).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"approval": [1.0, 2, 3, 2, 1], "onsets": [0, 0, 1, 0, 0]})
    >>> event_path(frame, window=1)["mean"].round(1).tolist()
    [0.2, 1.2, 0.2]
    """
    import numpy as np
    import pandas as pd

    values = frame[name].to_numpy(float)
    seen = np.flatnonzero(np.isfinite(values))
    identified = frame["identified"] if "identified" in frame else frame[name].notna()
    if len(seen) == 0 or not identified.any():
        return pd.DataFrame({"offset": [], "mean": [], "low": [], "high": [], "n": []}, dtype=float)
    values = values[seen[0] : seen[-1] + 1] - np.nanmean(values)
    onsets = np.repeat(np.arange(len(frame)), frame["onsets"].where(identified, 0).to_numpy(int)) - seen[0]
    onsets = onsets[(onsets >= 0) & (onsets < len(values))]
    offsets = np.arange(-window, window + 1)
    padded = np.concatenate([np.full(window, np.nan), values, np.full(window, np.nan)])

    def path(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        cells = padded[(at[:, None] + offsets[None, :]) + window]
        known = np.isfinite(cells)
        with np.errstate(invalid="ignore"):
            return np.nansum(cells, axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan), known.sum(axis=0)

    mean, n = path(onsets)
    shifted = np.array([path((onsets + k) % len(values))[0] for k in range(1, len(values))])
    low, high = np.nanpercentile(shifted, [5, 95], axis=0)
    return pd.DataFrame({"offset": offsets, "mean": mean, "low": low, "high": high, "n": n})


def footprint_frame(source: str = "mid") -> pd.DataFrame:
    """Yearly onsets of Russia, the USSR and the United States by one source: ``year, actor, onsets``."""
    import pandas as pd

    from interventions_stats.events.definitions import DEFINITIONS, load_events

    first, last = DEFINITIONS[source].coverage
    spans = (
        ("USSR", 365, max(first, 1946), 1991),
        ("Russia", 365, 1992, last),
        ("United States", 2, max(first, 1946), last),
    )
    parts = []
    for label, code, lo, hi in spans:
        years = load_events(source, actor=code, since=lo, until=hi).timing["first"].dt.year.value_counts()
        counted = years.reindex(range(lo, hi + 1), fill_value=0)
        parts.append(pd.DataFrame({"year": counted.index, "actor": label, "onsets": counted.to_numpy()}))
    return pd.concat(parts, ignore_index=True)


def target_frame(events: EventList) -> pd.DataFrame:
    """Onsets by target: ``target`` (name), ``km`` between capitals, ``year``, ``onsets``, ``activity``, ``event_id``."""
    import pandas as pd

    from interventions_stats.events.actors import registry

    years = events.timing.set_index("event_id")["first"].dt.year
    activity = events.frame.set_index("event_id")["activity"]
    rows = []
    for event, codes in events.targets.items():
        for code in codes or (None,):
            known = registry().get(code) if code is not None else None
            name = known.name if known is not None else "at sea or not coded"
            rows.append(
                (
                    event,
                    name,
                    capital_distance(events.actor, code, int(years[event])),
                    int(years[event]),
                    1,
                    activity[event],
                )
            )
    return pd.DataFrame(rows, columns=["event_id", "target", "km", "year", "onsets", "activity"])


def capital_distance(who: Actor, target: int | None, year: int) -> float:
    """Great-circle distance between two capitals in km; NaN where one is not known."""
    places = [_capital(who.ccode, year), _capital(target, year)]
    if None in places:
        return math.nan
    (lat1, lon1), (lat2, lon2) = [(math.radians(p[0]), math.radians(p[1])) for p in places if p is not None]
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(half))


def _capital(code: int | None, year: int) -> tuple[float, float] | None:
    from interventions_stats.datasets.load import load

    if code is None:
        return None
    table = load("capitals")
    mine = table[table["ccode"] == code]
    if mine.empty:
        return None
    current = mine[(mine["from_year"] <= year) & (mine["until_year"] >= year)]
    row = (current if len(current) else mine).iloc[0]
    return float(row["latitude"]), float(row["longitude"])


def series_of(result: Result, events: EventList, name: str = "approval") -> pd.DataFrame | None:
    """:func:`series_frame`, or None where the actor has no such series."""
    try:
        return series_frame(result, events, name)
    except (InputError, InterventionsError):
        return None
