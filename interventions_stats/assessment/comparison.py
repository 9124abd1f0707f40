"""The result of a comparison of actors: side by side, Holm over the actors, random effects, and the pool on request."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interventions_stats.assessment.actor_pool import PRIORS, ActorPool, pool_actors
from interventions_stats.assessment.result import Result
from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.engine.bounds.random_effects import RandomEffects
from interventions_stats.errors import unknown_name
from interventions_stats.events.actors import actor as find_actor

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MANY = 12  # actors, beyond which those without a test are counted and not listed


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(ResultContract):
    """One proposition on several actors.

    Attributes
    ----------
    proposition : Proposition
        As registered; each result holds it as carried over to its actor.
    results : dict of str to Result
        By ISO3 code, or by name where two states share one.  Their p-values are adjusted by Holm over the actors.
    pooled : RandomEffects or None
        Random-effects mean; None where fewer than two actors gave an estimate.
    untested : dict of str to str
        Actors that gave none, with the reason.
    """

    proposition: Proposition
    results: dict[str, Result]
    pooled: RandomEffects | None
    seed: int = 0
    untested: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Result:
        who = find_actor(name)
        key = who.iso3 if who.iso3 in self.results else who.name
        if key not in self.results:
            raise unknown_name("actor", name, self.results, where="the comparison")
        return self.results[key]

    def tidy(self) -> pd.DataFrame:
        """One row an actor and one for the pooled effect, broom's columns; the term is the actor's ISO3 code.

        The pooled row has the Hartung-Knapp interval with the ad hoc correction, and the t statistic that goes with it.
        """
        import pandas as pd

        parts = [r.tidy().assign(term=name) for name, r in self.results.items()]
        if (p := self.pooled) is not None:
            from scipy import stats

            se = p.se * math.sqrt(max(1.0, p.scale) / p.scale) if p.scale > 0 else math.nan
            t = p.estimate / se
            above, below = (float(tail(t, p.k - 1)) for tail in (stats.t.sf, stats.t.cdf))
            row = {"term": "pooled", "estimate": p.estimate, "std_error": se, "statistic": t,
                   "p_value": min(1.0, 2 * min(above, below)), "conf_low": p.ci_adhoc[0], "conf_high": p.ci_adhoc[1],
                   "p_superiority": above, "p_reverse": below, "definition": "", "edits": "", "series": ""}  # fmt: skip
            parts.append(pd.DataFrame([row], columns=list(parts[0].columns)))
        return pd.concat(parts, ignore_index=True)

    def glance(self) -> pd.DataFrame:
        """One row: heterogeneity, pooled ratio with both Hartung-Knapp intervals, and the prediction interval."""
        import pandas as pd

        raws = [r.evidence for r in self.results.values()]
        first = next(iter(self.results.values()))
        row = {
            "proposition": self.proposition.id, "actors": len(self.results), "k": self.pooled.k if self.pooled else 0,
            **_ratios(self.pooled), "n": sum(e.raw.n_rows for e in raws if e.raw),
            "n_events": sum(e.n_events for e in raws), "n_events_total": sum(e.n_events_total for e in raws),
            "n_dropped": sum(e.n_events_total - e.n_events for e in raws),
            "estimator": "random effects, Paule-Mandel, Hartung-Knapp", "separated": "", "seed": self.seed,
            "data_version": first.versions.get("data", ""),
        }  # fmt: skip
        return pd.DataFrame([row])

    def propositions(self) -> pd.DataFrame:
        """One row an actor with the verdict and every number it rests on."""
        import pandas as pd

        return pd.concat([r.glance().assign(actor=name) for name, r in self.results.items()], ignore_index=True)

    def pool(self, priors: Sequence[float] = PRIORS) -> ActorPool:
        """Pool the actors by a hierarchical normal model: each one's effect, drawn towards the others'.

        Parameters
        ----------
        priors : sequence of float, default (0.2, 0.4, 0.8)
            Scales of the half-normal prior on the spread between actors; bounds are read at the widest.

        Returns
        -------
        ActorPool

        Raises
        ------
        InputError
            Fewer than two actors gave an estimate, or a scale that is not positive.

        Examples
        --------
        >>> import interventions_stats as ist
        >>> found = ist.compare(["RUS", "USA", "TUR", "IRN", "CHN", "ISR"], "W3", quick=True).pool()
        >>> found.k, found.has_bounds, found.tidy()["term"].tolist()[:2]
        (6, True, ['RUS', 'USA'])
        """
        tested = {a: r.evidence for a, r in self.results.items() if usable(r)}
        return pool_actors(self.proposition, tested, priors, len(self.results), self._references(), self.seed)

    def summary(self) -> str:
        """Side by side, then the pooled effect and the heterogeneity in words."""
        from interventions_stats.display.text import frame_text, wrap

        heads = {"actor": "actor", "definition": "list", "verdict": "verdict", "ratio": "ratio", "frontier": "bound",
                 "p_superiority_holm": "p Holm", "mde": "mde", "n_identifying": "events"}  # fmt: skip
        shown = [a for a in self.results if a not in self.untested or len(self.results) <= MANY]
        table = self.propositions().set_index("actor", drop=False).loc[shown, list(heads)].rename(columns=heads)
        table = table.reset_index(drop=True)
        table["verdict"] = table["verdict"].str.replace("_", " ")
        return "\n".join([self._heading(), frame_text(table, 100), *(wrap(n, 100) for n in self._notes())])

    def _heading(self) -> str:
        names = ", ".join(self.results) if len(self.results) <= MANY else f"{len(self.results)} actors"
        return f"{self.proposition.id} on {names}"

    def _notes(self) -> list[str]:
        out = self._not_tested()
        holm = [r.p_superiority_holm for r in self.results.values() if r.p_superiority_holm is not None]
        if len(holm) > 1:
            out.append(
                f"p is adjusted by Holm over the {len(holm)} actors tested, and verdicts use the adjusted values."
            )
        if (p := self.pooled) is None:
            return [*out, "Fewer than two actors gave an estimate, so nothing is pooled."]
        low, high = (math.exp(x) for x in p.ci_adhoc)
        text = (
            f"Pooled ratio {math.exp(p.estimate):.2f}, 95% interval {low:.2f} to {high:.2f} (random effects over {p.k} actors, "
            f"Hartung-Knapp with the ad hoc correction). Cochran's Q {p.q:.2f} on {p.q_df} df, p {p.q_p:.3f}; I2 {p.i2:.0%}; "
            f"variance between actors {p.tau2:.3f}."
        )
        if p.k > 2:
            text += f" In a new actor the ratio is expected between {math.exp(p.prediction[0]):.2f} and {math.exp(p.prediction[1]):.2f}."
        few = "With so few actors neither Q nor the variance between them can say much." if p.k < 5 else ""
        return [*out, text, *([few] if few else [])]

    def _not_tested(self) -> list[str]:
        if len(self.results) <= MANY:
            return [f"{name} is not testable: {why}" for name, why in self.untested.items()]
        if not self.untested:
            return []
        commonest, n = Counter(self.untested.values()).most_common(1)[0]
        return [f"{len(self.untested)} actors are not testable (`untested` holds the reasons; {n} times: {commonest})."]

    def _references(self) -> list[str]:
        return list(dict.fromkeys(c for r in self.results.values() for c in r.cite()))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw one row an actor: ratio, interval, SESOI band, frontier and verdict."""
        from interventions_stats.display.figures.verdict_forest import verdict_forest

        frame = self.propositions()
        if len(self.results) > MANY:
            frame = frame[~frame["actor"].isin(list(self.untested))]
        return verdict_forest(frame.assign(label=frame["actor"]), ax=ax, title=self._heading())


def _ratios(p: RandomEffects | None) -> dict[str, float]:
    names = ("ratio", "conf_low", "conf_high", "conf_low_hk", "conf_high_hk", "predict_low", "predict_high")
    if p is None:
        return dict.fromkeys((*names, "tau2", "q", "q_df", "q_p", "i2"), math.nan)
    values = (p.estimate, *p.ci_adhoc, *p.ci, *p.prediction)
    return {n: math.exp(x) for n, x in zip(names, values, strict=True)} | {
        "tau2": p.tau2, "q": p.q, "q_df": p.q_df, "q_p": p.q_p, "i2": p.i2,
    }  # fmt: skip


def usable(result: Result) -> bool:
    """Whether an actor's result holds an estimate with a standard error."""
    return result.evidence.raw is not None and math.isfinite(result.evidence.se_cal)
