"""Exact conditional logistic regression for small data.

Given the events of each stratum and the sufficient statistics of all other covariates, the statistic
``T = sum of x over events`` has a one-parameter family whose coefficients count outcome vectors.  They are counted one
covariate pattern at a time, and a partial sum that can no longer reach the conditioning values is dropped at once
(Hirji, Mehta & Patel 1987).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interventions_stats.display.contract import TIDY_COLUMNS, ResultContract
from interventions_stats.engine.exact.exact_result import options
from interventions_stats.engine.exact.family import (
    Alternative,
    ConditionalFamily,
    PValues,
    TwoSided,
    central_limits,
    conditional_mle,
    median_unbiased,
    p_values,
)
from interventions_stats.engine.exact.logistic_data import read_logistic
from interventions_stats.engine.intake.names import check_names
from interventions_stats.engine.intake.scalars import check_count
from interventions_stats.errors import EstimationError, InputError

if TYPE_CHECKING:
    import pandas as pd

IntArray = NDArray[np.int64]

MAX_STATES = 2_000_000
HIRJI = (
    "Hirji, K. F., Mehta, C. R., & Patel, N. R. (1987). Computing distributions for exact logistic regression. JASA, "
    "82, 1110-1117."
)
HIRJI_MEDIAN = (
    "Hirji, K. F., Tsiatis, A. A., & Mehta, C. R. (1989). Median unbiased estimation for binary data. The American "
    "Statistician, 43, 7-11."
)


@dataclass(frozen=True, slots=True)
class ExactTerm:
    """Exact inference about one coefficient (log odds ratio); ``estimator`` is "CMLE", "MUE" or "not identified"."""

    term: str
    estimate: float
    conf_low: float
    conf_high: float
    p_value: float
    estimator: str
    sufficient: float
    p_values: PValues
    mid_p_values: PValues
    family: ConditionalFamily


@dataclass(frozen=True, repr=False)
class ExactLogisticResult(ResultContract):
    """Exact conditional logistic regression: one :class:`ExactTerm` a coefficient."""

    terms: tuple[ExactTerm, ...]
    n: int
    n_events: int
    n_strata: int
    alternative: Alternative
    two_sided: TwoSided
    midp: bool
    conf_level: float

    _title: ClassVar[str] = "Exact conditional logistic regression"

    def _column(self, name: str) -> NDArray[np.float64]:
        return np.array([getattr(t, name) for t in self.terms], dtype=float)

    @property
    def estimate(self) -> NDArray[np.float64]:
        """Log odds ratios, in the order of the terms."""
        return self._column("estimate")

    @property
    def conf_low(self) -> NDArray[np.float64]:
        return self._column("conf_low")

    @property
    def conf_high(self) -> NDArray[np.float64]:
        return self._column("conf_high")

    @property
    def p_value(self) -> NDArray[np.float64]:
        return self._column("p_value")

    def tidy(self, *, exponentiate: bool = False) -> pd.DataFrame:
        """Return one row a coefficient; ``method`` says how it was estimated, ``exponentiate`` gives odds ratios."""
        import pandas as pd

        rows = [
            [t.term, t.estimate, math.nan, t.sufficient, t.p_value, t.conf_low, t.conf_high, t.estimator]
            for t in self.terms
        ]
        frame = pd.DataFrame(rows, columns=[*TIDY_COLUMNS, "method"])
        if exponentiate:
            frame[["estimate", "conf_low", "conf_high"]] = np.exp(frame[["estimate", "conf_low", "conf_high"]])
        return frame

    def glance(self) -> pd.DataFrame:
        """Return one row about the data and the options."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "n": self.n,
                    "n_events": self.n_events,
                    "n_events_total": self.n_events,
                    "n_dropped": 0,
                    "estimator": "exact conditional logistic" + (" (mid-p)" if self.midp else ""),
                    "separated": any(t.estimator == "MUE" for t in self.terms),
                    "seed": None,
                    "data_version": None,
                    "n_strata": self.n_strata,
                    "alternative": self.alternative,
                    "two_sided": self.two_sided,
                    "conf_level": self.conf_level,
                }
            ]
        )

    def _notes(self) -> list[str]:
        notes = [
            f"{t.term}: the statistic is at the end of its range, so the estimate is the median unbiased one (MUE)."
            for t in self.terms
            if t.estimator == "MUE"
        ]
        notes += [
            f"{t.term}: the other covariates fix its statistic, so the data say nothing about it."
            for t in self.terms
            if t.estimator == "not identified"
        ]
        return notes

    def _references(self) -> list[str]:
        return [HIRJI, HIRJI_MEDIAN]


