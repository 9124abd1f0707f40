"""The series and panels of a test: read with their labels, and laid out in strata or targets."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.intake.containers import read_array, read_column, read_truths, taken
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.numbers import is_missing
from interventions_stats.engine.intake.scalars import MOST, check_option, shown
from interventions_stats.engine.options import MISSING, Bools, Floats, Ints, Missing
from interventions_stats.errors import InputError


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the pieces of a flattened sample lie.

    Attributes
    ----------
    pieces : tuple of (int, int)
        Start and stop of every piece in the kept sample: a run of one stratum, or one target.
    labels : tuple
        Label of each piece.
    times : (n,) array
        Period of every kept cell; the distance within a piece is the lag between two cells.
    kept : (n,) array
        Position of every kept cell in the caller's array, flattened.
    n_masked, n_onsets_masked : int
        Cells, and onsets in them, that were left out because of missing values or the risk mask.
    """

    pieces: tuple[tuple[int, int], ...]
    labels: tuple[Any, ...]
    times: Ints
    kept: Ints
    n_masked: int = 0
    n_onsets_masked: int = 0

    @property
    def n(self) -> int:
        return len(self.kept)


def as_numbers(
    name: str,
    values: Any,
    ndim: int | tuple[int, ...],
    labels: Labels | None = None,
    axes: tuple[str, ...] = ("unit", "period"),
) -> Floats:
    """Return a float array of ``ndim`` dimensions, brought into the order of ``labels``; NaN passes, infinity and text do not.

    The last dimensions go by the last names of ``axes``.
    """
    out, indexes = read_array(values, name, ndim)
    if labels is not None:
        for dimension, (index, axis) in enumerate(zip(indexes[::-1], axes[::-1], strict=False), 1):
            order = labels.order(index, name, axis)
            if order is not None:
                out = np.take(out, order, axis=-dimension)
    if out.size == 0:
        raise InputError(f"{name} is empty.")
    if np.isinf(out).any():
        raise InputError(f"{name} holds an infinite value at position {int(np.flatnonzero(np.isinf(out))[0])}.")
    return np.ascontiguousarray(out)


def as_counts(name: str, values: Any, shape: tuple[int, ...], labels: Labels | None = None) -> Floats:
    """Return onset counts of the given shape: whole numbers, zero or more, at least one in all."""
    out = as_numbers(name, values, len(shape), labels)
    if any(wanted not in (-1, given) for wanted, given in zip(shape, out.shape, strict=True)):
        raise InputError(f"{name} has shape {out.shape}, the exposure {shape}: they must cover the same periods.")
    bad = ~((out >= 0) & (out == np.round(out)) & (out <= MOST))
    if bad.any():
        where = int(np.flatnonzero(bad)[0])
        raise InputError(f"{name} must hold counts of 0 or more: position {where} is {out.ravel()[where]!r}.")
    if out.sum() == 0:
        raise InputError(f"{name} holds no onset: there is nothing to test.")
    return out


def read_series(
    series: Any, onsets: Any, strata: Any = None, labels: Labels | None = None
) -> tuple[Floats, Floats, NDArray[Any] | None]:
    """Read an exposure (T,), its onsets (T,) and the strata's labels (T,), all in the order of the exposure."""
    labels = Labels() if labels is None else labels
    values = as_numbers("series", series, 1, labels)
    return values, as_counts("onsets", onsets, values.shape, labels), read_labels("strata", strata, len(values), labels)


def read_labels(role: str, values: Any, n: int, labels: Labels) -> NDArray[Any] | None:
    """Return one label a period as objects (n,), in the order of ``labels``; None for None."""
    if values is None:
        return None
    column = read_column(values, role)
    if column.shape != (n,):
        raise InputError(f"{role} has {column.shape[0]} labels for {n} periods: give one label a period.")
    out = np.asarray(taken(column.values, labels.order(column.index, role, "period")), dtype=object)
    if column.values.dtype.kind not in "iub":
        for position, label in enumerate(out.tolist()):
            if is_missing(label) or not isinstance(label, Hashable) or label != label:
                what = "a label that is none" if isinstance(label, (list, dict, set)) else "no label"
                raise InputError(f"{role} has {what} at position {position}: every period belongs to a stratum.")
    return out


def read_events(counts: Any, exposure: Any, strata: Any = None) -> tuple[Floats, Floats, NDArray[Any] | None]:
    """Read events (T,), their person-time (T,), one each by default, and the strata's labels, in the order of the events."""
    labels = Labels()
    n = as_counts("counts", counts, (-1,), labels)
    time = np.ones(len(n)) if exposure is None else as_numbers("exposure", exposure, 1, labels)
    if time.shape != n.shape or not (time > 0).all():
        raise InputError(f"exposure must be {len(n)} positive numbers, one a period.")
    return n, time, read_labels("strata", strata, len(n), labels)


