"""Write what type checkers know of the public faces: ``python -m tests.static.stubs``.

Public names are loaded when first used, which no type checker can follow. A stub beside each face names the module that
defines each name.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "interventions_stats"
ROOT = PACKAGE / "__init__.py"
HEAD = '''"""What type checkers know of this face. Written by `make stubs` from `{source}`; do not edit."""

'''


@dataclass(frozen=True, slots=True)
class Face:
    """A module whose names are loaded when first used: ``names`` to the modules that define them, and subpackages."""

    source: Path
    package: str
    names: dict[str, str]
    modules: tuple[str, ...]

    @property
    def stub(self) -> Path:
        return self.source.with_suffix(".pyi")

    def text(self) -> str:
        """Return what the stub says."""
        lines = [(self.package, m) for m in self.modules] + [(module, name) for name, module in self.names.items()]
        imports = [f"from {module} import {name} as {name}" for module, name in sorted(lines, key=_order)]
        version = ["__version__"] if self.source == ROOT else []
        public = ",\n    ".join(f'"{n}"' for n in [*self.names, *self.modules, *version])
        said = "\n__version__: str" if version else ""
        return (
            f"{HEAD.format(source=self.source.name)}"
            + "\n".join(imports)
            + f"\n{said}\n__all__ = [\n    {public},\n]\n"
        )


def _order(line: tuple[str, str]) -> tuple[str, bool, bool, str]:
    """Sort by module, constants before classes before functions, as the linter does."""
    return line[0], not line[1].isupper(), not line[1][0].isupper(), line[1]


def face(source: Path) -> Face | None:
    """Return what a module declares with ``lazy``, None where it declares nothing so."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    calls = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lazy"
    ]  # fmt: skip
    if not calls or source.name == "_lazy.py":
        return None
    parts = source.relative_to(PACKAGE.parent).with_suffix("").parts
    package = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    options = {k.arg: ast.literal_eval(k.value) for k in calls[0].keywords}
    root = options.get("root", package)
    names = {name: f"{root}.{module}" for name, module in ast.literal_eval(calls[0].args[1]).items()}
    for node in tree.body:  # bound at once
        if (
            isinstance(node, ast.ImportFrom)
            and str(node.module).startswith("interventions_stats.")
            and node.module != "interventions_stats._lazy"
        ):
            names |= {alias.name: str(node.module) for alias in node.names}
    return Face(source, package, names, tuple(options.get("modules", ())))


def faces() -> list[Face]:
    return [found for source in sorted(PACKAGE.rglob("*.py")) if (found := face(source)) is not None]


if __name__ == "__main__":
    for one in faces():
        one.stub.write_text(one.text(), encoding="utf-8")
