"""Tests over target-years: the arrays they test, and panels written out by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

import interventions_stats as ist
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.engine.arrays import panel_layout
from interventions_stats.evidence.calibration import calibrated
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.batched_test import BatchedTest
from interventions_stats.primary.layouts import lay_out_regression
from interventions_stats.primary.null_design import NullDesign
from interventions_stats.primary.question import Question

EVENTS = ist.load_events("reconstructed")


def shift_of(name: str):
    """The shift within targets that a two-margin proposition keeps as a registered choice."""
    prop = PROPOSITIONS[name]
    other = next((o for c in prop.choices if c.field == "test" for o in c.options[1:]), prop.test)
    return prop.with_(test=other)


@pytest.mark.parametrize("prop", calibrated(PROPOSITIONS, "RUS"), ids=lambda p: p.id)
def test_power_and_calibration_run_the_primary_test(prop) -> None:
    """The batch that power and calibration use gives the primary p-values, up to the relabellings drawn."""
    design = lay_out_regression(Question(prop, EVENTS)).design
    test = BatchedTest(design)
    scores, weights = test.scores(design.exposure[None]), test.weights(design.counts[None])
    raw = gather(Question(prop, EVENTS, draws=4_000)).raw
    assert raw.n_rows == design.layout.n
    for side, p in (("greater", raw.p_superiority), ("less", raw.p_reverse), ("two-sided", raw.p_two_sided)):
        found = test.p_values(scores, weights, alternative=side, relabellings=4_000, seed=5)[0]
        assert found == pytest.approx(p, abs=4.5 * np.sqrt(2 * p * (1 - p) / 4_000) + 5e-4)


def test_exchanging_histories_is_the_loop_over_exchanges() -> None:
    """Four targets of equal coverage: every way to hand out their exposure histories, against the onsets in place."""
    rng = np.random.default_rng(3)
    exposure = rng.standard_normal((4, 5))
    onsets = np.zeros((4, 5))
    onsets[0, [1, 4]], onsets[2, 3] = 1, 1
    layout = panel_layout(exposure, onsets, None, None)
    flat = exposure.ravel()
    design = NullDesign(flat, onsets.ravel(), layout, np.ones((20, 1)), (flat,), many_units=True, between_units=True)
    test = BatchedTest(design)
    centred = exposure - exposure.mean(axis=0)
    sums = [float((centred[list(order)] * onsets).sum()) for order in permutations(range(4))]
    p = test.p_values(test.scores(flat[None]), test.weights(onsets.reshape(1, -1)), relabellings=20_000, seed=1)[0]
    exact = np.mean(np.array(sums) >= sums[0] - 1e-9)
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000) + 1e-4)
    both = np.vstack([onsets.reshape(1, -1), np.roll(onsets, 1, axis=0).reshape(1, -1)])
    batch = test.p_values(test.scores(flat[None]), both, relabellings=20_000, seed=1)
    assert batch[0] == p
    rolled = [float((centred[list(order)] * np.roll(onsets, 1, axis=0)).sum()) for order in permutations(range(4))]
    assert batch[1] == pytest.approx(np.mean(np.array(rolled) >= rolled[0] - 1e-9), abs=0.015)


def test_common_movements_and_target_levels_play_no_part() -> None:
    """The shift compares a target with itself, net of the year: what all targets share leaves F1 as it is."""
    design = lay_out_regression(Question(shift_of("F1"), EVENTS)).design
    test = BatchedTest(design)
    years = design.layout.times - design.layout.times.min()
    shared = np.random.default_rng(0).standard_normal(years.max() + 1)[years]
    level = np.repeat(
        np.random.default_rng(1).standard_normal(len(design.layout.pieces)), [b - a for a, b in design.layout.pieces]
    )
    scores = test.scores(np.stack([design.exposure, design.exposure + 9 * shared + 7 * level]))
    assert scores[0] == pytest.approx(scores[1], abs=1e-9)


def test_a_confounder_is_taken_out_of_exposure_and_onsets() -> None:
    design = lay_out_regression(Question(shift_of("F3"), EVENTS)).design
    test = BatchedTest(design)
    step = design.controls[:, 1]
    assert np.ptp(step) > 0
    assert test.scores(design.exposure[None])[0] @ step == pytest.approx(0, abs=1e-8)
    assert test.weights(design.counts[None])[0] @ step == pytest.approx(0, abs=1e-8)
    bare = gather(Question(shift_of("F1"), EVENTS, draws=199))
    net = gather(Question(shift_of("F3"), EVENTS, draws=199))
    assert bare.n_events == net.n_events == 15 and bare.estimate != pytest.approx(net.estimate, abs=0.01)


def test_binary_exposures_keep_their_unit() -> None:
    assert (
        lay_out_regression(Question(shift_of("B2"), EVENTS)).design.binary
        and not lay_out_regression(Question(PROPOSITIONS["E3"], EVENTS)).design.binary
    )
    assert gather(Question(shift_of("B2"), EVENTS, draws=99)).raw.scale_label == "odds ratio, exposed against not"
    assert gather(Question(shift_of("T2"), EVENTS, draws=99)).raw.scale_label == "odds ratio, exposed against not"


def test_an_event_with_two_targets_is_an_onset_against_each() -> None:
    """R11 and R17 have two targets: onsets exceed events, and no event is counted twice among the used."""
    e = gather(Question(PROPOSITIONS["I3"], EVENTS, draws=99))
    design = lay_out_regression(Question(PROPOSITIONS["I3"], EVENTS)).design
    assert e.n_events + len(e.outside) == 25 and design.counts.sum() >= e.n_events
