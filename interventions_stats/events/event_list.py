"""The list of events: immutable, with the record of every edit made to it."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

from interventions_stats.display.contract import WIDTH, NearNames
from interventions_stats.display.text import wrap
from interventions_stats.engine.intake.scalars import check_option, check_text, check_texts, shown
from interventions_stats.errors import DataWarning, InputError, unknown_name
from interventions_stats.events.actors import Actor
from interventions_stats.events.actors import actor as _find
from interventions_stats.events.collapse import collapse_systems
from interventions_stats.events.coverage import bound_of, joined_coverage, years_of
from interventions_stats.events.dates import parse_date
from interventions_stats.events.intake import taken_in
from interventions_stats.events.merge import merged_row
from interventions_stats.events.schema import (
    ACTIVITIES,
    COLUMNS,
    DATED,
    DateRule,
    check_order,
    codes,
    filled,
    is_cell,
    onset_of,
)
from interventions_stats.events.selection import joined_frames, place_of, places_of
from interventions_stats.events.validate import canonical
from interventions_stats.frames import HandedOut, as_pandas, copied

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class EventList(NearNames):
    """Interventions by one actor under one definition.

    Attributes
    ----------
    frame : DataFrame
        One row an event, columns ``COLUMNS``; dates are ISO text, whole or partial, beside their precision. A copy, as is
        ``set_aside``.
    actor : Actor
    definition : str
        Name of the definition, ``"reconstructed"`` for example.
    coverage : (int, int)
        First and last year in which the list would record an event: years without one inside it are peace.
    date_rule : {"decision", "deployment"}
        Which date times an onset. The decision is the default where a list has one: troops can follow by a year.
    note : str
        What a reader must know of the list; printed with it.
    edits : tuple of str
        Every edit since the definition, in order.
    tables : tuple of str
        Bundled tables that it was read from.
    set_aside : DataFrame, optional
        Rows of a public file that could not be placed whole, with the reason; see :mod:`interventions_stats.events.adapters`.

    Examples
    --------
    >>> import interventions_stats as ist
    >>> events = ist.load_events("reconstructed")
    >>> len(events), len(events.drop("R12")), len(events.merge(["R01", "R02"]))
    (25, 24, 24)
    """

    frame: pd.DataFrame
    actor: Actor
    definition: str
    coverage: tuple[int, int]
    date_rule: DateRule = "decision"
    note: str = ""
    edits: tuple[str, ...] = field(default=())
    tables: tuple[str, ...] = field(default=())
    set_aside: pd.DataFrame | None = None

    # -- construction ---------------------------------------------------------------------------------------------
    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        actor: str | int | Actor,
        *,
        start: str | None = None,
        end: str | None = None,
        target: str | None = None,
        activity: str | None = None,
        decision: str | None = None,
        event_id: str | None = None,
        name: str | None = None,
        confidence: str | None = None,
        conflict_system: str | None = None,
        actor_column: str | None = None,
        coverage: tuple[int, int] | None = None,
        definition: str = "user",
        source: str = "the frame",
        order: Literal["dmy", "mdy"] | None = None,
    ) -> EventList:
        """Build a list from a user's own frame; each argument names the column that holds the thing.

        What is not named is found by its name, as :func:`interventions_stats.read_events` does: ``start_date``, ``iso3``,
        ``type`` and so on. All problems are reported at once, with row (from 1) and column.  The columns ``region``,
        ``authority``, ``side_supported``, ``frame``, ``new_force``, ``person_years`` and ``start_precision``,
        ``end_precision``, ``decision_precision`` are taken over under these names.

        Parameters
        ----------
        frame : DataFrame, or what holds one
            Of pandas, polars or Arrow, a dict of columns, or a list of dicts, one an event.
        actor : str, int or Actor
            Who intervened.
        start, end, target, activity, decision, event_id, name, confidence, conflict_system : str, optional
            Columns.
        actor_column : str, optional
            Column that says who acted, in a frame of several actors: the actor's rows are kept. Without it a frame that
            names others is refused.
        coverage : (int, int), optional
            First and last year in which the list would have recorded an event (default: those of its onsets).
        definition : str, default "user"
            Name of the list.
        source : str
            What the frame is called in messages.
        order : {"dmy", "mdy"}, optional
            How to read ``03/04/2014``.

        Raises
        ------
        InputError
            A missing or misspelt column, an empty frame, a column that names several actors, duplicate ids, a date that
            is none, an end before its start, an unknown target or activity, a confidence outside 0-1.

        Examples
        --------
        >>> import pandas as pd
        >>> mine = pd.DataFrame({"start": ["2016-08-24", "2018-01-20"], "where": ["SYR", "SYR"]})
        >>> EventList.from_frame(mine, actor="Turkey", target="where").actor.iso3
        'TUR'
        """
        columns = {
            "start": start, "end": end, "target": target, "activity": activity, "decision": decision,
            "event_id": event_id, "name": name, "confidence": confidence, "conflict_system": conflict_system,
        }  # fmt: skip
        who = _find(actor)
        check_text("definition", definition), check_text("source", source)
        table, wanted = taken_in(
            as_pandas(frame, source), who, columns, source=source, actor_column=actor_column, order=order
        )
        return cls.from_canonical(table, who, coverage, definition, source, wanted)

    @classmethod
    def from_canonical(
        cls,
        table: pd.DataFrame,
        who: Actor,
        coverage: tuple[int, int] | None,
        definition: str,
        source: str,
        wanted: str = "",
    ) -> EventList:
        """Build a list from the canonical frame of a user's events, and say where its coverage was only guessed."""
        years = [onset_of(row, "decision").first.year for row in table.to_dict("records")]  # type: ignore[union-attr]
        span = years_of(coverage) if coverage is not None else (min(years), max(years))
        if span[0] > min(years) or span[1] < max(years):
            raise InputError(
                f"{source}: onsets fall in {min(years)}-{max(years)}, outside the coverage {span[0]}-{span[1]}; "
                "widen coverage=(first, last) or leave it out"
            )
        guess = (
            f" Coverage {span[0]}-{span[1]}, from the first onset to the last: quiet years around them are not counted."
        )
        return cls(
            table, who, definition, span, note=f"Built from {source}.{wanted}{guess if coverage is None else ''}"
        )

    # -- reading --------------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.frame)

    def __iter__(self) -> Iterator[pd.Series]:
        """Give each event as a row, named by its id."""
        return (self[k] for k in range(len(self)))

    def __contains__(self, event: object) -> bool:
        return event in self.ids

    @overload
    def __getitem__(self, key: str | int) -> pd.Series: ...
    @overload
    def __getitem__(self, key: slice | Iterable[Any]) -> EventList: ...
    def __getitem__(self, key: Any) -> pd.Series | EventList:
        """One event as a row, by id or number; a list of those that a slice, a mask, or several ids or numbers name.

        Examples
        --------
        >>> import interventions_stats as ist
        >>> events = ist.load_events()
        >>> events["R09"]["target_iso3"], len(events[:5]), len(events[events.frame["activity"] == "combat"]), "R09" in events
        ('TJK', 5, 7, True)
        """
        where = f"the list {self.definition!r}"
        place = place_of(key, self.ids, where)
        if place is not None:
            return self.frame.iloc[place].rename(self.ids[place])
        places = places_of(key, self.ids, where)
        return self._with(self.frame.iloc[places], f"kept {len(places)} of {len(self)} events by their place or id")

    def __add__(self, other: EventList) -> EventList:
        """Join two lists of one actor under one date rule, whose years meet or overlap.

        Examples
        --------
        >>> import interventions_stats as ist
        >>> soviet, russian = ist.load_events("mid", actor="RUS", since=1946, until=1991), ist.load_events("mid", actor="RUS")
        >>> len(soviet), len(russian), (soviet + russian).coverage
        (48, 24, (1946, 2014))
        """
        import pandas as pd

        if not isinstance(other, EventList):
            return NotImplemented
        if not self.actor.same(other.actor) or self.actor.own_leaders != other.actor.own_leaders:
            raise InputError(
                f"a list is of one actor, and these are of {self.actor.name} and {other.actor.name}, or led differently"
            )
        if self.date_rule != other.date_rule:
            raise InputError(
                "the lists time onsets by different dates; use by_decision_date() or by_deployment_date() on one"
            )
        aside = [e.set_aside for e in (self, other) if e.set_aside is not None]
        return replace(
            self,
            frame=joined_frames(self.frame, other.frame),
            definition="+".join(dict.fromkeys((self.definition, other.definition))),
            coverage=joined_coverage(self.coverage, other.coverage),
            note=" ".join(dict.fromkeys(filter(None, (self.note, other.note)))),
            edits=(*self.edits, *other.edits, f"joined {len(self)} and {len(other)} events"),
            tables=tuple(dict.fromkeys((*self.tables, *other.tables))),
            set_aside=pd.concat(aside, ignore_index=True) if aside else None,
        )

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self.frame["event_id"])

    @property
    def timing(self) -> pd.DataFrame:
        """Onset and end of each event under the date rule: ``event_id, first, last, precision, end``.

        ``first`` and ``last`` bound the onset; ``end`` is missing while an event is still running or its end unknown.
        """
        return copied(self._timing)

    @cached_property
    def _timing(self) -> pd.DataFrame:
        import pandas as pd

        rows = []
        for row in self.frame[list(DATED)].to_dict("records"):
            onset = onset_of(row, self.date_rule)
            end = parse_date(row["end"], row["end_precision"])
            rows.append((row["event_id"], onset.first, onset.last, onset.precision, end.last))
        frame = pd.DataFrame(rows, columns=["event_id", "first", "last", "precision", "end"])
        return frame.assign(**{c: frame[c].astype("datetime64[us]") for c in ("first", "last", "end")})

    @property
    def targets(self) -> dict[str, tuple[int, ...]]:
        """COW codes of each event's targets (an event may have several, or none for operations at sea)."""
        return dict(self._targets)

    @cached_property
    def _targets(self) -> dict[str, tuple[int, ...]]:
        return {i: codes(t) for i, t in zip(self.frame["event_id"], self.frame["target_cow"], strict=True)}

    @property
    def uncovered(self) -> tuple[str, ...]:
        """Events whose onset lies outside the coverage: panels of the list's own years have no row for them."""
        first, last = self.timing["first"].dt.year, self.timing["last"].dt.year
        out = (last < self.coverage[0]) | (first > self.coverage[1])
        return tuple(self.timing.loc[out, "event_id"])

    def warn_uncovered(self, ids: Iterable[str] | None = None) -> None:
        """Warn of events outside the coverage (default: all of them), and say how to extend it."""
        lost = [i for i in self.uncovered if ids is None or i in set(ids)]
        if lost:
            years = self.timing.loc[self.timing["event_id"].isin(lost), ["first", "last"]]
            lo, hi = min(self.coverage[0], years["first"].min().year), max(self.coverage[1], years["last"].max().year)
            warnings.warn(
                f"{_named(lost)} lie{'' if len(lost) > 1 else 's'} outside the coverage {self.coverage[0]}-{self.coverage[1]} of the "
                f"list {self.definition!r} and {'are' if len(lost) > 1 else 'is'} not counted; if it records these years, extend it "
                f"with events.with_coverage({lo}, {hi})",
                DataWarning,
                stacklevel=4,
            )

    def digest(self) -> str:
        """Return a sha256 of the list's content and date rule, independent of row order."""
        rows = self.frame.sort_values("event_id")[list(COLUMNS)]
        content = rows.to_csv(index=False, lineterminator="\n") + self.date_rule + str(self.actor.ccode)
        return hashlib.sha256(content.encode()).hexdigest()

    def led_as(self, who: Actor) -> EventList:
        """Return the list with the leaders that an actor was given; of another state, or led otherwise already, refuse."""
        if not who.same(self.actor):
            raise InputError(f"the event list is of {self.actor.name}, the actor asked for is {who.name}")
        if not who.own_leaders or who.own_leaders == self.actor.own_leaders:
            return self
        if self.actor.own_leaders:
            raise InputError(
                f"the event list and actor= both bring leaders of {who.name}, and they differ; give them in one place"
            )
        return replace(self, actor=who)

    # -- editing: each returns a new list -------------------------------------------------------------------------
    def drop(self, *ids: str | Sequence[str]) -> EventList:
        """Leave events out, given one by one or as a list."""
        named = [i for given in ids for i in check_texts("event ids", given)]
        self._require(named)
        if not named:
            return self
        keep = ~self.frame["event_id"].isin(named)
        out = self._with(self.frame[keep], f"dropped {', '.join(named)}")
        if "_timing" in self.__dict__:  # the dates of the others need no second reading
            out.__dict__["_timing"] = self._timing[keep.to_numpy()].reset_index(drop=True)
        if "_targets" in self.__dict__:
            out.__dict__["_targets"] = {i: self._targets[i] for i in out.ids}
        return out

    def add(self, **values: Any) -> EventList:
        """Add one event: ``start`` is required, any other canonical column may be given.

        Examples
        --------
        >>> import interventions_stats as ist
        >>> events = ist.load_events("reconstructed").add(event_id="X1", start="2020-11-10", target_iso3="AZE")
        >>> len(events)
        26
        """
        import pandas as pd

        values.setdefault("event_id", f"added-{len(self) + 1}")
        row = self._row(values, "add()")
        event = row["event_id"].iloc[0]
        if event in self.ids:
            raise InputError(f"event {event!r} is already in the list; choose another event_id")
        return self._with(pd.concat([self.frame, row], ignore_index=True), f"added {event}")

    def recode(self, event_id: str, **values: Any) -> EventList:
        """Change coded values of one event, for example ``recode("R09", activity="stabilisation")``.

        A new date brings its own precision and a new target its own codes, unless they are given too.
        """
        self._require([event_id])
        if "event_id" in values:
            raise unknown_name("column", "event_id", COLUMNS[1:], where="recode")
        place = self.ids.index(event_id)
        before = self.frame.iloc[place].to_dict()
        for column in ("start", "end", "decision"):
            if column in values:
                before.pop(f"{column}_precision")
        if {"target", "target_cow", "target_iso3"} & set(values):
            before = {k: v for k, v in before.items() if k not in ("target_cow", "target_iso3")}
        frame = self.frame.copy()
        row = self._row(before | values, f"event {event_id!r}").iloc[0]
        for column in COLUMNS:
            frame.iloc[place, frame.columns.get_loc(column)] = row[column]
        said = ", ".join(f"{k}={v}" for k, v in values.items())
        return self._with(frame, f"recoded {event_id}: {said}")

    def _row(self, values: dict[str, Any], source: str) -> pd.DataFrame:
        """Read the values of one event as those of a file are read."""
        import pandas as pd

        for column, value in values.items():
            if column not in COLUMNS and column != "target":
                raise unknown_name("column", column, [*COLUMNS, "target"], where=source)
            if not is_cell(value):
                raise InputError(f"{source}: {column} is one value, not {shown(value)}")
        if not filled(values.get("start")):
            raise InputError(f"{source} needs start=, the day of the onset")
        if filled(values.get("target")) and filled(values.get("target_cow")):
            raise InputError(f"{source}: give target= or target_cow=, which are the same")
        if "target" not in values:
            named = next((k for k in ("target_cow", "target_iso3") if filled(values.get(k))), "target")
            values = values | {"target": values.get(named)}
        columns = {
            c: c
            for c in values
            if c not in ("target_cow", *(() if filled(values.get("target_cow")) else ("target_iso3",)))
        }
        raw = pd.DataFrame({k: pd.Series([v], dtype=object) for k, v in values.items()})
        return canonical(raw, self.actor, columns, source=source)

    def merge(self, ids: Sequence[str]) -> EventList:
        """Count several events as one: the earliest onset, the latest end, the activity with most person-years."""
        import pandas as pd

        ids = list(dict.fromkeys(check_texts("event ids", ids)))
        if len(ids) < 2:
            raise InputError("merge needs at least two event ids")
        self._require(ids)
        part = self.frame[self.frame["event_id"].isin(ids)]
        merged = merged_row(part)
        rest = self.frame[~self.frame["event_id"].isin(ids)]
        return self._with(pd.concat([rest, merged], ignore_index=True), f"merged {'+'.join(ids)}")

    def split(self, event_id: str, at: str | Sequence[str], activities: Sequence[str] | None = None) -> EventList:
        """Count one event as several: the first part keeps its dates, another begins at each date of ``at``.

        Parameters
        ----------
        event_id : str
        at : str or sequence of str
            Dates in order; a part ends where the next begins, unless both begin on the same day (two places).
        activities : sequence of str, optional
            One for each part, the first included.
        """
        import pandas as pd

        self._require([event_id])
        cuts = check_texts("at", at)
        activities = (
            None
            if activities is None
            else [check_option("activity", a, ACTIVITIES) for a in check_texts("activities", activities)]
        )
        if missing := [c for c in cuts if parse_date(c).first is None]:
            raise InputError(f"{missing[0]!r} is no date at which to split {event_id!r}")
        if not cuts or (activities is not None and len(activities) != len(cuts) + 1):
            raise InputError(
                f"split {event_id!r} needs at least one date, and an activity for each of the parts or none"
            )
        whole = self.frame[self.frame["event_id"] == event_id]
        parts = []
        for k in range(len(cuts) + 1):
            part = whole.copy()
            part["event_id"] = f"{event_id}{chr(ord('a') + k)}"
            if k:
                for column in ("start", "decision"):
                    part[column], part[f"{column}_precision"] = cuts[k - 1], parse_date(cuts[k - 1]).precision
            if k < len(cuts) and cuts[k] != part["start"].iloc[0]:  # a part that begins on the same day runs beside it
                part["end"], part["end_precision"] = cuts[k], parse_date(cuts[k]).precision
            if activities is not None:
                part["activity"] = activities[k]
            check_order(part)
            parts.append(part)
        rest = self.frame[self.frame["event_id"] != event_id]
        return self._with(pd.concat([rest, *parts], ignore_index=True), f"split {event_id} at {', '.join(cuts)}")

    def by_decision_date(self) -> EventList:
        """Time onsets by the decision (trigger) date, the deployment date where no decision is coded."""
        return replace(self, date_rule="decision")

    def by_deployment_date(self) -> EventList:
        """Time onsets by the day forces deployed."""
        return replace(self, date_rule="deployment")

    def only(self, **values: Any) -> EventList:
        """Keep the events whose columns have the given value (or one of several): ``only(activity="combat")``."""
        keep = self.frame["event_id"].notna()
        for column, value in values.items():
            if column not in self.frame.columns:
                raise unknown_name("column", column, list(self.frame.columns), where="only")
            wanted = [value] if is_cell(value) or not isinstance(value, Iterable) else list(value)
            if odd := [
                w for w in wanted if not is_cell(w) or (column == "activity" and filled(w) and w not in ACTIVITIES)
            ]:
                raise unknown_name(
                    column, shown(odd[0]).strip("'"), ACTIVITIES if column == "activity" else (), where="only"
                )
            keep &= self.frame[column].isin(wanted)
        return self._with(self.frame[keep], "only " + ", ".join(f"{k}={v}" for k, v in values.items()))

    def between(self, since: object = None, until: object = None) -> EventList:
        """Keep the events whose onset can only fall in ``[since, until]`` (years or dates)."""
        import pandas as pd

        lo = bound_of("since", since).first if since is not None else None
        hi = bound_of("until", until).last if until is not None else None
        if lo is not None and hi is not None and hi < lo:
            raise InputError(f"until={until} is before since={since}")
        keep = pd.Series(True, index=self.timing.index)
        if lo is not None:
            keep &= self.timing["first"] >= pd.Timestamp(lo)
        if hi is not None:
            keep &= self.timing["last"] <= pd.Timestamp(hi)
        span = (max(self.coverage[0], lo.year) if lo else self.coverage[0],
                min(self.coverage[1], hi.year) if hi else self.coverage[1])  # fmt: skip
        kept = self._with(self.frame[keep.to_numpy()], f"onset between {since or 'the start'} and {until or 'the end'}")
        return replace(kept, coverage=span)

    def collapse(self, *, quiet_years: float | None = None) -> EventList:
        """Count each conflict system once; ``quiet_years`` reopens one after that many years without an onset.

        The label ``none`` and a missing label count each event alone.
        """
        if quiet_years is not None and (
            isinstance(quiet_years, bool) or not isinstance(quiet_years, int | float) or not quiet_years >= 0
        ):
            raise InputError(f"quiet_years is a number from 0 on, or None, not {shown(quiet_years)}")
        what = "one event a conflict system" + (f", reopened after {quiet_years} quiet years" if quiet_years else "")
        return self._with(collapse_systems(self.frame, self.timing, quiet_years), f"collapsed: {what}")

    def with_coverage(self, first: int, last: int) -> EventList:
        """Say in which years the list would record an event: years without one inside them are peace.

        Examples
        --------
        >>> import interventions_stats as ist
        >>> longer = ist.load_events().add(event_id="X1", start="2022-02-24", target="UKR").with_coverage(1992, 2022)
        >>> longer.coverage, longer.uncovered
        ((1992, 2022), ())
        """
        span = years_of((first, last))
        return replace(self, coverage=span, edits=(*self.edits, f"coverage {span[0]}-{span[1]}"))

    def with_definition(self, definition: str, note: str | None = None) -> EventList:
        """Rename the definition and forget the edits that led to it."""
        check_text("definition", definition), check_text("note", "" if note is None else note, blank=True)
        return replace(self, definition=definition, note=self.note if note is None else note, edits=())

    # -- output ---------------------------------------------------------------------------------------------------
    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the canonical frame."""
        return self.frame.copy()

    def to_csv(self, path: Any) -> None:
        """Write the list as CSV, whole or not at all; spreadsheet formulas in cells are neutralised."""
        from interventions_stats.display.files import write_csv

        if not isinstance(path, str | os.PathLike):
            raise InputError(f"a path is text or a Path, not {shown(path)}")
        try:
            write_csv(self.frame, path)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path, or text that UTF-8 cannot write
            raise InputError(
                f"{path!s}: the list cannot be written ({getattr(error, 'strerror', None) or error})"
            ) from None

    def __repr__(self) -> str:
        years = self.timing["first"].dt.year
        span = f", {years.min():.0f}-{years.max():.0f}" if len(self) and years.notna().any() else ""
        edits = "".join(f"\n  edit: {e}" for e in self.edits)
        note = "\n" + wrap(f"  {self.note}", WIDTH) if self.note else ""
        head = f"EventList {self.definition!r}: {len(self)} interventions by {self.actor.name}{span}"
        lost = (
            f"\n  outside the coverage {self.coverage[0]}-{self.coverage[1]}: {_named(self.uncovered)}"
            if self.uncovered
            else ""
        )
        return f"{head}; onsets by {self.date_rule} date{note}{edits}{lost}"

    def _repr_html_(self) -> str:
        import html

        from interventions_stats.display.text import frame_html

        shown = self.frame[["event_id", "name", "start", "decision", "end", "target_iso3", "activity", "confidence"]]
        return f"<p>{html.escape(repr(self))}</p>{frame_html(shown)}"

    # -- internals ------------------------------------------------------------------------------------------------
    def _with(self, frame: pd.DataFrame, edit: str) -> EventList:
        return replace(self, frame=frame.reset_index(drop=True), edits=(*self.edits, edit))

    def _require(self, ids: Iterable[str]) -> None:
        for i in ids:
            if not isinstance(i, str):
                raise InputError(f"an event is named by its id, a text, not {shown(i)}")
            if i not in self.ids:
                raise unknown_name("event", i, self.ids, where=f"the list {self.definition!r}")


EventList.frame = HandedOut("frame")  # type: ignore[assignment]
EventList.set_aside = HandedOut("set_aside")  # type: ignore[assignment]


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    return f"{', '.join(ids[:5])}{more}"


def check_events(events: object, where: str) -> None:
    """Refuse what is no event list, and say how to make one."""
    if not isinstance(events, EventList):
        raise InputError(
            f"{where} takes an EventList, not {type(events).__name__}; make one with load_events(), read_events() or "
            "EventList.from_frame()"
        )
