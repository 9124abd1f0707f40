"""The one place where a formula and a frame, or arrays, become a checked design.

Every estimator of the library begins here, so that bad input meets the same errors
everywhere: a missing value is named with its column and row, no row is lost
unless ``missing="drop"`` was asked for, and the lost ones are counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from interventions_stats.engine.fit.design import Design, whole
from interventions_stats.engine.fit.rank import restandardised
from interventions_stats.engine.intake.containers import Column, codes, pick, read_column, read_frame, read_table, taken
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.names import check_names
from interventions_stats.engine.intake.numbers import as_floats, is_number
from interventions_stats.engine.intake.scalars import check_flag, check_option
from interventions_stats.engine.options import Floats
from interventions_stats.errors import EstimationError, InputError, RefusalError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

OutcomeKind = Literal["binary", "event", "count"]
Missing = Literal["raise", "drop"]


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
    kind : {"binary", "event", "count"}
        What the outcome must hold; every interval of a duration may end in an event, while a 0/1 outcome must vary.
    intercept : bool, default True
        Whether arrays get an intercept; a formula says so itself (``- 1``).
    missing : {"raise", "drop"}, default "raise"
        What to do with rows that have a missing or infinite value.
    cluster : str or array-like, or a pair of them, optional
        A column of ``data``, or labels (n,); two of them for two-way clusters.
    offset, exposure, weights : str or array-like, optional
        A column of ``data``, or values (n,). ``exposure`` enters as the offset log(exposure). Weights count rows: 2 is
        the row twice, 0 leaves it out, 1.5 counts as a row and a half.
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
    check_option("treatment of missing values", missing, get_args(Missing))
    check_option("kind of outcome", kind, get_args(OutcomeKind))
    intercept = check_flag("intercept", intercept)
    if formula is not None and not isinstance(formula, str):
        if y is not None or X is not None:
            raise InputError("pass y and X either by position or by name, not both")
        formula, data, y, X = None, None, formula, data
    roles = {"offset": offset, "exposure": exposure, "weights": weights, **(numbers or {})}
    labels = {**_groupings(cluster), **(groups or {})}
    if formula is not None:
        raw = _from_formula(formula, data, y, X, kind, roles, labels, missing)
    else:
        raw = _from_arrays(y, X, data, kind, roles, labels, names, missing, intercept)
    return _finish(raw)


def _groupings(cluster: Any) -> dict[str, Any]:
    """One grouping, or the two of a pair of columns, by role."""
    if getattr(cluster, "ndim", 1) == 2 and cluster.shape[1] == 2:
        cluster = [cluster.iloc[:, j] if hasattr(cluster, "iloc") else cluster[:, j] for j in range(2)]
    pair = isinstance(cluster, (list, tuple)) and len(cluster) == 2
    if pair and (all(isinstance(c, str) for c in cluster) or not any(map(np.isscalar, cluster))):
        return {"cluster": cluster[0], "cluster_2": cluster[1]}
    return {"cluster": cluster}


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
    rows: _Rows
    attrs: dict[str, Any]
    labels: dict[str, list[Any]]
    spec: Any = None


@dataclass
class _Rows:
    """Which rows a fit keeps, and how many rows and events (by weight) it has lost, and to what."""

    keep: NDArray[np.bool_]
    n_dropped: float
    n_events_total: float
    n_zero_weight: int


def _from_formula(
    formula: str, data: Any, y: Any, X: Any, kind: OutcomeKind, roles: dict, labels: dict, missing: Missing
) -> _Raw:
    from interventions_stats.engine.fit.formulas import model_matrix, parse_formula

    if y is not None or X is not None:
        raise InputError("pass a formula with data, or y with X, not both")
    if data is None:
        raise InputError(f"formula {formula!r} needs data, a data frame")
    frame = read_frame(data)
    if "``" in formula:
        raise InputError(f"formula {formula!r} names a column without a name; give it one")
    parsed = parse_formula(formula, frame.columns)
    _all_read(formula, parsed.columns, frame.columns)
    labelled = Labels()
    labelled.order(frame.index, "data")
    values = as_floats(frame[parsed.outcome], parsed.outcome)
    bad = {parsed.outcome: ~np.isfinite(values)}
    read, unusable = read_predictors(frame, [c for c in parsed.columns if c != parsed.outcome], "data")
    bad |= unusable
    parts, codes, levels = _side_columns(frame, len(frame), roles, labels, bad, labelled)
    rows = _rows(values, parts.get("weights"), bad, missing, list(frame.index))
    used = frame.__class__(read, index=frame.index, copy=False)
    if not (keep := rows.keep).all():
        used, values = used.loc[keep], values[keep]
        parts, codes = {k: v[keep] for k, v in parts.items()}, {k: v[keep] for k, v in codes.items()}
    _enough(values, rows.n_dropped)
    check_outcome(values, parsed.outcome, kind)
    matrix, spec = model_matrix(parsed, used, parts.get("weights"))
    terms, body, has = _without_intercept(list(spec.column_names), matrix)
    if repeated := next((t for i, t in enumerate(terms) if t in terms[:i] or t == "Intercept"), None):
        raise InputError(f"formula {formula!r} has two terms named {repeated!r}; rename a column")
    for j, term in enumerate(terms):
        if not np.isfinite(body[:, j]).all():
            row = int(np.flatnonzero(~np.isfinite(body[:, j]))[0])
            raise InputError(f"term {term!r} is not finite at row {used.index[row]!r}")
    return _Raw(values, body, terms, has, parsed.outcome, parts, codes, rows, _attrs(data), levels, spec)


def _all_read(formula: str, read: Sequence[str], columns: Sequence[str]) -> None:
    """Raise if a column that the formula names is read as something else: ``None``, ``1``, a letter of another form."""
    for name in re.findall(r"`([^`]*)`", formula):
        if name not in read or name in ("None", "True", "False"):
            raise InputError(f"formula {formula!r} would not read the column {name!r} as one; rename it")
    for name in columns:
        plain = unicodedata.normalize("NFKC", name)
        if plain != name and plain in columns and (plain in read or name in read):
            raise InputError(f"formula {formula!r} cannot tell the columns {name!r} and {plain!r} apart; rename one")


def _without_intercept(terms: list[str], matrix: Floats) -> tuple[list[str], Floats, bool]:
    """Split the intercept off a model matrix, without a copy: terms come by degree, and it has none."""
    if terms[:1] != ["Intercept"]:
        return terms, matrix, False
    return terms[1:], matrix[:, 1:], True


def read_predictors(
    data: pd.DataFrame, names: Sequence[str], where: str
) -> tuple[dict[str, Any], dict[str, NDArray[np.bool_]]]:
    """Return the named columns as floats or categories, and the unusable rows of each.

    Raises
    ------
    InputError
        A name that ``where`` (a phrase) does not hold; values that cannot be used.
    """
    read, bad = {}, {}
    for name in names:
        if name not in data.columns:
            raise unknown_name("column", name, [str(c) for c in data.columns], where=where)
        read[name], bad[name] = _predictor(data[name], name)
    return read, bad


def _predictor(values: pd.Series, name: str) -> tuple[Any, NDArray[np.bool_]]:
    """Return a column as floats that cannot be written to (or as it is, if it holds categories) and its unusable rows."""
    import pandas as pd

    missing = values.isna().to_numpy()
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values, missing
    if values.dtype.kind not in "fiubcmM":
        texts = values[~missing]
        if len(texts) and texts.map(lambda v: isinstance(v, str)).all():
            if texts.map(is_number).all():
                as_floats(texts, name)  # raises, with the remedy
            return values, missing
    floats = as_floats(values, name).view()
    floats.flags.writeable = False  # a formula may call functions that write
    return floats, ~np.isfinite(floats)


def _from_arrays(
    y: Any, X: Any, data: Any, kind: OutcomeKind, roles: dict, labels: dict,
    names: Sequence[str] | None, missing: Missing, intercept: bool,
) -> _Raw:  # fmt: skip
    if y is None or X is None:
        raise InputError("give a formula and data, or y and X")
    if isinstance(y, str):
        raise InputError(f"y={y!r} is text; write a formula with data, or pass the values")
    labelled = Labels()
    matrix, terms = read_matrix(X, names, labelled)
    if intercept and "Intercept" in terms:
        raise InputError("a column of X is named 'Intercept', which the model adds itself; rename or remove the column")
    n = len(matrix)
    outcome, values = read_vector(read_column(y, "y"), "y", n, labelled)
    bad: dict[str, NDArray[np.bool_]] = {}
    if not np.isfinite(values).all():
        bad[outcome] = ~np.isfinite(values)
    with np.errstate(over="ignore", invalid="ignore"):
        clean = np.isfinite(np.add.reduce(matrix, axis=None))  # a sum that overflows only makes the look a closer one
    if not clean:
        bad |= {t: ~np.isfinite(matrix[:, j]) for j, t in enumerate(terms)}
    parts, codes, levels = _side_columns(data, n, roles, labels, bad, labelled)
    rows = _rows(values, parts.get("weights"), bad, missing, None)
    if not (keep := rows.keep).all():
        values, matrix = values[keep], matrix[keep]
        parts, codes = {k: v[keep] for k, v in parts.items()}, {k: v[keep] for k, v in codes.items()}
    _enough(values, rows.n_dropped)
    check_outcome(values, outcome, kind)
    return _Raw(values, matrix, terms, intercept, outcome, parts, codes, rows, _attrs(X), levels)


def _attrs(data: Any) -> dict[str, Any]:
    found = getattr(data, "attrs", None)
    return {str(k): v for k, v in found.items()} if isinstance(found, Mapping) else {}


def read_matrix(X: Any, names: Sequence[str] | None, rows: Labels) -> tuple[Floats, list[str]]:
    """Return the columns X as floats (n, k), in the order of ``rows``, and their names."""
    table = read_table(X, "X")
    order = rows.order(table.index, "X")
    matrix = table.floats("X")
    if order is not None:
        matrix = matrix[order]
    k = matrix.shape[1]
    if names is None:
        return matrix, table.names or [f"x{j + 1}" for j in range(k)]
    return matrix, check_names("names", names, k, "columns of X (no name for the intercept)")


def read_vector(column: Column, role: str, n: int, rows: Labels) -> tuple[str, Floats]:
    """Return a column's name and its numbers, one for each of the ``n`` rows in their order."""
    name = column.name or role
    order = rows.order(column.index, name)
    if column.shape[0] != n:
        raise InputError(f"{name!r} has {column.shape[0]} values for {n} rows")
    return name, as_floats(taken(column.values, order), name)


