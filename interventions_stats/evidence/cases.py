"""Tests on the cases themselves: ranks in the year's risk set and shares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.evidence.kin import kin_cases
from interventions_stats.evidence.raw import CannotRun, Raw
from interventions_stats.panels.build import panel
from interventions_stats.panels.terms import parse_term

if TYPE_CHECKING:
    from interventions_stats.events.event_list import EventList


def rank_test(prop: Proposition, events: EventList) -> Raw:
    """Place each supported government in its year's risk set and test the placements by Wilcoxon's signed rank.

    The placement is the share of other possible targets that the supported one exceeds on the oriented exposure (ties
    count half); 1/2 is chance.  The estimate is the logit of the mean placement, its standard error that of a mean of
    uniforms, sqrt(1/12n), on the logit scale.
    """
    from scipy import stats

    helped = events.only(side_supported="government")
    others = {i: "no government was supported" for i in events.ids if i not in helped.ids}
    if len(helped) == 0:
        raise CannotRun("no case supported a government, or the side is not coded", (), others)
    listed = helped.by_deployment_date() if prop.date_rule == "deployment" else helped
    column = str(parse_term(prop.exposure))
    frame = panel(
        listed, "actor-target-year", [prop.exposure], prop.lag, targets=prop.targets, imprecise="impute", seed=0
    )
    placements: dict[str, float] = {}
    outside = others | dict(frame.attrs["outside"])
    for event in helped.ids:
        rows = frame[frame["event_ids"].fillna("").str.split(";").map(lambda cell, e=event: e in cell)]
        values = [_placement(frame, row, column) for _, row in rows.iterrows() if np.isfinite(row[column])]
        if values:
            placements[event] = float(np.mean(values))
        elif event not in outside:
            outside[event] = f"{column} is not measured for its target"
    n = len(placements)
    if n == 0:
        raise CannotRun(f"{column} is measured for no supported government", (), outside)
    centred = np.array(list(placements.values())) - 0.5
    greater, less = (
        float(stats.wilcoxon(centred, alternative=a).pvalue) if np.any(centred) else 1.0 for a in ("greater", "less")
    )
    mean = float(np.clip(np.mean(list(placements.values())), 1e-6, 1 - 1e-6))
    return Raw(
        estimate=math.log(mean / (1 - mean)), se=4 * math.sqrt(1 / (12 * n)), deff=1.0, p_superiority=greater,
        p_reverse=less, p_two_sided=min(1.0, 2 * min(greater, less)), n_rows=len(frame), n_events=n, n_identifying=n,
        scale_label="P(superiority)", scheme="Wilcoxon signed rank", exact=n <= 50, outside=outside,
        observed=float(np.mean(centred)), details={"placements": placements},
    )  # fmt: skip


def _placement(frame, row, column: str) -> float:  # type: ignore[no-untyped-def]
    peers = frame.loc[(frame["year"] == row["year"]) & (frame["target_ccode"] != row["target_ccode"]), column].dropna()
    return float(np.mean(peers < row[column]) + 0.5 * np.mean(peers == row[column]))


def share_test(prop: Proposition, *, delta: float) -> Raw:
    """Fisher's exact test of the share of interventions for ideological kin, Soviet years against the years after."""
    from interventions_stats.estimators.exact_tables import fisher_test
    from interventions_stats.inference.bayes_counts import odds_ratio_likelihood

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
        n_identifying=len(used), scale_label="odds ratio, Soviet years against after", scheme="Fisher's exact test",
        exact=True, outside=outside, details={"table": table.tolist(), "delta": delta},
    )  # fmt: skip
