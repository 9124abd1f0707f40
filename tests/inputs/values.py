"""The inputs that are tried: the same numbers in every container, and what is no such input, by role.

An entry makes an object from clean numbers. A *container* holds the very same numbers, so a function must give what it gives
for the plain array, or refuse; a *defect* must be refused.
"""

from __future__ import annotations

import array
import datetime as dt
import itertools
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

Make = Callable[[np.ndarray], Any]
HUGE = 10**400


def _optional() -> dict[str, Any]:
    out = {}
    for name in ("polars", "pyarrow", "xarray"):
        try:
            out[name] = __import__(name)
        except ImportError:
            continue
    return out


LIBRARIES = _optional()


def whole(x: np.ndarray) -> bool:
    return x.dtype.kind in "iu" or (x.dtype.kind == "f" and bool((x == np.floor(x)).all()))


class OnlyIterates:
    """An iterable without a length."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)


class OffersArray:
    """An object whose only door is the array protocol."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.asarray(self.values, dtype=dtype)


def vectors() -> dict[str, Make]:
    """Containers of the same n numbers."""
    made: dict[str, Make] = {
        "list": lambda x: x.tolist(),
        "tuple": lambda x: tuple(x.tolist()),
        "generator": lambda x: (v for v in x.tolist()),
        "iterator": lambda x: iter(x.tolist()),
        "map": lambda x: map(float, x.tolist()),
        "iterable": lambda x: OnlyIterates(x.tolist()),
        "dict values": lambda x: dict(enumerate(x.tolist())).values(),
        "deque": lambda x: deque(x.tolist()),
        "array.array": lambda x: array.array("d", x.tolist()),
        "memoryview": lambda x: memoryview(np.ascontiguousarray(x, dtype=float)),
        "array protocol": lambda x: OffersArray(x),
        "list of numpy scalars": lambda x: list(x),
        "list of 0-d arrays": lambda x: [np.array(v) for v in x],
        "list of Fractions": lambda x: [Fraction(v) for v in x.tolist()],
        "list of Decimals": lambda x: [Decimal(v) for v in x.tolist()],
        "float64": lambda x: x.astype(np.float64),
        "longdouble": lambda x: x.astype(np.longdouble),
        "big-endian": lambda x: x.astype(">f8"),
        "object": lambda x: x.astype(object),
        "column (n, 1)": lambda x: x[:, None],
        "row (1, n)": lambda x: x[None],
        "not contiguous": lambda x: np.repeat(x, 2)[::2],
        "negative stride": lambda x: x[::-1].copy()[::-1],
        "read-only": lambda x: _read_only(x),
        "masked without a mask": lambda x: np.ma.MaskedArray(x),
        "masked, nothing masked": lambda x: np.ma.MaskedArray(x, mask=np.zeros(len(x), bool)),
        "matrix": lambda x: np.matrix(x),
        "matrix column": lambda x: np.matrix(x).T,
        "recarray of one field": lambda x: np.rec.fromarrays([x], names="v"),
        "Series": lambda x: pd.Series(x),
        "named Series": lambda x: pd.Series(x, name="v"),
        "Series, text index": lambda x: pd.Series(x, index=[f"r{i}" for i in range(len(x))]),
        "Series of objects": lambda x: pd.Series(x.astype(object)),
        "Series, Float64": lambda x: pd.Series(x).astype("Float64"),
        "Series, sparse": lambda x: pd.Series(pd.arrays.SparseArray(x.astype(float))),
        "Index": lambda x: pd.Index(x),
        "pandas array": lambda x: pd.array(x.astype(float)),
        "frame of one column": lambda x: pd.DataFrame({"v": x}),
        "csr column": lambda x: sp.csr_matrix(x.astype(float)[:, None]),
        "csc array column": lambda x: sp.csc_array(x.astype(float)[:, None]),
    }
    if "pyarrow" in LIBRARIES:
        pa = LIBRARIES["pyarrow"]
        made |= {
            "arrow array": lambda x: pa.array(x),
            "arrow chunked": lambda x: pa.chunked_array([x[:3], x[3:]]),
            "arrow table of one column": lambda x: pa.table({"v": x}),
            "Series, arrow": lambda x: pd.Series(x.astype(float)).astype("float64[pyarrow]"),
        }
    if "polars" in LIBRARIES:
        pl = LIBRARIES["polars"]
        made |= {
            "polars Series": lambda x: pl.Series("v", x),
            "polars frame of one column": lambda x: pl.DataFrame({"v": x}),
        }
    if "xarray" in LIBRARIES:
        xr = LIBRARIES["xarray"]
        made |= {
            "xarray": lambda x: xr.DataArray(x),
            "xarray, coordinates": lambda x: xr.DataArray(x, coords={"r": range(len(x))}, dims="r"),
        }
    return made


