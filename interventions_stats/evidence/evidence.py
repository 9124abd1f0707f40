"""The evidence on one proposition: calibrated numbers, with everything a reader needs to weigh them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.primary.raw import Raw
from interventions_stats.rules.evidence_numbers import EvidenceNumbers
from interventions_stats.rules.guards import GuardFinding, g21_reliability
from interventions_stats.rules.sesoi import Sesoi, sesoi

if TYPE_CHECKING:
    import pandas as pd

WORDINGS = ("primary", "meaningful", "any")
PRIOR_SCALES = (0.5, 1.0, 2.0)  # multiples of delta for the prior's scale
NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Numbers of one proposition on one event list.

    Effects are on the log scale and oriented so that the driver predicts a positive one; ``exp`` gives the ratio.
    ``se_cal`` is the standard error times the square root of the design effect.  The p-values of superiority and
    reverse come from the shift (or exact) null, that of non-inferiority from ``(estimate, se_cal)``; ``p_at`` holds it at
    the SESOI of each wording.  ``p_types`` is the joint p of the largest effect over combat and stabilisation.
    """

    proposition: Proposition
    actor: str
    definition: str
    date_rule: str
    sesoi: Sesoi
    n_events_total: int
    raw: Raw | None = None
    se_cal: float = NAN
    ci90: tuple[float, float] = (NAN, NAN)
    ci95: tuple[float, float] = (NAN, NAN)
    p_noninferiority: float = NAN
    p_tost: float = NAN
    bf10: tuple[float, float, float] = (NAN, NAN, NAN)
    bf_reverse: float = NAN
    posterior_below: float = NAN
    frontier: float = NAN
    frontier_adjusted: float = NAN
    lower: float = NAN
    mde: float = NAN
    mde_method: str = ""
    p_types: float = NAN
    p_by_type: dict[str, float] = field(default_factory=dict)
    p_at: dict[str, float] = field(default_factory=dict)
    guards: tuple[GuardFinding, ...] = ()
    outside: dict[str, str] = field(default_factory=dict)
    missing: str | None = None
    frozen: str | None = None
    seed: int = 0
    draws: int = 0
    data_version: str = ""

    @property
    def estimate(self) -> float:
        return self.raw.estimate if self.raw else NAN

    @property
    def n_events(self) -> int:
        return self.raw.n_events if self.raw else 0

    @property
    def n_identifying(self) -> int:
        return self.raw.n_identifying if self.raw else 0

    @property
    def two_sided(self) -> bool:
        return self.proposition.direction == "two-sided"

    @property
    def p_superiority(self) -> float:
        """p of theta <= 0; of theta = 0, by the largest absolute statistic, for a two-sided proposition."""
        if self.raw is None:
            return NAN
        return self.raw.p_two_sided if self.two_sided else self.raw.p_superiority

    @property
    def p_reverse(self) -> float:
        return self.raw.p_reverse if self.raw else NAN

    @property
    def attainable(self) -> tuple[float, float]:
        """Smallest p of superiority and of the reverse that any outcome could have given; 0 where it was not worked out."""
        if self.raw is None:
            return 0.0, 0.0
        up, down = self.raw.attainable
        return (min(1.0, 2 * min(up, down)), down) if self.two_sided else (up, down)

    def numbers(
        self, *, p_superiority_holm: float | None = None, p_reverse_holm: float | None = None
    ) -> EvidenceNumbers:
        """Hand the numbers to the rules."""
        return EvidenceNumbers(
            estimate=self.estimate, se=self.se_cal, p_superiority=self.p_superiority, p_reverse=self.p_reverse,
            p_noninferiority=self.p_noninferiority, bf10=self.bf10, bf_reverse=self.bf_reverse, upper=self.frontier,
            lower=self.lower, delta=self.sesoi.delta, mde=self.mde, n_events=self.n_events,
            n_events_total=self.n_events_total, n_identifying=self.n_identifying, p_superiority_holm=p_superiority_holm,
            p_reverse_holm=p_reverse_holm, attainable=self.attainable, two_sided=self.two_sided, has_sesoi=self.sesoi.exists,
            p_tost=self.p_tost if self.two_sided else None, refused=self.guards, missing=self.missing,
            frozen_untestable=self.frozen, measure=self.sesoi.measure,
        )  # fmt: skip

    def severity(self, points: int = 101) -> pd.DataFrame:
        """Severity of the claim theta < bound, over bounds from none to twice the frontier: ``ratio``, ``severity``."""
        import numpy as np
        import pandas as pd

        from interventions_stats.engine.bounds.severity import severity_curve

        top = max(2 * self.frontier, 2 * (self.sesoi.delta or 0.5)) if math.isfinite(self.frontier) else 2.0
        grid = np.linspace(0, top, points)
        return pd.DataFrame({"ratio": np.exp(grid), "severity": severity_curve(self.estimate, self.se_cal, grid)})


