"""Thousands of fits at once: many outcomes, weights or offsets over one design.

The arrays go in as they are, and no fit raises for what its data are: why each one stopped is in
``BatchFit.reason``. Parse a formula once with ``build_design`` and pass ``design.X`` and ``design.y``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike

from interventions_stats.engine.models.batch_engine import run, validate


def firth_logit_batch(
    X: ArrayLike,
    Y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    start: ArrayLike | None = None,
    n_jobs: int = 1,
    full: bool = False,
    test: Sequence[int] | None = None,
    intercept: bool = True,
) -> Any:
    """Fit many Firth logits that share their columns.

    Parameters
    ----------
    X : array (rows, columns)
        Shared design, without an intercept.
    Y : array (fits, rows) or (rows,)
        Outcomes; a single vector serves every row of ``weights`` or ``offset``.
    weights : array (rows,) or (fits, rows), optional
        Row counts. One row of weights a fit makes a bootstrap, zeros make a jackknife.
    offset : array (rows,) or (fits, rows), optional
    start : array (1 + columns,) or (fits, 1 + columns), optional
        Starting values.
    n_jobs : int, default 1
        Threads; -1 for all cores. The results are the same for any number.
    full : bool, default False
        Return a :class:`BatchFit`, with standard errors, log-likelihoods and likelihood-ratio tests.
    test : sequence of int, optional
        With ``full``: the columns of X to test (default all).
    intercept : bool, default True

    Returns
    -------
    array (fits, 1 + columns), or BatchFit
        Coefficients, intercept first; NaN where a fit did not converge.

    Raises
    ------
    InputError
        Shapes that do not match, values that are not finite, outcomes other than 0/1.
    EstimationError
        A constant column.

    References
    ----------
    Firth (1993), Biometrika 80:27-38. Heinze & Schemper (2002), Stat Med 21:2409-2419.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 2))
    >>> Y = np.array([rng.permutation(np.arange(200) < 20) for _ in range(1000)])
    >>> firth_logit_batch(X, Y).shape
    (1000, 3)
    """
    problem = validate("logit", True, X, Y, weights, offset, start, intercept)
    return run(problem, n_jobs, full, test)


def logit_batch(
    X: ArrayLike,
    Y: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    start: ArrayLike | None = None,
    n_jobs: int = 1,
    full: bool = False,
    test: Sequence[int] | None = None,
    intercept: bool = True,
) -> Any:
    """Fit many logits by maximum likelihood that share their columns.

    Parameters, returns and errors are those of :func:`firth_logit_batch`. A separated outcome has no finite
    maximum: its coefficients are NaN and its reason is ``"diverged"``, as where the maximum is too far out to be told
    from one at infinity.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(20.0)[:, None]
    >>> y = np.array([np.arange(20) >= 10, np.arange(20) % 2 == 0])
    >>> logit_batch(x, y, full=True).reason
    ['diverged', 'converged']
    """
    problem = validate("logit", False, X, Y, weights, offset, start, intercept)
    return run(problem, n_jobs, full, test)


def cloglog_batch(
    X: ArrayLike,
    Y: ArrayLike,
    *,
    firth: bool = False,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    start: ArrayLike | None = None,
    n_jobs: int = 1,
    full: bool = False,
    test: Sequence[int] | None = None,
    intercept: bool = True,
) -> Any:
    """Fit many complementary log-log regressions that share their columns.

    Parameters, returns and errors are those of :func:`firth_logit_batch`; ``firth=True`` adds the Jeffreys penalty.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(20.0)[:, None]
    >>> cloglog_batch(x, np.arange(20) % 4 == 0).round(3).tolist()
    [[-0.769, -0.054]]
    """
    problem = validate("cloglog", firth, X, Y, weights, offset, start, intercept)
    return run(problem, n_jobs, full, test)


def poisson_batch(
    X: ArrayLike,
    Y: ArrayLike,
    *,
    firth: bool = False,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    start: ArrayLike | None = None,
    n_jobs: int = 1,
    full: bool = False,
    test: Sequence[int] | None = None,
    intercept: bool = True,
) -> Any:
    """Fit many Poisson regressions that share their columns; ``offset`` is the log of the exposure.

    Parameters, returns and errors are those of :func:`firth_logit_batch`; ``firth=True`` adds the Jeffreys penalty.
    ``loglik`` leaves out the log factorials of the counts.

    Examples
    --------
    >>> import numpy as np
    >>> b = poisson_batch([[0.0], [1.0]], [[15, 10], [13, 12]], offset=np.log([8, 21]))
    >>> np.exp(b[:, 1]).round(4).tolist()
    [0.254, 0.3516]
    """
    problem = validate("poisson", firth, X, Y, weights, offset, start, intercept)
    return run(problem, n_jobs, full, test)
