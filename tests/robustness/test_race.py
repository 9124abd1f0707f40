"""The race of drivers, the hold-out and the placebos against their definitions and against simulation."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest

from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.engine.models.firth_logit import firth_logit
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.robustness.dominance import horse_race
from interventions_stats.robustness.falsify import falsifiers
from interventions_stats.robustness.forecasts import hold_out
from interventions_stats.robustness.indicator_columns import compared_columns
from interventions_stats.robustness.placebo import far_targets, leads, placebo_dates, unrelated_series
from interventions_stats.robustness.planted import planted_effects
from interventions_stats.robustness.race_nulls import dealt_targets, shifted_onsets
from interventions_stats.robustness.shapley import constrained_loglik, dominates, family_gains, shapley_values


# -- the race ------------------------------------------------------------------------------------------------------------
def test_constrained_fits_are_penalised_likelihood_ratios():
    rng = np.random.default_rng(4)
    X = rng.standard_normal((120, 3))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = (rng.random(120) < 0.15).astype(float)
    masks = np.array([[True] * 3, [False, True, True], [True, False, True], [True, True, False], [False] * 3])
    value = constrained_loglik(X, y[None], masks)[:, 0]
    from scipy.stats import chi2

    p = chi2.sf(2 * (value[0] - value[1:4]), 1)
    assert p == pytest.approx(firth_logit(y=y, X=X).tidy()["p_value"].to_numpy()[1:], abs=1e-6)


def test_shares_add_up_and_follow_the_data():
    found = horse_race({"balance": ["B2"], "threat": ["T2"], "diffusion": ["F1"]}, draws=199)
    assert found.frame["shapley"].sum() == pytest.approx(found.total)
    assert found.frame["share"].sum() == pytest.approx(1)
    assert (found.frame["gain"] >= -1e-9).all() and (found.frame["p_adjusted"] >= found.frame["p_value"] - 1e-12).all()
    two = horse_race({"balance": ["B2"], "threat": ["T2"]}, draws=199)
    by = two.frame.set_index("family")
    for a, b in (("balance", "threat"), ("threat", "balance")):  # two families: the mean of first and last
        assert by.loc[a, "shapley"] == pytest.approx((by.loc[a, "gain"] + by.loc[a, "last"]) / 2)
        assert by.loc[a, "last"] == pytest.approx(two.total - by.loc[b, "gain"])
    assert np.diag(two.overlap) == pytest.approx([1, 1])
    assert any("step_away" in f.text for f in two.findings)
    assert {"balance", "threat"} == set(two.tidy()["driver"])


@pytest.mark.parametrize(("families", "message"), [({"balance": ["B2"]}, "2 to 8"), ({"a": ["B2"], "b": ["W1"]}, "actor-month"),
                                                  ({"a": ["B2"], "b": []}, "no indicator")])  # fmt: skip
def test_a_race_that_cannot_be_run_is_refused(families, message):
    with pytest.raises(InputError, match=message):
        horse_race(families)


def test_shapley_values_are_means_over_orders_of_entry():
    rng = np.random.default_rng(5)
    X = rng.standard_normal((150, 5))
    y = (rng.random(150) < 1 / (1 + np.exp(1.5 - X[:, 0]))).astype(float)
    member = [
        np.array([True, False, False, False]),
        np.array([False, True, False, False]),
        np.array([False, False, True, True]),
    ]
    member = [np.append(m, False) for m in member]
    gains, subsets = family_gains(X, y[None], member, fixed=4)
    at = {s: i for i, s in enumerate(subsets)}
    by_order = np.zeros(3)
    for order in permutations(range(3)):
        for place, i in enumerate(order):
            before = frozenset(order[:place])
            by_order[i] += (gains[at[before | {i}], 0] - gains[at[before], 0]) / 6
    assert shapley_values(3, gains, subsets)[:, 0] == pytest.approx(by_order)
    assert dominates(0, 1, 3, gains[:, 0], at)
    # the fixed column takes part in every fit, the empty one among them
    assert gains[0, 0] == 0.0 and gains[-1, 0] == pytest.approx(
        np.subtract(*constrained_loglik(X, y[None], np.array([[True] * 5, [False] * 4 + [True]]))[:, 0])
    )


def test_every_shift_keeps_the_onsets_of_each_leader_and_moves_targets_together():
    years = np.tile(np.arange(1996, 2006), 3)
    used = pd.DataFrame({"target_ccode": np.repeat([1, 2, 3], 10), "year": years})
    leaders = np.where(years < 2000, "Yeltsin", "Putin").astype(object)
    y = np.zeros(30)
    y[[1, 12, 17, 28]] = 1  # 1997 in target 1; 1998 and 2003 in target 2; 2004 in target 3
    shifts = shifted_onsets(used, y, leaders, 499, np.random.default_rng(0))
    assert len(shifts) == 4 * 6 - 1 and len({s.tobytes() for s in shifts}) == 23
    for s in shifts:
        assert [s[leaders == who].sum() for who in ("Yeltsin", "Putin")] == [2, 2]
        first, second = (
            years[np.flatnonzero(s * (leaders == "Yeltsin") * (used["target_ccode"] == t))] for t in (1, 2)
        )
        assert (second[0] - first[0]) % 4 == 1
    few = shifted_onsets(used, y, leaders, 10, np.random.default_rng(0))
    assert len(few) == 10
    dealt = dealt_targets(used, y, leaders, 300, np.random.default_rng(0))
    per_target = dealt.reshape(300, 3, 10).sum(axis=2)
    assert {tuple(sorted(row)) for row in per_target} == {(1, 1, 2)} and len({tuple(r) for r in per_target}) == 3


def test_a_driver_that_only_tells_leaders_apart_gains_nothing():
    rng = np.random.default_rng(6)
    hits, histories = 0, 60
    for _ in range(histories):
        leaders = np.repeat(np.array(["Yeltsin", "Putin"], object), [8, 21])
        used = pd.DataFrame({"year": np.arange(1992, 2021), "leader": leaders})
        early = leaders == "Yeltsin"
        used["low_approval"] = np.where(early, 2.0, 0.0) + rng.standard_normal(29)
        used["noise"] = rng.standard_normal(29)
        y = (rng.random(29) < np.where(early, 0.7, 0.25)).astype(float)
        if len(set(y[early])) + len(set(y[~early])) < 4:
            continue
        x = compared_columns(used, ["low_approval", "noise"], {}, "actor-year")
        X = np.column_stack([x, ~early])
        shifts = shifted_onsets(used, y, leaders, 499, rng)
        member = [np.array([True, False, False]), np.array([False, True, False])]
        gains, subsets = family_gains(X, np.vstack([y, shifts]), member, fixed=2)
        value = shapley_values(2, gains, subsets)[0]
        hits += (value >= value[0] - 1e-9).mean() <= 0.05
    assert hits <= 0.05 * histories + 3 * np.sqrt(0.05 * 0.95 * histories)


def test_an_effect_against_its_prediction_is_named():
    found = horse_race(unit="actor-year")
    signs = found.frame.set_index("family")["sign"]
    effects = found.coefficients.set_index("driver")["estimate"]
    assert all((signs[f] == "as predicted") == (effects[f] > 0) for f in signs.index)
    against = signs.index[signs == "against"]
    assert all(any(f in note and "opposite" in note for note in found.notes) for f in against)
    assert found.n_events <= found.n_events_total == 25
    assert found.plot().plotted is not None


# -- hold-out ------------------------------------------------------------------------------------------------------------
def test_scores_are_those_of_the_forecasts():
    found = hold_out(["T2"])
    frame, scores = found.frame, found.scores.set_index("forecast")
    assert frame["year"].min() > 2020 and set(found.realised["event_ids"]) == {"P02", "P03", "P04"}
    y = frame["onset"].to_numpy()
    for name, column in (("model", "model"), ("own rate", "own_rate"), ("common rate", "common_rate")):
        p = frame[column].to_numpy()
        assert scores.loc[name, "log_score"] == pytest.approx(np.mean(np.where(y == 1, np.log(p), np.log(1 - p))))
        assert scores.loc[name, "expected"] == pytest.approx(p.sum())
    assert scores.loc["common rate", "percentile"] == pytest.approx(0.5)
    assert set(found.outside) == {"P05", "P06", "P07", "P08"}
    assert any(note.startswith("G25") for note in found._notes())
    assert scores.loc["model", "calibration_low"] == pytest.approx(0.61867 / scores.loc["model", "expected"], rel=1e-4)
    places = 1 - (frame["rank"] - 1) / 13
    assert scores.loc["model", "percentile"] == pytest.approx(places[y == 1].mean())
    pool = places[frame["year"] == 2022].to_numpy()  # all three fell in one year
    every = [pool[list(c)].sum() for c in combinations(range(14), 3)]
    exact = np.mean(np.array(every) >= places[y == 1].sum() - 1e-9)
    assert scores.loc["model", "p_rank"] == pytest.approx(exact, abs=4 * np.sqrt(0.25 / 9_999))
    assert found.glance()["n_events_total"].iloc[0] == 7


def test_an_indicator_that_ends_before_the_hold_out_is_refused():
    with pytest.raises(EstimationError, match="measured later"):
        hold_out(["trade_share"])
    with pytest.raises(InputError, match="no year"):
        hold_out(["T2"], cut=2024)


# -- placebos ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["W1", "B2", "T1"])
def test_random_dates_and_series_look_like_support_no_more_than_they_should(name):
    histories = 400
    slack = 3 * np.sqrt(0.05 * 0.95 / histories)
    found = placebo_dates(name, histories=histories)
    assert found.supported <= found.rejected <= 0.05 + slack
    assert found.rejected == (found.p_values <= 0.05).mean()
    # a test given both margins relabels nothing: its registered alternative takes the series
    prop = PROPOSITIONS[name] if kind_of(PROPOSITIONS[name]).relabels else PROPOSITIONS[name].with_(test="target_shift")
    assert unrelated_series(prop, histories=histories) <= 0.07 + slack  # the contract's band ends at .07


def test_leads_and_far_targets_say_why_they_could_not_run():
    table = leads("W1", periods=(1, 12), draws=199)
    assert list(table["lead"]) == [1, 12] and (table["reason"] == "").all()
    with pytest.raises(InputError):
        leads("L1")
    far = far_targets("E3", assignments=3, draws=199)
    assert list(far["where"]) == ["here", "far away"] and far.loc[1, "ratio"] != far.loc[0, "ratio"]
    with pytest.raises(InputError, match="no targets"):
        far_targets("W1")


def test_the_checks_of_a_proposition_come_by_its_name():
    table = falsifiers("W1", draws=199)
    assert table["term"].iloc[0] == "primary" and len(table) == 1 + len(PROPOSITIONS["W1"].falsifiers)
    assert set(table["n_events_total"]) == {25}
    found = planted_effects("W1", draws=199)
    assert found["planted"].tolist() == pytest.approx([1.5, 2.25]) and found["recovered"].all()
    with pytest.raises(EstimationError, match="nothing can be planted"):
        planted_effects("L1", draws=199)
