"""Lists of names: of columns, of terms, of the guards that are allowed to warn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interventions_stats.engine.intake.containers import read_column
from interventions_stats.engine.intake.numbers import is_missing
from interventions_stats.engine.intake.scalars import shown
from interventions_stats.errors import InputError


def check_names(name: str, values: Any, n: int | None = None, of: str = "columns") -> list[str]:
    """Return different names as text, ``n`` of them where that is given."""
    names = _listed(name, values)
    if n is not None and len(names) != n:
        raise InputError(f"{name} has {len(names)} entries for {n} {of}.")
    repeated = next((v for i, v in enumerate(names) if v in names[:i]), None)
    if repeated is not None:
        raise InputError(f"{name} holds the same name {repeated!r} twice: give different names.")
    return names


def check_allowed(values: Any, known: Sequence[str]) -> tuple[str, ...]:
    """Return the guards that ``allow`` switches from refusing to warning."""
    given = _listed("allow", values)
    unknown = [g for g in given if g not in known]
    if unknown:
        raise InputError(f"allow accepts a list of {' and '.join(map(repr, known))}, not {shown(unknown[0])}")
    return tuple(given)


def _listed(name: str, values: Any) -> list[str]:
    if type(values) is tuple and all(type(v) is str for v in values):
        return list(values)
    held = list(read_column(values, name).values)
    if any(is_missing(v) or v != v for v in held):
        raise InputError(f"{name} holds a name that is missing.")
    return [str(v) for v in held]
