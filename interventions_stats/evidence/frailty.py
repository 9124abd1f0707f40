"""Error rates of the arms over all states where states are persistently prone to disputes, on their real exposures and years."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.options import Floats
from interventions_stats.errors import EstimationError
from interventions_stats.evidence.calibration import LEVEL, Recovery, Size
from interventions_stats.evidence.seeds import branch
from interventions_stats.primary.kinds.world_counts import trend_versions
from interventions_stats.primary.layouts import lay_out
from interventions_stats.primary.question import Question
from interventions_stats.rules.sesoi import sesoi

if TYPE_CHECKING:
    from interventions_stats.drivers.proposition import Proposition
    from interventions_stats.events.event_list import EventList
    from interventions_stats.primary.laid import Laid

SD, PHI = 1.3, 0.9  # of a state's log rate, and its correlation from year to year
DRAWS = 499


def frailty_counts(laid: Laid, theta: float, rng: np.random.Generator, *, sd: float = SD, phi: float = PHI) -> Floats:
    """Draw onset counts (n,) whose log rates follow a stationary AR(1) of each state, and ``theta`` times the exposure.

    Years keep the onsets they had on average, and so does the whole; what a state had is forgotten.
    """
    units, unit = np.unique(laid.rows["unit"].to_numpy(), return_inverse=True)
    year = laid.rows["year"].to_numpy(int)
    path = np.empty((len(units), int(np.ptp(year)) + 1))
    path[:, 0] = rng.normal(0, sd, len(units))
    for t in range(1, path.shape[1]):
        path[:, t] = phi * path[:, t - 1] + rng.normal(0, sd * math.sqrt(1 - phi**2), len(units))
    x = laid.details["x"]
    rate = np.exp(path[unit, year - year.min()] + theta * (x - x.mean()))
    observed, drawn = (np.bincount(year - year.min(), v) for v in (laid.counts, rate))
    return rng.poisson(rate * (observed / np.maximum(drawn, 1e-300))[year - year.min()]).astype(float)


def frailty_size(
    prop: Proposition, events: EventList, *, histories: int = 200, draws: int = DRAWS, seed: int = 0
) -> Size:
    """Measure how often an arm, by the larger p of its trend versions, rejects where its exposure does nothing."""
    laid = lay_out(Question(prop, events, draws=draws))
    rng = np.random.default_rng(branch(seed, prop.id, "frailty"))
    p = np.array(
        [_p(prop, laid, frailty_counts(laid, 0.0, rng), draws, int(rng.integers(2**31))) for _ in range(histories)]
    )
    superiority, reverse = (p <= LEVEL).mean(axis=0)
    return Size(proposition=prop.id, test=str(prop.test), redrawn="onsets", model="frailty", histories=histories,
                superiority=float(superiority), reverse=float(reverse))  # fmt: skip


def _p(prop: Proposition, laid: Laid, counts: Floats, draws: int, seed: int) -> tuple[float, float]:
    try:
        tests = trend_versions(laid, counts, draws=draws, seed=seed)
    except EstimationError:  # no test, no rejection
        return 1.0, 1.0
    two_sided = prop.direction == "two-sided"
    return max(t.p_two_sided if two_sided else t.p_greater for t in tests), max(t.p_less for t in tests)


def frailty_recovery(
    prop: Proposition,
    events: EventList,
    *,
    multiple: float = 1.0,
    histories: int = 60,
    draws: int = DRAWS,
    seed: int = 0,
) -> Recovery:
    """Plant a multiple of ln(SESOI) under frailty, and see what the arm makes of it.

    An estimate is that of the version with the larger standard error; the 90% interval, the hull of both, holds the truth
    where neither tail of some version rejects it.
    """
    laid = lay_out(Question(prop, events, draws=draws))
    delta: Any = sesoi(prop.delta, prop.scale).delta  # type: ignore[arg-type]
    truth, rng = multiple * delta, np.random.default_rng(branch(seed, prop.id, "frailty recovery", multiple))
    found, failed = [], 0
    for _ in range(histories):
        counts = frailty_counts(laid, truth, rng)
        try:
            tests = trend_versions(laid, counts, draws=draws, seed=int(rng.integers(2**31)))
        except EstimationError:
            failed += 1
            continue
        above, below = (max(p) for p in zip(*(t.tails(truth) for t in tests), strict=True))
        superior = max(t.p_two_sided if prop.direction == "two-sided" else t.p_greater for t in tests)
        inferior = max(t.p_noninferiority(delta) for t in tests)
        found.append(
            (
                max(tests, key=lambda t: t.std_error).estimate,
                min(above, below) > LEVEL,
                superior <= LEVEL,
                inferior <= LEVEL,
            )
        )
    estimate, covered, superior, inferior = np.array(found, float).T
    return Recovery(
        proposition=prop.id, multiple=multiple, truth=truth, mean=float(estimate.mean()), spread=float(estimate.std()),
        coverage=float(covered.mean()), superiority=float(superior.mean()), noninferiority=float(inferior.mean()),
        dismissed=math.nan, histories=len(found), failed=failed,
    )  # fmt: skip
