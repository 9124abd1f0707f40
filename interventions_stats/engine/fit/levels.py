"""Categories of a formula: which levels a fit has seen, and what one level means in its columns."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interventions_stats.engine.options import Floats
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_TICKED = re.compile(r"`([^`]*)`")
_BY_LEVEL = ("TreatmentContrasts", "SASContrasts", "SumContrasts")  # codings whose columns stand for a level each


class LevelContrast(NamedTuple):
    """Columns of a factor (positions in the fit), and their values at the reference and at the level."""

    columns: tuple[int, ...]
    low: Any
    high: Any
    below: Floats
    above: Floats


def factor_levels(spec: Any) -> dict[str, list]:
    """Levels of each categorical factor of a formulaic spec, by the factor's text."""
    states = {str(factor): state for factor, (_, state) in spec.encoder_state.items()}
    return {f: list(s["categories"]) for f, s in states.items() if isinstance(s, dict) and "categories" in s}


def check_levels(spec: Any, frame: pd.DataFrame) -> None:
    """Raise an InputError that names the first value of ``frame`` which is none of the levels of its factor."""
    for factor, levels in factor_levels(spec).items():
        name = factor_column(factor, list(frame.columns))
        if name is None:
            continue
        stray = ~frame[name].isin(levels).to_numpy()
        if stray.any():
            row = int(np.flatnonzero(stray)[0])
            label = "" if frame.index[row] == row else f" (index {frame.index[row]!r})"
            shown = ", ".join(map(_shown, levels[:6])) + (", ..." if len(levels) > 6 else "")
            raise InputError(
                f"column {name!r} holds {_shown(frame[name].iloc[row])} at row {row}{label}, which is none of the levels of "
                f"{factor!r} in the fit ({shown}); leave that row out, or fit with that level"
            )


def _shown(level: Any) -> str:
    return repr(level) if isinstance(level, str) else f"{level}"


def factor_column(factor: str, columns: list[str]) -> str | None:
    """Column whose values are the levels of a factor: ``r`` of ``r``, ``C(r, ...)`` and ``C(Q('r'))``; None if computed."""
    if factor in columns:
        return factor
    ticked = _TICKED.findall(factor)
    try:
        node: ast.expr = ast.parse(
            _TICKED.sub(lambda m: f"_ticked_{ticked.index(m.group(1))}", factor), mode="eval"
        ).body
    except SyntaxError:
        return None
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("C", "Q") and node.args:
        node = node.args[0]
    if isinstance(node, ast.Constant):
        found = str(node.value)
    elif isinstance(node, ast.Name):
        match = re.fullmatch(r"_ticked_(\d+)", node.id)
        found = ticked[int(match.group(1))] if match else node.id
    else:
        return None
    return found if found in columns else None


def level_contrast(spec: Any, names: tuple[str, ...], term: str) -> LevelContrast | None:
    """The whole factor at its reference and at one level, for a column that stands for a level; None for any other.

    The reference is the level whose columns are all zero, or the first (other) level where the coding has none.

    Raises
    ------
    InputError
        A column of a coding whose columns stand for no level (Helmert, differences, polynomials).
    """
    position = list(spec.column_names).index(term)
    owner = next(t for t, places in spec.term_indices.items() if position in places)
    if len(owner.factors) != 1:
        return None
    states = {str(f.expr): s for f, s in spec.factor_contrasts.items()}
    state = states.get(str(next(iter(owner.factors)).expr))
    if state is None:
        return None
    places = list(spec.term_indices[owner])
    levels, reduced = list(state.levels), len(places) < len(state.levels)
    coding = np.asarray(state.contrasts.get_coding_matrix(levels, reduced_rank=reduced), dtype=np.float64)
    labels = list(state.contrasts.get_coding_column_names(levels, reduced_rank=reduced))
    if reduced and type(state.contrasts).__name__ not in _BY_LEVEL:
        raise InputError(
            f"{term!r} is a contrast between levels, not a level: code the factor by treatment, or compare predictions"
        )
    level = labels[places.index(position)]
    high = levels.index(level)
    zero = np.flatnonzero(~coding.any(axis=1))
    low = int(zero[0]) if len(zero) else next(i for i in range(len(levels)) if i != high)
    where = tuple(names.index(str(spec.column_names[place])) for place in places)
    return LevelContrast(where, levels[low], level, coding[low], coding[high])
