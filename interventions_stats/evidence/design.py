"""The arrays that a primary test compares, so that power and calibration run the very test that the verdict rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.errors import InputError
from interventions_stats.evidence.series import DETREND, STUDENTISE
from interventions_stats.inference.arrays import Layout, panel_layout, series_layout
from interventions_stats.inference.options import Alternative, Bools, Detrend, Floats
from interventions_stats.inference.permutation.batch import batched_p_values
from interventions_stats.inference.trends import degree_of, residualise, standardise_residuals

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

Kind = Literal["series", "within target", "between targets"]
CALIBRATED = ("series", "target_shift", "contrast", "choice", "powers")  # tests whose null is a relabelling of time or targets


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
        return _targets(prop, events)
    raise InputError(f"{prop.id}: the {prop.test} test is exact and has no relabelling null; choose another proposition.")


def series_design(exposure: Any, counts: Any, strata: Any = None) -> Design:
    """Lay out the shift test of one series (T,) with onset counts (T,) and labels of contiguous strata (T,)."""
    x, n = np.asarray(exposure, float), np.asarray(counts, float)
    layout = series_layout(x, n, strata, "mask")
    x, n = x[layout.kept], n[layout.kept]
    return Design("series", x, n, layout, DETREND, STUDENTISE, np.ones((len(x), 1)), (x,), np.arange(len(x)))


def _series(prop: Proposition, events: EventList, series: pd.DataFrame | None) -> Design:
    from interventions_stats.evidence import series as primary
    from interventions_stats.panels.terms import parse_term

    column = str(parse_term(prop.exposure))
    used, _ = primary._observed(primary.series_panel(prop, events, series), column)
    _need(prop, used)
    return series_design(used[column], used["onsets"], primary._strata(prop, used))


def _targets(prop: Proposition, events: EventList) -> Design:
    from interventions_stats.evidence import targets as primary

    used, _ = primary._rows(prop, events, 0)
    _need(prop, used)
    x = primary._exposures(prop, used)
    controls = np.column_stack([np.ones(len(used)), primary._controls(prop, used)])
    kind: Kind = "between targets" if prop.test == "choice" else "within target"
    return _panel(kind, used, used["target_ccode"].to_numpy(), x, controls)


def _powers(prop: Proposition) -> Design:
    from interventions_stats.evidence.strata import within
    from interventions_stats.panels.powers import power_years
    from interventions_stats.panels.terms import parse_term

    terms = [prop.exposure, *([prop.counter_exposure] if prop.counter_exposure else [])]
    frame = power_years(prop.targets, terms, outcome=prop.outcome, lag=prop.lag, start=prop.start, end=prop.end)
    columns = [str(parse_term(t)) for t in terms]
    used = frame[frame[columns].notna().all(axis=1)].reset_index(drop=True)
    _need(prop, used)
    actors = used["ccode"].to_numpy()
    x = np.column_stack([within(used[c].to_numpy(float), actors) for c in columns])
    return _panel("within target", used, actors, x, np.ones((len(used), 1)))


def _panel(kind: Kind, used: pd.DataFrame, units: np.ndarray, x: Floats, controls: Floats) -> Design:
    """Sort the rows unit by unit and year by year, as the grid of the primary test does."""
    years, counts = used["year"].to_numpy(int), used["onsets"].to_numpy(float)
    order = np.lexsort((years, units))
    grid, row = np.unique(units[order], return_inverse=True)
    at = (row, years[order] - years.min())
    tested = (x[:, 0] - x[:, 1] if x.shape[1] == 2 else x[:, 0])[order]
    shape = (len(grid), int(at[1].max()) + 1)
    exposure, onsets, risk = np.full(shape, np.nan), np.zeros(shape), np.zeros(shape, bool)
    exposure[at], onsets[at], risk[at] = tested, counts[order], True
    layout = panel_layout(exposure, onsets, risk, list(grid))
    return Design(kind, tested, counts[order], layout, "linear", False, controls[order],
                  tuple(part[order] for part in x.T), order)  # fmt: skip


def _need(prop: Proposition, used: pd.DataFrame) -> None:
    if len(used) == 0 or used["onsets"].sum() == 0:
        raise InputError(f"{prop.id}: no onset falls where the exposure is measured.")


class Scorer:
    """Scores of exposures (..., n) under a design: controls, year means, levels and trends removed, then scaled.

    Year means and the trends of late entrants are not orthogonal.  Levels and trends go first, piece by piece, and then
    what they leave of the year means and the controls (Frisch and Waugh 1933, Econometrica 1), from one orthonormal
    basis that serves every history.
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        apart = design.kind == "between targets" and design.controls.shape[1] > 1
        self._controls = _orthonormal(design.controls) if apart else None
        self._shared = None if design.kind == "series" else _orthonormal(self._own(_shared(design).T).T)

    def _own(self, x: Floats) -> Floats:
        d = self.design
        return x if d.kind == "between targets" else residualise(x, d.layout, d.degree)

    def __call__(self, exposure: Floats) -> Floats:
        x, d = exposure, self.design
        if self._controls is not None:
            x = x - (x @ self._controls) @ self._controls.T
        rest = self._own(x)
        if self._shared is not None:
            rest = rest - (rest @ self._shared) @ self._shared.T
            rest = np.where(np.abs(rest) <= 1e-10 * np.abs(x).max(axis=-1, keepdims=True), 0.0, rest)
        return standardise_residuals(rest, d.layout, d.degree, "within")


