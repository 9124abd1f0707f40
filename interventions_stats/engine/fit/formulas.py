"""Reading a formula without running what it says.

formulaic evaluates function calls inside a formula as Python.  A formula may come
from a file or a web form, so each such factor is parsed first and held against a list
of transforms; anything else (attributes, subscripts, unknown calls) is refused.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interventions_stats.errors import InputError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd
    from formulaic import Formula

TRANSFORMS = frozenset(
    [
        "log",
        "log10",
        "log2",
        "exp",
        "exp10",
        "exp2",
        "I",
        "C",
        "Q",
        "center",
        "scale",
        "standardize",
        "poly",
        "bs",
        "cs",
        "cr",
        "cc",
        "Treatment",
        "Sum",
        "Helmert",
        "Diff",
        "Poly",
    ]
)
NUMPY_FUNCTIONS = frozenset(
    ["log", "log1p", "log10", "log2", "exp", "expm1", "sqrt", "abs", "square", "sign", "maximum", "minimum"]
)
CONTRASTS = frozenset(["treatment", "sum", "helmert", "diff", "poly", "SAS"])
_NODES = (
    ast.Expression, ast.Call, ast.keyword, ast.Name, ast.Load, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Attribute,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd, ast.BitAnd, ast.BitOr, ast.Invert,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.List, ast.Tuple,
)  # fmt: skip
_OF_ONE = frozenset(["log", "log10", "log2", "exp", "exp10", "exp2"])
_MAX_POWER = 10
_MAX_LENGTH = 5_000
_MAX_TERMS = 5_000
_MAX_BASIS = 50  # columns of a spline or a polynomial
_BASES = frozenset(["bs", "cs", "cr", "cc", "poly"])
_CODINGS = frozenset(["Treatment", "Sum", "Helmert", "Diff", "Poly"])
_MAX_WRITTEN_OUT = 5_000_000  # rows of a table whose weights are written out
_PLACE = re.compile(r"⧛(.*?)⧚", re.DOTALL)  # formulaic marks the place of an error, and colours it
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_SYNTAX = {
    "insuffient arguments": "an operator lacks a term beside it",
    "incorrectly used": "an operator is misplaced",
    "matching context marker": "a bracket has no partner",
    "quote context": "a bracket or a quotation mark is not closed",
    "Unknown operator": "this operator is not known, so compute the term as a column first",
    "Missing operator": "two terms stand side by side without an operator",
    "String literals": "text stands where a column should",
    "Numeric literals": "a number other than 0 and 1 is no term",
}
_BACKTICKED = re.compile(r"`([^`]*)`")


@dataclass(frozen=True, slots=True)
class ParsedFormula:
    """``outcome`` column, the ``right`` side as formulaic parsed it, and the ``columns`` it reads."""

    text: str
    outcome: str
    right: Formula
    columns: tuple[str, ...]


def parse_formula(text: str, columns: Iterable[str]) -> ParsedFormula:
    """Parse ``"outcome ~ terms"`` against the columns of a table.

    Raises
    ------
    InputError
        If the formula cannot be read, has no single outcome column, or calls anything but
        the listed transforms.
    UnknownNameError
        If it names a column that is not there.
    """
    from formulaic import Formula
    from formulaic.errors import FormulaicError
    from formulaic.formula import SimpleFormula
    from formulaic.parser import DefaultFormulaParser

    if re.search(r"(?<![\w.)\]`])\.(?![\w.])", _BACKTICKED.sub("", text)):
        raise InputError(f"formula {text!r} uses '.' for all other columns, which is not read; name the columns")
    if len(text) > _MAX_LENGTH:
        raise InputError(f"formula of {len(text)} characters; at most {_MAX_LENGTH} are read")
    try:
        size = _terms_at_most(DefaultFormulaParser().get_ast(text))
        parsed: Any = Formula(text) if size <= _MAX_TERMS else None
    except (FormulaicError, SyntaxError, ValueError, RecursionError) as error:
        raise InputError(f"cannot read formula {text!r}: {_reason(str(error))}") from None
    if parsed is None:
        raise InputError(f"formula {text!r} may stand for more than {_MAX_TERMS} terms; write out the ones you need")
    left, right = getattr(parsed, "lhs", None), getattr(parsed, "rhs", None)
    if not isinstance(left, SimpleFormula) or not isinstance(right, SimpleFormula):
        raise InputError(f"formula {text!r} must have the form 'outcome ~ term + term'")
    factors = [f for term in left for f in term.factors]
    if len(factors) != 1 or factors[0].eval_method.name != "LOOKUP":
        raise InputError(
            f"the left side of {text!r} must be one column; compute the outcome as a 0/1 column first and name it"
        )
    known = [str(c) for c in columns]
    outcome, read = str(factors[0].expr), _columns_read(right, text)
    for name in sorted(read | {outcome}):
        if name not in known and name in _CODINGS:
            raise InputError(f"formula {text!r} names the coding {name} without brackets: write {name}()")
        if name not in known:
            raise unknown_name("column", name, known, where=f"formula {text!r}")
    if outcome in read:
        raise InputError(f"formula {text!r} has its outcome {outcome!r} on the right side too; leave it out there")
    return ParsedFormula(text, outcome, right, tuple(sorted(read | {outcome})))


def _reason(message: str) -> str:
    """Say in our words what formulaic could not read, and where."""
    plain = _ESCAPES.sub("", message)
    place = _PLACE.search(plain)
    where = f" (at {' '.join(place.group(1).split())!r})" if place else ""
    return next((words for key, words in _SYNTAX.items() if key in plain), "its syntax is not understood") + where


def _columns_read(terms: Any, text: str) -> set[str]:
    read: set[str] = set()
    for term in terms:
        for factor in term.factors:
            read |= factor_columns(factor, text)
    return read


def factor_columns(factor: Any, text: str) -> set[str]:
    """Columns that a factor reads, or raise if it does anything but arithmetic and listed transforms."""
    if factor.eval_method.name == "LOOKUP":
        return {str(factor.expr)}
    return _names_in(str(factor.expr), text) if factor.eval_method.name == "PYTHON" else set()


def spec_columns(spec: Any) -> list[str]:
    """Columns that new rows need for a spec."""
    return sorted(_columns_read(spec.formula, ""))


def _terms_at_most(node: Any) -> float:
    """Bound the terms that a formula stands for before they are multiplied out."""
    parts = getattr(node, "args", None)
    if not parts:
        return 1
    symbol = str(node.operator.symbol)
    if symbol in ("**", "^"):
        power = str(parts[-1])
        return (1 + _terms_at_most(parts[0])) ** (int(power) if power.isdigit() and len(power) < 3 else 100)
    sizes = [_terms_at_most(part) for part in parts]
    whole = sum(sizes) if symbol in ("+", "-", "~", "|") else math.prod(1 + n for n in sizes)
    return min(whole, 1e100)  # powers of powers stay finite


def _names_in(code: str, formula: str) -> set[str]:
    """Return the columns a factor reads, or raise if it does anything but arithmetic and listed transforms."""
    quoted: list[str] = []

    def placeholder(match: re.Match[str]) -> str:
        quoted.append(match.group(1))
        return f"_quoted_{len(quoted) - 1}_"

    try:
        tree = ast.parse(_BACKTICKED.sub(placeholder, code), mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        raise InputError(f"cannot read {code!r} in formula {formula!r}") from None
    functions: set[int] = set()
    names: set[str] = set()
    for node in ast.walk(tree):
        problem = _problem(node, functions)
        if problem:
            raise InputError(
                f"formula {formula!r} {problem}, which is not allowed. Allowed are arithmetic and "
                f"{', '.join(sorted(TRANSFORMS))}, and np.{{{', '.join(sorted(NUMPY_FUNCTIONS))}}}; "
                "compute anything else as a column first"
            )
        if isinstance(node, ast.Name) and id(node) not in functions:
            match = re.fullmatch(r"_quoted_(\d+)_", node.id)
            names.add(quoted[int(match.group(1))] if match else node.id)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Q":
            names |= {str(a.value) for a in node.args if isinstance(a, ast.Constant)}
    return names


def _problem(node: ast.AST, functions: set[int]) -> str:
    """Say what is wrong with a node ("" if nothing); collects the names that stand for functions."""
    if not isinstance(node, _NODES):
        return f"contains a {type(node).__name__.lower()}"
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Name) and function.id in TRANSFORMS:
            functions.add(id(function))
            if function.id in _OF_ONE and (len(node.args) != 1 or node.keywords):
                return f"gives {function.id} other than 1 column"  # numpy's next argument is where to write
            return _too_wide(node) if function.id in _BASES else ""
        if isinstance(function, ast.Attribute) and _listed_attribute(function):
            functions.update((id(function), id(function.value)))
            takes = 2 if function.attr in ("maximum", "minimum") else 1
            # numpy's next argument is where to write, which could be the caller's column
            plain = function.value.id == "contr" or (len(node.args) == takes and not node.keywords)  # type: ignore[attr-defined]
            return "" if plain else f"gives {ast.unparse(function)} other than {takes} column{'s' * (takes - 1)}"
        return f"calls {ast.unparse(function)!r}"
    if isinstance(node, ast.Attribute) and id(node) not in functions:
        return f"reads the attribute {ast.unparse(node)!r}"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        power = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
        small = (
            isinstance(power, ast.Constant) and isinstance(power.value, (int, float)) and abs(power.value) <= _MAX_POWER
        )
        named = any(isinstance(n, ast.Name) for n in ast.walk(node.left))
        return "" if small and named else f"has a power other than a column to a number up to {_MAX_POWER}"
    if isinstance(node, ast.BinOp):
        sides = (node.left, node.right)
        if any(isinstance(s, ast.Constant) and isinstance(s.value, str) for s in sides):
            return "does arithmetic on text"
        if any(isinstance(s, ast.List | ast.Tuple) for s in sides):
            return "does arithmetic on a list"
    return ""


def _too_wide(call: ast.Call) -> str:
    """Refuse a basis of more columns than a model of rare events can bear, before it is made."""
    sizes = [*call.args[1:], *(k.value for k in call.keywords if k.arg in ("df", "degree"))]
    wide = [s.value for s in sizes if isinstance(s, ast.Constant) and isinstance(s.value, int) and s.value > _MAX_BASIS]
    return f"asks for a basis of {wide[0]} columns, with at most {_MAX_BASIS}" if wide else ""


def _listed_attribute(node: ast.Attribute) -> bool:
    if not isinstance(node.value, ast.Name):
        return False
    return (node.value.id == "np" and node.attr in NUMPY_FUNCTIONS) or (
        node.value.id == "contr" and node.attr in CONTRASTS
    )


def model_matrix(
    parsed: ParsedFormula, data: pd.DataFrame, weights: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], Any]:
    """Return the model matrix of the right side (n, p) and formulaic's spec, which keeps the transforms' state.

    What a transform takes from all rows (a mean, a scale, knots) it takes from the rows as the weights count them.

    Raises
    ------
    InputError
        A formula that cannot be evaluated, and a row of a level that ``C(..., levels=[...])`` leaves out.
    """
    right, where = parsed.right, f"formula {parsed.text!r}"

    def fresh(rows: pd.DataFrame) -> tuple[NDArray[np.float64], Any]:
        return _evaluated(
            lambda: right.get_model_matrix(rows, context={}, output="numpy", na_action="ignore"), where, rows
        )

    matrix, spec = fresh(data)
    if weights is not None and (weights != 1).any() and any(spec.transform_state.values()):
        spec = fresh(data.iloc[_written_out(weights, where)])[1]
        matrix = _evaluated(lambda: spec.get_model_matrix(data, context={}, na_action="ignore"), where, data)[0]
    return matrix, spec


def new_model_matrix(spec: Any, data: pd.DataFrame) -> NDArray[np.float64]:
    """Return the model matrix of new rows by the spec of a fit.

    Raises
    ------
    InputError
        A level that the fit did not see, or values that the formula cannot take.
    """
    from interventions_stats.engine.fit.levels import check_levels

    check_levels(spec, data)
    for factor, (kind, _) in spec.encoder_state.items():
        if str(factor) in data.columns and kind.name == "NUMERICAL" and data[str(factor)].dtype.kind not in "fiub":
            raise InputError(f"column {str(factor)!r} of the new rows holds no numbers, as it does in the fit")
    where = "the formula on the new rows"
    return _evaluated(lambda: spec.get_model_matrix(data, context={}, na_action="ignore"), where, data)[0]


def _written_out(weights: NDArray[np.float64], where: str) -> NDArray[np.intp]:
    """Positions of the rows, each as often as its weight says."""
    if (weights != np.round(weights)).any() or weights.sum() > _MAX_WRITTEN_OUT:
        raise InputError(
            f"{where} takes a mean, a scale or knots from the rows, which needs weights that are whole numbers "
            f"(of at most {_MAX_WRITTEN_OUT:,} rows together); compute that column first"
        )
    return np.repeat(np.arange(len(weights)), weights.astype(np.intp))


def _evaluated(make: Callable[[], Any], where: str, data: pd.DataFrame) -> tuple[NDArray[np.float64], Any]:
    """Evaluate on ``data``; a row of none of a factor's levels, which formulaic codes as the reference, is refused."""
    from formulaic.errors import DataMismatchWarning, FormulaicError

    from interventions_stats.engine.fit.levels import check_levels

    try:
        with (
            np.errstate(all="ignore"),
            warnings.catch_warnings(record=True) as said,
        ):  # the caller reports what is not finite
            warnings.simplefilter("always")
            matrix = make()
        check_levels(matrix.model_spec, data)
        if any(issubclass(w.category, DataMismatchWarning) for w in said):
            raise InputError(f"{where} meets a level of a computed factor that the factor does not have")
        return np.asarray(matrix, dtype=np.float64), matrix.model_spec
    except InputError:
        raise
    except (FormulaicError, TypeError, ValueError, KeyError, ArithmeticError, AttributeError) as error:
        raise InputError(f"cannot evaluate {where}: {' '.join(_ESCAPES.sub('', str(error)).split())[:200]}") from None
