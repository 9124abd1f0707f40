"""Effects planted in the registered panel: does the primary test's estimate find them, and its interval hold them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.seeds import branch
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.layouts import lay_out
from interventions_stats.primary.question import Question
from interventions_stats.primary.raw import CannotRun
from interventions_stats.robustness.lists import default_list

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

HISTORIES = 200
FEW = 40  # histories of a conditional fit, whose likelihood is a recursion over all targets
MULTIPLES = (1.0, 2.0)  # of the SESOI
BIAS, COVERAGE, CENTRAL = 0.25, 0.90, 0.95


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted effect.

    Attributes
    ----------
    theta : float
        Planted log ratio.
    mean, mc_se : float
        Mean estimate over histories (the median, where an exact estimate is infinite in some), and its Monte Carlo error.
    coverage : float
        Share of histories whose calibrated 95% interval holds ``theta``.
    histories : int
        Histories whose fit has a maximum.
    recovered : bool
        The mean is off by no more than a quarter of ``theta`` (or three Monte Carlo standard errors, if that is more), and
        the interval's coverage is .90 or above (or within three Monte Carlo standard errors of .95).
    """

    theta: float
    mean: float
    mc_se: float
    coverage: float
    histories: int
    recovered: bool


def plant(question: Question, primary: Evidence, *, histories: int | None = None) -> tuple[Planted, ...]:
    """Plant the SESOI and twice the SESOI on the registered panel and estimate them with the primary regression.

    Onsets are drawn anew with chances proportional to exp(theta x exposure), their number in each stratum as observed.
    The standard error is calibrated by the design effect of the primary test.

    Parameters
    ----------
    primary : Evidence
        Of the same question, for its SESOI and design effect.
    histories : int, optional
        Default 200, and 40 for conditional fits.

    Returns
    -------
    tuple of Planted
        Empty where nothing can be planted: a test without a regression, or without a SESOI.

    Examples
    --------
    >>> from interventions_stats.drivers.registry import PROPOSITIONS
    >>> from interventions_stats.events.definitions import load_events
    >>> from interventions_stats.evidence.gather import gather
    >>> question = Question(PROPOSITIONS["W1"], load_events(), draws=199)
    >>> [p.recovered for p in plant(question, gather(question))]
    [True, True]
    """
    kind = kind_of(question.proposition)
    if primary.raw is None or not primary.sesoi.delta or not kind.plants:
        return ()
    try:
        laid = lay_out(question)
    except (CannotRun, InputError, EstimationError):
        return ()
    many = histories or (FEW if kind.regression(laid).model == "conditional" else HISTORIES)
    out = []
    for multiple in MULTIPLES:
        theta = multiple * primary.sesoi.delta
        rng = np.random.default_rng(branch(question.seed, question.proposition.id, "planted", multiple))
        outcomes = kind.plant(laid, theta, many, rng)
        out.append(_judge(theta, kind.recover(laid, outcomes, theta, CENTRAL, primary.raw.deff)))
    return tuple(out)


def planted_effects(
    name: str | Proposition, events: EventList | None = None, *, series: pd.DataFrame | None = None,
    delta: str | float | None = None, histories: int | None = None, draws: int = 2_000, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Plant the smallest effect of interest, and twice it, on the registered panel and look for them.

    Parameters
    ----------
    name : str or Proposition
    events : EventList, optional
        Default: the proposition's first list.
    histories : int, optional
        Default 200, and 40 for conditional fits.
    series, delta, draws, seed
        As in :func:`interventions_stats.test`.

    Returns
    -------
    DataFrame
        One row a planted effect: ``planted`` ratio, mean ``estimate`` (log ratio) with its Monte Carlo error ``mc_se``, ``bias``,
        ``coverage`` of the calibrated 95% interval, ``histories``, ``recovered``.

    Raises
    ------
    EstimationError
        Nothing can be planted: a test without a regression or without a smallest effect, or one that could not run.

    Examples
    --------
    >>> planted_effects("W1", draws=199)["recovered"].tolist()
    [True, True]
    """
    import pandas as pd

    from interventions_stats.drivers.registry import proposition
    from interventions_stats.evidence.gather import gather

    prop = proposition(name)
    listed = events if events is not None else default_list(prop)
    question = Question(prop, listed, series, delta, seed, draws)
    primary = gather(question)
    found = plant(question, primary, histories=histories)
    if not found:
        why = primary.missing or primary.frozen or f"its {prop.test} test has no regression or no smallest effect"
        raise EstimationError(f"{prop.id}: nothing can be planted: {why}")
    return pd.DataFrame([{
        "planted": math.exp(p.theta), "estimate": p.mean, "mc_se": p.mc_se, "bias": p.mean - p.theta, "coverage": p.coverage,
        "histories": p.histories, "recovered": p.recovered, "n_events": primary.n_events,
        "n_events_total": primary.n_events_total,
    } for p in found])  # fmt: skip


def _judge(theta: float, fits: np.ndarray) -> Planted:
    """Hold estimates and whether their intervals hold the truth against it; infinite estimates are read by the median."""
    estimates, inside = fits[~np.isnan(fits).any(axis=1)].T
    n = len(estimates)
    if n < 2:
        return Planted(theta, math.nan, math.nan, math.nan, n, False)
    if np.isfinite(estimates).all():
        centre, mc_se = float(estimates.mean()), float(estimates.std(ddof=1) / math.sqrt(n))
    else:
        low, centre, high = (
            float(np.quantile(estimates, 0.5 + k / (2 * math.sqrt(n)), method="nearest")) for k in (-1, 0, 1)
        )
        mc_se = (high - low) / 2
    coverage = float(inside.mean())
    floor = min(COVERAGE, CENTRAL - 3 * math.sqrt(CENTRAL * (1 - CENTRAL) / n))
    near = math.isfinite(centre) and abs(centre - theta) <= max(BIAS * theta, 3 * mc_se)
    return Planted(theta, centre, mc_se, coverage, n, bool(near and coverage >= floor))
