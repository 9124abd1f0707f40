"""A question laid out: rows, onsets, what the null moves and what the regression takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.options import Floats
from interventions_stats.primary.null_design import NullDesign
from interventions_stats.primary.refits import Regression

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.primary.question import Question
    from interventions_stats.rules.guards import GuardFinding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laid:
    """What every kind of test has in common once it is laid out.

    Attributes
    ----------
    question : Question
    rows : DataFrame
        One row a period, target-year, power-year or case.
    counts : (n,) array
        Onsets (events) on each row.
    outside : dict of str to str
        Events that no row takes, with the reason.
    findings : tuple of GuardFinding
    details : dict
        What else the kind needs to run.
    """

    question: Question
    rows: pd.DataFrame = field(repr=False)
    counts: Floats = field(repr=False)
    outside: dict[str, str] = field(default_factory=dict)
    findings: tuple[GuardFinding, ...] = ()
    details: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaidRegression(Laid):
    """A test whose null relabels time or targets, with a regression beside it.

    Attributes
    ----------
    design : NullDesign
        What the null relabels.
    regression : Regression
        Columns and outcome of the effect.
    moved : (n,) array
        The exposure as the null moves it, trends and controls taken out.
    strata : (n,) array
        Labels within which the null moves it.
    identifying : int
        Onsets in strata whose exposure varies.
    cells : (n,) array of str, optional
        Ids of the events that begin on each row, joined by ``;``; None for onsets without a name.
    """

    design: NullDesign
    regression: Regression
    moved: Floats = field(repr=False)
    strata: np.ndarray = field(repr=False)
    identifying: int
    cells: np.ndarray | None = field(default=None, repr=False)
