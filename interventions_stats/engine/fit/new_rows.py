"""New rows to predict on: read as the fit's own were, matched by name, and refused where they do not fit it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.fit import columns
from interventions_stats.engine.fit.build_design import read_predictors
from interventions_stats.engine.fit.design import Design
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
        return design if offset is None else replace(design, offset=_offset(offset, None, None, design.n))
    body, frame = _from_data(design, data) if data is not None else (_from_arrays(design, X), X)
    if design.offset is not None and offset is None and exposure is None:
        raise InputError(
            "the fit has an offset, so new rows need one: give offset= (0 for a rate per unit of exposure) or exposure="
        )
    shift = None if offset is None and exposure is None else _offset(offset, exposure, frame, len(body))
    return replace(design, X=body, offset=shift)


def _from_data(design: Design, data: Any) -> tuple[Floats, pd.DataFrame]:
    import pandas as pd

    from interventions_stats.engine.fit.formulas import new_model_matrix, spec_columns

    if design.spec is None:
        raise InputError("this fit came from arrays: pass X, not data")
    frame = pd.DataFrame(dict(data)) if isinstance(data, Mapping) else data
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"data must be a pandas DataFrame with the columns of the formula, not {type(data).__name__}")
    if not len(frame):
        raise InputError("the new data have no rows")
    read, bad = read_predictors(frame, spec_columns(design.spec), "the new data")
    for name, rows in bad.items():
        if rows.any():
            raise _missing(name, int(np.flatnonzero(rows)[0]), frame.index)
    matrix = new_model_matrix(design.spec, pd.DataFrame(read, index=frame.index))
    terms = [str(t) for t in design.spec.column_names]
    body = matrix[:, [terms.index(t) for t in design.names if t != "Intercept" or not design.intercept]]
    _finite(body, design.names[int(design.intercept) :], frame.index)
    return body, frame


def _from_arrays(design: Design, X: Any) -> Floats:
    if design.spec is not None:
        raise InputError("this fit came from a formula: pass data with its columns, not X")
    names = design.names[int(design.intercept) :]
    if isinstance(X, Mapping):
        X = _named(X, names, list(X))
    elif hasattr(X, "columns") and hasattr(X, "iloc"):
        X = _named(X, names, [str(c) for c in X.columns])
    elif hasattr(X, "index") and hasattr(X, "iloc"):
        X = _series(X, names)
    body = columns.as_floats(X, "X")
    if body.ndim == 0:
        raise InputError("X must have rows and columns; give [[value]] for one row of one column")
    if body.ndim == 1:
        body = body[:, None] if len(names) == 1 else body[None]
    if body.ndim != 2:
        raise InputError(f"X must have rows and columns, not shape {body.shape}")
    if body.shape[1] != len(names):
        raise InputError(f"X has {body.shape[1]} columns; the fit has {len(names)} ({', '.join(names[:6])})")
    if not len(body):
        raise InputError("X has no rows")
    _finite(body, names, X.index if hasattr(X, "iloc") else None)
    return body


def _named(X: Any, names: tuple[str, ...], given: list[str]) -> Floats:
    """Columns of a frame or mapping by the names of the fit, in its order."""
    absent = [n for n in names if n not in given]
    if absent:
        raise InputError(
            f"X lacks column {absent[0]!r} of the fit (it has {', '.join(map(repr, given[:6]))}); name the columns as the "
            "fit does, or pass a plain array in the fit's order"
        )
    twice = [n for n in names if given.count(n) > 1]
    if twice:
        raise InputError(f"X has two columns named {twice[0]!r}")
    keys = list(X.columns) if hasattr(X, "columns") else list(X)
    by_name = {str(key): key for key in keys}
    return np.column_stack([columns.as_floats(X[by_name[n]], n) for n in names]) if names else np.empty((len(X), 0))


def _series(X: Any, names: tuple[str, ...]) -> Any:
    """One row labelled by the columns, or one column of that name."""
    labels = [str(v) for v in X.index]
    if set(names) <= set(labels) and len(set(labels)) == len(labels):
        return columns.as_floats(X, "X")[None, [labels.index(n) for n in names]]
    if len(names) == 1 and X.name in (None, names[0]):
        return X
    raise InputError(f"X is a series named {X.name!r}, but the fit has columns {', '.join(map(repr, names[:6]))}")


def _offset(offset: Any, exposure: Any, frame: Any, rows: int) -> Floats:
    total = np.zeros(rows)
    for role, value in (("offset", offset), ("exposure", exposure)):
        if value is None:
            continue
        table = frame if hasattr(frame, "columns") else None
        column, name = columns.pick(table, value, role)
        if np.ndim(column) == 0:
            values = np.full(rows, columns.as_floats(np.asarray(column), name))
        else:
            values = columns.vector(_aligned(column, table, name), name, rows)
        if not np.isfinite(values).all():
            raise _missing(name, int(np.flatnonzero(~np.isfinite(values))[0]), getattr(table, "index", None))
        if role == "exposure" and (values <= 0).any():
            raise InputError(f"exposure must be positive, but is {values.min():g}")
        total += np.log(values) if role == "exposure" else values
    return total


def _aligned(column: Any, table: Any, name: str) -> Any:
    """A series in the order of the table's index; refused where it is another's."""
    if table is None or not hasattr(column, "reindex") or column.index.equals(table.index):
        return column
    same = len(column) == len(table) and column.index.is_unique and table.index.is_unique
    if same and set(column.index) == set(table.index):
        return column.reindex(table.index)
    raise InputError(f"{name!r} has another index than the new rows; align it first ({name}.loc[data.index])")


def _finite(body: Floats, names: tuple[str, ...], index: Any) -> None:
    bad = ~np.isfinite(body)
    if bad.any():
        row, j = np.argwhere(bad)[0]
        raise _missing(names[j], int(row), index)


def _missing(name: str, row: int, index: Any) -> InputError:
    label = "" if index is None or index[row] == row else f" (index {index[row]!r})"
    return InputError(f"column {name!r} is missing or infinite at row {row}{label} of the new data")
