"""The maxima of an objective that may have several, and the points from which other ridges of it are looked for.

Points are scattered around a maximum in its own standard errors, from one to sixteen of them, by a generator with a fixed
seed: the same data give the same points, whatever the units of the columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from interventions_stats.engine.solver.newton import Bools, Evaluate, Floats, largest, maximise
from interventions_stats.engine.solver.reparametrisation import subset

_SCALES = (1.0, 2.0, 4.0, 8.0, 16.0)
_EACH = 8  # points a round at each scale
_ROUNDS = 4
_SAME_PLACE, _SAME_HEIGHT = 1e-3, 1e-7
_POINTS = 128  # climbed together

Doubtful = Callable[[Floats, Floats, Floats], Bools]


@dataclass(frozen=True)
class Landscape:
    """Maxima ``theta`` (m, p) of one fit with their ``objective`` (m,), the highest first.

    ``information`` (p, p) is that of the highest, and ``doubtful(theta, curvature, information)`` tells at which points of a
    profile, (b, p) and (b, p, p), another ridge may be higher.
    """

    theta: Floats
    objective: Floats
    information: Floats
    doubtful: Doubtful

    @cached_property
    def starts(self) -> Floats:
        """Points (k, p) from which other ridges of a profile are climbed."""
        return np.concatenate([self.theta[1:], scattered(self.theta[0], self.information, 0)])

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


def survey(evaluate: Evaluate, theta: Floats, objective: float, information: Floats) -> tuple[Floats, Floats]:
    """Maxima (m, p) of one fit and their objective (m,), the highest first: rounds of climbs until one finds nothing new.

    Parameters
    ----------
    evaluate : closure of one fit
    theta, objective : array (p,) and float
        A maximum already known.
    information : array (p, p)
    """
    found, height = theta[None], np.array([objective])
    for number in range(_ROUNDS):
        known = len(found)
        starts = scattered(found[0], information, number)
        for first in range(0, len(starts), _POINTS):
            points = starts[first : first + _POINTS]
            with np.errstate(over="ignore", invalid="ignore"):  # far out
                climbed = maximise(subset(evaluate, np.zeros(len(points), dtype=np.intp)), points)
            for place, value in zip(climbed.theta[climbed.converged], climbed.objective[climbed.converged], strict=True):
                if _is_new(place, float(value), found, height):
                    found, height = np.vstack([found, place]), np.append(height, value)
        order = np.argsort(-height, kind="stable")
        found, height = found[order], height[order]
        if len(found) == known:
            break
    return found, height


def _is_new(place: Floats, value: float, found: Floats, height: Floats) -> bool:
    near = largest(found - place) <= _SAME_PLACE * (1.0 + np.abs(place).max())
    same = np.abs(height - value) <= _SAME_HEIGHT * (1.0 + np.abs(height))
    return not bool((near | same).any())
