"""The list of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.datasets.package import tables

if TYPE_CHECKING:
    import pandas as pd


def catalogue() -> pd.DataFrame:
    """List the bundled tables.

    Returns
    -------
    pandas.DataFrame
        One row a table: ``name``, ``title``, ``rows``, ``coverage``, ``key``
        (columns that identify a row), ``licence`` (of the table; producers'
        terms are in :func:`describe` and the codebook), ``bytes``, ``sha256``.

    Raises
    ------
    DatasetError
        When the tables are not found.

    Examples
    --------
    >>> list(catalogue().columns)
    ['name', 'title', 'rows', 'coverage', 'key', 'licence', 'bytes', 'sha256']
    """
    import pandas as pd

    names = ("name", "title", "rows", "coverage", "key", "licence", "bytes", "sha256")
    values = [
        (i.name, i.title, i.rows, i.coverage, ", ".join(i.key), i.licence, i.bytes, i.sha256) for i in tables().values()
    ]
    return pd.DataFrame(values, columns=list(names))
