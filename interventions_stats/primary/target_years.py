"""What the tests over target-years share: their rows, their regression, and how a shift within targets runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, get_args

import numpy as np

from interventions_stats.engine.options import Floats
from interventions_stats.engine.permutation.design_effect import calibrating_effect
from interventions_stats.panels.actor_target_year import Targets
from interventions_stats.panels.cells import ids_in
from interventions_stats.primary.kind import Effect, Kind
from interventions_stats.primary.laid import Laid, LaidRegression
from interventions_stats.primary.placements import placed_once
from interventions_stats.primary.question import Question, Statement
from interventions_stats.primary.raw import CannotRun, Raw
from interventions_stats.primary.refits import Regression
from interventions_stats.primary.target_ground import TargetGround, target_ground
from interventions_stats.primary.target_rows import covered, less_event, on_measured, target_rows, unmeasured_onsets
from interventions_stats.rules import guards

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.engine.permutation.permutation_test import PermutationTest


class TargetYears(Kind):
    """Tests of an exposure of target-years.

    A time-varying exposure is shifted within its target after the year means are taken out; an exposure that differs
    between targets keeps its history and changes its owner (``between_targets``).  The effect is a penalised conditional
    logit within what the test relabels: within the target beside a shift, within the year beside an exchange of targets;
    for two exposures it is the difference of their effects.  Beside a shift the regression takes the residuals that the
    shift moves (:mod:`interventions_stats.primary.residuals`).

    Residuals stand for target intercepts in a linear model only.  In a logit or a complementary log-log without them,
    targets that never see an onset weigh as those that do; where their exposures vary less, effects planted within targets
    came out at half or at twice their size, and nominal 90% intervals held the truth in .56 to .82 of histories.  The
    conditional likelihood gives the planted effect back.  The other two models stay as choices of a specification curve.
    """

    units = ("actor-target-year",)
    estimators: ClassVar[tuple[str, ...]] = ("conditional", "firth", "cloglog")
    reads = frozenset({"lag", "start", "end", "targets", "leaders", "date_rule", "controls"})
    strata: ClassVar[tuple[str, ...]] = ("target",)
    groups = get_args(Targets)
    has_exposure = takes_series = relabels = plants = True
    within: ClassVar[str] = "target_ccode"
    "Column of the strata within which the test compares."

    def lay_out(self, question: Question) -> LaidRegression:
        base, columns, outside = target_rows(question)
        with unmeasured_onsets(question, columns, outside):
            ground = target_ground(question, base, between=self.between_targets)
        here = on_measured(question, columns, ground.kept, outside)
        alone = ids_in(columns["event_ids"][ground.alone]) - ids_in(here["event_ids"])
        outside |= dict.fromkeys(sorted(alone), "no other target is measured in its stratum")
        drawn = bool(placed_once(question.dated_events, base.periods).imputed)
        return self._laid(question, ground, here, outside, drawn)

    def delete(self, laid: Laid, event: str) -> LaidRegression | None:
        """Take the onsets of one event away; a drawn date, and time since the last onset, hang on the whole list."""
        assert isinstance(laid, LaidRegression) and laid.cells is not None
        if laid.details["drawn"] or laid.question.proposition.estimator == "cloglog":
            return None
        here = less_event(laid.details["here"], event)
        return self._laid(
            laid.question, laid.details["ground"], here, laid.outside, False, events=len(laid.question.events) - 1
        )

    def _laid(
        self, question: Question, ground: TargetGround, here: dict[str, np.ndarray], outside: dict[str, str], drawn: bool,
        *, events: int | None = None,
    ) -> LaidRegression:  # fmt: skip
        counts, cells = here["onsets"].astype(float), here["event_ids"]
        placed, findings = covered(question, here, outside, len(question.events) if events is None else events)
        strata = ground.labels[self.within]
        return LaidRegression(
            question=question, rows=ground.frame, counts=counts, cells=cells, outside=outside,
            findings=findings, design=replace(ground.design, counts=counts),
            regression=self._regression(question.proposition, ground, here), moved=ground.moved, strata=strata,
            identifying=ground.identifying(counts),
            details={"ground": ground, "here": here, "drawn": drawn, "events": placed},
        )  # fmt: skip

    def run(self, laid: Laid, *, seed: int, effect: Effect | None = None) -> Raw:
        assert isinstance(laid, LaidRegression)
        prop = laid.question.proposition
        null = self.null(laid, seed)
        if laid.identifying == 0:
            raise CannotRun("the exposure does not vary in any stratum that has an onset", laid.findings, laid.outside)
        estimate, se = effect or laid.regression.fit_once()
        # The regression counts target-years with an onset, the shift counts onsets: two in a row carry one row's information.
        onset_rows = int((laid.counts > 0).sum())
        deff = float(calibrating_effect(onset_rows, null.null_sd, null.met))
        design = guards.g09_design_effect(deff, handled=True)
        return Raw(
            estimate=estimate, se=se, deff=deff, p_superiority=null.p_greater, p_reverse=null.p_less,
            p_two_sided=null.p_two_sided, n_rows=len(laid.counts), n_events=laid.details["events"],
            n_identifying=laid.identifying, scale_label=_label(prop), scheme=null.scheme, exact=null.exact, null=null.null,
            observed=null.statistic, outside=laid.outside, findings=laid.findings + (() if design is None else (design,)),
            details={"onset_rows": onset_rows, "one_target_strata": len(laid.details["ground"].alone)},
        )  # fmt: skip

    def null(self, laid: LaidRegression, seed: int) -> PermutationTest:
        """Shift exposures within targets, year means and trends taken out of exposure and onsets."""
        from interventions_stats.engine.permutation.two_way import two_way_shift_test

        values, onsets, risk, beside = laid.details["ground"].lay_on_grid(laid.counts)
        return two_way_shift_test(values, onsets, risk=risk, controls=beside, draws=laid.question.draws, seed=seed)

    def regression(self, laid: Laid) -> Regression:
        assert isinstance(laid, LaidRegression)
        return laid.regression

    def _regression(self, prop: Statement, ground: TargetGround, here: dict[str, np.ndarray]) -> Regression:
        y, counts, X = here["onset"].astype(float), here["onsets"].astype(float), ground.columns
        labels, contrast = ground.labels | {"event_ids": here["event_ids"]}, prop.counter_exposure is not None
        if prop.estimator == "conditional":
            return Regression("conditional", labels, y, counts, X, contrast, self.within)
        if prop.estimator == "cloglog":  # time since the last onset, up to the power that the onsets bear (two each)
            t = here["peace"].astype(float)[:, None] / 10
            powers = max(0, min(3, int(y.sum()) // 2 - X.shape[1]))
            X = np.column_stack([X, *(t**k for k in range(1, powers + 1))])
            return Regression("cloglog", labels, y, counts, X, contrast)
        return Regression("logit", labels, y, counts, np.column_stack([X, ground.leaders]), contrast)


def as_grid(used: pd.DataFrame, x: Floats, unit: str = "target_ccode") -> tuple[Floats, np.ndarray, np.ndarray]:
    """Lay rows out as units x years: exposure, onsets, and which cells are rows."""
    units, rows = np.unique(used[unit].to_numpy(), return_inverse=True)
    columns = used["year"].to_numpy(int) - int(used["year"].min())
    exposures = np.full((len(units), int(columns.max()) + 1), np.nan)
    onsets = np.zeros(exposures.shape, int)
    exposures[rows, columns], onsets[rows, columns] = x, used["onsets"].to_numpy(int)
    return exposures, onsets, np.isfinite(exposures)


def _label(prop: Statement) -> str:
    if prop.counter_exposure:
        return "ratio of odds ratios"
    ratio = "hazard ratio" if prop.estimator == "cloglog" else "odds ratio"
    return f"{ratio}, exposed against not" if prop.scale == "binary" else f"{ratio} per within-year SD"
