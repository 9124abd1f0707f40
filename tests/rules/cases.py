"""Evidence and robustness to vary one number at a time from."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import Any

from interventions_stats.rules.evidence_numbers import EvidenceNumbers, ListOutcome, RobustnessSummary

DELTA = log(1.5)

#: Nothing is reached: no clause of any verdict is met, and the test had the power.
MIXED = EvidenceNumbers(
    estimate=0.2,
    se=0.15,
    p_superiority=0.2,
    p_noninferiority=0.2,
    p_reverse=0.8,
    p_superiority_holm=0.2,
    p_reverse_holm=0.8,
    bf10=(1.2, 1.1, 1.0),
    bf_reverse=0.1,
    upper=0.45,
    lower=-0.05,
    delta=DELTA,
    mde=0.37,
    n_events=25,
    n_events_total=25,
    n_identifying=25,
)
SUPPORTED = replace(
    MIXED, estimate=0.6, p_superiority=0.01, p_superiority_holm=0.05, bf10=(1.0, 3.0, 4.0), upper=0.85, lower=0.35
)
REVERSED = replace(MIXED, estimate=-0.5, p_reverse=0.01, p_reverse_holm=0.05, bf_reverse=10.0, upper=-0.1, lower=-0.8)
DISMISSED = replace(MIXED, estimate=0.0, p_noninferiority=0.05, bf10=(1.0, 1 / 3, 0.2), upper=0.25)

LISTS = (
    ListOutcome("reconstructed", 25, 0.01, "dismissed"),
    ListOutcome("M11", 12, 0.05, "dismissed"),
    ListOutcome("combat", 11, 0.40, "inconclusive_underpowered"),
)
ROBUST = RobustnessSummary(
    n_specs=10,
    share_same_sign=0.8,
    specs_supported=0,
    share_dismissing=0.8,
    n_specs_powered=5,
    lists=LISTS,
    worst_deletion_p=0.10,
    falsifiers_run=2,
    planted_recovered=True,
    calibrated=True,
)


def change(base: Any, **fields: Any) -> Any:
    """A copy with other values."""
    return replace(base, **fields)
