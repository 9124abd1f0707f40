"""Wild cluster restricted bootstrap of one coefficient, for linear and logit models.

Residuals (or scores) come from the fit that imposes the null, and one random weight flips and scales all of a cluster
at once.  Everything a draw needs is a handful of cluster sums, so a draw costs O(clusters x columns) whatever the rows
(Roodman et al. 2019).  The draws are common to all null values, which makes the p-value a fixed function of the null
and lets the interval be found by inversion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interventions_stats.engine.fit.covariance import check_clusters, cluster_scores, group_codes, numbers
from interventions_stats.engine.solver.newton import Evaluation, maximise
from interventions_stats.errors import EstimationError, InputError

FloatArray = NDArray[np.float64]
Draws = Literal["webb", "rademacher"]
Statistic = Literal["linearised", "score"]
Alternative = Literal["two-sided", "less", "greater"]

POINTS = {
    "rademacher": np.array([1.0, -1.0]),
    "webb": np.array([math.sqrt(1.5), 1.0, math.sqrt(0.5), -math.sqrt(0.5), -1.0, -math.sqrt(1.5)]),
}
MAX_ENUMERATED = 1 << 16  # all sign vectors of up to 16 clusters
BLOCK = 1 << 14  # weight vectors held at once
TIE = 1e-9
_COLLINEAR = 1e-11  # of a column's length is left beside the others
_SINGULAR = "the information matrix is singular: drop a collinear column, or check for separation"


@dataclass(frozen=True, slots=True)
class WildBootstrap:
    """Outcome of a wild cluster bootstrap.

    Attributes
    ----------
    estimate : float
        The unrestricted estimate.
    statistic : float
        t statistic at the null, with the small-sample factor of CR1.
    p_value, conf_low, conf_high : float
        Limits are infinite where the p-value never falls below 1 - conf_level, and NaN if not asked for.
    draws : int
        Weight vectors used; ``enumerated`` says they were all of them.
    guards : tuple of str
        Ids of the guards that warned.
    """

    estimate: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float
    null: float
    alternative: Alternative
    n_clusters: int
    draws: int
    enumerated: bool
    method: str
    seed: int | None
    guards: tuple[str, ...] = ()


def wild_cluster_linear(
    X: ArrayLike,
    y: ArrayLike,
    groups: ArrayLike,
    coefficient: int,
    *,
    null: float = 0.0,
    weights: Draws = "webb",
    draws: int = 9999,
    alternative: Alternative = "two-sided",
    conf_level: float = 0.95,
    interval: bool = True,
    seed: int = 0,
) -> WildBootstrap:
    """Wild cluster restricted bootstrap-t of one coefficient of a linear model.

    Parameters
    ----------
    X : array, shape (n, k)
        Design matrix, with its intercept column.
    y, groups : array, shape (n,)
        Outcome and cluster labels.
    coefficient : int
        Column of ``X`` that is tested.
    null : float
        Its value under the null hypothesis.
    weights : {"webb", "rademacher"}
        Webb's six points (better with few clusters) or signs.  Sign vectors, or Webb's, are enumerated
        instead of drawn when there are at most ``max(draws, 65536)`` of them.
    draws : int
        Number of random weight vectors; the p-value is then (b + 1) / (draws + 1).
    alternative : {"two-sided", "less", "greater"}
        Two-sided p-values compare absolute t statistics.
    conf_level : float
    interval : bool
        Invert the test; limits are the first null values, going outward from the estimate, that are rejected.
    seed : int

    Raises
    ------
    RefusalError
        G11, fewer than 8 clusters (below 20 a ``GuardWarning``).
    InputError, EstimationError
        Unusable shapes, values or options; a singular design.

    References
    ----------
    Cameron, Gelbach & Miller (2008), REStat 90:414.  Webb (2023), Canadian Journal of Economics 56:839.  Roodman,
    Nielsen, MacKinnon & Webb (2019), Stata Journal 19:4.
    """
    design, outcome, codes, options = _prepare(X, y, groups, coefficient, null, draws, alternative, conf_level, weights)
    n_clusters = int(codes.max()) + 1
    guards = check_clusters(n_clusters)
    others, column = design[:, :-1], design[:, -1]
    pieces = np.column_stack([outcome, column])
    if others.shape[1]:
        pieces = pieces - others @ np.linalg.lstsq(others, pieces, rcond=None)[0]
    bread, blocks = _bread_and_blocks(design, np.ones(len(design)), codes, n_clusters)
    moving = [cluster_scores(design, pieces[:, j], codes, n_clusters) for j in (0, 1)]
    estimate = float(pieces[:, 0] @ column / (pieces[:, 1] @ column))

    def scores(theta: float) -> _Scores:
        return _Scores(moving[0] - theta * moving[1], bread, blocks)

    return _bootstrap(
        scores, estimate, design.shape, n_clusters, options, interval, seed, "wild cluster restricted bootstrap", guards
    )


def wild_cluster_logit(
    X: ArrayLike,
    y: ArrayLike,
    groups: ArrayLike,
    coefficient: int,
    *,
    null: float = 0.0,
    statistic: Statistic = "linearised",
    weights: Draws = "webb",
    draws: int = 9999,
    alternative: Alternative = "two-sided",
    conf_level: float = 0.95,
    interval: bool = True,
    seed: int = 0,
) -> WildBootstrap:
    """Wild cluster bootstrap of one coefficient of a logit, from the scores at the restricted estimate.

    Parameters
    ----------
    y : array, shape (n,)
        0/1 outcome.
    statistic : {"linearised", "score"}
        "score" perturbs the restricted scores and studentises by their spread (Kline & Santos 2012).  "linearised"
        also takes one Newton step for each draw before the variance is computed, which makes it the restricted wild
        bootstrap of the linearised model (MacKinnon, Nielsen & Webb 2025).
    X, groups, coefficient, null, weights, draws, alternative, conf_level, interval, seed
        As in :func:`wild_cluster_linear`.

    Notes
    -----
    No refit happens within a draw.  The restricted fit at the null must exist; under separation of the other columns
    it does not, and the error says so.  ``estimate`` is the ML estimate, infinite where the tested column separates.

    References
    ----------
    Kline & Santos (2012), Journal of Econometric Methods 1:23.  MacKinnon, Nielsen & Webb (2025), Cluster-robust
    jackknife and bootstrap inference for logistic regression models, Econometric Reviews.
    """
    if statistic not in ("linearised", "score"):
        raise InputError(f"statistic is {statistic!r}; choose 'linearised' or 'score'")
    design, outcome, codes, options = _prepare(X, y, groups, coefficient, null, draws, alternative, conf_level, weights)
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise InputError("y must hold only 0 and 1; recode the outcome")
    n_clusters = int(codes.max()) + 1
    guards = check_clusters(n_clusters)
    others, column = design[:, :-1], design[:, -1]

    def scores(theta: float) -> _Scores:
        mean = _fitted_logit(others, outcome, theta * column)
        bread, blocks = _bread_and_blocks(design, mean * (1 - mean), codes, n_clusters)
        score = cluster_scores(design, outcome - mean, codes, n_clusters)
        return _Scores(score, bread, blocks if statistic == "linearised" else None)

    estimate = _ml_coefficient(design, outcome)
    name = (
        "wild cluster bootstrap of the linearised logit"
        if statistic == "linearised"
        else "wild cluster score bootstrap"
    )
    return _bootstrap(scores, estimate, design.shape, n_clusters, options, interval, seed, name, guards)


class _Options(NamedTuple):
    null: float
    draws: int
    alternative: Alternative
    conf_level: float
    weights: Draws


class _Scores(NamedTuple):
    """Restricted cluster scores (G, k), the row of the bread of the coefficient (k,), and what refitting takes away.

    ``blocks`` (G, k) holds ``row X_g'W_g X_g bread``; None leaves the scores as they are but centres them.
    """

    score: FloatArray
    row: FloatArray
    blocks: FloatArray | None

    def t(self, v: FloatArray) -> FloatArray:
        """t statistics (b,) of weight vectors (b, G)."""
        own = self.score @ self.row
        parts = v * own
        if self.blocks is None:
            spread = parts - parts.mean(axis=1, keepdims=True)
        else:
            spread = parts - (v @ self.score) @ self.blocks.T
        numerator, size = parts.sum(axis=1), np.sqrt(np.einsum("bg,bg->b", spread, spread))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(numerator == 0, 0.0, numerator / size)


def _bootstrap(
    scores: Callable[[float], _Scores], estimate: float, shape: tuple[int, ...], n_clusters: int, options: _Options,
    interval: bool, seed: int, name: str, guards: tuple[str, ...],
) -> WildBootstrap:  # fmt: skip
    points = POINTS[options.weights]
    enumerated = len(points) ** n_clusters <= max(options.draws, MAX_ENUMERATED)
    number = len(points) ** n_clusters if enumerated else options.draws

    def p(theta: float, side: Alternative) -> tuple[float, float]:
        here = scores(theta)
        observed = float(here.t(np.ones((1, n_clusters)))[0])
        extreme = sum(
            _count(here.t(v), observed, side) for v in _weight_vectors(points, n_clusters, number, enumerated, seed)
        )
        return observed, extreme / number if enumerated else (extreme + 1) / (number + 1)

    statistic, p_value = p(options.null, options.alternative)
    low, high = (math.nan, math.nan)
    if interval:
        low, high = _invert(lambda theta, side: p(theta, side)[1], estimate, scores, options)
    n, k = shape
    statistic *= math.sqrt((n_clusters - 1) / n_clusters * (n - k) / (n - 1))
    how = f"all {number} " if enumerated else f"{number} random "
    method = f"{name}, {how}{options.weights.capitalize()} weight vectors"
    return WildBootstrap(
        estimate, statistic, p_value, low, high, options.null, options.alternative, n_clusters, number, enumerated,
        method, None if enumerated else seed, guards,
    )  # fmt: skip


def _count(t: FloatArray, observed: float, side: Alternative) -> int:
    """Draws at least as extreme as the observed statistic, ties within rounding included."""
    slack = TIE * max(abs(observed), 1e-300)
    if side == "two-sided":
        return int(np.sum(np.abs(t) >= abs(observed) - slack))
    return int(np.sum(t >= observed - slack) if side == "greater" else np.sum(t <= observed + slack))


def _weight_vectors(
    points: FloatArray, n_clusters: int, number: int, enumerated: bool, seed: int
) -> Iterator[FloatArray]:
    """Blocks (b, G) of weight vectors: all of them, or the same random ones at each call."""
    if enumerated:
        base = len(points) ** np.arange(n_clusters)
        for start in range(0, number, BLOCK):
            index = np.arange(start, min(start + BLOCK, number))
            yield points[(index[:, None] // base) % len(points)]
        return
    rng = np.random.default_rng(seed)
    for start in range(0, number, BLOCK):
        yield points[rng.integers(0, len(points), (min(BLOCK, number - start), n_clusters))]


def _invert(
    p: Callable[[float, Alternative], float], estimate: float, scores: Callable[[float], _Scores], options: _Options
) -> tuple[float, float]:
    """Limits of the null values kept: outward from the estimate by half standard errors, then by bisection."""
    if not math.isfinite(estimate):
        raise EstimationError(
            "the estimate is infinite (separation), so no interval starts from it; use interval=False, or firth_logit"
        )
    here = scores(estimate)
    parts = here.score @ here.row
    unit = 0.5 * float(np.sqrt(np.sum(parts**2))) or 0.5 * abs(estimate) or 0.5
    alpha = 1 - options.conf_level
    limits = []
    for direction, one_sided in ((-1.0, "greater"), (1.0, "less")):
        if options.alternative not in ("two-sided", one_sided):
            limits.append(direction * math.inf)
            continue
        near, step = estimate, unit
        for _ in range(60):
            far = near + direction * step
            if p(far, options.alternative) <= alpha:
                limits.append(_boundary(lambda theta: p(theta, options.alternative) <= alpha, near, far, unit))
                break
            near, step = far, step * 1.25
        else:
            limits.append(direction * math.inf)
    return limits[0], limits[1]


def _boundary(rejected: Callable[[float], bool], kept: float, out: float, unit: float) -> float:
    """Halve the interval between a value that is kept and one that is rejected."""
    while abs(out - kept) > 1e-9 * (unit + abs(kept)):
        middle = 0.5 * (kept + out)
        kept, out = (kept, middle) if rejected(middle) else (middle, out)
    return 0.5 * (kept + out)


def _bread_and_blocks(
    X: FloatArray, w: FloatArray, codes: NDArray[np.intp], n_clusters: int
) -> tuple[FloatArray, FloatArray]:
    """Last row of the inverse information, and that row times each cluster's information times the inverse (G, k)."""
    information = X.T @ (X * w[:, None])
    size = np.sqrt(np.diag(information))
    if not (size > 0).all() or np.linalg.cond(information / np.outer(size, size)) > 1e14:
        raise EstimationError(_SINGULAR)
    bread = np.linalg.inv(information / np.outer(size, size)) / np.outer(size, size)
    row = bread[-1]
    return row, cluster_scores(X, w * (X @ row), codes, n_clusters) @ bread


