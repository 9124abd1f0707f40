"""Whose events the rows of a table are: a table of several actors is filtered or refused, never read as one actor's."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from interventions_stats.errors import DataWarning, InputError, unknown_name
from interventions_stats.events.actors import Actor, registry, spelled_so
from interventions_stats.events.columns import key
from interventions_stats.events.numbering import Scheme, in_cow, numbering
from interventions_stats.events.problems import Problem
from interventions_stats.events.schema import filled

if TYPE_CHECKING:
    import pandas as pd

# Column names that say who acted; and names of any state's column, which may be the actors' or the targets'.
_ACTS = re.compile(
    r"^(actor(name|ccode|cow|iso3|state|country)?s?|intervene?o?rs?\d?|interven(ing(state|country)?|tionist)|initiators?|"
    r"attackers?|aggressors?|senders?|supporters?|extname|sidea(2nd)?|statea|countrya|ccode(1|a)|stateabb1|cow(1|a)|gwnoa(2nd)?|"
    r"cracid|belligerents?|perpetrators?|interveningpower)$"
)
_STATES = re.compile(
    r"^(ccode|cow(code)?|cowccode|gwno|gwcode|stateabb|stabb|state(name)?|countryname|nation|iso3c|cname|countrycode)$"
)
_PRODUCERS_OWN = re.compile(r"^((actor|side[ab]|dyad|conflict|ext|oppo)(new)?id|id)$")
_YEAR = re.compile(r"\d{4}")
_LISTS = re.compile(r"[;|/\n]|,\s*(?=Government of )|,\s*(?=\d)")  # the separators of several actors in one cell
_LEFT_OUT = {
    "nobody": "rows that name no state in column {column!r}",
    "no state": "rows of {who} from years in which it was no state",
}
_MOST = 5  # examples in a message
_MOST_SPELLINGS = 500  # a column with more different texts is no column of states


def rows_of(frame: pd.DataFrame, who: Actor, column: str, start: str | None, source: str) -> list[bool]:
    """Say which rows are an actor's, by a column of COW or Gleditsch-Ward numbers, codes or names.

    A row of several actors (``"2, 200"``, ``"Government of Australia, Government of United Kingdom"``) is each one's.

    Raises
    ------
    UnknownNameError
        No such column.
    InputError
        A column of a producer's own ids; no row of the actor.
    """
    names = [str(c) for c in frame.columns]
    if column not in names:
        raise unknown_name("column", column, names, where=f"{source} (for actor_column)")
    if _PRODUCERS_OWN.match(key(column)):
        raise InputError(
            f"{source}: column {column!r} holds the producer's own ids, which are no state's number; give the column of names"
        )
    cells = [str(c).strip() if filled(c) else "" for c in frame.iloc[:, names.index(column)].tolist()]
    years = _years(frame.iloc[:, names.index(start)].tolist() if start in names else [None] * len(cells))
    places = list(zip(cells, years, strict=True))
    scheme = numbering(column)
    found = {place: _whose(*place, who, scheme) for place in dict.fromkeys(places)}
    keep = [found[place] == "actor" for place in places]
    if not any(keep):
        raise InputError(f"{source}: no row has {who.name} in column {column!r}; it holds {_commonest(cells)}")
    for kind, what in _LEFT_OUT.items():
        left = [text if kind == "nobody" else str(year) for text, year in places if found[text, year] == kind]
        if left:
            what = what.format(column=column, who=who.name)
            warnings.warn(f"{source}: left out: {what}: {_commonest(left)}", DataWarning, stacklevel=4)
    return keep


def _whose(text: str, year: int | None, who: Actor, scheme: Scheme) -> str:
    """Whose a row is: the actor's, another's, nobody's that is a state, or the actor's before or after it was one."""
    if not text:
        return "other"
    found = [c for part in _LISTS.split(text) for c in _codes(part.strip(), year, scheme)]
    if who.ccode not in found:
        return "other" if found else "nobody"
    return "actor" if year is None or who.existed(f"{year}-01-01", f"{year}-12-31") else "no state"


def _codes(text: str, year: int | None, scheme: Scheme) -> tuple[int, ...]:
    """COW numbers of the states that a text stands for in a year, whichever there are of one spelling."""
    if not text:
        return ()
    if scheme != "cow" and text[0].isdigit():
        if not re.fullmatch(r"\d+(\.0*)?", text):
            return ()
        span = None if year is None else (date(year, 12, 31), date(year, 12, 31))
        code = in_cow(int(float(text)), scheme, span)
        return () if code is None else (code,)
    codes = spelled_so(text)
    there = [c for c in codes if year is not None and registry()[c].existed(f"{year}-01-01", f"{year}-12-31")]
    return tuple(there[:1]) or codes[:1]


def _years(cells: Sequence[Any]) -> list[int | None]:
    found = [_YEAR.search(str(c)) for c in cells]
    return [int(m[0]) if m and 1800 <= int(m[0]) <= 2100 else None for m in found]


def says_who(name: str) -> bool:
    """Whether a column says who acted, by its name."""
    return bool(_ACTS.match(key(name)))


def check_one_actor(frame: pd.DataFrame, who: Actor, passed: Collection[str], source: str) -> list[Problem]:
    """Find the columns that say whose a row is, where they name others than the actor: each is a problem.

    ``passed`` are the columns that hold something else.
    """
    problems = []
    for i, name in enumerate(map(str, frame.columns)):
        if name in passed or not name:
            continue
        cells = [c for c in frame.iloc[:, i].tolist() if filled(c)]
        if not _names_others(list(dict.fromkeys(str(c).strip() for c in cells)), name, who):
            continue
        what = f"it names {_commonest(cells)}, and events of one actor are wanted; give actor_column={name!r} to keep"
        target = "" if says_who(name) else "; if these are the targets, call it 'target'"
        problems.append(Problem(0, name, f"{what} the rows of {who.name}{target}"))
    return problems


def _names_others(texts: list[str], name: str, who: Actor) -> bool:
    """Whether a column says whose the rows are, and names another state than the actor, or several."""
    acts, states = says_who(name), bool(_STATES.match(key(name)))
    written = [t for t in texts if t[0].isalpha()]
    if not texts or not (acts or states or (written and len(texts) <= _MOST_SPELLINGS)):
        return False
    scheme = numbering(name)
    scheme = "cow" if scheme == "unknown" else scheme  # not asked for, so nothing to refuse
    codes = [{c for p in _LISTS.split(t) for c in _codes(p.strip(), None, scheme)} for t in texts]
    known, ours = sum(map(bool, codes)), sum(who.ccode in c for c in codes)
    if acts and written:
        return ours < len(texts) and bool(known or len(written) > 1)
    if acts or states:  # numbers may be anything, and a state's column anyone's
        return 2 * known >= len(texts) and ours < len(texts) and (acts or len(texts) > 1)
    # whatever its name: a column of states, the actor among them, is not one of targets
    return 0 < ours < len(texts) and known >= 0.9 * len(texts)


def _commonest(cells: Sequence[Any]) -> str:
    counted = Counter(str(c).removesuffix(".0") for c in cells if filled(c)).most_common()
    shown = ", ".join(f"{text[:40]!r} ({times:,} row{'s' if times > 1 else ''})" for text, times in counted[:_MOST])
    return shown + (f" and {len(counted) - _MOST:,} others" if len(counted) > _MOST else "")
