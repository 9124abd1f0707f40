"""From a question to evidence."""

from __future__ import annotations

from dataclasses import replace

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.engine.solver.blas import one_blas_thread
from interventions_stats.errors import EstimationError, InputError, RefusalError
from interventions_stats.evidence.coding import coding_reliability
from interventions_stats.evidence.evidence import Evidence, calibrate, empty
from interventions_stats.evidence.power import attach_simulated_mde
from interventions_stats.evidence.seeds import branch
from interventions_stats.primary.laid import Laid
from interventions_stats.primary.layouts import lay_out
from interventions_stats.primary.question import Question
from interventions_stats.primary.raw import CannotRun
from interventions_stats.primary.registry import kind_of
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
    base = unanswered(question)
    if base.frozen or base.missing:
        return base
    nothing = dict.fromkeys(question.events.ids, "not tested")
    try:
        laid = lay_out(question)
        evidence = _calibrated(laid, base)
    except CannotRun as stop:
        return replace(base, missing=stop.reason, guards=stop.findings, outside=stop.outside)
    except RefusalError as refusal:
        if strict:
            raise
        found = GuardFinding(refusal.guard, "refuse", refusal.message, refusal.remedy)
        return replace(base, guards=(found,), outside=nothing)
    except (InputError, EstimationError) as error:
        if strict:
            raise
        return replace(base, missing=str(error), outside=nothing)
    if not simulate or question.lead or question.mask_rallies:
        return evidence
    return attach_simulated_mde(evidence, laid)


def unanswered(question: Question) -> Evidence:
    """Evidence before the test has run; ``frozen`` or ``missing`` say why it will not."""
    prop, events = question.proposition, question.events
    assert isinstance(prop, Proposition)
    base = empty(prop, actor=events.actor.iso3, definition=events.definition, date_rule=events.date_rule,
                 n_total=len(events), delta=question.delta, seed=question.seed, draws=question.draws)  # fmt: skip
    nothing = dict.fromkeys(events.ids, "not tested")
    if reason := prop.reason_untestable(events.actor.iso3):
        return replace(base, frozen=reason, outside=nothing)
    if lacking := missing_tables(prop):
        return replace(base, missing=f"needs table {', '.join(lacking)}", outside=nothing)
    return base


def missing_tables(prop: Proposition) -> list[str]:
    """Tables that the proposition needs and that are not bundled."""
    from interventions_stats.datasets.package import tables

    bundled = {table.name for table in tables().values()}
    return [t for t in prop.needs if t not in bundled]


def _calibrated(laid: Laid, base: Evidence) -> Evidence:
    """Run the test on its own branch of the seed tree, and calibrate what it found."""
    question = laid.question
    events, kind = question.events, kind_of(question.proposition)
    raw = kind.run(laid, seed=branch(question.seed, question.proposition.id, events.definition, events.date_rule))
    reliability = 1.0 if kind.own_events else coding_reliability(events, raw.outside)
    return calibrate(raw, base, reliability=reliability)
