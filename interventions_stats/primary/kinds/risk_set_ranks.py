"""The rank of the chosen in its year's risk set: supported governments among the other possible targets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, get_args

import numpy as np

from interventions_stats.panels.actor_target_year import Targets
from interventions_stats.panels.cells import split_ids
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.kind import Effect, Kind
from interventions_stats.primary.laid import Laid
from interventions_stats.primary.raw import CannotRun, Raw
from interventions_stats.primary.shared_panel import shared_panel

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList
    from interventions_stats.primary.question import Question

_SLACK = 1e-9


class RiskSetRanks(Kind):
    """Place each supported government in its year's risk set and test the mean placement by exchanging targets.

    The placement is the share of other possible targets that the supported one exceeds on the oriented exposure (ties
    count half); 1/2 is chance.  Several cases in one state are one state's regime counted again: Wilcoxon's signed rank
    over cases would treat them as independent, so the reference distribution gives each supported state the history of a
    random other state of the same years and keeps how often it was supported.  Wilcoxon's p is in the details.  The
    estimate is the logit of the mean placement, its standard error that of a mean of uniforms on the logit scale.
    """

    name = "rank"
    words = "rank of the chosen in its year's risk set"
    units = default_of = ("event",)
    estimators = ("exact",)
    reads = frozenset({"lag", "targets", "date_rule"})
    strata = ("year",)
    groups = get_args(Targets)
    takes_series = events_only = True

    def lay_out(self, question: Question) -> Laid:
        prop, events = question.proposition, question.events
        helped = events.only(side_supported="government")
        others = {i: "no government was supported" for i in events.ids if i not in helped.ids}
        if len(helped) == 0:
            raise CannotRun("no case supported a government, or the side is not coded", (), others)
        column = str(parse_term(prop.exposure))
        frame = shared_panel(
            question.but(events=helped).dated_events, "actor-target-year", [prop.exposure], prop.lag, targets=prop.targets,
            series=question.series, imprecise="impute", seed=0,
        )  # fmt: skip
        ranks = placements(frame, column)
        found, unplaced = _placed(helped, frame, ranks, column)
        outside = others | dict(frame.attrs["outside"]) | unplaced
        if not found:
            raise CannotRun(f"{column} is measured for no supported government", (), outside)
        return Laid(question=question, rows=frame, counts=np.ones(len(found)), outside=outside,
                    details={"found": found, "ranks": ranks})  # fmt: skip

    def run(self, laid: Laid, *, seed: int, effect: Effect | None = None) -> Raw:
        from scipy import stats

        found = laid.details["found"]
        n, scores = len(found), np.array([v for _, _, v in found])
        null, lowest, highest = _exchanged(found, laid.details["ranks"], laid.question.draws, seed)
        centred, m = scores - 0.5, len(null) + 1
        greater = (1 + int((null >= scores.mean() - _SLACK).sum())) / m
        less = (1 + int((null <= scores.mean() + _SLACK).sum())) / m
        two = (1 + int((np.abs(null - 0.5) >= abs(scores.mean() - 0.5) - _SLACK).sum())) / m
        mean = float(np.clip(scores.mean(), 1e-6, 1 - 1e-6))
        wilcoxon = float(stats.wilcoxon(centred, alternative="greater").pvalue) if np.any(centred) else 1.0
        return Raw(
            estimate=math.log(mean / (1 - mean)), se=4 * math.sqrt(1 / (12 * n)), deff=max(1.0, 12 * n * float(null.var())),
            p_superiority=greater, p_reverse=less, p_two_sided=two, n_rows=len(laid.rows), n_events=n, n_identifying=n,
            scale_label="P(superiority)", scheme="supported states exchanged within their years' risk sets",
            attainable=((1 + int((null >= highest - _SLACK).sum())) / m, (1 + int((null <= lowest + _SLACK).sum())) / m),
            outside=laid.outside, null=null, observed=float(scores.mean()),
            details={"placements": {e: v for e, _, v in found}, "wilcoxon_p": wilcoxon,
                     "states": len({key[0] for _, key, _ in found})},
        )  # fmt: skip

    def lacking(self, events: EventList) -> tuple[str, str] | None:
        coded = events.frame["side_supported"].notna().any()
        return None if coded else ("the side that each case supported", "side_supported")


KIND = RiskSetRanks()


def placements(frame: pd.DataFrame, column: str) -> pd.Series:
    """Placement of every measured target among the others of its year, indexed by (target_ccode, year)."""
    known = frame.dropna(subset=[column])
    size = known.groupby("year")[column].transform("size")
    rank = known.groupby("year")[column].rank(method="average")
    share = (rank - 1) / (size - 1).where(size > 1)
    return share.set_axis(list(zip(known["target_ccode"].astype(int), known["year"].astype(int), strict=True))).dropna()


def _placed(
    helped: EventList, frame: pd.DataFrame, ranks: pd.Series, column: str
) -> tuple[list[tuple[str, tuple[int, int], float]], dict[str, str]]:
    """One (event, state, placement) a case; a case with several targets has their mean and belongs to the first."""
    known = ranks.to_dict()
    years = dict.fromkeys(helped.ids, 0)
    for cell, year in zip(frame["event_ids"], frame["year"], strict=True):
        years |= dict.fromkeys(split_ids(cell), int(year))
    found, outside = [], {}
    for event in sorted(helped.ids):  # the order of the list's rows must not matter
        values = [known[t, years[event]] for t in helped.targets[event] if (t, years[event]) in known]
        if values:
            found.append((event, (helped.targets[event][0], years[event]), float(np.mean(values))))
        elif years[event]:
            outside[event] = f"{column} is not measured for its target"
    return found, outside


def _exchanged(found: list, ranks: pd.Series, draws: int, seed: int) -> tuple[np.ndarray, float, float]:
    """Null of the mean placement, and its two ends: each supported state takes the placements of a random state measured in the same years."""
    rng = np.random.default_rng(seed)
    table = {(int(s), int(y)): float(v) for (s, y), v in zip(ranks.index, ranks, strict=True)}
    by_state: dict[int, list[int]] = {}
    for _, (state, year), _ in found:
        by_state.setdefault(state, []).append(year)
    total, low, high = np.zeros(draws), 0.0, 0.0
    states = sorted({s for s, _ in table})
    for years in by_state.values():
        histories = np.array([[table[s, y] for y in years] for s in states if all((s, y) in table for y in years)])
        sums = histories.sum(axis=1)
        total += sums[rng.integers(0, len(histories), draws)]
        low, high = low + float(sums.min()), high + float(sums.max())
    return total / len(found), low / len(found), high / len(found)
