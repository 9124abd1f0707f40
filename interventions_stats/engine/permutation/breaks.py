"""Where an event rate breaks, and whether a named boundary is a better break than other dates."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations
from math import factorial
from typing import Any, Literal, TypeAlias

import numpy as np

from interventions_stats.engine.arrays import read_events
from interventions_stats.engine.intake.scalars import check_count, check_option, check_seed, generator
from interventions_stats.engine.options import Floats
from interventions_stats.engine.permutation.null import TIE
from interventions_stats.errors import InputError

BreakNull: TypeAlias = Literal["permutation", "multinomial"]
BREAK_NULLS = ("permutation", "multinomial")
ALIKE = 1.25  # largest ratio of exposures at which periods may be exchanged


@dataclass(frozen=True, slots=True)
class BreakTest:
    """Result of a search for one break in an event rate.

    Attributes
    ----------
    breaks : (B,) array of int
        Admissible breaks: the first period of the second regime.
    likelihood_ratio : (B,) array
        2 x log likelihood gain of two Poisson rates over one.
    best : int
        Break with the largest ratio (the earliest of ties).
    boundary, rank : int
        The named break, and how many admissible breaks are better, plus one. Ties do not count as better.
    rate_before, rate_after : float
        Events per unit of exposure on either side of the boundary.
    p_sup : float
        Of the largest ratio: is there any break.
    p_boundary : float
        Of the ratio at the boundary, named in advance.
    attainable : float
        Smallest p of the rank that any order of the periods gives.
    p_rank : float
        Share of relabelled histories in which this boundary ranks as high.
    """

    breaks: Any = field(repr=False)
    likelihood_ratio: Floats = field(repr=False)
    best: int
    boundary: int
    rank: int
    rate_before: float
    rate_after: float
    sup: float
    at_boundary: float
    p_sup: float
    p_boundary: float
    p_rank: float
    attainable: float
    n_null: int
    exact: bool
    null: BreakNull
    seed: int | None = None


def break_test(
    counts: Any,
    exposure: Any = None,
    *,
    boundary: int,
    min_segment: int = 1,
    null: BreakNull = "permutation",
    max_exact: int = 50_000,
    draws: int = 10_000,
    seed: int = 0,
) -> BreakTest:
    """Test for a break in an event rate over all dates, and rank a boundary named in advance.

    Parameters
    ----------
    counts : (T,) array
        Events in each period.
    exposure : (T,) array, optional
        Person-time at risk in each period, positive. Default: one each.
    boundary : int
        First period of the second regime, from ``min_segment`` to T - ``min_segment``.
    min_segment : int
        Periods that either regime must have.
    null : {"permutation", "multinomial"}
        ``"permutation"`` exchanges whole periods, which keeps events that come together within a period, and
        asks for periods of like exposure (to a factor of 1.25; with exposures from .5 to 1.5 in order of time its
        size was .08); ``"multinomial"`` throws events over person-time one by one, and so assumes no clustering.
    max_exact : int
        Orders of the periods enumerated at most (T factorial).
    draws, seed : int
        Size and seed of a sampled null; p = (b + 1) / (m + 1).

    Returns
    -------
    BreakTest

    Raises
    ------
    InputError
        A boundary out of range, an exposure that is not positive or not alike over periods, counts that are not whole.

    References
    ----------
    Andrews (1993), "Tests for parameter instability and structural change with unknown change point".

    Examples
    --------
    >>> test = break_test([3, 2, 4, 0, 1, 0], boundary=3)
    >>> test.best, test.rank, test.n_null, test.exact
    (3, 1, 720, True)
    """
    check_option("null", null, BREAK_NULLS)
    n, time, _ = read_events(counts, exposure)
    if null == "permutation" and time.max() > ALIKE * time.min():
        raise InputError(
            f"periods of exposure {time.min():g} to {time.max():g} cannot be exchanged: cut time into equal periods, "
            'or pass null="multinomial".'
        )
    min_segment, boundary = check_count("min_segment", min_segment), check_count("boundary", boundary, 0)
    max_exact, draws, seed = check_count("max_exact", max_exact), check_count("draws", draws, 99), check_seed(seed)
    breaks = np.arange(min_segment, len(n) - min_segment + 1)
    if boundary not in breaks:
        raise InputError(
            f"boundary {boundary} is not admissible: it must be from {min_segment} to {len(n) - min_segment}."
        )
    at = boundary - min_segment
    ratio = _ratios(n[None], time[None], breaks)[0]
    null_ratio, exact = _null_ratios(n, time, breaks, null, max_exact, draws, seed)
    eps = TIE * max(float(null_ratio.max()), float(ratio.max()), 1.0)
    rank = 1 + int((ratio > ratio[at] + eps).sum())
    null_rank = 1 + (null_ratio > null_ratio[:, [at]] + eps).sum(axis=1)
    extra = 0 if exact else 1

    def share(hits: Any) -> float:
        return float((hits.sum() + extra) / (len(null_ratio) + extra))

    return BreakTest(
        breaks=breaks, likelihood_ratio=ratio, best=int(breaks[np.argmax(ratio > ratio.max() - eps)]),
        boundary=int(boundary), rank=rank, rate_before=float(n[:boundary].sum() / time[:boundary].sum()),
        rate_after=float(n[boundary:].sum() / time[boundary:].sum()), sup=float(ratio.max()),
        at_boundary=float(ratio[at]), p_sup=share(null_ratio.max(axis=1) >= ratio.max() - eps),
        p_boundary=share(null_ratio[:, at] >= ratio[at] - eps), p_rank=share(null_rank <= rank),
        attainable=share(null_rank <= 1), n_null=len(null_ratio), exact=exact, null=null, seed=None if exact else seed,
    )  # fmt: skip


def _ratios(counts: Floats, time: Floats, breaks: Any) -> Floats:
    """Likelihood ratios (m, B) of two Poisson rates against one, for histories (m, T)."""
    k, e = np.cumsum(counts, axis=1), np.cumsum(time, axis=1)
    k1, e1 = k[:, breaks - 1], e[:, breaks - 1]
    k2, e2 = k[:, -1:] - k1, e[:, -1:] - e1
    total = k[:, -1:] * np.log(k[:, -1:] / e[:, -1:])

    def term(events: Floats, at_risk: Floats) -> Floats:
        return np.where(events > 0, events * np.log(np.maximum(events, 1e-300) / at_risk), 0.0)

    return np.asarray(np.maximum(2 * (term(k1, e1) + term(k2, e2) - total), 0.0))


def _null_ratios(
    n: Floats, time: Floats, breaks: Any, null: BreakNull, max_exact: int, draws: int, seed: int
) -> tuple[Floats, bool]:
    periods = len(n)
    if null == "permutation" and factorial(min(periods, 20)) <= max_exact:
        order = np.array(list(permutations(range(periods))), dtype=np.int64)
        return _ratios(n[order], time[order], breaks), True
    rng = generator(seed)
    if null == "multinomial":
        drawn = rng.multinomial(int(n.sum()), time / time.sum(), size=draws).astype(float)
        return _ratios(drawn, np.broadcast_to(time, drawn.shape), breaks), False
    order = np.argsort(rng.random((draws, periods)), axis=1)
    return _ratios(n[order], time[order], breaks), False
