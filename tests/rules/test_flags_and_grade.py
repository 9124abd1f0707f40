"""Flags and grades, by the method's definitions."""

from __future__ import annotations

from typing import Any

import pytest
from cases import DISMISSED, LISTS, MIXED, ROBUST, change

from interventions_stats.rules.evidence_numbers import ListOutcome, RobustnessSummary
from interventions_stats.rules.flags import FLAGS, Flag, result_flags
from interventions_stats.rules.grade import grade
from interventions_stats.rules.guards import (
    finding,
    g10_collapsed,
    g10_dispersion,
    g13_coverage,
    g15_event_definition,
    g18_after_data,
)


def names(*args: Any, **kwargs: Any) -> list[str]:
    return [f.name for f in result_flags(*args, **kwargs)]


@pytest.mark.parametrize(
    ("evidence", "summary", "options", "expected"),
    [
        ({}, {}, {}, []),
        ({"n_identifying": 12}, {}, {}, []),
        ({"n_identifying": 11}, {}, {}, ["few_onsets"]),
        ({}, {"deletion_flips": True}, {}, ["fragile"]),
        ({}, {"list_flips": True}, {}, ["fragile"]),
        ({}, {"lists": LISTS[:2]}, {}, []),
        ({}, {"lists": LISTS[:1]}, {}, ["single_list"]),
        # a list on which nothing could be tested is no second list
        ({}, {"lists": (LISTS[0], ListOutcome("IMI", 3, 0.5, "inconclusive_mixed"))}, {}, ["single_list"]),
        ({}, {"lists": (LISTS[0], ListOutcome("IMI", 4, 0.5, "not_testable"))}, {}, ["single_list"]),
        ({}, {"lists": (LISTS[0], ListOutcome("IMI", 4, 0.5, "inconclusive_mixed"))}, {}, []),
        ({}, {}, {"events_only": True}, ["events_only"]),
        ({}, {}, {"exploratory": "lag"}, ["exploratory"]),
        ({}, {}, {"findings": [g18_after_data(["SESOI"]), None]}, ["exploratory"]),
        ({}, {}, {"findings": [g13_coverage(8, 25, 17, "MID")]}, ["truncated_source"]),
        ({"refused": (g13_coverage(8, 25, 17, "MID"),)}, {}, {}, ["truncated_source"]),
        ({}, {}, {"findings": [g10_collapsed("dismissed", "supported")]}, ["fragile"]),
        ({}, {}, {"findings": [g10_dispersion(1.8)]}, []),
    ],
)
def test_flags(evidence: dict, summary: dict, options: dict, expected: list[str]) -> None:
    assert names(change(MIXED, **evidence), change(ROBUST, **summary), **options) == expected


def test_flags_are_raised_once_with_every_reason() -> None:
    found = result_flags(
        MIXED,
        change(ROBUST, deletion_flips=True, list_flips=True),
        findings=[g10_collapsed("dismissed", "supported")] * 2,
    )
    assert [f.name for f in found] == ["fragile"]
    assert found[0].text.count("G10") == 1 and "one event" in found[0].text and "another event list" in found[0].text


def test_without_robustness_one_list_was_used() -> None:
    assert names(MIXED) == ["single_list"]
    assert result_flags(MIXED)[0].text == "tested on 1 event list"


def flags(*which: str) -> list[Flag]:
    return [Flag(n, n) for n in which]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raised", "letter"),
    [
        ((), "A"),
        *(((name,), "D" if name == "events_only" else "C") for name in FLAGS),
        (("few_onsets", "fragile"), "D"),
        (("few_onsets", "exploratory"), "D"),
    ],
)
def test_flags_set_the_grade(raised: tuple[str, ...], letter: str) -> None:
    assert grade("supported", flags(*raised), ROBUST).letter == letter


@pytest.mark.parametrize(
    "lacking",
    [
        {"lists": LISTS[:2]},
        {"calibrated": False},
        {"calibrated": None},
        {"falsifiers_run": 0},
        {"falsifiers_failed": ("lead",)},
        {"planted_recovered": False},
        {"planted_recovered": None},
    ],
)
def test_an_a_needs_every_check(lacking: dict[str, Any]) -> None:
    found = grade("reversed", [], change(ROBUST, **lacking))
    assert found.letter == "B" and len(found.reasons) == 1
    assert grade("reversed", flags("fragile"), change(ROBUST, **lacking)).letter == "C"


