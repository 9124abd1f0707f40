"""Covariance of an estimate from its design, its information weights and its score residuals.

Every function sees a fit through three things: the design ``X`` (n, k), the *score residuals* ``r`` (n,) whose
products ``X'r`` are the score, and the *information weights* ``w`` (n,) with information ``X'diag(w)X``:

======================  =======================  ==================
model                   score residual           weight
======================  =======================  ==================
linear                  y - Xb                   1
logit (ML, Firth)       y - p                    p(1 - p)
Poisson                 y - m                    m
any GLM                 (y - m) m' / V           m'^2 / V
======================  =======================  ==================

``bread`` stands for the inverse information.  The weights double as working variances of the score residuals, as they
are for a GLM whose variance function is right.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interventions_stats.errors import EstimationError, GuardWarning, InputError, RefusalError
from interventions_stats.rules.guards_model import g11_clusters

FloatArray = NDArray[np.float64]
HCKind = Literal["HC0", "HC1", "HC2", "HC3"]
ClusterKind = Literal["CR0", "CR1", "CR2"]
Root = Literal["symmetric", "whitened"]

MAX_SYMMETRIC_ROWS = 3000  # the symmetric root of CR2 decomposes a matrix of the cluster's size
CHUNK_ROWS = 1 << 16

FORMULAS = {
    "classical": "dispersion x bread",
    "HC0": "bread (sum r_i^2 x_i x_i') bread",
    "HC1": "HC0 x n / (n - k)",
    "HC2": "bread (sum r_i^2 / (1 - h_i) x_i x_i') bread",
    "HC3": "bread (sum r_i^2 / (1 - h_i)^2 x_i x_i') bread",
    "CR0": "bread (sum s_g s_g') bread, s_g = X_g'r_g",
    "CR1": "CR0 x G / (G - 1) x (n - 1) / (n - k)",
    "CR2": "bread (sum s_g s_g') bread, s_g = X_g'A_g r_g, A_g (W_g - W_g X_g bread X_g'W_g) A_g' = W_g",
    "HAC": "bread (sum over |l| <= L of (1 - |l| / (L + 1)) sum_t s_t s_(t-l)') bread",
}


@dataclass(frozen=True, slots=True)
class Covariance:
    """A covariance matrix that knows what it is.

    Attributes
    ----------
    matrix : array, shape (k, k)
    name, formula : str
        ``"CR2"`` and the like, and the definition in words.
    df : array, shape (k,)
        Degrees of freedom of the t reference of each coefficient; infinite means the normal.
    n : int
        Rows.
    n_clusters, lags : int or None
    guards : tuple of str
        Ids of the guards that warned.
    """

    matrix: FloatArray
    name: str
    formula: str
    df: FloatArray
    n: int
    n_clusters: int | None = None
    lags: int | None = None
    guards: tuple[str, ...] = ()

    @property
    def std_error(self) -> FloatArray:
        """Standard errors, shape (k,)."""
        return np.sqrt(np.diag(self.matrix))


def classical(X: ArrayLike, weights: ArrayLike | None = None, *, dispersion: float = 1.0) -> Covariance:
    """Inverse information, times a dispersion.

    Parameters
    ----------
    X : array, shape (n, k)
    weights : array, shape (n,), optional
        Information weights; ones by default.
    dispersion : float
        Residual variance of a linear model, or the dispersion of a quasi-likelihood; 1 when it is known, and the normal
        is then the reference.

    Examples
    --------
    >>> float(classical([[1.0], [1.0]], [0.25, 0.25]).matrix[0, 0])
    2.0
    """
    design, _, weight = _validate(X, None, weights)
    n, k = design.shape
    df = np.full(k, math.inf if dispersion == 1.0 else n - k)
    return Covariance(dispersion * _bread(design, weight), "classical", FORMULAS["classical"], df, n)


def hc(X: ArrayLike, residuals: ArrayLike, weights: ArrayLike | None = None, *, kind: HCKind = "HC3") -> Covariance:
    """Heteroskedasticity-consistent covariance.

    Parameters
    ----------
    X : array, shape (n, k)
    residuals : array, shape (n,)
        Score residuals.
    weights : array, shape (n,), optional
        Information weights; ones by default.
    kind : {"HC0", "HC1", "HC2", "HC3"}

    Raises
    ------
    InputError
        Shapes that do not match, values that are not finite, an unknown kind.
    EstimationError
        Singular information, or a row of leverage one under HC2 and HC3.

    References
    ----------
    MacKinnon & White (1985), Journal of Econometrics 29:305-325.
    """
    _known("kind", kind, ("HC0", "HC1", "HC2", "HC3"))
    design, residual, weight = _validate(X, residuals, weights)
    n, k = design.shape
    bread = _bread(design, weight)
    meat = np.zeros((k, k))
    for part in _chunks(n):
        x, r = design[part], residual[part]
        if kind in ("HC2", "HC3"):
            room = 1 - np.einsum("ij,ij->i", x @ bread, x) * weight[part]
            if room.min() < 1e-10:
                raise EstimationError(f"{kind} is undefined: row {part.start + int(room.argmin())} has leverage one")
            r = r / (np.sqrt(room) if kind == "HC2" else room)
        scores = x * r[:, None]
        meat += scores.T @ scores
    scale = n / (n - k) if kind == "HC1" else 1.0
    return Covariance(scale * bread @ meat @ bread, kind, FORMULAS[kind], np.full(k, float(n - k)), n)


def cluster(
    X: ArrayLike,
    residuals: ArrayLike,
    groups: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    kind: ClusterKind = "CR2",
    root: Root = "symmetric",
) -> Covariance:
    """Cluster-robust covariance with small-sample degrees of freedom.

    Parameters
    ----------
    X : array, shape (n, k)
    residuals : array, shape (n,)
        Score residuals.
    groups : array, shape (n,)
        Cluster labels.
    weights : array, shape (n,), optional
        Information weights; ones by default.
    kind : {"CR0", "CR1", "CR2"}
        CR1 carries both usual factors, ``G/(G-1)`` and ``(n-1)/(n-k)``.  CR2 is the bias-reduced linearisation:
        unbiased when the weights are the true variances.  CR0 and CR1 have G - 1 degrees of freedom, CR2
        Satterthwaite's.
    root : {"symmetric", "whitened"}
        Which square root CR2 takes when the weights vary within a cluster (the two agree otherwise).  "symmetric" is
        that of Pustejovsky & Tipton on the scale of the response and decomposes a matrix of the cluster's size;
        "whitened" takes the root after dividing rows by their working standard deviation and needs k x k matrices only.

    Raises
    ------
    RefusalError
        G11, fewer than 8 clusters.
    InputError
        Shapes that do not match, missing labels, a cluster too large for the symmetric root.

    Warns
    -----
    GuardWarning
        G11, fewer than 20 clusters.

    References
    ----------
    Liang & Zeger (1986), Biometrika 73:13.  Bell & McCaffrey (2002), Survey Methodology 28:169.  Pustejovsky & Tipton
    (2018), JBES 36:672.
    """
    _known("kind", kind, ("CR0", "CR1", "CR2"))
    _known("root", root, ("symmetric", "whitened"))
    design, residual, weight = _validate(X, residuals, weights)
    codes, n_clusters = group_codes(groups, len(design))
    guards = check_clusters(n_clusters)
    n, k = design.shape
    bread = _bread(design, weight)
    if kind == "CR2":
        matrix, df = _bias_reduced(design, residual, weight, codes, bread, np.eye(k), root)
    else:
        scores = cluster_scores(design, residual, codes, n_clusters)
        factor = n_clusters / (n_clusters - 1) * (n - 1) / (n - k) if kind == "CR1" else 1.0
        matrix, df = factor * bread @ (scores.T @ scores) @ bread, np.full(k, n_clusters - 1.0)
    return Covariance(matrix, kind, FORMULAS[kind], df, n, n_clusters, None, guards)


def satterthwaite_df(
    X: ArrayLike,
    groups: ArrayLike,
    contrasts: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    root: Root = "symmetric",
) -> FloatArray:
    """Degrees of freedom of CR2 t tests of linear contrasts (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018).

    Parameters
    ----------
    contrasts : array, shape (m, k)
        One contrast a row.

    Returns
    -------
    array, shape (m,)
    """
    design, _, weight = _validate(X, None, weights)
    codes, n_clusters = group_codes(groups, len(design))
    check_clusters(n_clusters)
    rows = np.atleast_2d(np.asarray(contrasts, dtype=float))
    if rows.shape[1] != design.shape[1]:
        raise InputError(f"contrasts has {rows.shape[1]} columns, the design {design.shape[1]}")
    return _bias_reduced(design, np.zeros(len(design)), weight, codes, _bread(design, weight), rows, root)[1]


def hac(
    X: ArrayLike,
    residuals: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    lags: int | None = None,
    correction: bool = False,
) -> Covariance:
    """Newey-West covariance of one series, rows in the order of time.

    Parameters
    ----------
    X : array, shape (n, k)
    residuals : array, shape (n,)
        Score residuals.
    weights : array, shape (n,), optional
        Information weights; ones by default.
    lags : int, optional
        Bartlett lags L; by default ``floor(4 (n / 100)^(2/9))``.
    correction : bool
        Multiply by n / (n - k).

    References
    ----------
    Newey & West (1987), Econometrica 55:703; (1994), Review of Economic Studies 61:631, for the default.

    Examples
    --------
    >>> hac([[1.0]] * 200, [0.5, -0.5] * 100).lags
    4
    """
    design, residual, weight = _validate(X, residuals, weights)
    n, k = design.shape
    used = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
    if isinstance(used, bool) or int(used) != used or not 0 <= used < n:
        raise InputError(f"lags is {lags!r}; it must be a whole number from 0 to {n - 1}, one less than the rows")
    bread = _bread(design, weight)
    scores = design * residual[:, None]
    meat = scores.T @ scores
    for lag in range(1, int(used) + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (used + 1)) * (cross + cross.T)
    scale = n / (n - k) if correction else 1.0
    df = np.full(k, float(n - k))
    return Covariance(scale * bread @ meat @ bread, "HAC", FORMULAS["HAC"], df, n, None, int(used))


def check_clusters(n_clusters: int) -> tuple[str, ...]:
    """Apply guard G11: refuse fewer than 8 clusters, warn below 20; return the ids that warned."""
    found = g11_clusters(n_clusters)
    if found is None:
        return ()
    if found.action == "refuse":
        raise RefusalError(
            found.guard,
            f"{n_clusters} clusters are too few for cluster-robust inference.",
            "use a permutation test, cluster on a finer unit, or fit without clustering and say so.",
        )
    warnings.warn(
        f"G11: {n_clusters} clusters are few; prefer CR2 with Satterthwaite degrees of freedom, or the wild bootstrap",
        GuardWarning,
        stacklevel=3,
    )
    return (found.guard,)


def group_codes(groups: ArrayLike, n: int) -> tuple[NDArray[np.intp], int]:
    """Number the clusters 0, 1, ...; labels must be complete."""
    labels = np.asarray(groups)
    if labels.shape != (n,):
        raise InputError(f"groups has shape {labels.shape}, but the design has {n} rows; give one label a row")
    if labels.dtype == object or labels.dtype.kind in "fcmM":
        missing = sum(v is None or v != v for v in labels.tolist())
        if missing:
            raise InputError(f"groups holds {missing} missing labels; drop those rows or label them")
    try:
        distinct, codes = np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise InputError("groups mixes labels that cannot be compared, such as text and numbers") from error
    return codes, len(distinct)


def cluster_scores(X: FloatArray, residuals: FloatArray, codes: NDArray[np.intp], n_clusters: int) -> FloatArray:
    """Sum the scores of each cluster, shape (clusters, k), without a copy of the design."""
    columns = [np.bincount(codes, X[:, j] * residuals, minlength=n_clusters) for j in range(X.shape[1])]
    return np.column_stack(columns)


def _bias_reduced(
    X: FloatArray, r: FloatArray, w: FloatArray, codes: NDArray[np.intp], bread: FloatArray, contrasts: FloatArray,
    root: Root,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """CR2 matrix and the Satterthwaite degrees of freedom of each contrast.

    With ``u_g = A_g'X_g bread c`` the quadratic form of a contrast has the matrix ``P_gh = 1(g = h) u_g'W_g u_g
    - b_g' bread b_h``, ``b_g = X_g'W_g u_g``; its trace squared over its sum of squares gives the degrees of freedom.
    """
    k, m = X.shape[1], len(contrasts)
    order = np.argsort(codes, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(codes))])
    half = np.asarray(np.linalg.cholesky(bread), dtype=np.float64)
    meat, spread, inner = np.zeros((k, k)), [], []
    for start, stop in itertools.pairwise(bounds):
        rows = order[start:stop]
        x, weight = X[rows], w[rows]
        adjusted = _adjust(x, weight, half, root)  # A_g'X_g, shape (rows, k)
        score = adjusted.T @ r[rows]
        meat += np.outer(score, score)
        u = adjusted @ bread @ contrasts.T
        spread.append(weight @ u**2)
        inner.append(x.T @ (weight[:, None] * u))
    a, b = np.array(spread), np.array(inner)  # (G, m), (G, k, m)
    df = np.empty(m)
    for c in range(m):
        own = np.einsum("gi,ij,gj->g", b[:, :, c], bread, b[:, :, c])
        between = bread @ (b[:, :, c].T @ b[:, :, c])
        trace = float(np.sum(a[:, c] - own))
        squares = float(np.sum(a[:, c] ** 2 - 2 * a[:, c] * own) + np.sum(between * between.T))
        df[c] = trace**2 / squares if squares > 0 else math.nan
    return bread @ meat @ bread, df


def _adjust(x: FloatArray, weight: FloatArray, half: FloatArray, root: Root) -> FloatArray:
    """A_g'X_g for the CR2 adjustment of one cluster; ``half`` is a factor of the bread."""
    if not len(x) or not weight.any():
        return x
    if len(x) == 1 or root == "whitened" or np.ptp(weight) <= 1e-14 * weight.max():
        # (I - UU')^(-1/2) U = U (I - U'U)^(-1/2), so k x k matrices are enough
        u = np.sqrt(weight)[:, None] * (x @ half)
        share = _inverse_root(np.eye(u.shape[1]) - u.T @ u, 1.0)
        return np.asarray(x @ half @ share @ np.linalg.inv(half))
    if len(x) > MAX_SYMMETRIC_ROWS:
        raise InputError(
            f"a cluster has {len(x)} rows, more than the {MAX_SYMMETRIC_ROWS} that the symmetric root of CR2 can take; "
            "use root='whitened', or kind='CR1'"
        )
    u, deviation = weight[:, None] * (x @ half), np.sqrt(weight)[:, None]
    middle = deviation * (np.diag(weight) - u @ u.T) * deviation.T
    return np.asarray(deviation * (_inverse_root(middle, float(weight.max()) ** 2) @ (deviation * x)))


