"""Ratio of two leaders' onset rates: exact for Poisson counts, with each leader's own dispersion where they scatter more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.errors import InputError
from interventions_stats.panels.cells import split_ids
from interventions_stats.primary.kind import Effect, Kind
from interventions_stats.primary.laid import Laid
from interventions_stats.primary.leader_months import compared_leaders, leader_months, leader_years, yearly_dispersion
from interventions_stats.primary.question import Question, Statement
from interventions_stats.primary.rate_laws import own_dispersions, welch, years_exchanged
from interventions_stats.primary.raw import CannotRun, Raw
from interventions_stats.rules import guards
from interventions_stats.rules.formatting import probability_text

if TYPE_CHECKING:
    from interventions_stats.events.event_list import EventList


class LeaderRates(Kind):
    """Two leaders' onsets over their months in office.

    Where the yearly counts of either scatter more than Poisson ones, the variance of each log rate takes the leader's own
    dispersion (at least 1), and interval, Bayes factor and p follow Student's t with Welch's degrees of freedom.  Else the
    law is the binomial of the onsets given their sum (Clopper-Pearson mapped to the ratio).
    """

    name = "rate"
    words = "ratio of two rates"
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
        row, of_year = leader_years(frame["year"].to_numpy(int), frame["leader"].fillna("unrecorded").to_numpy(object))
        yearly = np.bincount(row, frame["onsets"].to_numpy(float)).astype(int)
        own = yearly[of_year == new], yearly[of_year == old]
        spread = own_dispersions(*own, (years[new], years[old]))
        finding = guards.g10_dispersion(yearly_dispersion(frame))
        return Laid(
            question=question, rows=frame, counts=frame["onsets"].to_numpy(float), outside=outside,
            findings=() if finding is None else (finding,),
            details={"events": (onsets[new], onsets[old]), "years": (years[new], years[old]), "leaders": (new, old),
                     "dispersion": spread.spread, "df": spread.df, "law": spread,
                     "p_years_exchanged": years_exchanged(*own)},
        )  # fmt: skip

    def run(self, laid: Laid, *, seed: int, effect: Effect | None = None) -> Raw:
        found, (new, old) = laid.details["law"], laid.details["leaders"]
        n, (up, down) = sum(laid.details["events"]), laid.details["p_years_exchanged"]
        numbers = welch(found) if found.overdispersed else _exact(laid)
        law = (f"each leader's own dispersion, {found.spread[0]:.1f} and {found.spread[1]:.1f}, with {found.df:.1f} degrees of freedom"
               if found.overdispersed else "exact conditional binomial")  # fmt: skip
        beside = f"whole years exchanged: superiority {probability_text(up)}, reverse {probability_text(down)}"
        return Raw(
            estimate=found.ratio, se=math.sqrt(found.poisson), deff=found.deff, n_rows=len(laid.rows), n_events=n, n_identifying=n,
            scale_label=f"rate ratio, {new} against {old}", scheme=f"{law}; {beside}", exact=True, outside=laid.outside,
            findings=laid.findings, details={k: v for k, v in laid.details.items() if k != "law"}, **numbers,
        )  # fmt: skip

    def account(self, raw: Raw) -> list[str]:
        return [
            "Two leaders are two periods: the variance between leaders is not identified, so the ratio speaks of these two."
        ]

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


def _exact(laid: Laid) -> dict[str, Any]:
    """p-values, intervals and likelihood of two Poisson counts given their sum: fields of :class:`Raw`."""
    from interventions_stats.engine.bounds.bayes_counts import rate_ratio_likelihood
    from interventions_stats.engine.exact.rate import rate_ratio

    (a, b), time = laid.details["events"], laid.details["years"]
    greater, less, both = (rate_ratio((a, b), time, alternative=s).p_value for s in ("greater", "less", "two-sided"))
    spread = {level: rate_ratio((a, b), time, conf_level=level) for level in (0.90, 0.95)}
    return {
        "p_superiority": greater, "p_reverse": less, "p_two_sided": both,
        "p_noninferiority": lambda d: rate_ratio((a, b), time, ratio=math.exp(d), alternative="less").p_value,
        "intervals": {k: (math.log(r.conf_low) if r.conf_low > 0 else -math.inf,
                          math.log(r.conf_high) if math.isfinite(r.conf_high) else math.inf) for k, r in spread.items()},
        "log_likelihood": rate_ratio_likelihood((a, b), time),
        "attainable": (rate_ratio((a + b, 0), time, alternative="greater").p_value,
                       rate_ratio((0, a + b), time, alternative="less").p_value),
    }  # fmt: skip
