"""Ready-to-paste sentences for a verdict; each is built from its bound."""

from __future__ import annotations

import math
from typing import get_args

from interventions_stats.errors import unknown_name
from interventions_stats.rules.absence import LanguageFinding, check_language, require_bounded, sentences
from interventions_stats.rules.evidence_numbers import VerdictName
from interventions_stats.rules.formatting import Measure, bounded, effect_text, missing, value_text

__all__ = [
    "LanguageFinding",
    "bound_text",
    "check_language",
    "estimate_text",
    "require_bounded",
    "sentences",
    "verdict_sentence",
]


def verdict_sentence(
    name: str,
    verdict: VerdictName,
    *,
    estimate: float = math.nan,
    ci: tuple[float, float] = (math.nan, math.nan),
    frontier: float = math.nan,
    lower: float = math.nan,
    delta: float | None = None,
    mde: float = math.nan,
    n_identifying: int = 0,
    n_total: int = 0,
    measure: Measure = "OR",
    two_sided: bool = False,
    probably: bool = False,
    reason: str = "",
) -> str:
    """Write one sentence that states a verdict with the effects it has and has not rejected.

    Parameters
    ----------
    name : str
        The proposition or driver, as the subject of a sentence.  A name that
        denies an effect is quoted, and the verdict said of what it denies.
    verdict : str
        One of :data:`~.evidence_numbers.VERDICTS`.
    estimate, frontier, lower, delta, mde : float
        On the log scale (logit for P(superiority)).  ``frontier`` is the
        one-sided 95% upper bound and ``lower`` the lower one, which a
        two-sided proposition needs; ``delta`` is None without a SESOI.
    ci : tuple of 2 floats
        95% interval, on the same scale.
    n_identifying, n_total : int
        Onsets that identify the effect, and onsets in the list.
    measure : {"OR", "RR", "ratio of ORs", "P(superiority)", "ratio"}, default "OR"
    two_sided : bool, default False
    probably : bool, default False
        Whether an effect that is bounded is also unlikely to be zero (unadjusted p of superiority at most .05).
    reason : str, default ""
        Why it was not tested, or what a descriptive result says.

    Returns
    -------
    str

    Raises
    ------
    UnknownNameError
        An unknown verdict.

    Examples
    --------
    >>> from math import log
    >>> verdict_sentence("Diversion", "dismissed", estimate=log(1.05), ci=(log(.7), log(1.58)), frontier=log(1.47),
    ...     delta=log(1.5), mde=log(1.65), n_identifying=25, n_total=25)
    'Diversion is dismissed at OR 1.5: effects above OR 1.47 are rejected, smaller ones are not (estimate OR 1.05, 95% CI 0.7 to 1.58; 25 of 25 onsets identify it).'
    """
    if verdict not in get_args(VerdictName):
        raise unknown_name("verdict", verdict, get_args(VerdictName), where="verdict_sentence()")
    if verdict in ("not_testable", "descriptive"):
        return _untested(_quoted_claim(name, 'The claim "{}"'), verdict, reason)
    # a verdict is on an effect, so where the name denies one it is on what the name denies
    subject = _quoted_claim(name, 'What the claim "{}" denies')
    found = f"({estimate_text(estimate, ci, measure)}; {n_identifying} of {n_total} onsets identify it)"
    at = "" if delta is None else f" at {effect_text(delta, measure)}"
    bound = bound_text(frontier, measure, lower=lower if two_sided else None)
    if verdict == "supported":
        against = "" if delta is None else f", the smallest effect of interest being {effect_text(delta, measure)}"
        body = f"is supported{against}, and {bound} {found}"
    elif verdict == "supported_trivial":
        body = f"is supported, but its effect is smaller than the smallest of interest, {effect_text(delta, measure)}: "
        body += f"{bound} {found}"
    elif verdict == "reversed":
        body = f"is reversed (lower, not higher): the evidence is for the opposite sign, and {bound}{_beside(delta, measure)} {found}"
    elif verdict == "dismissed":
        body = f"is dismissed{at}: {bound}, smaller ones are not {found}"
    elif verdict == "bounded":
        body = f"is bounded{at}: {bound} by the primary test, though not by every check of a dismissal, and smaller ones are not"
        body += f"; it is probably not zero {found}" if probably else f" {found}"
    elif verdict == "inconclusive_underpowered":
        body = f"is undecided{at}: the test detects {effect_text(mde, measure)} or more with 80% power, and {bound} {found}"
    else:
        body = f"is undecided{at}: the evidence does not meet the conditions of any verdict, and {bound} {found}"
    return f"{subject} {body}."


def estimate_text(estimate: float, ci: tuple[float, float], measure: Measure = "OR") -> str:
    """Write an estimate with its 95% interval.

    >>> estimate_text(math.log(0.25), (math.log(0.1), math.log(0.6)), "RR")
    'estimate RR 0.25, 95% CI 0.1 to 0.6'
    """
    text = f"estimate {effect_text(estimate, measure)}"
    if missing(ci[0]) or missing(ci[1]):
        return text
    return f"{text}, 95% CI {value_text(ci[0], measure)} to {value_text(ci[1], measure)}"


def bound_text(frontier: float, measure: Measure = "OR", *, lower: float | None = None) -> str:
    """Say which effects are rejected at one-sided 95%; with ``lower``, those on either side.

    >>> bound_text(math.log(1.84))
    'effects above OR 1.84 are rejected'
    >>> bound_text(math.log(1.4), lower=math.log(0.7))
    'effects outside OR 0.7 to 1.4 are rejected'
    >>> bound_text(math.log(13.8))
    'effects above OR 13.8 are rejected, which leaves the effect unbounded in practice'
    >>> bound_text(math.inf)
    'the data set no upper bound'
    """
    if missing(frontier):
        return "an upper bound was not computed"
    if math.isinf(frontier) and frontier > 0:
        return "the data set no upper bound"
    practice = "" if bounded(frontier) else ", which leaves the effect unbounded in practice"
    if lower is not None and math.isfinite(lower):
        return (
            f"effects outside {effect_text(lower, measure)} to {value_text(frontier, measure)} are rejected{practice}"
        )
    return f"effects above {effect_text(frontier, measure)} are rejected{practice}"


def _quoted_claim(name: str, form: str) -> str:
    """Leave a name as it is, unless it is worded as a denial: then quote it as somebody's claim."""
    return form.format(name.replace('"', "'")) if check_language(name) else name


def _beside(delta: float | None, measure: Measure) -> str:
    return "" if delta is None else f", beside a smallest effect of interest of {effect_text(delta, measure)}"


def _untested(subject: str, verdict: VerdictName, reason: str) -> str:
    how = "could not be tested here" if verdict == "not_testable" else "is described and not tested"
    if not reason:
        return f"{subject} {how}."
    reason = reason.rstrip(". ")
    if check_language(reason):
        reason = 'its record reads "{}"'.format(reason.replace('"', "'"))
    return f"{subject} {how}: {reason}."
