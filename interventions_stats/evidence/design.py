"""The arrays that a primary test compares, so that power and calibration run the very test that the verdict rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.engine.arrays import Layout, panel_layout, series_layout
from interventions_stats.engine.options import Alternative, Detrend, Floats
from interventions_stats.engine.permutation.design_effect import calibrating_effect, count_dispersion, variance_met
from interventions_stats.engine.permutation.shift_batch import batched_p_values
from interventions_stats.engine.permutation.shifts import circular_sums
from interventions_stats.engine.permutation.trends import degree_of, residualise, standardise_residuals
from interventions_stats.engine.permutation.two_way import TwoWay, two_way_p_values
from interventions_stats.errors import InputError
from interventions_stats.evidence.series import DETREND, STUDENTISE
from interventions_stats.evidence.strata import contrasted

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

Kind = Literal["series", "within target", "between targets"]
CALIBRATED = (
    "series",
    "target_shift",
    "contrast",
    "choice",
    "powers",
)  # tests whose null is a relabelling of time or targets


@dataclass(frozen=True, slots=True)
class Design:
    """A primary test as arrays over the rows that it uses.

    Attributes
    ----------
    kind : {"series", "within target", "between targets"}
    exposure : (n,) array
        The exposure that the test compares, before trends and year means are removed; rows piece by piece.
    counts : (n,) array
        Onsets.
    layout : Layout
        Pieces (leaders, targets or powers) and the period of each row.
    controls : (n, k) array
        Confounders that are taken out of the exposure, an intercept first.
    detrend, studentise : options of the shift
    parts : tuple of (n,) arrays
        The exposures behind a contrast, else the exposure itself; 0/1 ones are kept as they are.
    order : (n,) array of int
        Position of each row in the frame of the primary test.
    counted : bool
        Whether the regression takes counts of onsets, not an onset or none.
    unit_weights : (pieces,) array, optional
        Weights of the units in year means.
    """

    kind: Kind
    exposure: Floats = field(repr=False)
    counts: Floats = field(repr=False)
    layout: Layout = field(repr=False)
    detrend: Detrend
    studentise: bool
    controls: Floats = field(repr=False)
    parts: tuple[Floats, ...] = field(repr=False)
    order: Any = field(repr=False)
    counted: bool = False
    unit_weights: Floats | None = field(default=None, repr=False)

    @property
    def degree(self) -> int:
        return degree_of(self.detrend)

    @property
    def binary(self) -> bool:
        """Whether the exposure (both of them, in a contrast) is coded 0/1 up to its sign."""
        return all(len(np.unique(p)) <= 2 for p in self.parts)


def design_of(prop: Proposition, events: EventList, *, series: pd.DataFrame | None = None) -> Design:
    """Lay out the primary test of a proposition.

    Raises
    ------
    InputError
        A test without a relabelling null (exact tests of counts, ranks and shares), or data that leave nothing to test.
    """
    if prop.test == "series":
        return _series(prop, events, series)
    if prop.test == "powers":
        return _powers(prop)
    if prop.test in CALIBRATED:
        return _targets(prop, events, series)
    raise InputError(
        f"{prop.id}: the {prop.test} test is exact and has no relabelling null; choose another proposition."
    )


def series_design(exposure: Any, counts: Any, strata: Any = None, *, counted: bool = False) -> Design:
    """Lay out the shift test of one series (T,) with onset counts (T,) and labels of contiguous strata (T,).

    ``counted`` says that the regression beside it takes the counts, and not an onset or none.
    """
    x, n = np.asarray(exposure, float), np.asarray(counts, float)
    layout = series_layout(x, n, strata, "mask")
    x, n = x[layout.kept], n[layout.kept]
    return Design("series", x, n, layout, DETREND, STUDENTISE, np.ones((len(x), 1)), (x,), np.arange(len(x)), counted)


def _series(prop: Proposition, events: EventList, series: pd.DataFrame | None) -> Design:
    from interventions_stats.evidence import series as primary
    from interventions_stats.panels.terms import parse_term

    column = str(parse_term(prop.exposure))
    used, _ = primary._observed(primary.series_panel(prop, events, series), column)
    _need(prop, used)
    return series_design(used[column], used["onsets"], primary._strata(prop, used), counted=prop.estimator == "poisson")


def _targets(prop: Proposition, events: EventList, series: pd.DataFrame | None = None) -> Design:
    from interventions_stats.evidence import targets as primary

    used, _ = primary._rows(prop, events, 0, series)
    _need(prop, used)
    x = primary._exposures(prop, used)
    controls = np.column_stack([np.ones(len(used)), primary._controls(prop, used)])
    kind: Kind = "between targets" if prop.test == "choice" else "within target"
    return _panel(kind, used, used["target_ccode"].to_numpy(), x, controls)


def _powers(prop: Proposition) -> Design:
    from interventions_stats.evidence.strata import within_each
    from interventions_stats.panels.powers import power_years
    from interventions_stats.panels.terms import parse_term

    terms = [prop.exposure, *([prop.counter_exposure] if prop.counter_exposure else [])]
    frame = power_years(prop.targets, terms, outcome=prop.outcome, lag=prop.lag, start=prop.start, end=prop.end)
    columns = [str(parse_term(t)) for t in terms]
    used = frame[frame[columns].notna().all(axis=1)].reset_index(drop=True)
    _need(prop, used)
    actors = used["ccode"].to_numpy()
    x = within_each([used[c].to_numpy(float) for c in columns], actors, terms)
    return _panel("within target", used, actors, x, np.ones((len(used), 1)), weighted=True)


def _panel(
    kind: Kind, used: pd.DataFrame, units: np.ndarray, x: Floats, controls: Floats, *, weighted: bool = False
) -> Design:
    """Sort the rows unit by unit and year by year, as the grid of the primary test does."""
    years, counts = used["year"].to_numpy(int), used["onsets"].to_numpy(float)
    order = np.lexsort((years, units))
    grid, row = np.unique(units[order], return_inverse=True)
    at = (row, years[order] - years.min())
    tested, controls = (part[order] for part in contrasted(x, controls))
    shape = (len(grid), int(at[1].max()) + 1)
    exposure, onsets, risk = np.full(shape, np.nan), np.zeros(shape), np.zeros(shape, bool)
    exposure[at], onsets[at], risk[at] = tested, counts[order], True
    layout = panel_layout(exposure, onsets, risk, list(grid))
    own = np.array([counts[order][a:b].sum() for a, b in layout.pieces]) if weighted else None
    return Design(kind, tested, counts[order], layout, "linear", False, controls,
                  tuple(part[order] for part in x.T), order, unit_weights=own)  # fmt: skip


def _need(prop: Proposition, used: pd.DataFrame) -> None:
    if len(used) == 0 or used["onsets"].sum() == 0:
        raise InputError(f"{prop.id}: no onset falls where the exposure is measured.")


class Scorer:
    """Turns exposures and onset counts into what the test multiplies, and runs the test on many histories.

    ``scores`` takes exposures (H, n), ``weights`` counts (H, n); ``p_values`` takes the two, one of them single.
    """

    def __init__(self, design: Design) -> None:
        d = self.design = design
        self._space = (
            TwoWay(d.layout, d.degree, d.controls[:, 1:], d.unit_weights) if d.kind == "within target" else None
        )
        self._q = np.linalg.qr(d.controls)[0] if d.kind == "between targets" and d.controls.shape[1] > 1 else None

    def scores(self, exposure: Floats) -> Floats:
        d = self.design
        if self._space is not None:
            return self._space.scores(exposure)
        if d.kind == "series":
            return standardise_residuals(residualise(exposure, d.layout, d.degree), d.layout, d.degree, "within")
        rest = exposure if self._q is None else exposure - (exposure @ self._q) @ self._q.T
        years = d.layout.times - d.layout.times.min()
        into = np.equal.outer(years, np.arange(years.max() + 1)).astype(float)
        rest = rest - ((rest @ into) / np.maximum(into.sum(axis=0), 1.0))[:, years]
        return rest / np.maximum(rest.std(axis=1, keepdims=True), 1e-300)

    def weights(self, counts: Floats) -> Floats:
        return counts if self._space is None else self._space.onsets(counts)

    def spread(self, scores: Floats, weights: Floats, counts: Floats) -> Floats:
        """Standard deviation (H,) under all relabellings of the mean standardised exposure over a history's onsets (H, n)."""
        pieces = self.design.layout.pieces
        variance = np.zeros(max(len(scores), len(weights)))
        if self.design.kind == "between targets":
            variance += _exchange_variance(self.design.layout, scores, weights)
        else:
            factor = np.ones((1, len(pieces))) if self._space is None else self._space.scale(scores, weights)
            for i, (a, b) in enumerate(pieces):
                variance += factor[:, i] ** 2 * circular_sums(scores[:, a:b], weights[:, a:b]).var(axis=-1)
        return np.asarray(np.sqrt(variance) / counts.sum(axis=1))

    def design_effect(self, scores: Floats, weights: Floats, counts: Floats) -> Floats:
        """Design effect (H,) by which the regression of each history (H, n) is calibrated."""
        d = self.design
        lengths = [b - a for a, b in d.layout.pieces]
        strata = d.layout.times if d.kind == "between targets" else np.repeat(np.arange(len(lengths)), lengths)
        units = counts.sum(axis=1) if d.counted else (counts > 0).sum(axis=1)
        met = variance_met(scores, counts, strata, distinct=not d.counted)
        dispersion = count_dispersion(scores, counts, strata) if d.counted else 1.0
        return calibrating_effect(units, self.spread(scores, weights, counts), met, dispersion)

    def p_values(
        self, scores: Floats, weights: Floats, *, alternative: Alternative = "greater", relabellings: int = 999,
        seed: int = 0,
    ) -> Floats:  # fmt: skip
        d = self.design
        if self._space is not None:
            return two_way_p_values(
                self._space, scores, weights, alternative=alternative, relabellings=relabellings, seed=seed
            )
        if d.kind == "between targets":
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
