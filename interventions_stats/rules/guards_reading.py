"""Guards on how results are read: priors, noise, influence, types, overlap (G18, G20, G21, G23, G24, G27)."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from interventions_stats.errors import InputError
from interventions_stats.rules.formatting import Measure, effect_text, number_text, probability_text
from interventions_stats.rules.guard_registry import GuardFinding, finding
from interventions_stats.rules.thresholds import ALPHA, BF_EVEN

INFLUENCE: Final = 1  # items whose deletion flips the verdict
DRIVERS_SHARED: Final = 2


def g18_after_data(changed: Collection[str]) -> GuardFinding | None:
    """Flag as exploratory what was set after the data (``"SESOI"``, ``"lag"``, ...).

    >>> g18_after_data(["SESOI"]).flag, g18_after_data([])
    ('exploratory', None)
    """
    if not changed:
        return None
    return finding("G18", f"set after the data: {', '.join(changed)}.", cap="C", flag="exploratory")


def g20_bf_flip(bf10: Sequence[float]) -> GuardFinding | None:
    """Cap the verdict when the Bayes factor lies on both sides of 1 over the range of priors.

    >>> g20_bf_flip((0.7, 0.9, 1.2)).cap, g20_bf_flip((0.2, 0.3, 1.0)), g20_bf_flip((4.0, 3.5, 2.0))
    ('inconclusive_mixed', None, None)
    """
    known = [b for b in bf10 if not math.isnan(b)]
    if not known or not min(known) < BF_EVEN < max(known):
        return None
    message = f"BF10 runs from {number_text(min(known))} to {number_text(max(known))} over the priors."
    return finding("G20", message, cap="inconclusive_mixed")


def g21_reliability(
    reliability: float, frontier: float, delta: float | None = None, *, measure: Measure = "OR"
) -> GuardFinding | None:
    """Warn of attenuation, giving the bound divided by the reliability.

    Parameters
    ----------
    reliability : float
        In (0, 1]; 1 trips nothing.
    frontier, delta : float
        On the log scale; a dismissal that the adjusted frontier would undo is said to be so.

    Examples
    --------
    >>> g21_reliability(0.7, 0.35, 0.405).message
    'reliability .70: the bound OR 1.42 becomes OR 1.65, which passes the SESOI OR 1.5.'
    """
    if math.isnan(reliability):
        return None
    if not 0 < reliability <= 1:
        raise InputError(
            f"reliability={reliability} lies outside (0, 1]: give the share of the variance that is signal."
        )
    if reliability == 1:
        return None
    adjusted = frontier / reliability
    message = f"reliability {probability_text(reliability)}: the bound {effect_text(frontier, measure)} "
    message += f"becomes {effect_text(adjusted, measure)}"
    if delta is not None and frontier < delta <= adjusted:
        message += f", which passes the SESOI {effect_text(delta, measure)}"
    return finding("G21", message + ".")


def g23_influence(n_to_flip: int | None, items: Sequence[str] = (), *, kind: str = "event") -> GuardFinding | None:
    """Flag as fragile a verdict that one deletion flips.

    ``n_to_flip`` is the smallest number of items whose deletion flips it, None when no set was found.

    >>> g23_influence(1, ["R12"]).flag, g23_influence(2), g23_influence(None)
    ('fragile', None, None)
    """
    if n_to_flip is None or n_to_flip > INFLUENCE:
        return None
    named = f" ({', '.join(items)})" if items else ""
    return finding("G23", f"the deletion of one {kind}{named} flips the verdict.", cap="C", flag="fragile")


def g24_type_heterogeneity(p_max: float, verdicts: Mapping[str, str] | None = None) -> GuardFinding | None:
    """Warn when types differ by the maximum statistic, or in their verdicts.

    Types that could not be tested do not make a difference.

    >>> g24_type_heterogeneity(0.03).action, g24_type_heterogeneity(0.4, {"combat": "dismissed"})
    ('warn', None)
    """
    tested = {k: v for k, v in (verdicts or {}).items() if v != "not_testable"}
    differ = len(set(tested.values())) > 1
    if not p_max <= ALPHA and not differ:
        return None
    parts = [] if math.isnan(p_max) else [f"p of the maximum over types {probability_text(p_max, apart_from=ALPHA)}"]
    if differ:
        parts.append("verdicts: " + ", ".join(f"{k} {v}" for k, v in tested.items()))
    return finding("G24", "; ".join(parts) + ".")


def g27_shared_indicator(indicator: str, drivers: Collection[str]) -> GuardFinding | None:
    """Warn when one indicator serves two drivers or more.

    >>> g27_shared_indicator("realignment", ["diffusion", "balance"]).action, g27_shared_indicator("brent", ["economics"])
    ('warn', None)
    """
    named = list(dict.fromkeys(drivers))
    if len(named) < DRIVERS_SHARED:
        return None
    return finding("G27", f"{indicator!r} serves {', '.join(named)}.")