def test_robustness_that_was_not_examined_gives_a_b() -> None:
    assert grade("supported", []).letter == "B"
    assert grade("supported", [], RobustnessSummary()).letter == "B"
    assert grade("supported", [], RobustnessSummary()).reasons == (
        "0 event lists, fewer than 3",
        "size of the permutation not calibrated",
        "falsifiers not run",
        "planted effect not run",
    )
    failed = change(ROBUST, planted_recovered=False, falsifiers_failed=("lead",))
    assert grade("supported", [], failed).reasons == ("falsifier failed: lead", "planted effect not recovered")


def test_a_dismissal_needs_two_large_lists_for_more_than_a_d() -> None:
    assert grade("dismissed", [], ROBUST).letter == "A"
    one_large = change(ROBUST, lists=(LISTS[0], LISTS[2], ListOutcome("B01", 11, 0.01, "dismissed")))
    assert grade("dismissed", [], one_large).letter == "D"
    assert grade("inconclusive_mixed", [], one_large).letter == "A"
    assert "fewer than two event lists have 12" in grade("dismissed", [], one_large).reasons[0]


def test_guards_cap_the_grade_and_not_testable_has_none() -> None:
    assert grade("supported", [], ROBUST, findings=[g15_event_definition(2), None]).letter == "B"
    assert grade("supported", [], ROBUST, findings=[finding("G23", "R12.", cap="C")]).letter == "C"
    assert grade("supported", [], ROBUST, findings=[finding("G06", "x.", cap="inconclusive_mixed")]).letter == "A"
    assert grade("not_testable", [], ROBUST).letter is None


def test_the_method_expects_few_onsets_on_one_list_to_reach_d() -> None:
    """W1 on Russia: 10 cases in 9 months; dismissed on a list that small, the grade is D."""
    e = change(DISMISSED, n_identifying=9)
    r = change(
        ROBUST, lists=(ListOutcome("reconstructed", 9, 0.03, "dismissed"), ListOutcome("M11", 10, 0.04, "dismissed"))
    )
    raised = result_flags(e, r)
    assert [f.name for f in raised] == ["few_onsets"]
    assert grade("dismissed", raised, r).letter == "D"
    assert grade("inconclusive_mixed", raised, r).letter == "C"


def test_guards_of_a_result_speak_of_its_lists_deletions_priors_and_lateness() -> None:
    from dataclasses import replace

    from interventions_stats.rules.evidence_numbers import EvidenceNumbers, ListOutcome, RobustnessSummary
    from interventions_stats.rules.guard_registry import finding
    from interventions_stats.rules.guards_of_result import guards_of_result

    e = EvidenceNumbers(
        estimate=0.1, se=0.3, p_superiority=0.4, p_noninferiority=0.2, p_reverse=0.6, bf10=(0.5, 0.6, 0.7), bf_reverse=1,
        upper=0.6, delta=0.4, mde=0.7, n_events=20, n_events_total=25, n_identifying=20,
        refused=(finding("G10", "clustered", action="warn"),),
    )  # fmt: skip
    lists = tuple(
        ListOutcome(n, 14, 0.2, "inconclusive_underpowered") for n in ("reconstructed", "combat", "collapsed")
    )
    calm = RobustnessSummary(lists=lists)

    def ids(*args, **more):
        return [f.guard for f in guards_of_result(*args, **more)]

    assert ids(e, calm) == ids(e) == []
    assert ids(e, replace(calm, lists=lists[:2])) == ["G15"]
    assert ids(e, exploratory="the lag") == ["G18"]
    assert ids(replace(e, bf10=(0.9, 1.0, 1.2)), calm) == ["G20"]
    assert ids(e, replace(calm, deletion_flips=True)) == ["G23"]
    turned = (*lists[:2], ListOutcome("collapsed", 14, 0.01, "dismissed"))
    assert ids(e, replace(calm, lists=turned)) == ["G10"]
    assert ids(replace(e, refused=()), replace(calm, lists=turned)) == []


def test_the_events_of_one_actor_never_have_grade_a() -> None:
    for verdict in ("supported", "dismissed", "bounded", "reversed", "inconclusive_mixed"):
        assert grade(verdict, [], ROBUST, one_actor=True).letter in ("B", "D"), verdict
    assert "the events are those of one actor" in grade("supported", [], ROBUST, one_actor=True).reasons
