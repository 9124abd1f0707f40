"""Which part of a proposition is its design, and the hash of that part alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, field, fields
from typing import Any


def words(**options: Any) -> Any:
    """Declare a dataclass field that names or explains, and changes no number of the test."""
    return field(**options, metadata={"design": None})


def parts(kind: type) -> Any:
    """Declare a tuple field whose members are dataclasses with a design of their own."""
    return field(default=(), metadata={"design": lambda members: [design_of(m, kind) for m in members]})


def reduced(reduce: Callable[[Any], Any]) -> Any:
    """Declare a tuple field of whose plain value only ``reduce(value)`` is design."""
    return field(default=(), metadata={"design": reduce})


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: tuples as lists, NumPy's scalars as Python's."""
    return json.loads(json.dumps(value, default=lambda scalar: scalar.item()))


def design_of(record: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """Reduce the plain data of a dataclass to its design.

    Fields declared as :func:`words` are left out, and so is a field at its default: one that a later release adds then
    leaves the design of every earlier registration as it was.

    Parameters
    ----------
    record : mapping
        Plain data (as JSON holds it) of a ``kind``, perhaps of an earlier release with fewer fields.
    kind : dataclass

    Returns
    -------
    dict
    """
    return {f.name: _reduced(f, record[f.name]) for f in fields(kind) if f.name in record and _is_design(f, record)}


def design_hash(record: Mapping[str, Any], kind: type) -> str:
    """Return the sha256 of the design in the plain data of a ``kind``.

    Examples
    --------
    >>> from interventions_stats.drivers.parts import Falsifier
    >>> one = {"label": "a year later", "changes": [], "lead": 12}
    >>> design_hash(one, Falsifier) == design_hash(one | {"label": "twelve months later"}, Falsifier)
    True
    >>> design_hash(one, Falsifier) == design_hash(one | {"lead": 6}, Falsifier)
    False
    """
    return sha256(design_of(record, kind))


def sha256(data: Any) -> str:
    """Return the sha256 of plain data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _is_design(f: Field[Any], record: Mapping[str, Any]) -> bool:
    at_default = f.default is not MISSING and record[f.name] == plain(f.default)
    return f.metadata.get("design", _same) is not None and not at_default


def _reduced(f: Field[Any], value: Any) -> Any:
    return _numbers(f.metadata.get("design", _same)(value))


def _same(value: Any) -> Any:
    return value


def _numbers(value: Any) -> Any:
    """Write 2.0 as 2, which is the same design."""
    if isinstance(value, list):
        return [_numbers(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
