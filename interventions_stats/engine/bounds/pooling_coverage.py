"""How often a pooled bound or interval of one actor holds its effect, over simulated worlds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import as_numbers
from interventions_stats.engine.bounds.pooling import posterior
from interventions_stats.engine.distributions import cdf
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.scalars import (
    check_count,
    check_finite,
    check_level,
    check_positive,
    check_whole,
    generator,
)
from interventions_stats.errors import InputError

CHUNK = 100  # worlds whose posteriors are held at once


@dataclass(frozen=True, slots=True)
class PoolingCoverage:
    """Coverage of one actor's shrunken effect.

    Attributes
    ----------
    bound : float
        Share of worlds in which the upper bound lies above the effect.
    interval : float
        Share in which the central interval holds it.
    mc_se : float
        Monte Carlo standard error of the larger.
    worlds : int
    """

    bound: float
    interval: float
    mc_se: float
    worlds: int


def pooling_coverage(
    std_errors: Any, tau: float, scale: float = 0.8, *, actor: int = 0, offset: float | None = None, level: float = 0.95,
    worlds: int = 1_000, seed: int = 0,
) -> PoolingCoverage:  # fmt: skip
    """Simulate how often :func:`~interventions_stats.inference.pool` covers the effect of one actor.

    Parameters
    ----------
    std_errors : (a,) array
        Of the actors' estimates, at least two.
    tau : float
        True spread of the effects between actors, above zero.
    scale : float, default 0.8
        Of the half-normal prior.
    actor : int, default 0
        Position of the actor.
    offset : float, optional
        Its effect lies that many ``tau`` above the mean; by default it is drawn like the others.
    level : float, default 0.95
        Of the one-sided bound and of the central interval.
    worlds : int, default 1,000
    seed : int, default 0

    Returns
    -------
    PoolingCoverage

    Raises
    ------
    InputError
        Fewer than two actors, a standard error, spread or scale that is not positive, or no such actor.

    Examples
    --------
    With six actors, a narrow prior and a truth one spread above the mean, the bound holds too seldom:

    >>> narrow, wide = (pooling_coverage([0.3] * 6, 0.4, s, offset=1.0, worlds=300) for s in (0.1, 0.8))
    >>> narrow.bound < 0.6 < 0.8 < wide.bound
    True
    """
    se = as_numbers("std_errors", std_errors, 1, Labels())
    if len(se) < 2 or not (np.isfinite(se).all() and (se > 0).all()):
        raise InputError("std_errors holds at least two standard errors, all above zero.")
    if (actor := check_whole("actor", actor)) >= len(se):
        raise InputError(f"actor is a position from 0 to {len(se) - 1}, not {actor}.")
    tau, scale, level = check_positive("tau", tau), float(check_positive("scale", scale)), check_level("level", level)
    offset, worlds = None if offset is None else check_finite("offset", offset), check_count("worlds", worlds)
    rng = generator(seed)
    effects = tau * rng.standard_normal((worlds, len(se)))
    if offset is not None:
        effects[:, actor] = offset * tau
    estimates = effects + se * rng.standard_normal(effects.shape)
    below = np.concatenate(
        [
            _below(estimates[i : i + CHUNK], effects[i : i + CHUNK, actor], se, scale, actor)
            for i in range(0, worlds, CHUNK)
        ]
    )
    bound = float((below <= level).mean())
    interval = float((np.abs(below - 0.5) <= level / 2).mean())
    share = min(max(max(bound, interval), 1 / (worlds + 1)), 1 - 1 / (worlds + 1))
    return PoolingCoverage(bound, interval, math.sqrt(share * (1 - share) / worlds), worlds)


def _below(estimates: np.ndarray, truth: np.ndarray, se: np.ndarray, scale: float, actor: int) -> np.ndarray:
    """Posterior probability (H,) that the actor's effect lies below its true value."""
    weights, _, _, means, sds = posterior(estimates, se, scale)
    return np.asarray((weights * cdf((truth[:, None] - means[..., actor]) / sds[..., actor])).sum(axis=1))
