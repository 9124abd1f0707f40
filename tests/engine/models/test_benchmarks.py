"""The page of benchmarks: goals are read off what the parts print, and a part that disagrees stops the run."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "benchmarks"


@pytest.fixture(scope="module")
def run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_run", FOLDER / "run.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


ESTIMATORS = """
| work | peer | ours | peer's | ratio | goal |
|---|---|---|---|---|---|
| one fit | slow | 1.00 ms | 5.00 ms | 5.0x | >= 4x |
| one fit | its arithmetic alone | 1.00 ms | 0.20 ms | 0.20 | - |
| many fits | slow | 1.00 ms | 2.00 ms | 2.0x | >= 25x |

- ours: peak 2.9 times the design (23 MB), the design itself included
"""
MULTIVERSE = "| specifications | relabellings | ratio |\n|---|---|---|\n| 1,000 | 500 | 61 |\n| 500 | 500 | 20 |\n"
WORLD = """
| fit, SE clustered on the dyad | CPU seconds | times logit's | peak MB | over the data |
|---|---|---|---|---|
| logit | 8.00 | 1.0 | 500 | 1.1 x |
| statsmodels Logit | 16.00 | 2.0 | 900 | 3.0 x |
| statsmodels GLM | 16.00 | 2.0 | 900 | 3.0 x |
| pyfixest feglm | 6.00 | 0.8 | 900 | 3.0 x |
"""


def test_goals_are_read_off_the_tables(run: ModuleType) -> None:
    assert [g.met for g in run.estimator_goals(ESTIMATORS)] == [True, True, False, True]
    assert [(g.measured, g.met) for g in run.multiverse_goals(MULTIVERSE)] == [("61x", True)]
    assert [(g.measured, g.met) for g in run.world_goals(WORLD)] == [
        ("2.0x", True), ("2.0x", True), ("0.8x", False), ("2.1x", True),
    ]  # fmt: skip
    text = "| replicate | wall clock | processor time | peak memory of all its processes |\n|---|---|---|---|\n"
    text += "| `--quick` | 6.0 s | 9.0 s | 700 MB |\n| in full | 9.0 s | 150.0 s | 1,500 MB |\n"
    assert [g.met for g in run.replicate_goals(text)] == [False, True, False]


def test_a_part_that_fails_stops_the_run(run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "part.py").write_text("raise SystemExit('the implementations disagree by 0.1')")
    monkeypatch.setattr(run, "HERE", tmp_path)
    with pytest.raises(SystemExit, match="implementations disagree by"):
        run.script("part.py")(True)


def test_the_memory_of_a_session_is_counted(run: ModuleType) -> None:
    import os

    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("no /proc")
    assert run.resident(os.getsid(0)) > 10 * run.MB
