"""Power-years: major powers, or every state, with the disputes each began."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from interventions_stats.datasets.kept import kept
from interventions_stats.engine.intake.scalars import check_integer, check_option, check_texts, shown
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.panels.lookup import looked_up
from interventions_stats.panels.terms import Term, check_lag, parse_term

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

OUTCOMES = {"mid": 2014, "imi": 2005, "ucdp": 2024, "icb": 2017}  # last year that each source covers


def power_years(
    group: str,
    covariates: Sequence[str | Term],
    *,
    outcome: str = "mid",
    lag: int = 1,
    start: str | None = None,
    end: str | None = None,
) -> pd.DataFrame:
    """Build the rows power x year: ``ccode``, ``year``, ``onset``, ``onsets`` and one column per covariate.

    Parameters
    ----------
    group : {"major", "all"}
        COW major powers, or every state of the system (leader traits of the leader in office).
    covariates : sequence of str
        Columns of ``major_power_year`` (major powers) or of ``state_year``, those of
        :func:`interventions_stats.panels.world_states.world_columns` and the traits of the leader in office (all states), or ``log_cinc``; transformed and lagged within the power.
    outcome : {"mid", "imi", "ucdp", "icb"}
        What counts as an onset: a dispute begun as originator on side A with hostility 4 or 5, an intervention in IMI (to 2005), or
        a year in which the power enters a UCDP/PRIO conflict on foreign soil, or a crisis in ICB that it answers with force.
    lag : int, default 1
        Negative for a lead, a placebo.
    start, end : str, optional
        First and last year.

    Raises
    ------
    UnknownNameError
        An unknown group, outcome or covariate.

    Examples
    --------
    >>> states = power_years("all", ["cinc.fall5"], start="1951", end="2014")
    >>> len(states), int(states["onset"].sum())
    (9772, 902)
    """
    import numpy as np
    import pandas as pd

    check_option("group of powers", group, ("major", "all"))
    check_option("outcome", outcome, tuple(OUTCOMES))
    lag = check_integer("a lag", lag, " of periods")
    if lag >= 0:
        check_lag(lag)
    covariates = check_texts(
        "covariates",
        [str(c) if isinstance(c, Term) else c for c in covariates]
        if isinstance(covariates, list | tuple)
        else covariates,
    )
    first, last = (None if bound is None else _year(name, bound) for name, bound in (("start", start), ("end", end)))
    frame = _major_rows() if group == "major" else _state_rows()
    # A small state's loss of half its share is nothing beside a great power's of a tenth: for all states take logarithms.
    frame = frame.assign(log_cinc=np.log(frame["cinc"].where(frame["cinc"] > 0)))
    frame = frame.sort_values(["ccode", "year"]).reset_index(drop=True)
    begun = _begun(outcome).reindex(pd.MultiIndex.from_frame(frame[["ccode", "year"]]), fill_value=0).to_numpy(float)
    onsets = _inside(begun, frame["year"].to_numpy() <= OUTCOMES[outcome])
    frame = frame.assign(onsets=onsets, onset=(onsets > 0).astype(float))
    columns = {}
    for item in covariates:
        term = parse_term(item)
        if term.name not in frame:
            known = [c for c in frame if c not in ("ccode", "year", "onset", "onsets")]
            raise unknown_name("covariate", term.name, known, where=f"the {group} powers")
        columns[str(term)] = _lagged(frame, term, lag)  # of the columns as they are: a lagged one has the same name
    frame = frame.assign(**columns)
    lo = first if first is not None else int(frame["year"].min())
    hi = last if last is not None else int(frame["year"].max())
    return frame[(frame["year"] >= lo) & (frame["year"] <= hi) & frame["onsets"].notna()].reset_index(drop=True)


def _year(name: str, value: str | int) -> int:
    """Read a bound of the years, which may come as text."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}", value.strip()):
        return int(value)
    year = check_integer(name, value)
    if not 1000 <= year <= 2999:
        raise InputError(f"{name}= is a year, not {shown(year)}")
    return year


def _inside(values: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Blank the values outside a source's coverage."""
    import numpy as np

    return np.where(keep, values, np.nan)


def _lagged(frame: pd.DataFrame, term: Term, lag: int) -> np.ndarray:
    wide = frame.pivot(index="year", columns="ccode", values=term.name)
    wide = wide.reindex(range(int(wide.index.min()), int(wide.index.max()) + 1))
    return looked_up(term.apply(wide).shift(lag), frame["year"], frame["ccode"])


@kept(4)
def _begun(outcome: str) -> pd.Series:
    """Onsets by (ccode, year)."""
    from interventions_stats.datasets.load import load

    table = load(f"events_{outcome}")
    if outcome == "mid":
        table = table[(table["hostility"] >= 4) & (table["originator"] == 1) & (table["side"] == "A")]
    elif outcome == "icb":
        table = table[table["military_response"] == 1]
    years = table["start"].astype(str).str[:4].astype(int)
    counts = table.groupby([table["actor_ccode"].astype(int), years]).size()
    counts.index.names = ["ccode", "year"]
    return counts


@kept(1)  # a caller adds columns to a frame of its own
def _major_rows() -> pd.DataFrame:
    from interventions_stats.datasets.load import load

    return load("major_power_year").select_dtypes("number").astype(float).astype({"ccode": int, "year": int})


@kept(1)
def _state_rows() -> pd.DataFrame:
    """Every state-year from 1946 with its columns, those derived from them and the traits of the leader on 1 July."""
    from interventions_stats.datasets.load import load
    from interventions_stats.panels.leader_traits import traits_by_year
    from interventions_stats.panels.world_states import world_columns

    frame = load("state_year").select_dtypes("number").astype(float).astype({"ccode": int, "year": int})
    frame = frame.merge(world_columns(), on=["ccode", "year"], how="left")
    return frame.merge(traits_by_year(), on=["ccode", "year"], how="left")
