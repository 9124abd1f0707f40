"""The one place where a formula and a frame, or arrays, become a checked design.

Every estimator of the library begins here, so that bad input meets the same errors
everywhere: a missing value is named with its column and row, no row is lost
unless ``missing="drop"`` was asked for, and the lost ones are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.fit import columns
from interventions_stats.engine.fit.columns import Floats, OutcomeKind
from interventions_stats.engine.fit.rank import check_rank, standardisation
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Missing = Literal["raise", "drop"]


@dataclass(frozen=True)
class Design:
    """A checked regression design.

    Attributes
    ----------
    y : array (n,)
        Outcome.
    X : array (n, k)
        Columns without the intercept, in the user's units.
    names : tuple of str
        Terms, ``"Intercept"`` first where there is one.
    intercept : bool
    outcome : str
        Name of the outcome.
    offset, weights : array (n,) or None
    cluster : array (n,) of int or None
        Group codes 0..G-1.
    groups : dict of str to array (n,) of int
        Codes of further groupings asked for (strata, id).
    n_dropped, n_events_total : int
        Rows dropped for missing values; events before that, or in the whole event list.
    centre, scale : array (k,)
        Means and standard deviations used to standardise ``X``.
    attrs : dict
        Attributes of the data frame.
    spec : formulaic ModelSpec or None
    numbers : dict of str to array (n,)
        Further numeric columns asked for (start, stop).
    whitening : array (p, p) or None
        Turns nearly collinear standardised columns into orthonormal ones.
    """

    y: Floats
    X: Floats
    names: tuple[str, ...]
    intercept: bool
    outcome: str
    offset: Floats | None
    weights: Floats | None
    cluster: NDArray[np.int64] | None
    groups: Mapping[str, NDArray[np.int64]]
    n_dropped: int
    n_events_total: int
    centre: Floats
    scale: Floats
    attrs: Mapping[str, Any] = field(default_factory=dict)
    spec: Any = None
    numbers: Mapping[str, Floats] = field(default_factory=dict)
    whitening: Floats | None = None

    @property
    def n(self) -> int:
        return len(self.y)

    @property
    def p(self) -> int:
        return len(self.names)

    @property
    def n_events(self) -> int:
        weights = 1.0 if self.weights is None else self.weights > 0
        return round(float((self.y * weights).sum()))

    def matrix(self) -> Floats:
        """Return the columns with the intercept first, in the user's units (n, p)."""
        return np.column_stack([np.ones(self.n), self.X]) if self.intercept else self.X

    def standardised(self, rows: slice = slice(None)) -> Floats:
        """Return rows of the matrix in the columns that are fitted: centred where off centre, scaled, whitened (b, p)."""
        block = self.X[rows]
        out = np.empty((len(block), self.p))
        first = 1 if self.intercept else 0
        out[:, :first] = 1.0
        np.subtract(block, self.centre, out=out[:, first:])
        out[:, first:] /= self.scale
        return out if self.whitening is None else out @ self.whitening

    @cached_property
    def back(self) -> Floats:
        """Matrix (p, p) that turns coefficients of the fitted columns into the user's units."""
        first = 1 if self.intercept else 0
        matrix = np.diag(np.concatenate([np.ones(first), 1.0 / self.scale]))
        if self.intercept:
            matrix[0, 1:] = -self.centre / self.scale
        return matrix if self.whitening is None else matrix @ self.whitening

    @property
    def log_volume(self) -> float:
        """Logarithm of the determinant of ``back``, by which a Jeffreys penalty depends on the units."""
        volume = -float(np.log(self.scale).sum())
        return volume if self.whitening is None else volume + float(np.linalg.slogdet(self.whitening)[1])


