"""The design that every regression works on: outcome, columns, weights, offset and groups, checked and of one length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.fit.rank import BLOCK_ROWS, restandardised
from interventions_stats.engine.options import Floats


@dataclass(frozen=True)
class Design:
    """A checked regression design.

    Attributes
    ----------
    y : array (n,)
        Outcome.
    X : array (n, k)
        Columns without the intercept, in the user's units.
    names : tuple of str
        Terms, ``"Intercept"`` first where there is one.
    intercept : bool
    outcome : str
        Name of the outcome.
    offset, weights : array (n,) or None
        Weights count rows: 2 is the row twice, and rows of weight zero are not here.
    cluster : array (n,) of int or None
        Group codes 0..G-1.
    groups : dict of str to array (n,) of int
        Codes of further groupings asked for (strata, id).
    n_dropped, n_events_total : int
        Rows dropped for missing values; events before that, or in the whole event list. Both by weight.
    n_zero_weight : int
        Rows left out by a weight of zero, as if they had not been given.
    centre, scale : array (k,)
        Means and standard deviations used to standardise ``X``.
    attrs : dict
        Attributes of the data frame.
    spec : formulaic ModelSpec or None
    numbers : dict of str to array (n,)
        Further numeric columns asked for (start, stop).
    whitening : array (p, p) or None
        Turns nearly collinear standardised columns into orthonormal ones.
    labels : dict of str to sequence
        What the codes of ``cluster`` and ``groups`` stand for.
    """

    y: Floats
    X: Floats
    names: tuple[str, ...]
    intercept: bool
    outcome: str
    offset: Floats | None
    weights: Floats | None
    cluster: NDArray[np.int64] | None
    groups: Mapping[str, NDArray[np.int64]]
    n_dropped: float
    n_events_total: float
    centre: Floats
    scale: Floats
    attrs: Mapping[str, Any] = field(default_factory=dict)
    spec: Any = None
    numbers: Mapping[str, Floats] = field(default_factory=dict)
    whitening: Floats | None = None
    labels: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    n_zero_weight: int = 0

    @property
    def n(self) -> int:
        """Rows held, of whatever weight: the length of every array here."""
        return len(self.y)

    @property
    def n_counted(self) -> float:
        """Rows as the weights count them; a whole number unless the weights are not."""
        return self.n if self.weights is None else whole(float(self.weights.sum()))

    @property
    def p(self) -> int:
        return len(self.names)

    @property
    def n_events(self) -> float:
        """Events as the weights count them."""
        return whole(float(self.y.sum() if self.weights is None else self.y @ self.weights))

    def matrix(self) -> Floats:
        """Return the columns with the intercept first, in the user's units (n, p)."""
        return np.column_stack([np.ones(self.n), self.X]) if self.intercept else self.X

    def standardised(self, rows: slice | NDArray[np.bool_] = slice(None)) -> Floats:
        """Return rows of the matrix in the columns that are fitted: centred where off centre, scaled, whitened (b, p)."""
        return self.fitted_columns(self.X[rows])

    def fitted_columns(self, block: Floats) -> Floats:
        """Turn rows of columns in the user's units, without the intercept (b, k), into those that are fitted (b, p)."""
        out = np.empty((len(block), self.p))
        first = 1 if self.intercept else 0
        out[:, :first] = 1.0
        np.subtract(block, self.centre, out=out[:, first:])
        out[:, first:] /= self.scale
        return out if self.whitening is None else out @ self.whitening

    def linear_predictor(self, theta: Floats) -> Floats:
        """Return eta (n,) at coefficients ``theta`` (p,) of the fitted columns, the offset included."""
        eta = np.empty(self.n)
        for i in range(0, self.n, BLOCK_ROWS):
            rows = slice(i, i + BLOCK_ROWS)
            np.matmul(self.standardised(rows), theta, out=eta[rows])
        return eta if self.offset is None else np.add(eta, self.offset, out=eta)

    def whitened(self, theta: Floats) -> Floats:
        """Turn coefficients (b, p) of centred and scaled columns into those of the columns that are fitted."""
        if self.whitening is None:
            return theta
        return np.asarray(np.linalg.solve(self.whitening, theta.T).T, dtype=np.float64)

    def coordinates(self, coefficients: Floats) -> Floats:
        """Turn coefficients (b, p) in the user's units into those of the columns that are fitted."""
        theta, first = np.array(coefficients, dtype=np.float64), int(self.intercept)
        if first:
            theta[:, 0] += theta[:, 1:] @ self.centre
        theta[:, first:] *= self.scale
        return self.whitened(theta)

    def only(self, columns: NDArray[np.intp]) -> Design:
        """Return the design of the intercept and some of the other columns, standardised anew; collinear ones pass."""
        first = int(self.intercept)
        names = (*self.names[:first], *(self.names[first + int(j)] for j in columns))
        return restandardised(replace(self, X=self.X[:, columns], names=names), strict=False)

    @cached_property
    def back(self) -> Floats:
        """Matrix (p, p) that turns coefficients of the fitted columns into the user's units."""
        first = 1 if self.intercept else 0
        matrix = np.diag(np.concatenate([np.ones(first), 1.0 / self.scale]))
        if self.intercept:
            matrix[0, 1:] = -self.centre / self.scale
        return matrix if self.whitening is None else matrix @ self.whitening

    @property
    def log_volume(self) -> float:
        """Logarithm of the determinant of ``back``, by which a Jeffreys penalty depends on the units."""
        volume = -float(np.log(self.scale).sum())
        return volume if self.whitening is None else volume + float(np.linalg.slogdet(self.whitening)[1])


def whole(total: float) -> float:
    """Return a count as an int where it is one up to rounding: counts by fractional weights need not be.

    >>> whole(12.000000000001), whole(12.5)
    (12, 12.5)
    """
    nearest = round(total)
    return nearest if abs(total - nearest) <= 1e-9 * max(1.0, abs(total)) else total


def plain_design(X: Floats, y: Floats, names: Sequence[str], intercept: bool, weights: Floats | None) -> Design:
    """Return the design of checked arrays, standardised; columns that are collinear pass, as fits then say themselves.

    Raises
    ------
    EstimationError
        Names a constant column.
    """
    terms = (*(["Intercept"] if intercept else []), *names)
    nothing = np.empty(0)
    design = Design(y, X, terms, intercept, "y", None, weights, None, {}, 0, 0, nothing, nothing)
    return restandardised(design, strict=False)
