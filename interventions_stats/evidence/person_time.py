"""Rates over person-time: one leader against another, and breaks in the rate."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.events.actors import leader_of
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.raw import CannotRun, Raw
from interventions_stats.panels.actor_time import actor_time
from interventions_stats.rules import guards

_LEAST_YEARS = 4  # of office inside the coverage, for a leader to be compared


def monthly(prop: Proposition, events: EventList) -> pd.DataFrame:
    """Onsets by month over the list's coverage, the leader beside them."""
    listed = events.by_deployment_date() if prop.date_rule == "deployment" else events
    periods = pd.period_range(f"{events.coverage[0]}-01", f"{events.coverage[1]}-12", freq="M")
    return actor_time(listed, periods, leaders=prop.leaders, imprecise="impute", rng=np.random.default_rng(0))


def rate_test(prop: Proposition, events: EventList, *, delta: float) -> Raw:
    """Exact conditional rate ratio of two leaders' onsets (Clopper-Pearson mapped to the ratio)."""
    from interventions_stats.estimators.exact_rate import rate_ratio
    from interventions_stats.inference.bayes import rate_ratio_bf10

    frame = monthly(prop, events)
    new, old = _pair(prop, events, frame)
    counts = {who: int(frame.loc[frame["leader"] == who, "onsets"].sum()) for who in (new, old)}
    years = {who: float((frame["leader"] == who).sum()) / 12 for who in (new, old)}
    a, b = counts[new], counts[old]
    outside = dict(frame.attrs["outside"])
    for row in frame[~frame["leader"].isin([new, old])].itertuples():
        if isinstance(row.event_ids, str):
            outside |= dict.fromkeys(row.event_ids.split(";"), f"onset under neither {new} nor {old}")
    if a + b == 0:
        raise CannotRun(f"no onset falls under {new} or {old}", (), outside)
    exposure = (years[new], years[old])
    at_one = rate_ratio((a, b), exposure, alternative="greater")
    below = rate_ratio((a, b), exposure, alternative="less")
    at_delta = rate_ratio((a, b), exposure, ratio=math.exp(delta), alternative="less")
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
        p_noninferiority=at_delta.p_value,
        intervals={k: (math.log(r.conf_low) if r.conf_low > 0 else -math.inf,
                       math.log(r.conf_high) if math.isfinite(r.conf_high) else math.inf) for k, r in spread.items()},
        bf10=tuple(rate_ratio_bf10((a, b), exposure, c * delta) for c in (0.5, 1.0, 2.0)),  # type: ignore[arg-type]
        n_rows=len(frame), n_events=a + b, n_identifying=a + b, scale_label=f"rate ratio, {new} against {old}",
        scheme="exact conditional binomial", exact=True, outside=outside, findings=tuple(f for f in findings if f),
        details={"events": (a, b), "years": exposure, "leaders": (new, old), "dispersion": over},
    )  # fmt: skip


def yearly_dispersion(frame: pd.DataFrame) -> float:
    """Variance over mean of annual counts within leaders."""
    from interventions_stats.inference.design_effect import dispersion

    yearly = frame.groupby(["leader", "year"], dropna=False)["onsets"].sum().reset_index()
    return float(dispersion(yearly["onsets"].to_numpy(), yearly["leader"].fillna("unrecorded").to_numpy()).pooled)


def _pair(prop: Proposition, events: EventList, frame: pd.DataFrame) -> tuple[str, str]:
    """The two leaders compared: those named, or the last two with at least four years in the coverage."""
    months = frame["leader"].dropna().value_counts()
    named = tuple(prop.exposure.split("/"))
    if len(named) == 2 and all(n in months.index for n in named):
        return named  # type: ignore[return-value]
    order = [who for who in dict.fromkeys(frame["leader"].dropna()) if months[who] >= 12 * _LEAST_YEARS]
    if len(order) < 2:
        raise CannotRun(
            f"fewer than two leaders of {events.actor.name} have {_LEAST_YEARS} years in the list's coverage"
        )
    return order[-1], order[-2]


def break_test_of(prop: Proposition, events: EventList, *, draws: int, seed: int) -> Raw:
    """Rank the change of leader among all break dates by the likelihood ratio of a change in rate."""
    from interventions_stats.inference.breaks import break_test

    frame = monthly(prop, events)
    boundary = _boundary(prop, frame)
    counts = frame["onsets"].to_numpy(int)
    found = break_test(counts, boundary=boundary, draws=draws, seed=seed)
    return Raw(
        estimate=found.log_ratio, se=math.nan, deff=1.0, p_superiority=found.p_boundary, p_reverse=1.0,
        p_two_sided=found.p_boundary, n_rows=len(frame), n_events=int(counts.sum()), n_identifying=int(counts.sum()),
        scale_label="log rate ratio after against before the boundary", scheme=found.scheme,
        exact=False, null=found.null, observed=found.lr_boundary, outside=dict(frame.attrs["outside"]),
        details={"boundary": str(frame["period"].array[boundary]), "best": str(frame["period"].array[found.best]),
                 "rank": found.rank, "n_breaks": found.n_breaks, "p_sup": found.p_sup},
    )  # fmt: skip


def _boundary(prop: Proposition, frame: pd.DataFrame) -> int:
    """Row of the first month of the last leader who took over inside the coverage, or the registered month."""
    wanted = [k for k, p in enumerate(frame["period"].array) if str(p) == prop.exposure]
    if wanted and 0 < wanted[0] < len(frame):
        return wanted[0]
    changes = np.flatnonzero(frame["leader"].to_numpy(object)[1:] != frame["leader"].to_numpy(object)[:-1]) + 1
    if len(changes) == 0:
        raise CannotRun("the leader does not change inside the list's coverage")
    return int(changes[-1])
