"""From a proposition and an event list to evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.engine.solver.blas import one_blas_thread
from interventions_stats.errors import EstimationError, InputError, RefusalError
from interventions_stats.evidence.coding import coding_reliability
from interventions_stats.evidence.evidence import Evidence, calibrate, empty
from interventions_stats.evidence.raw import CannotRun, Raw
from interventions_stats.evidence.seeds import branch
from interventions_stats.rules.guard_registry import GuardFinding

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

DRAWS, QUICK_DRAWS = 10_000, 999


@one_blas_thread()  # other threads add in another order, and workers have one each: the last digits would differ
def gather(
    prop: Proposition,
    events: EventList,
    *,
    series: pd.DataFrame | None = None,
    delta: str | float | None = None,
    seed: int = 0,
    draws: int = DRAWS,
    mask_rallies: bool = False,
    lead: int = 0,
    without: int | None = None,
    strict: bool = False,
    simulate: bool = False,
) -> Evidence:
    """Run a proposition's primary test on an event list.

    Parameters
    ----------
    prop : Proposition
    events : EventList
    series : DataFrame, optional
        The user's own series; its columns come before bundled covariates.
    delta : str or float, optional
        Another SESOI than the registered one.
    seed : int, default 0
        Root of the seed tree.
    draws : int, default 10_000
        Relabellings where the null is sampled; where it can be enumerated it is.
    mask_rallies : bool, default False
        Leave out the six months after each combat onset (G06).
    lead : int, default 0
        A placebo: the exposure that many periods after each row, residualised on the exposure at t-1.
    without : int, optional
        COW code of a power that a test over powers leaves out.
    strict : bool, default False
        Raise refusals and data errors (the caller asked for this test) instead of recording them.
    simulate : bool, default False
        Simulate the minimum detectable effect on the panel (about half a second) instead of the normal approximation.

    Returns
    -------
    Evidence
        With ``missing`` set, and no numbers, where the test could not run.
    """
    base = empty(prop, actor=events.actor.iso3, definition=events.definition, date_rule=events.date_rule,
                 n_total=len(events), delta=delta, seed=seed, draws=draws)  # fmt: skip
    if reason := prop.reason_untestable(events.actor.iso3):
        return replace(base, frozen=reason, outside=dict.fromkeys(events.ids, "not tested"))
    if lacking := missing_tables(prop):
        return replace(
            base, missing=f"needs table {', '.join(lacking)}", outside=dict.fromkeys(events.ids, "not tested")
        )
    try:
        raw = _run(prop, events, series, base.sesoi.delta or 0.0, seed, draws, mask_rallies, lead, without)
    except CannotRun as stop:
        return replace(base, missing=stop.reason, guards=stop.findings, outside=stop.outside)
    except RefusalError as refusal:
        if strict:
            raise
        found = GuardFinding(refusal.guard, "refuse", refusal.message, refusal.remedy)
        return replace(base, guards=(found,), outside=dict.fromkeys(events.ids, "not tested"))
    except (InputError, EstimationError) as error:
        if strict:
            raise
        return replace(base, missing=str(error), outside=dict.fromkeys(events.ids, "not tested"))
    evidence = calibrate(raw, base, reliability=coding_reliability(prop.test, events, raw.outside))
    if not simulate or lead or mask_rallies:
        return evidence
    from interventions_stats.evidence.power import attach_simulated_mde

    return attach_simulated_mde(evidence, prop, events, series=series, seed=seed)


def missing_tables(prop: Proposition) -> list[str]:
    """Tables that the proposition needs and that are not bundled."""
    from interventions_stats.datasets.package import tables

    bundled = {table.name for table in tables().values()}
    return [t for t in prop.needs if t not in bundled]


def _run(
    prop: Proposition, events: EventList, series: pd.DataFrame | None, delta: float, seed: int, draws: int, mask: bool,
    lead: int, without: int | None,
) -> Raw:  # fmt: skip
    here = branch(seed, prop.id, events.definition, events.date_rule)
    if prop.test == "series":
        from interventions_stats.evidence.series import series_test

        return series_test(prop, events, series=series, draws=draws, seed=here, mask_rallies=mask, lead=lead)
    if prop.test == "rate":
        from interventions_stats.evidence.person_time import rate_test

        return rate_test(prop, events)
    if prop.test == "breaks":
        from interventions_stats.evidence.person_time import break_test_of

        return break_test_of(prop, events, draws=draws, seed=here)
    if prop.test == "rank":
        from interventions_stats.evidence.cases import rank_test

        return rank_test(prop, events, draws=draws, seed=here, series=series)
    if prop.test == "share":
        from interventions_stats.evidence.cases import share_test

        return share_test(prop, delta=delta)
    if prop.test == "powers":
        from interventions_stats.evidence.powers import powers_test

        return powers_test(prop, draws=draws, seed=here, lead=lead, without=without)
    from interventions_stats.evidence.targets import targets_test

    return targets_test(prop, events, draws=draws, seed=here, lead=lead, series=series)
