"""The maxima of an objective that may have several, and the points from which other ridges of it are looked for.

Points are scattered around a maximum in its own standard errors, from one to sixteen of them, by a generator with a fixed
seed: the same data give the same points, whatever the units of the columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from interventions_stats.engine.solver.held import REMOTE
from interventions_stats.engine.solver.newton import Bools, Evaluate, Evaluation, Floats, largest, maximise
from interventions_stats.engine.solver.reparametrisation import subset

_SCALES = (1.0, 2.0, 4.0, 8.0, 16.0)
_EACH = 8  # points a round at each scale
_ROUNDS, _AROUND = 12, 3  # at the most; and maxima around which points are scattered
_SAME_PLACE, _SAME_HEIGHT = 1e-3, 1e-7

Doubtful = Callable[[Floats, Floats, Floats], Bools]


@dataclass(frozen=True)
class Landscape:
    """Maxima ``theta`` (m, p) of one fit with their ``objective`` (m,), the highest first.

    ``information`` (m, p, p) is that at each, and ``doubtful(theta, curvature, information)`` tells at which points of a
    profile, (b, p) and (b, p, p), another ridge may be higher. A ``concave`` objective has but one ridge.
    """

    theta: Floats
    objective: Floats
    information: Floats
    doubtful: Doubtful
    concave: bool = False

    @cached_property
    def starts(self) -> Floats:
        """Points (k, p) from which other ridges of a profile are climbed."""
        around = [
            scattered(t, i, k) for k, (t, i) in enumerate(zip(self.theta, self.information, strict=True)) if k < _AROUND
        ]
        return np.concatenate([self.theta[1:], *around])

    def outermost(self, contrast: Floats, side: Floats, floor: float) -> Floats:
        """How far out (b,) the outermost maximum above ``floor`` lies along contrasts (b, p), seen from the highest one."""
        high = self.theta[self.objective > floor]
        along = contrast @ (high - self.theta[0]).T
        return np.asarray((side[:, None] * along).max(axis=1, initial=0.0))


def scattered(theta: Floats, information: Floats, number: int) -> Floats:
    """Points (k, p) around ``theta`` (p,) in the standard errors of its ``information`` (p, p); ``number`` tells rounds apart."""
    rng = np.random.default_rng(number)
    scale = 1.0 / np.sqrt(np.maximum(information.diagonal(), 1e-300))
    values, vectors = np.linalg.eigh(information * scale * scale[:, None])
    spread = scale[:, None] * vectors / np.sqrt(np.maximum(values, 1e-14))
    directions = rng.standard_normal((len(_SCALES) * _EACH, len(theta)))
    return np.asarray(theta + np.repeat(_SCALES, _EACH)[:, None] * directions @ spread.T)


def survey(evaluate: Evaluate, theta: Floats, value: Evaluation) -> tuple[Floats, Floats, Floats]:
    """Maxima (m, p) of one fit, their objective (m,) and information (m, p, p), the highest first.

    Rounds of climbs, around each of the maxima in turn, until as many in a row as there are maxima find nothing new.

    Parameters
    ----------
    evaluate : closure of one fit
    theta : array (1, p)
        A maximum already known, at which the evaluation is ``value``.
    """
    found, height, information, barren = theta, value.objective, value.information, 0
    for number in range(_ROUNDS):
        centre, known = number % len(found), len(found)
        places, values = _climbed(evaluate, scattered(found[centre], information[centre], number))
        for place, reached in zip(places, values, strict=True):
            if _is_new(place, float(reached), found, height):
                found, height = np.vstack([found, place]), np.append(height, reached)
        if len(found) > known:
            order = np.argsort(-height, kind="stable")
            found, height = found[order], height[order]
            information = subset(evaluate, np.zeros(len(found), dtype=np.intp))(found, slice(None)).information.copy()
        barren = barren + 1 if len(found) == known else 0
        if barren >= min(known, _AROUND):
            break
    return found, height, information


def _climbed(evaluate: Evaluate, starts: Floats) -> tuple[Floats, Floats]:
    """Maxima reached from starts (k, p), and the objective there."""
    with np.errstate(over="ignore", invalid="ignore"):  # far out
        climbed = maximise(subset(evaluate, np.zeros(len(starts), dtype=np.intp)), starts)
    usable = climbed.converged & (largest(climbed.theta) < REMOTE)
    return climbed.theta[usable], climbed.objective[usable]


def _is_new(place: Floats, value: float, found: Floats, height: Floats) -> bool:
    near = largest(found - place) <= _SAME_PLACE * (1.0 + np.abs(place).max())
    same = np.abs(height - value) <= _SAME_HEIGHT * (1.0 + np.abs(height))
    return not bool((near | same).any())
