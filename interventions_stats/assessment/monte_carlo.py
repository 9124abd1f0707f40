"""How far a printed number may move because a null was sampled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interventions_stats.assessment.result import Result
    from interventions_stats.evidence.evidence import Evidence

_P = ("p_superiority", "p_reverse", "p_superiority_holm", "p_reverse_holm")


def draws_of(e: Evidence) -> int:
    """Relabellings behind the null; 0 where it was enumerated or the test is exact."""
    if e.raw is None or e.raw.exact:
        return 0
    return len(e.raw.null) if e.raw.null is not None else e.draws


def monte_carlo_errors(result: Result) -> dict[str, float]:
    """Standard error that sampling the null leaves in each number of ``result.glance()``; 0 where there is none.

    A p-value from m relabellings has sqrt(p(1-p)/m).  The design effect is a variance of m values, so it has the relative
    error sqrt(2/m); what is computed with the square root of it moves by half of that, except where the design effect is
    at its floor of one.
    """
    e = result.evidence
    m = draws_of(e)
    row = {"p_superiority": e.p_superiority, "p_reverse": e.p_reverse, "p_superiority_holm": result.p_superiority_holm,
           "p_reverse_holm": result.p_reverse_holm}  # fmt: skip
    errors = dict.fromkeys(
        (*_P, "ratio_low90", "ratio_high90", "frontier", "mde", "deff", "p_noninferiority", "p_tost", "bf10"), 0.0
    )
    if not m:
        return errors
    for name in _P:
        p = row[name]
        if p is not None and not math.isnan(p):
            errors[name] = math.sqrt(max(p * (1 - p), 1 / m) / m)
    deff = e.raw.deff if e.raw else 1.0
    if deff > 1 and math.isfinite(e.se_cal):
        share = math.sqrt(2 / m) / 2  # relative error of the calibrated standard error
        errors["deff"] = deff * 2 * share
        for name, log_value in (("ratio_low90", e.ci90[0]), ("ratio_high90", e.ci90[1]), ("frontier", e.frontier)):
            errors[name] = math.exp(min(log_value, 50.0)) * abs(log_value - e.estimate) * share
        errors["mde"] = math.exp(min(e.mde, 50.0)) * e.mde * share
        errors |= _errors_at_delta(e, share)
    return errors


def _errors_at_delta(e: Evidence, share: float) -> dict[str, float]:
    """Errors of the numbers that compare the estimate with the smallest effect of interest: normal density times shift."""
    delta = e.sesoi.delta
    if not delta:
        return {}
    z = (e.estimate - delta) / e.se_cal
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    moved = density * abs(z) * share
    return {
        "p_noninferiority": moved,
        "p_tost": moved,
        "bf10": max(e.bf10[1], 0.0) * share if e.bf10[1] == e.bf10[1] else 0.0,
    }
