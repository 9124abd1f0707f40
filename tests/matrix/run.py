"""The quick tests on every interpreter found, with the lowest declared and the newest dependencies.

Usage::

    python -m tests.matrix.run [--python 3.11 ...] [--set lowest newest] [--tests PATH ...] [--workers N]

For each interpreter an environment is made in a temporary folder, so the checkout's own is not touched. *lowest* installs
each declared dependency at its floor (``numpy>=1.26`` becomes ``numpy==1.26``), *newest* what the index offers. A table
names each combination with its outcome, and the interpreters that were not found.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INTERPRETERS = ("3.11", "3.12", "3.13")
# What the quick tests import beside the package; other test tools look at the source and need one version only.
TOOLS = ("pytest", "pytest-xdist", "hypothesis", "mpmath", "firthmodels", "pyfixest", "frictionless", "pyarrow", "statsmodels", "openpyxl", "build",
         "hatchling")  # fmt: skip


def find(version: str) -> str | None:
    """Return the path of an interpreter of this version, or None."""
    names = [shutil.which(f"python{version}"), sys.executable]
    names += sorted(str(p / "bin" / "python") for p in Path.home().glob(f".pyenv/versions/{version}.*"))
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    for name in filter(None, names):
        found = subprocess.run([name, "-c", code], capture_output=True, text=True, check=False)
        if found.returncode == 0 and found.stdout.strip() == version:
            return name
    return None


def requirements(which: str, python: str) -> list[str]:
    """Return the dependencies of ``pyproject.toml`` at their floors, or without one."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    out = []
    for text in declared:
        match = re.fullmatch(r"([\w.-]+)>=([\d.]+)(?:;\s*python_version\s*([<>=]+)\s*'([\d.]+)')?", text)
        if match is None:
            raise SystemExit(f"pyproject.toml: {text!r} has no floor of the form name>=version")
        name, floor, relation, limit = match.groups()
        if relation and not _applies(python, relation, limit):
            continue
        out.append(f"{name}=={floor}" if which == "lowest" else f"{name}>={floor}")
    return out


def _applies(python: str, relation: str, limit: str) -> bool:
    a, b = (tuple(map(int, v.split("."))) for v in (python, limit))
    return {"<": a < b, ">=": a >= b, ">": a > b, "<=": a <= b, "==": a == b}[relation]


def run(python: str, version: str, which: str, tests: list[str], workers: int) -> tuple[str, str]:
    """Make the environment and run the tests; return the outcome and a detail."""
    with tempfile.TemporaryDirectory(prefix=f"matrix-{version}-{which}-") as place:
        subprocess.run([python, "-m", "venv", place], check=True)
        inside = str(Path(place) / "bin" / "python")
        pip = [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        steps = [
            [*pip, "--only-binary", "numpy,scipy,pandas,statsmodels", *requirements(which, version), *TOOLS],
            [*pip, "--no-deps", "--editable", str(ROOT)],  # registers the pytest plugin and the command
        ]
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
                return "not installable", (errors or ["?"])[-1]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg"}
        environment.pop("PYTHONPATH", None)
        command = [
            inside,
            "-m",
            "pytest",
            "-q",
            "--no-header",
            "--tb=short",
            "-m",
            "not slow",
            "-n",
            str(workers),
            *tests,
        ]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        lines = done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or ["no output"]
        if done.returncode:
            sys.stderr.write("\n".join(line for line in lines if line.startswith(("FAILED", "ERROR", "E  "))) + "\n")
        return ("passed" if done.returncode == 0 else "failed"), lines[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", nargs="+", default=list(INTERPRETERS), metavar="V")
    parser.add_argument("--set", nargs="+", default=["lowest", "newest"], choices=["lowest", "newest"])
    parser.add_argument("--tests", nargs="+", default=["tests"], metavar="PATH")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    options = parser.parse_args()
    rows, ok = [], True
    for version in options.python:
        python = find(version)
        if python is None:
            rows.append((version, "-", "missing", "no such interpreter was found"))
            continue
        for which in options.set:
            outcome, detail = run(python, version, which, options.tests, options.workers)
            ok &= outcome == "passed"
            rows.append((version, which, outcome, detail))
            sys.stdout.write("{:6} {:8} {:16} {}\n".format(*rows[-1]))
            sys.stdout.flush()  # each takes minutes
    missing = [r[0] for r in rows if r[2] == "missing"]
    sys.stdout.write(f"interpreters missing: {', '.join(missing) or 'none'}\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
