"""The regression behind a primary test as arrays, so that hundreds of refits can share its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

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

    def refit(self, weights: np.ndarray) -> np.ndarray:
        """Effect and standard error, (fits, 2), under row weights (fits, n); NaN where a fit has no maximum."""
        if self.model == "conditional":
            return np.array([self._conditional(w > 0) for w in weights])
        return self._batch(self.y, weights)

    def replace_outcomes(self, Y: np.ndarray) -> np.ndarray:
        """Effect and standard error, (fits, 2), for other outcomes (fits, n or m) on the same columns."""
        if self.kept is not None and Y.shape[1] == len(self.kept):
            Y = Y[:, self.kept]
        return self._batch(Y, None)

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

            b, se = conditional_logit_batch(X, Y, self.rows[self.strata].to_numpy())
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
            fit = conditional_logit(
                y=self.y[keep], X=self.X[keep], strata=self.rows[self.strata].to_numpy()[keep], firth=True
            )
        except EstimationError:
            return np.nan, np.nan
        if not self.contrast:
            return float(fit.params[0]), float(fit.bse[0])
        v = fit.cov[:2, :2]
        return float(fit.params[0] - fit.params[1]), float(np.sqrt(v[0, 0] + v[1, 1] - 2 * v[0, 1]))


def regression_of(prop: Proposition, events: EventList, *, series: pd.DataFrame | None = None) -> Regression:
    """Lay out the regression of a primary test.

    Raises
    ------
    InputError
        A test that is no regression: rates, breaks, ranks and shares.
    """
    if prop.test == "series":
        return _series(prop, events, series)
    if prop.test in ("target_shift", "contrast", "choice"):
        return _targets(prop, events)
    raise InputError(f"{prop.id}: the {prop.test} test has no regression whose rows could be left out")


def _series(prop: Proposition, events: EventList, series: pd.DataFrame | None) -> Regression:
    from interventions_stats.evidence import series as primary
    from interventions_stats.evidence.strata import detrended, stratum_dummies, within
    from interventions_stats.panels.terms import parse_term

    column = str(parse_term(prop.exposure))
    used, _ = primary._observed(primary.series_panel(prop, events, series), column)
    strata, counts = primary._strata(prop, used), used["onsets"].to_numpy(float)
    x = detrended(used[column].to_numpy(float), strata)
    if prop.scale not in ("binary", "none"):
        x = within(x, strata)
    told = np.isin(
        strata, strata[counts > 0]
    )  # as the primary regression: a stratum without an onset identifies nothing
    used, strata, counts, x = used[told].reset_index(drop=True), strata[told], counts[told], x[told]
    X = np.column_stack([x, stratum_dummies(strata)])
    if prop.estimator == "poisson":
        return Regression("poisson", used, counts, counts, X, kept=told)
    return Regression("logit", used, (counts > 0).astype(float), counts, X, kept=told)


def _targets(prop: Proposition, events: EventList) -> Regression:
    from interventions_stats.evidence import targets as primary
    from interventions_stats.evidence.residuals import own_residuals
    from interventions_stats.evidence.strata import stratum_dummies

    used, _ = primary._rows(prop, events, 0)
    x, controls = primary._exposures(prop, used), primary._controls(prop, used)
    if prop.test != "choice":
        target, year = used["target_ccode"].to_numpy(), used["year"].to_numpy()
        x, controls = own_residuals(x, target, year), own_residuals(controls, target, year)
    y, counts = used["onset"].to_numpy(float), used["onsets"].to_numpy(float)
    X = np.column_stack([x, controls])
    contrast = prop.counter_exposure is not None
    if prop.estimator == "conditional":
        return Regression("conditional", used, y, counts, X, contrast, primary.within_column(prop))
    if prop.estimator == "cloglog":
        t = used["peace"].to_numpy(float)[:, None] / 10
        powers = max(0, min(3, int(y.sum()) // 2 - X.shape[1]))
        return Regression(
            "cloglog", used, y, counts, np.column_stack([X, *(t**k for k in range(1, powers + 1))]), contrast
        )
    leaders = stratum_dummies(used["leader"].fillna("unrecorded").to_numpy(object))
    return Regression("logit", used, y, counts, np.column_stack([X, leaders]), contrast)


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
