"""Which steps and shocks react to Russian force used abroad.

A step or shock that answers an intervention cannot be its cause, so it must not
serve as exposure.  Each rule names a window, whom it covers and why.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Reaction:
    """Rows from ``first`` to ``last`` (ISO days) that fit ``states``, ``direction`` and ``kinds``; empty = any."""

    first: str
    last: str
    reason: str
    states: tuple[str, ...] = ()
    direction: str = ""
    kinds: tuple[str, ...] = ()


STEPS = (
    Reaction(
        "1993-09-27",
        "1994-02-28",
        "turn to the CIS after the fall of Sukhumi in a war with Russian backing (R04)",
        ("GEO",),
        "toward",
    ),
    Reaction(
        "2008-08-08",
        "2009-01-31",
        "within six months of the war of August 2008 (R20)",
        ("GEO", "UKR"),
        "away",
    ),
    Reaction(
        "2009-08-18",
        "2009-08-18",
        "completes the vote of 2008-08-14, cast after the war (R20)",
        ("GEO",),
        "away",
        ("russian_bloc_exit",),
    ),
    Reaction("2014-02-27", "2024-12-31", "Ukraine under Russian force since the seizure of Crimea (R23)", ("UKR",)),
    Reaction(
        "2014-09-05",
        "2014-09-05",
        "measure of NATO's Wales summit, which answered the force in Ukraine (R23, R24)",
        ("GEO",),
        "away",
        ("nato_step",),
    ),
    Reaction(
        "2022-02-24",
        "2024-12-31",
        "membership track opened by the invasion of Ukraine (P03)",
        ("GEO", "MDA"),
        "away",
        ("eu_step", "nato_step"),
    ),
    Reaction(
        "2022-06-17",
        "2022-06-17",
        "answers the war and the recognition of the Donbas entities (P03)",
        ("KAZ",),
        "away",
    ),
)
SHOCKS = (
    Reaction("2008-08-08", "2008-12-31", "within five months of the war of August 2008 (R20)", direction="adverse"),
    Reaction("2014-02-27", "2014-12-31", "answers Crimea and eastern Ukraine (R23, R24)", direction="adverse"),
    Reaction(
        "2016-07-08", "2016-07-08", "battlegroups that answer the force in Ukraine (R23, R24)", direction="adverse"
    ),
    Reaction(
        "2017-08-02",
        "2017-08-02",
        "the act names force in Ukraine and Syria among its grounds (R23-R25)",
        direction="adverse",
    ),
    Reaction("2022-02-22", "2024-12-31", "answers the invasion of Ukraine (P03)", direction="adverse"),
)


def reaction_reason(frame: pd.DataFrame, rules: tuple[Reaction, ...]) -> pd.Series:
    """Return the reason of the first rule that covers each row, '' where none does; raises on an idle rule."""
    reason = pd.Series("", index=frame.index)
    for rule in rules:
        covered = frame["date"].ge(rule.first) & frame["date"].le(rule.last)
        if rule.states:
            covered &= frame["iso3"].isin(rule.states)
        if rule.direction:
            covered &= frame["direction"].eq(rule.direction)
        if rule.kinds:
            covered &= frame["kind"].isin(rule.kinds)
        if not covered.any():
            raise ValueError(f"no row fits the rule {rule.reason!r}")
        reason = reason.mask(covered & reason.eq(""), rule.reason)
    return reason
