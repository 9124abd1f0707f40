"""What holds the numbers: each container is read as its own library reads it, whole, with its labels and names."""

from __future__ import annotations

import numbers
import sys
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.numbers import as_floats
from interventions_stats.engine.intake.scalars import shown
from interventions_stats.engine.options import Floats
from interventions_stats.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

_MOST_ITEMS = 10_000_000  # of an iterator, which may have no end
_MOST_CELLS = 2**31  # of a sparse matrix, once it is dense


class Column(NamedTuple):
    """Values (n,) as a numpy array or a pandas Series, the index that labels them, and their name; None where absent."""

    values: Any
    index: Any = None
    name: str | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.values.shape)


class Table(NamedTuple):
    """Columns of equal length, or one array (n, k) of them; the names and the index, None where absent."""

    columns: list[Any] | NDArray[Any]
    names: list[str] | None = None
    index: Any = None

    def floats(self, role: str) -> Floats:
        """Return the columns as floats (n, k); an error names the column."""
        if isinstance(self.columns, np.ndarray):
            return as_floats(self.columns, role)
        assert self.names is not None
        parts = [as_floats(c, name) for c, name in zip(self.columns, self.names, strict=True)]
        return np.column_stack(parts) if parts else np.empty((0 if self.index is None else len(self.index), 0))


def read_column(value: Any, role: str) -> Column:
    """Read a vector from any container.

    Raises
    ------
    InputError
        No vector: text, a set, a mapping, several columns, more than one dimension, rows of unequal length.
    """
    if type(value) is np.ndarray and value.ndim == 1 and value.dtype.names is None:
        return Column(value)
    if type(value) is Column:
        return value
    held = _held(value, role)
    if isinstance(held, Table):
        if held.names is None or len(held.names) != 1:
            raise InputError(f"{role!r} must be one column, not {len(held.names or ())}")
        return Column(held.columns[0], held.index, held.names[0])
    if isinstance(held, Column):
        return held
    if held.ndim == 2 and 1 in held.shape:
        held = held.ravel()
    if held.ndim != 1:
        raise InputError(f"{role!r} must be one-dimensional, not of shape {held.shape}")
    return Column(held)


def read_table(value: Any, role: str) -> Table:
    """Read columns from any container: a frame, a mapping of columns, a structured array, rows, one vector.

    Raises
    ------
    InputError
        No table: text, a set, columns of unequal length, rows of unequal length, more than two dimensions.
    """
    if type(value) is np.ndarray and value.ndim == 2:
        return Table(value)
    if type(value) is Table:
        return value
    held = _held(value, role)
    if isinstance(held, Table):
        return held
    if isinstance(held, Column):
        values = held.values
        if held.name is None and isinstance(values, np.ndarray):
            return Table(values[:, None], None, held.index)
        return Table([values], [held.name if held.name is not None else role], held.index)
    if held.ndim == 1:
        held = held[:, None]
    if held.ndim != 2:
        raise InputError(f"{role} must have rows and columns, not shape {held.shape}")
    return Table(held)


def read_array(value: Any, role: str, ndim: int | tuple[int, ...]) -> tuple[Floats, list[Any]]:
    """Read numbers (NaN where missing) of one of several numbers of dimensions, and the index of each axis, None without."""
    wanted = (ndim,) if isinstance(ndim, int) else ndim
    held: Any = value if type(value) is np.ndarray and value.dtype.names is None else _held(value, role)
    if isinstance(held, Table):
        names = held.names
        array = held.floats(role)
        axes = [held.index, None if names is None or held.index is None else _index(names, value)]
    elif isinstance(held, Column):
        array, axes = as_floats(held.values, held.name or role), [held.index]
    else:
        array = as_floats(held, role)
        axes = [None] * array.ndim
    if array.ndim not in wanted:
        if wanted == (1,) and array.ndim == 2 and 1 in array.shape and not isinstance(held, np.ndarray):
            return array.ravel(), axes[:1]
        shape = " or ".join(map(str, wanted))
        raise InputError(f"{role} must have {shape} dimension(s), not {array.ndim} (shape {array.shape}).")
    return array, axes


