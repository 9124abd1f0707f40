"""``compare``: one proposition on several actors, side by side and pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from interventions_stats.assessment.assess import Gathered, collect, judge
from interventions_stats.assessment.comparison import Comparison, usable
from interventions_stats.assessment.other_actors import default_list, for_actor, lists_of
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.engine.bounds.random_effects import random_effects
from interventions_stats.engine.intake.scalars import check_flag, check_jobs
from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor, registry
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.definitions import actors_of, available, list_asked
from interventions_stats.events.event_list import EventList, check_events
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.question import Question
from interventions_stats.rules.multiplicity import holm

if TYPE_CHECKING:
    import pandas as pd


def compare(
    actors: Sequence[str | int | Actor] | Mapping[str, EventList] | Literal["all", "major"],
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
    """Test one proposition on several actors, adjusted for their number, and pool what was found.

    Parameters
    ----------
    actors : sequence of str, int or Actor, mapping of lists, or {"all", "major"}
        At least two, each once. A mapping of lists by actor, as an adapter gives for ``actor="all"``
        (:func:`interventions_stats.events.from_mid`), stands for its actors and their ``events``. ``"all"`` stands for every
        actor of the named list ``events="mid"``, or, without one, for every state with at least four events in some list;
        ``"major"`` for the major powers of COW since 1946.
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
        Fewer than two actors, one named twice, one without an event in any list, or a proposition that does not differ
        between actors.

    Notes
    -----
    Pooling takes the calibrated estimates as independent. Where actors share an exposure (the oil price) or fight the same
    wars they are not, and the pooled interval is too narrow.  :meth:`Comparison.pool` shrinks each actor's effect.

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
    if kind_of(prop).own_events:
        raise InputError(
            f"{prop.id} is tested over all powers or one of them, whoever the actor; use test({prop.id!r})"
        )
    quick, robustness = check_flag("quick", quick), check_flag("robustness", robustness)
    options = {"delta": delta, "seed": seed, "quick": quick, "robustness": robustness}
    by_actor = [(a, _for(events, a), _for(series, a)) for a in who]
    gathered = Parallel(n_jobs=1 if n_jobs is None else check_jobs(n_jobs))(
        delayed(_one)(prop, a, e, s, options) for a, e, s in by_actor
    )
    superior = holm([_tested(g, "p_superiority") for g in gathered])
    reverse = holm([_tested(g, "p_reverse") for g in gathered])
    found = [
        judge(g, p_superiority_holm=p, p_reverse_holm=q) for g, p, q in zip(gathered, superior, reverse, strict=True)
    ]
    codes = [a.iso3 for a in who]  # the two Germanies that were share one
    results = {a.iso3 if codes.count(a.iso3) == 1 else a.name: r for a, r in zip(who, found, strict=True)}
    numbers = [(r.evidence.estimate, r.evidence.se_cal) for r in found if usable(r)]
    pooled = random_effects(*zip(*numbers, strict=True)) if len(numbers) > 1 else None
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
        events = {e.actor.iso3 if find_actor(e.actor.iso3).same(e.actor) else e.actor.name: e for e in actors.values()}
        who = [e.actor for e in actors.values()]
    elif isinstance(actors, str) and actors in ("all", "major"):
        who = _group(actors, events)
    else:
        who = [find_actor(a) for a in ([actors] if isinstance(actors, (str, int, Actor)) else actors)]
    if len(who) < 2 or len({(a.ccode, a.iso3) for a in who}) < len(who):
        raise InputError(
            "compare takes at least two actors, each once, for example ['RUS', 'USA'], or 'all', or 'major'"
        )
    if none := [a.name for a in who if _for(events, a) is None and not available(a)]:
        raise InputError(
            f"no bundled list has an event by {', '.join(none)}; leave out, or give events={{{none[0]!r}: your list}}"
        )
    return who, events


def _group(name: str, events: Any) -> list[Actor]:
    """The actors of a list, every state that has one, or the major powers."""
    from interventions_stats.datasets.load import load

    if name == "major":
        return [registry()[int(code)] for code in load("major_power_year")["ccode"].unique()]
    return actors_of(events) if isinstance(events, str) else [a for a in registry().values() if lists_of(a)]


def _for(values: object, who: Actor) -> object:
    """Pick an actor's entry out of a mapping whose keys may be written in any way."""
    if not isinstance(values, Mapping):
        return values
    return next((v for k, v in values.items() if find_actor(k).same(who)), None)


def _one(prop: Proposition, who: Actor, events: object, series: object, options: dict) -> Gathered:
    """Gather without raising for data: an actor that lacks them is a row that says so."""
    listed = list_asked(who, events, default_list)  # type: ignore[arg-type]
    question = Question(for_actor(prop, listed, series), listed, series, options["delta"], options["seed"])  # type: ignore[arg-type]
    return collect(question, quick=options["quick"], robustness=options["robustness"])


def _tested(gathered: Gathered, name: str) -> float | None:
    return getattr(gathered.evidence, name) if gathered.evidence.raw is not None else None
