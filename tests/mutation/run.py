"""Mutation testing of the numbers and the rules: small faults are planted one at a time, and the tests must notice.

Usage::

    python -m tests.mutation.run [--sample N] [--seed N] [--minutes M] [--only TEXT] [--out FILE]

A mutant changes one operator, comparison, constant, return value or condition inside a function of ``rules``,
``estimators`` or ``inference``. It is applied to a copy of the package in a temporary folder; the checkout is never
touched. The tests that match the module run first; a mutant is *killed* when one fails, *survives* when all pass, and
counts as *timed out* (killed: a test would have hung) after the limit. Annotations, docstrings, messages of errors and
rows that a comment excludes are not mutated. A sample is drawn over functions, so that long ones do not crowd out short.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("rules", "estimators", "inference")
LIMIT = 240.0  # seconds for the tests of one mutant
COMPARE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
           ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}  # fmt: skip
BINARY = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
          ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.MatMult: ast.Mult}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum", "log": "exp",
         "argmin": "argmax", "argmax": "argmin", "floor": "ceil", "ceil": "floor", "cdf": "sf", "sf": "cdf"}  # fmt: skip
QUIET = {"InputError", "EstimationError", "RefusalError", "unknown_name", "warn", "ConvergenceWarning", "GuardWarning"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted fault: where, what, and the module's text with it."""

    file: Path
    function: str
    line: int
    change: str
    text: str


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield the functions and methods of a module with their qualified names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{n.name}", n) for n in node.body if isinstance(n, ast.FunctionDef))


def places(function: ast.FunctionDef) -> list[ast.AST]:
    """Return the nodes of a function's body that can be mutated, in the order of the source."""
    out: list[ast.AST] = []

    def walk(node: ast.AST) -> None:
        if isinstance(node, ast.JoinedStr | ast.Raise | ast.Assert):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        if isinstance(node, ast.Call) and _name(node.func) in QUIET:
            return
        if changes(node):
            out.append(node)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    walk(child)

    for statement in function.body:
        walk(statement)
    return out


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def changes(node: ast.AST) -> list[str]:
    """Name the faults that can be planted at a node."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARE:
        return ["compare"]
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        return ["operator"] if not isinstance(node.left, ast.Constant | ast.JoinedStr) or _numeric(node.left) else []
    if isinstance(node, ast.AugAssign) and type(node.op) in BINARY:
        return ["operator"]
    if isinstance(node, ast.BoolOp):
        return ["and/or"]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        return ["drop sign"]
    if isinstance(node, ast.Constant) and (isinstance(node.value, bool) or _numeric(node)):
        return ["constant"]
    if isinstance(node, ast.IfExp):
        return ["condition"]
    if isinstance(node, ast.If):
        return ["never"]
    if isinstance(node, ast.Call) and _name(node.func) in NAMES:
        return ["function"]
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        return ["return None"]
    return []


def _numeric(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)


def plant(node: ast.AST, rng: random.Random) -> None:
    """Change a node in place."""
    if isinstance(node, ast.Compare):
        node.ops[0] = COMPARE[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.AugAssign):
        node.op = BINARY[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd() if isinstance(node.op, ast.USub) else node.op
        if isinstance(node.op, ast.Not):
            node.operand = ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.Constant):
        value = node.value
        node.value = (
            not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else value * 1.5 or 1.0
        )
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


def sample(root: Path, only: str, size: int, seed: int) -> list[Mutant]:
    """Draw mutants, one function after another at random, each place at most once."""
    rng = random.Random(seed)
    pool: list[tuple[Path, str, int, int]] = []
    by_function: list[list[tuple[Path, str, int, int]]] = []
    for floor in FLOORS:
        for file in sorted((root / "interventions_stats" / floor).rglob("*.py")):
            if only not in file.relative_to(root).as_posix() or file.name == "__init__.py":
                continue
            for k, (name, function) in enumerate(functions(ast.parse(file.read_text(encoding="utf-8")))):
                found = [(file, name, k, i) for i in range(len(places(function)))]
                rng.shuffle(found)
                by_function.append(found)
    rng.shuffle(by_function)
    while len(pool) < size and any(by_function):
        for found in by_function:
            if found:
                pool.append(found.pop())
    return [_mutant(root, *chosen, rng) for chosen in pool[:size]]


def _mutant(root: Path, file: Path, name: str, k: int, i: int, rng: random.Random) -> Mutant:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    function = list(functions(tree))[k][1]
    node = places(function)[i]
    before = copy.deepcopy(node)
    plant(node, rng)
    ast.fix_missing_locations(tree)
    change = f"{_short(before)} -> {_short(node)}"
    return Mutant(file.relative_to(root), name, getattr(node, "lineno", 0), change, ast.unparse(tree) + "\n")


def _short(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).splitlines()[0].split())[:70]


def tests_for(file: Path, root: Path) -> list[list[str]]:
    """Return the test files to run for a module, those that name it first, then the rest of its floor."""
    floor = file.parts[1]
    every = sorted((root / "tests" / floor).glob("test_*.py"))
    stem = file.stem
    text = {t: t.read_text(encoding="utf-8") for t in every}
    near = [t for t in every if f".{stem} " in text[t] or f".{stem}." in text[t] or stem in t.stem]
    rest = sorted((t for t in every if t not in near), key=lambda t: t.stat().st_size)
    return [[str(t.relative_to(root)) for t in part] for part in (near, rest) if part]


def passes(part: tuple[str, ...], folder: Path, limit: float) -> bool:
    """Whether these test files pass in the copy as it stands."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1",
                   "INTERVENTIONS_DATASETS": str(ROOT / "datasets"), "MPLBACKEND": "Agg"}  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-m", "not slow", "-p", "no:xdist", "--tb=no"]
    done = subprocess.run(
        [*command, *part], cwd=folder, env=environment, capture_output=True, timeout=limit, check=False
    )
    return done.returncode in (0, 5)  # 5: nothing was collected


