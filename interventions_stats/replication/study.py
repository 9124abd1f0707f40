"""A study: its claims with the literal test of each, and what they are tested on; data, and no computation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from interventions_stats.drivers.proposition import Driver
from interventions_stats.drivers.registry import DRIVERS, driver
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.rules.finding import RULES, Rule

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.assessment.battery import Battery
    from interventions_stats.events.event_list import EventList
    from interventions_stats.replication.census import Census
    from interventions_stats.replication.literal import LiteralTest

Kind = Literal["driver", "proposition", "any_supported", "census", "untestable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim of a study.

    Attributes
    ----------
    id, text : str
        The claim, in our words.
    kind : {"driver", "proposition", "any_supported", "census", "untestable"}
        What its strength is read off: a driver's or propositions' verdict, Holm over the superiority tests of several
        drivers, a description of lists, or nothing.
    tested_by : tuple of str
        Drivers or propositions; the name of the census.
    census : callable, optional
        ``census() -> Census``, for a description of lists.
    reading : str
        The verdict that the study's reading predicts.
    rule : {"absence", "presence", "measures", "list", "construction", "untestable"}
        How its finding is read off the literal tests; see :mod:`interventions_stats.rules.finding`.
    literal : callable, optional
        ``literal(battery) -> sequence of LiteralTest``: the conventional test of the study's own finding.
    counted : str, default "measures"
        What the literal tests of a description are, in the plural.
    contrary : tuple of str
        Scholarship that argues otherwise.
    note : str
        What a reader must know of the criterion.

    Raises
    ------
    InputError
        A claim that asks for a test and brings none.
    UnknownNameError
        An unknown kind or rule.
    """

    id: str
    text: str
    kind: Kind = "proposition"
    tested_by: tuple[str, ...] = ()
    census: Callable[[], Census] | None = None
    reading: str = ""
    rule: Rule = "absence"
    literal: Callable[[Battery], Sequence[LiteralTest]] | None = None
    counted: str = "measures"
    contrary: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        for value, known, what in ((self.kind, get_args(Kind), "kind"), (self.rule, RULES, "rule")):
            if value not in known:
                raise unknown_name(what, value, known, where=f"claim {self.id!r}")
        if self.kind == "census" and self.census is None:
            raise InputError(f"claim {self.id!r} is a census: give it census=, a function that counts")
        if self.kind not in ("census", "untestable") and not self.tested_by:
            raise InputError(f"claim {self.id!r} names nothing that tests it: give it tested_by=")
        if self.rule not in ("untestable", "construction") and self.kind != "untestable" and self.literal is None:
            raise InputError(
                f"claim {self.id!r} has no literal test: give it literal=, or rule='untestable' and a note"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is particular to one study.

    Attributes
    ----------
    name : str
        Short, for files and messages.
    title : str
        As a reader would name it: "the report on Russia".
    reference : str
        The work, as it is cited.
    claims : tuple of Claim
    drivers : tuple of Driver
        The theories that are tested, each with its propositions; names of registered ones are looked up.
    actor : str, default "RUS"
    events : EventList or str, optional
        Default: the actor's first list, as in :func:`interventions_stats.battery`.
    series : DataFrame, optional
        A series of the user's own, as in :func:`interventions_stats.test`.
    leaders : tuple of str
        Leaders whom the claims compare, the later first.
    set_aside, kept : tuple of str
        Names of the drivers that the study finds wanting, and of those that it keeps.

    Raises
    ------
    InputError
        No claim, a claim or proposition given twice, a claim that names what no driver of the study holds.

    Examples
    --------
    >>> from interventions_stats.replication.studies.russia import RUSSIA
    >>> RUSSIA.actor, RUSSIA["C11"].tested_by
    ('RUS', ('L1',))
    """

    name: str
    title: str
    claims: tuple[Claim, ...]
    reference: str = ""
    drivers: tuple[Driver, ...] = DRIVERS
    actor: str = "RUS"
    events: EventList | str | None = None
    series: pd.DataFrame | None = None
    leaders: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "drivers", tuple(driver(d) for d in self.drivers))
        if not self.claims:
            raise InputError(f"study {self.name!r} has no claims: give at least one")
        ids = [c.id for c in self.claims]
        props = [p.id for d in self.drivers for p in d.propositions]
        for what, found in (("claim", ids), ("proposition", props)):
            if twice := sorted({i for i in found if found.count(i) > 1}):
                raise InputError(f"study {self.name!r}: {what} {twice[0]!r} is given twice")
        for d in self.drivers:
            for p in d.propositions:
                if p.driver != d.name:
                    raise InputError(f"study {self.name!r}: {p.id} says driver={p.driver!r} and stands in {d.name!r}")
        known = {*props, *(d.name for d in self.drivers)}
        for c in self.claims:
            for name in c.tested_by if c.kind not in ("census", "untestable") else ():
                if name not in known:
                    raise unknown_name("proposition or driver", name, sorted(known), where=f"claim {c.id}")

    def __getitem__(self, claim: str) -> Claim:
        for c in self.claims:
            if c.id == claim:
                return c
        raise unknown_name("claim", claim, [c.id for c in self.claims], where=f"study {self.name}")
