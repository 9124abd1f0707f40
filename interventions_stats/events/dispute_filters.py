"""Lists of disputes chosen by what their producers coded of each: hostility, side, who was there on the first day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interventions_stats.engine.intake.scalars import check_integer, check_option
from interventions_stats.errors import InputError
from interventions_stats.events.schema import filled

if TYPE_CHECKING:
    import pandas as pd

BESIDE = {
    "mid": ("side", "originator", "hostility"),
    "mip": ("originator", "hostility"),
}  # columns of the producer's own
_USUAL = {"mid": (4, True), "mip": (1, False)}  # lowest hostility, and whether originators alone


@dataclass(frozen=True, slots=True)
class Filters:
    """What a caller asks of a list of disputes beside its actor and years; None is the list's own rule."""

    min_hostility: int | None = None
    originator: bool | None = None
    side: str | None = None

    def check(self, name: str) -> None:
        """Refuse a filter by a column that the list has not."""
        columns = {"min_hostility": "hostility", "originator": "originator", "side": "side"}
        for option, column in columns.items():
            if getattr(self, option) is not None and column not in BESIDE.get(name, ()):
                where = " and ".join(repr(n) for n, has in BESIDE.items() if column in has)
                raise InputError(
                    f"{option}= is for the list{'s' * (' and ' in where)} {where}; {name!r} has no {column}"
                )

    def keep(self, table: pd.DataFrame, name: str) -> pd.Series:
        """Which rows of a bundled table to keep."""
        least, first = _USUAL[name]
        least = least if self.min_hostility is None else check_integer("min_hostility", self.min_hostility)
        kept = (table["hostility"] >= least) | (table["hostility"].isna() & (least <= 1))
        if first if self.originator is None else self.originator:
            kept &= table["originator"] == 1
        if self.side is not None and "side" in table:
            kept &= table["side"] == check_option("side", self.side, ("A", "B"))
        return kept.fillna(False).astype(bool)

    def __str__(self) -> str:
        said = {"min_hostility": self.min_hostility, "originator": self.originator, "side": self.side}
        return ", ".join(f"{option}={value!r}" for option, value in said.items() if value is not None)


def taken_over(table: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Add to a canonical table the columns ``side``, ``originator`` and ``hostility`` of the frame that it was read from."""
    import pandas as pd

    read = {"side": _text, "originator": _truth, "hostility": _whole}
    cells = {c: [read[c](v) for v in frame[c].tolist()] for c in BESIDE["mid"] if list(frame.columns).count(c) == 1}
    return table.assign(**{c: pd.Series(v, dtype=object) for c, v in cells.items()})


def _text(cell: Any) -> str | None:
    return str(cell).strip() if filled(cell) else None


def _truth(cell: Any) -> Any:
    return {"true": True, "1": True, "false": False, "0": False}.get(
        str(cell).strip().casefold().removesuffix(".0"), _text(cell)
    )


def _whole(cell: Any) -> Any:
    text = str(cell).strip().removesuffix(".0")
    return int(text) if text.isdecimal() and len(text) < 10 else _text(cell)
