"""The regression behind a primary test as arrays, so that hundreds of refits can share its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from interventions_stats.errors import EstimationError

if TYPE_CHECKING:
    from interventions_stats.engine.fit.fit import Fit

Model = Literal["logit", "poisson", "cloglog", "conditional", "counts"]


@dataclass(frozen=True, slots=True)
class Regression:
    """Rows, outcome and columns of a primary regression.

    Attributes
    ----------
    model : {"logit", "poisson", "cloglog", "conditional", "counts"}
        ``counts`` is a Poisson regression within strata; all but this and the Poisson model are penalised.
    labels : dict of str to (n,) array
        What names the rows: ``event_ids``, ``year``, ``leader`` and, for target-years, ``target_ccode``.
    y : (n,) array
        Outcome of the model: 0/1, or counts.
    counts : (n,) array
        Onsets.
    X : (n, k) array
        The exposure first (two of them in a contrast), then what stands beside it.
    contrast : bool
        Whether the effect is the difference of the first two coefficients.
    strata : str
        Label within which a conditional model compares.
    kept : (m,) array of bool, optional
        Which rows of the primary test's design these are; all, when left out.
    """

    model: Model
    labels: Mapping[str, np.ndarray]
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

            return self._effect(conditional_logit(y=self.y, X=self.X, strata=self.labels[self.strata], firth=True), 0)
        if self.model == "counts":
            effect, se = self._batch(self.y[None], None)[0]
            if not np.isfinite(effect):
                raise EstimationError(
                    "the effect has no finite estimate: the exposure separates the onsets within strata."
                )
            return float(effect), float(se)
        if self.model == "cloglog":
            from interventions_stats.engine.models.cloglog import cloglog

            return self._effect(cloglog(y=self.y, X=self.X, firth=True), 1)
        if self.model == "poisson":
            from interventions_stats.engine.models.poisson import poisson

            return self._effect(poisson(y=self.y, X=self.X), 1)
        from interventions_stats.engine.models.firth_logit import firth_logit

        return self._effect(firth_logit(y=self.y, X=self.X), 1)

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
        return self.fit_outcomes(counts if self.model in ("poisson", "counts") else (counts > 0).astype(float))

    def fit_outcomes(self, Y: np.ndarray) -> np.ndarray:
        """Effect and standard error, (fits, 2), for outcomes (fits, n) as the model takes them."""
        return self._batch(Y, None)

    def _batch(self, Y: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        if weights is None or self.model == "counts":
            return self._fit(self.X, Y if weights is None else np.broadcast_to(Y, weights.shape), weights)
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

            b, se = conditional_logit_batch(X, Y, self.labels[self.strata])
            return np.column_stack([b[:, 0], se[:, 0]])
        if self.model == "counts":
            from interventions_stats.engine.models.conditional_counts_batch import conditional_poisson_batch

            b, se = conditional_poisson_batch(X, Y, self.labels[self.strata], weights)
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

        try:
            fit = conditional_logit(y=self.y[keep], X=self.X[keep], strata=self.labels[self.strata][keep], firth=True)
        except EstimationError:
            return np.nan, np.nan
        return self._effect(fit, 0)


def batched_effects(models: Sequence[Regression]) -> list[tuple[float, float] | None]:
    """Effect and standard error of each regression, those on the same columns fitted together; None where a fit failed."""
    groups: dict[tuple, list[int]] = {}
    for i, m in enumerate(models):
        strata = m.labels[m.strata].tobytes() if m.model in ("conditional", "counts") else b""
        groups.setdefault((m.model, m.contrast, m.X.shape, m.X.tobytes(), strata), []).append(i)
    out: list[tuple[float, float] | None] = [None] * len(models)
    for members in (g for g in groups.values() if len(g) > 1):
        first = models[members[0]]
        outcomes, back = np.unique(np.stack([models[i].y for i in members]), axis=0, return_inverse=True)
        fits = first.fit_outcomes(outcomes)
        for i, k in zip(members, back.ravel(), strict=True):
            if np.isfinite(fits[k]).all():
                out[i] = (float(fits[k, 0]), float(fits[k, 1]))
    return out


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
