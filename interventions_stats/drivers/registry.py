"""All drivers and propositions, by name."""

from __future__ import annotations

from interventions_stats.drivers.balance import BALANCE
from interventions_stats.drivers.diffusion import DIFFUSION
from interventions_stats.drivers.economics import ECONOMICS
from interventions_stats.drivers.ideology import IDEOLOGY
from interventions_stats.drivers.leader import LEADER
from interventions_stats.drivers.loss_aversion import LOSS_AVERSION
from interventions_stats.drivers.proposition import Driver, Proposition
from interventions_stats.drivers.status import STATUS
from interventions_stats.drivers.threat import THREAT
from interventions_stats.drivers.wag_the_dog import WAG_THE_DOG
from interventions_stats.errors import UnknownNameError, unknown_name

DRIVERS: tuple[Driver, ...] = (
    ECONOMICS, IDEOLOGY, DIFFUSION, WAG_THE_DOG, LEADER, STATUS, BALANCE, THREAT, LOSS_AVERSION,
)  # fmt: skip
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
