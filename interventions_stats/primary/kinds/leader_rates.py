"""Exact conditional ratio of two leaders' onset rates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from interventions_stats.errors import InputError
from interventions_stats.panels.cells import split_ids
from interventions_stats.primary.kind import Effect, Kind
from interventions_stats.primary.laid import Laid
from interventions_stats.primary.leader_months import compared_leaders, leader_months, yearly_dispersion
from interventions_stats.primary.question import Question, Statement
from interventions_stats.primary.raw import CannotRun, Raw
from interventions_stats.rules import guards

if TYPE_CHECKING:
    from interventions_stats.events.event_list import EventList


class LeaderRates(Kind):
    """Two leaders' onsets over their months in office (Clopper-Pearson mapped to the ratio)."""

    name = "rate"
    words = "exact ratio of two rates"
    units = default_of = ("person-time",)
    estimators = ("exact",)
    reads = frozenset({"leaders", "date_rule"})
    ratio = True

    def lay_out(self, question: Question) -> Laid:
        frame = leader_months(question)
        new, old = compared_leaders(frame, question.events.actor, question.proposition.exposure)
        onsets = {who: int(frame.loc[frame["leader"] == who, "onsets"].sum()) for who in (new, old)}
        years = {who: float((frame["leader"] == who).sum()) / 12 for who in (new, old)}
        outside = dict(frame.attrs["outside"])
        for row in frame[~frame["leader"].isin([new, old])].itertuples():
            outside |= dict.fromkeys(split_ids(row.event_ids), f"onset under neither {new} nor {old}")
        if sum(onsets.values()) == 0:
            raise CannotRun(f"no onset falls under {new} or {old}", (), outside)
        over = yearly_dispersion(frame)
        finding = guards.g10_dispersion(over)
        return Laid(
            question=question, rows=frame, counts=frame["onsets"].to_numpy(float), outside=outside,
            findings=() if finding is None else (finding,),
            details={"events": (onsets[new], onsets[old]), "years": (years[new], years[old]), "leaders": (new, old),
                     "dispersion": over},
        )  # fmt: skip

    def run(self, laid: Laid, *, seed: int, effect: Effect | None = None) -> Raw:
        from interventions_stats.engine.bounds.bayes_counts import rate_ratio_likelihood
        from interventions_stats.engine.exact.rate import rate_ratio

        (a, b), exposure, (new, old) = (laid.details[k] for k in ("events", "years", "leaders"))
        at_one = rate_ratio((a, b), exposure, alternative="greater")
        below = rate_ratio((a, b), exposure, alternative="less")
        two_sided = rate_ratio((a, b), exposure)
        spread = {level: rate_ratio((a, b), exposure, conf_level=level) for level in (0.90, 0.95)}
        # A half-count keeps the log ratio finite when one leader has no onset; it is the closed form of the penalised fit.
        finite = min(a, b) > 0
        estimate = math.log(at_one.estimate if finite else (a + 0.5) / (b + 0.5) * exposure[1] / exposure[0])
        return Raw(
            estimate=estimate, se=math.sqrt(1 / max(a, 0.5) + 1 / max(b, 0.5)), deff=1.0,
            p_superiority=at_one.p_value, p_reverse=below.p_value, p_two_sided=two_sided.p_value,
            p_noninferiority=lambda d: rate_ratio((a, b), exposure, ratio=math.exp(d), alternative="less").p_value,
            intervals={k: (math.log(r.conf_low) if r.conf_low > 0 else -math.inf,
                           math.log(r.conf_high) if math.isfinite(r.conf_high) else math.inf) for k, r in spread.items()},
            log_likelihood=rate_ratio_likelihood((a, b), exposure), n_rows=len(laid.rows), n_events=a + b,
            n_identifying=a + b, scale_label=f"rate ratio, {new} against {old}", scheme="exact conditional binomial",
            exact=True, outside=laid.outside, findings=laid.findings, details=laid.details,
        )  # fmt: skip

    def carry(self, prop: Statement, events: EventList) -> tuple[dict[str, Any], list[str]]:
        """Name the last two leaders of the actor with four years in the coverage."""
        try:
            new, old = compared_leaders(leader_months(Question(prop, events)), events.actor, prop.exposure)
        except (CannotRun, InputError):  # the test itself will say why
            last = f"the last leader of {events.actor.name} than under the one before"
            return {"statement": f"Interventions begin at a higher rate under {last}."}, []
        text = f"Interventions begin at a higher rate under {new} than under {old}."
        return {"exposure": f"{new}/{old}", "statement": text}, ["its last two leaders with four years in the coverage"]


KIND = LeaderRates()
