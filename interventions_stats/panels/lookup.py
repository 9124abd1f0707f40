"""Reading a wide table, years by countries, at pairs of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def looked_up(table: pd.DataFrame, rows: Any, columns: Any) -> np.ndarray:
    """Return the values of a table of numbers at pairs of labels; NaN where there is none.

    >>> import pandas as pd
    >>> looked_up(pd.DataFrame([[1.0, 2.0]], index=[1999], columns=[200, 365]), [1999, 2000], [365, 365])
    array([ 2., nan])
    """
    i, j = table.index.get_indexer(rows), table.columns.get_indexer(columns)
    return np.where((i >= 0) & (j >= 0), table.to_numpy(float)[i, j], np.nan)
