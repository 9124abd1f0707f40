"""The conditions of each verdict, read off the evidence of one test.

``supported``, ``reversed`` and ``dismissed`` hold when *all* their asked
clauses are met, ``not_testable`` when *any* is.  A clause whose number was not
computed has ``met=None`` and is not met.  What is asked of the other
registered choices stands in :mod:`.clauses_elsewhere`.
"""

from __future__ import annotations

import math
from dataclasses import replace

from interventions_stats.rules import flips
from interventions_stats.rules.clause import Clause, compare, number_clause
from interventions_stats.rules.clauses_elsewhere import dismissed_elsewhere, supported_elsewhere
from interventions_stats.rules.evidence_numbers import EvidenceNumbers, RobustnessSummary, VerdictName
from interventions_stats.rules.formatting import effect_text, missing, probability_text
from interventions_stats.rules.guard_registry import GuardFinding
from interventions_stats.rules.thresholds import ALPHA, BF_EVEN, BF_EVIDENCE, BF_REVERSE, MIN_ONSETS

# --------------------------------------------------------------------------- not testable


def untestable_clauses(e: EvidenceNumbers) -> tuple[Clause, ...]:
    """Conditions any of which makes a proposition not testable."""
    clauses = [
        _presence(
            "frozen", e.frozen_untestable, "registered as not testable", "register a version that these data can test"
        ),
        _presence("missing", e.missing, "lacking", "supply what it lacks"),
    ]
    refused = [f for f in e.refused if f.action == "refuse"]
    clauses.append(
        Clause(
            "not_testable",
            "refused",
            float(len(refused)),
            0.0,
            ">",
            bool(refused),
            "; ".join(f"{f.guard}: {f.message}" for f in refused) or "no guard refused",
            " ".join(f.remedy for f in refused) or "it stays so unless a guard refuses",
        )
    )
    few = e.n_identifying < MIN_ONSETS
    text = f"{e.n_identifying} onsets in identifying strata, {'fewer than' if few else 'at least'} {MIN_ONSETS}"
    flip = flips.crossing("the number of identifying onsets", e.n_identifying, MIN_ONSETS, met=not few, wants=">=")
    clauses.append(
        Clause("not_testable", "n_identifying", float(e.n_identifying), float(MIN_ONSETS), "<", few, text, flip)
    )
    if max(e.attainable) > 0:
        clauses.append(_attainable(e))
    if e.has_sesoi:
        gone = missing(e.p_superiority)
        text = "the primary test returned no p-value" if gone else "the primary test returned a p-value"
        flip = "find out why the test returned none" if gone else "it stays so unless the test returns none"
        clauses.append(
            Clause("not_testable", "p_superiority", _computed(e.p_superiority), None, "==", gone, text, flip)
        )
    return tuple(clauses)


def _attainable(e: EvidenceNumbers) -> Clause:
    """A tail whose p cannot reach .05 gives no verdict of its own; where neither can, there is no test."""
    up, down = e.attainable
    least = up if e.two_sided else min(up, down)
    tails = (
        probability_text(up) if e.two_sided else f"{probability_text(up)} upward and {probability_text(down)} downward"
    )
    dead = least > ALPHA
    flip = "more onsets, or onsets that could have fallen in more ways" if dead else "it stays so"
    return Clause(
        "not_testable", "attainable", least, ALPHA, ">", dead, f"smallest p that any outcome gives: {tails}", flip
    )


def _presence(name: str, what: str | None, label: str, remedy: str) -> Clause:
    if what is None:
        return Clause("not_testable", name, 0.0, 0.0, ">", False, f"not {label}", "it stays so")
    return Clause("not_testable", name, 1.0, 0.0, ">", True, f"{label}: {what}", remedy)


def _computed(x: float | None) -> float | None:
    return None if missing(x) else x


# --------------------------------------------------------------------------- supported


