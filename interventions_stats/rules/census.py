"""Descriptive claims about a list: do they survive other lists and codings?"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from interventions_stats.errors import InputError, unknown_name
from interventions_stats.rules.formatting import number_text

CensusVerdict = Literal["holds", "coding_dependent", "fails"]
CensusRelation = Literal[">", ">=", "<", "<=", "=="]

_RELATIONS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
}


@dataclass(frozen=True, slots=True)
class CensusDecision:
    """Whether a descriptive claim about a list survives other lists and codings.

    Attributes
    ----------
    verdict : {"holds", "coding_dependent", "fails"}
    low, high : float
        Range of the count or share.
    n_holding, n_codings : int
    failing : tuple of str
        Lists or codings under which the claim does not hold.
    missing : tuple of str
        Those under which it could not be computed.
    text : str
    """

    verdict: CensusVerdict
    low: float
    high: float
    n_holding: int
    n_codings: int
    failing: tuple[str, ...]
    missing: tuple[str, ...]
    text: str


def census_verdict(
    values: Mapping[str, float | None], relation: CensusRelation, threshold: float | Mapping[str, float]
) -> CensusDecision:
    """Judge a descriptive claim by its range over lists and codings.

    A list is a census of what its coding counts, so no sampling error decides:
    the claim holds when every list and coding agrees, fails when none does,
    and depends on the coding otherwise.

    Parameters
    ----------
    values : mapping of str to float or None
        Count or share by list or coding; None or NaN where it could not be computed.
    relation : {">", ">=", "<", "<=", "=="}
        How the claim says the value stands to the threshold.
    threshold : float or mapping of str to float
        One number, or one for each list ("half of that list's events").

    Returns
    -------
    CensusDecision

    Raises
    ------
    InputError
        No value at all, or a list without a threshold.
    UnknownNameError
        An unknown relation.

    Examples
    --------
    >>> census_verdict({"V00": 12 / 25, "M11": 13 / 25}, ">", 0.5).text
    'coding-dependent: holds in 1 of 2 (from .48 to .52); not in V00'
    """
    if relation not in _RELATIONS:
        raise unknown_name("relation", relation, _RELATIONS, where="census_verdict()")
    known = {name: float(v) for name, v in values.items() if v is not None and not math.isnan(v)}
    if not known:
        raise InputError("census_verdict() needs the value of at least one list or coding.")
    holding: list[str] = []
    failing: list[str] = []
    for name, value in known.items():
        (holding if _RELATIONS[relation](value, _threshold(threshold, name)) else failing).append(name)
    verdict: CensusVerdict = "coding_dependent"
    if not failing or not holding:
        verdict = "holds" if not failing else "fails"
    low, high = min(known.values()), max(known.values())
    lacking = tuple(name for name in values if name not in known)
    text = _census_text(verdict, (low, high), (len(holding), len(known)), failing, lacking)
    return CensusDecision(verdict, low, high, len(holding), len(known), tuple(failing), lacking, text)


def _threshold(threshold: float | Mapping[str, float], name: str) -> float:
    if not isinstance(threshold, Mapping):
        return threshold
    if name not in threshold:
        raise InputError(f"census_verdict() has no threshold for {name!r}: give one for each list.")
    return threshold[name]


def _census_text(
    verdict: CensusVerdict,
    span: tuple[float, float],
    counts: tuple[int, int],
    failing: Sequence[str],
    lacking: Sequence[str],
) -> str:
    low, high = (_share_or_count(x) for x in span)
    text = f"{verdict.replace('_', '-')}: holds in {counts[0]} of {counts[1]} "
    text += f"({low})" if span[0] == span[1] else f"(from {low} to {high})"
    if verdict == "coding_dependent":
        text += f"; not in {', '.join(failing)}"
    return text + (f"; not computed for {', '.join(lacking)}" if lacking else "")


def _share_or_count(x: float) -> str:
    text = number_text(x)
    return text[1:] if text.startswith("0.") else text