def exact_logistic(
    y: ArrayLike,
    X: ArrayLike | pd.DataFrame,
    strata: ArrayLike | None = None,
    *,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    terms: Sequence[str] | None = None,
    alternative: Alternative = "two-sided",
    two_sided: TwoSided = "minlike",
    midp: bool = False,
    conf_level: float = 0.95,
    max_states: int = MAX_STATES,
) -> ExactLogisticResult:
    """Fit a logistic regression by exact conditional inference, one coefficient given all others.

    Parameters
    ----------
    y : array, shape (n,)
        0/1 outcome (or boolean).
    X : array or DataFrame, shape (n, k) or (n,)
        Covariates without an intercept: intercepts, one a stratum, are conditioned out.
    strata : array, shape (n,), optional
        Labels of the strata.
    weights : array, shape (n,), optional
        Whole numbers: how many times each row counts.
    offset : array, shape (n,), optional
        Known part of the log odds; each outcome vector is then counted with the factor exp(sum of offset over events).
    names : sequence of str, optional
        Names of the columns; taken from a DataFrame, else ``x0``, ``x1``, ...
    terms : sequence of str, optional
        Coefficients wanted; all by default.
    alternative, two_sided, midp, conf_level
        As in :func:`~interventions_stats.engine.exact.contingency.fisher_test`; limits are central.
    max_states : int
        Most partial sums held at once.

    Returns
    -------
    ExactLogisticResult
        ``estimate``, ``conf_low``, ``conf_high`` and ``p_value`` are arrays, on the log-odds scale.

    Raises
    ------
    InputError
        Missing values, an outcome other than 0/1, constant columns, shapes or labels that do not match, weights that are
        not whole numbers.
    EstimationError
        More than ``max_states`` partial sums.

    Notes
    -----
    The conditional MLE is reported where it is finite, else the median unbiased estimate.  With continuous covariates
    the conditional distribution is often a single point: nothing can be learnt, and the result says so.

    References
    ----------
    Hirji, Mehta & Patel (1987), JASA 82:1110.  Hirji, Tsiatis & Mehta (1989), American Statistician 43:7.

    Examples
    --------
    >>> y = [0] * 8 + [1] * 15 + [0] * 5
    >>> result = exact_logistic(y, [1] * 8 + [0] * 20, names=["poor"])
    >>> result.tidy()[["term", "method"]].values.tolist(), bool(result.conf_low[0] == -float("inf"))
    ([['poor', 'MUE']], True)
    """
    matrix, outcome, codes, shift, labels = read_logistic(y, X, strata, weights, offset, names)
    wanted = labels if terms is None else check_names("terms", terms)
    max_states = check_count("max_states", max_states)
    for term in wanted:
        if term not in labels:
            raise InputError(f"terms names {term!r}, which is no column; the columns are {', '.join(labels)}")
    alphas = options(alternative, conf_level, two_sided, midp=midp)
    scores, units = _integer_scores(matrix)
    fitted = []
    for term in wanted:
        j = labels.index(term)
        order = [c for c in range(matrix.shape[1]) if c != j] + [j]
        totals, logs = _distribution(scores[:, order], outcome, codes, shift, max_states)
        low = float(matrix[:, j].min()) * outcome.sum()  # scores were shifted to start at zero
        family = ConditionalFamily(low + totals * units[j], logs)
        observed, spread = float(matrix[:, j] @ outcome), float(np.ptp(matrix[:, j]))
        fitted.append(_infer(term, family, observed, spread, alphas, alternative, two_sided, midp))
    return ExactLogisticResult(
        tuple(fitted), len(outcome), int(outcome.sum()), int(codes.max()) + 1, alternative, two_sided, midp,
        float(conf_level),
    )  # fmt: skip


def _infer(
    term: str, family: ConditionalFamily, observed: float, spread: float, alphas: tuple[float, float],
    alternative: Alternative, two_sided: TwoSided, midp: bool,
) -> ExactTerm:  # fmt: skip
    i = family.index(observed)
    scaled = ConditionalFamily(
        family.support / spread, family.log_coefficients
    )  # roots are found in units of the range
    estimate, estimator = conditional_mle(scaled, i), "CMLE"
    if math.isnan(estimate):
        estimator = "not identified"
    elif math.isinf(estimate):
        estimate, estimator = median_unbiased(scaled, i), "MUE"
    estimate, low, high = (v / spread for v in (estimate, *central_limits(scaled, i, *alphas, midp=midp)))
    plain, mid = (p_values(family, i, 0.0, midp=m) for m in (False, True))
    p = (mid if midp else plain).get(alternative, two_sided)
    return ExactTerm(term, estimate, low, high, p, estimator, observed, plain, mid, family)


class _Pattern(NamedTuple):
    """Rows of one stratum with equal scores and offset."""

    scores: IntArray
    size: int
    offset: float


