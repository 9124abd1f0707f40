"""The series test against loops over a panel small enough to write out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import interventions_stats as ist
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.engine.arrays import series_layout
from interventions_stats.engine.permutation.autoregression import mixed_covariance, phi_posterior
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.question import Question
from interventions_stats.primary.series_ground import _beyond
from interventions_stats.primary.strata import within

EVENTS = ist.load_events("reconstructed")
ONSETS = ["1997-03-05", "1997-08-11", "1999-05-20", "2000-07-02", "2001-02-14", "2002-10-09", "2002-10-21"]
MONTHS = pd.period_range("1996-12", "2002-12", freq="M")
PROP = Proposition(id="X1", exposure="mood", unit="actor-month", estimator="poisson", start="1997-01", end="2002-12")


def small():
    rng = np.random.default_rng(2)
    series = pd.DataFrame({"month": MONTHS.astype(str), "mood": rng.standard_normal(len(MONTHS)).cumsum()})
    frame = pd.DataFrame({"start": ONSETS, "where": ["GEO"] * len(ONSETS)})
    events = ist.EventList.from_frame(frame, actor="RUS", target="where", coverage=(1997, 2002))
    return series, events


def test_a_small_panel_by_hand() -> None:
    series, events = small()
    e = gather(Question(PROP, events, series=series), strict=True)
    x = series["mood"].to_numpy()[:-1]  # lag one: December 1996 stands on January 1997
    counts = np.array([sum(d.startswith(str(m)) for d in ONSETS) for m in MONTHS[1:]])
    pieces = [(0, 36), (36, 72)]  # Yeltsin to December 1999, Putin from January 2000
    rest = np.empty(72)
    for a, b in pieces:
        t = np.arange(b - a)
        rest[a:b] = x[a:b] - np.polyval(np.polyfit(t, x[a:b], 1), t)
    rest /= np.sqrt((rest**2).sum() / (72 - 4))
    layout = series_layout(rest, counts.astype(float), np.repeat(["Yeltsin", "Putin"], 36), "raise")
    weights = phi_posterior(rest, layout, 1)
    parts = []
    for a, b in pieces:
        cov = mixed_covariance(np.arange(b - a), 1, weights) * np.mean(rest[a:b] ** 2)
        at = np.flatnonzero(counts[a:b])
        k = counts[a:b][at]
        moved = [(at + s) % (b - a) for s in range(b - a)]
        parts.append([(rest[a:b][m] @ k, k @ cov[np.ix_(m, m)] @ k) for m in moved])
    null = np.array([(s1 + s2) / np.sqrt(v1 + v2) for (s1, v1), (s2, v2) in product(*parts)])
    raw = e.raw
    assert raw.exact and raw.n_events == raw.n_identifying == 7 and raw.n_rows == 72
    assert raw.observed == pytest.approx(null[0])
    assert raw.p_superiority == pytest.approx(np.mean(null >= null[0] - 1e-9))
    assert raw.p_reverse == pytest.approx(np.mean(null <= null[0] + 1e-9))
    # null variance of the score over the variance that Poisson counts around a rate for each leader would give it
    variance = sum(np.var([s for s, _ in part]) for part in parts)
    squares = [np.mean(rest[a:b] ** 2) for a, b in pieces]
    assumed = sum(counts[a:b].sum() * v for (a, b), v in zip(pieces, squares, strict=True))
    pearson = sum(36 * np.var(counts[a:b], ddof=1) * v for (a, b), v in zip(pieces, squares, strict=True)) / assumed
    assert raw.deff == pytest.approx(max(1.0, variance / assumed, pearson))
    # the regression: Poisson on the same residuals per within-stratum SD, with an intercept for each leader
    unit = within(rest, np.repeat(["Yeltsin", "Putin"], 36))
    fit = sm.GLM(
        counts, np.column_stack([np.ones(72), unit, np.repeat([0, 1], 36)]), family=sm.families.Poisson()
    ).fit()
    assert (raw.estimate, raw.se) == pytest.approx((fit.params[1], fit.bse[1]), rel=1e-5)


def test_orientation_swaps_the_tails() -> None:
    series, events = small()
    up, down = (gather(Question(PROP.with_(exposure=t), events, series=series)) for t in ("mood", "-mood"))
    assert up.estimate == pytest.approx(-down.estimate)
    assert (up.raw.p_superiority, up.raw.p_reverse) == pytest.approx((down.raw.p_reverse, down.raw.p_superiority))


def test_a_trend_of_the_stratum_changes_nothing() -> None:
    """What trends within a leader's years would make a plain shift reject at the real onset dates, so it is taken out."""
    series, events = small()
    steep = series.assign(mood=series["mood"] + 5 * np.arange(len(series)))
    plain, trending = (gather(Question(PROP, events, series=s)) for s in (series, steep))
    assert plain.raw.p_superiority == trending.raw.p_superiority
    assert plain.estimate == pytest.approx(trending.estimate)


def test_leads_are_residualised() -> None:
    rng = np.random.default_rng(0)
    strata = np.repeat(np.array(["a", "b"], object), 40)
    before = rng.standard_normal(80) + np.repeat([0, 5], 40)
    ahead = 0.8 * before + rng.standard_normal(80)
    left = within(_beyond(ahead, before, strata), strata, scale=False)
    assert left @ within(before, strata, scale=False) == pytest.approx(0, abs=1e-9)
    lead = gather(Question(PROPOSITIONS["E1"], EVENTS, lead=12, draws=99))
    primary = gather(Question(PROPOSITIONS["E1"], EVENTS, draws=99))
    assert lead.raw is not None and lead.estimate != pytest.approx(primary.estimate, abs=1e-3)


def test_binary_exposures_compare_exposed_with_not() -> None:
    for name in ("W3", "S2"):
        e = gather(Question(PROPOSITIONS[name], EVENTS, draws=99))
        assert e.raw.scale_label == "odds ratio, exposed against not"
    per_sd = gather(Question(PROPOSITIONS["W1"], EVENTS, draws=99))
    assert per_sd.raw.scale_label == "odds ratio per within-leader SD"
    # a 0/1 exposure in other units is another unit of the effect, and the same test
    series, events = small()
    series["mood"] = (series["mood"] > 0).astype(float)
    binary = PROP.with_(scale="binary", estimator="firth")
    one, ten = (gather(Question(binary, events, series=series.assign(mood=series["mood"] * k))) for k in (1, 10))
    assert one.estimate == pytest.approx(10 * ten.estimate, rel=1e-3)
    assert one.raw.p_superiority == ten.raw.p_superiority


def test_masking_rallies_lists_what_it_masks() -> None:
    masked = gather(Question(PROPOSITIONS["W1"], EVENTS, draws=99, mask_rallies=True))
    plain = gather(Question(PROPOSITIONS["W1"], EVENTS, draws=99))
    lost = [i for i, why in masked.outside.items() if "G06" in why]
    assert masked.n_events + len(lost) == plain.n_events and masked.raw.n_rows < plain.raw.n_rows
    assert set(lost) == {"R19", "R24"}  # September 2008 after Georgia; April 2014 after Crimea
