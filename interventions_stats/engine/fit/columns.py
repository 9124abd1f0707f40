"""Turning one column, whatever it comes as, into floats, with an error that names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from interventions_stats.errors import EstimationError, InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
OutcomeKind = Literal["binary", "count"]


def pick(data: pd.DataFrame | None, value: Any, role: str) -> tuple[Any, str]:
    """Return a column and its name, given the name of a column of ``data`` or an array."""
    if isinstance(value, str):
        if data is None:
            raise InputError(f"{role}={value!r} names a column, but no data frame was given; pass an array")
        if value not in data.columns:
            raise unknown_name("column", value, list(data.columns), where=f"data (for {role})")
        return data[value], value
    return value, str(getattr(value, "name", None) or role)


def as_floats(values: Any, name: str) -> Floats:
    """Return a numeric or boolean vector as float64; missing values become NaN.

    Raises
    ------
    InputError
        If the values are text (numbers stored as text included), dates or categories.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        return np.asarray(values, dtype=np.float64)
    kind = getattr(getattr(values, "dtype", None), "kind", None)
    if kind is not None and kind in "fiub" and hasattr(values, "to_numpy"):
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    array = np.asarray(values.astype(object) if hasattr(values, "astype") else values)
    if array.dtype.kind in "fiub":
        return array.astype(np.float64)
    if array.dtype.kind == "O":
        return _objects_as_floats(array, name)
    if array.dtype.kind in "US":
        raise _text_error(array.astype(str).ravel().tolist(), name)
    raise InputError(f"column {name!r} holds {array.dtype}, not numbers")


def _objects_as_floats(array: NDArray[Any], name: str) -> Floats:
    out = np.empty(array.shape, dtype=np.float64)
    for place, value in np.ndenumerate(array):
        if value is None or type(value).__name__ in ("NAType", "NaTType"):
            out[place] = np.nan
        elif isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
            out[place] = float(value)
        elif isinstance(value, str):
            raise _text_error([str(v) for v in array.ravel() if isinstance(v, str)], name)
        else:
            raise InputError(f"column {name!r} holds a {type(value).__name__} at row {place[0]}, not numbers")
    return out


def _text_error(texts: list[str], name: str) -> InputError:
    if texts and all(is_number(t) for t in texts[:50]):
        return InputError(
            f"column {name!r} holds numbers stored as text ({texts[0]!r}); convert it with pandas.to_numeric"
        )
    seen = sorted(set(texts))[:3]
    return InputError(
        f"column {name!r} holds text ({', '.join(map(repr, seen))}); code it as numbers, an outcome as 0/1"
    )


def is_number(text: str) -> bool:
    """Tell whether a text reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def vector(values: Any, name: str, n: int) -> Floats:
    """Return a float vector of length ``n``."""
    out = as_floats(values, name)
    if out.ndim == 2 and 1 in out.shape:
        out = out.ravel()
    if out.ndim != 1:
        raise InputError(f"{name!r} must be one-dimensional, not of shape {out.shape}")
    if len(out) != n:
        raise InputError(f"{name!r} has {len(out)} values for {n} rows")
    return out


def codes(values: Any, name: str, n: int) -> tuple[NDArray[np.int64], list[Any]]:
    """Return group codes 0..G-1 (-1 where missing) and the groups, for labels of any type."""
    array = np.asarray(values)
    if array.ndim != 1 or len(array) != n:
        raise InputError(f"{name!r} must hold one label for each of the {n} rows, not shape {array.shape}")
    if array.dtype.kind in "iub":
        distinct, inverse = np.unique(array, return_inverse=True)
        return inverse.astype(np.int64), distinct.tolist()
    import pandas as pd

    code, groups = pd.factorize(array, sort=False)
    return code.astype(np.int64), list(groups)


def check_outcome(y: Floats, name: str, kind: OutcomeKind) -> None:
    """Raise unless the outcome is coded 0/1 (binary) or counts (count) and varies.

    Raises
    ------
    InputError
        Wrong coding.
    EstimationError
        No events.
    RefusalError
        G01, if every row is an event.
    """
    from interventions_stats.errors import RefusalError

    low, high = float(y.min()), float(y.max())
    if kind == "count":
        if low < 0 or not np.array_equal(y, np.floor(y)):
            raise InputError(f"outcome {name!r} must hold counts (0, 1, 2, ...)")
    elif not ((y == 0) | (y == 1)).all():
        seen = np.unique(y)
        shown = ", ".join(f"{v:g}" for v in seen[:4]) + (", ..." if len(seen) > 4 else "")
        hint = f"; use {name} == {seen[1]:g}" if len(seen) == 2 else ""
        raise InputError(f"outcome {name!r} must be coded 0/1 or boolean, but holds {shown}{hint}")
    if high == 0:
        raise EstimationError(f"outcome {name!r} has no events in the {len(y)} rows used; there is nothing to estimate")
    if kind == "binary" and low == 1:
        raise RefusalError(
            "G01",
            f"every one of the {len(y)} rows is an event: outcome {name!r} was selected on.",
            "add the non-event rows of the risk set, or test a share against a base rate with binomial_test.",
        )
