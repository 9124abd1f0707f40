"""What a fit is called elsewhere: the names that statsmodels gives to the same quantities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.display.contract import asked_by
from interventions_stats.engine.options import Floats
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    from interventions_stats.engine.fit.design import Design


class FamiliarNames:
    """Names of statsmodels for a fit with ``params``, ``cov``, ``loglik``, ``n``, ``names``, ``statistic`` and ``design``.

    Counts of rows are by weight; with a penalty ``llf``, ``aic`` and ``bic`` are those of the penalised likelihood.
    """

    cov: Floats
    loglik: float
    n: float
    names: tuple[str, ...]
    estimator: str
    design: Design | None
    statistic: Any
    predict: Any

    @property
    def tvalues(self) -> Floats:
        """Wald z or t, or the signed root of the likelihood ratio (p,)."""
        if asked_by("maketables"):
            raise AttributeError("tvalues")
        return np.asarray(self.statistic)

    @property
    def nobs(self) -> float:
        """Rows used."""
        return self.n

    @property
    def llf(self) -> float:
        """Log-likelihood."""
        return self.loglik

    @property
    def df_model(self) -> int:
        """Coefficients beside the intercept."""
        return len(self.names) - int("Intercept" in self.names)

    @property
    def df_resid(self) -> float:
        """Rows less coefficients."""
        return self.n - len(self.names)

    @property
    def aic(self) -> float:
        """Akaike's criterion: twice the coefficients less twice the log-likelihood."""
        return 2.0 * len(self.names) - 2.0 * self.loglik

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with the logarithm of the rows."""
        return float(np.log(self.n)) * len(self.names) - 2.0 * self.loglik

    def cov_params(self) -> Floats:
        """Covariance of the coefficients (p, p)."""
        return self.cov.copy()

    @property
    def fittedvalues(self) -> Floats:
        """Predicted mean of each row of the fit."""
        return np.asarray(self.predict())

    @property
    def resid(self) -> Floats:
        """Outcome less predicted mean of each row of the fit."""
        if self.design is None:
            raise InputError(f"{self.estimator} does not keep its rows")
        return np.asarray(self.design.y - self.fittedvalues)