def build_design(
    formula: str | Any = None,
    data: pd.DataFrame | Any = None,
    y: Any = None,
    X: Any = None,
    *,
    kind: OutcomeKind = "binary",
    intercept: bool = True,
    missing: Missing = "raise",
    cluster: Any = None,
    offset: Any = None,
    exposure: Any = None,
    weights: Any = None,
    groups: Mapping[str, Any] | None = None,
    numbers: Mapping[str, Any] | None = None,
    names: Sequence[str] | None = None,
) -> Design:
    """Check and align everything a regression needs.

    Parameters
    ----------
    formula : str, optional
        ``"outcome ~ terms"``, read against ``data``. If it is not a string, the first two
        arguments are taken as ``y`` and ``X``.
    data : DataFrame, optional
    y, X : array-like, optional
        Outcome (n,) and columns (n, k) without an intercept.
    kind : {"binary", "count"}
        What the outcome must hold.
    intercept : bool, default True
        Whether arrays get an intercept; a formula says so itself (``- 1``).
    missing : {"raise", "drop"}, default "raise"
        What to do with rows that have a missing or infinite value.
    cluster, offset, exposure, weights : str or array-like, optional
        A column of ``data``, or values (n,). ``exposure`` enters as the offset log(exposure).
    groups : mapping, optional
        Further groupings by role, for example ``{"strata": "year"}``.
    numbers : mapping, optional
        Further numeric columns by role, for example ``{"stop": "end"}``.
    names : sequence of str, optional
        Names of the columns of ``X``.

    Raises
    ------
    InputError
        Values that cannot be used; the message names the column and the row.
    EstimationError
        A constant or collinear column, fewer rows than columns, or no events.
    RefusalError
        G01, if every row is an event.
    """
    if missing not in ("raise", "drop"):
        raise InputError(f"missing must be 'raise' or 'drop', not {missing!r}")
    if formula is not None and not isinstance(formula, str):
        if y is not None or X is not None:
            raise InputError("pass y and X either by position or by name, not both")
        formula, data, y, X = None, None, formula, data
    roles = {"offset": offset, "exposure": exposure, "weights": weights, **(numbers or {})}
    labels = {"cluster": cluster, **(groups or {})}
    if formula is not None:
        raw = _from_formula(formula, data, y, X, kind, roles, labels, missing)
    else:
        raw = _from_arrays(y, X, data, kind, roles, labels, names, missing, intercept)
    return _finish(raw, kind)


@dataclass
class _Raw:
    """Aligned parts before the checks that need all of them."""

    y: Floats
    X: Floats
    names: list[str]
    intercept: bool
    outcome: str
    parts: dict[str, Floats]
    codes: dict[str, NDArray[np.int64]]
    n_dropped: int
    n_events_total: int
    attrs: dict[str, Any]
    spec: Any = None


def _from_formula(
    formula: str, data: Any, y: Any, X: Any, kind: OutcomeKind, roles: dict, labels: dict, missing: Missing
) -> _Raw:
    import pandas as pd

    from interventions_stats.engine.fit.formulas import model_matrix, parse_formula

    if y is not None or X is not None:
        raise InputError("pass a formula with data, or y with X, not both")
    if isinstance(data, Mapping):
        data = pd.DataFrame({str(k): v for k, v in data.items()})
    if not isinstance(data, pd.DataFrame):
        raise InputError(f"formula {formula!r} needs data, a pandas DataFrame, not {type(data).__name__}")
    if data.columns.has_duplicates:
        raise InputError(f"data has two columns named {data.columns[data.columns.duplicated()][0]!r}")
    parsed = parse_formula(formula, data.columns)
    n = len(data)
    values = columns.vector(data[parsed.outcome], parsed.outcome, n)
    bad = {parsed.outcome: ~np.isfinite(values)}
    read: dict[str, Any] = {}
    for name in parsed.columns:
        if name != parsed.outcome:
            read[name], bad[name] = _predictor(data[name], name)
    parts, codes = _side_columns(data, n, roles, labels, bad)
    keep = _keep(bad, n, missing, list(data.index))
    total = int(np.nansum(values))
    frame = pd.DataFrame(read, index=data.index, copy=False)
    if not keep.all():
        frame, values = frame.loc[keep], values[keep]
        parts, codes = {k: v[keep] for k, v in parts.items()}, {k: v[keep] for k, v in codes.items()}
    dropped = int((~keep).sum())
    _enough(values, dropped)
    columns.check_outcome(values, parsed.outcome, kind)
    matrix, spec = model_matrix(parsed, frame)
    terms, body, has = _without_intercept(list(spec.column_names), matrix)
    for j, term in enumerate(terms):
        if not np.isfinite(body[:, j]).all():
            row = int(np.flatnonzero(~np.isfinite(body[:, j]))[0])
            raise InputError(f"term {term!r} is not finite at row {frame.index[row]!r}")
    return _Raw(values, body, terms, has, parsed.outcome, parts, codes, dropped, total, _attrs(data), spec)


