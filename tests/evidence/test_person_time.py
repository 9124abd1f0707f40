"""Rates by leader: the published figures of the decline, and the year-wise break test."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.integrate import quad

import interventions_stats as ist
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.engine.permutation.breaks import break_test
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.question import Question
from interventions_stats.primary.rate_laws import own_dispersions, welch, years_exchanged

EVENTS = ist.load_events("reconstructed")


def by_hand(new: np.ndarray, old: np.ndarray) -> tuple[float, float, float]:
    """Log ratio, standard error and Welch's degrees of freedom from yearly counts."""
    spread = [max(1.0, ((y - y.mean()) ** 2).sum() / y.mean() / (len(y) - 1)) for y in (new, old)]
    parts = [s / y.sum() for s, y in zip(spread, (new, old), strict=True)]
    df = sum(parts) ** 2 / sum(v**2 / (len(y) - 1) for v, y in zip(parts, (new, old), strict=True))
    return math.log(new.mean() / old.mean()), math.sqrt(sum(parts)), df


@pytest.mark.parametrize(
    ("events", "counts", "ratio"),
    [(EVENTS, (10, 15), 0.254), (EVENTS.collapse(), (7, 9), 0.296), (EVENTS.collapse(quiet_years=5), (8, 9), 0.339)],
    ids=["listed", "collapsed", "reopened"],
)
def test_decline_under_putin(events, counts, ratio) -> None:
    """The ratio is the published one; its interval takes each leader's own dispersion with Welch's degrees of freedom."""
    e = gather(Question(PROPOSITIONS["L1"], events))
    assert e.raw.details["events"] == counts and e.raw.details["years"] == (21.0, 8.0)
    assert math.exp(e.estimate) == pytest.approx(ratio, abs=6e-4)
    first = events.timing["first"].dt.year
    yearly = np.array([(first == y).sum() for y in range(1992, 2021)])
    estimate, se, df = by_hand(yearly[8:], yearly[:8])
    assert e.ci95 == pytest.approx(stats.t.interval(0.95, df, estimate, se), rel=1e-9)
    assert e.p_reverse == pytest.approx(stats.t.cdf(estimate / se, df), rel=1e-9)
    assert e.p_noninferiority == pytest.approx(stats.t.cdf((estimate - e.sesoi.delta) / se, df), rel=1e-9)
    prior = stats.norm(0, e.sesoi.delta)
    value = quad(lambda t: 2 * prior.pdf(t) * stats.t.pdf((estimate - t) / se, df), 0, np.inf)[0]
    assert e.bf10[1] == pytest.approx(value / stats.t.pdf(estimate / se, df), rel=1e-6)


def test_weakest_majority() -> None:
    weakest = ist.rate_ratio((12, 13), (21, 8))
    assert (weakest.estimate, weakest.conf_low, weakest.conf_high) == pytest.approx((0.352, 0.147, 0.836), abs=6e-4)
    assert weakest.p_value == pytest.approx(0.012, abs=5e-4)


def test_counts_that_scatter_no_more_than_poisson_keep_the_binomial() -> None:
    """One onset in each of Yeltsin's eight years and of ten of Putin's: tails, attainable p and interval are the binomial's."""
    years = [*range(1992, 2000), *range(2001, 2011)]
    listed = EventList.from_frame(pd.DataFrame({"start": [f"{y}-06-15" for y in years], "target": "Georgia"}), actor="RUS",
                             coverage=(1992, 2020))  # fmt: skip
    e = gather(Question(PROPOSITIONS["L1"], listed, delta=1.5))
    assert e.raw.details["dispersion"] == (1.0, 1.0) and e.raw.deff == 1.0
    assert e.p_reverse == pytest.approx(stats.binom.cdf(10, 18, 21 / 29), rel=1e-9)
    assert e.p_noninferiority == pytest.approx(stats.binom.cdf(10, 18, 31.5 / 39.5), rel=1e-9)
    assert e.attainable == pytest.approx(((21 / 29) ** 18, (8 / 29) ** 18), rel=1e-9)
    exact = ist.rate_ratio((10, 8), (21, 8))
    assert np.exp(e.ci95) == pytest.approx((exact.conf_low, exact.conf_high))


def test_whole_years_exchanged_by_brute_force() -> None:
    first, second = np.array([0, 2, 1, 0]), np.array([3, 1, 0])
    every = np.concatenate([first, second])
    sums = np.array([sum(c) for c in combinations(every, len(first))])
    assert years_exchanged(first, second) == pytest.approx((np.mean(sums >= first.sum()), np.mean(sums <= first.sum())))


def test_own_dispersion_keeps_the_level_where_the_binomial_does_not() -> None:
    """Clustered years of one rate for both: variance over mean 1.4 and 2.8, as measured."""
    rng, rate, histories = np.random.default_rng(4), 25 / 29, 4_000

    def clustered(years: int, spread: float) -> np.ndarray:
        p = 1 / spread
        return rng.negative_binomial(rate * p / (1 - p), p, (histories, years))

    new, old = clustered(21, 1.4), clustered(8, 2.8)
    found = [welch(own_dispersions(a, b, (21.0, 8.0))) for a, b in zip(new, old, strict=True)]
    own = np.mean([[f["p_superiority"] <= 0.05, f["p_reverse"] <= 0.05] for f in found], axis=0)
    a, n = new.sum(axis=1), (new.sum(axis=1) + old.sum(axis=1))
    binomial = np.mean(stats.binom.sf(a - 1, n, 21 / 29) <= 0.05), np.mean(stats.binom.cdf(a, n, 21 / 29) <= 0.05)
    assert max(own) <= 0.075 and min(binomial) > 0.08


def test_break_test_exchanges_years() -> None:
    e = gather(Question(PROPOSITIONS["L2"], EVENTS, draws=2_000))
    years = EVENTS.timing["first"].dt.year
    yearly = np.array([(years == y).sum() for y in range(1992, 2021)])
    found = break_test(yearly, boundary=8, min_segment=3, draws=2_000, seed=1)
    assert e.raw.details["boundary"] == 2000
    assert e.raw.details["best"] == 1992 + found.best and e.raw.details["rank"] == found.rank
    assert e.p_superiority == pytest.approx(found.p_rank, abs=5 * math.sqrt(0.25 / 2_000))
    assert math.isnan(e.mde) and e.sesoi.delta is None
