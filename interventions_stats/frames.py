"""Whatever holds a table, as a pandas frame of plain NumPy columns: the one door for containers of other libraries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


class HandedOut:
    """A frame that an object takes over and hands out as a copy, so that no caller can change it in place.

    pandas copies on write from version 3, so that the copy costs little.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else copied(instance.__dict__[self._name])

    def __set__(self, instance: Any, frame: Any) -> None:
        instance.__dict__[self._name] = copied(frame)


def copied(frame: Any) -> Any:
    """Copy a frame, if there is one, as cheaply as this version of pandas allows."""
    import pandas as pd

    return None if frame is None else frame.copy(deep=int(pd.__version__.split(".")[0]) < 3)


def as_pandas(obj: Any, where: str = "the data") -> pd.DataFrame:
    """Return a table as a pandas frame; the caller's own object is never changed.

    Parameters
    ----------
    obj : DataFrame, Series, or a table of another library
        Of pandas (also with nullable, Arrow or categorical columns), or of what `narwhals` knows: polars, Arrow, Modin,
        cuDF, lazy frames; a dict of columns, a list of dicts (one a row), or a structured NumPy array.
    where : str
        What it is called in messages.

    Returns
    -------
    DataFrame
        Numbers as NumPy integers or floats (missing: NaN), dates as ``datetime64`` or ``date``, everything else as Python
        objects (missing: None or NaN). A pandas index is kept.

    Raises
    ------
    InputError
        What holds no table: None, text, a number, columns of uneven length, rows that are no dicts.

    Examples
    --------
    >>> as_pandas({"start": ["2016-08-24"], "troops": [350]}).dtypes.tolist()
    [dtype('O'), dtype('int64')]
    """
    import pandas as pd

    if isinstance(obj, pd.Series):
        obj = obj.to_frame(obj.name if obj.name is not None else "value")
    if not isinstance(obj, pd.DataFrame):
        obj = _made(obj, where)
    odd = [i for i, kind in enumerate(obj.dtypes) if not _is_plain(kind)]
    if not odd:
        return obj
    plain = obj.copy(deep=False)
    for i in odd:
        plain.isetitem(i, _plain(obj.iloc[:, i]))
    return plain


def _made(obj: Any, where: str) -> pd.DataFrame:
    """Build a frame from what is none of pandas'."""
    import numpy as np
    import pandas as pd

    what = f"{where}: a table is a DataFrame (pandas, polars, Arrow), a dict of columns or a list of dicts, not"
    try:
        if isinstance(obj, Mapping):
            if any(isinstance(v, str) or not hasattr(v, "__len__") for v in obj.values()):
                raise InputError(
                    f"{where}: each entry of a dict of columns is a list of cells; one of these is a single cell"
                )
            return pd.DataFrame({k: v if hasattr(v, "dtype") else list(v) for k, v in obj.items()})
        if isinstance(obj, np.ndarray) and obj.dtype.names:
            return pd.DataFrame(obj)
        if isinstance(obj, Sequence) and not isinstance(obj, str | bytes) and all(isinstance(r, Mapping) for r in obj):
            return pd.DataFrame.from_records([dict(r) for r in obj])
    except (ValueError, TypeError) as error:
        raise InputError(f"{where}: the columns make no table ({error})") from None
    return _through_narwhals(obj, what)


def _through_narwhals(obj: Any, what: str) -> pd.DataFrame:
    """Read a table as its own library does, column by column, without going through Arrow."""
    import narwhals as nw
    import pandas as pd

    try:
        table: Any = nw.from_native(obj, allow_series=True)
    except TypeError:
        raise InputError(f"{what} {type(obj).__name__}") from None
    if isinstance(table, nw.Series):
        table = table.alias(table.name or "value").to_frame()
    if isinstance(table, nw.LazyFrame):
        table = table.collect()
    return pd.DataFrame({name: _cells(table[name]) for name in table.columns})


def _cells(column: Any) -> Any:
    import narwhals as nw

    if column.dtype.is_integer() or column.dtype.is_float() or column.dtype == nw.Boolean:
        if not column.is_null().any():
            return column.to_numpy()
        if column.dtype.is_numeric():
            return column.cast(nw.Float64).to_numpy()
    cells = column.to_list()
    return [float(c) if c is not None else None for c in cells] if column.dtype.is_decimal() else cells


def _is_plain(kind: Any) -> bool:
    import numpy as np
    import pandas as pd

    return isinstance(kind, np.dtype | pd.PeriodDtype | pd.DatetimeTZDtype)


def _plain(column: pd.Series) -> pd.Series:
    """Turn a pandas column of an extension type into one of NumPy's."""
    import pandas as pd

    kind: Any = column.dtype
    if isinstance(kind, pd.SparseDtype):
        return column.sparse.to_dense()
    if isinstance(kind, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(kind) or kind.kind == "b":
        return column.astype(object).where(column.notna(), None)
    if column.isna().any() or kind.kind not in "iuf":  # decimals of Arrow are of the kind of objects
        return pd.Series([float("nan") if c is pd.NA else float(c) for c in column], index=column.index, dtype=float)
    return column.astype(kind.numpy_dtype)
