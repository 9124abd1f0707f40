"""Small designs of exact logistic regression, and their answers by listing every outcome vector."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np

from tests.differential.references import Answer

KINDS = ("binary", "decimals", "strata", "weights", "offset", "rare", "near separation", "collinear")
Family = tuple[list[Any], list[Any]]  # values of the statistic, increasing, and their weights at zero


@dataclass(frozen=True)
class Problem:
    """Outcome (n,), columns (n, 2), perhaps strata, weights and an offset; ``kind`` says what is hard about it."""

    kind: str
    y: np.ndarray
    X: np.ndarray
    strata: np.ndarray | None = None
    weights: np.ndarray | None = None
    offset: np.ndarray | None = None

    @property
    def hardship(self) -> tuple[str, ...]:
        return (self.kind,)

    def options(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if v is not None and k != "kind"}


def problem(seed: int) -> Problem:
    """Draw a problem; kinds take turns, and the same seed gives the same one."""
    kind, rng = KINDS[seed % len(KINDS)], np.random.default_rng(seed)
    while True:
        n = int(rng.integers(6, 11))
        X = np.column_stack([rng.integers(0, 2, n), rng.integers(0, 4, n)]).astype(float)
        if kind == "decimals":
            X = X * [0.1, 0.1] + [0.2, 0.3]
        if kind == "rare":
            X[:, 0] = np.arange(n) == 0
        if kind == "collinear":
            X[:, 1] = X[:, 0] * 2
        y = (rng.random(n) < 0.4).astype(float)
        if kind == "near separation":
            y = (X[:, 1] > 1).astype(float)
            y[rng.integers(n)] = 1.0
        weights = rng.integers(0, 3, n) if kind == "weights" else None
        used = np.ones(n, bool) if weights is None else weights > 0
        if used.sum() > 3 and (np.ptp(X[used], axis=0) > 0).all():
            strata = rng.integers(0, 3, n) if kind == "strata" else None
            return Problem(kind, y, X, strata, weights, rng.normal(0, 2, n) if kind == "offset" else None)


def distinct(problem: Problem) -> bool:
    """No column is refused as a combination of others: its statistic is then fixed, and the answer says so."""
    return True


def fit(answer: Any) -> Answer:
    """Estimates, limits and p-values of a result in one row; infinite ones as the largest numbers."""
    return Answer(_finite(np.concatenate([answer.estimate, answer.conf_low, answer.conf_high, answer.p_value])))


def reference(problem: Problem, params: np.ndarray) -> Answer:
    """The same by enumeration, in 40 digits."""
    rows = [_inference(*_family(problem, j)) for j in range(problem.X.shape[1])]
    values = _finite(np.array(rows, dtype=float).T.ravel())
    return Answer(values, np.eye(len(values)))  # errors are relative to one where the value is smaller


def _finite(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(values, nan=12345.0, posinf=1e300, neginf=-1e300)


def _family(problem: Problem, j: int) -> tuple[Family, Any]:
    """Distribution of the j-th statistic given events a stratum and the other statistic, and its observed value."""
    n = len(problem.y)
    times = np.ones(n, int) if problem.weights is None else problem.weights
    rows = np.repeat(np.arange(n), times)
    x = [[Fraction(str(round(float(v), 6))) for v in problem.X[i]] for i in rows]
    y = problem.y[rows]
    strata = np.zeros(len(rows)) if problem.strata is None else problem.strata[rows]
    shift = np.zeros(len(rows)) if problem.offset is None else problem.offset[rows]
    choices = []
    for s in np.unique(strata):
        own = np.flatnonzero(strata == s)
        choices.append(list(itertools.combinations(own.tolist(), int(y[own].sum()))))
    observed = [sum((x[i][k] for i in np.flatnonzero(y == 1)), Fraction(0)) for k in range(2)]
    found: dict[Fraction, Any] = {}
    for chosen in itertools.product(*choices):
        own = list(itertools.chain(*chosen))
        if sum((x[i][1 - j] for i in own), Fraction(0)) == observed[1 - j]:
            at = sum((x[i][j] for i in own), Fraction(0))
            found[at] = found.get(at, mp.mpf(0)) + mp.exp(mp.fsum(mp.mpf(float(shift[i])) for i in own))
    support = sorted(found)
    values = [mp.mpf(v.numerator) / v.denominator for v in support]
    return (values, [found[v] for v in support]), support.index(observed[j])


def _inference(family: Family, i: int) -> tuple[float, float, float, float]:
    """Estimate (conditional maximum likelihood, else median unbiased), central limits and the minimum-likelihood p-value."""
    support, weights = family
    total = mp.fsum(weights)
    p = float(mp.fsum(w for w in weights if w <= weights[i] * (1 + mp.mpf(10) ** -7)) / total)
    if len(support) == 1:
        return mp.nan, -mp.inf, mp.inf, p
    last = len(support) - 1
    low = -mp.inf if i == 0 else _root(lambda b: _tail(family, b, i, last) - mp.mpf("0.025"))
    high = mp.inf if i == last else _root(lambda b: mp.mpf("0.025") - _tail(family, b, 0, i))
    if 0 < i < last:
        return _root(lambda b: _mean(family, b) - support[i]), low, high, p
    half = mp.mpf(1) / 2
    edge = (
        _root(lambda b: half - _tail(family, b, 0, i)) if i == 0 else _root(lambda b: _tail(family, b, i, last) - half)
    )
    return edge, low, high, p


def _tail(family: Family, b: Any, first: int, last: int) -> Any:
    support, weights = family
    each = [w * mp.exp(b * (t - support[0])) for t, w in zip(support, weights, strict=True)]
    return mp.fsum(each[first : last + 1]) / mp.fsum(each)


def _mean(family: Family, b: Any) -> Any:
    support, weights = family
    each = [w * mp.exp(b * (t - support[0])) for t, w in zip(support, weights, strict=True)]
    return mp.fsum(e * t for e, t in zip(each, support, strict=True)) / mp.fsum(each)


def _root(increasing: Any) -> Any:
    low, high = mp.mpf(-1), mp.mpf(1)
    while increasing(low) > 0:
        low *= 2
    while increasing(high) < 0:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if increasing(middle) < 0 else (low, middle)
    return (low + high) / 2
