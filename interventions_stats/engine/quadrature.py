"""Integrals of exp(f) on the log scale, by composite Gauss-Legendre rules."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from interventions_stats.engine.options import Floats

LogDensity = Callable[[Floats], Floats]


@lru_cache(maxsize=4)
def _rule(nodes: int) -> tuple[Floats, Floats]:
    x, w = np.polynomial.legendre.leggauss(nodes)
    return x, w


def log_integral(log_f: LogDensity, edges: Floats, nodes: int = 20) -> float:
    """log of the integral of exp(``log_f``) over consecutive panels between sorted ``edges``."""
    x, w = _rule(nodes)
    half = np.diff(edges)[:, None] / 2
    points = (edges[:-1, None] + edges[1:, None]) / 2 + half * x
    values = log_f(points.ravel()).reshape(points.shape)
    peak = float(np.max(values))
    if not np.isfinite(peak):
        return -np.inf
    return peak + float(np.log((np.exp(values - peak) * half * w).sum()))


def panels(lo: float, hi: float, mode: float, width: float, coarse: int = 60, fine: int = 80) -> Floats:
    """Edges from ``lo`` to ``hi`` that are dense within 40 widths of the mode of a log-concave function."""
    near = mode + width * np.concatenate([-np.geomspace(40, 0.25, fine), [0.0], np.geomspace(0.25, 40, fine)])
    edges = np.concatenate([np.linspace(lo, hi, coarse + 1), near])
    return np.unique(np.clip(edges, lo, hi))


def mode_and_width(log_f: LogDensity, lo: float, hi: float) -> tuple[float, float]:
    """Mode of a log-concave function on [lo, hi] by nested grids, and its width from the curvature there."""
    a, b = lo, hi
    for _ in range(40):
        grid = np.linspace(a, b, 21)
        best = int(np.argmax(log_f(grid)))
        a, b = grid[max(best - 1, 0)], grid[min(best + 1, 20)]
        if b - a < 1e-9 * max(1.0, abs(a) + abs(b)):
            break
    mode = (a + b) / 2
    top = float(log_f(np.array([mode]))[0])
    reach = np.geomspace(1e-8, 1.0, 200) * (hi - lo)

    def within(points: Floats) -> Floats:  # a side that has left the interval has fallen
        return np.where((points >= lo) & (points <= hi), log_f(np.clip(points, lo, hi)), -np.inf)

    drop = top - np.maximum(within(mode + reach), within(mode - reach))
    wide = np.flatnonzero(drop > 0.5)
    return mode, float(reach[wide[0]]) if len(wide) else hi - lo
