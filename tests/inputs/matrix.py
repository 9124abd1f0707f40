"""One cell: a function, a parameter and an input, and how it ended."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from interventions_stats.errors import InterventionsError
from tests.inputs import values
from tests.inputs.calls import Call

READ, REFUSED, WRONG, INTERNAL = "read right", "refused", "silently wrong", "internal error"
ROWS = ("vector", "labels", "table", "matrix", "fits", "frame")


class Cell(NamedTuple):
    """An input of one parameter; ``same`` says that it holds the clean numbers, ``labelled`` that the rest carries labels."""

    parameter: str
    input: str
    value: Any
    same: bool
    labelled: bool = False


def cells(call: Call) -> Iterator[Cell]:
    """Every input that is tried on a call."""
    for parameter, role in call.roles.items():
        clean = call.arguments.get(parameter)
        if role in ROWS or role == "truths":
            if clean is not None:
                yield from _arrays(call, parameter, role, clean)
        else:
            yield from _scalars(call, parameter, role, clean)


def _arrays(call: Call, parameter: str, role: str, clean: Any) -> Iterator[Cell]:
    good, bad = _inputs(role, clean)
    for name, make in good.items():
        yield Cell(parameter, name, make, True)
    for name, make in bad.items():
        if (parameter, name) not in call.meaningful:
            yield Cell(parameter, name, make, False, name in values.LABELLED or "labels" in name)
    if role in ("vector", "labels", "table") and (parameter, "rows in another order of labels") not in call.meaningful:
        yield Cell(parameter, "rows in another order of labels", _reordered, True, True)


def _inputs(role: str, clean: Any) -> tuple[dict[str, values.Make], dict[str, values.Make]]:
    if role == "labels":
        return values.label_vectors(), values.label_defects()
    if role == "vector":
        good = values.vectors()
        good |= values.whole_vectors() if values.whole(clean) and clean.min() >= 0 else {}
        good |= values.truth_vectors() if set(np.unique(clean)) <= {0.0, 1.0} else {}
        return good, values.vector_defects()
    if role == "frame":

        def frame(make: values.Make) -> values.Make:
            return lambda d: _named(make, d)

        good = {n: frame(m) for n, m in values.columns().items() if "names of" not in n}
        return good, {
            n: (lambda d, m=m: m(d.to_numpy(float))) for n, m in values.matrix_defects().items() if n in _NO_FRAME
        }
    if role == "truths":
        made = {"frame": pd.DataFrame, "list of lists": lambda x: x.tolist(), "object": lambda x: x.astype(object)}
        wrong = {"numbers": lambda x: x.astype(float), "text": lambda x: x.astype(str), "one row short": lambda x: x[:-1],
                 "vector": lambda x: x[0], "word": lambda x: "zzz", "number": lambda x: 1, "3-d": lambda x: x[None]}  # fmt: skip
        return made, wrong
    good, bad = values.matrices(), values.matrix_defects()
    if role == "table":
        good |= values.columns()
    if role == "fits":  # another number of rows is another number of fits
        bad = {n: m for n, m in bad.items() if "row" not in n and "labels" not in n and n != "ragged dict"}
    return good, bad


_NO_FRAME = ("empty list", "empty dict", "0-d", "number", "3-d", "set", "word", "bytes", "object", "function", "empty frame",
             "ragged dict", "list of text", "list of dicts", "lazy polars frame")  # fmt: skip


def _named(make: values.Make, data: pd.DataFrame) -> Any:
    """The frame's columns in another container, under their own names."""
    held = make(data.to_numpy(float))
    names = {f"c{j}": name for j, name in enumerate(data.columns)}
    if isinstance(held, dict):
        return type(held)((names[k], v) for k, v in held.items())
    if isinstance(held, np.ndarray):
        held.dtype.names = tuple(names.values())
        return held
    if hasattr(held, "rename_columns"):
        return held.rename_columns(list(names.values()))
    return held.rename(names)


def _scalars(call: Call, parameter: str, role: str, clean: Any) -> Iterator[Cell]:
    import inspect

    default = inspect.signature(call.function).parameters[parameter].default
    value = default if clean is None else clean
    default = "required" if default is inspect.Parameter.empty else default
    known = value is not None and value is not inspect.Parameter.empty
    if known and role not in ("names", "formula", "object"):
        for name, make in values.scalars(role).items() if value != np.inf else ():
            yield Cell(parameter, name, lambda _, m=make, v=value: m(v), True)
    for name, bad in values.scalar_defects(role, default).items():
        if (parameter, name) in call.meaningful:
            continue
        if role == "number" and name in ("inf", "huge", "minus huge") and parameter == "theta":
            continue
        yield Cell(parameter, name, lambda _, b=bad: b, False)


def _reordered(clean: Any) -> Any:
    order = np.random.default_rng(1).permutation(len(clean))
    made = pd.DataFrame if np.ndim(clean) == 2 else pd.Series
    return made(np.asarray(clean)[order], index=order)


def labelled(call: Call, parameter: str) -> dict[str, Any]:
    """The other inputs with rows, labelled 0, 1, ..."""
    out = {}
    for other, role in call.roles.items():
        value = call.arguments.get(other)
        if (
            other != parameter
            and role in ("vector", "labels", "table", "matrix", "fits")
            and isinstance(value, np.ndarray)
        ):
            out[other] = pd.DataFrame(value) if value.ndim == 2 else pd.Series(value)
    return out


def outcome(call: Call, cell: Cell, expected: Any) -> tuple[str, str]:
    """How a cell ended, with the message or the difference."""
    others = labelled(call, cell.parameter) if cell.labelled else {}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = cell.value(call.arguments.get(cell.parameter))
            found = numbers_of(call.run(**{**others, cell.parameter: value}))
    except InterventionsError as error:
        text = str(error)
        return (
            (REFUSED, text) if text.strip() and len(text) < 2_000 else (INTERNAL, f"an error of {len(text)} characters")
        )
    except Exception as error:
        return INTERNAL, f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
    if not cell.same:
        if cell.labelled and not others:
            return READ, "nothing else carries labels"
        return WRONG, "a result"
    equal = len(found) == len(expected) and np.allclose(found, expected, rtol=1e-7, atol=1e-10, equal_nan=True)
    return (READ, "") if equal else (WRONG, f"{found[:4]} for {expected[:4]}")


def numbers_of(result: Any) -> np.ndarray:
    """The numbers of any result, in one order."""
    if hasattr(result, "params"):
        return np.concatenate([np.ravel(result.params), np.ravel(result.bse)])
    if isinstance(result, (int, float, np.bool_, np.ndarray)):
        return np.ravel(np.asarray(result, dtype=float))
    if isinstance(result, tuple):
        return np.concatenate([numbers_of(v) for v in result])
    if isinstance(result, pd.DataFrame):
        return result.select_dtypes("number").to_numpy(float).ravel()
    if dataclasses.is_dataclass(result):
        parts = [getattr(result, f.name) for f in dataclasses.fields(result) if f.name != "label"]
        kept = [
            p
            for p in parts
            if isinstance(p, (bool, np.bool_, int, float)) or (isinstance(p, np.ndarray) and p.dtype.kind in "fiub")
        ]
        kept += [q for p in parts if isinstance(p, (tuple, list)) for q in p if dataclasses.is_dataclass(q)]
        frames = [p for p in parts if isinstance(p, pd.DataFrame)]
        return np.concatenate([np.zeros(0), *(numbers_of(p) for p in kept + frames)])
    return np.zeros(0)
