"""Detectable effects: against the normal approximation, and in what they do to evidence."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

import interventions_stats as ist
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.engine.bounds.power import analytic_mde
from interventions_stats.engine.permutation.trends import residualise
from interventions_stats.errors import EstimationError, InputError, UnknownNameError
from interventions_stats.evidence.detectable_effects import (
    attach_simulated_mde,
    crossing,
    minimum_detectable_effect,
    power_curve_of,
    what_could_be_seen,
)
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.layouts import lay_out_regression
from interventions_stats.primary.null_design import series_design
from interventions_stats.primary.planting import planted_onsets
from interventions_stats.primary.question import Question

EVENTS = ist.load_events("reconstructed")


def shift_of(name: str):
    """The shift that a two-margin proposition keeps as a registered choice; any other proposition as it is."""
    prop = PROPOSITIONS[name]
    other = next((o for c in prop.choices if c.field == "test" for o in c.options[1:]), prop.test)
    return prop.with_(test=other)


def noise(n: int = 240, onsets: int = 20) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    counts = np.zeros(n)
    counts[rng.choice(n, onsets, replace=False)] = 1
    return pd.DataFrame({"onsets": counts, "leader": "one", "x": rng.standard_normal(n)})


def test_white_noise_has_the_textbook_mde() -> None:
    """Independent exposures and 20 onsets: SE per SD is 1/sqrt(20), and the MDE 2.49 of it."""
    found = minimum_detectable_effect(noise(), "x", histories=400)
    expected = analytic_mde(1 / math.sqrt(20))
    assert found.curve.mde == pytest.approx(expected, abs=3 * found.curve.mde_se + 0.03)
    assert found.mde == pytest.approx(math.exp(found.curve.mde))
    assert abs(found.curve.size - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 400)
    assert found.tidy()["power"].iloc[-1] > 0.99 and found.glance()["n_identifying"].item() == 20


def test_more_onsets_and_lower_power_see_smaller_effects() -> None:
    few, many = (minimum_detectable_effect(noise(onsets=k), "x", histories=200).curve.mde for k in (12, 60))
    half = minimum_detectable_effect(noise(onsets=12), "x", histories=200, power=0.5).curve.mde
    assert many < few / 1.7 and half < few


def test_missing_exposures_leave_and_columns_are_named() -> None:
    frame = noise()
    frame.loc[frame.index[:100], "x"] = np.nan
    found = minimum_detectable_effect(frame, "x", histories=50)
    lost = int(frame.loc[:99, "onsets"].sum())
    assert found.n_rows == 140 and found.glance()["n_dropped"].item() == lost
    with pytest.raises(UnknownNameError, match="Did you mean 'leader'"):
        minimum_detectable_effect(frame, "x", strata="leaders")
    with pytest.raises(EstimationError, match="no onset falls where x is measured"):
        minimum_detectable_effect(frame.assign(onsets=0), "x")
    with pytest.raises(EstimationError, match="nothing could be seen"):
        minimum_detectable_effect(frame.assign(x=1.0), "x")


def test_planting_follows_the_exposure_and_keeps_the_counts() -> None:
    frame = noise(300, 60)
    design = series_design(frame["x"], frame["onsets"], np.repeat(["a", "b"], 150), counted=True)
    counts = planted_onsets(design, 0.7, 400, np.random.default_rng(0))
    for a, b in design.layout.pieces:
        assert (counts[:, a:b].sum(axis=1) == design.counts[a:b].sum()).all()
    z = (frame["x"] / frame["x"].std()).to_numpy()
    # with chances exp(theta z) and z normal, the mean of z at onset is theta
    assert (counts @ z / counts.sum(axis=1)).mean() == pytest.approx(0.7, abs=0.1)


def test_planted_log_odds_are_those_of_a_logit_though_onsets_are_frequent() -> None:
    """Half of all periods with an onset: a conditional logit, fitted by another program's rule, gives theta back."""
    from statsmodels.discrete.conditional_models import ConditionalLogit

    rng = np.random.default_rng(3)
    x, onsets = rng.standard_normal(60), rng.permutation(np.repeat([0, 1], 30))
    strata = np.repeat(["a", "b"], 30)
    design = series_design(x, onsets, strata)
    counts = planted_onsets(design, 0.8, 120, rng)
    assert set(np.unique(counts)) == {0.0, 1.0}
    for a, b in design.layout.pieces:
        assert (counts[:, a:b].sum(axis=1) == onsets[a:b].sum()).all()
    unit = residualise(x, design.layout, 1)
    unit /= np.sqrt((unit**2).mean())
    # 120 histories as so many strata of one likelihood
    groups = np.concatenate([np.char.add(strata.astype(str), str(h)) for h in range(len(counts))])
    fit = ConditionalLogit(counts.ravel(), np.tile(unit, len(counts))[:, None], groups=groups).fit(disp=0)
    assert fit.params[0] == pytest.approx(0.8, abs=4 * fit.bse[0]) and fit.bse[0] < 0.05


