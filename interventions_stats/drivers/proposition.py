"""A proposition: a testable statement about a driver, frozen and hashed before data are attached."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from interventions_stats.drivers.fields import DateRule, Direction, check_fields, fill_in, fitting, plain_values
from interventions_stats.drivers.parts import Choice, Control, Falsifier
from interventions_stats.drivers.registration import design_hash, parts, plain, reduced, sha256, words
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.rules.sesoi import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposition:
    """A proposition with its one primary test.

    Parameters
    ----------
    id : str
        Short name, ``"W1"``.
    exposure : str
        What is held to drive onset, oriented so that the driver predicts a positive effect: ``"-approval"`` for low
        approval, ``"brent.log_change12"`` for the twelve-month log change (see :func:`ist.panels.parse_term`).
    unit : str
        ``actor-month``, ``actor-year``, ``actor-target-year``, ``actor-target-month``, ``power-year``, ``person-time`` or ``event``.
    driver : str, default "user"
    statement : str
        The claim in words.
    test : str, optional
        Primary test; follows from the unit when left out.
    scale : str, default "continuous"
        How an effect is measured: odds ratio per within-stratum SD, ``rate`` for the rate ratio of counts, ``binary`` for
        exposed against not, ``share``, ``rank``, ``contrast`` of two exposures, ``none``.
    direction : {"greater", "two-sided"}
    delta : {"primary", "meaningful", "any"} or float
        Smallest effect size of interest, by the wording of the claim or as a ratio above 1.
    lag : int, default 1
        Periods between exposure and onset; at least 1.
    start, end : str, optional
        First and last period of the sample.
    estimator : str, optional
        Of the effect; follows from the test when left out: ``firth`` for a series, ``conditional`` over target-years and
        powers.
    targets : {"all", "post_soviet", "contiguous", "region"}
        The risk set of a target-year test.
    lists : tuple of str
        Event lists over which a dismissal must hold; the first is the primary one.
    choices, falsifiers, controls
        The registered multiverse, the negative controls, and the covariates with their role.
    needs : tuple of str
        Bundled tables without which the proposition cannot run.
    untestable : tuple of (str, str)
        Actor and reason, for tests frozen as not testable before the data were seen; ``"*"`` is every actor.
    support, contrary : tuple of str
        Literature on either side.
    elsewhere : tuple of (str, value)
        Fields that hold for the registered actor alone (a span of its own series, a note on its cases), with what stands in
        their place for every other actor.
    family : bool, default True
        Whether it counts in its driver's verdict and Holm family; companions over other actors do not.

    Raises
    ------
    InputError
        A field of the wrong form, or a test that does not fit the unit, or an estimator the test.
    UnknownNameError
        A value that is not among the field's, with the nearest that is.
    RefusalError
        G05 for a lag below 1.

    Examples
    --------
    >>> mine = Proposition(id="X1", exposure="-consumer_confidence", unit="actor-month")
    >>> mine.test, len(mine.design_hash())
    ('series', 64)
    """

    id: str = words()
    exposure: str
    unit: str
    driver: str = words(default="user")
    statement: str = words(default="")
    test: str | None = None
    scale: Scale = "continuous"
    direction: Direction = "greater"
    delta: str | float = "meaningful"
    lag: int = 1
    start: str | None = None
    end: str | None = None
    targets: str = "all"
    strata: str = "leader"
    leaders: str | None = None
    date_rule: DateRule = "decision"
    estimator: str | None = None
    counter_exposure: str | None = None
    outcome: str = "reconstructed"
    lists: tuple[str, ...] = ("reconstructed",)
    choices: tuple[Choice, ...] = parts(Choice)
    falsifiers: tuple[Falsifier, ...] = parts(Falsifier)
    controls: tuple[Control, ...] = parts(Control)
    needs: tuple[str, ...] = words(default=())
    untestable: tuple[tuple[str, str], ...] = reduced(lambda pairs: [actor for actor, _ in pairs])
    support: tuple[str, ...] = words(default=())
    contrary: tuple[str, ...] = words(default=())
    family: bool = True
    note: str = words(default="")
    elsewhere: tuple[tuple[str, Any], ...] = words(default=())

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not self.id:
            raise InputError("a proposition needs an id, for example id='X1'")
        for settle in (plain_values, fill_in):
            for name, value in settle(self).items():
                object.__setattr__(self, name, value)
        check_fields(self)

    def __repr__(self) -> str:
        against = f" against {self.counter_exposure}" if self.counter_exposure else ""
        sample = f", {self.start or '...'} to {self.end or '...'}" if self.start or self.end else ""
        return (f"Proposition {self.id!r}: {self.exposure}{against}, {self.unit}{sample}; test {self.test}, "
                f"estimator {self.estimator}, delta {self.delta!r}, design {self.design_hash()[:12]}")  # fmt: skip

    def reason_untestable(self, iso3: str) -> str | None:
        """Return why the proposition was frozen as not testable for an actor, if it was."""
        reasons = dict(self.untestable)
        return reasons.get(iso3, reasons.get("*"))

    def with_(self, **changes: Any) -> Proposition:
        """Return a copy with some fields replaced (another lag, another exposure).

        With another test, an estimator or strata that it does not take give way to its first.
        """
        known = {f.name for f in fields(self)}
        for name in changes:
            if name not in known:
                raise unknown_name("field", name, sorted(known), where=f"proposition {self.id}")
        return replace(self, **(fitting(self, changes) | changes))

    def to_dict(self) -> dict[str, Any]:
        """Return the proposition as plain data."""
        return plain(asdict(self))

    def hash(self) -> str:
        """Return the sha256 of everything the proposition says, its wording and literature included."""
        return sha256({k: v for k, v in self.to_dict().items() if k != "elsewhere" or v})

    def design_hash(self) -> str:
        """Return the sha256 that identifies the test: exposure, sample, SESOI, choices, falsifiers, controls and lists.

        Statement, notes, reasons, labels and literature are no part of it, nor is a field at its default.

        Examples
        --------
        >>> mine = Proposition(id="X1", exposure="-consumer_confidence", unit="actor-month")
        >>> mine.design_hash() == mine.with_(note="another note", support=("A book",)).design_hash()
        True
        >>> mine.design_hash() == mine.with_(lag=2).design_hash()
        False
        """
        return design_hash(self.to_dict(), type(self))

    def preregistration(self) -> str:
        """Return a text fit for a registry: statement, test, sample, SESOI, multiverse, falsifiers and the hashes."""
        rows: Mapping[str, Any] = {
            "Proposition": f"{self.id} ({self.driver})",
            "Statement": self.statement or "-",
            "Exposure": f"{self.exposure}, lag {self.lag}; theory predicts "
            + ("a positive effect" if self.direction == "greater" else "an effect of either sign"),
            "Unit and sample": f"{self.unit}, {self.start or 'start of coverage'} to {self.end or 'end of coverage'}, "
            f"targets: {self.targets}",
            "Primary test": f"{self.test} within {self.strata}, estimator {self.estimator}",
            "Smallest effect size of interest": f"{self.delta} ({self.scale})",
            "Event lists": ", ".join(self.lists),
            "Registered choices": "; ".join(
                f"{c.field} in {list(c.options)} ({'principled' if c.principled else 'arbitrary'})"
                for c in self.choices
            )
            or "-",
            "Falsifiers": "; ".join(f.label for f in self.falsifiers) or "-",
            "Controls": "; ".join(f"{c.name} ({c.role})" for c in self.controls) or "-",
            "Design hash": self.design_hash(),
            "Hash of the whole text": self.hash(),
        }
        return "\n".join(textwrap.fill(f"{k}: {v}", 100, subsequent_indent="  ") for k, v in rows.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A driver of intervention: its theory and its propositions.

    Parameters
    ----------
    id, name : str
        Short (``"D4"``) and in words joined by underscores (``"wag_the_dog"``).
    title, theory, would_count : str
        Heading, what is held to be at work, and what evidence would count.
    propositions : sequence of Proposition
        Those that name no driver take this one's name.
    contrary : tuple of str
        Literature against it.

    Raises
    ------
    InputError
        No proposition, or something else among them.

    Examples
    --------
    >>> oil = Driver(id="X", name="oil", title="Oil", theory="Revenue pays for force.", would_count="Onsets follow booms.",
    ...              propositions=[Proposition(id="X1", exposure="brent", unit="actor-month")])
    >>> oil.propositions[0].driver
    'oil'
    """

    id: str
    name: str
    title: str
    theory: str
    would_count: str
    propositions: tuple[Proposition, ...]
    contrary: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field in ("id", "name", "title", "theory", "would_count"):
            if not isinstance(getattr(self, field), str) or not getattr(self, field).strip():
                raise InputError(f"a driver needs a text as its {field}, not {getattr(self, field)!r}")
        given = self.propositions
        if not isinstance(given, (list, tuple)) or not given or not all(isinstance(p, Proposition) for p in given):
            raise InputError(f"driver {self.name!r} needs propositions: a list of at least one ist.Proposition")
        if not any(p.family for p in given):
            raise InputError(
                f"driver {self.name!r} needs a proposition with family=True: its verdict is read off those"
            )
        own = tuple(p.with_(driver=self.name) if p.driver == "user" else p for p in given)
        object.__setattr__(self, "propositions", own)
