"""Rates by leader: the published figures of the decline, and the year-wise break test."""

from __future__ import annotations

import math

import numpy as np
import pytest

import interventions_stats as ist
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.engine.permutation.breaks import break_test
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.question import Question

EVENTS = ist.load_events("reconstructed")


@pytest.mark.parametrize(
    ("events", "counts", "ratio", "low", "high"),
    [
        (EVENTS, (10, 15), 0.254, 0.102, 0.604),
        (EVENTS.collapse(), (7, 9), 0.296, 0.094, 0.894),
        (EVENTS.collapse(quiet_years=5), (8, 9), 0.339, 0.114, 0.989),
    ],
    ids=["listed", "collapsed", "reopened"],
)
def test_decline_under_putin(events, counts, ratio, low, high) -> None:
    e = gather(Question(PROPOSITIONS["L1"], events))
    assert e.raw.details["events"] == counts and e.raw.details["years"] == (21.0, 8.0)
    assert math.exp(e.estimate) == pytest.approx(ratio, abs=6e-4)
    assert np.exp(e.ci95) == pytest.approx((low, high), abs=6e-4)


def test_p_of_the_decline_and_of_the_weakest_majority() -> None:
    e = gather(Question(PROPOSITIONS["L1"], EVENTS))
    assert e.raw.p_two_sided == pytest.approx(0.0010, abs=5e-5)
    weakest = ist.rate_ratio((12, 13), (21, 8))
    assert (weakest.estimate, weakest.conf_low, weakest.conf_high) == pytest.approx((0.352, 0.147, 0.836), abs=6e-4)
    assert weakest.p_value == pytest.approx(0.012, abs=5e-4)


def test_noninferiority_of_a_rate_is_exact() -> None:
    """The exact p of RR >= 1.5 is the binomial tail of the events under Putin."""
    from scipy import stats

    e = gather(Question(PROPOSITIONS["L1"], EVENTS, delta=1.5))
    share = 21 * 1.5 / (21 * 1.5 + 8)
    assert e.p_noninferiority == pytest.approx(stats.binom.cdf(10, 25, share), rel=1e-9)


def test_break_test_exchanges_years() -> None:
    e = gather(Question(PROPOSITIONS["L2"], EVENTS, draws=2_000))
    years = EVENTS.timing["first"].dt.year
    yearly = np.array([(years == y).sum() for y in range(1992, 2021)])
    found = break_test(yearly, boundary=8, min_segment=3, draws=2_000, seed=1)
    assert e.raw.details["boundary"] == 2000
    assert e.raw.details["best"] == 1992 + found.best and e.raw.details["rank"] == found.rank
    assert e.p_superiority == pytest.approx(found.p_rank, abs=5 * math.sqrt(0.25 / 2_000))
    assert math.isnan(e.mde) and e.sesoi.delta is None