def read_truths(value: Any, role: str) -> tuple[NDArray[np.bool_] | None, list[Any]]:
    """Read truth values and the index of each axis; None instead of them where anything else, or nothing, is held."""
    if type(value) is np.ndarray and value.dtype.kind == "b":
        return value, [None] * value.ndim
    array, axes = read_array(value, role, (1, 2))
    held: Any = value if type(value) is np.ndarray else _held(value, role)
    parts = held.columns if isinstance(held, Table) else [held.values if isinstance(held, Column) else held]
    true = all(_truth(part) for part in parts) and not np.isnan(array).any()
    return (array.astype(bool) if true else None), axes


def _truth(values: Any) -> bool:
    return values.dtype.kind == "b" or (
        values.dtype.kind == "O" and all(isinstance(v, (bool, np.bool_)) for v in values.ravel())
    )


def _index(names: list[str], frame: Any) -> Any:
    return getattr(frame, "columns", None) if _pandas_kind(frame) == "frame" else None


def read_frame(data: Any, role: str = "data") -> pd.DataFrame:
    """Read a pandas DataFrame with names of text from anything that has named columns.

    Raises
    ------
    InputError
        No named columns, two columns of one name, or columns of unequal length.
    """
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        frame = data
        if not all(type(c) is str for c in frame.columns):
            frame = frame.set_axis([_name(c) for c in frame.columns], axis=1)
    else:
        held = None if data is None or isinstance(data, (list, tuple)) else _held(data, role)
        if not isinstance(held, Table) or held.names is None:
            raise InputError(f"{role} must be a data frame or a mapping of columns, not {type(data).__name__}")
        _refuse_repeated(held.names, role)
        frame = pd.DataFrame(dict(zip(held.names, held.columns, strict=True)), index=held.index, copy=False)
    if frame.columns.has_duplicates:
        raise InputError(f"{role} has two columns named {frame.columns[frame.columns.duplicated()][0]!r}")
    return frame


def pick(data: pd.DataFrame | None, value: Any, role: str) -> Column:
    """Return a column, given the name of a column of ``data`` or a vector."""
    if isinstance(value, str):
        if data is None:
            raise InputError(f"{role}={value!r} names a column, but no data frame was given; pass an array")
        if value not in data.columns:
            raise unknown_name("column", value, list(data.columns), where=f"data (for {role})")
        return Column(data[value], data.index, value)
    column = read_column(value, role)
    return column._replace(name=column.name or role)


