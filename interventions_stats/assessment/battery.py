"""The battery: every driver on one actor, with Holm within each driver's family."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interventions_stats.assessment.assess import Gathered, collect, judge, whose_onsets
from interventions_stats.assessment.board import board, compact
from interventions_stats.assessment.other_actors import default_list, for_actor
from interventions_stats.assessment.result import Result
from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Driver, Proposition
from interventions_stats.drivers.registry import DRIVERS, PROPOSITIONS, check_distinct, driver
from interventions_stats.engine.intake.scalars import check_flag, check_jobs
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.events.actors import Actor
from interventions_stats.events.definitions import list_asked
from interventions_stats.events.event_list import EventList
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.question import Question
from interventions_stats.robustness.jobs import completed
from interventions_stats.rules.driver import DriverDecision, PropositionOutcome, driver_verdict
from interventions_stats.rules.multiplicity import holm_family

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Step = Callable[[str], None]


@dataclass(frozen=True, eq=False, repr=False)
class DriverResult(ResultContract):
    """The results on a driver's propositions and the verdict they give together."""

    driver: Driver
    results: dict[str, Result]
    decision: DriverDecision

    @property
    def verdict(self) -> str:
        return self.decision.verdict

    def __getitem__(self, name: str) -> Result:
        if name not in self.results:
            raise unknown_name("proposition", name, self.results, where=f"the driver {self.driver.name}")
        return self.results[name]

    def tidy(self) -> pd.DataFrame:
        """One row a proposition, broom's columns; the term is its id."""
        import pandas as pd

        return pd.concat([r.tidy().assign(term=i) for i, r in self.results.items()], ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row a proposition with verdict, bounds and counts."""
        import pandas as pd

        return pd.concat([r.glance() for r in self.results.values()], ignore_index=True)

    def summary(self) -> str:
        """The driver's verdict, then each proposition's sentence."""
        from interventions_stats.display.text import wrap

        lines = [f"{self.driver.title}: {self.decision.text}"]
        return "\n".join(wrap(x, 100) for x in [*lines, *(f"{i}: {r.sentence()}" for i, r in self.results.items())])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the propositions as a forest, each by its statement."""
        return _forest(self.results.values(), self.driver.title, ax)

    def _heading(self) -> str:
        return f"{self.driver.title}: {self.verdict.replace('_', ' ')}"

    def _boards(self) -> list[pd.DataFrame]:
        return [compact(self.results.values())]


@dataclass(frozen=True, eq=False, repr=False)
class Battery(ResultContract):
    """Every driver on one actor and event list.

    ``propositions`` and ``drivers`` are tidy frames; ``battery["W1"]`` is a Result, ``battery["wag_the_dog"]`` a
    DriverResult.
    """

    actor: str
    events: EventList
    results: dict[str, Result]
    by_driver: dict[str, DriverResult]

    @property
    def propositions(self) -> pd.DataFrame:
        """One row a proposition."""
        import pandas as pd

        return pd.concat([r.glance() for r in self.results.values()], ignore_index=True)

    @property
    def drivers(self) -> pd.DataFrame:
        """One row a driver: pooled verdict, verdicts per type, and the sentence behind it."""
        import pandas as pd

        rows = []
        for d in self.by_driver.values():
            kinds = {k: type_verdict(d, k) for k in ("combat", "stabilisation")}
            rows.append(
                {
                    "driver": d.driver.name,
                    "title": d.driver.title,
                    "verdict": d.verdict,
                    **kinds,
                    "why": d.decision.text,
                }
            )
        return pd.DataFrame(rows)

    @property
    def untested(self) -> pd.DataFrame:
        """One row a proposition that could not be tested: ``proposition``, ``driver``, ``reason``."""
        import pandas as pd

        rows = [(i, r.proposition.driver, _why_not(r)) for i, r in self.results.items() if r.verdict == "not_testable"]
        return pd.DataFrame(rows, columns=["proposition", "driver", "reason"])

    @property
    def world(self) -> pd.DataFrame:
        """One row an arm over all states, which speaks of states in general: verdict, numbers and effective states.

        Their p-values are adjusted by Holm over the arms, whose number is that registered, whichever drivers were asked for.
        """
        import pandas as pd

        return pd.DataFrame([_arm_row(r) for r in self.results.values() if r.scope])

    def __getitem__(self, name: str) -> Result | DriverResult:
        for table in (self.results, self.by_driver):
            if name in table:
                return table[name]
        raise unknown_name("proposition or driver", name, [*self.results, *self.by_driver])

    def tidy(self) -> pd.DataFrame:
        return self.propositions

    def glance(self) -> pd.DataFrame:
        return self.drivers

    def to_frame(self) -> pd.DataFrame:
        """One row a proposition with every number that its verdict rests on."""
        return self.propositions

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw every proposition as a forest, each by its statement."""
        return _forest(self.results.values(), f"Verdicts on {self.events.actor.name}", ax)

    def _heading(self) -> str:
        return f"{len(self.by_driver)} drivers of intervention by {self.events.actor.name}"

    def _boards(self) -> list[pd.DataFrame]:
        parts = self.drivers[["title", "verdict", "combat", "stabilisation"]].rename(columns={"title": "driver"})
        return [parts.replace("_", " ", regex=True), compact(self.results.values())]

    def summary(self) -> str:
        """A table of drivers, one of propositions and, apart from them, one of the arms over all states."""
        from interventions_stats.display.text import frame_text

        return "\n".join([frame_text(self.drivers, 100), "", *boards(self)])


def boards(found: Battery) -> list[str]:
    """The table of what was asked of the actor, and that of the arms over all states, as text."""
    from interventions_stats.display.text import frame_text

    arms = [i for i, r in found.results.items() if r.scope]
    table = found.propositions
    own, world = (table[table["proposition"].isin(arms) == keep] for keep in (False, True))
    lines = [frame_text(board(own), 100)] if len(own) else []
    if arms:
        shown = board(world).drop(columns=["driver"]).assign(states=found.world["effective_states"].round(1).to_numpy())
        lines += ["", "Arms over all states: they speak of states in general, one Holm family; states = effective states",
                  frame_text(shown, 100)]  # fmt: skip
    return lines


def _arm_row(r: Result) -> dict[str, object]:
    row, raw = r.glance().iloc[0], r.evidence.raw
    kept = ("proposition", "driver", "verdict", "ratio", "ratio_low90", "ratio_high90", "frontier", "sesoi", "mde",
            "p_superiority", "p_superiority_holm", "p_noninferiority", "p_tost", "p_reverse", "p_reverse_holm", "n_identifying",
            "reason")  # fmt: skip
    details = raw.details if raw is not None else {}
    more = {k: details.get(k) for k in ("effective_states", "largest", "largest_share")}
    return {"scope": r.scope} | {k: row[k] for k in kept} | more


def _forest(results: Iterable[Result], title: str, ax: Axes | None) -> Axes:
    import pandas as pd

    from interventions_stats.display.figures.verdict_forest import verdict_forest

    rows = [r.glance().assign(label=r.proposition.statement or r.proposition.id, reason=_why_not(r)) for r in results]
    return verdict_forest(pd.concat(rows, ignore_index=True), ax, title=title)


def type_verdict(d: DriverResult, kind: str) -> str:
    """The driver's verdict on one type of activity, from core verdicts of its propositions."""
    outcomes = []
    for name, r in d.results.items():
        if not r.proposition.family:
            continue
        part = r.by_type.get(kind)
        reason = "no test per type" if part is None else part.evidence.missing or part.evidence.frozen or ""
        outcomes.append(PropositionOutcome(name, part.decision.verdict if part else "not_testable", reason))
    return driver_verdict(outcomes).verdict if outcomes else "not_testable"


def battery(
    actor: str | int | Actor | None = None,
    events: EventList | str | None = None,
    *,
    drivers: Sequence[str | Driver] | None = None,
    series: pd.DataFrame | None = None,
    delta: str | float | None = None,
    seed: int = 0,
    quick: bool = False,
    robustness: bool = True,
    n_jobs: int | None = None,
    on_step: Step | None = None,
) -> Battery:
    """Test every driver on one actor.

    Another actor than Russia gets the registered propositions carried over to it (see
    :mod:`interventions_stats.assessment.other_actors`); where no bundled table holds a covariate the result is
    ``not_testable``, and ``untested`` names the file that would supply it.

    Parameters
    ----------
    actor : str, int or Actor, default "RUS"
    events : EventList or str, optional
        Default: the reconstructed list for Russia; for others the first of MID, IMI, UCDP, ICB and MIP with four events.
    drivers : sequence of str or Driver, optional
        A part of the drivers, or drivers of your own.
    series, delta, seed, quick, robustness
        As in :func:`test`.
    n_jobs : int, optional
        Workers; the numbers are the same for any. Default: joblib's setting (``joblib.parallel_config``), else all cores.
    on_step : callable, optional
        Called with the id of each proposition that is done.

    Returns
    -------
    Battery

    Examples
    --------
    >>> import interventions_stats as ist
    >>> found = ist.battery("RUS", drivers=["leader"], quick=True, robustness=False, n_jobs=1)
    >>> found["L1"].verdict
    'bounded'
    """
    quick, robustness = check_flag("quick", quick), check_flag("robustness", robustness)
    listed = list_asked(actor, events, default_list)
    chosen = DRIVERS if drivers is None else tuple(driver(d) for d in _several(drivers))
    check_distinct(chosen)
    props = [for_actor(p, listed, series) for d in chosen for p in d.propositions]
    note = whose_onsets(listed) if series is not None and events is None else ""
    options = {"series": series, "delta": delta, "seed": seed, "quick": quick, "robustness": robustness, "note": note}
    gathered = run_parallel(props, listed, options, n_jobs, on_step)
    arms = world_holm(gathered)
    by_driver = {d.name: judge_driver(d, gathered, arms) for d in chosen}
    results = {i: r for d in by_driver.values() for i, r in d.results.items()}
    return Battery(listed.actor.iso3, listed, results, by_driver)


def _several(drivers: Any) -> list[Any]:
    """Drivers, given as one or as several."""
    found = [drivers] if isinstance(drivers, str | Driver) or not isinstance(drivers, Iterable) else list(drivers)
    if not found:
        raise InputError("drivers names at least one driver, for example ['leader']; leave it out for all of them")
    return found


def run_parallel(
    props: Sequence[Proposition], events: EventList, options: dict, n_jobs: int | None, on_step: Step | None
) -> dict[str, Gathered]:
    """Gather the evidence on each proposition, in parallel; every draw hangs on the seed tree, so order cannot matter."""
    from joblib import delayed

    from interventions_stats.display.progress import progress_bar

    jobs = (delayed(_collect)(p, events, options) for p in props)
    out: dict[str, Gathered] = {}
    watched = on_step is None and sys.stderr.isatty()  # a notebook keeps what a bar prints
    with progress_bar("Testing propositions", len(props), enabled=watched) as advance:
        for name, found in completed(jobs, workers(n_jobs)):
            out[name] = found
            advance(f"Testing propositions: {name} done") if on_step is None else on_step(name)
    return {p.id: out[p.id] for p in props}


def workers(n_jobs: int | None) -> int:
    """Workers asked for; without a number joblib's own setting, or all cores."""
    from joblib import effective_n_jobs

    if n_jobs is not None:
        return check_jobs(n_jobs)
    return effective_n_jobs(None) if effective_n_jobs(None) > 1 else -1


def _collect(prop: Proposition, events: EventList, options: dict) -> tuple[str, Gathered]:
    series = options["series"] if kind_of(prop).takes_series else None  # the others' tests have no use for it
    question = Question(prop, events, series, options["delta"], options["seed"])
    note = options["note"] if series is not None else ""
    return prop.id, collect(question, quick=options["quick"], robustness=options["robustness"], note=note)


Holm = dict[str, float | None]


def world_holm(gathered: dict[str, Gathered]) -> tuple[Holm, Holm]:
    """Adjust superiority and reverse over all registered arms over states; one that was not run keeps its place."""
    arms = [p.id for p in PROPOSITIONS.values() if kind_of(p).scope]
    found = {i: gathered[i].evidence if i in gathered else None for i in arms}
    sup = {i: None if e is None else _p(e.p_superiority) for i, e in found.items()}
    rev = {i: None if e is None else _p(e.p_reverse) for i, e in found.items()}
    return holm_family(sup), holm_family(rev)


def judge_driver(d: Driver, gathered: dict[str, Gathered], arms: tuple[Holm, Holm] = ({}, {})) -> DriverResult:
    """Apply Holm within the family, then the rules to each proposition and to the driver.

    Parameters
    ----------
    arms : (dict, dict)
        Adjusted p of superiority and reverse of the arms over all states, which are a family of their own.
    """
    family = [p for p in d.propositions if p.family]
    frozen = {p.id for p in family if gathered[p.id].evidence.frozen}
    found = {p.id: gathered[p.id].evidence for p in family}
    up, down = ({i: e.attainable[k] for i, e in found.items()} for k in (0, 1))
    sup = holm_family({i: _p(e.p_superiority) for i, e in found.items()}, frozen=frozen, attainable=up)
    rev = holm_family({i: _p(e.p_reverse) for i, e in found.items()}, frozen=frozen, attainable=down)
    sup, rev = ({**own, **world} for own, world in zip((sup, rev), arms, strict=True))
    results = {
        p.id: judge(gathered[p.id], p_superiority_holm=sup.get(p.id), p_reverse_holm=rev.get(p.id))
        for p in d.propositions
    }
    outcomes = [PropositionOutcome(p.id, results[p.id].decision.verdict, _why_not(gathered[p.id])) for p in family]
    return DriverResult(d, results, driver_verdict(outcomes))


def _p(value: float) -> float | None:
    return None if math.isnan(value) else value


def _why_not(found: Gathered | Result) -> str:
    e = found.evidence
    refused = [f.text for f in e.guards if f.action == "refuse"]
    few = f"{e.n_identifying} identifying onsets" if e.raw is not None else ""
    return e.missing or e.frozen or (refused[0] if refused else few)
