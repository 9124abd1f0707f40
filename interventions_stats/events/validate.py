"""The validator of a user's events: every problem at once, with its row and column."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from interventions_stats.engine.intake.scalars import shown
from interventions_stats.errors import DataWarning, InputError, suggest
from interventions_stats.events.actors import Actor, meant, registry, spelled_so
from interventions_stats.events.dates import Dated, Order, iso, order_shown, parse_date
from interventions_stats.events.numbering import Scheme, numbering
from interventions_stats.events.numbers import number
from interventions_stats.events.problems import Problem, refuse
from interventions_stats.events.schema import ACTIVITIES, COLUMNS, filled, is_cell
from interventions_stats.events.state_cells import lasted, states_in

if TYPE_CHECKING:
    import pandas as pd

_SUGGESTED = 50  # cells for which a name is suggested: a suggestion takes longer than reading a row
_SHOWN_ROWS = 5
RUNNING = ("ongoing", "present", "today", "now")
# Columns that a user's frame may carry under their own name.
_MORE_TEXT = ("region", "authority", "side_supported", "frame")
_MORE_NUMBERS = ("new_force", "person_years")


def canonical(
    frame: pd.DataFrame,
    who: Actor,
    columns: Mapping[str, str],
    *,
    source: str,
    order: Order | None = None,
    rows: Sequence[int] | None = None,
    problems: Sequence[Problem] = (),
) -> pd.DataFrame:
    """Turn a user's frame into the canonical one, or refuse it with the list of all problems.

    ``columns`` is what :func:`interventions_stats.events.roles.find_columns` found, ``rows`` are the row numbers to report,
    and ``problems`` what was found wrong with the table already.
    """
    if frame.empty:
        refuse(list(problems), source)
        raise InputError(f"{source}: the event list is empty; give at least one row with a start date")
    numbers = list(rows) if rows is not None else list(range(1, len(frame) + 1))
    out, found = read_rows(frame, who, columns, source=source, order=order, rows=numbers)
    refuse([*problems, *found], source)
    _note_repeats(out, numbers, source)
    return out


def read_rows(
    frame: pd.DataFrame,
    who: Actor,
    columns: Mapping[str, str],
    *,
    source: str,
    order: Order | None,
    rows: Sequence[int],
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read every row; return the canonical frame and what is wrong with it, by the row's number."""
    import pandas as pd

    cells = {role: frame[name].tolist() for role, name in columns.items()}
    dates = [cell for role in ("start", "end", "decision") for cell in cells.get(role, ())]
    order = order if order is not None else order_shown(dates, source)
    reader = _Reader(cells, columns, order, rows)
    out: dict[str, list[Any]] = {"event_id": reader.ids()}
    out["name"] = reader.texts("name") if "name" in columns else out["event_id"]
    starts = reader.dates("start", required=True)
    ends = reader.dates("end", absent="ongoing" if "end" not in columns else None)
    decisions = reader.dates("decision")
    for column, dated in (("start", starts), ("end", ends), ("decision", decisions)):
        out[column] = reader.written(column, dated)
        known = [text is not None or column != "decision" for text in out[column]]
        out[f"{column}_precision"] = [d.precision if k else None for d, k in zip(dated, known, strict=True)]
    reader.check_order(starts, ends)
    reader.check_existence(who, starts)
    out["target_cow"], out["target_iso3"] = reader.targets(who, starts, ends)
    out["activity"] = reader.choices("activity", ACTIVITIES)
    out["confidence"] = reader.numbers("confidence", 0.0, 1.0)
    out |= {column: reader.texts(column) for column in ("conflict_system", *_MORE_TEXT)}
    out |= {column: reader.numbers(column, 0.0, math.inf) for column in _MORE_NUMBERS}
    return pd.DataFrame(out, columns=list(COLUMNS), dtype=object), reader.problems


