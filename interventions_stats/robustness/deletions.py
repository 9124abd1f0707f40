"""Influence: what a single event, target, year or leader does to an estimate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.errors import EstimationError, InputError, unknown_name
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.gather import gather
from interventions_stats.panels.cells import split_ids
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.layouts import lay_out
from interventions_stats.primary.question import Question
from interventions_stats.primary.refits import Regression
from interventions_stats.robustness.lists import default_list
from interventions_stats.robustness.without_null import slim

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Unit = Literal["event", "target", "year", "leader"]
UNITS: tuple[Unit, ...] = get_args(Unit)


@dataclass(frozen=True, eq=False, repr=False)
class Influence(ResultContract):
    """Estimates with one thing left out at a time.

    Attributes
    ----------
    proposition : Proposition
    evidence : Evidence
        Of the whole list.
    frame : DataFrame
        One row a deletion: ``unit``, ``item``, ``name`` of an event, ``onsets`` that go with it, ``rows`` left out, ``estimate``, ``std_error``
        (with the design effect of the whole), ``ratio``, ``low``, ``high``, ``frontier``, ``change`` of the estimate in
        standard errors, ``p_noninferiority`` (of a two-sided proposition: of equivalence) and whether it stays on the same
        side of .05; ``reason`` where the effect is not identified without it.
    """

    proposition: Proposition
    evidence: Evidence
    frame: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """One row a deletion, the largest change first."""
        order = self.frame["change"].abs().sort_values(ascending=False, kind="stable").index
        return self.frame.loc[order].rename(columns={"item": "term"}).reset_index(drop=True)

    def glance(self) -> pd.DataFrame:
        import pandas as pd

        e = self.evidence
        return pd.DataFrame([{
            "n": len(self.frame), "n_events": e.n_events, "n_events_total": e.n_events_total,
            "n_dropped": e.n_events_total - e.n_events, "estimator": self.proposition.estimator, "separated": "",
            "seed": e.seed, "data_version": e.data_version, "ratio": math.exp(e.estimate),
            "ratio_low": self.frame["ratio"].min(), "ratio_high": self.frame["ratio"].max(),
            "n_changing_noninferiority": int((~self.frame["same_side"]).sum()),
        }])  # fmt: skip

    def _heading(self) -> str:
        return f"Influence on {self.proposition.id}"

    def _references(self) -> list[str]:
        return ["Pregibon, D. (1981). Logistic regression diagnostics. The Annals of Statistics 9, 705-724."]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the estimate without each event."""
        from interventions_stats.display.figures.influence import influence as draw

        events = self.frame[self.frame["unit"] == "event"].rename(columns={"item": "event"})
        delta = self.evidence.sesoi.delta
        return draw(events, math.exp(self.evidence.estimate), ax, sesoi=math.exp(delta) if delta else None)


