"""Run every benchmark and write what they print to docs/results/benchmarks.md, with the goals beside what was measured.

    .venv/bin/python benchmarks/run.py [--quick] [--only PART ...] [--out FILE]

Each part is a process of its own. A part that finds two implementations to disagree ends with an error; then nothing is
written. Ratios are of processor time on one thread in one run, so they travel between machines; seconds do not.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "docs" / "results" / "benchmarks.md"
PACKAGES = ("interventions_stats", "numpy", "scipy", "pandas", "statsmodels", "firthmodels", "numba", "pyfixest")
MB = 1024**2


class Goal(NamedTuple):
    """One line of the summary."""

    work: str
    goal: str
    measured: str
    met: bool


class Part(NamedTuple):
    """A benchmark: its title, how to run it (quick or not), and the goals to read off what it printed."""

    title: str
    run: Callable[[bool], str]
    goals: Callable[[str], list[Goal]]


def script(name: str, quick: tuple[str, ...] = ("--quick",)) -> Callable[[bool], str]:
    """Return a function that runs a script of this folder and returns what it printed."""

    def run(short: bool) -> str:
        done = subprocess.run(
            [sys.executable, str(HERE / name), *(quick if short else ())], capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"{name} stopped, and nothing was written:\n{(done.stderr or done.stdout)[-3000:]}")
        return re.sub(r"^# .*\n+", "", done.stdout).strip()

    return run


def tables(text: str) -> list[dict[str, str]]:
    """Rows of the Markdown tables in a text, by column."""
    rows, head = [], None
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")] if line.startswith("|") else None
        if cells is None:
            head = None
        elif head is None:
            head = cells
        elif not set(line) <= set("|-: "):
            rows.append(dict(zip(head, cells, strict=True)))
    return rows


def leading(text: str) -> float:
    """The number that a cell begins with, thousands separated by commas."""
    return float(re.match(r"[\d.,]+", text)[0].replace(",", ""))


def estimator_goals(text: str) -> list[Goal]:
    found = []
    for row in tables(text):
        if row.get("goal", "-") != "-":
            met = leading(row["ratio"]) >= leading(row["goal"].removeprefix(">= "))
            found.append(Goal(f"{row['work']}, against {row['peer']}", row["goal"], row["ratio"], met))
        elif row.get("peer") == "its arithmetic alone":
            found.append(Goal(f"{row['work']}: share of the time that is arithmetic", "-", row["ratio"], True))
    for peak in re.findall(r"^- ours: peak ([\d.]+) times", text, re.M):
        found.append(Goal("logit on the long table: peak memory", "<= 3x the design", f"{peak}x", float(peak) <= 3))
    return found


def multiverse_goals(text: str) -> list[Goal]:
    row = tables(text)[0]
    name = f"{row['specifications']} specifications x {row['relabellings']} relabellings, joint max-T, per fit"
    ratio = leading(row["ratio"])
    return [Goal(f"{name}, against statsmodels Logit", ">= 50x", f"{ratio:.0f}x", ratio >= 50)]


def world_goals(text: str) -> list[Goal]:
    rows = {next(iter(r.values())): r for r in tables(text)}
    found = []
    for peer in ("statsmodels Logit", "statsmodels GLM", "pyfixest feglm"):
        ratio = leading(rows[peer]["times logit's"])
        found.append(Goal(f"all directed dyad-years, against {peer}", ">= 1x", f"{ratio:.1f}x", ratio >= 1))
    over = leading(rows["logit"]["over the data"]) + 1.0
    found.append(
        Goal("all directed dyad-years: peak memory, data included", "<= 3x the data", f"{over:.1f}x", over <= 3)
    )
    return found


def shifts(quick: bool) -> str:
    """Time the exact null of a leader-stratified circular shift against sampling it."""
    import numpy as np

    from interventions_stats.inference import circular_shift_test

    rng = np.random.default_rng(0)
    strata = np.repeat(["Yeltsin", "Putin"], [96, 252])
    series = np.cumsum(rng.normal(size=348))
    onsets = np.zeros(348)
    onsets[rng.choice(348, 25, replace=False)] = 1
    seconds = {}
    for name, options in (("exact, 96 x 252 shifts", {}), ("10,000 draws", {"max_exact": 1, "draws": 10_000})):
        best = np.inf
        for _ in range(3 if quick else 10):
            began = time.process_time()
            result = circular_shift_test(series, onsets, strata=strata, **options)
            best = min(best, time.process_time() - began)
        seconds[name] = best, result.p_value
    (exact, p), (sampled, q) = seconds.values()
    error = 4 * np.sqrt(p * (1 - p) / 10_000)
    if abs(p - q) > error:
        sys.exit(f"the exact and the sampled shift null disagree: {p:.4f} and {q:.4f}; nothing was written")
    lines = ["| null | processor time | p |", "|---|---|---|"]
    lines += [f"| {name} | {1e3 * t:.2f} ms | {value:.4f} |" for name, (t, value) in seconds.items()]
    return "\n".join([*lines, "", f"Exact enumeration is {sampled / exact:.1f} times as fast as the draws."])


def shift_goals(text: str) -> list[Goal]:
    ratio = float(re.search(r"is ([\d.]+) times", text)[1])
    return [Goal("leader-stratified shift null, exact, against 10,000 draws", "> 1x", f"{ratio:.1f}x", ratio > 1)]


def replicate(quick: bool) -> str:
    """Wall clock, processor time and peak memory of the replication on two workers."""
    rows = ["| replicate | wall clock | processor time | peak memory of all its processes |", "|---|---|---|---|"]
    for name, options in (("`--quick`", ["--quick"]), *((("in full", []),) if not quick else ())):
        wall, processor, peak = load(options)
        rows.append(f"| {name} | {wall:.1f} s | {processor:.1f} s | {peak / MB:.0f} MB |")
    return "\n".join(rows)


def load(options: list[str]) -> tuple[float, float, float]:
    """Seconds on the clock and of the processors, and the most memory that the command's processes held at once."""
    with tempfile.TemporaryDirectory() as folder:
        began, before, peak = time.perf_counter(), os.times(), 0.0
        command = [sys.executable, "-m", "interventions_stats", "replicate", "--n-jobs", "2", "--out", folder, *options]
        with open(Path(folder) / "printed.txt", "w") as printed:
            run = subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True)
            try:
                while run.poll() is None:
                    peak = max(peak, resident(run.pid))
                    time.sleep(0.2)
            except BaseException:
                os.killpg(run.pid, signal.SIGTERM)
                raise
        if run.returncode:
            sys.exit(f"replicate {' '.join(options)} failed:\n{(Path(folder) / 'printed.txt').read_text()[-2000:]}")
        after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        return time.perf_counter() - began, used, peak


