"""Placebos beyond the registered falsifiers: random onset dates, leads, series of noise, targets far away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.engine.intake.scalars import check_count
from interventions_stats.engine.options import Alternative
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.gather import gather
from interventions_stats.evidence.seeds import branch
from interventions_stats.primary.batched_test import BatchedTest
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.laid import Laid
from interventions_stats.primary.layouts import lay_out, lay_out_regression
from interventions_stats.primary.question import Question
from interventions_stats.primary.raw import CannotRun
from interventions_stats.robustness.lists import default_list
from interventions_stats.rules.falsifier import falsifier_failed
from interventions_stats.rules.sesoi import sesoi
from interventions_stats.rules.thresholds import ALPHA, BF_EVIDENCE

RELABELLINGS = 999

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class PlaceboDates(ResultContract):
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
    n_events, n_events_total : int
        Onsets of each history, and events of the list.
    """

    histories: int
    rejected: float
    supported: float
    mc_se: float
    p_values: np.ndarray
    n_events: int = 0
    n_events_total: int = 0
    seed: int = 0
    _title = "Random onset dates"

    def tidy(self) -> pd.DataFrame:
        """Two rows: the share that rejects at .05, and the share that would read as support."""
        import pandas as pd

        shares = [self.rejected, self.supported]
        se = [math.sqrt(s * (1 - s) / self.histories) for s in shares]
        return pd.DataFrame({"term": ["rejected at .05", "read as support"], "estimate": shares, "std_error": se})

    def glance(self) -> pd.DataFrame:
        """One row: histories and onsets."""
        import pandas as pd

        from interventions_stats.datasets.package import data_version

        return pd.DataFrame([{
            "n": self.histories, "n_events": self.n_events, "n_events_total": self.n_events_total,
            "n_dropped": self.n_events_total - self.n_events, "estimator": "shift", "separated": "", "seed": self.seed,
            "data_version": data_version(), "mc_se": self.mc_se,
        }])  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the p-values, which lie evenly where the test keeps its size."""
        from interventions_stats.robustness.check_figures import p_values

        return p_values(self.p_values, ax, title=f"{self._title}: {self.histories} histories")


def placebo_dates(
    name: str | Proposition, events: EventList | None = None, *, histories: int = 400, series: pd.DataFrame | None = None,
    seed: int = 0,
) -> PlaceboDates:  # fmt: skip
    """Draw random onset dates and test each history as the primary test would.

    Onsets fall on any period of their stratum alike; onsets that shared a period stay together.

    Parameters
    ----------
    name : str or Proposition
    events : EventList, optional
        Default: the proposition's first list.
    histories : int, default 400
    series, seed
        As in :func:`interventions_stats.test`.

    Returns
    -------
    PlaceboDates

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
    listed = events if events is not None else default_list(prop)
    check_count("histories", histories, 2)
    kind, laid = kind_of(prop), _laid(Question(prop, listed, series, draws=RELABELLINGS))
    rng = np.random.default_rng(branch(seed, prop.id, "placebo dates"))
    counts = kind.plant(laid, 0.0, histories, rng)
    delta = sesoi(prop.delta, prop.scale).delta  # type: ignore[arg-type]
    options = {"relabellings": RELABELLINGS, "seed": seed}
    p = kind.p_values(laid, counts, **options)[:, 0]
    rejected = p <= ALPHA
    supported = rejected.copy()
    if delta and rejected.any():
        found = kind.histories(laid, counts[rejected], theta=0.0, delta=delta, **options)
        supported[rejected] = found.bf10 >= BF_EVIDENCE
    return PlaceboDates(histories, float(rejected.mean()), float(supported.mean()),
                        math.sqrt(ALPHA * (1 - ALPHA) / histories), p, int(laid.counts.sum()), len(listed), seed)  # fmt: skip


def _laid(question: Question) -> Laid:
    """Lay out a test that can be run on other histories."""
    if not kind_of(question.proposition).plants:
        return lay_out_regression(question)  # says that the test is exact
    try:
        return lay_out(question)
    except CannotRun as stop:
        raise InputError(f"{question.proposition.id}: {stop.reason}.") from None


