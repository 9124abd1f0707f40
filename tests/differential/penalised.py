"""What hangs on a penalised maximum, in 40-digit arithmetic: profile limits, likelihood ratios, and FLAC."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import mpmath as mp
import numpy as np

from tests.differential.designs import Case, Floats
from tests.differential.references import ROWS, Answer, Data, NoMaximum, Point, Vector, array, climb, floats, point

FALL = mp.mpf("1.959963984540054") ** 2 / 2


def tried(case: Case) -> int:
    """The coefficient whose profile is held against the reference: another one from design to design."""
    return len(case.y) % (1 + case.X.shape[1])


def profile(model: str, case: Case, start: Floats) -> Answer:
    """Coefficients, then the 95% limits of one of them and the likelihood ratio of its being zero.

    ``start`` is the answer of that form. A limit is right if the profile has fallen there by half the quantile's square, which one
    Newton step along the profile turns into an error of the limit.
    """
    data, j, p = Data(case), tried(case), 1 + case.X.shape[1]
    top, highest = climb(lambda b: point(data, ROWS[model], b, True), start[:p])
    cov = highest.information**-1
    tangent = [cov[i, j] / cov[j, j] for i in range(p)]

    def held(value: float) -> Point:
        at = mp.mpf(float(value))
        along = [b + t * (at - top[j]) for b, t in zip(top, tangent, strict=True)]
        for where in (along, top):
            if (found := _held(model, data, j, at, where)) is not None:
                return found
        raise NoMaximum("no maximum with a coefficient held")

    limits = []
    for value in start[p : p + 2]:
        at = held(value)
        limits.append(mp.mpf(float(value)) - (at.objective - highest.objective + FALL) / at.score[j])
    ratio = 2 * (highest.objective - held(0.0).objective)
    spread = np.diag([*(float(cov[i, i]) for i in range(p)), *[float(cov[j, j])] * 2, 1.0])
    return Answer(floats([*top, *limits, ratio]), spread)


def _held(model: str, data: Data, j: int, at: object, start: Sequence[object]) -> Point | None:
    """The maximum with coefficient j at a value, as a point of all coefficients."""
    others = [i for i in range(data.p) if i != j]

    def whole(b: Vector) -> Vector:
        return [*b[:j], at, *b[j:]]

    def free(b: Vector) -> Point:
        full = point(data, ROWS[model], whole(b), True)
        curvature = mp.matrix(len(others))
        for row, a in enumerate(others):
            for column, c in enumerate(others):
                curvature[row, column] = full.curvature[a, c]
        return full._replace(score=[full.score[i] for i in others], curvature=curvature)

    try:
        b, _ = climb(free, [start[i] for i in others])
    except (NoMaximum, ZeroDivisionError, OverflowError, ValueError):
        return None
    return point(data, ROWS[model], whole(b), True)


def flac(case: Case, start: Floats) -> Answer:
    """Maximum likelihood of the rows beside two copies of each, of half its leverage at Firth's estimate, marked by a column."""
    data = Data(case)
    b, firth = climb(lambda v: point(data, ROWS["logit"], v, True), start)
    inverse, leverage = firth.information**-1, []
    for row, eta, w in zip(data.x, data.eta(b), data.w, strict=True):
        mean = 1 / (1 + mp.exp(-eta))
        leverage.append(w * mean * (1 - mean) * mp.fdot(row, list(inverse * mp.matrix(row))))
    longer, half = copy.copy(data), [h / 2 for h in leverage]
    longer.x = [[*row, mark] for mark in (mp.mpf(0), mp.mpf(1), mp.mpf(1)) for row in data.x]
    longer.y, longer.w = data.y + data.y + [1 - y for y in data.y], data.w + half + half
    longer.offset, longer.p = data.offset * 3, data.p + 1
    found, top = climb(lambda v: point(longer, ROWS["logit"], v, False), np.append(start, 0.0))
    return Answer(floats(found[:-1]), array(top.information**-1)[:-1, :-1])
