"""The multiverse against single tests, and its work against interruption, workers and a cluster."""

from __future__ import annotations

import math

import numpy as np
import pytest

from interventions_stats.drivers.proposition import Choice
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.errors import InputError, RefusalError
from interventions_stats.events.definitions import load_events
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.question import Question
from interventions_stats.robustness.choices import Exclusion, moved
from interventions_stats.robustness.specification_curve import multiverse
from interventions_stats.rules.verdict import decide


@pytest.fixture(scope="module")
def found():
    return multiverse("W3", lists=["M11", "mid"], draws=199)


def test_every_combination_is_a_row_or_excluded_with_a_reason(found):
    sizes = [len(c.options) for c in found.choices]
    assert len(found) + len(found.excluded) == math.prod(sizes)
    assert {tuple(sorted(o.items())) for o, _ in found.excluded} == {
        tuple(sorted({"list": "mid", "date_rule": "deployment", "lag": lag}.items())) for lag in (1, 2)
    }
    assert all("one date an event" in reason for _, reason in found.excluded)


def test_each_row_is_the_test_of_its_own_specification(found):
    for spec in (found.specs[0], found.specs[3], found.specs[-1]):
        prop = PROPOSITIONS["W3"].with_(date_rule=spec.options["date_rule"], lag=spec.options["lag"])
        alone = gather(Question(prop, load_events(spec.options["list"]), draws=199))
        assert spec.evidence.estimate == alone.estimate
        assert spec.evidence.p_superiority == alone.p_superiority
        assert spec.evidence.raw.null is None


def test_shares_are_counts(found):
    table = found.tidy()
    ran = table[table["reason"] == ""]
    first = table.iloc[0]
    assert found.share_same_sign == (np.sign(ran["estimate"]) == np.sign(first["estimate"])).mean()
    assert found.share_same_verdict == (ran["verdict"] == first["verdict"]).mean()
    assert sum(found.verdicts().values()) == len(found) == len(table)
    assert table.loc[0, "deviations"] == 0 and table["primary"].sum() == 1
    assert (table["principled"] | (table["deviations"] > 0)).all()


def test_failures_are_rows_with_reasons():
    short = multiverse("W3", lists=[], choices=[Choice("start", (None, "2019"), False, "two years")], draws=199)
    failed = [s for s in short.specs if s.options["start"] == "2019" and s.evidence.n_identifying < 4]
    assert failed
    table = short.tidy().set_index("start")
    assert set(table.loc["2019", "verdict"]) == {"not_testable"}
    gone = multiverse(
        "W3", lists=[], choices=[Choice("exposure", ("election_ahead", "no_such_column"), False)], draws=199
    )
    lost = gone.tidy().query("exposure == 'no_such_column'")
    assert len(lost) == 4 and lost["reason"].str.contains("no_such_column").all() and lost["ratio"].isna().all()


def test_exclusions_of_the_user_are_listed():
    found = multiverse(
        "L1", lists=["M11"], exclude=[Exclusion((("list", "M11"), ("date_rule", "deployment")), "not coded")], draws=99
    )
    assert len(found) == 3 and [r for _, r in found.excluded] == ["not coded"]


def test_extended_choices_are_never_principled_but_the_confounder():
    found = multiverse("W1", lists=[], extended=True, draws=99, choices=[], exclude=[
        Exclusion((("lag", 2),), "short"), Exclusion((("lag", 3),), "short"), Exclusion((("exposure", "-country_direction"),), "short"),
        Exclusion((("leaders", "medvedev"),), "short"), Exclusion((("unit", "actor-year"),), "short")])  # fmt: skip
    names = {c.field: c.principled for c in found.choices}
    assert names["estimator"] is False and names["onset_months"] is False
    counts = (
        found.tidy()
        .query("date_rule == 'decision' and exposure == '-approval' and estimator == 'firth'")
        .set_index("onset_months")
    )
    # an onset a month earlier meets the approval of a month earlier: the same as lag 2 but for the first and last month
    later = gather(Question(PROPOSITIONS["W1"].with_(lag=2), load_events(), draws=99))
    assert counts.loc["-1", "estimate"] == pytest.approx(later.estimate, abs=0.1)
    assert counts.loc["0", "estimate"] == gather(Question(PROPOSITIONS["W1"], load_events(), draws=99)).estimate


@pytest.mark.parametrize("months", [-1, 1, 13])
def test_moved_onsets_keep_their_number_and_precision(months):
    events = load_events()
    shifted = moved(events, months)
    before, after = events.timing, shifted.timing
    step = (after["first"].dt.year - before["first"].dt.year) * 12 + after["first"].dt.month - before["first"].dt.month
    whole = before["precision"] != "year"
    assert (step[whole] == months).all() and list(after["precision"]) == list(before["precision"])


def test_options_that_do_not_go_together_are_rows_and_impossible_ones_are_refused():
    choices = [Choice("start", (None, "2015"), False), Choice("end", (None, "2010"), False)]
    table = multiverse("W3", lists=[], choices=choices, draws=99).tidy()
    wrong = table[(table["start"] == "2015") & (table["end"] == "2010")]
    assert len(wrong) == 4 and wrong["reason"].str.contains("before it starts").all()
    assert set(wrong["verdict"]) == {"not_testable"} and (table.drop(wrong.index)["reason"] == "").sum() >= 8
    with pytest.raises(RefusalError, match=r"^G05"):
        multiverse("L3", lists=[], choices=[Choice("lag", (1, 0), False)])
    with pytest.raises(InputError, match="unknown event list 'no such list'"):
        multiverse("W3", lists=[], choices=[Choice("list", ("reconstructed", "no such list"), False)])


def test_the_window_of_the_outcome_is_a_choice_where_months_mean_nothing_else():
    found = multiverse("W1", lists=[], extended=True, draws=99, exclude=[
        Exclusion((("estimator", "poisson"),), "short"), Exclusion((("date_rule", "deployment"),), "short"),
        Exclusion((("lag", 3),), "short"), Exclusion((("onset_months", 1),), "short")])  # fmt: skip
    years = [s for s in found.specs if s.options["unit"] == "actor-year"]
    assert years and all(s.ran and s.evidence.raw.n_rows < 30 for s in years)
    assert {s.options["exposure"] for s in years} == {"-approval", "-country_direction"}
    assert {(s.options["lag"], s.options["onset_months"]) for s in years} == {(1, 0)}
    assert any("spans years" in reason for _, reason in found.excluded)
    joint = found.joint_test(99)
    assert len(joint.names) == len(found.ran)


def test_a_choice_declared_twice_is_refused():
    with pytest.raises(InputError, match="declared twice"):
        multiverse("L1", choices=[Choice("date_rule", ("decision",), True)])


def test_the_figure_shows_every_specification_that_ran(found):
    assert len(found.plot().plotted) == len(found.ran)


def test_core_verdicts_are_those_of_the_rules(found):
    assert [decide(s.evidence.numbers()).verdict for s in found.specs] == list(found.tidy()["verdict"])


def test_a_result_can_be_asked_for_more():
    import interventions_stats as ist

    mine = load_events().drop("R25").with_definition("mine")
    result = ist.test("L1", events=mine, delta=1.8, quick=True, robustness=False)
    again = result.multiverse(lists=["M11"])
    assert again.primary.evidence.estimate == result.evidence.estimate
    assert again.primary.evidence.sesoi.ratio == 1.8 and again.primary.evidence.n_events_total == 24
    assert result.smallest_flip(exact=1, most=1).evidence.n_events_total == 24
    with pytest.raises(InputError, match="one type of activity"):
        next(iter(result.by_type.values())).influence()
