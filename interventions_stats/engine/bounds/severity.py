"""Severity of a claim about an effect, and S-values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from interventions_stats.engine.arrays import as_numbers
from interventions_stats.engine.distributions import cdf
from interventions_stats.engine.intake.scalars import check_number, check_option, check_positive
from interventions_stats.engine.options import Floats
from interventions_stats.errors import InputError

Claim: TypeAlias = Literal["below", "above"]


@dataclass(frozen=True, slots=True)
class SeverityCurve:
    """Severity of the claim that theta lies below (or above) each value of ``theta`` (both (k,) arrays)."""

    theta: Floats
    severity: Floats
    claim: Claim


def check_df(df: float) -> float:
    """Return degrees of freedom: positive, infinite for a normal."""
    number = check_number("df", df)
    if not number > 0:
        raise InputError(f"df must be positive, or infinite for a normal, not {df!r}.")
    return number


def severity(estimate: float, se: float, theta: float, *, claim: Claim = "below", df: float = np.inf) -> float:
    """Probability of an estimate that fits the claim worse than the one observed, were theta at the bound.

    For the claim theta < ``theta`` it is one minus the non-inferiority p-value at that bound: .95 is what a
    dismissal at .05 asks for.

    Parameters
    ----------
    estimate, se : float
    theta : float
        The bound that the claim names.
    claim : {"below", "above"}
    df : float

    References
    ----------
    Mayo and Spanos (2006), "Severe testing as a basic concept in a Neyman-Pearson philosophy of induction".

    Examples
    --------
    >>> round(severity(0.0, 0.25, 0.5), 4)
    0.9772
    """
    return float(severity_curve(estimate, se, np.array([check_number("theta", theta)]), claim=claim, df=df).severity[0])


def severity_curve(
    estimate: float, se: float, theta: Any = None, *, claim: Claim = "below", df: float = np.inf
) -> SeverityCurve:
    """Severity over a grid of bounds.

    Parameters
    ----------
    estimate, se : float
    theta : (k,) array, optional
        Default: 101 values within four standard errors of the estimate.
    claim : {"below", "above"}
    df : float

    Examples
    --------
    >>> curve = severity_curve(0.2, 0.1, [0.2, 0.4])
    >>> curve.severity.round(4).tolist()
    [0.5, 0.9772]
    """
    check_option("claim", claim, ("below", "above"))
    df = check_df(df)
    centre, scale = check_number("estimate", estimate), check_positive("se", se)
    grid = centre + scale * np.linspace(-4, 4, 101) if theta is None else as_numbers("theta", theta, 1)
    if np.isnan(grid).any():
        raise InputError("theta has missing values: give the bounds of the claim.")
    t = (grid - centre) / scale
    return SeverityCurve(grid, np.asarray(cdf(t if claim == "below" else -t, df)), claim)


def s_value(p: float) -> float:
    """Surprisal of a p-value in bits, -log2 p: as many heads in a row from a fair coin.

    References
    ----------
    Greenland (2019), "Valid p-values behave exactly as they should".

    Examples
    --------
    >>> s_value(0.05).__round__(2)
    4.32
    """
    value = check_number("p", p)
    if not 0 <= value <= 1:
        raise InputError(f"p must lie between 0 and 1, not {p!r}.")
    with np.errstate(divide="ignore"):
        return float(abs(-np.log2(value)))
