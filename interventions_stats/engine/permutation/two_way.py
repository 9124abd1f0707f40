"""Shift test within units of a panel that keeps its size where many units have onsets in the same years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import Layout, as_numbers, panel_layout, read_panel
from interventions_stats.engine.intake.scalars import check_count, check_flag, check_option, generator
from interventions_stats.engine.memo import remember
from interventions_stats.engine.options import ALTERNATIVES, Alternative, Bools, Detrend, Floats
from interventions_stats.engine.permutation.design_effect import variance_met
from interventions_stats.engine.permutation.null import sum_null
from interventions_stats.engine.permutation.permutation_test import PermutationTest, assemble
from interventions_stats.engine.permutation.shifts import circular_sums, identifying_pieces
from interventions_stats.engine.permutation.trends import basis, degree_of, residualise, standardise_residuals
from interventions_stats.errors import EstimationError, InputError

LEAST_SPREAD = 0.1  # share of the mean variance below which a fitted one is not taken
LEAST_KEPT = 0.01  # share of its variance below which a unit is not taken to keep


class TwoWay:
    """What remains of values (..., n) beside year means, each unit's level and trend, and controls.

    Levels and trends go first, unit by unit, and then what they leave of year means and controls (Frisch and Waugh 1933,
    Econometrica 1), from one orthonormal basis that serves every history.

    With ``unit_weights`` (a unit's number of onsets) the year means are weighted.  A calendar that many powers share raises
    a power's onsets by as much as it has of them; unweighted year means leave the part of that which exceeds the average
    power's, and it adds up over units.  Weighted ones take out all of it, as year effects in a model of rates do.  Units of
    weight zero drop out.
    """

    def __init__(
        self, layout: Layout, degree: int, controls: Floats | None = None, unit_weights: Floats | None = None
    ) -> None:
        self.layout, self.degree = layout, degree
        lengths = np.array([b - a for a, b in layout.pieces])
        weight = np.ones(layout.n) if unit_weights is None else np.repeat(unit_weights, lengths).astype(float)
        self.used = weight > 0
        self._root = np.sqrt(weight)
        self._back = np.divide(1.0, self._root, out=np.zeros(layout.n), where=self.used)
        years = layout.times - layout.times.min()
        shared = np.equal.outer(years, np.unique(years[self.used])).astype(float)
        if controls is not None and controls.size:
            shared = np.column_stack([shared, controls])
        shared = shared * self._root[:, None]
        left = residualise(shared.T, layout, degree).T
        size = np.linalg.norm(left, axis=0)
        alive = size > 1e-9 * np.linalg.norm(shared, axis=0)
        self.shared = _orthonormal(left[:, alive] / size[alive])
        own = sum(min(degree + 1, b - a) for a, b in layout.pieces if self.used[a])
        self.removed = int(self.shared.shape[1] + own)
        self.kept = self._kept(weight, unit_weights is not None)

    def _kept(self, weight: Floats, weighted: bool) -> Floats:
        """Share of its variance (pieces,) that a unit's exposure keeps, on average over its years."""
        n = int(self.used.sum())
        if n <= self.removed:
            raise EstimationError("year means and trends leave no degree of freedom; use a longer panel.")
        pieces = self.layout.pieces
        if not weighted:
            return np.full(len(pieces), (n - self.removed) / n)
        # diagonal of P P', for the projection P = W^-1/2 (I - O O' - Q Q') W^1/2; a unit's own part O has one weight
        own = np.concatenate([(basis(self.layout.times[a:b], self.degree) ** 2).sum(axis=1) for a, b in pieces])
        lost = own + 2 * (self.shared**2).sum(axis=1)
        cross = ((self.shared @ (self.shared.T @ (weight[:, None] * self.shared))) * self.shared).sum(axis=1)
        share = 1 - lost + cross * self._back**2
        return np.array([max(float(share[a:b].mean()), LEAST_KEPT) if self.used[a] else 1.0 for a, b in pieces])

    def __call__(self, values: Floats) -> Floats:
        """Residuals of exposures (..., n)."""
        return self._project(values * self._root) * self._back

    def onsets(self, counts: Floats) -> Floats:
        """Residual onsets (..., n): the transpose of what is done to exposures, so that onsets times residuals are kept."""
        return self._project(counts * self._back) * self._root

    def _project(self, values: Floats) -> Floats:
        rest = residualise(values, self.layout, self.degree)
        rest = rest - (rest @ self.shared) @ self.shared.T
        return np.where(np.abs(rest) <= 1e-10 * np.abs(values).max(axis=-1, keepdims=True), 0.0, rest)

    def scores(self, values: Floats) -> Floats:
        """Residuals over their pooled standard deviation."""
        return standardise_residuals(self(values), self.layout, self.degree, "within")

    def scale(self, scores: Floats, weights: Floats) -> Floats:
        """Factor (H, pieces) by which shifted scores (H, n) spread too little around residual onsets (H, n).

        Residuals vary less than what they are residuals of, by the share of dimensions removed; and an exposure that varies
        more in the years of the onsets than in others needs a wider null than its average year gives.  The variance is
        taken as linear in time.
        """
        used = self.used
        time = self.layout.times[used] - self.layout.times[used].mean()
        squares, where = scores[:, used] ** 2, weights[:, used] ** 2
        level = np.maximum(squares.mean(axis=1, keepdims=True), 1e-300)
        slope = (squares - level) @ time / max(float(time @ time), 1e-300)
        variance = np.maximum(level + slope[:, None] * time, LEAST_SPREAD * level)
        variance *= level / variance.mean(axis=1, keepdims=True)
        ratio = (variance * where).sum(axis=1) / np.maximum(level[:, 0] * where.sum(axis=1), 1e-300)
        return np.asarray(np.sqrt(ratio[:, None] / self.kept))


def _orthonormal(columns: Floats) -> Floats:
    """Orthonormal basis (n, r) of the span of unit columns (n, k), n much larger than k.

    From the k x k products, which is many times faster than a pivoted QR of tall columns; the second pass brings the
    orthogonality that the squared condition number of the first costs.
    """
    for least in (1e-12, 0.5):
        values, vectors = np.linalg.eigh(columns.T @ columns)
        kept = values > least * values.max(initial=0.0)
        columns = (columns @ vectors[:, kept]) / np.sqrt(values[kept])
    return columns


@remember(64)
def two_way_space(layout: Layout, degree: int, controls: Floats | None, unit_weights: Floats | None) -> TwoWay:
    """Build a TwoWay once for all the event lists that are tested on the same rows."""
    return TwoWay(layout, degree, controls, unit_weights)


def two_way_shift_test(
    exposure: Any,
    onsets: Any,
    risk: Bools | None = None,
    *,
    controls: Any = None,
    detrend: Detrend = "linear",
    weight_units: bool = False,
    alternative: Alternative = "greater",
    targets: Sequence[Any] | None = None,
    max_exact: int = 200_000,
    draws: int = 10_000,
    seed: int = 0,
) -> PermutationTest:
    """Test whether units' exposures are higher in their own onset years, net of year means and own trends.

    The statistic is that of :func:`within_target_shift_test`: the mean over onsets of the exposure's residuals.  That test
    moves each unit's exposure against its raw onsets, which loses what ties units together: residuals sum to zero in every
    year, so onsets of several units in one year partly cancel, and with five powers and an onset in half of all years its
    one-sided size was .01 to .02.  Here the *residual* onsets are kept in place, which cancel in the same way.  Two
    constants make the null as wide as the statistic: for the dimensions that the residuals lost, and for an exposure whose
    spread at the time of the onsets is not its average one.  At the Russian and the major powers' onset dates the
    one-sided size was .03 to .07 for persistent, trending and skewed exposures, binary ones among them.

    Parameters
    ----------
    exposure : (units, years) array
        Lagged already. NaN outside the unit's existence or the data's coverage.
    onsets : (units, years) array of counts
    risk : (units, years) array of bool, optional
        As in :func:`within_target_shift_test`.
    controls : (k, units, years) array, optional
        Taken out of exposure and onsets together with year means and trends.
    detrend : {"none", "linear", "quadratic", "cubic"}
        Polynomial in time removed from each unit.
    alternative : {"greater", "less", "two-sided"}
    targets : sequence, optional
        Names of the rows, for the result.
    max_exact, draws, seed
        As in :func:`circular_shift_test`; every unit takes part in a shift, since residual onsets are nowhere zero.

    Returns
    -------
    PermutationTest
        ``strata`` are the units.

    Raises
    ------
    InputError
        Shapes that differ, missing controls, an onset out of the risk set.
    EstimationError
        No unit has both an onset and an exposure that varies, or nothing is left beside year means and trends.

    References
    ----------
    Kennedy (1995), "Randomization tests in econometrics", for permuting residuals against residuals.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> exposure, onsets = rng.standard_normal((5, 20)), np.zeros((5, 20))
    >>> onsets[0, 3] = onsets[2, 11] = 1
    >>> test = two_way_shift_test(exposure, onsets, max_exact=1_000, draws=999)
    >>> test.n_null, test.n_identifying
    (999, 2)
    """
    check_option("alternative", alternative, ALTERNATIVES)
    draws, weight_units = check_count("draws", draws, 99), check_flag("weight_units", weight_units)
    values, counts, risk = read_panel(exposure, onsets, risk)
    layout = panel_layout(values, counts, risk, targets)
    flat, n = values.ravel()[layout.kept], counts.ravel()[layout.kept]
    own = np.array([n[a:b].sum() for a, b in layout.pieces]) if weight_units else None
    space = two_way_space(layout, degree_of(detrend), _controls(controls, values.shape, layout), own)
    scores, weights = space.scores(flat[None]), space.onsets(n[None])
    identifying = identifying_pieces(scores[0], n, layout)
    if not any(identifying):
        raise EstimationError("no unit has both an onset and an exposure that varies beside year means and trends.")
    total = sum(float(n[a:b].sum()) for (a, b), yes in zip(layout.pieces, identifying, strict=True) if yes)
    observed = float(scores[0] @ weights[0])
    factor = space.scale(scores, weights)[0]
    parts = [
        f * circular_sums(scores[0, a:b], weights[0, a:b]) for f, (a, b) in zip(factor, layout.pieces, strict=True)
    ]
    rng = generator(seed)
    null = sum_null(parts, observed, max_exact=check_count("max_exact", max_exact), draws=draws, rng=rng)
    return assemble(
        observed, total, null, null, n, layout, identifying, alternative=alternative, seed=seed,
        scheme=f"circular shift within each unit, {'weighted ' if weight_units else ''}year means and {detrend} trends removed "
        "from exposure and onsets",
        met=variance_met(scores[0], n, np.repeat(np.arange(len(layout.pieces)), [b - a for a, b in layout.pieces])),
    )  # fmt: skip


def two_way_p_values(
    space: TwoWay, scores: Floats, weights: Floats, *, alternative: Alternative = "greater", relabellings: int = 999,
    seed: int = 0,
) -> Floats:  # fmt: skip
    """p-values of :func:`two_way_shift_test` for H histories.

    Parameters
    ----------
    space : TwoWay
    scores : (1 or H, n) array
        ``space.scores`` of the exposures.
    weights : (H or 1, n) array
        ``space.onsets`` of the onset counts.
    alternative, relabellings, seed
        The same joint shifts serve every history.

    Returns
    -------
    (H,) array
    """
    check_option("alternative", alternative, ALTERNATIVES)
    check_count("relabellings", relabellings, 99)
    rng = generator(seed)
    observed = (scores * weights).sum(axis=1)
    null = np.zeros((len(observed), relabellings))
    factor = space.scale(scores, weights)
    for i, (a, b) in enumerate(space.layout.pieces):
        moved = rng.integers(0, b - a, relabellings)
        if space.used[a]:
            null += factor[:, i, None] * circular_sums(scores[:, a:b], weights[:, a:b])[:, moved]
    eps = 1e-9 * np.maximum(np.abs(null).max(axis=1), np.abs(observed))
    if alternative == "two-sided":
        observed, null = np.abs(observed), np.abs(null)
    elif alternative == "less":
        observed, null = -observed, -null
    return np.asarray(((null >= (observed - eps)[:, None]).sum(axis=1) + 1) / (relabellings + 1))


def _controls(controls: Any, shape: tuple[int, ...], layout: Layout) -> Floats | None:
    if controls is None or np.size(controls) == 0:
        return None
    given = as_numbers("controls", controls, 3)
    if given.shape[1:] != shape:
        raise InputError(f"controls have shape {given.shape}, the exposure {shape}: give (k, units, years).")
    flat = given.reshape(len(given), -1)[:, layout.kept].T
    if np.isnan(flat).any():
        raise InputError("a control is missing on rows at risk: cut the risk set to rows that have it.")
    return flat
