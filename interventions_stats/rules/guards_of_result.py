"""The guards that can speak only once a result stands: its lists, its deletions, its priors, what was set after the data."""

from __future__ import annotations

from interventions_stats.rules.evidence_numbers import EvidenceNumbers, RobustnessSummary
from interventions_stats.rules.flags import n_usable_lists
from interventions_stats.rules.guard_registry import GuardFinding
from interventions_stats.rules.guards_events import g15_event_definition
from interventions_stats.rules.guards_model import g10_collapsed
from interventions_stats.rules.guards_reading import g18_after_data, g20_bf_flip, g23_influence
from interventions_stats.rules.verdict import core_verdict

COLLAPSED = "collapsed"  # the event list in which a conflict system counts once


def guards_of_result(
    e: EvidenceNumbers, r: RobustnessSummary | None = None, *, exploratory: str | None = None
) -> tuple[GuardFinding, ...]:
    """Collect the findings of G10, G15, G18, G20 and G23 on one result.

    Parameters
    ----------
    e : EvidenceNumbers
        With the findings of the guards that have spoken already; a G10 among them is judged by the list of conflict systems.
    r : RobustnessSummary, optional
        Without it only G18 and G20 can speak.
    exploratory : str, optional
        What was set after the data.

    Examples
    --------
    >>> e = EvidenceNumbers(estimate=0.1, se=0.3, p_superiority=.4, p_noninferiority=.1, p_reverse=.6, bf10=(.9, 1, 1.1),
    ...     bf_reverse=1, upper=.6, delta=.4, mde=.7, n_events=10, n_events_total=25, n_identifying=9)
    >>> [f.guard for f in guards_of_result(e, RobustnessSummary(deletion_flips=True), exploratory="the SESOI")]
    ['G15', 'G18', 'G20', 'G23']
    """
    found = [g18_after_data([exploratory] if exploratory else []), g20_bf_flip(e.bf10)]
    if r is not None:
        found += [_collapsed(e, r), g15_event_definition(max(n_usable_lists(r), 1))]
        found.append(g23_influence(1) if r.deletion_flips else None)
    return tuple(sorted((f for f in found if f is not None), key=lambda f: f.guard))


def _collapsed(e: EvidenceNumbers, r: RobustnessSummary) -> GuardFinding | None:
    """G10: clustered onsets, and a verdict that changes when a conflict system counts once."""
    clustered = any(f.guard == "G10" for f in e.refused)
    other = [x for x in r.lists if x.name == COLLAPSED and x.verdict != "not_testable"]
    if not clustered or not other:
        return None
    return g10_collapsed(core_verdict(e).verdict, other[0].verdict)
