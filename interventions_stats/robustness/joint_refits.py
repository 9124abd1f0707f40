"""A joint test of logit specifications by refitting every one of them to every relabelled outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import stratum_runs
from interventions_stats.engine.intake.scalars import check_count, check_level
from interventions_stats.engine.options import Alternative, Floats
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.robustness.joint import JointTest, summarise_scores
from interventions_stats.robustness.relabelled import Clock, runs_of


def joint_logit_test(
    X: Any, y: Any, specifications: Sequence[Sequence[int]], *, strata: Any = None, firth: bool = False, draws: int = 500,
    names: Sequence[str] | None = None, alternative: Alternative = "greater", level: float = 0.05, n_jobs: int = 1, seed: int = 0,
) -> JointTest:  # fmt: skip
    """Test many logit specifications jointly by refitting each to every relabelled outcome.

    One circular shift of the outcome within strata serves all specifications; the statistic is the coefficient of a
    specification's first column, centred and scaled by its own null.

    Parameters
    ----------
    X : array (rows, columns)
        All columns that any specification uses, rows in order of time.
    y : array (rows,)
        Outcome, 0/1.
    specifications : sequence of sequences of int
        Columns of each specification, the tested one first.
    strata : array (rows,), optional
        Labels of contiguous runs within which the outcome is shifted.
    firth : bool, default False
        Penalised fits, which sparse exposures need: a separated plain fit has no maximum, and is an error here.
    draws, names, alternative, level, n_jobs, seed
        As in :func:`joint_test`.

    Returns
    -------
    JointTest

    Raises
    ------
    EstimationError
        More than 5% of the fits of a specification did not converge.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.standard_normal((120, 3)), np.arange(120) % 12 == 0
    >>> joint_logit_test(X, y, [[0], [0, 1], [2, 1]], draws=199).p_adjusted.shape
    (3,)
    """
    from interventions_stats.engine.models.batch import firth_logit_batch, logit_batch

    check_count("draws", draws, 99), check_level("level", level)
    matrix, outcome = np.asarray(X, float), np.asarray(y, float)
    clock = Clock(draws, seed)
    if not np.isin(outcome, (0.0, 1.0)).all() or outcome.sum() in (0, len(outcome)):
        raise InputError("y must hold 0 and 1, and both of them")
    shifted = np.empty((draws + 1, len(outcome)), bool)
    shifted[0] = outcome == 1
    runs = stratum_runs(strata, len(outcome))
    for label, (_, a, b) in zip(runs_of([run[0] for run in runs]), runs, strict=True):
        step = clock.steps(label, b - a)
        shifted[1:, a:b] = shifted[0, a:b][(np.arange(b - a)[None] - step[:, None]) % (b - a)]
    labels = tuple(map(str, names)) if names is not None else tuple(str(i + 1) for i in range(len(specifications)))
    fit = firth_logit_batch if firth else logit_batch
    scores = np.empty((len(labels), draws + 1))
    for columns, members in _same_columns(specifications).items():
        fitted = fit(matrix[:, columns], shifted, n_jobs=n_jobs)  # one fit serves every column that is tested in it
        for k in members:
            tested = fitted[:, 1 + columns.index(specifications[k][0])]
            lost = ~np.isfinite(tested)
            if lost[0] or lost.mean() > 0.05:
                raise EstimationError(
                    f"specification {labels[k]!r}: {int(lost.sum())} of {draws + 1} fits have no maximum; pass firth=True."
                )
            scores[k] = _scores_of_fits(tested, lost, alternative)
    joint = summarise_scores(labels, scores[:, 0], scores[:, 1:], alternative, level, seed)
    return replace(joint, n_events=int(outcome.sum()), n_events_total=int(outcome.sum()))


def _same_columns(specifications: Sequence[Sequence[int]]) -> dict[tuple[int, ...], list[int]]:
    """Positions of the specifications of each set of columns."""
    out: dict[tuple[int, ...], list[int]] = {}
    for k, columns in enumerate(specifications):
        if len(columns) == 0 or len(set(columns)) < len(columns):
            raise InputError(f"specification {k} must name at least one column and each once, not {list(columns)}")
        out.setdefault(tuple(sorted(int(c) for c in columns)), []).append(k)
    return out


def _scores_of_fits(tested: Floats, lost: Any, alternative: Alternative) -> Floats:
    """Standardise coefficients (1 + draws,); one that diverged is as extreme as any, which errs against rejection."""
    kept = tested[~lost]
    if not kept.std() > 0:
        raise EstimationError("a tested column does not vary: no relabelling changes its coefficient.")
    scores = (tested - kept.mean()) / kept.std()
    scores[lost] = (-1.0 if alternative == "less" else 1.0) * (np.abs(scores[~lost]).max() + 1.0)
    return scores
