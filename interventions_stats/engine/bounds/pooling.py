"""A hierarchical normal model over several actors' estimates, by quadrature over the spread between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import as_numbers
from interventions_stats.engine.distributions import cdf
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.scalars import check_level, check_positive
from interventions_stats.engine.options import Floats
from interventions_stats.errors import InputError

NODES = 400  # of the quadrature over tau; its error is below 1e-9 from 150 on


@dataclass(frozen=True)
class Pool:
    """Posterior of a hierarchical normal model: a mixture of normals over the nodes of tau.

    Attributes
    ----------
    estimates, std_errors : (a,) arrays
        What was pooled.
    scale : float
        Scale of tau's half-normal prior.
    mu, mu_sd : float
        Posterior mean and SD of the mean effect.
    tau, tau_sd : float
        Posterior mean and SD of the spread of true effects between actors.
    shrunken, shrunken_sd : (a,) arrays
        Posterior mean and SD of each actor's effect.
    """

    estimates: Floats
    std_errors: Floats
    scale: float
    mu: float
    mu_sd: float
    tau: float
    tau_sd: float
    shrunken: Floats
    shrunken_sd: Floats
    weights: Floats = field(repr=False)
    of_mu: tuple[Floats, Floats] = field(repr=False)
    of_actors: tuple[Floats, Floats] = field(repr=False)

    def bound(self, level: float = 0.95) -> Floats:
        """Value below which each actor's effect lies with posterior probability ``level`` (a,)."""
        means, sds = self.of_actors
        return np.array([_quantile(self.weights, means[:, a], sds[:, a], level) for a in range(means.shape[1])])

    def mu_bound(self, level: float = 0.95) -> float:
        """Value below which the mean effect lies with posterior probability ``level``."""
        return _quantile(self.weights, *self.of_mu, level)

    def new_actor(self, level: float = 0.95) -> float:
        """Value below which the effect of an actor that was not pooled lies with posterior probability ``level``."""
        mean, sd = self.of_mu
        return _quantile(self.weights, mean, np.hypot(sd, self._taus), level)

    @property
    def _taus(self) -> Floats:
        return _nodes(self.scale)[0]


def pool(estimates: Any, std_errors: Any, scale: float = 0.4) -> Pool:
    """Pool estimates of the same effect over actors that are drawn alike.

    ``y_a ~ N(theta_a, se_a^2)``, ``theta_a ~ N(mu, tau^2)``, ``mu`` flat and ``tau`` half-normal: the mean is integrated
    out in closed form and tau by Gauss-Legendre quadrature, so that nothing is simulated.

    Parameters
    ----------
    estimates, std_errors : (a,) array
        At least two actors, on the log scale.
    scale : float, default 0.4
        Of tau's half-normal prior.

    Returns
    -------
    Pool

    Raises
    ------
    InputError
        Fewer than two estimates, a standard error or a scale that is not positive.

    References
    ----------
    Gelman (2006), Bayesian Analysis 1:515-533. Roever (2020), J Stat Softw 93(6).

    Examples
    --------
    >>> found = pool([0.1, 0.3, -0.2, 0.8, 0.2], [0.2, 0.3, 0.25, 0.4, 0.2])
    >>> round(found.mu, 3), round(found.tau, 3), found.bound().round(2).tolist()
    (0.171, 0.198, [0.38, 0.54, 0.32, 0.78, 0.43])
    """
    labels = Labels()
    y, se = as_numbers("estimates", estimates, 1, labels), as_numbers("std_errors", std_errors, 1, labels)
    if len(y) != len(se) or len(y) < 2:
        raise InputError(
            f"pooling needs at least two estimates, each with its standard error; there are {len(y)} and {len(se)}."
        )
    if not (np.isfinite(y).all() and (se > 0).all()):
        raise InputError("an estimate is missing, or a standard error is not above zero: leave that actor out.")
    scale = float(check_positive("scale", scale))
    weights, mu, spread_mu, means, sds = (part[0] for part in posterior(y[None], se, scale))
    tau = _nodes(scale)[0]
    centre, spread = _moments(weights, mu[:, None], spread_mu[:, None])
    shrunken, shrunken_sd = _moments(weights, means, sds)
    tau_mean = float(weights @ tau)
    return Pool(
        estimates=y, std_errors=se, scale=scale, mu=float(centre[0]), mu_sd=float(spread[0]), tau=tau_mean,
        tau_sd=float(np.sqrt(weights @ (tau - tau_mean) ** 2)), shrunken=shrunken, shrunken_sd=shrunken_sd, weights=weights,
        of_mu=(mu, spread_mu), of_actors=(means, sds),
    )  # fmt: skip


def posterior(y: Floats, se: Floats, scale: float) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Posteriors of many sets of estimates (H, a) with the same standard errors (a,), as mixtures over the nodes of tau.

    Returns weights (H, t), mean and SD of the mean effect (H, t), means and SDs of each actor's effect (H, t, a).
    """
    tau, prior = _nodes(scale)
    precision = 1.0 / (se**2 + tau[:, None] ** 2)
    total = precision.sum(axis=1)
    centre = y.mean(axis=1, keepdims=True)  # squares of large estimates would cancel
    rest = y - centre
    mu = rest @ precision.T / total
    squares = rest**2 @ precision.T - total * mu**2
    log = np.log(prior) + 0.5 * (np.log(precision).sum(axis=1) - np.log(total) - squares)
    weights = np.exp(log - log.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    mu = mu + centre
    own = tau[:, None] ** 2 * precision  # weight of an actor's own estimate
    means = own * y[:, None, :] + (1 - own) * mu[:, :, None]
    sds = np.sqrt(own * se**2 + (1 - own) ** 2 / total[:, None])
    many = len(y)
    return (weights, mu, np.broadcast_to(1 / np.sqrt(total), (many, NODES)), means,
            np.broadcast_to(sds, (many, *sds.shape)))  # fmt: skip


def _nodes(scale: float) -> tuple[Floats, Floats]:
    """Nodes of tau and their prior weights; the half-normal beyond eight scales holds nothing."""
    x, w = np.polynomial.legendre.leggauss(NODES)
    tau = 4.0 * scale * (x + 1)
    return tau, w * np.exp(-0.5 * (tau / scale) ** 2)


def _moments(weights: Floats, means: Floats, sds: Floats) -> tuple[Floats, Floats]:
    """Mean and SD of mixtures of normals, a mixture a column."""
    mean = weights @ means
    return mean, np.sqrt(weights @ (sds**2 + (means - mean) ** 2))


def _quantile(weights: Floats, means: Floats, sds: Floats, level: float) -> float:
    from scipy.optimize import brentq

    level = check_level("level", level)
    low, high = float((means - 9 * sds).min()), float((means + 9 * sds).max())
    return float(brentq(lambda v: float(weights @ cdf((v - means) / sds)) - level, low, high, xtol=1e-12))
