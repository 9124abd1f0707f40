"""Influence by zero weights against dropping the rows, the smallest flip against closed forms, planted effects."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.engine.models.firth_logit import firth_logit
from interventions_stats.errors import EstimationError, InputError, UnknownNameError
from interventions_stats.events.definitions import load_events
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.layouts import lay_out_regression
from interventions_stats.primary.question import Question
from interventions_stats.primary.refits import _independent
from interventions_stats.robustness.check import check
from interventions_stats.robustness.deletions import influence
from interventions_stats.robustness.planted import _judge, plant
from interventions_stats.robustness.smallest_flips import smallest_flip
from interventions_stats.rules.verdict import decide

REGRESSIONS = [
    p for p in PROPOSITIONS.values() if p.test in ("series", "target_shift", "contrast", "choice") and not p.untestable
]


@pytest.mark.parametrize("prop", REGRESSIONS, ids=lambda p: p.id)
def test_the_regression_is_that_of_the_primary_test(prop):
    events = load_events()
    e = gather(Question(prop, events, draws=99))
    model = lay_out_regression(Question(prop, events)).regression
    assert model.refit(np.ones((1, len(model.y))))[0] == pytest.approx([e.raw.estimate, e.raw.se], abs=1e-9)
    assert model.replace_outcomes(model.y[None])[0] == pytest.approx([e.raw.estimate, e.raw.se], abs=1e-9)


def test_zero_weights_are_dropped_rows():
    model = lay_out_regression(Question(PROPOSITIONS["W3"], load_events())).regression
    keep = np.ones(len(model.y), bool)
    keep[np.flatnonzero(model.y)[3]] = keep[10:30] = False
    alone = firth_logit(y=model.y[keep], X=model.X[keep])
    assert model.refit(keep[None].astype(float))[0] == pytest.approx([alone.params[1], alone.bse[1]], abs=1e-8)


def test_each_item_is_left_out_once():
    found = influence("W3")
    counts = found.frame.groupby("unit").size()
    assert counts["leader"] == 2 and counts["year"] == 29 and "target" not in counts
    leaders = found.frame[found.frame["unit"] == "leader"]
    assert leaders["rows"].sum() == found.evidence.raw.n_rows
    assert leaders["onsets"].sum() == found.evidence.n_events
    assert found.plot().plotted is not None
    whole = found.evidence
    row = found.frame.iloc[0]
    assert row["change"] == pytest.approx((row["estimate"] - whole.estimate) / whole.se_cal)


def test_what_is_not_identified_says_so():
    found = influence("W1", by=["leader"]).frame
    assert found["estimate"].isna().all() and found["reason"].str.contains("not identified").all()
    with pytest.raises(UnknownNameError):
        influence("W1", by=["months"])
    with pytest.raises(InputError, match="no regression"):
        influence("L1")


def test_a_two_sided_proposition_is_judged_by_equivalence():
    found = influence("E1", by=["event"], draws=199)
    e, row = found.evidence, found.frame.iloc[0]
    from scipy.stats import norm

    delta = e.sesoi.delta
    sides = [
        norm.cdf((row["estimate"] - delta) / row["std_error"]),
        norm.cdf((-delta - row["estimate"]) / row["std_error"]),
    ]
    assert row["p_noninferiority"] == pytest.approx(max(sides))
    assert row["same_side"] == ((row["p_noninferiority"] <= 0.05) == (e.p_tost <= 0.05))


def test_deletions_that_say_nothing_are_refused():
    with pytest.raises(InputError, match="brings its own events"):
        smallest_flip("S1")
    with pytest.raises(EstimationError, match="could not be tested"):
        smallest_flip("W1", load_events().only(target_iso3="SYR"), exact=1, most=1)


def test_the_smallest_flip_is_the_smallest():
    """Held against every smaller set of the twelve stabilisation cases."""
    events = load_events().only(activity="stabilisation")

    def verdict(gone):
        return decide(gather(Question(PROPOSITIONS["L1"], events.drop(*gone), draws=99)).numbers()).verdict

    found = smallest_flip("L1", events, exact=2, most=8)
    assert found.verdict == "reversed" and found.events is not None
    assert verdict(found.events) == found.becomes != "reversed"
    for size in range(1, min(len(found.events), 3)):
        assert {verdict(gone) for gone in combinations(events.ids, size)} == {"reversed"}


def test_deletions_of_unused_events_leave_the_evidence():
    events, prop = load_events(), PROPOSITIONS["W1"]
    question = Question(prop, events, draws=199)
    primary = gather(question)
    unused = next(iter(primary.outside))
    again = gather(Question(prop, events.drop(unused), draws=199))
    found = check(question, primary)
    assert found.deletions[unused].estimate == again.estimate == primary.estimate
    assert found.deletions[unused].p_superiority == again.p_superiority
    assert found.deletions[unused].n_events_total == again.n_events_total == 24
    used = next(i for i in events.ids if i not in primary.outside)
    again = gather(Question(prop, events.drop(used), draws=199))
    assert found.deletions[used].estimate == pytest.approx(again.estimate, rel=1e-10)


def test_columns_that_follow_from_others_are_found():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    X = np.column_stack([X[:, 0], np.ones(40), X[:, 1], X[:, 0] - 2 * X[:, 1] + 5, X[:, 2]])
    assert _independent(X).tolist() == [True, False, True, False, True]


# -- planted effects -----------------------------------------------------------------------------------------------------
def test_planted_effects_are_recovered_where_the_model_holds():
    events = load_events()
    for name in ("W1", "E1", "W3"):
        prop = PROPOSITIONS[name]
        question = Question(prop, events, draws=199)
        primary = gather(question)
        found = plant(question, primary)
        assert [p.recovered for p in found] == [True, True]
        assert [p.theta for p in found] == pytest.approx([primary.sesoi.delta, 2 * primary.sesoi.delta])
        assert check(question, primary).summary.planted_recovered is True


def test_a_biased_or_overconfident_estimate_is_not_recovered():
    rng = np.random.default_rng(1)
    estimate = 0.4 + 0.2 * rng.standard_normal(400)

    def fits(estimate: np.ndarray, se: float) -> np.ndarray:
        return np.column_stack([estimate, np.abs(estimate - 0.4) <= 1.96 * se])

    assert _judge(0.4, fits(estimate, 0.2)).recovered
    assert not _judge(0.4, fits(estimate + 0.2, 0.2)).recovered  # half as large again
    assert not _judge(0.4, fits(estimate, 0.1)).recovered  # intervals half as wide as they should be
    assert not _judge(0.4, np.full((400, 2), np.nan)).recovered
    estimate[estimate > 0.5] = np.inf  # at the end of the support: the median stays
    assert _judge(0.4, fits(estimate, 0.2)).mean == pytest.approx(0.4, abs=0.03)


def test_nothing_is_planted_without_a_size():
    events = load_events()
    for name in ("L1", "L2", "I1"):
        prop = PROPOSITIONS[name]
        question = Question(prop, events, draws=99)
        assert plant(question, gather(question)) == ()
