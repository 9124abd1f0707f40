"""Every array argument of a test is checked here, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from interventions_stats.engine.options import MISSING, Bools, Floats, Ints, Missing
from interventions_stats.errors import InputError, unknown_name


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


def check_option(kind: str, value: str, known: Sequence[str]) -> None:
    """Raise the error for an unknown option, with the nearest one."""
    if value not in known:
        raise unknown_name(kind, value, known)


def check_level(name: str, value: float) -> float:
    """Return a probability strictly between 0 and 1."""
    number = check_number(name, value)
    if not 0 < number < 1:
        raise InputError(f"{name} must lie strictly between 0 and 1, not {value!r}.")
    return number


def check_number(name: str, value: Any) -> float:
    """Return a real number that is neither missing nor text."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be a number, not {value!r}.") from None
    if np.isnan(number):
        raise InputError(f"{name} is NaN: pass an estimated value, or leave the test out.")
    return number


def check_positive(name: str, value: Any) -> float:
    """Return a finite number above zero."""
    number = check_number(name, value)
    if not 0 < number < np.inf:
        raise InputError(f"{name} must be positive and finite, not {value!r}.")
    return number


def check_count(name: str, value: Any, least: int = 1) -> int:
    """Return a whole number not below ``least``."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise InputError(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def as_numbers(name: str, values: Any, ndim: int) -> Floats:
    """Return a float array of ``ndim`` dimensions; NaN passes, infinity and text do not."""
    raw = np.asarray(values)
    if raw.dtype.kind not in "biuf":
        raise InputError(f"{name} must be numeric, not of type {raw.dtype}: convert it before the test.")
    if raw.ndim != ndim:
        raise InputError(f"{name} must have {ndim} dimension(s), not {raw.ndim} (shape {raw.shape}).")
    if raw.size == 0:
        raise InputError(f"{name} is empty.")
    out = np.ascontiguousarray(raw, dtype=np.float64)
    if np.isinf(out).any():
        raise InputError(f"{name} holds an infinite value at position {int(np.flatnonzero(np.isinf(out))[0])}.")
    return out


def as_counts(name: str, values: Any, shape: tuple[int, ...]) -> Floats:
    """Return onset counts of the given shape: whole numbers, zero or more, at least one in all."""
    out = as_numbers(name, values, len(shape))
    if out.shape != shape:
        raise InputError(f"{name} has shape {out.shape}, the exposure {shape}: they must cover the same periods.")
    bad = np.isnan(out) | (out < 0) | (out != np.round(out))
    if bad.any():
        where = int(np.flatnonzero(bad)[0])
        raise InputError(f"{name} must hold counts of 0 or more: position {where} is {out.ravel()[where]!r}.")
    if out.sum() == 0:
        raise InputError(f"{name} holds no onset: there is nothing to test.")
    return out


def _is_missing(label: Any) -> bool:
    try:
        return label is None or bool(label != label)  # NaN and NaT differ from themselves
    except TypeError:  # pandas.NA has no truth value
        return True


def _distinct(labels: list[Any]) -> Iterable[Any]:
    try:
        return set(labels)
    except TypeError:  # labels that cannot be hashed
        return labels


def stratum_runs(strata: Any, n: int) -> list[tuple[Any, int, int]]:
    """Split ``n`` periods into contiguous runs of one label: (label, start, stop)."""
    if strata is None:
        return [("all", 0, n)]
    labels = np.asarray(strata, dtype=object).ravel()
    if len(labels) != n:
        raise InputError(f"strata has {len(labels)} labels for {n} periods: give one label a period.")
    if any(map(_is_missing, _distinct(labels.tolist()))):
        first = next(i for i, label in enumerate(labels.tolist()) if _is_missing(label))
        raise InputError(f"strata has no label at position {first}: every period belongs to a stratum.")
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


def panel_layout(exposure: Floats, counts: Floats, risk: Bools | None, targets: Sequence[Any] | None) -> Layout:
    """Lay out a target x year panel target by target; rows outside the risk set leave it and are counted."""
    n_targets, n_years = exposure.shape
    if risk is None:
        at_risk = ~np.isnan(exposure)
    else:
        at_risk = np.asarray(risk)
        if at_risk.dtype != bool or at_risk.shape != exposure.shape:
            raise InputError(f"risk must be a boolean array of shape {exposure.shape}, not {at_risk.shape}.")
        if np.isnan(exposure[at_risk]).any():
            row, column = np.argwhere(at_risk & np.isnan(exposure))[0]
            raise InputError(f"exposure is missing at target {row}, year {column}, which risk says is at risk.")
    lost = counts[~at_risk].sum()
    if risk is not None and lost:
        raise InputError(
            f"{int(lost)} onset(s) fall on rows outside the risk set: put those rows at risk, or remove the onsets."
        )
    names = list(targets) if targets is not None else list(range(n_targets))
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
