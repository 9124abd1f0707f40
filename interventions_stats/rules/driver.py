"""From the verdicts on its propositions to the verdict on a driver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from interventions_stats.errors import InputError, unknown_name
from interventions_stats.rules.evidence_numbers import VERDICTS, VerdictName

_SUPPORTED = ("supported", "supported_trivial")
_UNTESTED = ("not_testable", "descriptive")
_INCONCLUSIVE = ("inconclusive_underpowered", "inconclusive_mixed")


@dataclass(frozen=True, slots=True)
class PropositionOutcome:
    """A proposition's verdict, after Holm within its driver, and why it was not testable where it was not."""

    id: str
    verdict: VerdictName
    reason: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise unknown_name("verdict", self.verdict, VERDICTS, where=f"proposition {self.id!r}")


@dataclass(frozen=True, slots=True)
class DriverDecision:
    """A driver's verdict with the propositions behind it.

    ``untestable`` maps each untested proposition to its reason; ``text`` names them in a sentence.
    """

    verdict: VerdictName
    supported: tuple[str, ...]
    reversed: tuple[str, ...]
    dismissed: tuple[str, ...]
    bounded: tuple[str, ...]
    inconclusive: tuple[str, ...]
    untestable: dict[str, str]
    text: str


def driver_verdict(outcomes: Sequence[PropositionOutcome]) -> DriverDecision:
    """Read a driver's verdict off its propositions.

    Supported if any proposition is (trivially so if those are all trivial);
    dismissed only if every testable one is, bounded if every one is bounded or
    dismissed.  Where every testable proposition is reversed the driver is
    reversed; where some are reversed and the others dismissed or bounded it is
    that, a reversed effect lying below zero and so below the SESOI.  Otherwise it is inconclusive: underpowered
    when each undecided proposition is, mixed when not.  A proposition without
    SESOI cannot be dismissed, so an undecided one keeps its driver undecided.

    Parameters
    ----------
    outcomes : sequence of PropositionOutcome
        One for each proposition; verdicts already read after Holm.

    Returns
    -------
    DriverDecision

    Raises
    ------
    InputError
        No proposition, or one given twice.

    Examples
    --------
    >>> driver_verdict([PropositionOutcome("E1", "dismissed"), PropositionOutcome("E3", "not_testable", "needs trade")]).text
    'dismissed on 1 of 2 propositions (E1); not tested: E3 (needs trade)'
    """
    if not outcomes:
        raise InputError("driver_verdict() needs at least one proposition.")
    ids = [o.id for o in outcomes]
    if len(set(ids)) < len(ids):
        raise InputError(f"a proposition occurs twice among {ids}: give each once.")

    def pick(*verdicts: str) -> tuple[str, ...]:
        return tuple(o.id for o in outcomes if o.verdict in verdicts)

    groups = (pick(*_SUPPORTED), pick("reversed"), pick("dismissed"), pick("bounded"), pick(*_INCONCLUSIVE))
    untestable = {o.id: o.reason or o.verdict for o in outcomes if o.verdict in _UNTESTED}
    verdict = _driver(outcomes, *groups)
    return DriverDecision(verdict, *groups, untestable, _driver_text(verdict, groups, untestable, outcomes))


def _driver(
    outcomes: Sequence[PropositionOutcome],
    supported: tuple[str, ...],
    reverse: tuple[str, ...],
    dismissed: tuple[str, ...],
    bounded: tuple[str, ...],
    inconclusive: tuple[str, ...],
) -> VerdictName:
    verdicts = {o.verdict for o in outcomes}
    if supported:
        return "supported" if "supported" in verdicts else "supported_trivial"
    if not (reverse or dismissed or bounded or inconclusive):
        return "descriptive" if "descriptive" in verdicts else "not_testable"
    if not inconclusive:
        return "bounded" if bounded else "dismissed" if dismissed else "reversed"
    return "inconclusive_mixed" if "inconclusive_mixed" in verdicts else "inconclusive_underpowered"


def _driver_text(
    verdict: VerdictName,
    groups: tuple[tuple[str, ...], ...],
    untestable: dict[str, str],
    outcomes: Sequence[PropositionOutcome],
) -> str:
    labels = ("supported", "reversed", "dismissed", "bounded", "inconclusive")
    named = {label: ids for label, ids in zip(labels, groups, strict=True) if ids}
    kind = "supported" if verdict in _SUPPORTED else "inconclusive" if verdict in _INCONCLUSIVE else verdict
    parts = []
    if kind in named:
        ids = named.pop(kind)
        own = [o.id for o in outcomes if o.verdict == verdict] if kind == "inconclusive" else list(ids)
        parts.append(f"{verdict.replace('_', ', ')} on {len(own)} of {len(outcomes)} propositions ({', '.join(own)})")
        rest = [i for i in ids if i not in own]
        parts += [f"underpowered: {', '.join(rest)}"] if rest else []  # mixed wins over underpowered, so these are left
    else:
        parts.append(verdict.replace("_", " "))
    parts += [f"{label}: {', '.join(ids)}" for label, ids in named.items()]
    if untestable:
        parts.append("not tested: " + ", ".join(f"{i} ({why})" for i, why in untestable.items()))
    return "; ".join(parts)