def resident(session: int) -> float:
    """Bytes held by the processes of a session, shared pages divided among them (Linux; 0 elsewhere)."""
    total = 0.0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == session:
                found = re.search(r"^Pss:\s+(\d+) kB", (entry / "smaps_rollup").read_text(), re.M)
                total += 1024.0 * int(found[1]) if found else 0.0
        except (OSError, ValueError):
            continue  # it has ended meanwhile
    return total


def replicate_goals(text: str) -> list[Goal]:
    found = []
    for row in tables(text):
        most = 5 if "quick" in row["replicate"] else 10
        wall, peak = leading(row["wall clock"]), leading(row["peak memory of all its processes"])
        name = f"replicate {row['replicate']} on two cores"
        found.append(Goal(name, f"<= {most} s", f"{wall:.1f} s", wall <= most))
        if most == 10:
            found.append(Goal(f"{name}: memory", "<= 1 GB", f"{peak / 1024:.2f} GB", peak <= 1024))
    return found


def battery(quick: bool) -> str:
    """Wall clock and processor time of a battery on another actor, on two workers."""
    import interventions_stats as ist

    began, before = time.perf_counter(), os.times()
    ist.battery(actor="USA", quick=quick, n_jobs=2)
    after, wall = os.times(), time.perf_counter() - began
    used = sum(after[:4]) - sum(before[:4])
    rows = ["| battery | wall clock | processor time of this process |", "|---|---|---|"]
    return "\n".join([*rows, f"| USA{', quick' if quick else ''} | {wall:.1f} s | {used:.1f} s |"])


def battery_goals(text: str) -> list[Goal]:
    wall = leading(tables(text)[0]["wall clock"])
    return [Goal('`ist.battery(actor="USA")` on two cores', "<= 10 s", f"{wall:.1f} s", wall <= 10)]


def size_goals(text: str) -> list[Goal]:
    found = {row["what"]: row["measured"] for row in tables(text)}
    goals = {'files entered by `ist.test("W1")`': ("<= 60", 60.0), "`import interventions_stats`": ("<= 0.05 s", 0.05)}
    rows = [Goal(what, goal, found[what], leading(found[what]) <= most) for what, (goal, most) in goals.items()]
    return [Goal("package lines", "-", found["package lines"], True), *rows]


PARTS = {
    "size": Part("Size", script("size.py", ()), size_goals),
    "battery": Part("Battery of another actor", battery, battery_goals),
    "estimators": Part("Estimators", script("estimators.py"), estimator_goals),
    "multiverse": Part(
        "Multiverse",
        script("multiverse.py", ("--specifications", "100", "--relabellings", "99", "--sample", "60")),
        multiverse_goals,
    ),
    "shifts": Part("Stratified circular shift", shifts, shift_goals),
    "world": Part("All directed dyad-years", script("world.py"), world_goals),
    "replicate": Part("Replication", replicate, replicate_goals),
}


def machine() -> str:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and (match := re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text())):
        model = match[1].strip()
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return f"{model}, {os.cpu_count()} cores{load}; {platform.system()}, Python {platform.python_version()}; {', '.join(found)}."


def summary(goals: list[Goal]) -> str:
    rows = ["| work | goal | measured | met |", "|---|---|---|---|"]
    rows += [
        f"| {g.work} | {g.goal} | {g.measured} | {'-' if g.goal == '-' else 'yes' if g.met else 'no'} |" for g in goals
    ]
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes; printed, and written only with --out")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--out", type=Path, help=f"file to write (default: {OUT.relative_to(HERE.parent)})")
    options = parser.parse_args()
    about, goals, sections = machine(), [], []
    for name in options.only or PARTS:
        part, began = PARTS[name], time.perf_counter()
        sys.stderr.write(f"{name} ...\n")
        text = part.run(options.quick)
        goals += part.goals(text)
        sections.append(f"## {part.title}\n\n{text}\n\nThis part took {time.perf_counter() - began:.0f} s.")
    command = "benchmarks/run.py" + (" --quick" if options.quick else "")
    page = "\n\n".join(["# Benchmarks", f"Printed by `{command}`. {about}", summary(goals), *sections]) + "\n"
    print(page)
    whole = not (options.quick or options.only)
    if options.out or whole:
        target = options.out or OUT
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
