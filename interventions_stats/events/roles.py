"""The columns of an event list in a user's table: which are read, and which are passed over with a word."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence

from interventions_stats.engine.intake.scalars import shown
from interventions_stats.errors import DataWarning, InputError, unknown_name
from interventions_stats.events.by_actor import says_who
from interventions_stats.events.columns import key, match_columns
from interventions_stats.events.problems import Problem, refuse

# Names under which a column is found, in order of precedence; case, blanks and underscores do not matter.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "start": ("start", "start_date", "onset", "date"),
    "end": ("end", "end_date"),
    "target": ("target", "target_cow", "target_iso3", "iso3", "country"),
    "activity": ("activity", "type"),
    "decision": ("decision", "decision_date"),
    "event_id": ("event_id", "id"),
    "name": ("name",),
    "confidence": ("confidence",),
    "conflict_system": ("conflict_system",),
}
# Taken over under their own name where the table has them.
OWN = ("start_precision", "end_precision", "decision_precision", "region", "authority", "side_supported", "frame",
       "new_force", "person_years")  # fmt: skip
# What other producers call our columns, or the parts of one.
_ALIKE = {
    "start_precision": re.compile(r"prec(ision)?\d?$"),
    "start": re.compile(r"^(st(art)?(date\d|day|mon(th)?|yr|year)|(yr|mo|da)trig)$"),
    "end": re.compile(r"^(ep)?end(day|mon|month|yr|year|date|ed|ing)?$|^(yr|mo|da)term$|^termination|^until$|^finish|^stop"),
    "target": re.compile(r"^((gwno|side|state|country|ccode|cow|iso3?)(b|b2nd|2|loc)(code|name)?|location|opponent|oponame|"
                         r"(host|tgt|target|victim)(state|country|nation)?)$"),
    "decision": re.compile(r"^(trigger|decided|decisionday)"),
    "confidence": re.compile(r"^(certain|probab|likelihood)"),
}  # fmt: skip


def find_columns(
    header: Sequence[str],
    given: Mapping[str, str | None],
    source: str,
    problems: list[Problem],
    passed: str | None = None,
) -> dict[str, str]:
    """Return the column of each role: as the caller says, else by its name.

    ``passed`` is a column that no role may take. What is wrong with the header is added to ``problems``: the start without a
    column, or a name that is nearly one of ours.

    Raises
    ------
    UnknownNameError
        A column that the caller names and the table has not.
    """
    names = [str(c) for c in header]
    said = {role: str(column_name(role, name)) for role, name in given.items() if name is not None}
    for role, name in said.items():
        if name not in names:
            raise unknown_name("column", name, names, where=f"{source} (for {role})")
    taken = {*said.values(), passed}
    rest = {role: words for role, words in SYNONYMS.items() if role not in said}
    foreign = {n for n in names if alike(n) or says_who(n)}  # another producer's name is no slip of the pen
    found = match_columns([n for n in names if n not in taken | foreign], rest, (), source, problems)
    if "start" not in said and "start" not in found:
        words = ", ".join(SYNONYMS["start"])
        there = ", ".join(repr(name) for name in names if name)
        problems.append(Problem(0, "start", f"the column is missing; call it one of {words}. It has {there}."))
    _refuse_twice(names, found | said, source)
    _note_rivals(names, found, source)
    used = found | said
    own = {key(name): name for name in OWN}
    used |= {own[key(n)]: n for n in names if key(n) in own and n not in taken | set(used.values())}
    codes = next((n for n in names if key(n) == "targetiso3"), None)
    if codes is not None and key(used.get("target", "")) == "targetcow":  # numbers and codes of the same states
        used["target_iso3"] = codes
    return used


def column_name(role: str, name: object) -> str | int:
    """Return the name of a column; a frame may number its columns."""
    if isinstance(name, str | int) and not isinstance(name, bool):
        return name
    raise InputError(f"{role}= names a column, not {shown(name)}")


def _refuse_twice(names: list[str], used: Mapping[str, str], source: str) -> None:
    twice = [Problem(0, n, f"two columns are called {n!r}; rename one") for n in used.values() if names.count(n) > 1]
    refuse(twice[:1], source)


def _note_rivals(names: list[str], found: Mapping[str, str], source: str) -> None:
    """Say which column was passed over where two could be the one wanted."""
    for role, used in found.items():
        words = {key(w) for w in SYNONYMS[role]}
        others = [name for name in names if key(name) in words and name != used]
        if others and not (role == "target" and key(used) == "targetcow"):  # numbers and codes of the same states
            _warn(f"{source}: {role} is read from column {used!r}; {', '.join(map(repr, others))} is not used")


def note_unused(names: Sequence[str], used: Mapping[str, str], source: str) -> None:
    """Name the columns that resemble one of ours under another producer's name and were not used."""
    passed = []
    for name in (n for n in map(str, names) if n not in used.values()):
        role = alike(name)
        if role is not None and (role not in used or role in ("start", "start_precision")):
            passed.append(f"{name!r} (like {role})")
    if passed:
        _warn(f"{source}: not used: {', '.join(passed)}; rename a column to the name in brackets to have it read")


def alike(name: str) -> str | None:
    """The role that a column has under another producer's name, None for one of our own or any other."""
    ours = {key(w) for words in SYNONYMS.values() for w in words} | {key(w) for w in OWN}
    if key(name) in ours:
        return None
    return next((role for role, pattern in _ALIKE.items() if pattern.search(key(name))), None)


def _warn(text: str) -> None:
    warnings.warn(text, DataWarning, stacklevel=5)
