"""The multiverse: one proposition under every combination of defensible choices, as one object."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Choice, Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.engine.intake.scalars import check_flag
from interventions_stats.errors import InputError, InterventionsError, unknown_name
from interventions_stats.events.actors import Actor
from interventions_stats.events.definitions import list_asked
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.evidence import Evidence, empty
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.question import Question
from interventions_stats.robustness.choices import (
    LIST,
    MONTHS,
    Exclusion,
    combinations,
    dimensions,
    exclusions,
    moved,
    text_of,
)
from interventions_stats.robustness.jobs import content_of, run_jobs
from interventions_stats.robustness.lists import other_lists, registered_list
from interventions_stats.robustness.without_null import slim
from interventions_stats.rules.verdict import decide

if TYPE_CHECKING:
    import os

    import pandas as pd
    from matplotlib.axes import Axes

    from interventions_stats.robustness.joint import JointTest

MOST = 20_000  # specifications of one multiverse


@dataclass(frozen=True, slots=True)
class Spec:
    """One specification: which option it takes of each choice, and its evidence, without the null distribution."""

    number: int
    options: dict[str, Any]
    principled: bool
    deviations: int
    evidence: Evidence

    @property
    def ran(self) -> bool:
        return self.evidence.raw is not None

    @property
    def reason(self) -> str:
        """Why it could not run; empty where it did."""
        e = self.evidence
        return "" if self.ran else e.missing or e.frozen or "; ".join(g.text for g in e.guards) or "could not run"


@dataclass(frozen=True, eq=False, repr=False)
class Multiverse(ResultContract):
    """A proposition under every combination of choices.

    Attributes
    ----------
    proposition : Proposition
    choices : tuple of Choice
        The dimensions, the registered option of each first.
    specs : tuple of Spec
        The registered specification first; one that could not run keeps its row, with the reason.
    excluded : tuple of (dict, str)
        Combinations that are no specification of their own, with the reason.
    """

    proposition: Proposition
    choices: tuple[Choice, ...]
    specs: tuple[Spec, ...]
    excluded: tuple[tuple[dict[str, Any], str], ...]
    events: dict[str, EventList] = field(repr=False)
    series: pd.DataFrame | None = field(default=None, repr=False)
    seed: int = 0

    # -- reading ----------------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.specs)

    @property
    def primary(self) -> Spec:
        return self.specs[0]

    @property
    def ran(self) -> tuple[Spec, ...]:
        return tuple(s for s in self.specs if s.ran)

    @property
    def n_distinct(self) -> int:
        """Specifications that ran and differ in estimate, standard error or p: a date rule can leave annual data as they are."""
        return len({(s.evidence.estimate, s.evidence.se_cal, s.evidence.p_superiority) for s in self.ran})

    @property
    def share_same_sign(self) -> float:
        """Share of the specifications that ran whose estimate has the sign of the registered one."""
        if not self.primary.ran:
            return math.nan
        sign = math.copysign(1, self.primary.evidence.estimate)
        return _share([math.copysign(1, s.evidence.estimate) == sign for s in self.ran])

    @property
    def share_same_verdict(self) -> float:
        """Share of the specifications that ran whose core verdict is that of the registered one."""
        return _share([_verdict(s) == _verdict(self.primary) for s in self.ran]) if self.primary.ran else math.nan

    def verdicts(self) -> dict[str, int]:
        """How many specifications reach each core verdict; the failures count as ``not_testable``."""
        return dict(Counter(_verdict(s) for s in self.specs).most_common())

    def tidy(self) -> pd.DataFrame:
        """One row a specification.

        The choices as columns; ``estimate``, ``std_error``, ``p_value`` (of superiority), ``conf_low`` and ``conf_high`` (90%)
        on the log scale; ``ratio``, ``low``, ``high`` and ``frontier`` as ratios; the other p-values, ``mde``, counts, the
        core ``verdict``, and the ``reason`` where it could not run.
        """
        import pandas as pd

        return pd.DataFrame([_row(s) for s in self.specs])

    def glance(self) -> pd.DataFrame:
        """One row: counts, agreement in sign and verdict, range of the ratios and of the frontiers."""
        import pandas as pd

        from interventions_stats.datasets.package import data_version

        ratios = [_exp(s.evidence.estimate) for s in self.ran]
        bounds = [s.evidence.frontier for s in self.ran if math.isfinite(s.evidence.frontier)]
        first = self.primary.evidence
        return pd.DataFrame([{
            "proposition": self.proposition.id, "n": len(self.specs), "n_ran": len(self.ran), "n_distinct": self.n_distinct, "n_excluded": len(self.excluded),
            "n_principled": sum(s.principled for s in self.specs), "n_events": first.n_events,
            "n_events_total": first.n_events_total, "n_dropped": first.n_events_total - first.n_events,
            "estimator": self.proposition.estimator, "separated": "", "seed": self.seed, "data_version": data_version(),
            "verdict": _verdict(self.primary), "share_same_sign": self.share_same_sign,
            "share_same_verdict": self.share_same_verdict, "ratio_low": min(ratios, default=math.nan),
            "ratio_median": sorted(ratios)[len(ratios) // 2] if ratios else math.nan,
            "ratio_high": max(ratios, default=math.nan),
            "frontier_high": math.exp(max(bounds)) if bounds else math.nan,
        }])  # fmt: skip

    def by_choice(self) -> pd.DataFrame:
        """For every option of every choice: how many ran, the median ratio, and the share with the registered verdict."""
        import pandas as pd

        rows = []
        for choice in self.choices:
            for option in choice.options:
                part = [s for s in self.ran if s.options[choice.field] == option]
                ratios = sorted(_exp(s.evidence.estimate) for s in part)
                rows.append({
                    "choice": choice.field, "option": text_of(option), "principled": choice.principled, "n": len(part),
                    "ratio_median": ratios[len(ratios) // 2] if ratios else math.nan,
                    "share_same_verdict": _share([_verdict(s) == _verdict(self.primary) for s in part]),
                })  # fmt: skip
        return pd.DataFrame(rows)

    def _heading(self) -> str:
        return f"Multiverse of {self.proposition.id}: {len(self.ran)} of {len(self)} specifications ran"

    def summary(self) -> str:
        """Counts, agreement, and the table by choice."""
        from interventions_stats.display.text import frame_text

        e = self.primary.evidence
        counts = ", ".join(f"{k} {v}" for k, v in self.verdicts().items())
        lines = [self._heading(), f"core verdicts: {counts}",
                 f"same sign as registered: {self.share_same_sign:.0%}; same verdict: {self.share_same_verdict:.0%}"]  # fmt: skip
        lines.append(
            f"{self.n_distinct} of them give different numbers; {e.n_events} of {e.n_events_total} events used in the registered one"
        )
        lines += [
            f"could not run ({n}): {text}"
            for text, n in Counter(s.reason for s in self.specs if not s.ran).most_common(3)
        ]
        lines += [f"left out ({n}): {text}" for text, n in Counter(r for _, r in self.excluded).most_common(3)]
        return "\n".join([*lines, frame_text(self.by_choice(), 100)])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the specification curve."""
        from interventions_stats.display.figures.specification_curve import specification_curve

        delta = self.primary.evidence.sesoi.delta
        title = f"{self.proposition.id}: {self.proposition.exposure}"
        return specification_curve(
            self.tidy(), [c.field for c in self.choices], ax, sesoi=math.exp(delta) if delta else None, title=title
        )

    def _references(self) -> list[str]:
        return [
            "Steegen, S., Tuerlinckx, F., Gelman, A. & Vanpaemel, W. (2016). Increasing transparency through a multiverse "
            "analysis. Perspectives on Psychological Science 11, 702-712.",
            "Simonsohn, U., Simmons, J. P. & Nelson, L. D. (2020). Specification curve analysis. Nature Human Behaviour 4, "
            "1208-1214.",
        ]

    def joint_test(self, draws: int = 500, *, level: float = 0.05, seed: int | None = None) -> JointTest:
        """Test all specifications jointly: one relabelling of time applied to every one of them.

        See :func:`interventions_stats.robustness.joint.joint_test`.
        """
        from interventions_stats.robustness.joint import joint_test

        return joint_test(self, draws, level=level, seed=self.seed if seed is None else seed)

    def apply(self, spec: Spec) -> tuple[Proposition, EventList]:
        """Return the proposition and the event list that a specification tests."""
        return _apply(self.proposition, spec.options, self.events)


