"""Type checkers know the public names and refuse others."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import interventions_stats as ist

USER = """
import interventions_stats as ist
reveal_type(ist.test)
reveal_type(ist.logit)
reveal_type(ist.load_events())
reveal_type(ist.datasets)
reveal_type(ist.__version__)
"""


@pytest.fixture(scope="module")
def stubs(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("stubs", repository / "tests" / "static" / "stubs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stub_is_current(stubs: ModuleType) -> None:
    assert stubs.STUB.read_text(encoding="utf-8") == stubs.stub(), "run `make stubs`"


def test_the_stub_names_where_each_thing_is_defined(stubs: ModuleType) -> None:
    names, modules = stubs.declared()
    assert [*names, *modules, "__version__"] == ist.__all__
    for name, module in names.items():
        __import__(f"interventions_stats.{module}")
        assert getattr(sys.modules[f"interventions_stats.{module}"], name) is getattr(ist, name)


def checked(tool: list[str], code: str, folder: Path, repository: Path) -> str:
    file = folder / "user.py"
    file.write_text(code, encoding="utf-8")
    done = subprocess.run([*tool, str(file)], capture_output=True, text=True, check=False, cwd=repository)
    return done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_a_type_checker_knows_the_face_and_refuses_a_misspelt_name(tool: str, tmp_path: Path, repository: Path) -> None:
    if tool == "mypy":
        command = [sys.executable, "-m", "mypy", "--follow-imports=silent"]
    elif (found := shutil.which("pyright")) is not None:
        command = [found]
    else:
        pytest.skip("pyright is not installed")
    known = checked(command, USER, tmp_path, repository)
    assert (
        "Result" in known
        and "Fit" in known
        and "EventList" in known
        and "error:" not in known.lower().replace("0 errors", "")
    )
    assert not [line for line in known.splitlines() if '"Any"' in line]
    wrong = checked(
        command, "import interventions_stats as ist\nist.bettery()\nist.logit(formul='y ~ x')\n", tmp_path, repository
    )
    assert "bettery" in wrong and "formul" in wrong
