"""The list of tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from interventions_stats.datasets.package import tables

if TYPE_CHECKING:
    import pandas as pd


def catalogue() -> pd.DataFrame:
    """List the bundled tables.

    Returns
    -------
    pandas.DataFrame
        One row a table: ``name``, ``title``, ``rows``, ``coverage``, ``edition``
        (of each producer's data that it was built from), ``last_year`` (of the
        latest of them), ``newer_edition`` (known when this release was made;
        "" where none was), ``key`` (columns that identify a row), ``licence``
        (of the table; producers' terms are in :func:`describe` and the
        codebook), ``bytes``, ``sha256``.

    Notes
    -----
    A newer file takes the place of the old one in the recipes with one argument,
    ``python datasets/recipes/build.py SOURCES --into MINE --newer SOURCE=FILE``;
    ``INTERVENTIONS_DATASETS=MINE`` then uses these tables.

    Raises
    ------
    DatasetError
        When the tables are not found.

    Examples
    --------
    >>> catalogue().set_index("name").loc["events_icb", ["edition", "newer_edition"]].tolist()
    ['ICB 14', 'ICB 16']
    """
    import pandas as pd

    rows = []
    for i in tables().values():
        years = [s.last_year for s in i.sources if s.last_year is not None]
        rows.append(
            {"name": i.name, "title": i.title, "rows": i.rows, "coverage": i.coverage, "edition": _joined(s.edition for s in i.sources),
             "last_year": max(years, default=None), "newer_edition": _joined(s.newer for s in i.sources), "key": ", ".join(i.key),
             "licence": i.licence, "bytes": i.bytes, "sha256": i.sha256}
        )  # fmt: skip
    return pd.DataFrame(rows).astype({"last_year": "Int64"})


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, texts)))
