"""Nulls in which exposures are dealt anew to the places that hold onsets.

A group offers N exposures to k places; place j scores ``gain[i, j]`` when it gets exposure i.  Years dealt to
year blocks, histories dealt to targets and targets dealt to onsets within a year are all of this kind.
"""

from __future__ import annotations

from itertools import permutations
from math import perm

import numpy as np

from interventions_stats.engine.options import Floats, Ints
from interventions_stats.engine.permutation.null import NullDistribution, from_values, sum_null


def enumerate_assignment(gain: Floats) -> Floats:
    """Score of every ordered choice of k of N exposures: (N! / (N - k)!,)."""
    n, k = gain.shape
    if k == 1:
        return gain[:, 0].copy()
    chosen = np.array(list(permutations(range(n), k)), dtype=np.int64)
    return np.asarray(gain[chosen, np.arange(k)].sum(axis=1))


def sample_assignment(gain: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Score of ``draws`` random assignments."""
    n, k = gain.shape
    out = np.empty(draws)
    step = max(1, 2_000_000 // n)
    for lo in range(0, draws, step):
        size = min(step, draws - lo)
        chosen: Ints = np.argsort(rng.random((size, n)), axis=1)[:, :k]
        out[lo : lo + size] = gain[chosen, np.arange(k)].sum(axis=1)
    return out


def assignment_moments(gain: Floats) -> tuple[float, float]:
    """Exact mean and variance of the score of a random assignment (Hoeffding 1951 for k = N)."""
    n = len(gain)
    centred = gain - gain.mean(axis=0)
    gram = centred.T @ centred
    diagonal = float(np.trace(gram))
    return float(gain.mean(axis=0).sum()), (diagonal / n) - (float(gram.sum()) - diagonal) / (n * max(n - 1, 1))


def assignment_null(
    gains: list[Floats], observed: float, *, max_exact: int, draws: int, rng: np.random.Generator
) -> NullDistribution:
    """Null of the summed score over independent groups: enumerated where every group can be, else sampled."""
    if all(perm(*g.shape) <= min(max_exact, 500_000) for g in gains):
        parts = [enumerate_assignment(g) for g in gains]
        return sum_null(parts, observed, max_exact=max_exact, draws=draws, rng=rng)
    moments = [assignment_moments(g) for g in gains]
    mean, sd = sum(m for m, _ in moments), float(np.sqrt(max(sum(v for _, v in moments), 0.0)))
    sample = sum((sample_assignment(g, draws, rng) for g in gains), np.zeros(draws))
    null = from_values(observed, sample, exact=False, centre=mean)
    return NullDistribution(null.p_greater, null.p_less, null.p_two_sided, null.n, False, null.values, mean, sd)