def _without_intercept(terms: list[str], matrix: Floats) -> tuple[list[str], Floats, bool]:
    """Split the intercept off a model matrix, without a copy: terms come by degree, and it has none."""
    if terms[:1] != ["Intercept"]:
        return terms, matrix, False
    return terms[1:], matrix[:, 1:], True


def _predictor(values: pd.Series, name: str) -> tuple[Any, NDArray[np.bool_]]:
    """Return a column as floats (or as it is, if it holds categories) and its unusable rows."""
    import pandas as pd

    texts = values.dropna() if values.dtype.kind == "O" else values
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values, values.isna().to_numpy()
    if len(texts) and values.dtype.kind == "O" and texts.map(lambda v: isinstance(v, str)).all():
        if texts.map(columns.is_number).all():
            columns.as_floats(texts, name)  # raises, with the remedy
        return values, values.isna().to_numpy()
    floats = columns.as_floats(values, name)
    return floats, ~np.isfinite(floats)


def _from_arrays(
    y: Any, X: Any, data: Any, kind: OutcomeKind, roles: dict, labels: dict,
    names: Sequence[str] | None, missing: Missing, intercept: bool,
) -> _Raw:  # fmt: skip
    if y is None or X is None:
        raise InputError("give a formula and data, or y and X")
    if hasattr(y, "index") and hasattr(X, "index") and hasattr(y.index, "equals") and not y.index.equals(X.index):
        raise InputError("y and X have different indexes; align them first (X.loc[y.index])")
    matrix, terms = _matrix(X, names)
    n = len(matrix)
    outcome = str(getattr(y, "name", None) or "y")
    values = columns.vector(y, outcome, n)
    bad: dict[str, NDArray[np.bool_]] = {}
    if not np.isfinite(values).all():
        bad[outcome] = ~np.isfinite(values)
    with np.errstate(over="ignore", invalid="ignore"):
        clean = np.isfinite(np.add.reduce(matrix, axis=None))  # a sum that overflows only makes the look a closer one
    if not clean:
        bad |= {t: ~np.isfinite(matrix[:, j]) for j, t in enumerate(terms)}
    parts, codes = _side_columns(data, n, roles, labels, bad)
    total = int(np.add.reduce(values if outcome not in bad else values[np.isfinite(values)]))
    dropped = 0
    if bad:
        keep = _keep(bad, n, missing, None)
        dropped = int((~keep).sum())
        if dropped:
            values, matrix = values[keep], matrix[keep]
            parts, codes = {k: v[keep] for k, v in parts.items()}, {k: v[keep] for k, v in codes.items()}
    _enough(values, dropped)
    columns.check_outcome(values, outcome, kind)
    return _Raw(values, matrix, terms, intercept, outcome, parts, codes, dropped, total, _attrs(X))


def _attrs(data: Any) -> dict[str, Any]:
    return {str(k): v for k, v in (getattr(data, "attrs", None) or {}).items()}


