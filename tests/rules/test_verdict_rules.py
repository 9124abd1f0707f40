"""The decision table of the method: every verdict, every boundary, and properties that hold for any numbers."""

from __future__ import annotations

import math
from itertools import product
from typing import Any, get_args

import pytest
from cases import DELTA, DISMISSED, LISTS, MIXED, REVERSED, ROBUST, SUPPORTED, change
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.rules.clause import compare, unmet
from interventions_stats.rules.evidence_numbers import (
    VERDICTS,
    EvidenceNumbers,
    ListOutcome,
    RobustnessSummary,
    VerdictName,
)
from interventions_stats.rules.guards import finding, g13_coverage
from interventions_stats.rules.verdict import Decision, core_verdict, decide, final_verdict

BELOW, ABOVE = 1 - 1e-9, 1 + 1e-9  # just inside and just outside a threshold
NAN = math.nan


def assert_consistent(decision: Decision) -> None:
    """What a clause says of its number is what the number says."""
    for c in decision.clauses:
        if c.value is not None and c.threshold is not None and c.asked:
            assert c.met is compare(c.value, c.relation, c.threshold)
        if c.name in ("frozen", "missing", "refused", "guard_caps", "falsifiers_failed"):
            assert c.threshold == 0


@pytest.mark.parametrize(
    ("base", "changes", "expected"),
    [
        # each verdict, at its thresholds (p exactly .05, BF exactly 3 or 10)
        (MIXED, {}, "inconclusive_mixed"),
        (SUPPORTED, {}, "supported"),
        (REVERSED, {}, "reversed"),
        (DISMISSED, {}, "dismissed"),
        # supported: Holm decides, not the unadjusted p
        (SUPPORTED, {"p_superiority_holm": 0.05 * ABOVE}, "inconclusive_mixed"),
        (SUPPORTED, {"p_superiority_holm": None, "p_superiority": 0.05}, "supported"),
        (SUPPORTED, {"p_superiority_holm": None, "p_superiority": 0.05 * ABOVE}, "inconclusive_mixed"),
        (SUPPORTED, {"bf10": (1.0, 3.0 * BELOW, 4.0)}, "inconclusive_mixed"),
        (SUPPORTED, {"bf10": (1.0 * BELOW, 3.0, 4.0)}, "inconclusive_mixed"),
        (SUPPORTED, {"bf10": (5.0, 3.0, 1.0)}, "supported"),
        (SUPPORTED, {"bf10": (NAN, 3.0, 4.0)}, "inconclusive_mixed"),
        (SUPPORTED, {"bf10": (4.0, NAN, 4.0)}, "inconclusive_mixed"),
        (SUPPORTED, {"bf10": (4.0, 3.0, NAN)}, "inconclusive_mixed"),
        (DISMISSED, {"bf10": (1.0, 1 / 3, NAN)}, "bounded"),
        (SUPPORTED, {"upper": DELTA}, "supported"),
        (SUPPORTED, {"upper": DELTA * BELOW}, "supported_trivial"),
        (SUPPORTED, {"upper": NAN, "lower": NAN}, "supported"),
        # reversed
        (REVERSED, {"p_reverse_holm": 0.05 * ABOVE}, "inconclusive_mixed"),
        (REVERSED, {"p_reverse_holm": None, "p_reverse": 0.05}, "reversed"),
        (REVERSED, {"bf_reverse": 10 * BELOW}, "inconclusive_mixed"),
        (REVERSED, {"bf_reverse": math.inf}, "reversed"),
        (REVERSED, {"bf_reverse": NAN}, "inconclusive_mixed"),
        # dismissed
        (DISMISSED, {"p_noninferiority": 0.05 * ABOVE}, "inconclusive_mixed"),
        (DISMISSED, {"bf10": (1.0, 1 / 3 * ABOVE, 0.2)}, "bounded"),
        (DISMISSED, {"bf10": (1.0 * ABOVE, 1 / 3, 0.2)}, "bounded"),
        (DISMISSED, {"bf10": (0.0, 0.0, 0.0)}, "dismissed"),
        (DISMISSED, {"mde": 9.0}, "dismissed"),  # power is asked only when nothing else was reached
        # the order
        (SUPPORTED, {"p_noninferiority": 0.01}, "supported"),
        (SUPPORTED, {"p_reverse_holm": 0.01, "bf_reverse": 20.0}, "supported"),
        (REVERSED, {"p_noninferiority": 0.001, "bf10": (0.3, 0.1, 0.05)}, "reversed"),
        # bounded: the primary test excludes the SESOI, and more is lacking than said
        (MIXED, {"p_noninferiority": 0.05, "mde": 9.0}, "bounded"),
        (MIXED, {"p_noninferiority": 0.05 * ABOVE, "mde": 9.0}, "inconclusive_underpowered"),
        (REVERSED, {"bf_reverse": 9.0, "p_noninferiority": 0.001}, "bounded"),
        # underpowered
        (MIXED, {"mde": DELTA}, "inconclusive_mixed"),
        (MIXED, {"mde": DELTA * ABOVE}, "inconclusive_underpowered"),
        (MIXED, {"mde": math.inf}, "inconclusive_underpowered"),
        (MIXED, {"mde": NAN}, "inconclusive_mixed"),
        # G20 alone in the way: mixed, whatever the power
        (SUPPORTED, {"bf10": (0.9, 3.0, 4.0), "mde": 9.0}, "inconclusive_mixed"),
        (DISMISSED, {"bf10": (1.1, 0.3, 0.2), "mde": 9.0}, "bounded"),
        (DISMISSED, {"bf10": (1.1, 0.3, 0.2), "p_noninferiority": 0.2, "mde": 9.0}, "inconclusive_underpowered"),
        # a tail that cannot reach .05 withholds its own verdict, both withhold all
        (SUPPORTED, {"attainable": (0.051, 0.01)}, "inconclusive_mixed"),
        (SUPPORTED, {"attainable": (0.05, 0.4)}, "supported"),
        (REVERSED, {"attainable": (0.01, 0.051)}, "inconclusive_mixed"),
        (DISMISSED, {"attainable": (0.051, 0.01)}, "dismissed"),
        (DISMISSED, {"attainable": (0.051, 0.4)}, "not_testable"),
        # not testable
        (SUPPORTED, {"n_identifying": 3}, "not_testable"),
        (SUPPORTED, {"n_identifying": 4}, "supported"),
        (SUPPORTED, {"missing": "table dyads"}, "not_testable"),
        (SUPPORTED, {"frozen_untestable": "one actor only"}, "not_testable"),
        (SUPPORTED, {"refused": (finding("G05", "lag 0."),)}, "not_testable"),
        (SUPPORTED, {"refused": (finding("G09", "deff 1.5.", action="warn"),)}, "supported"),
        (SUPPORTED, {"refused": (g13_coverage(8, 25, 17, "MID"),)}, "supported"),
        (SUPPORTED, {"p_superiority": NAN}, "not_testable"),
        (SUPPORTED, {"p_superiority_holm": NAN}, "inconclusive_mixed"),
        # a guard that caps the verdict
        (SUPPORTED, {"refused": (finding("G06", "x.", cap="inconclusive_mixed"),)}, "inconclusive_mixed"),
        (REVERSED, {"refused": (finding("G26", "x.", cap="inconclusive_mixed"),)}, "inconclusive_mixed"),
        (DISMISSED, {"refused": (finding("G06", "x.", cap="inconclusive_mixed"),)}, "inconclusive_mixed"),
    ],
)  # fmt: skip
def test_core_table(base: EvidenceNumbers, changes: dict[str, Any], expected: str) -> None:
    decision = core_verdict(change(base, **changes))
    assert decision.verdict == expected
    assert decision.trivial == (expected == "supported_trivial")
    assert decision.core and decision.reasons
    assert_consistent(decision)


