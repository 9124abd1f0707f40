"""Discrete-time hazard of onset: complementary log-log with cubic time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.fit import likelihood_guards as guards
from interventions_stats.engine.fit.build_design import Missing, build_design, read_matrix, read_vector
from interventions_stats.engine.fit.clustered import robust_changes
from interventions_stats.engine.fit.covariance import ClusterKind, HCKind
from interventions_stats.engine.fit.fit import Fit, regression_fit
from interventions_stats.engine.fit.maxima import several
from interventions_stats.engine.fit.regression import Regression
from interventions_stats.engine.intake.containers import Table, pick, read_column, read_frame, read_table
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.names import check_allowed
from interventions_stats.engine.intake.numbers import as_floats
from interventions_stats.engine.intake.scalars import check_flag
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

REFERENCES = (
    "Beck, Katz & Tucker (1998), Taking time seriously, AJPS 42:1260-1288.",
    "Carter & Signorino (2010), Back to the future: modeling time dependence in binary data, Political Analysis 18:271-292.",
)
JEFFREYS = "Kosmidis & Firth (2021), Jeffreys-prior penalty, finiteness and shrinkage, Biometrika 108:71-82."


def cloglog(
    formula: str | Any = None,
    data: pd.DataFrame | Any = None,
    *,
    y: Any = None,
    X: Any = None,
    time: Any = None,
    firth: bool = False,
    intercept: bool = True,
    missing: Missing = "raise",
    cluster: Any = None,
    cluster_kind: ClusterKind | None = None,
    robust: HCKind | None = None,
    offset: Any = None,
    weights: Any = None,
    names: Sequence[str] | None = None,
    allow: Sequence[str] = (),
) -> Fit:
    """Complementary log-log regression: proportional hazards in grouped time.

    A coefficient is a log hazard ratio of the underlying continuous-time process.

    Parameters
    ----------
    formula, data : str and DataFrame
        Or pass ``y`` and ``X``, also by position.
    y, X : array-like
        Outcome (n,), coded 0/1 or boolean, and columns (n, k) without an intercept.
    time : str or array-like, optional
        Time since the last event (``"peace_years"``); its first three powers enter as ``t``, ``t2`` and ``t3``.
    firth : bool, default False
        Add the Jeffreys penalty (half the log determinant of the expected information): finite under separation,
        with penalised likelihood-ratio p-values and profile limits. For this link the penalty shrinks as Firth's does
        but removes the first-order bias only in part (Kosmidis & Firth 2021).
    intercept, missing, cluster, cluster_kind, robust, offset, weights, names
        As in :func:`~interventions_stats.engine.models.logit.logit`.
    allow : sequence of str
        ``("G02",)`` lets maximum likelihood run with fewer than 5 events per parameter.

    Returns
    -------
    Fit
        Standard errors from the expected information.

    Raises
    ------
    RefusalError
        G02 and G03 (without ``firth``), G01, G11.
    InputError, EstimationError
        See :func:`~interventions_stats.engine.fit.build_design.build_design`.

    References
    ----------
    Beck, Katz & Tucker (1998), AJPS 42:1260-1288. Carter & Signorino (2010), Political Analysis 18:271-292.
    Kosmidis & Firth (2021), Biometrika 108:71-82.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(2)
    >>> x = rng.normal(size=600)
    >>> y = rng.random(600) < -np.expm1(-np.exp(-2 + 0.5 * x))
    >>> fit = cloglog(y=y, X=x, time=np.arange(600) % 40, names=["threat"])
    >>> fit.names
    ('Intercept', 'threat', 't', 't2', 't3')
    >>> fit.params.round(2).tolist()[:2]
    [-2.48, 0.7]
    """
    allow, firth = check_allowed(allow, ("G02",)), check_flag("firth", firth)
    formula, data, X, names = _with_time(formula, data, X, names, time)
    design = build_design(
        formula, data, y, X, intercept=intercept, missing=missing, cluster=cluster,
        offset=offset, weights=weights, names=names,
    )  # fmt: skip
    regression = Regression(design, "cloglog", penalised=firth)
    estimate = regression.fit() if firth else guards.maximum(regression)
    remarks = list(several(estimate.landscape))
    if not firth:
        remarks += guards.events_per_parameter(design, allow, "use cloglog(..., firth=True).")
    changes = {
        "inference": "profile" if firth else "wald",
        "covariance": "inverse expected information",
        **robust_changes(regression, estimate, cluster_kind, robust),
    }
    return regression_fit(
        regression,
        estimate,
        estimator="cloglog (Jeffreys penalty)" if firth else "cloglog (ML)",
        remarks=tuple(remarks),
        references=(*REFERENCES, JEFFREYS) if firth else REFERENCES,
        **changes,
    )


def time_powers(time: Any) -> np.ndarray:
    """Return t, t^2 and t^3 (n, 3) of the time since the last event.

    Examples
    --------
    >>> time_powers([0, 1, 2]).tolist()
    [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [2.0, 4.0, 8.0]]
    """
    t = as_floats(read_column(time, "time").values, "time")
    if (t < 0).any():
        raise InputError(f"time is negative at row {int(np.flatnonzero(t < 0)[0])}; it counts from the last event")
    return t[:, None] ** np.arange(1, 4)


def _with_time(formula: Any, data: Any, X: Any, names: Any, time: Any) -> tuple[Any, Any, Any, Any]:
    """Append the powers of time to the formula and the frame, or to the columns."""
    if time is None:
        return formula, data, X, names
    rows, new = Labels(), ("t", "t2", "t3")
    if isinstance(formula, str):
        frame = read_frame(data)
        taken = [c for c in new if c in frame.columns]
        if taken:
            raise InputError(f"data already has a column {taken[0]!r}, the name of a power of time; rename it")
        rows.order(frame.index, "data")
        powers = time_powers(read_vector(pick(frame, time, "time"), "time", len(frame), rows)[1])
        added = dict(zip(new, powers.T, strict=True))
        return f"{formula} + {' + '.join(new)}", frame.assign(**added), X, names
    by_position = formula is not None
    table = read_table(data if by_position else X, "X")
    matrix, terms = read_matrix(table, names, rows)
    powers = time_powers(read_vector(pick(None, time, "time"), "time", len(matrix), rows)[1])
    body, names = Table(np.column_stack([matrix, powers]), None, table.index), [*terms, *new]
    return (formula, body, X, names) if by_position else (formula, data, body, names)
