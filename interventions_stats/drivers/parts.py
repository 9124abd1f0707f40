"""What a proposition registers beside its primary test: choices, negative controls, covariates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from interventions_stats.drivers.registration import words

Role = Literal["confounder", "mediator", "descendant"]


@dataclass(frozen=True, slots=True)
class Control:
    """A covariate that may stand beside the exposure, and what it is to it.

    Only a confounder enters a primary test; a mediator or a descendant of the exposure is refused there (G19).
    """

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Choice:
    """One dimension of the multiverse: a field of the proposition and the options it may take, the registered one first."""

    field: str
    options: tuple[Any, ...]
    principled: bool
    reason: str = words(default="")


@dataclass(frozen=True, slots=True)
class Falsifier:
    """A test that should find nothing if the driver is what the primary test finds.

    ``changes`` are fields of the proposition replaced for the run; ``lead`` measures the exposure that many periods
    after onset, residualised on the exposure at t-1.
    """

    label: str = words()
    changes: tuple[tuple[str, Any], ...] = ()
    lead: int = 0