def whole_vectors() -> dict[str, Make]:
    """Containers of the same n whole numbers."""
    made: dict[str, Make] = {
        **{
            t: (lambda x, t=t: x.astype(t))
            for t in ("int8", "int16", "int32", "int64", "uint8", "uint64", "float16", "float32")
        },
        "Series, Int64": lambda x: pd.Series(x).astype("Int64"),
        "Series, int8": lambda x: pd.Series(x.astype("int8")),
        "list of ints": lambda x: [int(v) for v in x],
    }
    if "polars" in LIBRARIES:
        pl = LIBRARIES["polars"]
        made |= {
            "polars UInt8": lambda x: pl.Series("v", x.astype("uint8")),
            "polars Decimal": lambda x: pl.Series("v", [Decimal(int(v)) for v in x]),
        }
    if "pyarrow" in LIBRARIES:
        pa = LIBRARIES["pyarrow"]
        made |= {
            "arrow int16": lambda x: pa.array(x.astype("int16")),
            "Series, int64 arrow": lambda x: pd.Series(x.astype("int64")).astype("int64[pyarrow]"),
        }
    return made


def truth_vectors() -> dict[str, Make]:
    """Containers of the same n truth values, for numbers of 0 and 1."""
    made: dict[str, Make] = {
        "bool": lambda x: x.astype(bool),
        "list of bools": lambda x: x.astype(bool).tolist(),
        "Series, bool": lambda x: pd.Series(x.astype(bool)),
        "Series, boolean": lambda x: pd.Series(x.astype(bool)).astype("boolean"),
        "object of bools": lambda x: x.astype(bool).astype(object),
    }
    if "pyarrow" in LIBRARIES:
        made["arrow bool"] = lambda x: LIBRARIES["pyarrow"].array(x.astype(bool))
        made["Series, bool arrow"] = lambda x: pd.Series(x.astype(bool)).astype("bool[pyarrow]")
    if "polars" in LIBRARIES:
        made["polars Boolean"] = lambda x: LIBRARIES["polars"].Series("v", x.astype(bool))
    return made


def _read_only(x: np.ndarray) -> np.ndarray:
    out = x.copy()
    out.flags.writeable = False
    return out


