"""Disputes begun against shifts within each power: tests across states, each compared with itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.options import Floats
from interventions_stats.panels.powers import OUTCOMES
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.batched_test import BatchedTest
from interventions_stats.primary.kind import Effect, Kind
from interventions_stats.primary.laid import Laid, LaidRegression
from interventions_stats.primary.null_design import panel_design
from interventions_stats.primary.planting import planted_onsets
from interventions_stats.primary.raw import NOTHING, CannotRun, Raw
from interventions_stats.primary.refits import Regression
from interventions_stats.primary.residuals import own_residuals
from interventions_stats.primary.strata import contrasted, within, within_each
from interventions_stats.primary.target_years import as_grid
from interventions_stats.rules import guards

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList
    from interventions_stats.primary.question import Question, Statement

_FEW_POWERS = 12  # up to which each is left out in turn; of more, the five with most onsets
_DELETION_DRAWS = 199  # only the design effect hangs on them


class ShiftedPowers(Kind):
    """Shift each power's exposure against its own onsets, year means taken out; Poisson regression within the power.

    Powers weigh in the year means as they have onsets.  A few start most disputes; where years of many disputes are shared,
    plain year means leave these powers' excess over the average one, and with onsets redrawn in a shared calendar the test
    over all states rejected in 8 to 10% of null histories at a nominal 5%.

    An onset is a dispute that the power, as an originator, begins with force (COW MID hostility 4 or 5), and a year may
    have several; other outcomes are interventions in IMI and entries into UCDP conflicts.  The question's ``without``
    leaves the power of that COW code out.
    """

    name = "powers"
    words = "disputes begun against shifts within each power"
    units = default_of = ("power-year",)
    estimators = ("poisson",)
    reads = frozenset({"lag", "start", "end", "targets", "outcome"})
    strata = ("ccode",)
    groups = ("major", "all")
    outcomes = tuple(OUTCOMES)
    default_outcome = "mid"
    counter_exposure = "optional"
    has_exposure = own_events = relabels = ratio = True
    # Powers weigh by their onsets, so that planted onsets would need columns of their own.
    plants = False

    def lay_out(self, question: Question) -> LaidRegression:
        prop = question.proposition
        frame, columns, controls = _rows(question)
        used = frame[frame[columns + controls].notna().all(axis=1)].reset_index(drop=True)
        lost = int(frame["onsets"].sum() - used["onsets"].sum())
        outside = {f"{lost} onsets": "the exposure is not measured for the power and year"} if lost else {}
        counts, powers, years = used["onsets"].to_numpy(float), used["ccode"].to_numpy(), used["year"].to_numpy(int)
        if not counts.sum():
            raise CannotRun(NOTHING, (), outside)
        scaled = within_each([used[c].to_numpy(float) for c in columns], powers, _terms(prop))
        beside = [within(used[c].to_numpy(float), powers) for c in controls]
        # The shift moves an exposure net of year means and of the power's own trend; the regression takes the same residuals.
        z = own_residuals(np.column_stack([scaled, *beside]), powers, years, counts)
        tested, rest = contrasted(z[:, : len(columns)], z[:, len(columns) :])
        few = guards.g11_clusters(len(np.unique(powers)), handled=True)
        return LaidRegression(
            question=question, rows=used, counts=counts, outside=outside, findings=() if few is None else (few,),
            design=panel_design(powers, years, counts, scaled, _columns(beside, len(used)), weighted=True, counted=True),
            regression=Regression(
                "counts", {"ccode": powers, "year": years}, counts, counts, z, len(columns) == 2, "ccode",
            ),
            moved=tested, strata=powers, identifying=int(counts.sum()),
            details={"beside": rest, "total": int(frame["onsets"].sum())},
        )  # fmt: skip

    def run(self, laid: Laid, *, seed: int, effect: Effect | None = None) -> Raw:
        from interventions_stats.engine.permutation.two_way import two_way_shift_test

        assert isinstance(laid, LaidRegression)
        used = laid.rows
        values, onsets, risk = as_grid(used, laid.moved, "ccode")
        beside = [as_grid(used, c, "ccode")[0] for c in laid.details["beside"].T]
        null = two_way_shift_test(values, onsets, risk=risk, controls=np.array(beside) if beside else None,
                                  weight_units=True, draws=laid.question.draws, seed=seed)  # fmt: skip
        estimate, se = effect or laid.regression.fit_once()
        test = BatchedTest(laid.design)
        scores, counts = test.scores(laid.design.exposure[None]), laid.counts[None]
        deff = float(test.design_effect(scores, test.weights(counts), counts)[0])
        design = guards.g09_design_effect(deff, handled=True)
        by_onsets = used.groupby("ccode")["onsets"].sum().sort_values(ascending=False).index
        return Raw(
            estimate=estimate, se=se, deff=deff, p_superiority=null.p_greater, p_reverse=null.p_less,
            p_two_sided=null.p_two_sided, n_rows=len(used), n_events=laid.identifying, n_identifying=laid.identifying,
            n_total=laid.details["total"],
            scale_label="ratio of rate ratios" if laid.regression.contrast else "rate ratio per within-power SD",
            scheme=null.scheme, exact=null.exact, null=null.null, observed=null.statistic, outside=laid.outside,
            findings=(() if design is None else (design,)) + laid.findings,
            details={"powers": len(np.unique(laid.strata)), "onset_years": int(used["onset"].sum()),
                     "by_onsets": [int(c) for c in by_onsets]},
        )  # fmt: skip

    def plant(self, laid: Laid, theta: float, histories: int, rng: np.random.Generator) -> Floats:
        """Plant on the residuals that the test moves, in whose unit the estimate is.

        On the exposure itself trend and year means would drive onsets too; the regression, which is not linear in what it
        leaves out, would return more than was planted.
        """
        assert isinstance(laid, LaidRegression)
        return planted_onsets(replace(laid.design, parts=(laid.regression.X[:, 0],)), theta, histories, rng)

    def other_sources(self, question: Question) -> dict[str, Question] | None:
        prop: Any = question.proposition
        names = (n for n in prop.lists if n != prop.outcome)
        return {n: question.but(proposition=replace(prop, outcome=n)) for n in names}

    def deletions(self, question: Question, raw: Raw) -> dict[str, Question] | None:
        """Leave each power out in turn, with all its onsets: more than the deletion of one event asks."""
        powers = raw.details["by_onsets"]
        chosen = powers if len(powers) <= _FEW_POWERS else powers[:5]
        return {f"without {code}": question.but(without=code, draws=_DELETION_DRAWS) for code in chosen}

    def carry(self, prop: Statement, events: EventList) -> tuple[dict[str, Any], list[str]]:
        return {}, ["it runs over all powers of the panel, whoever the actor is"]


KIND = ShiftedPowers()


def _terms(prop: Statement) -> list[str]:
    return [prop.exposure, *([prop.counter_exposure] if prop.counter_exposure else [])]


def _rows(question: Question) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Power-years with the exposures; and the columns of the exposures and, for a lead, of the one before."""
    from interventions_stats.panels.powers import power_years

    prop, lead = question.proposition, question.lead
    terms = _terms(prop)
    columns, span = [str(parse_term(t)) for t in terms], {"start": prop.start, "end": prop.end, "outcome": prop.outcome}
    frame = power_years(prop.targets, terms, lag=prop.lag, **span)  # type: ignore[arg-type]
    controls: list[str] = []
    if lead:  # the exposure after onset takes the place of the one before, which stays as a control
        ahead = power_years(prop.targets, terms[:1], lag=-lead, **span)[columns[0]]  # type: ignore[arg-type]
        frame = frame.assign(before=frame[columns[0]], **{columns[0]: ahead})
        controls = ["before"]
    return (frame if question.without is None else frame[frame["ccode"] != question.without]), columns, controls


def _columns(parts: list[Floats], n: int) -> Floats:
    return np.column_stack(parts) if parts else np.empty((n, 0))
