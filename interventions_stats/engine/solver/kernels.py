"""Log-likelihoods of one linear predictor: what each model adds per row, given eta.

A kernel knows nothing of columns or batches beyond the shape ``(fits, rows)``
of the linear predictor.  The log-likelihood of a row is ``y * a(eta) - b(eta)``.
Where the link is canonical ``a(eta) = eta``, so that ``y`` reaches the score only
through the sufficient statistic ``X'y``: a thousand permuted outcomes then share
every pass over the rows, and the kernel is called without ``y``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Model = Literal["logit", "cloglog", "poisson"]

# exp(100) is far beyond any rate, and its square still fits a float64
_ETA_MAX = 100.0
_LOGIT_MAX = 700.0


class Pointwise(NamedTuple):
    """Sums and derivatives with respect to eta; every array but ``loglik`` is (fits, rows).

    ``descent`` is minus the score. For a canonical link ``loglik`` (fits,) leaves out ``y * eta`` and ``descent``
    leaves out ``-y``: it is the fitted mean. ``curvature`` is minus the second derivative, ``weight`` its expectation (the same
    array for a canonical link); ``weight1`` and ``weight2`` are the derivatives of
    ``weight``, None unless asked for by ``derivatives`` (0, 1 or 2).
    """

    loglik: Floats
    descent: Floats
    curvature: Floats
    weight: Floats
    weight1: Floats | None
    weight2: Floats | None


Workspace = Floats  # (WORK, fits, rows): scratch whose layers hold the results until the next call
WORK = 8
SPARE = 5  # the layer whose content nobody needs once the score has been formed


@dataclass(frozen=True, slots=True)
class Kernel:
    """One model: ``pointwise(eta, y, weights, derivatives, work)``, the mean, its derivative, and the link of a mean.

    ``eta`` is ``work[0]`` and may be overwritten; so is everything returned at the next call.
    """

    name: Model
    canonical: bool
    pointwise: Callable[[Floats, Floats | None, Floats | None, int, Workspace], Pointwise]
    mean: Callable[[Floats], Floats]
    mean_derivative: Callable[[Floats], Floats]
    link: Callable[[Floats], Floats]


def _total(array: Floats, weights: Floats | None) -> Floats:
    """Sum over rows, weighted."""
    if weights is None:
        return np.einsum("bn->b", array)
    return np.einsum("bn,bn->b", array, np.broadcast_to(weights, array.shape))


def _scale(weights: Floats | None, *arrays: Floats | None) -> None:
    """Multiply arrays by the weights in place."""
    if weights is not None:
        for array in arrays:
            if array is not None:
                array *= weights


def _log_total(array: Floats, weights: Floats | None, scratch: Floats) -> Floats:
    """Sum the logarithms of numbers in [0, 1] over rows: of products of eight, as a logarithm costs many products."""
    n = array.shape[1]
    if weights is not None or n < 32:
        return _total(np.log(array, out=scratch), weights)
    eighth = n // 8
    product = np.multiply.reduce(array[:, : 8 * eighth].reshape(-1, 8, eighth), axis=1)
    if not product.min() > 1e-290:  # a product that underflows
        return _total(np.log(array, out=scratch), None)
    total = np.add.reduce(np.log(product, out=product), axis=1)
    return total if 8 * eighth == n else total + np.log(array[:, 8 * eighth :]).sum(axis=1)


def _logit(eta: Floats, y: Floats | None, weights: Floats | None, derivatives: int, work: Workspace) -> Pointwise:
    mean, rest, weight = work[1], work[2], work[3]
    weight1, weight2 = rest, eta  # few layers, so that they stay in the cache
    # with odds o, p = o / (1 + o) and 1 - p = 1 / (1 + o) are both accurate in both tails
    odds = np.exp(eta, out=mean)
    np.divide(1.0, np.add(odds, 1.0, out=rest), out=rest)
    np.multiply(odds, rest, out=mean)
    np.multiply(mean, rest, out=weight)
    loglik = _log_total(rest, weights, work[SPARE])
    if not np.isfinite(loglik).all() and (eta > _LOGIT_MAX).any():
        return _logit_clipped(eta, weights, derivatives, work)
    if not derivatives:
        _scale(weights, mean, weight)
        return Pointwise(loglik, mean, weight, weight, None, None)
    np.multiply(np.subtract(rest, mean, out=weight1), weight, out=weight1)
    if derivatives == 1:
        _scale(weights, mean, weight, weight1)
        return Pointwise(loglik, mean, weight, weight, weight1, None)
    np.subtract(1.0, np.multiply(weight, 6.0, out=weight2), out=weight2)
    weight2 *= weight
    _scale(weights, mean, weight, weight1, weight2)
    return Pointwise(loglik, mean, weight, weight, weight1, weight2)


def _logit_clipped(eta: Floats, weights: Floats | None, derivatives: int, work: Workspace) -> Pointwise:
    """Rows so far out that exp overflows: the log-likelihood is linear there, and all else has vanished."""
    excess = _total(np.maximum(eta - _LOGIT_MAX, 0.0), weights)
    point = _logit(np.clip(eta, -_LOGIT_MAX, _LOGIT_MAX, out=eta), None, weights, derivatives, work)
    return point._replace(loglik=point.loglik - excess)


def _poisson(eta: Floats, y: Floats | None, weights: Floats | None, derivatives: int, work: Workspace) -> Pointwise:
    mean = np.exp(eta, out=work[1])
    _scale(weights, mean)
    return Pointwise(-_total(mean, None), mean, mean, mean, mean, mean)


def _cloglog(eta: Floats, y: Floats | None, weights: Floats | None, derivatives: int, work: Workspace) -> Pointwise:
    assert y is not None
    rate, ratio, both, slope, descent, weight1, weight2 = work[1:8]
    np.exp(np.minimum(eta, _ETA_MAX, out=eta), out=rate)
    # ratio = rate / (exp(rate) - 1), with its limit 1 where the rate underflows
    np.divide(rate, np.expm1(rate, out=ratio), out=ratio)
    ratio[rate == 0] = 1.0
    np.add(ratio, rate, out=both)
    np.multiply(np.subtract(1.0, both, out=slope), ratio, out=slope)  # derivative of ratio
    # log(1 - exp(-rate)) = log(rate) - log(rate + ratio)
    np.subtract(eta, np.log(both, out=weight1), out=weight1)
    np.subtract(np.multiply(np.add(weight1, rate, out=weight1), y, out=weight1), rate, out=weight1)
    loglik = _total(weight1, weights)
    np.subtract(rate, np.multiply(both, y, out=descent), out=descent)
    curvature, weight = eta, weight1
    np.subtract(rate, np.multiply(np.add(slope, rate, out=curvature), y, out=curvature), out=curvature)
    np.multiply(rate, ratio, out=weight)
    if not derivatives:
        _scale(weights, descent, curvature, weight)
        return Pointwise(loglik, descent, curvature, weight, None, None)
    growth = np.subtract(2.0, both, out=both)  # derivative of log(weight)
    np.subtract(np.subtract(np.multiply(growth, growth, out=weight2), rate, out=weight2), slope, out=weight2)
    weight2 *= weight
    growth *= weight
    _scale(weights, descent, curvature, weight, growth, weight2)
    return Pointwise(loglik, descent, curvature, weight, growth, weight2)


def expit(eta: Floats) -> Floats:
    """Inverse logit that neither overflows nor loses small probabilities."""
    decay = np.exp(-np.abs(eta))
    return np.where(eta < 0, decay, 1.0) / (1.0 + decay)


def _logit_slope(eta: Floats) -> Floats:
    decay = np.exp(-np.abs(eta))
    return decay / (1.0 + decay) ** 2


def _exp(eta: Floats) -> Floats:
    return np.exp(eta)


def _cloglog_mean(eta: Floats) -> Floats:
    return -np.expm1(-np.exp(eta))


def _cloglog_slope(eta: Floats) -> Floats:
    return np.exp(eta - np.exp(eta))


def _log_odds(mean: Floats) -> Floats:
    return np.log(mean / (1.0 - mean))


def _log_log(mean: Floats) -> Floats:
    return np.log(-np.log1p(-mean))


KERNELS: dict[Model, Kernel] = {
    "logit": Kernel("logit", True, _logit, expit, _logit_slope, _log_odds),
    "cloglog": Kernel("cloglog", False, _cloglog, _cloglog_mean, _cloglog_slope, _log_log),
    "poisson": Kernel("poisson", True, _poisson, _exp, _exp, np.log),
}


def mean_kernel(model: str) -> Kernel | None:
    """Return the kernel by which the mean of a model's outcome follows its linear predictor, None where it does not."""
    return KERNELS["poisson"] if model == "negative_binomial" else KERNELS.get(model)  # type: ignore[call-overload]
