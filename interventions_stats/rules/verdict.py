"""The verdict on one proposition, in a fixed order; no clause of it reads "p > .05".

0. ``not_testable``: frozen, refused, missing, or fewer than 4 identifying onsets
   (``descriptive``: a claim without SESOI whose numbers carry no test).
1. ``supported``, or ``supported_trivial`` when the upper bound is below the SESOI.
2. ``reversed``: evidence for the opposite sign.
3. ``dismissed`` at its SESOI.
4. ``bounded``: the primary test excludes the SESOI, but a named clause of ``dismissed`` does not hold.
5. ``inconclusive_underpowered``: none of these, and the test could not have seen the SESOI.
6. ``inconclusive_mixed``: everything else.
"""

from __future__ import annotations

from dataclasses import dataclass

from interventions_stats.rules.clause import Clause, holds, unmet
from interventions_stats.rules.clauses import (
    bounded_clauses,
    dismissed_clauses,
    reversed_clauses,
    supported_clauses,
    underpowered_clauses,
    untestable_clauses,
)
from interventions_stats.rules.evidence_numbers import EvidenceNumbers, RobustnessSummary, VerdictName
from interventions_stats.rules.formatting import missing

_DECISIVE: tuple[VerdictName, ...] = ("supported", "reversed", "dismissed")


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with everything it was read off.

    Attributes
    ----------
    verdict : str
    trivial : bool
        Whether a supported effect is smaller than the SESOI.
    clauses : tuple of Clause
        Every clause of every verdict that was considered, in order.
    reasons : tuple of str
        The clauses that decided, in words.
    core : bool
        True when no robustness summary was given.
    """

    verdict: VerdictName
    trivial: bool
    clauses: tuple[Clause, ...]
    reasons: tuple[str, ...]
    core: bool

    def of(self, verdict: str) -> tuple[Clause, ...]:
        """Return the clauses of one verdict."""
        return tuple(c for c in self.clauses if c.verdict == verdict)

    @property
    def in_order(self) -> tuple[Clause, ...]:
        """The clauses that decided, then the others; untestable conditions only where one holds."""
        reached = "supported" if self.verdict == "supported_trivial" else self.verdict
        shown = [c for c in self.clauses if c.verdict != "not_testable" or c.met]
        return tuple(sorted(shown, key=lambda c: c.verdict != reached))

    @property
    def nearest(self) -> tuple[Clause, ...]:
        """The smallest set of clauses that would have to turn for another decisive verdict.

        The unmet clauses of whichever of supported, reversed and
        dismissed lacks fewest (in this order on a tie); for a proposition that
        is not testable, the conditions that made it so.
        """
        if self.verdict == "not_testable":
            return tuple(c for c in self.clauses if c.met)
        reached = "supported" if self.verdict == "supported_trivial" else self.verdict
        others = [unmet(self.of(v)) for v in _DECISIVE if v != reached and self.of(v)]
        return min(others, key=len) if others else ()


def decide(e: EvidenceNumbers, robustness: RobustnessSummary | None = None) -> Decision:
    """Apply the verdict rules in order.

    Parameters
    ----------
    e : EvidenceNumbers
        What the primary test found.
    robustness : RobustnessSummary, optional
        How it fares under the other registered choices.  Without it the *core*
        verdict is given, which is what a multiverse counts.

    Returns
    -------
    Decision

    Examples
    --------
    >>> e = EvidenceNumbers(estimate=0.02, se=0.2, p_superiority=.46, p_noninferiority=.0004, p_reverse=.54,
    ...     bf10=(.55, .3, .16), bf_reverse=.85, upper=.35, delta=.693, mde=.5,
    ...     n_events=25, n_events_total=25, n_identifying=25)
    >>> decide(e).verdict
    'dismissed'
    >>> decide(e, RobustnessSummary()).verdict    # checks that were not run are not passed
    'bounded'
    """
    core = robustness is None
    untestable = untestable_clauses(e)
    tripped = tuple(c for c in untestable if c.met)
    if tripped:
        return Decision("not_testable", False, untestable, tuple(c.text for c in tripped), core)
    if not e.has_sesoi and missing(e.p_superiority):
        text = "the numbers describe and carry no test, and the claim has no smallest effect of interest"
        clause = Clause("descriptive", "p_superiority", None, None, "==", True, text, "register a test and a SESOI")
        return Decision("descriptive", False, (*untestable, clause), (text,), core)
    supported = supported_clauses(e, robustness)
    reverse = reversed_clauses(e)
    dismissed = dismissed_clauses(e, robustness)
    bounded = bounded_clauses(e)
    underpowered = underpowered_clauses(e)
    clauses = (*untestable, *supported, *reverse, *dismissed, *bounded, *underpowered)
    verdict = _first(e, supported, reverse, dismissed, bounded, underpowered)
    reached = {
        "supported": supported,
        "supported_trivial": supported,
        "reversed": reverse,
        "dismissed": dismissed,
    }.get(verdict)
    if reached:
        reasons = tuple(c.text for c in reached if c.asked)
    elif verdict == "bounded":
        reasons = (*(c.text for c in bounded if c.name != "guard_caps"), *_lacking("dismissed", clauses))
    else:
        reasons = _why_inconclusive(clauses)
    return Decision(verdict, verdict == "supported_trivial", clauses, reasons, core)


def core_verdict(e: EvidenceNumbers) -> Decision:
    """Decide on the primary test alone: :func:`decide` without robustness."""
    return decide(e)


def final_verdict(e: EvidenceNumbers, robustness: RobustnessSummary) -> Decision:
    """Decide on the primary test and the other registered choices: :func:`decide` with robustness."""
    return decide(e, robustness)


def _first(
    e: EvidenceNumbers,
    supported: tuple[Clause, ...],
    reverse: tuple[Clause, ...],
    dismissed: tuple[Clause, ...],
    bounded: tuple[Clause, ...],
    underpowered: tuple[Clause, ...],
) -> VerdictName:
    if holds(supported):
        return "supported_trivial" if e.trivial else "supported"
    if holds(reverse):
        return "reversed"
    if holds(dismissed):
        return "dismissed"
    if holds(bounded):
        return "bounded"
    # G20: where only the choice of prior stands in the way, the evidence is mixed and not lacking
    if {c.name for c in unmet(supported)} == {"bf_range"}:
        return "inconclusive_mixed"
    return "inconclusive_underpowered" if holds(underpowered) else "inconclusive_mixed"


def _why_inconclusive(clauses: tuple[Clause, ...]) -> tuple[str, ...]:
    power = [c.text for c in clauses if c.verdict == "inconclusive_underpowered" and c.name == "mde"]
    return (*power, *(said for verdict in _DECISIVE for said in _lacking(verdict, clauses)))


def _lacking(verdict: str, clauses: tuple[Clause, ...]) -> tuple[str, ...]:
    """What stands in the way of a verdict, in words."""
    lacking = unmet(tuple(c for c in clauses if c.verdict == verdict))
    return (f"not {verdict}: " + "; ".join(c.text for c in lacking),) if lacking else ()