def read_panel(
    exposure: Any, onsets: Any, risk: Any = None, labels: Labels | None = None
) -> tuple[Floats, Floats, Bools | None]:
    """Read an exposure (units, years), its onsets and the rows at risk, all in the order of the exposure."""
    labels = Labels() if labels is None else labels
    values = as_numbers("exposure", exposure, 2, labels)
    return values, as_counts("onsets", onsets, values.shape, labels), read_risk(risk, values.shape, labels)


def read_risk(risk: Any, shape: tuple[int, ...], labels: Labels, role: str = "risk") -> Bools | None:
    """Return the rows at risk as truth values of the exposure's shape, or None."""
    if risk is None:
        return None
    held, indexes = read_truths(risk, role)
    if held is None or held.shape != shape:
        raise InputError(f"{role} must be a boolean array of shape {shape}, not {shown(risk)}.")
    for dimension, (index, axis) in enumerate(zip(indexes, ("unit", "period"), strict=True)):
        order = labels.order(index, role, axis)
        held = held if order is None else np.take(held, order, axis=dimension)
    return held


def stratum_runs(strata: Any, n: int) -> list[tuple[Any, int, int]]:
    """Split ``n`` periods into contiguous runs of one label: (label, start, stop)."""
    if strata is None:
        return [("all", 0, n)]
    labels = read_labels("strata", strata, n, Labels())
    assert labels is not None
    edges = [0, *(np.flatnonzero(labels[1:] != labels[:-1]) + 1).tolist(), n]
    return [(labels[a], a, b) for a, b in pairwise(edges)]


def series_layout(series: Floats, counts: Floats, strata: Any, missing: Missing) -> Layout:
    """Lay out one series in its strata; missing periods raise, or are masked and counted."""
    check_option("treatment of missing values", missing, MISSING)
    hole = np.isnan(series)
    if hole.any() and missing == "raise":
        raise InputError(
            f"series has {int(hole.sum())} missing value(s), the first at position {int(np.flatnonzero(hole)[0])}: "
            'fill them, cut the sample, or pass missing="mask" to leave those periods out.'
        )
    runs = [(label, np.arange(a, b)[~hole[a:b]]) for label, a, b in stratum_runs(strata, len(series))]
    return _layout(runs, hole, counts)


def panel_layout(exposure: Floats, counts: Floats, risk: Any, targets: Any) -> Layout:
    """Lay out a target x year panel target by target; rows outside the risk set leave it and are counted."""
    n_targets, n_years = exposure.shape
    known = read_risk(risk, exposure.shape, Labels())
    at_risk = ~np.isnan(exposure) if known is None else known
    if np.isnan(exposure[at_risk]).any():
        row, column = np.argwhere(at_risk & np.isnan(exposure))[0]
        raise InputError(f"exposure is missing at target {row}, year {column}, which risk says is at risk.")
    lost = counts[~at_risk].sum()
    if risk is not None and lost:
        raise InputError(
            f"{int(lost)} onset(s) fall on rows outside the risk set: put those rows at risk, or remove the onsets."
        )
    names = list(range(n_targets)) if targets is None else list(read_column(targets, "targets").values)
    if len(names) != n_targets:
        raise InputError(f"targets has {len(names)} names for {n_targets} rows of the exposure.")
    runs = [(names[i], i * n_years + np.flatnonzero(at_risk[i])) for i in range(n_targets)]
    layout = _layout(runs, ~at_risk.ravel(), counts.ravel())
    return replace(layout, times=layout.kept % n_years)


def _layout(runs: list[tuple[Any, Ints]], hole: Bools, counts: Floats) -> Layout:
    filled = [(label, cells) for label, cells in runs if len(cells)]
    if not filled:
        raise InputError("no period is left: every value of the exposure is missing.")
    stops = np.cumsum([len(cells) for _, cells in filled])
    pieces = tuple((int(b - len(c)), int(b)) for (_, c), b in zip(filled, stops, strict=True))
    kept = np.concatenate([cells for _, cells in filled])
    if counts[kept].sum() == 0:
        raise InputError("no onset is left: all of them fall on periods without an exposure.")
    return Layout(pieces, tuple(label for label, _ in filled), kept, kept, int(hole.sum()), int(counts[hole].sum()))
