"""Random event lists against the law they are drawn from."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from interventions_stats.errors import InputError
from interventions_stats.events.definitions import load_events
from interventions_stats.robustness.random_lists import (
    Candidates,
    _draw_cases,
    random_list,
    russian_candidates,
    uncertain,
)


@pytest.fixture(scope="module")
def pool():
    return russian_candidates()


def test_draws_given_a_number_follow_the_conditional_law():
    chance = np.array([0.9, 0.5, 0.2, 0.7, 0.05])
    odds = chance / (1 - chance)
    sets = list(combinations(range(5), 3))
    law = np.array([np.prod(odds[list(s)]) for s in sets])
    law /= law.sum()
    rng, draws = np.random.default_rng(0), 20_000
    seen = dict.fromkeys(sets, 0)
    for _ in range(draws):
        seen[tuple(np.flatnonzero(_draw_cases(chance, 3, rng)))] += 1
    share = np.array([seen[s] for s in sets]) / draws
    assert (np.abs(share - law) <= 4 * np.sqrt(law * (1 - law) / draws) + 1e-12).all()


def test_cases_enter_with_their_confidence(pool):
    confidence = pool.events.frame["confidence"].astype(float).to_numpy()
    draws = 3_000
    rng = np.random.default_rng(1)
    share = np.mean([_draw_cases(confidence, None, rng) for _ in range(draws)], axis=0)
    assert (np.abs(share - confidence) <= 4.5 * np.sqrt(confidence * (1 - confidence) / draws)).all()


def test_registered_merges_and_splits_come_with_their_plausibility(pool):
    assert (("R07", "R08"), 0.5) in pool.merges and len(pool.splits) == 6
    rng = np.random.default_rng(2)
    sure = replace(pool, events=load_events())
    frame = sure.events.frame.assign(confidence=1.0)
    sure = replace(sure, events=replace(sure.events, frame=frame))
    lists = [random_list(sure, rng) for _ in range(200)]
    rate = np.mean([c["R23+R24 merged"] for _, c in lists])
    assert rate == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 200))
    for events, coding in lists[:60]:
        merged = sum(v * (k.count("+")) for k, v in coding.items() if k.endswith("merged"))
        split = sum(v for k, v in coding.items() if k.endswith("split"))
        assert len(events) == 25 - merged + split


def test_dates_stay_within_their_precision(pool):
    rng = np.random.default_rng(3)
    before = pool.events.timing.set_index("event_id")
    seen = set()
    for _ in range(40):
        events, coding = random_list(pool, rng, merge=False)
        after = events.timing.set_index("event_id")
        for i in after.index:
            assert before.loc[i, "first"] <= after.loc[i, "first"] <= before.loc[i, "last"]
        seen.add(coding.get("R09 date"))
    assert len(seen) > 5


def test_the_law_of_the_estimate_and_the_decision_that_moves_it():
    # rate ratio of two leaders: one doubtful case under Putin carries the doubt, all others are sure
    events = load_events()
    frame = events.frame.assign(confidence=np.where(events.frame["event_id"] == "R25", 0.5, 1.0))
    found = uncertain("L1", Candidates(replace(events, frame=frame)), draws=80, dates=False, definitions=())
    with_it, without = np.log(10 / 15 * (8 / 21)), np.log(9 / 15 * (8 / 21))
    estimates = np.sort(found.frame["estimate"].unique())
    assert estimates == pytest.approx([without, with_it], abs=0.01)
    top = found.decisions().iloc[0]
    assert top["decision"] == "R25 in" and top["share_of_variance"] == pytest.approx(1)
    assert top["difference"] == pytest.approx(estimates[1] - estimates[0])
    assert len(found.decisions()) == 1


def test_exactly_25_and_any_number_of_workers():
    one = uncertain("L1", draws=12, exactly=25, merge=False, definitions=())
    assert set(one.frame["n_events_total"]) == {25}
    two = uncertain("L1", draws=12, exactly=25, merge=False, definitions=(), n_jobs=2)
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert sum(one.verdicts().values()) == pytest.approx(1)


@pytest.mark.parametrize(("options", "message"), [({"exactly": 90}, "exactly 90"), ({"exactly": -1}, "exactly -1")])
def test_numbers_that_cannot_be_drawn_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        uncertain("L1", draws=2, **options)


def test_a_confidence_beyond_one_is_refused():
    events = load_events()
    wrong = replace(events, frame=events.frame.assign(confidence=[1.2] + [0.5] * 24))
    with pytest.raises(InputError, match="outside 0-1"):
        uncertain("L1", wrong, draws=2)
