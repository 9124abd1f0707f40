"""Several actors' effects as draws from one distribution: what each one's own data and the others' say together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.engine.bounds.pooling import Pool, pool
from interventions_stats.engine.intake.scalars import check_positive
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.evidence.evidence import Evidence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from interventions_stats.engine.bounds.pooling_coverage import PoolingCoverage

PRIORS = (0.2, 0.4, 0.8)  # scales of the half-normal prior on the spread between actors
LEAST_ACTORS = 5  # with fewer the prior decides, and only its sensitivity is shown


@dataclass(frozen=True, eq=False, repr=False)
class ActorPool(ResultContract):
    """Effects of several actors, pooled by a hierarchical normal model.

    A pooled bound holds if the actor is drawn like the others.  It is no verdict, and none is read off it.

    Attributes
    ----------
    proposition : Proposition
    evidence : dict of str to Evidence
        Of the actors that have the exposure.
    pools : dict of float to Pool
        By the scale of the prior, ascending.
    n_asked : int
        Actors that were asked for.
    """

    proposition: Proposition
    evidence: dict[str, Evidence]
    pools: dict[float, Pool]
    n_asked: int
    references: tuple[str, ...] = ()
    seed: int = 0

    @property
    def k(self) -> int:
        """Number of actors pooled."""
        return len(self.evidence)

    @property
    def has_bounds(self) -> bool:
        """Whether there are enough actors for pooled bounds."""
        return self.k >= LEAST_ACTORS

    @property
    def widest(self) -> Pool:
        """The pool under the widest prior, which decides bounds."""
        return self.pools[max(self.pools)]

    def bound(self, actor: str) -> float:
        """Ratio below which an actor's effect lies with posterior probability .95; NaN with fewer than five actors.

        Raises
        ------
        UnknownNameError
            An actor that is not pooled.
        """
        where = self._position(actor)
        return _ratio(self.widest.bound()[where]) if self.has_bounds else math.nan

    def _position(self, name: str) -> int:
        keys = list(self.evidence)
        if name in keys:
            return keys.index(name)
        who = find_actor(name)
        key = who.iso3 if who.iso3 in keys else who.name
        if key not in keys:
            raise unknown_name("actor", name, keys, where="the pool")
        return keys.index(key)

    def tidy(self) -> pd.DataFrame:
        """One row an actor: posterior mean, SD and 95% interval under the widest prior.  No p-value belongs to it."""
        import pandas as pd

        w = self.widest
        low, high = w.bound(0.025), w.bound(0.975)
        return pd.DataFrame({
            "term": list(self.evidence), "estimate": w.shrunken, "std_error": w.shrunken_sd, "statistic": math.nan,
            "p_value": math.nan, "conf_low": low, "conf_high": high,
        })  # fmt: skip

    def glance(self) -> pd.DataFrame:
        """One row: the mean effect and the spread under the widest prior, and what a new actor's effect lies below."""
        import pandas as pd

        w = self.widest
        n = [e.n_events for e in self.evidence.values()]
        total = [e.n_events_total for e in self.evidence.values()]
        return pd.DataFrame([{
            "proposition": self.proposition.id, "k": self.k, "actors": self.n_asked, "prior": w.scale,
            **_of_mean(w, self.has_bounds), "n": sum(e.raw.n_rows for e in self.evidence.values() if e.raw),
            "n_events": sum(n), "n_events_total": sum(total), "n_dropped": sum(total) - sum(n),
            "estimator": "hierarchical normal, half-normal prior", "separated": "", "seed": self.seed,
            "data_version": next(iter(self.evidence.values())).data_version,
        }])  # fmt: skip

    def priors(self) -> pd.DataFrame:
        """One row a prior: mean ratio with its interval, spread, and the bounds, which need five actors."""
        import pandas as pd

        return pd.DataFrame([{"prior": s, **_of_mean(p, self.has_bounds)} for s, p in self.pools.items()])

    def actors(self) -> pd.DataFrame:
        """One row an actor: own ratio and bound, shrunken ratio under each prior, pooled bound under the widest."""
        import numpy as np
        import pandas as pd

        own = list(self.evidence.values())
        frame = pd.DataFrame({
            "actor": list(self.evidence), "definition": [e.definition for e in own],
            "n_events": [e.n_events for e in own], "ratio": [_ratio(e.estimate) for e in own],
            "bound": [_ratio(e.frontier) for e in own],
        })  # fmt: skip
        for scale, p in self.pools.items():
            frame[f"shrunken_{scale:g}"] = np.exp(p.shrunken)
        frame["pooled_bound"] = [self.bound(a) for a in self.evidence]
        return frame

    def coverage(self, actor: str | None = None, *, worlds: int = 1_000, seed: int = 0) -> pd.DataFrame:
        """Simulate how often the pooled bound of an actor holds, at the standard errors found.

        Parameters
        ----------
        actor : str, optional
            Default: the first one pooled.
        worlds : int, default 1,000
            Of each row.
        seed : int, default 0

        Returns
        -------
        DataFrame
            One row for each spread (.4, .8), prior, and position of the actor (drawn like the others, or one spread above
            their mean): ``bound`` and ``interval``, nominally .95, and ``mc_se``.
        """
        import pandas as pd

        from interventions_stats.engine.bounds.pooling_coverage import pooling_coverage

        at = 0 if actor is None else self._position(actor)
        rows = []
        for tau in (0.4, 0.8):
            for place, offset in (("drawn like the others", None), ("one spread above the mean", 1.0)):
                for scale in self.pools:
                    c: PoolingCoverage = pooling_coverage(
                        self.widest.std_errors, tau, scale, actor=at, offset=offset, worlds=worlds, seed=seed
                    )
                    rows.append((tau, scale, place, c.bound, c.interval, c.mc_se))
        return pd.DataFrame(rows, columns=["tau", "prior", "actor_is", "bound", "interval", "mc_se"])

    def sentence(self, actor: str = "RUS") -> str:
        """Say what the pool adds on one actor, with the condition under which it does."""
        at = self._position(actor)
        key = list(self.evidence)[at]
        who, own = find_actor(key).name, list(self.evidence.values())[at]
        alone = f"{_shown(_ratio(own.frontier))} from its own data alone"
        if not self.has_bounds:
            return (
                f"Only {self.k} actors have the exposure of {self.proposition.id}, too few for a pooled bound: {alone}; "
                f"between priors the shrunken ratio of {who} runs from {self._range(at)}."
            )
        return (
            f"If {who} is drawn like the others ({self.k} actors), its ratio in {self.proposition.id} lies below "
            f"{_shown(self.bound(key))} with probability .95, against {alone}. This is no verdict."
        )

    def _range(self, at: int) -> str:
        values = [_ratio(p.shrunken[at]) for p in self.pools.values()]
        return f"{min(values):.2f} to {max(values):.2f}"

    def summary(self) -> str:
        """The actors, the mean and spread under each prior, and the condition on which they rest."""
        from interventions_stats.display.text import frame_text, wrap

        parts = [self._heading(), frame_text(self.actors(), 100), frame_text(self.priors(), 100)]
        return "\n".join([*parts, *(wrap(n, 100) for n in self._notes())])

    def _heading(self) -> str:
        return f"{self.proposition.id} pooled over {self.k} of {self.n_asked} actors"

    def _notes(self) -> list[str]:
        w = self.widest
        spread = f"Under the widest prior (half-normal {w.scale:g}) the mean ratio is {_ratio(w.mu):.2f} and the spread of log ratios {w.tau:.2f}."
        first = "RUS" if "RUS" in self.evidence else next(iter(self.evidence))
        shared = (
            "Actors that share an exposure or fight the same wars are not independent, and the pool is then too sure."
        )
        return [spread, self.sentence(first), shared]

    def _references(self) -> list[str]:
        own = ["Gelman, A. (2006). Prior distributions for variance parameters in hierarchical models. Bayesian Analysis, 1(3), 515-534.",
               "Röver, C. (2020). Bayesian random-effects meta-analysis using the bayesmeta R package. Journal of Statistical Software, 93(6)."]  # fmt: skip
        return [*own, *self.references]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each actor's own interval and its shrunken one, the mean and a new actor below."""
        from interventions_stats.display.figures.pooled_forest import pooled_forest

        return pooled_forest(self._forest(), ax, title=self._heading())

    def _forest(self) -> pd.DataFrame:
        import numpy as np
        import pandas as pd

        shrunken, own = self.tidy(), list(self.evidence.values())
        frame = pd.DataFrame({
            "label": shrunken["term"], "ratio": [_ratio(e.estimate) for e in own],
            "low": [_ratio(e.ci95[0]) for e in own], "high": [_ratio(e.ci95[1]) for e in own],
            "pooled": np.exp(shrunken["estimate"]), "pooled_low": np.exp(shrunken["conf_low"]),
            "pooled_high": np.exp(shrunken["conf_high"]),
        })  # fmt: skip
        w = self.widest
        below = [
            ("mean", w.mu, w.mu_bound(0.025), w.mu_bound(0.975)),
            ("a new actor", w.mu, w.new_actor(0.025), w.new_actor(0.975)),
        ]
        rows = [(name, *[math.nan] * 3, *map(math.exp, values)) for name, *values in below]
        return pd.concat([frame, pd.DataFrame(rows, columns=frame.columns)], ignore_index=True)


