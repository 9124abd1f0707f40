"""Whether a penalised likelihood may have several maxima, and the search for the highest.

A log-likelihood is concave; half the log determinant of the information I = sum w_i x_i x_i' is not. Minus their Hessian
is at least ``sum (w_i - q_i w''_i / 2) x_i x_i'`` with q_i = x_i' I^-1 x_i, the variance of the linear predictor of a row,
and w'' <= w. So the objective is concave wherever no q_i exceeds 2, and two maxima, or two ridges of a profile, need a row
whose log-odds are hardly known and that has much leverage, h_i = w_i q_i. Where the data have as many distinct rows as
columns the objective is concave everywhere, as log w is.

A maximum, or an end of a profile, is therefore taken on trust if its rows are well known, and what is left is searched from
points scattered around. The bounds at the ends of a profile are not a theorem: they lie far on the safe side of every
design of a simulation in which another ridge was higher.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.solver.kernels import KERNELS, Floats, Model
from interventions_stats.engine.solver.landscape import Landscape, survey
from interventions_stats.engine.solver.newton import Bools, Evaluate, Evaluation, positive_definite

if TYPE_CHECKING:
    from collections.abc import Callable

    from interventions_stats.engine.solver.landscape import Doubtful
    from interventions_stats.engine.solver.likelihood import RowProducts

    Products = Callable[[], RowProducts]

CONCAVE = 2.0  # variance of a linear predictor up to which the objective is concave there
KNOWN = 8.0  # the same at an end of a profile, beside a curvature of at least half the information
CURVED = 0.5
_LEVERAGE = 1.0 / 3.0  # below which no row can make a ridge of its own


def landscape(
    design: Design,
    model: Model,
    products: Products,
    closure: Callable[[], Evaluate],
    theta: Floats,
    top: Evaluation,
    variance: float,
) -> Landscape:
    """Return the maxima of a penalised fit of which one, ``theta`` (p,) with ``top``, is known; it alone where that is certain.

    ``variance`` is the largest one of a row's linear predictor, infinite if not known.
    """
    doubtful: Doubtful = partial(_doubtful, design, model, products, KNOWN)
    alone = Landscape(theta[None], top.objective, top.information, doubtful)
    if variance <= CONCAVE or not _doubtful(
        design, model, products, CONCAVE, theta[None], top.curvature, top.information
    ):
        return alone
    if is_saturated(design):
        return replace(alone, doubtful=_never, concave=True)
    return Landscape(*survey(closure(), theta[None], top), doubtful)


def several(found: Landscape | None) -> tuple[str, ...]:
    """Remark for a result whose penalised likelihood has several maxima, as one text or none."""
    if found is None or len(found.theta) == 1:
        return ()
    gap = float(found.objective[0] - found.objective[1])
    return (
        f"The penalised likelihood has {len(found.theta)} maxima: this is the highest, {gap:.3g} units above the next, and "
        "limits and p-values belong to the highest.",
    )


def is_saturated(design: Design) -> bool:
    """Whether there are no more distinct rows than columns, so that every row's mean is free."""
    if design.offset is not None and np.ptp(design.offset) > 0:
        return False
    seen: set[bytes] = set()
    for row in np.ascontiguousarray(design.X):
        seen.add(row.tobytes())
        if len(seen) > design.p:
            return False
    return True


def _never(theta: Floats, curvature: Floats, information: Floats) -> Bools:
    return np.zeros(len(theta), dtype=bool)


def _doubtful(
    design: Design,
    model: Model,
    products: Products,
    most: float,
    theta: Floats,
    curvature: Floats,
    information: Floats,
) -> Bools:
    """Which points (b, p) have a row of much leverage whose predictor varies by more than ``most``, or too little curvature."""
    inverse, sound = _inverses(information)
    variance = products().quadratic(inverse)
    doubt = variance.max(axis=1) > most
    if most > CONCAVE:  # below, the curvature follows
        doubt |= ~_positive_definite(curvature - CURVED * information)
    rows = np.flatnonzero(doubt & sound)
    if len(rows):
        leverage = variance[rows] * _weights(model, products().x, theta[rows], design.weights, design.offset)
        doubt[rows] = leverage.max(axis=1) > _LEVERAGE
    return np.asarray(doubt | ~sound)


def doubtful_fits(
    model: Model, products: RowProducts, theta: Floats, inverse: Floats, weights: Floats | None, offset: Floats | None
) -> Bools:
    """Which maxima (b, p) of a batch may have a higher one beside them: a row's predictor varies by much and has much leverage.

    ``inverse`` (b, p, p) is that of the information; weights and offset are (b, n), (1, n) or None.
    """
    variance = products.quadratic(inverse)
    doubt = ~(variance.max(axis=1) <= CONCAVE)
    if len(rows := np.flatnonzero(doubt)):
        own = [a if a is None or len(a) == 1 else a[rows] for a in (weights, offset)]
        leverage = variance[rows] * _weights(model, products.x, theta[rows], *own)
        doubt[rows] = ~(leverage.max(axis=1) <= _LEVERAGE)
    return np.asarray(doubt)


def _inverses(information: Floats) -> tuple[Floats, Bools]:
    """Inverses (b, p, p), and which of the matrices have one."""
    sound = _positive_definite(information)
    filled = information if sound.all() else np.where(sound[:, None, None], information, np.eye(information.shape[-1]))
    return np.asarray(np.linalg.inv(filled), dtype=np.float64), sound


def _positive_definite(matrices: Floats) -> Bools:
    """The same as :func:`positive_definite`, at less cost where all of them are."""
    try:
        np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        return positive_definite(matrices)
    return np.ones(len(matrices), dtype=bool)


def _weights(model: Model, x: Floats, theta: Floats, weights: Floats | None, offset: Floats | None) -> Floats:
    """Expected information of every row (b, n) in its linear predictor."""
    eta = theta @ x.T
    if offset is not None:
        eta += offset
    kernel = KERNELS[model]
    mean, slope = kernel.mean(eta), kernel.mean_derivative(eta)
    variance = mean if model == "poisson" else mean * (1.0 - mean)
    weight = slope * slope / np.maximum(variance, 1e-300)
    return weight if weights is None else weight * weights
