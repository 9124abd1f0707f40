"""Disputes begun with force by all states, as counts: signs of whole states' scores flipped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.permutation.sign_flips import (
    SignFlipTest,
    rows_that_tell,
    sign_flip_test,
)
from interventions_stats.engine.solver.blas import one_blas_thread
from interventions_stats.errors import EstimationError
from interventions_stats.primary.kind import Effect, Kind
from interventions_stats.primary.laid import Laid
from interventions_stats.primary.raw import CannotRun, Raw
from interventions_stats.primary.world_rows import FIRST, LAST, PAIRS, YEARS, exposure_columns, strata_of, world_rows
from interventions_stats.rules import guards

if TYPE_CHECKING:
    from interventions_stats.engine.options import Floats
    from interventions_stats.events.event_list import EventList
    from interventions_stats.primary.question import Question, Statement

SCOPE = "states in general"
LEVELS = (0.90, 0.95)
NORMAL_90 = 1.6449  # standard errors to either end of a normal 90% interval


class WorldCounts(Kind):
    """Poisson regression on effects of states (or pairs, or choice sets) and years; the scores of whole states change signs.

    An onset is a dispute that a state, as an originator on side A, begins with force (COW MID, hostility 4 or 5).  The test
    runs without and with a linear trend of each state's own.  Each p is the larger of the two, an interval reaches from the
    lower of the lower limits to the upper of the upper ones, and the estimate is that with the larger clustered standard
    error.  That error is widened to half the 90% interval over its normal quantile, so that the detectable effect and the
    Bayes factors say no more than the interval does where few states decide.  Sets of one year have no trends.

    With the outcome ``mid_years`` a year counts once, however many disputes begin in it.

    Events are not permuted: where states are persistently prone to disputes, permuting them rejects true nulls too often.
    """

    name = "world_counts"
    words = "counts of disputes begun by all states, signs of states' scores flipped"
    units = ("state-year", "power-year", *PAIRS)
    default_of = ("state-year", *PAIRS)
    estimators = ("poisson",)
    reads = frozenset({"lag", "start", "end", "targets", "outcome", "controls"})
    strata = ("ccode", "dyad", "set")
    groups = ("all", "autocracies")
    outcomes = ("mid", YEARS)
    default_outcome = "mid"
    counter_exposure = "optional"
    scope = SCOPE
    has_exposure = own_events = ratio = True

    def lay_out(self, question: Question) -> Laid:
        rows = world_rows(question)
        lost = rows.total - int(rows.frame["onsets"].sum())
        outside = {f"{lost} onsets": "the exposure is not measured for the state and year"} if lost else {}
        counts = rows.frame["onsets"].to_numpy(float)
        if not counts.sum():
            raise CannotRun(
                f"no onset falls where the exposure is measured; disputes are recorded {FIRST}-{LAST}", (), outside
            )
        periods = None if rows.choice else rows.frame["year"].to_numpy(int)
        strata = rows.frame["stratum"].to_numpy()
        told = rows_that_tell(counts, strata, np.zeros(len(counts)) if periods is None else periods)
        if not told.any():
            raise CannotRun("no onset falls in a state and a year with another row", (), outside)
        x, beside = exposure_columns(rows, told, binary=question.proposition.scale == "binary")
        return Laid(
            question=question, rows=rows.frame, counts=counts, outside=outside,
            details={"x": x, "beside": beside, "strata": strata, "periods": periods, "total": rows.total},
        )  # fmt: skip

    @one_blas_thread()
    def run(self, laid: Laid, *, seed: int, effect: Effect | None = None) -> Raw:
        tests = trend_versions(laid, laid.counts, draws=laid.question.draws, seed=seed)
        wider = max(tests, key=lambda t: t.std_error)
        few = min(tests, key=lambda t: t.effective_units)
        prop = laid.question.proposition
        intervals = {level: _hull([t.conf_int(level) for t in tests]) for level in LEVELS}
        capped = guards.g11_effective(few.effective_units, _state(few.largest), few.largest_share)
        return Raw(
            estimate=wider.estimate, se=wider.std_error, deff=_widening(wider, intervals[0.90]), p_superiority=max(t.p_greater for t in tests),
            p_reverse=max(t.p_less for t in tests), p_two_sided=max(t.p_two_sided for t in tests),
            p_noninferiority=lambda d: max(t.p_noninferiority(d) for t in tests),
            intervals=intervals,
            n_rows=wider.n_rows, n_events=int(laid.counts.sum()), n_identifying=wider.n_onsets, n_total=laid.details["total"],
            scale_label=_scale(prop), scheme=f"signs of {wider.n_units} states' scores flipped", exact=False,
            null=np.empty(wider.draws), outside=laid.outside, findings=() if capped is None else (capped,),
            details={"scope": SCOPE, "strata": strata_of(prop), "versions": [_version(t) for t in tests],
                     "effective_states": few.effective_units, "largest": _state(few.largest),
                     "largest_ccode": int(few.largest), "largest_share": few.largest_share,
                     "without_largest": _without(laid, few, seed)},
        )  # fmt: skip

    def other_sources(self, question: Question) -> dict[str, Question] | None:
        return {}

    def deletions(self, question: Question, raw: Raw) -> dict[str, Question] | None:
        """Leave out the state with the largest score, with all its onsets."""
        code = raw.details["largest_ccode"]
        return {f"without {code}": question.but(without=code)}

    def carry(self, prop: Statement, events: EventList) -> tuple[dict[str, Any], list[str]]:
        return {}, ["it runs over all states, whoever the actor is"]

    def account(self, raw: Raw) -> list[str]:
        d = raw.details
        lines = [f"Scope: {d['scope']}, never one of them; effects of {_STRATA[d['strata']]} taken out. Worth "
                 f"{d['effective_states']:.1f} equal states; {d['largest']} holds {d['largest_share']:.0%} of the squared "
                 f"scores{d['without_largest']}"]  # fmt: skip
        for v in d["versions"]:
            lines.append(f"{'With' if v['trends'] else 'Without'} state trends: ratio {v['ratio']:.3f}, clustered error of its "
                         f"logarithm {v['se']:.3f}; p of superiority {v['p_greater']:.4f}, of the reverse {v['p_less']:.4f}; "
                         f"{v['effective']:.1f} effective states of {v['states']}, dispersion {v['dispersion']:.2f}")  # fmt: skip
        return lines


KIND = WorldCounts()
_STRATA = {
    "ccode": "states and years",
    "dyad": "pairs of states and years",
    "set": "sets of a power, a year and a region",
}


def trend_versions(laid: Laid, counts: Floats, *, draws: int, seed: int) -> list[SignFlipTest]:
    """Run the test without and with states' own trends; without alone, where each set lies in one year."""
    d = laid.details
    trends = (False,) if d["periods"] is None else (False, True)
    return [
        sign_flip_test(counts, d["x"], laid.rows["unit"].to_numpy(), d["periods"], strata=d["strata"],
                       controls=d["beside"] if d["beside"].size else None, trends=t, draws=max(draws, 99), seed=seed % 2**32)
        for t in trends
    ]  # fmt: skip


