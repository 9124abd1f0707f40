"""The difference of the effects of two exposures, each against shifts within each target."""

from __future__ import annotations

from interventions_stats.primary.target_years import TargetYears


class ContrastedTargets(TargetYears):
    """Two exposures of a target-year, losses and gains say, under one shift."""

    name = "contrast"
    words = "difference of two effects against shifts within each target"
    counter_exposure = "required"


KIND = ContrastedTargets()
