"""Random subsets with chances proportional to a product of weights: what a conditional logit supposes of onsets."""

from __future__ import annotations

import numpy as np

from interventions_stats.engine.options import Floats, Ints
from interventions_stats.errors import InputError


def weighted_subsets(log_weights: Floats, size: int, histories: int, rng: np.random.Generator) -> Ints:
    """Draw subsets of ``size`` positions with chances proportional to the product of their weights: (histories, size).

    The law of the ones in a stratum of independent Bernoulli rows given their number (conditional Bernoulli), drawn in one
    pass from elementary symmetric functions of the weights.

    Parameters
    ----------
    log_weights : (L,) array
    size : int
        At most L.

    Raises
    ------
    InputError
        More positions asked for than there are.

    References
    ----------
    Chen and Liu (1997), "Statistical applications of the Poisson-binomial and conditional Bernoulli distributions",
    Statistica Sinica 7.

    Examples
    --------
    >>> drawn = weighted_subsets(np.log([1.0, 1.0, 8.0]), 1, 1_000, np.random.default_rng(0))
    >>> bool(abs((drawn == 2).mean() - 0.8) < 0.05)
    True
    """
    length = len(log_weights)
    if not 0 <= size <= length:
        raise InputError(f"{size} positions do not fit a stratum of {length}: give fewer onsets or a longer stratum.")
    rest = np.full((length + 1, size + 1), -np.inf)  # log of the symmetric function of order j of the weights from t on
    rest[:, 0] = 0.0
    for t in range(length - 1, -1, -1):
        rest[t, 1:] = np.logaddexp(rest[t + 1, 1:], log_weights[t] + rest[t + 1, :-1])
    out = np.empty((histories, size), int)
    if size == 0:
        return out
    rows, left = np.arange(histories), np.full(histories, size)
    uniform = rng.random((length, histories))
    for t in range(length):
        wanting = left > 0
        j = np.maximum(left, 1)
        with np.errstate(invalid="ignore"):
            chance = np.exp(log_weights[t] + rest[t + 1, j - 1] - rest[t, j])
        taken = wanting & (uniform[t] < chance)
        out[rows[taken], size - left[taken]] = t
        left -= taken
    return out