@pytest.mark.parametrize("name", ["B2", "E3", "S1"])
def test_planting_in_panels_keeps_what_the_test_conditions_on(name: str) -> None:
    design = lay_out_regression(Question(shift_of(name), EVENTS)).design
    counts = planted_onsets(design, 1.0, 20, np.random.default_rng(0))
    if design.between_units:
        for year in np.unique(design.layout.times):
            here = design.layout.times == year
            assert (counts[:, here].sum(axis=1) == design.counts[here].sum()).all()
    else:
        for a, b in design.layout.pieces:
            assert (counts[:, a:b].sum(axis=1) == design.counts[a:b].sum()).all()


@pytest.mark.parametrize("name", ["W1", "B2", "E3", "S1"])
def test_simulation_replaces_the_approximation(name: str) -> None:
    plain = gather(Question(shift_of(name), EVENTS, draws=999))
    simulated = gather(Question(shift_of(name), EVENTS, draws=999), simulate=True)
    assert plain.mde_method == "normal approximation" and simulated.mde_method == "simulated on the panel"
    assert plain.mde == pytest.approx(analytic_mde(plain.se_cal))
    assert 0.4 * plain.mde < simulated.mde < 2.5 * plain.mde
    again = attach_simulated_mde(
        simulated, lay_out_regression(Question(shift_of(name), EVENTS))
    )  # the same seed, the same number
    assert (again.mde, again.mde_method) == (simulated.mde, simulated.mde_method)
    assert plain.estimate == simulated.estimate and plain.frontier == simulated.frontier


def test_exact_tests_keep_the_approximation() -> None:
    e = gather(Question(PROPOSITIONS["I2"], EVENTS), simulate=True)
    assert e.mde_method == "normal approximation"
    e = gather(Question(PROPOSITIONS["L1"], EVENTS), simulate=True)  # Student's t, whose quantiles give it
    df = e.raw.details["df"]
    assert e.mde_method == "law of the test" and e.mde == pytest.approx((t.ppf(0.95, df) + t.ppf(0.8, df)) * e.se_cal)
    with pytest.raises(InputError, match="the rate test is exact"):
        lay_out_regression(Question(PROPOSITIONS["L1"], EVENTS))


def test_what_could_be_seen_counts_the_onsets_it_takes() -> None:
    found = [gather(Question(shift_of(name), EVENTS, draws=99)) for name in ("W1", "L2", "P2")]
    rows = {r["proposition"]: r for r in what_could_be_seen(found)}
    w1 = found[0]
    assert rows["W1"]["mde"] == pytest.approx(math.exp(w1.mde)) and rows["W1"]["sesoi"] == pytest.approx(1.5)
    assert rows["W1"]["sees"] is False and rows["W1"]["n_identifying"] == 10
    assert rows["W1"]["onsets_needed"] == math.ceil(10 * (w1.mde / math.log(1.5)) ** 2)
    assert math.isnan(rows["L2"]["mde"]) and math.isnan(rows["P2"]["onsets_needed"])


def test_crossing_interpolates_the_monotone_curve() -> None:
    grid = np.array([0.0, 0.5, 1.0, 1.5])
    mde, se = crossing(grid, np.array([0.05, 0.4, 0.9, 0.95]), 0.8, 100)
    assert mde == pytest.approx(0.9) and se == pytest.approx(math.sqrt(0.16 / 100))
    assert crossing(grid, np.array([0.05, 0.1, 0.2, 0.3]), 0.8, 100)[0] == math.inf
    design = series_design(noise()["x"], noise()["onsets"])
    with pytest.raises(InputError, match="start at 0 and ascend"):
        power_curve_of(design, [0.5, 1.0])
