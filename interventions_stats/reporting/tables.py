"""``to_latex``, ``to_markdown``, ``to_html`` and ``to_docx`` for regressions, verdict boards and claims.

The writers are the library's own, a few lines a format, because no optional
package writes all four of them without stars.  Every result also carries the attributes that maketables reads, so
``maketables.ETable([fit])`` works where it is installed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

from interventions_stats.display.files import write_text
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.reporting import formats
from interventions_stats.reporting.regressions import Options, regression_table
from interventions_stats.reporting.table import Table, table

if TYPE_CHECKING:
    PathLike = str | os.PathLike[str]


def tables_of(thing: Any, **options: Unpack[Options]) -> list[Table]:
    """Turn a report, battery, driver, result, claims, fits or frame into tables of text.

    Parameters
    ----------
    thing : Report, Battery, DriverResult, Result, ClaimResult, DataFrame, Table, a fit, or a sequence or mapping of these
        A mapping's keys name the columns of a regression table.
    **options
        Of a table of regressions: see :func:`regression_table`.

    Returns
    -------
    list of Table

    Raises
    ------
    InputError
        Something of which no table can be made, or options of regressions for something else.
    """
    for name in options:
        if name not in Options.__annotations__:
            raise unknown_name("option", name, Options.__annotations__, where="a table of regressions")
    if options and not _are_fits(thing):
        raise InputError(
            f"{', '.join(options)}: for a table of regressions, and {type(thing).__name__} makes no such table"
        )
    import pandas as pd

    from interventions_stats.assessment.battery import Battery, DriverResult
    from interventions_stats.assessment.result import Result
    from interventions_stats.display.rounding import rounded
    from interventions_stats.engine.fit.predictions import Predictions
    from interventions_stats.replication.answer import ClaimResult
    from interventions_stats.replication.run import Report
    from interventions_stats.reporting import boards
    from interventions_stats.reporting.opening import findings_table

    if isinstance(thing, Table):
        return [thing]
    if isinstance(thing, pd.DataFrame):
        return [table([str(c) for c in thing.columns], thing.itertuples(index=False, name=None))]
    if isinstance(thing, Report):
        return [*findings_table(thing), *tables_of(thing.battery), boards.claims_board(list(thing.by_claim.values()))]
    if isinstance(thing, Battery):
        return [boards.verdict_board(thing), boards.proposition_board(list(thing.results.values()))]
    if isinstance(thing, DriverResult):
        return [boards.proposition_board(list(thing.results.values()), thing.driver.title)]
    if isinstance(thing, Result):
        more = (boards.lists_board(thing), boards.falsifiers_board(thing))
        return [boards.proposition_board([thing], thing.proposition.id), *(t for t in more if t is not None)]
    if isinstance(thing, ClaimResult):
        return [boards.claims_board([thing])]
    if isinstance(thing, Predictions):
        frame = thing.tidy().map(lambda v: rounded(v) if isinstance(v, float) else v)
        return [table(list(frame.columns), frame.itertuples(index=False, name=None), thing._title, thing._notes())]
    if isinstance(thing, Mapping | list | tuple) and thing:
        return [regression_table(thing, **options)] if _are_fits(thing) else _of_several(thing)
    if _are_fits(thing):
        return [regression_table([thing], **options)]
    raise InputError(f"no table can be made of {type(thing).__name__}: give a report, a result, fits or a data frame")


def _are_fits(thing: Any) -> bool:
    """Whether a thing, or each of several, has coefficients and is no verdict."""
    if isinstance(thing, Mapping | list | tuple):
        return bool(thing) and all(_are_fits(i) for i in (thing.values() if isinstance(thing, Mapping) else thing))
    no_fit = ("verdict", "by_driver", "grid")  # verdicts, batteries and predictions
    return hasattr(thing, "tidy") and hasattr(thing, "glance") and not any(hasattr(thing, n) for n in no_fit)


def _of_several(things: Mapping[str, Any] | Sequence[Any]) -> list[Table]:
    from interventions_stats.assessment.result import Result
    from interventions_stats.replication.answer import ClaimResult
    from interventions_stats.reporting import boards

    items = list(things.values()) if isinstance(things, Mapping) else list(things)
    if all(isinstance(i, ClaimResult) for i in items):
        return [boards.claims_board(items)]
    if all(isinstance(i, Result) for i in items):
        return [boards.proposition_board(items)]
    return [t for i in items for t in tables_of(i)]


@overload
def to_latex(thing: Any, path: None = None, **options: Unpack[Options]) -> str: ...
@overload
def to_latex(thing: Any, path: PathLike, **options: Unpack[Options]) -> Path: ...
def to_latex(thing: Any, path: PathLike | None = None, **options: Unpack[Options]) -> str | Path:
    """Write tables as LaTeX (booktabs); return the text, or the path when one is given.

    Fits make a ``tabular`` that pastes into a paper, other things a ``longtable``.  Numbers are rounded to their simulation
    error, cells are escaped, and no stars are set.

    Parameters
    ----------
    thing : fit, sequence or mapping of fits, Report, Battery, Result, claims or DataFrame
        A mapping's keys head the columns.
    path : path, optional
        File to write.
    **options
        Of a table of regressions, as :func:`~interventions_stats.reporting.regressions.regression_table` has them:
        ``exponentiate``, ``coef_map``, ``gof_map``, ``below``, ``conf_level``, ``caption``.

    Returns
    -------
    str or Path

    Raises
    ------
    InputError
        Something of which no table can be made, an option that there is not or that is for regressions alone, or a file
        that cannot be written.

    Examples
    --------
    >>> import pandas as pd
    >>> print(to_latex(pd.DataFrame({"a_b": ["50%"]})).splitlines()[-2])
    50\\% \\\\
    """
    return _out(thing, path, formats.latex, options)


@overload
def to_markdown(thing: Any, path: None = None, **options: Unpack[Options]) -> str: ...
@overload
def to_markdown(thing: Any, path: PathLike, **options: Unpack[Options]) -> Path: ...
def to_markdown(thing: Any, path: PathLike | None = None, **options: Unpack[Options]) -> str | Path:
    """Write tables as Markdown; return the text, or the path when one is given.

    Parameters
    ----------
    thing : fit, sequence or mapping of fits, Report, Battery, Result, claims or DataFrame
        A mapping's keys head the columns.
    path : path, optional
        File to write.
    **options
        Of a table of regressions, as :func:`~interventions_stats.reporting.regressions.regression_table` has them:
        ``exponentiate``, ``coef_map``, ``gof_map``, ``below``, ``conf_level``, ``caption``.

    Returns
    -------
    str or Path

    Raises
    ------
    InputError
        Something of which no table can be made, an option that there is not or that is for regressions alone, or a file
        that cannot be written.

    Examples
    --------
    >>> import pandas as pd
    >>> print(to_markdown(pd.DataFrame({"term": ["x|y"], "estimate": [0.5]})), end="")
    | term | estimate |
    |---|---|
    | x\\|y | 0.5 |
    """
    return _out(thing, path, formats.markdown, options)


@overload
def to_html(thing: Any, path: None = None, **options: Unpack[Options]) -> str: ...
@overload
def to_html(thing: Any, path: PathLike, **options: Unpack[Options]) -> Path: ...
def to_html(thing: Any, path: PathLike | None = None, **options: Unpack[Options]) -> str | Path:
    """Write tables as an HTML fragment; return the text, or the path when one is given.

    Parameters
    ----------
    thing : fit, sequence or mapping of fits, Report, Battery, Result, claims or DataFrame
        A mapping's keys head the columns.
    path : path, optional
        File to write.
    **options
        Of a table of regressions, as :func:`~interventions_stats.reporting.regressions.regression_table` has them:
        ``exponentiate``, ``coef_map``, ``gof_map``, ``below``, ``conf_level``, ``caption``.

    Returns
    -------
    str or Path

    Raises
    ------
    InputError
        Something of which no table can be made, an option that there is not or that is for regressions alone, or a file
        that cannot be written.

    Examples
    --------
    >>> import pandas as pd
    >>> "<script>" in to_html(pd.DataFrame({"name": ["<script>alert(1)</script>"]}))
    False
    """
    return _out(thing, path, formats.html, options)


def to_docx(thing: Any, path: PathLike, *, title: str = "", **options: Unpack[Options]) -> Path:
    """Write tables to a Word file and return its path; it needs no other package.

    Parameters
    ----------
    thing : fit, sequence or mapping of fits, Report, Battery, Result, claims or DataFrame
        A mapping's keys head the columns.
    path : path
        File to write.
    title : str, optional
    **options
        Of a table of regressions, as :func:`~interventions_stats.reporting.regressions.regression_table` has them:
        ``exponentiate``, ``coef_map``, ``gof_map``, ``below``, ``conf_level``, ``caption``.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        Something of which no table can be made, an option that there is not or that is for regressions alone, or a file
        that cannot be written.

    Examples
    --------
    >>> import pandas as pd
    >>> to_docx(pd.DataFrame({"term": ["x"]}), "table.docx")  # doctest: +SKIP
    """
    from interventions_stats.reporting.docx import write_docx

    return write_docx(tables_of(thing, **options), path, title=title)


def _out(thing: Any, path: PathLike | None, write: Callable[[Table], str], options: Options) -> Any:
    text = "\n".join(write(t) for t in tables_of(thing, **options))
    return text if path is None else write_text(text, path)
