"""What a result says in words: one sentence, a summary of a page's width, and a methods paragraph."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from typing import TYPE_CHECKING

from interventions_stats.assessment.monte_carlo import monte_carlo_errors
from interventions_stats.display.contract import WIDTH
from interventions_stats.display.rounding import rounded, rounded_p
from interventions_stats.display.text import wrap
from interventions_stats.drivers.in_words import Side, in_words
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.errors import InterventionsError
from interventions_stats.events.actors import actor
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.layouts import lay_out
from interventions_stats.primary.question import Question
from interventions_stats.primary.raw import CannotRun
from interventions_stats.rules.absence import check_language, require_bounded
from interventions_stats.rules.formatting import bounded, bounded_text, effect_text, missing, number_text, value_text
from interventions_stats.rules.thresholds import (
    ALPHA,
    BF_EVIDENCE,
    BF_REVERSE,
    FEW_ONSETS,
    LIST_ONSETS,
    MIN_ONSETS,
    SHARE_OF_SPECS,
)
from interventions_stats.rules.wording import verdict_sentence

if TYPE_CHECKING:
    from interventions_stats.assessment.battery import Battery
    from interventions_stats.assessment.result import Result
    from interventions_stats.evidence.evidence import Evidence
    from interventions_stats.robustness.check import Robustness


def sentence(result: Result) -> str:
    """State a verdict in one sentence that carries its bound.

    Returns
    -------
    str
        Names the proposition, the verdict, the effects rejected and not, the estimate, and how many of the onsets
        identify it.  It passes the language check, or raises.

    Raises
    ------
    RefusalError
        G22, should a user's own statement deny an effect without a bound.
    """
    e = result.evidence
    return verdict_sentence(
        subject(result), result.decision.verdict, estimate=e.estimate, ci=e.ci95, frontier=e.frontier, lower=e.lower,
        delta=e.sesoi.delta, mde=e.mde, n_identifying=e.n_identifying, n_total=onsets_total(e), measure=e.sesoi.measure,
        two_sided=e.two_sided, probably=e.p_superiority <= ALPHA, reason=why_untested(result),
    )  # fmt: skip


def subject(result: Result) -> str:
    """Name a proposition as the subject of a sentence."""
    prop = result.proposition
    said = prop.statement.rstrip(". ") or f"exposure {prop.exposure}"
    return f'{prop.id} ("{said}")' if prop.statement else f"{prop.id} ({said})"


def onsets_total(e: Evidence) -> int:
    """Onsets that the test could have used: those of the list, or its own where it brings its events along."""
    own = kind_of(e.proposition).own_events
    return max(e.n_events if own and e.raw is not None else e.n_events_total, e.n_identifying)


def why_untested(result: Result) -> str:
    """Why a proposition was not tested, or what a descriptive result says; empty for the other verdicts."""
    if result.decision.verdict not in ("not_testable", "descriptive"):
        return ""
    e = result.evidence
    if e.missing or e.frozen:
        return str(e.missing or e.frozen)
    return "; ".join(result.decision.reasons)


def summary(result: Result) -> str:
    """Lay a result out as text no wider than 100 columns.

    A plain sentence with actor, period and list, the verdict with the clause that decided it, numbers, the nearest change of
    verdict, guards, checks under other choices, and verdicts per type.
    """
    lines = [plain_sentence(result), "", f"{subject(result)}: {_verdict(result)}"]
    lines += [f"Decided by: {result.decision.reasons[0]}"] if result.decision.reasons else []
    lines += [result.note] if result.note else []
    lines += [
        f"{what}: {said}" for what, said in zip(("List edited", "Your series"), result.changed, strict=True) if said
    ]
    lines += _numbers(result)
    lines += _why(result)
    lines += [f"Guard {g.text}" for g in result.evidence.guards]
    if result.robustness is not None:
        lines += ["Checks: " + checks(result.robustness)]
    lines += [_of_type(kind, part) for kind, part in result.by_type.items()]
    return "\n".join(wrap(line, WIDTH) if line else "" for line in lines)


def _verdict(result: Result) -> str:
    flags = f", flags: {', '.join(result.flags)}" if result.flags else ""
    return f"{result.verdict.replace('_', ' ')}, grade {result.grade}{flags}"


def plain_sentence(result: Result) -> str:
    """Say what was found as a person would: what, by whom, when, on which list, and which effects are excluded.

    Returns
    -------
    str
        It passes the language check, or raises.

    Raises
    ------
    RefusalError
        G22, should a user's own statement deny an effect without a bound.
    """
    e = result.evidence
    if result.verdict in ("not_testable", "descriptive") or e.raw is None:
        return sentence(result)
    listed = result.proposition.outcome if kind_of(result.proposition).own_events else e.definition
    onsets = f"{e.n_identifying} of {onsets_total(e)} onsets, list {listed}"
    where = f"({', '.join(x for x in (_period(result), onsets) if x)})"
    return require_bounded(f"{_said(result)} {where}: {_excluded(result)}.")


def _said(result: Result) -> str:
    """The finding in words: by the verdict where there is one, else by the side of the estimate."""
    prop, e = result.proposition, result.evidence
    who = f"interventions by {actor(e.actor).name}" if not kind_of(prop).own_events else "disputes begun with force"
    supported, beside = result.verdict.startswith("supported"), e.estimate > 0
    side: Side = "less" if result.verdict == "reversed" else "more" if supported or beside else "no more"
    registered = PROPOSITIONS.get(prop.id)
    own = registered is not None and (registered.exposure, registered.test) == (prop.exposure, prop.test)
    said = in_words(prop.id, who, side) if own else ""
    if not said:
        said = f"{subject(result)}: the estimate is {'' if side == 'more' else 'not '}on the side that it predicts"
    within_chance = side == "more" and not supported and not e.p_superiority <= ALPHA
    return f"{said}, within chance" if within_chance else said


def _excluded(result: Result) -> str:
    e = result.evidence
    measure = e.sesoi.measure
    per = " per SD" if e.raw is not None and " per " in e.raw.scale_label else ""
    name = {"OR": "odds ratios", "RR": "rate ratios", "ratio of ORs": "ratios of odds ratios", "P(superiority)": "probabilities",
            "ratio": "ratios"}[measure]  # fmt: skip
    if missing(e.frontier):
        return "the test sets no bound"
    if not bounded(e.frontier):
        return "the size of the effect is unbounded in practice"
    if e.two_sided and math.isfinite(e.lower):
        ends = f"{value_text(e.lower, measure)} to {value_text(e.frontier, measure)}{per}"
        return f"{name} outside {ends} are excluded, those inside are not"
    return f"{name} above {value_text(e.frontier, measure)}{per} are excluded, smaller ones are not"


def _period(result: Result) -> str:
    """First and last year of the rows that the test used; the list's where they cannot be laid out again."""
    if result.events is None:
        return ""
    try:
        rows = lay_out(Question(result.proposition, result.events, result.series, seed=result.evidence.seed)).rows
        times = rows["period" if "period" in rows else "year"].astype(str).str[:4]
        return f"{times.min()}-{times.max()}"
    except (CannotRun, InterventionsError, KeyError):
        first, last = result.events.coverage
        return f"{first}-{last}"


