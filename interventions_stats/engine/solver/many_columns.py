"""The Hessian of the Jeffreys penalty where the products of three columns would be too many to keep.

What needs them is tr(A T_a A T_b), with A the inverse information and T_a = X' diag(w' x_a) X. With few rows it is the form
X' (d d' * Q * Q) X in the hat values Q = X A X', d = w' (n**2 p products); with many, the T_a are formed one by one (n p**3).
"""

from __future__ import annotations

import numpy as np

from interventions_stats.engine.solver.kernels import Floats


def traces(x: Floats, inverse: Floats, weight1: Floats) -> Floats:
    """Return tr(A T_a A T_b) for every fit, as (b, p, p); ``inverse`` is (b, p, p) and ``weight1`` (b, n)."""
    n, p = x.shape
    one = _by_rows if n <= p * p else _by_columns
    return np.stack([one(x, a, d) for a, d in zip(inverse, weight1, strict=True)])


def _by_rows(x: Floats, inverse: Floats, weight1: Floats) -> Floats:
    hat = x @ inverse @ x.T
    hat *= hat
    scaled = weight1[:, None] * x
    return np.asarray(scaled.T @ hat @ scaled)


def _by_columns(x: Floats, inverse: Floats, weight1: Floats) -> Floats:
    p = x.shape[1]
    scaled = weight1[:, None] * x
    turned = np.stack([inverse @ ((scaled * x[:, [a]]).T @ x) for a in range(p)])
    return np.asarray(turned.reshape(p, -1) @ turned.transpose(0, 2, 1).reshape(p, -1).T)
