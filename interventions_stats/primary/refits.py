"""The regression behind a primary test as arrays, so that hundreds of refits can share its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.engine.fit.fit import Fit

Model = Literal["logit", "poisson", "cloglog", "conditional"]


@dataclass(frozen=True, slots=True)
class Regression:
    """Rows, outcome and columns of a primary regression.

    Attributes
    ----------
    model : {"logit", "poisson", "cloglog", "conditional"}
        All but the Poisson model penalised.
    rows : DataFrame
        Rows used, with ``event_ids``, ``year``, ``leader`` and, for target-years, ``target_ccode``.
    y : (n,) array
        Outcome of the model: 0/1, or counts.
    counts : (n,) array
        Onsets.
    X : (n, k) array
        The exposure first (two of them in a contrast), then what stands beside it.
    contrast : bool
        Whether the effect is the difference of the first two coefficients.
    strata : str
        Column of ``rows`` within which a conditional model compares.
    kept : (m,) array of bool, optional
        Which rows of the primary test's design these are; all, when left out.
    """

    model: Model
    rows: pd.DataFrame
    y: np.ndarray
    counts: np.ndarray
    X: np.ndarray
    contrast: bool = False
    strata: str = "year"
    kept: np.ndarray | None = None

    def fit_once(self) -> tuple[float, float]:
        """Effect and standard error on the observed outcome, as the primary test reports them."""
        if self.model == "conditional":
            from interventions_stats.engine.models.conditional_logit import conditional_logit

            return self._effect(conditional_logit(y=self.y, X=self.X, strata=self.labels, firth=True), 0)
        if self.model == "cloglog":
            from interventions_stats.engine.models.cloglog import cloglog

            return self._effect(cloglog(y=self.y, X=self.X, firth=True), 1)
        if self.model == "poisson":
            from interventions_stats.engine.models.poisson import poisson

            return self._effect(poisson(y=self.y, X=self.X), 1)
        from interventions_stats.engine.models.firth_logit import firth_logit

        return self._effect(firth_logit(y=self.y, X=self.X), 1)

    @property
    def labels(self) -> np.ndarray:
        """Strata within which a conditional model compares."""
        return self.rows[self.strata].to_numpy()

    def _effect(self, fit: Fit, first: int) -> tuple[float, float]:
        """Effect and standard error of a fit whose ``first`` coefficient is the exposure's."""
        if not self.contrast:
            return float(fit.params[first]), float(fit.bse[first])
        v = fit.cov[first : first + 2, first : first + 2]
        return float(fit.params[first] - fit.params[first + 1]), float(np.sqrt(v[0, 0] + v[1, 1] - 2 * v[0, 1]))

    def refit(self, weights: np.ndarray) -> np.ndarray:
        """Effect and standard error, (fits, 2), under row weights (fits, n); NaN where a fit has no maximum."""
        if self.model == "conditional":
            return np.array([self._conditional(w > 0) for w in weights])
        return self._batch(self.y, weights)

    def replace_outcomes(self, counts: np.ndarray) -> np.ndarray:
        """Effect and standard error, (fits, 2), for other onset counts (fits, n or m) on the same columns."""
        if self.kept is not None and counts.shape[1] == len(self.kept):
            counts = counts[:, self.kept]
        return self._batch(counts if self.model == "poisson" else (counts > 0).astype(float), None)

    def _batch(self, Y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        if weights is None:
            return self._fit(self.X, Y, None)
        # rows left out can make a column constant (a leader's intercept without the leader): it leaves those fits
        out = np.full((len(weights), 2), np.nan)
        kept = np.array([_independent(self.X[w > 0]) for w in weights])
        for pattern in np.unique(kept, axis=0):
            here = np.flatnonzero((kept == pattern).all(axis=1))
            if pattern[: 1 + self.contrast].all():
                out[here] = self._fit(self.X[:, pattern], Y, weights[here])
        return out

    def _fit(self, X: np.ndarray, Y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        from interventions_stats.engine.models import batch

        if self.contrast:  # (x1, x2) spans what (x1, x1 + x2) spans, and there the first coefficient is b1 - b2
            X = np.column_stack([X[:, 0], X[:, 0] + X[:, 1], X[:, 2:]])
        if self.model == "conditional":
            from interventions_stats.engine.models.conditional_batch import conditional_logit_batch

            b, se = conditional_logit_batch(X, Y, self.labels)
            return np.column_stack([b[:, 0], se[:, 0]])
        options = {"weights": weights, "full": True, "test": ()}
        if self.model == "logit":
            fit = batch.firth_logit_batch(X, Y, **options)  # type: ignore[arg-type]
        elif self.model == "cloglog":
            fit = batch.cloglog_batch(X, Y, firth=True, **options)  # type: ignore[arg-type]
        else:
            fit = batch.poisson_batch(X, Y, **options)  # type: ignore[arg-type]
        return np.column_stack([fit.coefficients[:, 1], fit.se[:, 1]])

    def _conditional(self, keep: np.ndarray) -> tuple[float, float]:
        from interventions_stats.engine.models.conditional_logit import conditional_logit
        from interventions_stats.errors import EstimationError

        try:
            fit = conditional_logit(y=self.y[keep], X=self.X[keep], strata=self.labels[keep], firth=True)
        except EstimationError:
            return np.nan, np.nan
        return self._effect(fit, 0)


def _independent(X: np.ndarray) -> np.ndarray:
    """Mark the columns that neither are constant nor follow from those before them."""
    kept = np.zeros(X.shape[1], bool)
    if not len(X):
        return kept
    basis = [np.full(len(X), 1 / np.sqrt(len(X)))]
    for j, column in enumerate(X.T):
        size = float(np.linalg.norm(column))
        rest = column.copy()
        for _ in range(2):  # twice is enough (Kahan, in Parlett 1980)
            for q in basis:
                rest -= (q @ rest) * q
        if size > 0 and np.linalg.norm(rest) > 1e-9 * size:
            kept[j] = True
            basis.append(rest / np.linalg.norm(rest))
    return kept
