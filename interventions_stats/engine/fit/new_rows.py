"""New rows to predict on: read as the fit's own were, matched by name, and refused where they do not fit it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.fit.build_design import read_predictors, read_vector
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.intake.containers import pick, read_column, read_frame, read_table
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.numbers import as_floats
from interventions_stats.engine.intake.scalars import check_number
from interventions_stats.engine.options import Floats
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def new_design(design: Design, data: Any = None, X: Any = None, offset: Any = None, exposure: Any = None) -> Design:
    """Return ``design`` with new rows in place of its own: their columns and offset, which is None for zero.

    Its outcome, weights and groups are still those of the fit; only ``standardised()``, ``X`` and ``offset`` are of use.

    Parameters
    ----------
    data : DataFrame or mapping, optional
        New rows of a fit from a formula.
    X : array or DataFrame, optional
        New rows of a fit from arrays: a frame is matched by its names, an array (rows, k) by position.
    offset, exposure : str, float or array (rows,), optional

    Raises
    ------
    InputError
        A column that is not there, a value that is missing or a level that the fit did not see (the message names column
        and row), a shape that does not fit, and an offset left out where the fit had one.
    """
    if data is not None and X is not None:
        raise InputError("give data or X, not both")
    if data is None and X is None:
        if exposure is not None:
            raise InputError("exposure belongs to new rows; the fit's own rows have theirs")
        return design if offset is None else replace(design, offset=_offset(offset, None, None, design.n, None))
    body, frame, index = _from_data(design, data) if X is None else _from_arrays(design, X)
    if design.offset is not None and offset is None and exposure is None:
        raise InputError(
            "the fit has an offset, so new rows need one: give offset= (0 for a rate per unit of exposure) or exposure="
        )
    given = offset is not None or exposure is not None
    return replace(design, X=body, offset=_offset(offset, exposure, frame, len(body), index) if given else None)


def _from_data(design: Design, data: Any) -> tuple[Floats, pd.DataFrame, Any]:
    from interventions_stats.engine.fit.formulas import new_model_matrix, spec_columns

    if design.spec is None:
        raise InputError("this fit came from arrays: pass X, not data")
    frame = read_frame(data, "the new data")
    if not len(frame):
        raise InputError("the new data have no rows")
    read, bad = read_predictors(frame, spec_columns(design.spec), "the new data")
    for name, rows in bad.items():
        if rows.any():
            raise _missing(name, int(np.flatnonzero(rows)[0]), frame.index)
    matrix = new_model_matrix(design.spec, frame.__class__(read, index=frame.index))
    terms = [str(t) for t in design.spec.column_names]
    names = design.names[int(design.intercept) :]
    body = matrix[:, [terms.index(t) for t in names]]
    _finite(body, names, frame.index)
    return body, frame, frame.index


def _from_arrays(design: Design, X: Any) -> tuple[Floats, None, Any]:
    if design.spec is not None:
        raise InputError("this fit came from a formula: pass data with its columns, not X")
    names = design.names[int(design.intercept) :]
    if len(names) != 1 and _is_vector(X):
        X = _one_row(X, names)
    table = read_table(X, "X")
    if table.names is None:
        body = table.floats("X")
        if body.shape[1] != len(names):
            raise InputError(f"X has {body.shape[1]} columns; the fit has {len(names)} ({', '.join(names[:6])})")
    else:
        body = _named(table.columns, table.names, names)
    if not len(body):
        raise InputError("X has no rows")
    _finite(body, names, table.index)
    return body, None, table.index


def _is_vector(X: Any) -> bool:
    plain = isinstance(X, (list, tuple)) and all(v is None or np.isscalar(v) for v in X)
    return plain or getattr(X, "ndim", None) == 1


def _one_row(X: Any, names: tuple[str, ...]) -> Any:
    """One row of values, in the order of the columns where they carry their names."""
    column = read_column(X, "X")
    values = as_floats(column.values, "X")
    if column.index is None:
        return values[None]
    labels = [str(v) for v in column.index]
    if not set(names) <= set(labels) or len(set(labels)) < len(labels):
        raise InputError(
            f"X is a series named {column.name!r}, but the fit has columns {', '.join(map(repr, names[:6]))}"
        )
    return values[None, [labels.index(n) for n in names]]


def _named(columns: Any, given: list[str], names: tuple[str, ...]) -> Floats:
    """Columns by the names of the fit, in its order."""
    absent = [n for n in names if n not in given]
    if absent:
        raise InputError(
            f"X lacks column {absent[0]!r} of the fit (it has {', '.join(map(repr, given[:6]))}); name the columns as the "
            "fit does, or pass a plain array in the fit's order"
        )
    found = [as_floats(columns[given.index(n)], n) for n in names]
    return np.column_stack(found) if found else np.empty((len(columns[0]), 0))


def _offset(offset: Any, exposure: Any, frame: pd.DataFrame | None, rows: int, index: Any) -> Floats:
    total, labelled = np.zeros(rows), Labels()
    labelled.order(index, "the new rows")
    for role, value in (("offset", offset), ("exposure", exposure)):
        if value is None:
            continue
        if np.isscalar(value) and not isinstance(value, str):
            name, values = role, np.full(rows, check_number(role, value))
        else:
            name, values = read_vector(pick(frame, value, role), role, rows, labelled)
        if not np.isfinite(values).all():
            raise _missing(name, int(np.flatnonzero(~np.isfinite(values))[0]), index)
        if role == "exposure" and (values <= 0).any():
            raise InputError(f"exposure must be positive, but is {values.min():g}")
        total += np.log(values) if role == "exposure" else values
    return total


def _finite(body: Floats, names: tuple[str, ...], index: Any) -> None:
    bad = ~np.isfinite(body)
    if bad.any():
        row, j = np.argwhere(bad)[0]
        raise _missing(names[j], int(row), index)


def _missing(name: str, row: int, index: Any) -> InputError:
    label = "" if index is None or index[row] == row else f" (index {index[row]!r})"
    return InputError(f"column {name!r} is missing or infinite at row {row}{label} of the new data")