def _widening(test: SignFlipTest, interval: tuple[float, float]) -> float:
    """Squared ratio of the error that a 90% interval implies to the clustered one, at least 1; by its finite side if one is not."""
    sides = [abs(limit - test.estimate) for limit in interval if math.isfinite(limit)]
    half = sum(sides) / len(sides) if sides else 0.0
    return max(1.0, (half / (NORMAL_90 * test.std_error)) ** 2) if test.std_error > 0 else 1.0


def _hull(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return min(a for a, _ in pairs), max(b for _, b in pairs)


def _version(t: SignFlipTest) -> dict[str, Any]:
    return {"trends": t.trends, "ratio": math.exp(t.estimate), "se": t.std_error, "p_greater": t.p_greater, "p_less": t.p_less,
            "p_two_sided": t.p_two_sided, "effective": t.effective_units, "states": t.n_units, "largest": _state(t.largest),
            "largest_share": t.largest_share, "dispersion": t.dispersion, "attainable": t.attainable}  # fmt: skip


def _without(laid: Laid, test: SignFlipTest, seed: int) -> str:
    """Say what the version with the fewest effective states finds without the state of the largest score."""
    if laid.question.without is not None:
        return ""
    d, keep = laid.details, laid.rows["unit"].to_numpy() != test.largest
    try:
        rest = sign_flip_test(
            laid.counts[keep], d["x"][keep], laid.rows["unit"].to_numpy()[keep], None if d["periods"] is None else d["periods"][keep],
            strata=d["strata"][keep], controls=d["beside"][keep] if d["beside"].size else None, trends=test.trends,
            draws=max(laid.question.draws, 99), seed=seed % 2**32,
        )  # fmt: skip
    except EstimationError as error:
        return f"; without it: {error}"
    return f"; without it the ratio is {math.exp(rest.estimate):.3f}, p of superiority {rest.p_greater:.4f}"


def _state(code: Any) -> str:
    from interventions_stats.events.actors import registry

    return registry()[int(code)].name


def _scale(prop: Statement) -> str:
    if prop.counter_exposure:
        return "ratio of rate ratios per SD net of both effects"
    return "rate ratio, exposed against not" if prop.scale == "binary" else "rate ratio per SD net of both effects"
