"""Whether a study's literal finding is reproduced, read off its own tests alone.

The strength of a finding is another question: which effects the data exclude stands in :mod:`.verdict`.  Absence is cheap
where little could be seen, so whoever prints a finding prints beside it the chance of it at the effect of interest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from interventions_stats.errors import InputError
from interventions_stats.rules.formatting import missing, probability_text
from interventions_stats.rules.multiplicity import holm
from interventions_stats.rules.thresholds import ALPHA

FindingName = Literal["reproduced", "partly", "not reproduced", "by construction", "list in doubt", "not testable"]
FINDINGS: tuple[FindingName, ...] = get_args(FindingName)
Rule = Literal["absence", "presence", "measures", "list", "construction", "untestable"]
RULES: tuple[Rule, ...] = get_args(Rule)
SELDOM = 0.20  # an absence that an effect of interest would leave with no more than this chance was worth finding


@dataclass(frozen=True, slots=True)
class FindingDecision:
    """A finding, and the tests or measures that it was read off.

    Attributes
    ----------
    finding : str
        One of :data:`FINDINGS`.
    text : str
        What decided, in words.
    against : tuple of str
        The tests or measures that speak against the study's finding.
    untestable : tuple of str
        Those that could not have spoken: no p-value, or none of .05 or less within reach.
    """

    finding: FindingName
    text: str
    against: tuple[str, ...] = ()
    untestable: tuple[str, ...] = field(default=())


def absence(p: Mapping[str, float | None], attainable: Mapping[str, float] | None = None) -> FindingDecision:
    """Judge a finding of absence ("no correlation", "little or no evidence") by its literal tests.

    Parameters
    ----------
    p : mapping of str to float or None
        Unadjusted p-value of each literal test; None or NaN where it gave none.
    attainable : mapping of str to float, optional
        Smallest p-value that a test can give, where it is known.

    Returns
    -------
    FindingDecision
        ``reproduced`` when no unadjusted p is .05 or less, ``partly`` when one is but none after Holm, else
        ``not reproduced``; ``not testable`` without a test that can reach .05.

    Raises
    ------
    InputError
        No test, or a p-value outside 0 to 1.

    Examples
    --------
    >>> absence({"E1": .31, "E2": .90, "E3": .07}).finding
    'reproduced'
    >>> absence({"I1": .043, "I2": .53, "I3": .85}).text
    'I1 has p .043, no p of 3 tests is .05 or less after Holm'
    """
    able, mute = _able(p, attainable)
    if not able:
        return _mute(mute)
    adjusted = _holm(able)
    raw = tuple(k for k, v in able.items() if v <= ALPHA)
    firm = tuple(k for k, v in adjusted.items() if v <= ALPHA)
    many = f"{len(able)} test{'s' if len(able) > 1 else ''}"
    if firm:
        named = ", ".join(f"{k} has p {probability_text(adjusted[k], apart_from=ALPHA)}" for k in firm)
        return FindingDecision("not reproduced", named + (" after Holm" if len(able) > 1 else ""), firm, mute)
    if raw:
        named = ", ".join(f"{k} has p {probability_text(able[k], apart_from=ALPHA)}" for k in raw)
        return FindingDecision("partly", f"{named}, no p of {many} is .05 or less after Holm", raw, mute)
    least = min(able, key=lambda k: able[k])
    text = f"smallest p of {many} {probability_text(able[least], apart_from=ALPHA)} ({least})"
    return FindingDecision("reproduced", text if len(able) > 1 else f"p {probability_text(able[least])}", (), mute)


def presence(p: Mapping[str, float | None], attainable: Mapping[str, float] | None = None) -> FindingDecision:
    """Judge a finding of presence ("stands out", "draws in") by the tests that decide it.

    Parameters
    ----------
    p, attainable
        As in :func:`absence`; the p-values are those against no effect, or the opposite one.

    Returns
    -------
    FindingDecision
        ``reproduced`` when every deciding test is .05 or less after Holm, ``partly`` when some are (or all that could
        be), ``not reproduced`` when none is.

    Raises
    ------
    InputError
        No test, or a p-value outside 0 to 1.

    Examples
    --------
    >>> presence({"raw": .002, "both margins kept": .40}).finding
    'partly'
    >>> presence({"raw": .002, "both margins kept": .40}, {"both margins kept": .4}).untestable
    ('both margins kept',)
    """
    able, mute = _able(p, attainable)
    if not able:
        return _mute(mute)
    adjusted = _holm(able)
    firm = tuple(k for k, v in adjusted.items() if v <= ALPHA)
    against = tuple(k for k in able if k not in firm)
    holm_text = " after Holm" if len(able) > 1 else ""
    text = f"{len(firm)} of {len(able)} tests at .05 or less{holm_text}"
    text += (
        f" ({', '.join(firm)})" if firm else f" (smallest {probability_text(min(adjusted.values()), apart_from=ALPHA)})"
    )
    finding: FindingName = "not reproduced" if not firm else "partly" if against or mute else "reproduced"
    return FindingDecision(finding, text, against, mute)


def measured(holds: Mapping[str, bool | None], of: str = "measures", *, reconstructed: bool = False) -> FindingDecision:
    """Judge a description by how many of its sources or measures show it.

    Parameters
    ----------
    holds : mapping of str to bool or None
        Whether each shows what the study says; None where it could not be measured.
    of : str, default "measures"
        What is counted, in the plural.
    reconstructed : bool, default False
        The numbers are margins of a list that was reconstructed from the study.  It cannot refute them: where they
        differ the list is in doubt, and not the study.

    Returns
    -------
    FindingDecision

    Examples
    --------
    >>> measured({"MID": False, "IMI": True, "UCDP": None}, "sources").text
    '1 of 2 sources (IMI); not MID'
    >>> measured({"cases": False, "case-years": True}, reconstructed=True).finding
    'list in doubt'
    """
    if not holds:
        raise InputError("measured() needs at least one source or measure.")
    known = {k: v for k, v in holds.items() if v is not None}
    mute = tuple(k for k in holds if k not in known)
    if not known:
        return _mute(mute)
    yes, no = (tuple(k for k, v in known.items() if bool(v) is side) for side in (True, False))
    text = f"{len(yes)} of {len(known)} {of}" + (f" ({', '.join(yes)})" if yes and no else "")
    text += f"; not {', '.join(no)}" if no else ""
    if no and reconstructed:
        return FindingDecision("list in doubt", text, no, mute)
    return FindingDecision("reproduced" if not no else "partly" if yes else "not reproduced", text, no, mute)


def _able(
    p: Mapping[str, float | None], attainable: Mapping[str, float] | None
) -> tuple[dict[str, float], tuple[str, ...]]:
    """The tests that can reach .05, and the names of the others."""
    if not p:
        raise InputError("a finding is read off at least one literal test.")
    for name, value in p.items():
        if not missing(value) and not -1e-9 <= float(value) <= 1 + 1e-9:  # type: ignore[arg-type]
            raise InputError(f"the p-value of {name!r} is {value}, outside 0 to 1.")
    least = attainable or {}
    able = {k: float(v) for k, v in p.items() if v is not None and not math.isnan(v) and not least.get(k, 0.0) > ALPHA}
    return able, tuple(k for k in p if k not in able)


def _mute(names: tuple[str, ...]) -> FindingDecision:
    text = f"no p-value of .05 or less is within reach of {', '.join(names)}"
    return FindingDecision("not testable", text, (), names)


def _holm(p: Mapping[str, float]) -> dict[str, float]:
    return {k: float(v) for k, v in zip(p, holm(list(p.values())), strict=True) if v is not None}
