"""Likelihood-ratio test of two fits, one nested in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.errors import InputError

if TYPE_CHECKING:
    from interventions_stats.engine.fit.fit import Fit


def compare(fit: Fit, other: Fit) -> tuple[float, int, float]:
    """See :meth:`~interventions_stats.engine.fit.fit.Fit.compare`."""
    from scipy.special import chdtrc

    small, large = sorted((fit, other), key=lambda f: len(f.names))
    _same_likelihood(small, large)
    if getattr(getattr(large.profile, "regression", None), "penalised", False):
        absent = [n for n in small.names if n not in large.names]
        if absent:
            raise InputError(f"a penalised fit is compared by its terms, and {absent[0]!r} is not in the larger one")
        return large.lr_test([n for n in large.names if n not in small.names])
    _nested(small, large)
    statistic, df = max(2.0 * (large.loglik - small.loglik), 0.0), len(large.names) - len(small.names)
    return statistic, df, float(chdtrc(df, statistic))


def _same_likelihood(small: Fit, large: Fit) -> None:
    """Raise an InputError unless both fits are of one likelihood on the same rows, and their covariance is its own."""
    if small.estimator != large.estimator:
        raise InputError(f"the fits are of two estimators, {small.estimator} and {large.estimator}")
    if len(small.names) == len(large.names):
        raise InputError("the fits have as many coefficients, so neither is nested in the other")
    for fit in (small, large):
        if fit.profile is None or fit.design is None or "robust" in fit.covariance or not fit.converged:
            raise InputError(f"{fit.estimator} with covariance {fit.covariance!r} has no likelihood to compare")
    assert small.design is not None and large.design is not None
    for name in ("y", "weights", "offset"):
        one, two = getattr(small.design, name), getattr(large.design, name)
        if (one is None) != (two is None) or (one is not None and not np.array_equal(one, two)):
            raise InputError(
                f"the fits differ in their {'outcome' if name == 'y' else name}; fit both to the same rows"
            )


def _nested(small: Fit, large: Fit) -> None:
    assert small.design is not None and large.design is not None
    inside, outside = large.design.standardised(), small.design.standardised()
    basis = np.linalg.qr(inside)[0]
    left = outside - basis @ (basis.T @ outside)
    beyond = np.linalg.norm(left, axis=0) > 1e-7 * np.linalg.norm(outside, axis=0)
    if beyond.any():
        raise InputError("the smaller fit is not nested in the larger one: it has a column outside its columns")
