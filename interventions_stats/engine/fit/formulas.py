"""Reading a formula without running what it says.

formulaic evaluates function calls inside a formula as Python.  A formula may come
from a file or a web form, so each such factor is parsed first and held against a list
of transforms; anything else (attributes, subscripts, unknown calls) is refused.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interventions_stats.errors import InputError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable

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
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")  # formulaic colours the place of an error
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

    if len(text) > _MAX_LENGTH:
        raise InputError(f"formula of {len(text)} characters; at most {_MAX_LENGTH} are read")
    try:
        size = _terms_at_most(DefaultFormulaParser().get_ast(text))
        parsed: Any = Formula(text) if size <= _MAX_TERMS else None
    except (FormulaicError, SyntaxError, ValueError, RecursionError) as error:
        reason = " ".join(_ESCAPES.sub("", str(error)).split())[:160]
        raise InputError(f"cannot read formula {text!r}: {reason}") from None
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
    read = {str(factors[0].expr)}
    for term in right:
        for factor in term.factors:
            if factor.eval_method.name == "LOOKUP":
                read.add(str(factor.expr))
            elif factor.eval_method.name == "PYTHON":
                read |= _names_in(str(factor.expr), text)
    for name in sorted(read):
        if name not in known:
            raise unknown_name("column", name, known, where=f"formula {text!r}")
    return ParsedFormula(text, str(factors[0].expr), right, tuple(sorted(read)))


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


def model_matrix(parsed: ParsedFormula, data: pd.DataFrame) -> tuple[NDArray[np.float64], Any]:
    """Return the model matrix of the right side (n, p) and formulaic's spec, which keeps the transforms' state."""
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(all="ignore"):  # what is not finite is reported with its row by the caller
            matrix = parsed.right.get_model_matrix(data, context={}, output="numpy", na_action="ignore")
        return np.asarray(matrix, dtype=np.float64), matrix.model_spec
    except (FormulaicError, TypeError, ValueError, KeyError) as error:
        raise InputError(f"cannot evaluate formula {parsed.text!r}: {' '.join(str(error).split())[:200]}") from None
