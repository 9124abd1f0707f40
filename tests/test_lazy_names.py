"""A public name of a floor is what it says after every module has been imported, and no module in its place."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

import interventions_stats as ist

FLOORS = [m.name for m in pkgutil.iter_modules(ist.__path__) if m.ispkg]


@pytest.mark.parametrize("floor", FLOORS)
def test_no_module_takes_the_place_of_a_name(floor: str) -> None:
    package = importlib.import_module(f"interventions_stats.{floor}")
    for found in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{found.name}")
    assert [n for n in getattr(package, "__all__", ()) if isinstance(getattr(package, n), ModuleType)] == []
