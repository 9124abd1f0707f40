"""Checks of single arguments: numbers, counts, probabilities, options, flags, seeds, names."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from interventions_stats.errors import InputError, unknown_name

MOST = 2**53  # counts above it are no longer told apart by a float


def check_option(kind: str, value: Any, known: Sequence[str]) -> None:
    """Raise the error for an unknown option, with the nearest one."""
    if not isinstance(value, str) or value not in known:
        raise unknown_name(kind, value, known)


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


def check_seed(seed: Any) -> int:
    """Return a whole number of zero or more, from which the same call draws the same numbers."""
    return check_count("seed", seed, 0, 2**128)


def shown(value: Any) -> str:
    """Say what was given, in a few words whatever its size."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30:
        return "a number of more than 30 digits"
    size = getattr(value, "shape", None)
    if isinstance(size, tuple) and size:
        return f"a {type(value).__name__} of shape {size}"
    try:
        text = repr(value)
    except Exception:  # a repr that fails says nothing
        text = ""
    return text if text and len(text) <= 80 and "\n" not in text else f"a {type(value).__name__}"


def generator(seed: Any) -> np.random.Generator:
    """Return the generator of a checked seed."""
    return np.random.default_rng(check_seed(seed))