@pytest.mark.parametrize(
    ("base", "changes", "expected"),
    [
        (SUPPORTED, {}, "supported"),
        (SUPPORTED, {"share_same_sign": 0.8 * BELOW}, "inconclusive_mixed"),
        (SUPPORTED, {"falsifiers_failed": ("lead",)}, "inconclusive_mixed"),
        (SUPPORTED, {"falsifiers_run": 0}, "supported"),
        (SUPPORTED, {"share_same_sign": NAN}, "inconclusive_mixed"),
        (SUPPORTED, {"worst_deletion_p": None, "lists": (), "specs_supported": 9}, "supported"),  # only dismissal asks
        (REVERSED, {"share_same_sign": 0.0, "falsifiers_failed": ("lead",)}, "reversed"),  # asks neither
        (DISMISSED, {}, "dismissed"),
        (DISMISSED, {"specs_supported": 1}, "bounded"),
        (DISMISSED, {"share_dismissing": 0.8 * BELOW}, "bounded"),
        (DISMISSED, {"share_dismissing": NAN}, "bounded"),
        (DISMISSED, {"share_dismissing": NAN, "n_specs_powered": 0}, "dismissed"),
        (DISMISSED, {"share_same_sign": 0.0, "falsifiers_failed": ("lead",)}, "dismissed"),  # asks neither
        (DISMISSED, {"worst_deletion_p": 0.10 * ABOVE}, "bounded"),
        (DISMISSED, {"worst_deletion_p": None}, "bounded"),
        (DISMISSED, {"lists": ()}, "bounded"),
        # "every list" of none is no agreement
        (DISMISSED, {"lists": (ListOutcome("small", 7, 0.001, "dismissed"),)}, "bounded"),
        # with two lists of 12, one of 11 has no say; without, lists of 8 have
        (DISMISSED, {"lists": LISTS[:2]}, "dismissed"),
        (DISMISSED, {"lists": (LISTS[0], LISTS[2])}, "bounded"),
        (DISMISSED, {"lists": (LISTS[0], ListOutcome("small", 7, 0.9, "inconclusive_underpowered"))}, "dismissed"),
        (DISMISSED, {"lists": (LISTS[0], ListOutcome("small", 8, 0.9, "inconclusive_underpowered"))}, "bounded"),
        (DISMISSED, {"lists": (*LISTS[:2], ListOutcome("third", 12, 0.05 * ABOVE, "inconclusive_mixed"))}, "bounded"),
        (DISMISSED, {"lists": (*LISTS[:2], ListOutcome("third", 12, NAN, "inconclusive_mixed"))}, "bounded"),
    ],
)  # fmt: skip
def test_robustness_table(base: EvidenceNumbers, changes: dict[str, Any], expected: str) -> None:
    decision = final_verdict(base, change(ROBUST, **changes))
    assert decision.verdict == expected
    assert not decision.core
    assert_consistent(decision)


