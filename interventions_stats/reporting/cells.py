"""Numbers and verdicts as the text of a cell: rounded to their simulation error, and never a star."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from interventions_stats.assessment.monte_carlo import monte_carlo_errors
from interventions_stats.assessment.sentences import onsets_total
from interventions_stats.display.figures.style import VERDICTS, words
from interventions_stats.display.rounding import rounded, rounded_p
from interventions_stats.rules.formatting import probability_text

if TYPE_CHECKING:
    from interventions_stats.assessment.result import Result

DASH = "–"
_CENSUS = {"holds": "holds", "coding_dependent": "depends on the coding", "fails": "fails"}
_SHAPES = {
    "supported": "▲", "supported_trivial": "△", "reversed": "▼", "dismissed": "■", "bounded": "□", "inconclusive_underpowered": "○",
    "inconclusive_mixed": "◆", "descriptive": "✚", "not_testable": "×", "holds": "▲", "coding_dependent": "◆", "fails": "▼",
}  # fmt: skip


def verdict_words(verdict: str) -> str:
    """A verdict as words.

    >>> verdict_words("inconclusive_underpowered"), verdict_words("coding_dependent")
    ('inconclusive, underpowered', 'depends on the coding')
    """
    return VERDICTS[verdict][3] if verdict in VERDICTS else _CENSUS.get(verdict, words(verdict))


def verdict_shape(verdict: str) -> str:
    """The mark of a verdict as one character, the same as in the figures."""
    return _SHAPES.get(verdict, "·")


_PLAIN = {
    "p_superiority": "the p of superiority", "p_noninferiority": "the p of non-inferiority", "p_reverse": "the p of the reverse",
    "p_tost": "the p of equivalence", "<=": "≤", ">=": "≥",
}  # fmt: skip


def plain(text: str) -> str:
    """A sentence of the rules without their identifiers.

    >>> plain("p_reverse would have to fall to .05; the core verdict is inconclusive_mixed (needs <= 3)")
    'the p of the reverse would have to fall to .05; the core verdict is inconclusive, mixed (needs ≤ 3)'
    """
    for code, said in _PLAIN.items():
        text = text.replace(code, said)
    for verdict in sorted(VERDICTS, key=len, reverse=True):
        if "_" in verdict:
            text = text.replace(verdict, verdict_words(verdict))
    return text


def effect(result: Result, log_value: float, error: float = 0.0) -> str:
    """An effect on the scale a reader sees, rounded to its simulation error."""
    if log_value is None or math.isnan(log_value):
        return DASH
    if result.evidence.sesoi.measure == "P(superiority)":
        return probability_text(1 / (1 + math.exp(-log_value)))
    return rounded(math.exp(log_value) if log_value < 700 else math.inf, error)


def ratio_text(result: Result) -> str:
    """The estimate with its 90% interval."""
    e = result.evidence
    if e.raw is None:
        return DASH
    error = monte_carlo_errors(result)
    if math.isnan(e.ci90[0]):
        return effect(result, e.estimate)
    low = effect(result, e.ci90[0], error["ratio_low90"])
    high = effect(result, e.ci90[1], error["ratio_high90"])
    return f"{effect(result, e.estimate)} [{low}, {high}]"


def frontier_text(result: Result) -> str:
    """The dismissal frontier: the largest effect not rejected."""
    if math.isinf(result.evidence.frontier):
        return "no bound"
    return effect(result, result.evidence.frontier, monte_carlo_errors(result)["frontier"])


def mde_text(result: Result) -> str:
    """The smallest effect detected with 80% power."""
    return effect(result, result.evidence.mde, monte_carlo_errors(result)["mde"])


def sesoi_text(result: Result) -> str:
    return result.evidence.sesoi.label if result.evidence.sesoi.exists else "none"


def p_text(result: Result, name: str) -> str:
    """A p-value of the result, Holm-adjusted where the name says so."""
    value = getattr(result, name) if name.endswith("holm") else getattr(result.evidence, name)
    return rounded_p(value, monte_carlo_errors(result).get(name, 0.0)).replace("-", DASH)


def bf_text(result: Result) -> str:
    """The Bayes factor for an effect, with its range over the priors."""
    bf = result.evidence.bf10
    if math.isnan(bf[1]):
        return DASH
    return f"{rounded(bf[1], digits=2)} [{rounded(min(bf), digits=2)}, {rounded(max(bf), digits=2)}]"


def identify_text(result: Result) -> str:
    """How many onsets identify the effect, of how many."""
    e = result.evidence
    if e.raw is None:
        return DASH
    return f"{e.n_identifying:,} of {onsets_total(e):,}"


def flags_text(result: Result) -> str:
    return ", ".join(words(f) for f in result.flags) or DASH


def frontier_range(results: Iterable[Result]) -> str:
    """The frontiers of several results: the one, or the smallest and the largest with their propositions."""
    known = [r for r in results if r.evidence.raw is not None and not math.isnan(r.evidence.frontier)]
    if not known:
        return ""
    order = sorted(known, key=lambda r: r.evidence.frontier)
    said = [f"{_measured(r)} ({r.proposition.id})" for r in (order[0], order[-1])]
    return said[0] if len(order) == 1 else f"{said[0]} to {said[1]}"


def _measured(result: Result) -> str:
    text = frontier_text(result)
    return text if text == "no bound" else f"{result.evidence.sesoi.measure} {text}"


def identify_range(results: Iterable[Result]) -> str:
    """How many onsets identify the effects of several results."""
    counts = sorted({r.evidence.n_identifying for r in results if r.evidence.raw is not None})
    if not counts:
        return ""
    return f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"


def grade_range(results: Iterable[Result]) -> str:
    """The grades of several results, best and worst."""
    letters = sorted({r.grade for r in results if r.grade in "ABCD"})
    return letters[0] if len(letters) == 1 else f"{letters[0]} to {letters[-1]}" if letters else ""