def _numbers(result: Result) -> list[str]:
    e, raw = result.evidence, result.evidence.raw
    if raw is None:
        return []
    error = monte_carlo_errors(result)
    measure = e.sesoi.measure
    effect = [f"{effect_text(e.estimate, measure)} ({raw.scale_label})"]
    if math.isfinite(e.se_cal):
        low, high = (value_text(x, measure) for x in e.ci90)
        wide = " to ".join(value_text(x, measure) for x in e.ci95)
        effect += [
            f"90% interval {low} to {high}, 95% {wide}",
            f"excluded above (95%) {bounded_text(e.frontier, measure)}",
        ]
        if e.frontier_adjusted != e.frontier and not missing(e.frontier_adjusted):
            effect += [f"adjusted for reliability {effect_text(e.frontier_adjusted, measure)}"]
    effect += [f"smallest effect of interest {e.sesoi.label}"]
    if not missing(e.mde):
        effect += [f"detectable with 80% power {effect_text(e.mde, measure)}"]
    lines = ["Effect: " + "; ".join(effect)]
    tests = [f"superiority {_p(e.p_superiority, result.p_superiority_holm, error['p_superiority'])}",
             f"reverse {_p(e.p_reverse, result.p_reverse_holm, error['p_reverse'])}"]  # fmt: skip
    if not missing(e.p_noninferiority):
        tests += [f"non-inferiority {_p(e.p_noninferiority, None, error['p_noninferiority'])}"]
    lines += [f"{'Two-sided' if e.two_sided else 'One-sided'} p: " + "; ".join(tests)]
    if not missing(e.bf10[1]):
        low, high = (rounded(x, digits=2) for x in (min(e.bf10), max(e.bf10)))
        lines += [f"Bayes factor for an effect {rounded(e.bf10[1], digits=2)} ({low} to {high} over the prior range); "
                  f"probability that it is below {e.sesoi.label}: {rounded_p(e.posterior_below)}"]  # fmt: skip
    lines += [f"Sample: {raw.n_rows} rows, {e.n_events} of {onsets_total(e)} onsets used, {e.n_identifying} identify the effect; "
              f"design effect {rounded(raw.deff, error['deff'])}; null: {raw.scheme}"
              + ("" if raw.exact else f", {_draws(result)} relabellings")]  # fmt: skip
    return lines + kind_of(result.proposition).account(raw)


