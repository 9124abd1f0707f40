"""How the rules write numbers in words: p-values, ratios, counts."""

from __future__ import annotations

import math
from typing import Literal

#: What an effect on the log scale is called once exponentiated.
Measure = Literal["OR", "RR", "ratio of ORs", "P(superiority)", "ratio"]
MEASURES: tuple[Measure, ...] = ("OR", "RR", "ratio of ORs", "P(superiority)", "ratio")


def missing(x: float | None) -> bool:
    """Whether a number was not computed (``None`` or NaN)."""
    return x is None or math.isnan(x)


def probability_text(p: float | None, *, apart_from: float | None = None) -> str:
    """Write a probability without its leading zero, with enough digits to tell it from a threshold.

    >>> probability_text(0.08), probability_text(0.0502, apart_from=0.05), probability_text(0.00004)
    ('.08', '.0502', '<.001')
    """
    if p is None or math.isnan(p):
        return "not computed"
    if 0 < p < 0.001 and (apart_from is None or apart_from >= 0.001):
        return "<.001"
    text = _trim(f"{p:.3f}")
    if apart_from is not None and p != apart_from:
        digits = 3
        while _trim(f"{p:.{digits}f}") == _trim(f"{apart_from:.{digits}f}") and digits < 15:
            digits += 1
        text = _trim(f"{p:.{digits}f}")
    return text


def _trim(text: str) -> str:
    """Drop the leading zero and superfluous trailing ones, keeping two decimals."""
    whole, _, part = text.partition(".")
    part = part.rstrip("0").ljust(2, "0")
    return f"{'' if whole in ('0', '-0') else whole}.{part}"


def number_text(x: float | None, *, apart_from: float | None = None) -> str:
    """Write a number of any size with three significant digits, more where it would look like the threshold.

    >>> number_text(2.9996, apart_from=3), number_text(1234.5), number_text(7), number_text(float("inf"))
    ('2.9996', '1230', '7', 'infinite')
    """
    if x is None or math.isnan(x):
        return "not computed"
    if math.isinf(x):
        return "infinite" if x > 0 else "minus infinite"
    for digits in range(3, 17):
        text = _plain(x, digits)
        if apart_from is None or x == apart_from or text != _plain(apart_from, digits):
            return text
    text = repr(x)
    return text if text != number_text(apart_from) else f"{x:.17g}"  # neighbours, of which one has a short form


def _plain(x: float, digits: int) -> str:
    if x == 0:
        return "0"
    if abs(x) >= 1e6 or abs(x) < 1e-4:
        return f"{x:.{digits}g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(x))))
    rounded = round(x, digits - 1 - math.floor(math.log10(abs(x))))
    text = f"{rounded:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def effect_value(log_effect: float, measure: Measure = "OR") -> float:
    """Take an effect from the log (or logit) scale to the scale that readers see.

    >>> round(effect_value(math.log(2)), 6), round(effect_value(math.log(.64 / .36), "P(superiority)"), 6)
    (2.0, 0.64)
    """
    if measure == "P(superiority)":
        return 1 / (1 + math.exp(-log_effect)) if log_effect > -700 else 0.0
    return math.exp(log_effect) if log_effect < 700 else math.inf


def effect_text(log_effect: float | None, measure: Measure = "OR", *, apart_from: float | None = None) -> str:
    """Write an effect of the log scale as a ratio (or a probability of superiority).

    >>> effect_text(math.log(1.5)), effect_text(math.inf), effect_text(0.5753641, "P(superiority)")
    ('OR 1.5', 'an infinite OR', 'P(superiority) .64')
    """
    if log_effect is None or math.isnan(log_effect):
        return f"{measure} not computed"
    if measure == "P(superiority)":
        return f"{measure} {probability_text(effect_value(log_effect, measure))}"
    value = effect_value(log_effect, measure)
    if math.isinf(value):
        return f"an infinite {measure}"
    return f"{measure} {value_text(log_effect, measure, apart_from=apart_from)}"


def value_text(log_effect: float, measure: Measure = "OR", *, apart_from: float | None = None) -> str:
    """Write the bare number of an effect, without the name of its measure.

    >>> value_text(math.log(1.84)), value_text(math.inf)
    ('1.84', 'infinite')
    """
    value = effect_value(log_effect, measure)
    if measure == "P(superiority)":
        return probability_text(value)
    other = None if apart_from is None else effect_value(apart_from, measure)
    return number_text(value, apart_from=other)


PRACTICE = 5.0  # a bound above it excludes no effect that anyone has claimed


def bounded(log_bound: float) -> bool:
    """Whether an upper bound, on the log scale, excludes anything in practice.

    >>> bounded(math.log(1.55)), bounded(math.log(13.8)), bounded(math.nan)
    (True, False, False)
    """
    return not missing(log_bound) and log_bound <= math.log(PRACTICE)


def bounded_text(log_bound: float, measure: Measure = "OR") -> str:
    """Write an upper bound; one above 5 is none in practice.

    >>> bounded_text(math.log(1.55)), bounded_text(math.log(13.8), "RR")
    ('OR 1.55', 'unbounded in practice')
    """
    return effect_text(log_bound, measure) if bounded(log_bound) or missing(log_bound) else "unbounded in practice"
