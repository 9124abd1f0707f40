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
are for a GLM whose variance function is right: they are the expected information, for links that are not canonical too.

``counts`` (n,) says how many rows each row stands for; residuals and weights are those of one of them.  Every result is
that of the table in which the rows are written out.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interventions_stats.engine.fit.bias_reduced import Root, bias_reduced
from interventions_stats.engine.fit.design import whole
from interventions_stats.engine.fit.orthonormal import Orthonormal, orthonormal
from interventions_stats.engine.intake.containers import read_array
from interventions_stats.errors import EstimationError, GuardWarning, InputError
from interventions_stats.rules.guard_registry import raise_if_refused
from interventions_stats.rules.guards_model import g11_clusters

FloatArray = NDArray[np.float64]
HCKind = Literal["HC0", "HC1", "HC2", "HC3"]
ClusterKind = Literal["CR0", "CR1", "CR2", "stata"]
HC_KINDS = ("HC0", "HC1", "HC2", "HC3")
CLUSTER_KINDS = ("CR0", "CR1", "CR2", "stata")

FORMULAS = {
    "classical": "dispersion x bread",
    "HC0": "bread (sum r_i^2 x_i x_i') bread",
    "HC1": "HC0 x n / (n - k)",
    "HC2": "bread (sum r_i^2 / (1 - h_i) x_i x_i') bread",
    "HC3": "bread (sum r_i^2 / (1 - h_i)^2 x_i x_i') bread",
    "CR0": "bread (sum s_g s_g') bread, s_g = X_g'r_g",
    "CR1": "CR0 x G / (G - 1) x (n - 1) / (n - k)",
    "stata": "CR0 x G / (G - 1)",
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
    n : float
        Rows, as ``counts`` has them.
    n_clusters, lags : int or None
    guards : tuple of str
        Ids of the guards that warned.
    """

    matrix: FloatArray
    name: str
    formula: str
    df: FloatArray
    n: float
    n_clusters: int | None = None
    lags: int | None = None
    guards: tuple[str, ...] = ()

    @property
    def std_error(self) -> FloatArray:
        """Standard errors, shape (k,)."""
        return np.sqrt(np.diag(self.matrix))


def classical(
    X: ArrayLike, weights: ArrayLike | None = None, *, dispersion: float = 1.0, counts: ArrayLike | None = None
) -> Covariance:
    """Inverse information, times a dispersion.

    Parameters
    ----------
    X : array, shape (n, k)
    weights : array, shape (n,), optional
        Information weights; ones by default.
    dispersion : float
        Residual variance of a linear model, or the dispersion of a quasi-likelihood; 1 when it is known, and the normal
        is then the reference.
    counts : array, shape (n,), optional
        Rows that each row stands for; ones by default.

    Examples
    --------
    >>> round(float(classical([[1.0], [1.0]], [0.25, 0.25]).matrix[0, 0]), 12)
    2.0
    """
    table = _validate(X, None, weights, counts)
    k, n = table.basis.X.shape[1], table.n
    df = np.full(k, math.inf if dispersion == 1.0 else n - k)
    return Covariance(dispersion * table.basis.back(np.eye(k)), "classical", FORMULAS["classical"], df, n)


def hc(
    X: ArrayLike,
    residuals: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    kind: HCKind = "HC3",
    counts: ArrayLike | None = None,
) -> Covariance:
    """Heteroskedasticity-consistent covariance.

    Parameters
    ----------
    X : array, shape (n, k)
    residuals : array, shape (n,)
        Score residuals.
    weights : array, shape (n,), optional
        Information weights; ones by default.
    kind : {"HC0", "HC1", "HC2", "HC3"}
    counts : array, shape (n,), optional
        Rows that each row stands for; ones by default.

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
    _known("kind", kind, HC_KINDS)
    return _row_by_row(_validate(X, residuals, weights, counts), kind)


def _row_by_row(table: _Table, kind: HCKind) -> Covariance:
    k, n = table.basis.X.shape[1], table.n
    meat = np.zeros((k, k))
    for part, z in table.basis.chunks():
        r = table.residual[part]
        if kind in ("HC2", "HC3"):
            room = 1 - np.einsum("ij,ij->i", z, z) * table.weight[part]
            if room.min() < 1e-10:
                raise EstimationError(f"{kind} is undefined: row {part.start + int(room.argmin())} has leverage one")
            r = r / (np.sqrt(room) if kind == "HC2" else room)
        meat += z.T @ (z * (table.count[part] * r**2)[:, None])
    scale = n / (n - k) if kind == "HC1" else 1.0
    return Covariance(scale * table.basis.back(meat), kind, FORMULAS[kind], np.full(k, float(n - k)), n)


def cluster(
    X: ArrayLike,
    residuals: ArrayLike,
    groups: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    kind: ClusterKind = "CR2",
    root: Root = "symmetric",
    counts: ArrayLike | None = None,
    response: ArrayLike | None = None,
    contrasts: ArrayLike | None = None,
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
    kind : {"CR0", "CR1", "CR2", "stata"}
        CR1 carries both usual factors, ``G/(G-1)`` and ``(n-1)/(n-k)``, "stata" the first alone, as Stata's maximum
        likelihood commands do.  CR2 is the bias-reduced linearisation: unbiased when the weights are the true variances.
        CR0 and CR1 have G - 1 degrees of freedom, CR2 Satterthwaite's, and "stata" the normal, which Stata prints.
    root : {"symmetric", "whitened"}
        Which square root CR2 takes when the weights vary within a cluster (the two agree otherwise).  "symmetric" is
        that of Pustejovsky & Tipton on the scale of the response and decomposes a matrix of the cluster's size;
        "whitened" takes the root after dividing rows by their working standard deviation and needs k x k matrices only.
    counts : array, shape (n,), optional
        Rows that each row stands for; ones by default.
    response : array, shape (n,), optional
        Score residual per unit of response residual, ``m' / V``, which CR2 needs for a link that is not canonical, since
        its symmetric root is taken on the scale of the response; ones by default.
    contrasts : array, shape (m, k), optional
        Linear functions of the coefficients whose degrees of freedom are wanted; each coefficient by default.

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
    _known("kind", kind, CLUSTER_KINDS)
    _known("root", root, ("symmetric", "whitened"))
    table = _validate(X, residuals, weights, counts)
    scale = np.ones(len(table.residual)) if response is None else np.asarray(response, dtype=float)
    if scale.shape != table.residual.shape or not (scale > 0).all() or not np.isfinite(scale).all():
        raise InputError(f"response must hold {len(table.residual)} positive numbers, one a row")
    return _one_way(table, groups, kind, root, _contrasts(contrasts, table.basis), scale)


def _one_way(
    table: _Table, groups: ArrayLike, kind: ClusterKind, root: Root, rows: FloatArray, response: FloatArray
) -> Covariance:
    codes, n_clusters = group_codes(groups, len(table.residual))
    guards = check_clusters(n_clusters)
    if kind == "CR2":
        meat, df = bias_reduced(table.basis, table.residual, table.weight, table.count, response, codes, rows, root)
    else:
        meat = _clustered_meat(table, codes, n_clusters, kind)
        df = np.full(len(rows), math.inf if kind == "stata" else n_clusters - 1.0)
    return Covariance(table.basis.back(meat), kind, FORMULAS[kind], df, table.n, n_clusters, None, guards)


def two_way(
    X: ArrayLike,
    residuals: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    kind: ClusterKind = "CR1",
    counts: ArrayLike | None = None,
) -> Covariance:
    """Covariance robust to dependence along two groupings: the sum of both one-way matrices less that of their cells.

    Parameters
    ----------
    X, residuals, weights, counts
        As in :func:`cluster`.
    first, second : array, shape (n,)
        Labels of the two groupings, for example states and years.
    kind : {"CR0", "CR1", "stata"}
        Each of the three matrices carries the factor of its own number of groups.

    Returns
    -------
    Covariance
        ``n_clusters`` is the smaller number of groups, and the degrees of freedom one less.

    Raises
    ------
    RefusalError
        G11, fewer than 8 groups in one of the groupings.
    InputError
        CR2, which is not defined for two groupings; shapes that do not match; missing labels.

    Warns
    -----
    GuardWarning
        The difference is not positive definite, and its negative eigenvalues were set to zero, as the paper has it.

    References
    ----------
    Cameron, Gelbach & Miller (2011), JBES 29:238-249.
    """
    _known("kind", kind, CLUSTER_KINDS)
    return _two_way(_validate(X, residuals, weights, counts), first, second, kind)


def from_scores(
    scores: ArrayLike, bread: ArrayLike, *groups: ArrayLike, kind: HCKind | ClusterKind, counts: ArrayLike | None = None
) -> Covariance:
    """Sandwich of any likelihood from the scores of its rows.

    Parameters
    ----------
    scores : array, shape (n, k)
        Derivative of each row's log-likelihood by the parameters.
    bread : array, shape (k, k)
        Inverse information.
    *groups : array, shape (n,)
        None, or one or two groupings.
    kind : {"HC0", "HC1"} without groups, {"CR0", "CR1", "stata"} with them
        The other kinds need a leverage, which a likelihood at large does not have.
    counts : array, shape (n,), optional
        Rows that each row stands for; ones by default.

    Raises
    ------
    InputError
        A kind that needs a leverage; shapes that do not match.
    """
    _known("kind", kind, ("CR0", "CR1", "stata") if groups else ("HC0", "HC1"))
    influence = np.asarray(scores, dtype=float) @ np.asarray(bread, dtype=float)
    n, k = influence.shape
    count = np.ones(n) if counts is None else np.asarray(counts, dtype=float)
    table = _Table(Orthonormal(influence, np.eye(k)), np.ones(n), np.ones(n), count, whole(float(count.sum())))
    if len(groups) == 2:
        return _two_way(table, groups[0], groups[1], cast(ClusterKind, kind))
    if groups:
        return _one_way(table, groups[0], cast(ClusterKind, kind), "symmetric", np.eye(k), np.ones(n))
    return _row_by_row(table, cast(HCKind, kind))


def _two_way(table: _Table, first: ArrayLike, second: ArrayLike, kind: ClusterKind) -> Covariance:
    if kind == "CR2":
        raise InputError("CR2 is not defined for two groupings; use CR1")
    codes, sizes = zip(*(group_codes(labels, len(table.residual)) for labels in (first, second)), strict=True)
    guards = check_clusters(min(sizes))
    both, n_both = group_codes(codes[0] * sizes[1] + codes[1], len(table.residual))
    parts = [
        _clustered_meat(table, c, g, kind) for c, g in ((codes[0], sizes[0]), (codes[1], sizes[1]), (both, n_both))
    ]
    matrix = table.basis.back(_positive(parts[0] + parts[1] - parts[2]))
    df = math.inf if kind == "stata" else min(sizes) - 1.0
    formula = f"{kind} of the first + {kind} of the second - {kind} of their cells"
    return Covariance(
        matrix, f"two-way {kind}", formula, np.full(len(matrix), df), table.n, min(sizes), None, guards
    )  # fmt: skip


def _positive(meat: FloatArray) -> FloatArray:
    """Set negative eigenvalues to zero where the model's covariance is the identity, so that units do not matter."""
    values, vectors = np.linalg.eigh(meat)
    if values.min() >= 0:
        return meat
    if values.min() < -1e-10 * values.max():
        warnings.warn(
            "the two-way covariance is not positive definite; its negative eigenvalues are set to zero "
            "(Cameron, Gelbach & Miller 2011), and its standard errors are rough",
            GuardWarning,
            stacklevel=5,
        )
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def satterthwaite_df(
    X: ArrayLike,
    groups: ArrayLike,
    contrasts: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    root: Root = "symmetric",
    counts: ArrayLike | None = None,
    response: ArrayLike | None = None,
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
    table = _validate(X, None, weights, counts)
    codes, n_clusters = group_codes(groups, len(table.residual))
    check_clusters(n_clusters)
    rows = _contrasts(contrasts, table.basis)
    scale = np.ones(len(codes)) if response is None else np.asarray(response, dtype=float)
    return bias_reduced(table.basis, table.residual, table.weight, table.count, scale, codes, rows, root)[1]


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
    table = _validate(X, residuals, weights, None)
    n, k = table.basis.X.shape
    used = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
    if isinstance(used, bool) or int(used) != used or not 0 <= used < n:
        raise InputError(f"lags is {lags!r}; it must be a whole number from 0 to {n - 1}, one less than the rows")
    scores = table.basis.rows(slice(None)) * table.residual[:, None]
    meat = scores.T @ scores
    for lag in range(1, int(used) + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (used + 1)) * (cross + cross.T)
    scale = n / (n - k) if correction else 1.0
    df = np.full(k, float(n - k))
    return Covariance(scale * table.basis.back(meat), "HAC", FORMULAS["HAC"], df, n, None, int(used))


def check_clusters(n_clusters: int) -> tuple[str, ...]:
    """Apply guard G11: refuse fewer than 8 clusters, warn below 20; return the ids that warned."""
    found = g11_clusters(n_clusters)
    if found is None:
        return ()
    raise_if_refused([found])
    warnings.warn(found.text, GuardWarning, stacklevel=3)
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


@dataclass(frozen=True, slots=True)
class _Table:
    """Checked columns, made orthonormal, with residuals, weights and counts (n,) and the number of rows counted."""

    basis: Orthonormal
    residual: FloatArray
    weight: FloatArray
    count: FloatArray
    n: float


def _clustered_meat(table: _Table, codes: NDArray[np.intp], n_clusters: int, kind: ClusterKind) -> FloatArray:
    """Sum of the outer products of the clusters' scores in orthonormal columns, with the factor of ``kind``."""
    k = table.basis.X.shape[1]
    scores = np.zeros((n_clusters, k))
    for part, z in table.basis.chunks():
        scores += cluster_scores(z, (table.count * table.residual)[part], codes[part], n_clusters)
    factor = 1.0 if kind == "CR0" else n_clusters / (n_clusters - 1)
    if kind == "CR1":
        factor *= (table.n - 1) / (table.n - k)
    return np.asarray(factor * scores.T @ scores)


def _contrasts(contrasts: ArrayLike | None, basis: Orthonormal) -> FloatArray:
    """Contrasts (m, k) as functions of the orthonormal coordinates; each coefficient by default."""
    if contrasts is None:
        return basis.inverse
    rows = np.atleast_2d(np.asarray(contrasts, dtype=float))
    if rows.shape[1] != len(basis.inverse):
        raise InputError(f"contrasts has {rows.shape[1]} columns, the design {len(basis.inverse)}")
    return np.asarray(rows @ basis.inverse)


def _known(name: str, value: str, options: tuple[str, ...]) -> None:
    if value not in options:
        raise InputError(f"{name} is {value!r}; choose one of {', '.join(map(repr, options))}")


def numbers(value: ArrayLike, name: str) -> FloatArray:
    """Return an array of floats of any shape, or say what holds none."""
    return read_array(value, name, (0, 1, 2, 3))[0]


def _validate(X: ArrayLike, residuals: ArrayLike | None, weights: ArrayLike | None, counts: ArrayLike | None) -> _Table:
    design = numbers(X, "X")
    n = len(design) if design.ndim else 0
    residual = np.zeros(n) if residuals is None else numbers(residuals, "residuals")
    weight = np.ones(n) if weights is None else numbers(weights, "weights")
    count = np.ones(n) if counts is None else numbers(counts, "counts")
    if design.ndim != 2 or not design.size or (count.shape == (n,) and not count.sum() > design.shape[1]):
        raise InputError(f"X has shape {design.shape}; it must be (rows, columns) with more rows than columns")
    for name, array in (("residuals", residual), ("weights", weight), ("counts", count)):
        if array.shape != (n,):
            raise InputError(f"{name} has shape {array.shape}, but X has {n} rows")
    for name, array in (("X", design), ("residuals", residual), ("weights", weight), ("counts", count)):
        if not np.isfinite(array).all():
            raise InputError(f"{name} holds missing or infinite values; drop or impute those rows first")
    if (weight < 0).any() or (count < 0).any():
        raise InputError("weights or counts hold a negative value; both are at least zero")
    if (count == 0).any():
        raise InputError("counts hold a zero; leave that row out")
    return _Table(orthonormal(design, weight * count), residual, weight, count, whole(float(count.sum())))
