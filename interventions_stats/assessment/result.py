"""The result of a proposition: evidence, robustness, verdict, flags and grade in one object."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.errors import InputError
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.robustness.check import Robustness
from interventions_stats.rules.verdict import Decision

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from interventions_stats.events.event_list import EventList
    from interventions_stats.robustness.deletions import Influence
    from interventions_stats.robustness.smallest_flips import Flip
    from interventions_stats.robustness.specification_curve import Multiverse


@dataclass(frozen=True, eq=False, repr=False)
class Result(ResultContract):
    """What was found on one proposition.

    Attributes
    ----------
    evidence : Evidence
    robustness : Robustness or None
    decision : Decision
        The verdict with every clause it was read off.
    flags : tuple of str
    grade : str
        A to D, read off flags and checks; ``-`` where nothing was tested.
    by_type : dict of str to Result
        The same test on combat and on stabilisation cases.
    versions : dict of str to str
    events : EventList or None
        The list that was tested; None for a type of activity.
    series : DataFrame or None
        The user's own series, where one was given.
    note : str
        What was taken because the caller did not say, as whose onsets a series is held against.
    """

    outcome: ClassVar[str] = "onset"

    evidence: Evidence
    decision: Decision
    robustness: Robustness | None = None
    flags: tuple[str, ...] = ()
    grade: str = "-"
    p_superiority_holm: float | None = None
    p_reverse_holm: float | None = None
    by_type: dict[str, Result] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    events: EventList | None = field(default=None, repr=False)
    series: pd.DataFrame | None = field(default=None, repr=False)
    note: str = ""

    @property
    def proposition(self) -> Proposition:
        return self.evidence.proposition

    @property
    def verdict(self) -> str:
        return self.decision.verdict

    @property
    def scope(self) -> str:
        """Whom the verdict speaks of, where that is not the actor: ``"states in general"``; else empty."""
        from interventions_stats.primary.known_kinds import kind_of

        return kind_of(self.proposition).scope

    def tidy(self) -> pd.DataFrame:
        """One row: the estimate as a log ratio, its calibrated standard error, 95% interval and two-sided p.

        The one-sided p-values that a verdict is read off stand under their own names, and what the caller changed beside them.
        """
        import pandas as pd

        e = self.evidence
        z = e.estimate / e.se_cal if e.se_cal and math.isfinite(e.se_cal) else math.nan
        two_sided = e.raw.p_two_sided if e.raw is not None else math.nan
        row = (self.proposition.exposure, e.estimate, e.se_cal, z, two_sided, *e.ci95, e.p_superiority, e.p_reverse,
               e.definition, *self.changed)  # fmt: skip
        columns = ["term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "p_superiority",
                   "p_reverse", "definition", "edits", "series"]  # fmt: skip
        return pd.DataFrame([row], columns=columns)

    @property
    def changed(self) -> tuple[str, str]:
        """The edits of the event list, and the columns of the user's own series; empty where there are none."""
        edits = "" if self.events is None else "; ".join(self.events.edits)
        return edits, "" if self.series is None else ", ".join(map(str, self.series.columns))

    def glance(self) -> pd.DataFrame:
        """One row: the verdict and every number it rests on, as ratios where a reader expects ratios."""
        import pandas as pd

        e, raw = self.evidence, self.evidence.raw
        return pd.DataFrame([{
            "proposition": self.proposition.id, "driver": self.proposition.driver, "verdict": self.verdict,
            "grade": self.grade, "ratio": math.exp(e.estimate), "ratio_low90": math.exp(e.ci90[0]),
            "ratio_high90": math.exp(e.ci90[1]), "frontier": math.exp(e.frontier), "sesoi": e.sesoi.ratio,
            "mde": math.exp(e.mde), "p_superiority": e.p_superiority, "p_superiority_holm": self.p_superiority_holm,
            "p_noninferiority": e.p_noninferiority, "p_tost": e.p_tost, "p_reverse": e.p_reverse,
            "p_reverse_holm": self.p_reverse_holm, "bf10": e.bf10[1], "bf10_low": min(e.bf10), "bf10_high": max(e.bf10),
            "bf_reverse": e.bf_reverse, "posterior_below": e.posterior_below, "deff": raw.deff if raw else math.nan,
            "n": raw.n_rows if raw else 0, "n_events": e.n_events, "n_identifying": e.n_identifying,
            "n_events_total": e.n_events_total, "n_dropped": e.n_events_total - e.n_events,
            "scheme": raw.scheme if raw else "", "estimator": self.proposition.estimator, "separated": "",
            "flags": " ".join(self.flags), "guards": " ".join(dict.fromkeys(g.guard for g in e.guards)),
            "definition": e.definition, "edits": self.changed[0], "series": self.changed[1], "actor": e.actor, "reason": e.missing or e.frozen or "", "seed": e.seed,
            "draws": e.draws, "design_hash": self.proposition.design_hash()[:12],
            "hash": self.proposition.hash()[:12], "data_version": self.versions.get("data", ""),
        }])  # fmt: skip

    def multiverse(self, **options: Any) -> Multiverse:
        """Test it under every combination of choices: :func:`interventions_stats.multiverse` on the same list."""
        from interventions_stats.robustness.specification_curve import multiverse

        return multiverse(self.proposition, **(self._question() | options))

    def influence(self, **options: Any) -> Influence:
        """Leave out one event, target, year or leader at a time: :func:`interventions_stats.robustness.influence`."""
        from interventions_stats.robustness.deletions import influence

        return influence(self.proposition, **(self._question() | options))

    def smallest_flip(self, **options: Any) -> Flip:
        """Find the fewest events whose deletion changes the core verdict: :func:`interventions_stats.robustness.smallest_flip`."""
        from interventions_stats.robustness.smallest_flips import smallest_flip

        return smallest_flip(self.proposition, **(self._question() | options))

    def _question(self) -> dict[str, Any]:
        if self.events is None:
            raise InputError(
                "a verdict on one type of activity has no checks of its own; ask the pooled result for them"
            )
        size = self.evidence.sesoi
        return {
            "events": self.events,
            "series": self.series,
            "delta": size.wording or size.ratio,
            "seed": self.evidence.seed,
        }

    def why(self) -> pd.DataFrame:
        """Each clause of the verdict: value, threshold, whether it is met, and the nearest change that would flip it.

        What decided comes first; conditions that would make it untestable are listed only where one holds.
        """
        from interventions_stats.display.readable import ReadableFrame

        rows = [(c.verdict, c.name, c.value, f"{c.relation} {c.threshold:g}" if c.threshold is not None else "",
                 "not asked" if not c.asked else c.met, c.text, c.flip) for c in self.decision.in_order]  # fmt: skip
        return ReadableFrame(rows, columns=["verdict", "clause", "value", "threshold", "met", "text", "flip"])

    def sentence(self) -> str:
        """One sentence for a paper; it carries the bound and passes the language check."""
        from interventions_stats.assessment.sentences import sentence

        return sentence(self)

    def summary(self) -> str:
        """The verdict in words, its numbers, the guards and the checks, no wider than 100 columns."""
        from interventions_stats.assessment.sentences import summary

        return summary(self)

    def _boards(self) -> list[pd.DataFrame]:
        from interventions_stats.assessment.board import compact

        parts = compact([self, *self.by_type.values()])
        parts.loc[1:, "proposition"] = [f"{kind} cases" for kind in self.by_type]
        return [parts]

    def _heading(self) -> str:
        return f"{self.proposition.id}: {self.proposition.statement or self.proposition.exposure}"

    def _notes(self) -> list[str]:
        return [self.sentence(), *([self.note] if self.note else []), *(g.text for g in self.evidence.guards)]

    def _references(self) -> list[str]:
        from interventions_stats.datasets.cite import cite
        from interventions_stats.events.definitions import DEFINITIONS

        listed = DEFINITIONS.get(self.evidence.definition.split(":")[0])
        own = [listed.table] if listed else ["interventions_russia"] if self.evidence.actor == "RUS" else []
        tables = list(dict.fromkeys([*self.proposition.needs, *own]))
        return [*self.proposition.support, *self.proposition.contrary, *(cite(t) for t in tables)]

    def plot(self, ax: Axes | None = None, kind: str = "forest") -> Axes:
        """Draw the result: ``forest``, or another kind that :func:`interventions_stats.assessment.plots.plot` names."""
        from interventions_stats.assessment.plots import plot

        if isinstance(ax, str):  # plot("severity")
            ax, kind = None, ax
        return plot(self, kind, ax)  # type: ignore[arg-type]
