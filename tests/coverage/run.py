"""Lines and branches of the package that the quick tests run, held to their floors.

Usage::

    python -m tests.coverage.run [--workers N] [--lines SHARE] [--branches SHARE] [--tests PATH ...]

Runs the quick tests under coverage, prints the two shares and the modules that miss most, and exits with 1 when a share
is below its floor. Coverage's own threshold is one share of lines and branches together, so the two are held here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LINES, BRANCHES = 0.95, 0.90


def measured(tests: list[str], workers: int) -> tuple[int, dict[str, Any]]:
    """Run the tests; return pytest's exit code and coverage's report."""
    with tempfile.TemporaryDirectory(prefix="coverage-") as place:
        out = Path(place) / "coverage.json"
        options = ["-q", "--no-header", "-m", "not slow", "--cov", "--cov-report", f"json:{out}"]
        options += ["-n", str(workers)] if workers > 1 else ["-p", "no:xdist"]
        environment = {**os.environ, "COVERAGE_FILE": str(Path(place) / ".coverage")}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *tests], cwd=ROOT, env=environment, check=False
        )
        if not out.exists():
            raise SystemExit("coverage wrote no report; see the output of pytest above")
        return done.returncode, json.loads(out.read_text(encoding="utf-8"))


def share(totals: dict[str, Any], covered: str, whole: str) -> float:
    return totals[covered] / totals[whole] if totals[whole] else 1.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=1, metavar="N")
    parser.add_argument("--lines", type=float, default=LINES, metavar="SHARE")
    parser.add_argument("--branches", type=float, default=BRANCHES, metavar="SHARE")
    parser.add_argument("--tests", nargs="+", default=["tests", "interventions_stats"], metavar="PATH")
    options = parser.parse_args()
    code, report = measured(options.tests, options.workers)
    missed = sorted(
        report["files"].items(), key=lambda f: -len(f[1]["missing_lines"]) - f[1]["summary"]["missing_branches"]
    )
    sys.stdout.write("\nmodule: lines and branches missed\n")
    for name, found in missed[:25]:
        lines, gaps = found["missing_lines"], found["summary"]["missing_branches"]
        if lines or gaps:
            sys.stdout.write(f"  {name}: {len(lines)} lines, {gaps} branches: {', '.join(map(str, lines[:20]))}\n")
    totals = report["totals"]
    lines = share(totals, "covered_lines", "num_statements")
    branches = share(totals, "covered_branches", "num_branches")
    sys.stdout.write(
        f"lines {lines:.1%} (floor {options.lines:.0%}), branches {branches:.1%} (floor {options.branches:.0%})\n"
    )
    return code or int(lines < options.lines or branches < options.branches)


if __name__ == "__main__":
    sys.exit(main())
