"""Tests run in a child of this process, which has loaded the libraries but never the package under test."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

# What the tests import beside the package; loading it takes longer than most mutants live.
LIBRARIES = ("numpy", "scipy.stats", "scipy.optimize", "scipy.special", "pandas", "statsmodels.api", "formulaic", "mpmath",
             "joblib", "hypothesis.extra.numpy", "firthmodels", "coverage", "matplotlib")  # fmt: skip


def load() -> None:
    """Import the libraries, and pytest itself, once."""
    for name in ("pytest", *LIBRARIES):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if any(m.split(".")[0] == "interventions_stats" for m in sys.modules):
        raise SystemExit("the package under test is loaded already; run this as a module of its own")


class Recorder:
    """A pytest plugin that keeps the outcome and the seconds of each test."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        kept = self.found.setdefault(report.nodeid, {"seconds": 0.0, "failed": False, "skipped": False})
        kept["seconds"] += report.duration
        kept["failed"] |= report.failed
        kept["skipped"] |= report.skipped


def run(tests: list[str], folder: Path, *, cpu: float, wall: float, into: Path | None = None) -> str:
    """Run tests in a child process on the package in ``folder``.

    Returns
    -------
    {"passed", "failed", "timed out"}
        ``timed out`` when the child used more than ``cpu`` seconds of processor time or ``wall`` seconds.
    """
    child = os.fork()
    if child == 0:
        os._exit(_in_child(tests, folder, cpu, into))
    stop = time.monotonic() + wall
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > stop:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "timed out"
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # workers that a test left behind
    if os.WIFSIGNALED(status):
        return "timed out" if os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL) else "failed"
    return "passed" if os.WEXITSTATUS(status) == 0 else "failed"


def _in_child(tests: list[str], folder: Path, cpu: float, into: Path | None) -> int:
    os.setpgid(0, 0)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + cpu) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    os.chdir(folder)
    sys.path[:] = [str(folder), *(p for p in sys.path if p not in ("", str(folder)))]
    os.environ["PYTHONPATH"] = str(folder)  # for the processes that tests start
    sys.dont_write_bytecode = into is None  # the sound run leaves its byte code for the mutants
    import pytest
    from hypothesis import Phase, settings

    # No shrinking: that a fault is found matters here, not its smallest example. Nor are examples kept between mutants.
    settings.register_profile("mutation", phases=(Phase.explicit, Phase.generate), database=None)
    settings.load_profile("mutation")
    recorder = Recorder()
    options = [
        "-q",
        "--no-header",
        "--tb=no",
        "-m",
        "not slow",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore",
    ]
    if into is not None:
        options += ["--cov", "--cov-context=test", "--cov-report=", "--continue-on-collection-errors"]
    else:
        options += ["-x"]
    code = int(pytest.main([*options, *tests], plugins=[recorder]))
    if into is not None:
        into.write_text(json.dumps(recorder.found), encoding="utf-8")
    return 0 if code in (0, 5) else 1
