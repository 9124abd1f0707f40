"""Write what type checkers know of the public face: ``python -m tests.static.stubs``.

Public names are loaded when first used, which no type checker can follow. The stub names the module that defines each.
"""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "interventions_stats"
STUB = PACKAGE / "__init__.pyi"
HEAD = '''"""What type checkers know of the public face. Written by `make stubs` from `__init__.py`; do not edit."""

'''


def declared() -> tuple[dict[str, str], list[str]]:
    """Return the public names with the modules that define them, and the subpackages, as ``__init__.py`` declares them."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    (call,) = (
        node for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lazy"
    )  # fmt: skip
    modules = next((k.value for k in call.keywords if k.arg == "modules"), ast.Tuple([]))
    return ast.literal_eval(call.args[1]), list(ast.literal_eval(modules))


def stub() -> str:
    names, modules = declared()
    lines = [("interventions_stats", m) for m in modules]
    lines += [(f"interventions_stats.{module}", name) for name, module in names.items()]
    imports = [f"from {module} import {name} as {name}" for module, name in sorted(lines, key=_order)]
    public = ",\n    ".join(f'"{n}"' for n in [*names, *modules, "__version__"])
    return HEAD + "\n".join(imports) + f"\n\n__version__: str\n__all__ = [\n    {public},\n]\n"


def _order(line: tuple[str, str]) -> tuple[str, bool, str]:
    """Sort by module, classes before functions, as the linter does."""
    return line[0], not line[1][0].isupper(), line[1]


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
