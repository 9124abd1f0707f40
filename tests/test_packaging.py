"""The package as a user gets it: light to import, its tables in the wheel and in an editable install, its face unchanged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import interventions_stats as ist

TABLES = "import json, interventions_stats as i; from interventions_stats.datasets.location import folder; " \
         "print(json.dumps([str(folder()), len(i.datasets.catalogue()), len(i.datasets.load('approval_russia'))]))"  # fmt: skip


def run(code: str, **options: object) -> str:
    """Run code in a fresh interpreter and return what it prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, **options).stdout  # type: ignore[call-overload]


def test_import_loads_nothing_heavy() -> None:
    heavy = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "formulaic", "rich", "jinja2")
    code = f"import sys, interventions_stats; print([m for m in {heavy!r} if m in sys.modules])"
    assert run(code).strip() == "[]"


def test_every_public_name_resolves_and_is_listed() -> None:
    for name in ist.__all__:
        assert getattr(ist, name) is not None
    assert set(ist.__all__) <= set(dir(ist))


def test_public_face_is_the_snapshot() -> None:
    """A break of the public face is deliberate: it changes tests/public_names.json with it."""
    stored = json.loads(Path(__file__).with_name("public_names.json").read_text(encoding="utf-8"))
    assert sorted(ist.__all__) == stored


def test_misspelt_attribute_suggests() -> None:
    with pytest.raises(AttributeError, match="Did you mean 'firth_logit'"):
        _ = ist.firth_logitt


def test_editable_install_reads_the_checkout(repository: Path) -> None:
    where, n_tables, n_rows = json.loads(run(TABLES))
    assert Path(where) == repository / "datasets"
    assert n_tables >= 30 and n_rows == 301


@pytest.mark.slow
def test_the_source_archive_is_whole_and_its_own_checks_pass_from_it(repository: Path, tmp_path: Path) -> None:
    """Every file under version control is in it; the tests of commands, hooks, forms and registrations run in it."""
    build = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(tmp_path), str(repository)]
    subprocess.run(build, check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        files.extractall(tmp_path / "out", filter="data")
    (root,) = (tmp_path / "out").iterdir()
    held = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}
    tracked = subprocess.run(["git", "ls-files"], cwd=repository, capture_output=True, text=True, check=False)
    listed = (
        tracked.stdout.split("\n")[:-1] if tracked.returncode == 0 else list(held)
    )  # no checkout: an archive itself
    assert {f for f in listed if (repository / f).is_file()} - held == set()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "tests/drivers",
        "tests/test_contributing.py",
        "tests/static",
        "-m",
        "not slow",
    ]
    done = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and " failed" not in done.stdout, done.stdout[-2000:]


def test_wheel_carries_the_tables(repository: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(repository)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
        names = archive.namelist()
    assert "interventions_stats/replication/record.json" in names
    assert {"interventions_stats/py.typed", "interventions_stats/__init__.pyi"} <= set(names)
    assert wheel.stat().st_size < 12e6
    # -I would hide the folder; an empty working folder and PYTHONPATH put the unpacked wheel before the checkout
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    where, n_tables, n_rows = json.loads(run(TABLES, cwd=tmp_path, env=environment))
    assert Path(where) == tmp_path / "site" / "interventions_stats" / "datasets" / "tables"
    assert n_tables >= 30 and n_rows == 301
