"""The sure ways to a profile: full maximisation with a contrast held, from as many starts as there may be ridges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from interventions_stats.engine.solver.newton import (
    CONVERGED,
    DIVERGED,
    MAX_ITER,
    Evaluate,
    Floats,
    Settings,
    largest,
    maximise,
)
from interventions_stats.engine.solver.reparametrisation import Index, all_but, coordinates, reparametrised, subset

FAR = 1e6  # in standard errors: a limit beyond is infinite
REMOTE = 1e8  # in columns of unit variance: beyond, an objective is rounding
_POINTS = 128  # climbed together
_RIDGES = 6  # followed by a search


def held_maxima(
    evaluate: Evaluate, fits: Index, contrast: Floats, value: Floats, starts: Floats, settings: Settings
) -> tuple[Floats, Floats]:
    """Maxima where ``contrast @ theta`` is held at ``value``, climbed to from several starts each.

    Parameters
    ----------
    evaluate : closure of a batch
    fits : array (r,), which fit of the batch each is
    contrast : array (r, p)
    value : array (r,)
    starts : array (r, k, p), moved along their contrast to where it has the value
    settings : Settings

    Returns
    -------
    objective : array (r, k), -inf where no maximum was reached
    theta : array (r, k, p)
    """
    r, k, p = starts.shape
    basis = np.repeat(coordinates(contrast), k, axis=0)
    begin = np.asarray(np.linalg.solve(basis, starts.reshape(-1, p, 1))[:, :, 0], dtype=np.float64)
    begin[:, 0] = np.repeat(value, k)
    which, objective, theta = np.repeat(fits, k), np.full(r * k, -np.inf), np.empty((r * k, p))
    for first in range(0, r * k, _POINTS):
        rows = slice(first, first + _POINTS)
        turned = reparametrised(subset(evaluate, which[rows]), basis[rows])
        with np.errstate(over="ignore", invalid="ignore"):  # far out
            found = maximise(turned, begin[rows], free=all_but(begin[rows].shape, 0), settings=settings)
        usable = ((found.reason == CONVERGED) | (found.reason == DIVERGED)) & (largest(found.theta) < REMOTE)
        objective[rows] = np.where(usable, found.objective, -np.inf)
        theta[rows] = np.einsum("bij,bj->bi", basis[rows], found.theta)
    return objective.reshape(r, k), theta.reshape(r, k, p)


@dataclass(slots=True)
class Search:
    """One fit's profile along a contrast by full maximisations from the last point, the innermost one and ``scattered`` ones.

    ``theta`` (p,) is the maximum, ``best`` the objective there, ``fit`` its place in the batch, ``side`` the way outward.
    """

    evaluate: Evaluate
    fit: int
    theta: Floats
    best: float
    contrast: Floats
    side: float
    scattered: Floats
    settings: Settings

    def fall(self, distance: float) -> tuple[float, int]:
        """Twice the fall when the contrast is held at a signed distance from the maximum."""
        objective, _ = self._held(distance, np.concatenate([self.theta[None], self.scattered]))
        drop = 2.0 * (self.best - float(objective[0]))
        return (max(drop, 0.0), CONVERGED) if np.isfinite(drop) else (np.nan, MAX_ITER)

    def run(self, root: float, spread: float, inside: float) -> tuple[float, int]:
        """Distance at which the profile has fallen by root**2 / 2, and a code; ``inside`` is a distance at which it has not."""
        origin = float(self.contrast @ self.theta)
        ridges = [self.scattered, self.theta[None]]  # points on the ridges last seen, and on those seen innermost

        def gap(distance: float) -> float:
            begin = [self.theta[None]]
            for points in ridges:
                gone = self.side * (points @ self.contrast - origin)
                begin.append(points)
                # the other coordinates may have as far to go as the one that is held
                ahead = np.flatnonzero(gone > 0)[:_RIDGES]
                begin.append(self.theta + (points[ahead] - self.theta) * (distance / gone[ahead])[:, None])
            objective, points = self._held(self.side * distance, np.concatenate(begin))
            if not np.isfinite(objective[0]):
                return np.nan
            ridges[0] = points
            value = float(np.sqrt(max(2.0 * (self.best - objective[0]), 0.0)) - root)
            ridges[1] = points if value < 0 else ridges[1]
            return value

        low, high = inside, max(root * spread, 1.25 * inside)
        while (beyond := gap(high)) < 0:
            if high > FAR * spread:
                return np.inf, DIVERGED
            low, high = high, 1.6 * high
        ridges[0] = np.concatenate([ridges[0], self.scattered])
        return _regula_falsi(gap, low, high, beyond)

    def _held(self, distance: float, starts: Floats) -> tuple[Floats, Floats]:
        """The highest few distinct maxima (k,) with the contrast held at a signed distance, and where they are (k, p)."""
        value = np.array([float(self.contrast @ self.theta) + distance])
        found = held_maxima(
            self.evaluate, np.array([self.fit]), self.contrast[None], value, starts[None], self.settings
        )
        order = np.argsort(-found[0][0], kind="stable")
        objective, theta = found[0][0][order], found[1][0][order]
        fresh = np.ones(len(objective), dtype=bool)
        with np.errstate(invalid="ignore"):
            fresh[1:] = np.diff(objective) < -1e-6
        return objective[fresh][:_RIDGES], theta[fresh][:_RIDGES]


def _regula_falsi(gap: Callable[[float], float], low: float, high: float, at_high: float) -> tuple[float, int]:
    """Root of a function that is negative at ``low`` and positive or NaN at ``high`` (Illinois' rule)."""
    at_low, last = gap(low), 0
    for _ in range(200):
        finite = np.isfinite(at_high) and at_low < 0
        middle = low - at_low * (high - low) / (at_high - at_low) if finite else 0.5 * (low + high)
        value = gap(middle)
        if abs(value) < 1e-13 or high - low <= 1e-14 * (1.0 + high):
            # the profile may jump past the root between two ridges: the outer end is the limit
            return (middle, CONVERGED) if abs(value) < 1e-8 else (high, MAX_ITER)
        if value < 0:
            low, at_low = middle, value
            at_high = 0.5 * at_high if last < 0 else at_high
            last = -1
        else:
            high, at_high = middle, value
            at_low = 0.5 * at_low if last > 0 else at_low
            last = 1
    return np.nan, MAX_ITER