class _Reader:
    """Reads the cells of each role and collects what is wrong."""

    def __init__(
        self, cells: Mapping[str, list[Any]], columns: Mapping[str, str], order: Order | None, rows: Sequence[int]
    ) -> None:
        self.cells, self.columns, self.order, self.rows = cells, columns, order, list(rows)
        self.problems: list[Problem] = []
        self._wrong: set[tuple[int, str]] = set()

    def _report(self, k: int, role: str, message: str) -> None:
        self.problems.append(Problem(self.rows[k], self.columns[role], message))
        self._wrong.add((k, role))

    def _cells(self, role: str) -> list[Any]:
        return self.cells.get(role) or [None] * len(self.rows)

    def _each(self, role: str, read: Callable[[Any, int], Any], default: Any = None) -> list[Any]:
        out = []
        for k, cell in enumerate(self._cells(role)):
            try:
                if not is_cell(cell):
                    raise InputError(f"{shown(cell)} is no cell of a table")
                out.append(read(cell, k) if filled(cell) else default)
            except InputError as error:
                self._report(k, role, str(error))
                out.append(default)
        return out

    def ids(self) -> list[str]:
        if "event_id" not in self.columns:
            return [f"E{k:02d}" for k in range(1, len(self.rows) + 1)]
        seen: dict[str, int] = {}

        def read(cell: Any, k: int) -> str:
            text = str(cell).strip()
            if text in seen:
                raise InputError(f"the id {text!r} was used in row {seen[text]}; ids must be unique")
            if ";" in text:
                raise InputError(f"the id {text!r} holds a semicolon, which joins ids; leave it out")
            seen[text] = self.rows[k]
            return text

        out = self._each("event_id", read)
        for k, value in enumerate(out):
            if value is None and (k, "event_id") not in self._wrong:
                self._report(k, "event_id", "the id is missing")
        return [v if v is not None else f"?{k}" for k, v in enumerate(out)]

    def texts(self, role: str) -> list[Any]:
        return self._each(role, lambda c, _: str(c).strip())

    def dates(self, role: str, *, required: bool = False, absent: str | None = None) -> list[Dated]:
        nothing = Dated(None, None, absent or "unknown")  # type: ignore[arg-type]
        grain = self._cells(f"{role}_precision")

        def read(cell: Any, k: int) -> Dated:
            if role == "end" and str(cell).strip().casefold() in RUNNING:
                return Dated(None, None, "ongoing")
            return parse_date(cell, str(grain[k]).strip() if filled(grain[k]) else None, order=self.order)

        out = self._each(role, read, nothing)
        for k, cell in enumerate(self._cells(role)):  # a blank date can be coded as still running
            if not filled(cell) and str(grain[k]).strip() == "ongoing":
                out[k] = Dated(None, None, "ongoing")
        if required and role in self.columns:
            for k, cell in enumerate(self._cells(role)):
                if not filled(cell) or (out[k].first is None and (k, role) not in self._wrong):
                    self._report(k, role, "the start date is missing")
        return out

    def written(self, role: str, dated: list[Dated]) -> list[str | None]:
        """ISO text of dates; a day beside a coarser precision stays as it was given."""
        out = []
        for cell, grain, when in zip(self._cells(role), self._cells(f"{role}_precision"), dated, strict=True):
            finer = filled(cell) and filled(grain) and str(cell).strip().casefold() not in RUNNING
            out.append(
                iso(parse_date(cell, order=self.order)) if finer and when.precision == str(grain).strip() else iso(when)
            )
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
        """COW numbers and ISO3 codes of each event's targets, joined by ``;``."""
        scheme = numbering(self.columns.get("target", ""))
        seen: dict[tuple[str, Any], list[Actor] | InputError] = {}
        good = 0

        def read(cell: Any, k: int) -> tuple[str, str]:
            nonlocal good
            place = (str(cell), lasted(starts[k], ends[k]))
            if place not in seen:
                seen[place] = self._read_targets(
                    place, who, starts[k], scheme, suggesting=len(self._wrong) < _SUGGESTED
                )
                good += isinstance(seen[place], list)
            found = seen[place]
            if isinstance(found, InputError):
                raise found
            return ";".join(str(s.ccode) for s in found), ";".join(s.iso3 for s in found)

        pairs = self._each("target", read, (None, None))
        iso3 = [self._own_codes(k, pair[1], starts[k]) for k, pair in enumerate(pairs)]
        return [p[0] for p in pairs], iso3

    @staticmethod
    def _read_targets(
        place: tuple[str, Any], who: Actor, start: Dated, scheme: Scheme, *, suggesting: bool
    ) -> list[Actor] | InputError:
        text, when = place
        try:
            found = states_in(text, when, scheme=scheme, suggesting=suggesting)
        except InputError as error:
            return error
        for state in found:
            if state.ccode == who.ccode:
                return InputError(f"the target is the actor itself ({who.name})")
            if when is not None and not state.existed(*when):
                what = f"the target {state.name} was not a state on {iso(start)} ({_spans(state)})"
                return InputError(what + (meant(text, when) if not text[:1].isdigit() and len(text) > 3 else ""))
        return found

    def _own_codes(self, k: int, iso3: str | None, start: Dated) -> str | None:
        """ISO3 codes written beside COW numbers are kept: they may say more, as ``XKX`` before Kosovo was a state."""
        cell = self._cells("target_iso3")[k]
        if not filled(cell):
            return iso3
        when, ours = (start.first, start.last), set((iso3 or "").split(";"))
        for code in map(str.strip, str(cell).split(";")):
            states = [registry()[c] for c in spelled_so(code)]
            if code not in ours and not (len(code) == 3 and code.isalpha()):
                self._report(k, "target_iso3", f"{code!r} is no ISO3 code")
            elif any(start.first is None or s.existed(*when) for s in states) and not ours & {s.iso3 for s in states}:
                self._report(k, "target_iso3", f"{code!r} is not among the targets in {self.columns['target']!r}")
        return str(cell).strip()

    def choices(self, role: str, known: tuple[str, ...]) -> list[Any]:
        def read(cell: Any, _: int) -> str:
            text = str(cell).strip().casefold().replace("stabilization", "stabilisation").replace(" ", "_")
            if text not in known:
                raise InputError(f"unknown {role} {shown(cell)}.{suggest(text, known)} Known: {', '.join(known)}")
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


def _note_repeats(table: pd.DataFrame, rows: Sequence[int], source: str) -> None:
    """Say which rows repeat an earlier one, or its day and targets: a file of conflict-years repeats each onset."""
    columns = {c: table[c].tolist() for c in table if c != "event_id"}
    if columns["name"] == table["event_id"].tolist():  # a name that is made of the id tells rows apart that are alike
        del columns["name"]
    seen: set[tuple] = set()
    repeats = []
    for k, whole in enumerate(zip(*columns.values(), strict=True)):
        start, target = columns["start"][k], columns["target_cow"][k]
        same = {tuple(map(str, whole))}
        if target is not None and columns["start_precision"][k] == "day":
            same.add((start, target))
        if not same.isdisjoint(seen):
            repeats.append(rows[k])
        seen |= same
    if repeats:
        many = len(repeats) > 1
        shown = ", ".join(map(str, repeats[:_SHOWN_ROWS]))
        more = f" and {len(repeats) - _SHOWN_ROWS:,} more" if len(repeats) > _SHOWN_ROWS else ""
        what = f"row{'s' if many else ''} {shown}{more} repeat{'' if many else 's'} the start and the target of an earlier row"
        warnings.warn(
            f"{source}: {what}, and each counts as an event; leave repeats out, or merge() what is one event",
            DataWarning,
            stacklevel=4,
        )
