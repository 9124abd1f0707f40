"""The smallest effect size of interest (SESOI) that a claim's wording commits its author to.

A claim that something is "not a primary driver" is refuted by a smaller
effect than a claim that it has "any relevance", so the bound that a dismissal
must respect follows from the wording and not from the data (Lakens, Scheel
and Isager 2018, Advances in Methods and Practices in Psychological Science).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from interventions_stats.errors import InputError, unknown_name
from interventions_stats.rules.formatting import Measure, number_text, probability_text

Wording = Literal["primary", "meaningful", "any"]
Scale = Literal["continuous", "rate", "binary", "share", "rank", "contrast", "none"]

#: Ratio by scale and wording; for ranks the probability of superiority.
TABLE: dict[Scale, dict[Wording, float]] = {
    # odds ratio per within-stratum standard deviation
    "continuous": {"primary": 2.0, "meaningful": 1.5, "any": 1.2},
    # rate ratio per within-stratum standard deviation, for counts; events are rare, so it takes the odds-ratio column
    "rate": {"primary": 2.0, "meaningful": 1.5, "any": 1.2},
    # rate ratio of exposed to unexposed; events are rare, so it is the odds ratio too
    "binary": {"primary": 3.0, "meaningful": 1.5, "any": 1.25},
    # a share is not rare, so its odds against the reference take the odds-ratio column
    "share": {"primary": 2.0, "meaningful": 1.5, "any": 1.2},
    # probability that an event outranks its reference
    "rank": {"primary": 0.64, "meaningful": 0.58, "any": 0.53},
    # ratio of two odds ratios, at the same SESOI as each of them
    "contrast": {"primary": 2.0, "meaningful": 1.5, "any": 1.2},
}

MEASURE_OF_SCALE: dict[Scale, Measure] = {
    "continuous": "OR",
    "rate": "RR",
    "binary": "RR",
    "share": "OR",
    "rank": "P(superiority)",
    "contrast": "ratio of ORs",
    "none": "ratio",
}


@dataclass(frozen=True, slots=True)
class Sesoi:
    """A smallest effect size of interest.

    Attributes
    ----------
    delta : float or None
        On the scale of the estimate: log ratio; for ranks the logit of
        P(superiority); None when the claim has no SESOI.
    ratio : float or None
        ``exp(delta)``; for ranks the odds of superiority.
    wording : {"primary", "meaningful", "any"} or None
        None for a ratio of the user's own.
    scale : str
        One of :data:`Scale`.
    custom : bool
        Set by the user rather than by the wording.  Set after the data were
        seen, it makes the result exploratory (guard G18).
    """

    delta: float | None
    ratio: float | None
    wording: Wording | None
    scale: Scale
    custom: bool

    @property
    def exists(self) -> bool:
        """Whether there is an effect size that a dismissal can refer to."""
        return self.delta is not None

    @property
    def measure(self) -> Measure:
        """Name of the ratio that a reader sees."""
        return MEASURE_OF_SCALE[self.scale]

    @property
    def label(self) -> str:
        """The SESOI in words, ``"OR 1.5"`` for example."""
        if self.ratio is None:
            return "no SESOI"
        if self.scale == "rank":
            return f"P(superiority) {probability_text(self.ratio / (1 + self.ratio))}"
        return f"{self.measure} {number_text(self.ratio)}"


def sesoi(delta: Wording | float = "meaningful", scale: Scale = "continuous") -> Sesoi:
    """Look up the SESOI of a claim's wording, or take the user's own ratio.

    Parameters
    ----------
    delta : {"primary", "meaningful", "any"} or float, default "meaningful"
        The wording of the claim, or a ratio above 1 (odds of superiority
        above 1 for ranks).
    scale : {"continuous", "rate", "binary", "share", "rank", "contrast", "none"}, default "continuous"
        What is compared: a standardised covariate (odds ratio per
        within-stratum SD), the same for counts (rate ratio), a binary exposure (rate ratio), a share or a
        two-by-two table (odds ratio against the reference), ranks, the
        contrast of two odds ratios, or something with no SESOI.

    Returns
    -------
    Sesoi

    Raises
    ------
    InputError
        A ratio that is not finite or not above 1, or not a number.
    UnknownNameError
        An unknown wording or scale.

    References
    ----------
    Lakens, D., Scheel, A. M. and Isager, P. M. (2018). Equivalence testing for
    psychological research: a tutorial.

    Examples
    --------
    >>> sesoi("primary", "binary").ratio
    3.0
    >>> sesoi("meaningful", "rank").label
    'P(superiority) .58'
    >>> sesoi(1.8).custom
    True
    """
    if scale not in get_args(Scale):
        raise unknown_name("scale", scale, get_args(Scale), where="sesoi()")
    if isinstance(delta, str):
        if delta not in get_args(Wording):
            raise unknown_name("claim wording", delta, get_args(Wording), where="delta; a number above 1 is a ratio")
        if scale == "none":
            return Sesoi(None, None, delta, scale, custom=False)
        value = TABLE[scale][delta]
        ratio = value / (1 - value) if scale == "rank" else value
        return Sesoi(math.log(ratio), ratio, delta, scale, custom=False)
    ratio = _checked_ratio(delta)
    if scale == "none":
        return Sesoi(None, None, None, scale, custom=True)
    return Sesoi(math.log(ratio), ratio, None, scale, custom=True)


def _checked_ratio(delta: object) -> float:
    # NumPy's scalars are welcome; booleans are numbers in Python, but no ratio
    try:
        ratio = math.nan if isinstance(delta, bool) else float(delta)  # type: ignore[arg-type]
    except OverflowError:
        raise InputError("delta is too large: an effect size of interest is a finite ratio above 1") from None
    except (TypeError, ValueError):
        ratio = math.nan
    if not math.isfinite(ratio) or ratio <= 1:
        advice = ""
        if 0 < ratio < 1:
            advice = (
                f" Exposures are oriented so that theory predicts a ratio above 1: give its inverse, {1 / ratio:.4g}."
            )
        raise InputError(
            f"delta={delta!r} is no effect size of interest: it must be a finite ratio above 1, "
            f"or one of {', '.join(map(repr, get_args(Wording)))}.{advice}"
        )
    return ratio
