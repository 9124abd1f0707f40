"""One proposition over every registered definition of an intervention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.errors import InputError
from interventions_stats.events.actors import Actor
from interventions_stats.events.actors import actor as find_actor
from interventions_stats.events.definitions import DEFINITIONS
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.robustness.lists import exists
from interventions_stats.robustness.specification_curve import Multiverse, multiverse

if TYPE_CHECKING:
    import os

    import pandas as pd


def over_definitions(
    name: str | Proposition, actor: str | int | Actor | None = None, *, lists: Sequence[str] | None = None,
    series: pd.DataFrame | None = None, delta: str | float | None = None, draws: int = 2_000, seed: int = 0,
    n_jobs: int | None = None, cache: str | os.PathLike[str] | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> Multiverse:  # fmt: skip
    """Test a proposition on every registered list of events that the actor has.

    Parameters
    ----------
    name : str or Proposition
    actor : str, int or Actor, optional
        Default Russia.
    lists : sequence of str, optional
        Default: all registered definitions, which may be more than the proposition is held to.
    series, delta, draws, seed, n_jobs, cache, on_step
        As in :func:`~interventions_stats.robustness.specification_curve.multiverse`.

    Returns
    -------
    Multiverse
        One specification a list.

    Raises
    ------
    InputError
        A proposition that brings its own events.

    Examples
    --------
    >>> found = over_definitions("L1")
    >>> len(found) >= 10, found.primary.options["list"]
    (True, 'reconstructed')
    """
    prop = proposition(name)
    if kind_of(prop).own_events:
        raise InputError(f"{prop.id} brings its own events: {', '.join(prop.lists)}; other lists do not change it")
    who = find_actor(actor if actor is not None else "RUS")
    names = list(lists) if lists is not None else [n for n in DEFINITIONS if exists(n, who)]
    first = prop.lists[0] if prop.lists[0] in names else names[0]
    return multiverse(
        prop.with_(choices=()), who, first, lists=[n for n in names if n != first], series=series, delta=delta, draws=draws,
        seed=seed, n_jobs=n_jobs, cache=cache, on_step=on_step,
    )  # fmt: skip
