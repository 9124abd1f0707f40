"""Error rates on the real panels: a reduced run of what `make calibrate` prints in full."""

from __future__ import annotations

import math

import numpy as np
import pytest

import interventions_stats as ist
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.evidence import simulations as sim
from interventions_stats.evidence.calibration import BAND, calibrated, exact_sizes, monte_carlo_se, recovery, sizes
from interventions_stats.evidence.null_models import EXPOSURE_MODELS, null_exposures, null_onsets
from interventions_stats.primary.layouts import lay_out_regression
from interventions_stats.primary.question import Question

EVENTS = ist.load_events("reconstructed")


def shift_of(name: str):
    """The shift that a two-margin proposition keeps as a registered choice; any other proposition as it is."""
    prop = PROPOSITIONS[name]
    other = next((o for c in prop.choices if c.field == "test" for o in c.options[1:]), prop.test)
    return prop.with_(test=other)


LARGE = ("E3", "I3", "L3")  # thousands of rows
HISTORIES = 1_000
MARGIN = 3.0  # Monte Carlo standard errors beyond the band; with 60 sizes one in twenty runs would pass it by chance


@pytest.mark.slow
@pytest.mark.parametrize("prop", [p for p in calibrated(PROPOSITIONS, "RUS") if p.id not in LARGE], ids=lambda p: p.id)
def test_size_at_the_real_onset_dates(prop) -> None:
    for found in sizes(prop, EVENTS, histories=HISTORIES, relabellings=499, seed=7, onset_models=()):
        assert found.inside(MARGIN), found


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_size_of_the_large_panels(name: str) -> None:
    for found in sizes(
        shift_of(name),
        EVENTS,
        histories=250,
        relabellings=299,
        seed=7,
        exposure_models=("trending",),
        onset_models=("scattered",),
    ):
        assert found.inside(MARGIN), found


@pytest.mark.slow
def test_size_of_traits_over_powers_with_a_shared_calendar() -> None:
    """Plain year means rejected in 8 to 10% here."""
    (found,) = sizes(
        PROPOSITIONS["L3"],
        EVENTS,
        histories=600,
        relabellings=299,
        seed=11,
        exposure_models=(),
        onset_models=("clustered",),
    )
    assert found.inside(2.0), found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["T1", "B1", "W2", "E2", "T2", "P3", "S1", "E3"])
def test_intervals_hold_the_truth_and_false_dismissals_are_rare(name: str) -> None:
    """At the SESOI: mean estimate, coverage of the nominal 90% interval, non-inferiority at .05."""
    (found,) = recovery(shift_of(name), EVENTS, multiples=(1.0,), histories=400, relabellings=199, seed=5)
    n = found.histories
    assert found.failed == 0
    assert found.mean == pytest.approx(found.truth, abs=4 * found.spread / math.sqrt(n) + 0.06)
    assert found.coverage >= 0.90 - 3 * monte_carlo_se(0.90, n)
    assert found.noninferiority <= 0.05 + 2.5 * monte_carlo_se(0.05, n)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["E1", "W1", "T1", "F1", "P1", "S1"])
def test_size_when_the_onsets_are_redrawn(name: str) -> None:
    for found in sizes(shift_of(name), EVENTS, histories=500, relabellings=299, seed=3, exposure_models=()):
        assert found.inside(MARGIN), found


def test_exact_tests_never_exceed_their_level() -> None:
    found = {s.proposition: s for s in exact_sizes(EVENTS, histories=100)}
    for name in ("L1", "I2"):
        assert 0 <= found[name].superiority <= 0.05 and 0 <= found[name].reverse <= 0.05
    # L1: 25 events, 21 of 29 years; the largest tail of at most .05 on either side, by hand
    from scipy import stats

    law = stats.binom(25, 21 / 29)
    assert found["L1"].superiority == pytest.approx(max(t for k in range(26) if (t := law.sf(k)) <= 0.05))
    for name in ("I1", "I1b"):
        assert found[name].superiority == pytest.approx(0.05, abs=0.012)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["E1", "E2", "W1"])
def test_planted_effects_are_found_again(name: str) -> None:
    """At once and twice the SESOI: the mean estimate is the truth, the 90% interval holds it, power grows, false dismissals are rare."""
    none, once, twice = recovery(
        shift_of(name), EVENTS, multiples=(0.0, 1.0, 2.0), histories=150, relabellings=299, seed=2
    )
    for r in (none, once, twice):
        assert r.failed == 0 and r.mean == pytest.approx(r.truth, abs=4 * r.spread / math.sqrt(r.histories) + 0.06)
        assert r.coverage >= 0.80
    assert none.superiority < once.superiority < twice.superiority
    assert none.noninferiority > once.noninferiority >= twice.noninferiority >= twice.dismissed
    assert once.dismissed <= 0.05 and twice.dismissed <= 0.02  # false dismissals, at and above the SESOI


@pytest.mark.slow
def test_confounding_by_leader() -> None:
    wald, pooled, stratified = (r.value for r in sim.confounding(500, relabellings=499))
    assert wald > 0.85 and pooled > 0.40
    assert stratified <= 0.07 + 2 * monte_carlo_se(0.05, 500)


