"""The validator of a user's events: every problem at once, with its row and column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interventions_stats.errors import InputError, UnknownNameError, suggest, unknown_name
from interventions_stats.events.actors import Actor
from interventions_stats.events.actors import actor as find_state
from interventions_stats.events.dates import Dated, parse_date
from interventions_stats.events.schema import ACTIVITIES, COLUMNS, filled

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one cell; ``row`` counts from 1 and the header is not a row."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return (
            f"row {self.row}, column {self.column!r}: {self.message}"
            if self.row
            else f"column {self.column!r}: {self.message}"
        )


def refuse(problems: list[Problem], source: str) -> None:
    """Raise one error that lists every problem."""
    if problems:
        shown = "\n  ".join(str(p) for p in problems[:_SHOWN])
        more = f"\n  and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise InputError(f"{source}: {count}\n  {shown}{more}" if len(problems) > 1 else f"{source}: {shown}")


def canonical(
    frame: pd.DataFrame, who: Actor, columns: dict[str, str | None], *, source: str, order: str | None = None
) -> pd.DataFrame:
    """Turn a user's frame into the canonical one, or refuse it with the list of all problems."""
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"events come as a pandas DataFrame, not {type(frame).__name__}")
    used = {role: name for role, name in columns.items() if name is not None}
    for role, name in used.items():
        if name not in frame.columns:
            raise unknown_name("column", name, [str(c) for c in frame.columns], where=f"{source} (for {role})")
    if frame.empty:
        raise InputError(f"{source}: the event list is empty; give at least one row with a start date")
    reader = _Reader(frame.reset_index(drop=True), used, order)
    out = pd.DataFrame(index=range(len(frame)), columns=list(COLUMNS), dtype=object)
    out["event_id"] = reader.ids()
    out["name"] = reader.texts("name", out["event_id"])
    starts = reader.dates("start", required=True)
    ends = reader.dates("end", absent="ongoing" if "end" not in used else None)
    decisions = reader.dates("decision")
    for column, dated in (("start", starts), ("end", ends), ("decision", decisions)):
        out[column] = [_iso(d) for d in dated]
        out[f"{column}_precision"] = [d.precision for d in dated]
    out.loc[out["decision"].isna(), "decision_precision"] = None
    reader.check_order(starts, ends)
    reader.check_existence(who, starts)
    out["target_cow"], out["target_iso3"] = reader.targets(who, starts)
    out["activity"] = reader.choices("activity", ACTIVITIES)
    out["conflict_system"] = reader.texts("conflict_system", None)
    out["confidence"] = reader.shares("confidence")
    refuse(sorted(reader.problems, key=lambda p: (p.row, p.column)), source)
    return out


def _iso(when: Dated) -> str | None:
    if when.first is None:
        return None
    return when.first.isoformat()[: {"day": 10, "month": 7, "year": 4}[when.precision]]


