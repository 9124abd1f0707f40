"""What exact logistic regression is given: checked, matched by its labels, and written out row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.intake.containers import codes, read_column, read_table, taken
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.names import check_names
from interventions_stats.engine.intake.numbers import as_floats
from interventions_stats.errors import InputError

Floats = NDArray[np.float64]

MAX_ROWS = 1_000_000  # written out by weights


class LogisticData(NamedTuple):
    """Columns (n, k), outcomes (n,), codes of the strata (n,), offset (n,) and the names of the columns."""

    X: Floats
    y: Floats
    strata: NDArray[np.int64]
    offset: Floats
    names: list[str]


def read_logistic(
    y: Any, X: Any, strata: Any = None, weights: Any = None, offset: Any = None, names: Sequence[str] | None = None
) -> LogisticData:
    """Read the inputs of an exact logistic regression.

    Raises
    ------
    InputError
        See :func:`~interventions_stats.engine.exact.logistic.exact_logistic`.
    """
    rows, table = Labels(), read_table(X, "X")
    order = rows.order(table.index, "X")
    matrix = table.floats("X")
    matrix = matrix if order is None else matrix[order]
    n, k = matrix.shape
    if not n or not k:
        raise InputError(f"X has shape {matrix.shape}; it must have rows and columns")
    labels = table.names or [f"x{j}" for j in range(k)] if names is None else check_names("names", names, k)

    def vector(value: Any, role: str, default: float) -> Floats:
        return np.full(n, default) if value is None else as_floats(_matched(value, role, n, rows), role)

    outcome, shift = vector(y, "y", 0.0), vector(offset, "offset", 0.0)
    times, code = vector(weights, "weights", 1.0), _strata(strata, n, rows)
    _check(matrix, outcome, shift, times, labels)
    repeated = np.repeat(np.arange(n), times.astype(np.int64))
    data = LogisticData(matrix[repeated], outcome[repeated], code[repeated], shift[repeated], labels)
    return data._replace(strata=np.unique(data.strata, return_inverse=True)[1].ravel())


def _matched(value: Any, role: str, n: int, rows: Labels) -> Any:
    """The values of a column, in the common order of rows."""
    column = read_column(value, role)
    order = rows.order(column.index, role)
    if column.shape[0] != n:
        raise InputError(f"{role} has {column.shape[0]} values for {n} rows of X")
    return taken(column.values, order)


def _strata(strata: Any, n: int, rows: Labels) -> NDArray[np.int64]:
    if strata is None:
        return np.zeros(n, dtype=np.int64)
    code, _ = codes(_matched(strata, "strata", n, rows), "strata")
    if (code < 0).any():
        raise InputError(f"strata holds {int((code < 0).sum())} missing labels; drop those rows or label them")
    return code


def _check(matrix: Floats, y: Floats, offset: Floats, weights: Floats, names: list[str]) -> None:
    for values, label in [(y, "y"), (offset, "offset"), (weights, "weights"), *zip(matrix.T, names, strict=True)]:
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise InputError(
                f"column {label!r} holds missing or infinite values, the first at row {row}; drop or impute them"
            )
    if not np.isin(y, (0.0, 1.0)).all():
        raise InputError("y must hold only 0 and 1; recode the outcome")
    if (weights < 0).any() or (weights != np.rint(weights)).any():
        row = int(np.flatnonzero((weights < 0) | (weights != np.rint(weights)))[0])
        raise InputError(
            f"weights must be whole numbers, how many times a row counts, but row {row} has {weights[row]:g}; an exact "
            "distribution has no other weights"
        )
    if not 0 < weights.sum() <= MAX_ROWS:
        raise InputError(f"weights count {weights.sum():g} rows; there must be from 1 to {MAX_ROWS}")
    for values, label in zip(matrix[weights > 0].T, names, strict=True):
        if np.ptp(values) == 0:
            raise InputError(f"column {label!r} is constant; leave it out, for the intercept is conditioned out anyway")
