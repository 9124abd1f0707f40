"""The exposure at onset against every way to match onsets to targets and periods that keeps the number of each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from interventions_stats.engine.options import Floats, Ints
from interventions_stats.panels.actor_target_year import Targets
from interventions_stats.primary.histories import LEVEL, Histories
from interventions_stats.primary.kind import Effect, Kind
from interventions_stats.primary.laid import Laid
from interventions_stats.primary.placements import placed_once
from interventions_stats.primary.question import Question, Statement
from interventions_stats.primary.raw import CannotRun, Raw
from interventions_stats.primary.refits import Regression
from interventions_stats.primary.target_ground import controls_of, exposures_of, measured, ordinals
from interventions_stats.primary.target_rows import (
    Columns,
    covered,
    less_event,
    on_measured,
    target_rows,
    unmeasured_onsets,
)

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.engine.permutation.two_margins import TwoMarginTest

_HELD = {
    "none": "",
    "conditional": ", the sum of the second exposure held too",
    "plug-in": ", the second exposure held in the mean",
}


class TwoMargins(Kind):
    """Onsets matched anew to targets and periods, each with its number of onsets kept.

    How prone a target or a period is to onsets, however strongly, then plays no part.  Taking year and target means out of
    a shift additively leaves the product of the two hazards in: over the reconstructed list, whose onsets crowd in
    1992-94, the shift rejected true nulls of this kind in .36 (T2), .11 (B2) and .07 (P1) at a nominal .05.

    A target stays at risk while an operation there is under way, since "under way" is an outcome.  A cell whose exposure
    is not measured leaves, and its onsets are listed.  Of two exposures the difference is tested with the sum held.
    """

    name = "two_margins"
    words = "exposure at onset, the onsets of each target and period kept"
    units = ("actor-target-year", "actor-target-month")
    default_of = ("actor-target-month",)
    estimators = ("exact",)
    reads = frozenset({"lag", "start", "end", "targets", "date_rule", "controls"})
    strata = ("target and period",)
    groups = get_args(Targets)
    counter_exposure = "optional"
    has_exposure = takes_series = plants = ratio = True

    def lay_out(self, question: Question) -> Laid:
        base, columns, outside = target_rows(question)
        with unmeasured_onsets(question, columns, outside):
            frame, kept = measured(question, base)
        here = on_measured(question, columns, kept, outside)
        ground = {
            "columns": _columns(question.proposition, frame),
            "at": (np.unique(frame["target_ccode"].to_numpy(), return_inverse=True)[1], _from_first(ordinals(frame))),
            "drawn": bool(placed_once(question.dated_events, base.periods).imputed),
        }
        return _laid(question, frame, ground, here, outside, len(question.events))

    def delete(self, laid: Laid, event: str) -> Laid | None:
        """Take the onsets of one event away; a drawn date hangs on the whole list."""
        ground = laid.details["ground"]
        if ground["drawn"]:
            return None
        here = less_event(laid.details["here"], event)
        return _laid(laid.question, laid.rows, ground, here, laid.outside, len(laid.question.events) - 1)

    def run(self, laid: Laid, *, seed: int, effect: Effect | None = None) -> Raw:
        from interventions_stats.engine.permutation.two_margins import FEWEST_TABLES, two_margin_test

        x, n, risk, z = _grids(laid, laid.counts)
        test = two_margin_test(x, n, risk, control=z, draws=laid.question.draws, seed=seed)
        few = test.log_tables < math.log(FEWEST_TABLES)
        tables = "tables beyond counting" if math.isnan(test.log_tables) else f"{math.exp(test.log_tables):,.0f} tables"
        prop = laid.question.proposition
        return Raw(
            estimate=test.estimate, se=test.std_error, deff=1.0, p_superiority=test.p_greater, p_reverse=test.p_less,
            p_two_sided=test.p_two_sided, p_noninferiority=test.p_noninferiority,
            p_equivalence=lambda d: max(test.p_noninferiority(d), test.tails(-d)[0]),
            intervals={level: test.conf_int(level) for level in (0.90, 0.95)}, log_likelihood=test.log_likelihood,
            mde=test.detectable(), attainable=test.attainable, n_rows=len(laid.counts), n_events=laid.details["events"],
            untestable=f"only {tables} of onsets have these margins, and {FEWEST_TABLES} are needed" if few else None,
            n_identifying=_identifying(x, n, risk), scale_label=_label(prop, bool(n.max() > 1)), exact=test.exact,
            scheme=f"{tables} with the onsets of each target and period{_HELD[test.control]}",
            null=test.null_sums(laid.question.draws), observed=test.statistic, outside=laid.outside, findings=laid.findings,
            details={"log_tables": test.log_tables, "control": test.control, "support": test.support},
        )  # fmt: skip

    def regression(self, laid: Laid) -> Regression:
        """The rows by name; their effect comes from the law of the test."""
        rows, here = laid.rows, laid.details["here"]
        labels = {name: rows[name].to_numpy() for name in ("target_ccode", "year", "leader")}
        columns = laid.details["ground"]["columns"]
        return Regression("conditional", labels | {"event_ids": here["event_ids"]}, here["onset"].astype(float), laid.counts,
                          columns, strata="target_ccode")  # fmt: skip

    def refit(self, laid: Laid, *, outcomes: Floats | None = None, weights: Floats | None = None) -> Floats:
        found = _without(laid, weights) if weights is not None else _on(laid, np.asarray(outcomes, float))
        return np.array([(np.nan, np.nan) if t is None else (t.estimate, t.std_error) for t in found]).reshape(-1, 2)

    def limits(self, laid: Laid, weights: Floats, delta: float | None) -> Floats:
        bounds = [
            (np.nan,) * 4 if t is None else (*t.conf_int(0.90), *((np.nan, np.nan) if not delta else
            (t.p_noninferiority(delta), max(t.p_noninferiority(delta), t.tails(-delta)[0])))) for t in _without(laid, weights)
        ]  # fmt: skip
        return np.array(bounds).reshape(-1, 4)

    def recover(self, laid: Laid, outcomes: Floats, theta: float, level: float, deff: float) -> Floats:
        tail = (1 - level) / 2
        found = _on(laid, outcomes)
        return np.array(
            [(np.nan,) * 2 if t is None else (t.estimate, float(min(t.tails(theta)) > tail)) for t in found]
        )

    def p_values(self, laid: Laid, outcomes: Floats, *, relabellings: int, seed: int) -> Floats:
        two_sided = laid.question.proposition.direction == "two-sided"
        return np.array([
            (1.0, 1.0) if t is None else (t.p_two_sided if two_sided else t.p_greater, t.p_less) for t in _on(laid, outcomes)
        ])  # fmt: skip

    def histories(
        self, laid: Laid, outcomes: Floats, *, theta: float, delta: float, relabellings: int, seed: int
    ) -> Histories:
        from interventions_stats.engine.bounds.bayes_counts import likelihood_bf10

        two_sided, tail = laid.question.proposition.direction == "two-sided", (1 - LEVEL) / 2
        rows = [
            (np.nan,) * 5 if t is None else (
                t.estimate, float(min(t.tails(theta)) > tail), t.p_two_sided if two_sided else t.p_greater,
                max(t.p_noninferiority(delta), t.tails(-delta)[0] if two_sided else 0.0),
                likelihood_bf10(t.log_likelihood, delta, "normal" if two_sided else "half-normal"),
            ) for t in _on(laid, outcomes)
        ]  # fmt: skip
        return Histories(*np.array(rows).reshape(-1, 5).T)

    def plant(self, laid: Laid, theta: float, histories: int, rng: np.random.Generator) -> Floats:
        """Deal each target's onsets to its periods, in proportion to the period's onsets and exp(theta x exposure)."""
        ground = laid.details["ground"]
        units, periods = ground["at"]
        log_rate = theta * ground["columns"][:, 0] + np.log(np.bincount(periods, weights=laid.counts) + 0.5)[periods]
        out = np.zeros((histories, len(laid.counts)))
        for unit in np.unique(units[laid.counts > 0]):
            here = np.flatnonzero(units == unit)
            chances = np.exp(log_rate[here] - log_rate[here].max())
            out[:, here] = rng.multinomial(int(laid.counts[here].sum()), chances / chances.sum(), histories)
        return out


def _laid(question: Question, frame: pd.DataFrame, ground: dict[str, Any], here: Columns, outside: dict[str, str],
          listed: int) -> Laid:  # fmt: skip
    placed, findings = covered(question, here, outside, listed)
    return Laid(
        question=question, rows=frame, counts=here["onsets"].astype(float), outside=outside, findings=findings,
        details={"ground": ground, "here": here, "events": placed},
    )  # fmt: skip


def _columns(prop: Statement, frame: pd.DataFrame) -> Floats:
    """What is tested and, at most, one exposure that is held: (rows, 1 or 2).

    b1 x1 + b2 x2 is (b1 - b2)(x1 - x2)/2 + (b1 + b2)(x1 + x2)/2: two exposures are one to test and one to hold.
    """
    x, held = exposures_of(prop, frame, frame["year"].to_numpy(int)), controls_of(prop, frame)
    if x.shape[1] == 2:
        held = np.column_stack([held, (x[:, 0] + x[:, 1]) / 2])
        x = (x[:, :1] - x[:, 1:]) / 2
    if held.shape[1] > 1:
        raise CannotRun(f"the two-margin test holds one exposure beside the tested one, not {held.shape[1]}")
    return np.column_stack([x, held])


def _from_first(periods: Ints) -> Ints:
    return periods - periods.min() if len(periods) else periods


def _grids(
    laid: Laid, counts: Floats, kept: np.ndarray | None = None
) -> tuple[Floats, Ints, np.ndarray, Floats | None]:
    """Exposure, onsets, cells at risk and held exposure as targets x periods; rows that are not kept leave."""
    ground = laid.details["ground"]
    columns, (units, periods) = ground["columns"], ground["at"]
    shape = (int(units.max()) + 1, int(periods.max()) + 1)
    rows = np.flatnonzero(np.ones(len(counts), bool) if kept is None else kept)
    at = units[rows], periods[rows]
    layers = np.full((columns.shape[1], *shape), np.nan)
    layers[:, *at] = columns[rows].T
    onsets = np.zeros(shape, int)
    onsets[at] = counts[rows]
    return layers[0], onsets, np.isfinite(layers[0]), layers[1] if len(layers) > 1 else None


def _on(laid: Laid, outcomes: Floats) -> list[TwoMarginTest | None]:
    """The test on other onsets of the same rows; those with the same margins share a law."""
    from interventions_stats.engine.permutation.two_margins import two_margin_tests

    x, n, risk, z = _grids(laid, laid.counts)
    tables = np.zeros((len(outcomes), *n.shape), int)
    tables[:, *laid.details["ground"]["at"]] = outcomes
    return two_margin_tests(x, tables, risk, control=z, draws=laid.question.draws, seed=laid.question.seed)


def _without(laid: Laid, weights: Floats) -> list[TwoMarginTest | None]:
    """The test without the rows of weight zero, a set at a time."""
    from interventions_stats.engine.permutation.two_margins import two_margin_tests

    found = []
    for w in weights:
        x, n, risk, z = _grids(laid, laid.counts, np.asarray(w) > 0)
        found += two_margin_tests(x, n[None], risk, control=z, draws=laid.question.draws, seed=laid.question.seed)
    return found


def _identifying(x: Floats, n: Ints, risk: np.ndarray) -> int:
    """Onsets of targets whose exposure, over the periods with onsets, is more than a target's plus a period's level."""
    cell = np.ix_(n.sum(axis=1) > 0, n.sum(axis=0) > 0)
    values, inside, onsets = x[cell], risk[cell], n[cell]
    unit, period = np.nonzero(inside)
    dummies = np.column_stack([np.eye(len(values))[unit], np.eye(values.shape[1])[period]])
    y = values[inside]
    rest = np.abs(y - dummies @ np.linalg.lstsq(dummies, y, rcond=None)[0])
    moves = np.bincount(unit, weights=rest > 1e-9 * max(1.0, float(np.abs(y).max())), minlength=len(values)) > 0
    return int(onsets[moves].sum())


def _label(prop: Statement, several: bool) -> str:
    ratio = "rate" if several else "odds"
    if prop.counter_exposure:
        return f"ratio of {ratio} ratios"
    return f"{ratio} ratio, exposed against not" if prop.scale == "binary" else f"{ratio} ratio per within-year SD"


KIND = TwoMargins()
