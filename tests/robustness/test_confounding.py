"""Sensitivity to confounding against published values and simulation; the race and the hold-out against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions_stats.errors import EstimationError, InputError
from interventions_stats.estimators.firth_logistic import firth_logit
from interventions_stats.robustness.confounding import (
    adjusted_log_ratio,
    benchmark_confounder,
    e_value,
    robustness_value,
)
from interventions_stats.robustness.hold_out import hold_out
from interventions_stats.robustness.horse_race import constrained_loglik, horse_race
from interventions_stats.robustness.placebo import far_targets, leads, placebo_dates, unrelated_series


def test_published_e_values():
    # VanderWeele & Ding 2017: respiratory deaths and bottle feeding, 3.9 (1.8, 8.7)
    found = e_value(3.9, 1.8, 8.7)
    assert (round(found.estimate, 1), round(found.limit, 1)) == (7.3, 3.0)
    assert e_value(0.8, 0.7, 1.1).limit == 1.0
    assert e_value(1 / 3.9, 1 / 8.7, 1 / 1.8).estimate == pytest.approx(found.estimate)
    assert e_value(3.0, 2.0, 4.5, target=1.5).estimate == pytest.approx(e_value(2.0).estimate)


@given(st.floats(1.01, 50))
def test_an_e_value_is_the_joint_bound_solved(ratio):
    e = e_value(ratio).estimate
    assert e * e / (2 * e - 1) == pytest.approx(ratio)  # the bounding factor with both links at e


def test_published_robustness_values():
    # Cinelli & Hazlett 2020, table 1 (Darfur): estimate 0.097, SE 0.023, 783 degrees of freedom
    found = robustness_value(0.0973158, 0.0232565, 783)
    assert (round(found.partial_r2, 3), round(found.value, 3), round(found.value_alpha, 3)) == (0.022, 0.139, 0.076)
    assert robustness_value(0.01, 0.02, 783).value_alpha == 0.0


def test_a_confounder_of_the_robustness_value_takes_the_estimate_away():
    rng = np.random.default_rng(0)
    n = 500
    x = rng.standard_normal(n)
    y = 0.3 * x + rng.standard_normal(n)
    D = np.column_stack([np.ones(n), x])
    b, rss = np.linalg.lstsq(D, y, rcond=None)[:2]
    se = np.sqrt(rss[0] / (n - 2) * np.linalg.inv(D.T @ D)[1, 1])
    value = robustness_value(b[1], se, n - 2).value
    # build a confounder whose partial R2 with the exposure and, given it, with the outcome are both that value
    ex, ey = x - x.mean(), y - D @ b
    noise = rng.standard_normal(n)
    basis = np.column_stack([np.ones(n), ex, ey])
    noise -= basis @ np.linalg.lstsq(basis, noise, rcond=None)[0]
    unit = [v / np.linalg.norm(v) for v in (ex, ey, noise)]
    a = np.sqrt(value)
    c = np.sqrt(value * (1 - value))
    z = a * unit[0] + c * unit[1] + np.sqrt(1 - a**2 - c**2) * unit[2]
    left = np.linalg.lstsq(np.column_stack([D, z]), y, rcond=None)[0][1]
    assert left == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("kind", ["binary", "normal"])
def test_the_bias_formula_against_a_rare_outcome_simulated(kind):
    rng = np.random.default_rng(2)
    n, gamma = 2_000_000, np.log(2.5)
    x = rng.random(n) < 0.5
    if kind == "binary":
        u, links = (rng.random(n) < np.where(x, 0.7, 0.3)).astype(float), (0.7, 0.3)
    else:
        u, links = rng.standard_normal(n) + np.where(x, 0.5, 0.1), (0.5, 0.1)
    rate = np.exp(-6.5 + np.log(1.5) * x + gamma * u)
    y = rng.poisson(rate)
    crude = np.log(y[x].sum() / x.sum()) - np.log(y[~x].sum() / (~x).sum())
    slack = 4 * np.sqrt(1 / y[x].sum() + 1 / y[~x].sum()) * (3 if kind == "normal" else 1)
    adjusted = adjusted_log_ratio(crude, gamma, kind=kind, exposed=links[0], unexposed=links[1])
    assert adjusted == pytest.approx(np.log(1.5), abs=slack)
    assert abs(crude - np.log(1.5)) > slack


def test_a_confounder_as_strong_as_a_named_covariate():
    rng = np.random.default_rng(3)
    n = 60_000
    z, w = rng.standard_normal(n), rng.standard_normal(n)
    u = rng.standard_normal(n)  # unmeasured, and as strong as z in both links
    x = 0.5 * z + 0.5 * u + rng.standard_normal(n)
    y = rng.random(n) < 1 / (1 + np.exp(4.5 - 0.4 * x - 0.6 * z - 0.6 * u))
    found = {b.covariate: b for b in benchmark_confounder(y, x, np.column_stack([z, w]), ["z", "w"])}
    true = firth_logit(y=y.astype(float), X=np.column_stack([x, z, u])).params[1]
    assert found["z"].adjusted == pytest.approx(true, abs=0.06)
    assert found["w"].times_to_target > 3 > found["z"].times_to_target > 1
    assert (
        benchmark_confounder(y, x, z[:, None], ["z"], target=5.0)[0].adjusted
        > firth_logit(y=y.astype(float), X=np.column_stack([x, z])).params[1]
    )


@pytest.mark.parametrize("call", [lambda: e_value(-1), lambda: e_value(2, 3, 4), lambda: robustness_value(1, 0, 10),
                                  lambda: adjusted_log_ratio(1, 1, exposed=1.2)])  # fmt: skip
def test_impossible_input_is_refused(call):
    with pytest.raises(InputError):
        call()


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
    found = horse_race({"balance": ["B2"], "threat": ["T2"], "diffusion": ["F1"]})
    assert found.frame["shapley"].sum() == pytest.approx(found.total)
    assert found.frame["share"].sum() == pytest.approx(1)
    assert (found.frame["gain"] >= -1e-9).all() and (found.frame["p_adjusted"] >= found.frame["p_value"] - 1e-12).all()
    two = horse_race({"balance": ["B2"], "threat": ["T2"]})
    by = two.frame.set_index("family")
    for a, b in (("balance", "threat"), ("threat", "balance")):  # two families: the mean of first and last
        assert by.loc[a, "shapley"] == pytest.approx((by.loc[a, "gain"] + by.loc[a, "last"]) / 2)
        assert by.loc[a, "last"] == pytest.approx(two.total - by.loc[b, "gain"])
    assert np.diag(two.overlap) == pytest.approx([1, 1])
    assert any("step_away" in f.text for f in two.findings)
    assert {"balance", "threat"} == set(two.tidy()["driver"])


def test_a_race_of_one_is_refused():
    with pytest.raises(InputError, match="2 to 8"):
        horse_race({"balance": ["B2"]})


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
    assert unrelated_series(name, histories=histories) <= 0.07 + slack  # the contract's band ends at .07


def test_leads_and_far_targets_say_why_they_could_not_run():
    table = leads("W1", periods=(1, 12), draws=199)
    assert list(table["lead"]) == [1, 12] and (table["reason"] == "").all()
    with pytest.raises(InputError):
        leads("L1")
    far = far_targets("E3", draws=199)
    assert list(far["where"]) == ["here", "far away"] and far.loc[1, "ratio"] != far.loc[0, "ratio"]
    with pytest.raises(InputError, match="no targets"):
        far_targets("W1")
