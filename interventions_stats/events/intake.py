"""From a user's table, file or frame, to the canonical frame of one actor's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from interventions_stats.engine.intake.scalars import check_option
from interventions_stats.events.actors import Actor
from interventions_stats.events.by_actor import check_one_actor, rows_of
from interventions_stats.events.dates import Order
from interventions_stats.events.dispute_filters import taken_over
from interventions_stats.events.problems import Problem, refuse
from interventions_stats.events.roles import alike, column_name, find_columns, note_unused
from interventions_stats.events.validate import canonical

if TYPE_CHECKING:
    import pandas as pd


def taken_in(
    frame: pd.DataFrame,
    who: Actor,
    given: Mapping[str, str | None],
    *,
    source: str,
    actor_column: str | None = None,
    order: Order | None = None,
    rows: Sequence[int] | None = None,
    problems: list[Problem] | None = None,
) -> tuple[pd.DataFrame, str]:
    """Return the canonical frame and a sentence on the rows that were left to other actors ("" where none was).

    Parameters
    ----------
    frame : DataFrame
    who : Actor
    given : mapping
        Role to column, where the caller names it; the others are found by their names.
    source : str
        What the table is called in messages.
    actor_column : str, optional
        Keep the rows in which this column names the actor.
    rows : sequence of int, optional
        Number of each row in its file.
    problems : list, optional
        What is wrong with the file already.
    """
    problems, wanted = problems if problems is not None else [], ""
    actor_column = None if actor_column is None else str(column_name("actor_column", actor_column))
    if order is not None:
        check_option("date order", order, ("dmy", "mdy"))
    numbers = list(rows) if rows is not None else list(range(1, len(frame) + 1))
    frame = frame.set_axis([str(c) for c in frame.columns], axis=1)
    used = find_columns(list(frame.columns), given, source, problems, actor_column)
    if actor_column is not None:
        keep = rows_of(frame, who, actor_column, used.get("start"), source)
        wanted = f" {sum(keep):,} of {len(frame):,} rows, those of {who.name} in column {actor_column!r}."
        frame, numbers = frame[keep], [n for n, kept in zip(numbers, keep, strict=True) if kept]
    else:
        passed = {*used.values(), *(c for c in frame.columns if alike(c) == "target")}
        if others := check_one_actor(frame, who, passed, source):
            refuse([*problems, *others], source)  # what is wrong with the others' rows is not the caller's business
    note_unused([c for c in frame.columns if c != actor_column], used, source)
    table = canonical(frame, who, used, source=source, order=order, rows=numbers, problems=problems)
    return taken_over(table, frame), wanted
