"""Firth's logit, its likelihood-ratio test and profile limits in 40-digit arithmetic, for small grouped tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mpmath as mp

mp.mp.dps = 40
Z975 = mp.sqrt(2) * mp.erfinv(mp.mpf("0.95"))


class FirthTable:
    """Rows ``x`` (with the intercept) with ``events`` out of ``trials`` each."""

    def __init__(self, x: Sequence[Sequence[float]], events: Sequence[int], trials: Sequence[int]) -> None:
        self.x = [[mp.mpf(float(v)) for v in row] for row in x]
        self.events, self.trials, self.p = events, trials, len(x[0])

    def parts(self, b: Sequence[Any]) -> tuple[Any, list[Any]]:
        """Penalised log-likelihood and its gradient, straight from the definitions."""
        p = self.p
        information, slopes = mp.zeros(p), [mp.zeros(p) for _ in range(p)]
        loglik, score = mp.mpf(0), [mp.mpf(0)] * p
        for row, y, n in zip(self.x, self.events, self.trials, strict=True):
            pi = 1 / (1 + mp.exp(-mp.fsum(v * c for v, c in zip(row, b, strict=True))))
            w = n * pi * (1 - pi)
            loglik += y * mp.log(pi) + (n - y) * mp.log(1 - pi)
            for i in range(p):
                score[i] += (y - n * pi) * row[i]
                for j in range(p):
                    information[i, j] += w * row[i] * row[j]
                    for k in range(p):
                        slopes[k][i, j] += w * (1 - 2 * pi) * row[i] * row[j] * row[k]
        inverse = information**-1
        for k in range(p):
            product = inverse * slopes[k]
            score[k] += mp.fsum(product[i, i] for i in range(p)) / 2
        return loglik + mp.log(mp.det(information)) / 2, score

    def maximum(self, start: Sequence[float]) -> tuple[list[Any], Any]:
        root = list(mp.findroot(lambda *b: self.parts(b)[1], [mp.mpf(float(s)) for s in start]))
        return root, self.parts(root)[0]

    def limit(self, j: int, top: Any, start: Sequence[float]) -> Any:
        """Coefficient j where the profile has fallen by chi-square / 2, from a point nearby."""

        def system(*b: Any) -> list[Any]:
            value, score = self.parts(b)
            return [value - top + Z975**2 / 2, *(s for i, s in enumerate(score) if i != j)]

        return mp.findroot(system, [mp.mpf(float(s)) for s in start])[j]

    def ratio(self, j: int, top: Any, start: Sequence[float]) -> Any:
        """Likelihood-ratio statistic of coefficient j = 0."""
        free = [i for i in range(self.p) if i != j]

        def spread(values: Sequence[Any]) -> list[Any]:
            out = [mp.mpf(0)] * self.p
            for i, v in zip(free, values, strict=True):
                out[i] = v
            return out

        def system(*values: Any) -> list[Any]:
            score = self.parts(spread(values))[1]
            return [score[i] for i in free]

        held = mp.findroot(system, [mp.mpf(float(start[i])) for i in free])
        return 2 * (top - self.parts(spread(list(held)))[0])
