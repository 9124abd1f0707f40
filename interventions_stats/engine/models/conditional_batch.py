"""Conditional logits of many outcomes over the same strata and columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interventions_stats.engine.fit.separation_pairs import check_conditional, short_and_sound
from interventions_stats.engine.fit.within import whitened
from interventions_stats.engine.models.conditional_logit import QUICK
from interventions_stats.engine.solver.conditional_likelihood import (
    Strata,
    cumulants,
    information_at_zero,
    with_hessian,
)
from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.engine.solver.likelihood import inverse_and_half_logdet
from interventions_stats.engine.solver.newton import DEFAULT, Evaluate, Evaluation, Rows, maximise
from interventions_stats.errors import InputError

_FITS = 32  # outcomes of one chunk: their recursions run side by side


def conditional_logit_batch(X: ArrayLike, Y: ArrayLike, strata: Any, *, firth: bool = True) -> tuple[Floats, Floats]:
    """Fit one conditional logit to each of many outcomes.

    Parameters
    ----------
    X : array (rows, columns)
        Without an intercept.
    Y : array (fits, rows)
        Outcomes, 0/1.
    strata : array (rows,)
    firth : bool, default True
        Add half the log determinant of the conditional information.

    Returns
    -------
    coefficients, se : arrays (fits, columns)
        NaN where a fit has no maximum, as where no stratum has both outcomes or the data are separated.

    Raises
    ------
    InputError
        Shapes that do not match, outcomes other than 0/1.
    EstimationError
        A column that does not vary within any stratum, or is there a combination of the ones before it.

    References
    ----------
    Gail, Lubin & Rubinstein (1981), Biometrika 68:703-707. Heinze & Puhr (2010), Stat Med 29:770-777.

    Examples
    --------
    >>> y = [0, 1, 0, 1, 0, 1, 0, 1, 1, 1]
    >>> x = [0, 1, 0, 0, 1, 1, 0, 0, 1, 0]
    >>> b, se = conditional_logit_batch(np.array(x)[:, None], [y, y], [0, 0, 0, 1, 1, 1, 2, 2, 2, 2], firth=False)
    >>> b[:, 0].round(5).tolist(), se[0].round(5).tolist()
    ([0.92724, 0.92724], [1.29515])
    """
    matrix, outcomes = np.asarray(X, float), np.atleast_2d(np.asarray(Y, float))
    codes = np.unique(np.asarray(strata), return_inverse=True)[1]
    if matrix.ndim != 2 or outcomes.shape[1] != len(matrix) or len(codes) != len(matrix):
        raise InputError(f"X {matrix.shape}, Y {outcomes.shape} and strata {codes.shape} must have the same rows")
    if not np.isin(outcomes, (0.0, 1.0)).all():
        raise InputError("Y must hold 0 and 1")
    names = [f"x{j + 1}" for j in range(matrix.shape[1])]
    within, scale, whitening = whitened(matrix, codes, names, "any stratum")
    x, back = within / scale @ whitening, whitening / scale[:, None]
    groups = _groups(codes, outcomes)
    parts = [_fit(x, codes, outcomes[lo : lo + _FITS], groups, firth) for lo in range(0, len(outcomes), _FITS)]
    theta, inverse = np.concatenate([t for t, _ in parts]), np.concatenate([v for _, v in parts])
    return theta @ back.T, np.sqrt(np.einsum("ji,bik,jk->bj", back, inverse, back))


def _groups(codes: NDArray[Any], outcomes: Floats) -> list[NDArray[np.intp]]:
    """Strata with an event in some fit, by size: each as the codes of its members."""
    total = np.bincount(codes, outcomes.sum(axis=0))
    sizes = np.bincount(codes)
    live = np.flatnonzero(total > 0)
    bits = np.array([int(sizes[s]).bit_length() for s in live])
    return [live[bits == b] for b in np.unique(bits)]


def _fit(
    x: Floats, codes: NDArray[Any], Y: Floats, groups: list[NDArray[np.intp]], firth: bool
) -> tuple[Floats, Floats]:
    """Maxima (fits, p) and inverse information (fits, p, p) in whitened columns, NaN where there is none."""
    evaluate = _evaluator(x, codes, Y, groups, firth)
    start = np.zeros((len(Y), x.shape[1]))
    solution = maximise(evaluate, start, settings=QUICK if firth else DEFAULT)
    theta, good = solution.theta, solution.converged
    if firth and (late := np.flatnonzero(~good & np.isfinite(theta).all(axis=1))).size:
        again = maximise(_of_fits(with_hessian(evaluate), late), theta[late])
        theta[late], good[late] = again.theta, again.converged
    value = evaluate(theta, slice(None))
    good &= np.isfinite(value.information).all(axis=(1, 2))
    good[good] &= np.linalg.cond(value.information[good]) < 1e15
    if not firth:
        good &= _have_maxima(x, codes, Y, value, good)
    inverse = np.full_like(value.information, np.nan)
    inverse[good] = np.linalg.inv(value.information[good])
    return np.where(good[:, None], theta, np.nan), inverse


def _of_fits(evaluate: Evaluate, fits: NDArray[np.intp]) -> Evaluate:
    return lambda theta, rows: evaluate(theta, fits[rows])


def _have_maxima(
    x: Floats, codes: NDArray[Any], Y: Floats, value: Evaluation, good: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which of the ``good`` fits (b,) have a maximum: a short step proves it, else the cone of directions decides."""
    at_zero = np.stack([information_at_zero(x, y, codes) for y in Y])
    size, axes = np.linalg.eigh(at_zero)
    known = good & (size[:, 0] > 1e-12 * size[:, -1])  # else some combination does not vary within informative strata
    found = known.copy()
    root = axes[known] / np.sqrt(size[known])[:, None, :]
    left = np.linalg.eigvalsh(root.transpose(0, 2, 1) @ value.information[known] @ root)[:, 0]
    step = np.linalg.solve(value.information[known], value.score[known][:, :, None])[:, :, 0]
    longest = np.abs(x @ step.T).max(axis=0) * int(np.bincount(codes).max())
    for k in np.flatnonzero(known)[~short_and_sound(left, longest)]:
        found[k] = not check_conditional(x, Y[k], codes)
    return found


