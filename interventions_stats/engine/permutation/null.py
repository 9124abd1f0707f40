"""Null distributions: sums over strata that are relabelled independently, enumerated or drawn.

A stratum contributes one number for each of its relabellings, and the null of the
sum over strata is the outer sum of these.  With S values in all, the tails are
counted from two halves of the strata by a sorted search, in about sqrt(S) log S
operations and sqrt(S) memory, so that the null stays exact far beyond what
could be stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from interventions_stats.engine.options import Alternative, Floats

KEEP = 200_000
TIE = 1e-9


@dataclass(frozen=True, slots=True)
class NullDistribution:
    """Tails and moments of a null distribution at the observed value."""

    p_greater: float
    p_less: float
    p_two_sided: float
    n: int
    exact: bool
    values: Floats
    mean: float
    sd: float

    def p_value(self, alternative: Alternative) -> float:
        return {"greater": self.p_greater, "less": self.p_less, "two-sided": self.p_two_sided}[alternative]


def tolerance(observed: float, *parts: Floats) -> float:
    """Two values closer than this are tied: a share of the largest value that can occur."""
    return TIE * max(abs(observed), sum(float(np.abs(p).max(initial=0.0)) for p in parts), 1e-300)


def thin(values: Floats, keep: int = KEEP) -> Floats:
    """Keep at most ``keep`` values: of more, evenly spaced order statistics."""
    if len(values) <= keep:  # sorting these would cost more than counting their tails did
        return values
    ordered = np.sort(values)
    return ordered[((np.arange(keep) + 0.5) * len(ordered) / keep).astype(np.int64)]


def outer_sum(parts: Sequence[Floats]) -> Floats:
    """All sums of one value from each part, flattened."""
    return reduce(lambda left, right: np.add.outer(left, right).ravel(), parts, np.zeros(1))


def from_values(observed: float, values: Floats, *, exact: bool, centre: float | None = None) -> NullDistribution:
    """Tails of ``observed`` among null values; sampled ones count the observed relabelling, (b + 1) / (m + 1)."""
    eps = tolerance(observed, values)
    mean = float(values.mean())
    middle = mean if centre is None else centre
    off = abs(observed - middle)
    extra = 0 if exact else 1
    m = len(values) + extra
    greater = (int((values >= observed - eps).sum()) + extra) / m
    less = (int((values <= observed + eps).sum()) + extra) / m
    both = (int((np.abs(values - middle) >= off - eps).sum()) + extra) / m
    return NullDistribution(greater, less, both, len(values), exact, thin(values), mean, float(values.std()))


def _halves(parts: Sequence[Floats]) -> tuple[list[Floats], list[Floats]]:
    """Split the parts so that the two outer sums are about equally long."""
    left: list[Floats] = []
    right: list[Floats] = []
    sizes = [1.0, 1.0]
    for part in sorted(parts, key=len, reverse=True):
        side = 0 if sizes[0] <= sizes[1] else 1
        (left, right)[side].append(part)
        sizes[side] *= len(part)
    return left, right


def sum_null(
    parts: Sequence[Floats], observed: float, *, max_exact: int, draws: int, rng: np.random.Generator
) -> NullDistribution:
    """Null of the sum of one value from each part, all combinations being equally likely.

    Exact while each half of the strata has at most ``max_exact`` combinations, else sampled.
    """
    mean = float(sum(p.mean() for p in parts))
    sd = float(np.sqrt(sum(p.var() for p in parts)))
    left, right = _halves(parts)
    sizes = [int(np.prod([float(len(p)) for p in side])) for side in (left, right)]
    if max(sizes) > max_exact:
        sample = sum((p[rng.integers(0, len(p), draws)] for p in parts), np.zeros(draws))
        drawn = from_values(observed, sample, exact=False, centre=mean)
        return _with_moments(drawn, mean, sd)
    a, b = np.sort(outer_sum(left)), np.sort(outer_sum(right))  # sums of sorted runs sort in half the time
    n, eps, off = len(a) * len(b), tolerance(observed, *parts), abs(observed - mean)

    def at_least(bound: float) -> int:
        return int((len(a) - np.searchsorted(a, bound - b, side="left")).sum())

    def at_most(bound: float) -> int:
        return int(np.searchsorted(a, bound - b, side="right").sum())

    above = at_least(mean + off - eps)
    # with off = 0 both tails hold everything; the share is then one, not two
    both = min(n, above + at_most(mean - off + eps))
    values = (
        np.add.outer(a, b).ravel()
        if n <= 5 * KEEP
        else a[rng.integers(0, len(a), KEEP)] + b[rng.integers(0, len(b), KEEP)]
    )
    null = NullDistribution(
        at_least(observed - eps) / n, at_most(observed + eps) / n, both / n, n, True, thin(values), mean, sd
    )
    return null


def _with_moments(null: NullDistribution, mean: float, sd: float) -> NullDistribution:
    return NullDistribution(null.p_greater, null.p_less, null.p_two_sided, null.n, null.exact, null.values, mean, sd)


def joint_indices(
    lengths: Sequence[int], *, max_exact: int, draws: int, rng: np.random.Generator
) -> tuple[list[np.ndarray], bool]:
    """Indices of a joint relabelling, one array a part: all combinations, or ``draws`` at random."""
    if np.prod([float(n) for n in lengths]) <= max_exact:
        grid = np.indices(tuple(lengths), dtype=np.int64).reshape(len(lengths), -1)
        return list(grid), True
    return [rng.integers(0, n, draws) for n in lengths], False