def influence(
    name: str | Proposition,
    events: EventList | None = None,
    *,
    by: Sequence[Unit] = UNITS,
    series: pd.DataFrame | None = None,
    delta: str | float | None = None,
    draws: int = 2_000,
    seed: int = 0,
) -> Influence:
    """Leave out one event, target, year or leader at a time, all in one batch of zero weights.

    Weights of zero take rows out of the fit of the primary regression; the exposure keeps its scale and the design effect
    is that of the whole, so that the rows of the table differ by what is left out alone.  The row of an event that shares
    its period with another is kept, since an onset is still there.

    Parameters
    ----------
    name : str or Proposition
    events : EventList, optional
        Default: the proposition's first list.
    by : sequence of {"event", "target", "year", "leader"}
        Targets exist in panels of targets alone.
    series, delta, draws, seed
        As in :func:`interventions_stats.test`.

    Returns
    -------
    Influence

    Raises
    ------
    EstimationError
        The primary test could not run.
    InputError
        A test without a regression (rates, breaks, ranks, shares): see :func:`smallest_flip`.

    References
    ----------
    Pregibon (1981), Ann Stat 9:705-724, for deletion in logistic regression.

    Examples
    --------
    >>> found = influence("W3", by=["leader"])
    >>> found.frame["item"].tolist()
    ['Yeltsin', 'Putin']
    """
    prop = proposition(name)
    listed = events if events is not None else default_list(prop)
    for unit in by:
        if unit not in UNITS:
            raise unknown_name("unit of deletion", unit, UNITS, where="influence")
    question = Question(prop, listed, series, delta, seed, draws)
    e = gather(question)
    if e.raw is None:
        raise EstimationError(
            f"{prop.id} could not be tested on {listed.definition!r}: {e.missing or e.frozen or 'a guard refused'}"
        )
    kind, laid = kind_of(prop), lay_out(question)
    model = kind.regression(laid)
    wanted = [(unit, item, rows) for unit in by for item, rows in _groups(model, unit)]
    if not wanted:
        raise InputError(f"{prop.id} has no {' or '.join(by)} to leave out; choose among {', '.join(UNITS)}")
    weights = np.ones((len(wanted), len(model.y)))
    for k, (_, _, rows) in enumerate(wanted):
        weights[k, rows] = 0.0
    fits = kind.refit(laid, weights=weights)
    names = dict(zip(listed.frame["event_id"], listed.frame["name"], strict=True)) if "event" in by else {}
    exact = kind.limits(laid, weights, e.sesoi.delta)
    return Influence(prop, slim(e), _frame(wanted, fits, _limits(fits, e) if exact is None else exact, model, e, names))


def _groups(model: Regression, unit: Unit) -> list[tuple[str, np.ndarray]]:
    """Rows of each item of a unit; only those of items that hold an onset, for events and targets."""
    labels = model.labels
    if unit == "event":
        cells = [(i, split_ids(c)) for i, c in enumerate(labels["event_ids"]) if c]
        names = sorted({e for _, ids in cells for e in ids})
        return [(n, np.array([i for i, ids in cells if ids == [n]], int)) for n in names]
    column = {"target": "target_ccode", "year": "year", "leader": "leader"}[unit]
    if column not in labels:
        return []
    found = [(str(v), np.flatnonzero(labels[column] == v)) for v in dict.fromkeys(labels[column].tolist())]
    return [(v, at) for v, at in found if unit != "target" or model.y[at].any()]


def _limits(fits: np.ndarray, e: Evidence) -> np.ndarray:
    """90% interval and p of >= delta and of abs(.) >= delta by the normal law: (fits, 4)."""
    from scipy.stats import norm

    assert e.raw is not None
    estimate, se = fits[:, 0], fits[:, 1] * math.sqrt(e.raw.deff)
    half, delta = float(norm.ppf(0.95)) * se, e.sesoi.delta or math.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        below, above = (np.where(se > 0, norm.cdf(z / se), np.nan) for z in (estimate - delta, -delta - estimate))
    return np.column_stack([estimate - half, estimate + half, below, np.maximum(below, above)])


def _frame(
    wanted: list, fits: np.ndarray, limits: np.ndarray, model: Regression, e: Evidence, names: dict[str, str]
) -> pd.DataFrame:
    import pandas as pd

    assert e.raw is not None
    whole_p = e.p_tost if e.two_sided else e.p_noninferiority
    rows = []
    for (unit, item, at), (estimate, se), (low, high, p_one, p_both) in zip(wanted, fits, limits, strict=True):
        p = p_both if e.two_sided else p_one
        rows.append({
            "unit": unit, "item": item, "name": names.get(item) if unit == "event" else None,
            "onsets": int(model.counts[at].sum()), "rows": len(at), "estimate": estimate,
            "std_error": se * math.sqrt(e.raw.deff), "ratio": _exp(estimate), "low": _exp(low), "high": _exp(high),
            "frontier": _exp(high), "change": (estimate - e.estimate) / e.se_cal, "p_noninferiority": p,
            "same_side": p != p or (p <= 0.05) == (whole_p <= 0.05),
            "reason": "" if estimate == estimate else "without it the effect is not identified",
        })  # fmt: skip
    return pd.DataFrame(rows)


def _exp(x: float) -> float:
    return math.exp(x) if x < 700.0 else math.inf if x == x else x
