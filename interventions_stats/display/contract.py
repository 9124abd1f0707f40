"""The result contract: what every result of the library can do."""

from __future__ import annotations

import html
import sys
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TIDY_COLUMNS = ("term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
GLANCE_KEYS = ("n", "n_events", "n_events_total", "n_dropped", "estimator", "separated", "seed", "data_version")
WIDTH = 100


def asked_by(package: str) -> bool:
    """Whether the code that reads an attribute belongs to ``package``; called inside the attribute's getter."""
    return sys._getframe(2).f_globals.get("__name__", "").partition(".")[0] == package


class NearNames:
    """Mixin: an attribute that does not exist is refused with the nearest name that does."""

    def __getattr__(self, name: str) -> Any:
        from interventions_stats.errors import suggest

        known = [*dir(type(self)), *getattr(type(self), "__dataclass_fields__", ())]
        near = "" if name.startswith("_") else suggest(name, [n for n in known if not n.startswith("_")])
        message = f"{type(self).__name__!r} object has no attribute {name!r}.{near}"
        raise AttributeError(message, name=name, obj=None)  # no object, so that the terminal adds no second suggestion


class ResultContract(NearNames):
    """Mixin of every result.

    A result defines ``tidy`` (a frame, broom's columns where they apply) and
    ``glance`` (a frame of one row that holds at least ``GLANCE_KEYS``); it may
    define ``_notes`` (lines printed below the table), ``_boards`` (tables of a
    notebook), ``_title``, ``plot`` and ``_references`` (citations).  The rest follows.
    """

    _title: ClassVar[str] = "Result"

    def tidy(self) -> pd.DataFrame:
        raise NotImplementedError

    def glance(self) -> pd.DataFrame:
        raise NotImplementedError

    def _notes(self) -> list[str]:
        return []

    def _references(self) -> list[str]:
        return []

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the estimates with their intervals and return the Axes."""
        from interventions_stats.display.figures.coefficients import coefficients

        return coefficients(self.tidy(), ax=ax)

    def cite(self) -> list[str]:
        """Return the works to cite for this result, one string each."""
        return list(self._references())

    def summary(self) -> str:
        """Return a plain-text summary no wider than 100 columns."""
        from interventions_stats.display.text import frame_text, key_values, wrap

        parts = [self._heading(), frame_text(self.tidy(), WIDTH), key_values(self.glance(), WIDTH)]
        parts += [wrap(note, WIDTH) for note in self._notes()]
        return "\n".join(p for p in parts if p)

    def _heading(self) -> str:
        return self._title

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from interventions_stats.display.text import frame_html

        notes = "".join(f"<p>{html.escape(n)}</p>" for n in self._notes())
        tables = "".join(frame_html(frame) for frame in self._boards())
        return f"<h4>{html.escape(self._heading())}</h4>{tables}{notes}"

    def _boards(self) -> list[pd.DataFrame]:
        """Tables that a notebook shows: what a reader asks for first; ``to_frame`` has every column."""
        return [self.tidy(), self.glance()]

    def to_frame(self) -> pd.DataFrame:
        """Return every number that is reported on the result as a whole."""
        return self.glance()

    # -- the attributes that the maketables package reads; no import of it is needed.  It sets stars unless the format is given without:
    # ``maketables.ETable(fits, coef_fmt="b \n [ci95l, ci95u]")``
    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        frame = self.tidy().set_index("term")
        names = {
            "estimate": "b", "std_error": "se", "statistic": "t",
            "p_value": "p", "conf_low": "ci95l", "conf_high": "ci95u",
        }  # fmt: skip
        return frame[[c for c in names if c in frame]].rename(columns=names).rename_axis("Coefficient")

    def __maketables_stat__(self, key: str) -> Any:
        row = self.glance().iloc[0]
        return row[{"N": "n"}.get(key, key)] if {"N": "n"}.get(key, key) in row.index else None

    @property
    def __maketables_depvar__(self) -> str:
        return str(getattr(self, "outcome", self._title))

    @property
    def __maketables_stat_labels__(self) -> dict[str, str]:
        return {"n": "Observations", "n_events": "Events used", "n_events_total": "Events in the list"}

    @property
    def __maketables_default_stat_keys__(self) -> list[str]:
        return ["N", "n_events", "n_events_total"]
