"""Values of any type become floats, or an error that names the column, the row and the remedy."""

from __future__ import annotations

import numbers
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.options import Floats
from interventions_stats.errors import InputError

_KINDS = {"M": "dates", "m": "lengths of time", "c": "complex numbers", "V": "records"}


def as_floats(values: Any, name: str) -> Floats:
    """Return numbers or truth values as float64; missing values become NaN.

    Parameters
    ----------
    values : array or pandas Series
        As :mod:`~interventions_stats.engine.intake.containers` hands it on.

    Raises
    ------
    InputError
        If the values are text (numbers stored as text included), dates, complex numbers or other objects.
    """
    kind = values.dtype.kind
    if kind in "fiub":
        if isinstance(values, np.ndarray):
            return np.asarray(values, dtype=np.float64)
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    if kind in _KINDS:  # as objects, some of these would become whole numbers of nanoseconds
        raise InputError(f"column {name!r} holds {_KINDS[kind]} ({values.dtype}), not numbers")
    return _objects_as_floats(np.asarray(values if isinstance(values, np.ndarray) else values.astype(object)), name)


def _objects_as_floats(array: NDArray[Any], name: str) -> Floats:
    out = np.empty(array.shape, dtype=np.float64)
    for place, value in np.ndenumerate(array):
        if type(value) is float:
            out[place] = value
        elif is_missing(value):
            out[place] = np.nan
        elif isinstance(value, (bool, np.bool_, numbers.Real, Decimal)):
            try:
                out[place] = float(value)
            except (OverflowError, ValueError):
                raise InputError(
                    f"column {name!r} holds a number too large at row {place[0] if place else 0}"
                ) from None
        elif isinstance(value, (str, bytes)):
            raise _text_error([str(v) for v in array.ravel() if isinstance(v, (str, bytes))], name)
        else:
            raise InputError(
                f"column {name!r} holds a {type(value).__name__} at row {place[0] if place else 0}, not numbers"
            )
    return out


def is_missing(value: Any) -> bool:
    """Tell whether one value is None, pandas.NA, NaT or masked."""
    return value is None or value is np.ma.masked or type(value).__name__ in ("NAType", "NaTType")


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
