"""The smallest set of events whose deletion changes the verdict."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.question import Question
from interventions_stats.robustness.lists import default_list
from interventions_stats.robustness.without_null import slim
from interventions_stats.rules.verdict import decide

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

EXACT = 2  # sizes of deleted sets that are searched in full


@dataclass(frozen=True, eq=False, repr=False)
class Flip(ResultContract):
    """The smallest set of events found whose deletion changes the core verdict.

    Attributes
    ----------
    evidence : Evidence
        Of the whole list.
    verdict, becomes : str
        Core verdict with all events, and without ``events`` (the same, where no set was found).
    events : tuple of str or None
        None where no set of at most ``searched`` events flips it.
    exact : bool
        Whether every smaller set was tried, so that none of them flips the verdict.
    searched : int
        Largest size tried.
    tried : int
        Sets tested.
    """

    evidence: Evidence
    verdict: str
    becomes: str
    events: tuple[str, ...] | None
    exact: bool
    searched: int
    tried: int
    _title = "Smallest set of events that changes the verdict"

    def tidy(self) -> pd.DataFrame:
        """One row: the verdict, what it becomes, and without which events."""
        import pandas as pd

        return pd.DataFrame([{
            "term": self.evidence.proposition.id, "verdict": self.verdict, "becomes": self.becomes,
            "n_deleted": len(self.events or ()) or math.nan, "events": ", ".join(self.events or ()), "exact": self.exact,
        }])  # fmt: skip

    def glance(self) -> pd.DataFrame:
        """One row: events, and how far the search went."""
        import pandas as pd

        e = self.evidence
        return pd.DataFrame([{
            "n": self.tried, "n_events": e.n_events, "n_events_total": e.n_events_total,
            "n_dropped": e.n_events_total - e.n_events, "estimator": e.proposition.estimator, "separated": "", "seed": e.seed,
            "data_version": e.data_version, "searched": self.searched,
        }])  # fmt: skip

    def _notes(self) -> list[str]:
        if self.events is None:
            return [f"No set that was tried, of up to {self.searched} events, changes the verdict {self.verdict}."]
        smaller = "no smaller set does" if self.exact else "a smaller set was not looked for everywhere"
        return [f"Without {', '.join(self.events)} the verdict {self.verdict} becomes {self.becomes}; {smaller}."]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the estimate with all events and without the set."""
        raise InputError("a set of events has no figure; plot the deletions one by one with ist.robustness.influence")


def smallest_flip(
    name: str | Proposition,
    events: EventList | None = None,
    *,
    exact: int = EXACT,
    most: int = 8,
    series: pd.DataFrame | None = None,
    delta: str | float | None = None,
    draws: int = 999,
    seed: int = 0,
) -> Flip:
    """Find the smallest set of events whose deletion changes the core verdict.

    All sets of up to ``exact`` events are tried; larger ones are grown one event at a time, each time by the event whose
    deletion moves the decisive p-value most.

    Parameters
    ----------
    name, events, series, delta, draws, seed
        As in :func:`influence`.
    exact : int, default 2
        Sizes searched in full; 3 takes some 2,000 tests of 25 events.
    most : int, default 8
        Largest set grown.

    Returns
    -------
    Flip

    Raises
    ------
    InputError
        A proposition that brings its own events, or sizes that do not fit.
    EstimationError
        The primary test could not run.

    Examples
    --------
    >>> found = smallest_flip("L1", exact=1, most=1)
    >>> found.verdict, found.searched
    ('bounded', 1)
    """
    prop = proposition(name)
    listed = events if events is not None else default_list(prop)
    if kind_of(prop).own_events:
        raise InputError(
            f"{prop.id} brings its own events: {', '.join(prop.lists)}; no event of a list decides its verdict"
        )
    if exact < 1 or most < exact:
        raise InputError(f"exact={exact} and most={most}: exact is at least 1 and most at least exact")
    kept: dict[tuple[str, ...], Evidence] = {}

    def without(gone: tuple[str, ...]) -> Evidence:
        if gone not in kept:
            rest = listed.drop(*gone) if gone else listed
            kept[gone] = slim(gather(Question(prop, rest, series, delta, seed, draws)))
        return kept[gone]

    whole = without(())
    before = decide(whole.numbers()).verdict
    if before == "not_testable":
        why = whole.missing or whole.frozen or "too few onsets in the strata that identify it, or a guard refused"
        raise EstimationError(f"{prop.id} could not be tested on {listed.definition!r}: {why}")
    usable = [i for i in listed.ids if i not in whole.outside]

    def flips(gone: tuple[str, ...]) -> bool:  # to run out of events is no verdict
        return decide(without(gone).numbers()).verdict not in (before, "not_testable")

    for size in range(1, min(exact, len(usable) - 1) + 1):
        found = [g for g in combinations(usable, size) if flips(g)]
        if found:  # of several as small, the one that ends furthest from where the verdict was
            best = max(found, key=lambda g: abs(_decisive(without(g), before) - _decisive(whole, before)))
            return Flip(whole, before, decide(without(best).numbers()).verdict, best, True, size, len(kept) - 1)
    return _grow(before, usable, without, flips, exact, most, kept)


def _grow(
    before: str, usable: list[str], without: Callable[[tuple[str, ...]], Evidence],
    flips: Callable[[tuple[str, ...]], bool], exact: int, most: int, kept: dict,
) -> Flip:  # fmt: skip
    """Grow from the pair that moves the decisive number most, by the next event that moves it most."""
    start = _decisive(without(()), before)

    def moved(gone: tuple[str, ...]) -> float:
        return abs(_decisive(without(gone), before) - start)

    tried = [g for g in kept if len(g) == min(exact, len(usable) - 1)]
    gone = max(tried, key=moved, default=())
    while len(gone) < min(most, len(usable) - 1):
        larger = [tuple(sorted((*gone, i))) for i in usable if i not in gone]
        gone = max([g for g in larger if flips(g)] or larger, key=moved)
        if flips(gone):
            return Flip(
                without(()),
                before,
                decide(without(gone).numbers()).verdict,
                gone,
                len(gone) == exact + 1,
                len(gone),
                len(kept) - 1,
            )
    return Flip(without(()), before, before, None, False, len(gone), len(kept) - 1)


def _decisive(e: Evidence, verdict: str) -> float:
    """The number that carries a verdict, on a scale without ceilings: z of superiority, reverse or non-inferiority."""
    from scipy.stats import norm

    p = {"supported": e.p_superiority, "supported_trivial": e.p_superiority, "reversed": e.p_reverse}.get(
        verdict, e.p_tost if e.two_sided else e.p_noninferiority
    )
    if p != p:
        p = e.p_superiority
    return float(norm.isf(min(max(p, 1e-12), 1 - 1e-12))) if p == p else 0.0
