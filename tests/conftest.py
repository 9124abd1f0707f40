"""Fixtures that several test folders share."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from interventions_stats.errors import InterventionsError, InterventionsWarning

collect_ignore = ["mutation", "matrix", "coverage", "inputs/run.py", "differential/run.py"]  # commands, and not tests
ROOT = Path(__file__).resolve().parents[1]
SOURCES = Path(os.environ.get("INTERVENTIONS_SOURCES", ROOT.parent / "shared" / "data"))


class Tally:
    """Counts the examples of a fuzz test and those that reached a result."""

    def __init__(self) -> None:
        self.examples = self.results = 0

    def __call__(self, call: Callable[[], Any], refused: Callable[[Exception], Any] = str) -> Any:
        """Return what the call returns, None for an error of the library, which ``refused`` sees; others fail the test."""
        self.examples += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InterventionsWarning)
            try:
                found = call()
            except InterventionsError as error:
                assert str(error).strip() and len(str(error)) < 20_000
                refused(error)
                return None
        self.results += found is not None
        return found


@pytest.fixture
def tally() -> Iterator[Tally]:
    """Fail a fuzz test of which fewer than a third of the examples reach a result: what all are refused asserts nothing."""
    counted = Tally()
    yield counted
    assert counted.examples and 3 * counted.results >= counted.examples, (
        f"{counted.results} of {counted.examples} gave a result"
    )


@pytest.fixture(scope="session")
def published() -> Callable[[str], pd.DataFrame]:
    """Return a function that gives a set of published figures as a frame; ``tests/reference/published.py`` names its work."""
    sets = json.loads((ROOT / "tests" / "reference" / "published.json").read_text(encoding="utf-8"))
    return lambda name: pd.DataFrame(sets[name]["figures"])


@pytest.fixture(scope="session")
def source_folder() -> Path:
    """Folder of the source files from which the tables are built."""
    return SOURCES


@pytest.hookimpl(trylast=True)  # after -m and -k have chosen
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where the source files are not at hand, the tests that need them are one skip that says so, and not one each."""
    if SOURCES.is_dir():
        return
    lacking = [item for item in items if "source_folder" in getattr(item, "fixturenames", ())]
    for item in lacking[:1]:
        reason = f"{len(lacking)} tests rebuild tables from source files: set INTERVENTIONS_SOURCES to the folder that holds them"
        item.add_marker(pytest.mark.skip(reason=reason))
    config.hook.pytest_deselected(items=lacking[1:])
    items[:] = [item for item in items if item not in set(lacking[1:])]


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return ROOT