def test_checks_that_were_not_run_are_not_passed() -> None:
    assert decide(SUPPORTED, RobustnessSummary()).verdict == "inconclusive_mixed"
    assert decide(DISMISSED, RobustnessSummary()).verdict == "bounded"
    assert "not computed" in " ".join(decide(DISMISSED, RobustnessSummary()).reasons)


class TestTwoSided:
    """E1: max |T|, normal prior, TOST; never reversed."""

    def test_tost_decides_and_noninferiority_does_not(self) -> None:
        e = change(DISMISSED, two_sided=True, p_tost=0.05, p_noninferiority=0.9, lower=-0.2)
        assert decide(e).verdict == "dismissed"
        assert decide(change(e, p_tost=0.05 * ABOVE)).verdict == "inconclusive_mixed"
        assert decide(change(e, p_tost=None)).verdict == "inconclusive_mixed"
        assert decide(change(DISMISSED, p_tost=0.9)).verdict == "dismissed"  # one-sided claims do not ask TOST

    def test_never_reversed(self) -> None:
        e = change(REVERSED, two_sided=True, p_tost=0.5)
        assert decide(e).verdict == "inconclusive_mixed"
        assert "predicts no sign" in " ".join(decide(e).reasons)

    def test_trivial_needs_both_bounds_inside(self) -> None:
        e = change(SUPPORTED, two_sided=True, upper=0.3, lower=-0.3)
        assert decide(e).verdict == "supported_trivial"
        assert decide(change(e, lower=-DELTA)).verdict == "supported"
        assert decide(change(e, lower=NAN)).verdict == "supported"


