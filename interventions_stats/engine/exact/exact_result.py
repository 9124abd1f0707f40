"""Result of an exact test: one estimand on its own scale, with whatever is printed beside it for comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, get_args

import numpy as np

from interventions_stats.display.contract import TIDY_COLUMNS, ResultContract
from interventions_stats.engine.exact.family import Alternative, PValues, TwoSided
from interventions_stats.engine.intake.containers import read_array, read_column, taken
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.numbers import as_floats
from interventions_stats.engine.intake.scalars import check_flag, check_level, check_option, check_whole, shown
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Comparison:
    """Another test of the same hypothesis, printed as a further row."""

    term: str
    p_value: float
    method: str
    estimate: float = math.nan
    statistic: float = math.nan
    conf_low: float = math.nan
    conf_high: float = math.nan


@dataclass(frozen=True, repr=False)
class ExactResult(ResultContract):
    """Outcome of an exact test.

    Attributes
    ----------
    term : str
        What is estimated: ``"rate ratio"``, ``"odds ratio"``, ``"probability"``.
    estimate, conf_low, conf_high : float
        On the scale of the term; a limit is 0 or infinite where the data set none.
    p_value : float
        For ``alternative``; two-sided by ``two_sided``.
    null : float
        Hypothetical value of the estimand.
    p_values, mid_p_values : PValues
        Both tails, doubled smaller tail and minimum likelihood, without and with the mid-p correction.
    """

    term: str
    estimate: float
    conf_low: float
    conf_high: float
    p_value: float
    null: float
    alternative: Alternative
    two_sided: TwoSided
    interval: TwoSided
    midp: bool
    conf_level: float
    n: int
    n_events: int
    method: str
    p_values: PValues
    mid_p_values: PValues
    remarks: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    _title: ClassVar[str] = "Exact test"

    def comparisons(self) -> tuple[Comparison, ...]:
        """Other tests of the same hypothesis."""
        return ()

    def tidy(self) -> pd.DataFrame:
        """Return one row for the estimand and one for each comparison; the last column names the method."""
        import pandas as pd

        rows: list[Any] = [self, *self.comparisons()]
        values = [
            [
                r.term,
                r.estimate,
                math.nan,
                getattr(r, "statistic", math.nan),
                r.p_value,
                r.conf_low,
                r.conf_high,
                r.method,
            ]
            for r in rows
        ]
        return pd.DataFrame(values, columns=[*TIDY_COLUMNS, "method"])

    def glance(self) -> pd.DataFrame:
        """Return one row about the data and the options."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "n": self.n,
                    "n_events": self.n_events,
                    "n_events_total": self.n_events,
                    "n_dropped": 0,
                    "estimator": self.method,
                    "separated": self.estimate in (0.0, math.inf),
                    "seed": None,
                    "data_version": None,
                    "null": self.null,
                    "alternative": self.alternative,
                    "two_sided": self.two_sided,
                    "interval": self.interval,
                    "midp": self.midp,
                    "conf_level": self.conf_level,
                }
            ]
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw estimates and intervals, ratios on a log axis; a limit that is 0 or infinite runs to the edge."""
        return _plot(self, ax)

    def _heading(self) -> str:
        return self.method

    def _notes(self) -> list[str]:
        disagree = []
        if self.alternative == "two-sided" and self.null is not None:
            rejected = self.p_value <= 1 - self.conf_level
            outside = not self.conf_low <= self.null <= self.conf_high
            if rejected != outside:
                disagree = [
                    f"The {self.two_sided} p-value and the {self.interval} interval disagree about {self.null:g}; "
                    "choose the same method for both to make them agree."
                ]
        return [*self.remarks, *disagree]

    def _references(self) -> list[str]:
        return list(self.references)


def _plot(result: ExactResult, ax: Axes | None) -> Axes:
    import matplotlib.pyplot as plt

    frame = result.tidy().dropna(subset=["estimate"]).reset_index(drop=True)
    ratio = result.term.endswith("ratio")
    if ax is None:
        _, ax = plt.subplots(figsize=(6, 0.8 + 0.4 * max(len(frame), 1)), layout="constrained")
    ends = frame[["conf_low", "estimate", "conf_high"]].to_numpy(dtype=float)
    inside = ends[np.isfinite(ends) & (ends > 0)] if ratio else ends[np.isfinite(ends)]
    low, high = (inside.min(initial=result.null), inside.max(initial=result.null))
    low, high = (low / 2, high * 2) if ratio else (0.0, 1.0)
    clipped = np.clip(ends, low, high)
    y = np.arange(len(frame))
    ax.axvline(result.null, color="0.6", lw=1)
    ax.hlines(y, clipped[:, 0], clipped[:, 2], color="#0072B2")
    ax.plot(clipped[:, 1], y, "o", color="#0072B2")
    if ratio:
        ax.set_xscale("log")
    ax.set_xlim(low, high)
    ax.set_yticks(y, frame["term"])
    ax.set_ylim(max(len(frame), 1) - 0.5, -0.5)
    ax.set_xlabel(f"{result.term} ({100 * result.conf_level:g}% interval)")
    ax.plotted = frame  # type: ignore[attr-defined]
    return ax


# -- what the exact tests read beyond the checks of the intake


def pair(values: Any, where: str, groups: Labels) -> tuple[float, float]:
    """Return the two entries of a pair, in the order of the groups' labels."""
    column = read_column(values, where)
    if column.shape != (2,):
        raise InputError(f"{where} must hold two values, one for each group; it is {shown(values)}")
    first, second = as_floats(taken(column.values, groups.order(column.index, where, "group")), where).tolist()
    return first, second


def options(
    alternative: str, conf_level: float, two_sided: str = "minlike", interval: str = "central", midp: bool = False
) -> tuple[float, float]:
    """Check the shared options; return the error left below the lower and above the upper limit."""
    check_option("alternative", alternative, get_args(Alternative))
    check_option("two_sided", two_sided, get_args(TwoSided))
    check_option("interval", interval, get_args(TwoSided))
    if check_flag("midp", midp) and interval == "minlike":  # its twin by minimum likelihood is not implemented
        raise InputError("midp=True gives a central interval; choose interval='central' or midp=False")
    alpha = 1 - check_level("conf_level", conf_level)
    return {"two-sided": (alpha / 2, alpha / 2), "less": (0.0, alpha), "greater": (alpha, 0.0)}[alternative]


def count_table(values: object, shape: tuple[int, ...], where: str) -> np.ndarray:
    """Return an integer array of one shape; a leading -1 stands for any number of tables, of which one may come alone."""
    array, _ = read_array(values, where, (2, 3))
    if array.ndim < len(shape):
        array = array[None]
    fits = array.ndim == len(shape) and all(s in (-1, d) for s, d in zip(shape, array.shape, strict=True))
    if not fits or not array.size:
        wanted = " x ".join("K" if s == -1 else str(s) for s in shape)
        raise InputError(f"{where} has shape {array.shape}; it must be {wanted} counts")
    cells = [check_whole(f"a cell of {where}", c) for c in array.ravel().tolist()]
    return np.array(cells, dtype=np.int64).reshape(array.shape)
