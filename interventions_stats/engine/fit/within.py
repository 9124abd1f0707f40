"""A design of which only differences within strata count: centred there, ranked, and whitened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.rank import independent, rounding_allowed, triangle
from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.errors import EstimationError


def centred(X: Floats, codes: NDArray[np.int64]) -> Floats:
    """Columns (n, p) less their means within strata, taken twice for the rounding of the first."""
    sizes = np.bincount(codes)[:, None]
    for _ in range(2):
        means = np.column_stack([np.bincount(codes, column) for column in X.T]) / sizes
        X = X - means[codes]
    return X


def whitened(X: Floats, codes: NDArray[np.int64], names: Sequence[str], where: str) -> tuple[Floats, Floats, Floats]:
    """Centre columns within strata and make them orthonormal.

    Parameters
    ----------
    X : array (n, p)
    codes : array (n,) of int
    names : sequence of str
    where : str
        What the rows of a stratum are called in an error, for example ``"any stratum"``.

    Returns
    -------
    within : array (n, p)
        Centred columns.
    scale : array (p,)
        Their spread.
    whitening : array (p, p)
        ``within / scale @ whitening`` has unit variances and no correlations.

    Raises
    ------
    EstimationError
        Names a column that does not vary within strata, or that is there a combination of the ones before it.
    """
    n, p = X.shape
    if not p:
        raise EstimationError("the model has no column; nothing can be estimated")
    within = centred(X, codes)
    size = np.maximum(np.abs(X).max(axis=0), 1e-300)
    with np.errstate(over="ignore", under="ignore"):
        largest = np.abs(within).max(axis=0)
        scale = largest * np.sqrt(np.mean((within / np.where(largest > 0, largest, 1.0)) ** 2, axis=0))
    flat = ~(scale > 1e-12 * size)
    if flat.any():
        raise EstimationError(f"column {names[int(np.flatnonzero(flat)[0])]!r} does not vary within {where}; remove it")
    scaled = within / scale
    r = triangle(iter([scaled]), p)
    kept = independent(r, rounding_allowed(size / scale))
    if len(kept) < p:
        j = int(np.setdiff1d(np.arange(p), kept)[0])
        weight = np.linalg.lstsq(r[:, :j], r[:, j], rcond=None)[0]
        others = ", ".join(repr(names[i]) for i in range(j) if abs(weight[i]) > 1e-6)
        raise EstimationError(
            f"column {names[j]!r} is a linear combination of {others} within {where}; remove one of them"
        )
    return within, scale, np.asarray(np.linalg.inv(r) * np.sqrt(n))


def within_design(design: Design, X: Floats, scale: Floats, whitening: Floats) -> Design:
    """The design without its intercept, seen through centred columns."""
    return replace(
        design,
        X=X,
        names=design.names[int(design.intercept) :],
        intercept=False,
        centre=np.zeros(X.shape[1]),
        scale=scale,
        whitening=whitening,
    )


def turned(design: Design, information: Floats, events: float, where: str) -> Design:
    """Turn the fitted columns so that the information at zero (p, p) becomes ``events`` times the identity.

    Raises
    ------
    EstimationError
        Names the columns about which the data hold no information.
    """
    value, vector = np.linalg.eigh(information)
    assert design.whitening is not None
    if not value[0] > 1e-12 * max(value[-1], 1e-300):
        weight = np.abs(design.whitening @ vector[:, 0])
        involved = ", ".join(repr(n) for n, w in zip(design.names, weight, strict=True) if w > 1e-6 * weight.max())
        many = "," in involved
        raise EstimationError(
            f"{'a combination of columns' if many else 'column'} {involved} does not vary within {where}; remove "
            + ("one of them" if many else "it")
        )
    return replace(design, whitening=design.whitening @ vector * np.sqrt(events / value))


def of_rows(design: Design, keep: NDArray[np.bool_]) -> Design:
    """The design of some of its rows; what it says of its columns is not made anew."""
    if keep.all():
        return design
    columns: dict[str, Any] = {
        name: value[keep]
        for name in ("y", "X", "offset", "weights", "cluster")
        if (value := getattr(design, name)) is not None
    }
    for name in ("groups", "numbers"):
        columns[name] = {role: value[keep] for role, value in getattr(design, name).items()}
    return replace(design, **columns)


def label(design: Design, role: str, code: int) -> str:
    """What a code of a grouping stands for, as the user would write it."""
    value = design.labels[role][code]
    return repr(value.item() if isinstance(value, np.generic) else value)
