"""FLAC in 40-digit arithmetic."""

from __future__ import annotations

import copy

import mpmath as mp
import numpy as np

from tests.differential.designs import Case, Floats
from tests.differential.references import ROWS, Answer, Data, array, climb, floats, point


def reference(case: Case, start: Floats) -> Answer:
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