def _side_columns(
    data: Any, n: int, roles: dict, labels: dict, bad: dict[str, NDArray[np.bool_]], rows: Labels
) -> tuple[dict[str, Floats], dict[str, NDArray[np.int64]], dict[str, list[Any]]]:
    """Read offset, exposure, weights and groupings with their labels; note where they are missing."""
    parts: dict[str, Floats] = {}
    groups: dict[str, NDArray[np.int64]] = {}
    levels: dict[str, list[Any]] = {}
    for role, value in roles.items():
        if value is not None:
            name, parts[role] = read_vector(pick(data, value, role), role, n, rows)
            if not np.isfinite(parts[role]).all():
                bad[name] = bad.get(name, False) | ~np.isfinite(parts[role])
    for role, value in labels.items():
        if value is not None:
            column = pick(data, value, role)
            name = column.name or role
            order = rows.order(column.index, name)
            if column.shape[0] != n:
                raise InputError(f"{name!r} must hold one label for each of the {n} rows, not {column.shape[0]}")
            groups[role], levels[role] = codes(taken(column.values, order), name)
            if (groups[role] < 0).any():
                bad[name] = bad.get(name, False) | (groups[role] < 0)
    return parts, groups, levels


def _rows(
    y: Floats, weights: Floats | None, bad: dict[str, NDArray[np.bool_]], missing: Missing, labels: list | None
) -> _Rows:
    """Leave out rows of weight zero, as if they had not been given, and refuse or drop those with missing values."""
    there = _present(weights, len(y))
    bad = {name: rows & there for name, rows in bad.items()}
    if missing == "raise":
        _refuse_missing(bad, labels)
    keep = there.copy()
    for rows in bad.values():
        keep &= ~rows
    count = 1.0 if weights is None else np.where(np.isfinite(weights), weights, 1.0)
    dropped, events = (there & ~keep) * count, np.where(np.isfinite(y), y, 0.0) * count
    return _Rows(keep, whole(float(dropped.sum())), whole(float(events.sum())), len(y) - int(there.sum()))


