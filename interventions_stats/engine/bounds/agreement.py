"""Agreement between coders on nominal codes: Cohen's kappa and Krippendorff's alpha."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interventions_stats.errors import InputError


@dataclass(frozen=True, slots=True)
class Kappa:
    """Chance-corrected agreement of two coders.

    Attributes
    ----------
    kappa, se : float
        Cohen's kappa and its large-sample standard error (Fleiss, Cohen and Everitt); kappa is NaN where both coders
        used one and the same code throughout, so that no disagreement was possible.
    observed, expected : float
        Share of units on which they agree, and the share expected from their margins.
    n : int
        Units that both coded.
    """

    kappa: float
    se: float
    observed: float
    expected: float
    n: int


def cohen_kappa(a: Sequence[Any], b: Sequence[Any]) -> Kappa:
    """Cohen's kappa of two codings of the same units.

    Parameters
    ----------
    a, b : sequence of codes, length n
        Unit by unit; a unit that either left open (None or NaN) is left out.

    Returns
    -------
    Kappa

    Raises
    ------
    InputError
        Codings of unlike length, or no unit that both coded.

    References
    ----------
    Cohen (1960), Educ Psychol Meas 20:37-46. Fleiss, Cohen & Everitt (1969), Psychol Bull 72:323-327.

    Examples
    --------
    >>> found = cohen_kappa(["loss", "gain", "loss", "loss"], ["loss", "gain", "gain", "loss"])
    >>> round(found.kappa, 2), found.observed, found.n
    (0.5, 0.75, 4)
    """
    if len(a) != len(b):
        raise InputError(f"two codings of the same units are of one length; there are {len(a)} and {len(b)} codes.")
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if not (_open(x) or _open(y))]
    if not pairs:
        raise InputError("no unit was coded by both coders.")
    codes = {c: i for i, c in enumerate(dict.fromkeys(c for pair in pairs for c in pair))}
    table = np.zeros((len(codes), len(codes)))
    for x, y in pairs:
        table[codes[x], codes[y]] += 1 / len(pairs)
    row, column = table.sum(axis=1), table.sum(axis=0)
    observed, expected = float(np.trace(table)), float(row @ column)
    if expected >= 1:
        return Kappa(math.nan, math.nan, observed, expected, len(pairs))
    kappa = (observed - expected) / (1 - expected)
    return Kappa(kappa, _kappa_se(table, row, column, kappa, expected, len(pairs)), observed, expected, len(pairs))


def _kappa_se(table: np.ndarray, row: np.ndarray, column: np.ndarray, kappa: float, expected: float, n: int) -> float:
    own = float((np.diag(table) * (1 - (row + column) * (1 - kappa)) ** 2).sum())
    off = table * (column[:, None] + row[None, :]) ** 2
    cross = (1 - kappa) ** 2 * float(off.sum() - np.trace(off))
    rest = (kappa - expected * (1 - kappa)) ** 2
    return math.sqrt(max(own + cross - rest, 0.0) / n) / (1 - expected)


def krippendorff_alpha(codings: Sequence[Sequence[Any]]) -> float:
    """Krippendorff's alpha for nominal codes by two or more coders, with units that some left open.

    Parameters
    ----------
    codings : sequence of sequences, (coders, units)
        None or NaN where a coder left a unit open; a unit that fewer than two coded says nothing and is left out.

    Returns
    -------
    float
        1 for full agreement, 0 for agreement as by chance; NaN where every code used is the same.

    Raises
    ------
    InputError
        Fewer than two coders, codings of unlike length, or no unit that two coded.

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's alpha-reliability.

    Examples
    --------
    >>> round(krippendorff_alpha([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]), 3)
    0.095
    """
    if len(codings) < 2 or len({len(c) for c in codings}) != 1:
        raise InputError("alpha takes the codings of at least two coders, each of the same units.")
    units = [[c for c in unit if not _open(c)] for unit in zip(*codings, strict=True)]
    units = [u for u in units if len(u) > 1]
    if not units:
        raise InputError("no unit was coded by two coders.")
    codes = {c: i for i, c in enumerate(dict.fromkeys(c for u in units for c in u))}
    coincidences = np.zeros((len(codes), len(codes)))
    for unit in units:
        counts = np.zeros(len(codes))
        for c in unit:
            counts[codes[c]] += 1
        coincidences += (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    margins = coincidences.sum(axis=0)
    n = margins.sum()
    by_chance = (n**2 - (margins**2).sum()) / (n - 1)
    if by_chance == 0:
        return math.nan
    return float(1 - (n - np.trace(coincidences)) / by_chance)


def _open(code: Any) -> bool:
    return code is None or code != code or type(code).__name__ in ("NAType", "NaTType")
