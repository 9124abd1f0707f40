"""How an exposure is written: a covariate, a sign and a transformation, as ``"-approval.change6"``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from interventions_stats.engine.intake.scalars import check_integer, shown
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.rules.guard_registry import raise_if_refused
from interventions_stats.rules.guards_time import g05_lag

if TYPE_CHECKING:
    import pandas as pd

Series = TypeVar("Series", "pd.Series", "pd.DataFrame")
Transform = Literal["level", "log", "change", "log_change", "mean", "max", "any", "rise", "fall", "above", "below"]
TRANSFORMS: tuple[Transform, ...] = (
    "level", "log", "change", "log_change", "mean", "max", "any", "rise", "fall", "above", "below",
)  # fmt: skip
_LONGEST = 10**9  # periods, which dates can still count
_WINDOWED = set(TRANSFORMS) - {"level", "log"}
_TERM = re.compile(r"^(?P<sign>-?)(?P<name>[A-Za-z]\w*)(?:\.(?P<transform>[a-z_]+)(?P<window>\d*))?$")


@dataclass(frozen=True, slots=True)
class Term:
    """A transformed covariate.

    Attributes
    ----------
    name : str
        Registered covariate, or a column of the user's series.
    transform : str
        ``level``, ``log``, ``change`` (x now minus x ``window`` periods ago), ``log_change``; ``mean``, ``max`` or
        ``any`` (1 if x was ever positive) of the last ``window`` periods; ``rise`` and ``fall`` (the positive and the
        negative part of the change); ``above`` and ``below`` (the two parts of x minus the mean of the ``window``
        periods before).
    window : int
        Periods; 0 where the transformation has none.
    sign : int
        -1 turns the exposure round so that theory predicts a positive effect.
    """

    name: str
    transform: Transform = "level"
    window: int = 0
    sign: int = 1

    def __str__(self) -> str:
        tail = "" if self.transform == "level" else f".{self.transform}{self.window or ''}"
        return f"{'-' if self.sign < 0 else ''}{self.name}{tail}"

    def apply(self, series: Series) -> Series:
        """Transform a series indexed by consecutive periods, or each column of a frame."""
        import numpy as np

        x: Any = series.astype(float)
        if self.transform in ("log", "log_change"):
            if (x.to_numpy() <= 0).any():
                name = getattr(series, "name", self.name)
                raise InputError(f"{self}: the logarithm needs positive values; {name!r} has some at or below zero")
            x = np.log(x)
        if self.transform in ("change", "log_change"):
            x = x - x.shift(self.window)
        elif self.transform in ("mean", "max", "any"):
            rolling = x.rolling(self.window, min_periods=self.window)
            x = rolling.mean() if self.transform == "mean" else rolling.max()
            x = (x > 0).astype(float).where(x.notna()) if self.transform == "any" else x
        elif self.transform in ("rise", "fall"):
            x = (x - x.shift(self.window)) * (1 if self.transform == "rise" else -1)
            x = x.clip(lower=0)
        elif self.transform in ("above", "below"):
            reference = x.shift(1).rolling(self.window, min_periods=self.window).mean()
            x = ((x - reference) * (1 if self.transform == "above" else -1)).clip(lower=0)
        out: Series = self.sign * x
        return out


def parse_term(text: str | Term) -> Term:
    """Read a term.

    Examples
    --------
    >>> parse_term("-approval.change6")
    Term(name='approval', transform='change', window=6, sign=-1)
    """
    if isinstance(text, Term):
        return text
    match = _TERM.match(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise InputError(
            f"{shown(text)} is not an exposure; write for example 'approval', '-approval' or 'brent.log_change12'"
        )
    transform = match["transform"] or "level"
    transform, window = (transform.rstrip("_"), int(match["window"] or 0))
    if transform not in TRANSFORMS:
        raise unknown_name("transformation", transform, TRANSFORMS, where=repr(text))
    needs = transform in _WINDOWED
    if needs != bool(window):
        raise InputError(
            f"{text!r}: {transform} {'needs a window, as in ' + transform + '12' if needs else 'takes no window'}"
        )
    return Term(match["name"], transform, window, -1 if match["sign"] else 1)


def check_lag(lag: int) -> int:
    """Refuse an exposure measured at or after onset (G05); leads are the business of the placebo tests."""
    lag = check_integer("a lag", lag, " of periods")
    if abs(lag) > _LONGEST:
        raise InputError(f"a lag of {shown(lag)} periods is longer than any series")
    raise_if_refused([g05_lag(lag)])
    return lag