def outcome(mutant: Mutant, folder: Path, sound: dict[tuple[str, ...], bool]) -> str:
    """Run the matching tests on a copy with the mutant in it; a kill counts if they pass without it."""
    target = folder / mutant.file
    kept = target.read_bytes()
    stop = time.monotonic() + LIMIT
    for part in map(tuple, tests_for(mutant.file, folder)):
        target.write_text(mutant.text, encoding="utf-8")
        try:
            killed = "" if passes(part, folder, max(stop - time.monotonic(), 1)) else "killed"
        except subprocess.TimeoutExpired:
            killed = "timed out"
        finally:
            target.write_bytes(kept)
        if killed:
            if part not in sound:
                sound[part] = passes(part, folder, LIMIT * 4)
            return killed if sound[part] else "void"
    return "survived"


def report(done: list[tuple[Mutant, str]], seed: int, minutes: float, total: int) -> str:
    """Write the result as Markdown."""
    void = sum(o == "void" for _, o in done)
    done = [(m, o) for m, o in done if o != "void"]  # the tests fail without the fault, so they say nothing of it
    n = len(done)
    caught = [o for _, o in done if o != "survived"]
    lines = [
        "# Mutation testing",
        "",
        "Written by `make mutate` (`tests/mutation/run.py`, which says what a mutant is).",
        "",
    ]
    share = f"{len(caught) / n:.0%}" if n else "-"
    lines += [f"{n} mutants of {total} drawn with seed {seed} ran in {minutes:.0f} minutes: {len(caught)} killed "
              f"({sum(o == 'timed out' for _, o in done)} of them by the time limit), {n - len(caught)} survived; share killed {share}."
              + (f" {void} more are left out, since their tests failed without them." if void else ""), ""]  # fmt: skip
    lines += ["| floor | mutants | killed | share |", "|---|---|---|---|"]
    for floor in FLOORS:
        part = [o for m, o in done if m.file.parts[1] == floor]
        good = sum(o != "survived" for o in part)
        lines.append(
            f"| {floor} | {len(part)} | {good} | {good / len(part):.0%} |" if part else f"| {floor} | 0 | 0 | - |"
        )
    lines += ["", "## Survivors", "", "| module | function | line | change |", "|---|---|---|---|"]
    for m, o in done:
        if o == "survived":
            change = m.change.replace("|", "\\|")
            lines.append(f"| {m.file.as_posix()} | `{m.function}` | {m.line} | `{change}` |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=150, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--minutes", type=float, default=600.0, metavar="M", help="stop drawing after this long")
    parser.add_argument("--only", default="", metavar="TEXT", help="modules whose path holds this")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results" / "mutation.md", metavar="FILE")
    options = parser.parse_args()
    began = time.monotonic()
    done: list[tuple[Mutant, str]] = []
    sound: dict[tuple[str, ...], bool] = {}
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        folder = Path(place)
        for name in ("interventions_stats", "tests", "datasets"):
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".mypy_cache")
            )
        shutil.copy(ROOT / "pyproject.toml", folder)
        mutants = sample(
            folder, options.only, options.sample, options.seed
        )  # of the copy: the checkout may change meanwhile
        for mutant in mutants:
            if time.monotonic() - began > options.minutes * 60:
                break
            done.append((mutant, outcome(mutant, folder, sound)))
            sys.stderr.write(f"{len(done)}/{len(mutants)} {done[-1][1]}: {mutant.file}:{mutant.line} {mutant.change}\n")
            options.out.parent.mkdir(parents=True, exist_ok=True)
            options.out.write_text(
                report(done, options.seed, (time.monotonic() - began) / 60, len(mutants)), encoding="utf-8"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
