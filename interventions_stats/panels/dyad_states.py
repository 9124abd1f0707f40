"""Columns of single states by year, as directed dyad-years take them for either side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.datasets.kept import kept

if TYPE_CHECKING:
    import pandas as pd

CARRIED = 5  # years for which a survey of recognition, taken every five years, may stand
_RECOGNITION = {"recognition_rank": "in_degree_rank", "ties_rank": "dip_ties_rank"}


def state_columns() -> list[str]:
    """Name every numeric column of a state and year: ``state_year``, the leader in office, diplomatic recognition."""
    return [c for table in (_states(), _leaders(), _recognition()) for c in table.columns if c not in ("ccode", "year")]


def state_values(name: str) -> pd.DataFrame:
    """Return ``ccode``, ``year`` and a column by its name.

    ``recognition_rank`` (by missions received, 1970-2005) and ``ties_rank`` (1950-2000; 1 = most in both) are surveys that
    stand for at most five years; traits are those of the leader in office on 1 July.

    Examples
    --------
    >>> ranks = state_values("recognition_rank").set_index(["ccode", "year"])["recognition_rank"]
    >>> [int(ranks[2, year]) for year in (1979, 1980, 2010)]
    [3, 6, 3]
    """
    table = next(t for t in (_states(), _leaders(), _recognition()) if name in t.columns)
    return table[["ccode", "year", name]]


@kept(1)
def _states() -> pd.DataFrame:
    from interventions_stats.datasets.load import load

    return load("state_year").select_dtypes("number")


@kept(1)
def _leaders() -> pd.DataFrame:
    from interventions_stats.panels.leader_traits import traits_by_year

    return traits_by_year().select_dtypes("number")


@kept(1)
def _recognition() -> pd.DataFrame:
    import pandas as pd

    from interventions_stats.datasets.load import load

    surveys = load("diplomatic_recognition")
    columns = {}
    for name, source in _RECOGNITION.items():
        wide = surveys.pivot(index="year", columns="ccode", values=source).astype(float).dropna(how="all")
        years = range(int(wide.index.min()), int(wide.index.max()) + CARRIED + 1)
        # A state that a survey leaves out is not measured then, whatever the survey before said of it.
        surveyed = pd.Series(wide.index, index=wide.index).reindex(years).ffill(limit=CARRIED).dropna()
        carried = wide.loc[surveyed.to_numpy()].set_axis(surveyed.index.rename("year"))
        columns[name] = carried.stack().dropna()
    return pd.DataFrame(columns).reset_index()
