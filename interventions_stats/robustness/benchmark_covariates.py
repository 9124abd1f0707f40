"""How strong an unmeasured confounder of a binary outcome would have to be, relative to a named covariate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from interventions_stats.errors import EstimationError, InputError


@dataclass(frozen=True, slots=True)
class Benchmark:
    """An unmeasured confounder as strong as a named covariate.

    Attributes
    ----------
    covariate : str
    effect : float
        Log ratio per SD of the covariate, beside the exposure.
    imbalance : float
        SDs by which a confounder as closely tied to the exposure rises with a unit of it, given the covariates.
    times_to_target : float
        How many times as strong with the outcome and with the exposure both a confounder must be to move the estimate to the
        target; infinite where one of its two links is nil, or where such a confounder would move it away.
    adjusted : float
        Log ratio beside a confounder exactly as strong as the covariate.
    """

    covariate: str
    effect: float
    imbalance: float
    times_to_target: float
    adjusted: float


def benchmark_confounder(
    y: Any,
    exposure: Any,
    covariates: Any,
    names: tuple[str, ...] | list[str],
    *,
    controls: Any = None,
    target: float = 0.0,
    se_multiple: float = 0.0,
) -> tuple[Benchmark, ...]:
    """Say how strong an unmeasured normal confounder would have to be, relative to each named covariate.

    The confounder shifts the log odds by effect x imbalance (exact for a normal confounder in a log-linear model, close to
    it for a logit of a rare outcome); one m times as strong with both shifts it by about m squared times as much.  A
    confounder is as strong as a covariate when it is independent of the covariates and has the same direct links with
    exposure and outcome: its partial R2 with the exposure, given the covariate, is R2 / (1 - R2) of the covariate's own.

    Parameters
    ----------
    y : (n,) array of 0/1
    exposure : (n,) array
    covariates : (n, k) array
    names : k strings
    controls : (n, any number) array, optional
        Columns of the model that no confounder is held against, such as intercepts of leaders.
    target : float, default 0
        Log ratio to reach.
    se_multiple : float, default 0
        1.645 moves the one-sided 95% bound nearer to the target, and not the estimate.

    Returns
    -------
    tuple of Benchmark

    Raises
    ------
    InputError
        Names that do not fit the covariates.
    EstimationError
        A column that does not vary, or a fit without a maximum.

    References
    ----------
    Lin, Psaty & Kronmal (1998), Biometrics 54:948-963; Cinelli & Hazlett (2020) for benchmarks.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = rng.standard_normal(400)
    >>> x = z + rng.standard_normal(400)
    >>> y = rng.random(400) < 1 / (1 + np.exp(2.5 - x - z))
    >>> found = benchmark_confounder(y, x, z[:, None], ["z"])[0]
    >>> found.covariate, found.effect > 0
    ('z', True)
    """
    from interventions_stats.engine.models.batch import firth_logit_batch

    outcome, x = np.asarray(y, float), np.asarray(exposure, float)
    Z = np.asarray(covariates, float).reshape(len(x), -1)
    if Z.shape[1] != len(names):
        raise InputError(f"{len(names)} names for {Z.shape[1]} covariates")
    if np.ptp(x) == 0 or (Z.std(axis=0) == 0).any():
        raise EstimationError("the exposure or a covariate does not vary")
    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)
    beside = np.empty((len(x), 0)) if controls is None else np.asarray(controls, float).reshape(len(x), -1)
    fit = firth_logit_batch(np.column_stack([x, Z, beside]), outcome, full=True, test=())
    beta, se = float(fit.coefficients[0, 1]), float(fit.se[0, 1])
    if not math.isfinite(beta):
        raise EstimationError("the model of exposure and covariates has no maximum; leave out a covariate")
    start = beta - math.copysign(se_multiple * se, beta - target)
    out = []
    for j, name in enumerate(names):
        imbalance, own = _links(x, Z, beside, j)
        effect = float(fit.coefficients[0, 2 + j])
        # beside the exposure the covariate stands for part of a confounder of its own kind that is left out
        bias, wanted = effect / max(1 - abs(imbalance * own), 0.1) * imbalance, start - target
        crossed = (start - target) * (beta - target) <= 0
        # the sign of an unmeasured confounder's links is free: only its strength is taken from the covariate
        times = 0.0 if crossed else math.sqrt(abs(wanted / bias)) if bias else math.inf
        out.append(Benchmark(name, effect, imbalance, times, beta - math.copysign(abs(bias), wanted)))
    return tuple(out)


def _links(x: np.ndarray, Z: np.ndarray, beside: np.ndarray, j: int) -> tuple[float, float]:
    """Imbalance of a confounder tied to the exposure like covariate j, and the exposure's slope on the covariate."""
    n, one = len(x), np.ones(len(x))
    others = np.column_stack([one, np.delete(Z, j, axis=1), beside])
    whole = np.column_stack([one, Z, beside])
    slopes = np.linalg.lstsq(whole, x, rcond=None)[0]
    rest = x - whole @ slopes
    without = x - others @ np.linalg.lstsq(others, x, rcond=None)[0]
    own_r2 = 1 - float(rest @ rest) / float(without @ without)
    r2 = min(own_r2 / max(1 - own_r2, 1e-12), 0.999)
    return math.copysign(math.sqrt(r2) / math.sqrt(float(rest @ rest) / n), slopes[1 + j]), float(slopes[1 + j])
