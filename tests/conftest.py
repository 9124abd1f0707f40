"""Fixtures that several test folders share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

collect_ignore = ["mutation", "matrix", "coverage"]  # commands, and not tests
ROOT = Path(__file__).resolve().parents[1]


def _folder(variable: str, default: str, what: str) -> Path:
    folder = Path(os.environ.get(variable, ROOT.parent / "shared" / default))
    if not folder.is_dir():
        pytest.skip(f"{what} not found: set {variable} to the folder that holds it")
    return folder


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