def pool_actors(
    prop: Proposition, evidence: Mapping[str, Evidence], priors: Sequence[float], n_asked: int,
    references: Sequence[str] = (), seed: int = 0,
) -> ActorPool:  # fmt: skip
    """Pool the estimates of actors under several priors.

    Raises
    ------
    InputError
        Fewer than two actors, no prior, or one whose scale is not positive.
    """
    scales = sorted(float(check_positive("a prior scale", s)) for s in priors)
    if not scales:
        raise InputError("priors= names at least one scale of the half-normal prior, for example (0.2, 0.4, 0.8)")
    if len(evidence) < 2:
        raise InputError(
            f"{prop.id}: pooling needs at least two actors with an estimate; {len(evidence)} of {n_asked} gave one."
        )
    y, se = [e.estimate for e in evidence.values()], [e.se_cal for e in evidence.values()]
    pools = {s: pool(y, se, s) for s in scales}
    return ActorPool(prop, dict(evidence), pools, n_asked, tuple(references), seed)


def _of_mean(p: Pool, bounds: bool) -> dict[str, float]:
    return {
        "ratio": math.exp(p.mu), "conf_low": math.exp(p.mu_bound(0.025)), "conf_high": math.exp(p.mu_bound(0.975)),
        "tau": p.tau, "tau_sd": p.tau_sd, "mean_below": math.exp(p.mu_bound()) if bounds else math.nan,
        "new_actor_below": _ratio(p.new_actor()) if bounds else math.nan,
    }  # fmt: skip


def _ratio(log: float) -> float:
    return math.exp(log) if log < 700 else math.inf


def _shown(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio <= 5 else "more than 5 (unbounded in practice)"
