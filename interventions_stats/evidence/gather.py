"""From a question to evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from interventions_stats.datasets.kept import kept
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.engine.solver.blas import one_blas_thread
from interventions_stats.errors import EstimationError, InputError, RefusalError
from interventions_stats.evidence.coding import coding_reliability
from interventions_stats.evidence.detectable_effects import attach_simulated_mde
from interventions_stats.evidence.evidence import Evidence, calibrate, empty
from interventions_stats.evidence.seeds import branch
from interventions_stats.primary.kind import Effect
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.laid import Laid, LaidRegression
from interventions_stats.primary.layouts import lay_out
from interventions_stats.primary.placements import confidences
from interventions_stats.primary.question import Question
from interventions_stats.primary.raw import CannotRun
from interventions_stats.primary.refits import batched_effects
from interventions_stats.rules.guard_registry import GuardFinding


@one_blas_thread()  # other threads add in another order, and workers have one each: the last digits would differ
def gather(question: Question, *, strict: bool = False, simulate: bool = False) -> Evidence:
    """Run a proposition's primary test on an event list.

    Parameters
    ----------
    question : Question
    strict : bool, default False
        Raise refusals and data errors (the caller asked for this test) instead of recording them.
    simulate : bool, default False
        Simulate the minimum detectable effect on the panel (about a tenth of a second) instead of the normal approximation.

    Returns
    -------
    Evidence
        With ``missing`` set, and no numbers, where the test could not run.
    """
    asked = ask(question, strict=strict)
    evidence, laid = _answered(asked, None, strict=strict), asked.laid
    if not simulate or question.lead or question.mask_rallies or laid is None or evidence.raw is None:
        return evidence
    return attach_simulated_mde(evidence, laid)


@one_blas_thread()
def answer_all(asked: Sequence[Asked]) -> list[Evidence]:
    """Gather the evidence on many questions; the regressions of those laid out on the same columns are fitted as one batch.

    Where rows, strata and scale are equal (deletions, lists, date rules), only the outcomes differ.
    """
    fitted = [i for i, a in enumerate(asked) if isinstance(a.laid, LaidRegression)]
    effects = batched_effects([asked[i].laid.regression for i in fitted])  # type: ignore[union-attr]
    known = dict(zip(fitted, effects, strict=True))
    return [_answered(a, known.get(i)) for i, a in enumerate(asked)]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its layout, or the evidence that it cannot be laid out."""

    base: Evidence
    laid: Laid | None


def ask(question: Question, *, strict: bool = False) -> Asked:
    """Lay a question out, or say why it cannot be."""
    base = unanswered(question)
    if base.frozen or base.missing:
        return Asked(base, None)
    with _failing(base, strict) as failure:
        return Asked(base, lay_out(question))
    return Asked(failure[0], None)


def without_event(asked: Asked, event: str) -> Asked:
    """The question without one event: on the same layout where the kind of test allows, else laid out anew."""
    laid = asked.laid
    assert laid is not None
    question = laid.question.but(events=laid.question.events.drop(event))
    base = unanswered(question)
    if not (base.frozen or base.missing):
        with _failing(base, False) as failure:
            less = kind_of(question.proposition).delete(laid, event)
            if less is not None:
                return Asked(base, replace(less, question=question))
        if failure:
            return Asked(failure[0], None)
    return ask(question)


@contextmanager
def _failing(base: Evidence, strict: bool) -> Iterator[list[Evidence]]:
    """Turn what stops a test into evidence that says so, unless the caller asked for this very test."""
    failure: list[Evidence] = []
    events = base.outside  # ids of the list, each "not tested"
    try:
        yield failure
    except CannotRun as stop:
        failure.append(replace(base, missing=stop.reason, guards=stop.findings, outside=events | stop.outside))
    except RefusalError as refusal:
        if strict:
            raise
        found = GuardFinding(refusal.guard, "refuse", refusal.message, refusal.remedy)
        failure.append(replace(base, guards=(found,), outside=events))
    except (InputError, EstimationError) as error:
        if strict:
            raise
        failure.append(replace(base, missing=str(error), outside=events))


def _answered(asked: Asked, effect: Effect | None, *, strict: bool = False) -> Evidence:
    """Run the test on its own branch of the seed tree, and calibrate what it found."""
    if asked.laid is None:
        return asked.base
    question = asked.laid.question
    events, kind = question.events, kind_of(question.proposition)
    seed = branch(question.seed, question.proposition.id, events.definition, events.date_rule)
    with _failing(asked.base, strict) as failure:
        raw = kind.run(asked.laid, seed=seed, effect=effect)
        reliability = 1.0 if kind.own_events else coding_reliability(events, raw.outside)
        return calibrate(raw, asked.base, reliability=reliability)
    return failure[0]


def unanswered(question: Question) -> Evidence:
    """Evidence before the test has run; ``frozen`` or ``missing`` say why it will not."""
    prop, events = question.proposition, question.events
    assert isinstance(prop, Proposition)
    base = empty(prop, actor=events.actor.iso3, definition=events.definition, date_rule=events.date_rule,
                 n_total=len(events), delta=question.delta, seed=question.seed, draws=question.draws)  # fmt: skip
    base = replace(base, outside=dict.fromkeys(confidences(events), "not tested"))
    if reason := prop.reason_untestable(events.actor.iso3):
        return replace(base, frozen=reason)
    if lacking := missing_tables(prop.needs):
        return replace(base, missing=f"needs table {', '.join(lacking)}")
    return base


@kept(64)
def missing_tables(needs: tuple[str, ...]) -> tuple[str, ...]:
    """Tables that a proposition needs and that are not bundled."""
    from interventions_stats.datasets.package import tables

    bundled = {table.name for table in tables().values()}
    return tuple(t for t in needs if t not in bundled)
