"""First-order autoregression within strata: its restricted likelihood, covariance and draws.

The exposure is taken as level and trend of its stratum plus a stationary
autoregression with one coefficient phi for all strata.  phi is not plugged in:
its posterior under the reference prior of Berger and Yang (1994), proportional
to (1 - phi^2)^(-1/2), is kept on a grid, because in strata of eight to a
hundred periods an estimate of phi is biased downward and its error matters.
The grid is uniform in arcsin(phi), where that prior is flat.
"""

from __future__ import annotations

import numpy as np

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.memo import remember
from interventions_stats.engine.options import Floats, Ints
from interventions_stats.engine.permutation.trends import basis

PHI = np.sin(np.arange(np.arcsin(-0.5), np.arcsin(0.9995), 0.07))
"""Grid of autoregressive coefficients, -.5 to .998."""

NEGLIGIBLE = 1e-5  # posterior weight below which a grid point is left out


def whiten(values: Floats, times: Ints, phi: float) -> tuple[Floats, float]:
    """Whiten the last axis of ``values`` (..., n) and return it with log|correlation|; gaps in time are allowed."""
    step = phi ** np.diff(times)
    spread = 1.0 - step**2
    lead = (values[..., 1:] - step * values[..., :-1]) / np.sqrt(spread)
    return np.concatenate([values[..., :1], lead], axis=-1), float(np.log(spread).sum())


def restricted_log_likelihood(values: Floats, layout: Layout, degree: int, phi: float) -> Floats:
    """Restricted log likelihood of phi, profiled over the variance, for series (..., n).

    Harville (1977): the level and trend of every piece are integrated out.
    """
    squares = np.zeros(values.shape[:-1])
    log_det, df = 0.0, 0
    for a, b in layout.pieces:
        times = layout.times[a:b]
        design = basis(times, degree)
        if b - a <= design.shape[1]:
            continue
        white, log_correlation = whiten(values[..., a:b], times, phi)
        q, r = np.linalg.qr(whiten(design.T, times, phi)[0].T)
        rest = white - (white @ q) @ q.T
        squares = squares + (rest**2).sum(axis=-1)
        log_det += log_correlation + 2 * np.log(np.abs(np.diag(r))).sum()
        df += b - a - design.shape[1]
    with np.errstate(divide="ignore"):
        return -0.5 * log_det - 0.5 * df * np.log(squares)


@remember(256)
def phi_posterior(values: Floats, layout: Layout, degree: int) -> Floats:
    """Posterior weights of ``PHI`` for series (..., n); returns (..., len(PHI)), which sums to one."""
    log_like = np.stack([restricted_log_likelihood(values, layout, degree, phi) for phi in PHI], axis=-1)
    log_like = np.where(np.isfinite(log_like), log_like, 0.0)  # a constant series says nothing on phi
    weights = np.exp(log_like - log_like.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def residual_covariance(times: Ints, degree: int, phi: float) -> Floats:
    """Covariance (n, n) of the detrended autoregression over ``times``; the process has variance one."""
    full = phi ** np.abs(np.subtract.outer(times, times))
    q = basis(times, degree)
    cross = full @ q
    return np.asarray(full - q @ cross.T - cross @ q.T + q @ (q.T @ cross) @ q.T)


@remember(128)
def mixed_covariance(times: Ints, degree: int, weights: Floats) -> Floats:
    """``residual_covariance`` averaged over the posterior, each scaled to mean variance one."""
    out = np.zeros((len(times), len(times)))
    for phi, weight in zip(PHI, weights, strict=True):
        if weight > NEGLIGIBLE:
            cov = residual_covariance(times, degree, float(phi))
            out += weight * cov * (len(times) / max(np.trace(cov), 1e-300))
    return out


def simulate(layout: Layout, phi: Floats, rng: np.random.Generator) -> Floats:
    """Draw one Gaussian autoregression per element of ``phi`` (m,), independent over pieces: (m, n)."""
    out = np.empty((len(phi), layout.n))
    shocks = rng.standard_normal((layout.n, len(phi)))
    for a, b in layout.pieces:
        state = shocks[a]
        out[:, a] = state
        for t in range(a + 1, b):
            step = phi ** int(layout.times[t] - layout.times[t - 1])
            state = step * state + np.sqrt(1.0 - step**2) * shocks[t]
            out[:, t] = state
    return out
