"""The one place that makes keys: a digest of everything that a kept result depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any

from interventions_stats.errors import InputError


def fingerprint(*parts: object) -> str:
    """Return a sha256 of values: equal content gives the same digest, any difference in content or type another.

    Parameters
    ----------
    *parts
        Plain values, dates, NumPy arrays, pandas objects (with index, names and dtypes), dataclasses (by their fields, so
        that an :class:`EventList` counts with its actor, own leaders, coverage and date rule), and containers of these.

    Returns
    -------
    str
        64 hexadecimal digits, the same in every process.

    Raises
    ------
    InputError
        A value whose content cannot be told, such as a function.

    Examples
    --------
    >>> fingerprint(1, "a") == fingerprint(1, "a"), fingerprint(1) == fingerprint(1.0), fingerprint("ab") == fingerprint("a", "b")
    (True, False, False)
    """
    digest = hashlib.sha256()
    for piece in _pieces(parts):
        digest.update(len(piece).to_bytes(8, "big"))  # so that no two pieces can run into each other
        digest.update(piece)
    return digest.hexdigest()


def _pieces(value: Any) -> Iterator[bytes]:
    """The bytes that tell a value from any other: its type first, then its content."""
    kind = type(value)
    yield f"{kind.__module__}.{kind.__qualname__}".encode()
    if value is None or kind in (bool, int) or isinstance(value, str):
        yield str(value).encode("utf-8", "surrogatepass")
    elif kind is float:
        yield value.hex().encode()
    elif kind is bytes:
        yield value
    elif isinstance(value, list | tuple):
        yield from _each(value)
    elif isinstance(value, set | frozenset):
        yield from _each(sorted(fingerprint(v) for v in value))
    elif isinstance(value, Mapping):
        yield from _each([*value.keys(), *value.values()])
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _each([getattr(value, f.name) for f in fields(value)])
    elif isinstance(value, date | timedelta | Enum | PurePath):  # Timestamp and Timedelta are among them
        yield str(value).encode()
    else:
        yield from _of_arrays(value, kind.__module__.partition(".")[0])


def _each(values: Any) -> Iterator[bytes]:
    yield str(len(values)).encode()
    for value in values:
        yield from _pieces(value)


def _of_arrays(value: Any, library: str) -> Iterator[bytes]:
    """Arrays of NumPy and pandas, which need not be installed for what holds none."""
    if library == "numpy" and hasattr(value, "dtype"):
        yield f"{value.dtype.str} {value.shape}".encode()
        yield from _each(value.ravel().tolist()) if value.dtype.hasobject else (value.tobytes(),)
    elif library == "pandas" and hasattr(value, "columns"):
        yield from _each([value.columns, value.index, *(value.iloc[:, i] for i in range(value.shape[1]))])
    elif library == "pandas" and hasattr(value, "to_numpy"):  # a Series, an Index or an array
        yield f"{getattr(value, 'dtype', '')} {getattr(value, 'name', '')!r} {getattr(value, 'names', '')!r}".encode()
        if hasattr(value, "iloc"):
            yield from _pieces(value.index)
        yield from _pieces(value.to_numpy())
    elif library == "pandas":  # Period, Interval, NA and NaT
        yield repr(value).encode()
    else:
        raise InputError(f"a {library}.{type(value).__qualname__} cannot be part of what a result is kept under")