class _Reader:
    """Reads the columns of a raw frame and collects what is wrong."""

    def __init__(self, frame: pd.DataFrame, columns: dict[str, str], order: str | None) -> None:
        self.frame, self.columns, self.order = frame, columns, order
        self.problems: list[Problem] = []

    def _cells(self, role: str) -> list[Any]:
        return self.frame[self.columns[role]].tolist() if role in self.columns else [None] * len(self.frame)

    def _each(self, role: str, read: Callable[[Any, int], Any], default: Any = None) -> list[Any]:
        out = []
        for k, cell in enumerate(self._cells(role)):
            try:
                out.append(read(cell, k) if filled(cell) else default)
            except InputError as error:
                self.problems.append(Problem(k + 1, self.columns[role], str(error)))
                out.append(default)
        return out

    def ids(self) -> list[str]:
        if "event_id" not in self.columns:
            return [f"E{k + 1:02d}" for k in range(len(self.frame))]
        seen: dict[str, int] = {}

        def read(cell: Any, k: int) -> str:
            if str(cell) in seen:
                raise InputError(f"the id {cell!r} was used in row {seen[str(cell)]}; ids must be unique")
            seen[str(cell)] = k + 1
            return str(cell)

        out = self._each("event_id", read)
        for k, value in enumerate(out):
            if value is None and not any(p.row == k + 1 for p in self.problems):
                self.problems.append(Problem(k + 1, self.columns["event_id"], "the id is missing"))
        return [v if v is not None else f"?{k}" for k, v in enumerate(out)]

    def texts(self, role: str, default: Any) -> Any:
        return default if role not in self.columns else self._each(role, lambda c, _: str(c))

    def dates(self, role: str, *, required: bool = False, absent: str | None = None) -> list[Dated]:
        nothing = Dated(None, None, absent or "unknown")  # type: ignore[arg-type]
        precision = f"{role}_precision"
        grain = (
            self.frame[precision].tolist()
            if role in self.columns and precision in self.frame
            else [None] * len(self.frame)
        )

        def read(cell: Any, k: int) -> Dated:
            return parse_date(cell, grain[k] if filled(grain[k]) else None, order=self.order)  # type: ignore[arg-type]

        out = self._each(role, read, nothing)
        if required:
            for k, cell in enumerate(self._cells(role)):
                if not filled(cell) or (out[k].first is None and not any(p.row == k + 1 for p in self.problems)):
                    self.problems.append(Problem(k + 1, self.columns[role], "the start date is missing"))
        return out

    def check_order(self, starts: list[Dated], ends: list[Dated]) -> None:
        for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if start.first is not None and end.last is not None and end.last < start.first:
                message = f"the end {_iso(end)} is before the start {_iso(start)}"
                self.problems.append(Problem(k + 1, self.columns["end"], message))

    def check_existence(self, who: Actor, starts: list[Dated]) -> None:
        for k, start in enumerate(starts):
            if start.first is not None and not who.existed(start.first, start.last):
                spells = ", ".join(f"{a} to {b or 'today'}" for a, b in who.spells)
                message = f"{who.name} was not a state on {_iso(start)} (it was {spells})"
                self.problems.append(Problem(k + 1, self.columns["start"], message))

    def targets(self, who: Actor, starts: list[Dated]) -> tuple[list[str | None], list[str | None]]:
        def read(cell: Any, k: int) -> tuple[str, str]:
            found = []
            for part in str(cell).replace(",", ";").split(";"):
                text = part.strip()
                try:
                    state = find_state(text[:-2] if text.endswith(".0") else text)
                except UnknownNameError as error:
                    raise InputError(f"unknown target {text!r}.{suggest_only(error)}") from None
                if state.ccode == who.ccode:
                    raise InputError(f"the target is the actor itself ({who.name})")
                if starts[k].first is not None and not state.existed(starts[k].first, starts[k].last):
                    raise InputError(f"the target {state.name} was not a state on {_iso(starts[k])}")
                found.append(state)
            return ";".join(str(s.ccode) for s in found), ";".join(s.iso3 for s in found)

        pairs = self._each("target", read, (None, None))
        return [p[0] for p in pairs], [p[1] for p in pairs]

    def choices(self, role: str, known: tuple[str, ...]) -> list[Any]:
        def read(cell: Any, _: int) -> str:
            text = str(cell).strip().casefold().replace("stabilization", "stabilisation").replace(" ", "_")
            if text not in known:
                raise InputError(f"unknown {role} {cell!r}.{suggest(text, known)} Known: {', '.join(known)}")
            return text

        return self._each(role, read)

    def shares(self, role: str) -> list[Any]:
        def read(cell: Any, _: int) -> float:
            try:
                value = float(cell)
            except (TypeError, ValueError):
                raise InputError(f"{cell!r} is not a number") from None
            if not 0 <= value <= 1:
                raise InputError(f"{value} is outside 0 to 1")
            return value

        return self._each(role, read)


def suggest_only(error: UnknownNameError) -> str:
    """Keep the suggestion of an unknown-name error and leave the list of all states out."""
    text = str(error)
    return (
        text[text.index(" Did you mean") : text.index(" Known:")]
        if " Did you mean" in text
        else " Use a COW code, an ISO3 code or a name."
    )
