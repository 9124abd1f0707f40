"""Guards on the model: parameters, standard errors, clusters, controls (G02, G09-G11, G16, G19)."""

from __future__ import annotations

from typing import Final, Literal, get_args

from interventions_stats.errors import unknown_name
from interventions_stats.rules.guard_registry import GuardFinding, finding

EPP_REFUSE: Final = 5  # events per parameter
EPP_WARN: Final = 10
DESIGN_EFFECT: Final = 1.2
DISPERSION: Final = 1.3
CLUSTERS_REFUSE: Final = 8
CLUSTERS_WARN: Final = 20

ControlRole = Literal["confounder", "mediator", "descendant"]


def g02_events_per_parameter(
    n_events: float, n_parameters: int, *, handled: bool = False, remedy: str | None = None
) -> GuardFinding | None:
    """Refuse maximum likelihood below 5 events per parameter, warn below 10; ``handled`` where the caller allows it.

    ``n_events`` is the count of the rarer outcome; the intercept is a parameter.

    >>> g02_events_per_parameter(24, 5).action, g02_events_per_parameter(25, 5).action, g02_events_per_parameter(50, 5)
    ('refuse', 'warn', None)
    """
    if n_events >= EPP_WARN * n_parameters:
        return None
    count = f"{n_parameters} parameter{'s' if n_parameters > 1 else ''}"
    message = f"{n_events:g} events for {count}, {n_events / n_parameters:.1f} each"
    if n_events < EPP_REFUSE * n_parameters and not handled:
        return finding("G02", f"{message}: fewer than {EPP_REFUSE}.", remedy=remedy)
    message += f"; maximum likelihood is biased away from zero below {EPP_WARN}."
    return finding("G02", message, action="warn", remedy="compare the penalised fit.")


def g09_design_effect(deff: float, *, handled: bool = False) -> GuardFinding | None:
    """Refuse the naive standard error when the design effect is above 1.2; warn where it is calibrated (``handled``).

    >>> g09_design_effect(1.5).action, g09_design_effect(1.5, handled=True).action, g09_design_effect(1.2)
    ('refuse', 'warn', None)
    """
    if not deff > DESIGN_EFFECT:
        return None
    if handled:
        message = f"the design effect is {deff:.2f}, and the standard error is calibrated for it."
        return finding("G09", message, action="warn")
    return finding("G09", f"the design effect is {deff:.2f}, so the naive standard error is too small.")


def g10_dispersion(dispersion: float) -> GuardFinding | None:
    """Warn of clustered onsets.

    >>> g10_dispersion(1.8).action, g10_dispersion(1.3)
    ('warn', None)
    """
    if not dispersion > DISPERSION:
        return None
    return finding("G10", f"onsets are overdispersed ({dispersion:.2f}).", action="warn")


def g10_collapsed(verdict: str, collapsed: str) -> GuardFinding | None:
    """Flag as fragile a verdict that changes when clustered onsets are collapsed to conflict systems.

    >>> g10_collapsed("dismissed", "supported").flag, g10_collapsed("dismissed", "dismissed")
    ('fragile', None)
    """
    if collapsed == verdict:
        return None
    message = f"collapsed to conflict systems the verdict is {collapsed}, not {verdict}."
    return finding("G10", message, cap="C", flag="fragile")


def g11_clusters(n_clusters: int, *, handled: bool = False) -> GuardFinding | None:
    """Refuse cluster-robust errors below 8 clusters, warn below 20; ``handled`` where a permutation is read instead.

    >>> g11_clusters(7).action, g11_clusters(8).action, g11_clusters(20), g11_clusters(7, handled=True).action
    ('refuse', 'warn', None, 'warn')
    """
    if n_clusters >= CLUSTERS_WARN:
        return None
    if n_clusters < CLUSTERS_REFUSE and not handled:
        return finding("G11", f"{n_clusters} clusters are too few for cluster-robust inference.")
    return finding("G11", f"{n_clusters} clusters are few for cluster-robust inference.", action="warn")


def g11_effective(effective: float, largest: str, share: float) -> GuardFinding | None:
    """Cap the verdict where scores are worth fewer than 8 equal clusters: a few of them decide.

    >>> g11_effective(2.2, "Iraq", 0.63).cap, g11_effective(8.0, "Iraq", 0.2)
    ('inconclusive_mixed', None)
    """
    if effective >= CLUSTERS_REFUSE:
        return None
    message = f"scores worth {effective:.1f} equal clusters; {largest} holds {share:.0%} of their squares."
    remedy = "Read the result without the largest, or spread the information over more of them."
    return finding("G11", message, remedy=remedy, action="cap", cap="inconclusive_mixed")


def g16_annual_covariate(
    column: str, *, frequency: str = "year", unit: str = "actor-month", handled: bool = False
) -> GuardFinding | None:
    """Refuse to treat the months of an annual covariate as separate; ``handled`` where years are clustered or shifted whole.

    >>> g16_annual_covariate("gdp_growth_pct").action, g16_annual_covariate("brent", frequency="month")
    ('refuse', None)
    """
    if not unit.endswith("month") or frequency not in ("year", "annual"):
        return None
    message = f"column {column!r} is annual and the panel monthly"
    if handled:
        return finding("G16", f"{message}; years are kept whole.", action="warn")
    return finding("G16", f"{message}.")


def g19_mediator(control: str, role: ControlRole) -> GuardFinding | None:
    """Refuse a mediator or a descendant of the exposure as a control of a primary test.

    >>> g19_mediator("nato_step", "mediator").action, g19_mediator("distance", "confounder")
    ('refuse', None)
    """
    if role not in get_args(ControlRole):
        raise unknown_name("control role", role, get_args(ControlRole), where=f"control {control!r}")
    if role == "confounder":
        return None
    return finding("G19", f"control {control!r} is a {role} of the exposure.")
