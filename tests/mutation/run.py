"""Mutation testing of the numbers and the rules: small faults are planted one at a time, and the tests must notice.

Usage::

    python -m tests.mutation.run [--sample N] [--seed N] [--minutes M] [--only TEXT] [--jobs N] [--out FILE]

A mutant changes one operator, comparison, constant, return value, condition or function inside a function of ``rules``,
``engine`` (``faults.py``). The package and its tests are copied to a temporary folder, so the checkout
is never touched. There the quick tests of both floors run once under coverage, which tells which tests reach which
line; a mutant is then held against the tests of its floor that reach its statement, the fastest first. It is *killed* when
one fails, counts as killed when it *timed out* (ten times the sound run, in processor time), and *survives* when all pass
or none reaches it. Tests that fail without a fault are left out.

The mutants are a simple random sample of all places, drawn with the seed, so that the share killed estimates that of the
whole; its interval is Wilson's. Every mutant of the full set would take a day. The common programs for this mutate what
errors say and have no sampling (mutmut), or start an interpreter for each mutant (cosmic-ray), which with these imports
takes longer than the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.mutation import warm
from tests.mutation.faults import Mutant, all_places, planted

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("rules", "engine")
RESULTS = "results.txt"
WALL = 1200.0  # seconds; for a child that waits and computes nothing
EXPLAINED = Path(__file__).with_name("explained.json")


@dataclass(frozen=True, slots=True)
class Reach:
    """Which tests reach which line, and the seconds each test takes."""

    tests: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]

    def of(self, mutant: Mutant) -> tuple[list[str], list[str]]:
        """Return the tests that reach a mutant's statement, and the others of their files, the fastest first.

        What a shared fixture or a cached function computes counts as reached by the first test that asked for it; the
        tests that look at it may be others of the file.
        """
        lines = self.tests.get(mutant.file.as_posix(), {})
        found = {t for n in mutant.lines for t in lines.get(n, ())}
        files = {t.split("::")[0] for t in found}
        near = {t for t in self.seconds if t.split("::")[0] in files}
        ordered = sorted(self.seconds, key=lambda t: (self.seconds[t], t))
        return [t for t in ordered if t in found], [t for t in ordered if t in near - found]


def copied(place: str) -> Path:
    """Copy what the tests need; return the folder."""
    folder = Path(place)
    skip = shutil.ignore_patterns("__pycache__", "*.pyc", ".mypy_cache", "_build")
    for name in ("interventions_stats", "tests", "datasets", "benchmarks"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def sound_run(folder: Path, floors: tuple[str, ...]) -> Reach:
    """Run the quick tests once without a fault, floor by floor, and return what each reaches."""
    from coverage import CoverageData

    tests: dict[str, dict[int, list[str]]] = {}
    seconds: dict[str, float] = {}
    for floor in floors:
        kept = folder / f"{floor}.json"
        os.environ["COVERAGE_FILE"] = str(folder / f".coverage.{floor}")
        outcome = warm.run([f"tests/{floor}"], folder, cpu=3600, wall=7200, into=kept)
        if not kept.exists():
            raise SystemExit(f"the tests of {floor} {outcome} without a fault, before any result")
        found = json.loads(kept.read_text(encoding="utf-8"))
        bad = [t for t, r in found.items() if r["failed"]]
        if bad:
            sys.stderr.write(f"left out, since they fail without a fault: {', '.join(bad)}\n")
        seconds |= {t: r["seconds"] for t, r in found.items() if not (r["failed"] or r["skipped"])}
        data = CoverageData(os.environ.pop("COVERAGE_FILE"))
        data.read()
        for file in data.measured_files():
            name = Path(file).relative_to(folder).as_posix()
            if name.split("/")[1] == floor:  # a floor is held by its own tests
                contexts = data.contexts_by_lineno(file)
                tests[name] = {n: [c.split("|")[0] for c in cs if c] for n, cs in contexts.items()}
    return Reach(tests, seconds)


def outcome(mutant: Mutant, folder: Path, reach: Reach) -> str:
    """Run the tests that reach a mutant on a copy with the mutant in it."""
    found = "not reached"
    target = folder / mutant.file
    kept, stat = target.read_bytes(), target.stat()
    for tests in filter(None, reach.of(mutant)):
        target.write_text(mutant.text, encoding="utf-8")
        try:
            found = warm.run(tests, folder, cpu=30 + 10 * sum(reach.seconds[t] for t in tests), wall=WALL)
        finally:
            target.write_bytes(kept)
            os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # so that its byte code counts again
        if found != "passed":
            break
    return {"failed": "killed", "passed": "survived"}.get(found, found)


def wilson(k: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95% interval of a share of ``n``, at least one."""
    n = max(n, 1)
    z = 1.959963984540054
    middle, half = (k + z * z / 2) / (n + z * z), z * (k * (n - k) / n + z * z / 4) ** 0.5 / (n + z * z)
    return middle - half, middle + half


