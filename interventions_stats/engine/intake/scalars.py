"""Checks of single arguments: numbers, counts, probabilities, options, flags, seeds, texts, workers."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from interventions_stats.errors import InputError, unknown_name

MOST = 2**53  # counts above it are no longer told apart by a float


def check_option(kind: str, value: Any, known: Sequence[str]) -> str:
    """Return one of the known options; the error for another names the nearest."""
    if not isinstance(value, str) or value not in known:
        raise unknown_name(kind, value if isinstance(value, str | bool | None) else shown(value), known)
    return value


def check_text(name: str, value: Any, *, blank: bool = False) -> str:
    """Return a text, which is not blank unless ``blank``."""
    if not isinstance(value, str) or not (blank or value.strip()):
        raise InputError(f"{name} is a text, not {shown(value)}")
    return value


def check_texts(name: str, values: Any) -> list[str]:
    """Return several texts, given as one, or in a list or another collection.

    >>> check_texts("ids", "R01"), check_texts("ids", ("R01", "R02"))
    (['R01'], ['R01', 'R02'])
    """
    if isinstance(values, str):
        return [check_text(name, values)]
    if not isinstance(values, Iterable) or isinstance(values, bytes) or hasattr(values, "columns"):
        raise InputError(f"{name} are texts, such as a list of them, not {shown(values)}")
    return [check_text(name, v) for v in values]


def check_flag(name: str, value: Any) -> bool:
    """Return a truth value; nothing else stands for one."""
    if not isinstance(value, (bool, np.bool_)):
        raise InputError(f"{name} must be True or False, not {shown(value)}.")
    return bool(value)


def check_number(name: str, value: Any) -> float:
    """Return a real number that is neither missing, a truth value nor text."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (numbers.Real, Decimal)):
        raise InputError(f"{name} must be a number, not {shown(value)}.")
    try:
        number = float(value)
    except (OverflowError, ValueError):
        raise InputError(f"{name} is too large for a number: {shown(value)}.") from None
    if np.isnan(number):
        raise InputError(f"{name} is NaN: pass an estimated value, or leave the test out.")
    return number


def check_finite(name: str, value: Any) -> float:
    """Return a finite number."""
    number = check_number(name, value)
    if not np.isfinite(number):
        raise InputError(f"{name} must be finite, not {shown(value)}.")
    return number


def check_positive(name: str, value: Any) -> float:
    """Return a finite number above zero."""
    number = check_number(name, value)
    if not 0 < number < np.inf:
        raise InputError(f"{name} must be positive and finite, not {shown(value)}.")
    return number


def check_level(name: str, value: Any) -> float:
    """Return a probability strictly between 0 and 1."""
    number = check_number(name, value)
    if not 0 < number < 1:
        hint = f" Write {number / 100:g} for {number:g} per cent." if 1 < number < 100 else ""
        raise InputError(f"{name} must lie strictly between 0 and 1, not {shown(value)}.{hint}")
    return number


def check_count(name: str, value: Any, least: int = 1, most: int = MOST) -> int:
    """Return a whole number from ``least`` to ``most``."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least:
        raise InputError(f"{name} must be a whole number of at least {least}, not {shown(value)}.")
    if value > most:
        raise InputError(f"{name} must be a whole number of at most {most}, not {shown(value)}.")
    return int(value)


def check_whole(name: str, value: Any, least: int = 0, most: int = MOST) -> int:
    """Return a count that may come as a float, as data do: 3.0 is 3."""
    number = check_number(name, value)
    if number != np.floor(number) or not least <= number <= most:
        raise InputError(f"{name} must be a whole number from {least} to {most}, not {shown(value)}.")
    return int(value)


def check_integer(name: str, value: Any, of: str = "") -> int:
    """Return a whole number of any sign and size, also one written as a float; ``of`` says what it counts.

    >>> check_integer("a lag", 2), check_integer("a lag", 2.0)
    (2, 2)
    """
    try:
        if isinstance(value, bool) or getattr(value, "ndim", 0) != 0:
            raise TypeError
        return int(value) if isinstance(value, float) and value.is_integer() else operator.index(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} is a whole number{of}, not {shown(value)}") from None


def check_jobs(n_jobs: Any) -> int:
    """Return a number of workers: one or more, -1 for all cores, -2 for all but one."""
    workers = check_integer("n_jobs", n_jobs)
    if not -MOST < workers < MOST or workers == 0:
        raise InputError(f"n_jobs is a number of workers, or -1 for all cores, not {shown(n_jobs)}")
    return workers


def check_seed(seed: Any) -> int:
    """Return a whole number of zero or more, from which the same call draws the same numbers."""
    return check_count("seed", seed, 0, 2**128)


def shown(value: Any) -> str:
    """Say what was given, in a few words whatever its size.

    >>> shown("x"), shown(list(range(99))), shown(10**40)
    ("'x'", 'a list', 'a number of more than 30 digits')
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30:
        return "a number of more than 30 digits"
    size, kind = getattr(value, "shape", None), type(value).__name__
    kind = f"{'an' if kind[:1].lower() in 'aeio' else 'a'} {kind}"
    if isinstance(size, tuple) and size:
        return f"{kind} of shape {size}"
    try:
        text = repr(value)
    except Exception:  # a repr that fails says nothing
        text = ""
    return text if text and len(text) <= 80 and "\n" not in text else kind


def generator(seed: Any) -> np.random.Generator:
    """Return the generator of a checked seed."""
    return np.random.default_rng(check_seed(seed))
