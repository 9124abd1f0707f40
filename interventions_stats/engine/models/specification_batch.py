"""Many subsets of columns of one design: the fits of a multiverse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from interventions_stats.engine.fit.rank import far_from_collinear
from interventions_stats.engine.intake.scalars import shown
from interventions_stats.engine.models.batch_engine import BatchFit, column_numbers, run, validate
from interventions_stats.engine.solver.kernels import Model
from interventions_stats.engine.solver.newton import CONVERGED, Bools
from interventions_stats.errors import InputError


def specification_batch(
    X: ArrayLike,
    Y: ArrayLike,
    specifications: Sequence[Sequence[int]],
    *,
    model: Model = "logit",
    firth: bool = True,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    n_jobs: int = 1,
    full: bool = False,
    intercept: bool = True,
) -> Any:
    """Fit many subsets of columns to one outcome, or to each of several.

    Parameters
    ----------
    X : array (rows, columns)
        All columns that any specification uses.
    Y : array (rows,) or (fits, rows)
        One outcome, or several (relabellings) that every specification is fitted to.
    specifications : sequence of sequences of int
        Columns of each specification.
    model : {"logit", "cloglog", "poisson"}
    firth : bool, default True
        Add the Jeffreys penalty of the specification's own columns.
    weights, offset : array (rows,), optional
    n_jobs, full, intercept
        As in :func:`firth_logit_batch`; ``full`` needs one outcome and tests no column.

    Returns
    -------
    array (specifications, 1 + columns), or (specifications, fits, 1 + columns), or BatchFit
        NaN for the columns that a specification leaves out.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> b = specification_batch(X, np.arange(100) % 5 == 0, [[0], [0, 2]])
    >>> np.isnan(b).tolist()
    [[False, False, True, True], [False, False, True, False]]
    """
    problem = validate(model, firth, X, Y, weights, offset, None, intercept)
    k, first = problem.design.X.shape[1], int(intercept)
    if isinstance(specifications, (str, bytes, Mapping)) or not isinstance(specifications, Iterable):
        raise InputError(f"specifications must be a list of lists of column numbers, not {shown(specifications)}")
    specifications = list(specifications)
    include = np.zeros((len(specifications), k + first), dtype=bool)
    include[:, :first] = True
    for row, chosen in enumerate(specifications):
        include[row, [first + j for j in column_numbers(f"specification {row}", chosen, k)]] = True
    if not len(include) or not include.any(axis=1).all():
        raise InputError("there is no specification, or one with neither a column nor an intercept")
    if np.ndim(Y) < 2 and problem.fits == 1 and problem.design.whitening is None and far_from_collinear(problem.design):
        return run(replace(problem, include=include, fits=len(include)), n_jobs, full, ())
    if np.ndim(Y) > 1 and full:
        raise InputError(
            "full=True needs one outcome; loop over outcomes, or over specifications with firth_logit_batch"
        )
    # columns that are whitened together cannot be left out one by one, and outcomes share the products of their columns
    fits = [
        run(replace(problem, design=problem.design.only(np.flatnonzero(mask[first:]))), n_jobs, full, ())
        for mask in include
    ]
    if full:
        return _joined(fits, include)
    out = np.full((len(include), problem.fits, k + first), np.nan)
    for row, fit in enumerate(fits):
        out[row][:, include[row]] = fit
    return out if np.ndim(Y) > 1 else out[:, 0]


def _joined(fits: Sequence[BatchFit], include: Bools) -> BatchFit:
    """Single fits of subsets of columns as one batch, NaN for the columns that are left out."""
    coefficients, se = np.full((2, *include.shape), np.nan)
    for row, fit in enumerate(fits):
        coefficients[row, include[row]], se[row, include[row]] = fit.coefficients[0], fit.se[0]
    codes = np.concatenate([fit.codes for fit in fits])
    loglik = np.concatenate([fit.loglik for fit in fits])
    doubtful = np.concatenate([fit.doubtful for fit in fits])
    return BatchFit(coefficients, se, loglik, np.empty((len(fits), 0)), (), codes == CONVERGED, codes, doubtful)
