"""Guards on the model: parameters, separation, standard errors, clusters, controls (G02-G04, G09-G11, G16, G19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

from interventions_stats.errors import unknown_name
from interventions_stats.rules.guard_registry import GuardFinding, finding

EPP_REFUSE: Final = 5  # events per parameter
EPP_WARN: Final = 10
WALD_TO_LR: Final = 0.5  # a Wald chi-squared below half the likelihood ratio's
LR_NOTABLE: Final = 3.841458820694124  # chi-squared(1) at .05: below it both statistics are small
DESIGN_EFFECT: Final = 1.2
DISPERSION: Final = 1.3
CLUSTERS_REFUSE: Final = 8
CLUSTERS_WARN: Final = 20

ControlRole = Literal["confounder", "mediator", "descendant"]


def g02_events_per_parameter(n_events: int, n_parameters: int, *, handled: bool = False) -> GuardFinding | None:
    """Refuse maximum likelihood below 5 events per parameter, warn below 10; a penalised fit is only warned.

    ``n_events`` is the count of the rarer outcome; the intercept is no parameter here.

    >>> g02_events_per_parameter(24, 5).action, g02_events_per_parameter(25, 5).action, g02_events_per_parameter(50, 5)
    ('refuse', 'warn', None)
    """
    if n_parameters <= 0 or n_events >= EPP_WARN * n_parameters:
        return None
    message = f"{n_events} events for {n_parameters} parameters, {n_events / n_parameters:.1f} each."
    if n_events < EPP_REFUSE * n_parameters and not handled:
        return finding("G02", message)
    return finding("G02", message, action="warn")


def g03_separation(columns: Sequence[str], *, handled: bool = False) -> GuardFinding | None:
    """Refuse maximum likelihood and Wald tests under separation, naming the columns; a penalised fit is only warned.

    >>> g03_separation(["revolution"]).message
    "events are separated by column 'revolution'."
    >>> g03_separation([]) is None
    True
    """
    if not columns:
        return None
    names = ", ".join(repr(c) for c in columns)
    message = f"events are separated by column{'s' if len(columns) > 1 else ''} {names}."
    return finding("G03", message, action="warn" if handled else None)


def g04_hauck_donner(wald: float, likelihood_ratio: float, column: str) -> GuardFinding | None:
    """Refuse a Wald test whose statistic has fallen behind the likelihood ratio's (Hauck and Donner 1977).

    Parameters
    ----------
    wald, likelihood_ratio : float
        Both chi-squared statistics on one degree of freedom, for the same coefficient.
    column : str

    Returns
    -------
    GuardFinding or None
        Trips when the likelihood ratio is notable (above 3.84) and the Wald
        statistic is less than half of it: an operational sign that the Wald
        statistic is past its maximum.

    Examples
    --------
    >>> g04_hauck_donner(1.2, 11.0, "revolution").action
    'refuse'
    """
    if not (likelihood_ratio > LR_NOTABLE and wald < WALD_TO_LR * likelihood_ratio):
        return None
    return finding(
        "G04",
        f"column {column!r} has a Wald statistic of {wald:.2f} where the likelihood ratio is {likelihood_ratio:.2f}.",
    )


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


def g10_dispersion(dispersion: float, *, collapsed_agrees: bool | None = None) -> GuardFinding | None:
    """Warn of clustered onsets; cap at ``fragile`` when the verdict on collapsed conflict systems differs.

    ``collapsed_agrees`` is None where the rerun was not done.

    >>> g10_dispersion(1.8).action, g10_dispersion(1.8, collapsed_agrees=False).flag, g10_dispersion(1.3)
    ('warn', 'fragile', None)
    """
    if not dispersion > DISPERSION:
        return None
    message = f"onsets are overdispersed ({dispersion:.2f})"
    if collapsed_agrees is None:
        return finding("G10", f"{message}.", action="warn")
    if collapsed_agrees:
        return finding("G10", f"{message}; collapsed to conflict systems the verdict is the same.", action="warn")
    return finding("G10", f"{message}; collapsed to conflict systems the verdict is another.", cap="C", flag="fragile")


def g11_clusters(n_clusters: int, *, handled: bool = False) -> GuardFinding | None:
    """Refuse cluster-robust errors below 8 clusters, warn below 20; ``handled`` where a permutation is read instead.

    >>> g11_clusters(7).action, g11_clusters(8).action, g11_clusters(20), g11_clusters(7, handled=True).action
    ('refuse', 'warn', None, 'warn')
    """
    if n_clusters >= CLUSTERS_WARN:
        return None
    refused = n_clusters < CLUSTERS_REFUSE and not handled
    return finding("G11", f"{n_clusters} clusters.", action=None if refused else "warn")


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


def g19_mediator(control: str, role: ControlRole, *, primary: bool = True) -> GuardFinding | None:
    """Refuse a mediator or a descendant of the exposure as a control of a primary test.

    >>> g19_mediator("nato_step", "mediator").action, g19_mediator("distance", "confounder")
    ('refuse', None)
    """
    if role not in get_args(ControlRole):
        raise unknown_name("control role", role, get_args(ControlRole), where=f"control {control!r}")
    if role == "confounder":
        return None
    return finding("G19", f"control {control!r} is a {role} of the exposure.", action=None if primary else "warn")
