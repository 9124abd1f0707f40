"""Rates over person-time: one leader against another, and breaks in the rate."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.raw import CannotRun, Raw
from interventions_stats.evidence.shared_panel import shared_panel
from interventions_stats.panels.cells import split_ids
from interventions_stats.rules import guards

_LEAST_YEARS = 4  # of office inside the coverage, for a leader to be compared
_LEAST_BREAK_YEARS = 3  # on either side of a break


def monthly(prop: Proposition, events: EventList) -> pd.DataFrame:
    """Onsets by month over the list's coverage, the leader beside them."""
    listed = events.by_deployment_date() if prop.date_rule == "deployment" else events
    return shared_panel(listed, "actor-month", (), 1, leaders=prop.leaders)


def rate_test(prop: Proposition, events: EventList) -> Raw:
    """Exact conditional rate ratio of two leaders' onsets (Clopper-Pearson mapped to the ratio)."""
    from interventions_stats.engine.bounds.bayes_counts import rate_ratio_likelihood
    from interventions_stats.engine.exact.rate import rate_ratio

    frame = monthly(prop, events)
    new, old = _pair(prop, events, frame)
    counts = {who: int(frame.loc[frame["leader"] == who, "onsets"].sum()) for who in (new, old)}
    years = {who: float((frame["leader"] == who).sum()) / 12 for who in (new, old)}
    a, b = counts[new], counts[old]
    outside = dict(frame.attrs["outside"])
    for row in frame[~frame["leader"].isin([new, old])].itertuples():
        outside |= dict.fromkeys(split_ids(row.event_ids), f"onset under neither {new} nor {old}")
    if a + b == 0:
        raise CannotRun(f"no onset falls under {new} or {old}", (), outside)
    exposure = (years[new], years[old])
    at_one = rate_ratio((a, b), exposure, alternative="greater")
    below = rate_ratio((a, b), exposure, alternative="less")
    two_sided = rate_ratio((a, b), exposure)
    spread = {level: rate_ratio((a, b), exposure, conf_level=level) for level in (0.90, 0.95)}
    over = yearly_dispersion(frame)
    findings = [guards.g10_dispersion(over)]
    # A half-count keeps the log ratio finite when one leader has no onset; it is the closed form of the penalised fit.
    estimate = (
        math.log((a + 0.5) / (b + 0.5) * years[old] / years[new]) if min(a, b) == 0 else math.log(at_one.estimate)
    )
    return Raw(
        estimate=estimate, se=math.sqrt(1 / max(a, 0.5) + 1 / max(b, 0.5)), deff=1.0,
        p_superiority=at_one.p_value, p_reverse=below.p_value, p_two_sided=two_sided.p_value,
        p_noninferiority=lambda d: rate_ratio((a, b), exposure, ratio=math.exp(d), alternative="less").p_value,
        intervals={k: (math.log(r.conf_low) if r.conf_low > 0 else -math.inf,
                       math.log(r.conf_high) if math.isfinite(r.conf_high) else math.inf) for k, r in spread.items()},
        log_likelihood=rate_ratio_likelihood((a, b), exposure),
        n_rows=len(frame), n_events=a + b, n_identifying=a + b, scale_label=f"rate ratio, {new} against {old}",
        scheme="exact conditional binomial", exact=True, outside=outside, findings=tuple(f for f in findings if f),
        details={"events": (a, b), "years": exposure, "leaders": (new, old), "dispersion": over},
    )  # fmt: skip


def yearly_dispersion(frame: pd.DataFrame) -> float:
    """Pearson dispersion of annual counts around their leader's rate."""
    from interventions_stats.engine.permutation.design_effect import overdispersion

    names, who = np.unique(frame["leader"].fillna("unrecorded").to_numpy(str), return_inverse=True)
    years, row = np.unique(frame["year"].to_numpy(int), return_inverse=True)
    onsets = np.bincount(row, frame["onsets"].to_numpy(float)).astype(int)
    if onsets.sum() == 0 or len(years) < 2:
        return math.nan
    months = np.zeros((len(years), len(names)), int)
    np.add.at(months, (row, who), 1)
    return float(overdispersion(onsets, names[months.argmax(axis=1)], draws=99).index)


def _pair(prop: Proposition, events: EventList, frame: pd.DataFrame) -> tuple[str, str]:
    """The two leaders compared: those named, or the last two with at least four years in the coverage."""
    months = frame["leader"].dropna().value_counts()
    named = tuple(prop.exposure.split("/"))
    if len(named) == 2 and all(n in months.index for n in named):
        return named[0], named[1]
    order = [who for who in dict.fromkeys(frame["leader"].dropna()) if months[who] >= 12 * _LEAST_YEARS]
    if len(order) < 2:
        raise CannotRun(
            f"fewer than two leaders of {events.actor.name} have {_LEAST_YEARS} years in the list's coverage"
        )
    return order[-1], order[-2]


def break_test_of(prop: Proposition, events: EventList, *, draws: int, seed: int) -> Raw:
    """Rank the change of leader among all break dates by the likelihood ratio of a change in the annual rate.

    Whole years are exchanged, so that onsets which come together in one year stay together.  The p-value is the share of
    such histories in which the year of the handover ranks as high among all breaks.
    """
    from interventions_stats.engine.permutation.breaks import break_test

    frame = monthly(prop, events)
    yearly = frame.groupby("year")["onsets"].sum()
    boundary = _boundary(prop, frame, list(yearly.index))
    least = min(_LEAST_BREAK_YEARS, boundary, len(yearly) - boundary)
    found = break_test(yearly.to_numpy(int), boundary=boundary, min_segment=least, draws=draws, seed=seed)
    before, after = (
        max(r, 0.5 / n) for r, n in ((found.rate_before, boundary), (found.rate_after, len(yearly) - boundary))
    )
    n = int(yearly.sum())
    return Raw(
        estimate=math.log(after / before), se=math.nan, deff=1.0, p_superiority=found.p_rank, p_reverse=1.0,
        p_two_sided=found.p_rank, n_rows=len(yearly), n_events=n, n_identifying=n,
        scale_label="rate ratio, after the handover against before", scheme="sup-LR over years, whole years exchanged",
        exact=found.exact, observed=found.at_boundary, outside=dict(frame.attrs["outside"]),
        details={"boundary": int(yearly.index[boundary]), "best": int(yearly.index[found.best]), "rank": found.rank,
                 "n_breaks": len(found.breaks), "p_sup": found.p_sup, "p_boundary": found.p_boundary},
    )  # fmt: skip


def _boundary(prop: Proposition, frame: pd.DataFrame, years: list[int]) -> int:
    """Index of the first year of the registered boundary, or of the last leader who took over inside the coverage."""
    named = int(prop.exposure[:4]) if prop.exposure[:4].isdigit() else None
    if named in years[1:]:
        return years.index(named)
    by_year = {year: part.dropna().mode().tolist() for year, part in frame.groupby("year")["leader"]}
    changes = [k for k in range(1, len(years)) if by_year[years[k]][:1] != by_year[years[k - 1]][:1]]
    if not changes:
        raise CannotRun("the leader does not change inside the list's coverage")
    return changes[-1]