def calibrate(raw: Raw, base: Evidence, *, reliability: float = 1.0) -> Evidence:
    """Turn the raw numbers of a test into calibrated evidence.

    ``reliability`` is the factor by which noise in the coding shrinks an effect (G21): an upper bound above zero is printed
    divided by it as well.
    """
    from scipy.special import ndtri

    from interventions_stats.engine.bounds.equivalence import tost
    from interventions_stats.engine.bounds.power import analytic_mde

    se = raw.se * math.sqrt(raw.deff)
    if raw.n_total is not None:
        base = replace(base, n_events_total=raw.n_total)
    if not math.isfinite(se) and not raw.intervals:  # a test without a scale: no interval, no bound
        return replace(base, raw=raw, guards=base.guards + raw.findings, outside=raw.outside)
    est, delta = raw.estimate, base.sesoi.delta
    half = {level: float(ndtri(0.5 + level / 2)) * se for level in (0.90, 0.95)}
    ci = {level: raw.intervals.get(level, (est - h, est + h)) for level, h in half.items()}
    frontier = ci[0.90][1]  # the upper end of the 90% interval is the one-sided 95% bound
    values: dict[str, Any] = {}
    if delta:
        values = bayes_factors(raw, se, delta, two_sided=base.proposition.direction == "two-sided")
        values["p_noninferiority"] = _p_noninferior(raw, se, delta)
        values["p_tost"] = raw.p_equivalence(delta) if raw.p_equivalence else tost(est, se, delta).p_value
        sizes = {w: sesoi(w, base.proposition.scale).delta for w in WORDINGS}  # type: ignore[arg-type]
        values["p_at"] = {w: _p_noninferior(raw, se, d) for w, d in sizes.items() if d is not None}
    adjusted = max(frontier, frontier / reliability)
    noisy = g21_reliability(reliability, frontier, delta, measure=base.sesoi.measure) if adjusted > frontier else None
    return replace(
        base, raw=replace(raw, log_likelihood=None, p_noninferiority=None, p_equivalence=None), se_cal=se, missing=raw.untestable, ci90=ci[0.90], ci95=ci[0.95], frontier=frontier,
        lower=ci[0.90][0], frontier_adjusted=adjusted, mde=analytic_mde(se) if raw.mde is None else raw.mde,
        mde_method="normal approximation" if raw.mde is None else "law of the test",
        guards=base.guards + raw.findings + ((noisy,) if noisy else ()), outside=raw.outside, **values,
    )  # fmt: skip


def _p_noninferior(raw: Raw, se: float, delta: float) -> float:
    """p of theta >= delta: exact where the likelihood allows."""
    from interventions_stats.engine.bounds.equivalence import noninferiority

    return (
        raw.p_noninferiority(delta)
        if raw.p_noninferiority is not None
        else noninferiority(raw.estimate, se, delta).p_value
    )


def bayes_factors(raw: Raw, se: float, delta: float, *, two_sided: bool) -> dict[str, Any]:
    """Bayes factors over the prior range, of the reverse, and the posterior below delta; exact where counts allow."""
    if raw.log_likelihood is not None:
        from interventions_stats.engine.bounds.bayes_counts import (
            likelihood_bf10,
            likelihood_direction_bf,
            likelihood_posterior_below,
        )

        prior: Any = "normal" if two_sided else "half-normal"
        return {
            "bf10": tuple(likelihood_bf10(raw.log_likelihood, c * delta, prior) for c in PRIOR_SCALES),
            "bf_reverse": likelihood_direction_bf(raw.log_likelihood, delta),
            "posterior_below": likelihood_posterior_below(raw.log_likelihood, delta, delta, prior),
        }
    from interventions_stats.engine.bounds.bayes import direction_bf, half_normal_bf10, normal_bf10, posterior_below

    bf10 = normal_bf10 if two_sided else half_normal_bf10
    return {
        "bf10": tuple(bf10(raw.estimate, se, c * delta) for c in PRIOR_SCALES),
        "bf_reverse": direction_bf(raw.estimate, se, delta),
        "posterior_below": posterior_below(raw.estimate, se, delta, "normal" if two_sided else "half-normal"),
    }


def empty(prop: Proposition, *, actor: str, definition: str, date_rule: str, n_total: int, delta: str | float | None,
          seed: int, draws: int) -> Evidence:  # fmt: skip
    """Evidence before the test has run."""
    wanted = prop.delta if delta is None else delta
    size = sesoi(wanted, prop.scale)  # type: ignore[arg-type]
    return Evidence(
        proposition=prop, actor=actor, definition=definition, date_rule=date_rule, sesoi=size, n_events_total=n_total,
        seed=seed, draws=draws,
    )  # fmt: skip