def _evaluator(x: Floats, codes: NDArray[Any], Y: Floats, groups: list[NDArray[np.intp]], firth: bool) -> Evaluate:
    p = x.shape[1]
    laid = []
    for members in groups:
        rows = [np.flatnonzero(codes == s) for s in members]
        most = max(len(r) for r in rows)
        padded, present = np.zeros((len(rows), most, p)), np.zeros((len(rows), most), bool)
        for i, r in enumerate(rows):
            padded[i, : len(r)], present[i, : len(r)] = x[r], True
        events = np.column_stack([Y[:, r].sum(axis=1) for r in rows]).astype(np.intp)
        laid.append((padded, present, events))
    observed = Y @ x

    def evaluate(theta: Floats, which: Rows) -> Evaluation:
        b = len(theta)
        objective, score = np.einsum("bp,bp->b", observed[which], theta), observed[which].copy()
        information, third = np.zeros((b, p, p)), np.zeros((b, p, p, p))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for padded, present, events in laid:
                group = Strata(padded, present, events[which], np.empty((0, p)))
                log_total, mean, variance, skew = cumulants(group, theta, third_order=firth)
                objective, score = objective - log_total.sum(axis=1), score - mean.sum(axis=1)
                information += variance.sum(axis=1)
                if skew is not None:
                    third += skew.sum(axis=1)
        if not firth:
            return Evaluation(objective, score, information, information)
        inverse, half_logdet = inverse_and_half_logdet(information)
        score = score + 0.5 * np.einsum("bij,bijk->bk", inverse, third)
        return Evaluation(objective + half_logdet, score, information, information, order=1)

    return evaluate
