"""What contributors are told is there: hooks, workflow, forms and the paths of the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="comes with dask")


def loaded(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_hooks_run_what_make_lint_runs(repository: Path) -> None:
    (local,) = loaded(repository / ".pre-commit-config.yaml")["repos"]
    hooks = {
        " ".join(h["entry"].removeprefix(".venv/bin/").replace("--force-exclude", "").split()) for h in local["hooks"]
    }
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (repository / "Makefile").read_text(encoding="utf-8"), re.M)
    assert recipe is not None
    linted = {re.sub(r"^\$\(BIN\)/", "", line.strip()) for line in recipe[1].splitlines()}
    assert {h.split()[0] for h in hooks} == {line.split()[0] for line in linted}
    assert {"ruff check", "ruff format", "mypy"} <= hooks


def test_the_workflow_runs_what_continuous_integration_runs_everywhere(repository: Path) -> None:
    steps = loaded(repository / ".github" / "workflows" / "ci.yml")["jobs"]["test"]["steps"]
    assert [s["run"] for s in steps if "run" in s] == [".ci/run"] and (
        repository / ".ci" / "run"
    ).stat().st_mode & 0o100


def test_each_form_asks_for_something_and_has_its_own_fields(repository: Path) -> None:
    forms = [p for p in (repository / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if p.name != "config.yml"]
    assert len(forms) >= 3
    for form in map(loaded, forms):
        ids = [field["id"] for field in form["body"]]
        assert form["name"] and form["description"] and len(ids) == len(set(ids))
        assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_the_table_of_where_code_goes_names_what_exists(repository: Path) -> None:
    text = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?!you add|-)(.*) \|$", text.split("## Where new code goes")[1].split("\n## ")[0], re.M)
    assert len(rows) >= 12
    for row in rows:
        paths = re.findall(r"`([\w./*]+(?:/|\.py|\.json))`", row)
        assert len(paths) >= 3, row
        for path in paths:
            roots = [repository, repository / "interventions_stats"]
            assert any(list(root.glob(path.rstrip("/"))) for root in roots), path