def _distribution(
    scores: IntArray, y: NDArray[np.float64], codes: NDArray[np.int64], offset: NDArray[np.float64], max_states: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values and log counts of the last column's statistic, given events per stratum and the other statistics."""
    k = scores.shape[1]
    target = scores[:, : k - 1].T @ y.astype(np.int64)
    members = [codes == s for s in range(int(codes.max()) + 1)]
    blocks = [(scores[own], offset[own], int(y[own].sum())) for own in members]
    reach = [_reach(rows[:, : k - 1], events) for rows, _, events in blocks]
    later_low = np.cumsum([r[0][-1] for r in reach][::-1], axis=0)[::-1]
    later_high = np.cumsum([r[1][-1] for r in reach][::-1], axis=0)[::-1]
    states, logs = np.zeros((1, k + 1), dtype=np.int64), np.zeros(1)  # column 0 counts the stratum's events
    for s, (rows, shift, events) in enumerate(blocks):
        last = s == len(blocks) - 1
        room = (target - (0 if last else later_high[s + 1]), target - (0 if last else later_low[s + 1]))
        states, logs = _add_stratum(states, logs, rows, shift, events, room, max_states)
        states[:, 0] = 0
    return states[:, -1].astype(float), logs - logs.max()


def _reach(values: IntArray, events: int) -> tuple[IntArray, IntArray]:
    """Smallest and largest column sums over 0, 1, ... ``events`` of the rows, shapes (events + 1, columns)."""
    ordered = np.sort(values, axis=0)
    zero = np.zeros((1, values.shape[1]), dtype=np.int64)
    low = np.concatenate([zero, np.cumsum(ordered[:events], axis=0)])
    high = np.concatenate([zero, np.cumsum(ordered[::-1][:events], axis=0)])
    return low, high


def _add_stratum(
    states: IntArray, logs: NDArray[np.float64], rows: IntArray, offset: NDArray[np.float64], events: int,
    room: tuple[IntArray, IntArray], max_states: int,
) -> tuple[IntArray, NDArray[np.float64]]:  # fmt: skip
    """Add a stratum's patterns; keep what can still end with ``events`` events and the statistics within ``room``."""
    shifts, code = np.unique(offset, return_inverse=True)
    keys, counts = np.unique(np.column_stack([code.ravel(), rows]), axis=0, return_counts=True)
    distinct = keys[:, 1:]
    patterns = [_Pattern(v, int(c), float(shifts[k[0]])) for k, v, c in zip(keys, distinct, counts, strict=True)]
    for p, pattern in enumerate(patterns):
        left = np.repeat(distinct[p + 1 :], counts[p + 1 :], axis=0)
        low, high = _reach(left[:, :-1], min(events, len(left)))
        parts, part_logs = [], []
        for used in range(min(pattern.size, events) + 1):
            moved = states + np.concatenate([[used], used * pattern.scores])
            need = events - moved[:, 0]
            possible = (need >= 0) & (need <= len(left))
            moved, need = moved[possible], need[possible]
            fits = np.all((moved[:, 1:-1] + low[need] <= room[1]) & (moved[:, 1:-1] + high[need] >= room[0]), axis=1)
            parts.append(moved[fits])
            part_logs.append(logs[possible][fits] + _log_choose(pattern.size, used) + used * pattern.offset)
            if sum(map(len, parts)) > 4 * max_states:
                break
        states, logs = _merge(np.concatenate(parts), np.concatenate(part_logs))
        if len(states) > max_states:
            raise EstimationError(
                f"exact logistic regression needs more than {max_states} partial sums for these data; use firth_logit, "
                "or coarsen continuous covariates, or raise max_states"
            )
    return states, logs


def _merge(states: IntArray, logs: NDArray[np.float64]) -> tuple[IntArray, NDArray[np.float64]]:
    """Add up the counts of equal states; the result is sorted by the last column, then the others."""
    order = np.lexsort(states.T)
    states, logs = states[order], logs[order]
    first = np.flatnonzero(np.concatenate([[True], np.any(states[1:] != states[:-1], axis=1)]))
    return states[first], np.logaddexp.reduceat(logs, first)


def _log_choose(n: int, k: int) -> float:
    return math.log(math.comb(n, k))


def _integer_scores(matrix: NDArray[np.float64]) -> tuple[IntArray, NDArray[np.float64]]:
    """Write each column as whole multiples of a unit above its minimum, so that equal sums compare equal."""
    scores, units = np.empty(matrix.shape, dtype=np.int64), np.empty(matrix.shape[1])
    for j in range(matrix.shape[1]):
        above = matrix[:, j] - matrix[:, j].min()
        largest, unit = float(above.max()), 0.0
        for value in np.unique(above)[1:]:
            unit = _common_unit(unit, float(value), largest)
        steps = np.rint(above / unit)
        unit = float(above @ steps / (steps @ steps))  # averages out the rounding that the divisor collected
        if largest / unit > 1e6 or np.abs(above - steps * unit).max() > 1e-12 * largest:
            unit = largest / 2**48  # no common unit: sums of such values coincide only by accident
        scores[:, j], units[j] = np.rint(above / unit).astype(np.int64), unit
    return scores, units


def _common_unit(a: float, b: float, largest: float) -> float:
    """Greatest common divisor of two floats, up to rounding."""
    while b > 1e-9 * largest:
        a, b = b, abs(a - round(a / b) * b)
    return a
