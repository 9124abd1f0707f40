"""What the bounds say on an effect of a given size, whatever size was registered as the smallest of interest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interventions_stats.rules.clauses_elsewhere import large_lists
from interventions_stats.rules.thresholds import ALPHA_DELETION, SHARE_OF_SPECS

if TYPE_CHECKING:
    from interventions_stats.assessment.result import Result
    from interventions_stats.evidence.evidence import Evidence
    from interventions_stats.robustness.check import Robustness

SIZES = tuple(round(1.1 + 0.05 * k, 2) for k in range(39))  # ratios 1.1 to 3
STATES = {
    "s": "an effect is shown", "r": "the reverse is shown", "e": "excluded, by every check",
    "b": "excluded, though not by every check", "m": "not excluded; it would probably have been missed",
    "o": "not excluded, though it would probably have been seen", "d": "described and not tested", "x": "not testable",
}  # fmt: skip
_KEPT = {
    "supported": "s", "supported_trivial": "s", "reversed": "r", "descriptive": "d", "not_testable": "x",
}  # fmt: skip


def states(result: Result) -> str:
    """One letter of ``STATES`` for each of ``SIZES``."""
    return "".join(state(result, math.log(size)) for size in SIZES)


def state(result: Result, size: float) -> str:
    """What the bounds say on effects of ``size`` (a log ratio) or more; a letter of ``STATES``.

    Bounds and power alone: unlike a verdict it asks no Bayes factor. What shows an effect, or the reverse, shows it at any
    size.
    """
    e = result.evidence
    if result.verdict in _KEPT:
        return _KEPT[result.verdict]
    if e.raw is None or math.isnan(e.frontier):
        return "x"
    if excluded_above(e) < size:
        return "e" if result.robustness is not None and _everywhere(result.robustness, size) else "b"
    return "m" if not e.mde <= size else "o"


def excluded_above(e: Evidence) -> float:
    """The log ratio above which effects are excluded (one-sided 95%), on either side where no sign is predicted."""
    return max(e.frontier, -e.lower) if e.two_sided else e.frontier


def _everywhere(r: Robustness, size: float) -> bool:
    """Whether the specifications that could see the size, the large lists and every deletion exclude it."""
    powered = [e for _, e in r.specs if e.raw is not None and e.mde <= size]
    lists = [r.lists[x.name] for x in large_lists(r.summary.lists)[1]]
    gone = [e for e in r.deletions.values() if e.raw is not None]
    return (
        r.summary.specs_supported == 0
        and bool(r.specs and lists and gone)
        and sum(excluded_above(e) < size for e in powered) >= SHARE_OF_SPECS * len(powered)
        and all(excluded_above(e) < size for e in lists)
        and all(_at(e, ALPHA_DELETION) < size for e in gone)
    )


def _at(e: Evidence, alpha: float) -> float:
    """The bound at another level than .05, by the calibrated standard error."""
    from scipy.special import ndtri

    reach = -float(ndtri(alpha)) * e.se_cal
    return max(e.estimate + reach, reach - e.estimate) if e.two_sided else e.estimate + reach