def _fitted_logit(X: FloatArray, y: FloatArray, offset: FloatArray) -> FloatArray:
    """Fitted probabilities of a logit with an offset."""
    from scipy.special import expit

    if not X.shape[1]:
        return np.asarray(expit(offset))
    theta = _fit_logit(X, y, offset)
    if theta is None:
        raise EstimationError(
            "the logit restricted to the null has no finite estimate: the other columns separate the outcome; remove "
            "the separating column (see separation.check), or use a permutation test"
        )
    return np.asarray(expit(offset + X @ theta))


def _fit_logit(X: FloatArray, y: FloatArray, offset: FloatArray) -> FloatArray | None:
    from scipy.special import expit

    scale = np.sqrt(np.mean(X**2, axis=0))
    scale = np.where(scale > 0, scale, 1.0)
    z = X / scale

    def evaluate(theta: FloatArray, rows: object) -> Evaluation:
        eta = offset + z @ theta[0]
        mean = expit(eta)
        objective = float(y @ eta - np.logaddexp(0, eta).sum())
        return Evaluation(
            np.array([objective]), (z.T @ (y - mean))[None], (z.T @ (z * (mean * (1 - mean))[:, None]))[None]
        )

    found = maximise(evaluate, np.zeros((1, X.shape[1])))
    return found.theta[0] / scale if found.converged[0] else None


