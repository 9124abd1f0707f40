"""Fixtures that several test folders share."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from interventions_stats.errors import InterventionsError, InterventionsWarning

collect_ignore = ["mutation", "matrix", "coverage"]  # commands, and not tests
ROOT = Path(__file__).resolve().parents[1]


def _folder(variable: str, default: str, what: str) -> Path:
    folder = Path(os.environ.get(variable, ROOT.parent / "shared" / default))
    if not folder.is_dir():
        pytest.skip(f"{what} not found: set {variable} to the folder that holds it")
    return folder


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
def reference_folder() -> Path:
    """Folder of the reference data of published checks."""
    return _folder("INTERVENTIONS_REFERENCE", "reference", "reference data")


@pytest.fixture(scope="session")
def source_folder() -> Path:
    """Folder of the source files from which the tables are built."""
    return _folder("INTERVENTIONS_SOURCES", "data", "source data")


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return ROOT