def _matrix(X: Any, names: Sequence[str] | None) -> tuple[Floats, list[str]]:
    """Return X as floats (n, k), and the names of its columns."""
    if hasattr(X, "columns") and hasattr(X, "iloc"):
        terms = [str(c) for c in X.columns]
        parts = [columns.as_floats(X.iloc[:, j], terms[j]) for j in range(len(terms))]
        matrix = np.column_stack(parts) if parts else np.empty((len(X), 0))
    else:
        name = str(getattr(X, "name", None) or "X")
        matrix = columns.as_floats(X, name)
        if matrix.ndim == 1:
            matrix = matrix[:, None]
        if matrix.ndim != 2:
            raise InputError(f"X must have rows and columns, not shape {matrix.shape}")
        terms = [name] if getattr(X, "name", None) else [f"x{j + 1}" for j in range(matrix.shape[1])]
    if names is not None:
        terms = [str(t) for t in names]
        if len(terms) != matrix.shape[1]:
            raise InputError(
                f"names has {len(terms)} entries for {matrix.shape[1]} columns of X (no name for the intercept)"
            )
    if len(set(terms)) < len(terms):
        raise InputError(f"two columns of X have the same name: {terms}")
    return matrix, terms


def _side_columns(
    data: Any, n: int, roles: dict, labels: dict, bad: dict[str, NDArray[np.bool_]]
) -> tuple[dict[str, Floats], dict[str, NDArray[np.int64]]]:
    """Read offset, exposure, weights and groupings; note where they are missing."""
    parts: dict[str, Floats] = {}
    codes: dict[str, NDArray[np.int64]] = {}
    for role, value in roles.items():
        if value is not None:
            column, name = columns.pick(data, value, role)
            parts[role] = columns.vector(column, name, n)
            if not np.isfinite(parts[role]).all():
                bad[name] = bad.get(name, False) | ~np.isfinite(parts[role])
    for role, value in labels.items():
        if value is not None:
            column, name = columns.pick(data, value, role)
            codes[role], _ = columns.codes(column, name, n)
            if (codes[role] < 0).any():
                bad[name] = bad.get(name, False) | (codes[role] < 0)
    return parts, codes


def _keep(bad: dict[str, NDArray[np.bool_]], n: int, missing: Missing, labels: list | None) -> NDArray[np.bool_]:
    keep = np.ones(n, dtype=bool)
    for name, rows in bad.items():
        if rows.any():
            if missing == "raise":
                first = int(np.flatnonzero(rows)[0])
                label = "" if labels is None or labels[first] == first else f" (index {labels[first]!r})"
                raise InputError(
                    f"column {name!r} has {int(rows.sum())} missing or infinite values, the first at row {first}{label}; "
                    "fill or remove them, or pass missing='drop' to leave those rows out and have them counted"
                )
            keep &= ~rows
    return keep


def _enough(y: Floats, dropped: int) -> None:
    if not len(y):
        after = f" after dropping {dropped} with missing values" if dropped else ""
        raise InputError(f"no rows are left{after}" if dropped else "y and X have no rows")


def _finish(raw: _Raw, kind: OutcomeKind) -> Design:
    weights, offset = raw.parts.get("weights"), raw.parts.get("offset")
    if weights is not None:
        if (weights < 0).any():
            raise InputError(f"weights are negative at row {int(np.flatnonzero(weights < 0)[0])}")
        if not (weights > 0).any():
            raise InputError("all weights are zero")
        columns.check_outcome(raw.y[weights > 0], raw.outcome, kind)
    if (exposure := raw.parts.get("exposure")) is not None:
        if (exposure <= 0).any():
            first = int(np.flatnonzero(exposure <= 0)[0])
            raise InputError(
                f"exposure must be positive, but is {exposure[first]:g} at row {first}; "
                "leave out rows that were never at risk"
            )
        offset = np.log(exposure) + (0.0 if offset is None else offset)
    centre, scale = standardisation(raw.X, raw.names, raw.intercept)
    total = raw.attrs.get("n_events_total")
    design = Design(
        raw.y, raw.X, tuple((["Intercept"] if raw.intercept else []) + raw.names), raw.intercept, raw.outcome,
        offset, weights, raw.codes.pop("cluster", None), raw.codes, raw.n_dropped,
        int(total) if total is not None else raw.n_events_total, centre, scale, raw.attrs, raw.spec,
        {k: v for k, v in raw.parts.items() if k not in ("offset", "exposure", "weights")},
    )  # fmt: skip
    matrix = check_rank(design)
    return design if matrix is None else replace(design, whitening=matrix)
