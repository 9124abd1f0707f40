"""Tests on the cases themselves: ranks in the year's risk set and shares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.evidence.kin import kin_cases
from interventions_stats.evidence.raw import CannotRun, Raw
from interventions_stats.evidence.shared_panel import shared_panel as panel
from interventions_stats.panels.cells import split_ids
from interventions_stats.panels.terms import parse_term

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList


def rank_test(
    prop: Proposition, events: EventList, *, draws: int, seed: int, series: pd.DataFrame | None = None
) -> Raw:
    """Place each supported government in its year's risk set and test the mean placement by exchanging targets.

    The placement is the share of other possible targets that the supported one exceeds on the oriented exposure (ties
    count half); 1/2 is chance.  Several cases in one state are one state's regime counted again: Wilcoxon's signed rank
    over cases would treat them as independent, so the reference distribution gives each supported state the history of a
    random other state of the same years and keeps how often it was supported.  Wilcoxon's p is in the details.  The
    estimate is the logit of the mean placement, its standard error that of a mean of uniforms on the logit scale.
    """
    from scipy import stats

    helped = events.only(side_supported="government")
    others = {i: "no government was supported" for i in events.ids if i not in helped.ids}
    if len(helped) == 0:
        raise CannotRun("no case supported a government, or the side is not coded", (), others)
    frame, column = _risk_sets(prop, helped, series)
    ranks = placements(frame, column)
    found, outside = _placed(helped, frame, ranks, column)
    outside = others | dict(frame.attrs["outside"]) | outside
    n = len(found)
    if n == 0:
        raise CannotRun(f"{column} is measured for no supported government", (), outside)
    scores = np.array([v for _, _, v in found])
    null = _exchanged(found, ranks, draws, seed)
    centred = scores - 0.5
    slack = 1e-9
    greater = (1 + int((null >= scores.mean() - slack).sum())) / (len(null) + 1)
    less = (1 + int((null <= scores.mean() + slack).sum())) / (len(null) + 1)
    two = (1 + int((np.abs(null - 0.5) >= abs(scores.mean() - 0.5) - slack).sum())) / (len(null) + 1)
    mean = float(np.clip(scores.mean(), 1e-6, 1 - 1e-6))
    wilcoxon = float(stats.wilcoxon(centred, alternative="greater").pvalue) if np.any(centred) else 1.0
    return Raw(
        estimate=math.log(mean / (1 - mean)), se=4 * math.sqrt(1 / (12 * n)), deff=max(1.0, 12 * n * float(null.var())),
        p_superiority=greater, p_reverse=less, p_two_sided=two, n_rows=len(frame), n_events=n, n_identifying=n,
        scale_label="P(superiority)", scheme="supported states exchanged within their years' risk sets", outside=outside,
        null=null, observed=float(scores.mean()),
        details={"placements": {e: v for e, _, v in found}, "wilcoxon_p": wilcoxon, "states": len({key[0] for _, key, _ in found})},
    )  # fmt: skip


def _risk_sets(prop: Proposition, helped: EventList, series: pd.DataFrame | None = None) -> tuple[pd.DataFrame, str]:
    listed = helped.by_deployment_date() if prop.date_rule == "deployment" else helped
    options: dict[str, Any] = {"targets": prop.targets, "series": series, "imprecise": "impute", "seed": 0}
    return panel(listed, "actor-target-year", [prop.exposure], prop.lag, **options), str(parse_term(prop.exposure))


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


def _exchanged(found: list, ranks: pd.Series, draws: int, seed: int) -> np.ndarray:
    """Null of the mean placement: each supported state takes the placements of a random state measured in the same years."""
    rng = np.random.default_rng(seed)
    table = {(int(s), int(y)): float(v) for (s, y), v in zip(ranks.index, ranks, strict=True)}
    by_state: dict[int, list[int]] = {}
    for _, (state, year), _ in found:
        by_state.setdefault(state, []).append(year)
    total = np.zeros(draws)
    states = sorted({s for s, _ in table})
    for years in by_state.values():
        histories = np.array([[table[s, y] for y in years] for s in states if all((s, y) in table for y in years)])
        total += histories[rng.integers(0, len(histories), draws)].sum(axis=1)
    return total / len(found)


def share_test(prop: Proposition, *, delta: float) -> Raw:
    """Fisher's exact test of the share of interventions for ideological kin, Soviet years against the years after."""
    from interventions_stats.engine.bounds.bayes_counts import odds_ratio_likelihood
    from interventions_stats.engine.exact.contingency import fisher_test

    cases = kin_cases(prop.exposure)
    used = cases.dropna(subset=["kin"])
    table = np.array([[int(((used["soviet"] == s) & (used["kin"] == k)).sum()) for k in (1, 0)] for s in (1, 0)])
    outside = {
        str(i): str(r) for i, r in cases.loc[cases["kin"].isna(), ["event_id", "reason"]].itertuples(index=False)
    }
    if table.sum(axis=1).min() == 0:
        raise CannotRun("one of the two periods has no case with a side and a measured regime", (), outside)
    greater, less, both = (fisher_test(table, alternative=a) for a in ("greater", "less", "two-sided"))
    haldane = table + 0.5
    estimate = math.log(haldane[0, 0] * haldane[1, 1] / (haldane[0, 1] * haldane[1, 0]))
    return Raw(
        estimate=estimate, se=math.sqrt(float((1 / haldane).sum())), deff=1.0, p_superiority=greater.p_value,
        p_reverse=less.p_value, p_two_sided=both.p_value, log_likelihood=odds_ratio_likelihood(table), n_rows=len(used), n_events=len(used),
        n_identifying=len(used), n_total=len(cases), scale_label="odds ratio, Soviet years against after", scheme="Fisher's exact test",
        exact=True, outside=outside, details={"table": table.tolist(), "delta": delta},
    )  # fmt: skip
