"""Power-years: major powers, or every state, with the disputes each began."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from interventions_stats.errors import unknown_name
from interventions_stats.panels.terms import Term, check_lag, parse_term

if TYPE_CHECKING:
    import pandas as pd


def power_years(
    group: str, covariates: Sequence[str | Term], *, lag: int = 1, start: str | None = None, end: str | None = None
) -> pd.DataFrame:
    """Build the rows power x year: ``ccode``, ``year``, ``onset``, ``onsets`` and one column per covariate.

    Parameters
    ----------
    group : {"major", "all"}
        COW major powers, or every state of the system (leader traits of the leader in office).
    covariates : sequence of str
        Columns of ``major_power_year`` or of the leader traits, transformed and lagged within the power.
    """
    if group not in ("major", "all"):
        raise unknown_name("group of powers", group, ["major", "all"])
    if lag >= 0:  # a lead is a placebo
        check_lag(lag)
    frame = (_majors() if group == "major" else _states()).sort_values(["ccode", "year"]).reset_index(drop=True)
    for item in covariates:
        term = parse_term(item)
        if term.name not in frame:
            raise unknown_name(
                "covariate", term.name, [c for c in frame if c not in ("ccode", "year")], where=f"the {group} powers"
            )
        wide = frame.pivot(index="year", columns="ccode", values=term.name)
        wide = wide.reindex(range(int(wide.index.min()), int(wide.index.max()) + 1))
        values = wide.apply(term.apply).shift(lag).stack(future_stack=True)
        frame[str(term)] = values.reindex(list(zip(frame["year"], frame["ccode"], strict=True))).to_numpy()
    lo = int(start) if start else int(frame["year"].min())
    hi = int(end) if end else int(frame["year"].max())
    return frame[(frame["year"] >= lo) & (frame["year"] <= hi) & frame["onsets"].notna()].reset_index(drop=True)


def _majors() -> pd.DataFrame:
    from interventions_stats.datasets.load import load

    table = load("major_power_year")
    numbers = table.select_dtypes("number").astype(float).astype({"ccode": int, "year": int})
    begun = numbers["mids_started_force"]
    return numbers.assign(onsets=begun, onset=(begun > 0).astype(float).where(begun.notna()))


def _states() -> pd.DataFrame:
    """Every state-year 1946-2014: disputes begun with force, and the traits of the leader in office on 1 July."""
    from interventions_stats.datasets.load import load
    from interventions_stats.panels.leader_traits import traits_by_year

    frame = load("state_year")[["ccode", "year"]].astype(int)
    frame = frame[(frame["year"] >= 1946) & (frame["year"] <= 2014)]
    mids = load("events_mid")
    begun = mids[(mids["hostility"] >= 4) & (mids["originator"] == 1)]
    counts = begun.groupby([begun["actor_ccode"].astype(int), begun["start"].dt.year.astype(int)]).size()
    counts.index.names = ["ccode", "year"]
    frame["onsets"] = counts.reindex(list(zip(frame["ccode"], frame["year"], strict=True)), fill_value=0).to_numpy()
    frame["onset"] = (frame["onsets"] > 0).astype(int)
    return frame.merge(traits_by_year(), on=["ccode", "year"], how="left")