def _present(weights: Floats | None, n: int) -> NDArray[np.bool_]:
    """Rows whose weight is not zero."""
    if weights is None:
        return np.ones(n, dtype=bool)
    if (weights < 0).any():
        raise InputError(f"weights are negative at row {int(np.flatnonzero(weights < 0)[0])}")
    if n and not weights.any():
        raise InputError("all weights are zero")
    return np.asarray(weights != 0)


def _refuse_missing(bad: dict[str, NDArray[np.bool_]], labels: list | None) -> None:
    for name, rows in bad.items():
        if rows.any():
            first = int(np.flatnonzero(rows)[0])
            label = "" if labels is None or labels[first] == first else f" (index {labels[first]!r})"
            raise InputError(
                f"column {name!r} has {int(rows.sum())} missing or infinite values, the first at row {first}{label}; "
                "fill or remove them, or pass missing='drop' to leave those rows out and have them counted"
            )


def check_outcome(y: Floats, name: str, kind: OutcomeKind) -> None:
    """Raise unless the outcome is coded 0/1 (binary) or counts (count) and varies.

    Raises
    ------
    InputError
        Wrong coding.
    EstimationError
        No events.
    RefusalError
        G01, if every row is an event.
    """
    low, high = float(y.min()), float(y.max())
    if kind == "count":
        if low < 0 or not np.array_equal(y, np.floor(y)):
            raise InputError(f"outcome {name!r} must hold counts (0, 1, 2, ...)")
    elif not ((y == 0) | (y == 1)).all():
        seen = np.unique(y)
        shown = ", ".join(f"{v:g}" for v in seen[:4]) + (", ..." if len(seen) > 4 else "")
        hint = f"; use {name} == {seen[1]:g}" if len(seen) == 2 else ""
        raise InputError(f"outcome {name!r} must be coded 0/1 or boolean, but holds {shown}{hint}")
    if high == 0:
        raise EstimationError(f"outcome {name!r} has no events in the {len(y)} rows used; there is nothing to estimate")
    if kind == "binary" and low == 1:
        raise RefusalError(
            "G01",
            f"every one of the {len(y)} rows is an event: outcome {name!r} was selected on.",
            "add the non-event rows of the risk set, or test a share against a base rate with binomial_test.",
        )


