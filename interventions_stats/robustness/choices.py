"""The dimensions of a multiverse: what could defensibly have been chosen otherwise, and what is left out with which reason."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from interventions_stats.drivers.proposition import Choice, Proposition
from interventions_stats.errors import InputError
from interventions_stats.events.dates import parse_date
from interventions_stats.events.schema import filled
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.known_kinds import kind_of

if TYPE_CHECKING:
    from interventions_stats.events.event_list import EventList

LIST, MONTHS = "list", "onset_months"  # choices about the events; all others are fields of the proposition
_TWO_DATES = "the list codes one date an event, so decision and deployment are the same specification"
_NO_MONTHS = "months of onset and lags in months have no meaning in a panel of years"
_MEDVEDEV = Choice("leaders", (None, "medvedev"), False, "who led Russia in 2008-12 is contested")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A combination that is not a specification of its own: every pair (choice, option) of ``when`` holds, and why."""

    when: tuple[tuple[str, Any], ...]
    reason: str

    def covers(self, options: dict[str, Any]) -> bool:
        return all(name in options and options[name] == value for name, value in self.when)


def dimensions(prop: Proposition, lists: tuple[str, ...], *, extended: bool, russian: bool) -> tuple[Choice, ...]:
    """Every dimension of the multiverse, the registered option first.

    Parameters
    ----------
    lists : tuple of str
        Event lists, the primary one first.
    extended : bool
        Add dimensions that were not registered with the proposition: the form of the outcome, the month of onset, the
        leader coding, the start of the sample and the confounders, each labelled.  They never decide a verdict.
    russian : bool
        Whether the actor is Russia, for whom a second leader coding is registered.
    """
    registered = [*prop.choices]
    if len(lists) > 1:
        registered.append(Choice(LIST, lists, True, "what counts as an intervention is a definition"))
    if not extended:
        return tuple(registered)
    taken = {c.field for c in registered}
    return tuple(registered + [c for c in _unregistered(prop, russian) if c.field not in taken])


def _unregistered(prop: Proposition, russian: bool) -> list[Choice]:
    kind = kind_of(prop)
    out = [Choice(name, options, False, why) for name, options, why in kind.unregistered_choices(prop)]
    if prop.unit == "actor-month":
        out.append(Choice(MONTHS, (0, -1, 1), False, "the recorded onset may miss the decision by a month"))
        out.append(
            Choice("unit", ("actor-month", "actor-year"), False, "an onset counts within a month or within a year")
        )
    if russian and prop.strata == "leader" and kind.takes_series and "leaders" in kind.reads:
        out.append(_MEDVEDEV)
    if prop.controls:
        out.append(Choice("controls", (prop.controls, ()), True, "with and without the confounder"))
    if prop.start is None and kind.takes_series and "start" in kind.reads:
        out.append(Choice("start", (None, "1993"), False, "seven of 25 onsets fall in 1992"))
    return out


def exclusions(prop: Proposition, dims: tuple[Choice, ...], lists: dict[str, EventList]) -> tuple[Exclusion, ...]:
    """Combinations that would count one specification twice."""
    options = {c.field: c.options for c in dims}
    out = []
    if "date_rule" in options and LIST in options:
        one = [n for n, events in lists.items() if not events.frame["decision"].notna().any()]
        out += [Exclusion(((LIST, n), ("date_rule", "deployment")), _TWO_DATES) for n in one]
    if "actor-year" in options.get("unit", ())[1:]:
        year = ("unit", "actor-year")
        out += [Exclusion((year, (f, v)), _NO_MONTHS) for f in (MONTHS, "lag") for v in options.get(f, ())[1:]]
        spans = [v for v in options.get("exposure", (prop.exposure,)) if parse_term(v).window]
        out += [Exclusion((year, ("exposure", v)), f"in a panel of years {v} spans years, not months") for v in spans]
    return tuple(out)


def combinations(
    dims: tuple[Choice, ...], left_out: tuple[Exclusion, ...]
) -> tuple[list[dict[str, Any]], list[tuple[dict[str, Any], str]]]:
    """Every combination of options, the registered one first, and apart from them those left out with the reason."""
    names = [c.field for c in dims]
    if len(set(names)) < len(names):
        raise InputError(
            f"a choice is declared twice among {', '.join(names)}; give each once, and change a registered one with "
            "proposition.with_(choices=...)"
        )
    kept: list[dict[str, Any]] = []
    gone: list[tuple[dict[str, Any], str]] = []
    for values in product(*(c.options for c in dims)):
        options = dict(zip(names, values, strict=True))
        reason = next((x.reason for x in left_out if x.covers(options)), None)
        if reason is None:
            kept.append(options)
        else:
            gone.append((options, reason))
    return kept, gone


def moved(events: EventList, months: int) -> EventList:
    """Shift every onset by some months, to the same day or the month's last; the record of edits says so.

    Examples
    --------
    >>> from interventions_stats.events.definitions import load_events
    >>> moved(load_events(), -1).frame.set_index("event_id").loc["R25", "decision"]
    '2015-07-26'
    """
    if months == 0:
        return events
    from dataclasses import replace

    import pandas as pd

    frame = events.frame.copy()
    step = pd.DateOffset(months=months)
    for column in ("start", "decision"):
        cells = zip(frame[column], frame[f"{column}_precision"], strict=True)
        frame[column] = pd.Series([_stepped(v, p, step) for v, p in cells], index=frame.index, dtype=object)
    return replace(events, frame=frame, edits=(*events.edits, f"onsets moved by {months:+d} months"))


def _stepped(value: Any, precision: Any, step: Any) -> Any:
    """Date text moved by a step and cut to its precision; a year, or no date, stays as it is."""
    import pandas as pd

    date = parse_date(value, precision if filled(precision) else None)
    if date.first is None or date.precision not in ("day", "month"):
        return value
    text = (pd.Timestamp(date.first) + step).strftime("%Y-%m-%d")
    return text if date.precision == "day" else text[:7]


def text_of(value: Any) -> str:
    """An option in words: controls by name, nothing as ``-``."""
    if isinstance(value, tuple):
        return "+".join(str(getattr(v, "name", v)) for v in value) or "none"
    return "-" if value is None else str(value)
