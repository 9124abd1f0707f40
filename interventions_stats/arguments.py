"""Plain arguments (text, whole numbers, names) held to what they can be, with one clear error each."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any

from interventions_stats.errors import InputError, unknown_name


def shown(value: object) -> str:
    """Write a value for a message: its repr where that is short, else its type.

    >>> shown("x"), shown(list(range(99)))
    ("'x'", 'a list')
    """
    kind = type(value).__name__
    if isinstance(value, str | int | float | complex | None):
        try:
            text = repr(value)
        except ValueError:  # an int of more digits than Python writes
            return "a number of thousands of digits"
        return text if len(text) <= 60 else f"{text[:56]}..."
    return f"{'an' if kind[:1].lower() in 'aeio' else 'a'} {kind}"


def text(name: str, value: Any, *, blank: bool = False) -> str:
    """Return a text, which is not blank unless ``blank``; refuse anything else."""
    if not isinstance(value, str) or not (blank or value.strip()):
        raise InputError(f"{name} is a text, not {shown(value)}")
    return value


def texts(name: str, values: Any) -> list[str]:
    """Return several texts, given as one, or in a list or another collection.

    >>> texts("ids", "R01"), texts("ids", ("R01", "R02"))
    (['R01'], ['R01', 'R02'])
    """
    if isinstance(values, str):
        return [text(name, values)]
    if not isinstance(values, Iterable) or isinstance(values, bytes) or hasattr(values, "columns"):
        raise InputError(f"{name} are texts, such as a list of them, not {shown(values)}")
    return [text(name, v) for v in values]


def one_of(kind: str, value: Any, known: Sequence[str]) -> str:
    """Return one of the known names; the error for another names the nearest."""
    if not isinstance(value, str) or value not in known:
        raise unknown_name(kind, value if isinstance(value, str) else shown(value), known)
    return value


def whole(name: str, value: Any, of: str = "") -> int:
    """Return a whole number, also one written as a float; refuse anything else, True and False too.

    >>> whole("lag", 2), whole("lag", 2.0)
    (2, 2)
    """
    try:
        if isinstance(value, bool) or getattr(value, "ndim", 0) != 0:
            raise TypeError
        return int(value) if isinstance(value, float) and value.is_integer() else operator.index(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} is a whole number{of}, not {shown(value)}") from None