class TestWithoutSesoi:
    """L2, S2, C16, C17: supported, inconclusive_mixed or descriptive, whatever the numbers."""

    BASE = change(MIXED, has_sesoi=False, delta=None, bf10=(NAN, NAN, NAN))

    def test_supported_needs_a_p_that_could_give_three_to_one(self) -> None:
        # the Sellke bound -1 / (e p ln p) is 3 between p = .0372 and .0373
        at = {"p_superiority_holm": None, "bf10": (NAN, NAN, NAN)}
        assert decide(change(self.BASE, p_superiority=0.0372, **at)).verdict == "supported"
        assert decide(change(self.BASE, p_superiority=0.0373, **at)).verdict == "inconclusive_mixed"
        assert decide(change(self.BASE, p_superiority=0.0, **at)).verdict == "supported"
        assert decide(change(self.BASE, p_superiority=1.0, **at)).verdict == "inconclusive_mixed"
        assert decide(change(self.BASE, p_superiority=0.01, p_superiority_holm=0.06)).verdict == "inconclusive_mixed"
        # a Bayes factor that was computed is read instead
        assert (
            decide(change(self.BASE, p_superiority=0.01, p_superiority_holm=0.01, bf10=(2, 2, 2))).verdict
            == "inconclusive_mixed"
        )
        assert (
            decide(change(self.BASE, p_superiority=0.01, p_superiority_holm=0.01, bf10=(3, 3, 3))).verdict
            == "supported"
        )

    def test_descriptive_without_a_test(self) -> None:
        found = decide(change(self.BASE, p_superiority=NAN))
        assert (found.verdict, found.trivial, found.core) == ("descriptive", False, True)
        assert [c.name for c in found.clauses if c.met] == ["p_superiority"] and found.nearest == ()
        assert decide(change(self.BASE, p_superiority=NAN, n_identifying=3)).verdict == "not_testable"

    @settings(deadline=None)
    @given(st.data())
    def test_range_of_verdicts(self, data: st.DataObject) -> None:
        e = data.draw(evidence(has_sesoi=st.just(False)))
        assert decide(e).verdict in {"not_testable", "descriptive", "supported", "inconclusive_mixed"}


def test_every_reason_for_not_testable_is_named() -> None:
    e = change(
        MIXED,
        missing="table trade",
        frozen_untestable="one actor",
        n_identifying=2,
        refused=(finding("G07", "78% between leaders."),),
    )
    decision = decide(e)
    text = " | ".join(decision.reasons)
    for part in (
        "table trade",
        "one actor",
        "G07: 78% between leaders.",
        "2 onsets in identifying strata, fewer than 4",
    ):
        assert part in text
    flips = {c.name: c.flip for c in decision.clauses}
    assert flips["n_identifying"] == "the number of identifying onsets would have to rise from 2 to 4"
    assert flips["p_superiority"] == "it stays so unless the test returns none"
    gone = decide(change(MIXED, p_superiority=NAN))
    assert gone.reasons == ("the primary test returned no p-value",)
    assert gone.nearest[0].flip == "find out why the test returned none"
    assert "the primary test returned a p-value" in {c.text for c in decision.clauses}
    assert {c.name for c in decision.nearest} == {"frozen", "missing", "refused", "n_identifying"}


