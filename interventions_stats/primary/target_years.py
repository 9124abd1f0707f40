"""What the tests over target-years share: their rows, their regression, and how a shift within targets runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, get_args

import numpy as np

from interventions_stats.engine.options import Floats
from interventions_stats.engine.permutation.design_effect import calibrating_effect
from interventions_stats.panels.actor_target_year import Targets
from interventions_stats.panels.build import exposure
from interventions_stats.panels.cells import ids_in
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.kind import Kind
from interventions_stats.primary.laid import Laid, LaidRegression
from interventions_stats.primary.null_design import panel_design
from interventions_stats.primary.question import Question, Statement, terms_of
from interventions_stats.primary.raw import CannotRun, Raw
from interventions_stats.primary.refits import Regression
from interventions_stats.primary.residuals import own_residuals
from interventions_stats.primary.shared_panel import shared_panel
from interventions_stats.primary.strata import contrasted, stratum_dummies, within_each
from interventions_stats.rules import guards

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.engine.permutation.permutation_test import PermutationTest

_UNMEASURED = "the exposure is not measured for its target-year"


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
        prop = question.proposition
        used, outside = _rows(question)
        counts = used["onsets"].to_numpy(float)
        if counts.sum() == 0:
            raise CannotRun("no onset falls where the exposure is measured", (), outside)
        units, years = used["target_ccode"].to_numpy(), used["year"].to_numpy(int)
        raw, raw_controls = _exposures(prop, used), _controls(prop, used)
        x, controls = raw, raw_controls
        if not self.between_targets:
            x, controls = (own_residuals(c, units, years) for c in (raw, raw_controls))
        tested, beside = contrasted(x, controls)
        unmeasured = sum(reason == _UNMEASURED for reason in outside.values())
        coverage = guards.g13_coverage(
            unmeasured, len(question.events), len(ids_in(used["event_ids"])), "the exposure's table"
        )
        findings = () if coverage is None else (coverage,)
        strata = used[self.within].to_numpy()
        identifying = identifying_onsets(contrasted(raw, controls)[0], counts, strata)
        return LaidRegression(
            question=question, rows=used, counts=counts, outside=outside, findings=findings,
            design=panel_design(units, years, counts, raw, raw_controls, between_units=self.between_targets),
            regression=self._regression(prop, used, counts, x, controls),
            moved=_beside(tested, beside), strata=strata, identifying=identifying, details={"beside": beside},
        )  # fmt: skip

    def run(self, laid: Laid, *, seed: int) -> Raw:
        assert isinstance(laid, LaidRegression)
        prop, used = laid.question.proposition, laid.rows
        null = self.null(laid, seed)
        if laid.identifying == 0:
            raise CannotRun("the exposure does not vary in any stratum that has an onset", laid.findings, laid.outside)
        estimate, se = laid.regression.fit_once()
        # The regression counts target-years with an onset, the shift counts onsets: two in a row carry one row's information.
        onset_rows = int((laid.counts > 0).sum())
        deff = float(calibrating_effect(onset_rows, null.null_sd, null.met))
        design = guards.g09_design_effect(deff, handled=True)
        return Raw(
            estimate=estimate, se=se, deff=deff, p_superiority=null.p_greater, p_reverse=null.p_less,
            p_two_sided=null.p_two_sided, n_rows=len(used), n_events=len(ids_in(used["event_ids"])),
            n_identifying=laid.identifying, scale_label=_label(prop), scheme=null.scheme, exact=null.exact, null=null.null,
            observed=null.statistic, outside=laid.outside, findings=laid.findings + (() if design is None else (design,)),
            details={"onset_rows": onset_rows},
        )  # fmt: skip

    def null(self, laid: LaidRegression, seed: int) -> PermutationTest:
        """Shift exposures within targets, year means and trends taken out of exposure and onsets."""
        from interventions_stats.engine.permutation.two_way import two_way_shift_test

        values, onsets, risk = as_grid(laid.rows, laid.moved)
        beside = [as_grid(laid.rows, c)[0] for c in laid.details["beside"].T]
        return two_way_shift_test(
            values,
            onsets,
            risk=risk,
            controls=np.array(beside) if beside else None,
            draws=laid.question.draws,
            seed=seed,
        )

    def regression(self, laid: Laid) -> Regression:
        assert isinstance(laid, LaidRegression)
        return laid.regression

    def _regression(
        self, prop: Statement, used: pd.DataFrame, counts: Floats, x: Floats, controls: Floats
    ) -> Regression:
        y, X, contrast = (
            used["onset"].to_numpy(float),
            np.column_stack([x, controls]),
            prop.counter_exposure is not None,
        )
        if prop.estimator == "conditional":
            return Regression("conditional", used, y, counts, X, contrast, self.within)
        if prop.estimator == "cloglog":  # time since the last onset, up to the power that the onsets bear (two each)
            t = used["peace"].to_numpy(float)[:, None] / 10
            powers = max(0, min(3, int(y.sum()) // 2 - X.shape[1]))
            return Regression("cloglog", used, y, counts, np.column_stack([X, *(t**k for k in range(1, powers + 1))]), contrast)  # fmt: skip
        leaders = stratum_dummies(used["leader"].fillna("unrecorded").to_numpy(object))
        return Regression("logit", used, y, counts, np.column_stack([X, leaders]), contrast)


def _rows(question: Question) -> tuple[pd.DataFrame, dict[str, str]]:
    """Target-years on which every term is measured, target by target; and the events that none of them takes."""
    prop, events = question.proposition, question.events
    for control in prop.controls:
        if (finding := guards.g19_mediator(control.name, control.role)) is not None:
            guards.raise_if_refused([finding])
    terms = terms_of(prop)
    frame = shared_panel(question.dated_events, "actor-target-year", terms, prop.lag, start=prop.start, end=prop.end,
                         targets=prop.targets, leaders=prop.leaders, series=question.series, imprecise="impute", seed=0)  # fmt: skip
    columns, attrs = [str(parse_term(t)) for t in terms], frame.attrs
    if question.lead:  # the exposure after onset takes the place of the one before, which stays as a control
        ahead = exposure(frame, parse_term(prop.exposure), events.actor, prop.unit, -question.lead, question.series)
        frame = frame.assign(before=frame[columns[0]], **{columns[0]: ahead})
        columns = [*columns, "before"]
    keep = frame[columns].notna().all(axis=1)
    used = frame[keep].sort_values(["target_ccode", "year"], kind="stable").reset_index(drop=True)
    lost = ids_in(frame.loc[~keep, "event_ids"]) - ids_in(used["event_ids"])
    used.attrs = attrs
    return used, dict(attrs["outside"]) | dict.fromkeys(sorted(lost), _UNMEASURED)


def _exposures(prop: Statement, used: pd.DataFrame) -> Floats:
    """Oriented exposures (rows, 1 or 2): 0/1 as they are, others per within-year SD, one for both parts of a variable."""
    terms = [prop.exposure, *([prop.counter_exposure] if prop.counter_exposure else [])]
    columns = [used[str(parse_term(term))].to_numpy(float) for term in terms]
    scaled = within_each(columns, used["year"].to_numpy(), terms)
    return np.column_stack([c if np.isin(c, (0.0, 1.0)).all() else x for c, x in zip(columns, scaled.T, strict=True)])


def _controls(prop: Statement, used: pd.DataFrame) -> Floats:
    """Confounders, and for a lead the exposure before onset: (rows, any number of columns)."""
    names = [str(parse_term(c.name)) for c in prop.controls if c.role == "confounder"]
    columns = [used[c].to_numpy(float) for c in (*names, *(["before"] if "before" in used else []))]
    return np.column_stack(columns) if columns else np.empty((len(used), 0))


def _beside(x: Floats, controls: Floats) -> Floats:
    """Part of ``x`` that the controls leave, so that the null tests only that."""
    Z = np.column_stack([np.ones(len(x)), controls])
    return np.asarray(x - Z @ np.linalg.lstsq(Z, x, rcond=None)[0])


def as_grid(used: pd.DataFrame, x: Floats, unit: str = "target_ccode") -> tuple[Floats, np.ndarray, np.ndarray]:
    """Lay rows out as units x years: exposure, onsets, and which cells are rows."""
    units, rows = np.unique(used[unit].to_numpy(), return_inverse=True)
    columns = used["year"].to_numpy(int) - int(used["year"].min())
    exposures = np.full((len(units), int(columns.max()) + 1), np.nan)
    onsets = np.zeros(exposures.shape, int)
    exposures[rows, columns], onsets[rows, columns] = x, used["onsets"].to_numpy(int)
    return exposures, onsets, np.isfinite(exposures)


def identifying_onsets(x: Floats, counts: Floats, strata: np.ndarray) -> int:
    """Onsets in strata that have one and whose exposure varies."""
    total = 0
    for s in dict.fromkeys(strata.tolist()):
        here = strata == s
        if counts[here].sum() and np.ptp(x[here]) > 0:
            total += int(counts[here].sum())
    return total


def _label(prop: Statement) -> str:
    if prop.counter_exposure:
        return "ratio of odds ratios"
    ratio = "hazard ratio" if prop.estimator == "cloglog" else "odds ratio"
    return f"{ratio}, exposed against not" if prop.scale == "binary" else f"{ratio} per within-year SD"