def supported_clauses(e: EvidenceNumbers, r: RobustnessSummary | None) -> tuple[Clause, ...]:
    """Superiority, evidence over the prior range, the same sign elsewhere, no failed falsifier."""
    adjusted = "" if e.p_superiority_holm is None else " (Holm)"
    goal = flips.estimate_for_p(_or(e.p_superiority, ALPHA), _or(e.p_supported, ALPHA), ALPHA, _or(e.se, math.nan))
    if e.two_sided:
        goal = math.copysign(goal, e.estimate if not missing(e.estimate) else 1.0)
    clauses = [
        number_clause(
            "supported",
            "p_superiority",
            _computed(e.p_supported),
            "<=",
            ALPHA,
            label=f"p of {'the maximum of the absolute statistic' if e.two_sided else 'superiority'}{adjusted}",
            shift=flips.estimate_shift(e.estimate, goal, e.measure),
        ),
        *_evidence_for(e),
        *_out_of_reach("supported", e.attainable[0]),
        _caps("supported", e.refused),
        *supported_elsewhere(r),
    ]
    return tuple(clauses)


def _evidence_for(e: EvidenceNumbers) -> tuple[Clause, ...]:
    if not e.sesoi_exists and missing(e.bf10[1]):
        return (_bound_on_bf(e),)
    kind = "normal" if e.two_sided else "half_normal"
    scale = e.delta if e.delta is not None else math.nan
    low = math.nan if any(missing(b) for b in e.bf10) else min(e.bf10)
    return (
        number_clause(
            "supported",
            "bf10",
            _computed(e.bf10[1]),
            ">=",
            BF_EVIDENCE,
            label="BF10",
            shift=flips.bf_shift(kind, BF_EVIDENCE, e.estimate, e.se, scale, e.measure),
        ),
        number_clause(
            "supported", "bf_range", _computed(low), ">=", BF_EVEN, label="smallest BF10 over the prior range (G20)"
        ),
    )


def _bound_on_bf(e: EvidenceNumbers) -> Clause:
    """Without a SESOI there is no prior scale: ask what the most favourable prior could give.

    Sellke, Bayarri and Berger (2001), The American Statistician: at most
    1 / (-e p ln p), which reaches 3 only for p of at most .037.
    """
    p = e.p_superiority
    bound = 1.0
    if p < 1 / math.e:
        bound = -1 / (math.e * p * math.log(p)) if p > 0 else math.inf
    return number_clause(
        "supported", "bf10_bound", _computed(bound), ">=", BF_EVIDENCE, label="largest BF10 that this p allows"
    )


def _out_of_reach(verdict: VerdictName, least: float) -> tuple[Clause, ...]:
    """A tail that cannot reach .05 withholds its own verdict."""
    if least <= ALPHA:
        return ()
    text = f"the smallest p within reach of this tail is {probability_text(least)}"
    return (Clause(verdict, "attainable", least, ALPHA, "<=", False, text, "more onsets or relabellings"),)


def _caps(verdict: VerdictName, findings: tuple[GuardFinding, ...]) -> Clause:
    """No guard caps the verdict at inconclusive."""
    caps = [f for f in findings if f.cap == "inconclusive_mixed"]
    text = "; ".join(f"{f.guard}: {f.message}" for f in caps) or "no guard caps the verdict"
    flip = " ".join(f.remedy for f in caps) or "it stays met until a guard caps the verdict"
    return Clause(verdict, "guard_caps", float(len(caps)), 0.0, "<=", not caps, text, flip)


# --------------------------------------------------------------------------- reversed


def reversed_clauses(e: EvidenceNumbers) -> tuple[Clause, ...]:
    """The reverse, at the higher bar of ten to one."""
    barred = _barred("reversed", e, two_sided_too=True)
    if barred is not None:
        return (barred,)
    assert e.delta is not None  # _barred has seen to it
    adjusted = "" if e.p_reverse_holm is None else " (Holm)"
    goal = flips.estimate_for_p(
        _or(e.p_reverse, ALPHA), _or(e.p_reversed, ALPHA), ALPHA, _or(e.se, math.nan), reverse=True
    )
    return (
        number_clause(
            "reversed",
            "p_reverse",
            _computed(e.p_reversed),
            "<=",
            ALPHA,
            label=f"p of the reverse{adjusted}",
            shift=flips.estimate_shift(e.estimate, goal, e.measure),
        ),
        number_clause(
            "reversed",
            "bf_reverse",
            _computed(e.bf_reverse),
            ">=",
            BF_REVERSE,
            label="Bayes factor of a negative against a positive effect",
            shift=flips.bf_shift("reverse", BF_REVERSE, e.estimate, e.se, e.delta, e.measure),
        ),
        *_out_of_reach("reversed", e.attainable[1]),
        _caps("reversed", e.refused),
    )


