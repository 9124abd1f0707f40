"""Separation: does a finite maximum-likelihood estimate exist, and if not, which column runs away and where to.

A concave log-likelihood has a finite maximum unless some direction ``g`` that moves a linear predictor never lowers it.
What a row allows follows from the limits of its log-likelihood as eta goes to plus or minus infinity:

=================  =================================================  ==========================================
model              a row                                              allows
=================  =================================================  ==========================================
logit              event: 0 upwards, falls downwards; else reversed   s_i x_i'g >= 0, s_i = +1 or -1 (two-sided)
cloglog            event: log(1 - exp(-e^eta)) is 0 upwards and       the same: what is seen once certain is
                   falls as eta downwards; else -e^eta                certain from either side
Poisson            y = 0: -e^eta is 0 downwards; y > 0 falls both     x_i'g <= 0 where y = 0 and x_i'g = 0
                   ways                                               elsewhere (one-sided)
negative binomial  as Poisson at any dispersion; an infinite one      the same, and the boundary at dispersion
                   gives y > 0 the probability zero                   zero is the Poisson likelihood
=================  =================================================  ==========================================

Offsets and the size of positive weights do not matter (Albert & Anderson 1984; Santos Silva & Tenreyro 2010; Correia,
Guimaraes & Zylkin 2019). The search runs in three steps, cheapest first:

1. a Newton step shorter than one in every linear predictor proves overlap (:func:`overlap_certificate`);
2. a binary column with one pure level is read off directly, if the other rows overlap;
3. linear programming (Konis 2007) finds the recession cone, in ``separation_cone``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interventions_stats.engine.fit.rank import independent, rounding_allowed, triangle, whitening
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.engine.fit.design import Design

SeparationKind = Literal["none", "quasi", "complete"]
Response = Literal["binary", "count"]
FloatArray = NDArray[np.float64]

CHUNK_ROWS = 1 << 15  # standardised rows held at once; keeps the pre-check out of main memory's way
SAFE_STEP = 0.5  # any bound below one proves overlap in exact arithmetic; half leaves room for rounding
CONDITION = 1e10  # of the information, beyond which a step may be rounding


@dataclass(frozen=True, slots=True)
class Separation:
    """Outcome of a separation check.

    Attributes
    ----------
    kind : {"none", "quasi", "complete"}
    columns : tuple of str
        Columns whose ML estimate is infinite, in the order of the design.
    directions : tuple of int
        +1 or -1 for each of them: the sign of the infinite estimate.
    message : str
        One sentence that names the columns, the directions and the rows.
    positions : tuple of int
        Index of each named column in the design.
    n_separated : int
        Rows that are predicted perfectly in the limit.
    """

    kind: SeparationKind
    columns: tuple[str, ...]
    directions: tuple[int, ...]
    message: str
    positions: tuple[int, ...] = ()
    n_separated: int = 0

    def __bool__(self) -> bool:
        return self.kind != "none"


def check(
    X: ArrayLike,
    y: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    weights: ArrayLike | None = None,
    response: Response = "binary",
    start: ArrayLike | None = None,
) -> Separation:
    """Tell whether maximum likelihood has a finite solution, and name the columns that prevent it.

    Parameters
    ----------
    X : array, shape (n, k)
        Design matrix as it is fitted, with its intercept column if the model has one.
    y : array, shape (n,)
        0/1 outcome (logit, probit, cloglog), or non-negative counts with ``response="count"``.
    names : sequence of str, optional
        Column names; ``x0``, ``x1``, ... by default.
    weights : array, shape (n,), optional
        Rows of weight zero are left out; the size of the other weights does not matter.
    response : {"binary", "count"}
        For counts only rows with a zero can be separated (Correia, Guimaraes & Zylkin 2019).
    start : array, shape (k,), optional
        Coefficients near the ML estimate: at a converged fit one pass over the data proves overlap.

    Returns
    -------
    Separation
        A column is named when every direction of recession moves it the same way.  If none is, because several
        columns separate only jointly, those with a weight in the largest-margin direction are named: the
        limit of L1-penalised fits as the penalty goes to zero.

    Raises
    ------
    InputError
        Shapes that do not match, values that are not finite, an outcome outside its range.

    Notes
    -----
    Columns are centred (if the design has a constant), scaled and, where nearly collinear, whitened, so units do not
    matter.  Collinear columns are left out of the check, later ones first; the fit itself has to refuse them.

    References
    ----------
    Albert & Anderson (1984), Biometrika 71:1-10.  Konis (2007), Linear programming algorithms for detecting separated
    data in binary logistic regression models, DPhil thesis, Oxford.  Correia, Guimaraes & Zylkin (2019),
    arXiv:1903.01633.

    Examples
    --------
    >>> X = [[1, 0], [1, 0], [1, 0], [1, 1], [1, 1]]
    >>> found = check(X, [0, 1, 0, 0, 0], ["Intercept", "war"])
    >>> found.kind, found.columns, found.directions
    ('quasi', ('war',), (-1,))
    """
    matrix, outcome, labels = _validate(X, y, names, weights, response)
    return _search(_standardise(matrix), outcome, labels, response, start)


def check_design(design: Design, response: Response, start: ArrayLike | None = None) -> Separation:
    """Check a design in the columns that are fitted; ``start`` (p,) is in the user's units."""
    used = slice(None) if design.weights is None else design.weights > 0
    first = int(design.intercept)
    frame = Standardised(
        design.matrix()[used],
        np.concatenate([np.zeros(first), design.centre]),
        np.concatenate([np.ones(first), design.scale]),
        np.arange(design.p),
        design.whitening,
        design.back,
        0 if first else -1,
    )
    return _search(frame, design.y[used], design.names, response, start)