@pytest.mark.slow
def test_rally_reads_as_evidence_at_lag_zero_only() -> None:
    found = {(r.simulation, r.quantity): r.value for r in sim.rally_at_onset(500, relabellings=499)}
    brief = "rally of 1 SD, brief"
    assert found[brief, "lag 0: reverse test rejects at .05"] > 0.99
    for lag in (1, 2):
        assert found[brief, f"lag {lag}: superiority test rejects at .05"] <= 0.07 + 3 * monte_carlo_se(0.05, 500)
    lasting = "rally of 1 SD, fading"
    masked = found[f"{lasting}, its months masked", "lag 1: superiority test rejects at .05"]
    assert found[lasting, "lag 1: superiority test rejects at .05"] > masked + 0.02
    assert masked <= 0.07 + 3 * monte_carlo_se(0.05, 500)


@pytest.mark.slow
def test_clustered_onsets() -> None:
    wald, shift, *rates = (r.value for r in sim.clustering(500, relabellings=499))
    assert wald > 0.09 > shift and shift <= 0.07 + 2 * monte_carlo_se(0.05, 500)
    assert rates[0] <= 0.05 + 2 * monte_carlo_se(0.05, 500) and rates == sorted(rates) and rates[2] > 0.12


@pytest.mark.slow
@pytest.mark.parametrize(("design", "multiple"), [(d, m) for d in sim.DESIGNS for m in (0.0, 1.0)])
def test_core_rule_has_the_tabulated_error_rates(design, multiple) -> None:
    """In kind: within .08 of the method's table; the wrong decision at most .05."""
    found = sim.operating_characteristics(*design, multiple, histories=400, relabellings=299)
    shares = (found.supported, found.rejected, found.inconclusive)
    assert shares == pytest.approx(sim.TABULATED[(*design, multiple)], abs=0.08)
    wrong = found.rejected if multiple else found.supported
    assert wrong <= 0.05 + 2 * monte_carlo_se(0.05, 400)


@pytest.mark.slow
def test_coding_noise_shrinks_the_estimate_and_dismisses_falsely() -> None:
    clean, noisy = (
        sim.operating_characteristics(25, 348, 2.0, 1.0, histories=500, relabellings=299, noise=noise)
        for noise in ((0.0, 0.0, 0.0), sim.CODING_NOISE)
    )
    assert noisy.estimate / clean.estimate == pytest.approx(0.45 / 0.77, abs=0.08)
    assert clean.rejected < 0.015 and clean.rejected + 0.01 < noisy.rejected < 0.10


@pytest.mark.parametrize("name", ["W1", "T1", "B2", "E3"])
def test_null_exposures_are_in_the_likeness_of_the_data(name: str) -> None:
    design = lay_out_regression(Question(shift_of(name), EVENTS)).design
    for model in EXPOSURE_MODELS:
        drawn = null_exposures(design, model, 60, np.random.default_rng(0))
        assert drawn.shape == (60, design.layout.n) and np.isfinite(drawn).all()
        if design.binary:
            assert set(np.unique(drawn)) <= set(np.unique(design.exposure))
            assert drawn.mean() == pytest.approx(design.exposure.mean(), abs=0.15)
    if not design.many_units and not design.binary:
        a, b = max(design.layout.pieces, key=lambda p: p[1] - p[0])
        drawn = null_exposures(design, "persistent", 200, np.random.default_rng(0))[:, a:b]
        observed = design.exposure[a:b]

        def persistence(x):
            y = x - x.mean(axis=-1, keepdims=True)
            return (y[..., 1:] * y[..., :-1]).sum(axis=-1) / (y**2).sum(axis=-1)

        assert persistence(drawn).mean() == pytest.approx(float(persistence(observed)), abs=0.25)


@pytest.mark.parametrize("name", ["E1", "E2", "B2", "I3", "T1p"])
def test_null_onsets_keep_what_the_test_conditions_on(name: str) -> None:
    design = lay_out_regression(Question(shift_of(name), EVENTS)).design
    for model in ("scattered", "clustered"):
        drawn = null_onsets(design, model, 30, np.random.default_rng(1))
        assert (drawn.sum(axis=1) == design.counts.sum()).all() and (drawn >= 0).all()
        if not design.between_units:
            for a, b in design.layout.pieces:
                assert (drawn[:, a:b].sum(axis=1) == design.counts[a:b].sum()).all()
        elif model == "scattered":
            for year in np.unique(design.layout.times):
                here = design.layout.times == year
                assert (drawn[:, here].sum(axis=1) == design.counts[here].sum()).all()


def test_the_band_is_the_one_agreed() -> None:
    assert BAND == (0.03, 0.07)
    from interventions_stats.evidence.calibration import Size

    size = Size(
        proposition="X",
        test="series",
        redrawn="exposure",
        model="persistent",
        histories=1_000,
        superiority=0.08,
        reverse=0.05,
    )
    assert not size.inside() and size.inside(2.0) and not size.inside(0.5)
