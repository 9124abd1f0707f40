"""The change of leader among all dates at which the onset rate could have broken."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from interventions_stats.errors import InputError
from interventions_stats.primary.kind import Effect, Kind
from interventions_stats.primary.laid import Laid
from interventions_stats.primary.leader_months import compared_leaders, leader_months
from interventions_stats.primary.question import Question, Statement
from interventions_stats.primary.raw import CannotRun, Raw

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

_LEAST_BREAK_YEARS = 3  # on either side of a break


class RateBreaks(Kind):
    """Rank the change of leader among all break dates by the likelihood ratio of a change in the annual rate.

    Whole years are exchanged, so that onsets which come together in one year stay together.  The p-value is the share of
    such histories in which the year of the handover ranks as high among all breaks.
    """

    name = "breaks"
    words = "rank of the handover among break dates"
    units = ("person-time",)
    estimators = ("exact",)
    reads = frozenset({"leaders", "date_rule"})

    def lay_out(self, question: Question) -> Laid:
        frame = leader_months(question)
        yearly = frame.groupby("year")["onsets"].sum()
        boundary = _boundary(question.proposition, frame, list(yearly.index))
        return Laid(question=question, rows=yearly.reset_index(), counts=yearly.to_numpy(float),
                    outside=dict(frame.attrs["outside"]), details={"boundary": boundary})  # fmt: skip

    def run(self, laid: Laid, *, seed: int, effect: Effect | None = None) -> Raw:
        from interventions_stats.engine.permutation.breaks import break_test

        boundary, years, counts = laid.details["boundary"], laid.rows["year"].tolist(), laid.counts.astype(int)
        found = break_test(counts, boundary=boundary, min_segment=least_segment(boundary, len(years)),
                           draws=laid.question.draws, seed=seed)  # fmt: skip
        spans = ((found.rate_before, boundary), (found.rate_after, len(years) - boundary))
        before, after = (max(rate, 0.5 / n) for rate, n in spans)
        n = int(counts.sum())
        return Raw(
            estimate=math.log(after / before), se=math.nan, deff=1.0, p_superiority=found.p_rank, p_reverse=1.0,
            p_two_sided=found.p_rank, n_rows=len(years), n_events=n, n_identifying=n,
            scale_label="rate ratio, after the handover against before", scheme="sup-LR over years, whole years exchanged",
            attainable=(found.attainable, 1.0), exact=found.exact, observed=found.at_boundary, outside=laid.outside,
            details={"boundary": int(years[boundary]), "best": int(years[found.best]), "rank": found.rank,
                     "n_breaks": len(found.breaks), "p_sup": found.p_sup, "p_boundary": found.p_boundary},
        )  # fmt: skip

    def carry(self, prop: Statement, events: EventList) -> tuple[dict[str, Any], list[str]]:
        """Name the year in which the last leader with four years in the coverage took over."""
        try:
            frame = leader_months(Question(prop, events))
            new, _ = compared_leaders(frame, events.actor)
        except (CannotRun, InputError):  # the test itself will say why
            return {}, []
        yearly = frame.groupby("year")["leader"].agg(lambda x: x.mode().iloc[0] if x.notna().any() else None)  # type: ignore[type-var]
        first = int(yearly.index[yearly == new][0])
        return {"exposure": str(first)}, [f"the break is the year in which {new} took over, {first}"]


KIND = RateBreaks()


def least_segment(boundary: int, years: int) -> int:
    """Years that a break leaves on either side at least, the handover's own among the breaks."""
    return min(_LEAST_BREAK_YEARS, boundary, years - boundary)


def _boundary(prop: Statement, frame: pd.DataFrame, years: list[int]) -> int:
    """Index of the first year of the registered boundary, or of the last leader who took over inside the coverage."""
    named = int(prop.exposure[:4]) if prop.exposure[:4].isdigit() else None
    if named in years[1:]:
        return years.index(named)
    by_year = {year: part.dropna().mode().tolist() for year, part in frame.groupby("year")["leader"]}
    changes = [k for k in range(1, len(years)) if by_year[years[k]][:1] != by_year[years[k - 1]][:1]]
    if not changes:
        raise CannotRun("the leader does not change inside the list's coverage")
    return changes[-1]
