"""Lay a question out, whatever its kind."""

from __future__ import annotations

from interventions_stats.errors import InputError
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.laid import Laid, LaidRegression
from interventions_stats.primary.question import Question
from interventions_stats.primary.raw import CannotRun


def lay_out(question: Question) -> Laid:
    """Lay a question out as its kind of test does.

    Raises
    ------
    CannotRun
        Data on which the test is not defined.
    InputError
        A user's series where the kind takes none.
    """
    kind = kind_of(question.proposition)
    kind.refuse_series(question.proposition, question.series)
    return kind.lay_out(question)


def lay_out_regression(question: Question) -> LaidRegression:
    """Lay out a test whose null relabels time or targets, with the regression beside it.

    Raises
    ------
    InputError
        An exact test, which relabels nothing, or data that leave nothing to test.
    """
    prop = question.proposition
    kind = kind_of(prop)
    if not kind.relabels:
        raise InputError(
            f"{prop.id}: the {kind.name} test is exact and has no relabelling null; choose another proposition."
        )
    try:
        laid = lay_out(question)
    except CannotRun as stop:
        raise InputError(f"{prop.id}: {stop.reason}.") from None
    assert isinstance(laid, LaidRegression)
    return laid
