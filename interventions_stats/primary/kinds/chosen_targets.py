"""The targets that were chosen in a year against those that were not, histories of exposure exchanged among targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interventions_stats.primary.target_ground import YEAR_AND_REGION
from interventions_stats.primary.target_years import TargetYears

if TYPE_CHECKING:
    from interventions_stats.engine.permutation.permutation_test import PermutationTest
    from interventions_stats.primary.laid import LaidRegression


class ChosenTargets(TargetYears):
    """An exposure that differs between targets more than over time."""

    name = "choice"
    words = "targets chosen against exchanged histories of targets"
    estimators = ("conditional", "firth")
    strata = ("year", YEAR_AND_REGION)
    counter_exposure = "optional"
    between_targets = ratio = True
    within = "stratum"

    def null(self, laid: LaidRegression, seed: int) -> PermutationTest:
        """Give each target the history of exposure of a random target of equal coverage."""
        from interventions_stats.engine.permutation.relabelling import target_relabelling_test

        values, onsets, risk, _ = laid.details["ground"].lay_on_grid(laid.counts)
        return target_relabelling_test(values, onsets, risk=risk, draws=laid.question.draws, seed=seed)


KIND = ChosenTargets()
