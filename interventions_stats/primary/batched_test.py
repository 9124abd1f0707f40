"""A primary test on many histories at once: scores of exposures, weights of onsets, p-values and design effects."""

from __future__ import annotations

import numpy as np

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.options import Alternative, Floats
from interventions_stats.engine.permutation.design_effect import calibrating_effect, count_dispersion, variance_met
from interventions_stats.engine.permutation.shift_batch import batched_p_values
from interventions_stats.engine.permutation.shifts import circular_sums
from interventions_stats.engine.permutation.trends import residualise, standardise_residuals
from interventions_stats.engine.permutation.two_way import TwoWay, two_way_p_values
from interventions_stats.primary.null_design import NullDesign


class BatchedTest:
    """Turns exposures and onset counts into what the test multiplies, and runs the test on many histories.

    ``scores`` takes exposures (H, n), ``weights`` counts (H, n); ``p_values`` takes the two, one of them single.
    """

    def __init__(self, design: NullDesign) -> None:
        d = self.design = design
        self.space = (
            TwoWay(d.layout, d.degree, d.controls[:, 1:], d.unit_weights)
            if d.many_units and not d.between_units
            else None
        )
        self._q = np.linalg.qr(d.controls)[0] if d.between_units and d.controls.shape[1] > 1 else None

    def scores(self, exposure: Floats) -> Floats:
        d = self.design
        if self.space is not None:
            return self.space.scores(exposure)
        if not d.many_units:
            return standardise_residuals(residualise(exposure, d.layout, d.degree), d.layout, d.degree, "within")
        rest = exposure if self._q is None else exposure - (exposure @ self._q) @ self._q.T
        years = d.layout.times - d.layout.times.min()
        into = np.equal.outer(years, np.arange(years.max() + 1)).astype(float)
        rest = rest - ((rest @ into) / np.maximum(into.sum(axis=0), 1.0))[:, years]
        return rest / np.maximum(rest.std(axis=1, keepdims=True), 1e-300)

    def weights(self, counts: Floats) -> Floats:
        return counts if self.space is None else self.space.onsets(counts)

    def spread(self, scores: Floats, weights: Floats, counts: Floats) -> Floats:
        """Standard deviation (H,) under all relabellings of the mean standardised exposure over a history's onsets (H, n)."""
        pieces = self.design.layout.pieces
        variance = np.zeros(max(len(scores), len(weights)))
        if self.design.between_units:
            variance += _exchange_variance(self.design.layout, scores, weights)
        else:
            factor = np.ones((1, len(pieces))) if self.space is None else self.space.scale(scores, weights)
            for i, (a, b) in enumerate(pieces):
                variance += factor[:, i] ** 2 * circular_sums(scores[:, a:b], weights[:, a:b]).var(axis=-1)
        return np.asarray(np.sqrt(variance) / counts.sum(axis=1))

    def design_effect(self, scores: Floats, weights: Floats, counts: Floats) -> Floats:
        """Design effect (H,) by which the regression of each history (H, n) is calibrated."""
        d = self.design
        lengths = [b - a for a, b in d.layout.pieces]
        strata = d.layout.times if d.between_units else np.repeat(np.arange(len(lengths)), lengths)
        units = counts.sum(axis=1) if d.counted else (counts > 0).sum(axis=1)
        met = variance_met(scores, counts, strata, distinct=not d.counted)
        dispersion = count_dispersion(scores, counts, strata) if d.counted else 1.0
        return calibrating_effect(units, self.spread(scores, weights, counts), met, dispersion)

    def p_values(
        self, scores: Floats, weights: Floats, *, alternative: Alternative = "greater", relabellings: int = 999,
        seed: int = 0,
    ) -> Floats:  # fmt: skip
        d = self.design
        if self.space is not None:
            return two_way_p_values(
                self.space, scores, weights, alternative=alternative, relabellings=relabellings, seed=seed
            )
        if d.between_units:
            return _relabelled(d.layout, scores, weights, alternative, relabellings, seed)
        return batched_p_values(
            scores, weights, d.layout, d.degree, alternative=alternative, studentise=d.studentise, window=None,
            relabellings=relabellings, seed=seed,
        )  # fmt: skip


def _exchange_variance(layout: Layout, scores: Floats, counts: Floats) -> Floats:
    """Variance (H,) of the sum over onsets when histories are exchanged among targets of equal coverage.

    That of a sum over a random permutation: the doubly centred squares over m - 1 (Hoeffding 1951, Ann Math Stat 22).
    """
    groups: dict[bytes, list[int]] = {}
    for i, (a, b) in enumerate(layout.pieces):
        groups.setdefault(layout.times[a:b].tobytes(), []).append(i)
    out = np.zeros(max(len(scores), len(counts)))
    for members in (m for m in groups.values() if len(m) > 1):
        cells = np.stack([np.arange(*layout.pieces[i]) for i in members])
        for h in range(len(out)):
            x, n = scores[min(h, len(scores) - 1)], counts[min(h, len(counts) - 1)]
            hit = np.flatnonzero(n[cells].any(axis=1))
            gain = x[cells] @ n[cells[hit]].T  # targets without an onset are columns of zeros
            gain = gain - gain.mean(axis=0)
            across = gain.sum(axis=1) / len(members)
            squares = ((gain - across[:, None]) ** 2).sum() + (len(members) - len(hit)) * (across**2).sum()
            out[h] += squares / (len(members) - 1)
    return out


def _relabelled(
    layout: Layout, scores: Floats, counts: Floats, alternative: Alternative, relabellings: int, seed: int
) -> Floats:
    """Batched :func:`target_relabelling_test`: whole histories exchanged among targets of equal coverage."""
    rng = np.random.default_rng(seed)
    histories = max(len(scores), len(counts))
    observed, null = np.zeros(histories), np.zeros((histories, relabellings))
    groups: dict[bytes, list[int]] = {}
    for i, (a, b) in enumerate(layout.pieces):
        groups.setdefault(layout.times[a:b].tobytes(), []).append(i)
    for members in groups.values():
        cells = np.stack([np.arange(*layout.pieces[i]) for i in members])
        dealt = np.argsort(rng.random((relabellings, len(members))), axis=1)
        # onsets that vary fall on other targets in every history, so each such history is a batch of its own
        for rows, n in (
            [(slice(None), counts[0])] if len(counts) == 1 else [(slice(h, h + 1), counts[h]) for h in range(histories)]
        ):
            hit = np.flatnonzero(n[cells].any(axis=1))
            if len(members) < 2 or not len(hit):
                continue
            places = np.flatnonzero(n[cells[hit]].any(axis=0))
            x = scores[:, cells[:, places]] if len(scores) == 1 else scores[rows][:, cells[:, places]]
            gain = (
                x @ n[cells[hit][:, places]].T
            )  # [h, i, j]: what place j scores when it gets the exposure of member i
            observed[rows] += gain[:, hit, np.arange(len(hit))].sum(axis=1)
            for j in range(len(hit)):
                null[rows] += gain[:, dealt[:, j], j]
    eps = 1e-9 * np.maximum(np.abs(null).max(axis=1), np.abs(observed))
    if alternative == "two-sided":
        middle = null.mean(axis=1)
        observed, null = np.abs(observed - middle), np.abs(null - middle[:, None])
    elif alternative == "less":
        observed, null = -observed, -null
    return np.asarray(((null >= (observed - eps)[:, None]).sum(axis=1) + 1) / (relabellings + 1))
