"""What a test of a series keeps of its rows, whatever the events: exposures, strata, residuals and their persistence."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.engine.arrays import Layout, series_layout
from interventions_stats.engine.options import Bools, Floats, Ints
from interventions_stats.engine.permutation.trends import degree_of, residualise, standardise_residuals
from interventions_stats.panels.placement import Placement
from interventions_stats.primary.leader_months import leader_years, pearson_dispersion
from interventions_stats.primary.null_design import DETREND
from interventions_stats.primary.raw import NOTHING, CannotRun
from interventions_stats.primary.series_shift import SeriesShift, series_shift
from interventions_stats.primary.strata import detrended, stratum_dummies, within

if TYPE_CHECKING:
    import pandas as pd

_SHIFTS, _SMALL = 512, 2_000  # shift tests kept for a ground, and the length of the longest null among them


@dataclass(frozen=True, slots=True, eq=False)
class SeriesGround:
    """Rows of a series on which the exposure is measured.

    Attributes
    ----------
    frame : DataFrame
        ``period``, ``year``, ``leader`` and the exposure, without the events.
    position : (m,) array of int
        Row of each period of the panel; -1 where the exposure is not measured.
    leaders, strata : (n,) arrays of labels
        Who governs, and within what the null shifts.
    raw, tested : (n,) arrays
        The exposure; and what is tested of it, net of the exposure at t-1 for a lead.
    before : (n,) array, optional
        The exposure at t-1, for a lead.
    moved : (n,) array
        What is tested, each stratum's trend taken out.
    column : (n,) array
        What the regression takes: ``moved`` in the unit of the effect.
    layout : Layout
        Runs of the strata.
    scores : (n,) array
        Residuals over their pooled standard deviation.
    trend_p : tuple of float
        p of a trend in the exposure of each run; computed when first asked for.
    """

    frame: pd.DataFrame = field(repr=False)
    position: Ints = field(repr=False)
    leaders: np.ndarray = field(repr=False)
    strata: np.ndarray = field(repr=False)
    raw: Floats = field(repr=False)
    tested: Floats = field(repr=False)
    before: Floats | None = field(repr=False)
    moved: Floats = field(repr=False)
    column: Floats = field(repr=False)
    layout: Layout = field(repr=False)
    scores: Floats = field(repr=False)
    years: Ints = field(repr=False)
    kept: dict[str, tuple] = field(default_factory=dict, repr=False)
    shifts: OrderedDict[tuple, SeriesShift] = field(default_factory=OrderedDict, repr=False)

    @property
    def codes(self) -> Ints:
        """Run of each row."""
        return np.repeat(np.arange(len(self.layout.pieces)), [b - a for a, b in self.layout.pieces])

    def trend_p_values(self) -> tuple[float, ...]:
        """p of a trend in the exposure, for each run."""
        from interventions_stats.engine.permutation.stationarity import trend_p_value

        if "trend" not in self.kept:
            runs = ((self.tested[a:b], self.layout.times[a:b]) for a, b in self.layout.pieces)
            self.kept["trend"] = tuple(trend_p_value(x, times, 1)[0] for x, times in runs)
        return self.kept["trend"]

    def yearly_dispersion(self, counts: Floats) -> float:
        """Pearson dispersion of annual counts around their leader's rate; NaN where there is none."""
        if "years" not in self.kept:
            self.kept["years"] = leader_years(self.years, self.leaders)
        row, labels = self.kept["years"]
        return pearson_dispersion(np.bincount(row, counts), labels)

    def shift(self, counts: Floats, *, draws: int, seed: int) -> SeriesShift:
        """Run the shift test; many deletions of one event leave the same onsets behind."""
        key = (counts.tobytes(), draws, seed)
        if key in self.shifts:
            return self.shifts[key]
        found = series_shift(self.scores, counts, self.layout, draws=draws, seed=seed, degree=degree_of(DETREND))
        if len(found.null.values) <= _SMALL:
            self.shifts[key] = found
            if len(self.shifts) > _SHIFTS:
                self.shifts.popitem(last=False)
        return found

    def onsets_by_stratum(self, counts: Floats) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Label of each row as a number, onsets of each label (all its runs), and whether its exposure varies."""
        if "labels" not in self.kept:
            codes = np.unique(self.strata.astype(str), return_inverse=True)[1]
            varies = np.array([np.ptp(self.raw[codes == k]) > 0 for k in range(int(codes.max()) + 1)])
            self.kept["labels"] = (codes, varies)
        codes, varies = self.kept["labels"]
        return codes, np.bincount(codes, counts, minlength=len(varies)), varies

    def intercepts(self, told: Bools) -> Floats:
        """Intercepts (rows told, strata - 1) of the strata that have an onset."""
        key = f"intercepts {told.tobytes().hex() if not told.all() else 'all'}"
        if key not in self.kept:
            self.kept[key] = (stratum_dummies(self.strata[told]),)
        found: Floats = self.kept[key][0]
        return found


def series_ground(
    frame: pd.DataFrame, column: str, *, pooled: bool, per_unit: bool, before: Floats | None = None, mask: Bools | None = None
) -> SeriesGround:  # fmt: skip
    """Lay out the rows of a panel on which ``column`` is measured.

    Parameters
    ----------
    pooled : bool
        One stratum in place of the leaders.
    per_unit : bool
        Leave the regression's column in the exposure's unit, not per SD.
    before : (m,) array, optional
        The exposure at t-1, for a lead: the part of ``column`` that it predicts within strata is taken out.
    mask : (m,) array of bool, optional
        Rows to leave out.
    """
    measured = frame[column].notna().to_numpy()
    keep = measured if mask is None else measured & ~mask
    if not keep.any():
        raise CannotRun(NOTHING)
    position = np.where(keep, np.cumsum(keep) - 1, -1)
    used = frame[keep].reset_index(drop=True)
    raw = used[column].to_numpy(float)
    leaders = used["leader"].fillna("unrecorded").to_numpy(object)
    strata = np.array(["all"] * len(used), dtype=object) if pooled else leaders
    own = None if before is None else before[keep]
    tested = raw if own is None else _beyond(raw, own, strata)
    moved = detrended(tested, strata)
    layout = series_layout(tested, np.ones(len(tested)), strata, "mask")
    degree = degree_of(DETREND)
    scores = standardise_residuals(residualise(tested, layout, degree), layout, degree, "within")
    return SeriesGround(
        used, position, leaders, strata, raw, tested, own, moved, moved if per_unit else within(moved, strata), layout, scores,
        used["year"].to_numpy(int),
    )  # fmt: skip


def placed_on(
    ground: SeriesGround, placed: Placement, first: int, unmeasured: str
) -> tuple[Floats, np.ndarray, dict[str, str]]:
    """Onset counts (n,) and cells of ids (n,), and the events that no row takes; ``first`` is the panel's first period."""
    counts, cells = np.zeros(len(ground.raw)), np.full(len(ground.raw), "", dtype=object)
    outside, lost = dict(placed.outside), []
    for event, at in placed.onset.items():
        row = int(ground.position[at - first])
        if row < 0:
            lost.append(event)
            continue
        counts[row] += 1
        cells[row] = f"{cells[row]};{event}" if counts[row] > 1 else event
    return counts, cells, outside | dict.fromkeys(sorted(lost), unmeasured)


def _beyond(x: Floats, before: Floats, strata: np.ndarray) -> Floats:
    """Part of ``x`` that ``before`` does not predict within strata."""
    base = within(before, strata, scale=False)
    power = float(base @ base)
    return x - base * (float(base @ within(x, strata, scale=False)) / power if power > 0 else 0.0)
