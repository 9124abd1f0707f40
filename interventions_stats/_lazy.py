"""Names that are loaded when first used (PEP 562), so that importing the package loads nothing heavy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(
    package: str, public: Mapping[str, str], modules: tuple[str, ...] = (), *, root: str | None = None
) -> tuple[list[str], Callable, Callable]:
    """Return ``__all__``, ``__getattr__`` and ``__dir__`` for a package.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    public : mapping of str to str
        Public name to the module that defines it, relative to ``root``.  A module below the package itself may not have
        the name of what it defines: importing it would take the name's place.
    modules : tuple of str
        Subpackages that are names themselves.
    root : str, optional
        What the modules are relative to, by default the package.
    """
    names = [*public, *modules]

    def __getattr__(name: str) -> Any:
        if name in public:
            value = getattr(import_module(f"{root or package}.{public[name]}"), name)
        elif name in modules:
            value = import_module(f"{package}.{name}")
        else:
            from interventions_stats.errors import suggest

            message = f"module {package!r} has no attribute {name!r}.{suggest(name, names)}"
            raise AttributeError(
                message, name=name, obj=None
            )  # no object, so that the terminal adds no second suggestion
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*names, *vars(sys.modules[package])} if package != "interventions_stats" else names)

    return names, __getattr__, __dir__
