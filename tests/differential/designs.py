"""Random hard designs: near separation, near collinearity, columns far from zero, rare columns, weights and offsets."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Outcome = Literal["binary", "count"]


class Case(NamedTuple):
    """Data of one fit.

    ``y`` (n,), ``X`` (n, k) without an intercept, ``weights`` and ``offset`` (n,) or None, ``strata`` (n,) and ``stop`` (n,)
    for estimators that group or time their rows, and what makes the design hard.
    """

    y: Floats
    X: Floats
    weights: Floats | None
    offset: Floats | None
    strata: NDArray[np.int64]
    stop: Floats
    hardship: tuple[str, ...]

    @property
    def matrix(self) -> Floats:
        """Columns with the intercept first (n, 1 + k)."""
        return np.column_stack([np.ones(len(self.y)), self.X])


def case(seed: int, outcome: Outcome = "binary", *, weights: bool = True, offset: bool = True) -> Case:
    """Draw a design; the same seed gives the same one."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(24, 70)), int(rng.integers(1, 4))
    X, hardship = _columns(rng, n, k)
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    shift = 0.7 * rng.normal(size=n) if offset and rng.random() < 0.4 else None
    eta = rng.uniform(-1.5, 0.5) + z @ rng.normal(size=z.shape[1]) + (0.0 if shift is None else shift)
    y = _outcome(rng, eta, outcome)
    if outcome == "binary" and rng.random() < 0.3:
        hardship.append("near separation")
        y = (eta > np.quantile(eta, 0.6)).astype(float)
        wrong = rng.choice(n, int(rng.integers(1, 4)), replace=False)
        y[wrong] = 1 - y[wrong]
    given = None
    if weights and rng.random() < 0.4:
        hardship.append("weights")
        given = rng.choice([0.0, 0.3, 1.0, 2.0, 40.0], n) if rng.random() < 0.5 else rng.integers(0, 4, n).astype(float)
    if shift is not None:
        hardship.append("offset")
    strata = np.sort(rng.integers(0, max(2, n // 8), n))
    stop = rng.integers(1, 12, n).astype(float)
    return Case(y, X, given, shift, strata, stop, tuple(hardship))


def _columns(rng: np.random.Generator, n: int, k: int) -> tuple[Floats, list[str]]:
    X, hardship = rng.normal(size=(n, k)), []
    X[:, 0] = np.exp(X[:, 0]) if rng.random() < 0.3 else X[:, 0]
    if rng.random() < 0.3:
        hardship.append("rare column")
        X[:, rng.integers(k)] = rng.permutation(np.arange(n) < rng.integers(1, 5))
    if rng.random() < 0.4:
        hardship.append("near collinearity")
        X = np.column_stack([X, X[:, 0] + 10.0 ** -rng.uniform(1, 7) * rng.normal(size=n)])
    if rng.random() < 0.3:
        hardship.append("powers of a year")
        year = rng.integers(1970, 2024, n).astype(float)
        X = np.column_stack([X, year[:, None] ** np.arange(1, rng.integers(2, 5))])
    if rng.random() < 0.4:
        hardship.append("far from zero")
        X = np.column_stack([X, 10.0 ** rng.uniform(2, 6) + rng.normal(size=n)])
    return X * 10.0 ** rng.integers(-4, 5, X.shape[1]), hardship


def _outcome(rng: np.random.Generator, eta: Floats, outcome: Outcome) -> Floats:
    if outcome == "binary":
        return (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
    return rng.poisson(np.exp(np.minimum(eta, 4.0)) * rng.gamma(1.5, 1 / 1.5, len(eta))).astype(float)
