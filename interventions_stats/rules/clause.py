"""One condition of a verdict: its value, its threshold, whether it is met, and what would flip it."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from interventions_stats.rules import flips
from interventions_stats.rules.evidence_numbers import VerdictName
from interventions_stats.rules.formatting import number_text, probability_text

Relation = Literal["<=", ">=", "<", ">", "=="]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "==": operator.eq,
}
NOT_ASKED = "not asked of the core verdict"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a verdict.

    Attributes
    ----------
    verdict : str
        The verdict it belongs to.
    name : str
        The number it looks at.
    value, threshold : float or None
        None where the clause is about a presence rather than a number.
    relation : {"<=", ">=", "<", ">", "=="}
        How the value must stand to the threshold for the clause to be met.
    met : bool or None
        None when the number was not computed.
    text : str
        The clause in words.
    flip : str
        The nearest change that would flip it.
    asked : bool
        Whether the verdict depends on it; False for robustness clauses of a core verdict.
    """

    verdict: VerdictName
    name: str
    value: float | None
    threshold: float | None
    relation: Relation
    met: bool | None
    text: str
    flip: str
    asked: bool = True


def holds(clauses: tuple[Clause, ...]) -> bool:
    """Whether every asked clause is met."""
    return all(c.met is True for c in clauses if c.asked)


def unmet(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Return the asked clauses that are not met, among them those not computed."""
    return tuple(c for c in clauses if c.asked and c.met is not True)


def compare(value: float | None, relation: Relation, threshold: float) -> bool | None:
    """Compare, giving None for a number that was not computed."""
    return None if value is None or math.isnan(value) else bool(_COMPARE[relation](value, threshold))


def number_clause(
    verdict: VerdictName,
    name: str,
    value: float | None,
    relation: Relation,
    threshold: float,
    *,
    label: str | None = None,
    shift: str = "",
    asked: bool = True,
) -> Clause:
    """Build a clause about one number; ``shift`` translates its flip into an effect."""
    label = label or name
    met = compare(value, relation, threshold) if asked else None
    write = probability_text if name.startswith(("p_", "share", "worst")) else number_text
    needs = f"(needs {relation} {write(threshold)})"
    if not asked:
        text, flip = f"{label}: {NOT_ASKED}", ""
    elif met is None or value is None:
        text, flip = f"{label} was not computed {needs}", f"compute the {label}"
    else:
        text = f"{label} is {write(value, apart_from=threshold)} {needs}"
        flip = flips.join(flips.crossing(f"the {label}", value, threshold, met=met, wants=relation, write=write), shift)
    return Clause(verdict, name, value, threshold, relation, met, text, flip, asked)