def _with(x: np.ndarray, value: Any, kind: Any = object) -> np.ndarray:
    out = x.astype(kind)
    out[len(out) // 2] = value
    return out


def vector_defects() -> dict[str, Make]:
    """What is no vector of numbers."""
    return {
        "nan": lambda x: _with(x, np.nan, float),
        "inf": lambda x: _with(x, np.inf, float),
        "minus inf": lambda x: _with(x, -np.inf, float),
        "None among numbers": lambda x: _with(x, None),
        "None in a list": lambda x: _with(x, None).tolist(),
        "NA in Float64": lambda x: pd.Series(_with(x, None)).astype("Float64"),
        "NaT among numbers": lambda x: _with(x, pd.NaT),
        "Decimal nan": lambda x: _with(x, Decimal("NaN")),
        "masked": lambda x: np.ma.MaskedArray(x, mask=np.arange(len(x)) == len(x) // 2),
        "all masked": lambda x: np.ma.MaskedArray(x, mask=True),
        "text": lambda x: np.where(x > x.mean(), "yes", "no"),
        "list of text": lambda x: np.where(x > x.mean(), "yes", "no").tolist(),
        "digits as text": lambda x: x.astype(str),
        "list of digits as text": lambda x: [str(v) for v in x],
        "Series of digits as text": lambda x: pd.Series([str(v) for v in x]),
        "one text among numbers": lambda x: _with(x, "7"),
        "bytes": lambda x: x.astype("S8"),
        "dates": lambda x: np.datetime64("2000-01-01") + np.arange(len(x)),
        "nanosecond dates": lambda x: pd.date_range("2000", periods=len(x)).to_numpy(),
        "Series of dates": lambda x: pd.Series(pd.date_range("2000", periods=len(x))),
        "list of dates": lambda x: [dt.date(2000, 1, 1) + dt.timedelta(int(i)) for i in range(len(x))],
        "Timestamps": lambda x: list(pd.date_range("2000", periods=len(x))),
        "lengths of time": lambda x: np.arange(len(x)).astype("timedelta64[ns]"),
        "Series of lengths of time": lambda x: pd.Series(pd.to_timedelta(np.arange(len(x)), "D")),
        "periods": lambda x: pd.period_range("2000-01", periods=len(x), freq="M"),
        "intervals": lambda x: pd.interval_range(0, len(x)),
        "complex": lambda x: x.astype(complex),
        "complex among numbers": lambda x: _with(x, 1 + 2j),
        "categories of text": lambda x: pd.Series(np.where(x > x.mean(), "yes", "no")).astype("category"),
        "huge whole number": lambda x: _with(x, HUGE),
        "objects": lambda x: [object() for _ in x],
        "list among numbers": lambda x: _with(x, [1.0]),
        "dict among numbers": lambda x: _with(x, {}),
        "functions": lambda x: [len for _ in x],
        "one short": lambda x: x[:-1],
        "one long": lambda x: np.append(x, x[-1]),
        "half": lambda x: x[: len(x) // 2],
        "one value": lambda x: x[:1],
        "short list": lambda x: x[:-1].tolist(),
        "short generator": lambda x: (v for v in x[:-1]),
        "short Series": lambda x: pd.Series(x[:-1]),
        "empty": lambda x: x[:0],
        "empty list": lambda x: [],
        "empty tuple": lambda x: (),
        "empty dict": lambda x: {},
        "empty Series": lambda x: pd.Series([], dtype=float),
        "empty frame": lambda x: pd.DataFrame(),
        "0-d array": lambda x: np.array(1.0),
        "number": lambda x: 1.0,
        "whole number": lambda x: 1,
        "truth value": lambda x: True,
        "nan itself": lambda x: np.nan,
        "two columns": lambda x: np.column_stack([x, x]),
        "frame of two columns": lambda x: pd.DataFrame({"a": x, "b": x}),
        "square": lambda x: np.ones((len(x), len(x))),
        "3-d": lambda x: x[:, None, None],
        "ragged": lambda x: [[1.0], *x[1:].tolist()],
        "nested lists of two": lambda x: [[v, v] for v in x],
        "records of two fields": lambda x: np.rec.fromarrays([x, x], names="a,b"),
        "set": lambda x: set(x.tolist()),
        "frozenset": lambda x: frozenset(x.tolist()),
        "dict": lambda x: dict(enumerate(x.tolist())),
        "dict of two columns": lambda x: {"a": x, "b": x},
        "list of dicts": lambda x: [{"a": v} for v in x],
        "word": lambda x: "zzz",
        "empty text": lambda x: "",
        "bytes itself": lambda x: b"abc",
        "object itself": lambda x: object(),
        "type": lambda x: int,
        "function itself": lambda x: len,
        "module": lambda x: np,
        "Ellipsis": lambda x: ...,
        "date itself": lambda x: dt.date(2000, 1, 1),
        "endless iterator": lambda x: itertools.repeat(1.0, 200_000),
        "list of Series": lambda x: [pd.Series(x)],
        "Series, labels repeat": lambda x: pd.Series(x, index=np.arange(len(x)) // 2),
        "Series, other labels": lambda x: pd.Series(x, index=np.arange(len(x)) + 7),
        "Series, one label differs": lambda x: pd.Series(x, index=[*range(len(x) - 1), 999]),
        "frame, other labels": lambda x: pd.DataFrame({"v": x}, index=np.arange(len(x)) + 7),
    }  # fmt: skip


LABELLED = ("Series, labels repeat", "Series, other labels", "Series, one label differs", "frame, other labels")
"""Defects only beside inputs that carry labels themselves."""


def label_vectors() -> dict[str, Make]:
    """The same groups under labels of any kind; the clean labels are whole numbers."""
    made: dict[str, Make] = {
        "list": lambda x: x.tolist(),
        "tuple": lambda x: tuple(x.tolist()),
        "generator": lambda x: (v for v in x.tolist()),
        "deque": lambda x: deque(x.tolist()),
        "float": lambda x: x.astype(float),
        "text": lambda x: np.array([f"g{v:03d}" for v in x]),
        "list of text": lambda x: [f"g{v:03d}" for v in x],
        "objects": lambda x: x.astype(object),
        "text and numbers": lambda x: [f"g{v}" if v % 2 else int(v) for v in x],
        "dates": lambda x: np.datetime64("2000-01-01") + x,
        "Timestamps": lambda x: [pd.Timestamp("2000") + pd.Timedelta(int(v), "D") for v in x],
        "tuples": lambda x: [(int(v), "a") for v in x],
        "column (n, 1)": lambda x: x[:, None],
        "Series": lambda x: pd.Series(x),
        "Series of text": lambda x: pd.Series([f"g{v:03d}" for v in x]),
        "category": lambda x: pd.Series([f"g{v:03d}" for v in x]).astype("category"),
        "Categorical": lambda x: pd.Categorical([f"g{v:03d}" for v in x]),
        "Series, Int64": lambda x: pd.Series(x).astype("Int64"),
        "Series, string": lambda x: pd.Series([f"g{v:03d}" for v in x]).astype("string"),
        "Index": lambda x: pd.Index(x),
        "masked, nothing masked": lambda x: np.ma.MaskedArray(x),
    }
    if "pyarrow" in LIBRARIES:
        made["arrow strings"] = lambda x: LIBRARIES["pyarrow"].array([f"g{v:03d}" for v in x])
    if "polars" in LIBRARIES:
        pl = LIBRARIES["polars"]
        made["polars strings"] = lambda x: pl.Series("g", [f"g{v:03d}" for v in x])
        made["polars categories"] = lambda x: pl.Series("g", [f"g{v:03d}" for v in x], dtype=pl.Categorical)
    return made


def label_defects() -> dict[str, Make]:
    """What does not name a group for each row."""
    shared = vector_defects()
    kept = (
        "None among numbers", "None in a list", "nan", "NaT among numbers", "masked", "list among numbers", "dict among numbers",
        "one short", "one long", "half", "one value", "short list", "short generator", "short Series", "empty", "empty list", "empty dict",
        "empty Series", "0-d array", "number", "truth value", "nan itself", "square", "3-d", "set", "frozenset", "dict", "word",
        "empty text", "bytes itself", "object itself", "type", "function itself", "frame of two columns", "records of two fields",
        *LABELLED,
    )  # fmt: skip
    return {k: shared[k] for k in kept} | {"lists of two": lambda x: [[1, 2]] * len(x)}


def matrices() -> dict[str, Make]:
    """Containers of the same (n, k) numbers."""
    made: dict[str, Make] = {
        "list of lists": lambda x: x.tolist(),
        "tuple of tuples": lambda x: tuple(map(tuple, x.tolist())),
        "list of arrays": lambda x: list(x),
        "generator of rows": lambda x: (row for row in x),
        "Fortran order": lambda x: np.asfortranarray(x),
        "big-endian": lambda x: x.astype(">f8"),
        "object": lambda x: x.astype(object),
        "not contiguous": lambda x: np.repeat(x, 2, axis=0)[::2],
        "read-only": lambda x: _read_only(x),
        "masked, nothing masked": lambda x: np.ma.MaskedArray(x),
        "matrix": lambda x: np.matrix(x),
        "array protocol": lambda x: OffersArray(x),
        "frame": lambda x: pd.DataFrame(x),
        "frame of objects": lambda x: pd.DataFrame(x).astype(object),
        "frame, Float64": lambda x: pd.DataFrame(x).astype("Float64"),
        "frame, names": lambda x: pd.DataFrame(x, columns=[f"c{j}" for j in range(x.shape[1])]),
        "csr": lambda x: sp.csr_matrix(x),
        "coo array": lambda x: sp.coo_array(x),
        "frame, sparse": lambda x: pd.DataFrame.sparse.from_spmatrix(sp.csr_matrix(x)),
    }
    if "xarray" in LIBRARIES:
        made["xarray"] = lambda x: LIBRARIES["xarray"].DataArray(x)
    return made


def columns() -> dict[str, Make]:
    """Containers of the same k named columns of n numbers."""
    made: dict[str, Make] = {
        "dict of arrays": lambda x: {f"c{j}": c for j, c in enumerate(x.T)},
        "dict of lists": lambda x: {f"c{j}": c.tolist() for j, c in enumerate(x.T)},
        "ordered dict": lambda x: OrderedDict((f"c{j}", c) for j, c in enumerate(x.T)),
        "dict of Series": lambda x: {f"c{j}": pd.Series(c) for j, c in enumerate(x.T)},
        "dict of masked arrays": lambda x: {f"c{j}": np.ma.MaskedArray(c) for j, c in enumerate(x.T)},
        "dict of generators": lambda x: {f"c{j}": (v for v in c) for j, c in enumerate(x.T)},
        "records": lambda x: np.rec.fromarrays(list(x.T), names=[f"c{j}" for j in range(x.shape[1])]),
        "structured": lambda x: np.array([tuple(r) for r in x], dtype=[(f"c{j}", float) for j in range(x.shape[1])]),
        "frame, names of several levels": lambda x: pd.DataFrame(
            x, columns=pd.MultiIndex.from_product([["a"], range(x.shape[1])])
        ),
        "frame, names of numbers": lambda x: pd.DataFrame(x, columns=range(5, 5 + x.shape[1])),
    }
    if "pyarrow" in LIBRARIES:
        pa = LIBRARIES["pyarrow"]
        made["arrow table"] = lambda x: pa.table({f"c{j}": c for j, c in enumerate(x.T)})
        made["arrow batch"] = lambda x: pa.record_batch({f"c{j}": c for j, c in enumerate(x.T)})
    if "polars" in LIBRARIES:
        made["polars frame"] = lambda x: LIBRARIES["polars"].DataFrame({f"c{j}": c for j, c in enumerate(x.T)})
    return made


def matrix_defects() -> dict[str, Make]:
    """What is no matrix of numbers."""

    def put(x: np.ndarray, value: Any, kind: Any = object) -> np.ndarray:
        out = x.astype(kind)
        out[len(out) // 2, -1] = value
        return out

    made: dict[str, Make] = {
        "nan": lambda x: put(x, np.nan, float),
        "inf": lambda x: put(x, np.inf, float),
        "None": lambda x: put(x, None),
        "NA in a frame": lambda x: pd.DataFrame(put(x, None)).astype("Float64"),
        "masked": lambda x: np.ma.MaskedArray(x, mask=np.arange(x.size).reshape(x.shape) == 3),
        "text": lambda x: x.astype(str),
        "one text": lambda x: put(x, "a"),
        "frame of text": lambda x: pd.DataFrame(x.astype(str)),
        "dates": lambda x: np.datetime64("2000-01-01", "ns") + np.arange(x.size).reshape(x.shape),
        "frame with dates": lambda x: pd.DataFrame(x).assign(d=pd.date_range("2000", periods=len(x))),
        "complex": lambda x: x.astype(complex),
        "huge whole number": lambda x: put(x, HUGE),
        "objects": lambda x: np.full(x.shape, object()),
        "one row short": lambda x: x[:-1],
        "one row long": lambda x: np.vstack([x, x[-1:]]),
        "no rows": lambda x: x[:0],
        "empty list": lambda x: [],
        "empty dict": lambda x: {},
        "empty frame": lambda x: pd.DataFrame(),
        "0-d": lambda x: np.array(1.0),
        "number": lambda x: 2.0,
        "3-d": lambda x: x[:, :, None],
        "4-d": lambda x: x[None, :, :, None],
        "ragged": lambda x: [[1.0], *x[1:].tolist()],
        "ragged dict": lambda x: {"a": x[:, 0], "b": x[:-1, 0]},
        "set": lambda x: {1.0, 2.0},
        "word": lambda x: "zzz",
        "bytes": lambda x: b"abc",
        "object": lambda x: object(),
        "function": lambda x: len,
        "list of text": lambda x: ["a"] * len(x),
        "list of dicts": lambda x: [{"a": 1.0}] * len(x),
        "one name twice": lambda x: pd.DataFrame(np.column_stack([x[:, 0], x[:, 0] ** 2]), columns=["a", "a"]),
        "frame, other labels": lambda x: pd.DataFrame(x, index=np.arange(len(x)) + 7),
        "frame, labels repeat": lambda x: pd.DataFrame(x, index=np.arange(len(x)) // 2),
    }
    if "polars" in LIBRARIES:
        made["lazy polars frame"] = lambda x: (
            LIBRARIES["polars"].DataFrame({f"c{j}": c for j, c in enumerate(x.T)}).lazy()
        )
    return made


NO_SCALAR: dict[str, Any] = {
    "text": "abc", "empty text": "", "list": [0.5], "empty list": [], "tuple": (0.5, 0.6, 0.7), "dict": {}, "set": {0.5},
    "array": np.array([0.5, 0.2, 0.1]), "array of one": np.array([0.5]), "Series": pd.Series([0.5, 0.2, 0.1]), "frame": pd.DataFrame(),
    "object": object(), "function": len, "type": int, "complex": 0.5 + 1j, "bytes": b"1", "nan": np.nan, "NA": pd.NA, "NaT": pd.NaT,
    "Decimal nan": Decimal("NaN"), "date": dt.date(2000, 1, 1), "datetime64": np.datetime64("2000"), "timedelta": dt.timedelta(1),
    "Ellipsis": ..., "huge": HUGE, "minus huge": -HUGE, "masked": np.ma.masked,
}  # fmt: skip


def scalar_defects(role: str, default: Any) -> dict[str, Any]:
    """What is no number, probability, count, seed, flag or option."""
    out = dict(NO_SCALAR)
    if default is not None:
        out["None"] = None
    if role in ("number", "positive", "probability", "count", "seed"):
        out |= {"truth value": True, "digits as text": "1", "a word": "many"}
    if role in ("positive", "count"):
        out |= {"negative": -1}
    if role == "positive":
        out |= {"zero": 0, "inf": np.inf, "minus inf": -np.inf, "negative zero": -0.0}
    if role == "probability":
        out |= {
            "zero": 0,
            "one": 1,
            "per cent": 80,
            "per mille": 950.0,
            "negative": -0.1,
            "above one": 1.5,
            "inf": np.inf,
        }
    if role in ("count", "seed"):
        out |= {"half": 1.5, "negative": -3, "inf": np.inf, "float64": np.float64(2.5)}
    if role == "flag":
        out |= {
            "a word": "yes",
            "two": 2,
            "one": 1,
            "zero": 0,
            "word of a truth value": "False",
            "array of truths": np.array([True, False]),
        }
    if role == "option":
        out |= {
            "unknown word": "nonsense",
            "number": 1,
            "truth value": True,
            "list of text": ["greater"],
            "spaces": " ",
        }
    if role == "names":
        for good in ("list", "array of one", "tuple", "array", "empty list", "Series"):  # numbers may be names
            out.pop(good)
        out |= {"text": "ab", "number": 3, "too many": [f"n{i}" for i in range(50)], "one twice": ["n", "n"]}
    return out


def scalars(role: str) -> dict[str, Callable[[Any], Any]]:
    """The same number, truth value or text in other types."""
    if role in ("number", "positive", "probability"):
        return {
            "float64": np.float64, "0-d array": np.array, "Fraction": lambda v: Fraction(float(v)), "Decimal": lambda v: Decimal(float(v)),
            "longdouble": np.longdouble,
        }  # fmt: skip
    if role in ("count", "seed"):
        return {"int64": np.int64, "int32": np.int32, "uint64": np.uint64, "0-d array": np.array}
    if role == "flag":
        return {"numpy bool": np.bool_}
    return {"numpy text": np.str_} if role == "option" else {}
