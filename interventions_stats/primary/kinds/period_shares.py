"""Fisher's exact test of two shares: interventions for ideological kin in the Soviet years and after."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.primary.kin_cases import kin_cases
from interventions_stats.primary.kind import Effect, Kind
from interventions_stats.primary.laid import Laid
from interventions_stats.primary.raw import CannotRun, Raw

if TYPE_CHECKING:
    from interventions_stats.events.event_list import EventList
    from interventions_stats.primary.question import Question, Statement


class PeriodShares(Kind):
    """The share of interventions for ideological kin, Soviet years against the years after."""

    name = "share"
    words = "exact comparison of two shares"
    units = ("event",)
    estimators = ("exact",)
    reads = frozenset({"outcome"})
    outcomes = ("imi",)
    own_events = events_only = True

    def lay_out(self, question: Question) -> Laid:
        cases = kin_cases(question.proposition.exposure)
        used = cases.dropna(subset=["kin"])
        unused = cases.loc[cases["kin"].isna(), ["event_id", "reason"]]
        outside = {str(i): str(reason) for i, reason in unused.itertuples(index=False)}
        table = [[int(((used["soviet"] == s) & (used["kin"] == k)).sum()) for k in (1, 0)] for s in (1, 0)]
        if min(map(sum, table)) == 0:
            raise CannotRun("one of the two periods has no case with a side and a measured regime", (), outside)
        return Laid(question=question, rows=used, counts=np.ones(len(used)), outside=outside,
                    details={"table": table, "cases": len(cases)})  # fmt: skip

    def run(self, laid: Laid, *, seed: int, effect: Effect | None = None) -> Raw:
        from interventions_stats.engine.bounds.bayes_counts import odds_ratio_likelihood
        from interventions_stats.engine.exact.contingency import fisher_test

        table, n = np.array(laid.details["table"]), len(laid.rows)
        greater, less, both = (fisher_test(table, alternative=a) for a in ("greater", "less", "two-sided"))
        haldane = table + 0.5
        (first, second), kin = table.sum(axis=1), table[:, 0].sum()
        most, least = (
            np.array([[k, first - k], [kin - k, second - kin + k]]) for k in (min(first, kin), max(0, kin - second))
        )
        return Raw(
            estimate=math.log(haldane[0, 0] * haldane[1, 1] / (haldane[0, 1] * haldane[1, 0])),
            se=math.sqrt(float((1 / haldane).sum())), deff=1.0, p_superiority=greater.p_value, p_reverse=less.p_value,
            p_two_sided=both.p_value, log_likelihood=odds_ratio_likelihood(table), n_rows=n, n_events=n, n_identifying=n,
            attainable=(fisher_test(most, alternative="greater").p_value, fisher_test(least, alternative="less").p_value), n_total=laid.details["cases"], scale_label="odds ratio, Soviet years against after", scheme="Fisher's exact test",
            exact=True, outside=laid.outside, details={"table": laid.details["table"]},
        )  # fmt: skip

    def carry(self, prop: Statement, events: EventList) -> tuple[dict[str, Any], list[str]]:
        reason = "compares the Soviet years with the years after, so it exists for Russia alone"
        return {"untestable": ((events.actor.iso3, reason),)}, []


KIND = PeriodShares()