def _ml_coefficient(X: FloatArray, y: FloatArray) -> float:
    """ML estimate of the last coefficient, infinite where its column separates."""
    from interventions_stats.engine.fit.separation import check

    found = check(X, y)
    if found:
        signs = dict(zip(found.positions, found.directions, strict=True))
        last = X.shape[1] - 1
        return signs[last] * math.inf if last in signs else math.nan
    theta = _fit_logit(X, y, np.zeros(len(y)))
    if theta is None:
        raise EstimationError("the logit did not converge; check the scale of the columns")
    return float(theta[-1])


def _prepare(
    X: ArrayLike, y: ArrayLike, groups: ArrayLike, coefficient: int, null: float, draws: int, alternative: Alternative,
    conf_level: float, weights: Draws,
) -> tuple[FloatArray, FloatArray, NDArray[np.intp], _Options]:  # fmt: skip
    """Check every argument of a wild bootstrap in one place."""
    design, outcome = numbers(X, "X"), numbers(y, "y")
    if design.ndim != 2 or outcome.shape != design.shape[:1] or len(design) <= design.shape[1]:
        raise InputError(
            f"X has shape {design.shape} and y {outcome.shape}; X must be (rows, columns), more rows than columns"
        )
    for name, array in (("X", design), ("y", outcome)):
        if not np.isfinite(array).all():
            raise InputError(f"{name} holds missing or infinite values; drop or impute those rows first")
    if isinstance(coefficient, bool) or coefficient not in range(design.shape[1]):
        raise InputError(f"coefficient is {coefficient!r}; it is a column of X, from 0 to {design.shape[1] - 1}")
    if weights not in POINTS:
        raise InputError(f"weights is {weights!r}; choose 'webb' or 'rademacher'")
    if alternative not in ("two-sided", "less", "greater"):
        raise InputError(f"alternative is {alternative!r}; choose 'two-sided', 'less' or 'greater'")
    if isinstance(draws, bool) or int(draws) != draws or draws < 99:
        raise InputError(f"draws is {draws!r}; give a whole number of at least 99")
    if not 0 < conf_level < 1 or not math.isfinite(null):
        raise InputError(
            f"conf_level is {conf_level!r} and null {null!r}; a level lies between 0 and 1, a null is finite"
        )
    codes, _ = group_codes(groups, len(design))
    turned = _tested_last(design, int(coefficient))
    return turned, outcome, codes, _Options(float(null), int(draws), alternative, conf_level, weights)


def _tested_last(X: FloatArray, coefficient: int) -> FloatArray:
    """The same model in columns that lose no digits: the others orthonormal, then what they leave of the tested one.

    The coefficient of the last column is the tested one's, since the others span what was taken from it.
    """
    others, column = np.delete(X, coefficient, axis=1), X[:, coefficient].copy()
    size = float(np.linalg.norm(column))
    if others.shape[1]:
        basis, triangle = np.linalg.qr(others / np.maximum(np.linalg.norm(others, axis=0), 1e-300))
        if (np.abs(np.diagonal(triangle)) <= _COLLINEAR).any():
            raise EstimationError(_SINGULAR)
        for _ in range(2):  # once more for what rounding has left
            column -= basis @ (basis.T @ column)
        others = basis
    if float(np.linalg.norm(column)) <= _COLLINEAR * size:
        raise EstimationError(_SINGULAR)
    return np.column_stack([others, column])
