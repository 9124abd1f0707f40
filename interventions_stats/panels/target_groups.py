"""Groups of targets: those that share a border with the actor, and the post-Soviet states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.events.actors import Actor
from interventions_stats.panels.covariates import covariate

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def target_groups(who: Actor, frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the groups of targets of an actor as 0/1 columns on the rows of ``frame``; post-Soviet for Russia alone."""
    from interventions_stats.datasets.load import load

    keys = list(zip(frame["target_ccode"], frame["year"], strict=True))
    groups = {"contiguous": covariate("contiguous", who).reindex(keys).to_numpy(float)}
    if who.russian:
        table = load("russia_target_year").set_index(["target_ccode", "year"])["post_soviet"].astype(float)
        groups = {"post_soviet": table.reindex(keys).to_numpy()} | groups
    return groups
