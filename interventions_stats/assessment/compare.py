"""``compare``: one proposition on several actors, side by side and pooled."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interventions_stats.assessment.assess import collect, judge
from interventions_stats.assessment.other_actors import default_list, for_actor
from interventions_stats.assessment.result import Result
from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.engine.intake.scalars import check_jobs
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.events.actors import Actor
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.definitions import actors_of, list_asked
from interventions_stats.events.event_list import EventList, check_events
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.question import Question

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Pooled:
    """Random-effects synthesis of k independent estimates.

    Attributes
    ----------
    k : int
    estimate, se : float
        Random-effects mean, its Hartung-Knapp standard error.
    ci, ci_adhoc : (float, float)
        Hartung-Knapp interval, t with k - 1 degrees of freedom; ``ci_adhoc`` does not let the scale fall below 1 (Knapp
        and Hartung's correction), so it is never narrower than the usual random-effects interval with the same t.
    scale : float
        Factor on the variance before the correction.
    tau2 : float
        Variance between actors, Paule-Mandel.
    q, q_df, q_p : float
        Cochran's Q, its degrees of freedom and p.
    i2 : float
        Share of the variation that is between actors, 0 to 1.
    prediction : (float, float)
        Interval for the effect in a new actor, t with k - 2 degrees of freedom; NaN for fewer than three.
    """

    k: int
    estimate: float
    se: float
    ci: tuple[float, float]
    ci_adhoc: tuple[float, float]
    scale: float
    tau2: float
    q: float
    q_df: int
    q_p: float
    i2: float
    prediction: tuple[float, float]


def pool(estimates: Sequence[float], std_errors: Sequence[float], *, level: float = 0.95) -> Pooled:
    """Pool estimates by random effects (Paule-Mandel) with Hartung-Knapp inference.

    Parameters
    ----------
    estimates, std_errors : sequence of float, length k >= 2
        On a scale on which they are about normal, such as log odds ratios; standard errors above zero.
    level : float, default 0.95

    Raises
    ------
    InputError
        Fewer than two estimates, or one that is not finite.

    Notes
    -----
    Paule and Mandel (1982), J. Res. Natl. Bur. Stand. 87; Hartung and Knapp (2001), Statistics in Medicine 20;
    Knapp and Hartung (2003), Statistics in Medicine 22; Higgins, Thompson and Spiegelhalter (2009), JRSS A 172.

    Examples
    --------
    >>> found = pool([0.1, 0.4, 0.2], [0.1, 0.1, 0.1])
    >>> round(found.estimate, 3), round(found.q, 2), round(found.tau2, 4)
    (0.233, 4.67, 0.0133)
    """
    from scipy import stats

    y, v = np.asarray(estimates, float), np.asarray(std_errors, float) ** 2
    if y.ndim != 1 or y.shape != v.shape or len(y) < 2:
        raise InputError("pooling needs at least two estimates and as many standard errors")
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise InputError("pooling needs finite estimates with standard errors above zero")
    k = len(y)
    q = _q(0.0, y, v)
    tau2 = paule_mandel(y, v)
    w = 1 / (v + tau2)
    mean = float(w @ y / w.sum())
    scale = float(w @ (y - mean) ** 2 / (k - 1))
    half = float(stats.t.ppf(0.5 + level / 2, k - 1)) / math.sqrt(w.sum())
    se = math.sqrt(scale / w.sum())
    plain, adhoc = half * math.sqrt(scale), half * math.sqrt(max(1.0, scale))
    spread = (
        float(stats.t.ppf(0.5 + level / 2, k - 2)) * math.sqrt(tau2 + max(1.0, scale) / w.sum()) if k > 2 else math.nan
    )
    return Pooled(
        k=k, estimate=mean, se=se, ci=(mean - plain, mean + plain), ci_adhoc=(mean - adhoc, mean + adhoc), scale=scale,
        tau2=tau2, q=q, q_df=k - 1, q_p=float(stats.chi2.sf(q, k - 1)), i2=max(0.0, (q - (k - 1)) / q) if q > 0 else 0.0,
        prediction=(mean - spread, mean + spread),
    )  # fmt: skip


def paule_mandel(y: np.ndarray, v: np.ndarray) -> float:
    """Variance between units at which the generalised Q equals its degrees of freedom; 0 where Q is below them."""
    from scipy.optimize import brentq

    df = len(y) - 1
    if _q(0.0, y, v) <= df:
        return 0.0
    top = float(np.var(y, ddof=1))
    while _q(top, y, v) > df:
        top *= 2
    return float(brentq(lambda t: _q(t, y, v) - df, 0.0, top, xtol=1e-14, rtol=1e-12))


def _q(tau2: float, y: np.ndarray, v: np.ndarray) -> float:
    w = 1 / (v + tau2)
    return float(w @ (y - w @ y / w.sum()) ** 2)


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(ResultContract):
    """One proposition on several actors.

    Attributes
    ----------
    proposition : Proposition
        As registered; each result holds it as carried over to its actor.
    results : dict of str to Result
        By ISO3 code, or by name where two states share one.
    pooled : Pooled or None
        None where fewer than two actors gave an estimate.
    """

    proposition: Proposition
    results: dict[str, Result]
    pooled: Pooled | None
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
            row = ("pooled", p.estimate, se, t, float(stats.t.sf(t, p.k - 1)), *p.ci_adhoc)
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

    def summary(self) -> str:
        """Side by side, then the pooled effect and the heterogeneity in words."""
        from interventions_stats.display.text import frame_text, wrap

        heads = {"actor": "actor", "definition": "list", "verdict": "verdict", "ratio": "ratio", "frontier": "bound",
                 "mde": "mde", "n_identifying": "events"}  # fmt: skip
        table = self.propositions()[list(heads)].rename(columns=heads)
        table["verdict"] = table["verdict"].str.replace("_", " ")
        return "\n".join([self._heading(), frame_text(table, 100), *(wrap(n, 100) for n in self._notes())])

    def _heading(self) -> str:
        return f"{self.proposition.id} on {', '.join(self.results)}"

    def _notes(self) -> list[str]:
        out = [f"{name} is not testable: {why}" for name, why in self.untested.items()]
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

    def _references(self) -> list[str]:
        return list(dict.fromkeys(c for r in self.results.values() for c in r.cite()))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw one row an actor: ratio, interval, SESOI band, frontier and verdict."""
        from interventions_stats.display.figures.verdict_forest import verdict_forest

        frame = self.propositions()
        return verdict_forest(frame.assign(label=frame["actor"]), ax=ax, title=self._heading())


def _ratios(p: Pooled | None) -> dict[str, float]:
    names = ("ratio", "conf_low", "conf_high", "conf_low_hk", "conf_high_hk", "predict_low", "predict_high")
    if p is None:
        return dict.fromkeys((*names, "tau2", "q", "q_df", "q_p", "i2"), math.nan)
    values = (p.estimate, *p.ci_adhoc, *p.ci, *p.prediction)
    return {n: math.exp(x) for n, x in zip(names, values, strict=True)} | {
        "tau2": p.tau2, "q": p.q, "q_df": p.q_df, "q_p": p.q_p, "i2": p.i2,
    }  # fmt: skip


def compare(
    actors: Sequence[str | int | Actor] | Mapping[str, EventList] | Literal["all"],
    name: str | Proposition,
    *,
    events: Mapping[str, EventList | str] | str | None = None,
    series: Mapping[str, pd.DataFrame] | None = None,
    delta: str | float | None = None,
    seed: int = 0,
    quick: bool = False,
    robustness: bool = False,
    n_jobs: int | None = None,
) -> Comparison:
    """Test one proposition on several actors and pool what was found.

    Parameters
    ----------
    actors : sequence of str, int or Actor, mapping of lists, or "all"
        At least two, each once. A mapping of lists by actor, as an adapter gives for ``actor="all"``
        (:func:`interventions_stats.events.from_mid`), stands for its actors and their ``events``; ``"all"`` for every actor
        of the named list ``events="mid"``.
    name : str or Proposition
        A proposition with events of its own actor; those over all powers are the same for every actor and are refused.
    events : str or mapping, optional
        One list's name for all (``"mid"``), or a list or name by actor. Default: each actor's own (see :func:`battery`).
    series : mapping, optional
        The user's own series by actor, as in :func:`test`.
    delta, seed, quick, robustness
        As in :func:`test`; without robustness the verdicts are core verdicts.
    n_jobs : int, optional
        Workers; the numbers are the same for any. Default 1.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        Fewer than two actors, one named twice, or a proposition that does not differ between actors.

    Notes
    -----
    Pooling takes the calibrated estimates as independent. Where actors share an exposure (the oil price) or fight the same
    wars they are not, and the pooled interval is too narrow.

    Examples
    --------
    >>> import interventions_stats as ist
    >>> found = ist.compare(["RUS", "TUR"], "W3", quick=True)
    >>> found.pooled.k, found.propositions()["actor"].tolist()
    (2, ['RUS', 'TUR'])
    """
    from joblib import Parallel, delayed

    prop = proposition(name)
    who, events = _asked(actors, events)
    if len(who) < 2 or len({(a.ccode, a.iso3) for a in who}) < len(who):
        raise InputError("compare takes at least two actors, each once, for example ['RUS', 'USA']")
    if kind_of(prop).own_events:
        raise InputError(
            f"{prop.id} is tested over all powers or one of them, whoever the actor; use test({prop.id!r})"
        )
    options = {"delta": delta, "seed": seed, "quick": quick, "robustness": robustness}
    by_actor = [(a, _for(events, a), _for(series, a)) for a in who]
    found = Parallel(n_jobs=1 if n_jobs is None else check_jobs(n_jobs))(
        delayed(_one)(prop, a, e, s, options) for a, e, s in by_actor
    )
    codes = [a.iso3 for a in who]  # the two Germanies that were share one
    results = {a.iso3 if codes.count(a.iso3) == 1 else a.name: r for a, r in zip(who, found, strict=True)}
    usable = [r.evidence for r in found if r.evidence.raw is not None and math.isfinite(r.evidence.se_cal)]
    pooled = pool([e.estimate for e in usable], [e.se_cal for e in usable]) if len(usable) > 1 else None
    untested = {
        a: r.evidence.missing or r.evidence.frozen or "a guard refused the test"
        for a, r in results.items()
        if r.evidence.raw is None
    }
    return Comparison(prop, results, pooled, seed, untested)


def _asked(actors: Any, events: Any) -> tuple[list[Actor], Any]:
    """Return the actors and what says their lists, from any of the ways to name them."""
    if isinstance(actors, Mapping):
        if events is not None:
            raise InputError("the lists are given twice: as the actors and as events=")
        for events_of_one in actors.values():
            check_events(events_of_one, "compare")
        by_name = {e.actor.iso3 if find_actor(e.actor.iso3).same(e.actor) else e.actor.name: e for e in actors.values()}
        return [e.actor for e in actors.values()], by_name
    if isinstance(actors, str) and actors == "all":
        if not isinstance(events, str):
            raise InputError("actors='all' needs the name of a list, for example events='mid', or give lists by actor")
        return actors_of(events), events
    return [find_actor(a) for a in ([actors] if isinstance(actors, (str, int, Actor)) else actors)], events


def _for(values: object, who: Actor) -> object:
    """Pick an actor's entry out of a mapping whose keys may be written in any way."""
    if values is None or isinstance(values, str) or not hasattr(values, "items"):
        return values
    return next((v for k, v in values.items() if find_actor(k).same(who)), None)


def _one(prop: Proposition, who: Actor, events: object, series: object, options: dict) -> Result:
    """Gather and judge without raising for data: an actor that lacks them is a row that says so."""
    listed = list_asked(who, events, default_list)  # type: ignore[arg-type]
    question = Question(for_actor(prop, listed, series), listed, series, options["delta"], options["seed"])  # type: ignore[arg-type]
    return judge(collect(question, quick=options["quick"], robustness=options["robustness"]))
