"""What a kind of primary test is: what it takes, how it lays a question out, how it runs and refits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from interventions_stats.engine.options import Alternative, Floats
from interventions_stats.errors import InputError
from interventions_stats.primary.batched_test import BatchedTest
from interventions_stats.primary.histories import Histories, relabelled
from interventions_stats.primary.laid import Laid, LaidRegression
from interventions_stats.primary.planting import planted_onsets
from interventions_stats.primary.raw import Raw

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList
    from interventions_stats.primary.question import Question, Statement

Effect = tuple[float, float]
Presence = Literal["none", "optional", "required"]


class Kind(ABC):
    """A kind of primary test.

    A subclass in :mod:`interventions_stats.primary.kinds` states the attributes below and the methods ``lay_out`` and
    ``run``; one with a regression also returns it.  What does not apply keeps its default.

    Attributes
    ----------
    name : str
        Value of a proposition's field ``test``.
    words : str
        The test in a phrase, for the report.
    units : tuple of str
        Units of observation that it takes; ``default_of`` are those whose default test it is.
    estimators : tuple of str
        Estimators that it takes, the default first.
    reads : frozenset of str
        Fields of a proposition, beyond those that every verdict reads, on which its numbers depend.
    strata, groups, outcomes : tuple of str
        What the fields ``strata``, ``targets`` and ``outcome`` may hold.
    default_outcome : str, optional
        What an outcome left at the default of all propositions stands for.
    counter_exposure : {"none", "optional", "required"}
        Whether it compares two exposures.
    has_exposure : bool
        Whether the exposure is a covariate, which may be lagged and led.
    takes_series : bool
        Whether a user's own series can stand for the covariate.
    own_events : bool
        Whether it brings its own events in place of the list's.
    events_only : bool
        Whether it looks at cases alone, and not at periods without one.
    relabels : bool
        Whether its null relabels time or targets, so that it lays out a :class:`LaidRegression`.
    between_targets : bool
        Whether it compares the targets of a year with each other.
    plants : bool
        Whether effects are planted in its rows for the check of recovery.
    ratio : bool
        Whether its effect is a ratio of odds or rates that a confounder could have moved (E-values).
    scope : str
        Whom its verdicts speak of where that is not the actor of the list; such arms are a Holm family of their own.
    """

    name: ClassVar[str]
    words: ClassVar[str]
    units: ClassVar[tuple[str, ...]]
    estimators: ClassVar[tuple[str, ...]]
    reads: ClassVar[frozenset[str]]
    default_of: ClassVar[tuple[str, ...]] = ()
    strata: ClassVar[tuple[str, ...]] = ()
    groups: ClassVar[tuple[str, ...]] = ("all",)
    outcomes: ClassVar[tuple[str, ...]] = ()
    default_outcome: ClassVar[str | None] = None
    counter_exposure: ClassVar[Presence] = "none"
    has_exposure: ClassVar[bool] = False
    takes_series: ClassVar[bool] = False
    own_events: ClassVar[bool] = False
    events_only: ClassVar[bool] = False
    relabels: ClassVar[bool] = False
    between_targets: ClassVar[bool] = False
    plants: ClassVar[bool] = False
    ratio: ClassVar[bool] = False
    scope: ClassVar[str] = ""

    # -- the test -----------------------------------------------------------------------------------------------------
    @abstractmethod
    def lay_out(self, question: Question) -> Laid:
        """Lay the rows of a question out.

        Raises
        ------
        CannotRun
            Data on which the test is not defined.
        RefusalError
            A guard refuses.
        """

    @abstractmethod
    def run(self, laid: Laid, *, seed: int, effect: Effect | None = None) -> Raw:
        """Run the test on the onsets of a layout.

        Parameters
        ----------
        seed : int
            Of the test's own branch of the seed tree.
        effect : (float, float), optional
            Estimate and standard error, where they were fitted together with those of other layouts.
        """

    def delete(self, laid: Laid, event: str) -> Laid | None:
        """Return the layout without one of its events; None where the question is to be laid out anew."""
        return None

    def regression(self, laid: Laid) -> Any:
        """Return the regression of the effect, whose rows can be weighted and whose outcomes replaced."""
        raise InputError(
            f"{laid.question.proposition.id}: the {self.name} test has no regression whose rows could be left out"
        )

    def refit(self, laid: Laid, *, outcomes: Floats | None = None, weights: Floats | None = None) -> Floats:
        """Fit the effect again: (fits, 2), estimate and standard error, NaN where a fit has no maximum.

        Parameters
        ----------
        outcomes : (fits, n) array, optional
            Onset counts in place of those observed.
        weights : (fits, rows of the regression) array, optional
            0 leaves a row out.
        """
        model = self.regression(laid)
        return model.refit(weights) if weights is not None else model.replace_outcomes(np.asarray(outcomes, float))

    def limits(self, laid: Laid, weights: Floats, delta: float | None) -> Floats | None:
        """Exact numbers of a refit under each set of weights: (fits, 4), the 90% interval and p of >= delta and of |.| >= delta.

        None for a kind whose refits are read by their standard errors.
        """
        return None

    # -- histories ----------------------------------------------------------------------------------------------------
    def p_values(self, laid: Laid, outcomes: Floats, *, relabellings: int, seed: int) -> Floats:
        """p of superiority (two-sided, where the proposition is) and of the reverse of many outcomes (H, n): (H, 2)."""
        if not isinstance(laid, LaidRegression):
            raise InputError(f"{laid.question.proposition.id}: the {self.name} test takes one outcome at a time")
        test = BatchedTest(laid.design)
        scores, weights = test.scores(laid.design.exposure[None]), test.weights(np.asarray(outcomes, float))
        sides: tuple[Alternative, ...] = (
            "two-sided" if laid.question.proposition.direction == "two-sided" else "greater",
            "less",
        )
        found = [test.p_values(scores, weights, alternative=s, relabellings=relabellings, seed=seed) for s in sides]
        return np.column_stack(found)

    def histories(
        self, laid: Laid, outcomes: Floats, *, theta: float, delta: float, relabellings: int, seed: int
    ) -> Histories:
        """Run the whole test on many outcomes (H, n) in which ``theta`` was planted, ``delta`` the SESOI.

        Raises
        ------
        InputError
            A test without a relabelling null, or without a regression.
        """
        if not isinstance(laid, LaidRegression):
            raise InputError(
                f"{laid.question.proposition.id}: the {self.name} test is exact and takes no other histories"
            )
        return relabelled(laid, outcomes, theta=theta, delta=delta, relabellings=relabellings, seed=seed)

    def plant(self, laid: Laid, theta: float, histories: int, rng: np.random.Generator) -> Floats:
        """Draw onset counts (histories, n) in which the exposure has the log ratio ``theta``."""
        if not isinstance(laid, LaidRegression):
            raise InputError(f"{laid.question.proposition.id}: nothing can be planted in a {self.name} test")
        return planted_onsets(laid.design, theta, histories, rng)

    def recover(self, laid: Laid, outcomes: Floats, theta: float, level: float, deff: float) -> Floats:
        """Fit planted outcomes (fits, n): (fits, 2), estimate and whether its interval at ``level`` holds ``theta``; NaN where none."""
        from scipy.stats import norm

        estimate, se = self.refit(laid, outcomes=outcomes).T
        inside = np.abs(estimate - theta) <= float(norm.ppf(0.5 + level / 2)) * np.sqrt(deff) * se
        return np.column_stack([estimate, np.where(np.isfinite(se), inside, np.nan)])

    # -- other choices ------------------------------------------------------------------------------------------------
    def list_name(self, question: Question) -> str:
        """Name of the events that a question is asked of."""
        return question.proposition.outcome if self.own_events else question.events.definition

    def other_sources(self, question: Question) -> dict[str, Question] | None:
        """The question on every other registered source of events, for a kind that brings its own; else None."""
        return {} if self.own_events else None

    def deletions(self, question: Question, raw: Raw) -> dict[str, Question] | None:
        """The question with one part of its own events left out at a time; None where each event of the list is left out."""
        return {} if self.own_events else None

    def unregistered_choices(self, prop: Statement) -> Sequence[tuple[str, tuple[Any, ...], str]]:
        """Choices that were not registered but could be defended: field, options (the registered first), reason."""
        return ()

    # -- other actors -------------------------------------------------------------------------------------------------
    def carry(self, prop: Statement, events: EventList) -> tuple[dict[str, Any], list[str]]:
        """What changes in a registered proposition for the actor of a list, and notes that say so."""
        return {}, []

    def lacking(self, events: EventList) -> tuple[str, str] | None:
        """What an event list lacks for this kind of test, in words, and the column that would hold it."""
        return None

    # -- words --------------------------------------------------------------------------------------------------------
    def account(self, raw: Raw) -> list[str]:
        """Return lines that a summary adds to the numbers of every kind."""
        return []

    def refuse_series(self, prop: Statement, series: pd.DataFrame | None) -> None:
        """Raise for a user's series that the kind cannot take."""
        if series is not None and not self.takes_series:
            raise InputError(f"{prop.id}: its test, {self.name!r} ({self.words}), takes no series of your own")
