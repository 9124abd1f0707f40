"""Actor-target-years: one row for every state that could have been the target that year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from interventions_stats.datasets.kept import kept
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.events.actors import Actor, leader_of, registry
from interventions_stats.panels.cells import ids_in
from interventions_stats.panels.placement import Imprecise, place, year_of
from interventions_stats.panels.spells import peace_time

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from interventions_stats.events.event_list import EventList

Targets = Literal["all", "post_soviet", "contiguous", "region"]
TARGET_GROUPS: tuple[Targets, ...] = ("all", "post_soviet", "contiguous", "region")


def risk_set(who: Actor, years: range) -> pd.DataFrame:
    """Every state other than the actor in each year of the state system: ``target_ccode``, ``year``."""
    return _risk_set(who.ccode, years.start, years.stop).copy()


@kept(16)
def _risk_set(ccode: int, first: int, stop: int) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (code, year)
        for code, state in sorted(registry().items())
        if code != ccode
        for year in range(first, stop)
        if state.existed(f"{year}-01-01", f"{year}-12-31")
    ]
    return pd.DataFrame(rows, columns=["target_ccode", "year"])


def actor_target_year(
    events: EventList,
    years: range,
    *,
    leaders: str | None = None,
    imprecise: Imprecise = "refuse",
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Build the rows target x year.

    Columns: ``target_ccode``, ``iso3``, ``name``, ``year``, ``ccode``, ``leader``, ``onset``, ``onsets``, ``ongoing``,
    ``peace``, ``event_ids``.  An event with two targets is an onset against each.  A row stays in the risk set while a
    case is under way, since a new case in the same target is an onset (G12).
    """
    import numpy as np
    import pandas as pd

    if len(years) == 0:
        raise InputError("the panel has no years; check start and end")
    periods = pd.period_range(str(years[0]), str(years[-1]), freq="Y")
    placed = place(events, periods, imprecise=imprecise, rng=rng)
    frame = risk_set(events.actor, years)
    row_of = {key: i for i, key in enumerate(zip(frame["target_ccode"], frame["year"], strict=True))}
    counts, running = np.zeros(len(frame), int), np.zeros(len(frame), int)
    ids: list[list[str]] = [[] for _ in range(len(frame))]
    outside = dict(placed.outside)
    targets = events.targets
    for event, at in placed.onset.items():
        begun, over, hit = year_of(at), placed.end[event], False
        last = years[-1] if over is None else min(year_of(over), years[-1])
        for code in targets[event]:
            row = row_of.get((code, begun))
            if row is not None:
                counts[row] += 1
                ids[row].append(event)
                hit = True
            for year in range(begun + 1, last + 1):
                if (code, year) in row_of:
                    running[row_of[code, year]] += 1
        if not hit:
            outside[event] = "no target that is a state in that year" if targets[event] else "no target state coded"
    known = registry()
    leader = leader_of(events.actor, periods, variant=leaders)
    leader.index = periods.year
    frame = frame.assign(
        iso3=[known[c].iso3 for c in frame["target_ccode"]],
        name=[known[c].name for c in frame["target_ccode"]],
        ccode=events.actor.ccode,
        leader=frame["year"].map(leader).to_numpy(),
        onset=(counts > 0).astype(int),
        onsets=counts,
        ongoing=running,
        event_ids=pd.Series([";".join(e) for e in ids], dtype=object),
    )
    frame["peace"] = peace_time(counts, frame["year"].to_numpy(), frame["target_ccode"].to_numpy())
    frame.attrs |= {"outside": outside, "imputed": placed.imputed}
    return frame


def group_for(targets: str, who: Actor) -> str:
    """Return the group that stands for ``targets``: only Russia has post-Soviet targets, others have their home region."""
    return "region" if targets == "post_soviet" and not who.russian else targets


def restrict(frame: pd.DataFrame, targets: str, who: Actor) -> pd.DataFrame:
    """Keep the rows of a group of targets and list the events that leave with the others."""
    known = registry()
    if targets == "all":
        return frame
    if targets in ("post_soviet", "contiguous"):
        if targets not in frame:
            raise InputError(f"targets={targets!r} needs the column {targets!r}, which this panel does not carry")
        keep = frame[targets] == 1
    elif targets == "region":
        keep = frame["target_ccode"].map(lambda c: known[c].region == who.region)
    else:
        raise unknown_name("target group", targets, TARGET_GROUPS)
    if not keep.any():
        raise InputError(
            f"{who.name} has no target in the group {targets!r} in these years; choose another group of targets"
        )
    out = frame[keep].reset_index(drop=True)
    still = ids_in(out["event_ids"])
    lost = ids_in(frame.loc[~keep, "event_ids"]) - still
    out.attrs = frame.attrs | {
        "outside": frame.attrs["outside"] | dict.fromkeys(sorted(lost), f"target outside {targets!r}")
    }
    return out
