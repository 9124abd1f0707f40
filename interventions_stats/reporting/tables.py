"""``to_latex``, ``to_markdown``, ``to_html`` and ``to_docx`` for regressions, verdict boards and claims.

The writers are the library's own, a few lines a format: great-tables and
maketables are optional and young, and a verdict board is not a regression
table.  Every result also carries the attributes that maketables reads, so
``maketables.ETable([fit])`` works where it is installed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from interventions_stats.display.files import write_text
from interventions_stats.errors import InputError
from interventions_stats.reporting import formats
from interventions_stats.reporting.table import Table, table

if TYPE_CHECKING:
    PathLike = str | os.PathLike[str]


def tables_of(thing: Any) -> list[Table]:
    """Turn a report, battery, driver, result, claims, fits or frame into tables of text.

    Parameters
    ----------
    thing : Report, Battery, DriverResult, Result, ClaimResult, DataFrame, Table, a fit, or a sequence or mapping of these
        A mapping's keys name the columns of a regression table.

    Returns
    -------
    list of Table

    Raises
    ------
    InputError
        Something of which no table can be made.
    """
    import pandas as pd

    from interventions_stats.assessment.battery import Battery, DriverResult
    from interventions_stats.assessment.result import Result
    from interventions_stats.replication.answer import ClaimResult
    from interventions_stats.replication.run import Report
    from interventions_stats.reporting import boards

    if isinstance(thing, Table):
        return [thing]
    if isinstance(thing, pd.DataFrame):
        return [table([str(c) for c in thing.columns], thing.itertuples(index=False, name=None))]
    if isinstance(thing, Report):
        return [*tables_of(thing.battery), boards.claims_board(list(thing.by_claim.values()))]
    if isinstance(thing, Battery):
        return [boards.verdict_board(thing), boards.proposition_board(list(thing.results.values()))]
    if isinstance(thing, DriverResult):
        return [boards.proposition_board(list(thing.results.values()), thing.driver.title)]
    if isinstance(thing, Result):
        more = (boards.lists_board(thing), boards.falsifiers_board(thing))
        return [boards.proposition_board([thing], thing.proposition.id), *(t for t in more if t is not None)]
    if isinstance(thing, ClaimResult):
        return [boards.claims_board([thing])]
    if isinstance(thing, Mapping | list | tuple) and thing:
        return _of_several(thing)
    if hasattr(thing, "tidy") and hasattr(thing, "glance"):
        return [boards.regression_table([thing])]
    raise InputError(f"no table can be made of {type(thing).__name__}: give a report, a result, fits or a data frame")


def _of_several(things: Mapping[str, Any] | Sequence[Any]) -> list[Table]:
    from interventions_stats.assessment.result import Result
    from interventions_stats.replication.answer import ClaimResult
    from interventions_stats.reporting import boards

    items = list(things.values()) if isinstance(things, Mapping) else list(things)
    if all(isinstance(i, ClaimResult) for i in items):
        return [boards.claims_board(items)]
    if all(isinstance(i, Result) for i in items):
        return [boards.proposition_board(items)]
    if all(hasattr(i, "tidy") and hasattr(i, "glance") for i in items):
        return [boards.regression_table(things)]
    return [t for i in items for t in tables_of(i)]


@overload
def to_latex(thing: Any, path: None = None) -> str: ...
@overload
def to_latex(thing: Any, path: PathLike) -> Path: ...
def to_latex(thing: Any, path: PathLike | None = None) -> str | Path:
    """Write tables as LaTeX (booktabs, longtable); return the text, or the path when one is given.

    Numbers are rounded to their simulation error, cells are escaped, and no stars are set.

    Examples
    --------
    >>> import pandas as pd
    >>> print(to_latex(pd.DataFrame({"a_b": ["50%"]})).splitlines()[-2])
    50\\% \\\\
    """
    return _out(thing, path, formats.latex)


@overload
def to_markdown(thing: Any, path: None = None) -> str: ...
@overload
def to_markdown(thing: Any, path: PathLike) -> Path: ...
def to_markdown(thing: Any, path: PathLike | None = None) -> str | Path:
    """Write tables as Markdown; return the text, or the path when one is given.

    Examples
    --------
    >>> import pandas as pd
    >>> print(to_markdown(pd.DataFrame({"term": ["x|y"], "estimate": [0.5]})), end="")
    | term | estimate |
    |---|---|
    | x\\|y | 0.5 |
    """
    return _out(thing, path, formats.markdown)


@overload
def to_html(thing: Any, path: None = None) -> str: ...
@overload
def to_html(thing: Any, path: PathLike) -> Path: ...
def to_html(thing: Any, path: PathLike | None = None) -> str | Path:
    """Write tables as an HTML fragment; return the text, or the path when one is given.

    Examples
    --------
    >>> import pandas as pd
    >>> "<script>" in to_html(pd.DataFrame({"name": ["<script>alert(1)</script>"]}))
    False
    """
    return _out(thing, path, formats.html)


def to_docx(thing: Any, path: PathLike, *, title: str = "") -> Path:
    """Write tables to a Word file and return its path; it needs no other package."""
    from interventions_stats.reporting.docx import write_docx

    return write_docx(tables_of(thing), path, title=title)


def _out(thing: Any, path: PathLike | None, write: Callable[[Table], str]) -> Any:
    text = "\n".join(write(t) for t in tables_of(thing))
    return text if path is None else write_text(text, path)