def _enough(y: Floats, dropped: float) -> None:
    if not len(y):
        after = f" after dropping {dropped:g} with missing values" if dropped else ""
        raise InputError(f"no rows are left{after}" if dropped else "y and X have no rows")


def _finish(raw: _Raw) -> Design:
    weights, offset = raw.parts.get("weights"), raw.parts.get("offset")
    if (exposure := raw.parts.get("exposure")) is not None:
        if (exposure <= 0).any():
            first = int(np.flatnonzero(exposure <= 0)[0])
            raise InputError(
                f"exposure must be positive, but is {exposure[first]:g} at row {first}; "
                "leave out rows that were never at risk"
            )
        offset = np.log(exposure) + (0.0 if offset is None else offset)
    total = raw.attrs.get("n_events_total")
    total = int(total) if isinstance(total, (int, np.integer)) else raw.rows.n_events_total
    nothing = np.empty(0)  # until the columns are standardised
    design = Design(
        raw.y, raw.X, tuple((["Intercept"] if raw.intercept else []) + raw.names), raw.intercept, raw.outcome,
        offset, weights, raw.codes.pop("cluster", None), raw.codes, raw.rows.n_dropped,
        total, nothing, nothing, raw.attrs, raw.spec,
        {k: v for k, v in raw.parts.items() if k not in ("offset", "exposure", "weights")},
        n_zero_weight=raw.rows.n_zero_weight, labels=raw.labels,
    )  # fmt: skip
    return restandardised(design)
