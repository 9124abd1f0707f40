"""The arms keep their size where states are persistently prone to disputes, and give planted effects back."""

from __future__ import annotations

import numpy as np
import pytest

from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.events.definitions import load_events
from interventions_stats.evidence.calibration import BAND
from interventions_stats.evidence.frailty import frailty_counts, frailty_recovery, frailty_size
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.layouts import lay_out
from interventions_stats.primary.question import Question

ARMS = tuple(i for i, p in PROPOSITIONS.items() if kind_of(p).scope)


def check(name: str, histories: int, planted: int) -> None:
    prop, events = PROPOSITIONS[name], load_events()
    size = frailty_size(prop, events, histories=histories)
    assert size.superiority <= BAND[1] + 2 * size.superiority_se
    assert size.reverse <= BAND[1] + 2 * size.reverse_se
    back = frailty_recovery(prop, events, histories=planted)
    error = back.spread / np.sqrt(back.histories)
    assert back.mean + 2 * error >= 0.9 * back.truth
    assert back.coverage + 2 * np.sqrt(0.9 * 0.1 / back.histories) >= 0.88


def test_one_arm_keeps_its_size() -> None:
    check("W2w", 60, 15)


@pytest.mark.slow
@pytest.mark.parametrize("name", ARMS)
def test_every_arm_keeps_its_size(name: str) -> None:
    check(name, 120, 40)


def test_frailty_is_persistent_and_years_keep_their_onsets() -> None:
    laid = lay_out(Question(PROPOSITIONS["W2w"], load_events()))
    rng = np.random.default_rng(0)
    drawn = np.array([frailty_counts(laid, 0.0, rng) for _ in range(60)])
    year = laid.rows["year"].to_numpy()
    observed = np.array([laid.counts[year == y].sum() for y in np.unique(year)])
    mean = np.array([drawn[:, year == y].sum(axis=1).mean() for y in np.unique(year)])
    assert np.abs(mean - observed).max() <= 4 * np.sqrt(observed.max() / len(drawn))
    unit = laid.rows["unit"].to_numpy()
    order = np.lexsort((year, unit))
    first, second = order[:-1][unit[order][:-1] == unit[order][1:]], order[1:][unit[order][:-1] == unit[order][1:]]
    assert np.mean([np.corrcoef(h[first], h[second])[0, 1] for h in drawn]) > 0.2