def _search(
    frame: Standardised, y: FloatArray, names: Sequence[str], response: Response, start: ArrayLike | None
) -> Separation:
    if overlap_certificate(frame, y, response, start):
        return _none()
    found = _one_outcome(y, names, frame) or _one_binary_column(frame, y, names, response)
    return found if found is not None else _by_linear_programming(frame, y, names, response)


def sign_conflict(separation: Separation, params: Mapping[str, float] | pd.Series | ArrayLike) -> tuple[str, ...]:
    """Name the columns whose penalised estimate has the opposite sign to the direction of separation.

    A bias-reduced fit can do that under sparse separation; the estimate then points away from all the evidence.

    Parameters
    ----------
    separation : Separation
    params : mapping or Series of name to estimate, or array in the order of the design that was checked

    Examples
    --------
    >>> found = check([[1, 0], [1, 0], [1, 0], [1, 1]], [0, 1, 0, 0], ["Intercept", "war"])
    >>> sign_conflict(found, {"Intercept": -1.0, "war": 0.7})
    ('war',)
    """
    to_dict = getattr(params, "to_dict", None)  # a Series, without importing pandas
    if to_dict is not None:
        params = dict(to_dict())
    if isinstance(params, Mapping):
        missing = [c for c in separation.columns if c not in params]
        if missing:
            raise InputError(f"params holds no estimate of {missing[0]!r}, which the separation check names")
        values = [float(params[c]) for c in separation.columns]
    else:
        array = np.asarray(params, dtype=float)
        if array.ndim != 1 or (separation.positions and array.size <= max(separation.positions)):
            raise InputError(f"params has shape {array.shape}: give one estimate for each column of the checked design")
        values = [float(array[i]) for i in separation.positions]
    return tuple(c for c, d, v in zip(separation.columns, separation.directions, values, strict=True) if d * v < 0)


class Standardised(NamedTuple):
    """A design seen through centred, scaled and (where nearly collinear) whitened columns, made a chunk at a time.

    ``kept`` are the columns that are not collinear with earlier ones; ``back`` (k, kept) maps standardised
    coefficients to those of the original design; ``constant`` is the position of the constant column, or -1.
    """

    matrix: FloatArray
    centre: FloatArray
    scale: FloatArray
    kept: NDArray[np.intp]
    whitening: FloatArray | None
    back: FloatArray
    constant: int

    def rows(self, index: slice | NDArray[np.bool_] | NDArray[np.intp] = slice(None)) -> FloatArray:
        z = np.asarray((self.matrix[index] - self.centre)[:, self.kept] / self.scale[self.kept])
        return z if self.whitening is None else z @ self.whitening

    def only(self, rows: NDArray[np.bool_], columns: NDArray[np.bool_] | None = None) -> Standardised:
        """The same data restricted to some rows and columns, standardised anew."""
        matrix = self.matrix[rows]
        return _standardise(matrix if columns is None else matrix[:, columns])


