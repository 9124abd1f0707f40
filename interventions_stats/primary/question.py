"""A question: what is asked of which events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from interventions_stats.primary.placements import dated

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

DRAWS, QUICK_DRAWS = 10_000, 999


class CovariateRole(Protocol):
    """A covariate beside the exposure, and what it is to it."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> Any: ...


class Statement(Protocol):
    """What a kind of test reads of a proposition."""

    @property
    def id(self) -> str: ...
    @property
    def exposure(self) -> str: ...
    @property
    def counter_exposure(self) -> str | None: ...
    @property
    def unit(self) -> Any: ...
    @property
    def test(self) -> str | None: ...
    @property
    def estimator(self) -> Any: ...
    @property
    def scale(self) -> Any: ...
    @property
    def direction(self) -> Any: ...
    @property
    def lag(self) -> int: ...
    @property
    def start(self) -> str | None: ...
    @property
    def end(self) -> str | None: ...
    @property
    def targets(self) -> str: ...
    @property
    def strata(self) -> str: ...
    @property
    def leaders(self) -> str | None: ...
    @property
    def date_rule(self) -> Any: ...
    @property
    def outcome(self) -> str: ...
    @property
    def lists(self) -> tuple[str, ...]: ...
    @property
    def controls(self) -> Sequence[CovariateRole]: ...


@dataclass(frozen=True, slots=True)
class Question:
    """A proposition, the events that it is asked of, and how.

    Attributes
    ----------
    proposition : Proposition
    events : EventList
    series : DataFrame, optional
        The user's own series; its columns come before bundled covariates.
    delta : str or float, optional
        Another smallest effect of interest than the registered one.
    seed : int, default 0
        Root of the seed tree.
    draws : int, default 10_000
        Relabellings where the null is sampled; where it can be enumerated it is.
    mask_rallies : bool, default False
        Leave out the six months after each combat onset (G06).
    lead : int, default 0
        A placebo: the exposure that many periods after each row, residualised on the exposure at t-1.
    without : int, optional
        COW code of a power that a test over powers leaves out.
    """

    proposition: Statement
    events: EventList
    series: pd.DataFrame | None = None
    delta: str | float | None = None
    seed: int = 0
    draws: int = DRAWS
    mask_rallies: bool = False
    lead: int = 0
    without: int | None = None

    def but(self, **changes: Any) -> Question:
        """Return the question with other events, another proposition or other options."""
        return replace(self, **changes)

    @property
    def dated_events(self) -> EventList:
        """The events under the date rule of the proposition."""
        return dated(self.events, self.proposition.date_rule)


def terms_of(prop: Statement) -> list[str]:
    """Exposure, counter-exposure and confounders of a proposition, as they are written."""
    counter = [prop.counter_exposure] if prop.counter_exposure else []
    return [prop.exposure, *counter, *(c.name for c in prop.controls if c.role == "confounder")]
