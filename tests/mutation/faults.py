"""Small faults to plant: which nodes of a function can be changed, and how."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMPARE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
           ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}  # fmt: skip
BINARY = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
          ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.MatMult: ast.Mult}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum", "log": "exp",
         "argmin": "argmax", "argmax": "argmin", "floor": "ceil", "ceil": "floor", "cdf": "sf", "sf": "cdf"}  # fmt: skip
QUIET = {"InputError", "EstimationError", "RefusalError", "unknown_name", "warn", "ConvergenceWarning", "GuardWarning"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault can be planted: the node numbered ``node`` of the function numbered ``function`` in a file."""

    file: Path
    function: int
    node: int


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted fault: where, the lines of its statement, what changed, and the module's text with it."""

    file: Path
    function: str
    lines: range
    change: str
    text: str


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield the functions and methods of a module with their qualified names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{n.name}", n) for n in node.body if isinstance(n, ast.FunctionDef))


def places(function: ast.FunctionDef) -> list[tuple[ast.AST, ast.stmt]]:
    """Return the nodes of a function's body that can be changed, each with its statement, in the order of the source.

    Docstrings, annotations, asserts, and what is said in errors and warnings are left alone.
    """
    out: list[tuple[ast.AST, ast.stmt]] = []

    def walk(node: ast.AST, statement: ast.stmt) -> None:
        statement = node if isinstance(node, ast.stmt) else statement
        if isinstance(node, ast.JoinedStr | ast.Raise | ast.Assert):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        if isinstance(node, ast.Call) and _name(node.func) in QUIET:
            return
        if _changes(node):
            out.append((node, statement))
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    walk(child, statement)

    for statement in function.body:
        walk(statement, statement)
    return out


def all_places(root: Path, floors: tuple[str, ...], only: str = "") -> list[Place]:
    """Return every place of these floors in modules whose path holds ``only``."""
    out = []
    for floor in floors:
        for file in sorted((root / "interventions_stats" / floor).rglob("*.py")):
            if only not in file.relative_to(root).as_posix() or file.name == "__init__.py":
                continue
            for k, (_, function) in enumerate(functions(ast.parse(file.read_text(encoding="utf-8")))):
                out += [Place(file.relative_to(root), k, i) for i in range(len(places(function)))]
    return out


def planted(root: Path, place: Place) -> Mutant:
    """Return the module of a place with its fault in it."""
    tree = ast.parse((root / place.file).read_text(encoding="utf-8"))
    name, function = list(functions(tree))[place.function]
    node, statement = places(function)[place.node]
    first = statement.lineno
    # Of a block only its head runs before the body; of a plain statement every line does.
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if isinstance(body, list) and body else statement.end_lineno or first
    before = copy.deepcopy(node)
    _plant(node)
    ast.fix_missing_locations(tree)
    change = f"{_short(before)} -> {_short(node)}"
    return Mutant(place.file, name, range(first, max(last, first) + 1), change, ast.unparse(tree) + "\n")


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _numeric(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)


def _changes(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        return type(node.ops[0]) in COMPARE
    if isinstance(node, ast.BinOp):
        text = isinstance(node.left, ast.Constant | ast.JoinedStr) and not _numeric(node.left)
        return type(node.op) in BINARY and not text
    if isinstance(node, ast.AugAssign):
        return type(node.op) in BINARY
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not | ast.USub)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, bool) or _numeric(node)
    if isinstance(node, ast.Call):
        return _name(node.func) in NAMES
    if isinstance(node, ast.Return):
        return node.value is not None and not isinstance(node.value, ast.Constant)
    return isinstance(node, ast.BoolOp | ast.IfExp | ast.If)


def _plant(node: ast.AST) -> None:
    """Change a node in place."""
    if isinstance(node, ast.Compare):
        node.ops[0] = COMPARE[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.AugAssign):
        node.op = BINARY[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node.op = ast.UAdd()
    elif isinstance(node, ast.UnaryOp):
        node.operand = ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.Constant):
        v = node.value
        node.value = not v if isinstance(v, bool) else v + 1 if isinstance(v, int) else v * 1.5 or 1.0  # type: ignore[operator]
    elif isinstance(node, ast.IfExp):
        node.body, node.orelse = node.orelse, node.body
    elif isinstance(node, ast.If):
        node.test = ast.Constant(False)
    elif isinstance(node, ast.Call):
        target = node.func
        if isinstance(target, ast.Attribute):
            target.attr = NAMES[target.attr]
        elif isinstance(target, ast.Name):
            target.id = NAMES[target.id]
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)


def _short(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).splitlines()[0].split())[:70]