def _draws(result: Result) -> str:
    null = result.evidence.raw.null if result.evidence.raw else None
    return f"{len(null) if null is not None else result.evidence.draws:,}"


def _p(p: float, holm: float | None, error: float) -> str:
    if missing(p):
        return "not computed"
    s_value = f", S {abs(math.log2(p)):.1f} bits" if p > 0 else ""
    adjusted = "" if holm is None or holm == p else f", Holm {rounded_p(holm, error)}"
    return f"{rounded_p(p, error)}{adjusted}{s_value}"


def _why(result: Result) -> list[str]:
    lines = ["Also: " + "; ".join(result.decision.reasons[1:])] if result.decision.reasons[1:] else []
    near = nearest_change(result)
    return lines + ([f"Nearest change: {near}"] if near else [])


def nearest_change(result: Result) -> str:
    """In words, the smallest set of changes that would give another decisive verdict; empty where there is none."""
    turning = [c for c in result.decision.nearest if c.flip]
    if not turning:
        return ""
    to = turning[0].verdict.replace("_", " ")
    aim = "to become testable" if to == "not testable" else f"to be {to}"
    return f"{aim}, " + "; ".join(c.flip for c in turning)


def checks(r: Robustness) -> str:
    """Say how a result fares under the other registered choices."""
    s = r.summary
    verdicts = [o.verdict.replace("_", " ") for o in s.lists]
    counted = ", ".join(f"{v} on {verdicts.count(v)}" for v in dict.fromkeys(verdicts))
    if len(set(verdicts)) == 1:
        counted = f"{verdicts[0]} on all"
    parts = [
        f"{s.n_specs} specifications, {_percent(s.share_same_sign)} with the same sign, {s.specs_supported} supported"
    ]
    if s.n_specs_powered:
        parts += [
            f"{_percent(s.share_dismissing)} of the {s.n_specs_powered} that could see the effect of interest dismiss it"
        ]
    if s.lists:
        parts += [f"{len(s.lists)} event lists: {counted}"]
    if not missing(s.worst_deletion_p):
        parts += [f"largest non-inferiority p after deleting one event {rounded_p(s.worst_deletion_p)}"]
    failed = f", failed: {', '.join(s.falsifiers_failed)}" if s.falsifiers_failed else ""
    parts += [f"{s.falsifiers_run} falsifier{'' if s.falsifiers_run == 1 else 's'} run{failed}"]
    if s.planted_recovered is not None:
        parts += [f"an effect planted in these data was {'' if s.planted_recovered else 'not '}found again"]
    return "; ".join(parts)


def _percent(share: float) -> str:
    return "-" if missing(share) else f"{100 * share:.0f}%"


