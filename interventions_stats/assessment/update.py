"""``update``: the study's tests on a list, coverage and sample that go on to a later date, beside those of its own span."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from interventions_stats.assessment.assess import collect, judge
from interventions_stats.assessment.result import Result
from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import PROPOSITIONS, driver, is_driver, proposition
from interventions_stats.errors import InputError
from interventions_stats.events.dates import parse_date
from interventions_stats.events.definitions import after_the_study, load_events
from interventions_stats.events.event_list import EventList
from interventions_stats.panels.covariates import covariate
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.question import Question

if TYPE_CHECKING:
    import pandas as pd

CODED_TO = 2024  # last year for which cases after the study are coded
MONTHLY = "actor-month"


@dataclass(frozen=True, eq=False, repr=False)
class Update(ResultContract):
    """What moved when the study's list, coverage and samples were extended.

    Attributes
    ----------
    until : date
        Last day.
    before, after : dict of str to Result
        By proposition: on the study's span, and extended. Core verdicts, unadjusted.
    added : tuple of str
        Cases that came to the list.
    moved : DataFrame
        One row a proposition: ratio, bound, onsets, last period and verdict before and after, and ``why``.
    """

    until: date
    before: dict[str, Result]
    after: dict[str, Result]
    added: tuple[str, ...]
    moved: pd.DataFrame
    seed: int = 0

    def tidy(self) -> pd.DataFrame:
        """Two rows a proposition, broom's columns: the study's span and the extended one."""
        import pandas as pd

        parts = [r.tidy().assign(term=f"{i} {when}") for i in self.before
                 for when, r in (("study", self.before[i]), ("extended", self.after[i]))]  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row: cases added, propositions asked again, and how many verdicts changed."""
        import pandas as pd

        m = self.moved
        first = next(iter(self.after.values()))
        return pd.DataFrame([{
            "n": len(m), "n_events": len(self.added), "n_events_total": len(self.added), "n_dropped": 0,
            "estimator": "registered tests", "separated": "", "seed": self.seed,
            "data_version": first.versions.get("data", ""), "until": self.until.isoformat(), "added": len(self.added),
            "verdicts_changed": int((m["verdict_before"] != m["verdict_after"]).sum()),
        }])  # fmt: skip

    def summary(self) -> str:
        """The cases that came in, then every proposition with what moved and why."""
        from interventions_stats.display.text import frame_text, wrap

        heads = [
            "proposition",
            "ratio_before",
            "ratio_after",
            "bound_before",
            "bound_after",
            "onsets_before",
            "onsets_after",
        ]
        table = frame_text(self.moved[heads], 100)
        return "\n".join([self._heading(), table, *(wrap(n, 100) for n in self._notes())])

    def _heading(self) -> str:
        return f"The study's tests with the list, coverage and samples extended to {self.until.isoformat()}"

    def _notes(self) -> list[str]:
        came = f"Cases added: {', '.join(self.added)}. They lie beyond the study's own span and do not answer what it claimed."
        return [came, *(f"{row['proposition']}: {row['why']}" for row in self.moved.to_dict("records"))]


def update(
    until: str, propositions: str | Proposition | Sequence[str | Proposition] | None = None, *, seed: int = 0,
    quick: bool = False,
) -> Update:  # fmt: skip
    """Ask the registered tests again with the cases, years and months since the study.

    List, coverage and sample go on together: the coded cases after the study come in, years without one count as peace, and
    each sample ends at ``until`` or where its exposure does. Annual tests end with the last whole year.

    Parameters
    ----------
    until : str
        Month, day or year, after the end of the study's list (2020) and at the most the end of the coded cases (2024).
    propositions : str, Proposition or sequence, optional
        Ids or a driver's name; default: every registered one that is asked of the list.
    seed : int, default 0
    quick : bool, default False
        999 relabellings.

    Returns
    -------
    Update

    Raises
    ------
    InputError
        A date before the list's end or past the coded cases (the message says which table ends when), or a proposition
        that is not asked of the list.

    Examples
    --------
    >>> found = update("2024-08", "W1", quick=True)
    >>> found.added[:2], found.moved[["onsets_before", "onsets_after"]].values.tolist()
    (('P01', 'P02'), [[10, 17]])
    """
    import pandas as pd

    old = load_events("reconstructed")
    asked = _asked(propositions)
    last = _checked(until, old, asked)
    new = after_the_study(last.isoformat())
    before = {p.id: _result(p, old, seed, quick) for p in asked}
    after, rows = {}, []
    for prop in asked:
        longer, events, end = _extended(prop, old, new, last)
        after[prop.id] = _result(longer, events, seed, quick)
        rows.append(_row(before[prop.id], after[prop.id], end))
    added = tuple(i for i in new.ids if i not in old.ids)
    return Update(last, before, after, added, pd.DataFrame(rows), seed)