def leads(
    name: str | Proposition, events: EventList | None = None, *, periods: Sequence[int] = (1, 3, 6, 12),
    series: pd.DataFrame | None = None, draws: int = 2_000, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Put the exposure after onset in place of the one before, residualised on the exposure at t-1.

    Parameters
    ----------
    name : str or Proposition
    events : EventList, optional
        Default: the proposition's first list.
    periods : sequence of int
        Whole periods after onset.
    series, draws, seed
        As in :func:`interventions_stats.test`.

    Returns
    -------
    DataFrame
        One row a lead: ``lead``, ``ratio``, ``p_superiority``, ``failed`` (p <= .05 the driver's way and as large an
        estimate as the primary's), ``reason`` where it could not run.

    Raises
    ------
    InputError
        A test that has no series to lead, or a lead below 1.

    Examples
    --------
    >>> leads("W1", periods=[1, 6], draws=199)["lead"].tolist()
    [1, 6]
    """
    import pandas as pd

    prop = proposition(name)
    if not kind_of(prop).has_exposure:
        raise InputError(f"{prop.id}: the {prop.test} test has no exposure to measure after onset")
    if min(periods) < 1:
        raise InputError(f"leads are whole periods after onset, 1 or more, not {list(periods)}")
    listed = events if events is not None else default_list(prop)
    question = Question(prop, listed, series, seed=seed, draws=draws)
    primary = gather(question)
    rows = []
    for lead in periods:
        e = gather(question.but(lead=int(lead)))
        failed = falsifier_failed(e.p_superiority, e.estimate, primary.estimate)
        rows.append({"lead": int(lead), "ratio": math.exp(e.estimate), "p_superiority": e.p_superiority, "failed": failed,
                     "reason": "" if e.raw is not None else e.missing or "a guard refused"})  # fmt: skip
    return pd.DataFrame(rows)


def unrelated_series(
    name: str | Proposition, events: EventList | None = None, *, histories: int = 400, series: pd.DataFrame | None = None,
    seed: int = 0,
) -> float:  # fmt: skip
    """Share of exposures that know nothing of the onsets, as persistent as the real one, at which the test rejects at .05.

    Parameters
    ----------
    name : str or Proposition
    events : EventList, optional
        Default: the proposition's first list.
    histories : int, default 400
    series, seed
        As in :func:`interventions_stats.test`.

    Returns
    -------
    float

    Examples
    --------
    >>> unrelated_series("W1", histories=200) < 0.10
    True
    """
    from interventions_stats.evidence.null_models import null_exposures

    prop = proposition(name)
    listed = events if events is not None else default_list(prop)
    design = lay_out_regression(Question(prop, listed, series)).design
    rng = np.random.default_rng(branch(seed, prop.id, "unrelated series"))
    drawn = null_exposures(design, "persistent", check_count("histories", histories, 2), rng)
    test = BatchedTest(design)
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
    name: str | Proposition, events: EventList | None = None, *, assignments: int = 20, draws: int = 999, seed: int = 0
) -> pd.DataFrame:
    """Take the exposure of targets far away in place of the near ones: each case moves to a random state of another region.

    If an exposure matters because it is the neighbour's, the same exposure of distant states on the same dates should not.

    Parameters
    ----------
    name : str or Proposition
        A proposition on target-years.
    events : EventList, optional
        Default: the proposition's first list.
    assignments : int, default 20
        Random sets of distant states.
    draws : int, default 999
        Relabellings of each test.
    seed : int

    Returns
    -------
    DataFrame
        Two rows, ``where`` (here, far away): ``ratio`` (far away: the median over assignments, with ``ratio_low`` and
        ``ratio_high``, the 5% and 95%), ``p_superiority`` (median), ``rejected`` (share with p <= .05), ``n_identifying``
        (median), ``assignments`` that ran, ``n_events_total``, ``reason``.

    Raises
    ------
    InputError
        A test that has no targets.
    EstimationError
        No other region has states.

    Examples
    --------
    >>> far_targets("B2", assignments=2, draws=199)["where"].tolist()
    ['here', 'far away']
    """
    import pandas as pd

    prop = proposition(name)
    if prop.unit != "actor-target-year":
        raise InputError(f"{prop.id} has no targets: its unit is {prop.unit}")
    listed = events if events is not None else default_list(prop)
    check_count("assignments", assignments)
    rng = np.random.default_rng(branch(seed, prop.id, "far targets"))
    away = [_moved_away(listed, rng) for _ in range(assignments)]
    here = [gather(Question(prop, listed, seed=seed, draws=draws))]
    everywhere = prop.with_(targets="all")
    there = [gather(Question(everywhere, e, seed=seed, draws=draws)) for e in away]
    return pd.DataFrame([_where("here", here, len(listed)), _where("far away", there, len(listed))])


def _moved_away(listed: EventList, rng: np.random.Generator) -> EventList:
    from dataclasses import replace

    from interventions_stats.events.actors import registry
    from interventions_stats.events.schema import codes

    first, last = (f"{year}-{day}" for year, day in zip(listed.coverage, ("01-01", "12-31"), strict=True))
    far = sorted(c for c, s in registry().items() if s.region != listed.actor.region and s.existed(first, last))
    if not far:
        raise EstimationError(f"no state lies outside the region of {listed.actor.name}")
    frame = listed.frame.copy()
    frame["target_cow"] = [";".join(str(rng.choice(far)) for _ in codes(cell)) or None for cell in frame["target_cow"]]
    return replace(listed, frame=frame, definition=f"{listed.definition}, targets far away", edits=())


def _where(where: str, found: list[Evidence], total: int) -> dict[str, object]:
    ran = [e for e in found if e.raw is not None]
    ratios, p = [math.exp(e.estimate) for e in ran], [e.p_superiority for e in ran]
    low, mid, high = np.quantile(ratios, [0.05, 0.5, 0.95]) if ran else (math.nan,) * 3
    lost = [e.missing or e.frozen or "a guard refused" for e in found if e.raw is None]
    return {
        "where": where, "ratio": float(mid), "ratio_low": float(low), "ratio_high": float(high),
        "p_superiority": float(np.median(p)) if p else math.nan,
        "rejected": float(np.mean([v <= ALPHA for v in p])) if p else math.nan,
        "n_identifying": float(np.median([e.n_identifying for e in ran])) if ran else 0.0, "assignments": len(ran),
        "n_events_total": total, "reason": lost[0] if lost else "",
    }  # fmt: skip
