"""What is printed beside every verdict: fragile, single_list, few_onsets, events_only, exploratory, truncated_source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from interventions_stats.rules.evidence_numbers import EvidenceNumbers, RobustnessSummary
from interventions_stats.rules.guard_registry import FlagName, GuardFinding
from interventions_stats.rules.thresholds import FEW_ONSETS, MIN_LISTS, MIN_ONSETS

FLAGS: tuple[FlagName, ...] = get_args(FlagName)


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag and what raised it."""

    name: FlagName
    text: str


def result_flags(
    e: EvidenceNumbers,
    robustness: RobustnessSummary | None = None,
    *,
    findings: Iterable[GuardFinding | None] = (),
    events_only: bool = False,
    exploratory: str | None = None,
) -> tuple[Flag, ...]:
    """Collect the flags of a result.

    Parameters
    ----------
    e : EvidenceNumbers
    robustness : RobustnessSummary, optional
        Without it only one event list is known to have been used, so ``single_list`` is raised.
    findings : iterable of GuardFinding or None, default ()
        Guards that tripped; those with a flag raise it.  The findings in
        ``e.refused`` are read as well.
    events_only : bool, default False
        Whether the test looks at events alone, without rows where none happened.
    exploratory : str, optional
        What was set after the data (the SESOI, the lag, ...).

    Returns
    -------
    tuple of Flag
        At most one of each name, in the order of :data:`FLAGS`.

    Examples
    --------
    >>> e = EvidenceNumbers(estimate=0.1, se=0.3, p_superiority=.4, p_noninferiority=.1, p_reverse=.6, bf10=(1, 1, 1),
    ...     bf_reverse=1, upper=.6, delta=.4, mde=.7, n_events=10, n_events_total=25, n_identifying=9)
    >>> [f.name for f in result_flags(e, exploratory="the SESOI")]
    ['single_list', 'few_onsets', 'exploratory']
    """
    texts: dict[FlagName, list[str]] = {}

    def raise_flag(name: FlagName, text: str) -> None:
        texts.setdefault(name, []).append(text)

    r = robustness or RobustnessSummary()
    if r.deletion_flips:
        raise_flag("fragile", "the deletion of one event changes the verdict")
    if r.list_flips:
        raise_flag("fragile", "another event list changes the verdict")
    usable = n_usable_lists(r)
    if usable < MIN_LISTS:
        raise_flag("single_list", f"tested on {max(usable, 1)} event list")
    if e.n_identifying < FEW_ONSETS:
        raise_flag("few_onsets", f"{e.n_identifying} identifying onsets, fewer than {FEW_ONSETS}")
    if events_only:
        raise_flag("events_only", "events alone, without rows where none happened")
    if exploratory:
        raise_flag("exploratory", f"set after the data: {exploratory}")
    for finding in (*e.refused, *findings):
        if finding is not None and finding.flag is not None:
            raise_flag(finding.flag, f"{finding.guard}: {finding.message}")
    return tuple(Flag(name, "; ".join(dict.fromkeys(texts[name]))) for name in FLAGS if name in texts)


def n_usable_lists(r: RobustnessSummary) -> int:
    """Count the event lists on which the proposition could be tested."""
    return sum(x.n_identifying >= MIN_ONSETS and x.verdict != "not_testable" for x in r.lists)
