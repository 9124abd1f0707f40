"""The clauses about the other registered choices: specifications, event lists, deletions, falsifiers.

They are asked of the final verdict only.  A number that was not computed
blocks the verdict: a check that was not run cannot be passed.
"""

from __future__ import annotations

import math

from interventions_stats.rules.clause import NOT_ASKED, Clause, number_clause
from interventions_stats.rules.evidence_numbers import ListOutcome, RobustnessSummary
from interventions_stats.rules.formatting import missing, probability_text
from interventions_stats.rules.thresholds import (
    ALPHA,
    ALPHA_DELETION,
    LIST_ONSETS,
    LIST_ONSETS_LOW,
    MIN_LISTS,
    SHARE_OF_SPECS,
)


def supported_elsewhere(r: RobustnessSummary | None) -> tuple[Clause, ...]:
    """The same sign in most specifications, and no falsifier that failed."""
    asked = r is not None
    r = r or RobustnessSummary()
    share = r.share_same_sign if r.n_specs else math.nan
    failed = len(r.falsifiers_failed)
    if not asked:
        text, flip = f"falsifiers: {NOT_ASKED}", ""
    elif failed:
        text = f"{failed} of {r.falsifiers_run} falsifiers failed: {', '.join(r.falsifiers_failed)}"
        flip = f"{', '.join(r.falsifiers_failed)} would have to come out weaker than the primary test"
    else:
        text, flip = f"falsifiers run: {r.falsifiers_run}, failed: 0", "it stays met until a falsifier fails"
    return (
        number_clause(
            "supported",
            "share_same_sign",
            _computed(share),
            ">=",
            SHARE_OF_SPECS,
            label=f"share of specifications with the same sign{_among(r.n_specs, asked)}",
            asked=asked,
        ),
        Clause(
            "supported",
            "falsifiers_failed",
            float(failed),
            0.0,
            "<=",
            failed == 0 if asked else None,
            text,
            flip,
            asked,
        ),
    )


def dismissed_elsewhere(r: RobustnessSummary | None) -> tuple[Clause, ...]:
    """No specification supports; the powered ones, the large lists and every deletion dismiss."""
    asked = r is not None
    r = r or RobustnessSummary()
    deletion = "worst p of non-inferiority after deleting one event"
    return (
        number_clause(
            "dismissed",
            "specs_supported",
            float(r.specs_supported) if r.n_specs else None,
            "<=",
            0,
            label=f"number of supported specifications{_among(r.n_specs, asked)}",
            asked=asked,
        ),
        _powered_specs(r, asked),
        _list_agreement(r.lists, asked),
        number_clause(
            "dismissed",
            "worst_deletion_p",
            _computed(r.worst_deletion_p),
            "<=",
            ALPHA_DELETION,
            label=deletion,
            asked=asked,
        ),
    )


def _powered_specs(r: RobustnessSummary, asked: bool) -> Clause:
    """Only a specification that could have seen the SESOI has a say in its dismissal."""
    if asked and r.n_specs and not r.n_specs_powered:
        text = f"0 of {r.n_specs} specifications could have detected the SESOI, so 0 have a say"
        flip = "it stays met until a specification with that power does not dismiss"
        return Clause("dismissed", "share_dismissing", None, SHARE_OF_SPECS, ">=", True, text, flip)
    return number_clause(
        "dismissed",
        "share_dismissing",
        _computed(r.share_dismissing) if r.n_specs else None,
        ">=",
        SHARE_OF_SPECS,
        label=f"share of powered specifications that dismiss{_among(r.n_specs_powered, asked)}",
        asked=asked,
    )


def large_lists(lists: tuple[ListOutcome, ...]) -> tuple[int, tuple[ListOutcome, ...]]:
    """Return the number of onsets that makes a list count, and the lists that do.

    Twelve identifying onsets; eight where fewer than two lists have twelve.
    """
    large = tuple(x for x in lists if x.n_identifying >= LIST_ONSETS)
    if len(large) >= MIN_LISTS:
        return LIST_ONSETS, large
    return LIST_ONSETS_LOW, tuple(x for x in lists if x.n_identifying >= LIST_ONSETS_LOW)


def _list_agreement(lists: tuple[ListOutcome, ...], asked: bool) -> Clause:
    if not asked or not lists:
        text = "no event list was run" if asked else f"agreement of event lists: {NOT_ASKED}"
        flip = "run the registered event lists" if asked else ""
        return Clause("dismissed", "lists", None, None, "==", None, text, flip, asked)
    size, large = large_lists(lists)
    if not large:  # "every list" of none would pass a check that no list could take
        text = f"no event list has {size} identifying onsets ({len(lists)} lists run)"
        return Clause(
            "dismissed",
            "lists",
            0.0,
            None,
            "==",
            None,
            text,
            f"a list with {size} identifying onsets would have to dismiss it",
        )
    against = [x for x in large if not x.p_noninferiority <= ALPHA]
    agreeing = len(large) - len(against)
    text = (
        f"{agreeing} of {len(large)} lists with at least {size} identifying onsets dismiss it ({len(lists)} lists run)"
    )
    flip = "it stays met until one of these lists no longer dismisses"
    if against:
        named = [f"{x.name} (p {probability_text(_computed(x.p_noninferiority), apart_from=ALPHA)})" for x in against]
        text += f"; not: {', '.join(named)}"
        flip = f"p of non-inferiority would have to fall to {probability_text(ALPHA)} in {', '.join(named)}"
    return Clause("dismissed", "lists", float(agreeing), float(len(large)), "==", not against, text, flip)


def _among(n: int, asked: bool) -> str:
    return f" (of {n})" if asked else ""


def _computed(x: float | None) -> float | None:
    return None if missing(x) else x