def _inverse_root(matrix: FloatArray, size: float) -> FloatArray:
    """Symmetric inverse square root; directions that the fit leaves no room for (eigenvalue zero) stay at zero."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-14 * size
    roots = np.where(kept, 1 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
    return np.asarray((vectors * roots) @ vectors.T)


def _bread(X: FloatArray, w: FloatArray) -> FloatArray:
    k = X.shape[1]
    information = np.zeros((k, k))
    for part in _chunks(len(X)):
        information += X[part].T @ (X[part] * w[part, None])
    size = np.sqrt(np.diag(information))
    if not (size > 0).all():
        raise EstimationError(f"column {int(np.argmin(size))} of the design carries no information; leave it out")
    scaled = information / np.outer(size, size)
    if np.linalg.cond(scaled) > 1e14:
        raise EstimationError("the information matrix is singular: drop a collinear column, or check for separation")
    return np.asarray(np.linalg.inv(scaled) / np.outer(size, size))


def _chunks(n: int) -> Iterator[slice]:
    for start in range(0, n, CHUNK_ROWS):
        yield slice(start, min(start + CHUNK_ROWS, n))


def _known(name: str, value: str, options: tuple[str, ...]) -> None:
    if value not in options:
        raise InputError(f"{name} is {value!r}; choose one of {', '.join(map(repr, options))}")


def _validate(
    X: ArrayLike, residuals: ArrayLike | None, weights: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    design = np.asarray(X, dtype=float)
    if design.ndim != 2 or design.shape[0] <= design.shape[1] or not design.size:
        raise InputError(f"X has shape {design.shape}; it must be (rows, columns) with more rows than columns")
    n = len(design)
    residual = np.zeros(n) if residuals is None else np.asarray(residuals, dtype=float)
    weight = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    for name, array in (("residuals", residual), ("weights", weight)):
        if array.shape != (n,):
            raise InputError(f"{name} has shape {array.shape}, but X has {n} rows")
    for name, array in (("X", design), ("residuals", residual), ("weights", weight)):
        if not np.isfinite(array).all():
            raise InputError(f"{name} holds missing or infinite values; drop or impute those rows first")
    if (weight < 0).any():
        raise InputError("weights holds a negative value; information weights are at least zero")
    return design, residual, weight
