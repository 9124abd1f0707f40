"""The validator of a user's events: every problem at once, with its row and column."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interventions_stats.errors import InputError, UnknownNameError, suggest, unknown_name
from interventions_stats.events.actors import Actor
from interventions_stats.events.actors import actor as find_state
from interventions_stats.events.dates import Dated, Order, iso, order_shown, parse_date
from interventions_stats.events.numbers import number
from interventions_stats.events.schema import ACTIVITIES, COLUMNS, filled

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 1000  # every problem of any list that a person wrote
RUNNING = ("ongoing", "present", "today", "now")
# Columns that a user's frame may carry under their own name.
_MORE_TEXT = ("region", "authority", "side_supported", "frame")
_MORE_NUMBERS = ("new_force", "person_years")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one cell.

    ``row`` counts the rows of a frame from 1; in a file it is the row of the file, where the header is row 1.
    """

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
    frame: pd.DataFrame,
    who: Actor,
    columns: Mapping[str, str | None],
    *,
    source: str,
    order: Order | None = None,
    rows: Sequence[int] | None = None,
    problems: Sequence[Problem] = (),
) -> pd.DataFrame:
    """Turn a user's frame into the canonical one, or refuse it with the list of all problems.

    ``rows`` are the row numbers to report, where the frame was read from a file, and ``problems`` what was found wrong
    with the file already.
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"events come as a pandas DataFrame, not {type(frame).__name__}")
    used = {role: name for role, name in columns.items() if name is not None}
    for role, name in used.items():
        if name not in frame.columns:
            raise unknown_name("column", name, [str(c) for c in frame.columns], where=f"{source} (for {role})")
        if list(frame.columns).count(name) > 1:
            raise InputError(f"{source}: two columns are called {name!r}; rename one")
    if frame.empty:
        refuse(list(problems), source)
        raise InputError(f"{source}: the event list is empty; give at least one row with a start date")
    more = [c for c in (*_MORE_TEXT, *_MORE_NUMBERS) if c in frame.columns and c not in used.values()]
    dates = [cell for role in ("start", "end", "decision") if role in used for cell in frame[used[role]]]
    order = order if order is not None else order_shown(dates, source)
    reader = _Reader(frame.reset_index(drop=True), used | {c: c for c in more}, order, rows)
    out = pd.DataFrame(index=range(len(frame)), columns=list(COLUMNS), dtype=object)
    out["event_id"] = reader.ids()
    out["name"] = reader.texts("name", out["event_id"])
    starts = reader.dates("start", required=True)
    ends = reader.dates("end", absent="ongoing" if "end" not in used else None)
    decisions = reader.dates("decision")
    for column, dated in (("start", starts), ("end", ends), ("decision", decisions)):
        out[column] = [iso(d) for d in dated]
        out[f"{column}_precision"] = [d.precision for d in dated]
    out.loc[out["decision"].isna(), "decision_precision"] = None
    reader.check_order(starts, ends)
    reader.check_existence(who, starts)
    out["target_cow"], out["target_iso3"] = reader.targets(who, starts, ends)
    out["activity"] = reader.choices("activity", ACTIVITIES)
    out["conflict_system"] = reader.texts("conflict_system", None)
    out["confidence"] = reader.numbers("confidence", 0.0, 1.0)
    for column in more:
        out[column] = reader.texts(column, None) if column in _MORE_TEXT else reader.numbers(column, 0.0, math.inf)
    refuse(sorted([*problems, *reader.problems], key=lambda p: (p.row, p.column)), source)
    out = out.astype(object)
    return out.where(out.notna(), None)


class _Reader:
    """Reads the columns of a raw frame and collects what is wrong."""

    def __init__(
        self, frame: pd.DataFrame, columns: dict[str, str], order: Order | None, rows: Sequence[int] | None = None
    ) -> None:
        self.frame, self.columns, self.order = frame, columns, order
        self.rows = list(rows) if rows is not None else list(range(1, len(frame) + 1))
        self.problems: list[Problem] = []

    def _report(self, k: int, role: str, message: str) -> None:
        self.problems.append(Problem(self.rows[k], self.columns[role], message))

    def _reported(self, k: int, role: str) -> bool:
        return any(p.row == self.rows[k] and p.column == self.columns[role] for p in self.problems)

    def _cells(self, role: str) -> list[Any]:
        return self.frame[self.columns[role]].tolist() if role in self.columns else [None] * len(self.frame)

    def _each(self, role: str, read: Callable[[Any, int], Any], default: Any = None) -> list[Any]:
        out = []
        for k, cell in enumerate(self._cells(role)):
            try:
                out.append(read(cell, k) if filled(cell) else default)
            except InputError as error:
                self._report(k, role, str(error))
                out.append(default)
        return out

    def ids(self) -> list[str]:
        if "event_id" not in self.columns:
            return [f"E{k:02d}" for k in range(1, len(self.frame) + 1)]
        seen: dict[str, int] = {}

        def read(cell: Any, k: int) -> str:
            if str(cell) in seen:
                raise InputError(f"the id {cell!r} was used in row {seen[str(cell)]}; ids must be unique")
            if ";" in str(cell):
                raise InputError(f"the id {cell!r} holds a semicolon, which joins ids; leave it out")
            seen[str(cell)] = self.rows[k]
            return str(cell)

        out = self._each("event_id", read)
        for k, value in enumerate(out):
            if value is None and not self._reported(k, "event_id"):
                self._report(k, "event_id", "the id is missing")
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
            if role == "end" and str(cell).strip().casefold() in RUNNING:
                return Dated(None, None, "ongoing")
            return parse_date(cell, grain[k] if filled(grain[k]) else None, order=self.order)

        out = self._each(role, read, nothing)
        for k, cell in enumerate(self._cells(role)):  # a blank date can be coded as still running
            if not filled(cell) and grain[k] == "ongoing":
                out[k] = Dated(None, None, "ongoing")
        if required and role in self.columns:
            for k, cell in enumerate(self._cells(role)):
                if not filled(cell) or (out[k].first is None and not self._reported(k, role)):
                    self._report(k, role, "the start date is missing")
        return out

    def check_order(self, starts: list[Dated], ends: list[Dated]) -> None:
        for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if start.first is not None and end.last is not None and end.last < start.first:
                self._report(k, "end", f"the end {iso(end)} is before the start {iso(start)}")

    def check_existence(self, who: Actor, starts: list[Dated]) -> None:
        for k, start in enumerate(starts):
            if start.first is not None and not who.existed(start.first, start.last):
                self._report(k, "start", f"{who.name} was not a state on {iso(start)} ({_spans(who)})")

    def targets(self, who: Actor, starts: list[Dated], ends: list[Dated]) -> tuple[list[str | None], list[str | None]]:
        def read(cell: Any, k: int) -> tuple[str, str]:
            found = []
            for part in str(cell).replace(",", ";").split(";"):
                text = part.strip()
                began, over = starts[k], ends[k]
                when = None
                if began.first is not None and began.last is not None:
                    # a target may become a state while the event goes on
                    when = (began.first, max(began.last, over.last) if over.last is not None else began.last)
                try:
                    state = find_state(text[:-2] if text.endswith(".0") else text, on=when)
                except UnknownNameError as error:
                    raise InputError(f"unknown target {text!r}.{suggest_only(error)}") from None
                if state.ccode == who.ccode:
                    raise InputError(f"the target is the actor itself ({who.name})")
                if when is not None and not state.existed(*when):
                    raise InputError(f"the target {state.name} was not a state on {iso(began)} ({_spans(state)})")
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

    def numbers(self, role: str, low: float, high: float) -> list[Any]:
        def read(cell: Any, _: int) -> float:
            value = number(cell)
            if not low <= value <= high:
                raise InputError(
                    f"{value:g} is outside {low:g} to {high:g}" if high < math.inf else f"{value:g} is below 0"
                )
            return value

        return self._each(role, read)


def _spans(state: Actor) -> str:
    """Say when a state was one; memberships that ended before 1900 are left out where later ones exist."""
    spells = [s for s in state.spells if s[1] == "" or s[1] > "1900"] or list(state.spells)
    return "it was one " + ", ".join(f"{a} to {b or 'today'}" for a, b in spells)


def suggest_only(error: UnknownNameError) -> str:
    """Keep the suggestion of an unknown-name error and leave the list of all states out."""
    text = str(error)
    return (
        text[text.index(" Did you mean") : text.index(" Known:")]
        if " Did you mean" in text
        else " Use a COW code, an ISO3 code or a name."
    )
