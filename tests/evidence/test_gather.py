"""Evidence does not depend on the order of rows or of tests, and accounts for every event."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import interventions_stats as ist
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.errors import RefusalError
from interventions_stats.evidence.gather import gather
from interventions_stats.evidence.seeds import branch
from interventions_stats.primary.known_kinds import kinds
from interventions_stats.primary.question import Question

EVENTS = ist.load_events("reconstructed")
RUN = [p for p in PROPOSITIONS.values() if p.reason_untestable("RUS") is None]
OWN_EVENTS = tuple(k.name for k in kinds().values() if k.own_events)  # tests that bring their own events


def numbers(e) -> tuple:
    raw = e.raw
    return (raw.estimate, raw.se, raw.deff, raw.p_superiority, raw.p_reverse, raw.n_rows, raw.n_events, raw.n_identifying,
            e.frontier, e.mde, e.p_noninferiority, e.bf10)  # fmt: skip


@pytest.mark.parametrize("prop", [p for p in RUN if p.test not in OWN_EVENTS], ids=lambda p: p.id)
def test_the_order_of_events_changes_nothing(prop) -> None:
    order = np.random.default_rng(4).permutation(len(EVENTS))
    shuffled = replace(EVENTS, frame=EVENTS.frame.iloc[order].reset_index(drop=True))
    first, second = (gather(Question(prop, e, draws=199)) for e in (EVENTS, shuffled))
    assert np.array_equal(np.hstack(numbers(first)), np.hstack(numbers(second)), equal_nan=True)
    assert first.outside == second.outside


@pytest.mark.parametrize("name", ["reconstructed", "B11", "mid"])
@pytest.mark.parametrize("prop", [p for p in RUN if p.test not in OWN_EVENTS], ids=lambda p: p.id)
def test_every_event_is_used_or_listed(prop, name: str) -> None:
    events = ist.load_events(name)
    e = gather(Question(prop, events, draws=99))
    assert e.n_events + len(e.outside) == e.n_events_total == len(events)
    assert set(e.outside) <= set(events.ids) and all(e.outside.values())
    if e.raw is None:
        assert e.missing or e.frozen or e.guards
        return
    assert e.raw.deff >= 1 and e.n_identifying <= max(e.n_events, e.raw.n_identifying)
    assert math.isnan(e.se_cal) or e.se_cal == pytest.approx(e.raw.se * math.sqrt(e.raw.deff))


def test_seeds_hang_on_names() -> None:
    assert branch(0, "W1", "reconstructed", "decision") != branch(0, "W1", "reconstructed", "deployment")
    sampled = PROPOSITIONS["F1"].with_(test="target_shift")
    first, again, other = (gather(Question(sampled, EVENTS, draws=199, seed=s)) for s in (3, 3, 4))
    assert numbers(first) == numbers(again)
    assert first.raw.null.tolist() != other.raw.null.tolist()
    alone = gather(Question(sampled, EVENTS, draws=199, seed=3))  # whatever ran before it
    gather(Question(PROPOSITIONS["B2"], EVENTS, draws=199, seed=3))
    assert numbers(alone) == numbers(gather(Question(sampled, EVENTS, draws=199, seed=3)))


def test_pooling_leaders_is_refused() -> None:
    """Country direction from 1996 spans two leaders of unlike levels: without strata G07 refuses, with them it warns."""
    whole = PROPOSITIONS["W1"].with_(exposure="-country_direction", start="1996-07")
    with pytest.raises(RefusalError, match=r"^G07: .*between leaders") as caught:
        gather(Question(whole.with_(strata="none"), EVENTS, draws=99), strict=True)
    assert caught.value.guard == "G07" and "leader" in caught.value.remedy
    recorded = gather(Question(whole.with_(strata="none"), EVENTS, draws=99))
    assert recorded.raw is None and [g.guard for g in recorded.guards if g.action == "refuse"] == ["G07"]
    stratified = gather(Question(whole, EVENTS, draws=99), strict=True)
    assert stratified.raw is not None and ("G07", "warn") in [(g.guard, g.action) for g in stratified.guards]


@pytest.mark.parametrize("lag", [0, -1])
def test_lag_zero_is_refused(lag: int) -> None:
    with pytest.raises(RefusalError, match=r"^G05"):
        PROPOSITIONS["W1"].with_(lag=lag)


def test_frozen_and_missing_say_why() -> None:
    frozen = gather(Question(PROPOSITIONS["P2"], EVENTS))
    assert frozen.raw is None and "base share" in frozen.frozen and len(frozen.outside) == 25
    lacking = gather(Question(PROPOSITIONS["W1"].with_(needs=("no_such_table",)), EVENTS))
    assert lacking.raw is None and lacking.missing == "needs table no_such_table"


def test_the_frontier_is_printed_divided_by_the_reliability_of_the_coding() -> None:
    """G21: an upper bound above zero is divided by the mean confidence of the events used; a list without any trips nothing."""
    noisy = gather(Question(PROPOSITIONS["W1"], ist.load_events("reconstructed"), draws=199))
    used = [i for i in ist.load_events("reconstructed").ids if i not in noisy.outside]
    frame = ist.load_events("reconstructed").frame.set_index("event_id")
    assert noisy.frontier_adjusted == pytest.approx(
        noisy.frontier / frame.loc[used, "confidence"].astype(float).mean(), rel=0.01
    )
    assert "G21" in {g.guard for g in noisy.guards}
    sure = gather(Question(PROPOSITIONS["W1"], ist.load_events("mid"), draws=199))
    assert sure.frontier_adjusted == sure.frontier and "G21" not in {g.guard for g in sure.guards}
