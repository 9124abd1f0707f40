"""Rows of the arms over all states: counts of disputes begun, exposures, and whose effects are taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.engine.options import Bools, Floats
from interventions_stats.errors import InputError
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.question import terms_of

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.primary.question import Question, Statement

FIRST, LAST = 1946, 2014
PAIRS = {"neighbour-year": "neighbours", "power-target-year": "powers"}
YEARS = "mid_years"  # the outcome in which a year with several onsets counts once
REGIME = "v2x_regime"
MOST_AUTOCRATIC = 1  # of V-Dem's regimes: closed and electoral autocracies


@dataclass(frozen=True, slots=True)
class WorldRows:
    """Rows on which every exposure is measured.

    Attributes
    ----------
    frame : DataFrame
        ``unit`` (COW number of the actor), ``year``, ``stratum``, ``onsets``, and a column an exposure and control.
    exposures, controls : tuple of str
        Columns; two exposures are contrasted.
    choice : bool
        Strata are the sets from which a power chooses in a year: they take the years' effects along.
    total : int
        Onsets on all rows, measured or not.
    """

    frame: pd.DataFrame
    exposures: tuple[str, ...]
    controls: tuple[str, ...]
    choice: bool
    total: int


def world_rows(question: Question) -> WorldRows:
    """Build the rows of a question, and leave out those without a measured exposure."""
    prop = question.proposition
    terms = [str(parse_term(t)) for t in terms_of(prop)]
    frame = _pairs(question, terms) if prop.unit in PAIRS else _states(question, terms)
    if question.without is not None:
        frame = frame[frame["unit"] != question.without]
    if prop.outcome == YEARS:
        frame = frame.assign(onsets=frame["onsets"].clip(upper=1))
    total, kept = int(frame["onsets"].sum()), frame[terms].notna().all(axis=1)
    several = 2 if prop.counter_exposure else 1
    controls = (*terms[several:], *(["before"] if question.lead else []))
    if question.lead:
        kept &= frame["before"].notna()
    used = frame[kept].reset_index(drop=True)
    return WorldRows(used, tuple(terms[:several]), controls, strata_of(prop) == "set", total)


def strata_of(prop: Statement) -> str:
    """Name the strata of a proposition; those of its unit where it names none."""
    if prop.strata in ("ccode", "dyad", "set"):
        return prop.strata
    return "dyad" if prop.unit in PAIRS else "ccode"


def exposure_columns(rows: WorldRows, told: Bools, *, binary: bool) -> tuple[Floats, Floats]:
    """Return the tested exposure (n,) and what stands beside it (n, k), in units of an effect.

    An exposure is divided by its SD within strata and periods, over the rows that tell; a binary one stays 0/1.  Of two, b1
    and b2, the test is of b1 - b2: half the difference, beside half the sum.  A rise and a fall of one variable share the SD
    of its change, so that equal changes are compared.
    """
    frame = rows.frame
    x = [frame[c].to_numpy(float) for c in rows.exposures]
    beside = [frame[c].to_numpy(float) for c in rows.controls]
    labels = [frame["stratum"].to_numpy(), *([] if rows.choice else [frame["year"].to_numpy()])]
    if len(x) == 1:
        return x[0] / (1.0 if binary else _net_sd(x[0], labels, told)), _columns(beside, len(frame))
    if len({parse_term(c).name for c in rows.exposures}) == 1:
        one = _net_sd(x[0] - x[1], labels, told)
        a, b = x[0] / one, x[1] / one
    else:
        a, b = (c / _net_sd(c, labels, told) for c in x)
    return (a - b) / 2, _columns([(a + b) / 2, *beside], len(frame))


def _columns(parts: list[Floats], n: int) -> Floats:
    return np.column_stack(parts) if parts else np.empty((n, 0))


def _net_sd(x: Floats, labels: list[np.ndarray], told: Bools) -> float:
    """SD of an exposure less the means of strata and periods, taken out in turn until nothing moves."""
    net = x[told] - x[told].mean()
    codes = [np.unique(g[told], return_inverse=True)[1] for g in labels]
    for _ in range(500):
        before = net
        for c in codes:
            net = net - (np.bincount(c, net) / np.bincount(c))[c]
        if np.abs(net - before).max() <= 1e-10 * max(1.0, np.abs(x[told]).max()):
            break
    return float(net.std()) or 1.0


def _span(prop: Statement) -> tuple[int, int]:
    first, last = (int(str(b)[:4]) if b else d for b, d in ((prop.start, FIRST), (prop.end, LAST)))
    return max(first, FIRST), min(last, LAST)


def _states(question: Question, terms: list[str]) -> pd.DataFrame:
    from interventions_stats.panels.powers import power_years

    prop, (first, last) = question.proposition, _span(question.proposition)
    group = "major" if prop.unit == "power-year" else "all"
    autocrats = [REGIME] if prop.targets == "autocracies" and REGIME not in terms else []
    span = {"start": str(first), "end": str(last)}
    frame = power_years(group, [*terms, *autocrats], lag=prop.lag, **span)  # type: ignore[arg-type]
    if question.lead:
        ahead = power_years(group, terms[:1], lag=-question.lead, **span)[terms[0]]  # type: ignore[arg-type]
        frame = frame.assign(before=frame[terms[0]], **{terms[0]: ahead})
    if prop.targets == "autocracies":
        frame = frame[frame[REGIME] <= MOST_AUTOCRATIC]
    return frame.assign(unit=frame["ccode"], stratum=frame["ccode"])


def _pairs(question: Question, terms: list[str]) -> pd.DataFrame:
    from interventions_stats.panels.world_dyads import directed_pairs

    prop, (first, last) = question.proposition, _span(question.proposition)
    if question.lead:
        raise InputError(f"{prop.id}: pairs of states take no exposure after onset; leave the falsifier out")
    autocrats = [f"{REGIME}1"] if prop.targets == "autocracies" else []
    frame = directed_pairs(PAIRS[prop.unit], [*terms, *autocrats], lag=prop.lag, first=first, last=last)  # type: ignore[arg-type]
    if autocrats:
        frame = frame[frame[f"{REGIME}1"] <= MOST_AUTOCRATIC]
    strata = {
        "ccode": frame["ccode1"],
        "dyad": frame["ccode1"] * 1000 + frame["ccode2"],
        "set": frame["ccode1"].astype(str) + " " + frame["year"].astype(str) + " " + frame["region2"],
    }[strata_of(prop)]
    return frame.assign(unit=frame["ccode1"], stratum=strata, onsets=frame["onset"].astype(float))
