"""Results as text and back: JSON that names the library's own dataclasses, and nothing that could run."""

from __future__ import annotations

import json
import sys
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from interventions_stats.drivers.bibliography import Work

_KINDS = "@"  # the key of what is neither a number, a text nor a list


def written(value: Any) -> str:
    """Write a result: dataclasses of the library, works cited, numbers, text, arrays, lists, tuples and dicts.

    Raises
    ------
    TypeError
        For anything else.

    Examples
    --------
    >>> written((1, 2.5, "a"))
    '{"@": "tuple", "of": [1, 2.5, "a"]}'
    >>> read(written({"x": np.arange(3), 2: None}))
    {'x': array([0, 1, 2]), 2: None}
    """
    return json.dumps(_plain(value))


def read(text: str) -> Any:
    """Return what was written; a name that is not of a dataclass of the library is refused.

    Raises
    ------
    ValueError, TypeError, KeyError
        Text that :func:`written` did not write, or that another version wrote.
    """
    known: dict[str, Any] = {}
    return json.loads(text, object_hook=lambda entry: _made(entry, known))


def _plain(value: Any) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Work):  # its fields, since its text alone is no entry of a bibliography
        return {_KINDS: "work", "of": _plain(vars(value))}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufU":
        return {_KINDS: "array", "type": value.dtype.str, "shape": list(value.shape), "of": value.ravel().tolist()}
    if isinstance(value, np.generic) and value.dtype.kind in "biufU":
        return {_KINDS: "number", "type": value.dtype.str, "of": value.item()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, tuple | set | frozenset) and type(value).__module__ == "builtins":
        return {_KINDS: type(value).__name__, "of": [_plain(v) for v in value]}
    if isinstance(value, dict):
        return {_KINDS: "dict", "of": [[_plain(k), _plain(v)] for k, v in value.items()]}
    if is_dataclass(value) and _ours(type(value)):
        kept = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        return {_KINDS: f"{type(value).__module__}:{type(value).__name__}", "of": kept}
    raise TypeError(f"a {type(value).__module__}.{type(value).__name__} cannot be kept")


def _ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "interventions_stats" and "." not in kind.__qualname__


def _made(entry: dict[str, Any], known: dict[str, Any]) -> Any:
    kind, of = entry.get(_KINDS), entry.get("of")
    if kind is None:
        return entry  # the fields of a dataclass
    if kind in ("tuple", "set", "frozenset"):
        return {"tuple": tuple, "set": set, "frozenset": frozenset}[kind](of)
    if kind == "dict":
        return dict(of or ())
    if kind == "array":
        return np.asarray(of, dtype=entry["type"]).reshape(entry["shape"])
    if kind == "number":
        return np.dtype(entry["type"]).type(of)
    if kind == "work":
        return Work(**dict(of or ()))
    if not known:
        known |= _known()
    found = known.get(kind)
    if found is None or not isinstance(of, dict) or set(of) != {f.name for f in fields(found)}:
        raise ValueError(f"{kind} is not among what is kept")
    result = object.__new__(found)  # as it was: what its own making would check or derive is in the fields
    for name, value in of.items():
        object.__setattr__(result, name, value)
    return result


def _known() -> dict[str, Any]:
    """Dataclasses of the library that are loaded, by name; none is loaded because a file names it."""
    modules = [m for n, m in list(sys.modules.items()) if n.partition(".")[0] == "interventions_stats"]
    own = {v for m in modules for v in vars(m).values() if isinstance(v, type) and is_dataclass(v) and _ours(v)}
    return {f"{k.__module__}:{k.__name__}": k for k in own}