class TestWhy:
    """Each clause gives its value, its threshold, whether it is met and what would flip it."""

    def test_flip_of_noninferiority_names_the_bound(self) -> None:
        e = change(DISMISSED, p_noninferiority=0.08, upper=math.log(2.3))
        (clause,) = [c for c in decide(e).of("dismissed") if c.name == "p_noninferiority"]
        assert (clause.value, clause.threshold, clause.relation, clause.met) == (0.08, 0.05, "<=", False)
        assert (
            clause.flip
            == "the p of non-inferiority at OR 1.5 would have to fall from .08 to .05: the upper bound from OR 2.3 to 1.5"
        )

    def test_flip_of_power_names_the_onsets(self) -> None:
        (clause,) = decide(change(MIXED, mde=2 * DELTA)).of("inconclusive_underpowered")
        assert clause.met and "from 25" not in clause.flip and "about 100 onsets instead of 25" in clause.flip

    def test_flip_of_lists_names_the_list(self) -> None:
        r = change(ROBUST, lists=(*LISTS[:2], ListOutcome("IMI", 13, 0.12, "inconclusive_mixed")))
        (clause,) = [c for c in decide(DISMISSED, r).of("dismissed") if c.name == "lists"]
        assert (clause.value, clause.threshold, clause.met) == (2.0, 3.0, False)
        assert "IMI (p .12)" in clause.flip
        assert "(3 lists run)" in clause.text

    def test_reasons_in_full(self) -> None:
        """An undecided result says what each decisive verdict lacked, and whether the power was there."""
        e = change(MIXED, p_reverse_holm=0.04, p_noninferiority=0.11, mde=2 * DELTA)
        assert decide(e).reasons == (
            "smallest detectable effect OR 2.25 above the SESOI OR 1.5",
            "not supported: p of superiority (Holm) is .20 (needs <= .05); BF10 is 1.1 (needs >= 3)",
            "not reversed: Bayes factor of a negative against a positive effect is 0.1 (needs >= 10)",
            "not dismissed: p of non-inferiority at OR 1.5 is .11 (needs <= .05); BF01 is 0.909 (needs >= 3); smallest BF01 over the prior range (G20) is 0.833 (needs >= 1)",
        )
        assert decide(DISMISSED).reasons == tuple(c.text for c in decide(DISMISSED).of("dismissed") if c.asked)

    def test_flips_in_full(self) -> None:
        """What would flip each clause of a decision, met and unmet, for numbers that a normal likelihood gives."""
        e = change(
            MIXED,
            estimate=0.0,
            se=0.2,
            p_superiority=0.5,
            p_superiority_holm=1.0,
            p_reverse=0.5,
            p_reverse_holm=1.0,
            p_noninferiority=0.0213,
            bf10=(0.8, 0.442, 0.24),
            bf_reverse=1.0,
            upper=0.329,
            lower=-0.9,
            mde=0.497,
        )
        flips = {(c.verdict, c.name): c.flip for c in decide(e, ROBUST).clauses}
        assert flips["not_testable", "n_identifying"] == (
            "it stays met unless the number of identifying onsets (now 25) falls below 4"
        )
        # Holm has doubled the p, so the unadjusted one must reach .025: z = 1.96
        assert flips["supported", "p_superiority"] == (
            "the p of superiority (Holm) would have to fall from 1.00 to .05: the estimate from OR 1 to about 1.48"
        )
        assert flips["reversed", "p_reverse"].endswith("the estimate from OR 1 to about 0.676")
        assert flips["dismissed", "p_noninferiority"] == (
            "it stays met unless the p of non-inferiority at OR 1.5 (now .021) rises above .05: the upper bound from OR 1.39 to 1.5"
        )
        assert flips["dismissed", "bf01"].startswith(
            "the BF01 would have to rise from 2.26 to 3: the estimate from OR 1 to about 0.9"
        )
        assert flips["dismissed", "worst_deletion_p"] == (
            "it stays met unless the worst p of non-inferiority after deleting one event (now .10) rises above .10"
        )
        assert flips["inconclusive_underpowered", "mde"] == (
            "it would have to fall to OR 1.5: about 38 onsets instead of 25"
        )
        (power,) = decide(MIXED).of("inconclusive_underpowered")
        assert power.flip == "it stays so until it rises above OR 1.5"

    def test_two_sided_flips_use_the_normal_prior_and_both_bounds(self) -> None:
        e = change(MIXED, two_sided=True, estimate=0.0, se=0.3, upper=0.3, lower=-0.5, p_tost=0.2, bf10=(0.9, 0.6, 0.3))
        flips = {(c.verdict, c.name): c.flip for c in decide(e).clauses}
        assert flips["dismissed", "p_tost"].endswith("the upper bound from OR 1.65 to 1.5")  # the farther of the two
        assert flips["dismissed", "bf01"].endswith("unless the standard error falls from 0.3 to 0.143")
        assert flips["supported", "p_superiority"].endswith("the estimate from OR 1 to about 1.64")
        # normal prior: BF10 = 3 where z^2 = 2 (se^2 + delta^2) / delta^2 ln(3 sqrt(se^2 + delta^2) / se)
        total = 0.3**2 + DELTA**2
        goal = 0.3 * math.sqrt(2 * total / DELTA**2 * math.log(3 * math.sqrt(total) / 0.3))
        assert flips["supported", "bf10"].endswith(f"the estimate from OR 1 to about {math.exp(goal):.3g}")
        down = decide(change(e, estimate=-0.1)).of("supported")[0]
        assert down.flip.endswith("the estimate from OR 0.905 to about 0.611")
        assert down.text == "p of the maximum of the absolute statistic (Holm) is .20 (needs <= .05)"

    @pytest.mark.parametrize(("holm", "label"), [(0.8, "p of the reverse (Holm)"), (None, "p of the reverse")])
    def test_labels_tell_whether_holm_was_applied(self, holm: float | None, label: str) -> None:
        e = change(MIXED, p_reverse_holm=holm, p_superiority_holm=holm)
        assert decide(e).of("reversed")[0].text.startswith(f"{label} is .80")
        assert decide(e).of("supported")[0].text.startswith(label.replace("the reverse", "superiority"))

    def test_texts_in_full(self) -> None:
        """What a reader sees of a dismissal that fails on one list."""
        r = change(ROBUST, lists=(*LISTS[:2], ListOutcome("IMI", 13, 0.12, "inconclusive_mixed")))
        decision = decide(change(DISMISSED, p_noninferiority=0.0502), r)
        assert [c.text for c in decision.of("dismissed")] == [
            "p of non-inferiority at OR 1.5 is .0502 (needs <= .05)",
            "BF01 is 3 (needs >= 3)",
            "smallest BF01 over the prior range (G20) is 1 (needs >= 1)",
            "no guard caps the verdict",
            "number of supported specifications (of 10) is 0 (needs <= 0)",
            "share of powered specifications that dismiss (of 5) is .80 (needs >= .80)",
            "2 of 3 lists with at least 12 identifying onsets dismiss it (3 lists run); not: IMI (p .12)",
            "worst p of non-inferiority after deleting one event is .10 (needs <= .10)",
        ]
        assert [c.text for c in decide(DISMISSED).of("dismissed")][4:] == [
            "number of supported specifications: not asked of the core verdict",
            "share of powered specifications that dismiss: not asked of the core verdict",
            "agreement of event lists: not asked of the core verdict",
            "worst p of non-inferiority after deleting one event: not asked of the core verdict",
        ]
        assert [c.text for c in decide(DISMISSED, RobustnessSummary()).of("dismissed")][4:] == [
            "number of supported specifications (of 0) was not computed (needs <= 0)",
            "share of powered specifications that dismiss (of 0) was not computed (needs >= .80)",
            "no event list was run",
            "worst p of non-inferiority after deleting one event was not computed (needs <= .10)",
        ]
        assert [c.text for c in decide(SUPPORTED, ROBUST).of("supported")] == [
            "p of superiority (Holm) is .05 (needs <= .05)",
            "BF10 is 3 (needs >= 3)",
            "smallest BF10 over the prior range (G20) is 1 (needs >= 1)",
            "no guard caps the verdict",
            "share of specifications with the same sign (of 10) is .80 (needs >= .80)",
            "falsifiers run: 2, failed: 0",
        ]

    def test_nearest_is_the_verdict_that_lacks_least(self) -> None:
        decision = decide(change(DISMISSED, p_noninferiority=0.08))
        assert [c.name for c in decision.nearest] == ["p_noninferiority"]
        trivial = decide(change(SUPPORTED, upper=DELTA / 2, lower=0.1))
        assert trivial.trivial and {c.verdict for c in trivial.nearest} == {"reversed"}
        assert decide(SUPPORTED).nearest[0].verdict in ("reversed", "dismissed")

    @pytest.mark.parametrize("robustness", [None, ROBUST, RobustnessSummary()])
    @pytest.mark.parametrize("base", [MIXED, SUPPORTED, REVERSED, DISMISSED])
    def test_asked_clauses_are_complete(self, base: EvidenceNumbers, robustness: RobustnessSummary | None) -> None:
        decision = decide(base, robustness)
        assert {c.verdict for c in decision.clauses} >= {"not_testable", "supported", "reversed", "dismissed"}
        for clause in decision.clauses:
            assert clause.text and (clause.flip or not clause.asked)
            assert clause.verdict in VERDICTS
            assert "nan" not in clause.text.lower() and "none" not in clause.text.lower()
        if robustness is None:
            assert sum(not c.asked for c in decision.clauses) == 6
            assert all(
                c.text.endswith("not asked of the core verdict") and not c.flip for c in decision.clauses if not c.asked
            )
            assert all(c.met is None for c in decision.clauses if not c.asked)
        else:
            assert all(c.asked for c in decision.clauses)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"p_superiority": 1.2}, "p_superiority=1.2"),
        ({"p_tost": -0.1}, "p_tost"),
        ({"bf10": (1, -2, 1)}, "not logarithms"),
        ({"bf10": (1, 2)}, "2 values"),
        ({"delta": 0.0}, "log of the SESOI"),
        ({"delta": -0.4}, "log of the SESOI"),
        ({"se": -1.0}, "se=-1"),
        ({"n_identifying": -1}, "n_identifying"),
        ({"lower": 2.0}, "bounds in order"),
    ],
)
def test_impossible_numbers_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        change(MIXED, **fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"share_same_sign": 1.5}, "share_same_sign"),
        ({"specs_supported": 11}, "n_specs=10"),
        ({"n_specs_powered": 11}, "n_specs=10"),
        ({"falsifiers_failed": ("a", "b", "c")}, "falsifiers_run=2"),
        ({"lists": (LISTS[0], LISTS[0])}, "twice"),
    ],
)
def test_impossible_summaries_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        change(ROBUST, **fields)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="supported"):
        ListOutcome("a", 12, 0.1, "suported")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="measure"):
        change(MIXED, measure="odds")


