"""Placebos beyond the registered falsifiers: random onset dates, leads, series of noise, targets far away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.design import Scorer, design_of
from interventions_stats.evidence.evidence import bayes_factors
from interventions_stats.evidence.gather import gather
from interventions_stats.evidence.null_models import planted_onsets
from interventions_stats.evidence.raw import Raw
from interventions_stats.evidence.seeds import branch
from interventions_stats.inference.arrays import check_count
from interventions_stats.inference.options import Alternative
from interventions_stats.robustness.check import registered_list
from interventions_stats.robustness.regression import regression_of
from interventions_stats.rules.falsifier import falsifier_failed
from interventions_stats.rules.thresholds import ALPHA, BF_EVIDENCE

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class PlaceboDates:
    """How often random onset dates, as many under each leader (in each target) as observed, look like support.

    Attributes
    ----------
    histories : int
    rejected : float
        Share with one-sided p <= .05.
    supported : float
        Share that would read ``supported`` by the core rule: p <= .05 and a Bayes factor of 3 or more.
    mc_se : float
        Monte Carlo standard error of ``rejected`` at .05.
    p_values : (H,) array
    """

    histories: int
    rejected: float
    supported: float
    mc_se: float
    p_values: np.ndarray


def placebo_dates(
    name: str | Proposition, events: EventList | None = None, *, histories: int = 400, series: pd.DataFrame | None = None,
    seed: int = 0,
) -> PlaceboDates:  # fmt: skip
    """Draw random onset dates and test each history as the primary test would.

    Onsets fall on any period of their stratum alike; onsets that shared a period stay together.

    Raises
    ------
    InputError
        A test without a relabelling null, or without a regression.

    Examples
    --------
    >>> found = placebo_dates("W1", histories=100)
    >>> bool(found.supported <= found.rejected)
    True
    """
    prop = proposition(name)
    listed = events if events is not None else registered_list(prop.lists[0], 365)
    check_count("histories", histories, 2)
    design = design_of(prop, listed, series=series)
    rng = np.random.default_rng(branch(seed, prop.id, "placebo dates"))
    counts = planted_onsets(design, 0.0, histories, rng)
    test = Scorer(design)
    scores, weights = test.scores(design.exposure[None]), test.weights(counts)
    two_sided = prop.direction == "two-sided"
    p = test.p_values(scores, weights, alternative="two-sided" if two_sided else "greater", relabellings=999, seed=seed)
    rejected = p <= ALPHA
    supported = rejected.copy()
    if rejected.any():
        supported[rejected] = _supported(
            prop, listed, design, counts[rejected], test, scores, weights[rejected], series
        )
    return PlaceboDates(histories, float(rejected.mean()), float(supported.mean()),
                        math.sqrt(ALPHA * (1 - ALPHA) / histories), p)  # fmt: skip


def _supported(prop, events, design, counts, test, scores, weights, series) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Whether the Bayes factor of each history reaches 3, at the SESOI's scale."""
    from interventions_stats.evidence.evidence import empty

    base = empty(prop, actor=events.actor.iso3, definition=events.definition, date_rule=events.date_rule,
                 n_total=len(events), delta=None, seed=0, draws=0)  # fmt: skip
    if not base.sesoi.delta:
        return np.ones(len(counts), bool)
    model = regression_of(prop, events, series=series)
    outcomes = np.empty_like(counts)
    outcomes[:, design.order] = counts
    fits = model.replace_outcomes(outcomes if model.model == "poisson" else (outcomes > 0).astype(float))
    units = counts.sum(axis=1) if model.model == "poisson" else (counts > 0).sum(axis=1)
    spread = np.array([float(test.spread(scores, w[None], n[None])[0]) for w, n in zip(weights, counts, strict=True)])
    out = np.zeros(len(counts), bool)
    for k, ((estimate, se), deff) in enumerate(zip(fits, np.maximum(1.0, units * spread**2), strict=True)):
        if math.isfinite(estimate) and se > 0:
            raw = Raw(estimate=estimate, se=se, deff=deff, p_superiority=0, p_reverse=1, p_two_sided=0, n_rows=0, n_events=0,
                      n_identifying=0, scale_label="", scheme="")  # fmt: skip
            found = bayes_factors(raw, se * math.sqrt(deff), base.sesoi.delta, two_sided=prop.direction == "two-sided")
            out[k] = found["bf10"][1] >= BF_EVIDENCE
    return out