def multiverse(
    name: str | Proposition,
    actor: str | int | Actor | None = None,
    events: EventList | str | None = None,
    *,
    series: pd.DataFrame | None = None,
    delta: str | float | None = None,
    choices: Sequence[Choice] = (),
    exclude: Sequence[Exclusion] = (),
    lists: Sequence[str | EventList] | None = None,
    extended: bool = False,
    draws: int = 2_000,
    seed: int = 0,
    n_jobs: int | None = None,
    cache: str | os.PathLike[str] | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> Multiverse:
    """Test a proposition under every combination of choices.

    Parameters
    ----------
    name : str or Proposition
        Registered id, or a proposition of your own with its ``choices``.
    actor, events, series, delta
        As in :func:`interventions_stats.test`.
    choices : sequence of Choice
        Dimensions of your own: any field of the proposition, its first option the one held registered.
    exclude : sequence of Exclusion
        Combinations to leave out, each with a reason; they are listed in ``excluded``.
    lists : sequence of str or EventList, optional
        Event lists beside the one in hand. Default: those registered with the proposition.
    extended : bool, default False
        Add dimensions that were not registered (form of the outcome, month of onset, leader coding, first year, confounders).
    draws : int, default 2_000
        Relabellings of each specification's own test, where its null is sampled.
    seed : int
    n_jobs : int, optional
        Workers; default what ``joblib.parallel_config`` says, else one. The numbers are the same for any.
    cache : path, optional
        Folder in which finished specifications are kept; an interrupted run continues from there.
    on_step : callable, optional
        Called with the number done and the number in all. Default: a progress bar on a terminal or in a notebook.

    Returns
    -------
    Multiverse

    Raises
    ------
    InputError
        A choice declared twice, of no field of a proposition, or more than 20,000 combinations.

    References
    ----------
    Steegen, Tuerlinckx, Gelman & Vanpaemel (2016), Perspect Psychol Sci 11:702-712; Simonsohn, Simmons & Nelson (2020),
    Nat Hum Behav 4:1208-1214.

    Examples
    --------
    >>> found = multiverse("L1", lists=["M11"])
    >>> len(found), found.verdicts()
    (4, {'bounded': 4})
    """
    from interventions_stats.datasets.package import data_version

    prop = proposition(name)
    first, extended = _events(prop, actor, events), check_flag("extended", extended)
    table = _tables(prop, first, lists)
    dims = dimensions(prop, tuple(table), extended=extended, russian=first.actor.russian) + tuple(choices)
    _check_options(prop, choices, table)
    left_out = (*exclusions(prop, dims, table), *exclude)
    kept, gone = combinations(dims, left_out)
    if len(kept) > MOST:
        raise InputError(
            f"{len(kept):,} combinations of {len(dims)} choices are too many (at most {MOST:,}); exclude some"
        )
    jobs = [(prop, options, table, series, delta, seed, draws) for options in kept]
    key = [
        "multiverse",
        data_version(),
        prop,
        table,
        dims,
        left_out,
        delta,
        seed,
        draws,
        content_of(series),
    ]
    found = run_jobs(_one, jobs, n_jobs=n_jobs, cache=cache, key=key, on_step=on_step, title=f"multiverse of {prop.id}")
    labels = {c.field: c for c in dims}
    specs = []
    for number, (options, evidence) in enumerate(zip(kept, found, strict=True)):
        changed = [labels[k] for k, v in options.items() if v != labels[k].options[0]]
        specs.append(Spec(number, options, all(c.principled for c in changed), len(changed), evidence))
    return Multiverse(prop, dims, tuple(specs), tuple(gone), table, series, seed)


def _check_options(prop: Proposition, choices: Sequence[Choice], table: dict[str, EventList]) -> None:
    """Refuse an option that no proposition could have; one that fails in combination alone is a row with its reason."""
    for choice in choices:
        for option in choice.options:
            if choice.field == LIST and option not in table:
                raise unknown_name("event list", str(option), list(table), where=f"the choices of {prop.id}")
            _apply(prop, {choice.field: option}, table)


def _one(
    prop: Proposition, options: dict[str, Any], table: dict[str, EventList], series: pd.DataFrame | None,
    delta: str | float | None, seed: int, draws: int,
) -> Evidence:  # fmt: skip
    try:
        changed, events = _apply(prop, options, table)
    except InterventionsError as error:  # options that do not go together
        first = next(iter(table.values()))
        nothing = empty(prop, actor=first.actor.iso3, definition=first.definition, date_rule=first.date_rule,
                        n_total=len(first), delta=delta, seed=seed, draws=draws)  # fmt: skip
        return replace(nothing, missing=str(error))
    return slim(gather(Question(changed, events, series, delta, seed, draws)))


def _apply(prop: Proposition, options: dict[str, Any], table: dict[str, EventList]) -> tuple[Proposition, EventList]:
    fields = {k: v for k, v in options.items() if k not in (LIST, MONTHS)}
    events = table[options.get(LIST, next(iter(table)))]
    return prop.with_(**fields), moved(events, options.get(MONTHS, 0))


def _events(prop: Proposition, actor: str | int | Actor | None, events: EventList | str | None) -> EventList:
    return list_asked(actor, events, lambda who: prop.lists[0] if who.russian else "mid")


def _tables(prop: Proposition, first: EventList, lists: Sequence[str | EventList] | None) -> dict[str, EventList]:
    """Event lists by name, the one in hand first."""
    out = {first.definition: first}
    if kind_of(prop).own_events:
        return out
    for item in other_lists(prop, first) if lists is None else lists:
        found = item if isinstance(item, EventList) else registered_list(item, first.actor)
        if found.definition in out:
            raise InputError(f"two event lists are named {found.definition!r}; rename one with with_definition()")
        out[found.definition] = found
    return out


def _row(s: Spec) -> dict[str, Any]:
    e = s.evidence
    options = {k: text_of(v) for k, v in s.options.items()}
    return {
        "term": ", ".join(f"{k}={v}" for k, v in options.items()) or "registered", **options, "principled": s.principled,
        "primary": s.number == 0, "deviations": s.deviations, "estimate": e.estimate, "std_error": e.se_cal,
        "statistic": e.estimate / e.se_cal if e.se_cal else math.nan, "p_value": e.p_superiority, "conf_low": e.ci90[0],
        "conf_high": e.ci90[1], "ratio": _exp(e.estimate), "low": _exp(e.ci90[0]), "high": _exp(e.ci90[1]),
        "frontier": _exp(e.frontier), "mde": _exp(e.mde), "p_superiority": e.p_superiority,
        "p_noninferiority": e.p_tost if e.two_sided else e.p_noninferiority, "p_reverse": e.p_reverse,
        "n_rows": e.raw.n_rows if e.raw else 0, "n_identifying": e.n_identifying, "verdict": _verdict(s),
        "reason": s.reason,
    }  # fmt: skip


def _verdict(s: Spec) -> str:
    return decide(s.evidence.numbers()).verdict


def _exp(x: float) -> float:
    return math.exp(x) if not x > 700.0 else math.inf  # an effect at the end of its support has no finite ratio


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else math.nan