def _asked(names: Any) -> list[Proposition]:
    if names is None:
        chosen = [p for p in PROPOSITIONS.values() if _of_the_list(p)]
    else:
        given = [names] if isinstance(names, str | Proposition) else list(names)
        chosen = [p for n in given for p in (driver(str(n)).propositions if is_driver(n) else [proposition(n)])]
        if given and all(is_driver(n) for n in given):
            chosen = [p for p in chosen if _of_the_list(p)]
    if not chosen:
        raise InputError("no proposition to ask again; name one, for example 'W1'")
    if odd := [p.id for p in chosen if not _of_the_list(p)]:
        raise InputError(
            f"{', '.join(odd)}: not asked of the list of cases (all powers, or frozen), so nothing is extended"
        )
    return chosen


def _of_the_list(prop: Proposition) -> bool:
    return not kind_of(prop).own_events and prop.reason_untestable("RUS") is None


def _checked(until: str, old: EventList, asked: Sequence[Proposition]) -> date:
    """The last day of an extension, inside what is coded."""
    if not isinstance(until, str):
        raise InputError(f"until= is a month, a day or a year as text, for example '2024-08', not {until!r}")
    last = parse_date(until).last
    assert last is not None
    if last <= date(old.coverage[1], 12, 31):
        raise InputError(
            f"until={until} is not after the end of the study's list, {old.coverage[1]}; replicate() covers it"
        )
    if last > date(CODED_TO, 12, 31):
        ends = dict.fromkeys(f"{_name(p)} ends {_exposure_end(p)}" for p in asked if kind_of(p).has_exposure)
        raise InputError(
            f"until={until} is past the data: cases are coded to {CODED_TO}-12; {'; '.join(ends)}. Take until='{CODED_TO}-08'"
        )
    return last


def _name(prop: Proposition) -> str:
    return parse_term(prop.exposure).name


def _exposure_end(prop: Proposition) -> str:
    """Last period in which the exposure is known, as text."""
    series = covariate(_name(prop), load_events().actor, by_target=prop.unit in ("actor-target-year", "event")).dropna()
    index = series.index.get_level_values(-1)
    return str(index.max())


def _extended(prop: Proposition, old: EventList, new: EventList, last: date) -> tuple[Proposition, EventList, str]:
    """A proposition and the list over the longer span, and the sample's last period."""
    if prop.unit == MONTHLY:
        end, year = f"{last.year}-{last.month:02d}", last.year
    else:  # a year of which a part is missing would be one with too few onsets
        year = last.year if (last.month, last.day) == (12, 31) else last.year - 1
        end = str(year)
    events = new.between(None, end).with_coverage(old.coverage[0], year)
    if kind_of(prop).has_exposure:
        end = min(end, _after(_exposure_end(prop), prop))
    if prop.end is None:
        return prop, events, end
    if end <= f"{old.coverage[1]}-12"[: len(end)]:  # its data end within the study's span, so the sample stays
        return prop, events, prop.end
    return prop.with_(end=end), events, end


def _after(period: str, prop: Proposition) -> str:
    """The last row that a lagged exposure reaches."""
    import pandas as pd

    monthly = prop.unit == MONTHLY and len(period) > 4
    found = pd.Period(period, "M" if monthly else "Y") + prop.lag
    return f"{found.year}-12" if prop.unit == MONTHLY and not monthly else str(found)


def _result(prop: Proposition, events: EventList, seed: int, quick: bool) -> Result:
    return judge(collect(Question(prop, events, seed=seed), quick=quick, robustness=False))


def _row(before: Result, after: Result, end: str) -> dict[str, Any]:
    a, b = before.evidence, after.evidence
    row: dict[str, Any] = {"proposition": before.proposition.id}
    for name, r in (("before", before), ("after", after)):
        e = r.evidence
        row |= {f"ratio_{name}": _ratio(e.estimate), f"bound_{name}": _ratio(e.frontier), f"onsets_{name}": e.n_events,
                f"rows_{name}": e.raw.n_rows if e.raw else 0, f"verdict_{name}": r.verdict}  # fmt: skip
    used = [i for i in after.events.ids if i not in b.outside and not (i in before.events.ids and i not in a.outside)]  # type: ignore[union-attr]
    rows = row["rows_after"] - row["rows_before"]
    if b.raw is None or a.raw is None:
        why = b.missing or b.frozen or a.missing or a.frozen or "a guard refuses the test"
    elif not used and not rows:
        why = f"nothing came in: the sample ends with its exposure, in {end}."
    else:
        cases = f"{_counted(len(used), 'onset')} came in ({', '.join(used)})" if used else "no onset came in"
        why = f"{cases} and {_counted(rows, 'row')}, to {end}; {_said(row)}"
    return row | {"why": why}


def _said(row: dict[str, Any]) -> str:
    text = f"the ratio went from {row['ratio_before']:.2f} to {row['ratio_after']:.2f}"
    if math.isfinite(row["bound_before"]) and math.isfinite(row["bound_after"]):
        text += f" and the bound from {_bound(row['bound_before'])} to {_bound(row['bound_after'])}"
    same = row["verdict_before"] == row["verdict_after"]
    words = row["verdict_after"].replace("_", " ")
    return f"{text}; the core verdict {'stays' if same else 'becomes'} {words}."


def _bound(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio <= 5 else "above 5 (unbounded in practice)"


def _ratio(log: float) -> float:
    return math.exp(log) if log < 700 else math.inf


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
