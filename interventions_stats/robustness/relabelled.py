"""One relabelling of time for many specifications, and what each one's primary statistic becomes under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from interventions_stats.engine.options import Floats
from interventions_stats.engine.permutation.autoregression import mixed_covariance, phi_posterior
from interventions_stats.engine.permutation.shifts import circular_sums, pattern_variances
from interventions_stats.evidence.seeds import branch
from interventions_stats.primary.batched_test import BatchedTest
from interventions_stats.primary.null_design import NullDesign


class Clock:
    """The relabellings of one joint test: a shift of every stratum a draw, shared by all specifications.

    Specifications over the same stratum move by the same number of periods.  One whose stratum is shorter moves by the same
    number wherever that many fit, and afresh otherwise, so that each of its L shifts stays equally likely and each
    specification keeps its own null.  Years are twelve months.  Targets that are exchanged are ordered by one random key a
    draw, so that all specifications deal them alike.
    """

    def __init__(self, draws: int, seed: int) -> None:
        self.draws, self.seed = draws, seed
        self._steps: dict[tuple[str, int, int], Any] = {}

    def steps(self, label: object, length: int, months: int = 1) -> Any:
        """Shift of a stratum of ``length`` periods in each draw, (draws,) of 0 .. length - 1; ``months`` in a period."""
        key = (str(label), length, months)
        if key not in self._steps:
            # of the random ranks of all shifts the smallest below L: the same for every L that it fits in
            ranks = self._rng("clock", label).random((length * months, self.draws))
            self._steps[key] = ranks.argmin(axis=0) // months
        return self._steps[key]

    def keys(self, label: object) -> Floats:
        """Random key of a target in each draw, (draws,) in [0, 1)."""
        return self._rng("keys", label).random(self.draws)

    def _rng(self, use: str, label: object) -> np.random.Generator:
        return np.random.default_rng(branch(self.seed, use, str(label)))


def relabelled(
    design: NullDesign, clock: Clock, months: int = 1, calendar: NullDesign | None = None
) -> tuple[float, Floats]:
    """Statistic of a design's primary test in the data and under every relabelling of the clock (draws,).

    Parameters
    ----------
    design : NullDesign
    clock : Clock
    months : int, default 1
        Months in a period.
    calendar : NullDesign, optional
        The same exposure and onsets over the registered sample and strata, where the design cuts them: its onsets move
        there, and the design sees those that fall on its own rows.  Specifications that cut one calendar in different
        ways have one relabelling only if all of them move on it: with shifts of their own they would be less alike
        under the null than in the data, and their median would reject too often.
    """
    test = BatchedTest(design)
    scores, weights = test.scores(design.exposure[None])[0], test.weights(design.counts[None])[0]
    if design.between_units:
        return _exchanged(design, scores, weights, clock)
    posterior = phi_posterior(scores, design.layout, design.degree) if design.studentise else None
    first = _place(design, calendar)
    if calendar is not None and first is not None:
        return _on_calendar(design, calendar, first, scores, posterior, clock, months)
    value, null = 0.0, np.zeros(clock.draws)
    spread, spreads = 0.0, np.zeros(clock.draws)
    layout = design.layout
    # residuals spread less than what they are residuals of: the null is widened for it
    factor = np.ones(len(layout.pieces)) if test.space is None else test.space.scale(scores[None], weights[None])[0]
    for f, (a, b), label in zip(factor, layout.pieces, runs_of(layout.labels), strict=True):
        if not np.any(weights[a:b]) or np.ptp(scores[a:b]) == 0:
            continue
        step = clock.steps(label, b - a, months)
        sums = circular_sums(scores[a:b], weights[a:b])
        value, null = value + float(sums[0]), null + f * sums[step]
        if posterior is not None:
            where = np.flatnonzero(weights[a:b])
            variance = pattern_variances(_covariance(design, scores, posterior, a, b), where, weights[a:b][where], None)
            variance = np.maximum(variance, 1e-12 * max(float(variance.max()), 1e-300))
            spread, spreads = spread + float(variance[0]), spreads + variance[step]
    if posterior is not None and spread > 0:
        return value / np.sqrt(spread), null / np.sqrt(spreads)
    return value, null


def _place(design: NullDesign, calendar: NullDesign | None) -> int | None:
    """First row of a design on its calendar; None where its rows do not lie there as they are."""
    if calendar is None or design.many_units:
        return None
    n = len(design.counts)
    for first in range(len(calendar.counts) - n + 1):
        part = slice(first, first + n)
        if np.array_equal(calendar.counts[part], design.counts) and np.array_equal(
            calendar.exposure[part], design.exposure
        ):
            return first
    return None


def _on_calendar(
    design: NullDesign,
    calendar: NullDesign,
    first: int,
    scores: Floats,
    posterior: Floats | None,
    clock: Clock,
    months: int,
) -> tuple[float, Floats]:
    """The statistic with the onsets of a calendar, moved within its own strata, on the rows of the design."""
    moved = np.empty((1 + clock.draws, len(calendar.counts)))
    moved[0] = calendar.counts
    layout = calendar.layout
    for (a, b), label in zip(layout.pieces, runs_of(layout.labels), strict=True):
        back = (np.arange(b - a)[None] - clock.steps(label, b - a, months)[:, None]) % (b - a)
        moved[1:, a:b] = calendar.counts[a:b][back]
    seen = moved[:, first : first + len(scores)]
    sums = seen @ scores
    if posterior is not None:
        covariance = _covariance(design, scores, posterior, 0, len(scores))
        spread = np.sqrt(np.maximum(((seen @ covariance) * seen).sum(axis=1), 0.0))
        sums = np.divide(sums, spread, out=np.zeros(len(sums)), where=spread > 0)
    return float(sums[0]), sums[1:]


def _covariance(design: NullDesign, scores: Floats, posterior: Floats, a: int, b: int) -> Floats:
    """Model covariance of the scores from a to b: that of each own piece, at its own level, and none between pieces."""
    out = np.zeros((b - a, b - a))
    for lo, hi in design.layout.pieces:
        if a <= lo and hi <= b:
            level = float((scores[lo:hi] ** 2).mean())
            out[lo - a : hi - a, lo - a : hi - a] = level * mixed_covariance(
                design.layout.times[lo:hi], design.degree, posterior
            )
    return out


def runs_of(labels: Sequence[object]) -> list[str]:
    """Labels of pieces, each run of the same leader with its number: a second spell shifts by itself."""
    seen: Counter[str] = Counter()
    out = []
    for label in map(str, labels):
        out.append(f"{label} {seen[label]}" if seen[label] else label)
        seen[label] += 1
    return out


def _exchanged(design: NullDesign, scores: Floats, counts: Floats, clock: Clock) -> tuple[float, Floats]:
    """Histories of exposure dealt anew to targets of equal coverage, in the order of the draw's keys."""
    groups: dict[bytes, list[int]] = {}
    for i, (a, b) in enumerate(design.layout.pieces):
        groups.setdefault(design.layout.times[a:b].tobytes(), []).append(i)
    value, null = 0.0, np.zeros(clock.draws)
    for members in groups.values():
        x = np.stack([scores[slice(*design.layout.pieces[i])] for i in members])
        n = np.stack([counts[slice(*design.layout.pieces[i])] for i in members])
        hit = np.flatnonzero(n.any(axis=1))
        if len(members) < 2 or not len(hit):
            continue
        gain = x @ n[hit].T
        keys = np.stack([clock.keys(design.layout.labels[i]) for i in members])
        dealt = np.argsort(keys, axis=0)
        value += float(gain[hit, np.arange(len(hit))].sum())
        null += gain[dealt[hit], np.arange(len(hit))[:, None]].sum(axis=0)
    return value, null
