"""Directed pairs of states by year for the arms over all states: neighbours, and major powers with every target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from interventions_stats.datasets.kept import kept
from interventions_stats.errors import InputError
from interventions_stats.panels.terms import Term, check_lag, parse_term

if TYPE_CHECKING:
    import pandas as pd

Pairs = Literal["neighbours", "powers"]
_CHANGES = ("change", "rise", "fall")
_DIFFERENCES = {"regime_distance": "v2x_polyarchy"}  # absolute difference of the two states


def directed_pairs(
    pairs: Pairs, covariates: Sequence[str | Term], *, lag: int = 1, first: int = 1946, last: int = 2014
) -> pd.DataFrame:
    """Build one row for each actor, possible target and year.

    Parameters
    ----------
    pairs : {"neighbours", "powers"}
        States with a common land or river border, either as the actor; or COW major powers with every other state.
    covariates : sequence of str
        Columns of :func:`interventions_stats.panels.directed_dyad_years` (a state's own followed by 1 for the actor, 2 for the
        target), or ``regime_distance`` (absolute difference of polyarchy); as they are, or the ``change``, ``rise`` or ``fall``
        over some years.
    lag : int, default 1
        Years between exposure and row.
    first, last : int

    Returns
    -------
    DataFrame
        ``ccode1``, ``ccode2``, ``year``, ``onset`` (0/1: the actor begins a dispute with force against the target), ``region2``
        (home region of the target) and one column a covariate.

    Raises
    ------
    InputError
        Another transformation.
    UnknownNameError
        An unknown column.
    RefusalError
        G05 for a lag below 1.

    Examples
    --------
    >>> moved = directed_pairs("powers", ["unga_distance.rise3"], first=1992, last=1992)
    >>> sorted(int(c) for c in moved["ccode1"].unique())
    [2, 200, 220, 255, 365, 710, 740]
    """
    from interventions_stats.datasets.load import load

    check_lag(lag)
    mark = "land_border" if pairs == "neighbours" else "major1"
    base = _columns((mark,), lag, first, last)
    keep = base[mark].to_numpy() == 1
    out = base.loc[keep, ["ccode1", "ccode2", "year", "onset"]].astype(int).reset_index(drop=True)
    regions = load("states").set_index("ccode")["home_region"]
    out["region2"] = regions.reindex(out["ccode2"]).to_numpy(str)
    for item in covariates:
        term = parse_term(item)
        out[str(term)] = _values(term, lag, first, last)[keep]
    return out


def _values(term: Term, lag: int, first: int, last: int) -> np.ndarray:
    now = _named(term.name, lag, first, last)
    if term.transform == "level":
        return term.sign * now
    if term.transform not in _CHANGES:
        raise InputError(f"{term}: pairs of states take a column as it is, or its change, rise or fall, as in rise3")
    # rows are the same whatever the lag
    moved = now - _named(term.name, lag + term.window, first, last)
    if term.transform != "change":
        moved = np.clip(moved if term.transform == "rise" else -moved, 0, None)
    return term.sign * moved


def _named(name: str, lag: int, first: int, last: int) -> np.ndarray:
    if (stem := _DIFFERENCES.get(name)) is not None:
        both = _columns((f"{stem}1", f"{stem}2"), lag, first, last)
        return np.abs(both[f"{stem}1"].to_numpy(float) - both[f"{stem}2"].to_numpy(float))
    return _columns((name,), lag, first, last)[name].to_numpy(float)


@kept(8)
def _columns(names: tuple[str, ...], lag: int, first: int, last: int) -> pd.DataFrame:
    from interventions_stats.panels.dyads import directed_dyad_years

    return directed_dyad_years(first, last, columns=names, relevant=True, lag=lag)
