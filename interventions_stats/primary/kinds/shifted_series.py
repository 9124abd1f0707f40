"""Mean exposure at onset against shifts of the exposure: actor-months and actor-years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.options import Floats, Ints
from interventions_stats.engine.permutation.design_effect import calibrating_effect, count_dispersion, variance_met
from interventions_stats.engine.permutation.trends import degree_of
from interventions_stats.panels.build import exposure
from interventions_stats.panels.cells import split_ids
from interventions_stats.panels.covariates import frequency_of
from interventions_stats.panels.placement import Placement
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.kind import Effect, Kind
from interventions_stats.primary.laid import Laid, LaidRegression
from interventions_stats.primary.null_design import DETREND, STUDENTISE, NullDesign
from interventions_stats.primary.placements import of_activity, placed_once
from interventions_stats.primary.raw import NOTHING, CannotRun, Raw
from interventions_stats.primary.refits import Regression
from interventions_stats.primary.series_ground import SeriesGround, placed_on, series_ground
from interventions_stats.primary.shared_panel import PanelBase, panel_base
from interventions_stats.primary.strata import between_share, within
from interventions_stats.rules import guards
from interventions_stats.rules.guards_time import RALLY_MONTHS, TREND_ALPHA

if TYPE_CHECKING:
    from interventions_stats.primary.question import Question, Statement

# Exposures that a rally after a combat onset can move (G06).
_RALLYING = ("approval", "approval_president", "country_direction")


class ShiftedSeries(Kind):
    """Test mean exposure at onset by shifts within strata; estimate the effect by a penalised regression.

    The reference distribution shifts the exposure against the fixed onsets within each leader's years.  Each stratum's
    trend is taken out of the exposure and the statistic studentised, whatever a test for a trend says.  At
    the real onset dates the plain shift rejected in 8 to 10% of trendless histories as persistent as the oil price, and in
    36% under a trend of two SD, because onsets crowd at the start of Yeltsin's years; a rule that detrends only after a
    test for trends misses those that do harm.  Detrended throughout, the same tests keep .03 to .06, and what they can
    detect is the same to within a tenth of a log odds ratio per SD.
    """

    name = "series"
    words = "mean exposure at onset against shifts of the exposure"
    units = default_of = ("actor-month", "actor-year")
    estimators = ("firth", "poisson")
    reads = frozenset({"lag", "start", "end", "leaders", "date_rule"})
    strata = ("leader", "none")
    has_exposure = takes_series = relabels = plants = ratio = True

    def lay_out(self, question: Question) -> LaidRegression:
        prop = question.proposition
        base = panel_base(question.events, prop.unit, [prop.exposure], prop.lag, start=prop.start, end=prop.end,
                          series=question.series, leaders=prop.leaders)  # fmt: skip
        placed = placed_once(question.dated_events, base.periods)
        first, unmeasured = int(base.periods.asi8[0]), f"{parse_term(prop.exposure)} is not measured for its period"
        try:
            ground, masked = _ground(question, base, placed)
        except CannotRun as stop:
            lost = dict.fromkeys(sorted(placed.onset), unmeasured)
            raise CannotRun(stop.reason, (), dict(placed.outside) | lost) from None
        counts, cells, outside = placed_on(ground, placed, first, unmeasured)
        drawn = bool(placed.imputed) or question.mask_rallies
        return self._laid(question, ground, counts, cells, outside | masked, drawn)

    def delete(self, laid: Laid, event: str) -> LaidRegression | None:
        """Take one onset away; a drawn date hangs on the whole list, and so do the months that a rally masks."""
        assert isinstance(laid, LaidRegression) and laid.cells is not None
        if laid.details["drawn"]:
            return None
        if "rows" not in laid.details:
            laid.details["rows"] = {e: i for i, cell in enumerate(laid.cells) if cell for e in split_ids(cell)}
        row, counts, cells = laid.details["rows"][event], laid.counts.copy(), laid.cells.copy()
        counts[row] -= 1
        cells[row] = ";".join(e for e in split_ids(cells[row]) if e != event)
        return self._laid(laid.question, laid.details["ground"], counts, cells, laid.outside, False)

    def _laid(
        self, question: Question, ground: SeriesGround, counts: Floats, cells: np.ndarray, outside: dict[str, str], drawn: bool
    ) -> LaidRegression:  # fmt: skip
        findings = _exposure_guards(question, ground, counts, cells)
        if counts.sum() == 0:
            raise CannotRun(NOTHING, findings, outside)
        _, onsets, varies = ground.onsets_by_stratum(counts)
        identifying = int(onsets[varies].sum())
        if identifying == 0:
            raise CannotRun("the exposure does not vary in any stratum that has an onset", findings, outside)
        return LaidRegression(
            question=question, rows=ground.frame, counts=counts, cells=cells, outside=outside,
            findings=findings + _trends(ground, counts), design=_design(question.proposition, ground, counts),
            regression=_regression(question.proposition, ground, counts, cells), moved=ground.moved, strata=ground.strata,
            identifying=identifying, details={"ground": ground, "drawn": drawn},
        )  # fmt: skip

    def run(self, laid: Laid, *, seed: int, effect: Effect | None = None) -> Raw:
        assert isinstance(laid, LaidRegression)
        prop, counts, ground = laid.question.proposition, laid.counts, laid.details["ground"]
        shift = ground.shift(counts, draws=laid.question.draws, seed=seed)
        estimate, se = effect or laid.regression.fit_once()
        # The binary regression counts rows with an onset, the shift counts onsets: two in a month carry one row's information.
        deff = float(calibrating_effect(int((counts > 0).sum()), shift.null_sd, shift.met))
        if laid.design.counted:
            deff = _counted_effect(ground.moved, counts, ground.strata, counts.sum() * shift.null_sd**2)
        spoken = (guards.g09_design_effect(deff, handled=True), guards.g10_dispersion(ground.yearly_dispersion(counts)))
        return Raw(
            estimate=estimate, se=se, deff=deff, p_superiority=shift.null.p_greater, p_reverse=shift.null.p_less,
            p_two_sided=shift.null.p_two_sided, n_rows=len(counts), n_events=int(counts.sum()), n_identifying=laid.identifying,
            scale_label=_label(prop), scheme=f"circular shift within each stratum, {DETREND} trend removed, studentised",
            exact=shift.null.exact, null=shift.null.values, observed=shift.studentised, outside=laid.outside,
            findings=laid.findings + tuple(f for f in spoken if f is not None),
            details={"sd_within": float(np.std(within(ground.raw, ground.strata, scale=False))),
                     "strata": sorted(set(ground.strata))},
        )  # fmt: skip

    def regression(self, laid: Laid) -> Regression:
        assert isinstance(laid, LaidRegression)
        return laid.regression

    def unregistered_choices(self, prop: Statement) -> list[tuple[str, tuple[Any, ...], str]]:
        both = ("firth", "poisson") if prop.estimator == "firth" else ("poisson", "firth")
        return [("estimator", both, "an onset or none, or the number of onsets")]


KIND = ShiftedSeries()


def _ground(question: Question, base: PanelBase, placed: Placement) -> tuple[SeriesGround, dict[str, str]]:
    """The rows of a question, kept with those of its panel; and the events on rows that a rally masks."""
    prop, column = question.proposition, str(parse_term(question.proposition.exposure))
    options: dict[str, Any] = {"pooled": prop.strata == "none", "per_unit": _per_unit(prop)}
    if question.mask_rallies:  # hangs on the events
        first = int(base.periods.asi8[0])
        struck = _after_combat(question, np.arange(len(base.periods)) + first, placed)
        lost = sorted(e for e, at in placed.onset.items() if struck[at - first])
        masked = dict.fromkeys(lost, "masked: within a rally (G06)")
        return series_ground(base.frame, column, mask=struck, **options), masked
    key = ("series", question.lead, *options.values())
    if key not in base.grounds:
        frame, before = base.frame, None
        if question.lead:  # the exposure after each row takes the place of the lagged one, which stays beside it
            term = parse_term(prop.exposure)
            ahead = exposure(frame, term, question.events.actor, prop.unit, -question.lead, question.series)
            before = frame[column].to_numpy(float)
            frame = frame.assign(**{column: np.where(np.isnan(before), np.nan, np.asarray(ahead, float))})
        base.grounds[key] = series_ground(frame, column, before=before, **options)
    return base.grounds[key], {}


def _exposure_guards(
    question: Question, ground: SeriesGround, counts: Floats, cells: np.ndarray
) -> tuple[guards.GuardFinding, ...]:
    prop, events, series = question.proposition, question.events, question.series
    term = parse_term(prop.exposure)
    if "between" not in ground.kept:
        ground.kept["between"] = (between_share(ground.raw, ground.leaders),)
    between = guards.g07_between_share(ground.kept["between"][0], handled=prop.strata != "none")
    guards.raise_if_refused([between])
    found = [between]
    bundled = series is None or term.name not in series
    if bundled:
        often = frequency_of(term.name, events.actor)
        found.append(guards.g16_annual_covariate(term.name, frequency=often, unit=prop.unit, handled=True))
    if term.name in _RALLYING and prop.unit == "actor-month":
        near = _after_combat(question, ground.frame["period"].array.asi8, cells=cells)
        found.append(guards.g06_rally_window(int(counts[near].sum()), int(counts.sum())))
    return tuple(f for f in found if f is not None)


def _after_combat(
    question: Question, months: Ints, placed: Placement | None = None, cells: np.ndarray | None = None
) -> np.ndarray:
    """Mark the months within six after a combat onset: a rally may still lift the exposure there."""
    combat = of_activity(question.events, "combat")
    if placed is not None:
        struck = {at for event, at in placed.onset.items() if event in combat}
    else:
        assert cells is not None
        struck = {int(m) for m, cell in zip(months, cells, strict=True) if cell and combat & set(split_ids(cell))}
    after = {at + k for at in struck for k in range(1, RALLY_MONTHS + 1)}
    return np.isin(months, list(after))


def _trends(ground: SeriesGround, counts: Floats) -> tuple[guards.GuardFinding, ...]:
    """G08, for each stratum in which exposure and onsets both trend."""
    from interventions_stats.engine.permutation.stationarity import onset_trend_p_value

    found = []
    for (a, b), label, exposure_p in zip(
        ground.layout.pieces, ground.layout.labels, ground.trend_p_values(), strict=True
    ):
        if not counts[a:b].any() or not exposure_p <= TREND_ALPHA:
            continue
        onset_p = onset_trend_p_value(counts[a:b])
        found.append(guards.g08_shared_trend(exposure_p, onset_p, stratum=str(label), handled=True))
    return tuple(f for f in found if f is not None)


def _design(prop: Statement, ground: SeriesGround, counts: Floats) -> NullDesign:
    n = len(counts)
    return NullDesign(ground.tested, counts, ground.layout, np.ones((n, 1)), (ground.tested,), studentise=STUDENTISE,
                      counted=prop.estimator == "poisson")  # fmt: skip


def _counted_effect(exposed: np.ndarray, counts: np.ndarray, strata: np.ndarray, variance: float) -> float:
    """Design effect of a regression of counts, from n times the variance of the mean standardised exposure at onset."""
    length = {s: int((strata == s).sum()) for s in set(strata)}
    rest = within(exposed, strata, scale=False)
    sd = np.sqrt((rest**2).sum() / max(1, sum(max(0, k - 1 - degree_of(DETREND)) for k in length.values())))
    scores = rest / (sd if sd > 0 else 1.0)
    met = variance_met(scores, counts, strata, distinct=False)
    return float(calibrating_effect(1, np.sqrt(variance), met, count_dispersion(scores, counts, strata)))


def _regression(prop: Statement, ground: SeriesGround, counts: Floats, cells: np.ndarray) -> Regression:
    """The exposure, stratum intercepts and, for a lead, the exposure at t-1 beside it.

    A stratum without an onset does not identify the effect: under maximum likelihood its own intercept goes to minus
    infinity and its rows have no weight.  They are left out.  A penalised fit would give each such stratum half an onset,
    and many short governments would lend it information that nobody observed.
    """
    codes, onsets, _ = ground.onsets_by_stratum(counts)
    told = onsets[codes] > 0
    beside = [] if ground.before is None else [within(ground.before[told], ground.strata[told])]
    X = np.column_stack([ground.column[told], ground.intercepts(told), *beside])
    labels = {"event_ids": cells[told], "year": ground.years[told], "leader": ground.leaders[told]}
    n = counts[told]
    if prop.estimator == "poisson":
        return Regression("poisson", labels, n, n, X, kept=told)
    return Regression("logit", labels, (n > 0).astype(float), n, X, kept=told)


def _per_unit(prop: Statement) -> bool:
    """Whether the effect is that of exposed against not, and not per SD."""
    return prop.scale in ("binary", "none")


def _label(prop: Statement) -> str:
    ratio = "rate ratio" if prop.estimator == "poisson" else "odds ratio"
    return f"{ratio}, exposed against not" if _per_unit(prop) else f"{ratio} per within-leader SD"