def _shared(design: Design) -> Floats:
    """Indicators of the years and, for shifts, the controls (n, k)."""
    years = np.unique(design.layout.times, return_inverse=True)[1]
    columns = np.equal.outer(years, np.arange(years.max() + 1)).astype(float)
    return np.column_stack([columns, design.controls[:, 1:]]) if design.kind == "within target" else columns


def _orthonormal(columns: Floats) -> Floats:
    """Orthonormal basis of what columns (n, k) span."""
    from scipy.linalg import qr

    size = np.linalg.norm(columns, axis=0)
    q, r, _ = qr(columns[:, size > 0] / size[size > 0], mode="economic", pivoting=True)
    return np.asarray(q[:, np.abs(np.diag(r)) > 1e-9])


def p_values(
    design: Design, scores: Floats, counts: Floats, *, alternative: Alternative = "greater", relabellings: int = 999,
    seed: int = 0,
) -> Floats:  # fmt: skip
    """p-values of the primary test for H histories: ``scores`` (1 or H, n) from a Scorer, ``counts`` (H or 1, n)."""
    if design.kind == "between targets":
        return _relabelled(design.layout, scores, counts, alternative, relabellings, seed)
    return batched_p_values(
        scores, counts, design.layout, design.degree, alternative=alternative, studentise=design.studentise,
        window=None, relabellings=relabellings, seed=seed,
    )  # fmt: skip


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
        n = counts[:, cells]
        if len(members) < 2 or not n.any():
            continue
        hit = np.flatnonzero(n.any(axis=(0, 2)))
        # gain[h, i, j]: what place j scores in history h when it gets the exposure of member i
        gain = np.matmul(scores[:, cells], n[:, hit].transpose(0, 2, 1))
        observed += gain[:, hit, np.arange(len(hit))].sum(axis=1)
        dealt = np.argsort(rng.random((relabellings, len(members))), axis=1)
        for j in range(len(hit)):
            null += gain[:, dealt[:, j], j]
    eps = 1e-9 * np.maximum(np.abs(null).max(axis=1), np.abs(observed))
    sign = -1.0 if alternative == "less" else 1.0
    value, reference = sign * observed, sign * null
    if alternative == "two-sided":
        middle = null.mean(axis=1)
        value, reference = np.abs(observed - middle), np.abs(null - middle[:, None])
    return np.asarray(((reference >= (value - eps)[:, None]).sum(axis=1) + 1) / (relabellings + 1))
