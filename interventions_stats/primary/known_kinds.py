"""All kinds of primary test, by name."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from interventions_stats.errors import unknown_name

if TYPE_CHECKING:
    from interventions_stats.primary.kind import Kind
    from interventions_stats.primary.question import Statement


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """Find the kind that each module of :mod:`interventions_stats.primary.kinds` names ``KIND``.

    Examples
    --------
    >>> found = kinds()
    >>> found["rate"].estimators, found["powers"].own_events
    (('exact',), True)
    """
    package = import_module("interventions_stats.primary.kinds")
    modules = [import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
    return {m.KIND.name: m.KIND for m in modules}


def kind_named(name: str, where: str = "") -> Kind:
    """Return a kind of test by its name.

    Raises
    ------
    UnknownNameError
        With the nearest name.
    """
    found = kinds()
    if name not in found:
        raise unknown_name("test", name, list(found), where=where)
    return found[name]


def kind_of(prop: Statement) -> Kind:
    """Return the kind of a proposition's primary test."""
    return kind_named(str(prop.test))


def default_test(unit: str) -> str:
    """Name the primary test of a proposition that names only its unit."""
    return next(k.name for k in kinds().values() if unit in k.default_of)