def _of_type(kind: str, part: Result) -> str:
    e = part.evidence
    said = part.verdict.replace("_", " ")
    if part.verdict in ("not_testable", "descriptive"):
        return f"{kind.capitalize()} cases: {said} ({why_untested(part)})"
    bound = "" if missing(e.frontier) else f", excluded above {bounded_text(e.frontier, e.sesoi.measure)}"
    return f"{kind.capitalize()} cases: {said}{bound}, {e.n_identifying} of {onsets_total(e)} onsets identify it"


def methods_text(battery: Battery, seed: int, versions: Mapping[str, str]) -> str:
    """Write a methods paragraph and one sentence a proposition, ready to paste.

    Raises
    ------
    RefusalError
        G22, should a sentence deny an effect without a bound.
    """
    results = [r for d in battery.by_driver.values() for r in d.results.values()]
    own, arms = ([r for r in results if bool(r.scope) == world] for world in (False, True))
    parts = [_design(battery, len(own)), _tests(own), *_arms(arms), _rules(), _software(seed, versions)]
    for d in battery.by_driver.values():
        parts.append(f"{d.driver.title}. " + " ".join(sentence(r) for r in d.results.values()))
    return require_bounded("\n\n".join(parts))


def _design(battery: Battery, n: int) -> str:
    events = battery.events
    first, last = events.coverage
    note = f" {events.note}" if events.note and not check_language(events.note) else ""
    return (
        f"We tested {n} propositions on {len(battery.by_driver)} drivers of military intervention against {len(events)} "
        f'interventions by {events.actor.name} in {first}-{last} (event list "{events.definition}", timed by {events.date_rule} '
        f"date).{note} Each proposition has one primary test with a smallest effect size of interest, registered and hashed "
        "with its sample, lag, alternative specifications and falsifiers."
    )


def _tests(results: list[Result]) -> str:
    draws = sorted({r.evidence.draws for r in results if r.evidence.raw is not None and not r.evidence.raw.exact})
    sampled = f" (enumerated, or sampled with {', '.join(f'{d:,}' for d in draws)} relabellings)" if draws else ""
    return (
        "Exposures are measured before onset and oriented so that the driver predicts a ratio above one. Reference "
        f"distributions shift or relabel the exposure within leaders, targets or years{sampled}, so that neither trends shared "
        "by leaders nor serial dependence pass for an effect. Effects come from penalised logit, exact and conditional "
        "estimators; their standard errors are multiplied by the square root of the design effect of the shift statistic."
    )


def _arms(results: list[Result]) -> list[str]:
    if not results:
        return []
    return [
        f"{len(results)} further tests, a Holm family of their own, hold the drivers against the disputes that all states began "
        "with force; they speak of states in general. Their Poisson regressions have effects of states (or pairs) and years, run "
        "with and without linear trends of states, and are judged by flipping the signs of whole states' scores; each p is the "
        "larger of the two."
    ]


def _rules() -> str:
    return (
        f"A proposition is supported when the one-sided p of superiority, Holm-adjusted within its driver, is at most "
        f"{number_text(ALPHA)}, the Bayes factor is at least {number_text(BF_EVIDENCE)}, at least {100 * SHARE_OF_SPECS:.0f}% of "
        f"the registered specifications share the sign and no falsifier fails; reversed (lower, not higher) when the reverse holds with a Bayes "
        f"factor of at least {number_text(BF_REVERSE)}; dismissed at its smallest effect of interest when non-inferiority is shown "
        f"at {number_text(ALPHA)} with a Bayes factor of at least {number_text(BF_EVIDENCE)} against it, in the registered "
        f"specifications that could see the effect, in every list with {LIST_ONSETS} or more identifying onsets, and after the "
        f"deletion of any one event; bounded when non-inferiority is shown and another of these conditions fails; inconclusive "
        f"otherwise. Fewer than {MIN_ONSETS} identifying onsets are not tested, fewer "
        f"than {FEW_ONSETS} are flagged. A p-value above {number_text(ALPHA)} decides nothing here."
    )


def _software(seed: int, versions: Mapping[str, str]) -> str:
    base = versions.get("interventions_stats", "?")
    others = ", ".join(f"{k} {v}" for k, v in versions.items() if k not in ("interventions_stats", "data"))
    return (
        f"Computed with interventions_stats {base} (data version {versions.get('data', '?')}, seed {seed}; "
        f"{others or 'Python ' + platform.python_version()})."
    )