def _standardise(matrix: FloatArray) -> Standardised:
    k = matrix.shape[1]
    low, high = matrix.min(axis=0), matrix.max(axis=0)
    level = np.flatnonzero((low == high) & (low != 0))
    constant = int(level[0]) if len(level) else -1
    centre = matrix.mean(axis=0) if constant >= 0 else np.zeros(k)
    scale = np.maximum(high - centre, centre - low)
    live = scale > 1e-14 * np.maximum(np.abs(low), np.abs(high))
    if constant >= 0:
        centre[constant], scale[constant], live[constant] = 0.0, low[constant], True
    scale = np.where(live, scale, 1.0)
    back = np.diag(np.where(live, 1 / scale, 0.0))
    if constant >= 0:
        back[constant] -= np.where(np.arange(k) == constant, 0.0, centre * np.diag(back)) / low[constant]
    columns = np.flatnonzero(live)
    plain = Standardised(matrix, centre, scale, columns, None, back, constant)
    r = triangle((z for z, _ in _chunks(plain, np.zeros(len(matrix)))), len(columns))
    size = np.maximum(np.abs(low), np.abs(high)) / scale
    kept = independent(r, rounding_allowed(size[columns]))
    white = whitening(np.asarray(np.linalg.qr(r[:, kept], mode="r"), dtype=np.float64), len(matrix))
    back = back[:, columns[kept]]
    return plain._replace(kept=columns[kept], whitening=white, back=back if white is None else back @ white)


