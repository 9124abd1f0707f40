"""The exposure of target-years against shifts within each target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interventions_stats.primary.target_years import TargetYears

if TYPE_CHECKING:
    from interventions_stats.primary.question import Statement


class ShiftedTargets(TargetYears):
    """A target compared with itself in other years, net of what all targets share in a year."""

    name = "target_shift"
    words = "exposure of targets against shifts within each target"
    default_of = ("actor-target-year",)
    ratio = True

    def unregistered_choices(self, prop: Statement) -> list[tuple[str, tuple[Any, ...], str]]:
        rest = tuple(e for e in ("firth", "cloglog", "conditional") if e != prop.estimator)
        return [("estimator", (prop.estimator, *rest), "three models of a rare onset")]


KIND = ShiftedTargets()