def _excludes(e: EvidenceNumbers) -> Clause:
    """The primary test rejects every effect of the size of interest."""
    assert e.delta is not None  # _barred has seen to it
    test = "TOST" if e.two_sided else "non-inferiority"
    edge = max(e.upper, -e.lower) if e.two_sided and not missing(e.lower) else e.upper
    return number_clause(
        "dismissed",
        "p_tost" if e.two_sided else "p_noninferiority",
        _computed(e.p_dismissed),
        "<=",
        ALPHA,
        label=f"p of {test} at {effect_text(e.delta, e.measure)}",
        shift=flips.bound_shift(edge, e.delta, e.measure),
    )


def _barred(verdict: VerdictName, e: EvidenceNumbers, *, two_sided_too: bool = False) -> Clause | None:
    """One unmet clause for a verdict that this kind of claim cannot have."""
    if not e.sesoi_exists:
        text = f"the claim has no smallest effect of interest, so it cannot be {verdict}"
        return Clause(verdict, "has_sesoi", 0.0, 1.0, "==", False, text, "register a smallest effect of interest")
    if two_sided_too and e.two_sided:
        text = f"the proposition predicts no sign, so it cannot be {verdict}"
        return Clause(verdict, "two_sided", 1.0, 0.0, "==", False, text, "register the sign that theory predicts")
    return None


# --------------------------------------------------------------------------- dismissed


def dismissed_clauses(e: EvidenceNumbers, r: RobustnessSummary | None) -> tuple[Clause, ...]:
    """Non-inferiority at the SESOI, evidence for none over the prior range, and every robustness check."""
    barred = _barred("dismissed", e)
    if barred is not None:
        return (barred,)
    assert e.delta is not None  # _barred has seen to it
    bf01 = [math.nan if missing(b) else math.inf if b == 0 else 1 / b for b in e.bf10]
    low = math.nan if any(map(math.isnan, bf01)) else min(bf01)
    kind = "normal" if e.two_sided else "half_normal"
    return (
        _excludes(e),
        number_clause(
            "dismissed",
            "bf01",
            _computed(bf01[1]),
            ">=",
            BF_EVIDENCE,
            label="BF01",
            shift=flips.bf_shift(kind, 1 / BF_EVIDENCE, e.estimate, e.se, e.delta, e.measure),
        ),
        number_clause(
            "dismissed", "bf_range", _computed(low), ">=", BF_EVEN, label="smallest BF01 over the prior range (G20)"
        ),
        _caps("dismissed", e.refused),
        *dismissed_elsewhere(r),
    )


# --------------------------------------------------------------------------- bounded


def bounded_clauses(e: EvidenceNumbers) -> tuple[Clause, ...]:
    """The primary test excludes the effect of interest, whatever the named checks of a dismissal say."""
    barred = _barred("bounded", e)
    if barred is not None:
        return (barred,)
    return (replace(_excludes(e), verdict="bounded"), _caps("bounded", e.refused))


# --------------------------------------------------------------------------- underpowered


def underpowered_clauses(e: EvidenceNumbers) -> tuple[Clause, ...]:
    """The effect of interest was not excluded, and the smallest detectable one lies above it."""
    if not e.sesoi_exists:
        barred = _barred("inconclusive_underpowered", e)
        return () if barred is None else (barred,)
    assert e.delta is not None
    met = compare(_computed(e.mde), ">", e.delta)
    if met is None:
        text, flip = "the smallest detectable effect was not computed", "compute the smallest detectable effect"
    else:
        mde = effect_text(e.mde, e.measure, apart_from=e.delta)
        sesoi = effect_text(e.delta, e.measure, apart_from=e.mde)
        text = f"smallest detectable effect {mde} {'above' if met else 'not above'} the SESOI {sesoi}"
        needed = flips.events_needed(e.n_identifying, e.mde, e.delta) if met else ""
        move = f"it would have to fall to {sesoi}" if met else f"it stays so until it rises above {sesoi}"
        flip = flips.join(move, needed)
    return (Clause("inconclusive_underpowered", "mde", _computed(e.mde), e.delta, ">", met, text, flip),)


def _or(x: float, default: float) -> float:
    return default if missing(x) else x