def test_names_of_verdicts_agree() -> None:
    assert get_args(VerdictName) == VERDICTS


# --------------------------------------------------------------------------- properties

p_values = st.one_of(st.just(NAN), st.floats(0, 1), st.sampled_from([0.0, 0.05, 0.1, 1.0]))
bayes = st.one_of(st.just(NAN), st.floats(0, 1e6), st.sampled_from([0.0, 1 / 3, 1.0, 3.0, 10.0, math.inf]))
effects = st.one_of(st.just(NAN), st.floats(-5, 5), st.sampled_from([-math.inf, math.inf]))


def evidence(**fields: Any) -> st.SearchStrategy[EvidenceNumbers]:
    """Any evidence that can be built at all."""
    kinds: dict[str, Any] = {
        "estimate": effects,
        "se": st.one_of(st.just(NAN), st.floats(0, 5)),
        "p_superiority": p_values,
        "p_noninferiority": p_values,
        "p_reverse": p_values,
        "p_superiority_holm": st.one_of(st.none(), p_values),
        "p_reverse_holm": st.one_of(st.none(), p_values),
        "p_tost": st.one_of(st.none(), p_values),
        "bf10": st.tuples(bayes, bayes, bayes),
        "bf_reverse": bayes,
        "upper": effects,
        "delta": st.one_of(st.none(), st.just(NAN), st.floats(0.01, 2)),
        "mde": st.one_of(st.just(NAN), st.floats(0, 5), st.just(math.inf)),
        "n_events": st.integers(0, 30),
        "n_events_total": st.integers(0, 30),
        "n_identifying": st.integers(0, 30),
        "two_sided": st.booleans(),
        "has_sesoi": st.booleans(),
        "missing": st.one_of(st.none(), st.just("table x")),
    }
    return st.builds(EvidenceNumbers, **(kinds | fields))