def _chunks(frame: Standardised, y: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    for i in range(0, len(y), CHUNK_ROWS):
        part = slice(i, i + CHUNK_ROWS)
        yield frame.rows(part), y[part]


def overlap_certificate(
    frame: Standardised, y: FloatArray, response: Response, start: ArrayLike | None = None, max_iter: int = 25
) -> bool:
    """Prove overlap, or return False when no proof was found.

    With residual scores r_i at any coefficients, weights w_i and a Newton step d, the numbers |r_i| - s_i w_i x_i'd
    solve sum_i l_i s_i x_i = 0 exactly and are all positive when max|x_i'd| < 1, since w_i <= |r_i|.  A strictly
    positive solution excludes separation (Stiemke's theorem), so a short Newton step anywhere is a proof.
    """
    if not len(frame.kept):
        return False
    small = [(frame.rows(), y)] if len(y) <= CHUNK_ROWS else []

    def parts() -> Iterable[tuple[FloatArray, FloatArray]]:
        return small or _chunks(frame, y)

    beta, previous = _start(frame, y, response, start), 0.0
    for iteration in range(max_iter):
        score, information = np.zeros(len(frame.kept)), np.zeros((len(frame.kept),) * 2)
        for z, outcome in parts():
            mean, weight = _mean_and_weight(z @ beta, response)
            score += z.T @ (outcome - mean)
            information += z.T @ (z * weight[:, None])
        try:
            if not np.linalg.cond(information) <= CONDITION:
                return False
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            return False
        longest = max(float(np.abs(z @ step).max()) for z, _ in parts())
        if not np.isfinite(longest):
            return False
        if longest < SAFE_STEP:
            return True
        # separated data settle at steps of one; two in a row send the question to linear programming
        if iteration >= 5 and abs(longest - 1) < 0.05 and abs(previous - 1) < 0.05:
            return False
        beta, previous = beta + step * min(1.0, 3.0 / longest), longest
    return False


def _start(frame: Standardised, y: FloatArray, response: Response, start: ArrayLike | None) -> FloatArray:
    given = np.zeros(frame.matrix.shape[1])
    mean = float(np.mean(y))
    if frame.constant >= 0 and mean > 0 and (response == "count" or mean < 1):
        given[frame.constant] = np.log(mean) if response == "count" else np.log(mean / (1 - mean))
        given[frame.constant] /= frame.matrix[0, frame.constant]
    if start is not None:
        proposed = np.asarray(start, dtype=float)
        if proposed.shape != given.shape:
            raise InputError(f"start has shape {proposed.shape}; give one coefficient for each of the design's columns")
        given = proposed if np.isfinite(proposed).all() else given
    return np.asarray(np.linalg.lstsq(frame.back, given, rcond=None)[0])


def _mean_and_weight(eta: FloatArray, response: Response) -> tuple[FloatArray, FloatArray]:
    if response == "count":
        mean = np.exp(np.minimum(eta, 500.0))
        return mean, mean
    mean = 0.5 * (1 + np.tanh(0.5 * eta))
    return mean, mean * (1 - mean)


def _one_outcome(y: FloatArray, names: Sequence[str], frame: Standardised) -> Separation | None:
    """All events or none: the constant alone separates the data."""
    if frame.constant < 0 or np.any((y > 0) != (y[0] > 0)) or np.any(y > 1):
        return None
    direction = int(np.sign(frame.matrix[0, frame.constant])) * (1 if y[0] > 0 else -1)
    return _describe("complete", {frame.constant: direction}, names, len(y), len(y), f" (every outcome is {y[0]:g})")


def _one_binary_column(
    frame: Standardised, y: FloatArray, names: Sequence[str], response: Response
) -> Separation | None:
    """Read off the commonest case: one two-valued column with one pure level, and overlap among the other rows."""
    matrix, pure = frame.matrix, []
    for j in frame.kept:
        low, high = matrix[:, j].min(), matrix[:, j].max()
        is_high = matrix[:, j] == high
        if low == high or not np.all(is_high | (matrix[:, j] == low)):
            continue
        for rows, level, other, sign in ((is_high, high, low, 1), (~is_high, low, high, -1)):
            outcome = y[rows]
            if (
                np.all(outcome == outcome[0])
                and (response == "binary" or outcome[0] == 0)
                and (frame.constant >= 0 or other == 0)
            ):
                pure.append((j, rows, level, other, sign if outcome[0] > 0 else -sign))
    if len(pure) != 1:
        return None
    j, rows, level, other, direction = pure[0]
    rest = frame.only(~rows, np.arange(matrix.shape[1]) != j)
    if len(rest.kept) != len(frame.kept) - 1 or not overlap_certificate(rest, y[~rows], response):
        return None
    # the one direction of recession is the indicator of the pure level: the constant moves unless the other level is 0
    moved = {int(j): direction}
    if other != 0:
        moved[frame.constant] = int(np.sign(-direction * other * matrix[0, frame.constant]))
    detail = f" (all {int(rows.sum())} rows with {names[j]} = {level:g} have outcome {y[rows][0]:g})"
    return _describe("quasi", moved, names, int(rows.sum()), len(y), detail)


def _by_linear_programming(frame: Standardised, y: FloatArray, names: Sequence[str], response: Response) -> Separation:
    from interventions_stats.engine.fit.separation_cone import recession

    sign = np.where(y > 0, 1.0, -1.0)
    fixed = (y > 0) if response == "count" else np.zeros(len(y), dtype=bool)
    found = recession(frame.rows() * sign[:, None], fixed, frame.back, frame.constant)
    if not found.separated.any():
        return _none()
    kind: SeparationKind = "complete" if found.separated.all() else "quasi"
    moved = {int(j): int(d) for j, d in enumerate(found.directions) if d}
    detail = "" if found.determined else " (the columns named separate the data only jointly)"
    return _describe(kind, moved, names, int(found.separated.sum()), len(y), detail)


def _describe(
    kind: SeparationKind, moved: dict[int, int], names: Sequence[str], n_separated: int, n: int, detail: str
) -> Separation:
    places = tuple(sorted(moved))
    limits = ", ".join(f"{names[j]!r} goes to {'plus' if moved[j] > 0 else 'minus'} infinity" for j in places)
    head = "complete separation" if kind == "complete" else "quasi-complete separation"
    message = f"{head}: {n_separated} of {n} rows are predicted perfectly as the ML estimate of {limits}{detail}"
    return Separation(
        kind, tuple(names[j] for j in places), tuple(moved[j] for j in places), message, places, n_separated
    )


def _none(message: str = "no separation: the maximum-likelihood estimates are finite") -> Separation:
    return Separation("none", (), (), message)


def _validate(
    X: ArrayLike, y: ArrayLike, names: Sequence[str] | None, weights: ArrayLike | None, response: Response
) -> tuple[FloatArray, FloatArray, list[str]]:
    if response not in ("binary", "count"):
        raise InputError(f"response is {response!r}; it is 'binary' or 'count'")
    try:
        matrix, outcome = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError("X and y must be numeric; encode text columns before the separation check") from error
    if matrix.ndim != 2 or outcome.shape != matrix.shape[:1] or not matrix.size:
        raise InputError(f"X has shape {matrix.shape} and y {outcome.shape}; X must be (rows, columns) and y (rows,)")
    labels = [str(c) for c in names] if names is not None else [f"x{j}" for j in range(matrix.shape[1])]
    if len(labels) != matrix.shape[1]:
        raise InputError(f"names has {len(labels)} entries for the {matrix.shape[1]} columns of X")
    if not np.isfinite(outcome).all():
        raise InputError("y holds missing or infinite values; drop or impute those rows first")
    for j, label in enumerate(labels):
        if not np.isfinite(matrix[:, j]).all():
            raise InputError(f"column {label!r} holds missing or infinite values; drop or impute those rows first")
    if response == "binary" and not np.isin(outcome, (0.0, 1.0)).all():
        raise InputError("y must hold only 0 and 1; recode the outcome")
    if outcome.min() < 0:
        raise InputError("y holds a negative count")
    if weights is None:
        return matrix, outcome, labels
    weight = np.asarray(weights, dtype=float)
    if weight.shape != outcome.shape or not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise InputError("weights must be one finite number >= 0 for each row, not all of them zero")
    keep = weight > 0
    return (matrix, outcome, labels) if keep.all() else (matrix[keep], outcome[keep], labels)
