"""Coordinates in which a linear function of the parameters is one of them, and closures expressed in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.solver.newton import Bools, Evaluate, Evaluation, Floats, Rows

Index = NDArray[np.intp]


def turn(value: Evaluation, basis: Floats) -> Evaluation:
    """Express an evaluation in coordinates phi, where theta = basis @ phi; ``basis`` is (b, p, p)."""
    back = basis.transpose(0, 2, 1)
    third = value.third
    if third is not None:
        b, p = third.shape[:2]
        for _ in range(3):  # turn the first axis and move it to the end
            third = (back @ third.reshape(b, p, p * p)).reshape(b, p, p, p).transpose(0, 2, 3, 1)
    return Evaluation(
        value.objective,
        np.einsum("bji,bj->bi", basis, value.score),
        back @ value.curvature @ basis,
        None if value.stand_in is None else back @ value.stand_in @ basis,
        value.order,
        third,
    )


def reparametrised(evaluate: Evaluate, basis: Floats) -> Evaluate:
    """Return the closure in coordinates phi, where theta = basis @ phi; ``basis`` is (b, p, p)."""

    def turned(phi: Floats, rows: Rows) -> Evaluation:
        value = evaluate(np.einsum("bij,bj->bi", basis[rows], phi), rows)
        return turn(value._replace(third=None), basis[rows])

    return turned


def coordinates(contrast: Floats) -> Floats:
    """Bases (b, p, p) of coordinates of which the first is ``contrast @ theta``, for contrasts (b, p)."""
    length = np.sqrt(np.einsum("bi,bi->b", contrast, contrast))
    unit = contrast / length[:, None]
    mirror = unit.copy()
    sign = np.where(unit[:, 0] > 0, -1.0, 1.0)  # away from cancellation
    mirror[:, 0] -= sign
    mirror /= np.sqrt(np.einsum("bi,bi->b", mirror, mirror))[:, None]
    basis = np.eye(contrast.shape[1]) - 2.0 * mirror[:, :, None] * mirror[:, None, :]
    basis[:, :, 0] = unit / length[:, None]
    return basis


def subset(evaluate: Evaluate, which: Index) -> Evaluate:
    """Return the closure of some fits of a batch, in any order and number."""
    return lambda theta, rows: evaluate(theta, which[rows])


def all_but(shape: tuple[int, ...], coordinate: int) -> Bools:
    """Return a mask of which coordinates are free where one is held."""
    free = np.ones(shape, dtype=bool)
    free[:, coordinate] = False
    return free
