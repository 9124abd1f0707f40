"""All drivers and propositions, by name: every module of this package that holds a driver."""

from __future__ import annotations

import pkgutil
import re
from collections import Counter
from collections.abc import Iterable
from importlib import import_module

from interventions_stats.drivers.proposition import Driver, Proposition
from interventions_stats.errors import InputError, UnknownNameError, unknown_name


def _found() -> tuple[Driver, ...]:
    """Import every module beside this one and take its drivers, in the order of their ids."""
    package = import_module("interventions_stats.drivers")
    names = (m.name for m in pkgutil.iter_modules(package.__path__) if m.name != "registry")
    modules = [import_module(f"{package.__name__}.{name}") for name in names]
    drivers = {id(d): d for m in modules for d in vars(m).values() if isinstance(d, Driver)}.values()
    check_distinct(drivers)
    return tuple(sorted(drivers, key=lambda d: [int(x) if x.isdigit() else x for x in re.split(r"(\d+)", d.id)]))


def check_distinct(drivers: Iterable[Driver]) -> None:
    """Refuse drivers that share a name or an id, and propositions that share an id, among themselves.

    Raises
    ------
    InputError
        With what is there twice.
    """
    together = list(drivers)
    for what, of in (
        ("name", [d.name for d in together]),
        ("id", [d.id for d in together]),
        ("proposition", [p.id for d in together for p in d.propositions]),
    ):
        twice = [x for x, n in Counter(x.casefold() for x in of).items() if n > 1]
        if twice:
            raise InputError(f"the {what} {twice[0]!r} stands in two drivers, or twice in one: give each its own")


DRIVERS: tuple[Driver, ...] = _found()
PROPOSITIONS: dict[str, Proposition] = {p.id: p for d in DRIVERS for p in d.propositions}


def driver(name: str | Driver) -> Driver:
    """Find a driver by name (``"wag_the_dog"``) or id (``"D4"``)."""
    if isinstance(name, Driver):
        return name
    for candidate in DRIVERS:
        if str(name).casefold() in (candidate.name, candidate.id.casefold(), candidate.title.casefold()):
            return candidate
    raise unknown_name("driver", name, [d.name for d in DRIVERS])


def proposition(name: str | Proposition) -> Proposition:
    """Find a registered proposition.

    Parameters
    ----------
    name : str or Proposition
        Its id in any case, ``"W1"``; a proposition is returned as it is.

    Returns
    -------
    Proposition

    Raises
    ------
    UnknownNameError
        With the nearest id, the driver meant, or the propositions whose exposure bears the name.

    Examples
    --------
    >>> proposition("w1").exposure
    '-approval'
    """
    if isinstance(name, Proposition):
        return name
    for key, candidate in PROPOSITIONS.items():
        if str(name).casefold() == key.casefold():
            return candidate
    word = str(name).strip().casefold()
    titled = [d.name for d in DRIVERS if len(word) > 3 and word in d.title.casefold()]  # "diversion" is in a title only
    if len(titled) == 1 and word.replace(" ", "_") != titled[0]:
        raise UnknownNameError(f"unknown proposition {name!r}. Did you mean the driver {titled[0]!r}?")
    if exposed := [p.id for p in PROPOSITIONS.values() if word == p.exposure.lstrip("-").split(".")[0].casefold()]:
        raise UnknownNameError(f"unknown proposition {name!r}. It is the exposure of {', '.join(exposed)}.")
    raise unknown_name("proposition", name, [*PROPOSITIONS, *(d.name for d in DRIVERS)])


def is_driver(name: object) -> bool:
    """Whether a name is a driver's."""
    return isinstance(name, Driver) or any(str(name).casefold() in (d.name, d.id.casefold()) for d in DRIVERS)
