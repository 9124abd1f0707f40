"""Print the lines of the package, the files that ``ist.test("W1")`` enters, and what an import costs.

    .venv/bin/python benchmarks/size.py

A file is entered when a function of it is called, not when it is imported.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import interventions_stats as ist

PACKAGE = Path(ist.__file__).parent


def lines() -> int:
    """Count the lines of the package's Python files."""
    return sum(len(p.read_text(encoding="utf-8").splitlines()) for p in PACKAGE.rglob("*.py"))


def entered(name: str) -> set[str]:
    """Return the files of the package of which a test calls a function."""
    found: set[str] = set()

    def see(frame: FrameType, event: str, arg: Any) -> None:
        code = frame.f_code
        body = not code.co_flags & inspect.CO_OPTIMIZED  # of a module or a class, which an import runs
        if event == "call" and not body and code.co_filename.startswith(str(PACKAGE)):
            found.add(code.co_filename)

    sys.setprofile(see)
    try:
        ist.test(name, quick=True)
    finally:
        sys.setprofile(None)
    return found


def import_seconds() -> float:
    """Return the least of five imports in processes of their own, by Python's own clock."""
    command = [sys.executable, "-X", "importtime", "-c", "import interventions_stats"]
    said = [subprocess.run(command, capture_output=True, text=True, check=True).stderr for _ in range(5)]
    return min(int(re.findall(r"\|\s*(\d+) \|\s*interventions_stats$", text, re.M)[-1]) for text in said) / 1e6


if __name__ == "__main__":
    print("| what | measured |\n|---|---|")
    print(f"| package lines | {lines():,} |")
    print(f'| files entered by `ist.test("W1")` | {len(entered("W1"))} |')
    print(f"| `import interventions_stats` | {import_seconds():.3f} s |")
