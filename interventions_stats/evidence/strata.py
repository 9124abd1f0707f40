"""Exposures within strata: centred, scaled, and split into within and between."""

from __future__ import annotations

import numpy as np


def within(x: np.ndarray, strata: np.ndarray, *, scale: bool = True) -> np.ndarray:
    """Centre ``x`` (rows,) on its stratum means and divide by the pooled within-stratum SD.

    >>> within(np.array([1.0, 3.0, 10.0, 12.0]), np.array(["a", "a", "b", "b"]))
    array([-1.,  1., -1.,  1.])
    """
    out = np.empty(len(x))
    for s in set(strata):
        here = strata == s
        out[here] = x[here] - x[here].mean()
    sd = np.sqrt(np.mean(out**2))
    return out / sd if scale and sd > 0 else out


def between_share(x: np.ndarray, strata: np.ndarray) -> float:
    """Share of the variance of ``x`` that lies between strata.

    >>> round(between_share(np.array([1.0, 3.0, 10.0, 12.0]), np.array(["a", "a", "b", "b"])), 3)
    0.953
    """
    total = np.var(x)
    return float(1 - np.mean(within(x, strata, scale=False) ** 2) / total) if total > 0 else 0.0


def stratum_dummies(strata: np.ndarray) -> np.ndarray:
    """One 0/1 column for each stratum but the first, in order of appearance."""
    names = list(dict.fromkeys(strata))
    return (
        np.column_stack([(strata == n).astype(float) for n in names[1:]])
        if len(names) > 1
        else np.empty((len(strata), 0))
    )


def detrended(x: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Take each stratum's level and linear trend out of ``x`` and give its mean back.

    >>> detrended(np.array([1.0, 2.0, 3.0]), np.array(["a"] * 3)).round(9)
    array([2., 2., 2.])
    """
    out = np.empty(len(x))
    for s in set(strata):
        here = np.flatnonzero(strata == s)
        t = np.arange(len(here), dtype=float)
        slope = np.polyfit(t, x[here], 1)[0] if len(here) > 1 else 0.0
        out[here] = x[here] - slope * (t - t.mean())
    return out
