"""Fits of all subsets of families, and how a gain in fit divides among them."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np


def family_gains(
    X: np.ndarray, Y: np.ndarray, member: list[np.ndarray], *, fixed: int | None = None
) -> tuple[np.ndarray, list[frozenset[int]]]:
    """Penalised log-likelihood of every subset of families over that of none: (subsets, outcomes), the whole set last.

    Columns of X from ``fixed`` on belong to no family and take part in every fit.
    """
    subsets = [frozenset(s) for k in range(len(member) + 1) for s in combinations(range(len(member)), k)]
    always = np.arange(X.shape[1]) >= (X.shape[1] if fixed is None else fixed)
    masks = np.array([np.any([always, *(member[i] for i in s)], axis=0) for s in subsets])
    value = constrained_loglik(X, Y, masks)
    return value - value[0], subsets


def constrained_loglik(X: np.ndarray, Y: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Maximum penalised log-likelihood of a Firth logit with some coefficients at zero.

    Parameters
    ----------
    X : (n, k) array
    Y : (outcomes, n) array of 0/1
    masks : (subsets, k) array of bool
        Coefficients that are free; the penalty is always that of the whole model.

    Returns
    -------
    (subsets, outcomes) array
        NaN where a fit did not converge.
    """
    from interventions_stats.engine.models.batch_engine import _batch, validate
    from interventions_stats.engine.solver.likelihood import RowProducts, evaluator
    from interventions_stats.engine.solver.newton import maximise

    problem = validate("logit", True, X, np.repeat(Y, len(masks), axis=0), None, None, None, True)
    products = RowProducts.of(problem.design.standardised(), third=True)
    free = np.tile(np.column_stack([np.ones(len(masks), bool), masks]), (len(Y), 1))
    out = np.empty(problem.fits)
    step = max(1, 2_000_000 // len(X))
    for lo in range(0, problem.fits, step):
        rows = slice(lo, min(lo + step, problem.fits))
        batch, start = _batch(problem, products, rows)
        evaluate = evaluator(batch)
        solution = maximise(evaluate, start, free=free[rows])
        value = evaluate(solution.theta, slice(None)).objective
        out[rows] = np.where(solution.converged, value, np.nan)
    return out.reshape(len(Y), len(masks)).T


def shapley_values(count: int, gains: np.ndarray, subsets: list[frozenset[int]]) -> np.ndarray:
    """Mean gain of each family over all orders of entry: (families, outcomes) from gains (subsets, outcomes)."""
    at = {s: i for i, s in enumerate(subsets)}
    out = np.zeros((count, gains.shape[1]))
    for i in range(count):
        others = [j for j in range(count) if j != i]
        for k in range(count):
            weight = math.factorial(k) * math.factorial(count - k - 1) / math.factorial(count)
            for s in combinations(others, k):
                out[i] += weight * (gains[at[frozenset((*s, i))]] - gains[at[frozenset(s)]])
    return out


def dominates(i: int, j: int, count: int, gains: np.ndarray, at: dict[frozenset[int], int]) -> bool:
    """Whether family i adds more than j to every subset of the others (complete dominance)."""
    others = [k for k in range(count) if k not in (i, j)]
    return all(
        gains[at[frozenset((*s, i))]] > gains[at[frozenset((*s, j))]]
        for k in range(len(others) + 1) for s in combinations(others, k)
    )  # fmt: skip
