"""Which column of a user's table holds what: one matcher for files and frames."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from interventions_stats.events.problems import Problem, refuse


def key(name: object) -> str:
    """Letters and digits of a column name, lower case: ``Start Date``, ``start_date`` and ``StartDate`` are one.

    >>> key("Start Date"), key("start_date")
    ('startdate', 'startdate')
    """
    return re.sub(r"[\W_]+", "", str(name).casefold())


def match_columns(
    header: Sequence[str],
    synonyms: dict[str, tuple[str, ...]],
    required: tuple[str, ...],
    source: str,
    problems: list[Problem] | None = None,
) -> dict[str, str]:
    """Find the column of each role by its synonyms, in their order of precedence.

    With ``problems`` what is wrong is added there instead of raised, and a misspelt column stands for what it is nearest
    to, so that its cells can be looked at too.

    Returns
    -------
    dict
        Role to column name, for the roles that have a column.

    Raises
    ------
    InputError
        A required role without a column, or a column whose name is nearly a synonym of a role that has none: the
        message names the column and the nearest valid name.
    """
    there = {key(name): name for name in reversed(header)}
    found = {}
    for role, words in synonyms.items():
        column = next((there[key(w)] for w in words if key(w) in there), None)
        if column is not None:
            found[role] = column
    known = {key(w) for words in synonyms.values() for w in words}
    spare = {w: role for role, words in synonyms.items() if role not in found for w in words}
    nearly: list[Problem] = []
    meant: dict[str, str] = {}
    for name in header:
        near = difflib.get_close_matches(name.casefold(), spare, 1, 0.8) if name and key(name) not in known else []
        if near:
            meant.setdefault(spare[near[0]], name)
            what = f"unknown column. Did you mean {near[0]!r}? Rename it so, or to something less alike."
            nearly.append(Problem(0, name, what))
    for role in required:
        if role not in found and role not in meant:
            columns = ", ".join(repr(name) for name in header if name)
            names = ", ".join(synonyms[role])
            nearly.append(Problem(0, role, f"the column is missing; call it one of {names}. The file has {columns}."))
    if problems is None:
        refuse(nearly, source)
        return found
    problems += nearly
    return meant | found