def report(done: list[tuple[Mutant, str]], options: argparse.Namespace, places: int) -> str:
    """Write the result as Markdown."""
    lost = [(m, o) for m, o in done if o in ("survived", "not reached")]
    reasons = json.loads(EXPLAINED.read_text(encoding="utf-8")) if EXPLAINED.exists() else {}
    same = {key(m) for m, _ in lost} & set(reasons)
    lines = ["# Mutation testing", "", f"Written by `python -m tests.mutation.run --sample {options.sample} --seed {options.seed}` (`make mutate`), whose text "
             "says what a mutant is. Reasons for equivalence are read from `tests/mutation/explained.json` when it is written."
             + (f" The run was stopped after {len(done)}." if len(done) < options.sample else ""), "",
             f"{len(done)} of the {places} places where a fault can be planted, drawn with seed {options.seed}: "
             f"{len(done) - len(lost)} killed ({sum(o == 'timed out' for _, o in done)} of them by the time limit), "
             f"{sum(o == 'survived' for _, o in lost)} survived, {sum(o == 'not reached' for _, o in lost)} reached by no test; "
             f"{len(same)} of the survivors are equivalent, which no test can notice.", "",
             "| floor | mutants | killed | equivalent | killed of all | killed of those not equivalent | 95% interval |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for floor in (*FLOORS, "all"):
        part = [(m, o) for m, o in done if floor in (m.file.parts[1], "all")]
        if part:
            good = sum(o in ("killed", "timed out") for _, o in part)
            unfelt = sum(o in ("survived", "not reached") and key(m) in same for m, o in part)
            (low, high), rest = wilson(good, len(part) - unfelt), len(part) - unfelt
            lines.append(f"| {floor} | {len(part)} | {good} | {unfelt} | {good / len(part):.1%} | {good / max(rest, 1):.1%} | "
                         f"{low:.1%} to {high:.1%} |")  # fmt: skip
    if lost:
        lines += ["", "## Survivors", "", "`equivalent` changes no result that a caller can see; the reason is given. "
                  "`open` is a fault that the tests do not notice yet.", "",
                  "| module | function | line | change | state |", "|---|---|---|---|---|"]  # fmt: skip
        for m, o in lost:
            why = reasons.get(key(m))
            state = f"equivalent: {why}" if why else "open" + (" (not reached)" if o == "not reached" else "")
            change = m.change.replace("|", "\\|")
            module = m.file.relative_to("interventions_stats").as_posix()
            lines.append(f"| {module} | `{m.function}` | {m.lines.start} | `{change}` | {state} |")
    return "\n".join(lines) + "\n"


def key(mutant: Mutant) -> str:
    """Name a mutant so that the name outlives moves of lines."""
    return f"{mutant.file.relative_to('interventions_stats').as_posix()}:{mutant.function}: {mutant.change}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=300, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--minutes", type=float, default=600.0, metavar="M", help="stop after this long")
    parser.add_argument("--only", default="", metavar="TEXT", help="modules whose path holds this")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="mutants tried at once (default 2)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results" / "mutation.md", metavar="FILE")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    warm.load()
    stop = time.monotonic() + options.minutes * 60
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        folder = copied(f"{place}/0")
        pool = all_places(folder, FLOORS, options.only)
        drawn = random.Random(options.seed).sample(pool, min(options.sample, len(pool)))
        reach = sound_run(folder, tuple(f for f in FLOORS if any(p.file.parts[1] == f for p in drawn)))
        mutants = [planted(folder, at) for at in drawn]
        folders = [folder, *(Path(place) / str(j) for j in range(1, options.jobs))]
        for other in folders[1:]:
            shutil.copytree(folder, other)  # with its byte code
        workers = [worker(mutants, range(j, len(mutants), options.jobs), f, reach, stop) for j, f in enumerate(folders)]
        options.out.parent.mkdir(parents=True, exist_ok=True)
        seen = 0
        while True:
            over = all(ended(w) for w in workers)  # before the results are read, so that none is missed
            done = [(mutants[i], o) for i, o in sorted(results(folders).items())]
            if len(done) > seen:
                seen = len(done)
                sys.stderr.write(f"{seen}/{len(mutants)}\n")
                options.out.write_text(report(done, options, len(pool)), encoding="utf-8")
            if over:
                return 0
            time.sleep(5)


def worker(mutants: list[Mutant], which: range, folder: Path, reach: Reach, stop: float) -> int:
    """Fork a process that tries some of the mutants in its own folder, and writes each outcome down; return its number."""
    child = os.fork()
    if child:
        return child
    with (folder / RESULTS).open("w", encoding="utf-8") as out:
        for i in which:
            if time.monotonic() > stop:
                break
            found = outcome(mutants[i], folder, reach)
            sys.stderr.write(f"{found}: {key(mutants[i])} (line {mutants[i].lines.start})\n")
            out.write(f"{i} {found}\n")
            out.flush()
    os._exit(0)


def ended(child: int) -> bool:
    """Whether a worker is over; one that was waited for before is."""
    try:
        return os.waitpid(child, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


def results(folders: list[Path]) -> dict[int, str]:
    """Outcomes written down so far, by the number of the mutant."""
    lines = [line for f in folders if (f / RESULTS).exists() for line in (f / RESULTS).read_text().splitlines()]
    return {int(i): found for i, found in (line.split(" ", 1) for line in lines)}


if __name__ == "__main__":
    sys.exit(main())