@st.composite
def summaries(draw: st.DrawFn) -> RobustnessSummary:
    n = draw(st.integers(0, 20))
    lists = tuple(
        ListOutcome(f"list {i}", draw(st.integers(0, 30)), draw(p_values), draw(st.sampled_from(VERDICTS)))
        for i in range(draw(st.integers(0, 4)))
    )
    return RobustnessSummary(
        n_specs=n,
        share_same_sign=draw(p_values),
        specs_supported=draw(st.integers(0, n)),
        share_dismissing=draw(p_values),
        n_specs_powered=draw(st.integers(0, n)),
        lists=lists,
        worst_deletion_p=draw(st.one_of(st.none(), p_values)),
        falsifiers_run=2,
        falsifiers_failed=draw(st.sampled_from([(), ("lead",)])),
    )


@settings(deadline=None)
@given(evidence(), st.one_of(st.none(), summaries()))
def test_exactly_one_verdict_for_any_numbers_and_it_is_what_the_clauses_say(
    e: EvidenceNumbers, r: RobustnessSummary | None
) -> None:
    decision = decide(e, r)
    assert decision.verdict in VERDICTS
    assert decision.reasons
    assert_consistent(decision)
    reached = {v: not unmet(decision.of(v)) for v in ("supported", "reversed", "dismissed") if decision.of(v)}
    if decision.verdict in ("supported", "supported_trivial"):
        assert reached["supported"]
    elif decision.verdict == "reversed":
        assert reached["reversed"] and not reached["supported"] and not e.two_sided
    elif decision.verdict == "dismissed":
        assert reached == {"supported": False, "reversed": False, "dismissed": True}
    elif decision.verdict.startswith("inconclusive"):
        assert not any(reached.values())
    if decision.verdict == "inconclusive_underpowered":
        assert e.delta is not None and e.mde > e.delta


