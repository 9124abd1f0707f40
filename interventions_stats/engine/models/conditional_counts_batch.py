"""Poisson regressions within strata of many outcomes on one design: stratum intercepts drop out of the likelihood."""

from __future__ import annotations

import numpy as np

from interventions_stats.engine.options import Floats, Ints

ITERATIONS, FAR = 50, 30.0  # Newton steps, and the log ratio per unit beyond which there is no maximum


def conditional_poisson_batch(
    X: Floats, Y: Floats, strata: Ints, weights: Floats | None = None
) -> tuple[Floats, Floats]:
    """Fit log rate = stratum + X b by maximum likelihood, given each stratum's count.

    Parameters
    ----------
    X : (n, k) array
    Y : (fits, n) array
        Counts.
    strata : (n,) array of labels
    weights : (fits, n) array, optional
        0 leaves a row out; 1 keeps it.

    Returns
    -------
    coefficients, se : (fits, k) arrays
        NaN where a fit has no maximum.

    References
    ----------
    Hausman, Hall & Griliches (1984), Econometrica 52:909-938.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0]] * 2)
    >>> b, se = conditional_poisson_batch(x, np.array([[1.0, 3.0, 2.0, 6.0]]), np.array([0, 0, 1, 1]))
    >>> round(float(np.exp(b[0, 0])), 6)
    3.0
    """
    order = np.argsort(strata, kind="stable")
    X, Y = X[order], np.asarray(Y, float)[:, order]
    keep = np.ones_like(Y) if weights is None else (np.asarray(weights)[:, order] > 0).astype(float)
    codes = np.unique(np.asarray(strata)[order], return_inverse=True)[1]
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    Y = Y * keep
    b = np.zeros((len(Y), X.shape[1]))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in range(ITERATIONS):
            gradient, information = _moments(X, Y, keep, codes, starts, b)
            step = np.einsum("fij,fj->fi", np.linalg.pinv(information, hermitian=True), gradient)
            b = b + np.clip(step, -1.0, 1.0)
            if np.abs(step).max() < 1e-10:
                break
        _, information = _moments(X, Y, keep, codes, starts, b)
        variance = np.diagonal(np.linalg.pinv(information, hermitian=True), axis1=1, axis2=2)
    found = (np.abs(step).max(axis=1) < 1e-6) & (np.abs(b).max(axis=1) < FAR) & (variance > 0).all(axis=1)
    return np.where(found[:, None], b, np.nan), np.where(found[:, None], np.sqrt(np.abs(variance)), np.nan)


def _moments(X: Floats, Y: Floats, keep: Floats, codes: Ints, starts: Ints, b: Floats) -> tuple[Floats, Floats]:
    """Gradient (fits, k) and information (fits, k, k), exposures weighed within each stratum by their fitted shares."""
    eta = b @ X.T
    eta = eta - np.maximum.reduceat(np.where(keep > 0, eta, -np.inf), starts, axis=1)[:, codes]
    share = keep * np.exp(np.where(keep > 0, eta, 0.0))
    total = np.add.reduceat(share, starts, axis=1)
    mean = share / np.where(total > 0, total, 1.0)[:, codes] * np.add.reduceat(Y, starts, axis=1)[:, codes]
    gradient = (Y - mean) @ X
    centre = np.stack([np.add.reduceat(mean * x, starts, axis=1) for x in X.T], axis=2)
    n = np.add.reduceat(mean, starts, axis=1)
    within = np.einsum("fn,ni,nj->fij", mean, X, X, optimize=True)
    return gradient, within - np.einsum("fsi,fsj->fij", centre / np.where(n > 0, n, 1.0)[:, :, None], centre)
