"""Cells that name states: one, or several with a separator, in the numbers or names of the usual sources."""

from __future__ import annotations

import re
from typing import Any

from interventions_stats.engine.intake.scalars import shown
from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor, meant, registry, spelled_so
from interventions_stats.events.actors import actor as find_state
from interventions_stats.events.dates import Dated
from interventions_stats.events.numbering import Scheme, Span, in_cow

_SEPARATORS = re.compile(r"[;|/\n]")  # in no known name
_NUMBER = re.compile(r"\d+(\.0*)?")
_MOST_PARTS = 3  # commas in one name, and one more


def text_of(cell: Any) -> str:
    """Write a cell as text; a number that pandas made a float is whole again."""
    return str(cell).strip()


def states_in(cell: Any, on: Span | None = None, *, scheme: Scheme = "cow", suggesting: bool = True) -> list[Actor]:
    """Read the states that a cell names.

    Parts are separated by ``;``, ``|``, ``/`` or a line break, or by a comma where that leaves no doubt: a known name that holds commas comes before its
    parts, so that ``Taiwan, China`` is one state and ``Congo, Dem. Rep., Rwanda`` are two.

    Parameters
    ----------
    cell : str or number
        COW numbers, ISO3 codes, COW abbreviations or names.
    on : (date, date), optional
        Among states of one spelling take one that existed between these days.
    scheme : {"cow", "gw", "vdem"}
        Whose numbers a number is: COW's, Gleditsch and Ward's, V-Dem's.
    suggesting : bool, default True
        Name the likeliest state where one is unknown; it takes some milliseconds.

    Raises
    ------
    InputError
        A part that is no state, with the candidates; a cell that can be cut in several ways; a state named twice.

    Examples
    --------
    >>> [s.iso3 for s in states_in("Taiwan, China; Korea, Rep.")], [s.iso3 for s in states_in("SYR, IRQ")]
    (['TWN', 'KOR'], ['SYR', 'IRQ'])
    """
    found: list[Actor] = []
    for part in filter(None, map(str.strip, _SEPARATORS.split(text_of(cell)))):
        for name in _cut(part):
            state = _state(name, on, scheme, suggesting)
            if any(state.ccode == other.ccode for other in found):
                raise InputError(f"{state.name} is named twice in {text_of(cell)!r}; name it once")
            found.append(state)
    if not found:
        raise InputError(f"{text_of(cell)!r} names no state")
    return found


def _state(name: str, on: Span | None, scheme: Scheme, suggesting: bool) -> Actor:
    if scheme != "cow" and name[:1].isdigit():
        code = in_cow(int(float(name)), scheme, on) if _NUMBER.fullmatch(name) else None
        if code is not None:
            return registry()[code]
    elif spelled_so(name):
        # a plain spelling goes through the door that knows the USSR and warns of codes of two states
        return find_state(name, on=on) if not name[:1].isdigit() else registry()[spelled_so(name)[0]]
    raise InputError(f"unknown target {shown(name)}.{meant(name, on) if suggesting and len(name) < 100 else ''}")


def _cut(part: str) -> list[str]:
    """Cut a text at commas into known names, as few as can be."""
    if "," not in part or spelled_so(part):
        return [part]
    pieces = [p for piece in part.split(",") if (p := piece.strip())]
    ways = _shortest(pieces)
    if not ways:
        return _longest(pieces)
    if len(ways) > 1:
        shown = " or ".join(" + ".join(map(repr, way)) for way in ways)
        raise InputError(f"{part!r} can be read as {shown}; separate targets by ';'")
    return ways[0]


def _shortest(pieces: list[str]) -> list[list[str]]:
    """The ways to join neighbouring pieces into the fewest known names; two of them show that there are several."""
    best: list[list[list[str]]] = [[[]]]  # of the last 0, 1, 2, ... pieces
    for left in range(1, len(pieces) + 1):
        rest = pieces[len(pieces) - left :]
        ways = [
            [name, *way]
            for k in range(1, min(left, _MOST_PARTS) + 1)
            if best[left - k] and spelled_so(name := ", ".join(rest[:k]))
            for way in best[left - k]
        ]
        least = min(map(len, ways), default=0)
        best.append([way for way in ways if len(way) == least][:2])
    return best[-1]


def _longest(pieces: list[str]) -> list[str]:
    """The pieces, known names joined, where some are unknown: an error is about these alone."""
    out: list[str] = []
    while pieces:
        k = next((k for k in range(min(len(pieces), _MOST_PARTS), 1, -1) if spelled_so(", ".join(pieces[:k]))), 1)
        out.append(", ".join(pieces[:k]))
        pieces = pieces[k:]
    return out


def lasted(start: Dated, end: Dated) -> Span | None:
    """The days of an event, None without a start; a target may become a state while it goes on."""
    if start.first is None or start.last is None:
        return None
    return start.first, max(start.last, end.last) if end.last is not None else start.last