def leads(
    name: str | Proposition, events: EventList | None = None, *, periods: Sequence[int] = (1, 3, 6, 12),
    series: pd.DataFrame | None = None, draws: int = 2_000, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Put the exposure after onset in place of the one before, residualised on the exposure at t-1.

    Returns
    -------
    DataFrame
        One row a lead: ``lead``, ``ratio``, ``p_superiority``, ``failed`` (p <= .05 the driver's way and as large an
        estimate as the primary's), ``reason`` where it could not run.

    Raises
    ------
    InputError
        A test that has no series to lead, or a lead below 1.
    """
    import pandas as pd

    prop = proposition(name)
    if prop.test in ("rate", "breaks", "rank", "share"):
        raise InputError(f"{prop.id}: the {prop.test} test has no exposure to measure after onset")
    if min(periods) < 1:
        raise InputError(f"leads are whole periods after onset, 1 or more, not {list(periods)}")
    listed = events if events is not None else registered_list(prop.lists[0], 365)
    primary = gather(prop, listed, series=series, draws=draws, seed=seed)
    rows = []
    for lead in periods:
        e = gather(prop, listed, series=series, draws=draws, seed=seed, lead=int(lead))
        failed = falsifier_failed(e.p_superiority, e.estimate, primary.estimate)
        rows.append({"lead": int(lead), "ratio": math.exp(e.estimate), "p_superiority": e.p_superiority, "failed": failed,
                     "reason": "" if e.raw is not None else e.missing or "a guard refused"})  # fmt: skip
    return pd.DataFrame(rows)


def unrelated_series(
    name: str | Proposition, events: EventList | None = None, *, histories: int = 400, series: pd.DataFrame | None = None,
    seed: int = 0,
) -> float:  # fmt: skip
    """Share of exposures that know nothing of the onsets, as persistent as the real one, at which the test rejects at .05.

    Examples
    --------
    >>> unrelated_series("W1", histories=200) < 0.10
    True
    """
    from interventions_stats.evidence.null_models import null_exposures

    prop = proposition(name)
    listed = events if events is not None else registered_list(prop.lists[0], 365)
    design = design_of(prop, listed, series=series)
    rng = np.random.default_rng(branch(seed, prop.id, "unrelated series"))
    drawn = null_exposures(design, "persistent", check_count("histories", histories, 2), rng)
    test = Scorer(design)
    side: Alternative = "two-sided" if prop.direction == "two-sided" else "greater"
    p = test.p_values(
        test.scores(drawn),
        test.weights(design.counts[None]),
        alternative=side,
        relabellings=999,
        seed=seed,
    )
    return float((p <= ALPHA).mean())


def far_targets(
    name: str | Proposition, events: EventList | None = None, *, draws: int = 2_000, seed: int = 0
) -> pd.DataFrame:
    """Take the exposure of targets far away in place of the near ones: each case moves to a random state of another region.

    If an exposure matters because it is the neighbour's, the same exposure of distant states on the same dates should not.

    Returns
    -------
    DataFrame
        Two rows, ``where`` (here, far away): ``ratio``, ``p_superiority``, ``n_identifying``, ``reason``.

    Raises
    ------
    InputError
        A test that has no targets.
    EstimationError
        No other region has states.
    """
    from dataclasses import replace

    import pandas as pd

    from interventions_stats.events.actors import registry
    from interventions_stats.events.schema import codes

    prop = proposition(name)
    if prop.unit != "actor-target-year":
        raise InputError(f"{prop.id} has no targets: its unit is {prop.unit}")
    listed = events if events is not None else registered_list(prop.lists[0], 365)
    known = registry()
    rng = np.random.default_rng(branch(seed, prop.id, "far targets"))
    far = sorted(
        c for c, s in known.items() if s.region != listed.actor.region and s.existed("1992-01-01", "2020-12-31")
    )
    if not far:
        raise EstimationError(f"no state lies outside the region of {listed.actor.name}")
    frame = listed.frame.copy()
    frame["target_cow"] = [";".join(str(rng.choice(far)) for _ in codes(cell)) or None for cell in frame["target_cow"]]
    away = replace(listed, frame=frame, definition=f"{listed.definition}, targets far away", edits=())
    rows = []
    for where, p, e in (("here", prop, listed), ("far away", prop.with_(targets="all"), away)):
        found = gather(p, e, draws=draws, seed=seed)
        rows.append({"where": where, "ratio": math.exp(found.estimate), "p_superiority": found.p_superiority,
                     "n_identifying": found.n_identifying, "reason": "" if found.raw is not None else found.missing or "a guard refused"})  # fmt: skip
    return pd.DataFrame(rows)