def codes(values: Any, name: str) -> tuple[NDArray[np.int64], list[Any]]:
    """Return group codes 0..G-1 (-1 where missing) and the groups, for labels (n,) of any type."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "iub":
        distinct, inverse = np.unique(values, return_inverse=True)
        return inverse.astype(np.int64), distinct.tolist()
    import pandas as pd

    try:
        code, groups = pd.factorize(values, sort=False)
    except TypeError:
        raise InputError(
            f"{name!r} holds labels that cannot be told apart, such as lists; give text or numbers"
        ) from None
    return code.astype(np.int64), list(groups)


# -- one function a library


def _held(value: Any, role: str) -> NDArray[Any] | Column | Table:
    """Hand a value to whoever knows its kind."""
    if isinstance(value, np.ndarray):
        return _numpy(value, role)
    kind = _pandas_kind(value)
    if kind is not None:
        return _pandas(value, kind, role)
    if isinstance(value, (str, bytes, bytearray, set, frozenset)) or value is None:
        why = "; a set has no order" if isinstance(value, (set, frozenset)) else ""
        raise InputError(f"{role!r} must hold values in rows, not {shown(value)}{why}")
    if isinstance(value, Mapping):
        return _mapping(value, role)
    library = type(value).__module__.partition(".")[0]
    if library == "scipy" and hasattr(value, "toarray"):
        if np.prod([float(s) for s in value.shape]) > _MOST_CELLS:
            raise InputError(f"{role!r} is sparse and too large to be made dense: {value.shape}")
        return np.asarray(value.toarray())
    if library == "xarray":
        return _xarray(value, role)
    if isinstance(value, (list, tuple)):
        return _sequence(value, role)
    if library not in ("builtins", "numpy", "collections", "itertools", "array"):
        found = _narwhals(value, role)
        if found is not None:
            return found
    return _other(value, role)


def _numpy(value: NDArray[Any], role: str) -> NDArray[Any] | Table:
    if value.dtype.names is not None:
        if value.ndim != 1:
            raise InputError(f"{role!r} is a structured array of shape {value.shape}; give it one dimension")
        fields = [_numpy(value[f], f) for f in value.dtype.names]
        return _table([_one_dimension(f, name) for f, name in zip(fields, value.dtype.names, strict=True)], role)
    if not isinstance(value, np.ma.MaskedArray):
        return np.asarray(value)
    mask = np.ma.getmaskarray(value)
    if not mask.any():
        return np.asarray(value.data)
    filled = value.data.astype(np.float64 if value.dtype.kind in "fiub" else object)
    filled[mask] = np.nan if filled.dtype.kind == "f" else None
    return np.asarray(filled)


def _one_dimension(values: Any, name: str) -> Column:
    column = Column(values) if isinstance(values, np.ndarray) else values
    if len(column.shape) != 1:
        raise InputError(f"{name!r} must be one-dimensional, not of shape {column.shape}")
    return Column(column.values, column.index, name)


def _pandas_kind(value: Any) -> str | None:
    """Say whether a value is a series, frame, index or array of pandas, without importing it."""
    pd = sys.modules.get("pandas")
    if pd is None or not hasattr(pd, "DataFrame"):
        return None
    if isinstance(value, pd.Series):
        return "series"
    if isinstance(value, pd.DataFrame):
        return "frame"
    if isinstance(value, (pd.Index, pd.api.extensions.ExtensionArray)):
        return "array"
    return None


def _pandas(value: Any, kind: str, role: str) -> Column | Table:
    import pandas as pd

    if kind == "series":
        return Column(value, value.index, None if value.name is None else _name(value.name))
    if kind == "array":
        series = pd.Series(value)
        return Column(series, None, getattr(value, "name", None) and _name(value.name))
    names = [_name(c) for c in value.columns]
    _refuse_repeated(names, role)
    return Table([value.iloc[:, j] for j in range(len(names))], names, value.index)


def _name(name: Any) -> str:
    """A column's name as text; the levels of a name are joined, as in ``a, b``."""
    return ", ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _refuse_repeated(names: list[str], role: str) -> None:
    if len(set(names)) < len(names):
        repeated = next(n for i, n in enumerate(names) if n in names[:i])
        raise InputError(f"{role} has two columns of the same name, {repeated!r}; rename one")


def _mapping(value: Mapping[Any, Any], role: str) -> Table:
    names = [_name(k) for k in value]
    _refuse_repeated(names, role)
    return _table([read_column(v, n)._replace(name=n) for n, v in zip(names, value.values(), strict=True)], role)


def _table(columns: list[Column], role: str) -> Table:
    """Put columns beside one another: by their labels, if they have any, and of one length."""
    if not columns:
        raise InputError(f"{role} has no columns")
    labels, index = Labels(), next((c.index for c in columns if c.index is not None), None)
    n = len(columns[0].values) if index is None else len(index)
    values = []
    for column in columns:
        if len(column.values) != n:
            raise InputError(f"column {column.name!r} of {role} has {len(column.values)} values, others have {n}")
        values.append(taken(column.values, labels.order(column.index, str(column.name))))
    return Table(values, [str(c.name) for c in columns], index)


