"""Sensitivity to confounding against published values and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions_stats.engine.models.firth_logit import firth_logit
from interventions_stats.errors import InputError
from interventions_stats.robustness.benchmark_covariates import benchmark_confounder
from interventions_stats.robustness.confounding import (
    adjusted_coefficient,
    adjusted_log_ratio,
    e_value,
    robustness_value,
)
from interventions_stats.robustness.sensitivities import sensitivity


def test_published_e_values():
    # VanderWeele & Ding 2017: respiratory deaths and bottle feeding, 3.9 (1.8, 8.7)
    found = e_value(3.9, 1.8, 8.7)
    assert (round(found.estimate, 1), round(found.limit, 1)) == (7.3, 3.0)
    # the same paper: leukaemia and breastfeeding, 0.80 (0.71, 0.91)
    found_below = e_value(0.80, 0.71, 0.91)
    assert (round(found_below.estimate, 1), round(found_below.limit, 1)) == (1.8, 1.4)
    # an odds ratio of 3 for a common outcome is a risk ratio of 1.73 (documentation of the R package by the authors)
    assert round(e_value(3, measure="common_odds").estimate, 2) == 2.86
    hazard = (1 - 0.5 ** np.sqrt(0.56)) / (1 - 0.5 ** np.sqrt(1 / 0.56))
    assert e_value(0.56, measure="common_hazard").estimate == pytest.approx(e_value(hazard).estimate)
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


@pytest.mark.parametrize(("r2_exposure", "r2_outcome", "estimate", "se"),
                         [(0.00916429, 0.1246409, 0.0752, 0.0219), (0.01832858, 0.2493, 0.0529, 0.0204),
                          (0.0274929, 0.3741, 0.0304, 0.0187)])  # fmt: skip
def test_published_adjusted_estimates(r2_exposure, r2_outcome, estimate, se):
    # Darfur again: a confounder one, two and three times as strong as being female
    found = adjusted_coefficient(0.0973158, 0.0232565, 783, r2_exposure=r2_exposure, r2_outcome=r2_outcome)
    assert found == (pytest.approx(estimate, abs=6e-5), pytest.approx(se, abs=6e-5))
    value = robustness_value(0.0973158, 0.0232565, 783).value
    at = adjusted_coefficient(0.0973158, 0.0232565, 783, r2_exposure=value, r2_outcome=value)[0]
    assert at == pytest.approx(0, abs=1e-12)


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
                                  lambda: adjusted_log_ratio(1, 1, exposed=1.2),
                                  lambda: e_value(2, measure="odds"), lambda: sensitivity("I1"),
                                  lambda: adjusted_coefficient(1, 1, 50, r2_exposure=1.0, r2_outcome=0.1)])  # fmt: skip
def test_impossible_input_is_refused(call):
    with pytest.raises(InputError):
        call()


def test_the_confounder_that_moves_a_verdict():
    found = sensitivity("W1", draws=199)
    e = found.evidence
    expected = e_value(np.exp(e.estimate), *np.exp(e.ci95))
    assert (found.to_null.estimate, found.to_null.limit) == pytest.approx((expected.estimate, expected.limit))
    assert found.to_sesoi.estimate == pytest.approx(e_value(np.exp(e.estimate), target=1.5).estimate)
    assert found.to_sesoi.limit == 1.0 and e.frontier > np.log(1.5)  # the bound is not below it as it is
    table = found.benchmarks.set_index("covariate")
    assert "brent.log_change12" in table.index and (table["reason"] == "").all()
    row = table.loc["brent.log_change12"]
    # m times as strong in both links moves the estimate by m squared: at times_to_null it is gone
    step = row["adjusted"] - np.log(row["ratio"])
    assert np.log(row["ratio"]) + row["times_to_null"] ** 2 * step == pytest.approx(0, abs=1e-9)
    assert len(sensitivity("L1", draws=199).benchmarks) == 0
    assert found.glance()["n_events_total"].iloc[0] == 25


def test_a_covariate_that_cannot_stand_beside_the_exposure_says_why():
    table = sensitivity("W1", ["no_such_covariate", "brent.log_change12"], draws=199).benchmarks
    assert "no_such_covariate" in table.loc[0, "reason"] and table.loc[1, "reason"] == ""
