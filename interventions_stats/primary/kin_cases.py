"""Which interventions were on behalf of ideological kin, in the Soviet years and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.errors import unknown_name

if TYPE_CHECKING:
    import pandas as pd

_ACTOR = 365
_FOR_GOVERNMENT = (1, 2)  # IMI direction: supports the government, opposes rebels
_LAST_SOVIET_YEAR = 1991


def kin_cases(measure: str) -> pd.DataFrame:
    """Return the cases in which a side was a government, and whether it was kin the year before.

    Parameters
    ----------
    measure : {"kin", "kin_unga"}
        Kin by regime class (the same class of V-Dem's regimes of the world, communist rule being a class of its own), or
        by votes in the UN (nearer to Moscow than the median state of the year).

    Returns
    -------
    DataFrame
        ``event_id``, ``soviet`` (1 to 1991), ``kin`` (1, 0 or missing), ``reason`` for a missing one.
    """
    import pandas as pd

    from interventions_stats.datasets.load import load

    if measure not in ("kin", "kin_unga"):
        raise unknown_name("measure of kinship", measure, ["kin", "kin_unga"])
    events = load("events_imi")
    mine = events[events["actor_ccode"] == _ACTOR]
    states = load("state_year").set_index(["ccode", "year"])
    marker = _regime_class(states) if measure == "kin" else _near_moscow(states)
    rows = []
    for event in mine.to_dict("records"):
        year = int(str(event["start"])[:4])
        kin, reason = _judge(event, year, marker, measure)
        rows.append((event["event_id"], int(year <= _LAST_SOVIET_YEAR), kin, reason))
    return pd.DataFrame(rows, columns=["event_id", "soviet", "kin", "reason"])


def _judge(event: dict, year: int, marker: pd.Series, measure: str) -> tuple[float | None, str]:
    if event["direction"] not in _FOR_GOVERNMENT:
        return None, "did not act for a government"
    target = int(str(event["target_cow"]).split(";")[0]) if event["target_cow"] == event["target_cow"] else -1
    theirs = marker.get((target, year - 1))
    if theirs is None or theirs != theirs:
        return None, "the target's regime is not measured for the year before"
    if measure == "kin_unga":
        return float(theirs), ""
    ours = marker.get((_ACTOR, year - 1))
    return (
        (float(theirs == ours), "")
        if ours is not None and ours == ours
        else (None, "the actor's regime is not measured")
    )


def _regime_class(states: pd.DataFrame) -> pd.Series:
    return states["v2x_regime"].astype(float).mask(states["dd_communist"] == 1, 9.0)


def _near_moscow(states: pd.DataFrame) -> pd.Series:
    points = states["idealpointlegacy"].astype(float)
    moscow = points.xs(_ACTOR, level="ccode")
    distance = (points - points.index.get_level_values("year").map(moscow).to_numpy()).abs()
    others = distance[distance.index.get_level_values("ccode") != _ACTOR]
    return (others < others.groupby(level="year").transform("median")).astype(float).where(others.notna())