def taken(values: Any, order: NDArray[np.intp] | None) -> Any:
    """Values of a numpy array or pandas Series in another order of rows."""
    if order is None:
        return values
    return values[order] if isinstance(values, np.ndarray) else values.iloc[order]


def _xarray(value: Any, role: str) -> NDArray[Any] | Column | Table:
    if not hasattr(value, "dims") or (not hasattr(value, "to_index") and not hasattr(value, "to_series")):
        raise InputError(f"{role!r} must be one array, not an xarray {type(value).__name__}; pick a variable of it")
    if value.ndim in (1, 2) and all(d in value.indexes for d in value.dims):
        held = value.to_pandas()
        return _pandas(held, "series" if value.ndim == 1 else "frame", role)
    return np.asarray(value.values)


def _sequence(value: list[Any] | tuple[Any, ...], role: str) -> NDArray[Any]:
    if any(hasattr(v, "iloc") for v in value[:1]):
        raise InputError(
            f"{role!r} is a list of pandas objects, whose labels would be lost; join them in one frame (pandas.concat)"
        )
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        lengths = [len(v) if hasattr(v, "__len__") else 1 for v in value]
        row = next((i for i, k in enumerate(lengths) if k != lengths[0]), 0)
        raise InputError(f"{role!r} has rows of unequal length, the first at row {row}") from None
    if array.dtype.kind in "US":  # numbers and missing values among text must stay what they are
        array = np.array(value, dtype=object)
    return array


def _narwhals(value: Any, role: str) -> Column | Table | None:
    """Read a series or frame of any library that narwhals knows; None if it is none."""
    import narwhals as nw

    if type(value).__module__.partition(".")[0] == "pyarrow":
        import pyarrow as pa

        if isinstance(value, pa.Array):
            value = pa.chunked_array([value])
        elif isinstance(value, pa.RecordBatch):
            value = pa.Table.from_batches([value])
    native = nw.from_native(value, pass_through=True, allow_series=True)
    if isinstance(native, nw.LazyFrame):
        raise InputError(f"{role!r} is a lazy {type(value).__name__}; collect it first")
    if isinstance(native, nw.Series):
        return Column(_narwhals_values(native, native.name or role), None, native.name or None)
    if isinstance(native, nw.DataFrame):
        return Table([_narwhals_values(native[c], c) for c in native.columns], list(native.columns))
    return None


def _narwhals_values(series: Any, name: str) -> Any:
    import narwhals as nw

    kind = series.dtype
    if kind.is_numeric() and not isinstance(kind, nw.Decimal):
        return _plain(series, name)
    values = series.to_list()
    if isinstance(kind, (nw.Categorical, nw.Enum)):
        import pandas as pd

        return pd.Series(pd.Categorical(values))
    if isinstance(kind, nw.Boolean) and None not in values:
        return np.array(values, dtype=bool)
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _plain(series: Any, name: str) -> NDArray[Any]:
    if not series.is_null().any():
        return np.asarray(series.to_numpy())
    return np.array([np.nan if v is None else v for v in series.to_list()], dtype=np.float64)


def _other(value: Any, role: str) -> NDArray[Any]:
    """Read what offers itself as an array, a sequence or an iterator."""
    if hasattr(value, "__array__") or hasattr(value, "__array_interface__") or isinstance(value, memoryview):
        try:
            return _numpy(np.asarray(value), role)  # type: ignore[return-value]
        except (TypeError, ValueError) as error:
            raise InputError(f"{role!r} cannot be read as an array: {error}") from None
    if isinstance(value, Iterable):
        items = list(islice(iter(value), _MOST_ITEMS + 1))
        if len(items) > _MOST_ITEMS:
            raise InputError(f"{role!r} gives more than {_MOST_ITEMS} values; pass an array")
        return _sequence(items, role)
    if isinstance(value, numbers.Number):
        return np.asarray(value)
    raise InputError(f"{role!r} must hold values in rows, not {shown(value)}")
