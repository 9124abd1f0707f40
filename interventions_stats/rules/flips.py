"""In words, the nearest change that would turn a clause of a verdict.

The translations into effects assume a normal likelihood with the calibrated
standard error; a permutation p or an exact Bayes factor will differ a little,
hence the word "about".
"""

from __future__ import annotations

import math
from collections.abc import Callable

from interventions_stats.rules.formatting import (
    Measure,
    effect_text,
    missing,
    number_text,
    value_text,
)

_TINY = 1e-6  # standard errors below this share of the prior's scale are no evidence but a defect


def crossing(
    name: str, value: float, threshold: float, *, met: bool, wants: str, write: Callable[..., str] = number_text
) -> str:
    """Say by how much a number must move; ``wants`` is ``"<="``, ``">="``, ``"<"`` or ``">"``.

    ``write`` turns a number into text.

    >>> from interventions_stats.rules.formatting import probability_text
    >>> crossing("p_noninferiority", 0.08, 0.05, met=False, wants="<=", write=probability_text)
    'p_noninferiority would have to fall from .08 to .05'
    >>> crossing("BF10", 5.2, 3, met=True, wants=">=")
    'it stays met unless BF10 (now 5.2) falls below 3'
    """
    below = wants in ("<=", "<")
    now, goal = write(value, apart_from=threshold), write(threshold)
    if met:
        past = {"<=": "rises above", ">=": "falls below", "<": "rises to", ">": "falls to"}[wants]
        return f"it stays met unless {name} (now {now}) {past} {goal}"
    edge = {"<": "below ", ">": "above "}.get(wants, "")
    return f"{name} would have to {'fall' if below else 'rise'} from {now} to {edge}{goal}"


def bound_shift(upper: float, delta: float, measure: Measure) -> str:
    """Say how far the upper bound is from the SESOI.

    >>> bound_shift(math.log(2.3), math.log(1.5), "OR")
    'the upper bound from OR 2.3 to 1.5'
    """
    if missing(upper):
        return ""
    return f"the upper bound from {effect_text(upper, measure, apart_from=delta)} to {value_text(delta, measure)}"


def estimate_for_p(p: float, p_adjusted: float, threshold: float, se: float, *, reverse: bool = False) -> float:
    """Estimate at which the adjusted one-sided p would equal the threshold.

    ``p_adjusted / p`` is the factor that Holm applied, taken as unchanged.
    """
    from statistics import NormalDist  # its import costs some milliseconds

    factor = p_adjusted / p if p > 0 else 1.0
    raw = threshold / factor if factor > 0 else threshold
    z = NormalDist().inv_cdf(1 - min(max(raw, 1e-12), 1 - 1e-12))
    return -se * z if reverse else se * z


def estimate_shift(estimate: float, goal: float, measure: Measure) -> str:
    """Say how far the estimate is from where the clause turns."""
    if missing(estimate) or missing(goal) or not math.isfinite(goal):
        return ""
    return f"the estimate from {effect_text(estimate, measure, apart_from=goal)} to about {value_text(goal, measure)}"


def half_normal_bf10(estimate: float, se: float, scale: float) -> float:
    """Bayes factor of a half-normal(0, scale) effect against none, for a normal likelihood.

    Closed form: twice the ratio of the marginal densities times the posterior
    probability of a positive effect (Dienes 2014, Frontiers in Psychology).

    >>> round(half_normal_bf10(0.0, 1.0, 1.0), 6) == round(2 ** -0.5, 6)
    True
    """
    total = se * se + scale * scale
    weight = estimate * scale / (se * math.sqrt(total))
    log_ratio = math.log(se / math.sqrt(total)) + 0.5 * (estimate / se) ** 2 * scale * scale / total
    return math.exp(min(log_ratio, 700.0)) * math.erfc(-weight / math.sqrt(2))


def normal_bf10(estimate: float, se: float, scale: float) -> float:
    """Bayes factor of a normal(0, scale) effect against none, for a normal likelihood.

    >>> round(normal_bf10(0.0, 1.0, 1.0), 6) == round(2 ** -0.5, 6)
    True
    """
    total = se * se + scale * scale
    log_ratio = math.log(se / math.sqrt(total)) + 0.5 * (estimate / se) ** 2 * scale * scale / total
    return math.exp(min(log_ratio, 700.0))


def reverse_bf(estimate: float, se: float, scale: float) -> float:
    """Bayes factor of theta < 0 against theta > 0 under a normal(0, scale) prior and a normal likelihood.

    >>> reverse_bf(0.0, 1.0, 1.0)
    1.0
    """
    weight = estimate * scale / (se * math.sqrt(se * se + scale * scale)) / math.sqrt(2)
    positive = math.erfc(-weight)
    return math.erfc(weight) / positive if positive > 0 else math.inf


def estimate_for_bf(bf: Callable[[float], float], target: float, se: float, *, low: float, high: float) -> float:
    """Estimate at which a Bayes factor equals ``target``, between ``low`` and ``high`` standard errors; by false position.

    The step is that of Illinois (Dowell and Jarratt 1971, BIT 11), on the log of the factor, which bends little.  NaN when the
    factor does not reach it there.
    """

    def off(x: float) -> float:
        return math.log(max(bf(x), 1e-300)) - math.log(target)

    a, b = low * se, high * se
    at_a, at_b = off(a), off(b)
    if not min(at_a, at_b) <= 0 <= max(at_a, at_b):
        return math.nan
    for _ in range(60):
        middle = (a * at_b - b * at_a) / (at_b - at_a) if math.isfinite(at_a + at_b) else (a + b) / 2
        here = off(middle)
        if abs(here) < 1e-13 or abs(b - a) < 1e-14 * se:
            return middle
        if here * at_b < 0:
            a, at_a = b, at_b
        else:
            at_a /= 2
        b, at_b = middle, here
    return (a + b) / 2


def bf_shift(kind: str, target: float, estimate: float, se: float, scale: float, measure: Measure) -> str:
    """Say to which estimate a Bayes factor of ``target`` belongs.

    ``kind`` is ``"half_normal"``, ``"normal"`` or ``"reverse"``.  Where no
    estimate reaches the target, the standard error that would is named.
    """
    if missing(estimate) or missing(se) or not (se > _TINY * scale > 0) or not math.isfinite(estimate):
        return ""
    if kind == "normal":
        if target < normal_bf10(0.0, se, scale):
            needed = scale * target / math.sqrt(1 - target * target)
            return f"no estimate reaches it unless the standard error falls from {number_text(se)} to {number_text(needed)}"
        goal = estimate_for_bf(lambda x: normal_bf10(x, se, scale), target, se, low=0, high=12)
        return estimate_shift(estimate, math.copysign(goal, estimate or 1.0), measure)
    solve = half_normal_bf10 if kind == "half_normal" else reverse_bf
    goal = estimate_for_bf(lambda x: solve(x, se, scale), target, se, low=-12, high=12)
    return estimate_shift(estimate, goal, measure)


def events_needed(n: int, mde: float, delta: float) -> str:
    """Say how many onsets would bring the smallest detectable effect down to delta.

    The standard error falls with the square root of the number of onsets.

    >>> events_needed(10, 0.8, 0.4)
    'about 40 onsets instead of 10'
    """
    if n <= 0 or not math.isfinite(mde):
        return ""
    return f"about {math.ceil(n * (mde / delta) ** 2 - 1e-9)} onsets instead of {n}"


def join(*parts: str) -> str:
    """Join the parts of a flip, leaving out empty ones."""
    return ": ".join(p for p in parts if p)