@settings(deadline=None)
@given(evidence(), st.one_of(st.none(), summaries()), st.floats(0, 1))
def test_a_larger_p_of_noninferiority_never_dismisses(
    e: EvidenceNumbers, r: RobustnessSummary | None, more: float
) -> None:
    assume(not math.isnan(e.p_noninferiority) and e.p_tost is not None and not math.isnan(e.p_tost))
    larger = change(e, p_noninferiority=max(e.p_noninferiority, more), p_tost=max(e.p_tost or 0, more))
    if decide(e, r).verdict != "dismissed":
        assert decide(larger, r).verdict != "dismissed"


@settings(deadline=None)
@given(evidence(), st.one_of(st.none(), summaries()), st.floats(0, 1), st.floats(1, 100))
def test_weaker_evidence_never_supports(
    e: EvidenceNumbers, r: RobustnessSummary | None, more: float, factor: float
) -> None:
    assume(not math.isnan(e.p_superiority))
    bf10 = tuple(b / factor for b in e.bf10)
    holm = None if e.p_superiority_holm is None else max(e.p_superiority_holm, more)
    weaker = change(e, p_superiority=max(e.p_superiority, more), p_superiority_holm=holm, bf10=bf10)
    if not decide(e, r).verdict.startswith("supported"):
        assert not decide(weaker, r).verdict.startswith("supported")


@settings(deadline=None)
@given(evidence(), summaries())
def test_robustness_only_takes_away(e: EvidenceNumbers, r: RobustnessSummary) -> None:
    final, core = decide(e, r).verdict, decide(e).verdict
    if final in ("supported", "supported_trivial", "not_testable", "descriptive"):
        assert final == core
    if final == "dismissed":
        assert core in ("dismissed", "supported", "supported_trivial")


def test_all_combinations_of_met_and_unmet_follow_the_order() -> None:
    """Rebuild the order independently: the first of the three whose conditions all hold."""
    for sup, bf_for, rev, bf_rev, dis, bf_none, power in product([True, False], repeat=7):
        if bf_for and bf_none:
            continue  # a Bayes factor cannot speak for both
        middle = 3.0 if bf_for else 1 / 3 if bf_none else 1.0
        e = change(
            MIXED,
            p_superiority_holm=0.05 if sup else 0.051,
            p_reverse_holm=0.05 if rev else 0.051,
            p_noninferiority=0.05 if dis else 0.051,
            bf10=(middle, middle, middle),
            bf_reverse=10.0 if bf_rev else 9.99,
            mde=DELTA if power else DELTA * 1.01,
            upper=DELTA,
        )
        expected = "inconclusive_mixed" if power else "inconclusive_underpowered"
        if dis:
            expected = "dismissed" if bf_none else "bounded"
        if rev and bf_rev:
            expected = "reversed"
        if sup and bf_for:
            expected = "supported"
        assert decide(e).verdict == expected
