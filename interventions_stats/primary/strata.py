"""Exposures within strata: centred, scaled, and split into within and between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from interventions_stats.panels.terms import parse_term


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


def within_each(columns: Sequence[np.ndarray], strata: np.ndarray, terms: Sequence[str]) -> np.ndarray:
    """Centre columns (rows,) within strata and scale them: (rows, columns).

    Each is divided by its own within-stratum SD.  A rise and a fall of one variable are divided by one SD, the root mean
    square of theirs: a loss is to be held against a gain of the same size, and losses may be scattered wider than gains.

    >>> x = within_each([np.array([4.0, 0.0]), np.array([0.0, 2.0])], np.zeros(2), ["cinc.fall5", "cinc.rise5"])
    >>> np.ptp(x, axis=0)[0] / np.ptp(x, axis=0)[1]
    np.float64(2.0)
    """
    if len(terms) == 1 or len({parse_term(t).name for t in terms}) > 1:
        return np.column_stack([within(c, strata) for c in columns])
    centred = np.column_stack([within(c, strata, scale=False) for c in columns])
    sd = np.sqrt(np.mean(centred**2))
    return centred / sd if sd > 0 else centred


def contrasted(x: np.ndarray, controls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what a test of ``x`` (rows, 1 or 2) relabels, and what it holds beside it (rows, any number of columns).

    b1 x1 + b2 x2 is (b1 - b2)(x1 - x2)/2 + (b1 + b2)(x1 + x2)/2: a test of b1 = b2 is one of the difference beside the
    sum.  Without the sum, losses and gains that matter alike pass for an asymmetry wherever one is scattered wider.
    """
    if x.shape[1] == 1:
        return x[:, 0], controls
    return x[:, 0] - x[:, 1], np.column_stack([controls, x[:, 0] + x[:, 1]])


def between_share(x: np.ndarray, strata: np.ndarray) -> float:
    """Share of the variance of ``x`` that lies between strata.

    >>> round(between_share(np.array([1.0, 3.0, 10.0, 12.0]), np.array(["a", "a", "b", "b"])), 3)
    0.953
    """
    total = np.var(x) if len(x) else 0.0
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
