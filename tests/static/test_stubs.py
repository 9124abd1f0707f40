"""Type checkers know the public names and refuse others."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

USER = """
import interventions_stats as ist
reveal_type(ist.test)
reveal_type(ist.logit)
reveal_type(ist.load_events())
reveal_type(ist.datasets)
reveal_type(ist.__version__)
reveal_type(ist.events.from_mid("midb.csv", actor="USA"))
reveal_type(ist.events.from_icb("icb2.csv", actor="all"))
reveal_type(ist.load_events()[:3] + ist.load_events())
reveal_type(ist.drivers.proposition)
"""


@pytest.fixture(scope="module")
def stubs(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("stubs", repository / "tests" / "static" / "stubs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stubs_are_current(stubs: ModuleType) -> None:
    faces = stubs.faces()
    assert {f.package for f in faces} >= {
        "interventions_stats",
        "interventions_stats.events",
        "interventions_stats.estimators",
    }
    stale = [f.package for f in faces if not f.stub.is_file() or f.stub.read_text(encoding="utf-8") != f.text()]
    assert stale == [], "run `make stubs`"


def test_the_stubs_name_where_each_thing_is_defined(stubs: ModuleType) -> None:
    for face in stubs.faces():
        module = importlib.import_module(face.package)
        version = ["__version__"] if face.package == "interventions_stats" else []
        assert sorted([*face.names, *face.modules, *version]) == sorted(module.__all__)
        for name, where in face.names.items():
            assert getattr(importlib.import_module(where), name) is getattr(module, name)


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
    elif (found := shutil.which("pyright", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")) is not None:
        command = [found, "--pythonpath", sys.executable]
    else:
        pytest.skip("pyright is not installed")
    known = checked(command, USER, tmp_path, repository)
    assert (
        "Result" in known
        and "Fit" in known
        and "EventList" in known
        and "error:" not in known.lower().replace("0 errors", "")
    )
    assert "dict[str, " in known and "Proposition" in known
    assert not [line for line in known.splitlines() if '"Any"' in line or '"Unknown"' in line]
    wrong = checked(
        command,
        "import interventions_stats as ist\nist.bettery()\nist.logit(formul='y ~ x')\nist.events.from_mib('x')\n",
        tmp_path,
        repository,
    )
    assert "bettery" in wrong and "formul" in wrong and "from_mib" in wrong
